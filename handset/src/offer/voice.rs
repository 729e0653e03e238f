//! RFC 3264: offers and answers of a call of sound alone, by models that have an audio line.

use super::{Refusal, Writer, refused};
use crate::{
    audio::{self, AudioAgreement},
    profile::Profile,
    sdp::{Description, Direction},
};

impl Writer<'_> {
    /// All our audio codecs in order. None: the model has no audio.
    pub fn voice_offer(&self) -> Option<Description> {
        let own = self.profile.audio.as_ref()?;
        let line = audio::line(&own.codecs, own.sends, self.audio_port());
        Some(self.description(vec![line]))
    }

    /// The answer to an offer of sound, what was agreed, and whether the peer hears us (it does not
    /// while it holds the call).
    pub fn voice_answer(
        &self,
        offer: &[u8],
    ) -> Result<(Description, AudioAgreement, bool), Refusal> {
        let offer = Description::read(offer).map_err(|_| Refusal::Unreadable)?;
        let own = self.profile.audio.as_ref().ok_or(Refusal::NoVideo)?;
        let answered = audio::answer(&offer, own, self.audio_port());
        let (at, line, agreement) = answered.ok_or(Refusal::NoVideo)?;
        let theirs = offer.direction_of(&offer.media[at]);
        let mut description = self.description(offer.media.iter().map(refused).collect());
        description.media[at] = line;
        let hears = matches!(theirs, Direction::SendReceive | Direction::ReceiveOnly);
        Ok((description, agreement, hears && own.sends))
    }
}

/// What the peer's answer to [`Writer::voice_offer`] means.
pub fn read_voice_answer(answer: &[u8], profile: &Profile) -> Result<AudioAgreement, Refusal> {
    let answer = Description::read(answer).map_err(|_| Refusal::Unreadable)?;
    let own = profile.audio.as_ref();
    own.and_then(|own| audio::read_answer(&answer, own))
        .ok_or(Refusal::NoCommonCodec)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n";

    fn writer(profile: &Profile) -> Writer<'_> {
        Writer {
            profile,
            address: "192.0.2.20".parse().unwrap(),
            rtp_port: 49152,
            session: 7,
            both_ways: false,
        }
    }

    #[test]
    fn a_call_of_sound_is_answered_with_the_models_first_codec_and_held_as_the_peer_wants() {
        let profile = Profile::named("ims-terminal").unwrap();
        for (direction, answered, hears) in [
            ("sendrecv", "sendrecv", true),
            ("sendonly", "recvonly", false),
            ("inactive", "inactive", false),
        ] {
            let offer = format!(
                "{HEAD}m=audio 5000 RTP/AVP 0 97\r\na=rtpmap:97 AMR/8000\r\na={direction}\r\n"
            );
            let said = writer(&profile).voice_answer(offer.as_bytes());
            let (text, agreement, heard) = said.unwrap();
            assert_eq!(agreement.codec.encoding.name(), "AMR");
            assert_eq!(agreement.remote.to_string(), "192.0.2.10:5000");
            assert_eq!(heard, hears, "{direction}");
            let text = text.to_string();
            assert!(text.contains("m=audio 49154 RTP/AVP 97\r\n"), "{text}");
            assert!(text.contains(&format!("a={answered}\r\n")), "{text}");
        }
    }

    #[test]
    fn a_model_without_audio_has_no_call_of_sound() {
        let profile = Profile::named("nokia-6680").unwrap();
        let offer = format!("{HEAD}m=audio 5000 RTP/AVP 0\r\n");
        assert!(writer(&profile).voice_offer().is_none());
        assert!(writer(&profile).voice_answer(offer.as_bytes()).is_err());
    }
}
