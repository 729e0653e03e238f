//! Offers and answers of a browser's leg (RFC 3264, RFC 8829), the first ones and those inside the
//! call: another direction, or ICE begun anew (RFC 8839 §4.4).

use std::net::SocketAddr;
use std::time::Instant;

use sip::sdp;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::MediaKind;

use super::{PictureLimit, WebCodec, WebLeg, WebLegError};
use crate::bridge::web_description::{self, direction_of};

/// Our offer that waits for its answer.
pub(super) enum Offered {
    First(SdpPendingOffer),
    /// Another direction inside the call.
    Again(sdp::Direction),
}

/// The description that the browser has of us.
pub(super) struct Own {
    version: u64,
    text: String,
}

impl WebLeg {
    /// Takes a browser's offer and answers with one codec.
    pub fn answer(
        offer: &str,
        codec: WebCodec,
        (direction, limit): (sdp::Direction, Option<PictureLimit>),
        local: SocketAddr,
        now: Instant,
    ) -> Result<(WebLeg, String), WebLegError> {
        let mut leg = WebLeg::new(&[codec], local, now)?;
        leg.fingerprint = web_description::fingerprint(offer)?;
        let written = leg.take_offer(offer, now)?;
        let (_, payload_type) = web_description::chosen_codec(&written)?;
        leg.codec = Some((codec, payload_type));
        let answer = leg.describe(&written, direction, limit)?;
        Ok((leg, answer))
    }

    /// Offers video to a browser, in the given order of codecs.
    pub fn offer(
        codecs: &[WebCodec],
        direction: sdp::Direction,
        local: SocketAddr,
        now: Instant,
    ) -> Result<(WebLeg, String), WebLegError> {
        let mut leg = WebLeg::new(codecs, local, now)?;
        let mut api = leg.rtc.sdp_api();
        let mid = api.add_media(MediaKind::Video, direction_of(direction), None, None, None);
        let (offer, pending) = api
            .apply()
            .ok_or_else(|| WebLegError::Own("nothing to offer".to_owned()))?;
        leg.mid = Some(mid);
        leg.pending = Some(Offered::First(pending));
        leg.drain(now);
        let offer = leg.describe(&offer.to_sdp_string(), direction, None)?;
        Ok((leg, offer))
    }

    /// Takes the browser's answer to [`WebLeg::offer`] or [`WebLeg::offer_again`]; gives the codec
    /// it chose.
    pub fn accept_answer(&mut self, answer: &str, now: Instant) -> Result<WebCodec, WebLegError> {
        let offered = self.pending.take().ok_or(WebLegError::NoOffer)?;
        let (codec, payload_type) = web_description::chosen_codec(answer)?;
        self.check_fingerprint(answer)?;
        let parsed = SdpAnswer::from_sdp_string(answer)
            .map_err(|error| WebLegError::Description(error.to_string()))?;
        let pending = match offered {
            Offered::First(pending) => pending,
            // The offer is written once more: one of the browser's may have come between, and
            // then `str0m` knows nothing of ours any more.
            Offered::Again(direction) => self.write_offer(direction)?.1,
        };
        self.rtc.sdp_api().accept_answer(pending, parsed)?;
        self.drain(now);
        self.codec = Some((codec, payload_type));
        Ok(codec)
    }

    /// Offers another direction to a browser whose leg is agreed. Nothing changes until
    /// [`WebLeg::accept_answer`]; an offer that was refused is forgotten by the next one.
    pub fn offer_again(
        &mut self,
        direction: sdp::Direction,
        now: Instant,
    ) -> Result<String, WebLegError> {
        if self.codec.is_none() {
            return Err(WebLegError::NotAgreed);
        }
        let (offer, _) = self.write_offer(direction)?;
        self.drain(now);
        self.pending = Some(Offered::Again(direction));
        self.describe(&offer.to_sdp_string(), direction, None)
    }

    /// Answers a later offer of the browser: another direction, or ICE begun anew. DTLS, SRTP and
    /// all numbers go on.
    pub fn answer_again(
        &mut self,
        offer: &str,
        (direction, limit): (sdp::Direction, Option<PictureLimit>),
        now: Instant,
    ) -> Result<String, WebLegError> {
        let (agreed, _) = self.codec.ok_or(WebLegError::NotAgreed)?;
        self.check_fingerprint(offer)?;
        if !web_description::still_offers(offer, agreed)? {
            return Err(WebLegError::Unchangeable("the codec"));
        }
        if let Some(mid) = self.mid {
            // `str0m` refuses to wake a line of its own that is inactive.
            let awake = direction_of(sdp::Direction::SendRecv);
            self.rtc.sdp_api().set_direction(mid, awake);
        }
        let written = self.take_offer(offer, now)?;
        let (_, payload_type) = web_description::chosen_codec(&written)?;
        self.codec = Some((agreed, payload_type));
        self.describe(&written, direction, limit)
    }

    fn take_offer(&mut self, offer: &str, now: Instant) -> Result<String, WebLegError> {
        let offer = SdpOffer::from_sdp_string(offer)
            .map_err(|error| WebLegError::Description(error.to_string()))?;
        let answer = self.rtc.sdp_api().accept_offer(offer)?.to_sdp_string();
        self.drain(now);
        Ok(answer)
    }

    /// An offer of another direction and nothing else. `str0m` writes one only for a change, so
    /// the direction is changed away and back.
    fn write_offer(
        &mut self,
        direction: sdp::Direction,
    ) -> Result<(SdpOffer, SdpPendingOffer), WebLegError> {
        let mid = self.mid.ok_or(WebLegError::NotAgreed)?;
        let away = match direction {
            sdp::Direction::SendRecv => sdp::Direction::SendOnly,
            sdp::Direction::SendOnly | sdp::Direction::RecvOnly | sdp::Direction::Inactive => {
                sdp::Direction::SendRecv
            }
        };
        let mut api = self.rtc.sdp_api();
        api.set_direction(mid, direction_of(away));
        api.set_direction(mid, direction_of(direction));
        api.apply()
            .ok_or_else(|| WebLegError::Own("nothing to offer".to_owned()))
    }

    /// The text for the browser: under the version it has when nothing changed, else under the
    /// next one (RFC 3264 §8).
    fn describe(
        &mut self,
        written: &str,
        direction: sdp::Direction,
        limit: Option<PictureLimit>,
    ) -> Result<String, WebLegError> {
        let mut version = self.own.as_ref().map_or(1, |own| own.version);
        let mut text = web_description::finished(written, version, direction, limit)?;
        if self.own.as_ref().is_some_and(|own| own.text != text) {
            version += 1;
            text = web_description::finished(written, version, direction, limit)?;
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
