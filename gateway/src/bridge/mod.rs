//! The media of one call: two legs and the relays between them, without a socket or a clock.
//!
//! A leg is a browser ([`web_leg`]) or a plain RTP peer ([`ims_leg`]); a [`relay`] carries one
//! direction, passing pictures on when both sides speak the same codec and having them transcoded
//! when they do not. The owner drains [`Bridge::poll_output`] after every call.

mod command;
mod describing;
mod flowing;
pub mod format;
pub mod ims_leg;
mod leg;
pub mod relay;
mod settle;
mod timeline;
pub mod web_description;
pub mod web_leg;

pub use command::{
    BridgeCommand, BridgeError, BridgeEvent, BridgeId, BridgeReply, Flows, Input, LostCause,
    Medium, Output, Side, Step, TargetSize, TranscodeJob, TranscodePlan, Transcoded,
};

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ims_leg::{ImsLeg, PlainPlan};
use leg::Leg;
use relay::Relay;
use timeline::Timeline;
use web_leg::WebLeg;

pub struct Bridge {
    seed: u64,
    legs: [Option<Leg>; 2],
    /// Browsers that were offered a side's place and have not answered.
    next: [Option<Box<WebLeg>>; 2],
    /// By the side that the pictures come from.
    relays: [Option<Relay>; 2],
    /// By the side that the pictures come from: how many are in the codec pool, and how many of
    /// these belong to a relay that is no more, so that nobody wants them.
    in_pool: [InPool; 2],
    /// By the side that the pictures go to.
    timelines: [Timeline; 2],
    outputs: VecDeque<Output>,
}

#[derive(Default)]
struct InPool {
    all: usize,
    unwanted: usize,
}

impl Bridge {
    /// `seed` is where SSRCs and sequence numbers come from; it must be secret and unlike any other's.
    pub fn new(seed: u64) -> Bridge {
        Bridge {
            seed,
            legs: [None, None],
            next: [None, None],
            relays: [None, None],
            in_pool: Default::default(),
            timelines: Default::default(),
            outputs: VecDeque::new(),
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
        let reply = match step {
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
                let written = WebLeg::offer((video, audio), local, now);
                Some(self.described(side, written))
            }
            Step::WebAccept { side, answer } => Some(self.web_accept(side, &answer, now)),
            Step::WebOfferNext { side, video, audio } => {
                let written = WebLeg::offer((video, audio), local, now);
                Some(self.described_next(side, written))
            }
            Step::WebAcceptNext { side, answer } => Some(self.web_accept_next(side, &answer, now)),
            Step::WebReoffer { side, directions } => {
                Some(self.redescribed(side, |leg| leg.offer_again(directions, now)))
            }
            Step::WebReanswer {
                side,
                offer,
                directions,
                limit,
            } => Some(self.redescribed(side, |leg| {
                leg.answer_again(&offer, (directions, limit), now)
            })),
            Step::PlainConnect { side, plan } => {
                self.plain_connect(side, plan, wall, now);
                None
            }
            Step::Start { flows } => {
                self.start(flows, now);
                None
            }
            Step::FastUpdate { side } => {
                self.with_relay(side.other(), |relay| relay.fast_update(now));
                None
            }
            Step::FastUpdateRefused { side } => {
                self.with_relay(side, |relay| relay.fast_update_refused(now));
                None
            }
        };
        self.settle(now);
        reply
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
                medium: Medium::Video,
                source,
                bytes,
            } => {
                if let Some(Leg::Ims(leg)) = &mut self.legs[side.index()] {
                    leg.handle_rtp(source, bytes, now);
                }
            }
            Input::Rtcp {
                side,
                medium: Medium::Video,
                source,
                bytes,
            } => {
                if let Some(Leg::Ims(leg)) = &mut self.legs[side.index()] {
                    leg.handle_rtcp(source, bytes, now);
                }
            }
            Input::Rtp { .. } | Input::Rtcp { .. } => {}
            Input::Transcoded { from, result } => self.handle_transcoded(from, result, now),
        }
        self.settle(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        for side in SIDES {
            if let Some(leg) = &mut self.legs[side.index()] {
                leg.handle_timeout(now);
            }
            self.with_relay(side, |relay| relay.handle_timeout(now));
        }
        self.settle(now);
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let legs = self.legs.iter().flatten().filter_map(Leg::poll_timeout);
        let relays = self.relays.iter().flatten().filter_map(Relay::poll_timeout);
        legs.chain(relays).min()
    }

    /// Ends the media: RTCP BYE to a plain peer, DTLS close to a browser.
    pub fn close(&mut self, now: Instant) {
        for leg in self.legs.iter_mut().flatten() {
            leg.close(now);
        }
        self.relays = [None, None];
        self.settle(now);
    }

    fn plain_connect(&mut self, side: Side, plan: PlainPlan, wall: Duration, now: Instant) {
        if let Some(Leg::Ims(leg)) = &mut self.legs[side.index()] {
            return leg.reconnect(plan, now);
        }
        self.stop_relays();
        let leg = ImsLeg::new(plan, self.seed ^ side.index() as u64, wall, now);
        self.legs[side.index()] = Some(Leg::Ims(Box::new(leg)));
    }
}

/// A picture found no room on its way out; the next one must be a keyframe.
#[derive(Debug)]
pub struct NoRoom;

const SIDES: [Side; 2] = [Side::Caller, Side::Callee];

#[cfg(test)]
mod tests;
