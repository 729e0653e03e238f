//! One call: an INVITE, the dialog it makes, and the BYE (RFC 3261 §13 to §15).

use super::{End, RequestId};
use crate::dialog::Dialog;
use crate::digest::Credentials;
use crate::message::{CallId, Contact, Request, Response, Text};
use crate::time::{Duration, Instant};
use crate::transaction::{ClientId, ServerId, Timers};
use crate::transport::Hop;

use super::Reason;
use super::auth::Attempts;

/// Everything the agent remembers of a call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) hop: Hop,
    pub(super) call_id: CallId,
    pub(super) local_tag: Text,
    pub(super) credentials: Option<Credentials>,
    pub(super) attempts: Attempts,
    /// What our target refreshes say.
    pub(super) contact: Contact,
    /// The INVITE, without Via; without its body once it is answered, or if it is the peer's.
    pub(super) invite: Request,
    pub(super) stage: Stage,
    /// As caller from the first 2xx on, as callee from the start.
    pub(super) dialog: Option<Dialog>,
    /// Our 2xx to an INVITE or re-INVITE that waits for its ACK.
    pub(super) unacked: Option<Unacked>,
    /// A BYE that waits for the ACK (§15: the callee must not send it before).
    pub(super) bye_after_ack: Option<Option<Reason>>,
    /// Our re-INVITE or UPDATE under way.
    pub(super) our_offer: Option<RequestId>,
    /// The peer's re-INVITE or UPDATE without a final response.
    pub(super) their_offer: Option<ServerId>,
    /// Our requests inside the dialog under way.
    pub(super) requests: Vec<RequestId>,
    /// The peer's requests inside the dialog that wait for the owner.
    pub(super) waiting: Vec<ServerId>,
    /// The owner has been told.
    pub(super) ended: bool,
}

/// How far the INVITE has come.
#[derive(Debug)]
pub(super) enum Stage {
    /// Ours, without a final response.
    Calling {
        transaction: ClientId,
        answer_by: Instant,
        heard: Heard,
    },
    /// Ours, given up before anything came back: CANCEL waits for a provisional (§9.1).
    CancelHeld {
        transaction: ClientId,
        reason: Option<Reason>,
    },
    /// Ours, CANCEL sent. Given up for good at that time.
    Cancelling {
        transaction: ClientId,
        give_up_at: Instant,
    },
    /// The peer's, without a final response. Refused at that time.
    Ringing { id: ServerId, until: Instant },
    /// Answered, one way or the other.
    Settled,
}

/// Whether a provisional response came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Yes,
    No,
}

/// A 2xx to INVITE that is sent until its ACK comes (§13.3.1.4).
#[derive(Debug)]
pub(super) struct Unacked {
    pub(super) id: ServerId,
    pub(super) which: Which,
    pub(super) response: Response,
    pub(super) retransmit_at: Instant,
    pub(super) retransmit_after: Duration,
    pub(super) expire_at: Instant,
}

/// Which INVITE of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    First,
    Again,
}

impl Call {
    pub(super) fn new(hop: Hop, invite: Request, local_tag: Text, stage: Stage) -> Call {
        Call {
            hop,
            call_id: invite.headers.call_id.clone(),
            local_tag,
            credentials: None,
            attempts: Attempts::default(),
            contact: Contact::default(),
            invite,
            stage,
            dialog: None,
            unacked: None,
            bye_after_ack: None,
            our_offer: None,
            their_offer: None,
            requests: Vec::new(),
            waiting: Vec::new(),
            ended: false,
        }
    }

    /// When the call wants to be looked at.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::Calling { answer_by, .. } => Some(*answer_by),
            Stage::Cancelling { give_up_at, .. } => Some(*give_up_at),
            Stage::Ringing { until, .. } => Some(*until),
            Stage::CancelHeld { .. } | Stage::Settled => None,
        };
        let unacked = self
            .unacked
            .as_ref()
            .map(|unacked| unacked.retransmit_at.min(unacked.expire_at));
        stage.into_iter().chain(unacked).min()
    }

    /// Nothing more can happen in it.
    pub(super) fn is_done(&self) -> bool {
        self.ended
            && matches!(self.stage, Stage::Settled)
            && self.unacked.is_none()
            && self.requests.is_empty()
    }

    /// Whether the INVITE was ours, so that the Call-ID is (§14.1).
    pub(super) fn is_callers(&self) -> bool {
        self.invite.headers.from.tag() == Some(&self.local_tag)
    }

    /// Whether it has a dialog in which both sides may send requests.
    pub(super) fn is_answered(&self) -> bool {
        !self.ended && self.dialog.is_some() && matches!(self.stage, Stage::Settled)
    }

    pub(super) fn is_ringing(&self) -> bool {
        matches!(self.stage, Stage::Ringing { .. })
    }

    /// Whether the peer may not know yet that there is a dialog.
    pub(super) fn awaits_first_ack(&self) -> bool {
        self.unacked
            .as_ref()
            .is_some_and(|unacked| unacked.which == Which::First)
    }

    /// Whether an offer of either side is open, so that another would collide (§14.1, RFC 3311).
    pub(super) fn has_open_offer(&self) -> bool {
        self.our_offer.is_some() || self.their_offer.is_some() || self.unacked.is_some()
    }
}

impl End {
    /// An end without a response to show for it.
    pub(super) fn plain(by: super::EndedBy, how: super::How) -> End {
        End {
            by,
            how,
            status: None,
            reason: None,
            response: None,
        }
    }

    /// An end that a response showed.
    pub(super) fn by_response(by: super::EndedBy, how: super::How, response: Response) -> End {
        End {
            by,
            how,
            status: Some(response.status),
            reason: Reason::of(&response.headers),
            response: Some(response),
        }
    }

    pub(super) fn with_reason(mut self, reason: Option<Reason>) -> End {
        self.reason = reason;
        self
    }
}

impl Unacked {
    /// For a 2xx that has just been sent. It is sent again by reliable transports too, since
    /// another hop may be by UDP.
    pub(super) fn new(
        id: ServerId,
        which: Which,
        response: Response,
        timers: &Timers,
        now: Instant,
    ) -> Unacked {
        Unacked {
            id,
            which,
            response,
            retransmit_at: now + timers.t1,
            retransmit_after: timers.t1,
            expire_at: now + timers.transaction(),
        }
    }
}
