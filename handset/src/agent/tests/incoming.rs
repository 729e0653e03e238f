//! A peer's share, from its INVITE to our answer.

use super::*;

#[test]
fn an_invitation_rings_is_answered_and_hung_up() {
    let mut script = Script::new("nokia-6680", OnInvite::Ring);
    assert_eq!(
        script.receive(&good_invite()),
        ["180 Ringing", "*Ringing { peer: \"+44770\" }"]
    );
    assert_eq!(
        script.receive(&good_invite()),
        ["180 Ringing"],
        "a retransmission is absorbed"
    );
    let up = script.command(Command::Answer);
    assert_eq!(up, ["200 OK", "*media Incoming H263 192.0.2.9:6000"]);
    let ok = script.last_response();
    assert!(ok.get("Contact").unwrap().contains("+g.3gpp.cs-voice"));
    assert!(String::from_utf8_lossy(&ok.body).contains("a=recvonly"));
    assert_eq!(script.wait(1), ["0.5 200 OK"], "no ACK yet");
    script.receive(&request("ACK", "ack", &ok.to, 1));
    let nothing: [&str; 0] = [];
    assert_eq!(script.wait(60), nothing);
    let over = script.command(Command::End { reason: None });
    assert_eq!(over, ["BYE sip:gate@192.0.2.1:5060", "*ended by Us 200"]);
}

#[test]
fn an_answer_that_is_never_acknowledged_ends_in_bye() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    let up = script.receive(&good_invite());
    assert_eq!(up[..2], ["180 Ringing", "*Ringing { peer: \"+44770\" }"]);
    let lines = script.wait(40);
    let end = lines.iter().position(|line| line.contains("BYE")).unwrap();
    assert_eq!(
        lines[end..end + 2],
        [
            "32.0 BYE sip:gate@192.0.2.1:5060",
            "32.0 *ended by Timeout 408"
        ]
    );
    assert!(
        lines[..end].iter().all(|line| line.ends_with("200 OK")),
        "{lines:?}"
    );
}

#[test]
fn a_caller_that_gives_up_gets_487() {
    let mut script = Script::new("nokia-6680", OnInvite::Ring);
    script.receive(&good_invite());
    let cancel = request("CANCEL", "invite", "<tel:+358>", 1);
    assert_eq!(
        script.receive(&cancel),
        ["200 OK", "487 Request Terminated", "*ended by Peer 487"]
    );
    // The refusal is repeated until it is acknowledged.
    assert_eq!(script.wait(1), ["0.5 487 Request Terminated"]);
    script.receive(&request("ACK", "invite", &script.last_response().to, 1));
    let nothing: [&str; 0] = [];
    assert_eq!(script.wait(2), nothing);
}

#[test]
fn nobody_answers_a_ringing_phone_for_longer_than_a_minute() {
    let mut script = Script::new("nokia-6680", OnInvite::Ring);
    script.receive(&good_invite());
    assert_eq!(
        script.wait(60),
        [
            "60.0 480 Temporarily Unavailable",
            "60.0 *ended by Timeout 480"
        ]
    );
}

#[test]
fn invitations_are_refused_for_what_they_are() {
    let audio = invite("m=audio 6000 RTP/AVP 0\r\n");
    let vp8 = invite("m=video 6000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n");
    let mut text = good_invite();
    text.fields.retain(|field| field.name != "Content-Type");
    let empty = request("INVITE", "invite", "<tel:+358>", 1);
    let needy = good_invite().with("Require", "recipient-list-invite");
    let cases = [
        (OnInvite::Decline, good_invite(), "603 Decline"),
        (OnInvite::Busy, good_invite(), "486 Busy Here"),
        (OnInvite::Ring, audio, "488 Not Acceptable Here"),
        (OnInvite::Ring, vp8, "488 Not Acceptable Here"),
        (OnInvite::Ring, text, "415 Unsupported Media Type"),
        (OnInvite::Ring, empty, "488 Not Acceptable Here"),
        (OnInvite::Ring, needy, "420 Bad Extension"),
    ];
    for (mode, invite, expected) in cases {
        let mut script = Script::new("nokia-6680", mode);
        assert_eq!(script.receive(&invite), [expected]);
        assert!(script.agent.call().is_none());
    }
}

#[test]
fn a_second_caller_finds_it_busy() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.receive(&good_invite());
    let mut second = good_invite();
    second.via = vec!["SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKother".into()];
    second.call_id = "call-2".into();
    assert_eq!(script.receive(&second), ["486 Busy Here"]);
    assert!(script.agent.call().is_some());
}

#[test]
fn a_call_of_sound_alone_is_answered_held_and_taken_back() {
    let mut script = Script::new("ims-terminal", OnInvite::Answer);
    let offer = |direction: &str| {
        format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
             m=audio 6000 RTP/AVP 97\r\na=rtpmap:97 AMR/8000\r\na={direction}\r\n"
        )
    };
    let with = |mut message: Message, sdp: String| {
        message.body = sdp.into_bytes();
        message
    };
    let up = script.receive(&with(good_invite(), offer("sendrecv")));
    assert!(up.last().unwrap().contains("speaks: true"), "{up:?}");
    let ok = script.last_response();
    assert!(String::from_utf8_lossy(&ok.body).contains("m=audio 40002 RTP/AVP 97"));
    script.receive(&request("ACK", "ack", &ok.to, 1));
    for (number, direction, answered) in [(2, "inactive", "inactive"), (3, "sendrecv", "sendrecv")]
    {
        let again = request("INVITE", &format!("again{number}"), &ok.to, number)
            .with("Content-Type", "application/sdp");
        let lines = script.receive(&with(again, offer(direction)));
        let speaks = format!("speaks: {}", direction == "sendrecv");
        assert!(lines.last().unwrap().contains(&speaks), "{lines:?}");
        let body = script.last_response().body;
        assert!(String::from_utf8_lossy(&body).contains(&format!("a={answered}\r\n")));
        script.receive(&request("ACK", &format!("ack{number}"), &ok.to, number));
    }
}
