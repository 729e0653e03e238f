//! Reliable provisional responses of a callee: RFC 3262 §3, §5; a 1xx repeated while it rings:
//! RFC 3261 §13.3.1.1.

use std::collections::VecDeque;

use super::call::{Agreement, Call};
use super::{Agent, AgentError, CallHandle, End, EndedBy, How, Reliable, Reply, capability};
use crate::message::{Header, Method, RAck, Request, Response, Status, Text};
use crate::time::{Duration, Instant};
use crate::transaction::{ServerId, Timers};

/// What a callee has said before its final response.
#[derive(Debug, Default)]
pub(super) struct Provisionals {
    latest: Option<Latest>,
    agreement: Agreement,
    /// The RSeq of the latest reliable response.
    rseq: Option<u32>,
    unacknowledged: Option<Unacknowledged>,
    /// Reliable responses that wait for the PRACK of the one before.
    queue: VecDeque<Reply>,
    /// The 2xx that waits for the PRACK of a description (§5).
    held: Option<Reply>,
}

/// The latest 1xx, without its body, and when to say it again.
#[derive(Debug)]
struct Latest {
    reply: Reply,
    repeat_at: Instant,
}

/// A reliable response, sent until its PRACK comes.
#[derive(Debug)]
struct Unacknowledged {
    rseq: u32,
    response: Response,
    retransmit_at: Instant,
    retransmit_after: Duration,
    expire_at: Instant,
}

/// What a PRACK is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Reliable,
    /// Handsets of 2004 acknowledge a 180 that was not sent reliably, and wait for the answer.
    Unreliable,
    Nothing,
}

impl Provisionals {
    /// Whether the caller has been told of our tag, as far as we know.
    pub(super) fn told(&self) -> bool {
        self.latest.is_some()
    }

    pub(super) fn agreement(&self) -> Agreement {
        match self.held {
            // What comes next is the 2xx.
            Some(_) if self.agreement == Agreement::Reached => Agreement::Answered,
            Some(_) | None => self.agreement,
        }
    }

    #[cfg(test)]
    pub(super) fn rseq(&self) -> Option<u32> {
        self.rseq
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let unacknowledged = self.unacknowledged.as_ref();
        let resend = unacknowledged.map(|sent| sent.retransmit_at.min(sent.expire_at));
        let repeat = self.latest.as_ref().map(|latest| latest.repeat_at);
        resend.into_iter().chain(repeat).min()
    }

    /// Whether a 2xx has to wait: a description is not known to have arrived (§5).
    fn hold_final(&self) -> bool {
        let sent = self.unacknowledged.as_ref();
        sent.is_some_and(|sent| !sent.response.body.is_empty())
            || self.queue.iter().any(|reply| reply.body.is_some())
    }

    /// Takes a PRACK to what it is for.
    fn acknowledge(&mut self, prack: &Request, offerless: bool) -> Found {
        if self.rseq.is_none() {
            return match self.told() {
                true => Found::Unreliable,
                false => Found::Nothing,
            };
        }
        let Some(sent) = self
            .unacknowledged
            .take_if(|sent| is_acknowledged_by(sent, prack))
        else {
            return Found::Nothing;
        };
        let answered = match offerless {
            true => !prack.body.is_empty(),
            false => true,
        };
        if !sent.response.body.is_empty() && answered {
            self.agreement = Agreement::Reached;
        }
        Found::Reliable
    }
}

impl Agent {
    /// Sends a 101-199 to a call that waits for our answer: reliably as the reply's
    /// [`Reliable`] says. Then it is sent until the caller acknowledges it; the next one waits
    /// for that, and a 2xx too if there was a body. A caller that doesn't in 32 s gets 504, and
    /// the call is over.
    ///
    /// # Errors
    /// The call is answered, over or not ours to answer, or the status is another, or as many
    /// responses wait as may.
    pub fn progress(
        &mut self,
        call: CallHandle,
        reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        if !reply.status.is_provisional() || reply.status == Status::TRYING {
            return Err(AgentError::WrongStatus);
        }
        let id = self.ringing(call)?;
        let found = self.calls.get_mut(&call).ok_or(AgentError::NoSuchCall)?;
        let provisionals = &mut found.provisionals;
        if provisionals.held.is_some() || provisionals.queue.len() >= MAX_QUEUE {
            return Err(AgentError::WrongState);
        }
        let reliable = must_be_reliable(&found.invite, &reply, &self.wire.option_tags);
        match reliable && provisionals.unacknowledged.is_some() {
            true => provisionals.queue.push_back(reply),
            false => self.send_provisional(call, id, reply, now)?,
        }
        self.settle(call);
        self.pump(now);
        Ok(())
    }

    /// Holds the 2xx back if it has to wait for a PRACK; otherwise gives it back.
    pub(super) fn hold_final(
        &mut self,
        call: CallHandle,
        reply: Reply,
    ) -> Result<Option<Reply>, AgentError> {
        let call = self.calls.get_mut(&call).ok_or(AgentError::NoSuchCall)?;
        let provisionals = &mut call.provisionals;
        if provisionals.held.is_some() {
            return Err(AgentError::WrongState);
        }
        if !provisionals.hold_final() {
            provisionals.queue.clear();
            return Ok(Some(reply));
        }
        let queue = &mut provisionals.queue;
        while queue.pop_back_if(|reply| reply.body.is_none()).is_some() {}
        provisionals.held = Some(reply);
        Ok(None)
    }

    /// A PRACK of the caller's. It is taken out of order too: what overtook it says nothing of
    /// what it acknowledges.
    pub(super) fn on_prack(
        &mut self,
        handle: CallHandle,
        id: ServerId,
        request: Request,
        now: Instant,
    ) {
        if !self.understands(id, &request, now) {
            return;
        }
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        if let Some(dialog) = &mut call.dialog {
            let _ = dialog.receive(&request);
        }
        let offerless = call.offerless;
        let before = call.provisionals.agreement;
        let found = call.provisionals.acknowledge(&request, offerless);
        let has_body = !request.body.is_empty() && !call.ended;
        match found {
            Found::Nothing => {
                self.refuse(id, Reply::new(Status::CALL_DOES_NOT_EXIST), now);
            }
            Found::Reliable | Found::Unreliable if has_body => {
                let answers = offerless && before == Agreement::Open;
                if !answers && call.has_open_offer() {
                    return self.refuse(id, Reply::new(Status::REQUEST_PENDING), now);
                }
                if !answers {
                    call.their_offer = Some(id);
                }
                self.ask_owner(handle, id, request);
            }
            Found::Reliable | Found::Unreliable => {
                self.refuse(id, Reply::new(Status::OK), now);
                self.go_on_after_prack(handle, now);
            }
        }
        self.settle(handle);
    }

    /// Sends what waited for a PRACK.
    pub(super) fn go_on_after_prack(&mut self, handle: CallHandle, now: Instant) {
        let Ok(id) = self.ringing(handle) else {
            return;
        };
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let provisionals = &mut call.provisionals;
        if provisionals.unacknowledged.is_some() {
            return;
        }
        // Either fails only if the flow was lost in between, and then the call is over.
        if let Some(reply) = provisionals.queue.pop_front() {
            let _ = self.send_provisional(handle, id, reply, now);
        } else if let Some(reply) = provisionals.held.take() {
            let _ = self.send_answer(handle, id, reply, now);
        }
    }

    pub(super) fn wake_provisionals(&mut self, handle: CallHandle, now: Instant) {
        let Ok(id) = self.ringing(handle) else {
            return;
        };
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        if let Some(sent) = &mut call.provisionals.unacknowledged {
            if sent.expire_at <= now {
                let end = End::plain(EndedBy::Timeout, How::NoAck);
                let reply = Reply::new(Status::SERVER_TIME_OUT);
                return self.end_ringing(handle, id, reply, end, now);
            }
            if sent.retransmit_at <= now {
                sent.retransmit_after *= 2;
                sent.retransmit_at = now + sent.retransmit_after;
                let response = sent.response.clone();
                // Gone only if the flow was lost in between, and then the call is over.
                let _ = self.answer_with(id, &response, now);
            }
        }
        self.repeat_provisional(handle, id, now);
    }

    /// A proxy gives up an INVITE that it has not heard of for three minutes (§16.7).
    fn repeat_provisional(&mut self, handle: CallHandle, id: ServerId, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let waits = call.provisionals.unacknowledged.is_some();
        let Some(latest) = &mut call.provisionals.latest else {
            return;
        };
        if latest.repeat_at > now {
            return;
        }
        latest.repeat_at = now + REPEAT_EVERY;
        let reply = latest.reply.clone();
        if !waits {
            // As above.
            let _ = self.send_provisional(handle, id, reply, now);
        }
    }

    fn send_provisional(
        &mut self,
        handle: CallHandle,
        id: ServerId,
        mut reply: Reply,
        now: Instant,
    ) -> Result<(), AgentError> {
        let call = self.calls.get_mut(&handle).ok_or(AgentError::NoSuchCall)?;
        let reliable = must_be_reliable(&call.invite, &reply, &self.wire.option_tags);
        call.told(&reply, reliable, now);
        if !reliable {
            return self.answer_invite(handle, id, reply, now).map(drop);
        }
        let rseq = match call.provisionals.rseq {
            Some(latest) => latest.saturating_add(1),
            None => 1 + self.wire.ids.below(MAX_FIRST_RSEQ),
        };
        call.provisionals.rseq = Some(rseq);
        let has_body = reply.body.is_some();
        if has_body && !call.offerless && call.provisionals.agreement == Agreement::Open {
            call.provisionals.agreement = Agreement::Answered;
        }
        reply.headers.push(Header::fixed("Require", "100rel"));
        reply.headers.push(Header::fixed("RSeq", rseq));
        let request = self
            .transactions
            .received(id)
            .ok_or(AgentError::NotWaiting)?;
        let mut response = self.wire.response(request, reply, &call.local_tag);
        // The caller may send UPDATE before the answer, so it is to know that it may.
        capability::announce(
            &Method::Invite,
            &mut response.headers,
            &self.wire.option_tags,
        );
        self.answer_with(id, &response, now)?;
        let sent = Unacknowledged::new(rseq, response, &self.timers, now);
        if let Some(call) = self.calls.get_mut(&handle) {
            call.provisionals.unacknowledged = Some(sent);
        }
        self.settle(handle);
        Ok(())
    }
}

impl Call {
    /// Notes the latest 1xx, and when it is to be said again.
    fn told(&mut self, reply: &Reply, reliable: bool, now: Instant) {
        let after = match reliable && self.invite.headers.lists("Require", "100rel") {
            true => REPEAT_RELIABLY_EVERY,
            false => REPEAT_EVERY,
        };
        self.provisionals.latest = Some(Latest {
            reply: Reply {
                body: None,
                reliable: Reliable::Never,
                ..reply.clone()
            },
            repeat_at: now + after,
        });
    }
}

impl Unacknowledged {
    fn new(rseq: u32, response: Response, timers: &Timers, now: Instant) -> Unacknowledged {
        Unacknowledged {
            rseq,
            response,
            retransmit_at: now + timers.t1,
            retransmit_after: timers.t1,
            expire_at: now + timers.transaction(),
        }
    }
}

fn must_be_reliable(invite: &Request, reply: &Reply, option_tags: &[Text]) -> bool {
    let required = invite.headers.lists("Require", "100rel");
    let supported = capability::understands(option_tags, "100rel")
        && invite.headers.lists("Supported", "100rel");
    match reply.reliable {
        Reliable::Always => true,
        Reliable::AsNeeded => required || supported && reply.body.is_some(),
        Reliable::Never => required,
    }
}

/// Whether the RAck names that response: RSeq, CSeq and method (§7.2).
fn is_acknowledged_by(sent: &Unacknowledged, prack: &Request) -> bool {
    let rack = prack.headers.typed::<RAck>().and_then(Result::ok);
    rack.is_some_and(|rack| rack.response == sent.rseq && rack.cseq == sent.response.headers.cseq)
}

/// The first RSeq is drawn below 2^31 (§3), so that counting on never reaches 2^32.
const MAX_FIRST_RSEQ: u32 = (1 << 31) - 1;

/// How many reliable responses of one call wait for the PRACK of the one before.
const MAX_QUEUE: usize = 16;

/// RFC 3261 §13.3.1.1.
const REPEAT_EVERY: Duration = Duration::from_secs(60);

/// A reliable response arrives, so it need not be said as often (RFC 3262 §3).
const REPEAT_RELIABLY_EVERY: Duration = Duration::from_secs(150);
