//! A real DNS server: BIND on a free port of this machine, with the numbers of one range (RFC 6116).

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use super::PATIENCE;

/// `+44 20 7946 0000` to `0999`: numbers that Ofcom keeps for stories.
const RANGE: &str = "6.4.9.7.0.2.4.4.e164.arpa";

/// The server, ended when it is dropped.
pub struct Bind {
    child: Child,
    pub address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Bind {
    /// Serves these records of the range, one a line, names without the range.
    pub fn start(folder: &Path, records: &str) -> Bind {
        let folder = folder.join("bind");
        std::fs::create_dir_all(&folder).unwrap();
        let zone = format!(
            "$TTL 300\n$ORIGIN {RANGE}.\n@ SOA ns.example.test. host.example.test. 1 3600 600 86400 300\n\
             @ NS ns.example.test.\n{records}\n"
        );
        std::fs::write(folder.join("zone"), zone).unwrap();
        let port = free_port();
        let folder = folder.display();
        let settings = format!(
            "options {{ directory \"{folder}\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};\n\
             pid-file none; recursion no; dnssec-validation no; querylog yes; allow-query {{ 127.0.0.1; }}; }};\n\
             controls {{ }};\nzone \"{RANGE}\" {{ type primary; file \"zone\"; }};\n"
        );
        let file = format!("{folder}/named.conf");
        std::fs::write(&file, settings).unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut child = Command::new("named")
            .args(["-g", "-n", "1", "-c", &file])
            // Debian keeps it where only root looks.
            .env("PATH", format!("{path}:/usr/sbin"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("named of bind9: cargo xtask setup installs it");
        let log = BufReader::new(child.stderr.take().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, (runs, running)) = (Arc::clone(&asked), mpsc::channel());
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if line.contains(" query: ") {
                    count.fetch_add(1, Ordering::Relaxed);
                }
                if line.ends_with(" running") {
                    // The test may be over.
                    let _ = runs.send(());
                }
            }
        });
        let bind = Bind {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            asked,
        };
        running.recv_timeout(PATIENCE).expect("BIND runs");
        bind
    }

    /// Questions that came so far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    pub fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Bind {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Free for TCP, so as good as free for UDP.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
