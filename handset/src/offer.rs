//! RFC 3264: offers and answers of a one-way video share, as Video Share handsets write them. The
//! offer is `sendonly`; the answer is `recvonly`, names exactly one codec and carries a `b=` line at
//! the level where the offer had its own, because the handsets of the time insist on both. Who was told
//! to may answer an offer of both ways by `sendrecv`.

mod voice;

use std::net::{IpAddr, SocketAddr};

use media::rtp::orientation::VIDEO_ORIENTATION;

use crate::{
    audio::{self, AudioAgreement},
    profile::{Codec, Encoding, Profile},
    sdp::{Description, Direction, Media, format_parameter},
};

pub use voice::read_voice_answer;

/// What both sides agreed on for the one video stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    pub encoding: Encoding,
    /// The answerer's number: used in both directions.
    pub payload_type: u8,
    pub parameters: Option<String>,
    /// The peer's RTP address; RTCP is one port above.
    pub remote: SocketAddr,
    /// Whoever answered shows pictures too.
    pub both_ways: bool,
    /// None: the call has no sound.
    pub audio: Option<AudioAgreement>,
}

/// Why a description leads to no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the description cannot be read")]
    Unreadable,
    #[error("no video comes with the offer")]
    NoVideo,
    #[error("no codec in common")]
    NoCommonCodec,
}

/// Our side of a description.
pub struct Writer<'a> {
    pub profile: &'a Profile,
    pub address: IpAddr,
    /// Even; RTCP is one above, the two of audio follow.
    pub rtp_port: u16,
    /// The `o=` line's session id; its version is 1.
    pub session: u64,
    /// Whoever wants to see something too is shown something.
    pub both_ways: bool,
}

impl Writer<'_> {
    /// What we would show: all our codecs in order, `sendonly`.
    pub fn offer(&self) -> Description {
        let mut media = self.video(&self.profile.codecs.iter().collect::<Vec<_>>());
        media.attributes.insert(0, "sendonly".to_owned());
        if self.profile.session.frame_attributes {
            let video = &self.profile.video;
            media
                .attributes
                .push(format!("framerate:{}", video.frames_per_second));
            let sizes = self.profile.codecs.iter().map(|codec| {
                format!(
                    "framesize:{} {}-{}",
                    codec.payload_type, video.width, video.height
                )
            });
            media.attributes.extend(sizes);
        }
        let orientation = self.profile.session.orientation;
        media.attributes.extend(orientation.map(extension));
        media.bandwidth.push(self.bandwidth());
        let audio = self.profile.audio.as_ref();
        let audio = audio.map(|own| audio::line(&own.codecs, own.sends, self.audio_port()));
        self.description(std::iter::once(media).chain(audio).collect())
    }

    /// What an OPTIONS learns: all codecs, port 0 (RFC 3264 §9).
    pub fn capabilities(&self) -> Description {
        let mut media = self.video(&self.profile.codecs.iter().collect::<Vec<_>>());
        media.port = 0;
        self.description(vec![media])
    }

    /// The answer to a peer's offer, and what was agreed.
    pub fn answer(&self, offer: &[u8]) -> Result<(Description, Agreement), Refusal> {
        let offer = Description::read(offer).map_err(|_| Refusal::Unreadable)?;
        let at = offer
            .media
            .iter()
            .position(|media| brings_video(&offer, media));
        let at = at.ok_or(Refusal::NoVideo)?;
        let offered = &offer.media[at];
        let chosen = choose(offered, self.profile).ok_or(Refusal::NoCommonCodec)?;
        let ip = offer.address_of(offered).ok_or(Refusal::Unreadable)?;
        let mut media = self.video(&[&chosen]);
        let both_ways = self.both_ways && offer.direction_of(offered) == Direction::SendReceive;
        let direction = if both_ways { "sendrecv" } else { "recvonly" };
        media.attributes.insert(0, direction.to_owned());
        // Who knows it repeats the number it is offered (R1.18).
        let orientation = self
            .profile
            .session
            .orientation
            .and(offered_extension(offered));
        media.attributes.extend(orientation.map(extension));
        media.attributes.extend(readiness(offered));
        let mut description = self.description(Vec::new());
        // Mirrored where the offer had it; some models ignore the session's (so the media's it is
        // when there was none).
        if offered.bandwidth.is_empty() && !offer.bandwidth.is_empty() {
            description.bandwidth.push(self.bandwidth());
        } else {
            media.bandwidth.push(self.bandwidth());
        }
        // Every stream of the offer is answered, all but the one with port 0 (RFC 3264 §6).
        description.media = offer.media.iter().map(refused).collect();
        description.media[at] = media;
        let audio = self.profile.audio.as_ref();
        let audio = audio.and_then(|own| audio::answer(&offer, own, self.audio_port()));
        let audio = audio.map(|(at, line, agreement)| {
            description.media[at] = line;
            agreement
        });
        let agreement = Agreement {
            encoding: chosen.encoding,
            payload_type: chosen.payload_type,
            parameters: chosen.parameters,
            remote: SocketAddr::new(ip, offered.port),
            both_ways,
            audio,
        };
        Ok((description, agreement))
    }

    /// Of the four ports of a call the third.
    fn audio_port(&self) -> u16 {
        self.rtp_port.saturating_add(2)
    }

    fn bandwidth(&self) -> String {
        format!("AS:{}", self.profile.video.bandwidth_kilobits)
    }

    fn description(&self, media: Vec<Media>) -> Description {
        Description {
            origin: ("-".to_owned(), self.session, 1),
            address: Some(self.address),
            bandwidth: Vec::new(),
            attributes: self.profile.session.attributes.clone(),
            media,
        }
    }

    fn video(&self, codecs: &[&Codec]) -> Media {
        let mut attributes = Vec::new();
        for codec in codecs {
            let Codec {
                encoding,
                payload_type,
                parameters,
            } = codec;
            attributes.push(format!("rtpmap:{payload_type} {}/90000", encoding.name()));
            attributes.extend(
                parameters
                    .iter()
                    .map(|text| format!("fmtp:{payload_type} {text}")),
            );
        }
        Media {
            kind: "video".to_owned(),
            port: self.rtp_port,
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
}

/// What the peer's answer to our offer means for us, who send.
pub fn read_answer(answer: &[u8], profile: &Profile) -> Result<Agreement, Refusal> {
    let answer = Description::read(answer).map_err(|_| Refusal::Unreadable)?;
    let media = answer
        .media
        .iter()
        .find(|media| media.kind == "video" && media.port != 0);
    let media = media.ok_or(Refusal::NoVideo)?;
    if matches!(
        answer.direction_of(media),
        Direction::SendOnly | Direction::Inactive
    ) {
        return Err(Refusal::NoVideo);
    }
    // The first format of the answer is the one to use (RFC 3264 §7).
    let codec = formats(media)
        .into_iter()
        .find(|codec| accepts(profile, codec));
    let codec = codec.ok_or(Refusal::NoCommonCodec)?;
    let ip = answer.address_of(media).ok_or(Refusal::Unreadable)?;
    Ok(Agreement {
        encoding: codec.encoding,
        payload_type: codec.payload_type,
        parameters: codec.parameters,
        remote: SocketAddr::new(ip, media.port),
        both_ways: false,
        audio: profile
            .audio
            .as_ref()
            .and_then(|own| audio::read_answer(&answer, own)),
    })
}

/// The `a=extmap` of a picture's orientation, as 3GPP TS 26.114 §7.4.5 names it.
fn extension(id: u8) -> String {
    format!("extmap:{id} {VIDEO_ORIENTATION}")
}

fn offered_extension(offered: &Media) -> Option<u8> {
    offered.attributes.iter().find_map(|line| {
        let (number, name) = line.strip_prefix("extmap:")?.split_once(' ')?;
        let number = number.split('/').next()?.parse().ok()?;
        (name.trim() == VIDEO_ORIENTATION).then_some(number)
    })
}

/// What is said to an offer with preconditions (RFC 3312 §5): a handset here is ready at once, and the
/// other side is as it says.
fn readiness(offered: &Media) -> Vec<String> {
    let mut lines = offered.attributes.iter();
    let theirs = lines.find_map(|line| line.strip_prefix("curr:qos local "));
    let Some(theirs) = theirs else {
        return Vec::new();
    };
    vec![
        "curr:qos local sendrecv".to_owned(),
        format!("curr:qos remote {theirs}"),
        "des:qos mandatory local sendrecv".to_owned(),
        "des:qos mandatory remote sendrecv".to_owned(),
    ]
}

/// The codecs of all video lines of a description, each line's own.
pub fn encodings(description: &Description) -> Vec<Encoding> {
    let lines = description
        .media
        .iter()
        .filter(|media| media.kind == "video");
    lines
        .flat_map(formats)
        .map(|codec| codec.encoding)
        .collect()
}

fn brings_video(offer: &Description, media: &Media) -> bool {
    let direction = offer.direction_of(media);
    media.kind == "video"
        && media.port != 0
        && media.protocol == "RTP/AVP"
        && matches!(direction, Direction::SendOnly | Direction::SendReceive)
}

fn refused(media: &Media) -> Media {
    Media {
        port: 0,
        address: None,
        bandwidth: Vec::new(),
        attributes: Vec::new(),
        ..media.clone()
    }
}

/// A receiver's choice: H.264 non-interleaved, H.264 single NAL unit, H263-2000, H263-1998, H263;
/// of those only what the model has. Our own parameters go back, under the offer's number.
fn choose(offered: &Media, profile: &Profile) -> Option<Codec> {
    let candidates = formats(offered);
    let mut ours: Vec<&Codec> = profile.codecs.iter().collect();
    ours.sort_by_key(|codec| preference(codec));
    ours.into_iter().find_map(|own| {
        let found = candidates.iter().find(|codec| same_format(own, codec))?;
        Some(Codec {
            payload_type: found.payload_type,
            ..own.clone()
        })
    })
}

fn preference(codec: &Codec) -> u8 {
    match codec.encoding {
        Encoding::H264 => 1 - packetization_mode(codec),
        Encoding::H263v2000 => 2,
        Encoding::H263v1998 => 3,
        Encoding::H263 => 4,
    }
}

fn accepts(profile: &Profile, codec: &Codec) -> bool {
    profile.codecs.iter().any(|own| same_format(own, codec))
}

fn same_format(own: &Codec, other: &Codec) -> bool {
    own.encoding == other.encoding && packetization_mode(own) == packetization_mode(other)
}

/// 0 or 1; for H.263 always 0. Interleaved mode 2 is nobody's here and reads as 1's opposite: 0.
pub fn packetization_mode(codec: &Codec) -> u8 {
    mode_of(codec.parameters.as_deref())
}

/// The same of a bare `a=fmtp` value.
pub fn mode_of(parameters: Option<&str>) -> u8 {
    let mode = parameters.and_then(|text| format_parameter(text, "packetization-mode"));
    u8::from(mode == Some("1"))
}

/// The formats of a stream that a handset could know, in order.
fn formats(media: &Media) -> Vec<Codec> {
    let numbers = media
        .formats
        .iter()
        .filter_map(|format| format.parse::<u8>().ok());
    let mut codecs: Vec<Codec> = numbers
        .filter_map(|payload_type| {
            let encoding = match media.mapped("rtpmap", payload_type) {
                Some(map) => Encoding::from_name(map.split('/').next()?)?,
                // RFC 3551 gives 34 to H.263, so it needs no rtpmap.
                None if payload_type == 34 => Encoding::H263,
                None => return None,
            };
            let parameters = media.mapped("fmtp", payload_type).map(str::to_owned);
            Some(Codec {
                encoding,
                payload_type,
                parameters,
            })
        })
        .filter(|codec| {
            let mode = codec
                .parameters
                .as_deref()
                .and_then(|text| format_parameter(text, "packetization-mode"));
            matches!(mode, None | Some("0" | "1"))
        })
        .collect();
    // A known client writes the frame rate where the number belongs: with one codec, it is its.
    if let [only] = codecs.as_mut_slice()
        && only.parameters.is_none()
    {
        only.parameters = media.all_parameters().next().map(str::to_owned);
    }
    codecs
}

#[cfg(test)]
mod tests;
