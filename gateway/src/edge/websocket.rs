//! RFC 7118: SIP over WebSocket, one connection each; what a frame means is in `frames`.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::SinkExt;
use sip::transport::{Hop, Transport};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tungstenite::protocol::WebSocketConfig;

use super::frames::{self, Ending, Frame, Taken};
use super::http::Place;
use super::{Gate, OUTBOX_MESSAGES, PONG, Seats};
use crate::config::Origin;
use crate::server::Wake;

/// The subprotocol that both sides must name (RFC 7118 §4.1).
const SUBPROTOCOL: &str = "sip";

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
    limited(upgrade, &frames::limits()).on_upgrade(async move |socket| {
        serve(socket, gate, hop).await;
        drop((seat, place));
    })
}

/// The same limits, as this library is told them.
fn limited(upgrade: WebSocketUpgrade, limits: &WebSocketConfig) -> WebSocketUpgrade {
    upgrade
        .max_frame_size(limits.max_frame_size.unwrap_or(frames::FRAME_BYTES))
        .max_message_size(limits.max_message_size.unwrap_or(frames::FRAME_BYTES))
        .read_buffer_size(limits.read_buffer_size)
        .write_buffer_size(limits.write_buffer_size)
        .max_write_buffer_size(limits.max_write_buffer_size)
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
        match frames::take(frame_of(frame)) {
            Taken::Nothing => None,
            Taken::Answer { text } => {
                self.gate.counters.keepalives.count();
                let pong = bytes::Bytes::from_static(PONG);
                self.send(match text {
                    true => Message::Text("\r\n".into()),
                    false => Message::Binary(pong),
                })
                .await
            }
            Taken::Message(bytes) => {
                let taken = self
                    .gate
                    .wake(Wake::Message {
                        hop: self.hop,
                        bytes: bytes.into(),
                    })
                    .await;
                (!taken).then_some(Ending::Released)
            }
            Taken::End(end) => Some(end),
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
        match end {
            Ending::TooLong | Ending::NotUtf8 | Ending::Broken => {
                counters.connections_broken.count()
            }
            Ending::SlowReader => counters.slow_readers_closed.count(),
            Ending::PeerClosed | Ending::Released | Ending::Silent => {}
        }
        let Some((code, reason)) = end.farewell() else {
            // The peer's Close is answered (RFC 6455 §5.5.1): the answer waits for the next write.
            let _ = timeout(LINGER, self.socket.flush()).await;
            return;
        };
        let close = Message::Close(Some(CloseFrame {
            code: code.into(),
            reason: reason.into(),
        }));
        if self.send(close).await.is_none() {
            sleep(LINGER).await;
        }
    }
}

fn frame_of(message: Message) -> Frame {
    match message {
        Message::Text(text) => Frame::Text(text.into()),
        Message::Binary(bytes) => Frame::Binary(bytes),
        Message::Ping(_) | Message::Pong(_) => Frame::Control,
        Message::Close(_) => Frame::Close,
    }
}

fn as_frame(message: Vec<u8>) -> Message {
    match String::from_utf8(message) {
        Ok(text) => Message::Text(text.into()),
        Err(error) => Message::Binary(error.into_bytes().into()),
    }
}

fn ending_of(error: axum::Error) -> Ending {
    match error.into_inner().downcast::<tungstenite::Error>() {
        Ok(error) => frames::ending_of(&error),
        Err(_) => Ending::Broken,
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
