//! The sockets of the stand-in for a browser: one WebSocket, one UDP port, and the clock.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::sleep_until;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::page::{News, Page, User};
use super::web::Web;

/// The largest datagram there is.
const DATAGRAM_BYTES: usize = 65_536;

/// A page that is connected.
pub(super) struct Line {
    socket: WebSocketStream<TcpStream>,
    udp: UdpSocket,
    buffer: Vec<u8>,
    pub(super) page: Page,
    /// The media of the call, if there is one.
    pub(super) web: Option<Web>,
}

impl Line {
    /// Opens the door as a browser does (RFC 7118 §4). `at` is the gateway's HTTP address.
    ///
    /// # Errors
    /// It stays shut.
    pub(super) async fn connect(at: SocketAddr, url: &str, user: User) -> anyhow::Result<Line> {
        let mut request = url.into_client_request()?;
        let protocol = HeaderValue::from_static("sip");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let stream = TcpStream::connect(at).await?;
        let local = stream.local_addr()?.ip();
        let (socket, _) = client_async(request, stream).await?;
        let udp = UdpSocket::bind(SocketAddr::new(local, 0)).await?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Line {
            socket,
            udp,
            buffer: vec![0; DATAGRAM_BYTES],
            page: Page::new(user, seed)?,
            web: None,
        })
    }

    /// Media for a call.
    ///
    /// # Errors
    /// There are no codecs.
    pub(super) fn open_media(&mut self) -> anyhow::Result<&mut Web> {
        let web = Web::new(self.udp.local_addr()?, Instant::now())?;
        Ok(self.web.insert(web))
    }

    /// Lets happen what happens until `look` has seen enough; `None` when that takes too long.
    ///
    /// # Errors
    /// The connection is gone, or the media failed.
    pub(super) async fn until<T>(
        &mut self,
        within: Duration,
        mut look: impl FnMut(Option<&News>, Option<&Web>) -> Option<T>,
    ) -> anyhow::Result<Option<T>> {
        let deadline = Instant::now() + within;
        loop {
            self.send().await?;
            let news = self.page.poll_news();
            if let Some(seen) = look(news.as_ref(), self.web.as_ref()) {
                return Ok(Some(seen));
            }
            if news.is_some() {
                continue;
            }
            if deadline <= Instant::now() {
                return Ok(None);
            }
            self.wait(deadline).await?;
        }
    }

    /// One thing that happens, or the next moment at which something is due.
    async fn wait(&mut self, deadline: Instant) -> anyhow::Result<()> {
        let due = [
            self.page.poll_timeout(),
            self.web.as_ref().map(Web::poll_timeout),
        ];
        let due = due.into_iter().flatten().min();
        let until = due.map_or(deadline, |due| due.min(deadline));
        tokio::select! {
            message = self.socket.next() => {
                let message = message.context("the gateway closed the connection")??;
                if let Message::Text(_) | Message::Binary(_) = message {
                    self.page.handle(message.into_data().to_vec(), Instant::now());
                }
            }
            received = self.udp.recv_from(&mut self.buffer) => {
                // An error here is about a datagram that found nobody: ICE tries again by itself.
                if let (Ok((length, from)), Some(web)) = (received, &mut self.web) {
                    web.handle(from, &self.buffer[..length], Instant::now())?;
                }
            }
            () = sleep_until(until.into()) => {
                let now = Instant::now();
                self.page.handle_timeout(now);
                if let Some(web) = &mut self.web {
                    web.handle_timeout(now)?;
                }
            }
        }
        Ok(())
    }

    async fn send(&mut self) -> anyhow::Result<()> {
        while let Some(message) = self.page.poll_message() {
            let text = String::from_utf8_lossy(&message).into_owned();
            self.socket.send(Message::text(text)).await?;
        }
        let web = self.web.as_mut();
        let transmits = web
            .into_iter()
            .flat_map(|web| std::iter::from_fn(|| web.poll_transmit()));
        for (to, bytes) in transmits {
            // As a network might, a full socket loses it.
            if let Err(error) = self.udp.try_send_to(&bytes, to) {
                tracing::debug!(%error, "not sent");
            }
        }
        Ok(())
    }
}
