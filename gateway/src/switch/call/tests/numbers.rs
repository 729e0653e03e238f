//! Numbers as somebody dials them: own users first, then what the DNS has for them, then nobody.

use sip::message::SipUri;
use sip::number;

use super::scene::{BROWSER_OFFER, Scene, Who};
use super::*;
use crate::switch::enum_lookup::Enumerated;

/// A number that nobody has here.
const ELSEWHERE: &str = "tel:+442079460148";

/// A gateway in Britain that asks the DNS.
fn scene() -> Scene {
    let mut scene = Scene::new();
    let numbers = &mut scene.switch.policy.numbers;
    numbers.home = number::Home::new("44", Some("0"), "00").unwrap();
    numbers.suffixes = vec!["e164.arpa".to_owned()];
    scene
}

fn found(addresses: &[&str]) -> Enumerated {
    let read = |text: &&str| -> SipUri {
        let uri: sip::message::Uri = text.parse().unwrap();
        uri.as_sip().unwrap().clone()
    };
    Enumerated::Found(addresses.iter().map(read).collect())
}

impl Scene {
    fn dns_says(&mut self, found: Enumerated) {
        let ticket = self.tickets.pop().expect("a number was asked for");
        self.switch
            .handle(Input::Enumerated { ticket, found }, self.now);
        self.settle();
    }

    fn counted(&self) -> [u64; 4] {
        let seen = self.switch.counters.snapshot();
        [
            seen.enum_asked,
            seen.enum_found,
            seen.enum_none,
            seen.enum_failed,
        ]
    }
}

/// R7.2, R7.3: own registrations come first, however the number is written, and nobody else is asked.
#[test]
fn a_number_of_ours_rings_our_device_however_it_is_dialled() {
    for uri in [
        "tel:+44-7700-900002",
        "tel:07700900002;phone-context=+44",
        "tel:07700900002;phone-context=example.org",
        "sip:+447700900002@example.org;user=phone",
        "sip:07700900002@example.org;user=phone",
        "sip:00447700900002@example.org",
        "sip:07700900002;phone-context=example.org@example.org;user=phone",
    ] {
        let mut scene = scene();
        scene.call(Who::Browser, uri, BROWSER_OFFER);
        scene.opened(1);
        assert!(scene.heard(Who::Handset, "INVITE", "INVITE"), "{uri}");
        assert_eq!(scene.counted(), [0; 4], "{uri}");
    }
}

/// R7.3: what nobody has here is looked for in the DNS; an address of ours that it names is our user's.
#[test]
fn a_number_that_only_the_dns_has_leads_to_our_user() {
    let mut scene = scene();
    scene.call(Who::Browser, ELSEWHERE, BROWSER_OFFER);
    scene.check(&["Browser -> INVITE"]);
    scene.dns_says(found(&["sip:+447700900002@example.org;user=phone"]));
    scene.check(&["media OpenPlain"]);
    scene.opened(1);
    scene.check(&["-> Handset INVITE"]);
    assert_eq!(scene.counted(), [1, 1, 0, 0]);
}

/// R7.3: another network is called where the operator allows it, and by its own name for the number.
#[test]
fn a_domain_that_may_be_called_directly_is() {
    let mut scene = scene();
    scene.switch.policy.numbers.domains = vec!["192.0.2.20".parse().unwrap()];
    scene.call(Who::Browser, ELSEWHERE, BROWSER_OFFER);
    scene.dns_says(found(&["sip:somebody@192.0.2.20"]));
    scene.opened(1);
    let start = "INVITE sip:somebody@192.0.2.20 ";
    assert!(scene.heard(Who::Handset, start, "Max-Forwards: 69"));
}

/// R7.4, R7.7: a name that leads back to the number, one that may not be called, and none at all.
#[test]
fn a_number_that_leads_to_nobody_is_404() {
    let cases = [
        found(&["sip:+442079460148@example.org;user=phone"]),
        found(&["sip:02079460148@example.org"]),
        found(&["sip:somebody@192.0.2.20", "sip:+442079460148@other.example"]),
        Enumerated::Nothing,
        Enumerated::Failed,
    ];
    for said in cases {
        let mut scene = scene();
        scene.call(Who::Browser, ELSEWHERE, BROWSER_OFFER);
        scene.dns_says(said.clone());
        assert!(
            scene.ends().contains(&(Who::Browser, Some(404))),
            "{said:?}: {:?}",
            scene.ends()
        );
        assert!(scene.tickets.is_empty(), "{said:?} is asked for again");
        assert_eq!(scene.switch.calls(), 0);
    }
}

/// R7.7: without the DNS, and for what is no number.
#[test]
fn what_nobody_has_is_404_at_once() {
    for (suffixes, uri) in [
        (vec![], ELSEWHERE),
        (vec!["e164.arpa".to_owned()], "sip:nobody@example.org"),
        (vec!["e164.arpa".to_owned()], "tel:+1-800-FLOWERS"),
        // RFC 4759: somebody before us has asked.
        (vec!["e164.arpa".to_owned()], "tel:+442079460148;enumdi"),
    ] {
        let mut scene = scene();
        scene.switch.policy.numbers.suffixes = suffixes;
        scene.call(Who::Browser, uri, BROWSER_OFFER);
        assert!(
            scene.ends().contains(&(Who::Browser, Some(404))),
            "{uri}: {:?}",
            scene.ends()
        );
        assert_eq!(scene.counted(), [0; 4]);
    }
}

#[test]
fn a_caller_who_gives_up_while_the_dns_is_asked_rings_nobody() {
    let mut scene = scene();
    let call = scene.call(Who::Browser, ELSEWHERE, BROWSER_OFFER);
    let now = scene.now;
    scene.browser.hang_up(call, None, now);
    scene.settle();
    assert_eq!(scene.switch.calls(), 0);
    scene.ladder.clear();
    scene.dns_says(found(&["sip:+447700900002@example.org"]));
    scene.check(&[]);
}

#[test]
fn nobody_calls_oneself_by_a_number_of_the_dns() {
    let mut scene = scene();
    scene.call(Who::Browser, ELSEWHERE, BROWSER_OFFER);
    scene.dns_says(found(&["sip:browser@example.org"]));
    assert!(scene.ends().contains(&(Who::Browser, Some(486))));
}

/// R7.3: a transfer's target too.
#[test]
fn somebody_is_put_through_to_a_number_that_only_the_dns_has() {
    let (mut scene, _) = Scene::of_four();
    scene.switch.policy.numbers.suffixes = vec!["e164.arpa".to_owned()];
    let call = scene.incoming(Who::Handset);
    scene.refer(Who::Handset, call, &["<tel:+442079460148>"], &[]);
    let numbers = scene.tickets.len();
    assert_eq!(numbers, 1, "the number is asked for");
    scene.ladder.clear();
    scene.dns_says(found(&["sip:+447700900003@example.org"]));
    assert!(
        scene.heard(Who::Tablet, "INVITE", "INVITE"),
        "{:?}",
        scene.ladder
    );
}
