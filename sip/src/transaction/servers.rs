//! The requests that were received: RFC 3261 §17.2, with the matching of §17.2.3 and the way back
//! of §18.2.2 and RFC 3581.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use super::key::{MergeKey, ServerKey};
use super::server::{self, Server};
use super::server_invite::{self, ServerInvite};
use super::table::{Gone, Output, ServerId};
use super::{Deadlines, Timers};
use crate::message::{Method, Request, Response, Status, Via};
use crate::time::Instant;
use crate::transport::{FlowId, Hop, Transport};

/// All server transactions. Outputs go where the caller says.
#[derive(Debug)]
pub(super) struct Servers {
    timers: Timers,
    last_id: u64,
    entries: HashMap<ServerId, Entry>,
    by_key: HashMap<ServerKey, ServerId>,
    by_merge_key: HashMap<MergeKey, ServerId>,
    by_flow: BTreeSet<(FlowId, ServerId)>,
    /// Those without a final response.
    live: usize,
    live_by_peer: HashMap<(FlowId, IpAddr), usize>,
    /// Those with one, the oldest first; some may be gone.
    answered: VecDeque<ServerId>,
    deadlines: Deadlines<ServerId>,
}

#[derive(Debug)]
struct Entry {
    machine: Machine,
    key: ServerKey,
    merge_key: Option<MergeKey>,
    hop: Hop,
    response_hop: Hop,
    /// Where responses go when the connection is gone.
    other_hop: Option<Hop>,
    /// Without its body: what responses are made of. `None` with the final response, which is kept
    /// for the copies of the request that may still come.
    request: Option<Request>,
    /// The latest response.
    bytes: Vec<u8>,
}

#[derive(Debug)]
enum Machine {
    Invite(ServerInvite),
    Other(Server),
}

/// What either machine asks for.
enum Act {
    Transmit,
    DeliverAck,
    NoAck,
    FlowLost,
}

impl Servers {
    pub(super) fn new(timers: Timers) -> Servers {
        Servers {
            timers,
            last_id: 0,
            entries: HashMap::new(),
            by_key: HashMap::new(),
            by_merge_key: HashMap::new(),
            by_flow: BTreeSet::new(),
            live: 0,
            live_by_peer: HashMap::new(),
            answered: VecDeque::new(),
            deadlines: Deadlines::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn hop_of(&self, id: ServerId) -> Option<Hop> {
        self.entries.get(&id).map(|entry| entry.hop)
    }

    /// How many have no final response.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// How many requests of a peer's have no final response.
    pub(super) fn live_of_peer(&self, hop: Hop) -> usize {
        let count = self.live_by_peer.get(&peer(hop));
        count.copied().unwrap_or_default()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    pub(super) fn get(&self, id: ServerId) -> Option<&Request> {
        self.entries.get(&id)?.request.as_ref()
    }

    pub(super) fn find(&self, key: &ServerKey) -> Option<ServerId> {
        self.by_key.get(key).copied()
    }

    /// A request that was not seen before.
    pub(super) fn insert(
        &mut self,
        hop: Hop,
        key: ServerKey,
        request: Request,
        now: Instant,
        outputs: &mut VecDeque<Output>,
    ) {
        self.last_id += 1;
        let id = ServerId(self.last_id);
        let cancels = match request.method {
            Method::Cancel => ServerKey::cancelled_by(&request).and_then(|key| self.find(&key)),
            _ => None,
        };
        let reliability = hop.transport.into();
        let machine = match request.method {
            Method::Invite => Machine::Invite(ServerInvite::new(self.timers, reliability)),
            _ => Machine::Other(Server::new(self.timers, reliability, now)),
        };
        let merge_key = MergeKey::of(&request);
        let merged = merge_key
            .as_ref()
            .is_some_and(|key| self.by_merge_key.contains_key(key));
        let entry = Entry {
            machine,
            key: key.clone(),
            merge_key: merge_key.clone(),
            hop,
            response_hop: way_back(hop, &request.headers.via),
            other_hop: another_way_back(hop, &request.headers.via),
            request: Some(without_body(&request)),
            bytes: Response::to(&request, Status::TRYING).to_bytes(),
        };
        self.by_key.insert(key, id);
        if let Some(key) = merge_key.filter(|_| !merged) {
            self.by_merge_key.insert(key, id);
        }
        self.by_flow.insert((hop.flow, id));
        self.live += 1;
        *self.live_by_peer.entry(peer(hop)).or_default() += 1;
        self.entries.insert(id, entry);
        self.settle(id, None, outputs);
        outputs.push_back(Output::Request {
            id,
            hop,
            request,
            merged,
            cancels,
        });
    }

    /// A retransmission, or the ACK to a final response.
    pub(super) fn receive_again(
        &mut self,
        id: ServerId,
        request: Request,
        now: Instant,
        outputs: &mut VecDeque<Output>,
    ) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        match &mut entry.machine {
            Machine::Invite(machine) => match request.method {
                Method::Ack => machine.handle(server_invite::Input::Ack, now),
                _ => machine.handle(server_invite::Input::Invite, now),
            },
            Machine::Other(machine) => machine.handle(server::Input::Request, now),
        }
        self.settle(id, Some(request), outputs);
    }

    pub(super) fn respond(
        &mut self,
        id: ServerId,
        response: &Response,
        now: Instant,
        outputs: &mut VecDeque<Output>,
    ) -> Result<(), Gone> {
        let entry = self.entries.get_mut(&id).ok_or(Gone)?;
        let status = response.status;
        if !entry.machine.waits_for(response) {
            return Err(Gone);
        }
        entry.bytes = response.to_bytes();
        match &mut entry.machine {
            Machine::Invite(machine) => {
                let input = match status {
                    _ if status.is_provisional() => server_invite::Input::Provisional,
                    _ if status.is_success() => server_invite::Input::Success,
                    _ => server_invite::Input::Failure,
                };
                machine.handle(input, now);
            }
            Machine::Other(machine) => {
                let input = match status.is_provisional() {
                    true => server::Input::Provisional,
                    false => server::Input::Final,
                };
                machine.handle(input, now);
            }
        }
        self.settle(id, None, outputs);
        Ok(())
    }

    pub(super) fn flow_closed(
        &mut self,
        flow: FlowId,
        now: Instant,
        outputs: &mut VecDeque<Output>,
    ) {
        let range = (flow, ServerId(0))..=(flow, ServerId(u64::MAX));
        let lost: Vec<ServerId> = self.by_flow.range(range).map(|(_, id)| *id).collect();
        for id in lost {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            if let Some(hop) = entry.other_hop {
                entry.response_hop = hop;
                self.by_flow.insert((hop.flow, id));
                continue;
            }
            self.transport_failed(id, now, outputs);
        }
    }

    /// The new connection that a response was to take cannot be made.
    pub(super) fn unreachable(&mut self, hop: Hop, now: Instant, outputs: &mut VecDeque<Output>) {
        let range = (hop.flow, ServerId(0))..=(hop.flow, ServerId(u64::MAX));
        let waiting: Vec<ServerId> = self.by_flow.range(range).map(|(_, id)| *id).collect();
        for id in waiting {
            let entry = self.entries.get(&id);
            if entry.is_some_and(|entry| entry.response_hop == hop) {
                self.transport_failed(id, now, outputs);
            }
        }
    }

    fn transport_failed(&mut self, id: ServerId, now: Instant, outputs: &mut VecDeque<Output>) {
        if let Some(entry) = self.entries.get_mut(&id) {
            match &mut entry.machine {
                Machine::Invite(machine) => {
                    machine.handle(server_invite::Input::TransportFailed, now);
                }
                Machine::Other(machine) => {
                    machine.handle(server::Input::TransportFailed, now);
                }
            }
        }
        self.settle(id, None, outputs);
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, outputs: &mut VecDeque<Output>) {
        while let Some(id) = self.deadlines.pop_due(now) {
            if let Some(entry) = self.entries.get_mut(&id) {
                match &mut entry.machine {
                    Machine::Invite(machine) => machine.handle_timeout(now),
                    Machine::Other(machine) => machine.handle_timeout(now),
                }
            }
            self.settle(id, None, outputs);
        }
    }

    /// Carries out what the machine asks for, then forgets it or notes its next deadline.
    fn settle(&mut self, id: ServerId, mut ack: Option<Request>, outputs: &mut VecDeque<Output>) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        while let Some(act) = entry.machine.poll_act() {
            match act {
                Act::Transmit => outputs.push_back(Output::Transmit {
                    hop: entry.response_hop,
                    bytes: entry.bytes.clone(),
                }),
                Act::DeliverAck => {
                    let hop = entry.hop;
                    let ack = ack.take();
                    outputs.extend(ack.map(|request| Output::Ack { hop, request }));
                }
                Act::NoAck => outputs.push_back(Output::NoAck { id }),
                Act::FlowLost => outputs.push_back(Output::ServerFlowLost { id }),
            }
        }
        self.deadlines.set(id, entry.machine.poll_timeout());
        let is_done = entry.machine.is_done();
        if entry.machine.is_answered() && entry.request.take().is_some() {
            self.answered.push_back(id);
            self.no_longer_live(id);
        }
        if is_done {
            self.forget(id);
            outputs.push_back(Output::ServerDone { id });
        }
    }

    fn no_longer_live(&mut self, id: ServerId) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        self.live -= 1;
        if let Some(count) = self.live_by_peer.get_mut(&peer(entry.hop)) {
            *count -= 1;
            if *count == 0 {
                self.live_by_peer.remove(&peer(entry.hop));
            }
        }
    }

    /// Makes room: the requests that were answered longest ago are forgotten before their time. A
    /// copy of one of them that still comes is taken for another request. Those that made a call
    /// stay: a copy must not make a second.
    pub(super) fn forget_answered(&mut self, at_most: usize, outputs: &mut VecDeque<Output>) {
        for _ in 0..self.answered.len() {
            if self.entries.len() <= at_most {
                return;
            }
            let Some(id) = self.answered.pop_front() else {
                return;
            };
            match self.entries.get(&id).map(|entry| entry.machine.made_call()) {
                Some(true) => self.answered.push_back(id),
                Some(false) => {
                    self.forget(id);
                    outputs.push_back(Output::ServerDone { id });
                }
                None => {}
            }
        }
    }

    /// Lets go of those in the queue that are gone already.
    fn tidy_answered(&mut self) {
        while let Some(id) = self.answered.front()
            && !self.entries.contains_key(id)
        {
            self.answered.pop_front();
        }
    }

    fn forget(&mut self, id: ServerId) {
        self.deadlines.set(id, None);
        if self.get(id).is_some() {
            self.no_longer_live(id);
        }
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        self.tidy_answered();
        self.by_key.remove(&entry.key);
        if let Some(key) = entry.merge_key
            && self.by_merge_key.get(&key) == Some(&id)
        {
            self.by_merge_key.remove(&key);
        }
        self.by_flow.remove(&(entry.hop.flow, id));
        self.by_flow.remove(&(entry.response_hop.flow, id));
    }
}

impl Machine {
    /// Whether that response may still be sent.
    fn waits_for(&self, response: &Response) -> bool {
        match self {
            Machine::Invite(machine) => match machine.state() {
                server_invite::State::Proceeding => true,
                server_invite::State::Accepted => response.status.is_success(),
                server_invite::State::Completed
                | server_invite::State::Confirmed
                | server_invite::State::Terminated => false,
            },
            Machine::Other(machine) => match machine.state() {
                server::State::Trying | server::State::Proceeding => true,
                server::State::Completed | server::State::Terminated => false,
            },
        }
    }

    fn poll_act(&mut self) -> Option<Act> {
        Some(match self {
            Machine::Invite(machine) => match machine.poll_output()? {
                server_invite::Output::TransmitTrying | server_invite::Output::TransmitResponse => {
                    Act::Transmit
                }
                server_invite::Output::DeliverAck => Act::DeliverAck,
                server_invite::Output::TimedOut => Act::NoAck,
                server_invite::Output::TransportFailed => Act::FlowLost,
            },
            Machine::Other(machine) => match machine.poll_output()? {
                server::Output::TransmitResponse => Act::Transmit,
                server::Output::TransportFailed => Act::FlowLost,
            },
        })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Machine::Invite(machine) => machine.poll_timeout(),
            Machine::Other(machine) => machine.poll_timeout(),
        }
    }

    /// Whether the final response is given.
    fn is_answered(&self) -> bool {
        match self {
            Machine::Invite(machine) => machine.state() != server_invite::State::Proceeding,
            Machine::Other(machine) => match machine.state() {
                server::State::Trying | server::State::Proceeding => false,
                server::State::Completed | server::State::Terminated => true,
            },
        }
    }

    fn made_call(&self) -> bool {
        match self {
            Machine::Invite(machine) => machine.state() == server_invite::State::Accepted,
            Machine::Other(_) => false,
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Machine::Invite(machine) => machine.state() == server_invite::State::Terminated,
            Machine::Other(machine) => machine.state() == server::State::Terminated,
        }
    }
}

/// Whom requests are counted by: an address on a flow.
fn peer(hop: Hop) -> (FlowId, IpAddr) {
    (hop.flow, hop.remote.ip())
}

/// Where responses go: back over the same flow, by UDP to the port that the topmost Via asks for
/// (§18.2.2; RFC 3581 §4 if it has rport). `maddr` is not followed.
pub(crate) fn way_back(hop: Hop, vias: &[Via]) -> Hop {
    let Some(via) = vias.first().filter(|_| !hop.transport.is_reliable()) else {
        return hop;
    };
    let port = via.rport().or(via.sent_by.port);
    let mut hop = hop;
    hop.remote
        .set_port(port.unwrap_or(hop.transport.default_port()));
    hop
}

/// Where responses go when the TCP connection of their request is gone: by a new one to the address
/// that the request came from and the port that its sender listens on (§18.2.2). By TLS who answers
/// there would have to be proved first, and a WebSocket is opened by the far side alone.
fn another_way_back(hop: Hop, vias: &[Via]) -> Option<Hop> {
    match hop.transport {
        Transport::Tcp => {}
        Transport::Udp | Transport::Tls | Transport::Ws | Transport::Wss => return None,
    }
    let port = vias.first()?.sent_by.port;
    let port = port.unwrap_or(hop.transport.default_port());
    Some(Hop {
        transport: hop.transport,
        flow: FlowId::ANY,
        remote: SocketAddr::new(hop.remote.ip(), port),
    })
}

fn without_body(request: &Request) -> Request {
    Request {
        method: request.method.clone(),
        uri: request.uri.clone(),
        headers: request.headers.clone(),
        body: Vec::new(),
    }
}
