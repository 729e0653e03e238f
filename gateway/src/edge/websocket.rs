//! RFC 7118: SIP over WebSocket. One message a frame, text or binary; keepalive by CR LF (RFC 5626 §4.4.1).

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sip::transport::{Hop, Transport};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use super::http::Place;
use super::{Gate, Keepalive, OUTBOX_MESSAGES, PONG, Seats, keepalive};
use crate::config::Origin;
use crate::server::Wake;

/// The subprotocol that both sides must name (RFC 7118 §4.1).
const SUBPROTOCOL: &str = "sip";

/// The largest frame: as large as a SIP message may be on any transport.
const FRAME_BYTES: usize = 64 * 1024;

/// What is read ahead of a connection. It is held all the time, by thousands of pages that say a
/// kilobyte in ten minutes; a larger message makes the buffer grow while it passes.
const READ_AHEAD_BYTES: usize = 2 * 1024;

/// What may wait to be written beside what the peer has not taken: the largest frame and its header.
const WRITE_BEHIND_BYTES: usize = 2 * FRAME_BYTES;

/// A WebSocket Ping leaves this often, so that translators keep the path and dead peers are found.
const PING_EVERY: Duration = Duration::from_secs(25);

/// Nothing at all from the peer for this long, not even a Pong: it is gone.
const SILENCE_AT_MOST: Duration = Duration::from_secs(60);

/// A frame that the peer does not take within this time makes it a slow reader.
const WRITE_AT_MOST: Duration = Duration::from_secs(10);

/// How long a refused connection stays open, so that the close frame is read before the reset.
const LINGER: Duration = Duration::from_secs(1);

/// Who may open a WebSocket here, and how many.
#[derive(Debug, Clone)]
pub struct Door {
    pub gate: Gate,
    pub seats: Seats,
    pub allowed_origins: Vec<Origin>,
    /// Whether the far side speaks WSS: to us, or to a TLS proxy that stands in front.
    pub secure: bool,
}

/// Lets a WebSocket in, or says why not.
pub fn enter(
    door: &Door,
    mut upgrade: WebSocketUpgrade,
    headers: &HeaderMap,
    from: SocketAddr,
    place: Place,
) -> Response {
    let counters = &door.gate.counters;
    let asked = upgrade
        .requested_protocols()
        .any(|protocol| protocol == SUBPROTOCOL);
    if !asked {
        counters.subprotocols_refused.count();
        return (
            StatusCode::BAD_REQUEST,
            "This WebSocket speaks the subprotocol \"sip\" (RFC 7118).\n",
        )
            .into_response();
    }
    if !origin_is_allowed(headers, &door.allowed_origins) {
        counters.origins_refused.count();
        return (
            StatusCode::FORBIDDEN,
            "Pages of this origin may not connect; see http.allowed_origins.\n",
        )
            .into_response();
    }
    let Some(seat) = door.seats.take(from) else {
        counters.connections_refused.count();
        return (
            StatusCode::TOO_MANY_REQUESTS,
            "This address has too many connections.\n",
        )
            .into_response();
    };
    upgrade.set_selected_protocol(axum::http::HeaderValue::from_static(SUBPROTOCOL));
    let transport = if door.secure {
        Transport::Wss
    } else {
        Transport::Ws
    };
    let gate = door.gate.clone();
    let hop = Hop {
        transport,
        flow: gate.next_flow(),
        remote: from,
    };
    upgrade
        .max_frame_size(FRAME_BYTES)
        .max_message_size(FRAME_BYTES)
        .read_buffer_size(READ_AHEAD_BYTES)
        // Each message leaves at once, and its buffer with it.
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BEHIND_BYTES)
        .on_upgrade(async move |socket| {
            serve(socket, gate, hop).await;
            drop((seat, place));
        })
}

/// Whether the page that opens the WebSocket may. A missing Origin is no browser, and who lies about
/// it is none either: the check keeps other sites' scripts out (RFC 6455 §10.2).
fn origin_is_allowed(headers: &HeaderMap, allowed: &[Origin]) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let origin = origin.to_ascii_lowercase();
    let Some(authority) = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))
    else {
        return false;
    };
    let same = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .is_some_and(|host| host.eq_ignore_ascii_case(authority));
    same || is_localhost(authority) || allowed.iter().any(|allowed| allowed.as_str() == origin)
}

/// A page of this machine, whatever its port: a developer's server, or the page by another name.
fn is_localhost(authority: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        authority.strip_prefix(host).is_some_and(|rest| {
            rest.is_empty()
                || rest
                    .strip_prefix(':')
                    .is_some_and(|port| port.parse::<u16>().is_ok())
        })
    })
}

/// Carries one connection from its first frame to its last.
async fn serve(socket: WebSocket, gate: Gate, hop: Hop) {
    gate.counters.count_connection(hop.transport);
    let (outbox, inbox) = mpsc::channel(OUTBOX_MESSAGES);
    if !gate.wake(Wake::FlowOpened { hop, outbox }).await {
        return;
    }
    let mut connection = Connection {
        socket,
        gate,
        hop,
        heard: Instant::now(),
    };
    let end = connection.carry(inbox).await;
    tracing::debug!(flow = %hop.flow, ?end, "WebSocket ended");
    connection.gate.wake(Wake::FlowClosed(hop.flow)).await;
    connection.take_leave(end).await;
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    PeerClosed,
    /// The loop dropped its end, or is gone.
    Released,
    TooLong,
    NotUtf8,
    Broken,
    Silent,
    SlowReader,
}

struct Connection {
    socket: WebSocket,
    gate: Gate,
    hop: Hop,
    /// When the peer last sent anything.
    heard: Instant,
}

impl Connection {
    async fn carry(&mut self, mut inbox: mpsc::Receiver<Vec<u8>>) -> Ending {
        let mut ping = interval(PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let ended = tokio::select! {
                frame = self.socket.recv() => match frame {
                    Some(Ok(frame)) => self.receive(frame).await,
                    Some(Err(error)) => Some(ending_of(error)),
                    None => Some(Ending::PeerClosed),
                },
                message = inbox.recv() => match message {
                    Some(message) => self.send(as_frame(message)).await,
                    None => Some(Ending::Released),
                },
                _ = ping.tick() => {
                    if self.heard.elapsed() > SILENCE_AT_MOST {
                        return Ending::Silent;
                    }
                    self.send(Message::Ping(bytes::Bytes::new())).await
                }
            };
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    async fn receive(&mut self, frame: Message) -> Option<Ending> {
        self.heard = Instant::now();
        let (bytes, pong) = match frame {
            Message::Text(text) => (bytes::Bytes::from(text), Message::Text("\r\n".into())),
            Message::Binary(bytes) => (bytes, Message::Binary(bytes::Bytes::from_static(PONG))),
            // The library answers a Ping by itself.
            Message::Ping(_) | Message::Pong(_) => return None,
            Message::Close(_) => return Some(Ending::PeerClosed),
        };
        match keepalive(&bytes) {
            Some(Keepalive::Ping) => {
                self.gate.counters.keepalives.count();
                self.send(pong).await
            }
            Some(Keepalive::Pong) => None,
            None => {
                let taken = self
                    .gate
                    .wake(Wake::Message {
                        hop: self.hop,
                        bytes: bytes.into(),
                    })
                    .await;
                (!taken).then_some(Ending::Released)
            }
        }
    }

    async fn send(&mut self, frame: Message) -> Option<Ending> {
        match timeout(WRITE_AT_MOST, self.socket.send(frame)).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(Ending::Broken),
            Err(_) => Some(Ending::SlowReader),
        }
    }

    /// Says why, where the peer can still hear it.
    async fn take_leave(mut self, end: Ending) {
        let counters = &self.gate.counters;
        let (code, reason) = match end {
            Ending::PeerClosed => return,
            Ending::Released => (close_code::AWAY, "the gateway let go"),
            Ending::TooLong => (close_code::SIZE, "longer than a SIP message may be"),
            Ending::NotUtf8 => (close_code::INVALID, "text that is not UTF-8"),
            Ending::Broken => (close_code::PROTOCOL, "not a WebSocket frame"),
            Ending::Silent => (close_code::AWAY, "nothing heard"),
            Ending::SlowReader => (close_code::POLICY, "does not read"),
        };
        match end {
            Ending::TooLong | Ending::NotUtf8 | Ending::Broken => {
                counters.connections_broken.count()
            }
            Ending::SlowReader => counters.slow_readers_closed.count(),
            Ending::PeerClosed | Ending::Released | Ending::Silent => {}
        }
        let close = Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        }));
        if self.send(close).await.is_none() {
            sleep(LINGER).await;
        }
    }
}

fn as_frame(message: Vec<u8>) -> Message {
    match String::from_utf8(message) {
        Ok(text) => Message::Text(text.into()),
        Err(error) => Message::Binary(error.into_bytes().into()),
    }
}

fn ending_of(error: axum::Error) -> Ending {
    let Ok(error) = error.into_inner().downcast::<tungstenite::Error>() else {
        return Ending::Broken;
    };
    match *error {
        tungstenite::Error::Capacity(_) => Ending::TooLong,
        tungstenite::Error::Utf8(_) => Ending::NotUtf8,
        tungstenite::Error::ConnectionClosed
        | tungstenite::Error::AlreadyClosed
        | tungstenite::Error::Io(_) => Ending::PeerClosed,
        tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => Ending::PeerClosed,
        // Not ours to exhaust: the rest of a foreign, growing list is a peer that does not speak WebSocket.
        _ => Ending::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn pages_of_this_host_of_localhost_and_of_the_list_may_connect_and_no_others() {
        let config = Config::read(
            Some((
                std::path::Path::new("t"),
                "[http]\nallowed_origins = [\"https://friend.example\"]\n",
            )),
            std::iter::empty(),
        );
        let allowed = config.unwrap().http.allowed_origins;
        let cases = [
            (None, true),
            (Some("https://video.example:8443"), true),
            (Some("http://VIDEO.example:8443"), true),
            (Some("https://video.example"), false),
            (Some("https://friend.example"), true),
            (Some("https://friend.example.evil"), false),
            (Some("http://localhost:3000"), true),
            (Some("http://127.0.0.1"), true),
            (Some("http://[::1]:8080"), true),
            (Some("http://localhost.evil:3000"), false),
            (Some("http://localhost:3000.evil"), false),
            (Some("null"), false),
            (Some("https://evil.example"), false),
        ];
        for (origin, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "video.example:8443".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(
                origin_is_allowed(&headers, &allowed),
                expected,
                "{origin:?}"
            );
        }
    }
}
