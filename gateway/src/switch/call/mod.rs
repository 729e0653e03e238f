//! Calls: a back-to-back user agent of two dialogs each (RFC 7092 §3.1), the media between them
//! opened, agreed and closed by commands to a bridge.
//!
//! [`setup`] takes the INVITE, [`branches`] ring the devices, [`early`] hears what they say,
//! [`caller`] has the way from there to the caller's 200. [`session`] is what an answered call goes
//! by, [`in_call`] has the requests inside it: [`change`]s of the media, [`passing`] from one plain
//! peer to the other ([`early_passing`] before the answer), [`replacing`] of one by another,
//! [`transfer`] to somebody else, [`info`]. An [`audience`] is of several calls. [`survival`] is what
//! becomes of it when a connection is lost, [`ending`] every way to its end, [`beside`] the voice calls
//! that it goes beside.

mod audience;
mod beside;
mod book;
mod branches;
mod bye;
mod caller;
mod challenged;
mod change;
mod early;
mod early_passing;
mod ending;
mod gaps;
mod in_call;
mod info;
mod inviting;
mod known;
mod longest;
mod made;
mod numbered;
mod offered;
mod passing;
mod recording;
mod redirect;
mod refusals;
mod replacing;
mod reserve;
mod session;
mod setup;
mod shorter;
mod survival;
mod target_dialog;
mod terms;
mod transfer;

use std::collections::HashMap;

use sip::agent::{CallHandle, Event, Reply, RequestId};
use sip::message::{Body, Headers, NameAddr, Reason, Request, SipUri, Uri};
use sip::time::Instant;
use sip::transport::{Hop, Transport};
use sip::video_share::Tags;

use super::budget::Work;
use super::destinations::Ticket;
use super::identity::Caller;
use super::offer::PlainEnd;
use super::route::{Access, Whose};
use super::{Desk, Output};
use crate::bridge::{BridgeCommand, BridgeEvent, BridgeId, LostCause, Side, Step};
use audience::Audiences;
use book::Book;
use bye::HangingUp;
use ending::Closing;
use gaps::Gaps;
use known::Known;
use longest::Longest;
use made::Made;
use passing::Passed;
use recording::Recorder;
use session::Session;
use setup::SetUp;
use transfer::Transfers;

/// Names a call. Its bridges have names of their own: while several devices ring, each has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(u64);

/// All calls under way.
#[derive(Default)]
pub struct Calls {
    calls: HashMap<CallKey, Call>,
    by_handle: HashMap<CallHandle, (CallKey, Side)>,
    by_bridge: HashMap<BridgeId, CallKey>,
    /// INFO requests that asked a peer for a keyframe.
    fast_updates: HashMap<RequestId, (CallKey, Side)>,
    gaps: Gaps,
    longest: Longest,
    made: Made,
    /// Our re-INVITEs that offer one side what the other asked for.
    offers: HashMap<RequestId, CallKey>,
    /// Requests of one plain peer that the other has.
    passed: HashMap<RequestId, Passed>,
    /// UPDATEs that tell a callee of ours.
    updates: HashMap<RequestId, (CallKey, BridgeId)>,
    /// Look-ups of devices' addresses.
    tickets: HashMap<Ticket, CallKey>,
    transfers: Transfers,
    /// BYEs that the core has.
    hanging_up: HashMap<RequestId, HangingUp>,
    /// Who is to take a place and has no answer yet.
    joining: HashMap<CallHandle, CallKey>,
    /// What their people may ask about.
    book: Book,
    /// Who else watches a share.
    audiences: Audiences,
    over: Vec<BridgeId>,
    last_key: u64,
    last_bridge: u64,
}

/// One call.
struct Call {
    /// Whose call it is.
    made_by: Whose,
    /// What it costs, or will once it is answered.
    work: Work,
    begun: Instant,
    /// When it is over at the latest; `None` before its answer, and without a limit.
    until: Option<Instant>,
    caller: Leg,
    stage: Stage,
}

/// How far a call has come.
enum Stage {
    SettingUp(Box<SetUp>),
    /// Both sides have their answers.
    Established(Box<Session>),
}

/// One dialog of a call.
struct Leg {
    /// `None` before the callee is invited, and after the leg's end.
    handle: Option<CallHandle>,
    access: Access,
    hop: Hop,
    /// What the peer said of its media last, in its own words.
    sdp: Vec<u8>,
    /// What the peer was told last of ours.
    told: Vec<u8>,
    info: Info,
    recorder: Recorder,
    refer: Refer,
    /// What its Contact says of Video Share.
    tags: Tags,
    /// Who is there, as far as we vouch for it.
    who: Option<Caller>,
    /// Who is there wants devices not to know it.
    hides: bool,
    /// What it was called by, or calls from: its model is remembered by that.
    address: Option<Uri>,
    /// A plain peer that got another plain one to talk to: what it knows their session by.
    known: Option<Box<Known>>,
}

impl Leg {
    /// Whether it is the core, and not a device: it is told and asked what a device is not.
    fn is_core(&self) -> bool {
        self.who
            .as_ref()
            .is_some_and(|who| who.whose == Whose::Core)
    }

    fn new(hop: Hop, access: Access) -> Leg {
        Leg {
            handle: None,
            access,
            hop,
            sdp: Vec::new(),
            told: Vec::new(),
            info: Info::NotSaid,
            recorder: Recorder::default(),
            refer: Refer::NotSaid,
            tags: Tags::NONE,
            who: None,
            hides: false,
            address: None,
            known: None,
        }
    }

    /// What the other plain peer describes, as this one is to hear it.
    fn tell(&mut self, said: &[u8]) -> Vec<u8> {
        match &mut self.known {
            Some(known) => known.tell(said),
            None => said.to_vec(),
        }
    }

    /// What this peer describes, as the other plain one is to hear it.
    fn hear(&mut self, said: &[u8]) -> Vec<u8> {
        match &mut self.known {
            Some(known) => known.heard(said),
            None => said.to_vec(),
        }
    }
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

/// Whether a peer takes REFER, by its Allow. One that does not say cannot be sent elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refer {
    Allowed,
    NotSaid,
}

impl Refer {
    fn of(headers: &Headers) -> Refer {
        if headers.lists("Allow", "REFER") {
            Refer::Allowed
        } else {
            Refer::NotSaid
        }
    }
}

impl Call {
    /// The set-up, while the call is not answered.
    fn set_up(&mut self) -> Option<&mut SetUp> {
        match &mut self.stage {
            Stage::SettingUp(set_up) => Some(set_up),
            Stage::Established(_) => None,
        }
    }

    /// What the two sides agreed on, once the call is answered.
    fn session(&self) -> Option<&Session> {
        match &self.stage {
            Stage::SettingUp(_) => None,
            Stage::Established(session) => Some(session),
        }
    }

    /// The caller's leg and what the two sides agreed on, once the call is answered.
    fn established(&mut self) -> Option<(&mut Leg, &mut Session)> {
        match &mut self.stage {
            Stage::SettingUp(_) => None,
            Stage::Established(session) => Some((&mut self.caller, session)),
        }
    }

    /// The caller's leg, or the callee's once the call is answered.
    fn leg(&self, side: Side) -> Option<&Leg> {
        match side {
            Side::Caller => Some(&self.caller),
            Side::Callee => self.session().map(|session| &session.callee),
        }
    }

    /// The bridges there are: one of an answered call, one for each device that rings.
    fn bridges(&self) -> Vec<BridgeId> {
        match &self.stage {
            Stage::SettingUp(set_up) => {
                let reserved = set_up.reservation.iter().map(|of| of.bridge);
                let branches = set_up.branches.iter().map(|branch| branch.bridge);
                let mut all: Vec<BridgeId> = reserved.chain(branches).collect();
                all.dedup();
                all
            }
            Stage::Established(session) => vec![session.bridge],
        }
    }

    /// Every dialog there is: the caller's, and the callee's or those of all that ring.
    fn legs_mut(&mut self) -> impl Iterator<Item = &mut Leg> {
        let (callee, ringing) = match &mut self.stage {
            Stage::SettingUp(set_up) => (None, Some(set_up.branches.iter_mut())),
            Stage::Established(session) => (Some(&mut session.callee), None),
        };
        let ringing = ringing.into_iter().flatten().map(|branch| &mut branch.leg);
        std::iter::once(&mut self.caller)
            .chain(callee)
            .chain(ringing)
    }
}

impl Calls {
    pub fn count(&self) -> usize {
        self.calls.len()
    }

    /// The bridge of that person's call, and the side they are on.
    pub(super) fn carried_by(&self, name: &str, call_id: &str) -> Option<(BridgeId, Side)> {
        let (key, bridge, side) = self.book.find(name, call_id)?;
        let going_on = || self.calls.get(&key)?.bridges().first().copied();
        Some((bridge.or_else(going_on)?, side))
    }

    /// Takes what the agent says of calls and of requests inside them.
    pub fn handle(&mut self, event: Event, desk: &mut Desk<'_>, now: Instant) {
        if let Some(event) = self.transfer_event(event, desk, now) {
            self.call_event(event, desk, now);
        }
        self.take_places(desk, now);
    }

    fn call_event(&mut self, event: Event, desk: &mut Desk<'_>, now: Instant) {
        self.hear_of_model(&event, desk);
        match event {
            Event::Incoming {
                call,
                hop,
                request,
                replaces,
            } => match replaces {
                Some(replaced) => self.replace_asked((call, replaced), hop, &request, desk, now),
                None => self.incoming(call, hop, &request, desk, now),
            },
            Event::Progress { call, response } => self.progress(call, &response, desk, now),
            Event::Answered { call, response } => self.answered(call, &response, desk, now),
            Event::CallRequest { id, call, request } => self.in_call(id, call, &request, desk, now),
            Event::FlowLost { call, flow } => self.flow_lost(call, flow, desk, now),
            Event::Ended { call, end } => self.ended(call, &end, desk, now),
            Event::Response { id, response } if self.is_update(id) => {
                self.update_answered(id, Some(&response), desk, now);
            }
            Event::RequestFailed { id, .. } if self.is_update(id) => {
                self.update_answered(id, None, desk, now);
            }
            Event::Response { id, response } => {
                if !self.bye_answered(id, Some(&response), desk, now)
                    && !self.offer_answered(id, Some(&response), desk, now)
                    && !self.passed_answered(id, Ok(&response), desk, now)
                {
                    self.fast_update_answered(id, Some(response.status), desk);
                }
            }
            Event::RequestFailed { id, failure } => {
                if !self.bye_answered(id, None, desk, now)
                    && !self.offer_answered(id, None, desk, now)
                    && !self.passed_answered(id, Err(failure), desk, now)
                {
                    self.fast_update_answered(id, None, desk);
                }
            }
            Event::Confirmed { call, body } => match self.find(call) {
                Some(of) if self.session(of.0).is_some() => {
                    self.change_confirmed(of, body, desk, now);
                }
                Some((key, Side::Caller)) => self.confirmed(key, body, desk, now),
                Some((_, Side::Callee)) | None => {}
            },
            // What is outside of calls is the switch's.
            Event::Request { .. } | Event::Malformed { .. } => {}
        }
    }

    /// What a bridge says.
    pub fn handle_bridge(
        &mut self,
        bridge: BridgeId,
        event: BridgeEvent,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(key) = self.by_bridge.get(&bridge).copied() else {
            return; // it is being closed
        };
        match event {
            BridgeEvent::Reply(answer) if self.opens_for_several(bridge) => {
                self.several_opened((key, bridge), answer, desk, now);
            }
            BridgeEvent::Reply(answer) => {
                match self.session(key) {
                    Some(session) if session.opens_for_transfer() => {
                        self.transfer_opened(key, answer, desk, now);
                    }
                    Some(_) => self.change_replied(key, answer, desk, now),
                    None => self.replied(key, bridge, answer, desk, now),
                }
                self.take_places(desk, now);
            }
            BridgeEvent::FastUpdateWanted { side } => self.ask_by_info(key, side, desk, now),
            BridgeEvent::Connected { side } => {
                tracing::debug!(bridge = bridge.0, ?side, "browser connected");
                self.pictures_pass(key, side);
            }
            BridgeEvent::FirstPicture { side } => {
                tracing::info!(bridge = bridge.0, ?side, "first picture");
            }
            BridgeEvent::Reencoding { side, why } => {
                desk.counters.streams_reencoded.count();
                tracing::info!(bridge = bridge.0, ?side, %why, "pictures are encoded anew");
            }
            // Nobody need send anything before the answer.
            BridgeEvent::Lost {
                cause: LostCause::Silent,
                ..
            } if self.session(key).is_none() => {}
            BridgeEvent::Lost { side, cause } => self.media_lost(key, side, cause, desk, now),
        }
    }

    /// A device that was asked says what it is.
    fn hear_of_model(&self, event: &Event, desk: &mut Desk<'_>) {
        let (call, response) = match event {
            Event::Progress { call, response } | Event::Answered { call, response } => {
                (*call, Some(response))
            }
            Event::Ended { call, end } => (*call, end.response.as_ref()),
            Event::Incoming { .. }
            | Event::CallRequest { .. }
            | Event::FlowLost { .. }
            | Event::Response { .. }
            | Event::RequestFailed { .. }
            | Event::Confirmed { .. }
            | Event::Request { .. }
            | Event::Malformed { .. } => return,
        };
        let legs = self.find(call).and_then(|(key, _)| self.calls.get(&key));
        let legs = legs.and_then(|call| match &call.stage {
            Stage::SettingUp(set_up) => Some(&set_up.branches),
            Stage::Established(_) => None,
        });
        let mut legs = legs.into_iter().flatten().map(|branch| &branch.leg);
        let leg = legs.find(|leg| leg.handle == Some(call) && leg.access == Access::Plain);
        if let (Some(address), Some(response)) =
            (leg.and_then(|leg| leg.address.as_ref()), response)
        {
            desk.peers.hear_response(address, response, desk.counters);
        }
    }

    fn find(&self, handle: CallHandle) -> Option<(CallKey, Side)> {
        self.by_handle.get(&handle).copied()
    }

    fn set_up(&mut self, key: CallKey) -> Option<&mut SetUp> {
        self.calls.get_mut(&key).and_then(Call::set_up)
    }

    fn session(&self, key: CallKey) -> Option<&Session> {
        self.calls.get(&key).and_then(Call::session)
    }
}

/// A step for a call's bridge.
fn step(desk: &mut Desk<'_>, bridge: BridgeId, step: Step) {
    command(desk, bridge, BridgeCommand::Apply(step));
}

fn command(desk: &mut Desk<'_>, bridge: BridgeId, command: BridgeCommand) {
    desk.outputs.push_back(Output::Bridge { bridge, command });
}

fn reject(desk: &mut Desk<'_>, call: CallHandle, reply: Reply, now: Instant) {
    let reason = Reason::sip(reply.status, "");
    if let Err(error) = desk.agent.reject(call, reply, now) {
        // Its 200 is out already, or it has gone.
        tracing::debug!(%call, %error, "not rejected");
        desk.agent.hang_up(call, Some(reason), now);
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
        // Deprecated, and the only way to say TLS without holding everybody to sips (RFC 5630 §3.1.4).
        Transport::Tls => uri = uri.with_param("transport", "tls"),
        Transport::Tcp | Transport::Ws | Transport::Wss => {
            uri = uri.with_param("transport", transport.uri_param());
        }
    }
    NameAddr::new(Uri::Sip(uri))
}

/// Nothing if there are no bytes.
fn sdp_body(bytes: Vec<u8>) -> Option<Body> {
    (!bytes.is_empty()).then(|| Body::sdp(bytes))
}

fn sdp_of(content: Option<&[u8]>) -> Vec<u8> {
    content.map(<[u8]>::to_vec).unwrap_or_default()
}

fn request_sdp(request: &Request) -> Vec<u8> {
    sdp_of(request.content("application/sdp"))
}

fn plain_end(desk: &Desk<'_>, bridge: BridgeId, rtp_port: u16) -> PlainEnd {
    PlainEnd {
        address: desk.policy.media_address,
        rtp_port,
        session_id: bridge.0,
        max_bits_per_second: desk.policy.max_video_bits_per_second,
    }
}

#[cfg(test)]
mod tests;
