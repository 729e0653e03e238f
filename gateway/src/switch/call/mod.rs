//! Calls: a back-to-back user agent of two dialogs each (RFC 7092 §3.1), the media between them
//! opened, agreed and closed by commands to a bridge.
//!
//! [`setup`] has the way from INVITE to the 200, [`ending`] everything after it.

mod ending;
mod setup;

use std::collections::HashMap;

use sip::agent::{CallHandle, Event, Reply, RequestId};
use sip::message::{Body, Headers, NameAddr, Request, SipUri, Status, Text, Uri};
use sip::sdp::{Description, Direction};
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use super::destinations::Ticket;
use super::offer::PlainAgreement;
use super::route::Access;
use super::{Desk, Output};
use crate::bridge::web_leg::WebCodec;
use crate::bridge::{BridgeCommand, BridgeId, Side, Step};

/// Calls at once. Each holds two dialogs and a bridge, some 100 kB; beyond this new ones get 503.
pub const MAX_CALLS: usize = 10_000;

/// All calls under way.
#[derive(Default)]
pub struct Calls {
    calls: HashMap<BridgeId, Call>,
    by_handle: HashMap<CallHandle, (BridgeId, Side)>,
    /// INFO requests that asked a peer for a keyframe.
    fast_updates: HashMap<RequestId, (BridgeId, Side)>,
    over: Vec<BridgeId>,
    next: u64,
}

/// One call.
struct Call {
    caller: Leg,
    callee: Leg,
    stage: Stage,
}

/// One dialog of a call.
struct Leg {
    /// `None` before the callee is invited, and after the leg's end.
    handle: Option<CallHandle>,
    access: Access,
    hop: Hop,
    /// What the peer said of its media, in its own words; the caller's offer, the callee's answer.
    sdp: Vec<u8>,
    info: Info,
}

/// Whether a peer takes INFO, by its Allow. One that does not say is not asked: some end the call
/// at a request they do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Info {
    Allowed,
    NotSaid,
}

impl Info {
    fn of(headers: &Headers) -> Info {
        if headers.lists("Allow", "INFO") {
            Info::Allowed
        } else {
            Info::NotSaid
        }
    }
}

/// How far the set-up has come.
enum Stage {
    /// The callee's media is being opened.
    Opening(Box<Plan>),
    /// The callee has the INVITE.
    Inviting(Box<Plan>),
    /// The callee, a browser, answered; its answer is being taken.
    TakingAnswer(Box<Plan>),
    /// The callee's media is agreed; the caller's answer is being written.
    Answering(Box<Plan>, Agreed),
    /// Both sides have their answers.
    Established,
}

/// What the set-up goes by.
struct Plan {
    /// The caller's offer, read.
    offer: Description,
    /// The caller's own direction.
    direction: Direction,
    /// Codecs of the caller when it is a browser.
    codecs: Vec<WebCodec>,
    invite: InvitePlan,
    /// Our own offer to the callee, when it is a plain peer and we wrote one.
    plain_offer: Option<Description>,
    tries: Tries,
}

/// How often a plain callee was invited: once more, with a silent audio line, after a refusal of
/// video by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tries {
    VideoAlone,
    WithAudio,
}

struct InvitePlan {
    uri: Uri,
    from: NameAddr,
    to: NameAddr,
    /// One less than the caller's (RFC 3261 §16.6 step 3): a call that comes back to us ends.
    max_forwards: Option<u8>,
}

/// What the callee's answer settled.
struct Agreed {
    /// The callee's own direction.
    direction: Direction,
    with: AgreedWith,
}

enum AgreedWith {
    Browser(WebCodec),
    Plain(Box<PlainAgreement>),
}

impl Call {
    fn leg(&self, side: Side) -> &Leg {
        match side {
            Side::Caller => &self.caller,
            Side::Callee => &self.callee,
        }
    }

    fn leg_mut(&mut self, side: Side) -> &mut Leg {
        match side {
            Side::Caller => &mut self.caller,
            Side::Callee => &mut self.callee,
        }
    }

    /// Two plain peers talk to each other directly: their descriptions pass, there is no bridge.
    fn is_direct(&self) -> bool {
        self.caller.access == Access::Plain && self.callee.access == Access::Plain
    }
}

impl Calls {
    pub fn count(&self) -> usize {
        self.calls.len()
    }

    /// Takes what the agent says of calls and of requests inside them.
    pub fn handle(&mut self, event: Event, desk: &mut Desk<'_>, now: Instant) {
        match event {
            Event::Incoming {
                call, hop, request, ..
            } => self.incoming(call, hop, &request, desk, now),
            Event::Progress { call, response } => self.progress(call, &response, desk, now),
            Event::Answered { call, response } => self.answered(call, response, desk, now),
            Event::CallRequest { id, call, request } => self.in_call(id, call, &request, desk, now),
            Event::FlowLost { call, flow } => self.flow_lost(call, flow, desk, now),
            Event::Ended { call, end } => self.ended(call, &end, desk, now),
            Event::Response { id, response } => {
                self.fast_update_answered(id, Some(response.status), desk);
            }
            Event::RequestFailed { id, .. } => self.fast_update_answered(id, None, desk),
            // The dialog stands since the 200; a missing ACK comes as its end. What is outside of
            // calls is the switch's.
            Event::Confirmed { .. } | Event::Request { .. } | Event::Malformed { .. } => {}
        }
    }

    /// The look-up under that ticket is through.
    pub(super) fn located(
        &mut self,
        ticket: Ticket,
        hops: Vec<Hop>,
        _desk: &mut Desk<'_>,
        _now: Instant,
    ) {
        tracing::debug!(
            ticket = ticket.0,
            hops = hops.len(),
            "nobody waits for this"
        );
    }

    fn find(&self, handle: CallHandle) -> Option<(BridgeId, Side)> {
        self.by_handle.get(&handle).copied()
    }
}

/// A step for a call's bridge.
fn step(desk: &mut Desk<'_>, bridge: BridgeId, step: Step) {
    command(desk, bridge, BridgeCommand::Apply(step));
}

fn command(desk: &mut Desk<'_>, bridge: BridgeId, command: BridgeCommand) {
    desk.outputs.push_back(Output::Bridge { bridge, command });
}

fn reply(status: Status, reason: &str) -> Reply {
    Reply {
        reason: (!reason.is_empty()).then(|| Text::cleaned(reason)),
        ..Reply::new(status)
    }
}

fn reject(desk: &mut Desk<'_>, call: CallHandle, reply: Reply, now: Instant) {
    if let Err(error) = desk.agent.reject(call, reply, now) {
        tracing::debug!(%call, %error, "not rejected");
    }
}

/// Our address inside a dialog on that transport.
fn contact(desk: &Desk<'_>, transport: Transport) -> NameAddr {
    let at = desk.policy.contact_on(transport);
    let mut uri = SipUri::new(at.host.clone()).with_user("sidecam");
    if let Some(port) = at.port {
        uri = uri.with_port(port);
    }
    match transport {
        Transport::Udp => {}
        Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
            uri = uri.with_param("transport", transport.uri_param());
        }
    }
    NameAddr::new(Uri::Sip(uri))
}

fn sdp_body(bytes: Vec<u8>) -> Option<Body> {
    Some(Body::sdp(bytes))
}

fn sdp_of(content: Option<&[u8]>) -> Vec<u8> {
    content.map(<[u8]>::to_vec).unwrap_or_default()
}

/// The flow a leg's messages take.
fn uses(leg: &Leg, flow: FlowId) -> bool {
    leg.hop.flow == flow && leg.hop.transport != Transport::Udp
}

fn request_sdp(request: &Request) -> Vec<u8> {
    sdp_of(request.content("application/sdp"))
}

#[cfg(test)]
mod tests;
