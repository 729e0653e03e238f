//! R1.12, R1.15, R6.2, R6.11, R6.15: our own offers, and the answers to them.

use super::*;

fn offer_with(cap: u32, codecs: &[WebCodec]) -> Description {
    let end = PlainEnd {
        max_bits_per_second: cap,
        ..end()
    };
    plain_offer(end, Direction::SendOnly, codecs)
}

#[test]
fn an_offer_is_what_the_browser_and_the_operator_allow() {
    let h264 = [WebCodec::Vp8, offered_h264()];
    let later = "profile-level-id=42e00c;packetization-mode=1";
    let handsets = "profile-level-id=42900B;packetization-mode=1";
    let single = "profile-level-id=42900B;packetization-mode=0";
    for (rule, cap, codecs, bandwidth_lines, formats) in [
        (
            "R2.6 all of it",
            768_000,
            &h264[..],
            "b=AS:512 b=TIAS:384000",
            vec![
                (98, later),
                (99, handsets),
                (100, single),
                (96, "profile=0;level=45"),
                (97, "CIF=2;QCIF=2"),
                (34, "CIF=2;QCIF=2"),
            ],
        ),
        (
            "R1.8 a bearer of 128 kbit/s",
            128_000,
            &h264[..],
            "b=AS:170 b=TIAS:128000",
            vec![
                (99, handsets),
                (100, single),
                (96, "profile=0;level=45"),
                (97, "CIF=2;QCIF=2"),
                (34, "CIF=2;QCIF=2"),
            ],
        ),
        (
            "R1.8 a bearer of 64 kbit/s",
            64_000,
            &h264[..],
            "b=AS:85 b=TIAS:64000",
            vec![
                (99, handsets),
                (100, single),
                (96, "profile=0;level=10"),
                (97, "QCIF=2"),
                (34, "QCIF=2"),
            ],
        ),
        (
            "R6.11 a browser without H.264",
            768_000,
            &h264[..1],
            "b=AS:512 b=TIAS:384000",
            vec![
                (96, "profile=0;level=45"),
                (97, "CIF=2;QCIF=2"),
                (34, "CIF=2;QCIF=2"),
                (98, later),
            ],
        ),
        (
            "R6.11 the same at 64 kbit/s",
            64_000,
            &h264[..1],
            "b=AS:85 b=TIAS:64000",
            vec![
                (96, "profile=0;level=10"),
                (97, "QCIF=2"),
                (34, "QCIF=2"),
                (99, handsets),
            ],
        ),
    ] {
        let offer = offer_with(cap, codecs);
        let media = &offer.media[0];
        assert_eq!(media.protocol.name(), "RTP/AVP", "R6.2 {rule}");
        let rates: Vec<String> = media.bandwidth.iter().map(bandwidth::text).collect();
        assert_eq!(rates.join(" "), bandwidth_lines, "{rule}");
        let found: Vec<(u8, String)> = media
            .payload_types
            .iter()
            .map(|said| (said.number, said.parameters.to_string()))
            .collect();
        let expected: Vec<(u8, String)> = formats
            .into_iter()
            .map(|(number, text)| (number, text.to_owned()))
            .collect();
        assert_eq!(found, expected, "{rule}");
        assert!(
            offer.to_bytes().len() < 800,
            "R6.15 {rule}: {} bytes",
            offer.to_bytes().len()
        );
    }
}

#[test]
fn an_answer_is_read_by_meaning_and_never_exceeds_what_was_offered() {
    let h264 = "a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=";
    for (rule, cap, answer, expected) in [
        (
            "R6.8 the level lowered",
            768_000,
            format!("98\r\nb=AS:500\r\n{h264}42d00b;packetization-mode=1\r\n"),
            Some((98, 176, 128_000)),
        ),
        (
            "R6.8 the level as offered",
            768_000,
            format!("98\r\nb=AS:500\r\n{h264}42e00c;packetization-mode=1\r\n"),
            Some((98, 352, 384_000)),
        ),
        (
            "R6.8 a level above ours, within our b=",
            768_000,
            format!("98\r\nb=AS:9000\r\n{h264}42e01f;packetization-mode=1\r\n"),
            Some((98, 352, 384_000)),
        ),
        (
            "R6.4 the operator's cap",
            64_000,
            format!(
                "99\r\nb=AS:500\r\n{}42900B;packetization-mode=1\r\n",
                h264.replace("98", "99")
            ),
            Some((99, 176, 64_000)),
        ),
        (
            "R6.8 a profile of its own is taken as it is",
            768_000,
            format!("98\r\nb=AS:500\r\n{h264}42900B;packetization-mode=1\r\n"),
            Some((98, 176, 128_000)),
        ),
        (
            "R1.15 several codecs in an answer: the first that was offered",
            768_000,
            format!("31 34 98\r\n{h264}42900B;packetization-mode=1\r\n"),
            Some((34, 176, 64_000)),
        ),
        (
            "R6.6 CIF answered to CIF",
            768_000,
            "34\r\nb=AS:300\r\na=fmtp:34 CIF=2\r\n".to_owned(),
            Some((34, 352, 280_000)),
        ),
        (
            "R6.6 QCIF answered to CIF",
            768_000,
            "34\r\nb=AS:300\r\na=fmtp:34 QCIF=2\r\n".to_owned(),
            Some((34, 176, 280_000)),
        ),
        (
            "R1.19 the frame rate for a number",
            768_000,
            "96\r\na=rtpmap:96 H263-2000/90000\r\na=fmtp:15 profile=0;level=45\r\n".to_owned(),
            Some((96, 176, 128_000)),
        ),
        (
            "R1.14 the line refused",
            768_000,
            "34\r\n".to_owned() + "#0",
            None,
        ),
    ] {
        let port = if answer.ends_with("#0") { 0 } else { 49152 };
        let text = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\nm=video {port} RTP/AVP {}a=recvonly\r\n",
            answer.replace("#0", "")
        );
        let offer = offer_with(cap, &browser_codecs());
        let agreed = read_plain_answer(&offer, text.as_bytes());
        let found = agreed.as_ref().ok().map(|agreed| {
            let format = &agreed.format;
            (
                format.payload_type,
                format.limit.width,
                format.limit.bits_per_second,
            )
        });
        assert_eq!(found, expected, "{rule}");
        if expected.is_none() {
            assert_eq!(agreed.unwrap_err(), Reject::NoCommonCodec, "{rule}");
        }
    }
}

#[test]
fn every_line_of_an_offer_of_ours_has_its_reason() {
    let (offer, reasons) = explained_plain_offer(end(), Direction::SendOnly, &browser_codecs());
    for said in &offer.media[0].payload_types {
        let has_one = reasons.iter().any(|reason| {
            matches!(&reason.about, About::Format { payload_type, .. } if *payload_type == said.number)
        });
        assert!(has_one, "{}", said.number);
    }
}
