//! Requests that are too large for a datagram: RFC 3261 §18.1.1.

use super::call::{Heard, Stage};
use super::{Agent, Output, Oversize, Sender};
use crate::message::Request;
use crate::time::Instant;
use crate::transaction::{ClientId, Overloaded};
use crate::transport::{FlowId, Hop, Transport};

impl Agent {
    /// Sends a request, over a connection if it is too large for a datagram and may be.
    pub(super) fn send(
        &mut self,
        hop: Hop,
        mut request: Request,
        oversize: Oversize,
        now: Instant,
    ) -> Result<ClientId, Overloaded> {
        let hop_taken = self.stamp_fitting(hop, &mut request, oversize);
        let id = self.transactions.send(hop_taken, request, now)?;
        if hop_taken != hop {
            self.by_stream.insert(id);
        }
        Ok(id)
    }

    /// Puts our Via on a request, and says by which hop it leaves.
    pub(super) fn stamp_fitting(
        &mut self,
        hop: Hop,
        request: &mut Request,
        oversize: Oversize,
    ) -> Hop {
        self.wire.stamp(request, hop.transport);
        let may_change = oversize == Oversize::Stream && hop.transport == Transport::Udp;
        if !may_change || request.to_bytes().len() <= DATAGRAM_BYTES {
            return hop;
        }
        self.wire.stamp_again(request, Transport::Tcp);
        Hop {
            transport: Transport::Tcp,
            flow: FlowId::ANY,
            remote: hop.remote,
        }
    }

    /// No connection can be made for a request that was too large: it leaves as a datagram after
    /// all. `false` if it can't.
    pub(super) fn fall_back(&mut self, id: ClientId, now: Instant) -> bool {
        if !self.by_stream.remove(&id) {
            return false;
        }
        match self.senders.get(&id).copied() {
            None => false,
            Some(Sender::Request(request)) => match self.exchanges.get_mut(&request) {
                None => false,
                Some(exchange) => {
                    exchange.oversize = Oversize::Datagram;
                    self.send_placed(request, now);
                    true
                }
            },
            Some(Sender::Invite(handle)) => {
                let Some(call) = self.calls.get_mut(&handle) else {
                    return false;
                };
                let Stage::Calling { answer_by, .. } = call.stage else {
                    return false;
                };
                call.oversize = Oversize::Datagram;
                let (hop, invite) = (call.hop, call.invite.clone());
                let Ok(transaction) = self.send(hop, invite, Oversize::Datagram, now) else {
                    return false;
                };
                self.senders.insert(transaction, Sender::Invite(handle));
                if let Some(call) = self.calls.get_mut(&handle) {
                    call.stage = Stage::Calling {
                        transaction,
                        answer_by,
                        heard: Heard::No,
                    };
                }
                true
            }
        }
    }

    /// As [`Agent::fall_back`], for ACKs, which no transaction sends.
    pub(super) fn fall_back_acks(&mut self, unreachable: Hop) {
        for ack in self.acks.values_mut().flatten() {
            if ack.hop == unreachable
                && let Some((hop, bytes)) = ack.as_datagram.take()
            {
                ack.hop = hop;
                ack.bytes = bytes;
                self.outputs.push_back(Output::Transmit {
                    hop: ack.hop,
                    bytes: ack.bytes.clone(),
                });
            }
        }
    }
}

impl Oversize {
    /// The way of one request, within what the agent may do.
    pub(super) fn but(self, may: Oversize) -> Oversize {
        match self {
            Oversize::Stream => may,
            Oversize::Datagram => Oversize::Datagram,
        }
    }
}

/// More may be fragmented on its way where the path's MTU is unknown, as it always is to us.
const DATAGRAM_BYTES: usize = 1300;
