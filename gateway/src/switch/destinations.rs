//! RFC 3263: where a SIP URI leads. A literal address is known at once; a name is looked up by the
//! edge, whose answers come back under the ticket that was given out. Who asked tries the hops in
//! order: the next one when a hop cannot be reached, does not answer, or answers 503 (§4.3).

pub mod lookup;

use std::collections::{HashMap, HashSet, VecDeque};

use sip::id::IdSource;
use sip::message::{Host, SipUri};
use sip::transport::Hop;

use super::Output;
use super::enum_lookup::EnumLookup;
use super::flows::Flows;
pub use lookup::{Destination, Families, Lookup, Ways};
use lookup::{Plan, plan};

/// Names and numbers that may be looked up at a time. Each takes a task and at most 8 s; more than this is not
/// traffic but somebody who makes us ask.
const LOOKUPS_AT_MOST: usize = 1024;

/// A look-up under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What is known of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// In the order in which they are to be tried; never empty.
    Now(Vec<Hop>),
    /// The hops come later, under this ticket.
    Later(Ticket),
    /// A transport that we cannot open or do not have, or too many look-ups under way.
    Nowhere,
}

/// The look-ups under way.
#[derive(Debug)]
pub struct Destinations {
    ways: Ways,
    /// For the choice among servers of the same priority.
    ids: IdSource,
    /// The domain that was asked for: a TLS server has to prove that it is this one's (RFC 5922 §4).
    waiting: HashMap<Ticket, Host>,
    /// Numbers that are looked up.
    numbers: HashSet<Ticket>,
    tickets: u64,
}

impl Destinations {
    pub fn new(ways: Ways, ids: IdSource) -> Destinations {
        Destinations {
            ways,
            ids,
            waiting: HashMap::new(),
            numbers: HashSet::new(),
            tickets: 0,
        }
    }

    /// Finds the hops to a SIP URI: a Request-URI, or the first of the Routes.
    pub fn find(
        &mut self,
        uri: &SipUri,
        flows: &mut Flows,
        outputs: &mut VecDeque<Output>,
    ) -> Found {
        let lookup = match plan(uri, &self.ways) {
            Plan::Known(destination) => {
                return match flows.hop_to(&destination, &uri.host) {
                    Some(hop) => Found::Now(vec![hop]),
                    None => Found::Nowhere,
                };
            }
            Plan::Impossible => return Found::Nowhere,
            Plan::LookUp(search) => Lookup::new(search, self.ways, self.ids.seed()),
        };
        let Some(ticket) = self.next_ticket() else {
            return Found::Nowhere;
        };
        self.waiting.insert(ticket, uri.host.clone());
        outputs.push_back(Output::Resolve { ticket, lookup });
        Found::Later(ticket)
    }

    /// Has a number looked up; its addresses come later. `None` where too much is looked up.
    pub(super) fn enumerate(
        &mut self,
        lookup: EnumLookup,
        outputs: &mut VecDeque<Output>,
    ) -> Option<Ticket> {
        let ticket = self.next_ticket()?;
        self.numbers.insert(ticket);
        outputs.push_back(Output::Enumerate { ticket, lookup });
        Some(ticket)
    }

    /// Whether that look-up of a number was wanted: it is through.
    pub(super) fn enumerated(&mut self, ticket: Ticket) -> bool {
        self.numbers.remove(&ticket)
    }

    fn next_ticket(&mut self) -> Option<Ticket> {
        if self.waiting.len() + self.numbers.len() >= LOOKUPS_AT_MOST {
            return None;
        }
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        Some(ticket)
    }

    /// The hops that a look-up led to; none where the name leads nowhere.
    pub(super) fn resolved(
        &mut self,
        ticket: Ticket,
        destinations: &[Destination],
        flows: &mut Flows,
    ) -> Vec<Hop> {
        let Some(domain) = self.waiting.remove(&ticket) else {
            return Vec::new();
        };
        destinations
            .iter()
            .filter_map(|destination| flows.hop_to(destination, &domain))
            .collect()
    }
}

#[cfg(test)]
mod tests;
