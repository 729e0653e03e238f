//! Which way media flows (RFC 3264 §6.1, §8.4).

use sip::sdp::{Description, Direction, HOLD_ADDRESS, Media};

use crate::bridge::{Flows, Side};

/// The direction of the writer of a description, of whom one at 0.0.0.0 receives nothing (RFC 3264
/// §8.4). With ICE the address says nothing: 0.0.0.0 stands where candidates are still to come
/// (RFC 8829 §5.2.1).
pub fn direction_of(description: &Description, video: &Media) -> Direction {
    let said = description.direction_of(video);
    let is_held = description.address_of(video) == Some(HOLD_ADDRESS)
        && video.attribute("ice-ufrag").is_none();
    match (is_held, said) {
        (true, Direction::SendRecv | Direction::SendOnly) => Direction::SendOnly,
        (true, Direction::RecvOnly | Direction::Inactive) => Direction::Inactive,
        (false, said) => said,
    }
}

/// The direction that answers an offer of all it asks for.
pub fn mirrored(direction: Direction) -> Direction {
    match direction {
        Direction::SendOnly => Direction::RecvOnly,
        Direction::RecvOnly => Direction::SendOnly,
        Direction::SendRecv | Direction::Inactive => direction,
    }
}

/// Which ways video flows, from the directions that both ends said of themselves.
pub fn flows(caller: Direction, callee: Direction) -> Flows {
    let to_callee = caller.sends() && callee.receives();
    let to_caller = callee.sends() && caller.receives();
    match (to_callee, to_caller) {
        (true, true) => Flows::BothWays,
        (true, false) => Flows::From(Side::Caller),
        (false, true) => Flows::From(Side::Callee),
        (false, false) => Flows::Neither,
    }
}
