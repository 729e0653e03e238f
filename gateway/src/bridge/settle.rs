//! What the legs and relays of a call put out, moved to each other until nothing moves any more.

use std::time::Instant;

use media::rate;
use media::rtp::VIDEO_CLOCK_HZ;
use media::rtp::session::KeyframeRequest;

use super::audience::AudienceOutput;
use super::fed::{Fed, Wish};
use super::ims_leg::ImsOutput;
use super::leg::{Leg, LegOutput};
use super::relay::{Relay, RelayOutput};
use super::web_leg::WebOutput;
use super::{Bridge, BridgeEvent, BridgeId, LostCause, Medium, Output, SIDES, Side, TranscodeJob};

impl Bridge {
    /// Moves what the parts put out to each other until nothing moves any more.
    pub(super) fn settle(&mut self, now: Instant) {
        loop {
            let mut moved = false;
            for side in SIDES {
                moved |= self.settle_leg(side, now);
                moved |= self.settle_relay(side, now);
                moved |= self.settle_sound(side, now);
            }
            moved |= self.settle_audience(now);
            if !moved {
                return self.hand_over_jobs();
            }
        }
    }

    /// What is for the codec pool, each sender's in the order of its pictures.
    fn hand_over_jobs(&mut self) {
        for from in SIDES {
            while let Some((class, job)) = self.jobs[from.index()].pop() {
                self.outputs.push_back(Output::Transcode {
                    from,
                    medium: Medium::Video,
                    class,
                    job,
                });
            }
        }
    }

    pub(super) fn settle_leg(&mut self, side: Side, now: Instant) -> bool {
        let mut moved = false;
        loop {
            let leg = self.legs[side.index()].as_mut();
            match leg.and_then(Leg::poll_output) {
                Some(LegOutput::Web(output)) => self.handle_web_output(side, output, now),
                Some(LegOutput::Plain(Medium::Video, output)) => {
                    self.handle_ims_output(side, output, now);
                }
                Some(LegOutput::Plain(Medium::Audio, output)) => {
                    self.handle_plain_sound(side, output, now);
                }
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
            WebOutput::Rtp {
                medium: Medium::Video,
                extended,
                packet,
            } => {
                if side == Side::Caller {
                    self.audience.handle_web(extended, &packet, now);
                }
                self.with_relay(side, |relay| relay.handle_web(extended, packet, now));
            }
            WebOutput::Rtp {
                medium: Medium::Audio,
                extended,
                packet,
            } => self.with_sound(side, |relay| relay.handle_web(extended, packet, now)),
            WebOutput::SenderReport {
                medium,
                seconds,
                rtp_timestamp,
            } => self.clocks[side.index()].reported(medium, seconds, rtp_timestamp, now),
            WebOutput::KeyframeRequested(how) => self.wish(side, Wish::Keyframe(how), now),
            WebOutput::Estimate { bits_per_second } => {
                self.handle_rate(side, rate::Input::Estimate { bits_per_second }, now);
            }
            WebOutput::Connected => {
                self.outputs
                    .push_back(Output::Event(BridgeEvent::Connected { side }));
                // The viewer begins from nothing, and only now can it receive.
                self.wish(side, Wish::Answered, now);
                self.with_relay(side, |relay| relay.begin(now));
                if side == Side::Caller {
                    self.audience.answered(now);
                }
            }
            WebOutput::Unreachable => self.lost(side, LostCause::Unreachable),
            WebOutput::Closed => self.lost(side, LostCause::Closed),
            WebOutput::Unprotected => self.lost(side, LostCause::Unprotected),
        }
    }

    fn handle_ims_output(&mut self, side: Side, output: ImsOutput, now: Instant) {
        match output {
            ImsOutput::Rtp { destination, bytes } => self.outputs.push_back(Output::Rtp {
                side,
                medium: Medium::Video,
                destination,
                bytes,
            }),
            ImsOutput::Rtcp { destination, bytes } => self.outputs.push_back(Output::Rtcp {
                side,
                medium: Medium::Video,
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
            ImsOutput::KeyframeRequested(how) => self.wish(side, Wish::Keyframe(how), now),
            ImsOutput::Silent => self.lost(side, LostCause::Silent),
            ImsOutput::Report {
                fraction_lost,
                round_trip,
                ..
            } => {
                let report = rate::Input::Report {
                    fraction_lost,
                    round_trip,
                };
                self.handle_rate(side, report, now);
            }
            ImsOutput::RateLimit { bits_per_second } => {
                self.handle_rate(side, rate::Input::Limit { bits_per_second }, now);
            }
            ImsOutput::SenderReport {
                seconds,
                rtp_timestamp,
            } => {
                let clock = &mut self.clocks[side.index()];
                clock.reported(Medium::Video, seconds, rtp_timestamp, now);
            }
        }
    }

    /// When a picture's timestamp was.
    fn taken(&self, from: Side, timestamp: u32, now: Instant) -> Instant {
        let clock = &self.clocks[from.index()];
        clock.captured(Medium::Video, (timestamp, VIDEO_CLOCK_HZ), now)
    }

    /// What the leg of a plain peer's audio line puts out.
    fn handle_plain_sound(&mut self, side: Side, output: ImsOutput, now: Instant) {
        let medium = Medium::Audio;
        match output {
            ImsOutput::Rtp { destination, bytes } => self.outputs.push_back(Output::Rtp {
                side,
                medium,
                destination,
                bytes,
            }),
            ImsOutput::Rtcp { destination, bytes } => self.outputs.push_back(Output::Rtcp {
                side,
                medium,
                destination,
                bytes,
            }),
            ImsOutput::Packet(packet) => {
                self.with_sound(side, |relay| relay.handle_plain(packet, now));
            }
            ImsOutput::KeepAlive { sequence } => {
                self.with_sound(side, |relay| relay.handle_keepalive(sequence));
            }
            ImsOutput::SourceChanged => self.speaker_changed(side),
            ImsOutput::Silent => self.lost(side, LostCause::Silent),
            ImsOutput::SenderReport {
                seconds,
                rtp_timestamp,
            } => self.clocks[side.index()].reported(medium, seconds, rtp_timestamp, now),
            ImsOutput::KeyframeRequested(_)
            | ImsOutput::Report { .. }
            | ImsOutput::RateLimit { .. } => {}
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
                    if let TranscodeJob::Picture(..) = job {
                        self.in_pool[from.index()].all += 1;
                    }
                    self.jobs[from.index()].push(None, job);
                }
                RelayOutput::LimitSender { bits_per_second } => {
                    self.limit_sender(from, bits_per_second, now);
                }
                RelayOutput::AskByRtcp(how) => {
                    if let Some(leg) = &mut self.legs[from.index()] {
                        leg.request_keyframe(how, now);
                    }
                }
                RelayOutput::AskByInfo => self
                    .outputs
                    .push_back(Output::Event(BridgeEvent::FastUpdateWanted { side: from })),
                RelayOutput::FirstPicture => self
                    .outputs
                    .push_back(Output::Event(BridgeEvent::FirstPicture { side: to })),
                RelayOutput::Reencoding(why) => self
                    .outputs
                    .push_back(Output::Event(BridgeEvent::Reencoding { side: to, why })),
                RelayOutput::Forward { .. }
                | RelayOutput::Packet { .. }
                | RelayOutput::Gap
                | RelayOutput::Picture { .. } => {
                    if let Some(fed) = self.fed(from, output, now) {
                        self.deliver(to, fed, now);
                    }
                }
            }
        }
        moved
    }

    /// What the peer of a side, which views the other's pictures, or its network makes known.
    fn handle_rate(&mut self, viewer: Side, input: rate::Input, now: Instant) {
        self.wish(viewer, Wish::Rate(input), now);
    }

    /// What a relay puts out for its viewer, with when it was taken.
    fn fed(&self, from: Side, output: RelayOutput, now: Instant) -> Option<Fed> {
        let relay = self.relays[from.index()].as_ref();
        let said = |timestamp| relay.map_or(timestamp, |relay| relay.source_timestamp(timestamp));
        Fed::of(output, |timestamp, is_own| {
            let timestamp = if is_own { timestamp } else { said(timestamp) };
            self.taken(from, timestamp, now)
        })
    }

    /// What one relay wants of its sender; an audience of that sender has a say in it.
    fn limit_sender(&mut self, from: Side, bits_per_second: u32, now: Instant) {
        let relay = self.relays[from.index()].as_ref();
        let passes = relay.is_some_and(|relay| !relay.is_transcoding());
        if from == Side::Caller {
            self.audience.note_callee(Some((bits_per_second, passes)));
            if !self.audience.is_empty() {
                return self.audience.weigh(now);
            }
        }
        if let Some(leg) = &mut self.legs[from.index()] {
            leg.limit_sender(bits_per_second, now);
        }
    }

    pub(super) fn handle_wish(&mut self, viewer: BridgeId, wish: Wish, now: Instant) {
        let source = self.legs[Side::Caller.index()].as_ref();
        let source = source.and_then(Leg::sends);
        self.audience.handle_wish(viewer, wish, source, now);
    }

    /// What the audience puts out, moved to where it belongs.
    fn settle_audience(&mut self, now: Instant) -> bool {
        let from = Side::Caller.index();
        let mut moved = self.audience.settle(&self.clocks[from], now);
        while let Some(output) = self.audience.poll_output() {
            moved = true;
            match output {
                AudienceOutput::Fed { viewer, fed } => {
                    self.outputs.push_back(Output::Fed { viewer, fed });
                }
                AudienceOutput::Job { class, job } => {
                    self.jobs[from].push(Some(class), job);
                }
                AudienceOutput::Close { class } => {
                    self.jobs[from].push(Some(class), TranscodeJob::Close);
                }
                AudienceOutput::Reencoding(why) => {
                    let side = Side::Callee;
                    let event = BridgeEvent::Reencoding { side, why };
                    self.outputs.push_back(Output::Event(event));
                }
                AudienceOutput::AskSender => {
                    if let Some(leg) = &mut self.legs[from] {
                        leg.request_keyframe(KeyframeRequest::Pli, now);
                    }
                }
                AudienceOutput::LimitSender { bits_per_second } => {
                    if let Some(leg) = &mut self.legs[from] {
                        leg.limit_sender(bits_per_second, now);
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
