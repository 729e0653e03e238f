//! The handset of the self-test: the simulated one, in this process, asked over its own page.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::{Args, FromArgMatches};
use handset::Options;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::page::User;

/// H.263 and nothing else: every picture is transcoded.
const MODEL: &str = "nokia-6680";

/// Its page is in this process.
const ASKED_WITHIN: Duration = Duration::from_secs(2);

/// A handset that runs.
pub(super) struct Handset {
    page: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<anyhow::Result<()>>,
}

/// What came to its screen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Watched {
    pub(super) pictures: u64,
    /// Those whose number could be read and was another than the one before.
    pub(super) right: u64,
    /// Their mean likeness, in decibels.
    pub(super) db: f64,
}

impl Handset {
    /// Starts one that registers there; `None` if that does not come about in time.
    ///
    /// # Errors
    /// It cannot run.
    pub(super) async fn start(
        user: &User,
        sip: SocketAddr,
        within: Duration,
    ) -> anyhow::Result<Option<Handset>> {
        let secret = Secret::write(&user.password)?;
        let local = match sip.ip() {
            IpAddr::V4(address) if address.is_loopback() => SocketAddr::new(sip.ip(), 0),
            IpAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            IpAddr::V6(address) if address.is_loopback() => SocketAddr::new(sip.ip(), 0),
            IpAddr::V6(_) => SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, 0)),
        };
        let (sip, local, domain) = (sip.to_string(), local.to_string(), user.domain.to_string());
        let words = [
            "handset",
            "--profile",
            MODEL,
            "--registrar",
            &sip,
            "--local",
            &local,
            "--domain",
            &domain,
            "--user",
            &user.name,
            "--pattern-text",
            "none",
            "--password-file",
        ];
        let words = words.into_iter().map(Into::into);
        let words = words.chain([secret.0.clone().into_os_string()]);
        let parsed = Options::augment_args(clap::Command::new("handset")).get_matches_from(words);
        let options = Options::from_arg_matches(&parsed)?;
        let (ready, is_ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(handset::run_until(options, ready, async move {
            // Dropped is stopped too.
            let _ = stopped.await;
        }));
        let ready = match timeout(within, is_ready).await {
            Ok(Ok(ready)) => ready,
            // It ended before it was ready: what it says is why.
            Ok(Err(_)) => {
                running.await??;
                return Ok(None);
            }
            Err(_) => {
                running.abort();
                return Ok(None);
            }
        };
        let page = ready.page.trim_start_matches("http://");
        let page = page.trim_end_matches('/').parse()?;
        Ok(Some(Handset {
            page,
            stop: Some(stop),
            running,
        }))
    }

    /// What came to its screen in the last call.
    ///
    /// # Errors
    /// It runs no more.
    pub(super) async fn watched(&self) -> anyhow::Result<Watched> {
        let status = self.status().await?;
        let seen = &status["receive"];
        Ok(Watched {
            pictures: seen["frames"].as_u64().unwrap_or(0),
            right: seen["pattern"]["right"].as_u64().unwrap_or(0),
            db: seen["pattern"]["psnr_db_mean"].as_f64().unwrap_or(0.0),
        })
    }

    /// Whether it has no call, not even one that ends.
    ///
    /// # Errors
    /// It runs no more.
    pub(super) async fn is_free(&self) -> anyhow::Result<bool> {
        Ok(self.status().await?["call"].is_null())
    }

    /// Has it show its own pictures to a number.
    ///
    /// # Errors
    /// It will not.
    pub(super) async fn share(&self, to: &str) -> anyhow::Result<()> {
        let body = serde_json::json!({ "to": to }).to_string();
        self.ask("POST", "/api/share", &body).await?;
        Ok(())
    }

    /// Ends its call and its registration.
    pub(super) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself.
            let _ = stop.send(());
        }
        // It waits two seconds for the last answers itself.
        let _ = timeout(Duration::from_secs(4), self.running).await;
    }

    async fn status(&self) -> anyhow::Result<Value> {
        self.ask("GET", "/api/status", "").await
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> anyhow::Result<Value> {
        let asked = async {
            let mut stream = TcpStream::connect(self.page).await?;
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                self.page,
                body.len()
            );
            stream.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            anyhow::Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        let answer = timeout(ASKED_WITHIN, asked).await??;
        let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP")?;
        ensure!(head.starts_with("HTTP/1.1 200 "), "the handset says {body}");
        Ok(serde_json::from_str(body)?)
    }
}

/// A password in a file that only we can read, for as long as this lives.
struct Secret(PathBuf);

impl Secret {
    fn write(password: &str) -> anyhow::Result<Secret> {
        let mut name = [0; 8];
        getrandom::fill(&mut name)?;
        let name = format!("sidecam-selftest-{:016x}", u64::from_be_bytes(name));
        let path = std::env::temp_dir().join(name);
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        let secret = Secret(path);
        file.write_all(password.as_bytes())?;
        Ok(secret)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // Whoever cleans the folder before us is welcome to it.
        let _ = std::fs::remove_file(&self.0);
    }
}
