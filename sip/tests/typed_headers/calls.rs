//! Calls, transfer, subscriptions and routes.

use super::{headers, reads, refuses};
use sip::message::{
    CallId, Event, Method, MinSe, NameAddr, PAssociatedUri, Path, RAck, RSeq, ReferTo, ReferredBy,
    Refresher, Replaces, ServiceRoute, SessionExpires, SubscriptionState, Substate, SyntaxError,
};
use std::time::Duration;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn reliable_provisional_responses_are_numbered_and_acknowledged() {
    assert_eq!(reads::<RSeq>("988789"), RSeq(988_789));
    let rack = reads::<RAck>("776656 1 INVITE");
    assert_eq!((rack.response, rack.cseq.number), (776_656, 1));
    assert_eq!(rack.cseq.method, Method::Invite);
    refuses::<RSeq>("-1", SyntaxError::Number);
    refuses::<RSeq>("4294967296", SyntaxError::Number);
    refuses::<RAck>("776656", SyntaxError::Empty);
    refuses::<RAck>("776656 INVITE", SyntaxError::Empty);
}

#[test]
fn a_session_says_how_long_it_lives_and_who_refreshes() {
    let session = reads::<SessionExpires>("1800;refresher=uas;x");
    assert_eq!(session.interval, Duration::from_secs(1800));
    assert_eq!(session.refresher(), Some(Refresher::Uas));
    assert_eq!(reads::<SessionExpires>("90").refresher(), None);
    assert_eq!(
        SessionExpires::new(Duration::from_millis(90_900))
            .with_refresher(Refresher::Uac)
            .to_string(),
        "90;refresher=uac"
    );
    assert_eq!(reads::<MinSe>("90;lr").interval, Duration::from_secs(90));
    refuses::<SessionExpires>("soon", SyntaxError::Number);
    refuses::<MinSe>("", SyntaxError::Number);
}

#[test]
fn a_dialog_is_replaced_by_its_call_id_and_tags() {
    let replaces =
        reads::<Replaces>("98asjd8@host.example.com;to-tag=7743;from-tag=6472;early-only");
    assert_eq!(replaces.call_id().as_str(), "98asjd8@host.example.com");
    assert_eq!((replaces.to_tag(), replaces.from_tag()), ("7743", "6472"));
    assert!(replaces.early_only());
    refuses::<Replaces>("1;to-tag=7743", SyntaxError::Empty);
    refuses::<Replaces>(";to-tag=1;from-tag=2", SyntaxError::Empty);
    refuses::<Replaces>("1;to-tag=1;from-tag=2;To-Tag=3", SyntaxError::Twice);
    let call_id: CallId = "a;b".parse().expect("a Call-ID");
    assert!(Replaces::new(call_id, "1", "2").is_err());
}

#[test]
fn a_transfer_brings_along_what_it_replaces() {
    let replaces = Replaces::new("7@h".parse().expect("a Call-ID"), "t 1", "f").expect("fits");
    let target: NameAddr = "<sip:carol@example.com>".parse().expect("an address");
    let uri = target.uri.as_sip().expect("sip").clone();
    let uri = uri.with_embedded("Replaces", &replaces.to_string());
    let refer = ReferTo(NameAddr::new(sip::message::Uri::Sip(uri)));
    assert_eq!(
        refer.to_string(),
        "<sip:carol@example.com?Replaces=7%40h%3Bto-tag%3D%22t%201%22%3Bfrom-tag%3Df>"
    );
    let read = reads::<ReferTo>(&refer.to_string());
    let uri = read.0.uri.as_sip().expect("sip");
    let embedded = uri.embedded_header("replaces").expect("there");
    assert_eq!(embedded.parse::<Replaces>(), Ok(replaces));
    let by = reads::<ReferredBy>("<sip:alice@example.com>;cid=\"2UWQFN309shb3@example.com\"");
    assert_eq!(by.0.param("cid"), Some("2UWQFN309shb3@example.com"));
    // RFC 3515 §2.4.2: one target.
    assert!("<sip:a@b>, <sip:c@d>".parse::<ReferTo>().is_err());
}

#[test]
fn an_event_is_a_package_and_an_id() {
    let event = reads::<Event>("refer;id=93809824;x=y");
    assert!(event.is("refer") && !event.is("Refer"));
    assert!(event.same_as(&Event::new("refer").with_id("93809824")));
    assert!(!event.same_as(&Event::new("refer")));
    refuses::<Event>("", SyntaxError::Token);
    let state = reads::<SubscriptionState>("terminated;reason=noresource;retry-after=5");
    assert_eq!(state.state, Substate::Terminated);
    assert_eq!(state.reason(), Some("noresource"));
    assert_eq!(state.retry_after(), Some(Duration::from_secs(5)));
    assert_eq!(state.expires(), None);
    let active = SubscriptionState::new(Substate::Active).with_expires(Duration::from_secs(60));
    assert_eq!(active.to_string(), "active;expires=60");
    assert_eq!(
        reads::<SubscriptionState>("waiting").state.as_str(),
        "waiting"
    );
}

#[test]
fn lists_of_addresses_go_on_over_lines() {
    let headers = headers(&[
        (
            "Path",
            "<sip:p1.example.com;lr>, <sip:p2.example.com;lr;ob>",
        ),
        ("Supported", "path"),
        ("path", "<sip:p3.example.com;lr>"),
    ]);
    let path = headers.typed::<Path>().expect("there").expect("good");
    let hosts: Vec<String> = path.0.iter().map(|hop| hop.uri.to_string()).collect();
    assert_eq!(
        hosts,
        [
            "sip:p1.example.com;lr",
            "sip:p2.example.com;lr;ob",
            "sip:p3.example.com;lr"
        ]
    );
    reads::<ServiceRoute>("<sip:orig@scscf.example.com;lr>");
    assert_eq!(
        reads::<PAssociatedUri>("<sip:alice@example.com>, <tel:+15551234>")
            .0
            .len(),
        2
    );
    assert!(reads::<PAssociatedUri>("").0.is_empty());
    refuses::<Path>("<sip:a>,", SyntaxError::Empty);
}

#[test]
fn compact_names_are_the_same_header() {
    let headers = headers(&[
        ("x", "90"),
        ("r", "<sip:b@example.com>"),
        ("B", "<sip:c@example.com>"),
        ("o", "reg"),
    ]);
    assert!(matches!(headers.typed::<SessionExpires>(), Some(Ok(_))));
    assert!(matches!(headers.typed::<ReferTo>(), Some(Ok(_))));
    assert!(matches!(headers.typed::<ReferredBy>(), Some(Ok(_))));
    assert!(matches!(headers.typed::<Event>(), Some(Ok(_))));
    assert_eq!(headers.typed::<RSeq>(), None);
}

#[test]
fn a_header_that_may_be_there_once_is_refused_twice() {
    let mut headers = headers(&[("Session-Expires", "90"), ("x", "1800")]);
    assert_eq!(
        headers.typed::<SessionExpires>(),
        Some(Err(SyntaxError::Twice))
    );
    headers.set_typed(&SessionExpires::new(Duration::from_secs(120)));
    assert_eq!(headers.get("x"), Some("120"));
    assert_eq!(headers.get_all("Session-Expires").count(), 1);
}
