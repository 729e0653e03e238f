//! Recording as ladders: who is told, who cannot be, and who is asked first.

use sip::message::Request;
use sip::time::Duration;

use super::calls::INVITE;
use super::feeds::camera;
use super::script::{ANSWER, OFFER, Script};
use crate::phone::recording::RecordingEvent;
use crate::phone::state::{Command, Direction, OurRecording, RecordingCommand, RecordingNote};
use crate::phone::{CameraEvent, Input, PeerEvent};

const TAKES: (&str, &str) = ("Recv-Info", "recording");
const CONTACT: (&str, &str) = ("Contact", "<sip:anna@gateway.example>");

/// Anna sees our camera, and her page shows that it is recorded.
fn showing() -> Script {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.answer_in_full("INVITE", 200, &[CONTACT, TAKES], ANSWER);
    script.peer(PeerEvent::Applied);
    script.forget();
    script
}

/// We see Anna's.
fn watching(takes: bool) -> Script {
    let mut script = Script::signed_in();
    script.request(&match takes {
        true => INVITE.replace("Content-Type", "Recv-Info: recording\nContent-Type"),
        false => INVITE.to_owned(),
    });
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER.to_owned()));
    script.forget();
    script
}

fn record(script: &mut Script, command: RecordingCommand) {
    script.command(Command::Recording(command));
}

fn browser(script: &mut Script, event: RecordingEvent) {
    script.input(Input::Recording(event));
}

fn ours(script: &Script) -> OurRecording {
    script.state().recording.ours
}

fn word(request: &Request) -> String {
    assert_eq!(request.headers.get("Info-Package"), Some("recording"));
    String::from_utf8(request.body.clone()).unwrap()
}

/// Anna's INFO, of that package and with that body.
fn anna_says(script: &mut Script, cseq: u32, package: &str, body: &str) -> u16 {
    let invite = script.sent("INVITE");
    let tag = invite.headers.from.tag().unwrap_or_default();
    let text = format!(
        "INFO sip:x@y.invalid;transport=ws SIP/2.0
Via: SIP/2.0/WS gateway.example;branch=z9hG4bKinfo{cseq}
Max-Forwards: 70
From: <tel:+99000001>;tag=far
To: <sip:ben@home.example>;tag={tag}
Call-ID: {}
CSeq: {cseq} INFO
{package}Content-Type: application/json

{body}",
        invite.headers.call_id
    );
    script.request(&text);
    script.answered().status.code()
}

#[test]
fn who_sees_it_is_told_before_anything_is_recorded() {
    let mut script = showing();
    assert!(
        script
            .sent("INVITE")
            .headers
            .lists("Recv-Info", "recording")
    );
    record(&mut script, RecordingCommand::Start);
    script.check("-> INFO sip:anna@gateway.example");
    assert_eq!(word(script.sent("INFO")), "{\"recording\":\"on\"}");
    assert_eq!(ours(&script), OurRecording::Telling);
    script.answer("INFO", 200, &[]);
    script.check(
        "<- 200 (INFO)
         record Out of \"Anna\"",
    );
    browser(&mut script, RecordingEvent::Started);
    script.pass(Duration::from_secs(3));
    let (of, seconds) = (Direction::Out, 3);
    assert_eq!(ours(&script), OurRecording::On { of, seconds });
    script.forget();
    record(&mut script, RecordingCommand::Stop);
    script.check(
        "stop recording
         -> INFO sip:anna@gateway.example",
    );
    assert_eq!(word(script.sent("INFO")), "{\"recording\":\"off\"}");
    browser(&mut script, RecordingEvent::Saved);
    assert_eq!(script.state().recording.note, RecordingNote::Saved);
}

#[test]
fn who_watches_a_phone_that_cannot_be_told_is_asked_first() {
    let mut script = watching(false);
    record(&mut script, RecordingCommand::Start);
    assert_eq!(ours(&script), OurRecording::Asking);
    script.check("");
    record(&mut script, RecordingCommand::Stop);
    assert_eq!(ours(&script), OurRecording::Off);
    record(&mut script, RecordingCommand::Start);
    record(&mut script, RecordingCommand::Anyway);
    script.check("record In of \"Anna\"");
}

#[test]
fn who_refuses_our_word_was_not_told() {
    for refuse in [469, 415, 480] {
        let mut script = showing();
        record(&mut script, RecordingCommand::Start);
        script.answer("INFO", refuse, &[]);
        assert_eq!(ours(&script), OurRecording::Asking, "{refuse}");
        record(&mut script, RecordingCommand::Anyway);
        assert_eq!(ours(&script), OurRecording::Starting(Direction::Out));
    }
}

#[test]
fn a_recording_ends_with_what_it_shows() {
    for end in [Command::Stop, Command::CloseSlot] {
        let mut script = showing();
        record(&mut script, RecordingCommand::Start);
        script.answer("INFO", 200, &[]);
        browser(&mut script, RecordingEvent::Started);
        script.forget();
        script.command(end);
        let trace = script.trace();
        assert!(trace.contains(&"stop recording".to_owned()), "{trace:?}");
        assert!(!trace.iter().any(|line| line.contains("INFO")), "{trace:?}");
        assert_eq!(ours(&script), OurRecording::Off);
    }
}

#[test]
fn a_pause_and_another_source_go_into_the_recording() {
    let mut script = showing();
    record(&mut script, RecordingCommand::Start);
    script.answer("INFO", 200, &[]);
    browser(&mut script, RecordingEvent::Started);
    script.command(Command::Own(crate::phone::state::OwnCommand::Pause));
    camera(&mut script, CameraEvent::Switched);
    assert!(matches!(ours(&script), OurRecording::On { .. }));
}

#[test]
fn a_browser_that_records_nothing_says_so_and_they_are_told() {
    let mut script = showing();
    record(&mut script, RecordingCommand::Start);
    script.answer("INFO", 200, &[]);
    script.forget();
    browser(&mut script, RecordingEvent::Failed);
    script.check("-> INFO sip:anna@gateway.example");
    assert_eq!(ours(&script), OurRecording::Off);
    assert_eq!(script.state().recording.note, RecordingNote::Failed);
    // A late word starts nothing.
    browser(&mut script, RecordingEvent::Started);
    assert_eq!(ours(&script), OurRecording::Off);
}

#[test]
fn the_page_shows_that_somebody_else_records() {
    let mut script = showing();
    let package = "Info-Package: recording\n";
    assert_eq!(
        anna_says(&mut script, 1, package, "{\"recording\":\"on\"}"),
        200
    );
    assert!(script.state().recording.theirs);
    for body in ["", "on", "{\"recording\":1}"] {
        assert_eq!(anna_says(&mut script, 2, package, body), 400, "{body}");
    }
    assert!(script.state().recording.theirs);
    let unknown = "Info-Package: weather\n";
    assert_eq!(anna_says(&mut script, 3, unknown, "{}"), 469);
    assert_eq!(
        script.answered().headers.get("Recv-Info"),
        Some("recording")
    );
    // One from before there were packages (RFC 6086 §9).
    assert_eq!(anna_says(&mut script, 4, "", "{}"), 200);
    assert_eq!(
        anna_says(&mut script, 5, package, "{\"recording\":\"off\"}"),
        200
    );
    assert!(!script.state().recording.theirs);
}
