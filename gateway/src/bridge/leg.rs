//! One side's leg: a browser, or a plain RTP peer.

use std::time::Instant;

use super::format::StreamFormat;
use super::ims_leg::{ImsLeg, ImsOutput};
use super::relay::End;
use super::web_leg::{WebLeg, WebOutput};

pub(super) enum Leg {
    Web(Box<WebLeg>),
    Ims(Box<ImsLeg>),
}

pub(super) enum LegOutput {
    Web(WebOutput),
    Ims(ImsOutput),
}

impl Leg {
    pub(super) fn poll_output(&mut self) -> Option<LegOutput> {
        match self {
            Leg::Web(leg) => leg.poll_output().map(LegOutput::Web),
            Leg::Ims(leg) => leg.poll_output().map(LegOutput::Ims),
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Leg::Web(leg) => leg.poll_timeout(),
            Leg::Ims(leg) => leg.poll_timeout(),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_none_or(|at| at > now) {
            return;
        }
        match self {
            Leg::Web(leg) => leg.handle_timeout(now),
            Leg::Ims(leg) => leg.handle_timeout(now),
        }
    }

    /// Asks the peer to send no more than this; a plain one only when it takes TMMBR.
    pub(super) fn limit_sender(&mut self, bits_per_second: u32, now: Instant) {
        match self {
            Leg::Web(leg) => leg.limit_sender(bits_per_second, now),
            Leg::Ims(_) => {}
        }
    }

    pub(super) fn close(&mut self, now: Instant) {
        match self {
            Leg::Web(leg) => leg.close(now),
            Leg::Ims(leg) => leg.stop(now),
        }
    }

    /// What the peer of this leg sends us.
    pub(super) fn sends(&self) -> Option<(StreamFormat, End)> {
        match self {
            Leg::Web(leg) => Some((StreamFormat::of_web(leg.codec()?), End::Browser)),
            Leg::Ims(leg) => Some((leg.sends()?, End::Plain)),
        }
    }

    /// What the peer of this leg wants from us.
    pub(super) fn receives(&self) -> Option<(StreamFormat, End)> {
        match self {
            Leg::Web(leg) => Some((StreamFormat::of_web(leg.codec()?), End::Browser)),
            Leg::Ims(leg) => Some((leg.receives()?, End::Plain)),
        }
    }
}
