//! RFC 3551: the media of one call, RTP and RTCP on a port of their own each. A handset either
//! watches or shows (Video Share is one-way); one that was told to do both has a leg for each.

use std::time::{Duration, Instant};

use media::{
    codec::{CodecError, EncoderConfig, ForceKeyframe, VideoCodec, VideoDecoder, VideoEncoder},
    payload::{Depacketizer, EncodedFrame, Format, Packetizer, Payload, h264::PacketizationMode},
    picture::Picture,
    rtp::{
        VIDEO_CLOCK_HZ,
        rtcp::NtpTime,
        session::{Config, Counters, Event, Output as SessionOutput, Session},
    },
};

pub use media::rtp::session::Input;

mod watchdog;

use watchdog::Watchdog;

use crate::{
    agent::Direction,
    offer::{self, Agreement},
    profile::{Encoding, Profile, Video},
    screen::Screen,
};

/// With IP, UDP and RTP headers this stays below every radio link's packet size.
const MAX_PAYLOAD_BYTES: usize = 1200;
/// An H.264 slice with its header fits a payload whole, as packetization mode 0 needs it.
const MAX_SLICE_BYTES: usize = 1100;
#[derive(Debug)]
pub enum Output {
    /// From the RTP socket to the peer's RTP address.
    Rtp(Vec<u8>),
    /// From the RTCP socket to the port above.
    Rtcp(Vec<u8>),
    /// The next picture to be shown is due; answered by [`Leg::picture`].
    PictureDue { counter: u16 },
    /// A picture came and is on the screen.
    Shown,
    /// Nothing came for 20 s, or no report for as long as the model waits for one: the peer is gone.
    Silent,
}

/// The media of one call.
pub struct Leg {
    session: Session,
    role: Role,
    watchdog: Option<Watchdog>,
    encoding: Encoding,
    payload_type: u8,
    outputs: std::collections::VecDeque<Output>,
}

enum Role {
    Watch(Box<Watch>),
    Show(Box<Show>),
}

struct Watch {
    format: Format,
    depacketizer: Depacketizer,
    decoder: VideoDecoder,
    screen: Screen,
    keep_alive: Option<KeepAlive>,
    /// Packets and pictures that could not be used.
    damaged: u64,
}

/// Empty packets of a watching handset, so that address translators stay open (R1.23).
struct KeepAlive {
    every: Duration,
    at: Instant,
}

struct Show {
    packetizer: Packetizer,
    encoder: VideoEncoder,
    video: Video,
    started: Instant,
    /// `None` while the phone's user has not said yes (R1.24).
    due_at: Option<Instant>,
    /// Pictures asked of the source.
    counter: u16,
    force_keyframe: ForceKeyframe,
    frames: u64,
    failed: u64,
}

/// What the page says of a leg.
#[derive(Debug, Clone, Copy)]
pub struct LegView<'a> {
    pub encoding: Encoding,
    pub payload_type: u8,
    pub counters: &'a Counters,
    pub lost_packets: u64,
    pub screen: Option<&'a Screen>,
    pub sent: Option<SentView>,
}

#[derive(Debug, Clone, Copy)]
pub struct SentView {
    pub frames: u64,
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    /// The camera is shut until the user says yes.
    pub waits_for_user: bool,
}

impl Leg {
    /// Opens the media of an agreed call. `seed` makes SSRC and numbers, `wall` is the time of day.
    ///
    /// # Errors
    /// When the codec is missing here: our fault, the call must be ended.
    pub fn open(
        profile: &Profile,
        direction: Direction,
        agreement: &Agreement,
        seed: u64,
        wall: NtpTime,
        now: Instant,
    ) -> Result<Self, CodecError> {
        let format = format_of(agreement);
        let codec = codec_of(agreement.encoding);
        let habits = &profile.media;
        // Pictures keep what is open open, and are the only source of their line.
        let keep_alive = habits
            .keep_alive_seconds
            .filter(|_| !agreement.both_ways)
            .map(Duration::from_secs);
        let role = match direction {
            Direction::Incoming => Role::Watch(Box::new(Watch {
                depacketizer: Depacketizer::new(&format),
                format,
                decoder: VideoDecoder::new(codec)?,
                screen: Screen::new(now),
                keep_alive: keep_alive.map(|every| KeepAlive {
                    every,
                    at: now + every,
                }),
                damaged: 0,
            })),
            Direction::Outgoing => Role::Show(Box::new(Show {
                packetizer: Packetizer::new(&format),
                encoder: VideoEncoder::new(encoder_config(codec, &profile.video))?,
                video: profile.video.clone(),
                started: now,
                due_at: (!habits.waits_for_user).then_some(now),
                counter: 0,
                force_keyframe: ForceKeyframe::Yes,
                frames: 0,
                failed: 0,
            })),
        };
        let mut session = Session::new(Config {
            accepted_payload_types: vec![agreement.payload_type],
            payload_type: agreement.payload_type,
            cname: format!("{seed:016x}"),
            seed,
            // Twice the rate: a picture's packets are out well before the next one is due.
            pacing_bits_per_second: profile.video.bits_per_second * 2,
            clock_hz: VIDEO_CLOCK_HZ,
        });
        session.start(wall, now);
        let patience = habits.report_watchdog_seconds.map(Duration::from_secs);
        let mut leg = Self {
            session,
            role,
            watchdog: patience.map(|patience| Watchdog::new(patience, now)),
            encoding: agreement.encoding,
            payload_type: agreement.payload_type,
            outputs: std::collections::VecDeque::new(),
        };
        leg.settle(now);
        Ok(leg)
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        self.session.handle(input, now);
        if let Some(watchdog) = &mut self.watchdog {
            watchdog.look(self.session.counters(), now);
        }
        self.settle(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.session.handle_timeout(now);
        let watchdog = self.watchdog.as_mut();
        if watchdog.is_some_and(|watchdog| watchdog.is_over(now)) {
            self.outputs.push_back(Output::Silent);
        }
        match &mut self.role {
            Role::Watch(watch) => {
                let keep_alive = watch.keep_alive.as_mut();
                if let Some(due) = keep_alive.filter(|due| now >= due.at) {
                    due.at = now + due.every;
                    let empty = Payload {
                        bytes: Vec::new(),
                        marker: false,
                    };
                    // A full queue means that packets go out anyway.
                    let _ = self.session.send(0, vec![empty], now);
                }
            }
            Role::Show(show) => {
                if let Some(counter) = show.picture_due(now) {
                    self.outputs.push_back(Output::PictureDue { counter });
                }
            }
        }
        self.settle(now);
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let own = match &self.role {
            Role::Watch(watch) => watch.keep_alive.as_ref().map(|due| due.at),
            Role::Show(show) => show.due_at,
        };
        let watchdog = self.watchdog.as_ref().and_then(Watchdog::barks_at);
        [self.session.poll_timeout(), own, watchdog]
            .into_iter()
            .flatten()
            .min()
    }

    /// Encodes and sends the picture that was due. It must have the profile's size.
    pub fn picture(&mut self, picture: &Picture, now: Instant) {
        if let Role::Show(show) = &mut self.role {
            show.send(picture, &mut self.session, now);
        }
        self.settle(now);
    }

    /// The phone's user says that the camera may open.
    pub fn confirm(&mut self, now: Instant) {
        match &mut self.role {
            Role::Show(show) => show.due_at = show.due_at.or(Some(now)),
            Role::Watch(_) => {}
        }
    }

    /// The peer wants a full picture.
    pub fn force_keyframe(&mut self) {
        match &mut self.role {
            Role::Show(show) => show.force_keyframe = ForceKeyframe::Yes,
            Role::Watch(_) => {}
        }
    }

    /// RTCP BYE goes out; nothing after it.
    pub fn close(&mut self, now: Instant) {
        self.session.stop(now);
        self.settle(now);
    }

    pub fn view(&self) -> LegView<'_> {
        let (screen, sent) = match &self.role {
            Role::Watch(watch) => (Some(&watch.screen), None),
            Role::Show(show) => (None, Some(show.view())),
        };
        LegView {
            encoding: self.encoding,
            payload_type: self.payload_type,
            counters: self.session.counters(),
            lost_packets: self.session.lost_packets(),
            screen,
            sent,
        }
    }

    fn settle(&mut self, now: Instant) {
        while let Some(output) = self.session.poll_output() {
            match output {
                SessionOutput::Rtp(bytes) => self.outputs.push_back(Output::Rtp(bytes)),
                SessionOutput::Rtcp(bytes) => self.outputs.push_back(Output::Rtcp(bytes)),
                SessionOutput::Event(event) => self.event(event, now),
            }
        }
    }

    fn event(&mut self, event: Event, now: Instant) {
        match (event, &mut self.role) {
            (Event::Silent, _) => self.outputs.push_back(Output::Silent),
            (Event::Packet(packet), Role::Watch(watch)) => {
                let shown = match watch.depacketizer.push(&packet) {
                    Ok(Some(frame)) => watch.decode(&frame, now),
                    Ok(None) => false,
                    Err(error) => {
                        tracing::trace!(%error, "unusable packet");
                        watch.damaged += 1;
                        false
                    }
                };
                if shown {
                    self.outputs.push_back(Output::Shown);
                }
            }
            (Event::KeepAlive { sequence }, Role::Watch(watch)) => watch.depacketizer.skip(sequence),
            (Event::SourceChanged { .. }, Role::Watch(watch)) => {
                watch.depacketizer = Depacketizer::new(&watch.format);
            }
            (Event::KeyframeRequested(_), Role::Show(show)) => {
                show.force_keyframe = ForceKeyframe::Yes;
            }
            (
                Event::Packet(_)
                | Event::KeepAlive { .. }
                | Event::SourceChanged { .. }
                | Event::KeyframeRequested(_),
                Role::Watch(_) | Role::Show(_),
            )
            // The peer hangs up by SIP as well; its RTCP BYE alone ends nothing.
            | (
                Event::PeerReport { .. }
                | Event::SenderReport { .. }
                | Event::PeerBye { .. }
                | Event::RateLimit { .. },
                _,
            ) => {}
        }
    }
}

impl Watch {
    /// Whether a picture came out and is on the screen.
    fn decode(&mut self, frame: &EncodedFrame, now: Instant) -> bool {
        match self.decoder.decode(&frame.data, frame.timestamp) {
            Ok(Some(picture)) => {
                self.screen.show(picture, now);
                true
            }
            Ok(None) => false,
            Err(error) => {
                tracing::trace!(%error, "unusable picture");
                self.damaged += 1;
                false
            }
        }
    }
}

impl Show {
    /// The counter of the picture that is due. Pictures that were missed are left out, so that
    /// the rest keeps its time.
    fn picture_due(&mut self, now: Instant) -> Option<u16> {
        let due_at = self.due_at.filter(|at| now >= *at)?;
        let interval = Duration::from_secs(1) / self.video.frames_per_second.max(1);
        let next = due_at + interval;
        self.due_at = Some(if next < now { now + interval } else { next });
        let counter = self.counter;
        self.counter = self.counter.wrapping_add(1);
        Some(counter)
    }

    fn send(&mut self, picture: &Picture, session: &mut Session, now: Instant) {
        let elapsed = now.saturating_duration_since(self.started);
        let ticks = elapsed.as_micros() * u128::from(VIDEO_CLOCK_HZ) / 1_000_000;
        // Wraps after 13 hours, as RTP's timestamps do.
        let timestamp = ticks as u32;
        let force = std::mem::replace(&mut self.force_keyframe, ForceKeyframe::No);
        let frame = match self.encoder.encode(picture, timestamp, force) {
            Ok(Some(frame)) => frame,
            Ok(None) => return,
            Err(error) => return self.fail(&error),
        };
        let mut payloads = Vec::new();
        if let Err(error) = self
            .packetizer
            .packetize(&frame, MAX_PAYLOAD_BYTES, &mut payloads)
        {
            return self.fail(&error);
        }
        match session.send(timestamp, payloads, now) {
            Ok(()) => self.frames += 1,
            Err(full) => self.fail(&full),
        }
    }

    /// The picture is lost, so the next one must stand by itself.
    fn fail(&mut self, error: &dyn std::error::Error) {
        self.failed += 1;
        self.force_keyframe = ForceKeyframe::Yes;
        tracing::debug!(%error, failed = self.failed, "a picture was not sent");
    }

    fn view(&self) -> SentView {
        SentView {
            frames: self.frames,
            width: self.video.width,
            height: self.video.height,
            frames_per_second: self.video.frames_per_second,
            waits_for_user: self.due_at.is_none(),
        }
    }
}

fn codec_of(encoding: Encoding) -> VideoCodec {
    match encoding {
        // Profile 0 of H263-2000 is H.263 without options (RFC 4629 §8.1.1).
        Encoding::H263 | Encoding::H263v2000 => VideoCodec::H263,
        Encoding::H263v1998 => VideoCodec::H263Plus,
        Encoding::H264 => VideoCodec::H264,
    }
}

fn format_of(agreement: &Agreement) -> Format {
    match agreement.encoding {
        Encoding::H263 => Format::H263,
        Encoding::H263v1998 | Encoding::H263v2000 => Format::H263Plus,
        Encoding::H264 => Format::H264 {
            mode: match offer::mode_of(agreement.parameters.as_deref()) {
                0 => PacketizationMode::SingleNal,
                _ => PacketizationMode::NonInterleaved,
            },
            parameter_sets: Vec::new(),
        },
    }
}

fn encoder_config(codec: VideoCodec, video: &Video) -> EncoderConfig {
    EncoderConfig {
        codec,
        width: video.width,
        height: video.height,
        frames_per_second: video.frames_per_second,
        bits_per_second: video.bits_per_second,
        max_slice_bytes: MAX_SLICE_BYTES,
    }
}

#[cfg(test)]
mod tests;
