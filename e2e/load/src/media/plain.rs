//! A plain SIP phone by UDP (RFC 3261) that answers every call at once and holds it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::message;
use super::sdp::{self, Ability};
use super::sink::{Moment, Sink};
use crate::registering::{Account, Heard, Registering, Way};

/// One phone.
pub struct Plain {
    socket: UdpSocket,
    own: SocketAddr,
    ability: Ability,
    sink: Arc<Sink>,
}

/// No SIP message here is longer.
const MESSAGE_BYTES: usize = 8192;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

impl Plain {
    pub async fn open(address: IpAddr, ability: Ability, sink: Arc<Sink>) -> Result<Plain> {
        let socket = UdpSocket::bind((address, 0)).await?;
        let own = socket.local_addr()?;
        Ok(Plain {
            socket,
            own,
            ability,
            sink,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.own
    }

    /// Registers once, before anything else is listened for.
    pub async fn register(&self, account: Account, registrar: SocketAddr) -> Result<()> {
        let mut registering = Registering::new(
            account,
            Way::Udp(self.own),
            usize::from(self.own.port()) + PLAIN_NUMBER,
        );
        let mut buffer = [0; MESSAGE_BYTES];
        for _ in 0..3 {
            let request = registering.request();
            self.socket.send_to(request.as_bytes(), registrar).await?;
            let (length, _) = timeout(ANSWER_WITHIN, self.socket.recv_from(&mut buffer))
                .await
                .context("the registrar does not answer")??;
            match registering.hear(&String::from_utf8_lossy(&buffer[..length])) {
                Heard::Registered => return Ok(()),
                Heard::Challenged | Heard::Other => {}
                Heard::Later(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                Heard::Refused(status) => bail!("the plain phone was refused: {status}"),
            }
        }
        bail!("the plain phone is still not registered")
    }

    /// Answers until the run ends.
    pub async fn answer_everything(self) {
        let mut buffer = [0; MESSAGE_BYTES];
        loop {
            let Ok((length, from)) = self.socket.recv_from(&mut buffer).await else {
                continue;
            };
            let request = String::from_utf8_lossy(&buffer[..length]);
            for response in self.answers(&request) {
                let _ = self.socket.send_to(response.as_bytes(), from).await;
            }
        }
    }

    fn answers(&self, request: &str) -> Vec<String> {
        match message::method(request) {
            None => Vec::new(),
            Some("ACK") => {
                self.sink.note(Moment::Acknowledged);
                Vec::new()
            }
            Some("INVITE") => {
                let responses = self.answer_invite(request);
                self.sink.note(Moment::Answered);
                responses
            }
            Some("INFO") => {
                self.sink.note(Moment::Wished);
                vec![message::response(request, "200 OK", TAG, "", "")]
            }
            Some(_) => vec![message::response(request, "200 OK", TAG, "", "")],
        }
    }

    /// A repeated INVITE gets the same answer: the offer it carries is the same.
    fn answer_invite(&self, request: &str) -> Vec<String> {
        let ringing = message::response(request, "180 Ringing", TAG, "", "");
        let offer = message::body(request);
        match describe(&self.sink, self.ability, offer, Repeats::from(request)) {
            Ok(answer) => {
                let more = format!(
                    "Contact: <sip:plain@{}>\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO\r\n\
                     Content-Type: application/sdp\r\n",
                    self.own
                );
                vec![
                    ringing,
                    message::response(request, "200 OK", TAG, &more, &answer),
                ]
            }
            Err(error) => {
                eprintln!("the plain phone refuses: {error:#}");
                vec![message::response(
                    request,
                    "488 Not Acceptable Here",
                    TAG,
                    "",
                    "",
                )]
            }
        }
    }
}

/// The plain peer's answer; the first of a call has the sink expect it.
pub fn describe(sink: &Sink, ability: Ability, offer: &str, repeats: Repeats) -> Result<String> {
    let video = sdp::read_offer(offer, ability)?;
    if repeats == Repeats::No {
        sink.expect(video.to, video.payload_type);
    }
    Ok(sdp::answer(offer, &video, sink.address()?))
}

/// Whether an INVITE is one within its call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    Yes,
    No,
}

impl Repeats {
    fn from(invite: &str) -> Repeats {
        match message::header(invite, "To").is_some_and(|to| to.contains(";tag=")) {
            true => Repeats::Yes,
            false => Repeats::No,
        }
    }
}

/// The same in all calls: what tells them apart are the caller's tag and Call-ID.
const TAG: &str = "plain";
/// Beyond those of browsers, whose numbers begin at 0.
const PLAIN_NUMBER: usize = 1_000_000;
