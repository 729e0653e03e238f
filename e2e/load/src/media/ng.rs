//! rtpengine's language: the NG protocol, dictionaries in bencode by UDP, each behind a cookie.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// One call as its signalling server would control it.
pub struct Ng {
    socket: UdpSocket,
    number: usize,
    sent: u32,
}

const ANSWER_WITHIN: Duration = Duration::from_secs(5);

impl Ng {
    pub async fn open(address: IpAddr, daemon: SocketAddr, number: usize) -> Result<Ng> {
        let socket = UdpSocket::bind((address, 0)).await?;
        socket.connect(daemon).await?;
        Ok(Ng {
            socket,
            number,
            sent: 0,
        })
    }

    /// A browser's offer as the plain peer is to see it.
    pub async fn offer(&mut self, sdp: &str) -> Result<String> {
        let more = "3:ICE6:remove4:DTLS3:off18:transport-protocol7:RTP/AVP8:rtcp-muxl5:demuxe";
        self.describe("offer", &format!("{}3:sdp{}", more, text(sdp)))
            .await
    }

    /// The plain peer's answer as the browser is to see it.
    pub async fn answer(&mut self, sdp: &str) -> Result<String> {
        let more =
            "3:ICE5:force4:DTLS7:passive18:transport-protocol17:UDP/TLS/RTP/SAVPF6:to-tag1:b";
        self.describe("answer", &format!("{}3:sdp{}", more, text(sdp)))
            .await
    }

    pub async fn delete(&mut self) -> Result<()> {
        self.command("delete", "12:delete-delayi0e").await?;
        Ok(())
    }

    async fn describe(&mut self, command: &str, more: &str) -> Result<String> {
        let response = self.command(command, more).await?;
        let sdp = find(&response, "sdp").context("a response without a description")?;
        Ok(sdp.to_owned())
    }

    async fn command(&mut self, command: &str, more: &str) -> Result<String> {
        self.sent += 1;
        // Unlike any that an earlier run left behind.
        let call = format!("load-{}-{}", std::process::id(), self.number);
        let cookie = format!("{}x{}", self.number, self.sent);
        let request = format!(
            "{cookie} d7:command{}7:call-id{}8:from-tag1:a{more}e",
            text(command),
            text(&call)
        );
        self.socket.send(request.as_bytes()).await?;
        let mut buffer = vec![0; 65_536];
        loop {
            let length = timeout(ANSWER_WITHIN, self.socket.recv(&mut buffer))
                .await
                .context("rtpengine does not answer")??;
            let response = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let Some(response) = response.strip_prefix(&format!("{cookie} ")) else {
                continue;
            };
            return match find(response, "result") {
                Some("ok") => Ok(response.to_owned()),
                _ => bail!("rtpengine refuses: {response}"),
            };
        }
    }
}

fn text(value: &str) -> String {
    format!("{}:{value}", value.len())
}

/// A text of a flat dictionary by its key. What is inside other values does not come before it in
/// the responses that are read here.
fn find<'a>(dictionary: &'a str, key: &str) -> Option<&'a str> {
    let behind = dictionary.split_once(&text(key))?.1;
    let (length, rest) = behind.split_once(':')?;
    rest.get(..length.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_by_its_key_and_length() {
        let response = "d6:result2:ok3:sdp10:v=0\r\no=abce";
        assert_eq!(find(response, "result"), Some("ok"));
        assert_eq!(find(response, "sdp"), Some("v=0\r\no=abc"));
        assert_eq!(find(response, "warning"), None);
        assert_eq!(find("d3:sdp99:short", "sdp"), None);
    }
}
