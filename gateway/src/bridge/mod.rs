//! The media of one call: two legs and the relays between them, without a socket or a clock.
//!
//! A leg is a browser ([`web_leg`]) or a plain RTP peer ([`ims_leg`]); a [`relay`] carries one
//! direction, passing pictures on when both sides speak the same codec and having them transcoded
//! when they do not. The owner drains [`Bridge::poll_output`] after every call.

mod audience;
pub mod audio_format;
pub mod audio_relay;
mod command;
mod describing;
mod early;
pub mod fed;
mod flood;
mod flowing;
pub mod format;
mod freeze;
pub mod ims_leg;
mod jobs;
pub mod latch;
mod leg;
pub mod packets;
pub mod relay;
mod settle;
mod sound;
mod sync;
mod timeline;
pub mod web_description;
pub mod web_leg;

pub use command::{
    AudioCodecs, BridgeCommand, BridgeError, BridgeEvent, BridgeId, BridgeReply, ClassId, Flows,
    Input, LostCause, Medium, Output, Side, Step, TargetSize, TranscodeJob, TranscodePlan,
    Transcoded,
};

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use audience::Audience;
use audio_format::AudioPlan;
use early::Early;
use fed::Wish;
use ims_leg::{ImsLeg, PlainPlan, Plan};
use jobs::Jobs;
use latch::PlainRules;
use leg::{Leg, PlainLegs};
use relay::Relay;
use sound::Sounds;
use sync::SenderClock;
use timeline::Timeline;
use web_leg::WebLeg;

use crate::operate::media::MediaCounts;

pub struct Bridge {
    seed: u64,
    rules: PlainRules,
    legs: [Option<Leg>; 2],
    /// Browsers that were offered a side's place and have not answered.
    next: [Option<Box<WebLeg>>; 2],
    /// By the side that the pictures come from.
    relays: [Option<Relay>; 2],
    /// By the side that the pictures come from: how many are in the codec pool, and how many of
    /// these belong to a relay that is no more, so that nobody wants them.
    in_pool: [InPool; 2],
    /// By the side that the pictures come from: what is for the codec pool.
    jobs: [Jobs; 2],
    /// By the side that the pictures go to.
    timelines: [Timeline; 2],
    /// By the side that sent it.
    early: [Early; 2],
    sound: Sounds,
    /// Who watches the caller besides the callee, each by a bridge of its own.
    audience: Audience,
    /// By the side whose clock it is.
    clocks: [SenderClock; 2],
    outputs: VecDeque<Output>,
    /// When the last input was taken of those that have not gone their way yet. What came in one turn of
    /// the owner's goes it together.
    unsettled: Option<Instant>,
    /// Of legs and relays that are gone.
    counts: MediaCounts,
}

#[derive(Default)]
struct InPool {
    all: usize,
    unwanted: usize,
}

impl Bridge {
    /// `seed` is where SSRCs and sequence numbers come from; it must be secret and unlike any
    /// other's. `rules` are the operator's for plain peers.
    pub fn new(seed: u64, rules: PlainRules) -> Bridge {
        Bridge {
            seed,
            rules,
            legs: [None, None],
            next: [None, None],
            relays: [None, None],
            in_pool: Default::default(),
            jobs: Default::default(),
            timelines: Default::default(),
            early: Default::default(),
            sound: Sounds::default(),
            audience: Audience::default(),
            clocks: Default::default(),
            outputs: VecDeque::new(),
            unsettled: None,
            counts: MediaCounts::default(),
        }
    }

    /// Takes a step of the set-up. `local` is the worker's port for browsers, `wall` the time
    /// since 1970 at `now`.
    pub fn apply(
        &mut self,
        step: Step,
        local: SocketAddr,
        now: Instant,
        wall: Duration,
    ) -> Option<BridgeReply> {
        self.catch_up();
        let reply = self.step(step, (local, wall), now);
        self.settle(now);
        reply
    }

    fn step(
        &mut self,
        step: Step,
        (local, wall): (SocketAddr, Duration),
        now: Instant,
    ) -> Option<BridgeReply> {
        match step {
            Step::WebAnswer {
                side,
                offer,
                video,
                audio,
            } => {
                let written = WebLeg::answer(&offer, (video, audio), local, now);
                Some(self.described(side, written))
            }
            Step::WebOffer { side, video, audio } => {
                Some(self.described(side, WebLeg::offer((video, audio), local, now)))
            }
            Step::WebAccept { side, answer } => Some(self.web_accept(side, &answer, now)),
            Step::WebOfferNext { side, video, audio } => {
                let written = WebLeg::offer((video, audio), local, now);
                Some(self.described_next(side, written))
            }
            Step::WebAcceptNext { side, answer } => Some(self.web_accept_next(side, &answer, now)),
            Step::WebReoffer {
                side,
                directions,
                audio,
            } => Some(self.redescribed(side, |leg| leg.offer_again(directions, audio, now))),
            Step::WebReanswer {
                side,
                offer,
                directions,
                audio,
                limit,
            } => Some(self.redescribed(side, |leg| {
                leg.answer_again(&offer, (directions, audio, limit), now)
            })),
            Step::PlainConnect { side, plan } => {
                self.plain_connect(side, plan, wall, now);
                None
            }
            Step::PlainAudio { side, plan } => {
                self.plain_audio(side, plan, wall, now);
                None
            }
            Step::StartAudio { flows } => {
                self.start_sound(flows);
                None
            }
            Step::Start { flows } => {
                self.start(flows, now);
                None
            }
            Step::Feed { side, from, codec } => Some(self.be_fed(side, from, codec)),
            Step::Drop { side } => {
                self.drop_leg(side, now);
                None
            }
            Step::FastUpdate { side } => {
                self.wish(side, Wish::FastUpdate, now);
                None
            }
            Step::FastUpdateRefused { side } => {
                self.with_relay(side, |relay| relay.fast_update_refused(now));
                None
            }
        }
    }

    /// Our parts of the STUN user names, by side.
    pub fn ice_users(&mut self) -> Vec<(String, Side)> {
        let mut users = Vec::new();
        for side in SIDES {
            if let Some(Leg::Web(leg)) = &mut self.legs[side.index()] {
                users.push((leg.ice_user(), side));
            }
        }
        users
    }

    /// Whether this STUN message shows that its source is the browser of that side.
    pub fn accepts(&self, side: Side, source: SocketAddr, bytes: &[u8], now: Instant) -> bool {
        match &self.legs[side.index()] {
            Some(Leg::Web(leg)) => leg.accepts(source, bytes, now),
            Some(Leg::Plain(_) | Leg::Fed(_)) | None => false,
        }
    }

    // The four verbs.

    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        match input {
            Input::Web {
                side,
                source,
                bytes,
            } => {
                if let Some(Leg::Web(leg)) = &mut self.legs[side.index()] {
                    leg.handle(source, bytes, now);
                }
            }
            Input::Rtp {
                side,
                medium,
                source,
                bytes,
            } => self.handle_rtp((side, medium), source, bytes, now),
            Input::Rtcp {
                side,
                medium,
                source,
                bytes,
            } => match (self.plain_legs(side), medium) {
                (Some(legs), Medium::Video) => {
                    if let Some(leg) = &mut legs.video {
                        leg.handle_rtcp(source, bytes, now);
                    }
                }
                (Some(legs), Medium::Audio) => {
                    if let Some(leg) = &mut legs.audio {
                        leg.handle_rtcp(source, bytes, now);
                    }
                }
                (None, _) => {}
            },
            Input::Transcoded {
                class: Some(class),
                result,
                ..
            } => self.audience.handle_transcoded(class, result, now),
            Input::Transcoded {
                from,
                medium: Medium::Video,
                class: None,
                result,
            } => self.handle_transcoded(from, result, now),
            Input::Transcoded {
                from,
                medium: Medium::Audio,
                class: None,
                result,
            } => self.handle_sound(from, result),
            Input::Fed(fed) => self.handle_fed(fed, now),
            Input::Wish { viewer, wish } => self.handle_wish(viewer, wish, now),
        }
        self.unsettled = Some(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.catch_up();
        for side in SIDES {
            if let Some(leg) = &mut self.legs[side.index()]
                && leg.poll_timeout().is_some_and(|at| at <= now)
            {
                leg.handle_timeout(now);
            }
            self.with_relay(side, |relay| relay.handle_timeout(now));
            self.with_sound(side, |relay| relay.handle_timeout(now));
        }
        self.audience.handle_timeout(now);
        self.settle(now);
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.catch_up();
        self.outputs.pop_front()
    }

    fn catch_up(&mut self) {
        if let Some(taken) = self.unsettled.take() {
            self.settle(taken);
        }
    }

    /// How much waits to be taken by [`Bridge::poll_output`].
    #[cfg(test)]
    fn waiting_outputs(&mut self) -> usize {
        self.catch_up();
        self.outputs.len()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.unsettled.is_some() {
            return self.unsettled;
        }
        let legs = self.legs.iter().flatten().filter_map(Leg::poll_timeout);
        let relays = self.relays.iter().flatten().filter_map(Relay::poll_timeout);
        let sounds = self.sound.poll_timeout();
        let audience = self.audience.poll_timeout();
        legs.chain(relays).chain(sounds).chain(audience).min()
    }

    /// Ends the media: RTCP BYE to a plain peer, DTLS close to a browser.
    pub fn close(&mut self, now: Instant) {
        self.catch_up();
        for leg in self.legs.iter_mut().flatten() {
            leg.close(now);
        }
        self.stop_relays();
        self.sound = Sounds::default();
        self.leave_source();
        self.audience.close();
        self.settle(now);
    }

    /// What was counted since this was asked last.
    pub fn take_counts(&mut self) -> MediaCounts {
        for leg in self.legs.iter_mut().flatten() {
            self.counts.add(&leg.take_counts());
        }
        for relay in self.relays.iter_mut().flatten() {
            self.counts.add(&relay.take_counts());
        }
        self.counts.add(&self.audience.take_counts());
        std::mem::take(&mut self.counts)
    }

    /// Who was there has left; the other one goes on.
    fn drop_leg(&mut self, side: Side, now: Instant) {
        self.stop_relays();
        if let Some(mut leg) = self.legs[side.index()].take() {
            leg.close(now);
            self.counts.add(&leg.take_counts());
        }
    }

    fn replace_leg(&mut self, side: Side, leg: Leg) {
        self.clocks[side.index()].reset();
        if let Some(mut before) = self.legs[side.index()].replace(leg) {
            self.counts.add(&before.take_counts());
        }
    }

    fn plain_connect(&mut self, side: Side, plan: PlainPlan, wall: Duration, now: Instant) {
        let (seed, name) = (
            self.seed ^ side.index() as u64,
            self.seed ^ side.index() as u64,
        );
        let rules = self.rules.clone();
        let legs = self.as_plain(side);
        if let Some(leg) = &mut legs.video {
            return leg.reconnect(plan, now);
        }
        legs.video = Some(Box::new(ImsLeg::new(
            (plan, rules),
            (seed, name),
            wall,
            now,
        )));
    }

    fn plain_audio(&mut self, side: Side, plan: AudioPlan, wall: Duration, now: Instant) {
        let name = self.seed ^ side.index() as u64;
        // Far from the seed of the pictures, so that no number is shared.
        let seed = name ^ AUDIO_SEED;
        let rules = self.rules.clone();
        let legs = self.as_plain(side);
        let same_clock = |leg: &ImsLeg<AudioPlan>| leg.plan().clock_hz() == plan.clock_hz();
        match &mut legs.audio {
            Some(leg) if same_clock(leg) => leg.reconnect(plan, now),
            // Other ticks: a stream of its own (RFC 7160 §4.1).
            Some(_) => {
                let seed = seed.rotate_left(plan.clock_hz() / 1000);
                legs.audio = Some(Box::new(ImsLeg::new(
                    (plan, rules),
                    (seed, name),
                    wall,
                    now,
                )));
            }
            None => {
                legs.audio = Some(Box::new(ImsLeg::new(
                    (plan, rules),
                    (seed, name),
                    wall,
                    now,
                )))
            }
        }
    }

    /// A side's plain legs; whatever else was there is gone.
    fn as_plain(&mut self, side: Side) -> &mut PlainLegs {
        if !matches!(self.legs[side.index()], Some(Leg::Plain(_))) {
            self.stop_relays();
            self.clocks[side.index()].reset();
            if let Some(mut before) = self.legs[side.index()].take() {
                self.counts.add(&before.take_counts());
            }
        }
        let leg = self.legs[side.index()].get_or_insert_with(|| Leg::Plain(PlainLegs::default()));
        match leg {
            Leg::Plain(legs) => legs,
            Leg::Web(_) | Leg::Fed(_) => unreachable!("another leg was taken away above"),
        }
    }

    fn plain_legs(&mut self, side: Side) -> Option<&mut PlainLegs> {
        match &mut self.legs[side.index()] {
            Some(Leg::Plain(legs)) => Some(legs),
            Some(Leg::Web(_) | Leg::Fed(_)) | None => None,
        }
    }
}

/// Tells the seed of a side's sound from that of its pictures.
const AUDIO_SEED: u64 = 0x9e6c_63d0_76cc_4311;

/// A picture found no room on its way out; the next one must be a keyframe.
#[derive(Debug)]
pub struct NoRoom;

const SIDES: [Side; 2] = [Side::Caller, Side::Callee];

#[cfg(test)]
mod tests;
