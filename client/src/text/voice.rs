//! Why a voice call in the page ended, and what to do next.

use super::{Explained, words};
use crate::phone::state::{Cause, Direction, MicrophoneProblem, TalkEnd};

pub fn talk_end(why: TalkEnd, direction: Direction) -> Explained {
    match (why, direction) {
        (TalkEnd::NoMicrophone(problem), _) => microphone_problem(problem),
        (TalkEnd::Cause(cause), Direction::Out) => ended_out(cause),
        (TalkEnd::Cause(cause), Direction::In) => ended_in(cause),
    }
}

fn ended_out(cause: Cause) -> Explained {
    let w = &words().voice;
    match cause {
        Cause::EndedByMe => w.hung_up_by_me,
        Cause::EndedByThem => w.hung_up_by_them,
        Cause::Declined => w.out_declined,
        Cause::Busy => w.out_busy,
        Cause::NoAnswer => w.out_no_answer,
        Cause::NotFound => w.out_not_found,
        Cause::Unavailable => w.out_unavailable,
        Cause::CannotWatch => w.out_cannot,
        Cause::Lost => w.out_lost,
        Cause::Cancelled
        | Cause::AnsweredElsewhere
        | Cause::CallEnded
        | Cause::CallHeld
        | Cause::Conference
        | Cause::Failed => w.out_failed,
    }
}

fn ended_in(cause: Cause) -> Explained {
    let w = &words().voice;
    match cause {
        Cause::EndedByMe => w.hung_up_by_me,
        Cause::EndedByThem => w.hung_up_by_them,
        Cause::Cancelled | Cause::NoAnswer => w.in_missed,
        Cause::AnsweredElsewhere => w.in_answered_elsewhere,
        Cause::Lost => w.in_lost,
        Cause::Declined
        | Cause::Busy
        | Cause::NotFound
        | Cause::Unavailable
        | Cause::CannotWatch
        | Cause::CallEnded
        | Cause::CallHeld
        | Cause::Conference
        | Cause::Failed => w.in_failed,
    }
}

/// Why the microphone does not open, and what to do about it.
pub fn microphone_problem(problem: MicrophoneProblem) -> Explained {
    let w = &words().voice;
    match problem {
        MicrophoneProblem::Refused => w.microphone_refused,
        // The last three are of pictures alone.
        MicrophoneProblem::Missing
        | MicrophoneProblem::NoScreen
        | MicrophoneProblem::ScreenUnknown
        | MicrophoneProblem::FilmUnplayable => w.microphone_missing,
        MicrophoneProblem::Busy => w.microphone_busy,
    }
}
