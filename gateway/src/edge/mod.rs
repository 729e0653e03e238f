//! The only sockets. An edge turns bytes into wakes for the loop and does as the loop says;
//! it decides nothing about calls.

pub mod codec_pool;
pub mod http;
pub mod media_worker;
pub mod resolve;
pub mod rtp_ports;
mod stun;
pub mod tcp;
pub mod udp;
pub mod websocket;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sip::transport::FlowId;
use tokio::sync::mpsc;

use crate::operate::metrics::Counters;
use crate::server::Wake;

/// Messages that may wait for one connection. A peer that is 64 behind does not read.
pub const OUTBOX_MESSAGES: usize = 64;

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
