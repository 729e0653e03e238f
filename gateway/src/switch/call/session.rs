//! What the two sides of an answered call agreed on.

use sip::sdp::Direction;

use super::Leg;
use super::offered::Agreed;
use crate::bridge::BridgeId;

/// An answered call. Its caller's leg is the call's own.
pub(super) struct Session {
    pub(super) bridge: BridgeId,
    pub(super) callee: Leg,
    pub(super) media: Bridged,
}

/// Where a call's media goes.
pub(super) enum Bridged {
    /// Two plain peers talk to each other directly: their descriptions pass, there is no bridge.
    Direct,
    Through(Box<Agreement>),
}

/// What a bridge carries.
pub(super) struct Agreement {
    /// The caller's own direction.
    pub(super) direction: Direction,
    pub(super) callee: Agreed,
}
