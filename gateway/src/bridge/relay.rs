//! One direction of one call: from one leg's packets to the other leg's.
//!
//! Two browsers with the same codec: packets are forwarded as they are. The same codec with a
//! plain peer: pictures are taken apart and packed anew, which changes packetization modes, puts
//! H.264 parameter sets before each IDR picture and keeps broken pictures back. Different codecs, and
//! pictures that the viewer could not take as they are: they go through the codec pool.

mod cut_through;
mod intake;
mod rates;
mod replay;
mod transcoding;
mod watch;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use media::codec::VideoCodec;
use media::keyframe::{self, Broker, Sink, Source};
use media::payload::{Depacketizer, EncodedFrame, PacketizeError, Packetizer, Payload};
use media::picture::Rotation;
use media::rate;
use media::rtp::RtpPacket;
use media::rtp::feedback::Feedback;
use media::rtp::reorder::ReorderBuffer;
use media::rtp::session::KeyframeRequest;
use media::transcode::PictureId;

use super::TranscodeJob;
use super::format::{MAX_PAYLOAD_BYTES, StreamFormat};
use super::freeze::Freeze;
use super::timeline::Timeline;
use crate::operate::media::MediaCounts;
use cut_through::CutThrough;
use replay::Replay;
use transcoding::{Transcoding, plan};
pub use watch::Reencoding;
use watch::{Watch, is_mended_by_reencoding};

/// How long a hole in a browser's stream is waited for: two NACKs and the way back on a mobile
/// network. A keyframe would take one round trip more, and many more packets.
const WEB_REORDER_HOLD: Duration = Duration::from_millis(250);

/// How often a viewer that cannot ask, and has not reported yet, gets a picture to begin anew with:
/// between the 2 and 4 s that handset users were used to.
const KEYFRAME_PERIOD: Duration = Duration::from_secs(3);

/// Who is at the two ends of a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Browser,
    /// With the feedback that was agreed with it.
    Plain(Feedback),
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
        /// It builds on no other.
        keyframe: bool,
    },
    /// To the viewer's leg: one packet of a picture that is passed on as it comes.
    Packet {
        timestamp: u32,
        payload: Payload,
    },
    /// The picture whose packets went to the viewer will not be ended.
    Gap,
    Job(TranscodeJob),
    /// RTCP to the sender; a browser gets PLI always.
    AskByRtcp(KeyframeRequest),
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
    /// The browser's SSRC.
    web_source: Option<u32>,
    depacketizer: Depacketizer,
    freeze: Freeze,
    packetizer: Packetizer,
    cut: CutThrough,
    /// For pictures that are passed on from who may not be asked for a keyframe.
    replay: Option<Replay>,
    /// The viewer needs it, and a picture is on its way to it in parts.
    replay_is_due: bool,
    transcoding: Option<Transcoding>,
    /// Pictures in the codec pool that nobody waits for any more.
    abandoned: usize,
    /// How the sender says that its pictures must be turned.
    rotation: Rotation,
    /// The picture that was put together last.
    last: PictureId,
}

pub struct Relay {
    source: (StreamFormat, End),
    target: (StreamFormat, End),
    path: Path,
    watch: Watch,
    broker: Broker,
    rate: rate::Controller,
    first_picture: bool,
    /// The sender's timestamps without its leaps, which encoders and pacing do not bear.
    timeline: Timeline,
    /// What comes was sent before anybody could take it.
    is_catching_up: bool,
    told: MediaCounts,
    outputs: VecDeque<RelayOutput>,
}

impl Relay {
    /// One that asks for nothing until [`Relay::begin`].
    pub fn new(source: (StreamFormat, End), target: (StreamFormat, End)) -> Relay {
        Relay::with(source, target, None)
    }

    /// One whose pictures are encoded anew from the first on, whatever their codec.
    pub fn encoding(
        source: (StreamFormat, End),
        target: (StreamFormat, End),
        why: Reencoding,
    ) -> Relay {
        Relay::with(source, target, Some(why))
    }

    fn with(
        source: (StreamFormat, End),
        target: (StreamFormat, End),
        why: Option<Reencoding>,
    ) -> Relay {
        let (from, to) = (source.1, target.1);
        let same_codec = source.0.codec() == target.0.codec() && why.is_none();
        let mut outputs = VecDeque::new();
        let path = if same_codec && from == End::Browser && to == End::Browser {
            Path::Forward
        } else {
            let transcoding = (!same_codec).then(|| {
                outputs.push_back(RelayOutput::Job(TranscodeJob::Open(plan(&source, &target))));
                Transcoding::because(why)
            });
            Path::Frames(Box::new(Frames {
                reorder: ReorderBuffer::new(WEB_REORDER_HOLD),
                web_source: None,
                depacketizer: Depacketizer::new(&source.0.payload),
                freeze: match transcoding {
                    Some(_) => Freeze::until_keyframe(),
                    None => Freeze::flowing(),
                },
                packetizer: Packetizer::new(&target.0.payload),
                cut: CutThrough::new(&source.0.payload, &target.0.payload),
                replay: may_need_replay(&source, &target).then(Replay::default),
                replay_is_due: false,
                transcoding,
                abandoned: 0,
                rotation: Rotation::None,
                last: PictureId::default(),
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
                End::Plain(feedback) => match feedback.keyframe_request() {
                    Some(KeyframeRequest::Pli) => Sink::PliToSender,
                    Some(KeyframeRequest::Fir) => Sink::FirToSender,
                    None => Sink::InfoToPeer,
                },
            }],
            periodic: (!can_ask(to)).then_some(KEYFRAME_PERIOD),
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
            timeline: Timeline::default(),
            is_catching_up: false,
            told: MediaCounts::default(),
            outputs,
        };
        relay.begin_rate();
        relay
    }

    /// Whether it carries these formats between these ends.
    pub fn connects(&self, source: &(StreamFormat, End), target: &(StreamFormat, End)) -> bool {
        self.source == *source && self.target == *target
    }

    /// A viewer begins from nothing: what is still in the codec pool builds on what it never saw.
    pub fn answered(&mut self, now: Instant) {
        if let Path::Frames(frames) = &mut self.path
            && let Some(transcoding) = &mut frames.transcoding
        {
            transcoding.viewer_needs_keyframe = true;
        }
        self.begin(now);
    }

    /// Its sender can be asked from here on, and its viewer shown what comes.
    pub fn begin(&mut self, now: Instant) {
        self.watch.keyframe_wanted(now);
        self.replay(now);
        self.ask(Source::Answer, now);
    }

    /// Says whether what comes was sent before anybody could take it. It is passed through as fast as can be,
    /// and what comes afterwards goes on from there.
    pub fn catch_up(&mut self, is_catching_up: bool) {
        self.is_catching_up = is_catching_up;
        self.timeline.cut();
    }

    /// The same viewer goes on after a change of the call.
    pub fn resumed(&mut self, now: Instant) {
        self.ask(Source::Resumed, now);
    }

    /// PLI or FIR from the viewer.
    pub fn viewer_asks(&mut self, how: KeyframeRequest, now: Instant) {
        self.watch.keyframe_wanted(now);
        let source = match how {
            KeyframeRequest::Pli => Source::Pli,
            KeyframeRequest::Fir => Source::Fir,
        };
        self.ask(source, now);
        self.replay_in_senders_place(now);
    }

    /// One more viewer begins from nothing.
    pub fn joined(&mut self, now: Instant) {
        self.watch.keyframe_wanted(now);
        self.ask(Source::ViewerJoined, now);
        self.replay_in_senders_place(now);
    }

    /// INFO picture_fast_update from the viewer.
    pub fn fast_update(&mut self, now: Instant) {
        self.ask(Source::InfoFastUpdate, now);
    }

    /// The sender refused our INFO.
    pub fn fast_update_refused(&mut self, now: Instant) {
        self.tell(keyframe::Input::Refused(Sink::InfoToPeer), now);
        self.replay_in_senders_place(now);
    }

    /// The viewer's leg had no room for a picture.
    pub fn picture_dropped(&mut self, now: Instant) {
        let Path::Frames(frames) = &mut self.path else {
            return;
        };
        match &mut frames.transcoding {
            Some(transcoding) => {
                transcoding.viewer_needs_keyframe = true;
                self.ask(Source::Overflow, now);
            }
            None => self.lost(now),
        }
    }

    /// The sender continues with another SSRC, or with other numbers.
    pub fn source_changed(&mut self, now: Instant) {
        self.timeline.cut();
        if let Path::Frames(frames) = &mut self.path {
            // Its numbers may lie before those of the source that is gone.
            frames.depacketizer = Depacketizer::new(&self.source.0.payload);
            frames.reorder.reset();
        }
        self.lost(now);
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
                let before = frames.web_source.replace(packet.ssrc);
                if before.is_some_and(|before| before != packet.ssrc) {
                    self.source_changed(now);
                }
                let Path::Frames(frames) = &mut self.path else {
                    return;
                };
                match frames.reorder.pass(extended, packet) {
                    Ok(packet) => self.take(packet, now),
                    Err(packet) => {
                        frames.reorder.push(extended, packet, now);
                        self.take_ordered(now);
                    }
                }
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

    /// The sender's own timestamp of a picture that was put out.
    pub fn source_timestamp(&self, timestamp: u32) -> u32 {
        self.timeline.source(timestamp)
    }

    /// What was counted since this was asked last.
    pub fn take_counts(&mut self) -> MediaCounts {
        let counts = MediaCounts::from(self.broker.counters());
        let more = counts.since(&self.told);
        self.told = counts;
        more
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
            self.take(packet, now);
        }
    }

    /// The next packet in order.
    fn take(&mut self, packet: RtpPacket, now: Instant) {
        if packet.payload.is_empty() {
            self.handle_keepalive(packet.sequence);
        } else {
            self.depacketize(packet, now);
        }
    }

    fn handle_picture(&mut self, mut frame: EncodedFrame, now: Instant) {
        if self.is_catching_up {
            self.timeline.cut();
        }
        frame.timestamp = self.timeline.map(frame.timestamp, now);
        if frame.keyframe {
            self.tell(keyframe::Input::SenderKeyframe, now);
        }
        if !self.may_pass(&frame, now) {
            return;
        }
        if self.is_transcoding() && !self.may_pass_again(&frame, now) {
            return self.transcode(frame, now);
        }
        if let Some(why) = self.watch.examine(&frame, &self.target, now) {
            self.reencode(why, now);
            if self.may_pass(&frame, now) {
                self.transcode(frame, now);
            }
            return;
        }
        match self.send(&frame, now) {
            Ok(()) => {}
            Err(error) if is_mended_by_reencoding(&error) => {
                tracing::debug!(%error, "picture not passed on");
                self.reencode(Reencoding::Unpackable, now);
                if self.may_pass(&frame, now) {
                    self.transcode(frame, now);
                }
            }
            Err(error) => self.not_sent(&error, now),
        }
    }

    fn send(&mut self, frame: &EncodedFrame, now: Instant) -> Result<(), PacketizeError> {
        let Path::Frames(frames) = &mut self.path else {
            return Ok(());
        };
        if let Some(transcoding) = &mut frames.transcoding {
            transcoding.viewer_needs_keyframe &= !frame.keyframe;
            if transcoding.viewer_needs_keyframe {
                return Ok(());
            }
        }
        let mut payloads = Vec::new();
        frames
            .packetizer
            .packetize(frame, MAX_PAYLOAD_BYTES, &mut payloads)?;
        if frame.keyframe {
            frames.cut.keyframe_sent();
        }
        frames.note_for_replay(frame, &payloads);
        self.note_first_picture();
        self.outputs.push_back(RelayOutput::Picture {
            timestamp: frame.timestamp,
            payloads,
            keyframe: frame.keyframe,
        });
        if frame.keyframe {
            self.tell(keyframe::Input::ViewerKeyframe, now);
        }
        Ok(())
    }

    fn not_sent(&mut self, error: &PacketizeError, now: Instant) {
        tracing::warn!(%error, "picture not sent");
        self.picture_dropped(now);
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
                Sink::PliToSender => RelayOutput::AskByRtcp(KeyframeRequest::Pli),
                Sink::FirToSender => RelayOutput::AskByRtcp(KeyframeRequest::Fir),
                Sink::InfoToPeer => RelayOutput::AskByInfo,
                Sink::EncoderIntra => RelayOutput::Job(TranscodeJob::ForceKeyframe),
            });
        }
    }
}

/// Whether somebody begins to watch who may have to wait long: RTCP asks at once, INFO may be refused.
/// Between other codecs our own encoder makes the keyframe.
fn may_need_replay(source: &(StreamFormat, End), target: &(StreamFormat, End)) -> bool {
    let can_be_asked = match source.1 {
        End::Browser => true,
        End::Plain(feedback) => feedback.keyframe_request().is_some(),
    };
    !can_be_asked && target.1 == End::Browser && target.0.codec() == VideoCodec::H264
}

/// Whether a viewer can ask for a keyframe by RTCP.
fn can_ask(viewer: End) -> bool {
    match viewer {
        End::Browser => true,
        End::Plain(feedback) => feedback.keyframe_request().is_some(),
    }
}
