//! What a ringing device says before and with its answer: provisional responses, media before the
//! answer, and one clean description of it for the caller although there may be several dialogs
//! behind one device (RFC 3261 §13.2.2.4, RFC 3960, RFC 6228).

use sip::agent::{CallHandle, Reply};
use sip::message::{Body, Reason, Response, Status};
use sip::sdp::Description;
use sip::time::Instant;

use super::branches::{Branch, BranchStage};
use super::caller::CallerMedia;
use super::offered::{Agreed, AgreedAudio, AgreedWith, AudioWith, Offered, direction_of};
use super::setup::SetUp;
use super::{CallKey, Calls, Info, Recorder, Refer, sdp_body, sdp_of, step};
use crate::bridge::web_leg::{WebAudio, WebCodec};
use crate::bridge::{BridgeId, Side, Step};
use crate::switch::offer::{self, Reject};
use crate::switch::route::Access;
use crate::switch::{Desk, capability};

/// Early dialogs whose descriptions are kept for one device. A proxy behind which more than these
/// ring is not heard before the answer.
const EARLY_DIALOGS: usize = 16;

/// What one of the dialogs behind a device said of its media before the answer.
pub(super) struct EarlyAnswer {
    tag: String,
    sdp: Vec<u8>,
    /// An UPDATE made it what it is: what a 2xx repeats of the time before means nothing.
    is_settled: bool,
}

impl Branch {
    /// Remembers what an early dialog said last.
    pub(super) fn note_early(&mut self, tag: &str, sdp: &[u8]) {
        self.latest_early = Some(tag.to_owned());
        if let Some(known) = self.early.iter_mut().find(|early| early.tag == tag) {
            if !known.is_settled {
                known.sdp = sdp.to_vec();
            }
        } else if self.early.len() < EARLY_DIALOGS {
            self.early.push(EarlyAnswer {
                tag: tag.to_owned(),
                sdp: sdp.to_vec(),
                is_settled: false,
            });
        }
    }

    /// An UPDATE passed in the dialog heard of last, to which that is what the device says.
    pub(super) fn settle_early(&mut self, sdp: &[u8]) {
        let tag = self.latest_early.as_deref();
        let mut early = self.early.iter_mut();
        if let Some(early) = early.find(|early| Some(early.tag.as_str()) == tag) {
            early.sdp = sdp.to_vec();
            early.is_settled = true;
        }
    }

    /// The answer of a 2xx: its own, or the one its early dialog gave in a reliable 1xx, which a
    /// 2xx need not repeat (RFC 6337 §2.1).
    fn answer_of(&self, response: &Response) -> Vec<u8> {
        let sdp = sdp_of(response.content("application/sdp"));
        let tag = response.headers.to.tag().unwrap_or_default();
        let early = self.early.iter().find(|early| early.tag == tag);
        match early {
            Some(early) if sdp.is_empty() || early.is_settled => early.sdp.clone(),
            Some(_) | None => sdp,
        }
    }
}

impl SetUp {
    /// Whether that device is the only one that rings or may yet.
    pub(super) fn is_alone(&self, bridge: BridgeId) -> bool {
        self.groups.is_empty()
            && self.locating.is_empty()
            && self.branches.iter().all(|branch| branch.bridge == bridge)
    }

    /// Whether the caller acknowledges provisional responses. A browser that does not could take
    /// media before the answer for the answer, and would not hear the real one.
    fn caller_acknowledges(&self) -> bool {
        let headers = &self.asked.headers;
        headers.lists("Supported", "100rel") || headers.lists("Require", "100rel")
    }
}

impl Calls {
    /// A 101-199 of a device.
    pub(super) fn progress(
        &mut self,
        handle: CallHandle,
        response: &Response,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((key, Side::Callee)) = self.find(handle) else {
            return;
        };
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let caller = call.caller.access;
        let Some(set_up) = call.set_up() else {
            return;
        };
        let Some(bridge) = set_up.rings_at(handle) else {
            return;
        };
        let status = response.status;
        if status == Status::EARLY_DIALOG_TERMINATED {
            return; // the caller has one dialog, whose others go on (RFC 6228 §5)
        }
        let (is_alone, told) = (set_up.is_alone(bridge), set_up.told);
        let Some(branch) = set_up.branch(bridge) else {
            return;
        };
        let sdp = sdp_of(response.content("application/sdp"));
        let is_direct = caller == Access::Plain && branch.leg.access == Access::Plain;
        if !sdp.is_empty() {
            branch.note_early(response.headers.to.tag().unwrap_or_default(), &sdp);
        }
        self.confirm_ours(key, bridge, &sdp, desk, now);
        if !is_alone && told == Some(status) {
            return; // another one rings too
        }
        let mut passed = Reply::new(status);
        if is_direct && is_alone && !sdp.is_empty() {
            let is_reliable = response.headers.lists("Require", "100rel");
            passed.body = self.told_directly(key, sdp, is_reliable);
        } else if !sdp.is_empty() && self.early_media(key, bridge, sdp, status, desk, now) {
            return; // it goes out with the caller's description
        }
        self.tell_progress(key, passed, desk, now);
    }

    /// What a plain caller is told of a plain device's description before the answer. Of several it
    /// takes one for the answer, and hears of another only once the call is answered.
    fn told_directly(&mut self, key: CallKey, sdp: Vec<u8>, is_reliable: bool) -> Option<Body> {
        let set_up = self.set_up(key)?;
        if matches!(set_up.offered, Offered::Nothing) && !is_reliable {
            return None; // an offer that the callee would hear no answer to (RFC 3262 §5)
        }
        if !set_up.caller_acknowledges() {
            return sdp_body(sdp);
        }
        let told = set_up.told_media.get_or_insert_with(|| sdp.clone());
        (*told == sdp).then(|| Body::sdp(sdp))
    }

    /// Connects media before the answer, where the caller can be told of it. True when the response
    /// is passed on once the caller's description is written.
    fn early_media(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        sdp: Vec<u8>,
        status: Status,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some(set_up) = self.set_up(key) else {
            return false;
        };
        let can = set_up.is_alone(bridge)
            && set_up.caller_acknowledges()
            && matches!(set_up.offered, Offered::Video(_));
        let is_plain = |branch: &mut Branch| branch.leg.access == Access::Plain;
        if !can || !set_up.branch(bridge).is_some_and(is_plain) {
            return false;
        }
        let is_first = set_up.media.is_open();
        match self.plain_agreed(key, bridge, sdp, status, desk, now) {
            Ok(()) => is_first,
            Err(error) => {
                tracing::debug!(bridge = bridge.0, %error, "no media before the answer");
                false
            }
        }
    }

    /// Connects a bridge to what a plain device answered, once more when another of its dialogs
    /// says something else, and has the caller's description written if it is not.
    pub(super) fn plain_agreed(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        sdp: Vec<u8>,
        status: Status,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<(), Reject> {
        let Some(set_up) = self.set_up(key) else {
            return Ok(());
        };
        let Some(branch) = set_up.branch(bridge) else {
            return Ok(());
        };
        let offer = branch.plain_offer.as_ref().ok_or(Reject::NoDescription)?;
        let video = match offer::video(offer) {
            Some(_) => {
                let said = desk.peers.completed(&branch.uri, &sdp);
                offer::read_plain_answer(offer, &said)
            }
            None => Err(Reject::NoVideo),
        };
        // The line of a silent audio is nobody's.
        let audio = branch.audio_port.and(offer::read_audio_answer(offer, &sdp));
        let video = match (video, &audio) {
            (Ok(agreement), _) => Some(agreement),
            // A peer that takes the voice and no video.
            (Err(_), Some(_)) => None,
            (Err(error), None) => return Err(error),
        };
        if branch.connected.as_ref() != Some(&sdp) {
            let side = Side::Callee;
            if let Some(plan) = video.as_ref().map(|video| video.plan.clone()) {
                step(desk, bridge, Step::PlainConnect { side, plan });
            }
            if let Some(plan) = audio.as_ref().map(|audio| audio.plan.clone()) {
                step(desk, bridge, Step::PlainAudio { side, plan });
            }
            branch.connected = Some(sdp);
        }
        let inactive = sip::sdp::Direction::Inactive;
        let callee = Agreed {
            direction: video.as_ref().map_or(inactive, |video| video.direction),
            with: AgreedWith::Plain(video.map(Box::new)),
            audio: audio.map(|audio| AgreedAudio {
                direction: audio.direction,
                with: AudioWith::Plain(audio.stream),
            }),
        };
        match &mut set_up.media {
            CallerMedia::None => self.answer_caller(key, bridge, callee, status, desk, now),
            CallerMedia::Writing { agreed, .. } => *agreed = callee,
            CallerMedia::Written { .. } => self.callee_agreed(key, callee, desk),
            CallerMedia::Reserving | CallerMedia::Offered { .. } => {}
        }
        Ok(())
    }

    /// The first device that answers has the call; the others are told so.
    pub(super) fn answered(
        &mut self,
        handle: CallHandle,
        response: &Response,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((key, Side::Callee)) = self.find(handle) else {
            return;
        };
        let Some(set_up) = self.set_up(key) else {
            return;
        };
        let Some(bridge) = set_up.rings_at(handle) else {
            return;
        };
        let elsewhere = Reason::sip(Status::OK, "Call completed elsewhere");
        self.cancel_others(key, Some(bridge), &elsewhere, desk, now);
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let is_direct = call.caller.access == Access::Plain;
        let Some(branch) = call.set_up().and_then(|set_up| set_up.branch(bridge)) else {
            return;
        };
        branch.stage = BranchStage::Answered;
        let sdp = branch.answer_of(response);
        branch.leg.sdp = sdp.clone();
        branch.leg.info = Info::of(&response.headers);
        branch.leg.recorder = Recorder::of(&response.headers);
        branch.leg.refer = Refer::of(&response.headers);
        branch.leg.tags = capability::tags_of(&response.headers);
        match branch.leg.access {
            Access::Browser => {
                let answer = String::from_utf8_lossy(&sdp).into_owned();
                let side = Side::Callee;
                step(desk, bridge, Step::WebAccept { side, answer });
            }
            Access::Plain if is_direct => self.accept(key, desk, now),
            Access::Plain => {
                match self.plain_agreed(key, bridge, sdp, response.status, desk, now) {
                    // Not yet, if the caller's description is only being written.
                    Ok(()) => self.accept(key, desk, now),
                    Err(error) => {
                        self.reject(key, &error, desk, now);
                    }
                }
            }
        }
    }

    /// The answer of a browser was taken.
    pub(super) fn web_accepted(
        &mut self,
        key: CallKey,
        bridge: BridgeId,
        (codec, audio): (Option<WebCodec>, Option<WebAudio>),
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(branch) = self.set_up(key).and_then(|set_up| set_up.branch(bridge)) else {
            return;
        };
        let answer = Description::parse(&branch.leg.sdp);
        let said = answer.as_ref().ok();
        let inactive = sip::sdp::Direction::Inactive;
        let spoken = said.and_then(|said| Some(offer::direction_of(said, offer::audio(said)?)));
        let agreed = Agreed {
            direction: said.map_or(inactive, direction_of),
            with: AgreedWith::Browser(codec),
            audio: audio.map(|codec| AgreedAudio {
                direction: spoken.unwrap_or(inactive),
                with: AudioWith::Browser(codec),
            }),
        };
        let is_open = self
            .set_up(key)
            .is_some_and(|set_up| set_up.media.is_open());
        if is_open {
            let progress = Status::SESSION_PROGRESS;
            return self.answer_caller(key, bridge, agreed, progress, desk, now);
        }
        self.callee_agreed(key, agreed, desk);
        self.accept(key, desk, now);
    }
}
