//! RFC 3261 §17: the transaction layer over UDP. Retransmits what we send, absorbs what a peer
//! sends again, and acknowledges refusals; a match against its key is RFC 3261 §17.1.3 and §17.2.3.

mod address;
mod client;
mod client_invite;
mod server;
mod server_invite;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

use self::address::{mark_source, response_address, sent_by};
use super::message::{Message, Start};

/// Round-trip estimate (RFC 3261 §17.1.1.1).
pub const T1: Duration = Duration::from_millis(500);
/// Longest interval between retransmissions of anything but INVITE.
pub const T2: Duration = Duration::from_secs(4);
/// Longest time a message stays in the network.
const T4: Duration = Duration::from_secs(5);
/// After this a transaction gives up or forgets: 64·T1.
pub const LIFETIME: Duration = Duration::from_secs(32);

/// A phone has a handful of requests under way; the cap keeps a flood from growing our memory.
const MAX_TRANSACTIONS: usize = 64;

/// One request of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientKey(u64);

/// One request of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerKey(u64);

#[derive(Debug)]
pub enum Output {
    Send {
        to: SocketAddr,
        bytes: Vec<u8>,
    },
    /// A peer's request, seen for the first time. An ACK has no key to answer by.
    Request {
        key: Option<ServerKey>,
        message: Message,
        from: SocketAddr,
    },
    Response {
        key: ClientKey,
        message: Message,
    },
    /// No final response within 32 s.
    TimedOut {
        key: ClientKey,
    },
    /// A response to no request under way: a 2xx repeated because our ACK was lost.
    Stray(Message),
    /// Our refusal or our 2xx was never acknowledged; nothing to be done about a refusal.
    Unacknowledged {
        key: ServerKey,
    },
}

pub struct Transactions {
    sent_by: SocketAddr,
    clients: Vec<ClientEntry>,
    servers: Vec<ServerEntry>,
    last_key: u64,
    outputs: VecDeque<Output>,
}

struct ClientEntry {
    key: ClientKey,
    to: SocketAddr,
    request: Message,
    machine: ClientMachine,
}

enum ClientMachine {
    Invite(client_invite::ClientInvite),
    Other(client::Client),
}

struct ServerEntry {
    key: ServerKey,
    to: SocketAddr,
    request: Message,
    machine: ServerMachine,
}

enum ServerMachine {
    Invite(server_invite::ServerInvite),
    Other(server::Server),
}

/// What a timer of a machine asks for.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    Resend,
    TimedOut,
    Over,
}

impl Transactions {
    /// `sent_by` is what our Via says: the address of the handset's SIP socket.
    pub fn new(sent_by: SocketAddr) -> Self {
        Self {
            sent_by,
            clients: Vec::new(),
            servers: Vec::new(),
            last_key: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Sends a request and keeps at it until it is answered. `branch` must be fresh, except for a
    /// CANCEL, which takes its INVITE's (RFC 3261 §9.1).
    pub fn request(
        &mut self,
        mut request: Message,
        branch: &str,
        to: SocketAddr,
        now: Instant,
    ) -> ClientKey {
        let via = format!("SIP/2.0/UDP {};branch={branch};rport", self.sent_by);
        request.via = vec![via];
        let machine = if request.cseq.method == "INVITE" {
            ClientMachine::Invite(client_invite::ClientInvite::new(now))
        } else {
            ClientMachine::Other(client::Client::new(now))
        };
        let key = ClientKey(self.next_key());
        self.send(to, request.to_bytes());
        if self.clients.len() >= MAX_TRANSACTIONS {
            self.clients.remove(0);
        }
        self.clients.push(ClientEntry {
            key,
            to,
            request,
            machine,
        });
        key
    }

    /// Sends a message that nobody answers and that is not repeated: the ACK of a 2xx.
    pub fn send_once(&mut self, mut message: Message, branch: &str, to: SocketAddr) -> Vec<u8> {
        message.via = vec![format!(
            "SIP/2.0/UDP {};branch={branch};rport",
            self.sent_by
        )];
        let bytes = message.to_bytes();
        self.send(to, bytes.clone());
        bytes
    }

    /// The branch of a request of ours that is still under way.
    pub fn branch_of(&self, key: ClientKey) -> Option<&str> {
        self.clients
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| entry.request.branch())
    }

    pub fn send(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        self.outputs.push_back(Output::Send { to, bytes });
    }

    /// Answers a peer's request. Nothing is sent when it was answered finally before.
    pub fn respond(&mut self, key: ServerKey, response: &Message, now: Instant) {
        let Some(entry) = self.servers.iter_mut().find(|entry| entry.key == key) else {
            return;
        };
        let bytes = response.to_bytes();
        let status = response.status().unwrap_or(500);
        let sent = match &mut entry.machine {
            ServerMachine::Invite(machine) => machine.respond(status, bytes.clone(), now),
            ServerMachine::Other(machine) => machine.respond(status, bytes.clone(), now),
        };
        let to = entry.to;
        if sent {
            self.send(to, bytes);
        }
    }

    /// The INVITE that a CANCEL means: same branch and sent-by, other method (RFC 3261 §9.2).
    pub fn cancelled(&self, cancel: &Message) -> Option<ServerKey> {
        self.servers
            .iter()
            .find(|entry| {
                entry.request.cseq.method == "INVITE"
                    && entry.request.branch() == cancel.branch()
                    && sent_by(&entry.request) == sent_by(cancel)
            })
            .map(|entry| entry.key)
    }

    pub fn handle(&mut self, message: Message, from: SocketAddr, now: Instant) {
        match &message.start {
            Start::Request { .. } => self.handle_request(message, from, now),
            Start::Response { status, .. } => {
                let status = *status;
                self.handle_response(message, status, now);
            }
        }
    }

    fn handle_response(&mut self, message: Message, status: u16, now: Instant) {
        let Some(entry) = self.clients.iter_mut().find(|entry| {
            entry.request.branch() == message.branch()
                && entry.request.cseq.method == message.cseq.method
        }) else {
            self.outputs.push_back(Output::Stray(message));
            return;
        };
        let key = entry.key;
        let to = entry.to;
        let (pass, acknowledge) = match &mut entry.machine {
            ClientMachine::Invite(machine) => machine.response(status, now),
            ClientMachine::Other(machine) => (machine.response(status, now), false),
        };
        if acknowledge {
            let ack = acknowledgement(&entry.request, &message);
            self.send(to, ack.to_bytes());
        }
        if pass {
            self.outputs.push_back(Output::Response { key, message });
        }
        self.clients.retain(|entry| match &entry.machine {
            ClientMachine::Invite(machine) => !machine.is_over(),
            ClientMachine::Other(machine) => !machine.is_over(),
        });
    }

    fn handle_request(&mut self, mut message: Message, from: SocketAddr, now: Instant) {
        if let Some(via) = message.via.first_mut() {
            mark_source(via, from);
        }
        let is_ack = message.cseq.method == "ACK";
        let known = self.servers.iter_mut().find(|entry| {
            let method = &entry.request.cseq.method;
            entry.request.branch() == message.branch()
                && sent_by(&entry.request) == sent_by(&message)
                && (*method == message.cseq.method || (is_ack && method == "INVITE"))
        });
        if let Some(entry) = known {
            let again = match &mut entry.machine {
                ServerMachine::Invite(machine) if is_ack => {
                    machine.acknowledged(now);
                    None
                }
                ServerMachine::Invite(machine) => machine.repeated(),
                ServerMachine::Other(machine) => machine.repeated(),
            };
            let to = entry.to;
            if let Some(bytes) = again {
                self.send(to, bytes);
            }
            return;
        }
        if is_ack {
            self.outputs.push_back(Output::Request {
                key: None,
                message,
                from,
            });
            return;
        }
        let machine = if message.cseq.method == "INVITE" {
            ServerMachine::Invite(server_invite::ServerInvite::new())
        } else {
            ServerMachine::Other(server::Server::new(now))
        };
        if self.servers.len() >= MAX_TRANSACTIONS && !self.forget_oldest() {
            return;
        }
        let key = ServerKey(self.next_key());
        let to = response_address(&message, from);
        self.servers.push(ServerEntry {
            key,
            to,
            request: message.clone(),
            machine,
        });
        self.outputs.push_back(Output::Request {
            key: Some(key),
            message,
            from,
        });
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        let mut outputs = VecDeque::new();
        self.clients.retain_mut(|entry| {
            let due = match &mut entry.machine {
                ClientMachine::Invite(machine) => machine.handle_timeout(now),
                ClientMachine::Other(machine) => machine.handle_timeout(now),
            };
            match due {
                None => true,
                Some(Due::Resend) => {
                    outputs.push_back(Output::Send {
                        to: entry.to,
                        bytes: entry.request.to_bytes(),
                    });
                    true
                }
                Some(Due::TimedOut) => {
                    outputs.push_back(Output::TimedOut { key: entry.key });
                    false
                }
                Some(Due::Over) => false,
            }
        });
        self.servers.retain_mut(|entry| {
            let due = match &mut entry.machine {
                ServerMachine::Invite(machine) => machine.handle_timeout(now),
                ServerMachine::Other(machine) => machine.handle_timeout(now),
            };
            match due {
                None => true,
                Some(Due::Resend) => {
                    let again = match &entry.machine {
                        ServerMachine::Invite(machine) => machine.repeated(),
                        ServerMachine::Other(machine) => machine.repeated(),
                    };
                    outputs.extend(again.map(|bytes| Output::Send {
                        to: entry.to,
                        bytes,
                    }));
                    true
                }
                Some(Due::TimedOut) => {
                    outputs.push_back(Output::Unacknowledged { key: entry.key });
                    false
                }
                Some(Due::Over) => false,
            }
        });
        self.outputs.append(&mut outputs);
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// What waits to be sent, ahead of whatever else is reported.
    pub fn take_sends(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        let mut sends = Vec::new();
        for output in std::mem::take(&mut self.outputs) {
            match output {
                Output::Send { to, bytes } => sends.push((to, bytes)),
                Output::Request { .. }
                | Output::Response { .. }
                | Output::TimedOut { .. }
                | Output::Stray(_)
                | Output::Unacknowledged { .. } => self.outputs.push_back(output),
            }
        }
        sends
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let clients = self
            .clients
            .iter()
            .filter_map(|entry| match &entry.machine {
                ClientMachine::Invite(machine) => machine.poll_timeout(),
                ClientMachine::Other(machine) => machine.poll_timeout(),
            });
        let servers = self
            .servers
            .iter()
            .filter_map(|entry| match &entry.machine {
                ServerMachine::Invite(machine) => machine.poll_timeout(),
                ServerMachine::Other(machine) => machine.poll_timeout(),
            });
        clients.chain(servers).min()
    }

    /// The ACK of our 2xx reached the call: the 2xx is not repeated any more.
    pub fn acknowledged(&mut self, key: ServerKey, now: Instant) {
        let entry = self.servers.iter_mut().find(|entry| entry.key == key);
        if let Some(ServerEntry {
            machine: ServerMachine::Invite(machine),
            ..
        }) = entry
        {
            machine.acknowledged(now);
        }
    }

    /// Makes room, but never forgets an INVITE: someone may be ringing.
    fn forget_oldest(&mut self) -> bool {
        let oldest = self
            .servers
            .iter()
            .position(|entry| matches!(entry.machine, ServerMachine::Other(_)));
        oldest.map(|at| self.servers.remove(at)).is_some()
    }

    fn next_key(&mut self) -> u64 {
        self.last_key += 1;
        self.last_key
    }
}

/// The ACK of a refusal: the INVITE's branch, the response's To (RFC 3261 §17.1.1.3).
fn acknowledgement(invite: &Message, response: &Message) -> Message {
    let mut ack = invite.clone();
    if let Start::Request { method, .. } = &mut ack.start {
        "ACK".clone_into(method);
    }
    "ACK".clone_into(&mut ack.cseq.method);
    ack.to.clone_from(&response.to);
    ack.fields.retain(|field| {
        ["Route", "Max-Forwards", "User-Agent"]
            .iter()
            .any(|kept| field.name.eq_ignore_ascii_case(kept))
    });
    ack.body.clear();
    ack
}
