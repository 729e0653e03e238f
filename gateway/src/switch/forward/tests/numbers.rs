//! Requests outside of calls to numbers, and what the core is told of them.

use sip::message::{Status, Uri};

use super::core::invite;
use super::scene::{self, Scene};
use crate::switch::Input;
use crate::switch::destinations::Ticket;
use crate::switch::enum_lookup::Enumerated;

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.switch.policy.numbers.suffixes = vec!["e164.arpa".to_owned()];
    scene
}

fn dns_says(scene: &mut Scene, addresses: &[&str]) {
    let read = |text: &&str| {
        let uri: Uri = text.parse().unwrap();
        uri.as_sip().unwrap().clone()
    };
    let all: Vec<_> = addresses.iter().map(read).collect();
    let found = match all.is_empty() {
        true => Enumerated::Nothing,
        false => Enumerated::Found(all),
    };
    let ticket = Ticket(0);
    scene
        .switch
        .handle(Input::Enumerated { ticket, found }, scene.now);
    scene.drain();
}

/// R7.3
#[test]
fn a_message_to_a_number_goes_to_all_devices_that_the_dns_leads_to() {
    let mut scene = scene();
    scene.request("page", "MESSAGE", "tel:+442079460148", "");
    scene.check("page -> MESSAGE tel:+442079460148");
    dns_says(&mut scene, &["sip:+15550002@example.org;user=phone"]);
    scene.check(
        "-> phone MESSAGE sip:otto@192.0.2.20
         -> tablet MESSAGE sip:otto@b.invalid;transport=ws",
    );
    let heard = scene.last_request("phone");
    assert_eq!(heard.headers.max_forwards, Some(69));
    assert!(heard.headers.has("P-Asserted-Identity"));
}

/// R7.3: what the DNS does not have goes to the core, as `tel:`; another network's address goes there too.
#[test]
fn the_core_has_the_last_word() {
    let cases: [(&str, &[&str], &str); 4] = [
        ("tel:+442079460148", &[], "tel:+442079460148"),
        (
            "sip:+442079460148@example.org;user=phone",
            &[],
            "tel:+442079460148",
        ),
        (
            "tel:+442079460148",
            &["sip:+442079460148@example.org"],
            "tel:+442079460148",
        ),
        (
            "tel:+442079460148",
            &["sip:anna@far.example"],
            "sip:anna@far.example",
        ),
    ];
    for (asked, said, expected) in cases {
        let mut scene = scene();
        scene.request("page", "OPTIONS", asked, "");
        dns_says(&mut scene, said);
        let heard = scene.last_request("core");
        assert_eq!(heard.uri.to_string(), expected, "{asked} {said:?}");
    }
}

/// R7.2, R7.3: without the DNS a number of ours that nobody has is the core's at once.
#[test]
fn a_number_at_our_domain_that_nobody_has_is_told_the_core_as_tel() {
    let mut scene = Scene::new();
    scene.switch.guard = scene::believing(scene.now);
    invite(
        &mut scene,
        "phone",
        "sip:+442079460148@example.org;user=phone",
        "",
    );
    let heard = scene.last_request("core");
    assert_eq!(heard.uri.to_string(), "tel:+442079460148");
}

/// R7.4: what the core sends it has asked for; asking again could go in circles.
#[test]
fn a_number_from_the_core_is_looked_for_among_our_users_alone() {
    let mut scene = scene();
    scene.request("core", "MESSAGE", "tel:+442079460148", "");
    assert_eq!(scene.last_response("core").status, Status::NOT_FOUND);
    scene.request("core", "MESSAGE", "tel:+15550001", "");
    assert_eq!(scene.last_request("page").method.as_str(), "MESSAGE");
    assert_eq!(scene.switch.counters.snapshot().enum_asked, 0);
}
