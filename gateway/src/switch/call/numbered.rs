//! RFC 6116: a number that the DNS was asked for leads to devices, or on to the core.

use sip::message::{Request, Status};
use sip::time::Instant;

use super::branches::groups;
use super::refusals::Refusal;
use super::{CallKey, Calls};
use crate::switch::Desk;
use crate::switch::destinations::Ticket;
use crate::switch::enum_lookup::Enumerated;
use crate::switch::identity::Caller;
use crate::switch::route::{self, Target};

impl Calls {
    /// The look-up of a number under that ticket is through.
    pub(in crate::switch) fn enumerated(
        &mut self,
        ticket: Ticket,
        found: &Enumerated,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(key) = self.tickets.remove(&ticket) else {
            return;
        };
        if self.session(key).is_some() {
            return self.target_enumerated(key, ticket, found, desk, now);
        }
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let own = call.caller.hop;
        let Some(set_up) = call.set_up() else {
            return;
        };
        let mut locating = set_up.locating.iter();
        let Some(at) = locating.position(|locating| locating.ticket == ticket) else {
            return;
        };
        let target = set_up.locating.remove(at).target;
        let (who, asked) = (&set_up.who, &set_up.asked);
        match places(found, &target, (who, asked), desk, now) {
            Ok(mut targets) => {
                targets.retain(|place| !(place.leads_to(own) && place.whose == who.whose));
                if targets.is_empty() {
                    set_up.refused(Refusal::new(Status::BUSY_HERE));
                }
                for group in groups(targets).into_iter().rev() {
                    set_up.groups.push_front(group);
                }
            }
            Err(refusal) => set_up.refused(refusal),
        }
        if set_up.is_quiet() {
            self.ring_next(key, desk, now);
        }
    }

    /// The same for the target of a transfer.
    fn target_enumerated(
        &mut self,
        key: CallKey,
        ticket: Ticket,
        found: &Enumerated,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(transfer) = self.transfer(key) else {
            return;
        };
        if transfer.enumerated(ticket, |target, who, asked| {
            places(found, target, (who, asked), desk, now)
        }) {
            self.open_targets(key, desk, now);
        }
    }
}

/// The places that a number leads to.
fn places(
    found: &Enumerated,
    target: &Target,
    (who, asked): (&Caller, &Request),
    desk: &Desk<'_>,
    now: Instant,
) -> Result<Vec<Target>, Refusal> {
    let asked = Request {
        uri: target.uri.clone(),
        ..asked.clone()
    };
    let targets = route::after_enum(desk, who, &asked, found, now);
    targets.map_err(|no_route| Refusal::new(no_route.status()))
}
