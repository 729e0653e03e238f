//! Somebody else's site with Sidecam inside, for the demonstration: the page of `docs/embedding`, and the
//! server behind it that has its one person signed in by a token.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::services::fresh_password;
use crate::workspace::Workspace;

/// A request that is not through by then is given up.
const WITHIN: Duration = Duration::from_secs(5);

/// The longest line, and the longest answer, that is read.
const BYTES: u64 = 64 * 1024;

/// The site, listening, before the gateway that it is about has started.
pub struct Site {
    listener: TcpListener,
    /// What the gateway is to list.
    pub origin: String,
    secret: String,
}

/// What the page is about.
pub struct About {
    /// The gateway's host and port.
    pub gateway: String,
    pub subscriber: &'static str,
    /// The number that the page has to show something to.
    pub to: &'static str,
}

impl Site {
    pub fn bind() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        // Another name for this machine than the gateway's, so that the two are two sites.
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let secret = format!("{}{}", fresh_password()?, fresh_password()?);
        Ok(Self {
            listener,
            origin,
            secret,
        })
    }

    /// Writes what it shows the gateway where that can read it; gives the settings.
    pub fn settings(&self, folder: &Path) -> Result<[(&'static str, String); 2]> {
        let file = folder.join("embedding.token");
        fs::write(&file, &self.secret)?;
        Ok([
            ("SIDECAM__EMBEDDING__ORIGINS", self.origin.clone()),
            ("SIDECAM__EMBEDDING__TOKEN_FILE", file.display().to_string()),
        ])
    }

    /// Serves for as long as this program runs.
    pub fn serve(self, workspace: &Workspace, about: About) -> Result<()> {
        let page = workspace.root.join("docs/embedding/demo.html");
        let page = fs::read_to_string(page).context("the page of the docs")?;
        self.serve_page(&page, about);
        Ok(())
    }

    fn serve_page(self, page: &str, about: About) {
        let page = page
            .replace("{{sidecam}}", &format!("http://{}", about.gateway))
            .replace("{{to}}", about.to);
        thread::spawn(move || {
            for stream in self.listener.incoming().flatten() {
                // Whoever went away misses nothing.
                let _ = self.answer(stream, &page, &about);
            }
        });
    }

    fn answer(&self, mut stream: TcpStream, page: &str, about: &About) -> Result<()> {
        stream.set_read_timeout(Some(WITHIN))?;
        let mut line = String::new();
        let mut reader = BufReader::new(stream.try_clone()?.take(BYTES));
        reader.read_line(&mut line)?;
        let mut header = String::new();
        while reader.read_line(&mut header)? > 2 {
            header.clear();
        }
        let (status, kind, body) = if line.starts_with("POST /sidecam-token ") {
            match self.token(about) {
                Ok(token) => (
                    "200 OK",
                    "application/json",
                    json!({ "token": token }).to_string(),
                ),
                Err(error) => ("502 Bad Gateway", "text/plain", error.to_string()),
            }
        } else if line.starts_with("GET / ") {
            ("200 OK", "text/html; charset=utf-8", page.to_owned())
        } else {
            ("404 Not Found", "text/plain", String::new())
        };
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )?;
        Ok(())
    }

    /// What any server would do: it shows its secret and is given a token.
    fn token(&self, about: &About) -> Result<String> {
        let mut stream = TcpStream::connect(&about.gateway)?;
        stream.set_read_timeout(Some(WITHIN))?;
        let body = json!({ "subscriber": about.subscriber }).to_string();
        write!(
            stream,
            "POST /api/v1/tokens HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            about.gateway,
            self.secret,
            body.len()
        )?;
        let mut answer = String::new();
        stream.take(BYTES).read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        let given: Value = serde_json::from_str(body)?;
        let token = given["token"].as_str();
        Ok(token.with_context(|| given.to_string())?.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is answered to a request.
    fn ask(origin: &str, request: &str) -> Result<String> {
        let mut stream = TcpStream::connect(origin.trim_start_matches("http://"))?;
        write!(stream, "{request} HTTP/1.1\r\nHost: a\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn the_page_names_the_gateway_and_its_server_hands_on_the_token_that_it_is_given() -> Result<()>
    {
        let gateway = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let site = Site::bind()?;
        let (origin, secret) = (site.origin.clone(), site.secret.clone());
        let about = About {
            gateway: gateway.local_addr()?.to_string(),
            subscriber: "second",
            to: "+447700900003",
        };
        let expected = format!("http://{}/embed.js +447700900003", about.gateway);
        site.serve_page("{{sidecam}}/embed.js {{to}}", about);
        assert!(ask(&origin, "GET /")?.ends_with(&expected));
        assert!(ask(&origin, "GET /other")?.starts_with("HTTP/1.1 404"));
        let asked = thread::spawn(move || -> Result<String> {
            let (mut stream, _) = gateway.accept()?;
            let mut request = [0; 1024];
            let mut length = 0;
            while !request[..length].ends_with(b"}") {
                length += stream.read(&mut request[length..])?;
            }
            write!(
                stream,
                "HTTP/1.1 201 Created\r\n\r\n{{\"token\": \"sct.second.abc\"}}"
            )?;
            Ok(String::from_utf8_lossy(&request[..length]).into_owned())
        });
        let answer = ask(&origin, "POST /sidecam-token")?;
        assert!(
            answer.ends_with(r#"{"token":"sct.second.abc"}"#),
            "{answer}"
        );
        let asked = asked.join().expect("the gateway's part")?;
        assert!(asked.contains(&format!("Authorization: Bearer {secret}\r\n")));
        assert!(asked.ends_with(r#"{"subscriber":"second"}"#), "{asked}");
        Ok(())
    }
}
