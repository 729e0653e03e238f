use media::payload;
use media::payload::h264::PacketizationMode;
use sip::sdp::{Description, Direction, offer_answer};

use super::*;
use crate::bridge::web_leg::{PictureLimit, WebCodec};
use crate::bridge::{Flows, Side, format};

mod corpus;
mod explain;
mod h263;
mod h264;
mod lines;
mod mp4v;
mod offers;

const BROWSER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 109 108\r\n\
c=IN IP4 0.0.0.0\r\n\
a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
a=rtpmap:103 H264/90000\r\na=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n\
a=rtpmap:104 H264/90000\r\na=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n\
a=rtpmap:109 H264/90000\r\na=fmtp:109 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n\
a=rtpmap:108 H264/90000\r\na=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f\r\n\
a=sendonly\r\n";

fn end() -> PlainEnd {
    PlainEnd {
        address: "192.0.2.1".parse().unwrap(),
        rtp_port: 30000,
        session_id: 7,
        max_bits_per_second: 768_000,
    }
}

fn browser_codecs() -> Vec<WebCodec> {
    web_codecs(&Description::parse(BROWSER.as_bytes()).unwrap())
}

fn handset(formats: &str, lines: &str) -> Description {
    let text = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n\
         m=video 49152 RTP/AVP {formats}\r\nb=AS:85\r\n{lines}"
    );
    Description::parse(text.as_bytes()).unwrap()
}

/// The cells of a row of a table in text.
fn columns<const N: usize>(row: &str) -> [&str; N] {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    cells.try_into().unwrap_or_else(|cells| panic!("{cells:?}"))
}

/// The same description with another `b=AS`; 0 for none.
fn at_rate(description: &Description, kilobits: &str) -> Description {
    let text = String::from_utf8(description.to_bytes()).unwrap();
    let line = match kilobits {
        "0" => String::new(),
        kilobits => format!("b=AS:{kilobits}\r\n"),
    };
    Description::parse(text.replace("b=AS:85\r\n", &line).as_bytes()).unwrap()
}

fn shown(limit: PictureLimit) -> String {
    let PictureLimit {
        width,
        height,
        frames_per_second,
        bits_per_second,
    } = limit;
    format!("{width}x{height} {frames_per_second} {bits_per_second}")
}

fn answer(formats: &str, lines: &str) -> Result<PlainAgreement, Reject> {
    let offer = plain_offer(end(), Direction::SendOnly, &browser_codecs());
    read_plain_answer(&offer, &handset(formats, lines).to_bytes())
}

#[test]
fn a_browsers_h264_is_baseline_only_and_constrained_first() {
    let codecs = browser_codecs();
    assert_eq!(codecs.len(), 4, "{codecs:?}");
    assert_eq!(
        web_h264(&codecs, PacketizationMode::NonInterleaved),
        Some(WebCodec::H264 {
            mode: PacketizationMode::NonInterleaved,
            profile_level_id: 0x42_e01f
        })
    );
}

/// R6.15.
#[test]
fn the_offer_to_a_handset_is_small_and_has_nothing_of_the_browser() {
    let offer = plain_offer(end(), Direction::SendOnly, &browser_codecs());
    let text = String::from_utf8(offer.to_bytes()).unwrap();
    assert!(text.len() < 700, "{} bytes\n{text}", text.len());
    for word in [
        "group",
        "mid",
        "msid",
        "ssrc",
        "ice-",
        "candidate",
        "fingerprint",
        "rtcp-fb",
    ] {
        assert!(!text.contains(&format!("a={word}")), "{word} in\n{text}");
    }
    assert!(
        text.contains("m=video 30000 RTP/AVP 98 99 100 96 97 34\r\n"),
        "{text}"
    );
    assert!(text.contains("b=AS:512\r\nb=TIAS:384000\r\n"), "{text}");
    assert!(text.contains("a=sendonly\r\n"), "{text}");
}

#[test]
fn a_silent_audio_line_follows_the_video_and_may_be_answered_or_refused() {
    let offer = plain_offer(end(), Direction::SendOnly, &[WebCodec::Vp8]);
    let offer = with_silent_audio(&offer);
    let text = String::from_utf8(offer.to_bytes()).unwrap();
    assert!(
        text.contains("m=audio 9 RTP/AVP 0\r\n") && text.contains("a=inactive"),
        "{text}"
    );
    for audio in [
        "m=audio 20000 RTP/AVP 0\r\na=inactive\r\n",
        "m=audio 0 RTP/AVP 0\r\n",
    ] {
        let answer = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n\
             m=video 49152 RTP/AVP 34\r\na=recvonly\r\n{audio}"
        );
        let agreed = read_plain_answer(&offer, answer.as_bytes()).unwrap();
        assert_eq!(agreed.format.payload, payload::Format::H263);
    }
}

#[test]
fn a_browser_without_h264_makes_an_offer_of_h263_first_and_of_h264_transcoded() {
    let offer = plain_offer(end(), Direction::SendOnly, &[WebCodec::Vp8]);
    let numbers: Vec<u8> = offer.media[0]
        .payload_types
        .iter()
        .map(|pt| pt.number)
        .collect();
    assert_eq!(numbers, [96, 97, 34, 98]);
}

#[test]
fn a_handsets_answer_settles_codec_address_and_limit() {
    let h263 = answer(
        "96",
        "a=rtpmap:96 H263-2000/90000\r\na=fmtp:96 profile=0;level=10\r\na=recvonly\r\n",
    )
    .unwrap();
    assert_eq!(h263.format.payload, payload::Format::H263Plus);
    assert_eq!(
        (h263.format.limit.width, h263.format.limit.height),
        (176, 144)
    );
    assert_eq!(h263.format.limit.bits_per_second, 64_000);
    assert_eq!(h263.plan.remote.unwrap().rtp_port, 49152);
    assert_eq!(
        web_codec_for(&h263.format, &browser_codecs()),
        Ok(WebCodec::Vp8)
    );

    let h264 = answer("98", "a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=42900B;packetization-mode=1\r\na=recvonly\r\n").unwrap();
    assert_eq!(
        h264.format.payload,
        format::h264(PacketizationMode::NonInterleaved)
    );
    assert_eq!(h264.format.limit.bits_per_second, 78_960);
    assert_eq!(
        web_codec_for(&h264.format, &browser_codecs()),
        Ok(web_h264(&browser_codecs(), PacketizationMode::NonInterleaved).unwrap())
    );

    let plain = answer("34", "a=recvonly\r\n").unwrap();
    assert_eq!(plain.format.payload, payload::Format::H263);
}

/// R1.12.
#[test]
fn an_answer_under_another_number_is_taken_with_both() {
    let agreement = answer(
        "104",
        "a=rtpmap:104 H264/90000\r\na=fmtp:104 packetization-mode=1;profile-level-id=42801f\r\n",
    )
    .unwrap();
    let numbers: Vec<u8> = agreement
        .plan
        .from_peer
        .iter()
        .map(|f| f.payload_type)
        .collect();
    assert_eq!(numbers, [104, 98]);
    // The level allows VGA, b=AS:85 does not.
    assert_eq!(agreement.format.limit.width, 176);
}

#[test]
fn answers_that_cannot_be_used_are_refused_with_a_reason() {
    assert_eq!(
        answer("97", "a=rtpmap:97 VP8/90000\r\n").unwrap_err(),
        Reject::Answer(offer_answer::AnswerError::NoCommonPayloadType { line: 0 })
    );
    let offer = plain_offer(end(), Direction::SendOnly, &browser_codecs());
    assert!(matches!(
        read_plain_answer(&offer, b"hello"),
        Err(Reject::Description(_))
    ));
}

/// R1.15.
#[test]
fn a_handsets_offer_is_answered_with_one_codec_by_rank() {
    let both = handset(
        "96 98 34",
        "a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=42900B;packetization-mode=1\r\n\
         a=rtpmap:96 H263-2000/90000\r\na=fmtp:96 profile=0; level=45\r\na=sendonly\r\n",
    );
    assert_eq!(
        web_codecs_for_plain(&both),
        Ok(vec![offered_h264(), WebCodec::Vp8])
    );
    for (web, expected) in [(offered_h264(), 98), (WebCodec::Vp8, 96)] {
        let (answer, plan) = answer_plain(&both, end(), web, Direction::RecvOnly).unwrap();
        let numbers: Vec<u8> = answer.media[0]
            .payload_types
            .iter()
            .map(|pt| pt.number)
            .collect();
        assert_eq!(numbers, [expected]);
        assert_eq!(answer.media[0].direction, Some(Direction::RecvOnly));
        assert_eq!(answer.media[0].bandwidth.len(), 1);
        assert!(plan.to_peer.is_none());
        offer_answer::check_answer(&both, &answer).unwrap();
    }
}

#[test]
fn further_lines_of_an_offer_are_refused_by_port_zero() {
    let text = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nb=AS:100\r\nt=0 0\r\n\
        m=audio 40000 RTP/AVP 0\r\nm=video 49152 RTP/AVP 34\r\nm=video 49160 RTP/AVP 34\r\n";
    let offer = Description::parse(text.as_bytes()).unwrap();
    let (answer, _) = answer_plain(&offer, end(), WebCodec::Vp8, Direction::RecvOnly).unwrap();
    let ports: Vec<u16> = answer.media.iter().map(|media| media.port).collect();
    assert_eq!(ports, [0, 30000, 0]);
    assert_eq!(answer.bandwidth.len(), 1, "b= at the offer's level");
}

#[test]
fn flows_follow_what_both_ends_say() {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    for (caller, callee, expected) in [
        (SendOnly, RecvOnly, Flows::From(Side::Caller)),
        (SendRecv, SendRecv, Flows::BothWays),
        (SendRecv, RecvOnly, Flows::From(Side::Caller)),
        (RecvOnly, SendOnly, Flows::From(Side::Callee)),
        (SendOnly, Inactive, Flows::Neither),
    ] {
        assert_eq!(flows(caller, callee), expected, "{caller:?} {callee:?}");
    }
}

#[test]
fn a_browsers_offer_is_known_by_its_protocol_whoever_hands_it_on() {
    for (protocol, expected) in [
        ("UDP/TLS/RTP/SAVPF", true),
        ("RTP/AVP", false),
        ("RTP/AVPF", false),
        ("RTP/SAVP", false),
    ] {
        let text = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nt=0 0\r\nm=video 9 {protocol} 96\r\n\
             c=IN IP4 192.0.2.20\r\na=rtpmap:96 VP8/90000\r\n"
        );
        let offer = Description::parse(text.as_bytes()).unwrap();
        assert_eq!(is_webrtc(&offer), expected, "{protocol}");
    }
}

#[test]
fn an_address_of_zeros_is_hold_unless_ice_finds_the_way() {
    for (ice, expected) in [
        ("", Direction::Inactive),
        (
            "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n",
            Direction::RecvOnly,
        ),
    ] {
        let text = format!(
            "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
             m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\n\
             a=rtpmap:96 VP8/90000\r\n{ice}a=recvonly\r\n"
        );
        let description = Description::parse(text.as_bytes()).unwrap();
        let video = video(&description).unwrap();
        assert_eq!(direction_of(&description, video), expected);
    }
}
