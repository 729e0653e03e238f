//! All transactions of a program: RFC 3261 §17, with the matching of §17.1.3 and §17.2.3 and the
//! way back of §18.2.2 and RFC 3581.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::IpAddr;

use super::client::{self, Client};
use super::client_invite::{self, ClientInvite};
use super::key::{ClientKey, MergeKey, ServerKey};
use super::server::{self, Server};
use super::server_invite::{self, ServerInvite};
use super::{Deadlines, Timers, derived};
use crate::limits::Limits;
use crate::message::{Message, Method, Request, Response, Status, Via};
use crate::time::Instant;
use crate::transport::{FlowId, Hop};

/// A request that was sent. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(u64);

/// A request that was received. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId(u64);

/// What moves transactions from outside.
#[derive(Clone, Debug)]
pub enum Input {
    Message { hop: Hop, message: Message },
    FlowClosed(FlowId),
}

/// What the owner is to do, or to know.
#[derive(Clone, Debug)]
pub enum Output {
    Transmit {
        hop: Hop,
        bytes: Vec<u8>,
    },
    /// A request that is none of the copies seen before. An ACK never comes this way.
    Request {
        id: ServerId,
        hop: Hop,
        request: Request,
        /// The same request came by another way and is being answered (§8.2.2.2).
        merged: bool,
        /// The INVITE that this CANCEL is for, if it is there.
        cancels: Option<ServerId>,
    },
    /// An ACK to a 2xx, or to nothing.
    Ack {
        hop: Hop,
        request: Request,
    },
    /// A response to a request that was sent; several 2xx to one INVITE.
    Response {
        id: ClientId,
        response: Response,
    },
    /// No final response came.
    TimedOut {
        id: ClientId,
    },
    /// The flow was lost before the final response.
    ClientFlowLost {
        id: ClientId,
    },
    /// Nothing more comes for this request.
    ClientDone {
        id: ClientId,
    },
    /// Our 300-699 to INVITE was never acknowledged.
    NoAck {
        id: ServerId,
    },
    /// The flow was lost before our final response.
    ServerFlowLost {
        id: ServerId,
    },
    /// This request can no longer be answered.
    ServerDone {
        id: ServerId,
    },
}

/// As many transactions are under way as the limits allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many transactions")]
pub struct Overloaded;

/// The request was answered already, or nobody waits for the answer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request is not waiting for this response")]
pub struct Gone;

/// All transactions of a program.
#[derive(Debug)]
pub struct Transactions {
    timers: Timers,
    max: usize,
    max_per_peer: usize,
    last_id: u64,
    clients: HashMap<ClientId, ClientEntry>,
    servers: HashMap<ServerId, ServerEntry>,
    client_keys: HashMap<ClientKey, ClientId>,
    server_keys: HashMap<ServerKey, ServerId>,
    merge_keys: HashMap<MergeKey, ServerId>,
    by_flow: BTreeSet<(FlowId, Id)>,
    server_count_by_peer: HashMap<(FlowId, IpAddr), usize>,
    deadlines: Deadlines<Id>,
    outputs: VecDeque<Output>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Id {
    Client(ClientId),
    Server(ServerId),
}

#[derive(Debug)]
struct ClientEntry {
    machine: ClientMachine,
    key: ClientKey,
    hop: Hop,
    /// Without its body: what ACK and CANCEL are made of.
    request: Request,
    bytes: Vec<u8>,
    ack: Option<Vec<u8>>,
}

#[derive(Debug)]
enum ClientMachine {
    Invite(ClientInvite),
    Other(Client),
}

#[derive(Debug)]
struct ServerEntry {
    machine: ServerMachine,
    key: ServerKey,
    merge_key: Option<MergeKey>,
    hop: Hop,
    response_hop: Hop,
    /// Without its body: what responses are made of.
    request: Request,
    /// The latest response.
    bytes: Vec<u8>,
}

#[derive(Debug)]
enum ServerMachine {
    Invite(ServerInvite),
    Other(Server),
}

impl Transactions {
    pub fn new(timers: Timers, limits: &Limits) -> Transactions {
        Transactions {
            timers,
            max: limits.transactions,
            max_per_peer: limits.transactions_per_peer,
            last_id: 0,
            clients: HashMap::new(),
            servers: HashMap::new(),
            client_keys: HashMap::new(),
            server_keys: HashMap::new(),
            merge_keys: HashMap::new(),
            by_flow: BTreeSet::new(),
            server_count_by_peer: HashMap::new(),
            deadlines: Deadlines::new(),
            outputs: VecDeque::new(),
        }
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Message {
                hop,
                message: Message::Request(request),
            } => {
                self.receive_request(hop, request, now);
            }
            Input::Message {
                hop: _,
                message: Message::Response(response),
            } => {
                self.receive_response(response, now);
            }
            Input::FlowClosed(flow) => self.flow_closed(flow, now),
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.deadlines.pop_due(now) {
            match id {
                Id::Client(id) => {
                    let Some(entry) = self.clients.get_mut(&id) else {
                        continue;
                    };
                    match &mut entry.machine {
                        ClientMachine::Invite(machine) => machine.handle_timeout(now),
                        ClientMachine::Other(machine) => machine.handle_timeout(now),
                    }
                    self.settle_client(id, None);
                }
                Id::Server(id) => {
                    let Some(entry) = self.servers.get_mut(&id) else {
                        continue;
                    };
                    match &mut entry.machine {
                        ServerMachine::Invite(machine) => machine.handle_timeout(now),
                        ServerMachine::Other(machine) => machine.handle_timeout(now),
                    }
                    self.settle_server(id, None);
                }
            }
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// As [`Transactions::poll_output`], unless that is something for a user to hear of.
    pub(crate) fn poll_unheard(&mut self) -> Option<Output> {
        match self.outputs.front()? {
            Output::Transmit { .. } | Output::ClientDone { .. } | Output::ServerDone { .. } => {
                self.outputs.pop_front()
            }
            Output::Request { .. }
            | Output::Ack { .. }
            | Output::Response { .. }
            | Output::TimedOut { .. }
            | Output::ClientFlowLost { .. }
            | Output::NoAck { .. }
            | Output::ServerFlowLost { .. } => None,
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Sends a request (any but ACK), whose topmost Via is ours and has a branch of its own.
    ///
    /// # Errors
    /// There is no room for another transaction.
    pub fn send(
        &mut self,
        hop: Hop,
        request: Request,
        now: Instant,
    ) -> Result<ClientId, Overloaded> {
        if self.is_empty_of_room(&request.method) {
            return Err(Overloaded);
        }
        let key = ClientKey::of_request(&request).ok_or(Overloaded)?;
        self.last_id += 1;
        let id = ClientId(self.last_id);
        let reliability = hop.transport.into();
        let machine = match request.method {
            Method::Invite => {
                ClientMachine::Invite(ClientInvite::new(self.timers, reliability, now))
            }
            _ => ClientMachine::Other(Client::new(self.timers, reliability, now)),
        };
        let bytes = request.to_bytes();
        let request = Request {
            body: Vec::new(),
            ..request
        };
        self.client_keys.insert(key.clone(), id);
        self.by_flow.insert((hop.flow, Id::Client(id)));
        self.clients.insert(
            id,
            ClientEntry {
                machine,
                key,
                hop,
                request,
                bytes,
                ack: None,
            },
        );
        self.settle_client(id, None);
        Ok(id)
    }

    /// Answers a request. A 2xx to INVITE may be given again, to be sent again.
    ///
    /// # Errors
    /// The request has its final response, or is gone.
    pub fn respond(&mut self, id: ServerId, response: &Response, now: Instant) -> Result<(), Gone> {
        let entry = self.servers.get_mut(&id).ok_or(Gone)?;
        let status = response.status;
        match &mut entry.machine {
            ServerMachine::Invite(machine) => {
                let input = match status {
                    _ if status.is_provisional() => server_invite::Input::Provisional,
                    _ if status.is_success() => server_invite::Input::Success,
                    _ => server_invite::Input::Failure,
                };
                let again =
                    machine.state() == server_invite::State::Accepted && status.is_success();
                if machine.state() != server_invite::State::Proceeding && !again {
                    return Err(Gone);
                }
                entry.bytes = response.to_bytes();
                machine.handle(input, now);
            }
            ServerMachine::Other(machine) => {
                let input = match status.is_provisional() {
                    true => server::Input::Provisional,
                    false => server::Input::Final,
                };
                match machine.state() {
                    server::State::Trying | server::State::Proceeding => {}
                    server::State::Completed | server::State::Terminated => return Err(Gone),
                }
                entry.bytes = response.to_bytes();
                machine.handle(input, now);
            }
        }
        self.settle_server(id, None);
        Ok(())
    }

    /// Ends an INVITE that was cancelled 64*T1 ago and got no final response (§9.1).
    pub fn give_up(&mut self, id: ClientId, now: Instant) {
        if let Some(ClientEntry {
            machine: ClientMachine::Invite(machine),
            ..
        }) = self.clients.get_mut(&id)
        {
            machine.handle(client_invite::Input::GiveUp, now);
            self.settle_client(id, None);
        }
    }

    /// A request that was sent, without its body, and where to; `None` when it is done.
    pub fn sent(&self, id: ClientId) -> Option<(Hop, &Request)> {
        self.clients
            .get(&id)
            .map(|entry| (entry.hop, &entry.request))
    }

    /// A request that was received, without its body; `None` when it is done.
    pub fn received(&self, id: ServerId) -> Option<&Request> {
        self.servers.get(&id).map(|entry| &entry.request)
    }

    /// How many transactions there are.
    pub fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn receive_response(&mut self, response: Response, now: Instant) {
        // One that matches nothing is dropped: a 2xx retransmitted after timer M, or not for us.
        let Some(id) =
            ClientKey::of_response(&response).and_then(|key| self.client_keys.get(&key).copied())
        else {
            return;
        };
        let Some(entry) = self.clients.get_mut(&id) else {
            return;
        };
        let status = response.status;
        match &mut entry.machine {
            ClientMachine::Invite(machine) => {
                if status.is_failure() && entry.ack.is_none() {
                    entry.ack = Some(derived::ack(&entry.request, &response).to_bytes());
                }
                let input = match status {
                    _ if status.is_provisional() => client_invite::Input::Provisional,
                    _ if status.is_success() => client_invite::Input::Success,
                    _ => client_invite::Input::Failure,
                };
                machine.handle(input, now);
            }
            ClientMachine::Other(machine) => {
                let input = match status.is_provisional() {
                    true => client::Input::Provisional,
                    false => client::Input::Final,
                };
                machine.handle(input, now);
            }
        }
        self.settle_client(id, Some(response));
    }

    fn receive_request(&mut self, hop: Hop, mut request: Request, now: Instant) {
        let Some(via) = request.headers.via.first_mut() else {
            return;
        };
        // A page cannot know its peer's address and has nobody to tell it to.
        if !hop.remote.ip().is_unspecified() {
            via.note_source(hop.remote);
        }
        let Some(key) = ServerKey::of(&request) else {
            return;
        };
        if let Some(id) = self.server_keys.get(&key).copied() {
            return self.receive_again(id, request, now);
        }
        if request.method == Method::Ack {
            return self.outputs.push_back(Output::Ack { hop, request });
        }
        let response_hop = way_back(hop, &request.headers.via);
        let peer = (hop.flow, hop.remote.ip());
        let of_peer = self
            .server_count_by_peer
            .get(&peer)
            .copied()
            .unwrap_or_default();
        if self.is_empty_of_room(&request.method) || of_peer >= self.max_per_peer {
            // Without a transaction: its copies are refused one by one, and its ACK means nothing.
            let mut refusal = Response::to(&request, Status::SERVICE_UNAVAILABLE);
            refusal.headers.push("Retry-After", RETRY_AFTER_SECONDS);
            let bytes = refusal.to_bytes();
            return self.outputs.push_back(Output::Transmit {
                hop: response_hop,
                bytes,
            });
        }
        let cancels = match request.method {
            Method::Cancel => ServerKey::cancelled_by(&request)
                .and_then(|key| self.server_keys.get(&key).copied()),
            _ => None,
        };
        let merge_key = MergeKey::of(&request);
        let merged = merge_key
            .as_ref()
            .is_some_and(|key| self.merge_keys.contains_key(key));
        self.last_id += 1;
        let id = ServerId(self.last_id);
        let reliability = hop.transport.into();
        let machine = match request.method {
            Method::Invite => ServerMachine::Invite(ServerInvite::new(self.timers, reliability)),
            _ => ServerMachine::Other(Server::new(self.timers, reliability, now)),
        };
        let bytes = Response::to(&request, Status::TRYING).to_bytes();
        let kept = Request {
            method: request.method.clone(),
            uri: request.uri.clone(),
            headers: request.headers.clone(),
            body: Vec::new(),
        };
        self.server_keys.insert(key.clone(), id);
        if let Some(key) = merge_key.clone().filter(|_| !merged) {
            self.merge_keys.insert(key, id);
        }
        self.by_flow.insert((hop.flow, Id::Server(id)));
        *self.server_count_by_peer.entry(peer).or_default() += 1;
        let entry = ServerEntry {
            machine,
            key,
            merge_key,
            hop,
            response_hop,
            request: kept,
            bytes,
        };
        self.servers.insert(id, entry);
        self.settle_server(id, None);
        self.outputs.push_back(Output::Request {
            id,
            hop,
            request,
            merged,
            cancels,
        });
    }

    fn receive_again(&mut self, id: ServerId, request: Request, now: Instant) {
        let Some(entry) = self.servers.get_mut(&id) else {
            return;
        };
        match &mut entry.machine {
            ServerMachine::Invite(machine) => match request.method {
                Method::Ack => machine.handle(server_invite::Input::Ack, now),
                _ => machine.handle(server_invite::Input::Invite, now),
            },
            ServerMachine::Other(machine) => machine.handle(server::Input::Request, now),
        }
        self.settle_server(id, Some(request));
    }

    fn flow_closed(&mut self, flow: FlowId, now: Instant) {
        let first = (flow, Id::Client(ClientId(0)));
        let last = (flow, Id::Server(ServerId(u64::MAX)));
        let lost: Vec<Id> = self
            .by_flow
            .range(first..=last)
            .map(|(_, id)| *id)
            .collect();
        for id in lost {
            match id {
                Id::Client(id) => {
                    let Some(entry) = self.clients.get_mut(&id) else {
                        continue;
                    };
                    match &mut entry.machine {
                        ClientMachine::Invite(machine) => {
                            machine.handle(client_invite::Input::TransportFailed, now);
                        }
                        ClientMachine::Other(machine) => {
                            machine.handle(client::Input::TransportFailed, now);
                        }
                    }
                    self.settle_client(id, None);
                }
                Id::Server(id) => {
                    let Some(entry) = self.servers.get_mut(&id) else {
                        continue;
                    };
                    match &mut entry.machine {
                        ServerMachine::Invite(machine) => {
                            machine.handle(server_invite::Input::TransportFailed, now);
                        }
                        ServerMachine::Other(machine) => {
                            machine.handle(server::Input::TransportFailed, now);
                        }
                    }
                    self.settle_server(id, None);
                }
            }
        }
    }

    /// Carries out what the machine asks for, then forgets it or notes its next deadline.
    fn settle_client(&mut self, id: ClientId, response: Option<Response>) {
        let Some(entry) = self.clients.get_mut(&id) else {
            return;
        };
        let hop = entry.hop;
        let mut response = response;
        let mut put = |output| self.outputs.push_back(output);
        let (done, deadline) = match &mut entry.machine {
            ClientMachine::Invite(machine) => {
                use client_invite::Output as O;
                while let Some(output) = machine.poll_output() {
                    match output {
                        O::TransmitRequest => {
                            put(Output::Transmit {
                                hop,
                                bytes: entry.bytes.clone(),
                            });
                        }
                        O::TransmitAck => {
                            let bytes = entry.ack.clone().unwrap_or_default();
                            put(Output::Transmit { hop, bytes });
                        }
                        O::Deliver => {
                            if let Some(response) = response.take() {
                                put(Output::Response { id, response });
                            }
                        }
                        O::TimedOut => put(Output::TimedOut { id }),
                        O::TransportFailed => put(Output::ClientFlowLost { id }),
                    }
                }
                (
                    machine.state() == client_invite::State::Terminated,
                    machine.poll_timeout(),
                )
            }
            ClientMachine::Other(machine) => {
                use client::Output as O;
                while let Some(output) = machine.poll_output() {
                    match output {
                        O::TransmitRequest => {
                            put(Output::Transmit {
                                hop,
                                bytes: entry.bytes.clone(),
                            });
                        }
                        O::Deliver => {
                            if let Some(response) = response.take() {
                                put(Output::Response { id, response });
                            }
                        }
                        O::TimedOut => put(Output::TimedOut { id }),
                        O::TransportFailed => put(Output::ClientFlowLost { id }),
                    }
                }
                (
                    machine.state() == client::State::Terminated,
                    machine.poll_timeout(),
                )
            }
        };
        if !done {
            return self.deadlines.set(Id::Client(id), deadline);
        }
        self.deadlines.set(Id::Client(id), None);
        if let Some(entry) = self.clients.remove(&id) {
            self.client_keys.remove(&entry.key);
            self.by_flow.remove(&(entry.hop.flow, Id::Client(id)));
        }
        self.outputs.push_back(Output::ClientDone { id });
    }

    /// As [`Self::settle_client`].
    fn settle_server(&mut self, id: ServerId, ack: Option<Request>) {
        let Some(entry) = self.servers.get_mut(&id) else {
            return;
        };
        let hop = entry.response_hop;
        let mut ack = ack;
        let mut put = |output| self.outputs.push_back(output);
        let (done, deadline) = match &mut entry.machine {
            ServerMachine::Invite(machine) => {
                use server_invite::Output as O;
                while let Some(output) = machine.poll_output() {
                    match output {
                        O::TransmitTrying | O::TransmitResponse => {
                            put(Output::Transmit {
                                hop,
                                bytes: entry.bytes.clone(),
                            });
                        }
                        O::DeliverAck => {
                            if let Some(request) = ack.take() {
                                put(Output::Ack {
                                    hop: entry.hop,
                                    request,
                                });
                            }
                        }
                        O::TimedOut => put(Output::NoAck { id }),
                        O::TransportFailed => put(Output::ServerFlowLost { id }),
                    }
                }
                (
                    machine.state() == server_invite::State::Terminated,
                    machine.poll_timeout(),
                )
            }
            ServerMachine::Other(machine) => {
                use server::Output as O;
                while let Some(output) = machine.poll_output() {
                    match output {
                        O::TransmitResponse => {
                            put(Output::Transmit {
                                hop,
                                bytes: entry.bytes.clone(),
                            });
                        }
                        O::TransportFailed => put(Output::ServerFlowLost { id }),
                    }
                }
                (
                    machine.state() == server::State::Terminated,
                    machine.poll_timeout(),
                )
            }
        };
        if !done {
            return self.deadlines.set(Id::Server(id), deadline);
        }
        self.forget_server(id);
        self.outputs.push_back(Output::ServerDone { id });
    }

    fn forget_server(&mut self, id: ServerId) {
        self.deadlines.set(Id::Server(id), None);
        let Some(entry) = self.servers.remove(&id) else {
            return;
        };
        self.server_keys.remove(&entry.key);
        if let Some(key) = entry.merge_key
            && self.merge_keys.get(&key) == Some(&id)
        {
            self.merge_keys.remove(&key);
        }
        self.by_flow.remove(&(entry.hop.flow, Id::Server(id)));
        let peer = (entry.hop.flow, entry.hop.remote.ip());
        if let Some(count) = self.server_count_by_peer.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                self.server_count_by_peer.remove(&peer);
            }
        }
    }

    /// An eighth of the room is kept for what ends calls.
    fn is_empty_of_room(&self, method: &Method) -> bool {
        let max = match method {
            Method::Bye | Method::Cancel => self.max,
            _ => self.max - self.max / 8,
        };
        self.len() >= max
    }
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

/// What a refused client is asked to wait, in seconds: by then a burst of transactions is over.
const RETRY_AFTER_SECONDS: u32 = 10;
