//! Asking others what they can do, and being asked: rules R1.1 to R1.9, R2.1 to R2.4.

use sip::message::Request;
use sip::time::Duration;

use super::calls::in_dialog;
use super::script::{ANNA, OFFER, Script, number};
use crate::phone::state::{Can, Command, Peer, Willing};
use crate::phone::{CameraEvent, Input, PeerEvent, SocketEvent};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n";
const H264: &str = "m=video 0 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\n";
const H263: &str = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H263-2000/90000\r\n";
const H261: &str = "m=video 0 RTP/AVP 31\r\n";
const FILES: &str = "m=message 0 TCP/MSRP *\r\na=accept-types:image/jpeg\r\na=file-selector\r\n";

const VOICE: &str = "<sip:anna@192.0.2.10>;+g.3gpp.cs-voice";
const NO_VOICE: &str = "<sip:anna@192.0.2.10>;+g.3gpp.cs-voice=\"FALSE\"";
const PLAIN: &str = "<sip:anna@192.0.2.10>";

const OPTIONS: &str = "OPTIONS sip:x@y.invalid;transport=ws SIP/2.0
Via: SIP/2.0/WS gateway.example;branch=z9hG4bKoptions1
Max-Forwards: 70
From: \"Someone\" <sip:anna@home.example>;tag=anna1
To: <tel:+99000002>
Call-ID: options1
CSeq: 1 OPTIONS
P-Asserted-Identity: <tel:+99000001>
Accept: application/sdp

";

fn asked(script: &Script) -> usize {
    let asked = script.trace().iter();
    asked.filter(|line| line.starts_with("-> OPTIONS")).count()
}

fn can(script: &Script) -> Can {
    let anna = Peer {
        number: Some(number(ANNA)),
        ..Peer::default()
    };
    script.state().abilities.of(&anna)
}

/// On the phone with Anna since now; nothing was asked.
fn on_the_phone() -> Script {
    let mut script = Script::asking();
    script.command(Command::SayOnThePhone(number(ANNA)));
    script
}

/// The same, and asked.
fn asking() -> Script {
    let mut script = on_the_phone();
    script.pass(Duration::from_secs(2));
    script.check("-> OPTIONS tel:+99000001");
    script
}

fn answered(lines: &str) -> Script {
    let mut script = asking();
    let sdp = format!("{HEAD}{lines}");
    script.answer_in_full("OPTIONS", 200, &[("Contact", VOICE)], &sdp);
    script
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).unwrap_or_default()
}

/// R1.1
#[test]
fn the_other_phone_is_asked_two_seconds_after_the_call_connects() {
    let mut script = on_the_phone();
    script.pass(Duration::from_millis(1999));
    script.check("");
    script.pass(Duration::from_millis(1));
    script.check("-> OPTIONS tel:+99000001");

    let question = script.sent("OPTIONS");
    assert_eq!(
        header(question, "Accept-Contact"),
        "*;+g.3gpp.cs-voice;explicit"
    );
    assert_eq!(header(question, "Accept"), "application/sdp");
    let contact = question.headers.contact.first().unwrap().to_string();
    assert!(contact.ends_with(";+g.3gpp.cs-voice"), "{contact}");
    let body = String::from_utf8(question.body.clone()).unwrap();
    assert!(body.contains("m=video 0 RTP/AVP "), "{body}");
}

/// R1.2
#[test]
fn a_camera_is_shown_to_whoever_was_not_asked() {
    let mut script = on_the_phone();
    script.command(Command::Select(number(ANNA)));
    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Opened));
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.check(
        "camera on
         make offer
         -> INVITE tel:+99000001",
    );
    assert_eq!(can(&script), Can::Unknown);
}

/// R1.3
#[test]
fn one_question_stands_until_hold_resume_or_a_shares_end() {
    let mut script = answered(H264);
    assert_eq!(can(&script), Can::LiveVideo);
    script.forget();
    script.command(Command::Select(number(ANNA)));
    script.pass(Duration::from_secs(600));
    assert_eq!(asked(&script), 0, "it stands");

    for change in [
        Command::SayHeld,
        Command::SayResumed,
        Command::SayConference,
        Command::SayResumed,
    ] {
        script.forget();
        script.command(change.clone());
        script.pass(Duration::from_secs(10));
        assert_eq!(asked(&script), 1, "{change:?}");
        script.answer("OPTIONS", 480, &[]);
        script.pass(Duration::from_secs(20));
        script.answer("OPTIONS", 480, &[]);
        assert_eq!(can(&script), Can::Nothing);
    }

    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Opened));
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.answer("INVITE", 486, &[]);
    script.forget();
    script.pass(Duration::from_secs(10));
    assert_eq!(asked(&script), 1, "a share is over");
}

/// R1.3
#[test]
fn another_connection_is_another_question_to_whom_one_talks() {
    let mut script = answered(H264);
    script.socket(SocketEvent::Closed);
    script.pass(Duration::from_secs(1));
    script.forget();
    script.sign_in_again();
    script.pass(Duration::from_secs(1));
    assert_eq!(asked(&script), 1);
    assert_eq!(can(&script), Can::LiveVideo, "until they say otherwise");
}

/// R1.3
#[test]
fn the_calls_end_clears_what_was_known() {
    let mut script = answered(H264);
    script.forget();
    script.command(Command::SayEnded);
    assert_eq!(can(&script), Can::Unknown);
    script.pass(Duration::from_secs(60));
    assert_eq!(asked(&script), 0, "nobody is looked at");
}

/// R1.3, R2.1
#[test]
fn whoever_is_looked_at_without_a_call_is_asked_once_for_shares_without_one() {
    let mut script = Script::asking();
    script.command(Command::Select(number(ANNA)));
    script.pass(Duration::from_millis(300));
    script.check("-> OPTIONS tel:+99000001");
    const TAG: &str = "+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\"";
    let question = script.sent("OPTIONS");
    assert_eq!(
        header(question, "Accept-Contact"),
        format!("*;{TAG};explicit")
    );
    let contact = question.headers.contact.first().unwrap().to_string();
    assert!(contact.ends_with(TAG), "{contact}");

    let sdp = format!("{HEAD}{H264}");
    let contact = format!("{PLAIN};{TAG}");
    script.answer_in_full("OPTIONS", 200, &[("Contact", &contact)], &sdp);
    assert_eq!(can(&script), Can::LiveVideo);
    script.forget();
    script.command(Command::Select(number(ANNA)));
    script.pass(Duration::from_secs(60));
    assert_eq!(asked(&script), 0);
}

/// R1.4
#[test]
fn what_a_status_means_at_first_and_after_it_was_asked_again() {
    let again = [404, 408, 480];
    let statuses = [
        (501, Can::LiveVideo),
        (416, Can::Nothing),
        (403, Can::Nothing),
        (405, Can::Nothing),
        (500, Can::Nothing),
        (603, Can::Nothing),
    ];
    for code in again {
        let mut script = asking();
        script.answer("OPTIONS", code, &[]);
        assert_eq!(can(&script), Can::Unknown, "{code}");
        script.forget();
        script.pass(Duration::from_millis(19_999));
        assert_eq!(asked(&script), 0, "{code}");
        script.pass(Duration::from_millis(1));
        assert_eq!(asked(&script), 1, "{code}");
        script.answer("OPTIONS", code, &[]);
        assert_eq!(can(&script), Can::Nothing, "{code}");
        script.forget();
        script.pass(Duration::from_secs(600));
        assert_eq!(asked(&script), 0, "{code} is not asked a third time");
    }
    for (code, expected) in statuses {
        let mut script = asking();
        script.answer("OPTIONS", code, &[]);
        assert_eq!(can(&script), expected, "{code}");
        script.forget();
        script.pass(Duration::from_secs(600));
        assert_eq!(asked(&script), 0, "{code} stands");
    }
}

/// R1.4: no answer at all is as if 408.
#[test]
fn whoever_does_not_answer_is_asked_once_more() {
    let mut script = asking();
    script.pass(Duration::from_secs(32 + 19));
    assert_eq!(asked(&script), 0);
    script.pass(Duration::from_secs(1));
    assert_eq!(asked(&script), 1);
    script.pass(Duration::from_secs(600));
    assert_eq!(asked(&script), 1);
    assert_eq!(can(&script), Can::Nothing);
}

/// R1.5, R1.6, R2.2, R2.4
#[test]
fn an_answer_is_read_by_its_tags_and_its_lines() {
    const OTHERS: &str = "<sip:anna@192.0.2.10>;+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.rcse.im,urn:urn-7:3gpp-application.ims.iari.gsma-vs\"";
    const SERVICE: &str = "<sip:anna@192.0.2.10>;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\"";
    let two_lines = format!("{H263}{H264}");
    let and_files = format!("{H264}{FILES}");
    let attributes = format!("a=application:com.gsma.rts\r\na=type:videolive\r\n{H264}");
    let fast = format!("a=keywds:fastmode\r\n{H264}");
    let cases = [
        (VOICE, H264, Can::LiveVideo),
        (VOICE, H263, Can::LiveVideo),
        (VOICE, two_lines.as_str(), Can::LiveVideo),
        (VOICE, attributes.as_str(), Can::LiveVideo),
        (VOICE, fast.as_str(), Can::LiveVideo),
        (OTHERS, H264, Can::LiveVideo),
        (SERVICE, H264, Can::LiveVideo),
        (VOICE, H261, Can::Nothing),
        (VOICE, "", Can::Nothing),
        (NO_VOICE, H264, Can::Nothing),
        (PLAIN, H264, Can::Nothing),
        (VOICE, FILES, Can::PicturesOnly),
        (PLAIN, and_files.as_str(), Can::PicturesOnly),
        (VOICE, and_files.as_str(), Can::LiveVideo),
    ];
    for (contact, lines, expected) in cases {
        let mut script = asking();
        let sdp = format!("{HEAD}{lines}");
        script.answer_in_full("OPTIONS", 200, &[("Contact", contact)], &sdp);
        assert_eq!(can(&script), expected, "{contact} {lines}");
    }
    let mut script = asking();
    script.answer("OPTIONS", 200, &[("Contact", VOICE)]);
    assert_eq!(can(&script), Can::Nothing, "no description");
}

/// R1.7
#[test]
fn the_address_in_the_answer_takes_the_place_of_the_number_dialled() {
    let asserted = [
        (
            "<tel:+99000001>, \"Anna\" <sip:anna@ims.example>",
            "sip:anna@ims.example",
        ),
        ("sip:anna@ims.example", "sip:anna@ims.example"),
        ("<tel:+99000001>", "tel:+99000001"),
    ];
    for (asserted, expected) in asserted {
        let mut script = asking();
        let headers = [("Contact", VOICE), ("P-Asserted-Identity", asserted)];
        script.answer_in_full("OPTIONS", 200, &headers, &format!("{HEAD}{H264}"));
        script.command(Command::Select(number(ANNA)));
        script.command(Command::OpenSlot);
        script.input(Input::Camera(CameraEvent::Opened));
        script.command(Command::Show);
        script.peer(PeerEvent::Offer(OFFER.to_owned()));
        let invite = script.sent("INVITE");
        assert_eq!(invite.uri.to_string(), expected);
        assert_eq!(
            header(invite, "Accept-Contact"),
            "*;+g.3gpp.cs-voice;explicit"
        );
        let contact = invite.headers.contact.first().unwrap().to_string();
        assert!(contact.ends_with(";+g.3gpp.cs-voice"), "{contact}");
    }
}

/// R1.8, R2.3
#[test]
fn what_we_answer_follows_the_call_with_whoever_asks() {
    const WITHOUT: &str = ";+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\"";
    let on_the_phone_with = |who: &str| vec![Command::SayOnThePhone(number(who))];
    let with = |who, then| [on_the_phone_with(who), vec![then]].concat();
    let cases = [
        (vec![], 200, WITHOUT),
        (on_the_phone_with(ANNA), 200, ";+g.3gpp.cs-voice"),
        (on_the_phone_with("+99000417"), 200, WITHOUT),
        (with(ANNA, Command::SayHeld), 480, ""),
        (with(ANNA, Command::SayConference), 480, ""),
        (with(ANNA, Command::SayEnded), 200, WITHOUT),
        (vec![Command::SetWilling(Willing::No)], 603, ""),
    ];
    for (commands, code, tags) in cases {
        let mut script = Script::asking();
        for command in commands.clone() {
            script.command(command);
        }
        script.request(OPTIONS);
        let answer = script.answered();
        assert_eq!(answer.status.code(), code, "{commands:?}");
        let contact = answer.headers.contact.first().map(ToString::to_string);
        let contact = contact.unwrap_or_default();
        let said = contact.split_once('>').map_or("", |(_, tags)| tags);
        assert_eq!(said, tags, "{commands:?}");
        let body = String::from_utf8(answer.body.clone()).unwrap();
        assert_eq!(body.contains("m=video 0 "), code == 200, "{body}");
    }
}

/// R1.8: who wants nothing shown is not rung either.
#[test]
fn a_share_is_declined_while_it_is_switched_off() {
    let mut script = Script::signed_in();
    script.command(Command::SetWilling(Willing::No));
    script.request(super::calls::INVITE);
    let ack = in_dialog("ACK", 1).replace("TAG", script.tag());
    script.request(&ack);
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 603 (INVITE)
         <- ACK sip:x@y.invalid;transport=ws",
    );
}

/// R1.9
#[test]
fn a_page_registers_with_both_tags() {
    let script = Script::signed_in();
    let contact = script.sent("REGISTER").headers.contact.first().unwrap();
    let contact = contact.to_string();
    assert!(contact.contains(";+g.3gpp.cs-voice"), "{contact}");
    assert!(contact.contains("ims.iari.gsma-vs\""), "{contact}");
}
