//! A started gateway on free ports, and peers that speak SIP as plain text, so that a mistake in our
//! own message types cannot hide itself.

pub mod authority;
pub mod bind;
pub mod calls;
mod peers;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use md5::Md5;
use sha2::{Digest, Sha256};
use sidecam_gateway::config::Config;
use sidecam_gateway::store::{Sqlite, Subscriber};
use sidecam_gateway::{Addresses, Gateway};
use sip::digest::Ha1;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http;

pub use peers::{Peer, StreamPeer, TcpPeer, TlsPeer, UdpPeer, WebSocketPeer};

pub const DOMAIN: &str = "example.test";
pub const PASSWORD: &str = "correct horse battery staple";

/// Longer than anything here takes, shorter than a person's patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running gateway with a folder of its own.
pub struct Running {
    pub gateway: Option<Gateway>,
    pub addresses: Addresses,
    pub folder: PathBuf,
    more: String,
    settings: Vec<(String, String)>,
}

impl Running {
    /// Starts a gateway where nina (+15550001) and otto (+15550002) may register.
    pub async fn start() -> Running {
        Running::start_with("").await
    }

    /// The same with more lines of configuration.
    pub async fn start_with(more: &str) -> Running {
        Running::begin(more, |_| Vec::new()).await
    }

    /// The same with more settings, each `SIDECAM__SECTION__KEY` and its value, given once the
    /// gateway's folder is there.
    pub async fn start_set(settings: impl FnOnce(&Path) -> Vec<(&'static str, String)>) -> Running {
        Running::begin("", settings).await
    }

    async fn begin(
        more: &str,
        settings: impl FnOnce(&Path) -> Vec<(&'static str, String)>,
    ) -> Running {
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
        let settings: Vec<(String, String)> = settings(&folder)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let addresses = Addresses {
            http: any,
            https: None,
            udp: any,
            tcp: any,
            tls: None,
        };
        let config = config(&folder, addresses, more, &settings);
        let gateway = Gateway::start(config).await.unwrap();
        Running {
            addresses: gateway.addresses(),
            gateway: Some(gateway),
            folder,
            more: more.to_owned(),
            settings,
        }
    }

    /// Stops and starts again on the same ports with the same store.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.gateway = Some(
            Gateway::start(config(
                &self.folder,
                self.addresses,
                &self.more,
                &self.settings,
            ))
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
        self.ask("GET", path, headers).await
    }

    /// The same by any method, without a body.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (String, String) {
        let mut stream = TcpStream::connect(self.addresses.http).await.unwrap();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
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
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let host = format!("page-{}.invalid", COUNT.fetch_add(1, Ordering::Relaxed));
        WebSocketPeer { socket, host }
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

fn store_url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("sidecam.db").display())
}

fn config(
    folder: &Path,
    addresses: Addresses,
    more: &str,
    settings: &[(String, String)],
) -> Config {
    let text = format!(
        "[http]\nlisten = \"{}\"\nclient_dir = \"{}\"\n[sip]\nudp = \"{}\"\ntcp = \"{}\"\ntcp_idle = \"2s\"\n\
         [home]\ndomain = \"{DOMAIN}\"\n[store]\nurl = \"{}\"\n[media]\nworkers = 1\n{more}",
        addresses.http,
        folder.join("client").display(),
        addresses.udp,
        addresses.tcp,
        store_url(folder),
    );
    Config::read(
        Some((Path::new("test.toml"), &text)),
        settings.iter().cloned(),
    )
    .unwrap()
}

pub async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("took too long")
}

/// The value of a header, by its long name.
pub fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// An Authorization line by RFC 7616 §3.4.1 for a REGISTER, written here a second time.
pub fn authorization(challenge: &str, algorithm: &str, name: &str, password: &str) -> String {
    let lines = challenge
        .lines()
        .filter(|line| line.starts_with("WWW-Authenticate:"));
    let mut lines = lines.filter(|line| line.contains(&format!("algorithm={algorithm}")));
    let line = lines.next();
    let line = line.expect("a challenge of that algorithm");
    let proof = proof(
        line,
        algorithm,
        ("REGISTER", &format!("sip:{DOMAIN}")),
        (name, password),
    );
    format!("Authorization: {proof}\r\n")
}

/// The request once more, with what a 407 asks for and as a transaction of its own.
pub fn proved(request: &str, challenge: &str, name: &str) -> String {
    let line = challenge
        .lines()
        .find(|line| line.starts_with("Proxy-Authenticate:"));
    let mut words = request.split(' ');
    let asked = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let proof = proof(line.expect("a challenge"), "MD5", asked, (name, PASSWORD));
    let (start, rest) = request.split_once("\r\n").expect("a start line");
    format!("{start}\r\nProxy-Authorization: {proof}\r\n{rest}")
        .replace("branch=z9hG4bK", "branch=z9hG4bKproved")
        .replace("CSeq: 1 ", "CSeq: 2 ")
}

fn proof(
    line: &str,
    algorithm: &str,
    (method, uri): (&str, &str),
    (name, password): (&str, &str),
) -> String {
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
    let (realm, nonce) = (quoted("realm"), quoted("nonce"));
    let secret = hash(format!("{name}:{realm}:{password}"));
    let asked = hash(format!("{method}:{uri}"));
    let response = hash(format!("{secret}:{nonce}:00000001:0a4f113b:auth:{asked}"));
    format!(
        "Digest username=\"{name}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\", algorithm={algorithm}, qop=auth, nc=00000001, cnonce=\"0a4f113b\""
    )
}
