//! RFC 6116: which addresses the DNS has for a telephone number. Asks nobody itself: who has a
//! resolver answers its questions.

mod rule;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use sip::message::SipUri;
use sip::number::E164;

use super::destinations::lookup::Naptr;
use rule::{Rule, Zone};

/// The zone that countries delegate to whoever has a number (RFC 6116 §1).
pub const PUBLIC_SUFFIX: &str = "e164.arpa";

/// Questions of one look-up: a zone of two suffixes with the chain below takes as many.
const QUESTIONS_AT_MOST: usize = 12;

/// Records that are looked at, of as many as a zone may hold.
const RECORDS_AT_MOST: usize = 16;

/// How often a record may lead to other records (RFC 6116 §5.2.1: five have to be followed).
const CHAIN_AT_MOST: usize = 5;

/// Addresses that are given: the first one that can be called is taken.
const ADDRESSES_AT_MOST: usize = 4;

/// What the DNS said to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NaptrAnswer {
    Records(Vec<Naptr>),
    /// There is no such name, or none with such records.
    Nothing,
    /// Nobody answered, or with an error.
    Failed,
}

/// What a look-up led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enumerated {
    /// The best first; never empty.
    Found(Vec<SipUri>),
    /// The number has no address that we can call.
    Nothing,
    /// It may have one; nobody could say.
    Failed,
}

/// One look-up: ask for `question`, give its `answer`, until there is none; then `finish`.
#[derive(Debug)]
pub struct EnumLookup {
    number: E164,
    /// What is still to be done, the next first.
    steps: VecDeque<Step>,
    /// Every name that was asked for, so that no zone leads in circles.
    asked: Vec<String>,
    failed: bool,
    found: Vec<SipUri>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Ask {
        name: String,
        zone: Zone,
        /// Records that led from the number's own name to this one.
        chain: usize,
    },
    Take(SipUri),
}

impl EnumLookup {
    /// Looks below each suffix, such as `e164.arpa`, until one has an address.
    pub fn new(number: E164, suffixes: &[String]) -> EnumLookup {
        let ask = |suffix: &String| Step::Ask {
            name: domain(&number, suffix),
            zone: match suffix.eq_ignore_ascii_case(PUBLIC_SUFFIX) {
                true => Zone::Public,
                false => Zone::Private,
            },
            chain: 0,
        };
        EnumLookup {
            steps: suffixes.iter().map(ask).collect(),
            number,
            asked: Vec::new(),
            failed: false,
            found: Vec::new(),
        }
    }

    /// The name whose NAPTR records are wanted, until it is answered; `None` when all is known.
    pub fn question(&mut self) -> Option<&str> {
        while let Some(Step::Take(_)) = self.steps.front() {
            if let Some(Step::Take(address)) = self.steps.pop_front()
                && self.found.len() < ADDRESSES_AT_MOST
            {
                self.found.push(address);
            }
        }
        if !self.found.is_empty() || self.asked.len() >= QUESTIONS_AT_MOST {
            return None;
        }
        match self.steps.front()? {
            Step::Ask { name, .. } => Some(name),
            Step::Take(_) => None,
        }
    }

    /// Takes the answer to the last question.
    pub fn answer(&mut self, answer: NaptrAnswer) {
        let Some(Step::Ask { name, zone, chain }) = self.steps.pop_front() else {
            return;
        };
        self.asked.push(name);
        let mut records = match answer {
            NaptrAnswer::Records(records) => records,
            NaptrAnswer::Nothing => return,
            NaptrAnswer::Failed => {
                self.failed = true;
                return;
            }
        };
        records.truncate(RECORDS_AT_MOST);
        records.sort_by_key(|record| (record.order, record.preference));
        let steps: Vec<Step> = records
            .iter()
            .filter_map(|record| self.step(record, zone, chain))
            .collect();
        for step in steps.into_iter().rev() {
            self.steps.push_front(step);
        }
    }

    /// Where it led.
    pub fn finish(self) -> Enumerated {
        match (self.found.is_empty(), self.failed) {
            (false, _) => Enumerated::Found(self.found),
            (true, true) => Enumerated::Failed,
            (true, false) => Enumerated::Nothing,
        }
    }

    fn step(&self, record: &Naptr, zone: Zone, chain: usize) -> Option<Step> {
        match Rule::of(record, zone)? {
            Rule::Address(expression) => expression.apply(&self.number).map(Step::Take),
            Rule::Elsewhere(name) => {
                let is_new = !self.asked.contains(&name) && chain < CHAIN_AT_MOST;
                is_new.then_some(Step::Ask {
                    name,
                    zone,
                    chain: chain + 1,
                })
            }
        }
    }
}

/// RFC 6116 §3.2: the digits from the last to the first, a dot behind each.
fn domain(number: &E164, suffix: &str) -> String {
    let mut name = String::with_capacity(2 * number.digits().len() + suffix.len() + 1);
    for digit in number.digits().chars().rev() {
        name.push(digit);
        name.push('.');
    }
    name.push_str(suffix.trim_matches('.'));
    name.push('.');
    name.make_ascii_lowercase();
    name
}
