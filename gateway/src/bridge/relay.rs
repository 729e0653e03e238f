//! One direction of one call: from one leg's packets to the other leg's.
//!
//! Two browsers with the same codec: packets are forwarded as they are. The same codec with a
//! plain peer: pictures are taken apart and packed anew, which changes packetization modes, puts
//! H.264 parameter sets before each IDR picture and keeps broken pictures back. Different codecs, and
//! pictures that the viewer could not take as they are: they go through the codec pool.

mod cut_through;
mod rates;
mod transcoding;
mod watch;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use media::buffers;
use media::keyframe::{self, Broker, Sink, Source};
use media::payload::{Depacketizer, EncodedFrame, PacketizeError, Packetizer, Payload};
use media::picture::Rotation;
use media::rate;
use media::rtp::RtpPacket;
use media::rtp::orientation::orientation;
use media::rtp::reorder::ReorderBuffer;

use super::TranscodeJob;
use super::format::{MAX_PAYLOAD_BYTES, StreamFormat};
use cut_through::{CutThrough, Verdict};
use transcoding::{Transcoding, plan};
pub use watch::Reencoding;
use watch::{Watch, is_mended_by_reencoding};

/// How long a hole in a browser's stream is waited for: the round trip of a NACK and its answer
/// on a mobile network.
const WEB_REORDER_HOLD: Duration = Duration::from_millis(150);

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
    /// To the viewer's leg: one packet of a picture that is passed on as it comes.
    Packet {
        timestamp: u32,
        payload: Payload,
    },
    /// The picture whose packets went to the viewer will not be ended.
    Gap,
    Job(TranscodeJob),
    /// PLI to the sending browser.
    AskBrowser,
    /// INFO to the sending plain peer.
    AskByInfo,
    /// REMB to the sending browser, TMMBR to a sending plain peer that takes it.
    LimitSender {
        bits_per_second: u32,
    },
    /// The first picture is on its way.
    FirstPicture,
    /// Pictures that were passed on are encoded anew from here on.
    Reencoding(Reencoding),
}

enum Path {
    Forward,
    Frames(Box<Frames>),
}

struct Frames {
    reorder: ReorderBuffer,
    depacketizer: Depacketizer,
    packetizer: Packetizer,
    cut: CutThrough,
    transcoding: Option<Transcoding>,
    /// Pictures in the codec pool that nobody waits for any more.
    abandoned: usize,
    /// How the sender says that its pictures must be turned.
    rotation: Rotation,
}

pub struct Relay {
    source: (StreamFormat, End),
    target: (StreamFormat, End),
    path: Path,
    watch: Watch,
    broker: Broker,
    rate: rate::Controller,
    first_picture: bool,
    outputs: VecDeque<RelayOutput>,
}

impl Relay {
    pub fn new(source: (StreamFormat, End), target: (StreamFormat, End), now: Instant) -> Relay {
        let (from, to) = (source.1, target.1);
        let same_codec = source.0.codec() == target.0.codec();
        let mut outputs = VecDeque::new();
        let path = if same_codec && from == End::Browser && to == End::Browser {
            Path::Forward
        } else {
            let transcoding = (!same_codec).then(|| {
                outputs.push_back(RelayOutput::Job(TranscodeJob::Open(plan(&source, &target))));
                Transcoding::default()
            });
            Path::Frames(Box::new(Frames {
                reorder: ReorderBuffer::new(WEB_REORDER_HOLD),
                depacketizer: Depacketizer::new(&source.0.payload),
                packetizer: Packetizer::new(&target.0.payload),
                cut: CutThrough::new(&source.0.payload, &target.0.payload),
                transcoding,
                abandoned: 0,
                rotation: Rotation::None,
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
        let ceiling = match &path {
            Path::Forward => rates::FORWARDED_BITS_PER_SECOND,
            Path::Frames(_) => target.0.limit.bits_per_second,
        };
        let mut relay = Relay {
            source,
            target,
            path,
            watch: Watch::default(),
            broker,
            rate: rate::Controller::new(ceiling),
            first_picture: false,
            outputs,
        };
        relay.begin_rate();
        relay.answered(now);
        relay
    }

    /// Whether it carries these formats between these ends.
    pub fn connects(&self, source: &(StreamFormat, End), target: &(StreamFormat, End)) -> bool {
        self.source == *source && self.target == *target
    }

    /// A viewer begins from nothing.
    pub fn answered(&mut self, now: Instant) {
        self.watch.keyframe_wanted(now);
        self.ask(Source::Answer, now);
    }

    /// PLI or FIR from the viewer.
    pub fn viewer_asks(&mut self, now: Instant) {
        self.watch.keyframe_wanted(now);
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
        self.interrupt(now);
        self.ask(Source::Loss, now);
    }

    /// The sender continues with another SSRC.
    pub fn source_changed(&mut self, now: Instant) {
        self.interrupt(now);
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
        self.depacketize(packet, now);
    }

    /// A packet without payload had this number: it is no hole.
    pub fn handle_keepalive(&mut self, sequence: u16) {
        if let Path::Frames(frames) = &mut self.path {
            frames.depacketizer.skip(sequence);
            frames.cut.skip(sequence);
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
            self.depacketize(packet, now);
        }
    }

    fn depacketize(&mut self, packet: RtpPacket, now: Instant) {
        let turn = self.source.0.orientation;
        if let Some(rotation) = turn.and_then(|id| orientation(&packet, id)) {
            self.turn(rotation, now);
        }
        let Some(packet) = self.cut_through(packet, now) else {
            return;
        };
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        let pushed = frames.depacketizer.push(&packet);
        buffers::give_back(packet.payload);
        let lost = frames.depacketizer.take_loss();
        match pushed {
            Ok(Some(frame)) => self.handle_picture(frame, now),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "payload dropped"),
        }
        if lost {
            self.interrupt(now);
            self.ask(Source::Loss, now);
        }
    }

    /// Passes a packet on at once, if that can be; else it is given back, to be gathered.
    fn cut_through(&mut self, packet: RtpPacket, now: Instant) -> Option<RtpPacket> {
        let Path::Frames(frames) = &mut self.path else {
            return Some(packet);
        };
        if frames.transcoding.is_some() {
            return Some(packet);
        }
        let verdict = frames.cut.judge(&packet, now);
        match verdict {
            Verdict::Gather => return Some(packet),
            Verdict::Broken => {
                self.outputs.push_back(RelayOutput::Gap);
                self.ask(Source::Loss, now);
                return Some(packet);
            }
            Verdict::Begin => {
                if let Some(why) = self.watch.examine_timing(packet.timestamp, &self.target) {
                    self.reencode(why, now);
                    return Some(packet);
                }
            }
            Verdict::Pass => {}
        }
        let Path::Frames(frames) = &mut self.path else {
            return None;
        };
        frames.depacketizer.skip(packet.sequence);
        self.outputs.push_back(RelayOutput::Packet {
            timestamp: packet.timestamp,
            payload: Payload {
                bytes: packet.payload,
                marker: packet.marker,
            },
        });
        None
    }

    /// The viewer misses something: what follows is not passed on packet by packet until a keyframe
    /// was.
    fn interrupt(&mut self, now: Instant) {
        if let Path::Frames(frames) = &mut self.path
            && frames.cut.interrupt(now)
        {
            self.outputs.push_back(RelayOutput::Gap);
        }
    }

    fn handle_picture(&mut self, frame: EncodedFrame, now: Instant) {
        if frame.keyframe {
            self.tell(keyframe::Input::SenderKeyframe, now);
        }
        if self.is_transcoding() && !self.may_pass_again(&frame, now) {
            return self.transcode(frame, now);
        }
        if !frame.keyframe && !self.is_worth(now) {
            return self.ask(Source::Loss, now);
        }
        if let Some(why) = self.watch.examine(&frame, &self.target, now) {
            self.reencode(why, now);
            return self.transcode(frame, now);
        }
        match self.send(&frame, now) {
            Ok(()) => {}
            Err(error) if is_mended_by_reencoding(&error) => {
                tracing::debug!(%error, "picture not passed on");
                self.reencode(Reencoding::Unpackable, now);
                self.transcode(frame, now);
            }
            Err(error) => self.not_sent(&error, now),
        }
    }

    fn is_worth(&self, now: Instant) -> bool {
        match &self.path {
            Path::Forward => true,
            Path::Frames(frames) => frames.cut.is_worth(now),
        }
    }

    fn send(&mut self, frame: &EncodedFrame, now: Instant) -> Result<(), PacketizeError> {
        let Path::Frames(frames) = &mut self.path else {
            return Ok(());
        };
        let mut payloads = Vec::new();
        frames
            .packetizer
            .packetize(frame, MAX_PAYLOAD_BYTES, &mut payloads)?;
        if frame.keyframe {
            frames.cut.keyframe_sent();
        }
        self.note_first_picture();
        self.outputs.push_back(RelayOutput::Picture {
            timestamp: frame.timestamp,
            payloads,
        });
        if frame.keyframe {
            self.tell(keyframe::Input::ViewerKeyframe, now);
        }
        Ok(())
    }

    fn not_sent(&mut self, error: &PacketizeError, now: Instant) {
        tracing::warn!(%error, "picture not sent");
        self.ask(Source::Loss, now);
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
