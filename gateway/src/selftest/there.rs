//! The handset that a running gateway has itself (`/api/v1/selftest`), asked for and asked as pages do.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use sip::message::Uri;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::handset::Watched;

/// It is on the way that the page came.
const ASKED_WITHIN: Duration = Duration::from_secs(8);

/// Where the gateway is asked, and by whose token.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub(super) http: SocketAddr,
    /// As the URL names it.
    pub(super) authority: String,
    pub(super) token: String,
}

/// A handset that waits for our call.
pub(super) struct There {
    desk: Desk,
    path: String,
    /// What to call.
    pub(super) address: Uri,
}

const HERE: &str = "/api/v1/selftest";

impl There {
    /// # Errors
    /// The gateway has none for us.
    pub(super) async fn start(desk: Desk) -> anyhow::Result<There> {
        let told = desk.ask("POST", HERE).await?;
        let text = |key: &str| told[key].as_str().context("it says something else");
        let path = format!("{HERE}/{}", text("id")?);
        let address = text("address")?.parse()?;
        Ok(There {
            desk,
            path,
            address,
        })
    }

    /// What came to its screen.
    ///
    /// # Errors
    /// It is gone.
    pub(super) async fn watched(&self) -> anyhow::Result<Watched> {
        let seen = self.desk.ask("GET", &self.path).await?;
        Ok(Watched {
            pictures: seen["pictures"].as_u64().unwrap_or(0),
            right: seen["likeness"]["right"].as_u64().unwrap_or(0),
            db: seen["likeness"]["decibels"].as_f64().unwrap_or(0.0),
        })
    }

    pub(super) async fn stop(self) {
        // One that is gone already is no failure.
        let _ = self.desk.ask("DELETE", &self.path).await;
    }
}

impl Desk {
    async fn ask(&self, method: &str, path: &str) -> anyhow::Result<Value> {
        let asked = async {
            let mut stream = TcpStream::connect(self.http).await?;
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
                 Authorization: Bearer {}\r\nContent-Length: 0\r\n\r\n",
                self.authority, self.token
            );
            stream.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            anyhow::Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        let answer = timeout(ASKED_WITHIN, asked).await??;
        let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP")?;
        let told: Value = match body {
            "" => Value::Null,
            body => serde_json::from_str(body).context("it is no JSON")?,
        };
        let detail = told["detail"].as_str().unwrap_or("it says no more");
        let first = head.lines().next().unwrap_or_default();
        ensure!(first.starts_with("HTTP/1.1 2"), "{first}: {detail}");
        Ok(told)
    }
}
