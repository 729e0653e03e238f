//! Rules R4.1 and R1.25 to R1.27: which voice call the shares go beside, whoever says so: the person,
//! the network, or a call of this page's own.

use sip::message::Status;
use sip::time::{Duration, Instant};

use super::state::{Call, InCall, Number, Peer, Source, Stands};

/// What somebody says of a voice call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallNews {
    pub source: Source,
    pub peer: Peer,
    pub what: What,
}

/// What happened to a voice call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It was answered; one that rings is no call yet.
    Started,
    Held,
    Resumed,
    /// Others joined it.
    Conference,
    Ended,
}

/// How the call with somebody stood before and stands now; `None` without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallChange {
    pub peer: Peer,
    pub from: Option<Stands>,
    pub to: Option<Stands>,
}

/// What becomes of a share from somebody with whom there is no call (R1.27); the operator's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithoutCall {
    Refuse,
    /// It rings, and the card says that there is no call.
    #[default]
    Ask,
}

/// The one voice call.
#[derive(Debug, Default)]
pub struct CallContext {
    up: Option<Standing>,
    without: WithoutCall,
    network_only: bool,
}

#[derive(Debug)]
struct Standing {
    peer: Peer,
    stands: Stands,
    source: Source,
    since: Instant,
    /// As of the last tick.
    seconds: u64,
    next_tick: Instant,
}

impl CallContext {
    /// What the gateway's settings say: what a share without a call meets, and whether the network
    /// alone tells of calls.
    pub(super) fn set_rules(&mut self, without: WithoutCall, network_only: bool) {
        (self.without, self.network_only) = (without, network_only);
    }

    /// Hears news of a voice call, and gives what changed by them. While a call is up, news of
    /// another change nothing (R1.26), unless the person said the first and somebody who knows
    /// better the second, or the person themself says that they talk to somebody else now.
    pub fn tell(&mut self, news: CallNews, now: Instant) -> Vec<CallChange> {
        if news.source == Source::Said && self.network_only {
            return Vec::new();
        }
        let own = self
            .up
            .as_ref()
            .is_some_and(|up| is_same(&up.peer, &news.peer));
        match (own, &self.up, news.what) {
            (true, _, What::Ended) => self.end(news.source).into_iter().collect(),
            (true, _, what) => self.stands(news.source, of(what)).into_iter().collect(),
            (false, Some(up), What::Started) if up.source == Source::Said => {
                let ended = self.end(news.source);
                let began = self.begin(news, now);
                ended.into_iter().chain([began]).collect()
            }
            (false, None, What::Started) => vec![self.begin(news, now)],
            (false, Some(_) | None, _) => Vec::new(),
        }
    }

    /// All calls that the network knows of for this person, the oldest first; none where it knows
    /// of none.
    pub fn network_knows(&mut self, calls: &[(Number, Stands)], now: Instant) -> Vec<CallChange> {
        let mut changes = Vec::new();
        let gone = self.up.as_ref().filter(|up| {
            up.source == Source::Network
                && !calls
                    .iter()
                    .any(|(number, _)| up.peer.number.as_ref() == Some(number))
        });
        if let Some(peer) = gone.map(|up| up.peer.clone()) {
            changes.extend(self.tell(network(peer, What::Ended), now));
        }
        for (number, stands) in calls {
            let peer = Peer {
                number: Some(number.clone()),
                ..Peer::default()
            };
            changes.extend(self.tell(network(peer.clone(), What::Started), now));
            let what = match stands {
                Stands::Connected => What::Resumed,
                Stands::Held => What::Held,
                Stands::Conference => What::Conference,
            };
            changes.extend(self.tell(network(peer, what), now));
        }
        changes
    }

    /// How the call with that number stands, if that is who one talks to.
    pub fn with(&self, number: &Number) -> Option<Stands> {
        self.up
            .as_ref()
            .filter(|up| up.peer.number.as_ref() == Some(number))
            .map(|up| up.stands)
    }

    pub(super) fn with_peer(&self, peer: &Peer) -> Option<Stands> {
        self.with(peer.number.as_ref()?)
    }

    /// Whom one talks to.
    pub(super) fn peer(&self) -> Option<&Peer> {
        self.up.as_ref().map(|up| &up.peer)
    }

    /// The answer to a share from somebody that is not even asked about (R1.26, R1.27).
    pub(super) fn refusal(&self, peer: &Peer) -> Option<Status> {
        match (self.with_peer(peer), self.without) {
            (Some(stands), _) if stands.bears_shares() => None,
            (Some(_), _) => Some(Status::TEMPORARILY_UNAVAILABLE),
            (None, WithoutCall::Refuse) => Some(Status::NOT_ACCEPTABLE_ANYWHERE),
            (None, WithoutCall::Ask) => None,
        }
    }

    /// Whether one may show something to that person now.
    pub(super) fn bears_share_with(&self, peer: &Peer) -> bool {
        self.with_peer(peer).is_none_or(Stands::bears_shares)
    }

    /// Nobody is signed in any more.
    pub(super) fn forget(&mut self) {
        self.up = None;
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if let Some(up) = self.up.as_mut().filter(|up| up.next_tick <= now) {
            up.seconds = now.duration_since(up.since).as_secs();
            up.next_tick = up.since + Duration::from_secs(up.seconds) + TICK;
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.up.as_ref().map(|up| up.next_tick)
    }

    /// What there is to see, with the name that `known` has for a number.
    pub(super) fn show(&self, known: impl Fn(&Number) -> Option<String>) -> Call {
        let Some(up) = &self.up else {
            return Call::None;
        };
        let name = up.peer.number.as_ref().and_then(known);
        Call::Up(InCall {
            peer: Peer {
                name: name.or_else(|| up.peer.name.clone()),
                number: up.peer.number.clone(),
                address: up.peer.address.clone(),
            },
            stands: up.stands,
            source: up.source,
            seconds: up.seconds,
        })
    }

    pub(super) fn is_told_by_network_alone(&self) -> bool {
        self.network_only
    }

    fn begin(&mut self, news: CallNews, now: Instant) -> CallChange {
        self.up = Some(Standing {
            peer: news.peer.clone(),
            stands: Stands::Connected,
            source: news.source,
            since: now,
            seconds: 0,
            next_tick: now + TICK,
        });
        CallChange {
            peer: news.peer,
            from: None,
            to: Some(Stands::Connected),
        }
    }

    fn end(&mut self, source: Source) -> Option<CallChange> {
        let up = self.up.take_if(|up| source >= up.source)?;
        Some(CallChange {
            peer: up.peer,
            from: Some(up.stands),
            to: None,
        })
    }

    /// The call that is up stands like this, says `source`; `None` where that is no news of its own.
    fn stands(&mut self, source: Source, to: Option<Stands>) -> Option<CallChange> {
        let up = self.up.as_mut().filter(|up| source >= up.source)?;
        up.source = source;
        let to = to.unwrap_or(up.stands);
        let from = std::mem::replace(&mut up.stands, to);
        (from != to).then(|| CallChange {
            peer: up.peer.clone(),
            from: Some(from),
            to: Some(to),
        })
    }
}

/// How a call stands after that; one that started once more stands as it did.
fn of(what: What) -> Option<Stands> {
    match what {
        What::Held => Some(Stands::Held),
        What::Resumed => Some(Stands::Connected),
        What::Conference => Some(Stands::Conference),
        What::Started | What::Ended => None,
    }
}

fn network(peer: Peer, what: What) -> CallNews {
    CallNews {
        source: Source::Network,
        peer,
        what,
    }
}

/// The same person. Who hides how they are reached is nobody known.
pub(super) fn is_same(one: &Peer, other: &Peer) -> bool {
    one.is_reached_like(other)
}

/// The clock that a person reads.
const TICK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: &str) -> Peer {
        Peer {
            number: Number::parse(number),
            ..Peer::default()
        }
    }

    /// Who, how, by whose word.
    type Shown = Option<(&'static str, Stands, Source)>;

    /// Each news, and how the call stands after it.
    fn check(news: &[(Source, &str, What, Shown)]) {
        let mut context = CallContext::default();
        let now = Instant::now();
        for (at, (source, number, what, expected)) in news.iter().enumerate() {
            let (source, what) = (*source, *what);
            context.tell(
                CallNews {
                    source,
                    peer: peer(number),
                    what,
                },
                now,
            );
            let shown = context.show(|_| None);
            let found = shown.up().map(|call| {
                let number = call.peer.number.as_ref().unwrap().as_str();
                (number, call.stands, call.source)
            });
            assert_eq!(found, *expected, "after news {at}: {what:?} of {number}");
        }
    }

    /// R1.26
    #[test]
    fn a_second_call_changes_nothing_while_one_is_up() {
        use Source::{Here, Network};
        use Stands::{Connected, Held};
        check(&[
            (
                Network,
                "+991",
                What::Started,
                Some(("+991", Connected, Network)),
            ),
            (
                Network,
                "+992",
                What::Started,
                Some(("+991", Connected, Network)),
            ),
            (
                Here,
                "+993",
                What::Started,
                Some(("+991", Connected, Network)),
            ),
            (
                Network,
                "+992",
                What::Held,
                Some(("+991", Connected, Network)),
            ),
            (
                Network,
                "+992",
                What::Ended,
                Some(("+991", Connected, Network)),
            ),
            (Network, "+991", What::Held, Some(("+991", Held, Network))),
            (Network, "+991", What::Ended, None),
            (Network, "+991", What::Resumed, None),
        ]);
    }

    /// R4.1
    #[test]
    fn who_knows_better_is_believed_over_the_person() {
        use Source::{Here, Network, Said};
        use Stands::{Connected, Held};
        check(&[
            (Said, "+991", What::Started, Some(("+991", Connected, Said))),
            (Said, "+991", What::Held, Some(("+991", Held, Said))),
            // The same call, now by the network's word; it stands as it did.
            (
                Network,
                "+991",
                What::Started,
                Some(("+991", Held, Network)),
            ),
            (Said, "+991", What::Resumed, Some(("+991", Held, Network))),
            (Said, "+991", What::Ended, Some(("+991", Held, Network))),
            (Said, "+992", What::Started, Some(("+991", Held, Network))),
            (Network, "+991", What::Ended, None),
            (Said, "+991", What::Started, Some(("+991", Connected, Said))),
            (Said, "+992", What::Started, Some(("+992", Connected, Said))),
            (Here, "+993", What::Started, Some(("+993", Connected, Here))),
            (
                Network,
                "+993",
                What::Ended,
                Some(("+993", Connected, Here)),
            ),
            (Here, "+993", What::Ended, None),
        ]);
    }

    /// R4.1
    #[test]
    fn all_that_the_network_knows_makes_the_call_that_is_up() {
        let mut context = CallContext::default();
        let now = Instant::now();
        let calls = |list: &[(&str, Stands)]| -> Vec<(Number, Stands)> {
            let known = list
                .iter()
                .map(|(number, stands)| (Number::parse(number), *stands));
            known
                .filter_map(|(number, stands)| Some((number?, stands)))
                .collect()
        };
        let change = |number, from, to| CallChange {
            peer: peer(number),
            from,
            to,
        };
        let (connected, held) = (Some(Stands::Connected), Some(Stands::Held));
        let steps = [
            (vec![], vec![]),
            (
                calls(&[("+991", Stands::Connected)]),
                vec![change("+991", None, connected)],
            ),
            // A second one.
            (
                calls(&[("+991", Stands::Connected), ("+992", Stands::Connected)]),
                vec![],
            ),
            (
                calls(&[("+991", Stands::Held), ("+992", Stands::Connected)]),
                vec![change("+991", connected, held)],
            ),
            (
                calls(&[("+992", Stands::Connected)]),
                vec![change("+991", held, None), change("+992", None, connected)],
            ),
            (vec![], vec![change("+992", connected, None)]),
        ];
        for (known, expected) in steps {
            assert_eq!(context.network_knows(&known, now), expected, "{known:?}");
        }
    }
}
