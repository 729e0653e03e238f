//! R1.30: from the end of a call to what a person is told (RFC 3261 §21, RFC 3326).

use sip::agent::{End, EndedBy, How};
use sip::message::{Reason, Status};

use super::state::Cause;

/// Why our call to somebody ended, or the one they made to us after we accepted it.
pub(super) fn of(end: &End) -> Cause {
    match end.how {
        How::Bye => match end.by {
            EndedBy::Us => Cause::EndedByMe,
            EndedBy::Peer if is_loss(end.reason.as_ref()) => Cause::Lost,
            EndedBy::Peer => Cause::EndedByThem,
            EndedBy::Timeout | EndedBy::Transport => Cause::Lost,
        },
        How::Cancelled => match end.by {
            EndedBy::Us => Cause::EndedByMe,
            EndedBy::Peer if is_elsewhere(end.reason.as_ref()) => Cause::AnsweredElsewhere,
            EndedBy::Peer => Cause::Cancelled,
            EndedBy::Timeout => Cause::NoAnswer,
            EndedBy::Transport => Cause::Lost,
        },
        How::Refused(status) => of_status(status),
        How::NoAnswer => Cause::NoAnswer,
        How::NoResponse | How::NoAck | How::SessionExpired | How::DialogLost | How::FlowLost => {
            Cause::Lost
        }
        How::Overloaded => Cause::Failed,
    }
}

fn of_status(status: Status) -> Cause {
    match status.code() {
        404 | 410 | 416 | 479 | 484 | 604 => Cause::NotFound,
        430 | 480 => Cause::Unavailable,
        // 487 that we did not ask for: the far side gave up ringing.
        408 | 487 => Cause::NoAnswer,
        486 | 600 => Cause::Busy,
        603 => Cause::Declined,
        415 | 488 | 606 => Cause::CannotWatch,
        _ => Cause::Failed,
    }
}

/// Another device of the same user took the call (RFC 3326 §3.1).
fn is_elsewhere(reason: Option<&Reason>) -> bool {
    reason.and_then(|reason| reason.cause) == Some(200)
}

/// The gateway hangs up with a Reason when the pictures stopped coming or it has to go itself.
fn is_loss(reason: Option<&Reason>) -> bool {
    reason
        .and_then(|reason| reason.cause)
        .is_some_and(|cause| cause == 408 || cause >= 500)
}

#[cfg(test)]
mod tests {
    use super::{Cause, of_status};
    use sip::message::Status;

    #[test]
    fn every_refusal_has_its_words() {
        let cases = [
            (404, Cause::NotFound),
            (416, Cause::NotFound),
            (479, Cause::NotFound),
            (604, Cause::NotFound),
            (480, Cause::Unavailable),
            (408, Cause::NoAnswer),
            (487, Cause::NoAnswer),
            (486, Cause::Busy),
            (600, Cause::Busy),
            (603, Cause::Declined),
            (415, Cause::CannotWatch),
            (488, Cause::CannotWatch),
            (606, Cause::CannotWatch),
            (500, Cause::Failed),
            (503, Cause::Failed),
        ];
        for (code, expected) in cases {
            assert_eq!(Status::new(code).map(of_status), Some(expected), "{code}");
        }
    }
}
