//! Asking what the phones of others can do (RFC 3261 §11), and remembering what they said: rules R1.1
//! to R1.7 of Video Share.
//!
//! It decides when to ask and what an answer means; [`super::Phone`] sends what is due. Nothing waits
//! for it: a camera may be shown to anybody, asked or not.

mod answer;
mod message;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use sip::agent::{Failure, RequestId};
use sip::message::{Response, Uri};
use sip::time::{Duration, Instant};
use sip::video_share::Tags;

use super::state::{Abilities, Can, Peer, Stands};
use answer::{Answer, Reading};
pub(super) use message::{answer_to, question};

/// People that something is remembered of: more than anybody looks at in a day. Beyond, what was not
/// looked at for the longest time is forgotten, and asked again when it is.
const MAX_PEOPLE: usize = 256;

/// What we say of ourselves to somebody, by how the voice call with them stands (R2.3): nothing is
/// shown while it is on hold or in conference.
pub(super) fn own_tags(call: Option<Stands>) -> Tags {
    match call {
        None => Tags::WITHOUT_CALL,
        Some(Stands::Connected) => Tags::IN_CALL,
        Some(Stands::Held | Stands::Conference) => Tags::NONE,
    }
}

/// What a device of theirs should have, to be asked first (R1.9, R2.1).
pub(super) fn wanted_tags(call: Option<Stands>) -> Tags {
    match call {
        None => Tags::WITHOUT_CALL,
        Some(Stands::Connected | Stands::Held | Stands::Conference) => Tags::IN_CALL,
    }
}

/// What happened, so that somebody is to be asked, or asked anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// The person looks at them.
    Selected,
    /// The voice call with them stands.
    Connected,
    /// It is on hold, goes on, or has become a conference.
    Changed,
    /// It is over.
    CallOver,
    /// What was shown to or by them is over, or was lost.
    ShareOver,
    /// They are reachable since now.
    CameOnline,
}

#[derive(Debug, Default)]
pub(super) struct Capabilities {
    /// By the word where they are reached.
    known: BTreeMap<String, Known>,
    /// Rises with each look at one of them.
    looks: u64,
}

/// What is known of one of them.
#[derive(Debug, Default)]
struct Known {
    peer: Peer,
    can: Can,
    /// Where they want to be called (R1.7).
    address: Option<Uri>,
    question: Question,
    looked_at: u64,
}

#[derive(Debug, Default)]
enum Question {
    #[default]
    None,
    Due {
        at: Instant,
        turn: Turn,
    },
    Asked {
        id: RequestId,
        turn: Turn,
    },
    /// What they said stands until something happens.
    Answered,
}

/// Somebody who seems not to be there is asked twice (R1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    First,
    Second,
}

impl Capabilities {
    /// Something happened between us and them.
    pub(super) fn happened(&mut self, occasion: Occasion, peer: &Peer, now: Instant) {
        let of_stranger = peer
            .reached_at()
            .is_none_or(|at| !self.known.contains_key(at));
        if occasion == Occasion::CameOnline && of_stranger {
            return;
        }
        let Some(known) = self.known(peer) else {
            return;
        };
        let is_new = matches!(known.question, Question::None);
        let can_watch = known.can == Can::LiveVideo;
        let wait = match occasion {
            Occasion::Selected if is_new => SETTLED,
            Occasion::Selected => return,
            Occasion::CameOnline if is_new || can_watch => return,
            Occasion::Connected => AFTER_CONNECT,
            Occasion::CallOver => {
                (known.can, known.address) = (Can::Unknown, None);
                known.question = Question::None;
                return;
            }
            Occasion::Changed | Occasion::ShareOver | Occasion::CameOnline => SETTLED,
        };
        known.question = Question::Due {
            at: now + wait,
            turn: Turn::First,
        };
    }

    /// The connection is another: what was said by the old one is asked again when it is wanted.
    pub(super) fn network_changed(&mut self) {
        for known in self.known.values_mut() {
            known.question = Question::None;
        }
    }

    /// Who is to be asked now. Tell by [`Capabilities::asked`] that it was done.
    pub(super) fn poll_due(&mut self, now: Instant) -> Option<Peer> {
        let is_due = |known: &Known| match known.question {
            Question::Due { at, .. } => at <= now,
            Question::None | Question::Asked { .. } | Question::Answered => false,
        };
        let mut all = self.known.values();
        all.find(|known| is_due(known))
            .map(|known| known.peer.clone())
    }

    pub(super) fn asked(&mut self, peer: &Peer, id: RequestId) {
        let Some(known) = self.known(peer) else {
            return;
        };
        let turn = match known.question {
            Question::Due { turn, .. } | Question::Asked { turn, .. } => turn,
            Question::None | Question::Answered => Turn::First,
        };
        known.question = Question::Asked { id, turn };
    }

    /// The answer to a question of ours; `false` if it was to something else.
    pub(super) fn answered(&mut self, id: RequestId, response: &Response, now: Instant) -> bool {
        self.settle(id, Answer::of(response), now)
    }

    /// There is no answer, and will be none; `false` if it was to something else.
    pub(super) fn failed(&mut self, id: RequestId, failure: Failure, now: Instant) -> bool {
        self.settle(id, Answer::none(failure), now)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let due = self
            .known
            .values()
            .filter_map(|known| match known.question {
                Question::Due { at, .. } => Some(at),
                Question::None | Question::Asked { .. } | Question::Answered => None,
            });
        due.min()
    }

    /// Where they said that they want to be called, in place of their number.
    pub(super) fn address(&self, peer: &Peer) -> Option<&Uri> {
        self.known.get(peer.reached_at()?)?.address.as_ref()
    }

    pub(super) fn show(&self) -> Abilities {
        let known = self.known.iter();
        known.map(|(at, known)| (at.clone(), known.can)).collect()
    }

    fn settle(&mut self, id: RequestId, answer: Answer, now: Instant) -> bool {
        let asked = self.known.values_mut().find_map(|known| {
            let turn = match known.question {
                Question::Asked { id: asked, turn } if asked == id => Some(turn),
                Question::Asked { .. }
                | Question::None
                | Question::Due { .. }
                | Question::Answered => None,
            };
            turn.map(|turn| (known, turn))
        });
        let Some((known, turn)) = asked else {
            return false;
        };
        known.question = Question::Answered;
        match (answer.reading, turn) {
            (Reading::Can(can), _) => {
                known.can = can;
                known.address = answer.address;
            }
            (Reading::NotThere, Turn::First) => {
                known.question = Question::Due {
                    at: now + ASK_AGAIN,
                    turn: Turn::Second,
                };
            }
            (Reading::NotThere, Turn::Second) => known.can = Can::Nothing,
            (Reading::NoWay, _) => known.question = Question::None,
        }
        true
    }

    /// What is known of them; `None` of who cannot be reached.
    fn known(&mut self, peer: &Peer) -> Option<&mut Known> {
        let at = peer.reached_at()?;
        self.looks += 1;
        if !self.known.contains_key(at) && self.known.len() >= MAX_PEOPLE {
            let all = self.known.iter();
            let oldest = all.min_by_key(|(_, known)| known.looked_at);
            if let Some(at) = oldest.map(|(at, _)| at.clone()) {
                self.known.remove(&at);
            }
        }
        let known = self.known.entry(at.to_owned()).or_insert_with(|| Known {
            peer: peer.clone(),
            ..Known::default()
        });
        known.looked_at = self.looks;
        Some(known)
    }
}

/// After the voice call connects: both phones still change what they show (R1.1).
const AFTER_CONNECT: Duration = Duration::from_secs(2);
/// Somebody who goes through a list does not want all of it asked.
const SETTLED: Duration = Duration::from_millis(300);
/// Between the two questions to somebody who seems not to be there (R1.4).
const ASK_AGAIN: Duration = Duration::from_secs(20);
