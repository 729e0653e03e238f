//! Words around a voice call in the page itself.

use crate::phone::state::{Cause, Direction, MicrophoneProblem, TalkEnd};
use crate::text::Explained;

pub struct VoiceWords {
    /// The name of the bar.
    pub bar: &'static str,
    pub call: &'static str,
    pub call_name: &'static str,
    pub opening: &'static str,
    pub calling: &'static str,
    pub ringing: &'static str,
    pub talking: &'static str,
    pub held_by_me: &'static str,
    pub held_by_them: &'static str,
    pub reconnecting: &'static str,
    pub muted: &'static str,
    pub microphone_gone: &'static str,
    pub silenced: &'static str,
    pub listen: &'static str,

    pub mute: &'static str,
    pub unmute: &'static str,
    pub hold: &'static str,
    pub resume: &'static str,
    pub keys: &'static str,
    pub keys_close: &'static str,
    pub key: &'static str,
    pub hang_up: &'static str,
    pub stop_calling: &'static str,

    pub incoming_title: &'static str,
    pub incoming_note: &'static str,
    pub answer: &'static str,

    /// Sound beside a share.
    pub with_sound: &'static str,
    pub without_sound: &'static str,
    pub sound_asking: &'static str,
    pub sound_on: &'static str,
    pub they_cannot: &'static str,
    pub hear_them: &'static str,

    pub said_asked: &'static str,
    pub said_ringing: &'static str,
    pub said_talking: &'static str,
    pub said_muted: &'static str,
}

pub(super) const ENGLISH: VoiceWords = VoiceWords {
    bar: "Your call",
    call: "Call",
    call_name: "Call {who}",
    opening: "Opening your microphone…",
    calling: "Calling {who}…",
    ringing: "It rings at {who}’s…",
    talking: "Talking to {who}",
    held_by_me: "{who} is on hold",
    held_by_them: "{who} put you on hold",
    reconnecting: "Reconnecting to {who}…",
    muted: "Your microphone is off. {who} does not hear you.",
    microphone_gone: "Your microphone was taken away. {who} does not hear you.",
    silenced: "Your browser keeps {who} silent until you say so.",
    listen: "Let me hear",

    mute: "Microphone off",
    unmute: "Microphone on",
    hold: "Hold",
    resume: "Take back",
    keys: "Keys",
    keys_close: "Close keys",
    key: "Key {key}",
    hang_up: "Hang up",
    stop_calling: "Stop calling",

    incoming_title: "is calling you",
    incoming_note: "Your camera stays off.",
    answer: "Answer",

    with_sound: "With sound",
    without_sound: "Sound off",
    sound_asking: "Switching your microphone on…",
    sound_on: "{who} hears you too.",
    they_cannot: "{who}’s phone takes no sound beside pictures. They still see your camera.",
    hear_them: "You hear {who}.",

    said_asked: "{who} is calling you.",
    said_ringing: "It rings at {who}’s.",
    said_talking: "Talking to {who}.",
    said_muted: "Your microphone is off.",
};

/// Why a call ended and what to do next.
pub fn talk_end(why: TalkEnd, direction: Direction) -> Explained {
    let (title, next) = match (why, direction) {
        (TalkEnd::NoMicrophone(problem), _) => return microphone_problem(problem),
        (TalkEnd::Cause(cause), Direction::Out) => ended_out(cause),
        (TalkEnd::Cause(cause), Direction::In) => ended_in(cause),
    };
    Explained { title, next }
}

fn ended_out(cause: Cause) -> (&'static str, &'static str) {
    match cause {
        Cause::EndedByMe => ("You hung up", "Your microphone is off."),
        Cause::EndedByThem => ("{who} hung up", "Your microphone is off."),
        Cause::Declined => ("{who} did not take the call", "Try again later."),
        Cause::Busy => ("{who} is on another call", "Try again later."),
        Cause::NoAnswer => ("{who} did not answer", "Try again later."),
        Cause::NotFound => ("Nobody has that number", "Check the number."),
        Cause::Unavailable => ("{who}’s phone is off", "Try again later."),
        Cause::CannotWatch => (
            "{who}’s phone cannot talk to this page",
            "Use your own phone for the call; the camera works beside it.",
        ),
        Cause::Lost => ("The connection was lost", "Call again when you are online."),
        Cause::Cancelled
        | Cause::AnsweredElsewhere
        | Cause::CallEnded
        | Cause::CallHeld
        | Cause::Conference
        | Cause::Failed => ("That did not work", "Try again."),
    }
}

fn ended_in(cause: Cause) -> (&'static str, &'static str) {
    match cause {
        Cause::EndedByMe => ("You hung up", "Your microphone is off."),
        Cause::EndedByThem => ("{who} hung up", "Your microphone is off."),
        Cause::Cancelled | Cause::NoAnswer => ("{who} called", "You can call back."),
        Cause::AnsweredElsewhere => (
            "Answered elsewhere",
            "Another device of yours took {who}’s call.",
        ),
        Cause::Lost => ("The connection was lost", "You can call back."),
        Cause::Declined
        | Cause::Busy
        | Cause::NotFound
        | Cause::Unavailable
        | Cause::CannotWatch
        | Cause::CallEnded
        | Cause::CallHeld
        | Cause::Conference
        | Cause::Failed => ("That did not work", "You can call back."),
    }
}

/// Why the microphone does not open, and what to do about it.
pub fn microphone_problem(problem: MicrophoneProblem) -> Explained {
    let (title, next) = match problem {
        MicrophoneProblem::Refused => (
            "Your microphone is blocked",
            "Allow it beside the address of this page, then try again.",
        ),
        // The last three are of pictures alone.
        MicrophoneProblem::Missing
        | MicrophoneProblem::NoScreen
        | MicrophoneProblem::ScreenUnknown
        | MicrophoneProblem::FilmUnplayable => {
            ("No microphone found", "Plug one in, then try again.")
        }
        MicrophoneProblem::Busy => (
            "Another program has your microphone",
            "Close it there, then try again.",
        ),
    };
    Explained { title, next }
}
