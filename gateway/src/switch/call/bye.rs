//! RFC 3261 §15.1, §22.3: a BYE towards the core, which may ask for a proof of it. Whoever hangs up is
//! asked in turn, and so hears the end of the call when the core has agreed to it.

use sip::agent::{Reply, RequestId, ServerRequestId};
use sip::message::{Header, Method, Reason, Request, Response, Status};
use sip::time::Instant;

use super::challenged::challenge;
use super::change::respond;
use super::terms::leg_of;
use super::{Call, CallKey, Calls};
use crate::bridge::Side;
use crate::switch::Desk;

/// A BYE that the core has and has not answered.
pub(super) struct HangingUp {
    pub(super) key: CallKey,
    id: ServerRequestId,
}

impl Calls {
    /// Has those asked first who hang up on the core.
    pub(super) fn note_who_is_asked(&mut self, key: CallKey, desk: &mut Desk<'_>) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        for side in [Side::Caller, Side::Callee] {
            let to_core = leg_of(caller, session, side.other()).is_core();
            let leg = leg_of(caller, session, side);
            if let Some(handle) = leg.handle.filter(|_| to_core && !leg.is_core()) {
                desk.agent.ask_owner_of_bye(handle);
            }
        }
    }

    /// A side hangs up. The core hears it with the proof there is; else the call is over at once.
    pub(super) fn bye_asked(
        &mut self,
        id: ServerRequestId,
        of: Option<(CallKey, Side)>,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let core = of.and_then(|(key, side)| {
            let leg = self.calls.get(&key)?.leg(side.other())?;
            let goes_on = self.goes_on_without(key, side) || self.is_watched_without(key, side);
            let stays = leg.is_core() && !goes_on;
            Some((key, leg.handle.filter(|_| stays)?))
        });
        let Some((key, core)) = core else {
            return respond(desk, id, Reply::new(Status::OK), now);
        };
        let mut headers: Vec<Header> = desk
            .guard
            .proofs_for_others(&request.headers)
            .cloned()
            .collect();
        let reason = Reason::of(&request.headers);
        headers.extend(reason.map(|reason| Header::fixed("Reason", reason.to_string())));
        let asked = desk
            .agent
            .request_in_call(core, Method::Bye, headers, None, now);
        self.hanging_up.insert(asked, HangingUp { key, id });
    }

    /// What the core says to it; `None` when it says nothing. False when the request was no such BYE.
    pub(super) fn bye_answered(
        &mut self,
        asked: RequestId,
        response: Option<&Response>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some(HangingUp { id, .. }) = self.hanging_up.remove(&asked) else {
            return false;
        };
        let reply = match response.and_then(challenge) {
            Some(challenge) => challenge.reply(),
            // Whatever else the core says, its dialog is over (§15.1.1).
            None => Reply::new(Status::OK),
        };
        respond(desk, id, reply, now);
        true
    }
}
