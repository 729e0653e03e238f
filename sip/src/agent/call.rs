//! One call: an INVITE, the dialog it makes, and the BYE (RFC 3261 §13 to §15).

use super::early::Early;
use super::offerless::Unanswered;
use super::reliable::Provisionals;
use super::session::Session;
use super::{End, Oversize, RequestId};
use crate::dialog::Dialog;
use crate::digest::Credentials;
use crate::message::{Body, CallId, Contact, Request, Response, Text};
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
    /// Whether its INVITE may go over a connection: until none could be made.
    pub(super) oversize: Oversize,
    /// As caller from the first 2xx on, as callee from the start.
    pub(super) dialog: Option<Dialog>,
    /// As caller the dialogs of a forked INVITE (§12.1), the latest heard of last; until the
    /// INVITE's transaction is done, so that a late 2xx finds its own.
    pub(super) early: Vec<Early>,
    /// As callee our 101-199.
    pub(super) provisionals: Provisionals,
    /// The INVITE went without an offer.
    pub(super) offerless: bool,
    /// A 2xx to an INVITE of ours without an offer, whose ACK waits for the owner's answer.
    pub(super) unanswered: Option<Unanswered>,
    pub(super) session: Option<Session>,
    /// The shortest session that the peer has said it accepts.
    pub(super) least_interval: Option<Duration>,
    /// How often it has said so.
    pub(super) lengthened: u8,
    /// Our latest description.
    pub(super) description: Option<Body>,
    /// Whether the peer knows UPDATE (RFC 3311).
    pub(super) peer_updates: bool,
    /// The flow is gone, and there is no other yet.
    pub(super) parked: bool,
    /// Our 2xx to an INVITE or re-INVITE that waits for its ACK.
    pub(super) unacked: Option<Unacked>,
    /// A BYE that waits for the ACK (§15: the callee must not send it before).
    pub(super) bye_after_ack: Option<Option<Reason>>,
    /// The peer's BYE is for the owner to answer.
    pub(super) owner_answers_bye: bool,
    /// Our re-INVITE or UPDATE under way.
    pub(super) our_offer: Option<RequestId>,
    /// The peer's re-INVITE, UPDATE or PRACK with an offer, without a final response.
    pub(super) their_offer: Option<ServerId>,
    /// The peer's re-INVITE without an offer, which our 2xx is to have.
    pub(super) asks_offer: Option<ServerId>,
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

/// How far the offer and answer of an INVITE have come before its final response (RFC 3262 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Agreement {
    /// Not both are there.
    #[default]
    Open,
    /// Our answer has been sent reliably, and may not have arrived.
    Answered,
    /// Both sides have both.
    Reached,
}

/// Whose an offer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offerer {
    Us,
    Peer,
}

/// Which INVITE of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    First,
    Again,
    /// Without an offer: our 2xx has it, and the ACK the answer.
    AgainOfferless,
}

impl Call {
    pub(super) fn new(hop: Hop, invite: Request, local_tag: Text, stage: Stage) -> Call {
        Call {
            hop,
            offerless: invite.body.is_empty(),
            call_id: invite.headers.call_id.clone(),
            local_tag,
            credentials: None,
            attempts: Attempts::default(),
            contact: Contact::default(),
            invite,
            stage,
            oversize: Oversize::Stream,
            dialog: None,
            early: Vec::new(),
            provisionals: Provisionals::default(),
            unanswered: None,
            session: None,
            least_interval: None,
            lengthened: 0,
            description: None,
            peer_updates: false,
            parked: false,
            unacked: None,
            bye_after_ack: None,
            owner_answers_bye: false,
            our_offer: None,
            their_offer: None,
            asks_offer: None,
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
        let unanswered = self.unanswered.as_ref().map(|waiting| waiting.until);
        let provisional = self.provisionals.deadline().filter(|_| self.is_ringing());
        let session = self.session.as_ref().map(Session::deadline);
        let session = session.filter(|_| !self.ended);
        [stage, unacked, unanswered, provisional, session]
            .into_iter()
            .flatten()
            .min()
    }

    /// Nothing more can happen in it.
    pub(super) fn is_done(&self) -> bool {
        self.ended
            && matches!(self.stage, Stage::Settled)
            && self.unacked.is_none()
            && self.unanswered.is_none()
            && self.requests.is_empty()
    }

    /// Whether the INVITE was ours, so that the Call-ID is (§14.1).
    pub(super) fn is_callers(&self) -> bool {
        self.invite.headers.from.tag() == Some(&self.local_tag)
    }

    /// The dialog in which we may send requests, if there is one: the answered call's, the early
    /// one heard of last, or that of a caller who heard of us.
    pub(super) fn open_dialog(&self) -> Option<&Dialog> {
        match self.stage {
            _ if self.ended => None,
            Stage::Settled => self.dialog.as_ref(),
            Stage::Calling { .. } => self.early.last().map(|early| &early.dialog),
            Stage::Ringing { .. } => {
                let told = self.provisionals.told();
                self.dialog.as_ref().filter(|_| told)
            }
            Stage::CancelHeld { .. } | Stage::Cancelling { .. } => None,
        }
    }

    /// The dialog with the peer of that tag, early or not.
    pub(super) fn dialog_with(&mut self, remote_tag: &str) -> Option<&mut Dialog> {
        let early = self.early.iter_mut().map(|early| &mut early.dialog);
        self.dialog
            .iter_mut()
            .chain(early)
            .find(|dialog| dialog.remote_tag() == remote_tag)
    }

    /// As [`Call::dialog_with`], if requests of the peer's may come in it.
    pub(super) fn live_dialog_with(&mut self, remote_tag: &str) -> Option<&mut Dialog> {
        if self.is_calling() {
            return self.early_with(remote_tag).map(|early| &mut early.dialog);
        }
        let mut dialog = self.dialog.iter_mut();
        dialog.find(|dialog| dialog.remote_tag() == remote_tag)
    }

    /// The early dialog of a call that is not answered.
    pub(super) fn early_with(&mut self, remote_tag: &str) -> Option<&mut Early> {
        let calling = self.is_calling();
        let mut early = self.early.iter_mut().filter(|_| calling);
        early.find(|early| early.dialog.remote_tag() == remote_tag)
    }

    /// How far the offer of the INVITE has come in that dialog.
    pub(super) fn agreement(&self, remote_tag: &str) -> Agreement {
        match self.stage {
            Stage::Settled => Agreement::Reached,
            Stage::Ringing { .. } => self.provisionals.agreement(),
            Stage::Calling { .. } | Stage::CancelHeld { .. } | Stage::Cancelling { .. } => {
                let mut early = self.early.iter();
                let found = early.find(|early| early.dialog.remote_tag() == remote_tag);
                found.map_or(Agreement::Open, |early| early.agreement)
            }
        }
    }

    /// Whether we may make an offer: none is open, of either side (§14.1, RFC 3311 §5.1).
    pub(super) fn may_offer(&self, remote_tag: &str) -> bool {
        !self.has_open_offer() && self.agreement(remote_tag) == Agreement::Reached
    }

    /// Whose offer is open, so that another of the peer's collides with it.
    pub(super) fn open_offer(&self, remote_tag: &str) -> Option<Offerer> {
        if self.our_offer.is_some() {
            return Some(Offerer::Us);
        }
        if self.has_open_offer() {
            return Some(Offerer::Peer);
        }
        let peers_invite = self.is_ringing();
        match self.agreement(remote_tag) {
            Agreement::Reached | Agreement::Answered => None,
            Agreement::Open if peers_invite == self.offerless => Some(Offerer::Us),
            Agreement::Open => Some(Offerer::Peer),
        }
    }

    /// Whether the INVITE is ours and has no final response.
    pub(super) fn is_calling(&self) -> bool {
        matches!(self.stage, Stage::Calling { .. })
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

    /// Whether an offer of either side but that of the INVITE is open.
    pub(super) fn has_open_offer(&self) -> bool {
        self.our_offer.is_some()
            || self.their_offer.is_some()
            || self.unacked.is_some()
            || self.unanswered.is_some()
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
