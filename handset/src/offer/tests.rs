use super::*;

fn answer_of(profile: &str, offer: &str) -> Result<(String, Agreement), Refusal> {
    let profile = Profile::named(profile).unwrap();
    let writer = writer(&profile);
    let (description, agreement) = writer.answer(offer.replace('\n', "\r\n").as_bytes())?;
    Ok((description.to_string().replace("\r\n", "\n"), agreement))
}

fn writer(profile: &Profile) -> Writer<'_> {
    Writer {
        profile,
        address: "192.0.2.20".parse().unwrap(),
        rtp_port: 49152,
        session: 7,
        both_ways: false,
    }
}

const HEAD: &str = "v=0\no=- 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=0 0\n";

#[test]
fn the_offer_is_send_only_with_all_codecs_in_order() {
    let profile = Profile::named("nokia-6680").unwrap();
    assert_eq!(
        writer(&profile).offer().to_string(),
        "v=0\r\no=- 7 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n\
         a=X-application:com.nokia.rtvs\r\nm=video 49152 RTP/AVP 96 34\r\nb=AS:85\r\na=sendonly\r\n\
         a=rtpmap:96 H263-2000/90000\r\na=fmtp:96 profile=0; level=10\r\na=rtpmap:34 H263/90000\r\n"
    );
}

#[test]
fn the_capabilities_have_port_zero() {
    let profile = Profile::named("nokia-5230").unwrap();
    let text = writer(&profile).capabilities().to_string();
    assert!(text.contains("m=video 0 RTP/AVP 98 99 96\r\n"), "{text}");
    assert!(
        text.contains("a=X-application:com.nokia.rtvs\r\n"),
        "{text}"
    );
}

#[test]
fn the_answer_names_one_codec_by_the_offers_number() {
    let offer = format!(
        "{HEAD}m=video 5000 RTP/AVP 34 120 121 122\nb=AS:85\na=sendonly\na=rtpmap:120 H263-2000/90000\n\
         a=rtpmap:121 H264/90000\na=fmtp:121 profile-level-id=42900B;packetization-mode=1\n\
         a=rtpmap:122 H264/90000\na=fmtp:122 profile-level-id=42900b\n"
    );
    let cases = [
        ("nokia-5230", Encoding::H264, 121),
        ("nokia-6680", Encoding::H263v2000, 120),
    ];
    for (profile, encoding, payload_type) in cases {
        let (text, agreement) = answer_of(profile, &offer).unwrap();
        assert_eq!(
            (agreement.encoding, agreement.payload_type),
            (encoding, payload_type)
        );
        assert_eq!(agreement.remote.to_string(), "192.0.2.10:5000");
        assert!(
            text.contains(&format!("m=video 49152 RTP/AVP {payload_type}\nb=AS:")),
            "{text}"
        );
        assert!(text.contains("a=recvonly\n"), "{text}");
        assert_eq!(text.matches("a=rtpmap:").count(), 1, "{text}");
    }
}

#[test]
fn the_bandwidth_line_stands_where_the_offer_had_it() {
    let media = "m=video 5000 RTP/AVP 34\n";
    let at_session = HEAD.replace("t=0 0", "b=AS:85\nt=0 0");
    let cases = [
        (
            format!("{HEAD}{media}b=AS:85\n"),
            "m=video 49152 RTP/AVP 34\nb=AS:85",
        ),
        (
            format!("{HEAD}{media}"),
            "m=video 49152 RTP/AVP 34\nb=AS:85",
        ),
        (
            format!("{at_session}{media}"),
            "c=IN IP4 192.0.2.20\nb=AS:85\nt=0 0",
        ),
    ];
    for (offer, expected) in cases {
        let (text, _) = answer_of("nokia-6680", &offer).unwrap();
        assert!(text.contains(expected), "{text}");
        assert_eq!(text.matches("b=AS").count(), 1, "{text}");
    }
}

#[test]
fn other_streams_are_refused_by_port_zero() {
    let offer = format!(
        "{HEAD}m=audio 4000 RTP/AVP 0\nm=video 0 RTP/AVP 34\nm=video 5000 RTP/AVP 34\nm=video 5002 RTP/AVP 34\n"
    );
    let (text, agreement) = answer_of("nokia-6680", &offer).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        lines,
        [
            "m=audio 0 RTP/AVP 0",
            "m=video 0 RTP/AVP 34",
            "m=video 49152 RTP/AVP 34",
            "m=video 0 RTP/AVP 34"
        ]
    );
    assert_eq!(agreement.remote.port(), 5000);
}

#[test]
fn only_who_was_told_to_shows_something_to_who_wants_to_see_something() {
    let profile = Profile::named("nokia-6680").unwrap();
    let cases = [
        (true, "sendrecv", "sendrecv"),
        (true, "sendonly", "recvonly"),
        (false, "sendrecv", "recvonly"),
    ];
    for (both_ways, theirs, ours) in cases {
        let writer = Writer {
            both_ways,
            ..writer(&profile)
        };
        let offer = format!("{HEAD}m=video 5000 RTP/AVP 34\na={theirs}\n");
        let (answer, agreement) = writer.answer(offer.as_bytes()).unwrap();
        let answer = answer.to_string();
        assert!(answer.contains(&format!("\r\na={ours}\r\n")), "{answer}");
        assert_eq!(agreement.both_ways, ours == "sendrecv");
    }
}

#[test]
fn offers_that_lead_nowhere_say_why() {
    let cases = [
        ("hello".to_owned(), Refusal::Unreadable),
        (format!("{HEAD}m=audio 4000 RTP/AVP 0\n"), Refusal::NoVideo),
        (
            format!("{HEAD}m=video 5000 RTP/AVP 34\na=recvonly\n"),
            Refusal::NoVideo,
        ),
        (
            format!("{HEAD}m=video 5000 RTP/SAVPF 34\n"),
            Refusal::NoVideo,
        ),
        (
            format!("{HEAD}m=video 5000 RTP/AVP 96\na=rtpmap:96 VP8/90000\n"),
            Refusal::NoCommonCodec,
        ),
        (
            format!("{HEAD}m=video 5000 RTP/AVP 98\na=rtpmap:98 H264/90000\n"),
            Refusal::NoCommonCodec,
        ),
        (
            format!("{HEAD}m=video 99999 RTP/AVP 34\n"),
            Refusal::Unreadable,
        ),
    ];
    for (offer, refusal) in cases {
        assert_eq!(
            answer_of("nokia-6680", &offer).unwrap_err(),
            refusal,
            "{offer}"
        );
    }
}

#[test]
fn a_misplaced_fmtp_belongs_to_the_only_codec() {
    let answer = format!(
        "{HEAD}m=video 5000 RTP/AVP 98\na=recvonly\na=rtpmap:98 H264/90000\n\
         a=fmtp:15 profile-level-id=42900b; Packetization-Mode=1\n"
    );
    let profile = Profile::named("nokia-5230").unwrap();
    let agreement = read_answer(answer.as_bytes(), &profile).unwrap();
    assert_eq!(mode_of(agreement.parameters.as_deref()), 1);
}

#[test]
fn an_answer_that_takes_no_video_is_a_refusal() {
    let profile = Profile::named("nokia-6680").unwrap();
    for media in [
        "m=video 0 RTP/AVP 96\n",
        "m=video 5000 RTP/AVP 34\na=inactive\n",
    ] {
        let answer = format!("{HEAD}{media}");
        assert_eq!(
            read_answer(answer.as_bytes(), &profile),
            Err(Refusal::NoVideo)
        );
    }
}
