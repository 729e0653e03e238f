//! R2.7: one upload, several watchers: by a list (RFC 5366) and by REFER to the focus (RFC 4579 §5),
//! with the roster that the sharer sees (RFC 4575).

use std::time::Duration;

use sip::agent::Event;
use sip::conference::{Conference, Roster, Taken};
use sip::message::{Body, Header, Method, MixedPart, Status};
use sip::resource_lists::{self, Entry};

use super::scene::{BROWSER_ANSWER, BROWSER_OFFER, HANDSET_ANSWER, Scene, Who};
use super::*;

const TABLET: &str = "<tel:+447700900003>";
const PAGE: &str = "<sip:page@example.org;method=INVITE>";
/// The bridges, in the order in which they are named.
const SHARERS: u64 = 1;
const NEXT: u64 = 2;

const TABLET_ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.21\r\ns=-\r\nc=IN IP4 192.0.2.21\r\n\
t=0 0\r\nm=video 49152 RTP/AVP 96\r\nb=AS:85\r\na=rtpmap:96 H263-2000/90000\r\na=recvonly\r\n";

/// A share of the browser that the handset watches, in which others may join.
fn shared() -> (Scene, CallHandle) {
    let mut scene = Scene::new();
    scene.register(Who::Tablet, Who::Tablet, "1.0");
    scene.register(Who::Page, Who::Page, "1.0");
    let call = scene.call_with(Who::Browser, "tel:+447700900002", BROWSER_OFFER, |invite| {
        let supported = Header::fixed("Supported", resource_lists::OPTION_TAG);
        invite.headers.push(supported);
    });
    scene.opened(SHARERS);
    scene.takes(Who::Handset, HANDSET_ANSWER);
    let (side, sdp) = (Side::Caller, BROWSER_ANSWER.to_owned());
    scene.media_of(SHARERS, BridgeReply::Description { side, sdp });
    subscribe(&mut scene, call);
    scene.ladder.clear();
    (scene, call)
}

fn subscribe(scene: &mut Scene, call: CallHandle) {
    let event = vec![Header::fixed("Event", "conference")];
    let now = scene.now;
    let agent = scene.agent(Who::Browser);
    agent.request_in_call(call, Method::Subscribe, event, None, now);
    scene.settle();
}

/// What the sharer has been told, name by name.
fn roster(scene: &mut Scene) -> Vec<String> {
    let mut roster = Roster::default();
    let mut ids = Vec::new();
    for (who, event) in &scene.events {
        if let (Who::Browser, Event::CallRequest { id, request, .. }) = (who, event)
            && request.method == Method::Notify
            && request.headers.get("Event") == Some("conference")
        {
            let document = Conference::parse(&request.body).unwrap();
            assert_eq!(roster.take(document), Taken::Applied);
            ids.push(*id);
        }
    }
    let now = scene.now;
    for id in ids {
        // Those before have their answers.
        let reply = Reply::new(Status::OK);
        let _ = scene.agent(Who::Browser).respond(id, reply, now);
    }
    scene.settle();
    let users = roster.users().iter().map(|user| {
        let left = user.left.map_or("", |left| left.name());
        let reason = user.reason.as_deref().unwrap_or_default();
        let line = format!("{} {} {left} {reason}", user.entity, user.status.name());
        line.trim().to_owned()
    });
    users.collect()
}

fn fed(scene: &mut Scene, bridge: u64) {
    scene.media_of(bridge, BridgeReply::Fed { side: Side::Caller });
}

/// The tablet joins.
fn joined(scene: &mut Scene, call: CallHandle) {
    scene.refer(Who::Browser, call, &[TABLET], &[("Refer-Sub", "false")]);
    scene.opened(NEXT);
    scene.takes(Who::Tablet, TABLET_ANSWER);
    fed(scene, NEXT);
}

#[test]
fn a_share_grows_by_refer_and_its_watcher_sees_an_ordinary_invite() {
    let (mut scene, call) = shared();
    assert!(scene.heard(
        Who::Browser,
        "SIP/2.0 200",
        "<sip:share-1@192.0.2.1:5060;transport=ws>;isfocus"
    ));
    assert_eq!(roster(&mut scene), ["tel:+447700900002 connected"]);
    scene.ladder.clear();
    scene.refer(Who::Browser, call, &[TABLET], &[("Refer-Sub", "false")]);
    scene.check(&[
        "Browser -> REFER",
        "media Beside(BridgeId(1))",
        "media OpenPlain",
        "-> Browser NOTIFY",
        "-> Browser 200 REFER",
    ]);
    scene.opened(NEXT);
    for part in [
        "From: \"browser\" <sip:+447700900001@example.org",
        "Contact: <sip:sidecam@192.0.2.1:5060>\r\n",
        "RTP/AVP",
    ] {
        assert!(scene.heard(Who::Tablet, "INVITE", part), "{part}");
    }
    for part in ["isfocus", "recipient-list", "Refer"] {
        assert!(!scene.heard(Who::Tablet, "INVITE", part), "{part}");
    }
    scene.answer(Who::Tablet, Reply::new(Status::RINGING));
    let tablet = "tel:+447700900003";
    let rings = format!("{tablet} alerting");
    let handset = "tel:+447700900002 connected".to_owned();
    assert_eq!(roster(&mut scene), [handset.clone(), rings]);
    scene.ladder.clear();
    scene.takes(Who::Tablet, TABLET_ANSWER);
    scene.check(&[
        "Tablet -> 200 INVITE",
        "-> Tablet ACK",
        "media Apply(PlainConnect",
        "media Apply(Feed",
    ]);
    fed(&mut scene, NEXT);
    scene.check(&["media Apply(Start", "-> Browser NOTIFY"]);
    let watches = format!("{tablet} connected");
    assert_eq!(roster(&mut scene), [handset, watches]);
    let starts = scene.commands.back();
    let text = format!("{starts:?}");
    assert!(
        text.contains("BridgeId(2)") && text.contains("From(Caller)"),
        "{text}"
    );
}

#[test]
fn a_watcher_who_leaves_is_missed_by_nobody_and_the_callee_may_leave_too() {
    let (mut scene, call) = shared();
    joined(&mut scene, call);
    let handset = scene.incoming(Who::Handset);
    scene.ladder.clear();
    scene.hangs_up(Who::Handset, handset);
    scene.check(&[
        "Handset -> BYE",
        "-> Handset 200 BYE",
        "media Apply(Drop",
        "-> Browser NOTIFY",
    ]);
    let gone = "tel:+447700900002 disconnected departed".to_owned();
    let tablet = "tel:+447700900003 connected".to_owned();
    assert_eq!(roster(&mut scene), [gone.clone(), tablet]);
    scene.pass(Duration::from_secs(60));
    assert!(
        scene.ends().iter().all(|(who, _)| *who == Who::Handset),
        "the share goes on"
    );
    let tablet = scene.incoming(Who::Tablet);
    scene.hangs_up(Who::Tablet, tablet);
    let left = "tel:+447700900003 disconnected departed".to_owned();
    assert_eq!(roster(&mut scene), [gone, left]);
    scene.pass(Duration::from_secs(29));
    assert!(
        scene.ends().iter().all(|(who, _)| *who != Who::Browser),
        "there is time to ask another"
    );
    scene.pass(Duration::from_secs(2));
    assert!(scene.heard(Who::Browser, "BYE", "Nobody watches"));
    assert_eq!(scene.switch.calls(), 0);
    scene.pass(Duration::from_secs(40));
    assert_eq!(scene.switch.load(), 0);
}

#[test]
fn who_is_asked_again_after_all_left_keeps_the_share_alive() {
    let (mut scene, call) = shared();
    joined(&mut scene, call);
    for who in [Who::Handset, Who::Tablet] {
        let leg = scene.incoming(who);
        scene.hangs_up(who, leg);
    }
    scene.pass(Duration::from_secs(20));
    scene.refer(Who::Browser, call, &[TABLET], &[("Refer-Sub", "false")]);
    scene.opened(3);
    scene.takes(Who::Tablet, TABLET_ANSWER);
    fed(&mut scene, 3);
    roster(&mut scene);
    scene.pass(Duration::from_secs(50));
    assert_eq!(scene.switch.calls(), 2);
}

#[test]
fn the_share_ends_for_everybody_when_the_sharer_stops() {
    let (mut scene, call) = shared();
    joined(&mut scene, call);
    scene.refer(Who::Browser, call, &[PAGE], &[]);
    scene.ladder.clear();
    scene.hangs_up(Who::Browser, call);
    let found = std::mem::take(&mut scene.ladder);
    for line in ["-> Handset BYE", "-> Tablet BYE", "media Close"] {
        assert!(found.iter().any(|found| found == line), "{line}: {found:?}");
    }
    assert_eq!(scene.switch.calls(), 0);
    let open = scene.switch.calls.audiences.is_empty();
    assert!(open, "nothing is kept of it");
}

#[test]
fn one_is_removed_whether_watching_ringing_or_first() {
    let (mut scene, call) = shared();
    joined(&mut scene, call);
    scene.refer(Who::Browser, call, &["<sip:page@example.org>"], &[]);
    let (side, sdp) = (Side::Callee, BROWSER_OFFER.to_owned());
    scene.media_of(3, BridgeReply::Description { side, sdp });
    roster(&mut scene);
    for (place, to, message) in [
        ("<sip:page@example.org;method=BYE>", Who::Page, "CANCEL"),
        ("<tel:+447700900002>;method=BYE", Who::Handset, "BYE"),
    ] {
        scene.refer(Who::Browser, call, &[place], &[]);
        assert!(scene.heard(to, message, ""), "{place}");
    }
    let all = roster(&mut scene);
    assert_eq!(
        all,
        [
            "tel:+447700900002 disconnected booted",
            "tel:+447700900003 connected",
            "sip:page@example.org disconnected booted"
        ]
    );
    scene.refer(
        Who::Browser,
        call,
        &["<sip:page@example.org;method=BYE>"],
        &[],
    );
    assert!(scene.heard(Who::Browser, "SIP/2.0 404", "REFER"));
}

#[test]
fn who_declines_or_has_no_such_number_stands_in_the_roster_with_the_reason() {
    let (mut scene, call) = shared();
    scene.refer(Who::Browser, call, &[TABLET], &[("Refer-Sub", "false")]);
    scene.opened(NEXT);
    scene.answer(Who::Tablet, Reply::new(Status::DECLINE));
    scene.refer(
        Who::Browser,
        call,
        &["<tel:+447700900999>"],
        &[("Refer-Sub", "false")],
    );
    let all = roster(&mut scene);
    assert_eq!(
        all[1..],
        [
            "tel:+447700900003 disconnected failed SIP;cause=603;text=\"Decline\"",
            "tel:+447700900999 disconnected failed SIP;cause=404;text=\"Not Found\""
        ]
    );
    scene.pass(Duration::from_secs(60));
    assert_eq!(scene.switch.calls(), 1, "the handset watches on");
}

#[test]
fn there_are_no_more_watchers_than_may_be_and_other_requests_are_refused_politely() {
    let (mut scene, call) = shared();
    scene.switch.policy.limits.watchers = 1;
    for (place, status) in [
        (TABLET, "SIP/2.0 486 Too Many Watchers"),
        ("<sip:page@example.org;method=MESSAGE>", "SIP/2.0 603"),
        ("<mailto:page@example.org>", "SIP/2.0 416"),
    ] {
        scene.refer(Who::Browser, call, &[place], &[]);
        assert!(scene.heard(Who::Browser, status, "REFER"), "{place}");
    }
    let other = vec![Header::fixed("Event", "presence")];
    let now = scene.now;
    let agent = scene.agent(Who::Browser);
    agent.request_in_call(call, Method::Subscribe, other, None, now);
    scene.settle();
    assert!(scene.heard(Who::Browser, "SIP/2.0 489", "Allow-Events: conference"));
}

/// An INVITE with a list.
fn with_list(scene: &mut Scene, people: &[&str]) -> CallHandle {
    let entry = |uri: &&str| Entry {
        uri: (*uri).to_owned(),
        name: None,
    };
    let entries: Vec<Entry> = people.iter().map(entry).collect();
    let part = |content_type, disposition, bytes| MixedPart {
        content_type,
        disposition,
        bytes,
    };
    let parts = [
        part(
            "application/sdp",
            "session",
            BROWSER_OFFER.as_bytes().to_vec(),
        ),
        part(
            resource_lists::CONTENT_TYPE,
            resource_lists::DISPOSITION,
            resource_lists::write(&entries),
        ),
    ];
    scene.call_with(Who::Browser, "sip:several@example.org", "", |invite| {
        let require = Header::fixed("Require", resource_lists::OPTION_TAG);
        invite.headers.push(require);
        invite.body = Body::mixed("part", &parts);
    })
}

#[test]
fn a_list_asks_everybody_at_once_and_the_sharer_need_not_wait() {
    let mut scene = Scene::new();
    scene.register(Who::Tablet, Who::Tablet, "1.0");
    scene.register(Who::Page, Who::Page, "1.0");
    let people = [
        "tel:+447700900002",
        "sip:tablet@example.org",
        "sip:nobody@example.org",
    ];
    let call = with_list(&mut scene, &people);
    scene.check(&["Browser -> INVITE", "media Apply(WebAnswer"]);
    let (side, sdp) = (Side::Caller, BROWSER_ANSWER.to_owned());
    scene.media_of(SHARERS, BridgeReply::Description { side, sdp });
    assert!(scene.heard(Who::Browser, "SIP/2.0 200", ";isfocus"));
    subscribe(&mut scene, call);
    assert_eq!(
        roster(&mut scene),
        [
            "tel:+447700900002 dialing-out",
            "sip:tablet@example.org dialing-out",
            "sip:nobody@example.org disconnected failed SIP;cause=404;text=\"Not Found\""
        ]
    );
    scene.opened(2);
    scene.opened(3);
    scene.takes(Who::Handset, HANDSET_ANSWER);
    fed(&mut scene, 2);
    scene.answer(Who::Tablet, Reply::new(Status::BUSY_HERE));
    assert_eq!(
        roster(&mut scene)[..2],
        [
            "tel:+447700900002 connected",
            "sip:tablet@example.org disconnected busy SIP;cause=486;text=\"Busy Here\""
        ]
    );
    scene.hangs_up(Who::Browser, call);
    assert!(scene.heard(Who::Handset, "BYE", ""));
    assert_eq!(scene.switch.calls(), 0);
}

#[test]
fn a_list_that_is_none_or_too_long_is_refused_before_anybody_rings() {
    let mut scene = Scene::new();
    scene.switch.policy.limits.watchers = 2;
    with_list(
        &mut scene,
        &[
            "sip:a@example.org",
            "sip:b@example.org",
            "sip:c@example.org",
        ],
    );
    assert!(scene.heard(Who::Browser, "SIP/2.0 486 Too Many Watchers", ""));
    with_list(&mut scene, &[]);
    assert!(scene.heard(Who::Browser, "SIP/2.0 400", ""));
    scene.call_with(
        Who::Browser,
        "sip:several@example.org",
        BROWSER_OFFER,
        |invite| {
            let require = Header::fixed("Require", resource_lists::OPTION_TAG);
            invite.headers.push(require);
        },
    );
    assert_eq!(scene.commands.len(), 0);
    assert_eq!(scene.switch.calls(), 0);
}
