//! The only sockets. An edge turns bytes into wakes for the loop and does as the loop says;
//! it decides nothing about calls.

mod call_events;
pub mod codec_pool;
pub mod datagrams;
mod diagnosis;
pub mod frames;
pub mod framing;
pub mod http;
pub mod load;
pub mod media_worker;
mod memory;
mod operator;
mod person;
pub mod resolve;
pub mod rtp_ports;
mod selftest;
mod stream;
mod stun;
pub mod tcp;
pub mod tls;
mod tokens;
pub mod trials;
pub mod udp;
pub mod websocket;
pub mod workers;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use std::time::Duration;

use sip::transport::FlowId;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::operate::metrics::Counters;
use crate::server::Wake;

/// Messages that may wait for one connection. A peer that is 64 behind does not read.
pub const OUTBOX_MESSAGES: usize = 64;

/// What was sent and is not acknowledged for this long, or not taken, ends the connection (RFC 5482):
/// a dead peer, or one that stopped reading.
const UNACKNOWLEDGED_AT_MOST: Duration = Duration::from_secs(30);

/// A connection on which nothing moves is probed after this long, three times.
const PROBE_AFTER: Duration = Duration::from_secs(60);

/// What the loop keeps of a connection: dropping it closes the connection.
pub type Outbox = mpsc::Sender<Vec<u8>>;

/// The edges' way to the loop.
#[derive(Debug, Clone)]
pub struct Gate {
    pub wakes: mpsc::Sender<Wake>,
    pub counters: Arc<Counters>,
    flows: Arc<AtomicU64>,
}

impl Gate {
    pub fn new(wakes: mpsc::Sender<Wake>, counters: Arc<Counters>) -> Gate {
        // 0 is the UDP socket.
        Gate {
            wakes,
            counters,
            flows: Arc::new(AtomicU64::new(1)),
        }
    }

    /// A number for a connection that was accepted. The switch numbers those it wants opened itself,
    /// from the other half of the numbers.
    pub fn next_flow(&self) -> FlowId {
        FlowId(self.flows.fetch_add(1, Ordering::Relaxed))
    }

    /// Hands a wake to the loop, waiting while the loop is behind: that is what slows a flood down.
    /// False when the loop is gone.
    pub async fn wake(&self, wake: Wake) -> bool {
        self.wakes.send(wake).await.is_ok()
    }
}

/// Counts the connections of each address, so that one address cannot take all.
#[derive(Debug, Clone)]
pub struct Seats {
    per_address: usize,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's seat; given back when dropped.
#[derive(Debug)]
pub struct Seat {
    address: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Seats {
    pub fn new(per_address: usize) -> Seats {
        Seats {
            per_address,
            taken: Arc::default(),
        }
    }

    /// A seat for a connection from there, if its address has one left. The map holds an entry only
    /// for addresses with a connection, so the number of descriptors bounds it.
    pub fn take(&self, from: SocketAddr) -> Option<Seat> {
        let address = from.ip().to_canonical();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= self.per_address {
            return None;
        }
        *count += 1;
        Some(Seat {
            address,
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

/// The address as peers write it: one of IPv4 that came by a socket of IPv6 is one of IPv4.
pub fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Sets a connection up: messages leave at once, since they are small and waited for, and a dead peer
/// is found out. A kernel that refuses one of these leaves the connection as it is.
fn tune(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let socket = SockRef::from(stream);
    let probes = TcpKeepalive::new()
        .with_time(PROBE_AFTER)
        .with_interval(Duration::from_secs(10))
        .with_retries(3);
    let _ = socket.set_tcp_keepalive(&probes);
    let _ = socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_AT_MOST));
}

/// Whether these bytes are nothing but a keepalive, and which half of it (RFC 5626 §3.5.1, §4.4.1).
pub fn keepalive(bytes: &[u8]) -> Option<Keepalive> {
    match bytes {
        b"\r\n\r\n" => Some(Keepalive::Ping),
        b"\r\n" => Some(Keepalive::Pong),
        _ => None,
    }
}

/// The two halves of a keepalive of CR and LF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keepalive {
    Ping,
    Pong,
}

/// The answer to a ping.
pub const PONG: &[u8] = b"\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_its_seats_and_no_more_until_one_is_given_back() {
        let seats = Seats::new(2);
        let here: SocketAddr = "192.0.2.1:1".parse().unwrap();
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:2".parse().unwrap();
        let there: SocketAddr = "192.0.2.2:1".parse().unwrap();
        let first = seats.take(here);
        let second = seats.take(mapped);
        assert!(first.is_some() && second.is_some());
        assert!(seats.take(here).is_none());
        assert!(seats.take(there).is_some());
        drop(first);
        assert!(seats.take(here).is_some());
    }
}
