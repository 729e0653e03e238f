//! The phone asks others what they can do, and is asked (RFC 3261 §11): rules R1.1 to R1.9 of Video
//! Share. When, and what it means, is [`super::capability`]'s to say.

use std::collections::HashSet;
use std::sync::Arc;

use sip::agent::{Event, Reply};
use sip::message::Request;
use sip::time::Instant;

use super::call_context::CallChange;
use super::capability::{self, Capabilities, Occasion};
use super::contacts::DirectoryAnswer;
use super::state::{Peer, Stands};
use super::{Identity, Phone, Toward};

impl Phone {
    /// Asks whoever is to be asked now.
    pub(super) fn ask(&mut self, now: Instant) {
        while let Some(identity) = self.account.identity()
            && let Some(peer) = self.capabilities.poll_due(now)
            && let Some(uri) = peer.uri()
        {
            let call = self.call.with_peer(&peer);
            let question = capability::question(uri, call, identity);
            let id = self.agent.request(question, now);
            self.capabilities.asked(&peer, id);
        }
    }

    /// Questions wait until they can be sent.
    pub(super) fn next_question(&self) -> Option<Instant> {
        let next = self.capabilities.poll_timeout();
        next.filter(|_| self.account.identity().is_some())
    }

    /// Answers a question.
    pub(super) fn what_we_can(&self, request: &Request) -> Reply {
        let call = self.call.with_peer(&self.contacts.who_calls(request));
        let identity = self.account.identity();
        capability::answer_to(call, self.state.willing, identity.as_ref())
    }

    /// Who we are to them: with the tags of the voice call, or of none.
    pub(super) fn identity_toward(&self, peer: Option<&Peer>) -> Option<Identity> {
        let mut identity = self.account.identity()?;
        let call = peer.and_then(|peer| self.call.with_peer(peer));
        identity.contact = capability::own_tags(call).on(identity.contact);
        identity.toward = Toward {
            address: peer.and_then(|peer| self.capabilities.address(peer).cloned()),
            accept_contact: capability::wanted_tags(call).accept_contact(),
        };
        Some(identity)
    }

    /// The voice call with somebody changed.
    pub(super) fn ask_after(&mut self, change: &CallChange, now: Instant) {
        let occasion = match (change.from, change.to) {
            (None, Some(Stands::Connected)) => Occasion::Connected,
            (_, Some(_)) => Occasion::Changed,
            (_, None) => Occasion::CallOver,
        };
        self.capabilities.happened(occasion, &change.peer, now);
        if occasion == Occasion::CallOver {
            self.ask_chosen(now);
        }
    }

    /// The connection is another (R1.3): those whom it matters with are asked anew.
    pub(super) fn ask_again(&mut self, now: Instant) {
        self.capabilities.network_changed();
        self.ask_chosen(now);
        if let Some(peer) = self.call.peer() {
            self.capabilities.happened(Occasion::Changed, peer, now);
        }
    }

    /// The directory was read; who has come since is asked once more.
    pub(super) fn directory_read(&mut self, answer: DirectoryAnswer, now: Instant) {
        let before = Arc::clone(&self.contacts.show().list);
        self.contacts.answered(answer, self.account.number(), now);
        let list = self.contacts.show().list;
        if Arc::ptr_eq(&before, &list) {
            return;
        }
        let was_online: HashSet<&Peer> = before
            .iter()
            .filter(|person| person.online)
            .map(|person| &person.peer)
            .collect();
        for person in list.iter().filter(|person| person.online) {
            if !was_online.contains(&person.peer) {
                let occasion = Occasion::CameOnline;
                self.capabilities.happened(occasion, &person.peer, now);
            }
        }
    }

    /// Whoever is looked at is asked, unless that was done.
    pub(super) fn ask_chosen(&mut self, now: Instant) {
        if let Some(peer) = self.contacts.chosen() {
            self.capabilities.happened(Occasion::Selected, &peer, now);
        }
    }
}

impl Capabilities {
    /// What the agent says of a request of ours; of others it changes nothing.
    pub(super) fn agent_said(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Response { id, response } => {
                self.answered(*id, response, now);
            }
            Event::RequestFailed { id, failure } => {
                self.failed(*id, *failure, now);
            }
            _ => {}
        }
    }
}
