//! RFC 3261 §18.3 over TCP and TLS: a stream cut into messages, keepalives answered (RFC 5626 §4.4.1).

use std::time::Duration;

use sip::limits::Limits;
use sip::stream::{PONG, StreamItem, StreamParser};
use sip::transport::Hop;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::Gate;
use crate::server::Wake;

/// Bytes read in one go: most messages whole, and little held by a connection on which nothing moves.
const READ_BYTES: usize = 4 * 1024;

/// A message that has begun must be whole by then.
const HALF_MESSAGE_AT_MOST: Duration = Duration::from_secs(30);

/// A message that the peer does not take within this time makes it a slow reader.
const WRITE_AT_MOST: Duration = Duration::from_secs(10);

/// Carries one connection from its first byte to its last.
pub(super) async fn carry<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    hop: Hop,
    inbox: mpsc::Receiver<Vec<u8>>,
    gate: Gate,
    idle: Duration,
) {
    let mut connection = Connection {
        stream,
        parser: StreamParser::new(Limits::default()),
        inbox,
        hop,
        gate,
    };
    let end = connection.run(idle).await;
    tracing::debug!(flow = %hop.flow, transport = %hop.transport, ?end, "connection ended");
    match end {
        Ending::NotSip => connection.gate.counters.connections_broken.count(),
        Ending::SlowReader => connection.gate.counters.slow_readers_closed.count(),
        Ending::PeerClosed | Ending::Released | Ending::Idle => {}
    }
    connection.gate.wake(Wake::FlowClosed(hop.flow)).await;
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    PeerClosed,
    /// The loop dropped its end, or is gone.
    Released,
    /// Nothing moved, or a message was never finished.
    Idle,
    /// Where the next message begins cannot be known.
    NotSip,
    SlowReader,
}

struct Connection<S> {
    stream: S,
    parser: StreamParser,
    inbox: mpsc::Receiver<Vec<u8>>,
    hop: Hop,
    gate: Gate,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn run(&mut self, idle: Duration) -> Ending {
        let mut buffer = vec![0; READ_BYTES];
        let mut moved = Instant::now();
        let mut half_since: Option<Instant> = None;
        loop {
            let patience = half_since.map_or(moved + idle, |since| since + HALF_MESSAGE_AT_MOST);
            let ended = tokio::select! {
                read = self.stream.read(&mut buffer) => match read {
                    Ok(0) | Err(_) => Some(Ending::PeerClosed),
                    Ok(length) => self.receive(&buffer[..length]).await,
                },
                message = self.inbox.recv() => match message {
                    Some(message) => self.send(&message).await,
                    None => Some(Ending::Released),
                },
                () = sleep_until(patience) => Some(Ending::Idle),
            };
            if let Some(ended) = ended {
                return ended;
            }
            moved = Instant::now();
            half_since = self
                .parser
                .has_half_a_message()
                .then(|| half_since.unwrap_or(moved));
        }
    }

    async fn receive(&mut self, bytes: &[u8]) -> Option<Ending> {
        self.parser.push(bytes);
        while let Some(item) = self.parser.next() {
            let bytes = match item {
                Ok(StreamItem::Message(bytes)) => bytes,
                Ok(StreamItem::Ping) => {
                    self.gate.counters.keepalives.count();
                    if let Some(ended) = self.send(PONG).await {
                        return Some(ended);
                    }
                    continue;
                }
                Ok(StreamItem::Pong) => continue,
                Err(error) => {
                    self.gate.counters.malformed.count();
                    if let Some(reply) = error.reply {
                        self.send(&reply).await;
                    }
                    return Some(Ending::NotSip);
                }
            };
            if !self
                .gate
                .wake(Wake::Message {
                    hop: self.hop,
                    bytes,
                })
                .await
            {
                return Some(Ending::Released);
            }
        }
        None
    }

    async fn send(&mut self, bytes: &[u8]) -> Option<Ending> {
        let written = async {
            self.stream.write_all(bytes).await?;
            // TLS may keep a record back until it is flushed.
            self.stream.flush().await
        };
        match timeout(WRITE_AT_MOST, written).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(Ending::PeerClosed),
            Err(_) => Some(Ending::SlowReader),
        }
    }
}
