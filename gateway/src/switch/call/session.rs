//! What the two sides of an answered call agreed on, and what of it is being changed.

use sip::agent::ServerRequestId;
use sip::sdp::{Description, Direction};

use super::Leg;
use super::change::Change;
use super::offered::{Agreed, AgreedWith};
use super::transfer::Transfer;
use crate::bridge::web_leg::{PictureLimit, WebCodec};
use crate::bridge::{BridgeId, Flows, Side};
use crate::switch::offer;

/// An answered call. Its caller's leg is the call's own.
pub(super) struct Session {
    pub(super) bridge: BridgeId,
    pub(super) callee: Leg,
    pub(super) media: Bridged,
    /// What a bridge carries; read from the agreement when it is first to be changed.
    terms: Option<Terms>,
    /// The change under way: one at a time, as in each dialog (RFC 3261 §14).
    pub(super) change: Option<Change>,
    /// Two plain peers: the one whose ACK has the answer to the other's offer.
    pub(super) owes_answer: Option<Side>,
    /// Somebody else is called in the place of one side: one at a time.
    pub(super) transfer: Option<Box<Transfer>>,
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

/// What each side agreed to last.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    sides: [SideTerms; 2],
}

#[derive(Debug, Clone)]
pub(super) struct SideTerms {
    /// The peer's own direction.
    pub(super) direction: Direction,
    /// A browser's codec, and what it is told that the far end can show.
    pub(super) web: Option<(WebCodec, Option<PictureLimit>)>,
}

impl Session {
    pub(super) fn new(bridge: BridgeId, callee: Leg, media: Bridged) -> Session {
        Session {
            bridge,
            callee,
            media,
            terms: None,
            change: None,
            owes_answer: None,
            transfer: None,
        }
    }

    pub(super) fn is_direct(&self) -> bool {
        matches!(self.media, Bridged::Direct)
    }

    /// The peers talk to each other from here on; the bridge there was is to be closed.
    pub(super) fn go_direct(&mut self) {
        (self.media, self.terms) = (Bridged::Direct, None);
    }

    /// What the bridge carries; `None` when there is none.
    pub(super) fn terms(&mut self, caller: &Leg) -> Option<&mut Terms> {
        let Bridged::Through(agreement) = &self.media else {
            return None;
        };
        Some(
            self.terms
                .get_or_insert_with(|| Terms::of(caller, agreement)),
        )
    }

    /// Whether the next answer of the bridge is for a transfer.
    pub(super) fn opens_for_transfer(&self) -> bool {
        self.transfer
            .as_ref()
            .is_some_and(|transfer| transfer.opens())
    }

    /// The request that a change waits to answer.
    pub(super) fn asked(&self) -> Option<ServerRequestId> {
        self.change.as_ref().and_then(|change| change.asked)
    }
}

impl Terms {
    fn of(caller: &Leg, agreement: &Agreement) -> Terms {
        // Our answer has the one codec that the caller, if it is a browser, was held to; the
        // caller's answer to our offer has its choice first.
        let codecs = |sdp: &[u8]| {
            let description = Description::parse(sdp).ok();
            description.map_or(Vec::new(), |description| offer::web_codecs(&description))
        };
        let codec = match codecs(&caller.told).as_slice() {
            [codec] => Some(*codec),
            _ => codecs(&caller.sdp).first().copied(),
        };
        let (caller_web, callee_web) = match &agreement.callee.with {
            AgreedWith::Browser(callee) => {
                (codec.map(|codec| (codec, None)), Some((*callee, None)))
            }
            AgreedWith::Plain(plain) => {
                let limited = |codec| (codec, Some(offer::web_limit(&plain.format, codec)));
                (codec.map(limited), None)
            }
        };
        let side = |direction, web| SideTerms { direction, web };
        Terms {
            sides: [
                side(agreement.direction, caller_web),
                side(agreement.callee.direction, callee_web),
            ],
        }
    }

    pub(super) fn of_side(&self, side: Side) -> &SideTerms {
        &self.sides[side.index()]
    }

    pub(super) fn set_direction(&mut self, side: Side, direction: Direction) {
        self.sides[side.index()].direction = direction;
    }

    /// Another peer is at that side.
    pub(super) fn set_web(&mut self, side: Side, web: Option<(WebCodec, Option<PictureLimit>)>) {
        self.sides[side.index()].web = web;
    }

    /// The codec that a browser chose in a later answer.
    pub(super) fn set_web_codec(&mut self, side: Side, codec: WebCodec) {
        if let Some((agreed, _)) = &mut self.sides[side.index()].web {
            *agreed = codec;
        }
    }

    pub(super) fn flows(&self) -> Flows {
        offer::flows(self.sides[0].direction, self.sides[1].direction)
    }
}
