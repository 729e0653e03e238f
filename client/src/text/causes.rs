//! Why a share ended, in words; `{who}` is the other person.

use super::call::beside;
use super::{Explained, words};
use crate::phone::state::{Cause, Direction};

pub fn cause(cause: Cause, direction: Direction) -> Explained {
    let (w, call) = (&words().causes, &words().call);
    match (cause, direction) {
        (Cause::EndedByMe, Direction::Out) => w.ended_by_me_out,
        (Cause::EndedByMe, Direction::In) => w.ended_by_me_in,
        (Cause::EndedByThem, Direction::Out) => w.ended_by_them_out,
        (Cause::EndedByThem, Direction::In) => w.ended_by_them_in,
        (Cause::Declined, _) => w.declined,
        (Cause::Busy, _) => w.busy,
        (Cause::NoAnswer, Direction::In) => w.no_answer_in,
        (Cause::NoAnswer, Direction::Out) => w.no_answer_out,
        (Cause::NotFound, _) => w.not_found,
        (Cause::Unavailable, _) => w.unavailable,
        (Cause::CannotWatch, _) => w.cannot_watch,
        (Cause::Lost, Direction::Out) => w.lost_out,
        (Cause::Lost, Direction::In) => w.lost_in,
        (Cause::Cancelled, _) => w.cancelled,
        (Cause::AnsweredElsewhere, _) => w.answered_elsewhere,
        (Cause::CallEnded, direction) => beside(direction, call.share_ended),
        (Cause::CallHeld, direction) => beside(direction, call.share_held),
        (Cause::Conference, direction) => beside(direction, call.share_conference),
        (Cause::Failed, Direction::Out) => w.failed_out,
        (Cause::Failed, Direction::In) => w.failed_in,
    }
}

/// The short form, for the history.
pub fn cause_short(cause: Cause) -> &'static str {
    let w = &words().causes;
    match cause {
        Cause::EndedByMe => w.short_ended_by_me,
        Cause::EndedByThem => w.short_ended_by_them,
        Cause::Declined => w.short_declined,
        Cause::Busy => w.short_busy,
        Cause::NoAnswer => w.short_no_answer,
        Cause::NotFound => w.short_not_found,
        Cause::Unavailable => w.short_unavailable,
        Cause::CannotWatch => w.short_cannot_watch,
        Cause::Lost => w.short_lost,
        Cause::Cancelled => w.short_cancelled,
        Cause::AnsweredElsewhere => w.short_answered_elsewhere,
        Cause::CallEnded => w.short_call_ended,
        Cause::CallHeld => w.short_call_held,
        Cause::Conference => w.short_conference,
        Cause::Failed => w.short_failed,
    }
}
