//! RFC 3261 §18 over UDP: one socket, one datagram one message. Answers leave by the same socket,
//! so a handset behind an address translator sees them come from where it sent to.

use std::net::SocketAddr;
use std::sync::Arc;

use sip::transport::{FlowId, Hop, Transport};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::error::TrySendError;

use super::Gate;
use crate::server::Wake;

/// The UDP socket's number.
pub const UDP_FLOW: FlowId = FlowId(0);

/// The largest datagram there can be.
const DATAGRAM_BYTES: usize = 64 * 1024;

/// The hop to a UDP address.
pub fn hop(remote: SocketAddr) -> Hop {
    Hop {
        transport: Transport::Udp,
        flow: UDP_FLOW,
        remote,
    }
}

/// Receives until the loop is gone. While the loop is behind, datagrams are dropped and counted: who
/// sent them sends again, and a flood costs no memory.
pub async fn receive(socket: Arc<UdpSocket>, gate: Gate) {
    let mut buffer = vec![0; DATAGRAM_BYTES];
    loop {
        let (length, remote) = match socket.recv_from(&mut buffer).await {
            Ok(received) => received,
            Err(error) => {
                // An ICMP error of an earlier datagram, told at the next call: the transaction's timer knows.
                tracing::debug!(%error, "receiving by UDP");
                tokio::task::yield_now().await;
                continue;
            }
        };
        let bytes = &buffer[..length];
        // Keepalives of handsets: CR LF, or a lone NUL. Over UDP nobody waits for an answer.
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            gate.counters.keepalives.count();
            continue;
        }
        match gate.wakes.try_send(Wake::Message {
            hop: hop(remote),
            bytes: bytes.to_vec(),
        }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => gate.counters.datagrams_dropped.count(),
            Err(TrySendError::Closed(_)) => return,
        }
    }
}
