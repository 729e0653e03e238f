//! What the caller offers, and what each side is offered and answered for it (RFC 3264).

use sip::message::{Request, Status};
use sip::sdp::{self, Description};
use sip::transport::Hop;

use super::Leg;
use crate::bridge::audio_format::AudioStream;
use crate::bridge::web_leg::{AudioLine, AudioOffer, VideoLine, VideoOffer, WebAudio, WebCodec};
use crate::bridge::{BridgeCommand, BridgeId, Medium, Side, Step};
use crate::switch::offer::precondition::Preconditions;
use crate::switch::offer::{self, PlainAgreement, PlainEnd, Reject};
use crate::switch::route::{self, Access};

/// The caller's offer, read.
pub(super) enum Offered {
    Video(Box<Description>),
    /// The INVITE came without a description: ours goes out in the 200 (RFC 3261 §13.2.1).
    Nothing,
    /// Nobody calls: a page's upload is shown to one more.
    Fed(FedBy),
}

/// Where the pictures of a watcher come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct FedBy {
    /// The sharer's bridge.
    pub(super) source: BridgeId,
    /// Of the upload.
    pub(super) codec: WebCodec,
}

/// What the callee's answer settled.
pub(super) struct Agreed {
    /// The callee's own direction of video.
    pub(super) direction: sdp::Direction,
    pub(super) with: AgreedWith,
    /// `None` without audio.
    pub(super) audio: Option<AgreedAudio>,
}

/// With whom, and which video; `None` without any.
pub(super) enum AgreedWith {
    Browser(Option<WebCodec>),
    Plain(Option<Box<PlainAgreement>>),
}

/// What the callee's answer settled of audio.
pub(super) struct AgreedAudio {
    /// The callee's own direction.
    pub(super) direction: sdp::Direction,
    pub(super) with: AudioWith,
}

pub(super) enum AudioWith {
    Browser(WebAudio),
    Plain(AudioStream),
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
            Offered::Fed(_) => Access::Browser,
        }
    }

    /// What the caller's network has to have first.
    pub(super) fn preconditions(&self) -> Option<Preconditions> {
        match self {
            Offered::Video(description) => Preconditions::of(description),
            Offered::Nothing | Offered::Fed(_) => None,
        }
    }

    /// Whether the caller shows something.
    pub(super) fn shows(&self) -> bool {
        match self {
            Offered::Video(description) => matches!(
                direction_of(description),
                sdp::Direction::SendOnly | sdp::Direction::SendRecv
            ),
            Offered::Nothing | Offered::Fed(_) => false,
        }
    }

    /// What a page at that place uploads that is shown to several: the codec it likes best.
    pub(super) fn uploaded(&self, hop: Hop) -> Option<WebCodec> {
        match self {
            Offered::Video(description)
                if self.access(hop) == Access::Browser
                    && offer::is_webrtc(description)
                    && self.shows() =>
            {
                offer::web_codecs(description).first().copied()
            }
            Offered::Video(_) | Offered::Nothing | Offered::Fed(_) => None,
        }
    }

    /// The caller's own direction of audio, and the codecs that a browser has or is offered; `None`
    /// without audio that can be bridged. Where something is reserved first there is none.
    pub(super) fn audio(&self, caller: Access) -> Option<(sdp::Direction, Vec<WebAudio>)> {
        let Offered::Video(description) = self else {
            return None;
        };
        let line = offer::audio(description).filter(|_| self.preconditions().is_none())?;
        let codecs = match caller {
            Access::Browser => offer::web_audio(description),
            Access::Plain => offer::web_audio_for_plain(description),
        };
        (!codecs.is_empty()).then(|| (offer::direction_of(description, line), codecs))
    }

    /// Whether there is a video line in what the caller offers; ours has one when it offers nothing.
    pub(super) fn has_video(&self) -> bool {
        match self {
            Offered::Video(description) => offer::video(description).is_some(),
            Offered::Nothing | Offered::Fed(_) => true,
        }
    }

    /// Ports for a plain peer: those of audio first, so that with those of video all are there.
    fn ports(&self, side: Side, audio: bool, video: bool) -> Vec<BridgeCommand> {
        let media = [(Medium::Audio, audio), (Medium::Video, video)];
        let wanted = media.into_iter().filter(|(_, wanted)| *wanted);
        wanted
            .map(|(medium, _)| BridgeCommand::OpenPlain { side, medium })
            .collect()
    }

    /// The caller's own direction of video, and the codecs a bridge can carry: the caller's when it is a
    /// browser, else those that a browser is offered for it. Who offered nothing may turn out to
    /// take any. No codecs: no video.
    fn bridged(&self, caller: Access) -> Result<(sdp::Direction, Vec<WebCodec>), Reject> {
        let description = match self {
            Offered::Video(description) => description,
            Offered::Nothing => {
                let any = vec![offer::offered_h264(), WebCodec::Vp8];
                return Ok((sdp::Direction::SendRecv, any));
            }
            // What is uploaded is passed on; who cannot take it may have the other.
            Offered::Fed(fed) => {
                let mut codecs = vec![fed.codec];
                codecs.extend(matches!(fed.codec, WebCodec::H264 { .. }).then_some(WebCodec::Vp8));
                return Ok((sdp::Direction::SendOnly, codecs));
            }
        };
        let Some(video) = offer::video(description) else {
            return match self.audio(caller) {
                // A voice call.
                Some(_) => Ok((sdp::Direction::Inactive, Vec::new())),
                None => Err(Reject::NoVideo),
            };
        };
        let codecs = match caller {
            Access::Browser if !offer::is_webrtc(description) => return Err(Reject::Unsecured),
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
    pub(super) fn first_steps(
        &self,
        caller: Access,
        callee: Access,
    ) -> Result<Vec<BridgeCommand>, Reject> {
        let side = Side::Callee;
        if let Offered::Fed(fed) = self {
            let mut steps = vec![BridgeCommand::Beside(fed.source)];
            steps.extend(match callee {
                Access::Plain => self.ports(side, false, true),
                Access::Browser => {
                    let (direction, codecs) = self.bridged(caller)?;
                    let codecs = offer::web_kinds(&codecs);
                    vec![BridgeCommand::Apply(Step::WebOffer {
                        side,
                        video: Some(VideoOffer { codecs, direction }),
                        audio: None,
                    })]
                }
            });
            return Ok(steps);
        }
        Ok(match (caller, callee) {
            (Access::Plain, Access::Plain) => Vec::new(),
            (Access::Browser, Access::Plain) => {
                let (_, codecs) = self.bridged(caller)?;
                self.ports(side, self.audio(caller).is_some(), !codecs.is_empty())
            }
            (Access::Browser | Access::Plain, Access::Browser) => {
                if let Some(Err(_)) = self.preconditions().map(|said| said.check()) {
                    return Err(Reject::Precondition);
                }
                let (direction, codecs) = self.bridged(caller)?;
                let codecs = offer::web_kinds(&codecs);
                let audio = self.audio(caller);
                vec![BridgeCommand::Apply(Step::WebOffer {
                    side,
                    video: (!codecs.is_empty()).then_some(VideoOffer { codecs, direction }),
                    audio: audio.map(|(direction, codecs)| AudioOffer { codecs, direction }),
                })]
            }
        })
    }

    /// Writes the offer for a plain callee, with audio at that port if there is one.
    pub(super) fn plain_offer(
        &self,
        caller: Access,
        end: PlainEnd,
        audio_port: Option<u16>,
    ) -> Result<Description, Reject> {
        let (direction, codecs) = self.bridged(caller)?;
        let audio = self.audio(caller).zip(audio_port);
        match (codecs.is_empty(), audio) {
            (true, Some(((direction, _), port))) => Ok(offer::voice_offer(end, port, direction)),
            (true, None) => Err(Reject::NoVideo),
            (false, audio) => {
                let mut written = offer::plain_offer(end, direction, &codecs);
                if let Some(((direction, _), port)) = audio {
                    offer::add_audio_offer(&mut written, port, direction);
                }
                Ok(written)
            }
        }
    }

    /// The caller's own direction of video, as its offer or, when it had none, its answer says.
    pub(super) fn direction(&self, caller: &Leg) -> sdp::Direction {
        match self {
            Offered::Video(description) => direction_of(description),
            Offered::Fed(_) => sdp::Direction::SendOnly,
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
    ) -> Result<Vec<BridgeCommand>, Reject> {
        let side = Side::Caller;
        match (caller.access, self) {
            (_, Offered::Fed(FedBy { source, codec })) => {
                Ok(vec![BridgeCommand::Apply(Step::Feed {
                    side,
                    from: *source,
                    codec: *codec,
                })])
            }
            (Access::Plain, Offered::Nothing) => Ok(self.ports(side, false, true)),
            (Access::Plain, Offered::Video(_)) => {
                Ok(self.ports(side, agreed.audio.is_some(), agreed.has_video()))
            }
            (Access::Browser, Offered::Nothing) => Ok(vec![BridgeCommand::Apply(Step::WebOffer {
                side,
                video: Some(VideoOffer {
                    codecs: vec![agreed.web(), WebCodec::Vp8],
                    direction: agreed.direction,
                }),
                audio: None,
            })]),
            (Access::Browser, Offered::Video(_)) => {
                web_answer(self, caller, agreed).map(|step| vec![BridgeCommand::Apply(step)])
            }
        }
    }
}

impl Agreed {
    /// The codec that a browser on the other side should have.
    pub(super) fn web(&self) -> WebCodec {
        match &self.with {
            AgreedWith::Browser(Some(codec)) => *codec,
            AgreedWith::Browser(None) | AgreedWith::Plain(_) => offer::offered_h264(),
        }
    }

    pub(super) fn has_video(&self) -> bool {
        match &self.with {
            AgreedWith::Browser(codec) => codec.is_some(),
            AgreedWith::Plain(agreement) => agreement.is_some(),
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
    let chosen = match &agreed.with {
        AgreedWith::Browser(None) | AgreedWith::Plain(None) => None,
        AgreedWith::Browser(Some(WebCodec::Vp8)) => Some((WebCodec::Vp8, None)),
        AgreedWith::Browser(Some(WebCodec::H264 { mode, .. })) => {
            let own = offer::web_h264(&codecs, *mode).ok_or(Reject::NoCommonCodec)?;
            Some((own, None))
        }
        AgreedWith::Plain(Some(agreement)) => {
            let codec = offer::web_codec_for(&agreement.format, &codecs)?;
            Some((codec, Some(offer::web_limit(&agreement.format, codec))))
        }
    };
    Ok(Step::WebAnswer {
        side: Side::Caller,
        offer: String::from_utf8_lossy(&caller.sdp).into_owned(),
        video: chosen.map(|(codec, limit)| VideoLine {
            codec,
            direction: agreed.direction,
            limit,
        }),
        audio: web_audio_answer(offered, caller, agreed),
    })
}

/// The audio that a calling browser is held to; `None` when the line is refused.
fn web_audio_answer(offered: &Offered, caller: &Leg, agreed: &Agreed) -> Option<AudioLine> {
    let (_, codecs) = offered.audio(caller.access)?;
    let audio = agreed.audio.as_ref()?;
    let codec = match audio.with {
        AudioWith::Browser(codec) => Some(codec).filter(|codec| codecs.contains(codec)),
        AudioWith::Plain(stream) => offer::web_audio_for(stream.format, &codecs),
    };
    codec.map(|codec| AudioLine {
        codec,
        direction: audio.direction,
    })
}
