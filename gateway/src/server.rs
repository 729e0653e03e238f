//! The loop: one task owns all signalling. Everything that can happen is a [`Wake`]; what follows is
//! decided by the switch and carried out by the edges. Nothing in here waits for anything but the
//! next wake.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sip::transport::{FlowId, Hop, Transport};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep_until;

use crate::bridge::{BridgeEvent, BridgeId};
use crate::edge::resolve::Resolver;
use crate::edge::tcp::Streams;
use crate::edge::udp::Datagrams;
use crate::edge::workers::Workers;
use crate::edge::{Gate, OUTBOX_MESSAGES, Outbox};
use crate::home::Entry;
use crate::lifecycle::Lifecycle;
use crate::store::{Order, Stored, Subscriber};
use crate::switch::call_context::{News, Refused};
use crate::switch::destinations::{Destination, Lookup, Ticket};
use crate::switch::enum_lookup::{EnumLookup, Enumerated};
use crate::switch::flows::Connect;
use crate::switch::person::{AskedPackets, Claim, Doubt};
use crate::switch::tokens::{Handed, Which};
use crate::switch::trials;
use crate::switch::{Input, Output, Switch};
use crate::tokens;

/// Wakes that may wait. Beyond it datagrams are dropped and connections wait: a burst of all
/// registered phones fits, a flood does not grow.
pub const WAKES_WAITING: usize = 4096;

/// Wakes dealt with between two looks at the clock.
const BURST: usize = 64;

/// What can wake the loop.
#[derive(Debug)]
pub enum Wake {
    Message {
        hop: Hop,
        bytes: Vec<u8>,
    },
    /// A connection was accepted; what is sent to it goes by the outbox.
    FlowOpened {
        hop: Hop,
        outbox: Outbox,
    },
    FlowClosed(FlowId),
    /// A connection of ours did not come about.
    FlowFailed(FlowId),
    Stored(Stored),
    /// A look-up in the DNS is through.
    Resolved {
        ticket: Ticket,
        destinations: Vec<Destination>,
    },
    /// The look-up of a number is through.
    Enumerated {
        ticket: Ticket,
        found: Enumerated,
    },
    /// A media worker has something to say of a call.
    Bridge {
        bridge: BridgeId,
        event: BridgeEvent,
    },
    /// A page asks who can be called; `None` is the answer to a token that is nobody's.
    Directory {
        token: String,
        reply: oneshot::Sender<Option<Vec<Entry>>>,
    },
    /// Who asks over HTTP?
    Person {
        claim: Claim,
        reply: oneshot::Sender<Result<Subscriber, Doubt>>,
    },
    /// What was kept of the packets of a person's call? Who knows nothing drops the sender.
    Packets {
        asked: AskedPackets,
        reply: mpsc::Sender<String>,
    },
    /// The network tells of a voice call.
    CallEvent {
        news: News,
        reply: oneshot::Sender<Result<(), Refused>>,
    },
    /// An operator's server asks for a token.
    IssueToken {
        wish: tokens::Request,
        reply: oneshot::Sender<Result<Handed, tokens::Refused>>,
    },
    /// It takes tokens back; the answer is how many there were.
    RevokeTokens {
        which: Which,
        reply: oneshot::Sender<usize>,
    },
    /// A handset of ours, for a page that tests its connection, begins to wait or is gone.
    Trial(trials::News),
    /// End all calls, then the loop.
    Shutdown,
}

/// The loop and what it owns.
pub struct Server {
    pub switch: Switch,
    pub wakes: mpsc::Receiver<Wake>,
    pub edges: Edges,
    pub lifecycle: Lifecycle,
    /// How long the end may wait for the last answers.
    pub drain: Duration,
}

impl Server {
    /// Runs until a shutdown is through.
    pub async fn run(mut self) {
        let mut ends_at: Option<Instant> = None;
        loop {
            let deadline = earliest(self.switch.poll_timeout(), ends_at);
            let woken = tokio::select! {
                wake = self.wakes.recv() => Some(wake),
                () = until(deadline) => None,
            };
            let now = Instant::now();
            match woken {
                // The gate's senders live as long as the edges; without them nothing can come.
                Some(None) => return,
                Some(Some(wake)) => {
                    self.take(wake, now, &mut ends_at).await;
                    for _ in 1..BURST {
                        let Ok(wake) = self.wakes.try_recv() else {
                            break;
                        };
                        self.take(wake, now, &mut ends_at).await;
                    }
                }
                None => {}
            }
            if self
                .switch
                .poll_timeout()
                .is_some_and(|at| at <= Instant::now())
            {
                self.switch.handle_timeout(Instant::now());
                self.carry_out(Instant::now()).await;
            }
            if let Some(ends_at) = ends_at
                && (self.switch.is_drained(Instant::now()) || ends_at <= Instant::now())
            {
                return;
            }
        }
    }

    async fn take(&mut self, wake: Wake, now: Instant, ends_at: &mut Option<Instant>) {
        match wake {
            Wake::Message { hop, bytes } => {
                self.edges.gate.counters.count_received(hop.transport);
                self.switch.handle(Input::Message { hop, bytes }, now);
            }
            Wake::FlowOpened { hop, outbox } => {
                self.edges.outboxes.insert(hop.flow, outbox);
                self.switch.handle(Input::FlowOpened(hop), now);
            }
            Wake::FlowClosed(flow) => {
                self.edges.outboxes.remove(&flow);
                self.switch.handle(Input::FlowClosed(flow), now);
            }
            Wake::FlowFailed(flow) => {
                self.edges.outboxes.remove(&flow);
                self.switch.handle(Input::FlowFailed(flow), now);
            }
            Wake::Stored(stored) => self.switch.handle(Input::Stored(stored), now),
            Wake::Resolved {
                ticket,
                destinations,
            } => self.switch.handle(
                Input::Resolved {
                    ticket,
                    destinations,
                },
                now,
            ),
            Wake::Enumerated { ticket, found } => {
                self.switch.handle(Input::Enumerated { ticket, found }, now);
            }
            Wake::Bridge { bridge, event } => {
                self.switch.handle(Input::Bridge { bridge, event }, now)
            }
            Wake::Directory { token, reply } => {
                // Who asked may have gone away; then nobody misses the answer.
                let _ = reply.send(self.switch.home().directory(&token, now));
            }
            Wake::Person { claim, reply } => {
                // As above.
                let _ = reply.send(self.switch.person(&claim, now));
            }
            Wake::Packets { asked, reply } => self.switch.tell_packets(&asked, reply),
            Wake::CallEvent { news, reply } => self.hear_of_call(news, reply, now),
            Wake::IssueToken { wish, reply } => self.issue_token(&wish, reply, now),
            Wake::RevokeTokens { which, reply } => self.revoke_tokens(&which, reply, now).await,
            Wake::Trial(news) => self.switch.hear_of_trial(news, now),
            Wake::Shutdown => {
                self.lifecycle.drain();
                tracing::info!(calls = self.switch.calls(), "ending all calls");
                ends_at.get_or_insert(now + self.drain);
                self.switch.handle(Input::Drain, now);
            }
        }
        self.carry_out(now).await;
    }

    fn hear_of_call(
        &mut self,
        news: News,
        reply: oneshot::Sender<Result<(), Refused>>,
        now: Instant,
    ) {
        let heard = self.switch.hear_of_call(news, now);
        match heard {
            Ok(()) => self.edges.gate.counters.call_events.count(),
            Err(_) => self.edges.gate.counters.call_events_refused.count(),
        }
        // Who asked may have gone away; then nobody misses the answer.
        let _ = reply.send(heard);
    }

    fn issue_token(
        &mut self,
        wish: &tokens::Request,
        reply: oneshot::Sender<Result<Handed, tokens::Refused>>,
        now: Instant,
    ) {
        let issued = self.switch.issue_token(wish, now);
        match issued {
            Ok(_) => self.edges.gate.counters.tokens_issued.count(),
            Err(_) => self.edges.gate.counters.tokens_not_issued.count(),
        }
        // As above; the token ends by itself.
        let _ = reply.send(issued);
    }

    async fn revoke_tokens(&mut self, which: &Which, reply: oneshot::Sender<usize>, now: Instant) {
        let revoked = self.switch.revoke_tokens(which, now);
        // Whoever is turned out hears it before the connection is closed.
        self.carry_out(now).await;
        for flow in revoked.flows {
            self.edges.outboxes.remove(&flow);
            self.switch.handle(Input::FlowClosed(flow), now);
        }
        let many = u64::try_from(revoked.tokens).unwrap_or(u64::MAX);
        self.edges.gate.counters.tokens_revoked.count_more(many);
        // As above.
        let _ = reply.send(revoked.tokens);
    }

    /// Does what the switch decided, until it wants nothing more.
    async fn carry_out(&mut self, now: Instant) {
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::Transmit { hop, bytes } => {
                    if let Sent::FlowIsGone = self.edges.transmit(hop, bytes) {
                        self.switch.handle(Input::FlowClosed(hop.flow), now);
                    }
                }
                Output::Connect(connect) => self.edges.connect(connect),
                Output::Resolve { ticket, lookup } => self.edges.resolve(ticket, lookup),
                Output::Enumerate { ticket, lookup } => self.edges.enumerate(ticket, lookup),
                Output::Store(order) => {
                    if let Some(refused) = self.edges.order(order) {
                        self.switch.handle(Input::Stored(refused), now);
                    }
                }
                Output::Bridge { bridge, command } => {
                    self.edges.workers.send(bridge, command).await
                }
            }
        }
    }
}

/// The loop's ends of everything that touches the world.
pub struct Edges {
    pub gate: Gate,
    pub udp: Datagrams,
    pub streams: Streams,
    pub resolver: Resolver,
    pub orders: mpsc::Sender<Order>,
    pub workers: Workers,
    /// One entry a connection; the edges bound their number.
    pub outboxes: HashMap<FlowId, Outbox>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Away,
    /// There is no such connection, or it does not read.
    FlowIsGone,
}

impl Edges {
    fn transmit(&mut self, hop: Hop, bytes: Vec<u8>) -> Sent {
        let counters = &self.gate.counters;
        counters.messages_sent.count();
        match hop.transport {
            Transport::Udp => {
                // A full socket loses the datagram as the network might; the transaction sends again.
                if self.udp.try_send_to(&bytes, hop.remote).is_err() {
                    counters.datagrams_dropped.count();
                }
                Sent::Away
            }
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                self.post(hop.flow, bytes)
            }
        }
    }

    /// Starts to make a connection; what is sent to it waits in its outbox meanwhile.
    fn connect(&mut self, connect: Connect) {
        let (outbox, inbox) = mpsc::channel(OUTBOX_MESSAGES);
        self.outboxes.insert(connect.hop.flow, outbox);
        tokio::spawn(self.streams.clone().connect(connect, inbox));
    }

    /// Looks a name up beside the loop.
    fn resolve(&self, ticket: Ticket, lookup: Lookup) {
        let (resolver, gate) = (self.resolver.clone(), self.gate.clone());
        tokio::spawn(async move {
            let destinations = resolver.follow(lookup).await;
            gate.wake(Wake::Resolved {
                ticket,
                destinations,
            })
            .await;
        });
    }

    /// Looks a number up beside the loop.
    fn enumerate(&self, ticket: Ticket, lookup: EnumLookup) {
        let (resolver, gate) = (self.resolver.clone(), self.gate.clone());
        tokio::spawn(async move {
            let found = resolver.enumerate(lookup).await;
            gate.wake(Wake::Enumerated { ticket, found }).await;
        });
    }

    /// Puts a message into a connection's outbox. One that is full belongs to a peer that does not
    /// read: dropping our end closes the connection.
    fn post(&mut self, flow: FlowId, bytes: Vec<u8>) -> Sent {
        let Some(outbox) = self.outboxes.get(&flow) else {
            return Sent::FlowIsGone;
        };
        match outbox.try_send(bytes) {
            Ok(()) => Sent::Away,
            Err(error) => {
                if let mpsc::error::TrySendError::Full(_) = error {
                    self.gate.counters.slow_readers_closed.count();
                }
                self.outboxes.remove(&flow);
                Sent::FlowIsGone
            }
        }
    }

    /// Hands an order to the store. A question that finds no room is answered at once.
    fn order(&mut self, order: Order) -> Option<Stored> {
        let Err(error) = self.orders.try_send(order) else {
            return None;
        };
        match error.into_inner() {
            Order::Find { ticket, .. } => Some(Stored::Failed { ticket }),
            Order::Keep(_) | Order::Forget { .. } => {
                self.gate.counters.store_refused.count();
                tracing::error!(
                    "the store is behind; a binding was not written and will not survive a restart"
                );
                None
            }
        }
    }
}

fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    [one, other].into_iter().flatten().min()
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
