//! SIP over TLS and over secure WebSockets, the certificate's life, and connections that we make.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sidecam_gateway::config;
use sidecam_gateway::edge::Gate;
use sidecam_gateway::edge::tcp::Streams;
use sidecam_gateway::edge::tls::Tls;
use sidecam_gateway::server::Wake;
use sidecam_gateway::switch::flows::Connect;
use sip::transport::{FlowId, Hop, Transport};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::authority::{Authority, acceptor, shows};
use crate::support::{PASSWORD, Peer, Running, WebSocketPeer, header, within};

async fn start(authority: &Authority) -> Running {
    Running::start_set(|folder| {
        authority.certify(folder, &["127.0.0.1"], FIRST);
        let file = |name: &str| folder.join(name).display().to_string();
        vec![
            ("SIDECAM__SIP__TLS", "127.0.0.1:0".to_owned()),
            ("SIDECAM__SIP__TCP_IDLE", "60s".to_owned()),
            ("SIDECAM__HTTP__TLS", "127.0.0.1:0".to_owned()),
            ("SIDECAM__TLS__CERTIFICATE", file("certificate.pem")),
            ("SIDECAM__TLS__KEY", file("key.pem")),
        ]
    })
    .await
}

const FIRST: u64 = 0x0102_0304_0506_0708;
const SECOND: u64 = 0x1112_1314_1516_1718;

#[tokio::test]
async fn a_phone_registers_over_tls_and_is_pinged_and_answered_there() {
    let authority = Authority::new();
    let gateway = start(&authority).await;
    let mut phone = authority.peer(gateway.addresses.tls.unwrap()).await;
    let answer = phone.register("nina", PASSWORD, "").await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    assert!(
        header(&answer, "Via").unwrap().starts_with("SIP/2.0/TLS "),
        "{answer}"
    );
    phone.send("\r\n").await;
    phone.send("\r\n").await;
    let mut pong = [0; 2];
    within(phone.stream.read_exact(&mut pong)).await.unwrap();
    assert_eq!(&pong, b"\r\n");
    assert_eq!(gateway.counter("connections_by_tls").await, 1);
    assert_eq!(gateway.counter("received_by_tls").await, 2);
}

#[tokio::test]
async fn a_page_speaks_over_a_secure_websocket() {
    let authority = Authority::new();
    let gateway = start(&authority).await;
    let address = gateway.addresses.https.unwrap();
    let mut request = format!("wss://{address}/ws").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "sip".parse().unwrap());
    headers.insert("origin", format!("https://{address}").parse().unwrap());
    let stream = authority.connect(address).await;
    let (socket, _) = within(client_async(request, stream)).await.unwrap();
    let mut page = WebSocketPeer {
        socket,
        host: "page.invalid".to_owned(),
    };
    let answer = page.register("nina", PASSWORD, "").await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    assert_eq!(gateway.counter("received_by_wss").await, 2);
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_new_connections_and_old_ones_stay() {
    let authority = Authority::new();
    let gateway = start(&authority).await;
    let address = gateway.addresses.tls.unwrap();
    let mut standing = authority.peer(address).await;
    assert!(shows(&standing.stream, FIRST));
    std::fs::write(gateway.folder.join("key.pem"), "nothing").unwrap();
    // The files are looked at every few seconds: what is of no use changes nothing.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(shows(&authority.connect(address).await, FIRST));
    authority.certify(&gateway.folder, &["127.0.0.1"], SECOND);
    within(async {
        while !shows(&authority.connect(address).await, SECOND) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await;
    let answer = standing.ask(&standing.options(1)).await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
}

#[tokio::test]
async fn a_handshake_that_never_comes_ends_the_connection_and_harms_nobody() {
    let authority = Authority::new();
    let gateway = start(&authority).await;
    let address = gateway.addresses.tls.unwrap();
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut phone = authority.peer(address).await;
    let answer = phone.ask(&phone.options(1)).await;
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let mut heard = Vec::new();
    within(silent.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"");
    assert_eq!(gateway.counter("handshakes_failed").await, 1);
}

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("sidecam-tls-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn files(folder: &Path) -> config::Tls {
    config::Tls {
        certificate: Some(folder.join("certificate.pem")),
        key: Some(folder.join("key.pem")),
        authorities: Some(folder.join("authority.pem")),
        name: None,
    }
}

#[test]
fn files_that_are_missing_empty_or_do_not_belong_together_are_named() {
    let (one, other) = (Folder::new("one"), Folder::new("other"));
    let authority = Authority::new();
    authority.write(&one.0);
    authority.certify(&one.0, &["a.example"], FIRST);
    authority.certify(&other.0, &["a.example"], SECOND);
    assert!(Tls::load(&files(&one.0)).unwrap().is_some());
    let absent = one.0.join("absent.pem");
    let cases = [
        (
            config::Tls {
                certificate: Some(absent.clone()),
                ..files(&one.0)
            },
            "tls.certificate: ",
            "absent.pem cannot be read",
        ),
        (
            config::Tls {
                key: Some(one.0.join("authority.pem")),
                ..files(&one.0)
            },
            "tls.key: ",
            "authority.pem holds no private key",
        ),
        (
            config::Tls {
                certificate: Some(one.0.join("key.pem")),
                ..files(&one.0)
            },
            "tls.certificate: ",
            "key.pem holds no certificate",
        ),
        (
            config::Tls {
                key: Some(other.0.join("key.pem")),
                ..files(&one.0)
            },
            "tls.key: ",
            "is not the key of the first certificate",
        ),
        (
            config::Tls {
                authorities: Some(absent),
                ..files(&one.0)
            },
            "tls.authorities: ",
            "absent.pem cannot be read",
        ),
    ];
    for (files, key, what) in cases {
        let error = Tls::load(&files).unwrap_err().to_string();
        assert!(error.starts_with(key), "{error}");
        assert!(error.contains(what), "{error}");
        assert!(error.contains("next step: "), "{error}");
    }
}

/// Connects to a server that is `localhost`, expecting it to be `domain`.
async fn call(domain: &str) -> (Streams, mpsc::Receiver<Wake>, Option<String>) {
    let folder = Folder::new(&format!("call-{domain}"));
    let authority = Authority::new();
    authority.write(&folder.0);
    authority.certify(&folder.0, &["localhost"], FIRST);
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hop = Hop {
        transport: Transport::Tls,
        flow: FlowId(1 << 62),
        remote: server.local_addr().unwrap(),
    };
    let (wakes, woken) = mpsc::channel(8);
    let streams = Streams {
        gate: Gate::new(wakes, Arc::default()),
        tls: Tls::load(&files(&folder.0)).unwrap(),
        idle: Duration::from_secs(60),
    };
    let (outbox, inbox) = mpsc::channel(8);
    outbox.send(b"hello".to_vec()).await.unwrap();
    let connect = Connect {
        hop,
        server: Some(domain.parse().unwrap()),
    };
    let connecting = tokio::spawn(streams.clone().connect(connect, inbox));
    let (stream, _) = within(server.accept()).await.unwrap();
    let heard = match within(acceptor(&folder.0).accept(stream)).await {
        Err(_) => None,
        Ok(mut stream) => {
            let mut heard = [0; 5];
            let read = within(stream.read_exact(&mut heard)).await;
            read.ok()
                .map(|_| String::from_utf8_lossy(&heard).into_owned())
        }
    };
    drop(outbox);
    within(connecting).await.unwrap();
    (streams, woken, heard)
}

#[tokio::test]
async fn a_server_that_proves_its_name_gets_the_message() {
    let (_, _, heard) = call("localhost").await;
    assert_eq!(heard.as_deref(), Some("hello"));
}

#[tokio::test]
async fn a_server_of_another_name_gets_nothing_and_the_flow_closes() {
    let (streams, mut woken, heard) = call("other.example").await;
    assert_eq!(heard, None);
    assert!(matches!(woken.recv().await, Some(Wake::FlowFailed(_))));
    assert_eq!(streams.gate.counters.connections_not_made.get(), 1);
}
