//! Offers and answers of a browser's leg (RFC 3264, RFC 8829), the first ones and those inside the
//! call: another direction, or ICE begun anew (RFC 8839 §4.4).

use std::net::SocketAddr;
use std::time::Instant;

use sip::sdp;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{MediaKind, Mid};

use super::{
    AudioLine, AudioOffer, Directions, PictureLimit, VideoLine, VideoOffer, WebAudio, WebCodec,
    WebLeg, WebLegError,
};
use crate::bridge::Medium;
use crate::bridge::web_description::{self, Chosen, Said, direction_of};

/// Our offer that waits for its answer.
pub(super) enum Offered {
    First(SdpPendingOffer),
    /// Other directions inside the call.
    Again(Directions),
    /// A line of audio beside what there is.
    Added(SdpPendingOffer, Mid),
}

/// The description that the browser has of us.
pub(super) struct Own {
    version: u64,
    text: String,
}

impl WebLeg {
    /// Takes a browser's offer and answers with one codec a line; a line for which there is none
    /// is refused.
    pub fn answer(
        offer: &str,
        (video, audio): (Option<VideoLine>, Option<AudioLine>),
        local: SocketAddr,
        now: Instant,
    ) -> Result<(WebLeg, String), WebLegError> {
        let video_codec: Vec<WebCodec> = video.iter().map(|line| line.codec).collect();
        let audio_codec: Vec<WebAudio> = audio.iter().map(|line| line.codec).collect();
        let mut leg = WebLeg::new((&video_codec, &audio_codec), local, now)?;
        leg.fingerprint = web_description::fingerprint(offer)?;
        leg.codec = video.map(|line| line.codec);
        leg.audio = audio.map(|line| line.codec);
        let written = leg.take_offer(offer, now)?;
        let chosen = web_description::chosen(&written)?;
        if chosen.video.is_some() != video.is_some() || chosen.audio.is_some() != audio.is_some() {
            return Err(WebLegError::NoMedia);
        }
        leg.agree_payload_types(&chosen);
        let directions = Directions {
            video: video.map(|line| line.direction),
            audio: audio.map(|line| line.direction),
        };
        let limit = video.and_then(|line| line.limit);
        let answer = leg.describe(&written, directions, limit)?;
        Ok((leg, answer))
    }

    /// Offers a browser audio and video, each in the given order of codecs.
    pub fn offer(
        (video, audio): (Option<VideoOffer>, Option<AudioOffer>),
        local: SocketAddr,
        now: Instant,
    ) -> Result<(WebLeg, String), WebLegError> {
        let codecs = |offer: &Option<VideoOffer>| offer.as_ref().map(|of| of.codecs.clone());
        let audio_codecs = audio.as_ref().map(|offer| offer.codecs.clone());
        let (video_codecs, audio_codecs) = (
            codecs(&video).unwrap_or_default(),
            audio_codecs.unwrap_or_default(),
        );
        let mut leg = WebLeg::new((&video_codecs, &audio_codecs), local, now)?;
        let directions = Directions {
            video: video.map(|offer| offer.direction),
            audio: audio.map(|offer| offer.direction),
        };
        let mut api = leg.rtc.sdp_api();
        let mut add =
            |kind, direction| api.add_media(kind, direction_of(direction), None, None, None);
        let audio = directions
            .audio
            .map(|direction| add(MediaKind::Audio, direction));
        let video = directions
            .video
            .map(|direction| add(MediaKind::Video, direction));
        let (offer, pending) = api
            .apply()
            .ok_or_else(|| WebLegError::Own("nothing to offer".to_owned()))?;
        leg.streams[Medium::Audio.index()].mid = audio;
        leg.streams[Medium::Video.index()].mid = video;
        leg.pending = Some(Offered::First(pending));
        leg.drain(now);
        let offer = leg.describe(&offer.to_sdp_string(), directions, None)?;
        Ok((leg, offer))
    }

    /// Takes the browser's answer to [`WebLeg::offer`] or [`WebLeg::offer_again`]; gives the codecs
    /// it chose.
    pub fn accept_answer(
        &mut self,
        answer: &str,
        now: Instant,
    ) -> Result<(Option<WebCodec>, Option<WebAudio>), WebLegError> {
        let offered = self.pending.take().ok_or(WebLegError::NoOffer)?;
        let chosen = web_description::chosen(answer)?;
        self.check_fingerprint(answer)?;
        let parsed = SdpAnswer::from_sdp_string(answer)
            .map_err(|error| WebLegError::Description(error.to_string()))?;
        let pending = match offered {
            Offered::First(pending) => pending,
            Offered::Added(pending, mid) => {
                self.streams[Medium::Audio.index()].mid = chosen.audio.map(|_| mid);
                pending
            }
            // The offer is written once more: one of the browser's may have come between, and
            // then `str0m` knows nothing of ours any more.
            Offered::Again(directions) => self.write_offer(directions)?.1,
        };
        self.rtc.sdp_api().accept_answer(pending, parsed)?;
        self.drain(now);
        self.codec = chosen.video.map(|(codec, _)| codec);
        self.audio = chosen.audio.map(|(codec, _)| codec);
        self.agree_payload_types(&chosen);
        Ok((self.codec, self.audio))
    }

    /// Offers other directions to a browser whose leg is agreed, and a line of this audio where it
    /// is to have one and has none. Nothing changes until
    /// [`WebLeg::accept_answer`]; an offer that was refused is forgotten by the next one.
    pub fn offer_again(
        &mut self,
        directions: Directions,
        audio: Vec<WebAudio>,
        now: Instant,
    ) -> Result<String, WebLegError> {
        if !self.agreed {
            return Err(WebLegError::NotAgreed);
        }
        let adds = directions.audio.is_some() && self.streams[Medium::Audio.index()].mid.is_none();
        let offer = if adds && !audio.is_empty() {
            self.audio_said = audio;
            let (offer, pending, mid) = self.write_addition(directions)?;
            self.pending = Some(Offered::Added(pending, mid));
            offer
        } else {
            self.audio_said = self.audio.into_iter().collect();
            self.pending = Some(Offered::Again(directions));
            self.write_offer(directions)?.0
        };
        self.drain(now);
        self.describe(&offer.to_sdp_string(), directions, None)
    }

    /// Answers a later offer of the browser: other directions, ICE begun anew, or a line of audio
    /// that comes or goes. DTLS, SRTP and all numbers go on.
    pub fn answer_again(
        &mut self,
        offer: &str,
        (directions, audio, limit): (Directions, Option<WebAudio>, Option<PictureLimit>),
        now: Instant,
    ) -> Result<String, WebLegError> {
        if !self.agreed {
            return Err(WebLegError::NotAgreed);
        }
        self.check_fingerprint(offer)?;
        if !web_description::still_offers(offer, self.codec)? {
            return Err(WebLegError::Unchangeable("the codec"));
        }
        let audio = match audio.or(self.audio) {
            Some(codec) if web_description::offers_audio(offer, codec)? => Some(codec),
            Some(_) | None => None,
        };
        for stream in &self.streams {
            if let Some(mid) = stream.mid {
                // `str0m` refuses to wake a line of its own that is inactive.
                let awake = direction_of(sdp::Direction::SendRecv);
                self.rtc.sdp_api().set_direction(mid, awake);
            }
        }
        let before = std::mem::replace(&mut self.audio, audio);
        let written = match self.take_offer(offer, now) {
            Ok(written) => written,
            Err(error) => {
                self.audio = before;
                return Err(error);
            }
        };
        let chosen = web_description::chosen(&written)?;
        self.agree_payload_types(&chosen);
        self.describe(&written, directions, limit)
    }

    fn agree_payload_types(&mut self, chosen: &Chosen) {
        self.agreed = true;
        let [video, audio] = [
            chosen.video.map(|(_, number)| number),
            chosen.audio.map(|(_, number)| number),
        ];
        self.events = chosen.events;
        self.streams[Medium::Video.index()].payload_type = video;
        self.streams[Medium::Audio.index()].payload_type = audio;
    }

    fn take_offer(&mut self, offer: &str, now: Instant) -> Result<String, WebLegError> {
        let usable = web_description::only_with(offer, self.codec, self.audio)?;
        self.audio_said = self.audio.into_iter().collect();
        let offer = SdpOffer::from_sdp_string(&usable)
            .map_err(|error| WebLegError::Description(error.to_string()))?;
        let answer = self.rtc.sdp_api().accept_offer(offer)?.to_sdp_string();
        self.drain(now);
        Ok(answer)
    }

    /// An offer of other directions and nothing else. `str0m` writes one only for a change, so
    /// that a direction is changed away and back.
    fn write_offer(
        &mut self,
        directions: Directions,
    ) -> Result<(SdpOffer, SdpPendingOffer), WebLegError> {
        let [video, audio] = &self.streams;
        let lines = [(video.mid, directions.video), (audio.mid, directions.audio)];
        let mut api = self.rtc.sdp_api();
        for (mid, direction) in lines {
            let (Some(mid), Some(direction)) = (mid, direction) else {
                continue;
            };
            let away = match direction {
                sdp::Direction::SendRecv => sdp::Direction::SendOnly,
                sdp::Direction::SendOnly | sdp::Direction::RecvOnly | sdp::Direction::Inactive => {
                    sdp::Direction::SendRecv
                }
            };
            api.set_direction(mid, direction_of(away));
            api.set_direction(mid, direction_of(direction));
        }
        api.apply()
            .ok_or_else(|| WebLegError::Own("nothing to offer".to_owned()))
    }

    /// An offer of what there is and of a line of audio.
    fn write_addition(
        &mut self,
        directions: Directions,
    ) -> Result<(SdpOffer, SdpPendingOffer, Mid), WebLegError> {
        let audio = directions.audio.unwrap_or(sdp::Direction::Inactive);
        let mut api = self.rtc.sdp_api();
        let mid = api.add_media(MediaKind::Audio, direction_of(audio), None, None, None);
        let (offer, pending) = api
            .apply()
            .ok_or_else(|| WebLegError::Own("nothing to offer".to_owned()))?;
        Ok((offer, pending, mid))
    }

    /// The text for the browser: under the version it has when nothing changed, else under the
    /// next one (RFC 3264 §8).
    fn describe(
        &mut self,
        written: &str,
        directions: Directions,
        limit: Option<PictureLimit>,
    ) -> Result<String, WebLegError> {
        let said = Said {
            directions,
            audio: &self.audio_said,
            limit,
        };
        let mut version = self.own.as_ref().map_or(1, |own| own.version);
        let mut text = web_description::finished(written, version, said)?;
        if self.own.as_ref().is_some_and(|own| own.text != text) {
            version += 1;
            text = web_description::finished(written, version, said)?;
        }
        self.own = Some(Own {
            version,
            text: text.clone(),
        });
        Ok(text)
    }

    /// Another certificate means another DTLS association, and so another leg (RFC 8842 §5.1).
    fn check_fingerprint(&mut self, description: &str) -> Result<(), WebLegError> {
        let found = web_description::fingerprint(description)?;
        if self.fingerprint.is_some() && found != self.fingerprint {
            return Err(WebLegError::Unchangeable("the certificate"));
        }
        self.fingerprint = found;
        Ok(())
    }
}
