//! RFC 3323, RFC 3325 §7: calls of those who want to stay unknown.

use super::core::invite;
use super::scene::{self, Scene};

const ANONYMOUS: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

fn from(headers: &sip::message::Headers) -> String {
    let mut from = headers.from.clone();
    from.params.remove("tag");
    from.to_string()
}

/// R7.6
#[test]
fn a_device_is_not_told_who_calls_if_the_caller_says_so() {
    for (privacy, is_hidden) in [
        ("id", true),
        ("user;critical", true),
        ("header;id", true),
        ("<?>", true),
        ("none", false),
        ("header", false),
    ] {
        let mut scene = Scene::new();
        scene.switch.guard = scene::believing(scene.now);
        scene.switch.home.registrar.forget("nina");
        let wish = format!("Privacy: {privacy}\r\n");
        scene.register_at_core();
        invite(&mut scene, "trunk", "sip:otto@example.org", &wish);
        let rung = scene.last_request("phone");
        let asserted = rung.headers.has("P-Asserted-Identity");
        assert_eq!(asserted, !is_hidden, "{privacy}");
        assert_eq!(from(&rung.headers) == ANONYMOUS, is_hidden, "{privacy}");
        let told = rung.to_bytes();
        let told = String::from_utf8_lossy(&told);
        assert_eq!(told.contains("tim@"), !is_hidden, "{told}");
    }
}

#[test]
fn the_core_is_told_who_calls_and_that_it_is_to_keep_it() {
    let mut scene = Scene::new();
    scene.register_at_core();
    invite(
        &mut scene,
        "trunk",
        "sip:friend@ims.test",
        "Privacy: id\r\n",
    );
    let out = scene.last_request("core");
    let asserted: Vec<&str> = out.headers.get_all("P-Asserted-Identity").collect();
    assert_eq!(asserted, ["<sip:tim@ims.test>"]);
    assert_eq!(out.headers.get("Privacy"), Some("id"));
    assert_eq!(from(&out.headers), "<sip:tim@ims.test>");
}

#[test]
fn a_caller_who_is_anonymous_in_from_stays_so_behind_the_core() {
    let mut scene = Scene::new();
    scene.register_at_core();
    let at = scene::hop("trunk");
    let text = format!(
        "INVITE sip:friend@ims.test SIP/2.0\r\nVia: SIP/2.0/TCP {0};branch=z9hG4bKi\r\n\
         From: {ANONYMOUS};tag=i\r\nTo: <sip:friend@ims.test>\r\nCall-ID: i\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:trunk@{0}>\r\nPrivacy: id\r\nContent-Type: application/sdp\r\n\
         Content-Length: {1}\r\n\r\n{2}",
        at.remote,
        super::core::OFFER.len(),
        super::core::OFFER
    );
    scene.receive("trunk", text.into_bytes());
    let out = scene.last_request("core");
    assert_eq!(from(&out.headers), ANONYMOUS);
    let asserted: Vec<&str> = out.headers.get_all("P-Asserted-Identity").collect();
    assert_eq!(asserted, ["<sip:tim@ims.test>"]);
}

#[test]
fn a_caller_behind_the_core_who_wants_to_stay_unknown_does() {
    let mut scene = Scene::new();
    scene.register_at_core();
    let way = format!(
        "Route: {}\r\nP-Asserted-Identity: <tel:+15558888>\r\nPrivacy: id\r\n",
        scene.path()
    );
    invite(&mut scene, "core", "sip:tim@c.invalid;transport=ws", &way);
    let rung = scene.last_request("trunk");
    assert_eq!(from(&rung.headers), ANONYMOUS);
    assert!(!rung.headers.has("P-Asserted-Identity"));
    let told = rung.to_bytes();
    assert!(!String::from_utf8_lossy(&told).contains("5558888"));
}
