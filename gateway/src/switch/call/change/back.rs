//! RFC 3264 §8, RFC 3725 §6: a change that comes to nothing is taken back. Who was offered the new
//! one is offered what there was before, and the call goes on.

use sip::agent::CallHandle;
use sip::time::Instant;

use super::Change;
use crate::switch::Desk;
use crate::switch::call::terms::leg_of;
use crate::switch::call::{Call, CallKey, Calls};

impl Calls {
    /// Nobody takes the place: the side that stays hears so if it was told of somebody.
    pub(in crate::switch::call) fn take_back(
        &mut self,
        key: CallKey,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let Some(mut change) = session.change.take() else {
            return;
        };
        if let Some(new) = change.new_leg().and_then(|new| new.handle) {
            self.joining.remove(&new);
        }
        if !change.told_other {
            return;
        }
        // Whatever it answers to that offer, the next one counts.
        self.offers.retain(|_, of| *of != key);
        let side = change.from;
        tracing::info!(call = key.0, ?side, "a change is taken back");
        session.change = Some(Change::of_ours(side, (change.wanted, change.before)));
        let Some(known) = change.known else {
            return self.ask_other(key, desk, now);
        };
        let mut known = known.with_another();
        let before = leg_of(caller, session, side).sdp.clone();
        let is_direct = session.is_direct();
        let stays = leg_of(caller, session, side.other());
        let offer = match is_direct {
            true => known.tell(&before),
            false => known.tell(&stays.told),
        };
        if is_direct {
            stays.known = Some(Box::new(known));
        }
        self.offer_other(key, offer, desk, now);
    }

    /// A dialog is over that is no call's: perhaps that of one who was to take a place.
    pub(in crate::switch::call) fn newcomer_ended(
        &mut self,
        handle: CallHandle,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if let Some(key) = self.joining.remove(&handle) {
            self.take_back(key, desk, now);
        }
    }
}
