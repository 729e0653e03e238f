//! The switch as a node of a simulated network, with a store that answers at once and media that
//! answers after a while.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use sidecam_gateway::bridge::{BridgeCommand, BridgeEvent, BridgeId};
use sidecam_gateway::store::{Order, Stored};
use sidecam_gateway::switch::{Input, Output, Switch};
use sim::{Chance, Node, Party};
use sip::time::Instant;
use sip::transport::Hop;

use super::drill::reply;
use super::stage;

/// Who is on the network.
#[expect(clippy::large_enum_variant, reason = "three of them a run")]
pub enum Actor {
    Party(Party),
    Switch(SwitchNode),
}

pub struct SwitchNode {
    switch: Switch,
    chance: Chance,
    /// What the media has to say, and when.
    replies: BTreeMap<(Instant, u64), (BridgeId, BridgeEvent)>,
    commands: u64,
    open: BTreeSet<BridgeId>,
    outputs: VecDeque<(Hop, Vec<u8>)>,
}

impl SwitchNode {
    pub fn new(now: Instant, chance: Chance) -> SwitchNode {
        SwitchNode {
            switch: stage::unpopulated(now),
            chance,
            replies: BTreeMap::new(),
            commands: 0,
            open: BTreeSet::new(),
            outputs: VecDeque::new(),
        }
    }

    /// What is wrong when all should be over.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.switch.calls() > 0 {
            faults.push(format!("{} calls have not ended", self.switch.calls()));
        }
        if !self.open.is_empty() {
            faults.push(format!("media is open for {} calls", self.open.len()));
        }
        if self.switch.load() > 0 {
            faults.push(format!("the agent still holds {}", self.switch.load()));
        }
        faults
    }

    fn tell(&mut self, input: Input, now: Instant) {
        self.switch.handle(input, now);
        self.listen(now);
    }

    fn listen(&mut self, now: Instant) {
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::Transmit { hop, bytes } => self.outputs.push_back((hop, bytes)),
                Output::Bridge { bridge, command } => self.command(bridge, command, now),
                Output::Store(Order::Find { ticket, name }) => {
                    let subscriber = self.switch.home().subscribers.by_name(&name).cloned();
                    let found = Stored::Found { ticket, subscriber };
                    self.switch.handle(Input::Stored(found), now);
                }
                Output::Store(_)
                | Output::Connect(_)
                | Output::Resolve { .. }
                | Output::Enumerate { .. } => {}
            }
        }
    }

    fn command(&mut self, bridge: BridgeId, command: BridgeCommand, now: Instant) {
        if let BridgeCommand::Close = command {
            self.open.remove(&bridge);
            return;
        }
        self.open.insert(bridge);
        let fails = self.chance.percent(2);
        if let Some(reply) = reply(&command, fails) {
            self.commands += 1;
            let at = now + Duration::from_millis(self.chance.between(0, 50));
            let event = BridgeEvent::Reply(reply);
            self.replies.insert((at, self.commands), (bridge, event));
        }
    }
}

impl Node for SwitchNode {
    fn handle(&mut self, input: sim::Input, now: Instant) {
        let input = match input {
            sim::Input::Message { hop, bytes } => Input::Message { hop, bytes },
            sim::Input::FlowClosed(flow) => Input::FlowClosed(flow),
            sim::Input::FlowOpened(hop) if hop.transport.is_reliable() => Input::FlowOpened(hop),
            // The socket is there from the start.
            sim::Input::FlowOpened(_) => return,
        };
        self.tell(input, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.switch.poll_timeout().is_some_and(|at| at <= now) {
            self.switch.handle_timeout(now);
            self.listen(now);
        }
        while let Some(entry) = self.replies.first_entry()
            && entry.key().0 <= now
        {
            let (bridge, event) = entry.remove();
            if self.open.contains(&bridge) {
                self.tell(Input::Bridge { bridge, event }, now);
            }
        }
    }

    fn poll_output(&mut self) -> Option<(Hop, Vec<u8>)> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let media = self.replies.keys().next().map(|(at, _)| *at);
        media.into_iter().chain(self.switch.poll_timeout()).min()
    }
}

impl Node for Actor {
    fn handle(&mut self, input: sim::Input, now: Instant) {
        match self {
            Actor::Party(party) => party.handle(input, now),
            Actor::Switch(switch) => switch.handle(input, now),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            Actor::Party(party) => party.handle_timeout(now),
            Actor::Switch(switch) => switch.handle_timeout(now),
        }
    }

    fn poll_output(&mut self) -> Option<(Hop, Vec<u8>)> {
        match self {
            Actor::Party(party) => party.poll_output(),
            Actor::Switch(switch) => switch.poll_output(),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Actor::Party(party) => party.poll_timeout(),
            Actor::Switch(switch) => switch.poll_timeout(),
        }
    }
}
