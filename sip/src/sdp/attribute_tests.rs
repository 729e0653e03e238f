//! Attributes that are read only when a decision asks for them, by their documents' own examples.

use super::capability::{PotentialConfiguration, TransportCapability};
use super::picture::{FrameSize, ImageAttributes, ImageSize};
use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn line(attributes: &str) -> Description {
    let text = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n\
         a=tcap:1 RTP/SAVPF RTP/SAVP RTP/AVPF\r\n\
         m=video 49152 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\n{attributes}"
    );
    Description::parse(text.as_bytes()).unwrap()
}

#[test]
fn feedback_is_known_by_its_kind_whatever_its_case_and_parameters() {
    for (value, payload_type, kind) in [
        ("98 nack", Some(98), FeedbackKind::Nack),
        ("* NACK PLI", None, FeedbackKind::PictureLoss),
        ("98  ccm fir", Some(98), FeedbackKind::FullIntra),
        ("* ccm tmmbr smaxpr=120", None, FeedbackKind::TemporaryRate),
        (
            "* trr-int 5000",
            None,
            FeedbackKind::Other("trr-int 5000".to_owned()),
        ),
        (
            "98 goog-remb",
            Some(98),
            FeedbackKind::Other("goog-remb".to_owned()),
        ),
    ] {
        let read: RtcpFeedback = value.parse().unwrap();
        assert_eq!(
            (read.payload_type, &read.kind),
            (payload_type, &kind),
            "{value}"
        );
        assert_eq!(read.to_string().parse(), Ok(read), "{value}");
    }
    for value in ["", "98", "200 nack", "nack pli"] {
        assert!(value.parse::<RtcpFeedback>().is_err(), "{value}");
    }
}

#[test]
fn extensions_have_a_number_a_direction_and_a_name() {
    let offer = line(
        "a=extmap:3/recvonly urn:3gpp:video-orientation\r\na=extmap:x y\r\na=extmap:4 URI-4 one two\r\n",
    );
    let read: Vec<_> = offer.media[0].extensions().collect();
    assert_eq!(read.len(), 2);
    assert_eq!(
        (read[0].id, read[0].direction),
        (3, Some(Direction::RecvOnly))
    );
    assert_eq!(read[0].uri, extension::VIDEO_ORIENTATION);
    assert_eq!(read[1].to_string(), "4 URI-4 one two");
}

#[test]
fn potential_transports_are_named_in_the_order_in_which_they_are_wanted() {
    let offer = line("a=pcfg:1 t=3|1\r\na=pcfg:2 t=9 a=1\r\na=pcfg:nonsense\r\n");
    let named = offer.potential_protocols(&offer.media[0]);
    assert_eq!(named, ["RTP/AVPF", "RTP/SAVPF"]);
    for (value, expected) in [("1 t=1|2 a=1,2", "1 t=1|2 a=1,2"), ("2", "2")] {
        assert_eq!(
            PotentialConfiguration::read(value).unwrap().write(),
            expected
        );
    }
    for value in ["", "0 t=1", "1 t=", "1 t=1 t=2"] {
        assert_eq!(PotentialConfiguration::read(value), None, "{value}");
    }
    assert_eq!(TransportCapability::read("1"), None);
}

#[test]
fn picture_sizes_are_the_largest_of_each_set() {
    let size = |width, height| ImageSize { width, height };
    for (value, sends, receives) in [
        (
            "97 send [x=800,y=640,sar=1.1,q=0.6] [x=480,y=320] recv [x=330,y=250]",
            vec![size(800, 640), size(480, 320)],
            vec![size(330, 250)],
        ),
        ("99 send [x=176,y=144] recv *", vec![size(176, 144)], vec![]),
        (
            "* recv [x=[320:16:640],y=[240:16:480],par=[1.2-1.3],q=0.5]",
            vec![],
            vec![size(640, 480)],
        ),
        (
            "97 recv [x=[176,352],y=[144,288]] send *",
            vec![],
            vec![size(352, 288)],
        ),
    ] {
        let read = ImageAttributes::read(value).unwrap();
        assert_eq!(
            (&read.sends, &read.receives),
            (&sends, &receives),
            "{value}"
        );
        assert_eq!(
            ImageAttributes::read(&read.to_string()),
            Some(read),
            "{value}"
        );
    }
    for value in [
        "",
        "97",
        "97 recv [x=1",
        "97 recv [y=1]",
        "97 both *",
        "97 recv x",
        "97 recv [x=[1,y=2]]",
    ] {
        assert_eq!(ImageAttributes::read(value), None, "{value}");
    }
    assert_eq!(
        FrameSize::read("96 176-144").unwrap().to_string(),
        "96 176-144"
    );
    assert_eq!(FrameSize::read("96 176x144"), None);
}

#[test]
fn the_bandwidth_of_rtcp_is_the_medias_before_the_sessions() {
    let offer = line("");
    let said = |session: &str, media: &str| {
        let text = String::from_utf8(offer.to_bytes()).unwrap();
        let text = text.replace("t=0 0\r\n", &format!("{session}t=0 0\r\n"));
        let text = text.replace("98\r\na=rtpmap", &format!("98\r\n{media}a=rtpmap"));
        let offer = Description::parse(text.as_bytes()).unwrap();
        offer_answer::rtcp_bits_per_second(&offer, &offer.media[0])
    };
    assert_eq!(said("", ""), (None, None));
    assert_eq!(
        said("b=RS:1\r\nb=RR:2\r\n", "b=RS:0\r\n"),
        (Some(0), Some(2))
    );
}

#[cfg(not(target_arch = "wasm32"))]
proptest::proptest! {
    #[test]
    fn any_text_is_read_or_passed_over(value in "\\PC{0,60}") {
        let _ = value.parse::<RtcpFeedback>();
        let _ = value.parse::<Extension>();
        let _ = (TransportCapability::read(&value), PotentialConfiguration::read(&value), FrameSize::read(&value));
        let sizes = format!("* recv [{value}]");
        if let Some(read) = ImageAttributes::read(&sizes) {
            proptest::prop_assert_eq!(ImageAttributes::read(&read.to_string()), Some(read));
        }
    }

    #[test]
    fn what_is_written_of_an_attribute_reads_the_same(
        number in proptest::option::of(0u8..128), id in 0u16..5000, width: u16, height: u16, which in 0usize..5,
    ) {
        let kind = [FeedbackKind::Nack, FeedbackKind::PictureLoss, FeedbackKind::FullIntra,
            FeedbackKind::TemporaryRate, FeedbackKind::Other("ccm vbcm 1".to_owned())][which].clone();
        let feedback = RtcpFeedback { payload_type: number, kind };
        proptest::prop_assert_eq!(feedback.to_string().parse(), Ok(feedback));
        let extension = Extension { id, direction: None, uri: "urn:x".to_owned(), attributes: None };
        proptest::prop_assert_eq!(extension.to_string().parse(), Ok(extension));
        let sizes = ImageAttributes {
            payload_type: number, receives: vec![ImageSize { width, height }], sends: Vec::new(),
        };
        proptest::prop_assert_eq!(ImageAttributes::read(&sizes.to_string()), Some(sizes));
    }
}
