//! What the user agent tells its owner (RFC 3261 §5, the transaction user).

use std::fmt;

use super::Reason;
use crate::message::{Body, CallId, Request, Response, Status, Text};
use crate::parse::ParseError;
use crate::transaction::ServerId;
use crate::transport::{FlowId, Hop};

/// One call: one INVITE that made, or was to make, a dialog. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallHandle(pub(super) u64);

/// One request that was sent for the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub(super) u64);

/// One request that waits for the owner's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerRequestId(pub(super) ServerId);

/// The dialog of a call, as Replaces (RFC 3891) and Target-Dialog name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogId {
    pub call_id: CallId,
    pub local_tag: Text,
    /// Empty for a peer of RFC 2543.
    pub remote_tag: Text,
}

impl fmt::Display for CallHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}", self.0)
    }
}

/// What happened. Those with a [`CallHandle`] come in the order in which they happened, the last
/// of each call being [`Event::Ended`].
#[derive(Clone, Debug)]
pub enum Event {
    /// A request outside a dialog, of any method but INVITE, ACK and CANCEL. Answer it with
    /// [`super::Agent::respond`] within 32 s; nobody waits longer (RFC 4320).
    Request {
        id: ServerRequestId,
        hop: Hop,
        request: Request,
    },
    /// The final response to a request of the owner's. Provisional ones are not told.
    Response { id: RequestId, response: Response },
    /// A request of the owner's got no usable final response.
    RequestFailed { id: RequestId, failure: Failure },
    /// A new INVITE. 100 (Trying) has been sent.
    Incoming {
        call: CallHandle,
        hop: Hop,
        request: Request,
        /// The call of ours that this one is to take the place of (RFC 3891). Accept it and hang
        /// up the other, or refuse it.
        replaces: Option<CallHandle>,
    },
    /// A 101-199 to our INVITE.
    Progress {
        call: CallHandle,
        response: Response,
    },
    /// The first 2xx to our INVITE. Its ACK has been sent.
    Answered {
        call: CallHandle,
        response: Response,
    },
    /// Our 2xx was acknowledged. The ACK's body is the answer when our 2xx had the offer.
    Confirmed {
        call: CallHandle,
        body: Option<Body>,
    },
    /// A request inside the call's dialog: INFO, OPTIONS, UPDATE, a new INVITE and any other, but
    /// BYE, CANCEL and ACK. Answer it with [`super::Agent::respond`].
    CallRequest {
        id: ServerRequestId,
        call: CallHandle,
        request: Request,
    },
    /// The flow under the call's dialog is gone. The call goes on: give it another by
    /// [`super::Agent::move_call`], or hang up.
    FlowLost { call: CallHandle, flow: FlowId },
    /// The call is over: once a call, whatever happens, and as soon as its session is over. What
    /// the wire still needs (a BYE's answer, a late 2xx to a cancelled INVITE) the agent sees to.
    Ended { call: CallHandle, end: End },
    /// What arrived was not SIP. A 400 has been sent where one can be.
    Malformed { hop: Hop, error: ParseError },
}

/// Why a request of the owner's has no final response to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No final response within 32 s (as if 408).
    Timeout,
    /// The flow is gone (as if 503).
    Transport,
    /// The credentials were refused, or none answer the challenge.
    Unauthorized,
    /// The call is not answered yet, or ended before the request was sent or answered.
    CallEnded,
    /// More requests are under way than the limits allow (as if 503).
    Overloaded,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub struct End {
    pub by: EndedBy,
    pub how: How,
    /// The final status of the INVITE, or of the request in the dialog that showed it was gone.
    pub status: Option<Status>,
    /// The Reason header (RFC 3326) of what ended the call.
    pub reason: Option<Reason>,
    /// The response that ended the call, with its other headers.
    pub response: Option<Response>,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    Us,
    Peer,
    /// A limit of time: nobody answered, or the peer fell silent.
    Timeout,
    /// The flow was lost while the INVITE was under way.
    Transport,
}

/// By what a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// An answered call was hung up.
    Bye,
    /// The caller gave up before the answer.
    Cancelled,
    /// The callee said no: a 300-699 to the INVITE.
    Refused(Status),
    /// The INVITE was never answered in any way (timer B).
    NoResponse,
    /// The callee rang for as long as a call may ring.
    NoAnswer,
    /// Our 2xx, or a reliable 1xx of ours, was never acknowledged (RFC 3261 §13.3.1.4, RFC 3262
    /// §3); or the owner left the offer of the peer's 2xx without an answer.
    NoAck,
    /// Nobody refreshed the session in time (RFC 4028 §10).
    SessionExpired,
    /// A request in the dialog got 481, 408 or no response (RFC 3261 §12.2.1.2).
    DialogLost,
    /// The flow was lost while the INVITE was under way.
    FlowLost,
    /// As many calls are under way as the limits allow.
    Overloaded,
}
