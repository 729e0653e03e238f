//! What the two sides of an answered call agreed on, and what of it is being changed.

use sip::agent::ServerRequestId;
use sip::sdp::{Description, Direction};

use super::Leg;
use super::change::Change;
use super::offered::{Agreed, AgreedWith, AudioWith};
use super::terms::answering;
use super::transfer::Transfer;
use crate::bridge::web_leg::{Directions, PictureLimit, WebAudio, WebCodec};
use crate::bridge::{BridgeId, Flows, Side, Step};
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
    /// A voice call has none; its directions are those of its audio.
    pub(super) has_video: bool,
}

#[derive(Debug, Clone)]
pub(super) struct SideTerms {
    /// The peer's own direction.
    pub(super) direction: Direction,
    /// `None` without an audio line.
    pub(super) audio: Option<AudioTerms>,
    /// Where a plain peer's sound is taken that came inside the call.
    pub(super) audio_port: Option<u16>,
    /// A browser's codec, and what it is told that the far end can show.
    pub(super) web: Option<(WebCodec, Option<PictureLimit>)>,
}

/// A side's audio line.
#[derive(Debug, Clone, Copy)]
pub(super) struct AudioTerms {
    /// The peer's own direction.
    pub(super) direction: Direction,
    /// A browser's codec.
    pub(super) web: Option<WebAudio>,
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
            AgreedWith::Browser(callee) => (
                codec.map(|codec| (codec, None)),
                callee.map(|callee| (callee, None)),
            ),
            AgreedWith::Plain(None) => (None, None),
            AgreedWith::Plain(Some(plain)) => {
                let limited = |codec| (codec, Some(offer::web_limit(&plain.format, codec)));
                (codec.map(limited), None)
            }
        };
        let has_video = agreement.callee.has_video();
        let audio = audio_terms(caller, &agreement.callee);
        let side = |direction: Direction, web, audio: Option<AudioTerms>| SideTerms {
            direction: match (has_video, audio) {
                (false, Some(audio)) => audio.direction,
                (true | false, _) => direction,
            },
            audio,
            audio_port: None,
            web,
        };
        let [caller_audio, callee_audio] = audio.map_or([None, None], |both| both.map(Some));
        Terms {
            sides: [
                side(agreement.direction, caller_web, caller_audio),
                side(agreement.callee.direction, callee_web, callee_audio),
            ],
            has_video,
        }
    }

    pub(super) fn of_side(&self, side: Side) -> &SideTerms {
        &self.sides[side.index()]
    }

    pub(super) fn set_direction(&mut self, side: Side, direction: Direction) {
        let terms = &mut self.sides[side.index()];
        terms.direction = direction;
        if let (false, Some(audio)) = (self.has_video, &mut terms.audio) {
            audio.direction = direction;
        }
    }

    /// What a later description of a side says of its audio line. A line that is not there any more
    /// carries nothing.
    pub(super) fn note_audio(&mut self, side: Side, sdp: &[u8]) {
        let Some(audio) = &mut self.sides[side.index()].audio else {
            return;
        };
        let said = Description::parse(sdp).ok();
        let line = said
            .as_ref()
            .and_then(|said| Some(offer::direction_of(said, offer::audio(said)?)));
        audio.direction = line.unwrap_or(Direction::Inactive);
    }

    /// Our own direction on a side's audio line, if it has one.
    pub(super) fn audio_towards(&self, side: Side) -> Option<Direction> {
        let own = self.of_side(side).audio?;
        let far = self.of_side(side.other()).audio;
        let far = far.map_or(Direction::Inactive, |far| far.direction);
        Some(answering(own.direction, far))
    }

    /// The codec of the browser on the other side of a plain peer's audio line.
    pub(super) fn web_audio_beyond(&self, side: Side) -> Option<WebAudio> {
        self.of_side(side.other()).audio?.web
    }

    /// The codec of a browser's own audio line.
    pub(super) fn web_audio_of(&self, side: Side) -> Option<WebAudio> {
        self.of_side(side).audio?.web
    }

    /// An audio line came: what a side agreed to of it.
    pub(super) fn set_audio(&mut self, side: Side, audio: AudioTerms) {
        self.sides[side.index()].audio = Some(audio);
    }

    pub(super) fn set_audio_port(&mut self, side: Side, port: u16) {
        self.sides[side.index()].audio_port = Some(port);
    }

    /// Our own directions towards a side, with that of its main line given.
    pub(super) fn directions(&self, side: Side, main: Direction) -> Directions {
        match self.has_video {
            true => Directions {
                video: Some(main),
                audio: self.audio_towards(side),
            },
            false => Directions {
                video: None,
                audio: Some(main),
            },
        }
    }

    /// What a side is offered, with that of its main line given: of audio what the far end has.
    pub(super) fn offered_to(&self, side: Side, main: Direction) -> Directions {
        let far = self.of_side(side.other()).audio;
        let far = far.map_or(Direction::Inactive, |far| far.direction);
        match self.has_video {
            true => Directions {
                video: Some(main),
                audio: self.of_side(side).audio.map(|_| far),
            },
            false => Directions {
                video: None,
                audio: Some(main),
            },
        }
    }

    /// Everything flows as both sides agreed.
    pub(super) fn starts(&self) -> Vec<Step> {
        let video = self.has_video.then(|| Step::Start {
            flows: self.flows(),
        });
        let both = self.sides[0].audio.zip(self.sides[1].audio);
        let audio = both.map(|(caller, callee)| Step::StartAudio {
            flows: offer::flows(caller.direction, callee.direction),
        });
        video.into_iter().chain(audio).collect()
    }

    /// Another peer is at that side.
    pub(super) fn set_web(&mut self, side: Side, web: Option<(WebCodec, Option<PictureLimit>)>) {
        let terms = &mut self.sides[side.index()];
        terms.web = web;
        // Who takes a place has no audio, until it is added.
        (terms.audio, terms.audio_port) = (None, None);
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

/// The audio lines of both sides, as the call began.
fn audio_terms(caller: &Leg, callee: &Agreed) -> Option<[AudioTerms; 2]> {
    let callee = callee.audio.as_ref()?;
    let offer = Description::parse(&caller.sdp).ok()?;
    let direction = offer::direction_of(&offer, offer::audio(&offer)?);
    let told = Description::parse(&caller.told).ok()?;
    // Our answer refused it.
    offer::audio(&told)?;
    Some([
        AudioTerms {
            direction,
            web: offer::web_audio(&told).first().copied(),
        },
        AudioTerms {
            direction: callee.direction,
            web: match callee.with {
                AudioWith::Browser(codec) => Some(codec),
                AudioWith::Plain(_) => None,
            },
        },
    ])
}
