//! R1.12, R1.15, R6.2, R6.11, R6.15: our own offers, and the answers to them.

use super::*;

fn offer_with(cap: u32, codecs: &[WebCodec]) -> Description {
    let end = PlainEnd {
        max_bits_per_second: cap,
        ..end()
    };
    plain_offer(end, Direction::SendOnly, codecs)
}

/// Rule, operator's cap, whether the browser has H.264, `b=` lines, formats with their parameters.
const OFFERS: &str = "\
R2.6 all of it | 768000 | H264 | b=AS:512 b=TIAS:384000 | 98 profile-level-id=42e00c;packetization-mode=1, 99 profile-level-id=42900B;packetization-mode=1, 100 profile-level-id=42900B;packetization-mode=0, 96 profile=0;level=45, 97 CIF=2;QCIF=2, 34 CIF=2;QCIF=2
R1.8 a bearer of 128 kbit/s | 128000 | H264 | b=AS:170 b=TIAS:128000 | 99 profile-level-id=42900B;packetization-mode=1, 100 profile-level-id=42900B;packetization-mode=0, 96 profile=0;level=45, 97 CIF=2;QCIF=2, 34 CIF=2;QCIF=2
R1.8 a bearer of 64 kbit/s | 64000 | H264 | b=AS:85 b=TIAS:64000 | 99 profile-level-id=42900B;packetization-mode=1, 100 profile-level-id=42900B;packetization-mode=0, 96 profile=0;level=10, 97 QCIF=2, 34 QCIF=2
R6.11 a browser without H.264 | 768000 | | b=AS:512 b=TIAS:384000 | 96 profile=0;level=45, 97 CIF=2;QCIF=2, 34 CIF=2;QCIF=2, 98 profile-level-id=42e00c;packetization-mode=1
R6.11 the same at 64 kbit/s | 64000 | | b=AS:85 b=TIAS:64000 | 96 profile=0;level=10, 97 QCIF=2, 34 QCIF=2, 99 profile-level-id=42900B;packetization-mode=1
";

/// R1.17, R2.6, R6.11.
#[test]
fn an_offer_is_what_the_browser_and_the_operator_allow() {
    for row in OFFERS.lines() {
        let [rule, cap, h264, rates, formats] = columns(row);
        let mut codecs = vec![WebCodec::Vp8];
        codecs.extend((!h264.is_empty()).then(offered_h264));
        let offer = offer_with(cap.parse().unwrap(), &codecs);
        let media = &offer.media[0];
        assert_eq!(media.protocol.name(), "RTP/AVP", "R6.2 {rule}");
        let found: Vec<String> = media.bandwidth.iter().map(bandwidth::text).collect();
        assert_eq!(found.join(" "), rates, "{rule}");
        let found: Vec<String> = media
            .payload_types
            .iter()
            .map(|said| format!("{} {}", said.number, said.parameters))
            .collect();
        assert_eq!(found.join(", "), formats, "{rule}");
        let bytes = offer.to_bytes().len();
        assert!(bytes < 800, "R6.15 {rule}: {bytes} bytes");
    }
}

/// Rule, operator's cap, formats of the answer, its lines (`;` for an end of line, `H264` for H.264 under 98
/// with that profile-level-id); what was agreed, or nothing.
const ANSWERS: &str = "\
R6.8 the level lowered | 768000 | 98 | b=AS:500;H264 42d00b | 98 176x144 15 128000
R6.8 the level as offered | 768000 | 98 | b=AS:500;H264 42e00c | 98 352x288 15 384000
R6.8 a level above ours, within our b= | 768000 | 98 | b=AS:9000;H264 42e01f | 98 352x288 30 384000
R6.4 the operator's cap | 64000 | 98 | b=AS:500;H264 42900B | 98 176x144 15 64000
R6.8 a profile of its own is taken as it is | 768000 | 98 | b=AS:500;H264 42900B | 98 176x144 15 128000
R1.15 several codecs: the first that was offered | 768000 | 31 34 98 | H264 42900B | 34 176x144 15 64000
R6.6 CIF answered to CIF | 768000 | 34 | b=AS:300;a=fmtp:34 CIF=2 | 34 352x288 15 280000
R6.6 QCIF answered to CIF | 768000 | 34 | b=AS:300;a=fmtp:34 QCIF=2 | 34 176x144 15 280000
R1.19 the frame rate for a number | 768000 | 96 | a=rtpmap:96 H263-2000/90000;a=fmtp:15 profile=0,level=45 | 96 176x144 15 128000
R1.14 the line refused | 768000 | 34 | port 0 |
";

#[test]
fn an_answer_is_read_by_meaning_and_never_exceeds_what_was_offered() {
    for row in ANSWERS.lines() {
        let [rule, cap, formats, lines, expected] = columns(row);
        let port = if lines == "port 0" { 0 } else { 49152 };
        let mut text = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n\
             m=video {port} RTP/AVP {formats}\r\n"
        );
        for line in lines.split(';').filter(|line| !line.starts_with("port")) {
            let line = match line.strip_prefix("H264 ") {
                Some(id) => format!(
                    "a=rtpmap:98 H264/90000\r\n\
                     a=fmtp:98 profile-level-id={id};packetization-mode=1"
                ),
                None => line.replace(',', ";"),
            };
            text += &format!("{line}\r\n");
        }
        let offer = offer_with(cap.parse().unwrap(), &browser_codecs());
        let agreed = read_plain_answer(&offer, text.as_bytes());
        let found = agreed.as_ref().map(|agreed| {
            let format = &agreed.format;
            format!("{} {}", format.payload_type, shown(format.limit))
        });
        match expected {
            "" => assert_eq!(agreed.unwrap_err(), Reject::NoCommonCodec, "{rule}"),
            expected => assert_eq!(found.as_deref(), Ok(expected), "{rule}"),
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
