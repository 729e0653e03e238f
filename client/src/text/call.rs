//! Why a share ended beside its call.

use super::{Explained, words};
use crate::phone::state::Direction;

/// What that means, by whose picture it was.
pub(super) fn beside(direction: Direction, title: &'static str) -> Explained {
    let next = match direction {
        Direction::Out => words().call.after_out,
        Direction::In => words().call.after_in,
    };
    Explained { title, next }
}
