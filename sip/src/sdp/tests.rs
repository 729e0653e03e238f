use super::offer_answer::{self, AnswerError};
use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const NOKIA_OFFER: &str = "v=0\r\n\
o=- 1 1 IN IP4 192.0.2.20\r\n\
s=-\r\n\
c=IN IP4 192.0.2.20\r\n\
t=0 0\r\n\
a=X-application:com.nokia.rtvs\r\n\
m=video 49152 RTP/AVP 98 96 34\r\n\
b=AS:85\r\n\
a=rtpmap:98 H264/90000\r\n\
a=fmtp:98 profile-level-id=42900B; packetization-mode=1\r\n\
a=rtpmap:96 H263-2000/90000\r\n\
a=fmtp:96 profile=0; level=45\r\n\
a=framerate:15\r\n\
a=framesize:96 176-144\r\n\
a=sendonly\r\n";

fn nokia() -> Description {
    Description::parse(NOKIA_OFFER.as_bytes()).unwrap()
}

#[test]
fn a_handset_offer_is_read_into_fields() {
    let offer = nokia();
    let video = &offer.media[0];
    assert_eq!(video.kind, Kind::Video);
    assert_eq!(video.protocol, Protocol::RtpAvp);
    assert_eq!(offer.direction_of(video), Direction::SendOnly);
    let names: Vec<_> = video
        .payload_types
        .iter()
        .map(|pt| (pt.number, pt.encoding.as_str(), pt.clock_rate))
        .collect();
    assert_eq!(
        names,
        [
            (98, "H264", 90000),
            (96, "H263-2000", 90000),
            (34, "H263", 90000)
        ]
    );
    assert_eq!(
        video.payload_types[0].parameters.get("packetization-mode"),
        Some("1")
    );
    assert_eq!(video.payload_types[1].parameters.get("LEVEL"), Some("45"));
    assert_eq!(video.frame_rate, Some(15.0));
    assert_eq!(
        video.attribute("framesize").unwrap().value.as_deref(),
        Some("96 176-144")
    );
    let destination = offer_answer::destination(&offer, video).unwrap();
    assert_eq!(
        (destination.rtp_port, destination.rtcp_port),
        (49152, 49153)
    );
    assert_eq!(offer_answer::bits_per_second(&offer, video), Some(78_960));
}

#[test]
fn what_is_written_reads_the_same() {
    let offer = nokia();
    assert_eq!(Description::parse(&offer.to_bytes()).unwrap(), offer);
}

#[test]
fn a_rate_that_is_none_or_there_twice_reads_the_same_when_written() {
    for (said, rate) in [
        ("a=framerate:15:\r\na=framerate:10\r\n", None),
        ("a=framerate:10\r\na=framerate:15\r\n", Some(10.0)),
        ("a=framerate:NaN\r\n", None),
        ("a=framerate:inf\r\n", None),
        ("a=framerate:29.97\r\n", Some(29.97)),
        ("a=framerate:7.5\r\n", Some(7.5)),
        ("a=framerate:14.98333\r\n", Some(14.983)),
        ("a=framerate:1e3\r\n", None),
        ("a=framerate:.5\r\n", None),
        ("a=framerate:4294967296\r\n", None),
        ("a=framerate\r\na=rtcp:\r\na=rtcp:7\r\n", None),
    ] {
        let text = NOKIA_OFFER.replace("a=framerate:15\r\n", said);
        let offer = Description::parse(text.as_bytes()).unwrap();
        assert_eq!(offer.media[0].frame_rate, rate, "{said}");
        assert_eq!(
            Description::parse(&offer.to_bytes()).unwrap(),
            offer,
            "{said}"
        );
    }
}

#[test]
fn parameters_with_a_wrong_number_belong_to_the_only_codec() {
    let text = NOKIA_OFFER
        .replace("98 96 34", "98")
        .replace("a=fmtp:98", "a=fmtp:15");
    let offer = Description::parse(text.as_bytes()).unwrap();
    let h264 = &offer.media[0].payload_types[0];
    assert_eq!(h264.parameters.get("profile-level-id"), Some("42900B"));
}

#[test]
fn an_answer_keeps_the_shape_of_its_offer() {
    let offer = nokia();
    let chosen = offer.media[0].payload_types[1].clone();
    let mut answer = Description::new(2, 1, "192.0.2.30".parse().unwrap());
    answer.media = vec![offer_answer::accept(
        &offer.media[0],
        30000,
        chosen,
        Direction::RecvOnly,
    )];
    assert_eq!(offer_answer::check_answer(&offer, &answer), Ok(()));

    let mut refused = answer.clone();
    refused.media = vec![offer_answer::refuse(&offer.media[0])];
    assert_eq!(offer_answer::check_answer(&offer, &refused), Ok(()));

    let mut short = answer.clone();
    short.media.clear();
    assert_eq!(
        offer_answer::check_answer(&offer, &short),
        Err(AnswerError::MediaCount {
            offered: 1,
            answered: 0
        })
    );

    let mut foreign = answer.clone();
    foreign.media[0].payload_types = vec![PayloadType::new(97, "VP8", 90000, "")];
    assert_eq!(
        offer_answer::check_answer(&offer, &foreign),
        Err(AnswerError::NoCommonPayloadType { line: 0 })
    );

    let mut secure = answer;
    secure.media[0].protocol = Protocol::Secure("RTP/SAVP".to_owned());
    assert!(matches!(
        offer_answer::check_answer(&offer, &secure),
        Err(AnswerError::MediaChanged { line: 0, .. })
    ));
}

#[test]
fn hold_by_the_zero_address_has_no_destination() {
    let text = NOKIA_OFFER.replace("c=IN IP4 192.0.2.20", "c=IN IP4 0.0.0.0");
    let offer = Description::parse(text.as_bytes()).unwrap();
    assert_eq!(offer_answer::destination(&offer, &offer.media[0]), None);
}

#[test]
fn nonsense_is_refused_with_its_reason() {
    for (text, expected) in [
        ("", "not a session description"),
        ("v=1\r\n", "not a session description"),
        (
            &NOKIA_OFFER.replace("98 96 34", "98 200"),
            "media line 0: '200'",
        ),
        (
            &NOKIA_OFFER.replace("192.0.2.20\r\nt", "phone.invalid\r\nt"),
            "'phone.invalid'",
        ),
    ] {
        let error = Description::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[cfg(not(target_arch = "wasm32"))]
proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        let _ = Description::parse(&bytes);
    }

    #[test]
    fn a_mutated_offer_never_panics_and_survives_a_round_trip(
        cut in 0usize..400, byte in proptest::num::u8::ANY,
    ) {
        let mut bytes = NOKIA_OFFER.as_bytes().to_vec();
        let index = cut % bytes.len();
        bytes[index] = byte;
        if let Ok(description) = Description::parse(&bytes) {
            let again = Description::parse(&description.to_bytes());
            proptest::prop_assert_eq!(again.as_ref(), Ok(&description));
        }
    }
}
