//! RFC 3261 §18 over TCP and TLS: connections accepted, and made when a message needs one.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sip::message::Host;
use sip::transport::{Hop, Transport};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};

use super::stream::carry;
use super::tls::Tls;
use super::{Gate, OUTBOX_MESSAGES, Seats, canonical, tune};
use crate::server::Wake;
use crate::switch::flows::Connect;

/// A connection must stand by then, the first packet sent three times: the next server, or a datagram,
/// is tried while the caller still waits.
const CONNECT_AT_MOST: Duration = Duration::from_secs(4);

/// What every connection goes by.
#[derive(Debug, Clone)]
pub struct Streams {
    pub gate: Gate,
    /// For TLS, both ways; without it there is none.
    pub tls: Option<Tls>,
    /// A connection on which nothing moves for this long is closed.
    pub idle: Duration,
}

impl Streams {
    /// Accepts connections until the task is dropped. With as many as `at_most`, further ones wait
    /// in the kernel's queue; an address without a seat is turned away.
    pub async fn accept(
        self,
        listener: TcpListener,
        transport: Transport,
        seats: Seats,
        at_most: usize,
    ) {
        let all = Arc::new(Semaphore::new(at_most));
        loop {
            let Ok(permit) = Arc::clone(&all).acquire_owned().await else {
                return;
            };
            let (stream, remote) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "accepting SIP over {transport}");
                    // Out of descriptors, as a rule: trying at once would spin.
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Some(seat) = seats.take(remote) else {
                self.gate.counters.connections_refused.count();
                continue;
            };
            let hop = Hop {
                transport,
                flow: self.gate.next_flow(),
                remote: canonical(remote),
            };
            let streams = self.clone();
            tokio::spawn(async move {
                streams.take(stream, hop).await;
                drop((seat, permit));
            });
        }
    }

    async fn take(&self, stream: TcpStream, hop: Hop) {
        tune(&stream);
        match (&self.tls, hop.transport) {
            (Some(tls), Transport::Tls) => {
                if let Some(stream) = tls.accept_sip(stream, &self.gate.counters).await {
                    self.open(stream, hop).await;
                }
            }
            (None, Transport::Tls) => {}
            (_, Transport::Udp | Transport::Tcp | Transport::Ws | Transport::Wss) => {
                self.open(stream, hop).await;
            }
        }
    }

    async fn open<S>(&self, stream: S, hop: Hop)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        self.gate.counters.count_connection(hop.transport);
        let (outbox, inbox) = mpsc::channel(OUTBOX_MESSAGES);
        if self.gate.wake(Wake::FlowOpened { hop, outbox }).await {
            carry(stream, hop, inbox, self.gate.clone(), self.idle).await;
        }
    }

    /// Makes the connection that the switch wants; what it has to send waits in the inbox.
    pub async fn connect(self, connect: Connect, inbox: mpsc::Receiver<Vec<u8>>) {
        let Connect { hop, server } = connect;
        match self.reach(hop, server, inbox).await {
            Ok(()) => {}
            Err(error) => {
                self.gate.counters.connections_not_made.count();
                tracing::debug!(flow = %hop.flow, transport = %hop.transport, %error, "no connection");
                self.gate.wake(Wake::FlowFailed(hop.flow)).await;
            }
        }
    }

    /// Connects and carries the connection to its end; an error before that.
    async fn reach(
        &self,
        hop: Hop,
        server: Option<Host>,
        inbox: mpsc::Receiver<Vec<u8>>,
    ) -> anyhow::Result<()> {
        let stream = timeout(CONNECT_AT_MOST, TcpStream::connect(hop.remote)).await??;
        tune(&stream);
        let (gate, idle) = (self.gate.clone(), self.idle);
        match server {
            None => {
                gate.counters.count_connection(hop.transport);
                carry(stream, hop, inbox, gate, idle).await;
            }
            Some(domain) => {
                let tls = self.tls.as_ref().context("there is no TLS here")?;
                let stream = tls.connect(&domain, stream).await?;
                gate.counters.count_connection(hop.transport);
                carry(stream, hop, inbox, gate, idle).await;
            }
        }
        Ok(())
    }
}
