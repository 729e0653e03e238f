//! Legs that cannot be reached for now (RFC 5626), and until when they are waited for.

use std::collections::{BTreeSet, HashMap};

use sip::agent::CallHandle;
use sip::message::Reason;
use sip::time::Instant;
use sip::transport::FlowId;

/// The legs that are missing, each with its deadline. No more than there are calls, and those that
/// ended within one grace.
#[derive(Default)]
pub(super) struct Gaps {
    open: HashMap<CallHandle, Gap>,
    /// Legs whose call ended while their connection was gone, by that connection: their BYE waits
    /// for the next.
    farewells: HashMap<FlowId, Vec<Farewell>>,
    deadlines: BTreeSet<(Instant, Due)>,
}

/// One leg that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gap {
    /// The connection that is gone; `None` while it stands.
    lost: Option<FlowId>,
    pictures: Pictures,
    until: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pictures {
    Pass,
    Lost,
}

/// What is missing of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Connection(FlowId),
    Pictures,
}

#[derive(Debug)]
pub(super) struct Farewell {
    pub(super) handle: CallHandle,
    pub(super) reason: Option<Reason>,
    until: Instant,
}

/// What ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The leg has not come back.
    Leg(CallHandle),
    /// A leg of a call that is over has not come back to hear it.
    Farewell(FlowId, CallHandle),
}

impl Gaps {
    /// Something of the leg is missing. The first such loss counts for the deadline.
    pub(super) fn open(&mut self, handle: CallHandle, missing: Missing, until: Instant) {
        let gap = self.open.entry(handle).or_insert(Gap {
            lost: None,
            pictures: Pictures::Pass,
            until,
        });
        match missing {
            Missing::Connection(flow) => gap.lost = Some(flow),
            Missing::Pictures => gap.pictures = Pictures::Lost,
        }
        self.deadlines.insert((gap.until, Due::Leg(handle)));
    }

    /// The leg has another connection.
    pub(super) fn reconnected(&mut self, handle: CallHandle) {
        self.mend(handle, |gap| gap.lost = None);
    }

    /// Pictures pass again.
    pub(super) fn pictures_pass(&mut self, handle: CallHandle) {
        self.mend(handle, |gap| gap.pictures = Pictures::Pass);
    }

    fn mend(&mut self, handle: CallHandle, mend: impl FnOnce(&mut Gap)) {
        let Some(gap) = self.open.get_mut(&handle) else {
            return;
        };
        mend(gap);
        if gap.lost.is_none() && gap.pictures == Pictures::Pass {
            self.close(handle);
        }
    }

    /// The leg is over, or all of it is there again. Gives the connection it lacks, if any, and
    /// until when it was waited for.
    pub(super) fn close(&mut self, handle: CallHandle) -> Option<(FlowId, Instant)> {
        let gap = self.open.remove(&handle)?;
        self.deadlines.remove(&(gap.until, Due::Leg(handle)));
        Some((gap.lost?, gap.until))
    }

    /// The call of a leg without a connection is over: the leg hears it if it comes back in time.
    pub(super) fn tell_later(
        &mut self,
        handle: CallHandle,
        reason: Option<Reason>,
        (flow, until): (FlowId, Instant),
    ) {
        self.farewells.entry(flow).or_default().push(Farewell {
            handle,
            reason,
            until,
        });
        self.deadlines.insert((until, Due::Farewell(flow, handle)));
    }

    /// What is to be told to those who left that connection for another.
    pub(super) fn farewells(&mut self, flow: FlowId) -> Vec<Farewell> {
        let told = self.farewells.remove(&flow).unwrap_or_default();
        for farewell in &told {
            let due = Due::Farewell(flow, farewell.handle);
            self.deadlines.remove(&(farewell.until, due));
        }
        told
    }

    /// The next one whose time has come; it is forgotten here.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Due> {
        let first = *self.deadlines.first().filter(|(at, _)| *at <= now)?;
        self.deadlines.remove(&first);
        let (_, due) = first;
        match due {
            Due::Leg(handle) => {
                self.open.remove(&handle);
            }
            Due::Farewell(flow, handle) => {
                if let Some(waiting) = self.farewells.get_mut(&flow) {
                    waiting.retain(|farewell| farewell.handle != handle);
                    if waiting.is_empty() {
                        self.farewells.remove(&flow);
                    }
                }
            }
        }
        Some(due)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }
}
