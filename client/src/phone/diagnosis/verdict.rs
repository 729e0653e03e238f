//! From what was seen of a call to one sentence: a table of rules, the first that fits counts.

use super::facts::Facts;
use super::{Keys, Limited, Path, Stream};
use crate::phone::state::{Cause, Direction};

/// Why it did not work, or that it did. Each has a sentence and a next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing has happened that could be judged.
    Nothing,
    /// It is being set up.
    Underway,
    Works,
    Worked,
    /// The voice call that it went beside came to an end, or in its way.
    VoiceCall,
    NotNow,
    Elsewhere,
    NoConnectionMade,
    GatewayLost,
    GatewaySilent,
    NotAllowed,
    NotFound,
    Unavailable,
    Busy,
    Declined,
    NoAnswer,
    CannotWatch,
    GatewayFull,
    Refused,
    AnswerUnusable,
    NoPath,
    NoKeys,
    CameraSilent,
    NothingLeaves,
    NothingSentOn,
    TheySendNothing,
    NothingArrives,
    NotDecoded,
    PathLost,
    TheyFellSilent,
    ManyLost,
    DeviceSlow,
    NetworkSlow,
}

type Rule = (Verdict, fn(&Facts) -> bool);

/// In the order in which a call can fail: what did not come about explains all that would have come
/// after it.
const RULES: [Rule; 33] = [
    (Verdict::NoConnectionMade, |facts| {
        facts.not_offered && !facts.invited
    }),
    (Verdict::Elsewhere, |facts| {
        facts.cause == Some(Cause::AnsweredElsewhere)
    }),
    (Verdict::VoiceCall, |facts| {
        matches!(
            facts.cause,
            Some(Cause::CallEnded | Cause::CallHeld | Cause::Conference)
        )
    }),
    (Verdict::Nothing, |facts| {
        !facts.invited && facts.cause.is_none()
    }),
    (Verdict::NotAllowed, |facts| {
        matches!(facts.refused, Some(401 | 403 | 407))
    }),
    (Verdict::NotFound, |facts| {
        matches!(facts.refused, Some(404 | 410 | 416 | 479 | 484 | 604))
    }),
    (Verdict::Unavailable, |facts| {
        matches!(facts.refused, Some(430 | 480))
    }),
    (Verdict::NotNow, |facts| {
        is_in(facts) && !facts.answered && matches!(facts.refused, Some(486 | 603))
    }),
    (Verdict::Busy, |facts| {
        matches!(facts.refused, Some(486 | 600))
    }),
    (Verdict::Declined, |facts| facts.refused == Some(603)),
    (Verdict::CannotWatch, |facts| {
        matches!(facts.refused, Some(415 | 488 | 606))
    }),
    (Verdict::NotNow, |facts| {
        is_unanswered(facts) && facts.cause == Some(Cause::EndedByMe)
    }),
    (Verdict::NoAnswer, |facts| {
        matches!(facts.refused, Some(408 | 487))
    }),
    (Verdict::NoAnswer, |facts| {
        is_unanswered(facts) && matches!(facts.cause, Some(Cause::NoAnswer | Cause::Cancelled))
    }),
    (Verdict::GatewayFull, |facts| {
        matches!(facts.refused, Some(500..600))
    }),
    (Verdict::Refused, |facts| facts.refused.is_some()),
    (Verdict::GatewayLost, |facts| {
        is_unanswered(facts) && facts.line_lost
    }),
    (Verdict::GatewaySilent, |facts| {
        is_unanswered(facts) && facts.heard.is_none() && facts.cause.is_some()
    }),
    (Verdict::NoAnswer, |facts| {
        is_unanswered(facts) && facts.cause.is_some()
    }),
    (Verdict::Underway, |facts| is_unanswered(facts)),
    (Verdict::AnswerUnusable, |facts| facts.not_applied),
    (Verdict::NoPath, |facts| {
        !facts.path_stood && (facts.cause.is_some() || facts.path == Path::Failed || is_late(facts))
    }),
    (Verdict::NoKeys, |facts| {
        facts.path_stood
            && !facts.keys_stood
            && (facts.cause.is_some() || facts.keys == Keys::Failed || is_late(facts))
    }),
    (Verdict::Underway, |facts| {
        facts.cause.is_none() && !(facts.keys_stood && is_late(facts))
    }),
    (Verdict::CameraSilent, |facts| {
        is_out(facts) && frames(&facts.sent) == 0 && is_measured(facts)
    }),
    (Verdict::NothingLeaves, |facts| {
        is_out(facts) && packets(&facts.sent) == 0 && is_measured(facts)
    }),
    (Verdict::NothingSentOn, |facts| {
        is_out(facts)
            && facts
                .far
                .is_some_and(|far| far.from_us > 0 && far.to_them == 0)
    }),
    (Verdict::TheySendNothing, |facts| {
        is_in(facts)
            && facts
                .far
                .is_some_and(|far| far.from_them == 0 && far.to_us == 0)
    }),
    (Verdict::NothingArrives, |facts| {
        is_in(facts) && packets(&facts.received) == 0 && is_measured(facts)
    }),
    (Verdict::NotDecoded, |facts| {
        is_in(facts) && frames(&facts.received) == 0 && is_measured(facts)
    }),
    (Verdict::PathLost, |facts| {
        facts.cause == Some(Cause::Lost)
            && (facts.line_lost || matches!(facts.path, Path::Lost | Path::Failed))
            || facts.cause.is_none() && matches!(facts.path, Path::Lost | Path::Failed)
    }),
    (Verdict::TheyFellSilent, |facts| {
        matches!(facts.cause, Some(Cause::Lost | Cause::Failed))
    }),
    (Verdict::ManyLost, |facts| facts.lost_percent() >= 5),
];

/// What slows pictures down that arrive: said where nothing worse is to be said.
const SLOW: [Rule; 2] = [
    (Verdict::DeviceSlow, |facts| {
        limited(facts) == Limited::Device
    }),
    (Verdict::NetworkSlow, |facts| {
        limited(facts) == Limited::Network
    }),
];

impl Verdict {
    pub(super) fn of(facts: &Facts) -> Self {
        let mut rules = RULES.iter().chain(&SLOW);
        match rules.find(|(_, fits)| fits(facts)) {
            Some((verdict, _)) => *verdict,
            None if facts.cause.is_none() => Self::Works,
            None => Self::Worked,
        }
    }

    /// The word in `data-verdict`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Underway => "underway",
            Self::Works => "works",
            Self::Worked => "worked",
            Self::VoiceCall => "voice-call",
            Self::NotNow => "not-now",
            Self::Elsewhere => "elsewhere",
            Self::NoConnectionMade => "no-connection-made",
            Self::GatewayLost => "gateway-lost",
            Self::GatewaySilent => "gateway-silent",
            Self::NotAllowed => "not-allowed",
            Self::NotFound => "not-found",
            Self::Unavailable => "unavailable",
            Self::Busy => "busy",
            Self::Declined => "declined",
            Self::NoAnswer => "no-answer",
            Self::CannotWatch => "cannot-watch",
            Self::GatewayFull => "gateway-full",
            Self::Refused => "refused",
            Self::AnswerUnusable => "answer-unusable",
            Self::NoPath => "no-path",
            Self::NoKeys => "no-keys",
            Self::CameraSilent => "camera-silent",
            Self::NothingLeaves => "nothing-leaves",
            Self::NothingSentOn => "nothing-sent-on",
            Self::TheySendNothing => "they-send-nothing",
            Self::NothingArrives => "nothing-arrives",
            Self::NotDecoded => "not-decoded",
            Self::PathLost => "path-lost",
            Self::TheyFellSilent => "they-fell-silent",
            Self::ManyLost => "many-lost",
            Self::DeviceSlow => "device-slow",
            Self::NetworkSlow => "network-slow",
        }
    }

    /// Whether all went as somebody wanted it.
    pub fn is_well(self) -> bool {
        matches!(
            self,
            Self::Nothing
                | Self::Underway
                | Self::Works
                | Self::Worked
                | Self::VoiceCall
                | Self::NotNow
                | Self::Elsewhere
        )
    }
}

fn is_unanswered(facts: &Facts) -> bool {
    !facts.answered
}

fn is_out(facts: &Facts) -> bool {
    facts.direction == Some(Direction::Out)
}

fn is_in(facts: &Facts) -> bool {
    facts.direction == Some(Direction::In)
}

/// Long enough that a connection has come about where one can (RFC 8445 §14: checks take a second or
/// two).
fn is_late(facts: &Facts) -> bool {
    facts.seconds >= 4
}

/// There were figures, and what they say is no accident.
fn is_measured(facts: &Facts) -> bool {
    facts.keys_stood && facts.seconds >= 3
}

fn packets(stream: &Option<Stream>) -> u64 {
    stream.as_ref().map_or(0, |stream| stream.packets)
}

fn frames(stream: &Option<Stream>) -> u64 {
    stream.as_ref().map_or(0, |stream| stream.frames)
}

fn limited(facts: &Facts) -> Limited {
    let sent = facts.sent.as_ref().filter(|_| is_out(facts));
    sent.map_or(Limited::No, |sent| sent.limited)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::diagnosis::facts::Far;

    fn stream(packets: u64, frames: u64, lost: u64) -> Option<Stream> {
        Some(Stream {
            packets,
            frames,
            lost,
            ..Stream::default()
        })
    }

    fn asked(direction: Direction) -> Facts {
        Facts {
            direction: Some(direction),
            invited: true,
            heard: Some(180),
            ..Facts::default()
        }
    }

    fn refused(status: u16) -> Facts {
        Facts {
            refused: Some(status),
            cause: Some(Cause::Failed),
            ..asked(Direction::Out)
        }
    }

    /// Answered, with a way and keys, and ten seconds of pictures.
    fn flowing(direction: Direction) -> Facts {
        Facts {
            answered: true,
            path: Path::Stands,
            path_stood: true,
            keys: Keys::Agreed,
            keys_stood: true,
            seconds: 10,
            sent: stream(800, 150, 0).filter(|_| direction == Direction::Out),
            received: stream(800, 150, 0).filter(|_| direction == Direction::In),
            ..asked(direction)
        }
    }

    fn with(mut facts: Facts, change: impl Fn(&mut Facts)) -> Facts {
        change(&mut facts);
        facts
    }

    #[test]
    fn refusals_have_verdicts_of_their_own() {
        let cases = [
            (401, Verdict::NotAllowed),
            (403, Verdict::NotAllowed),
            (404, Verdict::NotFound),
            (484, Verdict::NotFound),
            (480, Verdict::Unavailable),
            (486, Verdict::Busy),
            (603, Verdict::Declined),
            (487, Verdict::NoAnswer),
            (408, Verdict::NoAnswer),
            (415, Verdict::CannotWatch),
            (488, Verdict::CannotWatch),
            (503, Verdict::GatewayFull),
            (500, Verdict::GatewayFull),
            (420, Verdict::Refused),
            (302, Verdict::Refused),
        ];
        for (status, expected) in cases {
            assert_eq!(Verdict::of(&refused(status)), expected, "{status}");
        }
    }

    #[test]
    fn what_was_never_answered_says_who_was_silent() {
        let out = || asked(Direction::Out);
        let cases = [
            (Facts::default(), Verdict::Nothing),
            (
                with(Facts::default(), |f| f.not_offered = true),
                Verdict::NoConnectionMade,
            ),
            (out(), Verdict::Underway),
            (
                with(out(), |f| f.cause = Some(Cause::NoAnswer)),
                Verdict::NoAnswer,
            ),
            (
                with(out(), |f| f.cause = Some(Cause::EndedByMe)),
                Verdict::NotNow,
            ),
            (
                with(out(), |f| {
                    (f.cause, f.line_lost) = (Some(Cause::Lost), true)
                }),
                Verdict::GatewayLost,
            ),
            (
                with(out(), |f| (f.cause, f.heard) = (Some(Cause::Lost), None)),
                Verdict::GatewaySilent,
            ),
            (
                with(asked(Direction::In), |f| f.cause = Some(Cause::Cancelled)),
                Verdict::NoAnswer,
            ),
            (
                with(asked(Direction::In), |f| f.refused = Some(603)),
                Verdict::NotNow,
            ),
            (
                with(asked(Direction::In), |f| {
                    f.cause = Some(Cause::AnsweredElsewhere)
                }),
                Verdict::Elsewhere,
            ),
        ];
        for (facts, expected) in cases {
            assert_eq!(Verdict::of(&facts), expected, "{facts:?}");
        }
    }

    #[test]
    fn an_answered_call_is_judged_by_the_first_step_that_did_not_come_about() {
        let answered = || with(asked(Direction::Out), |f| f.answered = true);
        let cases = [
            (answered(), Verdict::Underway),
            (
                with(answered(), |f| f.not_applied = true),
                Verdict::AnswerUnusable,
            ),
            (with(answered(), |f| f.path = Path::Failed), Verdict::NoPath),
            (
                with(answered(), |f| f.cause = Some(Cause::Lost)),
                Verdict::NoPath,
            ),
            (with(answered(), |f| f.seconds = 5), Verdict::NoPath),
            (
                with(answered(), |f| {
                    f.path(Path::Stands);
                    f.keys(Keys::Failed);
                }),
                Verdict::NoKeys,
            ),
            (
                with(flowing(Direction::Out), |f| f.sent = stream(0, 0, 0)),
                Verdict::CameraSilent,
            ),
            (
                with(flowing(Direction::Out), |f| f.sent = stream(0, 10, 0)),
                Verdict::NothingLeaves,
            ),
            (
                with(flowing(Direction::In), |f| f.received = None),
                Verdict::NothingArrives,
            ),
            (
                with(flowing(Direction::In), |f| f.received = stream(100, 0, 0)),
                Verdict::NotDecoded,
            ),
        ];
        for (facts, expected) in cases {
            assert_eq!(Verdict::of(&facts), expected, "{facts:?}");
        }
    }

    #[test]
    fn what_the_gateway_saw_tells_their_side_from_ours() {
        let far = |to_them, from_us| Far {
            to_them,
            from_us,
            ..Far::default()
        };
        let out = with(flowing(Direction::Out), |f| f.far = Some(far(0, 700)));
        assert_eq!(Verdict::of(&out), Verdict::NothingSentOn);
        let out = with(flowing(Direction::Out), |f| f.far = Some(far(90, 700)));
        assert_eq!(Verdict::of(&out), Verdict::Works);
        let nothing = with(flowing(Direction::In), |f| {
            (f.far, f.received) = (Some(Far::default()), None);
        });
        assert_eq!(Verdict::of(&nothing), Verdict::TheySendNothing);
    }

    #[test]
    fn pictures_that_flowed_are_judged_by_how_they_ended_and_how_well_they_came() {
        let out = || flowing(Direction::Out);
        let cases = [
            (out(), Verdict::Works),
            (
                with(out(), |f| f.cause = Some(Cause::EndedByMe)),
                Verdict::Worked,
            ),
            (
                with(out(), |f| f.cause = Some(Cause::CallHeld)),
                Verdict::VoiceCall,
            ),
            (
                with(out(), |f| {
                    (f.cause, f.path) = (Some(Cause::Lost), Path::Lost)
                }),
                Verdict::PathLost,
            ),
            (with(out(), |f| f.path = Path::Lost), Verdict::PathLost),
            (
                with(out(), |f| f.cause = Some(Cause::Lost)),
                Verdict::TheyFellSilent,
            ),
            (
                with(out(), |f| f.sent = stream(900, 150, 100)),
                Verdict::ManyLost,
            ),
            (
                with(out(), |f| {
                    f.sent = stream(900, 150, 1).map(|s| Stream {
                        limited: Limited::Network,
                        ..s
                    });
                }),
                Verdict::NetworkSlow,
            ),
            (
                with(out(), |f| {
                    f.sent = stream(900, 150, 1).map(|s| Stream {
                        limited: Limited::Device,
                        ..s
                    });
                }),
                Verdict::DeviceSlow,
            ),
            (flowing(Direction::In), Verdict::Works),
        ];
        for (facts, expected) in cases {
            assert_eq!(Verdict::of(&facts), expected, "{facts:?}");
        }
    }
}
