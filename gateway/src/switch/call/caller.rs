//! The caller's side of the media, from a callee's agreement to the caller's 200: RFC 3261 §13.3.1.

use sip::agent::{Reliable, Reply};
use sip::message::{Body, Header, Method, Status};
use sip::sdp::Description;
use sip::time::Instant;
use sip::video_share::Tags;

use super::branches::BranchStage;
use super::offered::{Agreed, AgreedAudio, AgreedWith, AudioWith, Offered};
use super::session::{Agreement, Bridged, Session};
use super::setup::SetUp;
use super::terms::Plans;
use super::{CallKey, Calls, Leg, Stage, command, contact, plain_end, recording, sdp_body, step};
use crate::bridge::{BridgeId, Medium, Side, Step};
use crate::switch::offer::{self, PlainAgreement, PlainEnd, Reject};
use crate::switch::{ALLOW_IN_CALL, Desk};

/// How far the caller's description has come. It is written once, in the bridge of one device;
/// from then on no other device can take the call.
pub(super) enum CallerMedia {
    /// No device has agreed to anything.
    None,
    /// An answer before anybody rings is being written.
    Reserving,
    /// It is being written; ringing goes on, and is told with this status.
    Writing {
        bridge: BridgeId,
        agreed: Agreed,
        progress: Status,
    },
    /// It is written, and sent in a 1xx or about to be in the 200.
    Written {
        bridge: BridgeId,
        agreed: Agreed,
        body: Vec<u8>,
        /// Our own words when it is an offer to a plain caller.
        offer: Option<Box<Description>>,
    },
    /// Our offer went out in the 200, its answer comes in the ACK.
    Offered {
        agreed: Option<Agreed>,
        offer: Option<Box<Description>>,
    },
}

impl CallerMedia {
    /// Whether no device has agreed to anything yet.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, CallerMedia::None)
    }
}

impl Calls {
    /// A callee's media is agreed: the caller's description is written.
    pub(super) fn answer_caller(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        agreed: Agreed,
        progress: Status,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Stage::SettingUp(set_up) = &mut call.stage else {
            return;
        };
        let next = set_up.offered.for_caller(&call.caller, &agreed);
        set_up.media = CallerMedia::Writing {
            bridge,
            agreed,
            progress,
        };
        match next {
            Ok(steps) => {
                for next in steps {
                    command(desk, bridge, next);
                }
            }
            Err(error) => self.reject(key, &error, desk, now),
        }
    }

    pub(super) fn plain_caller_opened(
        &mut self,
        key: CallKey,
        (medium, port): (Medium, u16),
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        if matches!(set_up.media, CallerMedia::Reserving) {
            return self.reserve_opened(key, port, desk, now);
        }
        let CallerMedia::Writing { bridge, agreed, .. } = &set_up.media else {
            return;
        };
        let bridge = *bridge;
        if medium == Medium::Audio {
            set_up.audio_port = Some(port);
            if agreed.has_video() {
                return; // the ports of video follow
            }
        }
        let end = plain_end(desk, bridge, port);
        if let Offered::Nothing = &set_up.offered {
            let offer = offer::plain_offer(end, agreed.direction, &[agreed.web()]);
            return self.caller_written(key, offer.to_bytes(), Some(offer), desk, now);
        }
        match set_up.plain_answer(end) {
            Ok((answer, plans)) => {
                plans.connect(desk, bridge, Side::Caller);
                self.caller_written(key, answer.to_bytes(), None, desk, now);
            }
            Err(error) => self.reject(key, &error, desk, now),
        }
    }

    /// The caller's description is written: it leaves in the 200, or in a 1xx as long as the
    /// callee rings.
    pub(super) fn caller_written(
        &mut self,
        key: CallKey,
        body: Vec<u8>,
        offer: Option<Description>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        let CallerMedia::Writing {
            bridge,
            agreed,
            progress,
        } = std::mem::replace(&mut set_up.media, CallerMedia::None)
        else {
            return;
        };
        set_up.media = CallerMedia::Written {
            bridge,
            agreed,
            body: body.clone(),
            offer: offer.map(Box::new),
        };
        let branch = set_up.branch(bridge).map(|branch| branch.stage);
        self.start_media(key, desk);
        match branch {
            Some(BranchStage::Answered) => self.accept(key, desk, now),
            Some(BranchStage::Opening | BranchStage::Ringing) | None => {
                let early = Reply {
                    body: sdp_body(body),
                    ..Reply::new(progress)
                };
                self.tell_progress(key, early, desk, now);
            }
        }
    }

    /// The callee's media is agreed when the caller's description is long written.
    pub(super) fn callee_agreed(&mut self, key: CallKey, callee: Agreed, desk: &mut Desk<'_>) {
        if let Some(set_up) = self.set_up(key)
            && let CallerMedia::Written { agreed, .. } = &mut set_up.media
        {
            *agreed = callee;
        }
        self.start_media(key, desk);
    }

    /// Video flows as both sides said. Without the caller's word nothing does.
    pub(super) fn start_media(&mut self, key: CallKey, desk: &mut Desk<'_>) {
        let Some(call) = self.calls.get(&key) else {
            return;
        };
        let Stage::SettingUp(set_up) = &call.stage else {
            return;
        };
        let (CallerMedia::Written { bridge, agreed, .. }, Offered::Video(_) | Offered::Fed(_)) =
            (&set_up.media, &set_up.offered)
        else {
            return;
        };
        let flows = offer::flows(set_up.offered.direction(&call.caller), agreed.direction);
        step(desk, *bridge, Step::Start { flows });
        let spoken = set_up.offered.audio(call.caller.access);
        if let (Some((direction, _)), Some(audio)) = (spoken, &agreed.audio) {
            let flows = offer::flows(direction, audio.direction);
            step(desk, *bridge, Step::StartAudio { flows });
        }
    }

    /// The caller's 200. With an answer in it the call stands; an offer waits for its answer.
    pub(super) fn accept(&mut self, key: CallKey, desk: &mut Desk<'_>, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Stage::SettingUp(set_up) = &mut call.stage else {
            return;
        };
        let Some(handle) = call.caller.handle else {
            return self.watcher_accepted(key, desk, now);
        };
        let mut follows = None;
        let body = match &set_up.media {
            CallerMedia::Written { body, .. } => body.clone(),
            // Two plain peers: the callee's own words.
            CallerMedia::None => {
                let first = set_up.branches.first();
                let said = first.map_or(Vec::new(), |branch| branch.leg.sdp.clone());
                match set_up.later_than_told(&said) {
                    Some(told) => {
                        follows = Some(said);
                        told
                    }
                    None if set_up.answered_early => Vec::new(),
                    None => said,
                }
            }
            CallerMedia::Reserving | CallerMedia::Writing { .. } | CallerMedia::Offered { .. } => {
                return;
            }
        };
        let tags = set_up.answered_tags();
        let is_answer = set_up.answered_early || matches!(set_up.offered, Offered::Video(_));
        if !is_answer {
            set_up.media = match std::mem::replace(&mut set_up.media, CallerMedia::None) {
                CallerMedia::Written { agreed, offer, .. } => CallerMedia::Offered {
                    agreed: Some(agreed),
                    offer,
                },
                CallerMedia::None
                | CallerMedia::Reserving
                | CallerMedia::Writing { .. }
                | CallerMedia::Offered { .. } => CallerMedia::Offered {
                    agreed: None,
                    offer: None,
                },
            };
        }
        if !body.is_empty() {
            call.caller.told = body.clone();
        }
        let own = contact(desk, call.caller.hop.transport);
        let answer = Reply {
            body: sdp_body(body),
            contact: vec![tags.on(self.audiences.contact(key, own))],
            ..Reply::new(Status::OK)
        };
        let mut answer = answer.with_header(Header::fixed("Allow", ALLOW_IN_CALL));
        if call.caller.recorder.shows {
            answer = answer.with_header(recording::taken());
        }
        if is_answer {
            self.establish(key, desk, now);
        }
        match (desk.agent.accept(handle, answer, now), follows) {
            (Err(error), _) => tracing::debug!(%error, "the caller gave up as it was answered"),
            (Ok(()), Some(description)) => self.tell_again(key, description, desk, now),
            (Ok(()), None) => {}
        }
    }

    /// Two plain peers: the callee's description is another than the caller was answered, which an
    /// offer tells it. It leaves after the ACK,
    /// within 4 s.
    fn tell_again(
        &mut self,
        key: CallKey,
        description: Vec<u8>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(handle) = call.caller.handle else {
            return;
        };
        call.caller.told = description.clone();
        let headers = vec![Header::fixed("Allow", ALLOW_IN_CALL)];
        let body = sdp_body(description);
        // What the caller answers is what it has offered before: the callee has that.
        desk.agent
            .request_in_call(handle, Method::Invite, headers, body, now);
    }

    /// The caller's ACK came. When our 200 made the offer, it has the answer.
    pub(super) fn confirmed(
        &mut self,
        key: CallKey,
        body: Option<Body>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Stage::SettingUp(set_up) = &mut call.stage else {
            return; // its offer was answered in the 200
        };
        let CallerMedia::Offered { agreed, offer } = &set_up.media else {
            return;
        };
        let sdp = body.map(|body| body.bytes).unwrap_or_default();
        if sdp.is_empty() {
            let why = "the ACK has no answer to our offer";
            return self.give_up(key, Status::NOT_ACCEPTABLE_HERE, why, desk, now);
        }
        call.caller.sdp = sdp.clone();
        let Some(branch) = set_up.branches.first() else {
            return;
        };
        let bridge = branch.bridge;
        let side = Side::Caller;
        match (agreed, offer) {
            (None, _) => {
                if let Some(callee) = branch.leg.handle
                    && let Err(error) = desk.agent.acknowledge(callee, sdp_body(sdp), now)
                {
                    tracing::debug!(%error, "the answer was not passed on");
                }
                self.establish(key, desk, now);
            }
            (Some(_), None) => {
                let answer = String::from_utf8_lossy(&sdp).into_owned();
                step(desk, bridge, Step::WebAccept { side, answer });
            }
            (Some(_), Some(offer)) => match read_answer(&call.caller, offer, &sdp, desk) {
                Ok(agreement) => {
                    let plan = agreement.plan;
                    step(desk, bridge, Step::PlainConnect { side, plan });
                    self.establish(key, desk, now);
                }
                Err(error) => self.reject(key, &error, desk, now),
            },
        }
    }

    /// Both sides have their answers.
    pub(super) fn establish(&mut self, key: CallKey, desk: &mut Desk<'_>, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Stage::SettingUp(set_up) = &mut call.stage else {
            return;
        };
        let made_offer = matches!(set_up.media, CallerMedia::Offered { .. });
        let Some(session) = set_up.session(&call.caller) else {
            return;
        };
        tracing::info!(call = key.0, bridge = session.bridge.0, "answered");
        let address = call.caller.address.as_ref();
        if address.is_some_and(|address| desk.peers.waits_for_user(address)) {
            tracing::info!(call = key.0, "no picture until the caller's user confirms");
        }
        if let (Bridged::Through(agreement), true) = (&session.media, made_offer) {
            let flows = offer::flows(agreement.direction, agreement.callee.direction);
            step(desk, session.bridge, Step::Start { flows });
        }
        call.stage = Stage::Established(Box::new(session));
        self.begin_its_time(key, desk, now);
        self.callee_watches(key);
        self.note_who_is_asked(key, desk);
    }

    /// Passes a provisional response on to the caller.
    pub(super) fn tell_progress(
        &mut self,
        key: CallKey,
        mut reply: Reply,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let (Some(handle), transport) = (call.caller.handle, call.caller.hop.transport) else {
            return self.watcher_rings(key, desk, now);
        };
        if let Some(set_up) = call.set_up() {
            set_up.told = Some(reply.status);
            // A handset that says so acknowledges whatever it gets, and waits for our word to that
            // (its software is of 2004).
            if set_up.asked.headers.lists("Require", "precondition") {
                reply.reliable = Reliable::Always;
            }
        }
        let reply = reply.with_contact(contact(desk, transport));
        if let Err(error) = desk.agent.progress(handle, reply, now) {
            tracing::debug!(%error, "progress not passed on");
        }
    }
}

/// The caller's answer to an offer of ours, with what its model can take.
fn read_answer(
    caller: &Leg,
    offer: &Description,
    sdp: &[u8],
    desk: &Desk<'_>,
) -> Result<PlainAgreement, Reject> {
    match &caller.address {
        Some(address) => offer::read_plain_answer(offer, &desk.peers.completed(address, sdp)),
        None => offer::read_plain_answer(offer, sdp),
    }
}

impl SetUp {
    /// What the device that answered says of Video Share.
    fn answered_tags(&self) -> Tags {
        let answered = self.branches.first();
        answered.map_or(Tags::NONE, |branch| branch.leg.tags)
    }

    /// The answer for a plain caller.
    fn plain_answer(&self, end: PlainEnd) -> Result<(Description, Plans), Reject> {
        let (CallerMedia::Writing { agreed, .. }, Offered::Video(offer)) =
            (&self.media, &self.offered)
        else {
            return Err(Reject::NoDescription);
        };
        let mut plans = Plans::default();
        let mut answer = match &agreed.with {
            AgreedWith::Browser(Some(codec)) => {
                let (answer, plan) = offer::answer_plain(offer, end, *codec, agreed.direction)?;
                plans.video = Some(plan);
                answer
            }
            // Two plain peers need no bridge, and so never come here.
            AgreedWith::Browser(None) | AgreedWith::Plain(_) => offer::refusing_answer(offer, end),
        };
        if let Some(AgreedAudio {
            direction,
            with: AudioWith::Browser(codec),
        }) = agreed.audio
            && let Some(port) = self.audio_port
        {
            plans.audio = offer::answer_audio(offer, &mut answer, port, codec, direction);
        }
        if plans.video.is_none() && plans.audio.is_none() {
            return Err(Reject::NoCommonCodec);
        }
        if let Some(said) = self.offered.preconditions() {
            said.write(&mut answer);
        }
        Ok((answer, plans))
    }

    /// What the set-up came to; `None` before a device answered.
    fn session(&mut self, caller: &Leg) -> Option<Session> {
        let branch = self.branches.pop()?;
        let agreed = match std::mem::replace(&mut self.media, CallerMedia::None) {
            CallerMedia::None | CallerMedia::Reserving => None,
            CallerMedia::Offered { agreed, .. } => agreed,
            CallerMedia::Writing { agreed, .. } | CallerMedia::Written { agreed, .. } => {
                Some(agreed)
            }
        };
        let media = agreed.map_or(Bridged::Direct, |callee| {
            Bridged::Through(Box::new(Agreement {
                direction: self.offered.direction(caller),
                callee,
            }))
        });
        Some(Session::new(branch.bridge, branch.leg, media))
    }
}
