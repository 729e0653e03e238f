//! RFC 3261 §18 over UDP: one socket, one datagram one message. Answers leave by the same socket,
//! so a handset behind an address translator sees them come from where it sent to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use sip::transport::{FlowId, Hop, Transport};
use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::error::TrySendError;

use super::{Gate, canonical, stun};
use crate::server::Wake;

/// The UDP socket's number.
pub const UDP_FLOW: FlowId = FlowId(0);

/// The largest datagram there can be.
const DATAGRAM_BYTES: usize = 64 * 1024;

/// What the kernel is asked to keep for us, in each direction, while the loop is busy: half a second
/// of 4000 requests of 2 kB each. It gives as much as `net.core.rmem_max` and `wmem_max` allow.
const KERNEL_BYTES: usize = 4 * 1024 * 1024;

/// The hop to a UDP address.
pub fn hop(remote: SocketAddr) -> Hop {
    Hop {
        transport: Transport::Udp,
        flow: UDP_FLOW,
        remote,
    }
}

/// The SIP socket. One of IPv6 serves IPv4 too where it listens on all addresses; peers of IPv4 are
/// then known by their plain addresses.
#[derive(Debug, Clone)]
pub struct Datagrams {
    socket: Arc<UdpSocket>,
    is_ipv6: bool,
}

impl Datagrams {
    /// # Errors
    /// The address is taken, or not ours.
    pub async fn bind(address: SocketAddr) -> io::Result<Datagrams> {
        let socket = UdpSocket::bind(address).await?;
        let kernel = SockRef::from(&socket);
        for set in [
            kernel.set_recv_buffer_size(KERNEL_BYTES),
            kernel.set_send_buffer_size(KERNEL_BYTES),
        ] {
            if let Err(error) = set {
                tracing::debug!(%error, "the kernel keeps its own buffer size for SIP over UDP");
            }
        }
        Ok(Datagrams {
            is_ipv6: address.is_ipv6(),
            socket: Arc::new(socket),
        })
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Sends at once or not at all.
    ///
    /// # Errors
    /// The socket is full, or the address cannot be reached.
    pub fn try_send_to(&self, bytes: &[u8], remote: SocketAddr) -> io::Result<()> {
        let remote = match remote.ip() {
            IpAddr::V4(address) if self.is_ipv6 => {
                SocketAddr::new(address.to_ipv6_mapped().into(), remote.port())
            }
            IpAddr::V4(_) | IpAddr::V6(_) => remote,
        };
        self.socket.try_send_to(bytes, remote).map(drop)
    }

    /// Receives until the loop is gone. While the loop is behind, datagrams are dropped and counted:
    /// who sent them sends again, and a flood costs no memory.
    pub async fn receive(self, gate: Gate) {
        let mut buffer = vec![0; DATAGRAM_BYTES];
        loop {
            let (length, remote) = match self.socket.recv_from(&mut buffer).await {
                Ok(received) => received,
                Err(error) => {
                    // An ICMP error of an earlier datagram, told at the next call: the transaction's timer knows.
                    tracing::debug!(%error, "receiving by UDP");
                    tokio::task::yield_now().await;
                    continue;
                }
            };
            if !self.take(&buffer[..length], canonical(remote), &gate) {
                return;
            }
        }
    }

    /// False when the loop is gone.
    fn take(&self, bytes: &[u8], remote: SocketAddr, gate: &Gate) -> bool {
        let counters = &gate.counters;
        // Keepalives of handsets: CR LF, or a lone NUL. Over UDP nobody waits for an answer.
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            counters.keepalives.count();
            return true;
        }
        if stun::is_stun(bytes) {
            match stun::answer(bytes, remote) {
                Some(answer) => {
                    counters.stun_answered.count();
                    if self.try_send_to(&answer, remote).is_err() {
                        counters.datagrams_dropped.count();
                    }
                }
                None => counters.malformed.count(),
            }
            return true;
        }
        match gate.wakes.try_send(Wake::Message {
            hop: hop(remote),
            bytes: bytes.to_vec(),
        }) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                counters.datagrams_dropped.count();
                true
            }
            Err(TrySendError::Closed(_)) => false,
        }
    }
}
