//! One direction of one call: from one leg's packets to the other leg's.
//!
//! Two browsers with the same codec: packets are forwarded as they are. The same codec with a
//! plain peer: pictures are taken apart and packed anew, which changes packetization modes, puts
//! H.264 parameter sets before each IDR picture and keeps broken pictures back. Different codecs:
//! pictures go through the codec pool.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use media::keyframe::{self, Broker, Sink, Source};
use media::payload::{Depacketizer, EncodedFrame, Packetizer, Payload};
use media::rtp::RtpPacket;
use media::rtp::reorder::ReorderBuffer;

use super::format::{MAX_PAYLOAD_BYTES, StreamFormat};
use super::{TargetSize, TranscodeJob, TranscodePlan, Transcoded};

/// How long a hole in a browser's stream is waited for: the round trip of a NACK and its answer
/// on a mobile network.
const WEB_REORDER_HOLD: Duration = Duration::from_millis(150);

/// Pictures of one direction in the codec pool. At 15 pictures a second four are a quarter of a
/// second: older ones are of no use to somebody who watches live.
const MAX_IN_FLIGHT: usize = 4;

/// How often a viewer that cannot ask gets a picture to begin anew with: between the 2 and 4 s
/// that handset users were used to.
const KEYFRAME_PERIOD: Duration = Duration::from_secs(3);

/// Who is at the two ends of a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Browser,
    Plain,
}

#[derive(Debug)]
pub enum RelayOutput {
    /// To the viewing browser, number and all.
    Forward {
        extended: u64,
        packet: RtpPacket,
    },
    /// To the viewer's leg.
    Picture {
        timestamp: u32,
        payloads: Vec<Payload>,
    },
    Job(TranscodeJob),
    /// PLI to the sending browser.
    AskBrowser,
    /// INFO to the sending plain peer.
    AskByInfo,
    /// The first picture is on its way.
    FirstPicture,
}

enum Path {
    Forward,
    Frames(Box<Frames>),
}

struct Frames {
    reorder: ReorderBuffer,
    depacketizer: Depacketizer,
    packetizer: Packetizer,
    transcoding: Option<Transcoding>,
}

/// What is known of the pictures in the codec pool.
struct Transcoding {
    in_flight: usize,
    /// A picture was lost on the way to the decoder: those that build on it are not worth
    /// decoding.
    needs_keyframe: bool,
}

pub struct Relay {
    source: (StreamFormat, End),
    target: (StreamFormat, End),
    path: Path,
    broker: Broker,
    first_picture: bool,
    outputs: VecDeque<RelayOutput>,
}

impl Relay {
    pub fn new(source: (StreamFormat, End), target: (StreamFormat, End), now: Instant) -> Relay {
        let ends = (source.clone(), target.clone());
        let ((source, from), (target, to)) = (source, target);
        let same_codec = source.codec() == target.codec();
        let mut outputs = VecDeque::new();
        let path = if same_codec && from == End::Browser && to == End::Browser {
            Path::Forward
        } else {
            let transcoding = (!same_codec).then(|| {
                let plan = TranscodePlan {
                    from: source.codec(),
                    to: target.encoder(),
                    size: match to {
                        End::Plain => TargetSize::Fixed,
                        End::Browser => TargetSize::AsSource,
                    },
                };
                outputs.push_back(RelayOutput::Job(TranscodeJob::Open(plan)));
                Transcoding {
                    in_flight: 0,
                    needs_keyframe: true,
                }
            });
            Path::Frames(Box::new(Frames {
                reorder: ReorderBuffer::new(WEB_REORDER_HOLD),
                depacketizer: Depacketizer::new(&source.payload),
                packetizer: Packetizer::new(&target.payload),
                transcoding,
            }))
        };
        let transcoded = !same_codec;
        let broker = Broker::new(keyframe::Config {
            path: if transcoded {
                keyframe::Path::Transcoded
            } else {
                keyframe::Path::PassThrough
            },
            sender: vec![match from {
                End::Browser => Sink::PliToSender,
                End::Plain => Sink::InfoToPeer,
            }],
            periodic: (to == End::Plain).then_some(KEYFRAME_PERIOD),
        });
        let mut relay = Relay {
            source: ends.0,
            target: ends.1,
            path,
            broker,
            first_picture: false,
            outputs,
        };
        relay.answered(now);
        relay
    }

    /// Whether it carries these formats between these ends.
    pub fn connects(&self, source: &(StreamFormat, End), target: &(StreamFormat, End)) -> bool {
        self.source == *source && self.target == *target
    }

    /// A viewer begins from nothing.
    pub fn answered(&mut self, now: Instant) {
        self.ask(Source::Answer, now);
    }

    /// PLI or FIR from the viewer.
    pub fn viewer_asks(&mut self, now: Instant) {
        self.ask(Source::Pli, now);
    }

    /// INFO picture_fast_update from the viewer.
    pub fn fast_update(&mut self, now: Instant) {
        self.ask(Source::InfoFastUpdate, now);
    }

    /// The sender refused our INFO.
    pub fn fast_update_refused(&mut self, now: Instant) {
        self.tell(keyframe::Input::Refused(Sink::InfoToPeer), now);
    }

    /// The viewer's leg had no room for a picture.
    pub fn picture_dropped(&mut self, now: Instant) {
        self.ask(Source::Loss, now);
    }

    /// The sender continues with another SSRC.
    pub fn source_changed(&mut self, now: Instant) {
        self.ask(Source::Loss, now);
    }

    /// A browser's packet, in the order of arrival.
    pub fn handle_web(&mut self, extended: u64, packet: RtpPacket, now: Instant) {
        match &mut self.path {
            Path::Forward => {
                self.note_first_picture();
                self.outputs
                    .push_back(RelayOutput::Forward { extended, packet });
            }
            Path::Frames(frames) => {
                frames.reorder.push(extended, packet, now);
                self.take_ordered(now);
            }
        }
    }

    /// A plain peer's packet, in order.
    pub fn handle_plain(&mut self, packet: RtpPacket, now: Instant) {
        self.depacketize(&packet, now);
    }

    /// A packet without payload had this number: it is no hole.
    pub fn handle_keepalive(&mut self, sequence: u16) {
        if let Path::Frames(frames) = &mut self.path {
            frames.depacketizer.skip(sequence);
        }
    }

    pub fn handle_transcoded(&mut self, result: Transcoded, now: Instant) {
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        let Some(transcoding) = &mut frames.transcoding else {
            return;
        };
        transcoding.in_flight = transcoding.in_flight.saturating_sub(1);
        match result {
            Transcoded::Picture(frame) => self.send(&frame, now),
            Transcoded::Skipped => {}
            Transcoded::Dropped | Transcoded::Broken => {
                transcoding.needs_keyframe = true;
                self.ask(Source::Loss, now);
            }
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.take_ordered(now);
        self.broker.handle_timeout(now);
        self.take_sinks();
    }

    pub fn poll_output(&mut self) -> Option<RelayOutput> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let hole = match &self.path {
            Path::Forward => None,
            Path::Frames(frames) => frames.reorder.poll_timeout(),
        };
        [hole, self.broker.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    fn take_ordered(&mut self, now: Instant) {
        loop {
            let Path::Frames(frames) = &mut self.path else {
                return;
            };
            let Some(packet) = frames.reorder.pop(now) else {
                return;
            };
            self.depacketize(&packet, now);
        }
    }

    fn depacketize(&mut self, packet: &RtpPacket, now: Instant) {
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        let pushed = frames.depacketizer.push(packet);
        let lost = frames.depacketizer.take_loss();
        match pushed {
            Ok(Some(frame)) => self.handle_picture(frame, now),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "payload dropped"),
        }
        if lost {
            self.ask(Source::Loss, now);
        }
    }

    fn handle_picture(&mut self, frame: EncodedFrame, now: Instant) {
        if frame.keyframe {
            self.tell(keyframe::Input::SenderKeyframe, now);
        }
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        let Some(transcoding) = &mut frames.transcoding else {
            return self.send(&frame, now);
        };
        transcoding.needs_keyframe &= !frame.keyframe;
        if transcoding.needs_keyframe {
            return self.ask(Source::Loss, now);
        }
        if transcoding.in_flight >= MAX_IN_FLIGHT {
            transcoding.needs_keyframe = true;
            return self.ask(Source::Loss, now);
        }
        transcoding.in_flight += 1;
        self.outputs
            .push_back(RelayOutput::Job(TranscodeJob::Picture(frame)));
    }

    fn send(&mut self, frame: &EncodedFrame, now: Instant) {
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        let mut payloads = Vec::new();
        let packed = frames
            .packetizer
            .packetize(frame, MAX_PAYLOAD_BYTES, &mut payloads);
        if let Err(error) = packed {
            tracing::warn!(%error, "picture not sent");
            return self.ask(Source::Loss, now);
        }
        self.note_first_picture();
        self.outputs.push_back(RelayOutput::Picture {
            timestamp: frame.timestamp,
            payloads,
        });
        if frame.keyframe {
            self.tell(keyframe::Input::ViewerKeyframe, now);
        }
    }

    fn note_first_picture(&mut self) {
        if !self.first_picture {
            self.first_picture = true;
            self.outputs.push_back(RelayOutput::FirstPicture);
        }
    }

    fn ask(&mut self, source: Source, now: Instant) {
        self.tell(keyframe::Input::Request(source), now);
    }

    fn tell(&mut self, input: keyframe::Input, now: Instant) {
        self.broker.handle(input, now);
        self.take_sinks();
    }

    fn take_sinks(&mut self) {
        while let Some(sink) = self.broker.poll_output() {
            self.outputs.push_back(match sink {
                Sink::PliToSender | Sink::FirToSender => RelayOutput::AskBrowser,
                Sink::InfoToPeer => RelayOutput::AskByInfo,
                Sink::EncoderIntra => RelayOutput::Job(TranscodeJob::ForceKeyframe),
            });
        }
    }
}
