//! R2.7: somebody shows their camera to several, sees who watches, and lets one go.

use super::script::{ANSWER, Script, number};
use crate::phone::PeerEvent;
use crate::phone::state::{AudienceCommand, Command, Peer, Standing};

const CARLA: &str = "+99000003";

/// Anna watches, and a focus answered for her.
fn shown_to_anna() -> Script {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(super::script::OFFER.to_owned()));
    let focus = [("Contact", "<sip:share-1@gateway.example>;isfocus")];
    script.answer_in_full("INVITE", 200, &focus, ANSWER);
    script.answer("SUBSCRIBE", 200, &[]);
    roster(
        &mut script,
        1,
        "full",
        &[("tel:+99000001", "connected", "")],
    );
    script.forget();
    script
}

fn carla() -> Peer {
    Peer {
        number: Some(number(CARLA)),
        ..Peer::default()
    }
}

fn roster(script: &mut Script, version: u32, state: &str, users: &[(&str, &str, &str)]) {
    let users: String = users
        .iter()
        .map(|(entity, status, more)| {
            format!(
                "<user entity=\"{entity}\"><endpoint entity=\"{entity}\">\
                 <status>{status}</status>{more}</endpoint></user>"
            )
        })
        .collect();
    let body = format!(
        "<conference-info xmlns=\"urn:ietf:params:xml:ns:conference-info\" entity=\"sip:share-1@x\" \
         state=\"{state}\" version=\"{version}\"><users state=\"{state}\">{users}</users>\
         </conference-info>"
    );
    let invite = script.sent("INVITE");
    let tag = invite.headers.from.tag().unwrap_or_default();
    let text = format!(
        "NOTIFY sip:x@y.invalid;transport=ws SIP/2.0
Via: SIP/2.0/WS gateway.example;branch=z9hG4bKnotify{version}
Max-Forwards: 70
From: <tel:+99000001>;tag=far
To: <sip:ben@home.example>;tag={tag}
Call-ID: {}
CSeq: {version} NOTIFY
Event: conference
Subscription-State: active;expires=3600
Content-Type: application/conference-info+xml

{body}",
        invite.headers.call_id
    );
    script.request(&text);
}

fn standings(script: &Script) -> Vec<(String, Standing)> {
    let watchers = script.state().audience.watchers.iter();
    let line =
        |of: &crate::phone::state::Watcher| (of.peer.called().unwrap_or_default(), of.standing);
    watchers.map(line).collect()
}

#[test]
fn a_share_answered_by_a_focus_may_grow_and_any_other_may_not() {
    let script = shown_to_anna();
    assert!(script.state().audience.may_grow);
    assert_eq!(standings(&script), [("Anna".to_owned(), Standing::Watches)]);
    assert!(
        script
            .sent("INVITE")
            .headers
            .lists("Supported", "recipient-list-invite")
    );
    let mut script = Script::showing();
    assert!(!script.state().audience.may_grow);
    script.command(Command::Audience(AudienceCommand::Ask(carla())));
    script.check("");
}

#[test]
fn somebody_is_asked_rings_watches_and_is_let_go() {
    let mut script = shown_to_anna();
    script.command(Command::Audience(AudienceCommand::Ask(carla())));
    script.check("-> REFER sip:share-1@gateway.example");
    let refer = script.sent("REFER");
    assert_eq!(refer.headers.get("Refer-To"), Some("<tel:+99000003>"));
    assert_eq!(refer.headers.get("Refer-Sub"), Some("false"));
    let entity = "tel:+99000003";
    for (version, status, standing) in [
        (2, "dialing-out", Standing::Asked),
        (3, "alerting", Standing::Rings),
        (4, "connected", Standing::Watches),
    ] {
        roster(&mut script, version, "partial", &[(entity, status, "")]);
        assert_eq!(standings(&script)[1].1, standing);
    }
    script.answer("REFER", 200, &[]);
    assert_eq!(standings(&script)[1].0, "+99 000 003");
    script.forget();
    script.command(Command::Audience(AudienceCommand::Remove(carla())));
    let refer = script.sent("REFER");
    assert_eq!(
        refer.headers.get("Refer-To"),
        Some("<tel:+99000003>;method=BYE")
    );
    let gone = "<disconnection-method>booted</disconnection-method>";
    roster(&mut script, 5, "partial", &[(entity, "disconnected", gone)]);
    assert_eq!(standings(&script)[1].1, Standing::Removed);
    assert!(!script.state().audience.has(&carla()));
}

#[test]
fn why_somebody_does_not_watch_is_said() {
    let mut script = shown_to_anna();
    for (version, (cause, standing)) in (2..).zip([
        (603, Standing::Declined),
        (480, Standing::NoAnswer),
        (404, Standing::NotFound),
        (488, Standing::CannotWatch),
        (500, Standing::Failed),
    ]) {
        let why = format!(
            "<disconnection-method>failed</disconnection-method><disconnection-info>\
             <reason>SIP;cause={cause};text=\"x\"</reason></disconnection-info>"
        );
        let users = [("tel:+99000003", "disconnected", why.as_str())];
        roster(&mut script, version, "partial", &users);
        assert_eq!(standings(&script)[1].1, standing, "{cause}");
    }
    let busy = "<disconnection-method>busy</disconnection-method>";
    roster(
        &mut script,
        7,
        "partial",
        &[("tel:+99000003", "disconnected", busy)],
    );
    assert_eq!(standings(&script)[1].1, Standing::Busy);
}

#[test]
fn what_the_gateway_refuses_and_what_nobody_can_read_is_said() {
    let mut script = shown_to_anna();
    let typed = |text: &str| Command::Audience(AudienceCommand::AskTyped(text.to_owned()));
    script.command(typed("nobody"));
    assert!(script.state().audience.typed_wrong);
    script.check("");
    script.command(typed("carla@example.net"));
    assert!(!script.state().audience.typed_wrong);
    assert_eq!(
        script.sent("REFER").headers.get("Refer-To"),
        Some("<sip:carla@example.net>")
    );
    script.answer("REFER", 486, &[]);
    let carla = ("carla@example.net".to_owned(), Standing::Full);
    assert_eq!(standings(&script)[1], carla);
    script.command(typed("carla@example.net"));
    assert_eq!(standings(&script).len(), 1, "asked again");
}

#[test]
fn a_roster_with_a_gap_is_asked_for_anew_and_ends_with_the_share() {
    let mut script = shown_to_anna();
    roster(
        &mut script,
        4,
        "partial",
        &[("tel:+99000003", "connected", "")],
    );
    assert!(
        script
            .trace()
            .iter()
            .any(|line| line.starts_with("-> SUBSCRIBE"))
    );
    script.forget();
    script.command(Command::Stop);
    script.answer("BYE", 200, &[]);
    assert_eq!(script.state().audience, Default::default());
}
