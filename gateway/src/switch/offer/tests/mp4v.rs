//! R6.9: MPEG-4 Visual of peers that offer nothing else.

use super::*;

/// Visual object sequence at level 0, visual object, and a layer of 176x144.
const CONFIG: &str = "000001B008000001B509000001000000012000845D4C282C2090A28F";

/// R6.9.
#[test]
fn mpeg_4_visual_is_read_by_its_level_and_its_headers() {
    for (rule, parameters, bandwidth, expected, answered, has_headers) in [
        (
            "R6.9 Simple, level 0",
            format!("profile-level-id=8;config={CONFIG}"),
            85,
            (176, 64_000),
            "profile-level-id=8",
            true,
        ),
        (
            "R6.9 Simple, level 0b",
            "profile-level-id=9".to_owned(),
            500,
            (176, 128_000),
            "profile-level-id=9",
            false,
        ),
        (
            "RFC 6416 §7.1 absent is 1",
            String::new(),
            500,
            (176, 64_000),
            "",
            false,
        ),
        (
            "R6.9 Simple, level 3",
            "profile-level-id=3;config=zz".to_owned(),
            1000,
            (352, 384_000),
            "profile-level-id=3",
            false,
        ),
        (
            "R6.9 an unknown level counts as 1",
            "profile-level-id=99".to_owned(),
            500,
            (176, 64_000),
            "profile-level-id=99",
            false,
        ),
    ] {
        let fmtp = match parameters.as_str() {
            "" => String::new(),
            parameters => format!("a=fmtp:96 {parameters}\r\n"),
        };
        let offer = handset("96", &format!("a=rtpmap:96 MP4V-ES/90000\r\n{fmtp}"));
        let text = String::from_utf8(offer.to_bytes()).unwrap();
        let text = text.replace("b=AS:85", &format!("b=AS:{bandwidth}"));
        let offer = Description::parse(text.as_bytes()).unwrap();
        let (answer, plan) =
            answer_plain(&offer, end(), WebCodec::Vp8, Direction::SendRecv).unwrap();
        let format = &plan.from_peer[0];
        assert_eq!(
            (format.limit.width, format.limit.bits_per_second),
            expected,
            "{rule}"
        );
        assert_eq!(
            answer.media[0].payload_types[0].parameters.to_string(),
            answered,
            "{rule}"
        );
        let payload::Format::Mp4v { configuration } = &format.payload else {
            panic!("{rule}: {format:?}");
        };
        assert_eq!(!configuration.is_empty(), has_headers, "{rule}");
    }
}

#[test]
fn mpeg_4_visual_comes_after_every_other_codec() {
    let lines = "a=rtpmap:96 MP4V-ES/90000\r\na=fmtp:96 profile-level-id=9\r\n\
        a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=42900B;packetization-mode=1\r\n";
    for (formats, expected) in [("96 34", 34), ("96 98", 98), ("96", 96)] {
        for web in [WebCodec::Vp8, offered_h264()] {
            let (answer, _) =
                answer_plain(&handset(formats, lines), end(), web, Direction::SendRecv).unwrap();
            assert_eq!(
                answer.media[0].payload_types[0].number, expected,
                "R6.9 {formats}"
            );
        }
    }
}
