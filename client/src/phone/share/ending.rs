//! How a share ends on our side, and how it gets through a lost connection to the gateway.

use sip::message::Reason;
use sip::time::Instant;
use sip::transport::Hop;

use super::{CLOSING_AT_MOST, ShareId, Shares};
use crate::phone::recovery::{BYE_FIRST, Farewell};
use crate::phone::state::{Cause, Direction};
use crate::phone::{Desk, Effect};

impl Shares {
    /// Ends all that goes on. What we are asked is declined.
    pub(in crate::phone) fn stop(&mut self, desk: &mut Desk<'_>) {
        self.not_now(desk);
        // What was shown is told last, and so it is what is read.
        while let Some(active) = self.active.iter().find(|active| active.is_watched()) {
            self.end_now(active.id, Cause::EndedByMe, None, desk);
        }
        self.end_all(Cause::EndedByMe, desk);
    }

    /// Ends what we watch.
    pub(in crate::phone) fn stop_watching(&mut self, desk: &mut Desk<'_>) {
        self.end_direction(Direction::In, Cause::EndedByMe, desk);
    }

    /// Ends what one's own pictures are part of.
    pub(in crate::phone) fn stop_sending(&mut self, desk: &mut Desk<'_>) {
        self.end_direction(Direction::Out, Cause::EndedByMe, desk);
    }

    fn end_direction(&mut self, direction: Direction, cause: Cause, desk: &mut Desk<'_>) {
        if self.narrow(direction, cause, desk) {
            return;
        }
        if let Some(share) = self.of(direction).map(|active| active.id) {
            self.end_now(share, cause, None, desk);
        }
    }

    fn end_all(&mut self, cause: Cause, desk: &mut Desk<'_>) {
        while let Some(share) = self.active.first().map(|active| active.id) {
            self.end_now(share, cause, None, desk);
        }
    }

    /// We are no longer signed in: there is nobody to carry a share.
    pub(in crate::phone) fn signed_out(&mut self, desk: &mut Desk<'_>) {
        self.end_all(Cause::Lost, desk);
    }

    /// The connection to the gateway is gone. A share that stands goes on, its pictures have a way
    /// of their own; one that is being set up is over.
    pub(in crate::phone) fn link_lost(&mut self, desk: &mut Desk<'_>) {
        let mut over = Vec::new();
        for active in &mut self.active {
            if active.answered.is_some() {
                active.stay(desk);
                if active.is_asking_to_hear() {
                    active.silence(desk);
                }
                active.change = None;
                active.drop_wishes(desk);
                active.recovery.signalling_lost(desk.now);
            } else {
                over.push(active.id);
            }
        }
        for share in over {
            self.end_now(share, Cause::Lost, None, desk);
        }
    }

    /// Signed in on that connection: the shares go on there, or their end is told at last.
    pub(in crate::phone) fn link_back(&mut self, hop: Hop, desk: &mut Desk<'_>) {
        for (_, farewell) in self.farewells.drain(..) {
            farewell.tell_over(hop, desk);
        }
        for active in &mut self.active {
            if let Some(call) = active.call.filter(|_| active.recovery.is_cut_off()) {
                desk.agent.move_call(call, hop);
                active.recovery.signalling_back();
                desk.effects.push_back(Effect::Restart { share: active.id });
            }
        }
    }

    /// Ends it on our side first: nothing of the camera leaves while the far side is being told. The
    /// connection itself stays for a moment, because its end, overtaking the BYE, would look like a
    /// loss.
    pub(super) fn end_now(
        &mut self,
        share: ShareId,
        cause: Cause,
        reason: Option<Reason>,
        desk: &mut Desk<'_>,
    ) {
        let Some(mut active) = self.take(|active| active.id == share) else {
            return;
        };
        active.stay(desk);
        active.silence(desk);
        match active.call {
            Some(call) if active.recovery.is_cut_off() => {
                let until = desk.now + self.grace;
                let farewell = Farewell {
                    call,
                    reason,
                    until,
                };
                self.farewells.push((share, farewell));
            }
            Some(call) => desk.agent.hang_up(call, reason, desk.now),
            None => {}
        }
        self.close_later(active.id, desk);
        self.finish(active, cause, desk.now);
    }

    /// The grace is over; the gateway's is too.
    pub(super) fn give_up(&mut self, share: ShareId, why: Reason, desk: &mut Desk<'_>) {
        self.end_now(share, Cause::Lost, Some(why), desk);
        self.say_farewell(desk, |(of, _), _| *of == share);
    }

    fn say_farewell(
        &mut self,
        desk: &mut Desk<'_>,
        due: impl Fn(&(ShareId, Farewell), Instant) -> bool,
    ) {
        let now = desk.now;
        for (_, farewell) in self.farewells.extract_if(.., |farewell| due(farewell, now)) {
            farewell.tell(desk);
        }
    }

    /// The far side hears the BYE before the pictures' connection goes.
    pub(super) fn close_later(&mut self, share: ShareId, desk: &mut Desk<'_>) {
        while self.closing.len() >= CLOSING_AT_MOST {
            let (share, _) = self.closing.remove(0);
            desk.effects.push_back(Effect::ClosePeer { share });
        }
        self.closing.push((share, desk.now + BYE_FIRST));
    }

    /// Closes what waited long enough, and gives up telling what nobody waits for any more.
    pub(super) fn close_due(&mut self, desk: &mut Desk<'_>) {
        let now = desk.now;
        for (share, _) in self.closing.extract_if(.., |(_, at)| *at <= now) {
            desk.effects.push_back(Effect::ClosePeer { share });
        }
        self.say_farewell(desk, |(_, farewell), now| farewell.until <= now);
    }

    pub(super) fn next_closing(&self) -> Option<Instant> {
        let closing = self.closing.iter().map(|(_, at)| *at);
        let farewells = self.farewells.iter().map(|(_, farewell)| farewell.until);
        closing.chain(farewells).min()
    }
}
