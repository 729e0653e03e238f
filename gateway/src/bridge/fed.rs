//! RFC 4579 §3: how one upload reaches several watchers. Each watcher has a bridge of its own, in
//! which nobody is on the caller's side: that bridge is *fed* by the one of whoever shows, and tells
//! it what its viewer wishes. Numbers, timestamps and RTCP are each watcher's own.

use std::time::Instant;

use media::payload::Payload;
use media::rate;
use media::rtp::RtpPacket;
use media::rtp::session::KeyframeRequest;

use super::format::StreamFormat;
use super::leg::Leg;
use super::relay::{End, RelayOutput};
use super::web_leg::WebCodec;
use super::{Bridge, BridgeEvent, BridgeId, BridgeReply, Medium, NoRoom, Output, Side};

/// What a source has for one that it feeds.
#[derive(Debug, Clone)]
pub enum Fed {
    /// What follows goes on from nothing, and is at most so much.
    Begin { bits_per_second: u32 },
    /// A packet of the upload, number and all.
    Forward {
        extended: u64,
        packet: RtpPacket,
        captured: Instant,
    },
    Picture {
        timestamp: u32,
        captured: Instant,
        payloads: Vec<Payload>,
        /// It builds on no other.
        keyframe: bool,
    },
    /// One packet of a picture that is passed on as it comes.
    Packet {
        timestamp: u32,
        captured: Instant,
        payload: Payload,
    },
    /// The picture whose packets went out will not be ended.
    Gap,
}

/// What is known of a viewer to whoever makes its pictures.
#[derive(Debug)]
pub enum Wish {
    /// It wants these pictures; said again, it goes on after a change.
    Join(Box<(StreamFormat, End)>),
    Leave,
    /// Its media begins from nothing.
    Answered,
    Keyframe(KeyframeRequest),
    /// By INFO (RFC 5168 §7.1).
    FastUpdate,
    Rate(rate::Input),
    /// A picture found no room on its way out.
    Dropped,
}

/// The side of a watcher's bridge where the pictures come from.
pub(super) struct FedLeg {
    pub(super) source: BridgeId,
    /// Of the upload.
    pub(super) codec: WebCodec,
    /// The viewer has nothing that the next picture builds on: pictures go on with a keyframe.
    needs_keyframe: bool,
    is_first: bool,
}

impl FedLeg {
    pub(super) fn new(source: BridgeId, codec: WebCodec) -> FedLeg {
        FedLeg {
            source,
            codec,
            needs_keyframe: true,
            is_first: true,
        }
    }
}

impl Fed {
    /// What of a relay's output is its viewer's. `taken` says when a timestamp was, of the sender's
    /// own counting or of the relay's.
    pub(super) fn of(output: RelayOutput, taken: impl Fn(u32, bool) -> Instant) -> Option<Fed> {
        Some(match output {
            RelayOutput::Forward { extended, packet } => Fed::Forward {
                extended,
                captured: taken(packet.timestamp, true),
                packet,
            },
            RelayOutput::Picture {
                timestamp,
                payloads,
                keyframe,
            } => Fed::Picture {
                timestamp,
                captured: taken(timestamp, false),
                payloads,
                keyframe,
            },
            RelayOutput::Packet { timestamp, payload } => Fed::Packet {
                timestamp,
                captured: taken(timestamp, false),
                payload,
            },
            RelayOutput::Gap => Fed::Gap,
            RelayOutput::Job(_)
            | RelayOutput::AskByRtcp(_)
            | RelayOutput::AskByInfo
            | RelayOutput::LimitSender { .. }
            | RelayOutput::FirstPicture
            | RelayOutput::Reencoding(_) => return None,
        })
    }
}

impl Bridge {
    /// What the viewer at that side wishes, told to whoever makes its pictures.
    pub(super) fn wish(&mut self, viewer: Side, wish: Wish, now: Instant) {
        let from = viewer.other();
        if let Some(Leg::Fed(leg)) = &self.legs[from.index()] {
            let source = leg.source;
            self.outputs.push_back(Output::Wish { source, wish });
            return;
        }
        self.with_relay(from, |relay| match wish {
            Wish::Answered => relay.answered(now),
            Wish::Keyframe(how) => relay.viewer_asks(how, now),
            Wish::FastUpdate => relay.fast_update(now),
            Wish::Rate(input) => relay.handle_rate(input, now),
            Wish::Dropped => relay.picture_dropped(now),
            Wish::Join(_) | Wish::Leave => {}
        });
    }

    /// That side's pictures are to come from another bridge.
    pub(super) fn be_fed(&mut self, side: Side, from: BridgeId, codec: WebCodec) -> BridgeReply {
        self.stop_relays();
        self.replace_leg(side, Leg::Fed(FedLeg::new(from, codec)));
        BridgeReply::Fed { side }
    }

    /// This bridge is not to be fed any more.
    pub(super) fn leave_source(&mut self) {
        for leg in self.legs.iter().flatten() {
            if let Leg::Fed(leg) = leg {
                let (source, wish) = (leg.source, Wish::Leave);
                self.outputs.push_back(Output::Wish { source, wish });
            }
        }
    }

    /// The source has something for the viewer here.
    pub(super) fn handle_fed(&mut self, fed: Fed, now: Instant) {
        let mut fed_legs = self
            .legs
            .iter_mut()
            .flatten()
            .zip([Side::Caller, Side::Callee]);
        let found = fed_legs.find_map(|(leg, side)| match leg {
            Leg::Fed(leg) => Some((leg, side.other())),
            Leg::Web(_) | Leg::Plain(_) => None,
        });
        let Some((leg, to)) = found else {
            return;
        };
        let keeps = match &fed {
            Fed::Begin { .. } => {
                leg.needs_keyframe = true;
                true
            }
            Fed::Picture { keyframe, .. } => {
                leg.needs_keyframe &= !keyframe;
                !leg.needs_keyframe
            }
            Fed::Packet { .. } | Fed::Gap => !leg.needs_keyframe,
            // Its browser waits for a keyframe by itself.
            Fed::Forward { .. } => true,
        };
        if !keeps {
            return;
        }
        if !matches!(fed, Fed::Begin { .. }) && std::mem::replace(&mut leg.is_first, false) {
            let first = BridgeEvent::FirstPicture { side: to };
            self.outputs.push_back(Output::Event(first));
        }
        self.deliver(to, fed, now);
    }

    /// Gives the viewer at that side what is there for it. Who was never connected is shown what comes
    /// then: a browser that does not come would have us gather pictures for it.
    pub(super) fn deliver(&mut self, to: Side, fed: Fed, now: Instant) {
        let waits = |leg: &Leg| matches!(leg, Leg::Web(leg) if leg.is_new());
        if self.legs[to.index()].as_ref().is_some_and(waits) && !matches!(fed, Fed::Begin { .. }) {
            return;
        }
        let timeline = &mut self.timelines[to.index()];
        let sent = match (&mut self.legs[to.index()], fed) {
            (leg, Fed::Begin { bits_per_second }) => {
                timeline.cut();
                if let Some(Leg::Web(viewer)) = leg {
                    viewer.forward_anew(Medium::Video);
                    viewer.prepare_to_send(bits_per_second, now);
                }
                Ok(())
            }
            (
                Some(Leg::Web(leg)),
                Fed::Forward {
                    extended,
                    mut packet,
                    captured,
                },
            ) => {
                packet.timestamp = timeline.map(packet.timestamp, now);
                leg.forward(extended, packet, captured, now);
                Ok(())
            }
            (
                leg,
                Fed::Picture {
                    timestamp,
                    captured,
                    payloads,
                    ..
                },
            ) => {
                let timestamp = timeline.map(timestamp, now);
                leg.as_mut().map_or(Ok(()), |leg| {
                    leg.send_picture((timestamp, captured), payloads, now)
                })
            }
            (
                leg,
                Fed::Packet {
                    timestamp,
                    captured,
                    payload,
                },
            ) => {
                let at = (timeline.map(timestamp, now), captured);
                leg.as_mut()
                    .map_or(Ok(()), |leg| leg.send_packet(at, payload, now))
            }
            (Some(leg), Fed::Gap) => {
                leg.leave_gap();
                Ok(())
            }
            // Packets are forwarded between browsers alone.
            (Some(Leg::Plain(_) | Leg::Fed(_)) | None, Fed::Forward { .. }) | (None, Fed::Gap) => {
                Ok(())
            }
        };
        if let Err(NoRoom) = sent {
            if let Some(Leg::Fed(leg)) = &mut self.legs[to.other().index()] {
                leg.needs_keyframe = true;
            }
            self.wish(to, Wish::Dropped, now);
        }
    }
}

impl Leg {
    fn send_picture(
        &mut self,
        at: (u32, Instant),
        payloads: Vec<Payload>,
        now: Instant,
    ) -> Result<(), NoRoom> {
        match self {
            Leg::Web(leg) => leg.send_picture(at, payloads, now),
            Leg::Plain(legs) => legs.video.as_mut().map_or(Ok(()), |leg| {
                let (timestamp, captured) = at;
                leg.send(timestamp, payloads, (captured, None), now)
            }),
            Leg::Fed(_) => Ok(()),
        }
    }

    fn send_packet(
        &mut self,
        at: (u32, Instant),
        payload: Payload,
        now: Instant,
    ) -> Result<(), NoRoom> {
        match self {
            Leg::Web(leg) => {
                leg.send_packet(at, payload, now);
                Ok(())
            }
            Leg::Plain(legs) => legs
                .video
                .as_mut()
                .map_or(Ok(()), |leg| leg.send_packet(at, payload, now)),
            Leg::Fed(_) => Ok(()),
        }
    }

    fn leave_gap(&mut self) {
        match self {
            Leg::Web(leg) => leg.leave_gap(),
            Leg::Plain(legs) => {
                if let Some(leg) = &mut legs.video {
                    leg.leave_gap();
                }
            }
            Leg::Fed(_) => {}
        }
    }
}
