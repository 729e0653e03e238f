//! Changes inside answered calls: hold, resume, another address, refusals, offers in the ACK.

use std::time::Duration;

use sip::agent::{Event, RequestId, ServerRequestId};
use sip::message::{Header, Method, Status};
use sip::sdp::Description;

use super::scene::{BROWSER_ANSWER, BROWSER_OFFER, HANDSET_ANSWER, HANDSET_OFFER, Scene, Who};
use super::*;
use crate::bridge::ims_leg::PlainPlan;
use crate::bridge::{BridgeError, BridgeReply, Flows};

impl Scene {
    /// Sends a request inside the call.
    fn ask(&mut self, who: Who, call: CallHandle, method: Method, body: Option<Body>) -> RequestId {
        let now = self.now;
        let headers = vec![Header::fixed("X-Note", "kept  as it is")];
        let id = self
            .agent(who)
            .request_in_call(call, method, headers, body, now);
        self.settle();
        id
    }

    pub(super) fn reinvite(&mut self, who: Who, call: CallHandle, sdp: &str) -> RequestId {
        self.ask(who, call, Method::Invite, sdp_body(sdp.into()))
    }

    /// The last request that came to that one inside the call.
    pub(super) fn asked(&self, who: Who) -> (ServerRequestId, &Request) {
        let found = self
            .events
            .iter()
            .rev()
            .find_map(|(of, event)| match event {
                Event::CallRequest { id, request, .. } if *of == who => Some((*id, request)),
                _ => None,
            });
        found.expect("a request came")
    }

    pub(super) fn reply(&mut self, who: Who, status: Status, sdp: Option<&str>) {
        let (id, _) = self.asked(who);
        let mut reply = Reply::new(status).with_contact(who.contact());
        reply.body = sdp.and_then(|sdp| sdp_body(sdp.into()));
        let now = self.now;
        self.agent(who).respond(id, reply, now).unwrap();
        self.settle();
    }

    /// The answer to a request of that one.
    pub(super) fn response(&self, who: Who, id: RequestId) -> &sip::message::Response {
        let found = self.events.iter().find_map(|(of, event)| match event {
            Event::Response {
                id: of_id,
                response,
            } if *of == who && *of_id == id => Some(response),
            _ => None,
        });
        found.expect("it was answered")
    }

    fn wrote(&mut self, side: Side, sdp: &str) {
        self.ladder.clear();
        let sdp = sdp.to_owned();
        self.media(BridgeReply::Description { side, sdp });
    }

    fn flows(&self) -> Flows {
        let found = self
            .commands
            .iter()
            .rev()
            .find_map(|(_, command)| match command {
                BridgeCommand::Apply(Step::Start { flows }) => Some(*flows),
                _ => None,
            });
        found.expect("video was started")
    }

    fn plan(&self) -> &PlainPlan {
        let found = self
            .commands
            .iter()
            .rev()
            .find_map(|(_, command)| match command {
                BridgeCommand::Apply(Step::PlainConnect { plan, .. }) => Some(plan),
                _ => None,
            });
        found.expect("a plain peer was connected")
    }
}

fn version(sdp: &[u8]) -> u64 {
    Description::parse(sdp).unwrap().origin.version
}

fn text(sdp: &[u8]) -> String {
    String::from_utf8_lossy(sdp).into_owned()
}

const INACTIVE: &str = "a=inactive";

#[test]
fn a_handset_holds_and_resumes_and_the_browser_hears_of_it() {
    let (mut scene, _) = Scene::established();
    let call = scene.incoming(Who::Handset);
    scene.ladder.clear();
    let hold = HANDSET_ANSWER.replace("a=recvonly", INACTIVE);
    let asked = scene.reinvite(Who::Handset, call, &hold);
    scene.check(&["Handset -> INVITE", "media Apply(WebReoffer"]);
    let offer = BROWSER_ANSWER.replace("a=recvonly", INACTIVE);
    scene.wrote(Side::Caller, &offer);
    scene.check(&["-> Browser INVITE"]);
    let held = BROWSER_OFFER.replace("a=sendonly", INACTIVE);
    scene.reply(Who::Browser, Status::OK, Some(&held));
    scene.check(&[
        "Browser -> 200 INVITE",
        "-> Browser ACK",
        "media Apply(WebAccept",
    ]);
    let codec = WebCodec::Vp8;
    scene.media(BridgeReply::WebAccepted {
        side: Side::Caller,
        codec: Some(codec),
        audio: None,
    });
    scene.check(&[
        "media Apply(PlainConnect",
        "media Apply(Start",
        "-> Handset 200 INVITE",
        "Handset -> ACK",
    ]);
    assert_eq!(scene.flows(), Flows::Neither);
    let answer = scene.response(Who::Handset, asked).body.to_vec();
    assert!(text(&answer).contains(INACTIVE), "{}", text(&answer));
    assert!(scene.plan().to_peer.is_none());

    let asked = scene.reinvite(Who::Handset, call, HANDSET_ANSWER);
    scene.wrote(Side::Caller, BROWSER_ANSWER);
    scene.reply(Who::Browser, Status::OK, Some(BROWSER_OFFER));
    scene.media(BridgeReply::WebAccepted {
        side: Side::Caller,
        codec: Some(codec),
        audio: None,
    });
    assert_eq!(scene.flows(), Flows::From(Side::Caller));
    let resumed = scene.response(Who::Handset, asked).body.to_vec();
    assert!(text(&resumed).contains("a=sendonly"), "{}", text(&resumed));
    assert_eq!(version(&resumed), version(&answer) + 1);
    assert!(scene.plan().to_peer.is_some());
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_handset_that_holds_by_the_zero_address_is_sent_nothing() {
    let (mut scene, _) = Scene::established();
    let call = scene.incoming(Who::Handset);
    let hold = HANDSET_ANSWER.replace("c=IN IP4 192.0.2.20", "c=IN IP4 0.0.0.0");
    let asked = scene.reinvite(Who::Handset, call, &hold);
    scene.wrote(Side::Caller, BROWSER_ANSWER);
    scene.reply(Who::Browser, Status::NOT_ACCEPTABLE_HERE, None);
    assert_eq!(scene.response(Who::Handset, asked).status, Status::OK);
    assert_eq!(scene.flows(), Flows::Neither);
    assert!(scene.plan().remote.is_none());
    assert_eq!(
        scene.switch.calls(),
        1,
        "the browser can't, and the call goes on"
    );
}

#[test]
fn another_port_and_an_unchanged_refresh_do_not_concern_the_browser() {
    let (mut scene, _) = Scene::established();
    let call = scene.incoming(Who::Handset);
    scene.ladder.clear();
    let moved = HANDSET_ANSWER.replace("49152", "49160");
    let first = scene.reinvite(Who::Handset, call, &moved);
    scene.check(&[
        "Handset -> INVITE",
        "media Apply(PlainConnect",
        "media Apply(Start",
        "-> Handset 200 INVITE",
        "Handset -> ACK",
    ]);
    assert_eq!(
        scene.plan().remote.map(|remote| remote.rtp_port),
        Some(49160)
    );
    let again = scene.ask(Who::Handset, call, Method::Update, sdp_body(moved.into()));
    scene.check(&["Handset -> UPDATE", "-> Handset 200 UPDATE"]);
    let (first, again) = (
        scene.response(Who::Handset, first).body.to_vec(),
        scene.response(Who::Handset, again).body.to_vec(),
    );
    assert_eq!(first, again, "the same answer, under the same version");
}

#[test]
fn an_offer_that_cannot_be_taken_is_refused_and_the_session_stays() {
    for (sdp, status, warning) in [
        (HANDSET_ANSWER.replace("H263-2000", "MPV"), 488, "305"),
        (HANDSET_ANSWER.replace("RTP/AVP", "RTP/SAVP"), 488, "304"),
        (
            HANDSET_ANSWER.replace("m=video 49152", "m=video 0"),
            488,
            "304",
        ),
        (HANDSET_ANSWER.replace("m=video", "m=audio"), 488, "304"),
        ("rubbish".to_owned(), 400, "399"),
    ] {
        let (mut scene, _) = Scene::established();
        let call = scene.incoming(Who::Handset);
        scene.ladder.clear();
        let asked = scene.reinvite(Who::Handset, call, &sdp);
        let refusal = scene.response(Who::Handset, asked);
        assert_eq!(refusal.status.code(), status, "{sdp}");
        let said = refusal.headers.get("Warning").unwrap_or_default();
        assert!(said.starts_with(warning), "{said} {sdp}");
        assert!(
            scene.ladder.iter().all(|line| !line.starts_with("media")),
            "{:?}",
            scene.ladder
        );
        assert_eq!(scene.switch.calls(), 1);
    }
}

#[test]
fn a_browser_pauses_and_the_handset_gets_a_new_offer() {
    let (mut scene, call) = Scene::established();
    scene.ladder.clear();
    let pause = BROWSER_OFFER.replace("a=sendonly", INACTIVE);
    let asked = scene.reinvite(Who::Browser, call, &pause);
    scene.check(&["Browser -> INVITE", "-> Handset INVITE"]);
    let offer = scene.asked(Who::Handset).1.body.to_vec();
    assert!(text(&offer).contains(INACTIVE), "{}", text(&offer));
    assert_eq!(version(&offer), 2);
    let held = HANDSET_ANSWER.replace("a=recvonly", INACTIVE);
    scene.reply(Who::Handset, Status::OK, Some(&held));
    scene.check(&[
        "Handset -> 200 INVITE",
        "-> Handset ACK",
        "media Apply(PlainConnect",
        "media Apply(WebReanswer",
    ]);
    scene.wrote(
        Side::Caller,
        &BROWSER_ANSWER.replace("a=recvonly", INACTIVE),
    );
    scene.check(&[
        "media Apply(Start",
        "-> Browser 200 INVITE",
        "Browser -> ACK",
    ]);
    assert_eq!(scene.flows(), Flows::Neither);
    assert_eq!(scene.response(Who::Browser, asked).status, Status::OK);
}

#[test]
fn a_handset_that_refuses_to_be_paused_stays_as_it_is() {
    let (mut scene, call) = Scene::established();
    let pause = BROWSER_OFFER.replace("a=sendonly", INACTIVE);
    let asked = scene.reinvite(Who::Browser, call, &pause);
    scene.reply(Who::Handset, Status::NOT_ACCEPTABLE_HERE, None);
    scene.wrote(
        Side::Caller,
        &BROWSER_ANSWER.replace("a=recvonly", INACTIVE),
    );
    assert_eq!(scene.response(Who::Browser, asked).status, Status::OK);
    assert_eq!(scene.flows(), Flows::Neither);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn changes_of_both_sides_at_once_are_made_one_after_the_other() {
    let (mut scene, caller) = Scene::established();
    let callee = scene.incoming(Who::Handset);
    let pause = BROWSER_OFFER.replace("a=sendonly", INACTIVE);
    let held = HANDSET_ANSWER.replace("a=recvonly", INACTIVE);
    scene.reinvite(Who::Browser, caller, &pause);
    scene.ladder.clear();
    scene.reinvite(Who::Handset, callee, &held.replace("49152", "49160"));
    // The handset's own agent knows that ours came first.
    scene.check(&[]);
    scene.reply(Who::Handset, Status::OK, Some(&held));
    scene.wrote(
        Side::Caller,
        &BROWSER_ANSWER.replace("a=recvonly", INACTIVE),
    );
    scene.pass(Duration::from_secs(5));
    assert_eq!(
        scene.plan().remote.map(|remote| remote.rtp_port),
        Some(49160)
    );
}

#[test]
fn a_change_that_crosses_one_of_the_other_side_is_to_be_tried_again() {
    let (mut scene, caller) = Scene::established();
    let callee = scene.incoming(Who::Handset);
    let hold = HANDSET_ANSWER.replace("a=recvonly", INACTIVE);
    scene.reinvite(Who::Handset, callee, &hold);
    scene.ladder.clear();
    scene.reinvite(Who::Browser, caller, BROWSER_OFFER);
    scene.check(&[
        "Browser -> INVITE",
        "-> Browser 491 INVITE",
        "Browser -> ACK",
    ]);
}

#[test]
fn a_reinvite_without_an_offer_gets_ours_and_answers_in_its_ack() {
    let (mut scene, _) = Scene::established();
    let call = scene.incoming(Who::Handset);
    scene.ladder.clear();
    let asked = scene.ask(Who::Handset, call, Method::Invite, None);
    scene.check(&["Handset -> INVITE", "-> Handset 200 INVITE"]);
    let offer = scene.response(Who::Handset, asked).body.to_vec();
    assert_eq!(version(&offer), 1, "our description is the same");
    let answer = HANDSET_ANSWER.replace("49152", "49170");
    let now = scene.now;
    let answered = scene
        .handset
        .acknowledge(call, sdp_body(answer.into()), now);
    answered.unwrap();
    scene.settle();
    scene.check(&[
        "Handset -> ACK",
        "media Apply(PlainConnect",
        "media Apply(Start",
    ]);
    assert_eq!(
        scene.plan().remote.map(|remote| remote.rtp_port),
        Some(49170)
    );
}

#[test]
fn an_offer_that_the_bridge_cannot_write_leaves_the_browser_as_it_is() {
    let (mut scene, _) = Scene::established();
    let call = scene.incoming(Who::Handset);
    let hold = HANDSET_ANSWER.replace("a=recvonly", INACTIVE);
    let asked = scene.reinvite(Who::Handset, call, &hold);
    let error = BridgeError::NoPort;
    scene.media(BridgeReply::Failed {
        side: Side::Caller,
        error,
    });
    assert_eq!(scene.response(Who::Handset, asked).status, Status::OK);
    assert_eq!(scene.switch.calls(), 1);
}

#[test]
fn a_handset_that_shows_its_camera_pauses_towards_a_browser() {
    let mut scene = Scene::new();
    let to = "sip:+447700900001@example.org;user=phone";
    let call = scene.call(Who::Handset, to, HANDSET_OFFER);
    scene.wrote(Side::Callee, BROWSER_OFFER);
    let watching = BROWSER_OFFER.replace("a=sendonly", "a=recvonly");
    let body = sdp_body(watching.clone().into());
    scene.answer(
        Who::Browser,
        Reply {
            body,
            ..Reply::new(Status::OK)
        },
    );
    let (side, codec) = (Side::Callee, WebCodec::Vp8);
    scene.media(BridgeReply::WebAccepted {
        side,
        codec: Some(codec),
        audio: None,
    });
    scene.media(BridgeReply::PlainOpened {
        medium: crate::bridge::Medium::Video,
        side: Side::Caller,
        port: 30002,
    });
    scene.ladder.clear();
    let pause = HANDSET_OFFER.replace("a=sendonly", INACTIVE);
    let asked = scene.ask(Who::Handset, call, Method::Update, sdp_body(pause.into()));
    scene.check(&["Handset -> UPDATE", "media Apply(WebReoffer"]);
    scene.wrote(side, BROWSER_OFFER);
    scene.reply(
        Who::Browser,
        Status::OK,
        Some(&watching.replace("a=recvonly", INACTIVE)),
    );
    scene.media(BridgeReply::WebAccepted {
        side,
        codec: Some(codec),
        audio: None,
    });
    assert_eq!(scene.flows(), Flows::Neither);
    let answer = &scene.response(Who::Handset, asked).body;
    assert!(text(answer).contains(INACTIVE), "{}", text(answer));
}

#[test]
fn a_refresh_that_finds_the_dialog_gone_ends_the_other_side_with_the_reason() {
    let (mut scene, _) = Scene::established_with_timers();
    scene.pass(Duration::from_secs(600));
    assert_eq!(scene.switch.calls(), 1, "refreshed by whoever agreed to");
    scene.forget_calls(Who::Handset);
    scene.pass(Duration::from_secs(2000));
    assert_eq!(scene.switch.calls(), 0);
    assert!(
        scene.heard(Who::Browser, "BYE ", "Reason: SIP;cause=481"),
        "{:?}",
        scene.ladder
    );
}
