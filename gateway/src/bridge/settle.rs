//! What the legs and relays of a call put out, moved to each other until nothing moves any more.

use std::time::Instant;

use media::payload::Payload;
use media::rate;
use media::rtp::VIDEO_CLOCK_HZ;

use super::ims_leg::ImsOutput;
use super::leg::{Leg, LegOutput};
use super::relay::{Relay, RelayOutput};
use super::web_leg::WebOutput;
use super::{Bridge, BridgeEvent, LostCause, Medium, Output, SIDES, Side, TranscodeJob};

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
            if !moved {
                return;
            }
        }
    }

    fn settle_leg(&mut self, side: Side, now: Instant) -> bool {
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
            WebOutput::KeyframeRequested(how) => {
                self.with_relay(side.other(), |relay| relay.viewer_asks(how, now));
            }
            WebOutput::Estimate { bits_per_second } => {
                self.handle_rate(side, rate::Input::Estimate { bits_per_second }, now);
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
            ImsOutput::KeyframeRequested(how) => {
                self.with_relay(side.other(), |relay| relay.viewer_asks(how, now));
            }
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

    fn show(&mut self, from: Side, timestamp: u32, payloads: Vec<Payload>, now: Instant) {
        let said = self.relays[from.index()].as_ref();
        let said = said.map_or(timestamp, |relay| relay.source_timestamp(timestamp));
        let captured = self.taken(from, said, now);
        let to = from.other().index();
        let timestamp = self.timelines[to].map(timestamp, now);
        let sent = match &mut self.legs[to] {
            Some(Leg::Web(leg)) => leg.send_picture((timestamp, captured), payloads, now),
            Some(Leg::Plain(legs)) => legs.video.as_mut().map_or(Ok(()), |leg| {
                leg.send(timestamp, payloads, (captured, None), now)
            }),
            None => Ok(()),
        };
        if sent.is_err() {
            self.with_relay(from, |relay| relay.picture_dropped(now));
        }
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
                    if let TranscodeJob::Picture(_) = job {
                        self.in_pool[from.index()].all += 1;
                    }
                    let medium = Medium::Video;
                    self.outputs
                        .push_back(Output::Transcode { from, medium, job });
                }
                RelayOutput::LimitSender { bits_per_second } => {
                    if let Some(leg) = &mut self.legs[from.index()] {
                        leg.limit_sender(bits_per_second, now);
                    }
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
                RelayOutput::Forward {
                    extended,
                    mut packet,
                } => {
                    let captured = self.taken(from, packet.timestamp, now);
                    packet.timestamp = self.timelines[to.index()].map(packet.timestamp, now);
                    if let Some(Leg::Web(leg)) = &mut self.legs[to.index()] {
                        leg.forward(extended, packet, captured, now);
                    }
                }
                RelayOutput::Packet { timestamp, payload } => {
                    self.send_packet(from, (timestamp, payload), now);
                }
                RelayOutput::Gap => match &mut self.legs[to.index()] {
                    Some(Leg::Web(leg)) => leg.leave_gap(),
                    Some(Leg::Plain(legs)) => {
                        if let Some(leg) = &mut legs.video {
                            leg.leave_gap();
                        }
                    }
                    None => {}
                },
                RelayOutput::Picture {
                    timestamp,
                    payloads,
                } => {
                    self.show(from, timestamp, payloads, now);
                }
            }
        }
        moved
    }

    /// What the peer of a side, which views the other's pictures, or its network makes known.
    fn handle_rate(&mut self, viewer: Side, input: rate::Input, now: Instant) {
        self.with_relay(viewer.other(), |relay| relay.handle_rate(input, now));
    }

    /// Sends one packet of a picture that is passed on as it comes.
    fn send_packet(&mut self, from: Side, (timestamp, payload): (u32, Payload), now: Instant) {
        let said = self.relays[from.index()].as_ref();
        let said = said.map_or(timestamp, |relay| relay.source_timestamp(timestamp));
        let captured = self.taken(from, said, now);
        let to = from.other().index();
        let at = (self.timelines[to].map(timestamp, now), captured);
        let sent = match &mut self.legs[to] {
            Some(Leg::Web(leg)) => {
                leg.send_packet(at, payload, now);
                Ok(())
            }
            Some(Leg::Plain(legs)) => legs
                .video
                .as_mut()
                .map_or(Ok(()), |leg| leg.send_packet(at, payload, now)),
            None => Ok(()),
        };
        if sent.is_err() {
            self.with_relay(from, |relay| relay.picture_dropped(now));
        }
    }

    fn lost(&mut self, side: Side, cause: LostCause) {
        self.outputs
            .push_back(Output::Event(BridgeEvent::Lost { side, cause }));
    }
}
