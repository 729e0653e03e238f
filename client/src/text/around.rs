//! What limits the picture, and what came of a share, in words.

use crate::phone::state::{Cause, Direction, Limited};
use crate::text::{Explained, cause_short, words};

/// What holds the pictures back, and what may be done about it; `{who}` is the other person.
pub fn limited(limited: Limited, direction: Direction) -> Explained {
    let w = &words().around;
    match (limited, direction) {
        (Limited::Measuring, _) => w.measuring,
        (Limited::Nothing, _) => w.good,
        (Limited::TheirPhone, Direction::Out) => w.their_phone_out,
        (Limited::TheirPhone, Direction::In) => w.their_phone_in,
        (Limited::MyNetwork, _) => w.my_network,
        (Limited::TheirNetwork, _) => w.their_network,
        (Limited::MyDevice, _) => w.my_device,
    }
}

/// Why it came to nothing, for the history.
pub fn came_to_nothing(cause: Cause, direction: Direction) -> &'static str {
    match (cause, direction) {
        (Cause::NoAnswer, Direction::In) => words().around.past_missed,
        (cause, Direction::In | Direction::Out) => cause_short(cause),
    }
}

/// Why what was shown ended, for the history; nothing where somebody just wanted it to.
pub fn why_it_ended(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::EndedByMe | Cause::EndedByThem => None,
        Cause::Declined
        | Cause::Busy
        | Cause::NoAnswer
        | Cause::NotFound
        | Cause::Unavailable
        | Cause::CannotWatch
        | Cause::Lost
        | Cause::Cancelled
        | Cause::AnsweredElsewhere
        | Cause::CallEnded
        | Cause::CallHeld
        | Cause::Conference
        | Cause::Failed => Some(cause_short(cause)),
    }
}
