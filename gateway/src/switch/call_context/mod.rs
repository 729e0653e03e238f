//! Rules R4.1 and R1.25 to R1.27: the voice calls that the network told of, as a table. Shares go beside
//! them; who talks to whom is heard, never guessed.

mod news;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use sip::number::E164;
use sip::time::Instant;

pub use news::{Event, Fault, News};

/// Calls known at a time, about 300 bytes each. A gateway carries a tenth of that in shares.
const CALLS: usize = 100_000;

/// Calls of one number: a line has few, an event with a wrong number may not fill the table.
const CALLS_OF_ONE: usize = 8;

/// How a voice call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stands {
    Connected,
    Held,
    /// More than two talk.
    Conference,
}

impl Stands {
    /// As pages read it.
    pub fn name(self) -> &'static str {
        match self {
            Stands::Connected => "connected",
            Stands::Held => "held",
            Stands::Conference => "conference",
        }
    }

    /// Whether shares may go beside such a call.
    pub fn bears_shares(self) -> bool {
        match self {
            Stands::Connected => true,
            Stands::Held | Stands::Conference => false,
        }
    }
}

/// How the operator wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The network alone tells of calls: shares are held to its table here, whoever's they are.
    pub by_network: bool,
    /// A share without a voice call is refused.
    pub refuse_without_call: bool,
    /// A call of which nothing is heard for that long is over: its last event was lost.
    pub expires: Duration,
    /// Events a second; 0 for any number.
    pub events_per_second: u32,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            by_network: false,
            refuse_without_call: false,
            expires: Duration::from_secs(4 * 3600),
            events_per_second: 200,
        }
    }
}

/// Why news was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("more events came in a second than may")]
    TooFast,
    #[error("the table of calls is full")]
    Full,
    #[error("one of the numbers is in as many calls as one may be")]
    TooManyOfOne,
    #[error("a call of that id is between other numbers")]
    OtherNumbers,
}

/// How two now stand towards each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub between: [E164; 2],
    pub to: Option<Stands>,
}

/// All calls that the network told of.
#[derive(Debug)]
pub struct CallContext {
    rules: Rules,
    /// By the network's own names for them.
    calls: HashMap<String, NetworkCall>,
    by_number: HashMap<E164, Vec<String>>,
    /// Of pairs that stand otherwise than before.
    changes: Vec<Change>,
    /// Of whom something changed.
    touched: BTreeSet<E164>,
    started: u64,
    /// Events are paid for until then.
    paid_until: Option<Instant>,
    /// The earliest end, not later than the true one.
    next_due: Option<Instant>,
}

#[derive(Debug)]
struct NetworkCall {
    between: [E164; 2],
    stands: Stands,
    /// In order of their beginning.
    serial: u64,
    expires_at: Instant,
}

impl CallContext {
    pub fn new(rules: Rules) -> CallContext {
        CallContext {
            rules,
            calls: HashMap::new(),
            by_number: HashMap::new(),
            changes: Vec::new(),
            touched: BTreeSet::new(),
            started: 0,
            paid_until: None,
            next_due: None,
        }
    }

    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Takes what the network says. News of a call not heard of before begins it, whatever it says:
    /// the gateway may have been started in the middle of it.
    ///
    /// # Errors
    /// Nothing changed.
    pub fn hear(&mut self, news: News, now: Instant) -> Result<(), Refused> {
        self.pay(now)?;
        let to = match news.event {
            Event::Ended => None,
            Event::Started | Event::Resumed => Some(Stands::Connected),
            Event::Held => Some(Stands::Held),
            Event::Conference => Some(Stands::Conference),
        };
        let before = self.between(&news.between);
        match (self.calls.get_mut(&news.id), to) {
            (Some(call), _) if !is_same(&call.between, &news.between) => {
                return Err(Refused::OtherNumbers);
            }
            (Some(call), Some(to)) => {
                call.expires_at = now + self.rules.expires;
                // Told twice that it began: it stands as it did.
                if news.event != Event::Started {
                    call.stands = to;
                }
            }
            (Some(_), None) => self.remove(&news.id),
            (None, Some(to)) => self.begin(&news, to, now)?,
            (None, None) => return Ok(()),
        }
        self.note(&news.between, before);
        Ok(())
    }

    /// Ends calls of which nothing was heard for too long.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.next_due.is_none_or(|due| now < due) {
            return;
        }
        let old: Vec<String> = self
            .calls
            .iter()
            .filter(|(_, call)| call.expires_at <= now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in old {
            let Some(between) = self.calls.get(&id).map(|call| call.between.clone()) else {
                continue;
            };
            let before = self.between(&between);
            self.remove(&id);
            self.note(&between, before);
        }
        self.next_due = self.calls.values().map(|call| call.expires_at).min();
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_due
    }

    /// How these two stand towards each other; of several calls, the one that bears most.
    pub fn between(&self, two: &[E164; 2]) -> Option<Stands> {
        let ids = self.by_number.get(&two[0])?;
        ids.iter()
            .filter_map(|id| self.calls.get(id))
            .filter(|call| is_same(&call.between, two))
            .map(|call| call.stands)
            .min_by_key(|stands| match stands {
                Stands::Connected => 0,
                Stands::Conference => 1,
                Stands::Held => 2,
            })
    }

    /// All calls of a number, the oldest first: with whom, and how they stand.
    pub fn of(&self, number: &E164) -> Vec<(E164, Stands)> {
        let ids = self.by_number.get(number).into_iter().flatten();
        let mut calls: Vec<&NetworkCall> = ids.filter_map(|id| self.calls.get(id)).collect();
        calls.sort_by_key(|call| call.serial);
        calls
            .into_iter()
            .map(|call| {
                let [one, other] = &call.between;
                let with = if one == number { other } else { one };
                (with.clone(), call.stands)
            })
            .collect()
    }

    pub fn count(&self) -> usize {
        self.calls.len()
    }

    /// Who stands otherwise towards each other since this was asked last.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Of whom something was heard since this was asked last.
    pub fn take_touched(&mut self) -> BTreeSet<E164> {
        std::mem::take(&mut self.touched)
    }

    fn begin(&mut self, news: &News, stands: Stands, now: Instant) -> Result<(), Refused> {
        if self.calls.len() >= CALLS {
            return Err(Refused::Full);
        }
        let of = |number| self.by_number.get(number).map_or(0, Vec::len);
        if news.between.iter().any(|number| of(number) >= CALLS_OF_ONE) {
            return Err(Refused::TooManyOfOne);
        }
        for number in &news.between {
            let ids = self.by_number.entry(number.clone()).or_default();
            ids.push(news.id.clone());
        }
        let expires_at = now + self.rules.expires;
        self.started += 1;
        let call = NetworkCall {
            between: news.between.clone(),
            stands,
            serial: self.started,
            expires_at,
        };
        self.calls.insert(news.id.clone(), call);
        self.next_due = Some(self.next_due.map_or(expires_at, |due| due.min(expires_at)));
        Ok(())
    }

    fn remove(&mut self, id: &str) {
        let Some(call) = self.calls.remove(id) else {
            return;
        };
        for number in &call.between {
            let Some(ids) = self.by_number.get_mut(number) else {
                continue;
            };
            ids.retain(|of| of != id);
            if ids.is_empty() {
                self.by_number.remove(number);
            }
        }
    }

    fn note(&mut self, two: &[E164; 2], before: Option<Stands>) {
        self.touched.extend(two.iter().cloned());
        let to = self.between(two);
        if to != before {
            self.changes.push(Change {
                between: two.clone(),
                to,
            });
        }
    }

    /// Takes one event off what a second may bring.
    fn pay(&mut self, now: Instant) -> Result<(), Refused> {
        let Some(price) = Duration::from_secs(1).checked_div(self.rules.events_per_second) else {
            return Ok(());
        };
        let paid = self.paid_until.unwrap_or(now).max(now) + price;
        if paid.duration_since(now) > Duration::from_secs(1) {
            return Err(Refused::TooFast);
        }
        self.paid_until = Some(paid);
        Ok(())
    }
}

fn is_same(one: &[E164; 2], other: &[E164; 2]) -> bool {
    let [a, b] = one;
    let [c, d] = other;
    (a == c && b == d) || (a == d && b == c)
}

#[cfg(test)]
mod tests;
