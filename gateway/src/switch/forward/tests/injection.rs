//! RFC 3261 §26.1, §25.1: what a peer writes into names, reasons and addresses stays inside of the value it
//! is in: nothing becomes a header of its own on the way to somebody else.

use super::scene::{self, Scene};

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n\
                     m=video 40000 RTP/AVP 34\r\na=sendonly\r\n";

/// What is tried in each place, and the name of the header that it would be.
const TRICKS: [&str; 7] = [
    "a\r\n X-Injected: yes",
    "a\r\n\tX-Injected: yes",
    "a%0d%0aX-Injected:%20yes",
    "a\\\" X-Injected: yes",
    "a\u{0}\u{7}\u{1b}X-Injected: yes",
    "a\u{2028}X-Injected: yes",
    "a\u{85}X-Injected: yes",
];

/// All that left to anybody has none, and is split into the same lines by everybody.
fn check(scene: &Scene, trick: &str) {
    for (who, message) in &scene.sent {
        let bytes = message.to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        for line in head.split("\r\n") {
            assert!(
                !line.starts_with("X-Injected"),
                "{trick:?} to {who}:\n{text}"
            );
            assert!(!line.contains(['\r', '\n']), "{trick:?} to {who}:\n{text}");
        }
    }
}

/// Somebody of the core's calls otto.
fn call(scene: &mut Scene, more: &str) {
    let at = scene::hop("core");
    scene.serial += 1;
    let serial = scene.serial;
    let text = format!(
        "INVITE sip:otto@example.org SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bKi{serial}\r\n\
         To: <sip:otto@example.org>\r\nCall-ID: i-{serial}\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:eve@{}>\r\n{more}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{OFFER}",
        at.remote,
        at.remote,
        OFFER.len()
    );
    scene.receive("core", text.into_bytes());
}

#[test]
fn no_name_reason_or_address_of_a_peer_becomes_a_header_on_the_other_side() {
    for trick in TRICKS {
        let mut scene = Scene::new();
        call(
            &mut scene,
            &format!(
                "From: \"{trick}\" <sip:eve@ims.test>;tag=i\r\n\
                 P-Asserted-Identity: \"{trick}\" <sip:eve@ims.test>\r\n\
                 Subject: {trick}\r\nReason: SIP;cause=600;text=\"{trick}\"\r\n\
                 Warning: 399 eve \"{trick}\"\r\nReferred-By: \"{trick}\" <sip:eve@ims.test>\r\n"
            ),
        );
        let rung = scene.last_request("phone");
        assert_eq!(rung.method, sip::message::Method::Invite, "{trick:?}");
        let shown = rung.headers.from.display.as_deref().unwrap();
        let hidden = |letter: char| letter.is_control() || letter == '\u{2028}';
        assert!(
            shown.starts_with('a') && !shown.contains(hidden),
            "{shown:?}"
        );
        for status in [180, 302, 486] {
            let contact = format!(
                "<sip:eve@192.0.2.40?X-Injected=yes&Subject={}>",
                "%0d%0aX-Injected:%20yes"
            );
            let mut answer = sip::message::Response::to(
                &scene.last_request("phone"),
                sip::message::Status::new(status).unwrap(),
            )
            .with_to_tag("there");
            answer.reason = trick.into();
            answer
                .headers
                .push("Warning", format!("399 eve \"{trick}\""));
            answer
                .headers
                .push("Reason", format!("SIP;cause={status};text=\"{trick}\""));
            answer.headers.contact = sip::message::Contact::one(contact.parse().unwrap());
            scene.receive("phone", answer.to_bytes());
        }
        scene.pass(std::time::Duration::from_secs(1));
        check(&scene, trick);
    }
}

#[test]
fn a_name_of_eight_kilobytes_still_rings_in_one_datagram() {
    let mut scene = Scene::new();
    let name = "n".repeat(8 * 1024);
    call(
        &mut scene,
        &format!(
            "From: <sip:eve@ims.test>;tag=i\r\nP-Asserted-Identity: \"{name}\" <sip:eve@ims.test>\r\n"
        ),
    );
    let rung = scene.last_request("phone");
    let length = rung.to_bytes().len();
    assert!(length < 1500, "{length} bytes");
    assert_eq!(rung.headers.from.display.unwrap().len(), 128);
}

#[test]
fn a_forwarded_message_keeps_every_trick_inside_its_value() {
    for trick in TRICKS {
        let mut scene = Scene::new();
        let more = format!(
            "Subject: {trick}\r\nWarning: 399 eve \"{trick}\"\r\n\
             P-Asserted-Identity: \"{trick}\" <sip:eve@ims.test>\r\n"
        );
        scene.request("core", "MESSAGE", "sip:otto@example.org", &more);
        assert_eq!(
            scene.last_request("phone").method.to_string(),
            "MESSAGE",
            "{trick:?}"
        );
        scene.answer(
            "phone",
            486,
            &[("Warning", "399 x \"%0d%0aX-Injected: yes\"")],
        );
        check(&scene, trick);
    }
}
