//! Transactions: RFC 3261 §17. One request and its responses, made reliable on whatever transport.
//!
//! The four machines are the RFC's figures and know no messages; [`Transactions`] holds one for
//! each transaction, finds the one a message belongs to, and keeps the bytes they retransmit.

mod client;
mod client_invite;
mod clients;
mod deadlines;
mod derived;
mod key;
#[cfg(test)]
mod script;
mod server;
mod server_invite;
mod servers;
mod table;
#[cfg(test)]
mod table_tests;

use crate::time::Duration;
use crate::transport::Transport;

pub use table::{ClientId, Gone, Input, Output, Overloaded, ServerId, Transactions};

pub(crate) use deadlines::Deadlines;
pub(crate) use derived::cancel;
pub(crate) use servers::way_back;

/// The times that transactions run by (RFC 3261 §17.1.1.1, table 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// The round trip estimated: 500 ms.
    pub t1: Duration,
    /// The longest gap between retransmissions of a request but INVITE, and of a response to
    /// INVITE: 4 s.
    pub t2: Duration,
    /// How long a message may stay in the network: 5 s.
    pub t4: Duration,
    /// How long a failed INVITE stays to acknowledge retransmissions: at least 32 s by UDP.
    pub d: Duration,
}

impl Timers {
    /// 64*T1, 32 s: timers B, F, H, J, L and M, and how long a 2xx waits for its ACK.
    pub fn transaction(&self) -> Duration {
        self.t1 * 64
    }
}

impl Default for Timers {
    fn default() -> Self {
        Timers {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            d: Duration::from_secs(32),
        }
    }
}

/// Whether the transport delivers by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliability {
    Reliable,
    Unreliable,
}

impl From<Transport> for Reliability {
    fn from(transport: Transport) -> Self {
        match transport.is_reliable() {
            true => Reliability::Reliable,
            false => Reliability::Unreliable,
        }
    }
}
