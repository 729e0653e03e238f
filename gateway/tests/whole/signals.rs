//! What signals do to a gateway that runs as a program of its own. SIGTERM is the draining's.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::authority::{Authority, shows};
use crate::support::within;

const FIRST: u64 = 0x0102_0304_0506_0708;
const SECOND: u64 = 0x1112_1314_1516_1718;

/// The files are looked at that often without being asked; a signal is quicker.
const LOOK_EVERY: Duration = Duration::from_secs(5);

struct Program {
    child: Child,
    ready: Value,
    folder: PathBuf,
}

impl Program {
    fn start(name: &str, settings: impl Fn(&Path) -> Vec<(&'static str, String)>) -> Program {
        let folder = std::env::temp_dir().join(format!("sidecam-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("client")).unwrap();
        std::fs::write(folder.join("client/index.html"), "<!doctype html>").unwrap();
        let any = || "127.0.0.1:0".to_owned();
        let store = format!("sqlite://{}?mode=rwc", folder.join("s.db").display());
        let client = folder.join("client").display().to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_sidecam"))
            .args(["run", "--ready-json"])
            .current_dir(&folder)
            .env("SIDECAM__HTTP__LISTEN", any())
            .env("SIDECAM__HTTP__CLIENT_DIR", client)
            .env("SIDECAM__SIP__UDP", any())
            .env("SIDECAM__SIP__TCP", any())
            .env("SIDECAM__STORE__URL", store)
            .env("SIDECAM__MEDIA__WORKERS", "1")
            .envs(settings(&folder))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).expect("the line that says it is ready");
        Program {
            child,
            ready,
            folder,
        }
    }

    fn hang_up(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-HUP", &id]).status().unwrap();
        assert!(sent.success());
    }

    fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn sighup_has_the_certificate_read_at_once() {
    let authority = Authority::new();
    let mut program = Program::start("hup", |folder| {
        authority.certify(folder, &["127.0.0.1"], FIRST);
        let file = |name: &str| folder.join(name).display().to_string();
        vec![
            ("SIDECAM__SIP__TLS", "127.0.0.1:0".to_owned()),
            ("SIDECAM__TLS__CERTIFICATE", file("certificate.pem")),
            ("SIDECAM__TLS__KEY", file("key.pem")),
        ]
    });
    let address = program.ready["tls"].as_str().unwrap().parse().unwrap();
    assert!(shows(&authority.connect(address).await, FIRST));
    authority.certify(&program.folder, &["127.0.0.1"], SECOND);
    let asked = Instant::now();
    program.hang_up();
    within(async {
        while !shows(&authority.connect(address).await, SECOND) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert!(asked.elapsed() < LOOK_EVERY, "{:?}", asked.elapsed());
    assert!(program.runs());
}

#[tokio::test]
async fn sighup_does_not_end_a_gateway_without_a_certificate() {
    let mut program = Program::start("hup-plain", |_| Vec::new());
    program.hang_up();
    let http = program.ready["http"].as_str().unwrap();
    let address = http.strip_prefix("http://").unwrap().to_owned();
    // It has had the time to end if it were to.
    tokio::time::sleep(Duration::from_millis(300)).await;
    within(tokio::net::TcpStream::connect(address))
        .await
        .unwrap();
    assert!(program.runs());
}
