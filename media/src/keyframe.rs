//! RFC 4585 §6.3.1, RFC 5104 §4.3.1, RFC 5168: one place decides when a keyframe is asked for.
//!
//! Everything that wants one comes in as a [`Source`]; every way to get one goes out as a
//! [`Sink`]. Requests within a sink's interval become one, and none is forgotten: the last of them
//! is asked again at the interval's end unless a keyframe came in between.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The least time between two requests of one mechanism: encoders ignore requests that come
/// faster, and every keyframe costs a slow bearer half a second. The same for SIP INFO, where one
/// transaction is over long before the next.
pub const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// How often a viewer without feedback gets a keyframe while its reports tell of loss, and while they
/// tell of none: between these two handset users were used to.
const PERIOD_IN_LOSS: Duration = Duration::from_secs(2);
const PERIOD_WITHOUT_LOSS: Duration = Duration::from_secs(4);

/// The share of packets lost, in 1/256, from which on a picture was hurt: radio links lose less idle.
const LOSSY: u8 = 5;

/// How long loss is expected to come again.
const LOSS_LASTS: Duration = Duration::from_secs(10);

/// Who wants a keyframe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// RTCP picture loss indication from the viewer.
    Pli,
    /// RTCP full intra request from the viewer.
    Fir,
    /// A hole in the stream that we receive from the sender.
    Loss,
    /// SIP INFO picture_fast_update from the viewer.
    InfoFastUpdate,
    /// The call was answered: a viewer begins from nothing.
    Answer,
    /// The call went on after a change: the viewer may have missed anything.
    Resumed,
    /// A further viewer began from nothing.
    ViewerJoined,
    /// A picture found no room on its way to the viewer.
    Overflow,
    /// The viewer cannot ask, so it is asked for in its place from time to time.
    Periodic,
}

/// A way to get a keyframe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// Send an RTCP PLI to the sender of the picture.
    PliToSender,
    /// Send an RTCP FIR to the sender of the picture.
    FirToSender,
    /// Send a SIP INFO picture_fast_update to the sender of the picture.
    InfoToPeer,
    /// Force an I-frame of our own encoder.
    EncoderIntra,
}

/// Between sender and viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// The sender's own pictures are passed on.
    PassThrough,
    /// The viewer's pictures come from our encoder.
    Transcoded,
}

/// How one direction of one call gets its keyframes.
#[derive(Debug, Clone)]
pub struct Config {
    pub path: Path,
    /// How the sender can be asked; `EncoderIntra` is ignored here.
    pub sender: Vec<Sink>,
    /// For a viewer without feedback, as long as it does not report either; then between two and four
    /// seconds, as its reports say.
    pub periodic: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Request(Source),
    /// The sender's keyframe came.
    SenderKeyframe,
    /// A keyframe went to the viewer.
    ViewerKeyframe,
    /// A report block of the viewer (RFC 3550 §6.4.1).
    ViewerReport {
        /// In 1/256, since the report before.
        fraction_lost: u8,
    },
    /// The peer refused this way of asking: it is not used again (RFC 5168 §6).
    Refused(Sink),
}

/// Requests by mechanism.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    pub requested_by_pli: u64,
    pub requested_by_fir: u64,
    pub requested_by_loss: u64,
    pub requested_by_info: u64,
    pub requested_by_answer: u64,
    pub requested_by_resume: u64,
    pub requested_by_viewer: u64,
    pub requested_by_overflow: u64,
    pub requested_by_period: u64,
    pub sent_pli: u64,
    pub sent_fir: u64,
    pub sent_info: u64,
    pub forced_intra: u64,
}

/// The keyframe policy of one direction. After every call the owner drains
/// [`Broker::poll_output`] until `None`.
#[derive(Debug)]
pub struct Broker {
    path: Path,
    sinks: Vec<Limited>,
    periodic: Option<(Duration, Option<Instant>)>,
    /// When the viewer last missed something.
    lossy_at: Option<Instant>,
    counters: Counters,
    outputs: VecDeque<Sink>,
}

#[derive(Debug)]
struct Limited {
    sink: Sink,
    /// Not before this time again.
    free_at: Option<Instant>,
    pending: bool,
}

impl Broker {
    pub fn new(config: Config) -> Broker {
        let sender = config
            .sender
            .into_iter()
            .filter(|sink| *sink != Sink::EncoderIntra);
        let mut sinks: Vec<Sink> = sender.collect();
        if config.path == Path::Transcoded {
            sinks.push(Sink::EncoderIntra);
        }
        let sinks = sinks.into_iter().map(|sink| Limited {
            sink,
            free_at: None,
            pending: false,
        });
        Broker {
            path: config.path,
            sinks: sinks.collect(),
            periodic: config.periodic.map(|period| (period, None)),
            lossy_at: None,
            counters: Counters::default(),
            outputs: VecDeque::new(),
        }
    }

    /// The viewer's pictures come from our encoder from here on.
    pub fn encode_here(&mut self) {
        if self.path == Path::Transcoded {
            return;
        }
        self.path = Path::Transcoded;
        self.sinks.push(Limited {
            sink: Sink::EncoderIntra,
            free_at: None,
            pending: false,
        });
    }

    /// The sender's own pictures are passed on from here on.
    pub fn pass_on(&mut self) {
        self.path = Path::PassThrough;
        self.sinks
            .retain(|limited| limited.sink != Sink::EncoderIntra);
    }

    /// Whether there is a way to ask the sender that was not refused.
    pub fn can_ask_sender(&self) -> bool {
        let mut sinks = self.sinks.iter();
        sinks.any(|limited| limited.sink != Sink::EncoderIntra)
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Request(source) => self.request(source, now),
            Input::SenderKeyframe => {
                self.settle(|sink| sink != Sink::EncoderIntra);
                if self.path == Path::PassThrough {
                    self.restart_period(now);
                }
            }
            Input::ViewerKeyframe => {
                self.settle(|sink| sink == Sink::EncoderIntra);
                self.restart_period(now);
            }
            Input::ViewerReport { fraction_lost } => self.follow_loss(fraction_lost, now),
            Input::Refused(sink) => self.sinks.retain(|limited| limited.sink != sink),
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self
            .periodic
            .is_some_and(|(_, at)| at.is_some_and(|at| at <= now))
        {
            self.request(Source::Periodic, now);
        }
        self.flush(now);
    }

    pub fn poll_output(&mut self) -> Option<Sink> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let waiting = self.sinks.iter().filter(|limited| limited.pending);
        let period = self.periodic.and_then(|(_, at)| at);
        waiting
            .filter_map(|limited| limited.free_at)
            .chain(period)
            .min()
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn request(&mut self, source: Source, now: Instant) {
        *self.requested(source) += 1;
        let path = self.path;
        for limited in &mut self.sinks {
            limited.pending |= serves(path, source, limited.sink);
        }
        self.restart_period(now);
        self.flush(now);
    }

    fn flush(&mut self, now: Instant) {
        for index in 0..self.sinks.len() {
            let limited = &mut self.sinks[index];
            if !limited.pending || limited.free_at.is_some_and(|free_at| now < free_at) {
                continue;
            }
            limited.pending = false;
            limited.free_at = Some(now + MIN_INTERVAL);
            let sink = limited.sink;
            *self.sent(sink) += 1;
            self.outputs.push_back(sink);
        }
    }

    fn settle(&mut self, concerned: impl Fn(Sink) -> bool) {
        let concerned = self
            .sinks
            .iter_mut()
            .filter(|limited| concerned(limited.sink));
        concerned.for_each(|limited| limited.pending = false);
    }

    fn follow_loss(&mut self, fraction_lost: u8, now: Instant) {
        if fraction_lost >= LOSSY {
            self.lossy_at = Some(now);
        }
        let is_lossy = self
            .lossy_at
            .is_some_and(|at| now.saturating_duration_since(at) < LOSS_LASTS);
        let wanted = match is_lossy {
            true => PERIOD_IN_LOSS,
            false => PERIOD_WITHOUT_LOSS,
        };
        if let Some((period, at)) = &mut self.periodic {
            let since = at.and_then(|at| at.checked_sub(*period));
            *at = since.map(|since| since + wanted);
            *period = wanted;
        }
    }

    fn restart_period(&mut self, now: Instant) {
        if let Some((period, at)) = &mut self.periodic {
            *at = Some(now + *period);
        }
    }

    fn requested(&mut self, source: Source) -> &mut u64 {
        match source {
            Source::Pli => &mut self.counters.requested_by_pli,
            Source::Fir => &mut self.counters.requested_by_fir,
            Source::Loss => &mut self.counters.requested_by_loss,
            Source::InfoFastUpdate => &mut self.counters.requested_by_info,
            Source::Answer => &mut self.counters.requested_by_answer,
            Source::Resumed => &mut self.counters.requested_by_resume,
            Source::Overflow => &mut self.counters.requested_by_overflow,
            Source::ViewerJoined => &mut self.counters.requested_by_viewer,
            Source::Periodic => &mut self.counters.requested_by_period,
        }
    }

    fn sent(&mut self, sink: Sink) -> &mut u64 {
        match sink {
            Sink::PliToSender => &mut self.counters.sent_pli,
            Sink::FirToSender => &mut self.counters.sent_fir,
            Sink::InfoToPeer => &mut self.counters.sent_info,
            Sink::EncoderIntra => &mut self.counters.forced_intra,
        }
    }
}

/// Whether a request is served by this sink. With our own encoder in the path a viewer's loss is
/// none of the sender's business, and a hole in the sender's stream is repaired at the sender.
fn serves(path: Path, source: Source, sink: Sink) -> bool {
    match (path, sink) {
        (Path::PassThrough, _) => sink != Sink::EncoderIntra,
        (Path::Transcoded, Sink::EncoderIntra) => source != Source::Loss,
        (Path::Transcoded, Sink::PliToSender | Sink::FirToSender | Sink::InfoToPeer) => {
            matches!(source, Source::Loss | Source::Answer | Source::Resumed)
        }
    }
}
