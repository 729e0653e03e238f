//! The steps that write and read a browser's descriptions (RFC 8829), by the leg of each side.

use std::time::Instant;

use super::leg::Leg;
use super::web_leg::{WebLeg, WebLegError};
use super::{Bridge, BridgeReply, Side};

type Written = Result<(WebLeg, String), WebLegError>;

impl Bridge {
    /// A leg of its own takes the side.
    pub(super) fn described(&mut self, side: Side, written: Written) -> BridgeReply {
        let (leg, sdp) = match written {
            Ok(written) => written,
            Err(error) => return failed(side, error),
        };
        self.stop_relays();
        self.replace_leg(side, Leg::Web(Box::new(leg)));
        BridgeReply::Description { side, sdp }
    }

    pub(super) fn web_accept(&mut self, side: Side, answer: &str, now: Instant) -> BridgeReply {
        let Some(Leg::Web(leg)) = &mut self.legs[side.index()] else {
            return failed(side, WebLegError::NoOffer);
        };
        match leg.accept_answer(answer, now) {
            Ok((codec, audio)) => BridgeReply::WebAccepted { side, codec, audio },
            Err(error) => failed(side, error),
        }
    }

    /// A leg waits for its browser's answer to take the side.
    pub(super) fn described_next(&mut self, side: Side, written: Written) -> BridgeReply {
        let (leg, sdp) = match written {
            Ok(written) => written,
            Err(error) => return failed(side, error),
        };
        self.next[side.index()] = Some(Box::new(leg));
        BridgeReply::Description { side, sdp }
    }

    pub(super) fn web_accept_next(
        &mut self,
        side: Side,
        answer: &str,
        now: Instant,
    ) -> BridgeReply {
        let Some(mut leg) = self.next[side.index()].take() else {
            return failed(side, WebLegError::NoOffer);
        };
        match leg.accept_answer(answer, now) {
            Ok((codec, audio)) => {
                self.stop_relays();
                self.replace_leg(side, Leg::Web(leg));
                BridgeReply::WebAccepted { side, codec, audio }
            }
            Err(error) => failed(side, error),
        }
    }

    pub(super) fn redescribed(
        &mut self,
        side: Side,
        describe: impl FnOnce(&mut WebLeg) -> Result<String, WebLegError>,
    ) -> BridgeReply {
        let Some(Leg::Web(leg)) = &mut self.legs[side.index()] else {
            return failed(side, WebLegError::NotAgreed);
        };
        match describe(leg) {
            Ok(sdp) => BridgeReply::Description { side, sdp },
            Err(error) => failed(side, error),
        }
    }
}

fn failed(side: Side, error: WebLegError) -> BridgeReply {
    BridgeReply::Failed {
        side,
        error: error.into(),
    }
}
