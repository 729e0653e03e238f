//! RFC 3261 §18 over TCP: a stream cut into messages, keepalives answered (RFC 5626 §4.4.1),
//! connections made when a message needs one.

use std::sync::Arc;
use std::time::Duration;

use sip::limits::Limits;
use sip::stream::{PONG, StreamItem, StreamParser};
use sip::transport::{Hop, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{Gate, OUTBOX_MESSAGES, Seats};
use crate::server::Wake;

/// Bytes read in one go.
const READ_BYTES: usize = 16 * 1024;

/// A message that has begun must be whole by then.
const HALF_MESSAGE_AT_MOST: Duration = Duration::from_secs(30);

/// A message that the peer does not take within this time makes it a slow reader.
const WRITE_AT_MOST: Duration = Duration::from_secs(10);

/// A connection must stand by then; a transaction's own patience is 32 s.
const CONNECT_AT_MOST: Duration = Duration::from_secs(10);

/// Connections accepted at once, from all addresses.
const CONNECTIONS_AT_MOST: usize = 4096;

/// Accepts connections until the task is dropped.
pub async fn accept(listener: TcpListener, seats: Seats, gate: Gate, idle: Duration) {
    let all = Arc::new(Semaphore::new(CONNECTIONS_AT_MOST));
    loop {
        let (stream, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "accepting SIP over TCP");
                // Out of descriptors, as a rule: trying at once would spin.
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (Some(seat), Ok(permit)) = (seats.take(remote), Arc::clone(&all).try_acquire_owned())
        else {
            gate.counters.connections_refused.count();
            continue;
        };
        let hop = Hop {
            transport: Transport::Tcp,
            flow: gate.next_flow(),
            remote,
        };
        let gate = gate.clone();
        tokio::spawn(async move {
            let (outbox, inbox) = mpsc::channel(OUTBOX_MESSAGES);
            if gate.wake(Wake::FlowOpened { hop, outbox }).await {
                carry(stream, hop, inbox, gate, idle).await;
            }
            drop((seat, permit));
        });
    }
}

/// Makes the connection that the switch wants; what it has to send waits in the inbox.
pub async fn connect(hop: Hop, inbox: mpsc::Receiver<Vec<u8>>, gate: Gate, idle: Duration) {
    match timeout(CONNECT_AT_MOST, TcpStream::connect(hop.remote)).await {
        Ok(Ok(stream)) => carry(stream, hop, inbox, gate, idle).await,
        Ok(Err(_)) | Err(_) => {
            tracing::debug!(flow = %hop.flow, "no TCP connection");
            gate.wake(Wake::FlowClosed(hop.flow)).await;
        }
    }
}

/// Carries one connection from its first byte to its last.
async fn carry(
    stream: TcpStream,
    hop: Hop,
    inbox: mpsc::Receiver<Vec<u8>>,
    gate: Gate,
    idle: Duration,
) {
    // A SIP message is small and waited for.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let mut connection = Connection {
        reader,
        writer,
        parser: StreamParser::new(Limits::default()),
        inbox,
        hop,
        gate,
    };
    let end = connection.run(idle).await;
    tracing::debug!(flow = %hop.flow, ?end, "TCP ended");
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

struct Connection {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    parser: StreamParser,
    inbox: mpsc::Receiver<Vec<u8>>,
    hop: Hop,
    gate: Gate,
}

impl Connection {
    async fn run(&mut self, idle: Duration) -> Ending {
        let mut buffer = vec![0; READ_BYTES];
        let mut moved = Instant::now();
        let mut half_since: Option<Instant> = None;
        loop {
            let patience = half_since.map_or(moved + idle, |since| since + HALF_MESSAGE_AT_MOST);
            let ended = tokio::select! {
                read = self.reader.read(&mut buffer) => match read {
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
        match timeout(WRITE_AT_MOST, self.writer.write_all(bytes)).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(Ending::PeerClosed),
            Err(_) => Some(Ending::SlowReader),
        }
    }
}
