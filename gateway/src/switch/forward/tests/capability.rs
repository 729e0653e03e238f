//! Questions between pages and plain peers: rules R1.5 to R1.9, R1.11, R1.16, R2.4.

use sip::message::{Body, Message, Request, Response};

use super::scene::{Scene, hop};

const PAGE_SAYS: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n\
a=keywds:fastmode\r\na=ice-options:trickle\r\n\
m=video 0 RTP/AVP 98 100\r\na=rtpmap:98 H264/90000\r\na=rtpmap:100 VP8/90000\r\n";

const PHONE_SAYS: &str = "v=0\r\no=- 45 45 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n\
m=video 0 RTP/AVP 96\r\na=rtpmap:96 H263-2000/90000\r\na=fmtp:96 profile=0; level=45\r\n\
m=message 0 TCP/MSRP *\r\na=accept-types:image/jpeg\r\na=file-selector\r\na=max-size:100000\r\n";

const ASKED_IN_CALL: &str = "Contact: <sip:nina@a.invalid;transport=ws;ob>;+g.3gpp.cs-voice\r\n\
Accept-Contact: *;+g.3gpp.cs-voice;explicit\r\nAccept: application/sdp\r\n";

fn ask(scene: &mut Scene, from: &str, uri: &str, more: &str, sdp: &str) {
    scene.serial += 1;
    let (serial, at) = (scene.serial, hop(from));
    let text = format!(
        "OPTIONS {uri} SIP/2.0\r\nVia: SIP/2.0/{} {};branch=z9hG4bK{serial}\r\n\
         From: <sip:{from}@example.org>;tag={serial}\r\nTo: <{uri}>\r\n\
         Call-ID: {serial}\r\nCSeq: 1 OPTIONS\r\n{more}Content-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        at.transport,
        at.remote,
        sdp.len()
    );
    scene.receive(from, text.into_bytes());
}

fn answer(scene: &mut Scene, who: &str, headers: &[(&'static str, &str)], sdp: &str) {
    let request = scene.last_request(who);
    let mut response = Response::to(&request, super::Status::OK).with_to_tag("there");
    for (name, value) in headers {
        match *name {
            "Contact" => {
                let contact: sip::message::NameAddr = value.parse().unwrap();
                response.headers.contact = contact.into();
            }
            name => response.headers.push(name, *value),
        }
    }
    response.set_body(Body::sdp(sdp));
    scene.receive(who, Message::from(response).to_bytes());
}

fn text(body: &[u8]) -> String {
    String::from_utf8(body.to_vec()).unwrap()
}

fn contact(request: &Request) -> String {
    request.headers.contact.first().unwrap().to_string()
}

/// R1.7, R1.11, R1.17, R2.4
#[test]
fn neither_side_sees_the_others_description_and_the_answer_is_vouched_for() {
    let mut scene = Scene::new();
    ask(
        &mut scene,
        "page",
        "tel:+15550002",
        ASKED_IN_CALL,
        PAGE_SAYS,
    );
    let got = scene.last_request("phone");
    assert_eq!(
        contact(&got),
        "<sip:sidecam@192.0.2.1:5060>;+g.3gpp.cs-voice"
    );
    assert_eq!(
        got.headers.get("Accept-Contact"),
        Some("*;+g.3gpp.cs-voice;explicit")
    );
    assert_eq!(
        text(&got.body),
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         a=application:com.gsma.rts\r\na=type:videolive\r\n\
         m=video 0 RTP/AVP 98 96 97 34\r\na=rtpmap:98 H264/90000\r\na=rtpmap:96 H263-2000/90000\r\n\
         a=rtpmap:97 H263-1998/90000\r\na=rtpmap:34 H263/90000\r\n"
    );

    let forged = [
        ("Contact", "<sip:otto@192.0.2.20>;+g.3gpp.cs-voice;video"),
        ("P-Asserted-Identity", "<sip:boss@example.org>"),
    ];
    answer(&mut scene, "phone", &forged, PHONE_SAYS);
    let heard = scene.last_response("page");
    assert_eq!(
        heard.headers.contact.first().unwrap().to_string(),
        "<sip:sidecam@192.0.2.1:5060;transport=ws>;+g.3gpp.cs-voice"
    );
    let asserted: Vec<&str> = heard.headers.get_all("P-Asserted-Identity").collect();
    assert_eq!(
        asserted,
        ["\"otto\" <sip:+15550002@example.org;user=phone>, <tel:+15550002>"]
    );
    assert_eq!(
        text(&heard.body),
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         a=application:com.gsma.rts\r\na=type:videolive\r\n\
         m=video 0 RTP/AVP 96\r\na=rtpmap:96 H263-2000/90000\r\n\
         m=message 0 TCP/MSRP *\r\na=accept-types:image/jpeg\r\na=file-selector\r\na=max-size:100000\r\n"
    );
}

/// R1.16
#[test]
fn what_a_plain_peer_answered_is_remembered_for_where_it_is_invited() {
    let mut scene = Scene::new();
    ask(
        &mut scene,
        "page",
        "tel:+15550002",
        ASKED_IN_CALL,
        PAGE_SAYS,
    );
    answer(&mut scene, "phone", &[], PHONE_SAYS);
    let (device, number) = (
        "sip:otto@192.0.2.20".parse().unwrap(),
        "tel:+15550002".parse().unwrap(),
    );
    let known = &scene.switch.known_peers;
    assert!(known.has_h263_alone(&device, scene.now));
    assert!(!known.has_h263_alone(&number, scene.now));

    // Of the core's users by the address that it says, too.
    ask(
        &mut scene,
        "page",
        "tel:+15559999",
        ASKED_IN_CALL,
        PAGE_SAYS,
    );
    let said = [("P-Asserted-Identity", "<sip:zoe@ims.test>")];
    answer(&mut scene, "core", &said, PHONE_SAYS);
    let known = &scene.switch.known_peers;
    for uri in ["tel:+15559999", "sip:zoe@ims.test"] {
        let uri = uri.parse().unwrap();
        assert!(known.has_h263_alone(&uri, scene.now), "{uri}");
    }
    assert_eq!(
        scene
            .last_response("page")
            .headers
            .get("P-Asserted-Identity"),
        Some("<sip:zoe@ims.test>")
    );
}

/// R1.5, R1.8, R2.3: what a page says of itself is for it to say; here is only how.
#[test]
fn the_core_asks_a_page_and_is_told_what_it_would_be_offered() {
    let mut scene = Scene::new();
    let without_call = "Accept-Contact: *;+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\";explicit\r\n";
    ask(
        &mut scene,
        "core",
        "sip:nina@example.org",
        without_call,
        PHONE_SAYS,
    );
    let asked = text(&scene.last_request("page").body);
    assert!(
        asked.contains("H263-2000") && !asked.contains("192.0.2.20"),
        "{asked}"
    );
    let contact = "<sip:nina@a.invalid;transport=ws>;+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\"";
    answer(&mut scene, "page", &[("Contact", contact)], PAGE_SAYS);
    let heard = scene.last_response("core");
    assert_eq!(
        heard.headers.contact.first().unwrap().to_string(),
        "<sip:sidecam@192.0.2.1:5060>;+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\""
    );
    let body = text(&heard.body);
    assert!(body.contains("m=video 0 RTP/AVP 98 96 97 34\r\n"), "{body}");
    assert!(!body.contains("VP8") && !body.contains("ice"), "{body}");

    for status in [480, 603] {
        ask(&mut scene, "core", "sip:nina@example.org", "", PHONE_SAYS);
        scene.answer("page", status, &[]);
        assert_eq!(scene.last_response("core").status.code(), status);
    }
}

/// R7.6
#[test]
fn whoever_answers_and_hides_is_not_named() {
    let mut scene = Scene::new();
    ask(
        &mut scene,
        "page",
        "tel:+15550002",
        ASKED_IN_CALL,
        PAGE_SAYS,
    );
    answer(&mut scene, "phone", &[("Privacy", "id")], PHONE_SAYS);
    let heard = scene.last_response("page");
    assert_eq!(heard.headers.get("P-Asserted-Identity"), None);
}

#[test]
fn a_description_that_cannot_be_read_goes_no_further() {
    let mut scene = Scene::new();
    ask(
        &mut scene,
        "page",
        "tel:+15550002",
        ASKED_IN_CALL,
        "v=0\r\nm=",
    );
    let got = scene.last_request("phone");
    assert!(got.body.is_empty() && got.headers.content_type.is_none());
    answer(&mut scene, "phone", &[], "no description");
    assert!(scene.last_response("page").body.is_empty());
}
