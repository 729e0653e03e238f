//! Peers of the gateway, one a transport.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{DOMAIN, authorization, header, proved, within};

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

pub struct WebSocketPeer<S = MaybeTlsStream<TcpStream>> {
    pub socket: WebSocketStream<S>,
    /// A host that resolves to nothing, another for each page (RFC 7118 appendix B.1).
    pub host: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocketPeer<S> {
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

impl<S: AsyncRead + AsyncWrite + Unpin> Peer for WebSocketPeer<S> {
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

/// Somebody on a stream.
pub struct StreamPeer<S> {
    pub stream: S,
    pub transport: &'static str,
    pub local: SocketAddr,
}

pub type TcpPeer = StreamPeer<TcpStream>;
pub type TlsPeer = StreamPeer<TlsStream<TcpStream>>;

impl TcpPeer {
    pub async fn connect(to: SocketAddr) -> TcpPeer {
        let stream = TcpStream::connect(to).await.unwrap();
        TcpPeer::over(stream)
    }

    /// One that the gateway has made.
    pub fn over(stream: TcpStream) -> TcpPeer {
        StreamPeer {
            local: stream.local_addr().unwrap(),
            stream,
            transport: "TCP",
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer for StreamPeer<S> {
    fn transport(&self) -> &'static str {
        self.transport
    }

    fn address(&self) -> String {
        self.local.to_string()
    }

    async fn send(&mut self, message: &str) {
        self.stream.write_all(message.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// A whole message, with its body.
    async fn receive(&mut self) -> String {
        let mut message = Vec::new();
        while !message.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            let read = within(self.stream.read(&mut byte)).await.unwrap();
            assert_eq!(read, 1, "closed after {message:?}");
            message.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&message).into_owned();
        let length = header(&head, "Content-Length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        within(self.stream.read_exact(&mut body)).await.unwrap();
        head + &String::from_utf8_lossy(&body)
    }
}
