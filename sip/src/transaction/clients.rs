//! The requests that were sent: RFC 3261 §17.1, with the matching of §17.1.3.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::client::{self, Client};
use super::client_invite::{self, ClientInvite};
use super::key::ClientKey;
use super::table::{ClientId, Output};
use super::{Deadlines, Timers, derived};
use crate::message::{Method, Request, Response};
use crate::time::Instant;
use crate::transport::{FlowId, Hop};

/// All client transactions. Outputs go where the caller says.
#[derive(Debug)]
pub(super) struct Clients {
    timers: Timers,
    last_id: u64,
    entries: HashMap<ClientId, Entry>,
    by_key: HashMap<ClientKey, ClientId>,
    by_flow: BTreeSet<(FlowId, ClientId)>,
    /// Those without a final response.
    live: usize,
    deadlines: Deadlines<ClientId>,
}

#[derive(Debug)]
struct Entry {
    machine: Machine,
    key: ClientKey,
    hop: Hop,
    /// Without its body: what ACK and CANCEL are made of.
    request: Request,
    /// What is sent again; empty with the final response.
    bytes: Vec<u8>,
    is_live: bool,
    ack: Vec<u8>,
}

#[derive(Debug)]
enum Machine {
    Invite(ClientInvite),
    Other(Client),
}

/// What either machine asks for.
enum Act {
    Transmit,
    TransmitAck,
    Deliver,
    TimedOut,
    FlowLost,
}

impl Clients {
    pub(super) fn new(timers: Timers) -> Clients {
        Clients {
            timers,
            last_id: 0,
            entries: HashMap::new(),
            by_key: HashMap::new(),
            by_flow: BTreeSet::new(),
            live: 0,
            deadlines: Deadlines::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many have no final response.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    pub(super) fn get(&self, id: ClientId) -> Option<(Hop, &Request)> {
        self.entries
            .get(&id)
            .map(|entry| (entry.hop, &entry.request))
    }

    pub(super) fn send(
        &mut self,
        hop: Hop,
        key: ClientKey,
        request: Request,
        now: Instant,
        outputs: &mut VecDeque<Output>,
    ) -> ClientId {
        self.last_id += 1;
        let id = ClientId(self.last_id);
        let reliability = hop.transport.into();
        let machine = match request.method {
            Method::Invite => Machine::Invite(ClientInvite::new(self.timers, reliability, now)),
            _ => Machine::Other(Client::new(self.timers, reliability, now)),
        };
        let entry = Entry {
            machine,
            key: key.clone(),
            hop,
            bytes: request.to_bytes(),
            request: Request {
                body: Vec::new(),
                ..request
            },
            is_live: true,
            ack: Vec::new(),
        };
        self.live += 1;
        self.by_key.insert(key, id);
        self.by_flow.insert((hop.flow, id));
        self.entries.insert(id, entry);
        self.settle(id, None, outputs);
        id
    }

    pub(super) fn receive(
        &mut self,
        response: Response,
        now: Instant,
        outputs: &mut VecDeque<Output>,
    ) {
        // One that matches nothing is dropped: a 2xx retransmitted after timer M, or not for us.
        let key = ClientKey::of_response(&response);
        let Some(id) = key.and_then(|key| self.by_key.get(&key).copied()) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let status = response.status;
        match &mut entry.machine {
            Machine::Invite(machine) => {
                if status.is_failure() && entry.ack.is_empty() {
                    entry.ack = derived::ack(&entry.request, &response).to_bytes();
                }
                let input = match status {
                    _ if status.is_provisional() => client_invite::Input::Provisional,
                    _ if status.is_success() => client_invite::Input::Success,
                    _ => client_invite::Input::Failure,
                };
                machine.handle(input, now);
            }
            Machine::Other(machine) => {
                let input = match status.is_provisional() {
                    true => client::Input::Provisional,
                    false => client::Input::Final,
                };
                machine.handle(input, now);
            }
        }
        self.settle(id, Some(response), outputs);
    }

    pub(super) fn give_up(&mut self, id: ClientId, now: Instant, outputs: &mut VecDeque<Output>) {
        if let Some(Entry {
            machine: Machine::Invite(machine),
            ..
        }) = self.entries.get_mut(&id)
        {
            machine.handle(client_invite::Input::GiveUp, now);
            self.settle(id, None, outputs);
        }
    }

    pub(super) fn flow_closed(
        &mut self,
        flow: FlowId,
        now: Instant,
        outputs: &mut VecDeque<Output>,
    ) {
        for id in self.on_flow(flow) {
            self.transport_failed(id, now, outputs);
        }
    }

    pub(super) fn unreachable(&mut self, hop: Hop, now: Instant, outputs: &mut VecDeque<Output>) {
        for id in self.on_flow(hop.flow) {
            if self.entries.get(&id).is_some_and(|entry| entry.hop == hop) {
                self.transport_failed(id, now, outputs);
            }
        }
    }

    fn on_flow(&self, flow: FlowId) -> Vec<ClientId> {
        let range = (flow, ClientId(0))..=(flow, ClientId(u64::MAX));
        self.by_flow.range(range).map(|(_, id)| *id).collect()
    }

    fn transport_failed(&mut self, id: ClientId, now: Instant, outputs: &mut VecDeque<Output>) {
        if let Some(entry) = self.entries.get_mut(&id) {
            match &mut entry.machine {
                Machine::Invite(machine) => {
                    machine.handle(client_invite::Input::TransportFailed, now);
                }
                Machine::Other(machine) => {
                    machine.handle(client::Input::TransportFailed, now);
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
    fn settle(
        &mut self,
        id: ClientId,
        mut response: Option<Response>,
        outputs: &mut VecDeque<Output>,
    ) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let hop = entry.hop;
        while let Some(act) = entry.machine.poll_act() {
            match act {
                Act::Transmit => {
                    let bytes = entry.bytes.clone();
                    outputs.push_back(Output::Transmit { hop, bytes });
                }
                Act::TransmitAck => {
                    let bytes = entry.ack.clone();
                    outputs.push_back(Output::Transmit { hop, bytes });
                }
                Act::Deliver => {
                    let response = response.take();
                    outputs.extend(response.map(|response| Output::Response { id, response }));
                }
                Act::TimedOut => outputs.push_back(Output::TimedOut { id }),
                Act::FlowLost => outputs.push_back(Output::ClientFlowLost { id }),
            }
        }
        self.deadlines.set(id, entry.machine.poll_timeout());
        if entry.is_live && entry.machine.is_answered() {
            entry.is_live = false;
            entry.bytes = Vec::new();
            self.live -= 1;
        }
        if entry.machine.is_done() {
            self.deadlines.set(id, None);
            self.by_key.remove(&entry.key);
            self.by_flow.remove(&(hop.flow, id));
            self.entries.remove(&id);
            outputs.push_back(Output::ClientDone { id });
        }
    }
}

impl Machine {
    fn poll_act(&mut self) -> Option<Act> {
        Some(match self {
            Machine::Invite(machine) => match machine.poll_output()? {
                client_invite::Output::TransmitRequest => Act::Transmit,
                client_invite::Output::TransmitAck => Act::TransmitAck,
                client_invite::Output::Deliver => Act::Deliver,
                client_invite::Output::TimedOut => Act::TimedOut,
                client_invite::Output::TransportFailed => Act::FlowLost,
            },
            Machine::Other(machine) => match machine.poll_output()? {
                client::Output::TransmitRequest => Act::Transmit,
                client::Output::Deliver => Act::Deliver,
                client::Output::TimedOut => Act::TimedOut,
                client::Output::TransportFailed => Act::FlowLost,
            },
        })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Machine::Invite(machine) => machine.poll_timeout(),
            Machine::Other(machine) => machine.poll_timeout(),
        }
    }

    /// Whether the final response came, or none will.
    fn is_answered(&self) -> bool {
        match self {
            Machine::Invite(machine) => match machine.state() {
                client_invite::State::Calling | client_invite::State::Proceeding => false,
                client_invite::State::Completed
                | client_invite::State::Accepted
                | client_invite::State::Terminated => true,
            },
            Machine::Other(machine) => match machine.state() {
                client::State::Trying | client::State::Proceeding => false,
                client::State::Completed | client::State::Terminated => true,
            },
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Machine::Invite(machine) => machine.state() == client_invite::State::Terminated,
            Machine::Other(machine) => machine.state() == client::State::Terminated,
        }
    }
}
