//! The media of one call: two legs and the relays between them, without a socket or a clock.
//!
//! A leg is a browser ([`web_leg`]) or a plain RTP peer ([`ims_leg`]); a [`relay`] carries one
//! direction, passing pictures on when both sides speak the same codec and having them transcoded
//! when they do not. The owner drains [`Bridge::poll_output`] after every call.

mod command;
pub mod format;
pub mod ims_leg;
pub mod relay;
mod timeline;
pub mod web_description;
pub mod web_leg;

pub use command::{
    BridgeCommand, BridgeError, BridgeEvent, BridgeId, BridgeReply, Flows, Input, LostCause,
    Output, Side, Step, TargetSize, TranscodeJob, TranscodePlan, Transcoded,
};

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use format::StreamFormat;
use ims_leg::{ImsLeg, ImsOutput, PlainPlan};
use relay::{End, Relay, RelayOutput};
use timeline::Timeline;
use web_leg::{WebLeg, WebLegError, WebOutput};

enum Leg {
    Web(Box<WebLeg>),
    Ims(Box<ImsLeg>),
}

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
                codec,
                direction,
                limit,
            } => Some(
                WebLeg::answer(&offer, codec, (direction, limit), local, now)
                    .map(|(leg, sdp)| self.described(side, leg, sdp))
                    .unwrap_or_else(|error| failed(side, error)),
            ),
            Step::WebOffer {
                side,
                codecs,
                direction,
            } => Some(
                WebLeg::offer(&codecs, direction, local, now)
                    .map(|(leg, sdp)| self.described(side, leg, sdp))
                    .unwrap_or_else(|error| failed(side, error)),
            ),
            Step::WebAccept { side, answer } => Some(self.web_accept(side, &answer, now)),
            Step::WebOfferNext {
                side,
                codecs,
                direction,
            } => Some(
                WebLeg::offer(&codecs, direction, local, now)
                    .map(|(leg, sdp)| self.described_next(side, leg, sdp))
                    .unwrap_or_else(|error| failed(side, error)),
            ),
            Step::WebAcceptNext { side, answer } => Some(self.web_accept_next(side, &answer, now)),
            Step::WebReoffer { side, direction } => {
                Some(self.redescribed(side, |leg| leg.offer_again(direction, now)))
            }
            Step::WebReanswer {
                side,
                offer,
                direction,
                limit,
            } => Some(self.redescribed(side, |leg| {
                leg.answer_again(&offer, (direction, limit), now)
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
                source,
                bytes,
            } => {
                if let Some(Leg::Ims(leg)) = &mut self.legs[side.index()] {
                    leg.handle_rtp(source, bytes, now);
                }
            }
            Input::Rtcp {
                side,
                source,
                bytes,
            } => {
                if let Some(Leg::Ims(leg)) = &mut self.legs[side.index()] {
                    leg.handle_rtcp(source, bytes, now);
                }
            }
            Input::Transcoded { from, result } => self.handle_transcoded(from, result, now),
        }
        self.settle(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        for side in SIDES {
            match &mut self.legs[side.index()] {
                Some(Leg::Web(leg)) if due(leg.poll_timeout(), now) => leg.handle_timeout(now),
                Some(Leg::Ims(leg)) if due(leg.poll_timeout(), now) => leg.handle_timeout(now),
                Some(Leg::Web(_) | Leg::Ims(_)) | None => {}
            }
            self.with_relay(side, |relay| relay.handle_timeout(now));
        }
        self.settle(now);
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let legs = self.legs.iter().flatten().filter_map(|leg| match leg {
            Leg::Web(leg) => leg.poll_timeout(),
            Leg::Ims(leg) => leg.poll_timeout(),
        });
        let relays = self.relays.iter().flatten().filter_map(Relay::poll_timeout);
        legs.chain(relays).min()
    }

    /// Ends the media: RTCP BYE to a plain peer, DTLS close to a browser.
    pub fn close(&mut self, now: Instant) {
        for side in SIDES {
            match &mut self.legs[side.index()] {
                Some(Leg::Web(leg)) => leg.close(now),
                Some(Leg::Ims(leg)) => leg.stop(now),
                None => {}
            }
        }
        self.relays = [None, None];
        self.settle(now);
    }

    fn described(&mut self, side: Side, leg: WebLeg, sdp: String) -> BridgeReply {
        self.stop_relays();
        self.legs[side.index()] = Some(Leg::Web(Box::new(leg)));
        BridgeReply::Description { side, sdp }
    }

    fn web_accept(&mut self, side: Side, answer: &str, now: Instant) -> BridgeReply {
        let Some(Leg::Web(leg)) = &mut self.legs[side.index()] else {
            return failed(side, WebLegError::NoOffer);
        };
        match leg.accept_answer(answer, now) {
            Ok(codec) => BridgeReply::WebAccepted { side, codec },
            Err(error) => failed(side, error),
        }
    }

    fn described_next(&mut self, side: Side, leg: WebLeg, sdp: String) -> BridgeReply {
        self.next[side.index()] = Some(Box::new(leg));
        BridgeReply::Description { side, sdp }
    }

    fn web_accept_next(&mut self, side: Side, answer: &str, now: Instant) -> BridgeReply {
        let Some(mut leg) = self.next[side.index()].take() else {
            return failed(side, WebLegError::NoOffer);
        };
        match leg.accept_answer(answer, now) {
            Ok(codec) => {
                self.stop_relays();
                self.legs[side.index()] = Some(Leg::Web(leg));
                BridgeReply::WebAccepted { side, codec }
            }
            Err(error) => failed(side, error),
        }
    }

    fn redescribed(
        &mut self,
        side: Side,
        describe: impl FnOnce(&mut WebLeg) -> Result<String, WebLegError>,
    ) -> BridgeReply {
        let Some(Leg::Web(leg)) = &mut self.legs[side.index()] else {
            return failed(side, WebLegError::NotAgreed);
        };
        match describe(leg) {
            Ok(sdp) => BridgeReply::Description { side, sdp },
            Err(error) => failed(side, error),
        }
    }

    fn plain_connect(&mut self, side: Side, plan: PlainPlan, wall: Duration, now: Instant) {
        if let Some(Leg::Ims(leg)) = &mut self.legs[side.index()] {
            return leg.reconnect(plan, now);
        }
        self.stop_relays();
        let leg = ImsLeg::new(plan, self.seed ^ side.index() as u64, wall, now);
        self.legs[side.index()] = Some(Leg::Ims(Box::new(leg)));
    }

    /// Another leg takes a side: what was gathered of the one before is worthless, and video flows
    /// again at [`Step::Start`].
    fn stop_relays(&mut self) {
        for from in SIDES {
            self.stop_relay(from);
        }
    }

    fn start(&mut self, flows: Flows, now: Instant) {
        for from in SIDES {
            if !flows.includes(from) {
                self.stop_relay(from);
                continue;
            }
            let source = self.legs[from.index()].as_ref().and_then(Leg::sends);
            let target = self.legs[from.other().index()]
                .as_ref()
                .and_then(Leg::receives);
            let (Some(source), Some(target)) = (source, target) else {
                tracing::warn!(?from, "a leg is not agreed; nothing flows this way");
                self.stop_relay(from);
                continue;
            };
            match &mut self.relays[from.index()] {
                Some(relay) if relay.connects(&source, &target) => relay.answered(now),
                Some(_) | None => self.start_relay(from, source, target, now),
            }
        }
    }

    fn start_relay(
        &mut self,
        from: Side,
        source: (StreamFormat, End),
        target: (StreamFormat, End),
        now: Instant,
    ) {
        self.stop_relay(from);
        let to = from.other().index();
        self.timelines[to].cut();
        if let Some(Leg::Web(viewer)) = &mut self.legs[to] {
            viewer.forward_anew();
        }
        self.relays[from.index()] = Some(Relay::new(source, target, now));
    }

    /// What the pool still works on is of a format that the next relay may not have.
    fn stop_relay(&mut self, from: Side) {
        self.relays[from.index()] = None;
        let in_pool = &mut self.in_pool[from.index()];
        in_pool.unwanted = in_pool.all;
    }

    fn handle_transcoded(&mut self, from: Side, result: Transcoded, now: Instant) {
        let in_pool = &mut self.in_pool[from.index()];
        in_pool.all = in_pool.all.saturating_sub(1);
        if in_pool.unwanted > 0 {
            in_pool.unwanted -= 1;
            return;
        }
        self.with_relay(from, |relay| relay.handle_transcoded(result, now));
    }

    fn with_relay(&mut self, from: Side, act: impl FnOnce(&mut Relay)) {
        if let Some(relay) = &mut self.relays[from.index()] {
            act(relay);
        }
    }

    /// Moves what the parts put out to each other until nothing moves any more.
    fn settle(&mut self, now: Instant) {
        loop {
            let mut moved = false;
            for side in SIDES {
                moved |= self.settle_leg(side, now);
                moved |= self.settle_relay(side, now);
            }
            if !moved {
                return;
            }
        }
    }

    fn settle_leg(&mut self, side: Side, now: Instant) -> bool {
        let mut moved = false;
        loop {
            let output = match &mut self.legs[side.index()] {
                Some(Leg::Web(leg)) => leg.poll_output().map(LegOutput::Web),
                Some(Leg::Ims(leg)) => leg.poll_output().map(LegOutput::Ims),
                None => None,
            };
            match output {
                Some(LegOutput::Web(output)) => self.handle_web_output(side, output, now),
                Some(LegOutput::Ims(output)) => self.handle_ims_output(side, output, now),
                None => return moved,
            }
            moved = true;
        }
    }

    fn handle_web_output(&mut self, side: Side, output: WebOutput, now: Instant) {
        match output {
            WebOutput::Transmit { destination, bytes } => {
                self.outputs.push_back(Output::Web { destination, bytes });
            }
            WebOutput::Rtp { extended, packet } => {
                self.with_relay(side, |relay| relay.handle_web(extended, packet, now));
            }
            WebOutput::KeyframeRequested => {
                self.with_relay(side.other(), |relay| relay.viewer_asks(now));
            }
            WebOutput::Connected => {
                self.outputs
                    .push_back(Output::Event(BridgeEvent::Connected { side }));
                // The viewer begins from nothing, and only now can it receive.
                self.with_relay(side.other(), |relay| relay.answered(now));
                self.with_relay(side, |relay| relay.answered(now));
            }
            WebOutput::Unreachable => self.lost(side, LostCause::Unreachable),
            WebOutput::Closed => self.lost(side, LostCause::Closed),
        }
    }

    fn handle_ims_output(&mut self, side: Side, output: ImsOutput, now: Instant) {
        match output {
            ImsOutput::Rtp { destination, bytes } => self.outputs.push_back(Output::Rtp {
                side,
                destination,
                bytes,
            }),
            ImsOutput::Rtcp { destination, bytes } => self.outputs.push_back(Output::Rtcp {
                side,
                destination,
                bytes,
            }),
            ImsOutput::Packet(packet) => {
                self.with_relay(side, |relay| relay.handle_plain(packet, now));
            }
            ImsOutput::KeepAlive { sequence } => {
                self.with_relay(side, |relay| relay.handle_keepalive(sequence));
            }
            ImsOutput::SourceChanged => {
                self.timelines[side.other().index()].cut();
                self.with_relay(side, |relay| relay.source_changed(now));
            }
            ImsOutput::KeyframeRequested => {
                self.with_relay(side.other(), |relay| relay.viewer_asks(now));
            }
            ImsOutput::Silent => self.lost(side, LostCause::Silent),
        }
    }

    fn settle_relay(&mut self, from: Side, now: Instant) -> bool {
        let mut moved = false;
        while let Some(output) = self.relays[from.index()]
            .as_mut()
            .and_then(Relay::poll_output)
        {
            moved = true;
            let to = from.other();
            match output {
                RelayOutput::Job(job) => {
                    if let TranscodeJob::Picture(_) = job {
                        self.in_pool[from.index()].all += 1;
                    }
                    self.outputs.push_back(Output::Transcode { from, job });
                }
                RelayOutput::AskBrowser => {
                    if let Some(Leg::Web(leg)) = &mut self.legs[from.index()] {
                        leg.request_keyframe(now);
                    }
                }
                RelayOutput::AskByInfo => self
                    .outputs
                    .push_back(Output::Event(BridgeEvent::FastUpdateWanted { side: from })),
                RelayOutput::FirstPicture => self
                    .outputs
                    .push_back(Output::Event(BridgeEvent::FirstPicture { side: to })),
                RelayOutput::Forward {
                    extended,
                    mut packet,
                } => {
                    packet.timestamp = self.timelines[to.index()].map(packet.timestamp, now);
                    if let Some(Leg::Web(leg)) = &mut self.legs[to.index()] {
                        leg.forward(extended, packet, now);
                    }
                }
                RelayOutput::Picture {
                    timestamp,
                    payloads,
                } => {
                    let timestamp = self.timelines[to.index()].map(timestamp, now);
                    let sent = match &mut self.legs[to.index()] {
                        Some(Leg::Web(leg)) => leg.send_picture(timestamp, payloads, now),
                        Some(Leg::Ims(leg)) => leg.send_picture(timestamp, payloads, now),
                        None => Ok(()),
                    };
                    if sent.is_err() {
                        self.with_relay(from, |relay| relay.picture_dropped(now));
                    }
                }
            }
        }
        moved
    }

    fn lost(&mut self, side: Side, cause: LostCause) {
        self.outputs
            .push_back(Output::Event(BridgeEvent::Lost { side, cause }));
    }
}

/// A picture found no room on its way out; the next one must be a keyframe.
#[derive(Debug)]
pub struct NoRoom;

enum LegOutput {
    Web(WebOutput),
    Ims(ImsOutput),
}

impl Leg {
    /// What the peer of this leg sends us.
    fn sends(&self) -> Option<(StreamFormat, End)> {
        match self {
            Leg::Web(leg) => Some((StreamFormat::of_web(leg.codec()?), End::Browser)),
            Leg::Ims(leg) => Some((leg.sends()?, End::Plain)),
        }
    }

    /// What the peer of this leg wants from us.
    fn receives(&self) -> Option<(StreamFormat, End)> {
        match self {
            Leg::Web(leg) => Some((StreamFormat::of_web(leg.codec()?), End::Browser)),
            Leg::Ims(leg) => Some((leg.receives()?, End::Plain)),
        }
    }
}

const SIDES: [Side; 2] = [Side::Caller, Side::Callee];

fn failed(side: Side, error: WebLegError) -> BridgeReply {
    BridgeReply::Failed {
        side,
        error: error.into(),
    }
}

fn due(deadline: Option<Instant>, now: Instant) -> bool {
    deadline.is_some_and(|at| at <= now)
}

#[cfg(test)]
mod tests;
