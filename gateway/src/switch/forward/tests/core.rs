//! RFC 3327, RFC 3608, RFC 3680, RFC 5626 §5: users of the core and what passes to and from it.

use sip::message::{Method, Status};
use sip::transport::FlowId;

use super::scene::{self, Scene};
use crate::switch::Input;

#[test]
fn a_register_for_another_domain_passes_with_our_path_and_comes_back_with_what_was_granted() {
    let mut scene = Scene::new();
    scene.register_at_core();
    scene.check(
        "trunk -> REGISTER sip:ims.test
         -> core REGISTER sip:ims.test
         core -> 200 REGISTER
         -> trunk 200 REGISTER
         -> core SUBSCRIBE sip:tim@ims.test",
    );
    let path = scene.path();
    assert!(path.ends_with("@192.0.2.1:5060;lr;ob>"), "{path}");
    assert!(scene.last_response("trunk").headers.has("Service-Route"));

    // Out, by the way it was given.
    scene.request(
        "trunk",
        "MESSAGE",
        "sip:friend@ims.test",
        "Route: <sip:elsewhere.test;lr>\r\n",
    );
    let out = scene.last_request("core");
    assert_eq!(out.headers.route[0].to_string(), "<sip:orig@192.0.2.50;lr>");
    assert_eq!(out.headers.route.len(), 1);
    assert_eq!(
        out.headers.get("P-Asserted-Identity"),
        Some("<sip:tim@ims.test>")
    );
    scene.answer("core", 200, &[]);

    // In, by the Path; and 430 when the connection is gone.
    let route = format!("Route: {path}\r\n");
    let contact = "sip:tim@c.invalid;transport=ws";
    scene.ladder.clear();
    scene.request("core", "MESSAGE", contact, &route);
    assert_eq!(scene.ladder[1], format!("-> trunk MESSAGE {contact}"));
    scene.switch.handle(Input::FlowClosed(FlowId(9)), scene.now);
    scene.drain();
    scene.request("core", "MESSAGE", contact, &route);
    assert_eq!(scene.last_response("core").status, Status::FLOW_FAILED);
}

#[test]
fn what_the_core_says_to_a_register_is_passed_as_it_is() {
    let answers: [(u16, &[(&str, &str)]); 4] = [
        (
            401,
            &[("WWW-Authenticate", "Digest realm=\"ims.test\", nonce=\"n\"")],
        ),
        (423, &[("Min-Expires", "3600")]),
        (503, &[("Retry-After", "17")]),
        (403, &[]),
    ];
    for (status, headers) in answers {
        let mut scene = Scene::new();
        let register = "Contact: <sip:tim@192.0.2.66>\r\nTo: <sip:tim@ims.test>\r\n\
                        Authorization: Digest username=\"tim\", response=\"kept\"\r\n";
        scene.request("stranger", "REGISTER", "sip:ims.test", register);
        let passed = scene.last_request("core");
        let proof = "Digest username=\"tim\", response=\"kept\"";
        assert_eq!(passed.headers.get("Authorization"), Some(proof));
        scene.answer("core", status, headers);
        let heard = scene.last_response("stranger");
        assert_eq!(heard.status.code(), status);
        for (name, value) in headers {
            assert_eq!(heard.headers.get(name), Some(*value));
        }
    }
}

#[test]
fn a_server_of_the_cores_that_is_overloaded_is_no_overload_of_ours() {
    let mut scene = Scene::new();
    scene.request("page", "MESSAGE", "sip:other@ims.test", "");
    scene.answer("core", 503, &[("Retry-After", "5")]);
    assert_eq!(
        scene.last_response("page").status,
        Status::SERVER_INTERNAL_ERROR
    );
    assert!(!scene.last_response("page").headers.has("Retry-After"));
}

#[test]
fn a_registration_that_the_core_ends_is_ended_here_and_the_device_told_when_it_asks_again() {
    let mut scene = Scene::new();
    scene.register_at_core();
    let subscribe = scene.last_request("core");
    assert_eq!(subscribe.headers.get("Event"), Some("reg"));
    scene.answer("core", 200, &[("Contact", "<sip:192.0.2.50>")]);
    let body = "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"0\" state=\"full\">\
                <registration aor=\"sip:tim@ims.test\" id=\"1\" state=\"terminated\">\
                <contact id=\"2\" state=\"terminated\" event=\"rejected\">\
                <uri>sip:tim@c.invalid;transport=ws</uri></contact></registration></reginfo>";
    let notify = |from: &str| {
        format!(
            "NOTIFY sip:sidecam@192.0.2.1:5060 SIP/2.0\r\n\
             Via: SIP/2.0/UDP 192.0.2.50;branch=z9hG4bKn{from}\r\nFrom: <sip:tim@ims.test>;tag=there\r\n\
             To: {}\r\nCall-ID: {}\r\nCSeq: 1 NOTIFY\r\nEvent: reg\r\nSubscription-State: terminated\r\n\
             Content-Type: application/reginfo+xml\r\nContent-Length: {}\r\n\r\n{body}",
            subscribe.headers.from,
            subscribe.headers.call_id,
            body.len()
        )
        .into_bytes()
    };
    scene.receive("stranger", notify("stranger"));
    assert_eq!(scene.last_response("stranger").status, Status::FORBIDDEN);
    assert_eq!(scene.switch.core.count(), 1);
    scene.receive("core", notify("core"));
    assert_eq!(scene.last_response("core").status, Status::OK);
    assert_eq!(scene.switch.core.count(), 0);
    let again = "Contact: <sip:tim@c.invalid;transport=ws>\r\nTo: <sip:tim@ims.test>\r\n";
    scene.request("trunk", "REGISTER", "sip:ims.test", again);
    assert_eq!(scene.last_response("trunk").status, Status::FORBIDDEN);
    scene.request("trunk", "REGISTER", "sip:ims.test", again);
    assert_eq!(scene.last_request("core").method, Method::Register);
}

/// An INVITE between two plain peers, whose descriptions pass.
pub(super) fn invite(scene: &mut Scene, from: &str, uri: &str, more: &str) {
    let at = scene::hop(from);
    let text = format!(
        "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/{} {};branch=z9hG4bKi{from}\r\n\
         From: <sip:{from}@ims.test>;tag=i\r\nTo: <{uri}>\r\nCall-ID: i-{from}\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:{from}@{}>\r\n{more}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{OFFER}",
        at.transport,
        at.remote,
        at.remote,
        OFFER.len()
    );
    scene.receive(from, text.into_bytes());
}

pub(super) const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.40\r\ns=-\r\nc=IN IP4 192.0.2.40\r\nt=0 0\r\n\
                     m=video 40000 RTP/AVP 34\r\na=sendonly\r\n";

#[test]
fn calls_of_the_cores_users_go_out_by_the_service_route_and_come_in_by_the_path() {
    let mut scene = Scene::new();
    scene.register_at_core();
    let path = scene.path();
    invite(&mut scene, "trunk", "sip:friend@ims.test", "");
    let out = scene.last_request("core");
    assert_eq!(
        (out.method, out.uri.to_string().as_str()),
        (Method::Invite, "sip:friend@ims.test")
    );
    assert_eq!(out.headers.route[0].to_string(), "<sip:orig@192.0.2.50;lr>");
    let asserted: Vec<&str> = out.headers.get_all("P-Asserted-Identity").collect();
    assert_eq!(asserted, ["<sip:tim@ims.test>"]);

    let contact = "sip:tim@c.invalid;transport=ws";
    let way = format!("Route: {path}\r\nP-Asserted-Identity: <tel:+15558888>\r\n");
    invite(&mut scene, "core", contact, &way);
    let rung = scene.last_request("trunk");
    assert_eq!(
        (rung.method, rung.uri.to_string().as_str()),
        (Method::Invite, contact)
    );
    assert_eq!(rung.headers.from.uri.to_string(), "tel:+15558888");
}

#[test]
fn our_own_user_is_to_the_core_who_it_knows() {
    let mut scene = Scene::new();
    scene.switch.guard = scene::believing(scene.now);
    scene.sent.clear();
    invite(&mut scene, "phone", "sip:friend@ims.test", "");
    let out = scene.last_request("core");
    let asserted: Vec<&str> = out.headers.get_all("P-Asserted-Identity").collect();
    assert_eq!(asserted, ["\"otto\" <sip:otto@ims.test>"]);
}
