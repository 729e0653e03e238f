//! Tokens, from the wish of the operator's server to the end of what was done by them.

use sip::agent::CallHandle;
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use super::Switch;
use crate::tokens::{Issued, Refused, Request};

/// A token and whom it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    pub issued: Issued,
    /// The subscriber's name, and number.
    pub name: String,
    pub number: String,
}

/// Which tokens are to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one of this id.
    One(String),
    /// All of the subscriber of this name or number.
    AllOf(String),
}

/// What came of taking back.
#[derive(Debug, Default)]
pub struct Revoked {
    pub tokens: usize,
    /// Connections that nobody is known on any more: to be closed.
    pub flows: Vec<FlowId>,
}

impl Switch {
    /// A token for a subscriber.
    ///
    /// # Errors
    /// None was given.
    pub fn issue_token(&mut self, wish: &Request, now: Instant) -> Result<Handed, Refused> {
        let subscribers = &self.home.subscribers;
        let whom = wish.subscriber.as_str();
        let subscriber = subscribers
            .by_name(whom)
            .or_else(|| subscribers.by_number(whom))
            .ok_or(Refused::NoSubscriber)?;
        let drawn = self.registration.draw();
        let name = &subscriber.name;
        let issued = self
            .guard
            .tokens
            .issue(name, wish.expires_in, &drawn, now)?;
        Ok(Handed {
            issued,
            name: name.clone(),
            number: subscriber.number.clone(),
        })
    }

    /// Takes tokens back: nobody is reached by what they registered, and their calls are over.
    pub fn revoke_tokens(&mut self, which: &Which, now: Instant) -> Revoked {
        let tokens = &mut self.guard.tokens;
        let grants = match which {
            Which::One(id) => tokens.revoke(id).into_iter().collect(),
            Which::AllOf(whom) => {
                let by_number = self.home.subscribers.by_number(whom);
                let name = by_number.map_or(whom.as_str(), |subscriber| &subscriber.name);
                tokens.revoke_all_of(name)
            }
        };
        let registrar = &mut self.home.registrar;
        let hops: Vec<Hop> = grants
            .iter()
            .flat_map(|grant| registrar.revoke(grant))
            .collect();
        let flows: Vec<FlowId> = hops.iter().filter(is_of_one).map(|hop| hop.flow).collect();
        let handles: Vec<CallHandle> = flows
            .iter()
            .flat_map(|flow| self.agent.calls_on(*flow))
            .collect();
        let (calls, mut desk) = self.calls_and_desk();
        for handle in handles {
            calls.turn_out(handle, &mut desk, now);
        }
        self.attend(now);
        Revoked {
            tokens: grants.len(),
            flows,
        }
    }
}

/// Whether nobody else can have registered by that connection.
fn is_of_one(hop: &&Hop) -> bool {
    match hop.transport {
        Transport::Ws | Transport::Wss => true,
        Transport::Udp | Transport::Tcp | Transport::Tls => false,
    }
}
