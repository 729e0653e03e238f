//! What is said of Video Share when a call is set up: rules R1.5, R1.9, R1.16, R1.17, R2.1.

use super::*;
use sip::message::{NameAddr, Request};
use sip::video_share::Abilities;

const IARI: &str = "+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\"";

/// The page calls the handset, with those tags in its INVITE.
fn invited(scene: &mut Scene, tags: &str) -> Request {
    scene.call_with(Who::Browser, "tel:+447700900002", BROWSER_OFFER, |invite| {
        let contact = format!("{};{tags}", Who::Browser.contact());
        invite.contact = contact.parse().unwrap();
        let wish = format!("*;{tags};explicit");
        invite.headers.push(Header::fixed("Accept-Contact", wish));
    });
    scene.media(BridgeReply::PlainOpened {
        medium: crate::bridge::Medium::Video,
        side: Side::Callee,
        port: 30000,
    });
    let found = scene
        .events
        .iter()
        .rev()
        .find_map(|(who, event)| match event {
            Event::Incoming { request, .. } if *who == Who::Handset => Some(request.clone()),
            _ => None,
        });
    found.unwrap()
}

fn bytes(request: &Request) -> String {
    String::from_utf8(Message::Request(request.clone()).to_bytes()).unwrap()
}

/// R1.5, R1.9, R1.17, R2.1
#[test]
fn the_tags_of_the_page_and_of_the_handset_reach_the_other_side() {
    for tags in ["+g.3gpp.cs-voice", IARI] {
        let mut scene = Scene::new();
        let invite = invited(&mut scene, tags);
        let contact = invite.headers.contact.first().unwrap().to_string();
        assert_eq!(contact, format!("<sip:sidecam@192.0.2.1:5060>;{tags}"));
        let wished = invite.headers.get("Accept-Contact");
        let expected = format!("*;{tags};explicit");
        // The device is chosen: it may be left out where there is no room.
        assert!(wished.is_none_or(|wished| wished == expected), "{wished:?}");
        assert!(wished.is_some() || tags == IARI);
        let text = bytes(&invite);
        for line in [
            "\r\na=application:com.gsma.rts\r\na=type:videolive\r\nm=video",
            "\r\nb=AS:",
            "\r\na=framerate:15\r\n",
            " H264/90000\r\n",
            " H263-2000/90000\r\n",
            "\r\na=sendonly\r\n",
        ] {
            assert!(text.contains(line), "{line:?} in {text}");
        }
        assert!(text.len() < 1300, "{} bytes", text.len());

        let answer = Reply {
            body: sdp_body(HANDSET_ANSWER.into()),
            contact: vec![
                format!("{};{tags};video", Who::Handset.contact())
                    .parse()
                    .unwrap(),
            ],
            ..Reply::new(Status::OK)
        };
        let (call, now) = (scene.incoming(Who::Handset), scene.now);
        scene.handset.accept(call, answer, now).unwrap();
        scene.settle();
        scene.media(BridgeReply::Description {
            side: Side::Caller,
            sdp: "v=0\r\n".to_owned(),
        });
        let answered = scene.events.iter().find_map(|(who, event)| match event {
            Event::Answered { response, .. } if *who == Who::Browser => Some(response),
            _ => None,
        });
        let contact = answered
            .unwrap()
            .headers
            .contact
            .first()
            .unwrap()
            .to_string();
        assert!(
            contact.ends_with(&format!(";transport=ws>;{tags}")),
            "{contact}"
        );
    }
}

/// The size of pictures is said to whom there is room to say it.
#[test]
fn an_invite_fits_a_datagram_whoever_calls() {
    let mut scene = Scene::new();
    let invite = invited(&mut scene, "+g.3gpp.cs-voice");
    let text = bytes(&invite);
    assert!(text.contains("a=framesize:96 176-144\r\n"), "{text}");

    let mut scene = Scene::new();
    let text = bytes(&invited(&mut scene, IARI));
    assert!(text.len() < 1300, "{} bytes {text}", text.len());
    // Telephones that know no other H.264 are more than those of H263-1998 alone.
    assert!(text.contains("42900B;packetization-mode=0\r\n"), "{text}");

    let mut scene = Scene::new();
    let name = "Somebody With A Long Name, And A Title That They Think Should Be Read By All";
    let subscribers = &mut scene.switch.home.subscribers;
    let mut caller = subscribers.by_name("browser").unwrap().clone();
    caller.display = name.to_owned();
    subscribers.put(caller);
    let invite = invited(&mut scene, IARI);
    let text = bytes(&invite);
    assert!(text.len() < 1300, "{} bytes {text}", text.len());
    assert!(text.contains(name), "{text}");
    assert!(text.contains(" H263-2000/90000\r\n"), "{text}");
    assert!(text.contains("42900B;packetization-mode=1\r\n"), "{text}");
}

/// R1.16
#[test]
fn whoever_said_h263_alone_is_offered_no_h264() {
    let mut scene = Scene::new();
    let now = scene.now;
    let said = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nt=0 0\r\n\
                m=video 0 RTP/AVP 96\r\na=rtpmap:96 H263-2000/90000\r\n";
    let said = Abilities::of(&sip::sdp::Description::parse(said.as_bytes()).unwrap());
    let contact: NameAddr = Who::Handset.contact();
    scene.switch.known_peers.learn(&contact.uri, &said, now);
    let text = bytes(&invited(&mut scene, "+g.3gpp.cs-voice"));
    assert!(!text.contains("H264"), "{text}");
    assert!(text.contains(" H263-2000/90000\r\n"), "{text}");

    // Nothing is known of the others.
    let mut scene = Scene::new();
    let other = Who::Tablet.contact();
    scene.switch.known_peers.learn(&other.uri, &said, now);
    let text = bytes(&invited(&mut scene, "+g.3gpp.cs-voice"));
    assert!(
        text.contains("H264") && text.contains("H263-2000"),
        "{text}"
    );
}
