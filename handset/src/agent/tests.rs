//! Ladders in simulated time: what comes in, and what goes out.

use std::time::Duration;

use super::*;

const PEER: &str = "192.0.2.1:5060";
const LOCAL: &str = "192.0.2.20:5062";

struct Script {
    agent: Agent,
    start: Instant,
    now: Instant,
    /// Everything sent so far, oldest first.
    sent: Vec<Message>,
}

impl Script {
    fn new(profile: &str, on_invite: OnInvite) -> Self {
        let agent = Agent::new(AgentConfig {
            profile: Arc::new(Profile::named(profile).unwrap()),
            local: LOCAL.parse().unwrap(),
            registrar: Some(PEER.parse().unwrap()),
            domain: "home.example".into(),
            credentials: Credentials {
                username: "old".into(),
                password: "secret".into(),
            },
            on_invite,
            media_port: 40_000,
            seed: [7; 32],
        });
        let now = Instant::now();
        Self {
            agent,
            start: now,
            now,
            sent: Vec::new(),
        }
    }

    fn command(&mut self, command: Command) -> Vec<String> {
        self.agent
            .handle(Input::Command(command), self.now)
            .unwrap();
        self.trace()
    }

    fn receive(&mut self, message: &Message) -> Vec<String> {
        self.receive_bytes(&message.to_bytes())
    }

    fn receive_bytes(&mut self, bytes: &[u8]) -> Vec<String> {
        let from = PEER.parse().unwrap();
        let input = Input::Datagram {
            from,
            bytes: bytes.to_vec(),
        };
        self.agent.handle(input, self.now).unwrap();
        self.trace()
    }

    /// Lets every timer fire until that many seconds have gone; notes when.
    fn wait(&mut self, seconds: u64) -> Vec<String> {
        let until = self.now + Duration::from_secs(seconds);
        let mut lines = Vec::new();
        while let Some(at) = self.agent.poll_timeout().filter(|at| *at <= until) {
            self.now = at;
            self.agent.handle_timeout(at);
            let seconds = at.duration_since(self.start).as_secs_f64();
            lines.extend(
                self.trace()
                    .into_iter()
                    .map(|line| format!("{seconds:.1} {line}")),
            );
        }
        self.now = until;
        lines
    }

    fn trace(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(output) = self.agent.poll_output() {
            lines.push(match output {
                Output::Send { bytes, .. } => {
                    let message = Message::read(&bytes).unwrap();
                    self.sent.push(message.clone());
                    match message.start {
                        Start::Request { method, uri } => format!("{method} {uri}"),
                        Start::Response { status, reason } => format!("{status} {reason}"),
                    }
                }
                Output::Event(event) => match event {
                    Event::MediaOpen {
                        direction,
                        agreement,
                    } => {
                        let encoding = agreement.encoding.name();
                        format!("*media {direction:?} {encoding} {}", agreement.remote)
                    }
                    Event::Ended(End { by, status, reason }) => {
                        let reason = reason.unwrap_or_default();
                        format!("*ended by {by:?} {} {reason}", status.unwrap_or(0))
                            .trim_end()
                            .to_owned()
                    }
                    other => format!("*{other:?}"),
                },
            });
        }
        lines
    }

    /// The last request of ours with that method.
    fn last(&self, method: &str) -> Message {
        let is_it = |message: &&Message| matches!(&message.start, Start::Request { method: found, .. } if found == method);
        self.sent.iter().rfind(is_it).unwrap().clone()
    }

    fn last_response(&self) -> Message {
        self.sent
            .iter()
            .rfind(|message| message.status().is_some())
            .unwrap()
            .clone()
    }

    /// The peer's answer to our last request of that method.
    fn answered(&mut self, method: &str, response: impl Fn(Message) -> Message) -> Vec<String> {
        let request = self.last(method);
        let response = response(request);
        self.receive(&response)
    }
}

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n";

fn ok_to_invite(invite: Message) -> Message {
    let body =
        format!("{SDP}m=video 6000 RTP/AVP 96\r\na=recvonly\r\na=rtpmap:96 H263-2000/90000\r\n");
    invite
        .response(200, "OK")
        .with_to_tag("peer")
        .with("Contact", "<sip:gate@192.0.2.1:5060>")
        .with_body("application/sdp", body)
}

/// A request of the peer; `branch` tells transactions apart.
fn request(method: &str, branch: &str, to: &str, number: u32) -> Message {
    let mut message = Message::request(
        method,
        "sip:old@192.0.2.20:5062",
        "<tel:+44770>;tag=theirs",
        to,
        "call-1",
        number,
    )
    .with("Max-Forwards", "70");
    message.via = vec![format!(
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{branch};rport"
    )];
    message
}

fn invite(media: &str) -> Message {
    request("INVITE", "invite", "<tel:+358>", 1)
        .with("Contact", "<sip:gate@192.0.2.1:5060>")
        .with_body("application/sdp", format!("{SDP}{media}"))
}

fn good_invite() -> Message {
    invite("m=video 6000 RTP/AVP 34\r\nb=AS:85\r\na=sendonly\r\n")
}

fn challenge(register: Message) -> Message {
    register
        .response(401, "Unauthorized")
        .with(
            "WWW-Authenticate",
            "Digest realm=\"home\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"",
        )
        .with(
            "WWW-Authenticate",
            "Digest realm=\"home\", nonce=\"n2\", algorithm=MD5, qop=\"auth\"",
        )
}

#[test]
fn it_registers_by_the_digest_it_knows_and_refreshes_ten_minutes_early() {
    for (profile, algorithm) in [("nokia-6680", "MD5"), ("nokia-5230", "SHA-256")] {
        let mut script = Script::new(profile, OnInvite::Answer);
        assert_eq!(
            script.command(Command::Register),
            ["REGISTER sip:home.example"]
        );
        assert_eq!(
            script.answered("REGISTER", challenge),
            ["REGISTER sip:home.example"]
        );
        let register = script.last("REGISTER");
        let authorization = register.get("Authorization").unwrap();
        assert!(
            authorization.contains(&format!("algorithm={algorithm}")),
            "{authorization}"
        );
        assert_eq!(register.cseq.number, 2);
        assert_eq!(
            register.get("Contact"),
            Some("<sip:old@192.0.2.20:5062>;+g.3gpp.cs-voice")
        );
        let bound = |register: Message| {
            let contact = "<sip:old@192.0.2.20:5062>;+g.3gpp.cs-voice;expires=1800";
            register.response(200, "OK").with("Contact", contact)
        };
        assert_eq!(
            script.answered("REGISTER", bound),
            ["*Registered { expires_seconds: 1800 }"]
        );
        assert!(script.agent.is_registered());
        assert_eq!(script.wait(1200), ["1200.0 REGISTER sip:home.example"]);
    }
}

#[test]
fn a_wrong_password_is_tried_again_ever_later() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Register);
    let mut pauses = Vec::new();
    for _ in 0..7 {
        script.answered("REGISTER", challenge);
        script.answered("REGISTER", challenge);
        let end = script.answered("REGISTER", challenge);
        assert_eq!(end, ["*RegistrationFailed { status: Some(401) }"]);
        let failed = script.now;
        // Only the pause is left to fire: old transactions are over.
        let due = script.agent.poll_timeout().unwrap();
        pauses.push(due.duration_since(failed).as_secs());
        script.now = due;
        script.agent.handle_timeout(due);
        assert_eq!(script.trace(), ["REGISTER sip:home.example"]);
    }
    let least = [1, 2, 4, 8, 16, 30, 30];
    for (pause, least) in pauses.iter().zip(least) {
        assert!((least..=least * 5 / 4 + 1).contains(pause), "{pauses:?}");
    }
}

#[test]
fn leaving_takes_the_binding_away() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Register);
    script.answered("REGISTER", |register| register.response(200, "OK"));
    assert_eq!(
        script.command(Command::Unregister),
        ["REGISTER sip:home.example"]
    );
    assert_eq!(script.last("REGISTER").get("Expires"), Some("0"));
    let gone = script.answered("REGISTER", |register| register.response(200, "OK"));
    assert_eq!(gone, ["*Unregistered"]);
}

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
    let needy = good_invite().with("Require", "precondition");
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
fn inside_a_call_a_full_picture_can_be_asked_for() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.receive(&good_invite());
    let to = script.last_response().to;
    let body = "<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder>\
                </vc_primitive></media_control>";
    let wanted = request("INFO", "i1", &to, 2).with_body("application/media_control+xml", body);
    assert_eq!(script.receive(&wanted), ["200 OK", "*PictureWanted"]);
    let other = request("INFO", "i2", &to, 3).with_body("application/dtmf-relay", "Signal=1");
    assert_eq!(script.receive(&other), ["415 Unsupported Media Type"]);
    let old = request("INFO", "i3", &to, 2);
    assert_eq!(script.receive(&old), ["500 Server Internal Error"]);
    let strange = request("BYE", "b", "<tel:+358>;tag=nobody", 4);
    assert_eq!(
        script.receive(&strange),
        ["481 Call/Transaction Does Not Exist"]
    );
}

#[test]
fn capabilities_are_told_to_whoever_asks() {
    let mut script = Script::new("nokia-5230", OnInvite::Answer);
    assert_eq!(
        script.receive(&request("OPTIONS", "o", "<tel:+358>", 1)),
        ["200 OK"]
    );
    let ok = script.last_response();
    assert!(ok.get("Contact").unwrap().contains("+g.3gpp.cs-voice"));
    let body = String::from_utf8(ok.body).unwrap();
    assert!(body.contains("m=video 0 RTP/AVP 98 99 96\r\n"), "{body}");
}

#[test]
fn garbage_is_counted_and_a_flood_does_not_end_what_rings() {
    let mut script = Script::new("nokia-6680", OnInvite::Ring);
    script.receive(&good_invite());
    let nothing: [&str; 0] = [];
    for bytes in [
        &b"\x00\xff\xfe"[..],
        b"INVITE\r\n\r\n",
        b"SIP/2.0 999 No\r\n\r\n",
    ] {
        assert_eq!(script.receive_bytes(bytes), nothing);
    }
    assert_eq!(script.receive_bytes(b"\r\n\r\n"), nothing);
    assert_eq!(script.agent.malformed(), 3);
    for at in 0..200 {
        let wink = request("WINK", &format!("w{at}"), "<tel:+358>", 1);
        assert_eq!(script.receive(&wink), ["405 Method Not Allowed"]);
    }
    assert_eq!(script.command(Command::Answer)[0], "200 OK");
}

#[test]
fn damaged_messages_never_harm_the_phone() {
    let ok = ok_to_invite(request("INVITE", "i", "<tel:+1>", 1));
    let originals = [
        good_invite(),
        request("BYE", "b", "<tel:+358>;tag=x", 2),
        challenge(ok),
    ];
    let mut ids = Ids::new([9; 32]);
    let mut script = Script::new("nokia-5230", OnInvite::Answer);
    for round in 0..3_000 {
        let mut bytes = originals[round % originals.len()].to_bytes();
        for _ in 0..=ids.number() % 4 {
            let at = ids.number() as usize % bytes.len();
            match ids.number() % 3 {
                0 => bytes[at] = ids.number() as u8,
                1 => bytes.truncate(at.max(1)),
                _ => drop(bytes.splice(at..at, *b"\"<;,>[:")),
            }
        }
        let from = PEER.parse().unwrap();
        let input = Input::Datagram { from, bytes };
        script.agent.handle(input, script.now).unwrap();
        while script.agent.poll_output().is_some() {}
    }
    let ended = script
        .agent
        .handle(Input::Command(Command::End { reason: None }), script.now);
    assert!(ended.is_ok() || script.agent.call().is_none());
    assert_eq!(
        script
            .receive(&request("OPTIONS", "o", "<tel:+358>", 1))
            .last()
            .unwrap(),
        "200 OK"
    );
}
