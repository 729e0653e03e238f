//! Audio lines (RFC 3551, RFC 4867 §8, RFC 7874): which is used, and what is offered and answered.
//!
//! Audio is a guest of a share: its line is refused by port 0 when nothing of it can be bridged, and
//! the share goes on. A call of audio alone is a voice call.

use media::payload::amr::{Alignment, Band, Config, ModeSet};
use media::payload::audio::AudioFormat;
use media::rtp::session::Silence;
use sip::sdp::{
    Bandwidth, Description, Direction, FormatParameters, Kind, Media, PayloadType, Protocol,
    offer_answer,
};

use super::format::is_plain;
use super::web::is_dtls;
use super::{PlainEnd, direction_of, video};
use crate::bridge::audio_format::{AudioPlan, AudioStream, Events};
use crate::bridge::ims_leg::RtcpTerms;
use crate::bridge::web_description::audio_of;
use crate::bridge::web_leg::WebAudio;

/// What a plain peer's answer settled of its audio line.
#[derive(Debug, Clone)]
pub struct AudioAgreement {
    pub plan: AudioPlan,
    /// The answerer's own direction.
    pub direction: Direction,
    pub stream: AudioStream,
}

/// The audio line of a description, if there is one in use.
pub fn audio(description: &Description) -> Option<&Media> {
    description.media.iter().find(|media| {
        media.kind == Kind::Audio && media.port != 0 && (is_plain(media) || is_dtls(media))
    })
}

/// The audio codecs of a browser's description that can be bridged, in its order.
pub fn web_audio(description: &Description) -> Vec<WebAudio> {
    let lines = audio(description).into_iter();
    let mut codecs: Vec<WebAudio> = Vec::new();
    for codec in lines
        .flat_map(|line| &line.payload_types)
        .filter_map(audio_of)
    {
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    codecs
}

/// The audio codecs to offer a browser for a plain peer's offer: the same G.711 first when the peer
/// has it, which then passes; nothing when nothing can be bridged.
pub fn web_audio_for_plain(offer: &Description) -> Vec<WebAudio> {
    let Some(line) = audio(offer) else {
        return Vec::new();
    };
    let usable: Vec<AudioFormat> = line.payload_types.iter().filter_map(format_of).collect();
    if usable.is_empty() {
        return Vec::new();
    }
    let mut codecs: Vec<WebAudio> = Vec::new();
    for format in usable {
        let same = same_on_web(format);
        codecs.extend(same.filter(|codec| !codecs.contains(codec)));
    }
    codecs.push(WebAudio::Opus);
    codecs
}

/// The codec to hold a browser to, for the sound of the plain peer: the same when it has it, else
/// Opus, which every browser has.
pub fn web_audio_for(format: AudioFormat, codecs: &[WebAudio]) -> Option<WebAudio> {
    let has = |wanted: &WebAudio| codecs.contains(wanted);
    let same = same_on_web(format).filter(has);
    same.or(Some(WebAudio::Opus).filter(has))
        .or_else(|| codecs.first().copied())
}

fn same_on_web(format: AudioFormat) -> Option<WebAudio> {
    match format {
        AudioFormat::Pcmu => Some(WebAudio::Pcmu),
        AudioFormat::Pcma => Some(WebAudio::Pcma),
        AudioFormat::Opus | AudioFormat::Amr(_) => None,
    }
}

/// Puts an audio line behind what an offer to a plain peer has: G.711, which passes to a browser,
/// then AMR-WB and AMR as handsets pack them.
pub fn add_audio_offer(offer: &mut Description, port: u16, direction: Direction) {
    let plain = |number, encoding, clock| PayloadType::new(number, encoding, clock, "");
    let payload_types = vec![
        plain(0, "PCMU", 8000),
        plain(8, "PCMA", 8000),
        plain(110, "AMR-WB", 16_000),
        plain(111, "AMR", 8000),
        PayloadType::new(112, "AMR", 8000, "octet-align=1"),
        PayloadType::new(101, "telephone-event", 8000, "0-15"),
    ];
    let line = Media {
        kind: Kind::Audio,
        bandwidth: as_line(AudioFormat::Pcmu),
        direction: Some(direction),
        ..Media::video(port, Protocol::RtpAvp, payload_types)
    };
    offer.media.push(line);
}

/// An offer of audio alone.
pub fn voice_offer(end: PlainEnd, port: u16, direction: Direction) -> Description {
    let mut offer = Description::new(end.session_id, 1, end.address);
    add_audio_offer(&mut offer, port, direction);
    offer
}

/// An answer that refuses every line, for those to be accepted that can be.
pub fn refusing_answer(offer: &Description, end: PlainEnd) -> Description {
    let mut answer = Description::new(end.session_id, 1, end.address);
    answer.media = offer.media.iter().map(offer_answer::refuse).collect();
    answer
}

/// Accepts a plain peer's audio line in an answer that refuses it; `None` when nothing of it can be
/// bridged, or its address is unknown, and then it stays refused.
pub fn answer_audio(
    offer: &Description,
    answer: &mut Description,
    port: u16,
    web: WebAudio,
    direction: Direction,
) -> Option<AudioPlan> {
    let line = audio(offer)?;
    let index = position(offer, line)?;
    let mut usable: Vec<(&PayloadType, AudioFormat)> = formats(line).collect();
    // The browser's own G.711 passes; else the peer's order stands (RFC 3264 §6.1).
    usable.sort_by_key(|(_, format)| same_on_web(*format) != Some(web));
    let (chosen, format) = usable.first().copied()?;
    let (theirs, ours) = (offer.address_of(line)?, answer.connection?);
    if theirs.is_ipv4() != ours.is_ipv4() {
        return None;
    }
    let said = PayloadType {
        parameters: answered_parameters(chosen),
        ..chosen.clone()
    };
    let keys = keys_of(line, chosen.clock_rate);
    let mut accepted = Media {
        bandwidth: as_line(format),
        frame_rate: None,
        ..offer_answer::accept(line, port, said, direction)
    };
    accepted.payload_types.extend(keys.cloned());
    *answer.media.get_mut(index)? = accepted;
    let stream = stream_of(line, chosen, format);
    let remote = offer_answer::destination(offer, line);
    Some(AudioPlan {
        remote,
        to_peer: (direction.sends() && remote.is_some()).then_some(stream),
        from_peer: vec![stream],
        silence: silence(offer),
        rtcp: RtcpTerms::default(),
    })
}

/// Reads the answer to the audio line of our offer; `None` when it is refused.
pub fn read_audio_answer(offer: &Description, body: &[u8]) -> Option<AudioAgreement> {
    let answer = Description::parse(body).ok()?;
    let ours = audio(offer)?;
    let index = position(offer, ours)?;
    let line = answer.media.get(index)?;
    if line.kind != Kind::Audio || line.port == 0 {
        return None;
    }
    let offered: Vec<(&PayloadType, AudioFormat)> = formats(ours).collect();
    let same = |format: AudioFormat| {
        let packed = offered.iter();
        packed
            .clone()
            .find(|(_, ours)| packed_alike(*ours, format))
            .map(|(number, _)| *number)
    };
    let (chosen, format) = formats(line).find(|(_, format)| same(*format).is_some())?;
    let stream = stream_of(line, chosen, format);
    let direction = direction_of(&answer, line);
    let mut from_peer = vec![stream];
    // Some answer with one number and send with the other.
    if let Some(ours) = same(format).filter(|ours| ours.number != chosen.number) {
        from_peer.push(AudioStream {
            payload_type: ours.number,
            ..stream
        });
    }
    let plan = AudioPlan {
        remote: offer_answer::destination(&answer, line),
        to_peer: direction.receives().then_some(stream),
        from_peer,
        silence: silence(offer),
        rtcp: RtcpTerms::default(),
    };
    Some(AudioAgreement {
        plan,
        direction,
        stream,
    })
}

/// Beside video it is video that tells whether the peer is there: many handsets are silent in a share.
fn silence(offer: &Description) -> Silence {
    match video(offer) {
        Some(_) => Silence::IsExpected,
        None => Silence::IsTheEnd,
    }
}

fn position(description: &Description, line: &Media) -> Option<usize> {
    let mut lines = description.media.iter();
    lines.position(|media| std::ptr::eq(media, line))
}

fn formats(line: &Media) -> impl Iterator<Item = (&PayloadType, AudioFormat)> {
    line.payload_types
        .iter()
        .filter_map(|payload_type| Some((payload_type, format_of(payload_type)?)))
}

/// Whether packets of these two can be read by either.
fn packed_alike(ours: AudioFormat, theirs: AudioFormat) -> bool {
    match (ours, theirs) {
        (AudioFormat::Amr(ours), AudioFormat::Amr(theirs)) => {
            ours.band == theirs.band && ours.alignment == theirs.alignment
        }
        (ours, theirs) => ours == theirs,
    }
}

fn stream_of(line: &Media, chosen: &PayloadType, format: AudioFormat) -> AudioStream {
    let keys = keys_of(line, chosen.clock_rate);
    AudioStream {
        format,
        payload_type: chosen.number,
        events: keys.map(|keys| Events {
            payload_type: keys.number,
            clock_hz: keys.clock_rate,
        }),
    }
}

/// The payload type of keys at that clock (RFC 4733 §2.1).
fn keys_of(line: &Media, clock_rate: u32) -> Option<&PayloadType> {
    line.payload_types
        .iter()
        .find(|of| of.is("telephone-event") && of.clock_rate == clock_rate)
}

/// What a payload type of a plain peer stands for; nothing of what we don't speak.
fn format_of(payload_type: &PayloadType) -> Option<AudioFormat> {
    let is = |name, clock| payload_type.is(name) && payload_type.clock_rate == clock;
    if payload_type.channels.is_some_and(|channels| channels > 1) {
        return None;
    }
    if is("PCMU", 8000) {
        Some(AudioFormat::Pcmu)
    } else if is("PCMA", 8000) {
        Some(AudioFormat::Pcma)
    } else if is("AMR", 8000) {
        amr_of(&payload_type.parameters, Band::Narrow).map(AudioFormat::Amr)
    } else if is("AMR-WB", 16_000) {
        amr_of(&payload_type.parameters, Band::Wide).map(AudioFormat::Amr)
    } else {
        None
    }
}

/// The parameters of RFC 4867 §8.1. Interleaving, CRCs and robust sorting are not spoken.
fn amr_of(parameters: &FormatParameters, band: Band) -> Option<Config> {
    let is_on = |name| parameters.get(name).is_some_and(|value| value != "0");
    if is_on("crc") || is_on("robust-sorting") || parameters.get("interleaving").is_some() {
        return None;
    }
    let modes = match parameters.get("mode-set") {
        Some(text) => {
            let modes = text.split(',').filter_map(|mode| mode.trim().parse().ok());
            ModeSet::of(band, modes)?
        }
        None => ModeSet::all(band),
    };
    Some(Config {
        band,
        alignment: match is_on("octet-align") {
            true => Alignment::Octets,
            false => Alignment::BandwidthEfficient,
        },
        modes,
        changes_every_other: parameters.get("mode-change-period") == Some("2"),
        changes_by_steps: is_on("mode-change-neighbor"),
    })
}

/// What an answer repeats of an offer's parameters (RFC 4867 §8.3.1); the rest is each side's own.
fn answered_parameters(chosen: &PayloadType) -> FormatParameters {
    const REPEATED: [&str; 2] = ["octet-align", "mode-set"];
    let all = chosen.parameters.0.iter();
    let repeated = all.filter(|(name, _)| {
        let name = name.to_ascii_lowercase();
        REPEATED.contains(&name.as_str())
    });
    FormatParameters(repeated.cloned().collect())
}

/// `b=AS` with headers, as 3GPP TS 26.114 annex K has it for IPv4.
fn as_line(format: AudioFormat) -> Vec<Bandwidth> {
    let kilobits_per_second = match format {
        AudioFormat::Amr(Config {
            band: Band::Narrow, ..
        }) => 30,
        AudioFormat::Amr(Config {
            band: Band::Wide, ..
        }) => 41,
        AudioFormat::Opus | AudioFormat::Pcmu | AudioFormat::Pcma => 80,
    };
    vec![Bandwidth::ApplicationSpecific {
        kilobits_per_second,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(formats: &str, lines: &str) -> Description {
        let text = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n\
             m=audio 49160 RTP/AVP {formats}\r\n{lines}"
        );
        Description::parse(text.as_bytes()).unwrap()
    }

    fn end() -> PlainEnd {
        PlainEnd {
            address: "192.0.2.1".parse().unwrap(),
            rtp_port: 30000,
            session_id: 7,
            max_bits_per_second: 768_000,
        }
    }

    #[test]
    fn amr_is_answered_as_it_was_offered_and_what_we_do_not_speak_is_passed_over() {
        let offer = plain(
            "96 97 98 101",
            "a=rtpmap:96 AMR/8000\r\na=fmtp:96 octet-align=1;crc=1\r\n\
             a=rtpmap:97 AMR/8000/2\r\n\
             a=rtpmap:98 AMR/8000/1\r\na=fmtp:98 octet-align=1; mode-set=0,2,4,7; mode-change-period=2; mode-change-neighbor=1\r\n\
             a=rtpmap:101 telephone-event/8000\r\n",
        );
        let mut answer = refusing_answer(&offer, end());
        let both = Direction::SendRecv;
        let plan = answer_audio(&offer, &mut answer, 30010, WebAudio::Opus, both).unwrap();
        let text = String::from_utf8(answer.to_bytes()).unwrap();
        assert!(text.contains("m=audio 30010 RTP/AVP 98 101\r\n"), "{text}");
        assert!(text.contains("octet-align=1;mode-set=0,2,4,7"), "{text}");
        assert!(text.contains("b=AS:30"), "{text}");
        let stream = plan.to_peer.unwrap();
        let AudioFormat::Amr(config) = stream.format else {
            panic!("{stream:?}");
        };
        assert_eq!(config.alignment, Alignment::Octets);
        assert_eq!(config.modes.iter().collect::<Vec<_>>(), [0, 2, 4, 7]);
        assert!(config.changes_every_other && config.changes_by_steps);
        assert_eq!(stream.events.unwrap().payload_type, 101);
    }

    #[test]
    fn the_browsers_g711_passes_and_else_the_peers_order_stands() {
        let lines = "a=rtpmap:100 AMR-WB/16000\r\na=rtpmap:97 AMR/8000\r\n";
        let offer = plain("100 97 0", lines);
        for (web, number) in [
            (WebAudio::Pcmu, 0),
            (WebAudio::Opus, 100),
            (WebAudio::Pcma, 100),
        ] {
            let mut answer = refusing_answer(&offer, end());
            let both = Direction::SendRecv;
            let plan = answer_audio(&offer, &mut answer, 30010, web, both).unwrap();
            assert_eq!(plan.to_peer.unwrap().payload_type, number);
        }
        assert_eq!(
            web_audio_for_plain(&offer),
            [WebAudio::Pcmu, WebAudio::Opus]
        );
        assert_eq!(web_audio_for_plain(&plain("18", "")), []);
    }

    #[test]
    fn an_answer_to_our_line_is_read_by_meaning_and_both_numbers_are_taken() {
        let offer = voice_offer(end(), 30010, Direction::SendRecv);
        for (formats, lines, numbers) in [
            ("111", "a=rtpmap:111 AMR/8000\r\n", vec![111]),
            (
                "96",
                "a=rtpmap:96 AMR/8000\r\na=fmtp:96 octet-align=1\r\n",
                vec![96, 112],
            ),
            ("8", "", vec![8]),
            (
                "110 101",
                "a=rtpmap:110 AMR-WB/16000\r\na=rtpmap:101 telephone-event/8000\r\n",
                vec![110],
            ),
        ] {
            let body = plain(formats, lines).to_bytes();
            let agreement = read_audio_answer(&offer, &body).expect(formats);
            let taken = agreement
                .plan
                .from_peer
                .iter()
                .map(|stream| stream.payload_type);
            assert_eq!(taken.collect::<Vec<_>>(), numbers, "{formats}");
        }
        let refused = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n\
             m=audio 0 RTP/AVP 0\r\n";
        assert!(read_audio_answer(&offer, refused.as_bytes()).is_none());
    }
}
