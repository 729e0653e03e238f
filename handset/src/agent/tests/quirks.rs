//! (R9.1) What is peculiar to each model, between the invitation and its answer.

use super::*;
use crate::profile::OnOptions;

fn ringing(invite: Message, reliably: bool) -> Message {
    let response = invite
        .response(180, "Ringing")
        .with_to_tag("peer")
        .with("Contact", "<sip:gate@192.0.2.1:5060>");
    match reliably {
        true => response.with("Require", "100rel").with("RSeq", "4711"),
        false => response,
    }
}

fn share() -> Command {
    Command::Share {
        to: "+447700900123".into(),
    }
}

fn marked_invite(line: &str) -> Message {
    invite(&format!(
        "m=video 6000 RTP/AVP 34\r\nb=AS:85\r\na=sendonly\r\n{line}"
    ))
}

/// R1.20: the mark, and PRACK of whatever rings.
#[test]
fn the_old_client_marks_its_invitation_and_acknowledges_any_180() {
    for model in ["nokia-6630", "nokia-6680", "nokia-n70"] {
        let mut script = Script::new(model, OnInvite::Answer);
        script.command(share());
        assert_eq!(script.last("INVITE").get("Require"), Some("precondition"));
        let unreliable = script.answered("INVITE", |invite| ringing(invite, false));
        assert_eq!(unreliable, ["PRACK sip:gate@192.0.2.1:5060"], "{model}");
        let prack = script.last("PRACK");
        assert_eq!(prack.get("RAck"), Some("1 1 INVITE"));
        assert_eq!((prack.cseq.number, prack.tag_of_to()), (2, Some("peer")));
        let again = script.answered("INVITE", |invite| ringing(invite, false));
        assert!(again.is_empty(), "the same 180 again: {again:?}");
        script.answered("INVITE", |invite| ringing(invite, true));
        assert_eq!(script.last("PRACK").get("RAck"), Some("4711 1 INVITE"));
        let up = script.answered("INVITE", ok_to_invite);
        assert_eq!(up[0], "ACK sip:gate@192.0.2.1:5060", "{model}");
        assert_eq!(script.last("ACK").cseq.number, 1, "the INVITE's own number");
    }
}

#[test]
fn a_later_client_marks_nothing_and_acknowledges_nothing() {
    let mut script = Script::new("nokia-5230", OnInvite::Answer);
    script.command(share());
    assert_eq!(script.last("INVITE").get("Require"), None);
    let said = script.answered("INVITE", |invite| ringing(invite, false));
    assert!(said.is_empty(), "{said:?}");
}

/// R1.20: the mark is met by a reliable 180, said again until its PRACK.
#[test]
fn the_later_client_meets_the_mark_by_a_reliable_180() {
    let mut script = Script::new("nokia-5230", OnInvite::Ring);
    script.receive(&good_h263().with("Require", "precondition"));
    let ringing = script.last_response();
    assert_eq!(ringing.get("Require"), Some("100rel"));
    assert_eq!(script.wait(2), ["0.5 180 Ringing", "1.5 180 Ringing"]);
    let rack = |rseq: &str| {
        let to = ringing.to.clone();
        request("PRACK", rseq, &to, 2).with("RAck", format!("{rseq} 1 INVITE"))
    };
    assert_eq!(
        script.receive(&rack("1")),
        ["481 Call/Transaction Does Not Exist"]
    );
    let rseq = ringing.get("RSeq").unwrap().to_owned();
    let right = rack(&rseq);
    let right = Message {
        cseq: crate::sip::message::CSeq {
            number: 3,
            method: "PRACK".into(),
        },
        ..right
    };
    assert_eq!(script.receive(&right), ["200 OK"]);
    let nothing: [&str; 0] = [];
    assert_eq!(script.wait(10), nothing);
}

fn good_h263() -> Message {
    invite("m=video 6000 RTP/AVP 96\r\nb=AS:85\r\na=sendonly\r\na=rtpmap:96 H263-2000/90000\r\n")
}

/// R1.20
#[test]
fn a_model_that_demands_preconditions_refuses_who_offers_none() {
    let ready = "a=curr:qos local sendrecv\r\na=curr:qos remote none\r\n";
    let cases = [
        ("", "421 Extension Required"),
        ("a=curr:qos local none\r\n", "580 Precondition Failure"),
        (ready, "180 Ringing"),
    ];
    for (lines, expected) in cases {
        let mut script = Script::new("nokia-6630", OnInvite::Ring);
        let said = script.receive(&marked_invite(lines));
        assert_eq!(said[0], expected, "{lines}");
        if said[0].starts_with("421") {
            let required = script.last_response();
            assert_eq!(required.get("Require"), Some("precondition"));
        }
    }
    let mut script = Script::new("nokia-6630", OnInvite::Answer);
    script.receive(&marked_invite(ready));
    let answer = String::from_utf8(script.last_response().body).unwrap();
    assert!(
        answer.contains("a=curr:qos local sendrecv\r\na=curr:qos remote sendrecv\r\n"),
        "{answer}"
    );
}

/// The same invitation with the operator's marks.
fn operators() -> Message {
    let mut invite = good_h263();
    let marks = "t=0 0\r\na=application:com.gsma.rts\r\na=type:videolive\r\n";
    let body = String::from_utf8(invite.body).unwrap();
    invite.body = body.replacen("t=0 0\r\n", marks, 1).into_bytes();
    invite
}

fn good_h264() -> Message {
    invite(
        "m=video 6000 RTP/AVP 98\r\na=sendonly\r\na=rtpmap:98 H264/90000\r\n\
         a=fmtp:98 packetization-mode=1\r\n",
    )
}

/// What each model says to each invitation: model, call, habit, invitation, answer.
const REFUSALS: &str = "\
nokia-5230 | nobody | answer | h263 | 603 Decline
nokia-5230 | anybody | busy | h263 | 486 Busy Here
nokia-5230 | anybody | decline | h263 | 603 Decline
nokia-5230 | anybody | ring | h263 | 180 Ringing
operator-variant | anybody | decline | marked | 486 Busy
operator-variant | anybody | ring | h263 | 488 Not Acceptable Here
operator-variant | anybody | ring | marked | 180 Ringing
rcs-e | nobody | ring | h264 | 606 Not Acceptable
rcs-e | +44770 | ring | h264 | 180 Ringing
rcs-e | anybody | ring | h263 | 488 Not Acceptable Here
nokia-6680 | nobody | ring | h263 | 180 Ringing";

/// R1.27: each model in its own words.
#[test]
fn a_share_is_refused_in_the_words_of_the_model() {
    for row in REFUSALS.lines() {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [model, company, habit, invite, expected] = cells[..] else {
            panic!("{row}");
        };
        let on_invite = <OnInvite as clap::ValueEnum>::from_str(habit, false).unwrap();
        let mut script = Script::new(model, on_invite);
        script.command(Command::InCall(company.parse().unwrap()));
        let said = script.receive(&match invite {
            "marked" => operators(),
            "h264" => good_h264(),
            _ => good_h263(),
        });
        assert_eq!(said[0], expected, "{row}");
    }
    let mut script = Script::new("operator-variant", OnInvite::Ring);
    script.receive(&operators());
    assert_eq!(script.command(Command::Decline)[0], "486 Busy");
}

/// R1.8, R2.3, R2.4
#[test]
fn options_is_answered_as_the_model_does() {
    let cases = [
        (
            "nokia-6680",
            Company::Anybody,
            None,
            "501 Not Implemented",
            None,
        ),
        ("nokia-5230", Company::Anybody, None, "200 OK", Some(true)),
        (
            "nokia-5230",
            Company::Nobody,
            None,
            "480 Temporarily Unavailable",
            None,
        ),
        (
            "nokia-5230",
            Company::Anybody,
            Some(OnOptions::Status(603)),
            "603 Decline",
            None,
        ),
        (
            "nokia-5230",
            Company::Anybody,
            Some(OnOptions::Untagged),
            "200 OK",
            Some(false),
        ),
        (
            "operator-variant",
            Company::Nobody,
            None,
            "200 OK",
            Some(false),
        ),
        ("rcs-e", Company::Anybody, None, "200 OK", Some(true)),
        ("rcs-e", Company::Nobody, None, "200 OK", Some(false)),
        ("ims-terminal", Company::Nobody, None, "200 OK", Some(true)),
    ];
    for (model, company, on_options, expected, tagged) in cases {
        let mut script = Script::new(model, OnInvite::Answer);
        script.agent.config.on_options = on_options;
        script.command(Command::InCall(company.clone()));
        let said = script.receive(&request("OPTIONS", "options", "<tel:+358>", 1));
        assert_eq!(said, [expected], "{model} {company:?}");
        let response = script.last_response();
        let has_tag = response
            .get("Contact")
            .map(|contact| contact.contains("+g.3gpp.cs-voice"));
        assert_eq!(has_tag, tagged, "{model} {company:?}");
        let body = String::from_utf8(response.body).unwrap();
        assert_eq!(
            tagged.is_some(),
            body.contains("m=video 0 RTP/AVP"),
            "{body}"
        );
        assert_eq!(
            model == "rcs-e",
            body.contains("m=message 0 TCP/MSRP *\r\n"),
            "{body}"
        );
    }
}

/// R1.1, R1.4, R1.16
#[test]
fn the_later_client_asks_two_seconds_after_the_call_and_offers_what_it_heard() {
    let mut script = Script::new("nokia-5230", OnInvite::Answer);
    script.command(Command::InCall(Company::Number("+447700900123".into())));
    assert_eq!(script.wait(2), ["2.0 OPTIONS tel:+447700900123"]);
    let asked = script.last("OPTIONS");
    assert_eq!(
        asked.get("Accept-Contact"),
        Some("*;+g.3gpp.cs-voice;explicit")
    );
    assert!(String::from_utf8_lossy(&asked.body).contains("m=video 0 RTP/AVP 98"));
    let unavailable = |options: Message| {
        options
            .response(480, "Temporarily Unavailable")
            .with_to_tag("x")
    };
    script.answered("OPTIONS", unavailable);
    let again = script.wait(20);
    assert_eq!(again, ["22.0 OPTIONS tel:+447700900123"]);
    let h263_only = |options: Message| {
        let body = format!("{SDP}m=video 0 RTP/AVP 96\r\na=rtpmap:96 H263-2000/90000\r\n");
        options
            .response(200, "OK")
            .with_to_tag("x")
            .with("Contact", "<sip:p@192.0.2.1>;+g.3gpp.cs-voice")
            .with_body("application/sdp", body)
    };
    script.answered("OPTIONS", h263_only);
    assert_eq!(script.agent.peer_can(), Can::H263Video);
    script.command(share());
    let offer = String::from_utf8(script.last("INVITE").body).unwrap();
    assert!(
        !offer.contains("H264") && offer.contains("H263-2000"),
        "{offer}"
    );
}

/// R1.2, R1.4, R1.5
#[test]
fn what_an_answer_to_options_means() {
    let sdp = format!("{SDP}m=video 0 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\n");
    let tagged = "<sip:p@192.0.2.1>;+g.3gpp.cs-voice";
    let cases = [
        (200, tagged, sdp.as_str(), Can::LiveVideo),
        (
            200,
            "<sip:p@192.0.2.1>;+g.3gpp.cs-voice=\"FALSE\"",
            sdp.as_str(),
            Can::Nothing,
        ),
        (200, "<sip:p@192.0.2.1>", sdp.as_str(), Can::Nothing),
        (200, tagged, "", Can::Nothing),
        (501, tagged, "", Can::LiveVideo),
        (403, tagged, "", Can::Nothing),
        (416, tagged, "", Can::Nothing),
        (404, tagged, "", Can::Unknown),
    ];
    for (status, contact, body, expected) in cases {
        let mut script = Script::new("rcs-e", OnInvite::Answer);
        script.command(Command::InCall(Company::Number("+447700900123".into())));
        script.wait(3);
        assert!(script.last("OPTIONS").body.is_empty(), "tags alone");
        script.answered("OPTIONS", |options| {
            let response = options.response(status, "So").with_to_tag("x");
            response
                .with("Contact", contact)
                .with_body("application/sdp", body)
        });
        assert_eq!(script.agent.peer_can(), expected, "{status} {contact}");
    }
    let mut silent = Script::new("nokia-6680", OnInvite::Answer);
    silent.command(Command::InCall(Company::Number("+447700900123".into())));
    let nothing: [&str; 0] = [];
    assert_eq!(silent.wait(60), nothing, "the old client asks nobody");
}

/// R1.18
#[test]
fn orientation_is_offered_and_its_number_repeated() {
    let mut script = Script::new("rcs-e", OnInvite::Answer);
    script.command(share());
    let offer = String::from_utf8(script.last("INVITE").body).unwrap();
    assert!(
        offer.contains("a=extmap:7 urn:3gpp:video-orientation\r\n"),
        "{offer}"
    );
    let mut script = Script::new("rcs-e", OnInvite::Answer);
    script.receive(&invite(
        "m=video 6000 RTP/AVP 98\r\na=sendonly\r\na=rtpmap:98 H264/90000\r\n\
        a=fmtp:98 packetization-mode=1\r\na=extmap:3/sendonly urn:3gpp:video-orientation\r\n",
    ));
    let answer = String::from_utf8(script.last_response().body).unwrap();
    assert!(
        answer.contains("a=extmap:3 urn:3gpp:video-orientation\r\n"),
        "{answer}"
    );
}
