//! R1.13, R1.14, R6.2, R6.4, R6.15: which line, which profile, which bandwidth.

use sip::video_share::session_attributes;

use super::*;

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n";

fn answered(session: &str, media: &str) -> Result<(Description, String), Reject> {
    let head = HEAD.replace("t=0 0\r\n", &format!("{session}t=0 0\r\n"));
    let offer = Description::parse(format!("{head}{media}").as_bytes()).unwrap();
    let (answer, _) = answer_plain(&offer, end(), WebCodec::Vp8, Direction::RecvOnly)?;
    offer_answer::check_answer(&offer, &answer).unwrap();
    let text = String::from_utf8(answer.to_bytes()).unwrap();
    Ok((answer, text))
}

/// R1.14.
#[test]
fn one_line_is_taken_and_all_others_are_refused_by_port_zero() {
    const H263: &str = "RTP/AVP 34\r\n";
    for (rule, media, ports) in [
        (
            "R1.14 the first of two videos",
            format!("m=video 5000 {H263}m=video 5002 {H263}"),
            vec![30000, 0],
        ),
        (
            "R1.14 what is switched off stays off",
            format!("m=video 0 {H263}m=video 5002 {H263}"),
            vec![0, 30000],
        ),
        (
            "R6.1 keys in the description are not ours",
            format!("m=video 5000 RTP/SAVP 34\r\nm=video 5002 {H263}"),
            vec![0, 30000],
        ),
        (
            "R6.2 with feedback before without, as offered",
            format!("m=video 5000 RTP/AVPF 34\r\nm=video 5002 {H263}"),
            vec![30000, 0],
        ),
        (
            "R1.14 a line with no codec of ours",
            format!("m=video 5000 RTP/AVP 31\r\nm=video 5002 {H263}"),
            vec![0, 30000],
        ),
        (
            "R1.14 other media",
            format!("m=message 7 TCP/MSRP *\r\nm=video 5002 {H263}m=application 9 TCP/BFCP *\r\n"),
            vec![0, 30000, 0],
        ),
    ] {
        let (answer, _) = answered("", &media).unwrap();
        let found: Vec<u16> = answer.media.iter().map(|media| media.port).collect();
        assert_eq!(found, ports, "{rule}");
    }
}

/// R1.14.
#[test]
fn what_cannot_be_bridged_is_refused_with_status_warning_and_words() {
    for (rule, media, status, warning) in [
        (
            "R1.14 no video at all",
            "m=message 7 TCP/MSRP *\r\n",
            488,
            "304 sidecam \"no video is offered\"",
        ),
        (
            "R1.14 video switched off",
            "m=video 0 RTP/AVP 34\r\n",
            488,
            "304 sidecam \"no video is offered\"",
        ),
        (
            "R1.15 no codec",
            "m=video 5000 RTP/AVP 31\r\n",
            488,
            "305 sidecam \"no video codec is common to both sides\"",
        ),
        (
            "R6.1 no transport",
            "m=video 5000 RTP/SAVP 34\r\n",
            488,
            "302 sidecam \"video by RTP/SAVP cannot be bridged, RTP/AVP and RTP/AVPF can\"",
        ),
        (
            "another family",
            "m=video 5000 RTP/AVP 34\r\nc=IN IP6 2001:db8::1\r\n",
            488,
            "301 sidecam \"the peer's media is at an address of the other family of IP\"",
        ),
    ] {
        let reject = answered("", media).unwrap_err();
        let reply = reject.reply();
        assert_eq!(reply.status.code(), status, "{rule}");
        let said = reply
            .headers
            .iter()
            .find(|header| header.name.as_str() == "Warning");
        assert_eq!(said.unwrap().value.to_str_lossy(), warning, "{rule}");
    }
    assert_eq!(Reject::Precondition.reply().headers.len(), 0);
    let broken = Reject::from(Description::parse(b"v=0\r\no=\"x\"").unwrap_err());
    assert_eq!(broken.status().code(), 400);
    assert!(
        broken
            .warning()
            .unwrap()
            .value
            .to_str_lossy()
            .starts_with("399 sidecam")
    );
}

/// R1.13.
#[test]
fn the_bandwidth_is_answered_where_the_offer_has_it_and_never_above_the_operators() {
    let media = |lines: &str| {
        format!(
            "m=video 5000 RTP/AVP 96\r\n{lines}a=rtpmap:96 H263-2000/90000\r\na=fmtp:96 profile=0;level=45\r\n"
        )
    };
    for (rule, session, line, at_session, at_media) in [
        ("R1.13 at the media level", "", "b=AS:85\r\n", "", "b=AS:85"),
        (
            "R1.13 at the session level",
            "b=AS:85\r\n",
            "",
            "b=AS:85",
            "",
        ),
        (
            "R1.13 the media's, where both have one",
            "b=AS:500\r\n",
            "b=AS:85\r\n",
            "",
            "b=AS:85",
        ),
        (
            "R1.13 at the media level where there is none",
            "",
            "",
            "",
            "b=AS:170",
        ),
        (
            "R1.12 both kinds",
            "",
            "b=AS:85\r\nb=TIAS:64000\r\n",
            "",
            "b=AS:85 b=TIAS:64000",
        ),
        (
            "R6.4 the operator's cap",
            "",
            "b=AS:5000\r\nb=TIAS:4000000\r\n",
            "",
            "b=AS:1024 b=TIAS:768000",
        ),
        (
            "R6.16 the bandwidth of RTCP",
            "",
            "b=AS:85\r\nb=RS:600\r\nb=RR:2000\r\n",
            "",
            "b=AS:85 b=RS:600 b=RR:2000",
        ),
        (
            "what nobody knows is kept out",
            "",
            "b=AS:85\r\nb=X-FOO:1\r\nb=CT:9\r\n",
            "",
            "b=AS:85",
        ),
    ] {
        let (answer, _) = answered(session, &media(line)).unwrap();
        let found = |lines: &[sip::sdp::Bandwidth]| {
            let texts: Vec<String> = lines.iter().map(bandwidth::text).collect();
            texts.join(" ")
        };
        assert_eq!(found(&answer.bandwidth), at_session, "{rule}");
        assert_eq!(found(&answer.media[0].bandwidth), at_media, "{rule}");
    }
}

/// R6.2.
#[test]
fn an_answer_has_the_profile_of_its_offer_and_feedback_only_with_avpf() {
    let media = |profile: &str, lines: &str| {
        format!("m=video 5000 {profile} 96\r\na=rtpmap:96 H263-2000/90000\r\n{lines}")
    };
    let wanted = "a=rtcp-fb:* nack pli\r\na=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 ccm tmmbr smaxpr=120\r\n\
        a=rtcp-fb:96 nack\r\na=rtcp-fb:97 nack\r\na=rtcp-fb:* trr-int 100\r\na=rtcp-fb:* nack pli\r\n";
    for (rule, profile, lines, feedback) in [
        ("R6.2 AVP never has any", "RTP/AVP", wanted, vec![]),
        ("R6.2 AVPF without wishes", "RTP/AVPF", "", vec![]),
        (
            "R6.2 AVPF with what we do of it",
            "RTP/AVPF",
            wanted,
            vec!["96 nack pli", "96 ccm fir", "96 ccm tmmbr", "96 nack"],
        ),
    ] {
        let (answer, text) = answered("", &media(profile, lines)).unwrap();
        assert_eq!(answer.media[0].protocol.name(), profile, "{rule}");
        let found: Vec<String> = answer.media[0]
            .feedback()
            .map(|line| line.to_string())
            .collect();
        assert_eq!(found, feedback, "{rule}");
        assert_eq!(text.matches("rtcp-fb").count(), feedback.len(), "{rule}");
    }
}

/// R6.15.
#[test]
fn nothing_of_an_offer_is_repeated_that_has_not_been_understood() {
    let media = "m=video 5000 RTP/AVP 34 97\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=34\r\n\
        a=mid:0\r\na=msid:x y\r\na=ssrc:1 cname:z\r\na=ssrc-group:FID 1 2\r\na=candidate:1 1 udp 1 192.0.2.20 5000 typ host\r\n\
        a=end-of-candidates\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=ice-options:trickle\r\n\
        a=fingerprint:sha-256 00\r\na=setup:actpass\r\na=rtcp-rsize\r\na=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
        a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\na=tcap:1 RTP/AVPF\r\na=pcfg:1 t=1\r\na=X-anything:1\r\na=maxptime:20\r\n";
    let (answer, text) = answered(
        "a=group:BUNDLE 0\r\na=msid-semantic: WMS\r\na=ice-lite\r\n",
        media,
    )
    .unwrap();
    let names: Vec<&str> = answer.media[0]
        .attributes
        .iter()
        .map(|line| line.name.as_str())
        .collect();
    assert_eq!(names, ["framesize"], "R6.15");
    assert_eq!(answer.attributes, session_attributes(), "R6.15");
    let expected = "m=video 30000 RTP/AVP 34\r\nb=AS:85\r\na=rtpmap:34 H263/90000\r\n\
        a=framesize:34 176-144\r\na=recvonly\r\n";
    assert!(text.ends_with(expected), "R6.15\n{text}");
}

#[test]
fn sizes_and_rates_that_a_peer_names_limit_what_it_is_sent() {
    for (rule, lines, expected) in [
        ("nothing said", "", (352, 30)),
        ("a=framerate", "a=framerate:12.5\r\n", (352, 12)),
        ("a=framesize", "a=framesize:98 176-144\r\n", (176, 30)),
        (
            "a=framesize of another format",
            "a=framesize:99 176-144\r\n",
            (352, 30),
        ),
        (
            "RFC 6236 what it receives",
            "a=imageattr:98 send [x=640,y=480] recv [x=320,y=240]\r\n",
            (320, 30),
        ),
        (
            "RFC 6236 the largest of several",
            "a=imageattr:* recv [x=176,y=144] [x=352,y=288]\r\n",
            (352, 30),
        ),
        (
            "RFC 6236 before a=framesize",
            "a=framesize:98 176-144\r\na=imageattr:98 recv [x=[176:16:640],y=[144:16:480]]\r\n",
            (352, 30),
        ),
        (
            "RFC 6236 only what it sends",
            "a=imageattr:98 send [x=176,y=144]\r\n",
            (352, 30),
        ),
    ] {
        let text = format!(
            "{HEAD}m=video 5000 RTP/AVP 98\r\nb=AS:1000\r\na=rtpmap:98 H264/90000\r\n\
             a=fmtp:98 profile-level-id=42e00d;packetization-mode=1\r\n{lines}"
        );
        let offer = Description::parse(text.as_bytes()).unwrap();
        let (_, plan) = answer_plain(&offer, end(), offered_h264(), Direction::SendOnly).unwrap();
        let limit = plan.to_peer.unwrap().limit;
        assert_eq!((limit.width, limit.frames_per_second), expected, "{rule}");
    }
}

/// Rule, profile, lines; whether RTCP shares the port, its bits a second, feedback.
const RTCP: &str = "\
nothing said | RTP/AVP | | false | None |
R6.16 b=RS and b=RR together | RTP/AVP | b=RS:600,b=RR:2000 | false | Some(2600) |
R6.16 no RTCP at all | RTP/AVP | b=RS:0,b=RR:0 | false | Some(0) |
R6.16 one of them says nothing | RTP/AVP | b=RR:0 | false | None |
RFC 5761 one port | RTP/AVP | a=rtcp-mux | true | None |
R6.2 feedback of AVPF | RTP/AVPF | a=rtcp-fb:* nack,a=rtcp-fb:* ccm fir | false | None | nack fir
R6.2 all of it | RTP/AVPF | a=rtcp-fb:34 nack pli,a=rtcp-fb:34 ccm tmmbr | false | None | pli tmmbr
R6.2 none of AVP | RTP/AVP | a=rtcp-fb:* nack,a=rtcp-fb:* ccm fir | false | None |
";

/// R6.16.
#[test]
fn what_is_said_of_rtcp_reaches_the_leg() {
    for row in RTCP.lines() {
        let [rule, profile, lines, is_multiplexed, rate, feedback] = columns(row);
        let lines = lines.split(',').filter(|line| !line.is_empty());
        let lines: String = lines.map(|line| format!("{line}\r\n")).collect();
        let text = format!("{HEAD}m=video 5000 {profile} 34\r\n{lines}");
        let offer = Description::parse(text.as_bytes()).unwrap();
        let (answer, plan) =
            answer_plain(&offer, end(), WebCodec::Vp8, Direction::SendRecv).unwrap();
        let found = plan.feedback;
        let kinds = [
            (found.nack, "nack"),
            (found.pli, "pli"),
            (found.fir, "fir"),
            (found.tmmbr, "tmmbr"),
        ];
        let found: Vec<&str> = kinds
            .iter()
            .filter(|(is_on, _)| *is_on)
            .map(|(_, name)| *name)
            .collect();
        assert_eq!(found.join(" "), feedback, "{rule}");
        assert_eq!(format!("{:?}", plan.rtcp.bits_per_second), rate, "{rule}");
        assert_eq!(
            plan.rtcp.is_multiplexed.to_string(),
            is_multiplexed,
            "{rule}"
        );
        let has_mux = answer.media[0].attribute("rtcp-mux").is_some();
        assert_eq!(has_mux, plan.rtcp.is_multiplexed, "{rule}");
    }
}

/// R1.18.
#[test]
fn orientation_is_agreed_when_a_peer_offers_to_say_it() {
    let name = "urn:3gpp:video-orientation";
    for (rule, lines, expected) in [
        ("R6.13 nothing offered", String::new(), None),
        ("R1.18 offered", format!("a=extmap:7 {name}\r\n"), Some(7)),
        (
            "R6.13 by a sender",
            format!("a=extmap:3/sendonly {name}\r\n"),
            Some(3),
        ),
        (
            "R6.13 by who only receives it",
            format!("a=extmap:3/recvonly {name}\r\n"),
            None,
        ),
        (
            "R1.18 numbers are 1 to 14",
            format!("a=extmap:15 {name}\r\na=extmap:0 {name}\r\n"),
            None,
        ),
        (
            "R6.15 no other extension",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:toffset\r\n".to_owned(),
            None,
        ),
    ] {
        let text = format!("{HEAD}m=video 5000 RTP/AVP 34\r\n{lines}");
        let offer = Description::parse(text.as_bytes()).unwrap();
        let (answer, plan) =
            answer_plain(&offer, end(), WebCodec::Vp8, Direction::SendRecv).unwrap();
        assert_eq!(plan.from_peer[0].orientation, expected, "{rule}");
        let answered: Vec<String> = answer.media[0]
            .extensions()
            .map(|line| line.to_string())
            .collect();
        let expected: Vec<String> = expected.iter().map(|id| format!("{id} {name}")).collect();
        assert_eq!(answered, expected, "{rule}");
    }
}
