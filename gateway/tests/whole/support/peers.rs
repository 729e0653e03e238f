//! Peers of the gateway, one a transport.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{DOMAIN, authorization, proved, within};

/// Somebody who sends and receives whole SIP messages as text.
pub trait Peer {
    /// What its Via and Contact say.
    fn transport(&self) -> &'static str;
    fn address(&self) -> String;
    async fn send(&mut self, message: &str);
    async fn receive(&mut self) -> String;

    /// Sends a request and gives its final response.
    async fn ask(&mut self, request: &str) -> String {
        self.send(request).await;
        loop {
            let answer = self.receive().await;
            if answer.starts_with("SIP/2.0 ") && !answer.starts_with("SIP/2.0 1") {
                return answer;
            }
        }
    }

    /// Sends a request by somebody who has to prove it; gives its final response.
    async fn ask_as(&mut self, name: &str, request: &str) -> String {
        let challenge = self.ask(request).await;
        assert!(challenge.starts_with("SIP/2.0 407 "), "{challenge}");
        self.ask(&proved(request, &challenge, name)).await
    }

    /// Registers, with Digest; gives the last answer.
    async fn register(&mut self, name: &str, password: &str, change: &str) -> String {
        let plain = self.register_request(name, 1, change, "");
        let challenge = self.ask(&plain).await;
        assert!(challenge.starts_with("SIP/2.0 401 "), "{challenge}");
        let proof = authorization(&challenge, "MD5", name, password);
        let request = self.register_request(name, 2, change, &proof);
        self.ask(&request).await
    }

    fn register_request(&self, name: &str, cseq: u32, change: &str, authorization: &str) -> String {
        let (transport, address) = (self.transport(), self.address());
        let parameter = transport.to_lowercase();
        let branch: String = address
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        format!(
            "REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/{transport} {address};branch=z9hG4bK{branch}{cseq}x{};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{name}@{DOMAIN}>;tag=1\r\nTo: <sip:{name}@{DOMAIN}>\r\n\
             Call-ID: register-{name}-{address}\r\nCSeq: {cseq} REGISTER\r\n\
             Contact: <sip:{name}@{address};transport={parameter}>{change}\r\n{authorization}Content-Length: 0\r\n\r\n",
            authorization.len(),
        )
    }

    fn options(&self, serial: u32) -> String {
        self.request("OPTIONS", serial)
    }

    /// A whole request of any method to the gateway itself.
    fn request(&self, method: &str, serial: u32) -> String {
        let (transport, address) = (self.transport(), self.address());
        format!(
            "{method} sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/{transport} {address};branch=z9hG4bK{method}{serial};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:somebody@{DOMAIN}>;tag={serial}\r\nTo: <sip:{DOMAIN}>\r\n\
             Call-ID: {method}-{serial}-{address}\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
        )
    }
}

pub struct WebSocketPeer {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// A host that resolves to nothing, another for each page (RFC 7118 appendix B.1).
    pub host: String,
}

impl WebSocketPeer {
    /// The next frame that is not a WebSocket Ping or Pong.
    pub async fn frame(&mut self) -> Option<Message> {
        loop {
            match within(self.socket.next()).await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(frame)) => return Some(frame),
                Some(Err(_)) | None => return None,
            }
        }
    }
}

impl Peer for WebSocketPeer {
    fn transport(&self) -> &'static str {
        "WS"
    }

    fn address(&self) -> String {
        self.host.clone()
    }

    async fn send(&mut self, message: &str) {
        self.socket.send(Message::text(message)).await.unwrap();
    }

    async fn receive(&mut self) -> String {
        self.frame()
            .await
            .expect("a message")
            .into_text()
            .unwrap()
            .to_string()
    }
}

pub struct UdpPeer {
    pub socket: UdpSocket,
}

impl UdpPeer {
    pub fn local(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }
}

impl Peer for UdpPeer {
    fn transport(&self) -> &'static str {
        "UDP"
    }

    fn address(&self) -> String {
        self.local().to_string()
    }

    async fn send(&mut self, message: &str) {
        self.socket.send(message.as_bytes()).await.unwrap();
    }

    async fn receive(&mut self) -> String {
        let mut buffer = vec![0; 65536];
        let length = within(self.socket.recv(&mut buffer)).await.unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }
}

pub struct TcpPeer {
    pub stream: TcpStream,
}

impl TcpPeer {
    pub async fn connect(to: SocketAddr) -> TcpPeer {
        TcpPeer {
            stream: TcpStream::connect(to).await.unwrap(),
        }
    }
}

impl Peer for TcpPeer {
    fn transport(&self) -> &'static str {
        "TCP"
    }

    fn address(&self) -> String {
        self.stream.local_addr().unwrap().to_string()
    }

    async fn send(&mut self, message: &str) {
        self.stream.write_all(message.as_bytes()).await.unwrap();
    }

    /// What the gateway sends here has no body.
    async fn receive(&mut self) -> String {
        let mut message = Vec::new();
        while !message.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            let read = within(self.stream.read(&mut byte)).await.unwrap();
            assert_eq!(read, 1, "closed after {message:?}");
            message.push(byte[0]);
        }
        String::from_utf8_lossy(&message).into_owned()
    }
}
