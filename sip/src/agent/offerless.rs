//! INVITEs without an offer: RFC 3261 §13.2.1, §13.2.2.4, §14.1. The 2xx has it, and the ACK the
//! answer, which is the owner's to give.

use super::call::Call;
use super::{Agent, AgentError, CallHandle, End, EndedBy, How};
use crate::message::{Body, Response};
use crate::time::Instant;
use crate::transaction::ClientId;

/// A 2xx to an INVITE of ours that waits for its ACK.
#[derive(Debug)]
pub(super) struct Unanswered {
    transaction: ClientId,
    response: Response,
    pub(super) until: Instant,
}

impl Unanswered {
    pub(super) fn new(transaction: ClientId, response: Response, until: Instant) -> Unanswered {
        Unanswered {
            transaction,
            response,
            until,
        }
    }
}

impl Call {
    /// Whether that is a copy of the 2xx whose ACK waits.
    pub(super) fn awaits_answer_to(&self, transaction: ClientId, response: &Response) -> bool {
        let waiting = self.unanswered.as_ref();
        waiting.is_some_and(|waiting| {
            waiting.transaction == transaction
                && waiting.response.headers.to.tag() == response.headers.to.tag()
        })
    }
}

impl Agent {
    /// Answers the offer of the peer where our INVITE had none. It came in the 2xx
    /// ([`super::Event::Answered`], or [`super::Event::Response`] to a re-INVITE), and the answer
    /// goes in the ACK; or in a reliable 1xx ([`super::Event::Progress`]), and it goes in the
    /// PRACK. `None` if there is nothing to answer. After 32 s without it a 2xx is acknowledged
    /// all the same, and the call hung up.
    ///
    /// # Errors
    /// No offer waits for it: see [`Agent::awaits_answer`].
    pub fn acknowledge(
        &mut self,
        call: CallHandle,
        body: Option<Body>,
        now: Instant,
    ) -> Result<(), AgentError> {
        let found = self.calls.get(&call).ok_or(AgentError::NoSuchCall)?;
        if found.ended {
            return Err(AgentError::NoSuchCall);
        }
        let done = match found.unanswered.is_some() {
            true => self.send_ack_that_waited(call, body),
            false => self.answer_early(call, body, now),
        };
        self.settle(call);
        self.pump(now);
        match done {
            true => Ok(()),
            false => Err(AgentError::WrongState),
        }
    }

    /// Whether an offer of the peer's waits for [`Agent::acknowledge`].
    pub fn awaits_answer(&self, call: CallHandle) -> bool {
        let found = self.calls.get(&call).filter(|call| !call.ended);
        found.is_some_and(|call| {
            call.unanswered.is_some() || call.early.iter().any(|early| early.asks_answer())
        })
    }

    /// `false` if there is none.
    pub(super) fn send_ack_that_waited(&mut self, handle: CallHandle, body: Option<Body>) -> bool {
        let Some(call) = self.calls.get_mut(&handle) else {
            return false;
        };
        let (Some(waiting), Some(dialog)) = (call.unanswered.take(), call.dialog.clone()) else {
            return false;
        };
        call.describe(body.as_ref());
        let hop = call.hop;
        self.send_ack(waiting.transaction, hop, &dialog, &waiting.response, body);
        true
    }

    /// The owner has not answered for as long as the peer waits for the ACK.
    pub(super) fn wake_unanswered(&mut self, handle: CallHandle, now: Instant) {
        let waiting = self
            .calls
            .get(&handle)
            .and_then(|call| call.unanswered.as_ref());
        if waiting.is_some_and(|waiting| waiting.until <= now) {
            let end = End::plain(EndedBy::Timeout, How::NoAck);
            self.end_with_bye(handle, end, None, now);
        }
    }
}
