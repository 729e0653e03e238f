//! What the caller offers, and what each side is offered and answered for it (RFC 3264).

use sip::message::{Request, Status};
use sip::sdp::{self, Description};
use sip::transport::Hop;

use super::Leg;
use crate::bridge::web_leg::{VideoLine, VideoOffer, WebCodec};
use crate::bridge::{BridgeCommand, Medium, Side, Step};
use crate::switch::offer::precondition::Preconditions;
use crate::switch::offer::{self, PlainAgreement, PlainEnd, Reject};
use crate::switch::route::{self, Access};

/// The caller's offer, read.
pub(super) enum Offered {
    Video(Box<Description>),
    /// The INVITE came without a description: ours goes out in the 200 (RFC 3261 §13.2.1).
    Nothing,
}

/// What the callee's answer settled.
pub(super) struct Agreed {
    /// The callee's own direction.
    pub(super) direction: sdp::Direction,
    pub(super) with: AgreedWith,
}

pub(super) enum AgreedWith {
    Browser(WebCodec),
    Plain(Box<PlainAgreement>),
}

impl Offered {
    /// Reads an INVITE's body.
    ///
    /// # Errors
    /// The status for a body that is no session description, or not a readable one.
    pub(super) fn read(invite: &Request) -> Result<Offered, Status> {
        if invite.body.is_empty() {
            return Ok(Offered::Nothing);
        }
        let sdp = invite
            .content("application/sdp")
            .ok_or(Status::UNSUPPORTED_MEDIA_TYPE)?;
        let description = Description::parse(sdp).map_err(|error| Reject::from(error).status())?;
        Ok(Offered::Video(Box::new(description)))
    }

    /// What the caller is: a browser by its connection or by its offer.
    pub(super) fn access(&self, hop: Hop) -> Access {
        match self {
            Offered::Video(description) if offer::is_webrtc(description) => Access::Browser,
            Offered::Video(_) | Offered::Nothing => route::access(hop.transport),
        }
    }

    /// What the caller's network has to have first.
    pub(super) fn preconditions(&self) -> Option<Preconditions> {
        match self {
            Offered::Video(description) => Preconditions::of(description),
            Offered::Nothing => None,
        }
    }

    /// The caller's own direction, and the codecs a bridge can carry: the caller's when it is a
    /// browser, else those that a browser is offered for it. Who offered nothing may turn out to
    /// take any.
    fn bridged(&self, caller: Access) -> Result<(sdp::Direction, Vec<WebCodec>), Reject> {
        let Offered::Video(description) = self else {
            let any = vec![offer::offered_h264(), WebCodec::Vp8];
            return Ok((sdp::Direction::SendRecv, any));
        };
        let video = offer::video(description).ok_or(Reject::NoVideo)?;
        let codecs = match caller {
            Access::Browser => offer::web_codecs(description),
            Access::Plain => offer::web_codecs_for_plain(description)?,
        };
        if codecs.is_empty() {
            return Err(Reject::NoCommonCodec);
        }
        Ok((description.direction_of(video), codecs))
    }

    /// What has to be done before a device can be invited; nothing between two plain peers, where
    /// the callee gets the caller's own offer.
    pub(super) fn first_step(
        &self,
        caller: Access,
        callee: Access,
    ) -> Result<Option<BridgeCommand>, Reject> {
        let side = Side::Callee;
        Ok(match (caller, callee) {
            (Access::Plain, Access::Plain) => None,
            (Access::Browser, Access::Plain) => {
                self.bridged(caller)?;
                let medium = Medium::Video;
                Some(BridgeCommand::OpenPlain { side, medium })
            }
            (Access::Browser | Access::Plain, Access::Browser) => {
                if let Some(Err(_)) = self.preconditions().map(|said| said.check()) {
                    return Err(Reject::Precondition);
                }
                let (direction, codecs) = self.bridged(caller)?;
                let codecs = offer::web_kinds(&codecs);
                Some(BridgeCommand::Apply(Step::WebOffer {
                    side,
                    video: Some(VideoOffer { codecs, direction }),
                    audio: None,
                }))
            }
        })
    }

    /// Writes the offer for a plain callee.
    pub(super) fn plain_offer(&self, caller: Access, end: PlainEnd) -> Result<Description, Reject> {
        let (direction, codecs) = self.bridged(caller)?;
        Ok(offer::plain_offer(end, direction, &codecs))
    }

    /// The caller's own direction, as its offer or, when it had none, its answer says.
    pub(super) fn direction(&self, caller: &Leg) -> sdp::Direction {
        match self {
            Offered::Video(description) => direction_of(description),
            Offered::Nothing => Description::parse(&caller.sdp)
                .map_or(sdp::Direction::Inactive, |answer| direction_of(&answer)),
        }
    }

    /// How the caller's description is come by once the callee agreed: an answer, or the offer for
    /// one that made none.
    pub(super) fn for_caller(
        &self,
        caller: &Leg,
        agreed: &Agreed,
    ) -> Result<BridgeCommand, Reject> {
        let side = Side::Caller;
        match (caller.access, self) {
            (Access::Plain, _) => {
                let medium = Medium::Video;
                Ok(BridgeCommand::OpenPlain { side, medium })
            }
            (Access::Browser, Offered::Nothing) => Ok(BridgeCommand::Apply(Step::WebOffer {
                side,
                video: Some(VideoOffer {
                    codecs: vec![agreed.web(), WebCodec::Vp8],
                    direction: agreed.direction,
                }),
                audio: None,
            })),
            (Access::Browser, Offered::Video(_)) => {
                web_answer(self, caller, agreed).map(BridgeCommand::Apply)
            }
        }
    }
}

impl Agreed {
    /// The codec that a browser on the other side should have.
    pub(super) fn web(&self) -> WebCodec {
        match &self.with {
            AgreedWith::Browser(codec) => *codec,
            AgreedWith::Plain(_) => offer::offered_h264(),
        }
    }
}

pub(super) fn direction_of(description: &Description) -> sdp::Direction {
    offer::video(description).map_or(sdp::Direction::Inactive, |video| {
        description.direction_of(video)
    })
}

/// The step that answers a calling browser, held to what the callee agreed.
fn web_answer(offered: &Offered, caller: &Leg, agreed: &Agreed) -> Result<Step, Reject> {
    let (_, codecs) = offered.bridged(caller.access)?;
    let (codec, limit) = match &agreed.with {
        AgreedWith::Browser(WebCodec::Vp8) => (WebCodec::Vp8, None),
        AgreedWith::Browser(WebCodec::H264 { mode, .. }) => {
            let own = offer::web_h264(&codecs, *mode).ok_or(Reject::NoCommonCodec)?;
            (own, None)
        }
        AgreedWith::Plain(agreement) => {
            let codec = offer::web_codec_for(&agreement.format, &codecs)?;
            (codec, Some(offer::web_limit(&agreement.format, codec)))
        }
    };
    Ok(Step::WebAnswer {
        side: Side::Caller,
        offer: String::from_utf8_lossy(&caller.sdp).into_owned(),
        video: Some(VideoLine {
            codec,
            direction: agreed.direction,
            limit,
        }),
        audio: None,
    })
}
