//! Identities, charging, access, security, preferences, features, and times.

use super::{headers, reads, refuses};
use sip::message::{
    AcceptContact, Date, FeatureIs, FeatureNumber, MaxBreadth, NameAddr, PAccessNetworkInfo,
    PAssertedIdentity, PChargingFunctionAddresses, PChargingVector, PPreferredIdentity,
    PVisitedNetworkId, Privacy, Reason, Reasons, RejectContact, RetryAfter, SecurityClient,
    SecurityServer, SecurityVerify, Status, SyntaxError, Warnings,
};
use std::time::Duration;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_network_says_who_somebody_is() {
    let asserted =
        reads::<PAssertedIdentity>("\"Alice\" <sip:alice@ims.example.com>, <tel:+15551234>");
    assert_eq!(asserted.0[1].uri.number().as_deref(), Some("+15551234"));
    reads::<PPreferredIdentity>("<sip:alice@ims.example.com>");
    // RFC 3325 §9.1 allows an address without brackets.
    let bare = "tel:+14085264000".parse::<PAssertedIdentity>();
    assert_eq!(bare.expect("read").to_string(), "<tel:+14085264000>");
    refuses::<PAssertedIdentity>("", SyntaxError::Empty);
    let privacy = reads::<Privacy>("id;critical");
    assert!(privacy.asks("ID") && !privacy.asks("header"));
    assert!(!reads::<Privacy>("none").asks("id"));
    refuses::<Privacy>("id;;header", SyntaxError::Token);
}

#[test]
fn an_access_network_names_the_cell() {
    let access = reads::<PAccessNetworkInfo>(
        "3GPP-UTRAN-TDD;utran-cell-id-3gpp=234151D0FCE11, IEEE-802.11;i-wlan-node-id=00005e005300;np",
    );
    assert_eq!(access.0[0].place(), Some("234151D0FCE11"));
    assert!(!access.0[0].is_network_provided());
    assert!(access.0[1].is_network_provided());
    assert_eq!(access.0[1].access.as_str(), "IEEE-802.11");
    refuses::<PAccessNetworkInfo>(";x", SyntaxError::Token);
    let visited = reads::<PVisitedNetworkId>("\"Visited network number 1\";x=y, other.net");
    assert_eq!(visited.0[0].name, "Visited network number 1");
    assert_eq!(visited.0[1].name, "other.net");
    refuses::<PVisitedNetworkId>("two words", SyntaxError::Token);
}

#[test]
fn a_call_is_charged_by_its_vector() {
    let vector = reads::<PChargingVector>(
        "icid-value=1234bc9876e;icid-generated-at=192.0.6.8;orig-ioi=home1.example.net",
    );
    assert_eq!(vector.icid(), "1234bc9876e");
    assert_eq!(vector.generated_at(), Some("192.0.6.8"));
    assert_eq!(
        (vector.orig_ioi(), vector.term_ioi()),
        (Some("home1.example.net"), None)
    );
    assert_eq!(
        PChargingVector::new("a b")
            .with_networks("x.example", "y.example")
            .to_string(),
        "icid-value=\"a b\";orig-ioi=x.example;term-ioi=y.example"
    );
    refuses::<PChargingVector>("orig-ioi=home1.example.net", SyntaxError::Empty);
    let functions = reads::<PChargingFunctionAddresses>("ccf=192.0.8.1;ecf=[2001:db8::3];ccf=b");
    assert_eq!(
        functions.collection().collect::<Vec<_>>(),
        ["192.0.8.1", "b"]
    );
    assert_eq!(functions.event().collect::<Vec<_>>(), ["[2001:db8::3]"]);
}

#[test]
fn security_is_agreed_by_lists_of_mechanisms() {
    let client = reads::<SecurityClient>(
        "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1111;spi-s=2222;port-c=5062;port-s=5064, tls;q=0.1",
    );
    assert_eq!(client.0[0].name.as_str(), "ipsec-3gpp");
    assert_eq!(client.0[1].params.get("q"), Some("0.1"));
    reads::<SecurityServer>("digest;d-qop=auth");
    reads::<SecurityVerify>("tls");
    refuses::<SecurityVerify>("tls,", SyntaxError::Token);
}

#[test]
fn a_caller_says_which_devices_it_wants() {
    let wish = reads::<AcceptContact>(
        "*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\";require;explicit, *;audio",
    );
    assert!(wish.0[0].is_required() && wish.0[0].is_explicit());
    assert!(!wish.0[1].is_required());
    let features = wish.0[0].features().expect("good");
    assert!(features.lists(
        "+g.3gpp.icsi-ref",
        "urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"
    ));
    assert!(
        reads::<RejectContact>("*;video").0[0]
            .features()
            .expect("good")
            .has("video")
    );
    refuses::<AcceptContact>("<sip:a@b>", SyntaxError::Character);
    let short = headers(&[("a", "*;audio"), ("j", "*;actor=\"msg-taker\"")]);
    assert!(
        short
            .typed::<AcceptContact>()
            .is_some_and(|wish| wish.is_ok())
    );
    assert!(
        short
            .typed::<RejectContact>()
            .is_some_and(|wish| wish.is_ok())
    );
}

#[test]
fn a_contact_says_what_a_device_can() {
    let contact: NameAddr = "<sip:u1@h.example.com>;audio;video=\"FALSE\";+x.y=\"<TRUE>\";\
         methods=\"INVITE,BYE,!REFER\";mobility=\"!fixed\";+rate=\"#>=-5.25,#100:200\";\
         +name=\"<Alice>,!<Bob>\";q=0.5;expires=60;priority=\"#=20\";type=\"application/sdp\""
        .parse()
        .expect("an address");
    // A type with its slash is no token (RFC 3840 §10.11 has it as a string).
    assert_eq!(contact.features(), Err(SyntaxError::Token));
    let mut contact = contact;
    contact.params.set_quoted("type", "<application/sdp>");
    let features = contact.features().expect("good");
    assert!(features.has("AUDIO") && !features.has("video") && features.has("+x.y"));
    assert!(features.lists("methods", "bye") && !features.lists("methods", "REFER"));
    assert!(features.get("q").is_empty() && features.get("expires").is_empty());
    let rate = features.get("+rate");
    let FeatureIs::Number {
        least: Some(least),
        most: None,
    } = rate[0].what
    else {
        panic!("{rate:?}");
    };
    assert_eq!(least.as_f64(), -5.25);
    let (low, high) = (FeatureNumber::from(100), FeatureNumber::from(200));
    let range = FeatureIs::Number {
        least: Some(low),
        most: Some(high),
    };
    assert_eq!(rate[1].what, range);
    assert!(features.get("mobility")[0].negated && features.get("+name")[1].negated);
    assert_eq!(
        features.get("+name")[0].what,
        FeatureIs::String("Alice".into())
    );
    for bad in [
        "#",
        "#5:",
        "#>=x",
        "<open",
        "a b",
        "",
        "#1.1234567",
        "#99999999999999999999",
    ] {
        contact.params.set_quoted("+rate", bad);
        assert!(contact.features().is_err(), "{bad}");
    }
}

#[test]
fn a_reason_names_a_protocol_and_a_cause() {
    let reasons = reads::<Reasons>(
        "Q.850;cause=16;text=\"Terminated, normally\", SIP;cause=200;text=\"Call completed elsewhere\"",
    );
    assert_eq!(reasons.0[0].cause, Some(16));
    assert_eq!(reasons.0[0].text.as_deref(), Some("Terminated, normally"));
    assert_eq!(
        Reason::sip(Status::BUSY_HERE, "").to_string(),
        "SIP;cause=486"
    );
    refuses::<Reasons>(";cause=1", SyntaxError::Token);
    let headers = headers(&[("Reason", ";cause=1, SIP;cause=486")]);
    assert_eq!(
        Reason::of(&headers),
        Some(Reason::sip(Status::BUSY_HERE, ""))
    );
}

#[test]
fn times_are_read() {
    assert_eq!(reads::<MaxBreadth>("60"), MaxBreadth(60));
    refuses::<MaxBreadth>("-1", SyntaxError::Number);
    let wait = reads::<RetryAfter>("120 (I'm in a meeting);duration=3600");
    assert_eq!(
        (wait.wait.as_secs(), wait.duration().map(|d| d.as_secs())),
        (120, Some(3600))
    );
    assert_eq!(wait.comment.as_deref(), Some("I'm in a meeting"));
    let nested: RetryAfter = "5 (a (b \\) c))".parse().expect("a comment in a comment");
    assert_eq!(nested.comment.as_deref(), Some("a (b ) c)"));
    refuses::<RetryAfter>("5 (open", SyntaxError::OpenComment);
    refuses::<RetryAfter>("5 later", SyntaxError::Trailing);
    let date = reads::<Date>("Sat, 13 Nov 2010 23:29:00 GMT");
    assert_eq!(date.to_unix(), Duration::from_secs(1_289_690_940));
    assert_eq!(
        reads::<Date>("Thu, 29 Feb 2024 00:00:00 GMT")
            .to_unix()
            .as_secs(),
        1_709_164_800
    );
    assert_eq!(
        Date::from_unix(Duration::ZERO).to_string(),
        "Thu, 01 Jan 1970 00:00:00 GMT"
    );
    assert_eq!(
        Date::from_unix(Duration::MAX).to_string(),
        "Fri, 31 Dec 9999 23:59:59 GMT"
    );
    refuses::<Date>("Fri, 01 Jan 2010 16:00:00 EST", SyntaxError::Trailing);
    refuses::<Date>("Thu, 29 Feb 2023 00:00:00 GMT", SyntaxError::Number);
    refuses::<Date>("Fri, 01 Jan 2010 24:00:00 GMT", SyntaxError::Number);
    refuses::<Date>("Frx, 01 Jan 2010 16:00:00 GMT", SyntaxError::Token);
}

#[test]
fn a_warning_has_a_code_an_agent_and_a_text() {
    let warnings = reads::<Warnings>(
        "307 isi.example.edu:5060 \"Session parameter 'foo' not understood\", 370 [2001:db8::1] \"a, b\"",
    );
    assert_eq!(
        (warnings.0[0].code(), warnings.0[0].agent()),
        (307, "isi.example.edu:5060")
    );
    assert_eq!(warnings.0[1].text, "a, b");
    refuses::<Warnings>("1812 overture \"In Progress\"", SyntaxError::Number);
    refuses::<Warnings>("307 isi.example.edu text", SyntaxError::Character);
}
