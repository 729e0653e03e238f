//! Two plain peers before the answer: RFC 3311 §5, RFC 3262 §5, RFC 6337 §2.1. What one describes in
//! an UPDATE or a PRACK the other hears, and its answer goes back.
//!
//! The gateway acknowledges the callee's provisional responses itself, and so a new offer in the
//! caller's PRACK goes on as an UPDATE; an answer in it goes on in the PRACK that waits for it.

use sip::agent::{CallHandle, Reply, ServerRequestId};
use sip::message::{Header, Method, Request, Response, Status};
use sip::time::Instant;

use super::change::respond;
use super::offered::Offered;
use super::passing::Passed;
use super::setup::SetUp;
use super::{CallKey, Calls, Stage, request_sdp, sdp_body, sdp_of};
use crate::bridge::Side;
use crate::switch::route::Access;
use crate::switch::{ALLOW_IN_CALL, Desk};

impl SetUp {
    /// The only device that rings or may yet, if it is a plain peer: whose dialog stands for the
    /// caller's own.
    fn other_of_caller(&self) -> Option<CallHandle> {
        let [branch] = self.branches.as_slice() else {
            return None;
        };
        let stands = self.is_alone(branch.bridge) && branch.leg.access == Access::Plain;
        branch.leg.handle.filter(|_| stands)
    }

    /// What the caller is to be told in its 200: what a reliable response told it, while the callee
    /// says something else now. That is to follow, since the caller ignores it in the 200 (RFC
    /// 3261 §13.2.1).
    pub(super) fn later_than_told(&self, said: &[u8]) -> Option<Vec<u8>> {
        let told = self.told_media.as_ref()?;
        (!said.is_empty() && told != said).then(|| told.clone())
    }
}

impl Calls {
    /// Passes on an UPDATE or PRACK with a description between two plain peers. False when it is
    /// none, or when nobody is there who it could be for.
    pub(super) fn pass_early(
        &mut self,
        id: ServerRequestId,
        handle: CallHandle,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let describes = matches!(request.method, Method::Update | Method::Prack);
        let Some((key, from)) = self.find(handle).filter(|_| describes) else {
            return false;
        };
        let Some(call) = self.calls.get(&key) else {
            return false;
        };
        let (Stage::SettingUp(set_up), Access::Plain) = (&call.stage, call.caller.access) else {
            return false;
        };
        let Some(callee) = set_up.other_of_caller() else {
            return false;
        };
        let answers = request.method == Method::Prack && matches!(set_up.offered, Offered::Nothing);
        if answers && !set_up.answered_early && desk.agent.awaits_answer(callee) {
            self.answer_in_prack(id, (key, callee), request, desk, now);
            return true;
        }
        if self.passed.values().any(|other| other.crosses(key, from)) {
            respond(desk, id, Reply::new(Status::REQUEST_PENDING), now);
            return true;
        }
        let other = match from {
            Side::Caller => Some(callee),
            Side::Callee => call.caller.handle,
        };
        let Some(other) = other else {
            return false;
        };
        let passed = Passed {
            key,
            from,
            id,
            method: Method::Update,
            is_offerless: false,
            told: request_sdp(request),
            sdp: request_sdp(request),
            by_core: false,
        };
        let headers = vec![Header::fixed("Allow", ALLOW_IN_CALL)];
        let body = sdp_body(passed.sdp.clone());
        let asked = desk
            .agent
            .request_in_call(other, Method::Update, headers, body, now);
        self.passed.insert(asked, passed);
        true
    }

    /// The caller offered nothing, and answers what the callee offered in a reliable response.
    fn answer_in_prack(
        &mut self,
        id: ServerRequestId,
        (key, callee): (CallKey, CallHandle),
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let sdp = request_sdp(request);
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        call.caller.sdp = sdp.clone();
        if let Some(set_up) = call.set_up() {
            set_up.answered_early = true;
        }
        super::change::acknowledge(desk, callee, sdp_body(sdp), now);
        respond(desk, id, Reply::new(Status::OK), now);
    }

    /// What both said of their media last, before the answer.
    pub(super) fn note_passed_early(&mut self, passed: &Passed, response: &Response) {
        let Some(call) = self.calls.get_mut(&passed.key) else {
            return;
        };
        let Stage::SettingUp(set_up) = &mut call.stage else {
            return;
        };
        let answer = sdp_of(response.content("application/sdp"));
        let (of_caller, of_callee) = match passed.from {
            Side::Caller => (passed.sdp.clone(), answer),
            Side::Callee => (answer, passed.sdp.clone()),
        };
        call.caller.sdp = of_caller;
        set_up.told_media = Some(of_callee.clone());
        for branch in &mut set_up.branches {
            branch.settle_early(&of_callee);
        }
    }
}
