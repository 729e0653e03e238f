//! The connections there are, and the hop to an address: an existing connection or a new one
//! (RFC 3261 §18.1.1, §18.2.2).

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use sip::message::Host;
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use super::destinations::Destination;
use crate::edge::udp;

/// Numbers from here on are connections that the switch wants made; below are accepted ones. Half of
/// the upper half is left to numbers with a meaning of their own.
pub const OUTGOING: u64 = 1 << 62;

/// Connections of ours at a time: who has us call many addresses takes no more descriptors.
const MADE_AT_MOST: usize = 1024;

/// Connections that were named as a hop and not used. The oldest is forgotten for the next: it is
/// the second choice of a call that its first choice took.
const PLANNED_AT_MOST: usize = 256;

/// How long an address is not tried again for what goes by any connection or as a datagram: a caller
/// does not wait each time for a firewall that says nothing.
const DEAF_FOR: Duration = Duration::from_secs(600);

/// Such addresses at a time; beyond it they are tried again.
const DEAF_AT_MOST: usize = 1024;

/// A connection to be made before the first message on it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connect {
    pub hop: Hop,
    /// Whom a TLS server has to prove to be (RFC 5922 §4); `None` by TCP.
    pub server: Option<Host>,
}

/// Open connections, by number and by far address. The edges bound the number of those accepted.
#[derive(Debug, Default)]
pub struct Flows {
    open: HashMap<FlowId, Hop>,
    by_peer: HashMap<PeerKey, FlowId>,
    planned: VecDeque<(Connect, PeerKey)>,
    /// Our own among the open ones, with the key to forget when they close.
    made: HashMap<FlowId, PeerKey>,
    /// Those that carried a message for which any connection would do: who sent it knows the address
    /// alone, and has to be told when the connection fails.
    stand_ins: HashSet<FlowId>,
    /// Where no TCP connection came about, and until when that is believed.
    deaf: HashMap<SocketAddr, Instant>,
    numbers: u64,
}

/// A connection that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) hop: Hop,
    /// Whether messages took it that would have taken any.
    pub(super) stood_in: bool,
}

/// What a connection can be used again for. By TLS only for the domain that was proved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum PeerKey {
    Tcp(SocketAddr),
    Tls(SocketAddr, String),
}

impl Flows {
    pub(super) fn opened(&mut self, hop: Hop) {
        self.deaf.remove(&hop.remote);
        self.open.insert(hop.flow, hop);
        match hop.transport {
            Transport::Tcp => {
                self.by_peer.insert(PeerKey::Tcp(hop.remote), hop.flow);
            }
            // Who connects by TLS has proved nothing; its own requests come and are answered there.
            Transport::Udp | Transport::Tls | Transport::Ws | Transport::Wss => {}
        }
    }

    pub(super) fn closed(&mut self, flow: FlowId) -> Option<Closed> {
        let hop = self.open.remove(&flow)?;
        let stood_in = self.stand_ins.remove(&flow);
        let key = self.made.remove(&flow).unwrap_or(PeerKey::Tcp(hop.remote));
        if self.by_peer.get(&key) == Some(&flow) {
            self.by_peer.remove(&key);
        }
        Some(Closed { hop, stood_in })
    }

    /// A connection of ours did not come about; it closes next.
    pub(super) fn failed(&mut self, flow: FlowId, now: Instant) {
        let Some(hop) = self.open.get(&flow) else {
            return;
        };
        if self.deaf.len() >= DEAF_AT_MOST {
            self.deaf.retain(|_, until| now < *until);
        }
        if self.deaf.len() < DEAF_AT_MOST {
            self.deaf.insert(hop.remote, now + DEAF_FOR);
        }
    }

    /// The connection for a message that may take any: TCP alone, where no server has to prove who
    /// it is. `None` where there can be none, or none came about a short while ago.
    pub(super) fn stand_in(&mut self, hop: Hop, now: Instant) -> Option<Hop> {
        let Hop {
            transport, remote, ..
        } = hop;
        if self.deaf.get(&remote).is_some_and(|until| now < *until) {
            return None;
        }
        let domain = Host::from(remote.ip());
        let found = match transport {
            Transport::Udp | Transport::Tcp => {
                self.hop_to(&Destination { transport, remote }, &domain)
            }
            Transport::Tls | Transport::Ws | Transport::Wss => None,
        }?;
        self.stand_ins.insert(found.flow);
        Some(found)
    }

    /// Whether a message can leave by that hop; by UDP always.
    pub fn is_open(&self, hop: &Hop) -> bool {
        match hop.transport {
            Transport::Udp => true,
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                self.open.get(&hop.flow) == Some(hop)
            }
        }
    }

    /// The hop to a destination of `domain`. A connection is made when the first message leaves;
    /// fails it, the flow closes. `None` for transports that only the far side can open, and where
    /// we have made too many connections.
    pub fn hop_to(&mut self, destination: &Destination, domain: &Host) -> Option<Hop> {
        let Destination { transport, remote } = *destination;
        let (key, server) = match transport {
            Transport::Udp => return Some(udp::hop(remote)),
            Transport::Tcp => (PeerKey::Tcp(remote), None),
            Transport::Tls => {
                let name = domain.to_string().to_ascii_lowercase();
                (PeerKey::Tls(remote, name), Some(domain.clone()))
            }
            Transport::Ws | Transport::Wss => return None,
        };
        if let Some(flow) = self.by_peer.get(&key) {
            return self.open.get(flow).copied();
        }
        if let Some((connect, _)) = self.planned.iter().find(|(_, planned)| *planned == key) {
            return Some(connect.hop);
        }
        if self.made.len() >= MADE_AT_MOST {
            return None;
        }
        if self.planned.len() >= PLANNED_AT_MOST {
            self.planned.pop_front();
        }
        let hop = Hop {
            transport,
            flow: FlowId(OUTGOING + self.numbers),
            remote,
        };
        self.numbers += 1;
        self.planned.push_back((Connect { hop, server }, key));
        Some(hop)
    }

    /// A message is about to leave on this flow: the connection to make first, if it was only
    /// planned. From here on it counts as open.
    pub(super) fn use_planned(&mut self, flow: FlowId) -> Option<Connect> {
        let at = self
            .planned
            .iter()
            .position(|(connect, _)| connect.hop.flow == flow)?;
        let (connect, key) = self.planned.remove(at)?;
        self.open.insert(flow, connect.hop);
        self.by_peer.insert(key.clone(), flow);
        self.made.insert(flow, key);
        Some(connect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(transport: Transport, remote: &str) -> Destination {
        let remote = remote.parse().unwrap();
        Destination { transport, remote }
    }

    #[test]
    fn a_tcp_address_is_reached_by_its_open_connection_and_by_a_new_one_after_it_closed() {
        let mut flows = Flows::default();
        let host: Host = "192.0.2.7".parse().unwrap();
        let tcp = to(Transport::Tcp, "192.0.2.7:5060");
        let accepted = Hop {
            transport: Transport::Tcp,
            flow: FlowId(3),
            remote: tcp.remote,
        };
        flows.opened(accepted);
        assert_eq!(flows.hop_to(&tcp, &host), Some(accepted));
        assert_eq!(flows.use_planned(FlowId(3)), None);
        assert_eq!(
            flows.closed(FlowId(3)),
            Some(Closed {
                hop: accepted,
                stood_in: false
            })
        );
        let made = flows.hop_to(&tcp, &host).unwrap();
        assert_eq!(made.flow, FlowId(OUTGOING));
        assert_eq!(flows.hop_to(&tcp, &host), Some(made));
        let connect = Connect {
            hop: made,
            server: None,
        };
        assert_eq!(flows.use_planned(made.flow), Some(connect));
        assert_eq!(flows.use_planned(made.flow), None);
        assert_eq!(flows.hop_to(&tcp, &host), Some(made));
        flows.closed(made.flow);
        assert_ne!(flows.hop_to(&tcp, &host), Some(made));
        let udp = to(Transport::Udp, "192.0.2.7:5060");
        assert_eq!(flows.hop_to(&udp, &host), Some(udp::hop(udp.remote)));
        let ws = to(Transport::Ws, "192.0.2.7:80");
        assert_eq!(flows.hop_to(&ws, &host), None);
    }

    #[test]
    fn a_tls_connection_serves_the_domain_that_it_was_proved_for_and_no_other() {
        let mut flows = Flows::default();
        let tls = to(Transport::Tls, "192.0.2.7:5061");
        let accepted = Hop {
            transport: Transport::Tls,
            flow: FlowId(3),
            remote: tls.remote,
        };
        flows.opened(accepted);
        let one: Host = "one.example".parse().unwrap();
        let other: Host = "other.example".parse().unwrap();
        let made = flows.hop_to(&tls, &one).unwrap();
        assert_ne!(made, accepted);
        let connect = flows.use_planned(made.flow).unwrap();
        assert_eq!(connect.server, Some(one));
        assert_eq!(
            flows.hop_to(&tls, &"ONE.example".parse().unwrap()),
            Some(made)
        );
        assert_ne!(flows.hop_to(&tls, &other), Some(made));
    }

    #[test]
    fn what_takes_any_connection_shares_the_one_there_is_and_is_told_of_its_end() {
        let mut flows = Flows::default();
        let any = Hop {
            transport: Transport::Tcp,
            flow: FlowId::ANY,
            remote: "192.0.2.7:5060".parse().unwrap(),
        };
        let now = Instant::now();
        let found = flows.stand_in(any, now).unwrap();
        assert!(flows.use_planned(found.flow).is_some());
        assert_eq!(flows.stand_in(any, now), Some(found));
        let closed = flows.closed(found.flow).unwrap();
        assert!(closed.stood_in);
        let tls = Hop {
            transport: Transport::Tls,
            ..any
        };
        assert_eq!(flows.stand_in(tls, now), None);
    }

    #[test]
    fn an_address_without_tcp_is_not_waited_for_again_until_a_while_has_passed() {
        let mut flows = Flows::default();
        let now = Instant::now();
        let any = Hop {
            transport: Transport::Tcp,
            flow: FlowId::ANY,
            remote: "192.0.2.7:5060".parse().unwrap(),
        };
        let found = flows.stand_in(any, now).unwrap();
        assert!(flows.use_planned(found.flow).is_some());
        flows.failed(found.flow, now);
        assert!(flows.closed(found.flow).unwrap().stood_in);
        assert_eq!(flows.stand_in(any, now + DEAF_FOR / 2), None);
        assert!(flows.stand_in(any, now + DEAF_FOR).is_some());
        let accepted = Hop {
            flow: FlowId(3),
            ..any
        };
        flows.opened(accepted);
        assert_eq!(flows.stand_in(any, now), Some(accepted));
    }

    #[test]
    fn hops_that_nobody_uses_are_forgotten_the_oldest_first() {
        let mut flows = Flows::default();
        let host: Host = "192.0.2.7".parse().unwrap();
        let hops: Vec<Hop> = (0..=PLANNED_AT_MOST)
            .map(|port| {
                let tcp = to(Transport::Tcp, &format!("192.0.2.7:{}", 1 + port));
                flows.hop_to(&tcp, &host).unwrap()
            })
            .collect();
        assert_eq!(flows.use_planned(hops[0].flow), None);
        assert!(flows.use_planned(hops[1].flow).is_some());
    }
}
