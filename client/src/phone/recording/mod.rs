//! Recording what one shows or watches. Nothing is recorded before those at the other end were told
//! over the call (RFC 6086, docs/client-messages.md) and show it; where they cannot be told, the person
//! is asked first.

pub mod message;

use sip::agent::{CallHandle, Event, Reply, RequestId, ServerRequestId};
use sip::message::{Headers, Method, Request, Status};
use sip::time::{Duration, Instant};

use super::state::{self, Direction, OurRecording, RecordingCommand, RecordingNote};
use super::{Desk, Effect};
use message::Word;

/// What the browser says of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingEvent {
    Started,
    /// There will be none, or what there was is lost.
    Failed,
    /// It is over, and handed to the person.
    Saved,
}

#[derive(Debug, Default)]
pub(super) struct Recorder {
    stage: Stage,
    /// The person knows that somebody cannot be told.
    anyway: bool,
    note: RecordingNote,
    /// At most [`CALLS_AT_MOST`].
    calls: Vec<Told>,
    /// How many watch, as of the last look.
    watching: usize,
    now: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Off,
    Telling(Direction),
    Asking(Direction),
    Starting(Direction),
    On {
        of: Direction,
        since: Instant,
    },
}

/// The other end of a call.
#[derive(Debug)]
struct Told {
    call: CallHandle,
    /// It shows its person that they are recorded.
    takes: bool,
    /// It records.
    records: bool,
    of_ours: OfOurs,
}

/// What it knows of our recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OfOurs {
    Nothing,
    Asked(RequestId),
    Shown,
    NotShown,
}

/// What goes on, as far as a recording hangs on it.
pub(super) struct OnAir {
    /// Calls that were answered.
    pub(super) calls: Vec<CallHandle>,
    /// What the page shows large, and to or from whom.
    pub(super) large: Option<(Direction, String)>,
    /// Which directions there are.
    pub(super) ways: Vec<Direction>,
    /// How many watch what we show.
    pub(super) watching: usize,
}

impl Recorder {
    /// The other end of a call said what it takes: in its INVITE, or its answer to ours.
    pub(super) fn met(&mut self, call: CallHandle, headers: &Headers) {
        self.calls.retain(|of| of.call != call);
        if self.calls.len() >= CALLS_AT_MOST {
            self.calls.remove(0);
        }
        self.calls.push(Told {
            call,
            takes: message::takes(headers),
            records: false,
            of_ours: OfOurs::Nothing,
        });
    }

    pub(super) fn ended(&mut self, call: CallHandle) {
        self.calls.retain(|of| of.call != call);
    }

    pub(super) fn command(
        &mut self,
        command: RecordingCommand,
        on_air: &OnAir,
        desk: &mut Desk<'_>,
    ) {
        match (command, self.stage) {
            (RecordingCommand::Start, Stage::Off) => {
                let Some((of, _)) = &on_air.large else {
                    return;
                };
                (self.note, self.anyway) = (RecordingNote::None, false);
                self.stage = Stage::Telling(*of);
                self.go_on(on_air, desk);
            }
            (RecordingCommand::Anyway, Stage::Asking(of)) => {
                self.anyway = true;
                self.stage = Stage::Telling(of);
                self.go_on(on_air, desk);
            }
            (RecordingCommand::Stop, _) => self.stop(on_air, desk),
            (
                RecordingCommand::Start,
                Stage::Telling(_) | Stage::Asking(_) | Stage::Starting(_) | Stage::On { .. },
            )
            | (
                RecordingCommand::Anyway,
                Stage::Off | Stage::Telling(_) | Stage::Starting(_) | Stage::On { .. },
            ) => {}
        }
    }

    /// What the browser says.
    pub(super) fn heard(&mut self, event: RecordingEvent, on_air: &OnAir, desk: &mut Desk<'_>) {
        match (event, self.stage) {
            (RecordingEvent::Started, Stage::Starting(of)) => {
                let since = desk.now;
                self.stage = Stage::On { of, since };
            }
            // A late word about one that nobody wants any more.
            (RecordingEvent::Started, _) => {}
            (RecordingEvent::Failed, _) => {
                self.note = RecordingNote::Failed;
                self.over(on_air, desk);
            }
            (RecordingEvent::Saved, stage) => {
                self.note = RecordingNote::Saved;
                // The one that is being asked for is another one.
                if matches!(stage, Stage::On { .. }) {
                    self.over(on_air, desk);
                }
            }
        }
    }

    /// An INFO inside a call: whether it was one of a package, and was answered.
    pub(super) fn told(
        &mut self,
        (id, call): (ServerRequestId, CallHandle),
        request: &Request,
        desk: &mut Desk<'_>,
    ) -> bool {
        let package = match request.method {
            Method::Info => message::package_of(request),
            _ => None,
        };
        let Some(package) = package else {
            return false;
        };
        let known = package.eq_ignore_ascii_case(message::PACKAGE);
        let said = message::word_of(request).filter(|_| known);
        let of = self.calls.iter_mut().find(|of| of.call == call);
        let status = match (known, said, of) {
            (false, _, _) => message::BAD_INFO_PACKAGE,
            (true, Some(said), Some(of)) => {
                of.records = said == Word::On;
                Status::OK
            }
            (true, None, _) | (true, Some(_), None) => Status::BAD_REQUEST,
        };
        desk.respond(id, Reply::new(status).with_header(message::taken()));
        true
    }

    /// What the other end says to our word; of other requests it changes nothing.
    pub(super) fn agent_said(&mut self, event: &Event) {
        let (id, shown) = match event {
            Event::Response { id, response } => (*id, response.status.is_success()),
            Event::RequestFailed { id, .. } => (*id, false),
            _ => return,
        };
        let mut calls = self.calls.iter_mut();
        if let Some(of) = calls.find(|of| of.of_ours == OfOurs::Asked(id)) {
            of.of_ours = match shown {
                true => OfOurs::Shown,
                false => OfOurs::NotShown,
            };
        }
    }

    /// Goes on with what is wished, as far as what goes on allows: after everything that happens.
    pub(super) fn go_on(&mut self, on_air: &OnAir, desk: &mut Desk<'_>) {
        self.now = Some(desk.now);
        let more_watch = on_air.watching > std::mem::replace(&mut self.watching, on_air.watching);
        let Some(of) = self.of() else {
            return;
        };
        let late = matches!(self.stage, Stage::On { since, .. } if desk.now >= since + LONGEST);
        if !on_air.ways.contains(&of) || late {
            return self.stop(on_air, desk);
        }
        if more_watch {
            // Who came last was not told.
            for told in &mut self.calls {
                if told.takes && matches!(told.of_ours, OfOurs::Shown | OfOurs::NotShown) {
                    told.of_ours = OfOurs::Nothing;
                }
            }
        }
        if matches!(self.stage, Stage::Asking(_)) {
            return;
        }
        self.tell_all(&on_air.calls, desk);
        self.decide(of, on_air, desk);
    }

    fn tell_all(&mut self, calls: &[CallHandle], desk: &mut Desk<'_>) {
        for told in &mut self.calls {
            if told.of_ours == OfOurs::Nothing && calls.contains(&told.call) {
                told.of_ours = match told.takes {
                    true => OfOurs::Asked(say(told.call, Word::On, desk)),
                    false => OfOurs::NotShown,
                };
            }
        }
    }

    fn decide(&mut self, of: Direction, on_air: &OnAir, desk: &mut Desk<'_>) {
        let here = || {
            let all = self.calls.iter();
            all.filter(|told| on_air.calls.contains(&told.call))
        };
        let waits = here().any(|told| matches!(told.of_ours, OfOurs::Asked(_)));
        // One that is not known is one that was not told.
        let known = here().count() == on_air.calls.len();
        let unseen = !known || here().any(|told| told.of_ours == OfOurs::NotShown);
        match (self.stage, unseen && !self.anyway) {
            (Stage::Telling(_), _) if waits => {}
            (Stage::Telling(_), true) => self.stage = Stage::Asking(of),
            (Stage::Telling(_), false) => {
                self.stage = Stage::Starting(of);
                let who = on_air.large.as_ref().map(|(_, who)| who.clone());
                let who = who.unwrap_or_default();
                desk.effects.push_back(Effect::Record { of, who });
            }
            // Somebody came who cannot be told: what there is is kept, and the person is asked.
            (Stage::Starting(_) | Stage::On { .. }, true) => {
                desk.effects.push_back(Effect::StopRecording);
                self.stage = Stage::Asking(of);
            }
            (Stage::Starting(_) | Stage::On { .. }, false) | (Stage::Off | Stage::Asking(_), _) => {
            }
        }
    }

    fn stop(&mut self, on_air: &OnAir, desk: &mut Desk<'_>) {
        if matches!(self.stage, Stage::Starting(_) | Stage::On { .. }) {
            desk.effects.push_back(Effect::StopRecording);
        }
        self.over(on_air, desk);
    }

    /// Nothing is recorded any more, and nobody is to believe it.
    fn over(&mut self, on_air: &OnAir, desk: &mut Desk<'_>) {
        self.stage = Stage::Off;
        for told in &mut self.calls {
            let before = std::mem::replace(&mut told.of_ours, OfOurs::Nothing);
            // Who refused our word may have passed it on to some of several.
            let is_here = on_air.calls.contains(&told.call);
            if is_here && told.takes && before != OfOurs::Nothing {
                say(told.call, Word::Off, desk);
            }
        }
    }

    fn of(&self) -> Option<Direction> {
        match self.stage {
            Stage::Off => None,
            Stage::Telling(of) | Stage::Asking(of) | Stage::Starting(of) | Stage::On { of, .. } => {
                Some(of)
            }
        }
    }

    /// When it has become too long.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self.stage {
            Stage::On { since, .. } => Some(since + LONGEST),
            Stage::Off | Stage::Telling(_) | Stage::Asking(_) | Stage::Starting(_) => None,
        }
    }

    pub(super) fn show(&self) -> state::Recording {
        let ours = match self.stage {
            Stage::Off => OurRecording::Off,
            Stage::Telling(_) => OurRecording::Telling,
            Stage::Asking(_) => OurRecording::Asking,
            Stage::Starting(of) => OurRecording::Starting(of),
            Stage::On { of, since } => OurRecording::On {
                of,
                seconds: self.now.map_or(0, |now| (now - since).as_secs()),
            },
        };
        state::Recording {
            ours,
            theirs: self.calls.iter().any(|told| told.records),
            note: self.note,
        }
    }
}

fn say(call: CallHandle, word: Word, desk: &mut Desk<'_>) -> RequestId {
    desk.agent
        .request_in_call(call, Method::Info, Word::headers(), word.body(), desk.now)
}

/// One that stands a direction, one that each moves to, and two that ring.
const CALLS_AT_MOST: usize = 8;
/// As much as a browser is sure to hold in hand.
const LONGEST: Duration = Duration::from_secs(60 * 60);

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use sip::agent::{Agent, AgentConfig, Oversize};
    use sip::limits::Limits;
    use sip::transaction::Timers;

    use super::*;

    #[test]
    fn an_hour_is_the_longest() {
        let mut agent = Agent::new(AgentConfig {
            user_agent: String::new(),
            seed: [1; 32],
            limits: Limits::default(),
            timers: Timers::default(),
            session: None,
            oversize: Oversize::Datagram,
        });
        let of = Direction::Out;
        let on_air = OnAir {
            calls: Vec::new(),
            large: Some((of, "Anna".to_owned())),
            ways: vec![of],
            watching: 0,
        };
        let since = Instant::now();
        let mut recorder = Recorder {
            stage: Stage::On { of, since },
            ..Recorder::default()
        };
        let mut at = |now| {
            let mut effects = VecDeque::new();
            let (agent, effects) = (&mut agent, &mut effects);
            recorder.go_on(
                &on_air,
                &mut Desk {
                    agent,
                    effects,
                    now,
                },
            );
            (recorder.show().ours, effects.len())
        };
        let second = Duration::from_secs(1);
        let seconds = 3599;
        assert_eq!(
            at(since + LONGEST - second),
            (OurRecording::On { of, seconds }, 0)
        );
        assert_eq!(at(since + LONGEST), (OurRecording::Off, 1));
    }
}
