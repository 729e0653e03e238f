//! The connections there are, and the hop to an address: an existing connection or a new one
//! (RFC 3261 §18.1.1, §18.2.2).

use std::collections::HashMap;
use std::net::SocketAddr;

use sip::transport::{FlowId, Hop, Transport};

use crate::edge::udp;

/// Numbers from here on are connections that the switch wants made; below are accepted ones.
pub const OUTGOING: u64 = 1 << 63;

/// Open connections, by number and for TCP by far address. The edges bound their number.
#[derive(Debug, Default)]
pub struct Flows {
    open: HashMap<FlowId, Hop>,
    tcp: HashMap<SocketAddr, FlowId>,
    made: u64,
}

impl Flows {
    pub(super) fn opened(&mut self, hop: Hop) {
        self.open.insert(hop.flow, hop);
        match hop.transport {
            Transport::Tcp => {
                self.tcp.insert(hop.remote, hop.flow);
            }
            Transport::Udp | Transport::Tls | Transport::Ws | Transport::Wss => {}
        }
    }

    pub(super) fn closed(&mut self, flow: FlowId) -> Option<Hop> {
        let hop = self.open.remove(&flow)?;
        if self.tcp.get(&hop.remote) == Some(&flow) {
            self.tcp.remove(&hop.remote);
        }
        Some(hop)
    }

    /// The hop to a UDP or TCP address. A TCP connection is made when the first message leaves;
    /// fails it, the flow closes. `None` for transports that only the far side can open.
    pub fn hop_to(&mut self, transport: Transport, remote: SocketAddr) -> Option<Hop> {
        match transport {
            Transport::Udp => Some(udp::hop(remote)),
            Transport::Tcp => {
                if let Some(flow) = self.tcp.get(&remote) {
                    return self.open.get(flow).copied();
                }
                let hop = Hop {
                    transport,
                    flow: FlowId(OUTGOING + self.made),
                    remote,
                };
                self.made += 1;
                self.opened(hop);
                Some(hop)
            }
            Transport::Tls | Transport::Ws | Transport::Wss => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tcp_address_is_reached_by_its_open_connection_and_by_a_new_one_after_it_closed() {
        let mut flows = Flows::default();
        let remote = "192.0.2.7:5060".parse().unwrap();
        let accepted = Hop {
            transport: Transport::Tcp,
            flow: FlowId(3),
            remote,
        };
        flows.opened(accepted);
        assert_eq!(flows.hop_to(Transport::Tcp, remote), Some(accepted));
        assert_eq!(flows.closed(FlowId(3)), Some(accepted));
        let made = flows.hop_to(Transport::Tcp, remote).unwrap();
        assert_eq!(made.flow, FlowId(OUTGOING));
        assert_eq!(flows.hop_to(Transport::Tcp, remote), Some(made));
        assert_eq!(flows.hop_to(Transport::Udp, remote), Some(udp::hop(remote)));
        assert_eq!(flows.hop_to(Transport::Ws, remote), None);
    }
}
