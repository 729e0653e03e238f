//! A started gateway on free ports, and peers that speak SIP as plain text, so that a mistake in our
//! own message types cannot hide itself.

#![allow(dead_code, reason = "every test file uses another part of this")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use md5::Md5;
use sha2::{Digest, Sha256};
use sidecam_gateway::config::Config;
use sidecam_gateway::store::{Sqlite, Subscriber};
use sidecam_gateway::{Addresses, Gateway};
use sip::digest::Ha1;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, http};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub const DOMAIN: &str = "example.test";
pub const PASSWORD: &str = "correct horse battery staple";

/// Longer than anything here takes, shorter than a person's patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running gateway with a folder of its own.
pub struct Running {
    pub gateway: Option<Gateway>,
    pub addresses: Addresses,
    folder: PathBuf,
}

impl Running {
    /// Starts a gateway where nina (+15550001) and otto (+15550002) may register.
    pub async fn start() -> Running {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("sidecam-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("client")).unwrap();
        std::fs::write(
            folder.join("client/index.html"),
            "<!doctype html><title>page</title>",
        )
        .unwrap();
        std::fs::write(folder.join("client/app-0123456789abcdef_bg.wasm"), b"\0asm").unwrap();
        let store = Sqlite::open(&store_url(&folder)).await.unwrap();
        for (name, number) in [("nina", "+15550001"), ("otto", "+15550002")] {
            let subscriber = Subscriber {
                name: name.into(),
                number: number.into(),
                display: name.to_uppercase(),
                realm: DOMAIN.into(),
                ha1: Ha1::of(name, DOMAIN, PASSWORD),
            };
            store.add(&subscriber).await.unwrap();
        }
        let any = "127.0.0.1:0".parse().unwrap();
        let config = config(
            &folder,
            Addresses {
                http: any,
                udp: any,
                tcp: any,
            },
        );
        let gateway = Gateway::start(config).await.unwrap();
        Running {
            addresses: gateway.addresses(),
            gateway: Some(gateway),
            folder,
        }
    }

    /// Stops and starts again on the same ports with the same store.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.gateway = Some(
            Gateway::start(config(&self.folder, self.addresses))
                .await
                .unwrap(),
        );
    }

    pub async fn stop(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            gateway.stop().await.unwrap();
        }
    }

    /// One of the gateway's counts.
    pub async fn counter(&self, name: &str) -> u64 {
        let (_, body) = self.get("/api/v1/counters", &[]).await;
        let counters: serde_json::Value = serde_json::from_str(&body).unwrap();
        counters[name].as_u64().unwrap()
    }

    /// Head and body of a page.
    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> (String, String) {
        let mut stream = TcpStream::connect(self.addresses.http).await.unwrap();
        let mut request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.addresses.http
        );
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        stream
            .write_all(format!("{request}\r\n").as_bytes())
            .await
            .unwrap();
        let mut answer = Vec::new();
        within(stream.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    /// Opens a WebSocket as a page of this gateway would.
    pub async fn websocket(&self) -> WebSocketPeer {
        let request = self.websocket_request(Some("sip"), None);
        let (socket, response) = connect_async(request).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "sip");
        WebSocketPeer { socket }
    }

    /// The status that a WebSocket's opening is refused with.
    pub async fn websocket_refusal(
        &self,
        protocol: Option<&str>,
        origin: Option<&str>,
    ) -> Option<u16> {
        match connect_async(self.websocket_request(protocol, origin)).await {
            Ok(_) => None,
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                Some(response.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn websocket_request(&self, protocol: Option<&str>, origin: Option<&str>) -> http::Request<()> {
        let mut request = format!("ws://{}/ws", self.addresses.http)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        if let Some(protocol) = protocol {
            headers.insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().unwrap());
        }
        request
    }

    pub async fn udp(&self) -> UdpPeer {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(self.addresses.udp).await.unwrap();
        UdpPeer { socket }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Left behind, it would only be a few kilobytes.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn store_url(folder: &std::path::Path) -> String {
    format!("sqlite:{}", folder.join("sidecam.db").display())
}

fn config(folder: &std::path::Path, addresses: Addresses) -> Config {
    let text = format!(
        "[http]\nlisten = \"{}\"\nclient_dir = \"{}\"\n[sip]\nudp = \"{}\"\ntcp = \"{}\"\ntcp_idle = \"2s\"\n\
         [home]\ndomain = \"{DOMAIN}\"\n[store]\nurl = \"{}\"\n[media]\nworkers = 1\n",
        addresses.http,
        folder.join("client").display(),
        addresses.udp,
        addresses.tcp,
        store_url(folder),
    );
    Config::read(
        Some((std::path::Path::new("test.toml"), &text)),
        std::iter::empty(),
    )
    .unwrap()
}

pub async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("took too long")
}

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

    /// Registers, with Digest; gives the last answer.
    async fn register(&mut self, name: &str, password: &str, change: &str) -> String {
        let plain = self.register_request(name, 1, change, "");
        let challenge = self.ask(&plain).await;
        assert!(challenge.starts_with("SIP/2.0 401 "), "{challenge}");
        let proof = authorization(&challenge, "SHA-256", name, password);
        let request = self.register_request(name, 2, change, &proof);
        self.ask(&request).await
    }

    fn register_request(&self, name: &str, cseq: u32, change: &str, authorization: &str) -> String {
        let (transport, address) = (self.transport(), self.address());
        let parameter = transport.to_lowercase();
        let port = address.rsplit(':').next().unwrap_or_default();
        format!(
            "REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/{transport} {address};branch=z9hG4bKreg{name}{port}{cseq}{};rport\r\n\
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
        "page.invalid:0".to_owned()
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

/// The value of a header, by its long name.
pub fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// An Authorization line by RFC 7616 §3.4.1, written here a second time.
pub fn authorization(challenge: &str, algorithm: &str, name: &str, password: &str) -> String {
    let lines = challenge
        .lines()
        .filter(|line| line.starts_with("WWW-Authenticate:"));
    let line = lines
        .filter(|line| line.contains(&format!("algorithm={algorithm}")))
        .next_back();
    let line = line.expect("a challenge of that algorithm");
    let quoted = |key: &str| {
        let start = line.find(&format!("{key}=\"")).expect("a parameter") + key.len() + 2;
        line[start..]
            .split('"')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let hash = |text: String| -> String {
        let bytes = match algorithm {
            "SHA-256" => Sha256::digest(text).to_vec(),
            _ => Md5::digest(text).to_vec(),
        };
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let (realm, nonce, uri) = (quoted("realm"), quoted("nonce"), format!("sip:{DOMAIN}"));
    let secret = hash(format!("{name}:{realm}:{password}"));
    let asked = hash(format!("REGISTER:{uri}"));
    let response = hash(format!("{secret}:{nonce}:00000001:0a4f113b:auth:{asked}"));
    format!(
        "Authorization: Digest username=\"{name}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\", algorithm={algorithm}, qop=auth, nc=00000001, cnonce=\"0a4f113b\"\r\n"
    )
}
