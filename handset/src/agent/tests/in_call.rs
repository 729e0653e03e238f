//! Requests inside a call and outside of any, and what is no request at all.

use super::*;

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
