//! A share of ours, from INVITE to its end.

use super::*;

#[test]
fn a_share_is_offered_accepted_and_hung_up_by_the_peer() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    let to = "+44 (770) 090-0123".to_owned();
    assert_eq!(
        script.command(Command::Share { to }),
        ["INVITE tel:+447700900123"]
    );
    let invite = script.last("INVITE");
    assert_eq!(
        invite.get("Accept-Contact"),
        Some("*;+g.3gpp.cs-voice;explicit")
    );
    assert_eq!(
        invite.get("P-Preferred-Identity"),
        Some("sip:old@home.example")
    );
    assert!(
        invite.to_bytes().len() < 1200,
        "{} bytes",
        invite.to_bytes().len()
    );
    let nothing: [&str; 0] = [];
    assert_eq!(
        script.answered("INVITE", |invite| invite.response(100, "Trying")),
        nothing
    );
    assert_eq!(
        script.answered("INVITE", |invite| invite.response(180, "Ringing")),
        nothing
    );
    let up = script.answered("INVITE", ok_to_invite);
    assert_eq!(
        up,
        [
            "ACK sip:gate@192.0.2.1:5060",
            "*media Outgoing H263-2000 192.0.2.9:6000"
        ]
    );
    // The ACK was lost: the 200 comes again, and so does the ACK.
    assert_eq!(
        script.answered("INVITE", ok_to_invite),
        ["ACK sip:gate@192.0.2.1:5060"]
    );
    let mut bye = request("BYE", "bye", &invite.from, 1).with("Reason", "SIP;cause=200");
    bye.from = format!("{};tag=peer", invite.to);
    bye.call_id.clone_from(&invite.call_id);
    assert_eq!(
        script.receive(&bye),
        ["200 OK", "*ended by Peer 200 SIP;cause=200"]
    );
}

#[test]
fn a_challenged_invite_is_sent_again_with_proof() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Share { to: "+1".into() });
    let challenged = script.answered("INVITE", |invite| {
        let value = "Digest realm=\"r\", nonce=\"n\"";
        invite
            .response(407, "Proxy Authentication Required")
            .with("Proxy-Authenticate", value)
    });
    assert_eq!(challenged, ["ACK tel:+1", "INVITE tel:+1"]);
    let again = script.last("INVITE");
    assert_eq!(again.cseq.number, 2);
    assert!(
        again
            .get("Proxy-Authorization")
            .unwrap()
            .contains("uri=\"tel:+1\"")
    );
    let up = script.answered("INVITE", ok_to_invite);
    assert_eq!(up[0], "ACK sip:gate@192.0.2.1:5060");
    assert_eq!(script.last("ACK").cseq.number, 2);
}

#[test]
fn an_invite_that_nobody_answers_is_repeated_and_given_up() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Share { to: "+1".into() });
    let lines = script.wait(40);
    let times: Vec<&str> = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(times, ["0.5", "1.5", "3.5", "7.5", "15.5", "31.5", "32.0"]);
    assert_eq!(lines.last().unwrap(), "32.0 *ended by Timeout 408");
}

#[test]
fn a_phone_that_rings_for_a_minute_is_cancelled() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Share { to: "+1".into() });
    script.answered("INVITE", |invite| invite.response(180, "Ringing"));
    assert_eq!(script.wait(60), ["60.0 CANCEL tel:+1"]);
    script.answered("CANCEL", |cancel| cancel.response(200, "OK"));
    let over = script.answered("INVITE", |invite| {
        invite
            .response(487, "Request Terminated")
            .with_to_tag("peer")
    });
    assert_eq!(
        over,
        ["ACK tel:+1", "*ended by Timeout 487 Request Terminated"]
    );
}

#[test]
fn a_cancel_waits_for_a_provisional_response() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Share { to: "+1".into() });
    let nothing: [&str; 0] = [];
    assert_eq!(script.command(Command::End { reason: None }), nothing);
    let rings = script.answered("INVITE", |invite| invite.response(180, "Ringing"));
    assert_eq!(rings, ["CANCEL tel:+1"]);
    assert_eq!(
        script.last("CANCEL").branch(),
        script.last("INVITE").branch()
    );
    assert_eq!(script.last("CANCEL").cseq.number, 1);
}

#[test]
fn an_answer_that_crosses_our_cancel_is_hung_up() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Share { to: "+1".into() });
    script.answered("INVITE", |invite| invite.response(180, "Ringing"));
    script.command(Command::End { reason: None });
    assert_eq!(
        script.answered("INVITE", ok_to_invite),
        [
            "ACK sip:gate@192.0.2.1:5060",
            "BYE sip:gate@192.0.2.1:5060",
            "*ended by Us 487"
        ]
    );
}

#[test]
fn proxies_that_recorded_themselves_are_visited_in_reverse() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Share { to: "+1".into() });
    script.answered("INVITE", |invite| {
        ok_to_invite(invite).with("Record-Route", "<sip:far;lr>, <sip:192.0.2.77:5099;lr>")
    });
    let routes = script.last("ACK");
    assert_eq!(
        routes.list("Route"),
        ["<sip:192.0.2.77:5099;lr>", "<sip:far;lr>"]
    );
}

#[test]
fn a_refusal_is_told_with_its_words() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Share {
        to: "sip:bea@192.0.2.5".into(),
    });
    let refused = script.answered("INVITE", |invite| invite.response(486, "In a meeting"));
    assert_eq!(
        refused,
        ["ACK sip:bea@192.0.2.5", "*ended by Peer 486 In a meeting"]
    );
}

#[test]
fn a_model_with_sound_calls_to_talk_and_one_without_says_so() {
    let mut script = Script::new("ims-terminal", OnInvite::Answer);
    let lines = script.command(Command::Talk { to: "+1".into() });
    assert_eq!(lines.len(), 1, "{lines:?}");
    let invite = script.last("INVITE");
    let body = String::from_utf8_lossy(&invite.body).into_owned();
    assert!(
        !body.contains("m=video") && body.contains("m=audio 40002"),
        "{body}"
    );
    assert_eq!(invite.get("Accept-Contact"), None);

    let mut silent = Script::new("nokia-6680", OnInvite::Answer);
    let command = Input::Command(Command::Talk { to: "+1".into() });
    assert_eq!(
        silent.agent.handle(command, silent.now),
        Err(CommandError::NoVoice)
    );
}
