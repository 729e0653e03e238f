//! RFC 3261 §16: requests of others through a whole switch; the expectation is the SIP ladder.

mod call_context;
mod capability;
mod challenges;
mod core;
mod flows;
mod injection;
mod numbers;
mod private;
mod scene;

use std::time::Duration;

use sip::message::Status;

use scene::Scene;

#[test]
fn options_reaches_the_best_device_and_its_answer_comes_back_as_it_was() {
    let mut scene = Scene::new();
    scene.request(
        "page",
        "OPTIONS",
        "tel:+15550002",
        "Max-Forwards: 9\r\nX-Odd: kept\r\n",
    );
    let got = scene.last_request("phone");
    assert_eq!(got.headers.max_forwards, Some(8));
    assert_eq!(got.headers.get("X-Odd"), Some("kept"));
    assert_eq!(got.headers.via.len(), 2);
    scene.answer("phone", 200, &[("X-Answer", "kept too")]);
    let heard = scene.last_response("page");
    assert_eq!(heard.headers.get("X-Answer"), Some("kept too"));
    assert_eq!(heard.headers.via.len(), 1);
    scene.check(
        "page -> OPTIONS tel:+15550002
         -> phone OPTIONS sip:otto@192.0.2.20
         phone -> 200 OPTIONS
         -> page 200 OPTIONS",
    );
}

#[test]
fn a_device_that_is_gone_gives_way_to_the_next_one_and_a_refusal_does_not() {
    let mut scene = Scene::new();
    scene.request("page", "INFO", "sip:otto@example.org", "");
    scene.answer("phone", 480, &[]);
    scene.answer("tablet", 603, &[]);
    scene.request("page", "INFO", "sip:otto@example.org", "");
    scene.answer("phone", 405, &[]);
    scene.check(
        "page -> INFO sip:otto@example.org
         -> phone INFO sip:otto@192.0.2.20
         phone -> 480 INFO
         -> tablet INFO sip:otto@b.invalid;transport=ws
         tablet -> 603 INFO
         -> page 603 INFO
         page -> INFO sip:otto@example.org
         -> phone INFO sip:otto@192.0.2.20
         phone -> 405 INFO
         -> page 405 INFO",
    );
}

#[test]
fn a_message_is_for_all_devices_and_the_best_answer_is_told() {
    let mut scene = Scene::new();
    scene.request(
        "page",
        "MESSAGE",
        "sip:otto@example.org",
        "Max-Breadth: 3\r\n",
    );
    assert_eq!(
        scene.last_request("phone").headers.get("Max-Breadth"),
        Some("1")
    );
    scene.answer("tablet", 404, &[]);
    scene.answer("phone", 202, &[]);
    scene.check(
        "page -> MESSAGE sip:otto@example.org
         -> phone MESSAGE sip:otto@192.0.2.20
         -> tablet MESSAGE sip:otto@b.invalid;transport=ws
         tablet -> 404 MESSAGE
         phone -> 202 MESSAGE
         -> page 202 MESSAGE",
    );
    scene.request(
        "page",
        "MESSAGE",
        "sip:otto@example.org",
        "Max-Breadth: 1\r\n",
    );
    assert_eq!(scene.last_response("page").status.code(), 440);
}

#[test]
fn a_request_that_goes_nowhere_is_refused_for_its_reason() {
    let cases = [
        ("page", "OPTIONS", "sip:nobody@example.org", "", 404),
        (
            "page",
            "OPTIONS",
            "sip:otto@example.org",
            "Max-Forwards: 0\r\n",
            483,
        ),
        (
            "page",
            "MESSAGE",
            "sip:otto@example.org",
            "Proxy-Require: odd\r\n",
            420,
        ),
        ("page", "MESSAGE", "sip:example.org", "", 405),
        ("page", "OPTIONS", "sip:example.org", "", 200),
        (
            "page",
            "OPTIONS",
            "sip:nina@example.org;gr=urn:uuid:5",
            "",
            480,
        ),
        // Nobody relays for who is not known, nor for who comes from where somebody is.
        ("stranger", "MESSAGE", "sip:otto@example.org", "", 407),
        (
            "stranger",
            "MESSAGE",
            "sip:somebody@elsewhere.test",
            "",
            407,
        ),
        ("phone", "MESSAGE", "sip:nina@example.org", "", 407),
        ("phone", "INVITE", "sip:nina@example.org", "", 407),
        ("stranger", "INVITE", "sip:nina@example.org", "", 407),
        (
            "page",
            "MESSAGE",
            "sip:x@y.test",
            "Route: <sip:forged@192.0.2.1;lr>\r\n",
            430,
        ),
        ("core", "MESSAGE", "sip:x@elsewhere.test", "", 404),
        ("core", "REGISTER", "sip:ims.test", "", 404),
    ];
    for (from, method, uri, more, expected) in cases {
        let mut scene = Scene::new();
        scene.request(from, method, uri, more);
        let status = scene.last_response(from).status;
        assert_eq!(status.code(), expected, "{method} {uri} {more}");
    }
}

/// R7.6: who sends is ours to say; a device's word counts for nothing.
#[test]
fn what_the_sender_claims_to_be_is_replaced_by_what_we_know() {
    let mut scene = Scene::new();
    let claims =
        "P-Asserted-Identity: <sip:king@example.org>\r\nP-Charging-Vector: icid-value=1\r\n";
    scene.request("page", "MESSAGE", "sip:otto@example.org", claims);
    let got = scene.last_request("phone");
    let known = "\"nina\" <sip:+15550001@example.org;user=phone>";
    assert_eq!(got.headers.get("P-Asserted-Identity"), Some(known));
    assert!(!got.headers.has("P-Charging-Vector"));

    let wish = "P-Preferred-Identity: <tel:+15550001>\r\n";
    scene.request("page", "MESSAGE", "sip:otto@example.org", wish);
    let got = scene.last_request("phone");
    let wished = "\"nina\" <tel:+15550001>";
    assert_eq!(got.headers.get("P-Asserted-Identity"), Some(wished));

    // R7.6: people are known by number, whatever else they would like to be known by.
    let wish = "P-Preferred-Identity: <sip:nina@example.org>\r\n";
    scene.request("page", "MESSAGE", "sip:otto@example.org", wish);
    let got = scene.last_request("phone");
    assert_eq!(got.headers.get("P-Asserted-Identity"), Some(known));

    scene.request("page", "MESSAGE", "sip:otto@example.org", "Privacy: id\r\n");
    assert!(
        !scene
            .last_request("phone")
            .headers
            .has("P-Asserted-Identity")
    );

    scene.request("page", "MESSAGE", "sip:other@ims.test", "Privacy: id\r\n");
    let got = scene.last_request("core");
    let mapped = "\"nina\" <sip:nina@ims.test>";
    assert_eq!(got.headers.get("P-Asserted-Identity"), Some(mapped));
}

#[test]
fn a_request_that_comes_round_in_a_circle_is_seen_and_one_that_comes_back_to_go_elsewhere_is_not() {
    let mut scene = Scene::new();
    scene.request("page", "MESSAGE", "sip:other@ims.test", "");
    let out = scene.last_request("core");
    // The core sends it to nina's other address: a spiral.
    let mut spiral = out.clone();
    spiral.uri = "sip:otto@example.org".parse().unwrap();
    spiral
        .headers
        .via
        .insert(0, "SIP/2.0/UDP 192.0.2.50;branch=z9hG4bKs".parse().unwrap());
    scene.receive("core", spiral.to_bytes());
    assert_eq!(scene.last_request("phone").headers.via.len(), 4);
    let mut circle = spiral.clone();
    circle.headers.via = scene.last_request("phone").headers.via.clone();
    circle
        .headers
        .via
        .insert(0, "SIP/2.0/UDP 192.0.2.50;branch=z9hG4bKc".parse().unwrap());
    scene.receive("core", circle.to_bytes());
    assert_eq!(scene.last_response("core").status, Status::LOOP_DETECTED);
}

#[test]
fn a_gruu_means_one_device_and_its_temporary_one_does_too() {
    let mut scene = Scene::new();
    scene.request(
        "tablet",
        "OPTIONS",
        "sip:nina@example.org;gr=urn:uuid:1",
        "",
    );
    assert_eq!(
        scene.last_request("page").uri.to_string(),
        "sip:nina@a.invalid;transport=ws"
    );
    let home = &scene.switch.home;
    let binding = home.registrar.reachable("nina", scene.now)[0].clone();
    let mut contact = binding.contact.clone();
    home.add_gruus(&mut contact, "nina", &binding, [1; 8]);
    assert_eq!(
        contact.param("pub-gruu"),
        Some("sip:nina@example.org;gr=urn%3Auuid%3A1")
    );
    let temporary = contact.param("temp-gruu").unwrap().to_owned();
    scene.ladder.clear();
    scene.request("tablet", "OPTIONS", &temporary, "");
    assert_eq!(
        scene.ladder[1],
        "-> page OPTIONS sip:nina@a.invalid;transport=ws"
    );
}

#[test]
fn who_subscribes_to_their_own_registration_is_told_of_each_change() {
    let mut scene = Scene::new();
    let ask = "Event: reg\r\nContact: <sip:nina@a.invalid;transport=ws>\r\nExpires: 600\r\n";
    scene.request("page", "SUBSCRIBE", "sip:nina@example.org", ask);
    scene.check(
        "page -> SUBSCRIBE sip:nina@example.org
         -> page 200 SUBSCRIBE
         -> page NOTIFY sip:nina@a.invalid;transport=ws",
    );
    let told = scene.last_request("page");
    let body = String::from_utf8(told.body.clone()).unwrap();
    assert!(
        body.contains("<uri>sip:nina@a.invalid;transport=ws</uri>"),
        "{body}"
    );
    scene.answer("page", 200, &[]);
    scene.switch.home.registrar.forget("nina");
    scene.pass(Duration::from_secs(601));
    let told = scene.last_request("page");
    let body = String::from_utf8(told.body.clone()).unwrap();
    assert!(body.contains("state=\"init\""), "{body}");
    let state = told.headers.get("Subscription-State");
    assert_eq!(state, Some("terminated;reason=timeout"));

    scene.request("tablet", "SUBSCRIBE", "sip:nina@example.org", ask);
    assert_eq!(scene.last_response("tablet").status, Status::FORBIDDEN);
}

#[test]
fn a_subscription_between_devices_stays_on_its_flows() {
    let mut scene = Scene::new();
    let ask = "Event: presence\r\nContact: <sip:nina@a.invalid;transport=ws>\r\n";
    scene.request("page", "SUBSCRIBE", "sip:otto@example.org", ask);
    let got = scene.last_request("phone");
    let routes: Vec<String> = got
        .headers
        .record_route
        .iter()
        .map(|one| one.to_string())
        .collect();
    assert_eq!(routes.len(), 2);
    scene.answer("phone", 200, &[("Contact", "<sip:otto@192.0.2.20>")]);
    // The notifier's way back has the routes in the order in which it got them.
    let back = format!(
        "To: <sip:page@example.org>;tag=1\r\nRoute: {}, {}\r\nEvent: presence\r\n",
        routes[0], routes[1]
    );
    scene.ladder.clear();
    scene.request("phone", "NOTIFY", "sip:nina@a.invalid;transport=ws", &back);
    scene.answer("page", 200, &[]);
    scene.check(
        "phone -> NOTIFY sip:nina@a.invalid;transport=ws
         -> page NOTIFY sip:nina@a.invalid;transport=ws
         page -> 200 NOTIFY
         -> phone 200 NOTIFY",
    );
}
