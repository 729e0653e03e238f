//! RFC 3264, RFC 4867 §8: the audio line beside the video, of models that have one.

use std::net::SocketAddr;

use media::{
    payload::amr::{Alignment, Band, Config, ModeSet},
    payload::audio::AudioFormat,
};

use crate::{
    profile::{Audio, AudioCodec, AudioEncoding},
    sdp::{Description, Direction, Media, format_parameter},
};

/// What both sides agreed on for the sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioAgreement {
    /// Under the answerer's number: used in both directions.
    pub codec: AudioCodec,
    /// The peer's RTP address; RTCP is one port above.
    pub remote: SocketAddr,
}

impl AudioAgreement {
    pub fn format(&self) -> AudioFormat {
        let amr = |band| {
            AudioFormat::Amr(Config {
                band,
                alignment: match self.codec.octet_align {
                    true => Alignment::Octets,
                    false => Alignment::BandwidthEfficient,
                },
                modes: ModeSet::all(band),
                changes_every_other: false,
                changes_by_steps: false,
            })
        };
        match self.codec.encoding {
            AudioEncoding::Amr => amr(Band::Narrow),
            AudioEncoding::AmrWb => amr(Band::Wide),
            AudioEncoding::Pcmu => AudioFormat::Pcmu,
            AudioEncoding::Pcma => AudioFormat::Pcma,
        }
    }
}

/// Our line with these codecs.
pub fn line(codecs: &[AudioCodec], sends: bool, port: u16) -> Media {
    let direction = if sends { "sendrecv" } else { "recvonly" };
    let mut attributes = vec![direction.to_owned()];
    for codec in codecs {
        let (number, encoding) = (codec.payload_type, codec.encoding);
        attributes.push(format!(
            "rtpmap:{number} {}/{}",
            encoding.name(),
            encoding.clock_hz()
        ));
        if codec.octet_align {
            attributes.push(format!("fmtp:{number} octet-align=1"));
        }
    }
    Media {
        kind: "audio".to_owned(),
        port,
        protocol: "RTP/AVP".to_owned(),
        formats: codecs
            .iter()
            .map(|codec| codec.payload_type.to_string())
            .collect(),
        address: None,
        bandwidth: Vec::new(),
        attributes,
    }
}

/// Our answer to the audio line of an offer: where it stands, its line, what was agreed. None: there
/// is none, or nothing in it that the model knows.
pub fn answer(
    offer: &Description,
    audio: &Audio,
    port: u16,
) -> Option<(usize, Media, AudioAgreement)> {
    let at = offer.media.iter().position(is_audio)?;
    let agreement = agreed(offer, &offer.media[at], audio)?;
    let mut line = line(std::slice::from_ref(&agreement.codec), audio.sends, port);
    mirror(&mut line, offer.direction_of(&offer.media[at]));
    Some((at, line, agreement))
}

/// No more than the peer's own direction allows (RFC 3264 §6.1).
fn mirror(line: &mut Media, theirs: Direction) {
    let allowed = match theirs {
        Direction::SendReceive => return,
        Direction::SendOnly => "recvonly",
        Direction::ReceiveOnly => "sendonly",
        Direction::Inactive => "inactive",
    };
    if let Some(own) = line.attributes.first_mut() {
        allowed.clone_into(own);
    }
}

/// What the answer to our own line means; None: it was refused.
pub fn read_answer(answer: &Description, audio: &Audio) -> Option<AudioAgreement> {
    let line = answer.media.iter().find(|media| is_audio(media))?;
    agreed(answer, line, audio)
}

fn is_audio(media: &Media) -> bool {
    media.kind == "audio" && media.port != 0 && media.protocol == "RTP/AVP"
}

/// The model's own preference among what the line has, under the line's number.
fn agreed(description: &Description, line: &Media, audio: &Audio) -> Option<AudioAgreement> {
    let theirs: Vec<AudioCodec> = line
        .formats
        .iter()
        .filter_map(|format| codec_of(line, format.parse().ok()?))
        .collect();
    let codec = audio.codecs.iter().find_map(|own| {
        theirs
            .iter()
            .find(|codec| codec.encoding == own.encoding && codec.octet_align == own.octet_align)
    })?;
    let ip = description.address_of(line)?;
    Some(AudioAgreement {
        codec: codec.clone(),
        remote: SocketAddr::new(ip, line.port),
    })
}

fn codec_of(line: &Media, payload_type: u8) -> Option<AudioCodec> {
    let encoding = match (line.mapped("rtpmap", payload_type), payload_type) {
        (Some(map), _) => AudioEncoding::from_name(map.split('/').next()?)?,
        // RFC 3551 gives these numbers away, so they need no rtpmap.
        (None, 0) => AudioEncoding::Pcmu,
        (None, 8) => AudioEncoding::Pcma,
        (None, _) => return None,
    };
    let parameters = line.mapped("fmtp", payload_type);
    let aligned = parameters.and_then(|text| format_parameter(text, "octet-align"));
    Some(AudioCodec {
        encoding,
        payload_type,
        octet_align: aligned == Some("1"),
    })
}
