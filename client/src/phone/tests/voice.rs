//! Calling, being called, holding and losing the way: voice calls as ladders.

use sip::time::Duration;

use super::calls::in_dialog;
use super::script::{ANNA, ANSWER as PICTURES, OFFER as CAMERA, Script, number};
use crate::phone::state::{
    Cause, Command, Held, Key, Link, MicrophoneProblem, Share, Source, Stands, Talk, TalkEnd,
    TalkPhase, Voice, VoiceCommand,
};
use crate::phone::voice::{MicrophoneEvent, Sound, VoiceAct, VoiceEvent, VoiceId};
use crate::phone::{CameraEvent, Input, PeerEvent, SocketEvent};

const SOUND: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n";
const HELD: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=inactive\r\n";

pub(in crate::phone) const CALL: &str = "INVITE sip:x@y.invalid;transport=ws SIP/2.0
Via: SIP/2.0/WS gateway.example;branch=z9hG4bKcall1
Max-Forwards: 70
From: \"Someone\" <sip:anna@home.example>;tag=anna1
To: <tel:+99000002>
Call-ID: call1
CSeq: 1 INVITE
Contact: <sip:gateway.example;transport=ws>
P-Asserted-Identity: <tel:+99000001>
Content-Type: application/sdp

v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
m=video 0 UDP/TLS/RTP/SAVPF 96
";

/// The line of a trace.
pub(super) fn line(act: &VoiceAct) -> String {
    match act {
        VoiceAct::OpenMicrophone => "microphone on".to_owned(),
        VoiceAct::CloseMicrophone => "microphone off".to_owned(),
        VoiceAct::Offer => "voice: make offer".to_owned(),
        VoiceAct::Answer(_) => "voice: make answer".to_owned(),
        VoiceAct::AnswerAgain(_, sound) => format!("voice: answer again, {}", word(*sound)),
        VoiceAct::OfferAgain(sound) => format!("voice: offer again, {}", word(*sound)),
        VoiceAct::Restart(sound) => format!("voice: offer a new way, {}", word(*sound)),
        VoiceAct::Apply(_) => "voice: take answer".to_owned(),
        VoiceAct::SendMicrophone => "voice: send the other microphone".to_owned(),
        VoiceAct::Mute => "voice: mute".to_owned(),
        VoiceAct::Unmute => "voice: unmute".to_owned(),
        VoiceAct::Press(key) => format!("voice: key {}", key.sign()),
        VoiceAct::Play => "voice: play".to_owned(),
        VoiceAct::Close => "voice: close".to_owned(),
    }
}

fn word(sound: Sound) -> &'static str {
    match sound {
        Sound::Flows => "open",
        Sound::OnHold => "on hold",
    }
}

fn said(script: &mut Script, event: VoiceEvent) {
    let call = VoiceId(1);
    script.input(Input::Voice { call, event });
}

fn peer(script: &mut Script, event: PeerEvent) {
    said(script, VoiceEvent::Peer(event));
}

fn opened(script: &mut Script) {
    said(script, VoiceEvent::Microphone(MicrophoneEvent::Opened));
}

fn press(script: &mut Script, command: VoiceCommand) {
    script.command(Command::Voice(command));
}

fn talk(script: &Script) -> &Talk {
    match &script.state().voice {
        Voice::Up(talk) => talk,
        other => panic!("{other:?}"),
    }
}

fn why(script: &Script) -> Option<TalkEnd> {
    match &script.state().voice {
        Voice::Ended(ended) => Some(ended.why),
        Voice::None | Voice::Asked(_) | Voice::Up(_) => None,
    }
}

fn stands(script: &Script) -> Option<(Stands, Source)> {
    let call = script.state().call.up()?;
    Some((call.stands, call.source))
}

/// As far as our INVITE.
fn calling() -> Script {
    let mut script = Script::signed_in();
    script.command(Command::Select(number(ANNA)));
    press(&mut script, VoiceCommand::Call);
    opened(&mut script);
    peer(&mut script, PeerEvent::Offer(SOUND.to_owned()));
    script
}

/// Anna and we talk; the trace starts after that.
fn talking() -> Script {
    let mut script = calling();
    script.answer_with_sdp("INVITE", 200, SOUND);
    peer(&mut script, PeerEvent::Applied);
    peer(&mut script, PeerEvent::Connected);
    script.forget();
    script
}

fn asks(script: &mut Script, cseq: u32, sdp: &str) {
    let request = in_dialog("INVITE", cseq);
    let mine = script.sent("INVITE").clone();
    let tag = mine.headers.from.tag().unwrap().to_string();
    let request = request
        .replace("TAG", &tag)
        .replace("tag=anna1", "tag=far")
        .replace("call1", mine.headers.call_id.as_str())
        .replace("\n\n", &format!("\nContent-Type: application/sdp\n\n{sdp}"));
    script.request(&request.replace("\r\n", "\n"));
}

/// R4.1
#[test]
fn a_call_rings_is_answered_counts_and_is_hung_up() {
    let mut script = Script::signed_in();
    script.command(Command::Select(number(ANNA)));
    press(&mut script, VoiceCommand::Call);
    assert_eq!(talk(&script).phase, TalkPhase::Opening);
    opened(&mut script);
    peer(&mut script, PeerEvent::Offer(SOUND.to_owned()));
    assert_eq!(talk(&script).phase, TalkPhase::Calling);
    script.answer("INVITE", 180, &[("Contact", "<sip:anna@gateway.example>")]);
    assert_eq!(talk(&script).phase, TalkPhase::Ringing);
    assert_eq!(stands(&script), None, "one that rings is no call yet");
    script.answer_with_sdp("INVITE", 200, SOUND);
    peer(&mut script, PeerEvent::Applied);
    assert_eq!(stands(&script), Some((Stands::Connected, Source::Here)));
    script.pass(Duration::from_secs(3));
    assert_eq!(talk(&script).seconds, 3);
    press(&mut script, VoiceCommand::HangUp);
    assert_eq!(stands(&script), None);
    script.answer("BYE", 200, &[]);
    script.pass(Duration::from_secs(1));
    let shown: Vec<&str> = script
        .trace()
        .iter()
        .map(String::as_str)
        .filter(|line| !line.contains("ping") && !line.contains("read"))
        .collect();
    assert_eq!(
        shown,
        [
            "microphone on",
            "voice: make offer",
            "-> INVITE tel:+99000001",
            "<- 180 (INVITE)",
            "<- 200 (INVITE)",
            "-> ACK sip:anna@gateway.example",
            "voice: take answer",
            "microphone off",
            "-> BYE sip:anna@gateway.example",
            "<- 200 (BYE)",
            "voice: close",
        ]
    );
    assert_eq!(why(&script), Some(TalkEnd::Cause(Cause::EndedByMe)));
    press(&mut script, VoiceCommand::Dismiss);
    assert_eq!(script.state().voice, Voice::None);
}

#[test]
fn every_refusal_is_told_by_its_cause() {
    for (code, expected) in [
        (603, Cause::Declined),
        (486, Cause::Busy),
        (404, Cause::NotFound),
        (480, Cause::Unavailable),
        (488, Cause::CannotWatch),
    ] {
        let mut script = calling();
        script.answer("INVITE", code, &[]);
        assert_eq!(why(&script), Some(TalkEnd::Cause(expected)), "{code}");
        assert!(script.trace().contains(&"microphone off".to_owned()));
    }
}

#[test]
fn without_a_microphone_nobody_is_called() {
    let mut script = Script::signed_in();
    script.command(Command::Select(number(ANNA)));
    press(&mut script, VoiceCommand::Call);
    let problem = MicrophoneProblem::Refused;
    let event = VoiceEvent::Microphone(MicrophoneEvent::Failed(problem));
    said(&mut script, event);
    assert_eq!(why(&script), Some(TalkEnd::NoMicrophone(problem)));
    assert!(!script.trace().iter().any(|line| line.contains("INVITE")));
}

/// R4.1
#[test]
fn a_microphone_that_is_unplugged_in_mid_call_is_replaced_and_stays_muted_if_it_was() {
    let mut script = talking();
    let microphone = |script: &mut Script, event| said(script, VoiceEvent::Microphone(event));
    microphone(&mut script, MicrophoneEvent::Unplugged);
    assert!(talk(&script).microphone_gone);
    opened(&mut script);
    assert!(!talk(&script).microphone_gone);
    script.check(
        "microphone on
         voice: send the other microphone",
    );

    press(&mut script, VoiceCommand::Mute);
    microphone(&mut script, MicrophoneEvent::Unplugged);
    let none = MicrophoneEvent::Failed(MicrophoneProblem::Missing);
    microphone(&mut script, none);
    assert!(talk(&script).microphone_gone, "and the call goes on");
    script.forget();
    microphone(&mut script, MicrophoneEvent::Changed);
    opened(&mut script);
    script.check(
        "microphone on
         voice: send the other microphone
         voice: mute",
    );
    // Another device is no news while all is well.
    microphone(&mut script, MicrophoneEvent::Changed);
    script.check("");
}

#[test]
fn a_call_without_pictures_is_a_voice_call_and_is_answered() {
    let mut script = Script::signed_in();
    script.request(CALL);
    let Voice::Asked(asked) = &script.state().voice else {
        panic!("{:?}", script.state().voice);
    };
    assert_eq!(asked.peer.name.as_deref(), Some("Anna"));
    assert_eq!(script.state().share, Share::None);
    press(&mut script, VoiceCommand::Answer);
    opened(&mut script);
    peer(&mut script, PeerEvent::Answer(SOUND.to_owned()));
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 180 (INVITE)
         microphone on
         voice: make answer
         -> 200 (INVITE)",
    );
    assert_eq!(talk(&script).phase, TalkPhase::Connected);
    assert_eq!(stands(&script), Some((Stands::Connected, Source::Here)));
    let bye = in_dialog("BYE", 2).replace("TAG", script.tag());
    script.request(&in_dialog("ACK", 1).replace("TAG", script.tag()));
    script.request(&bye);
    assert_eq!(why(&script), Some(TalkEnd::Cause(Cause::EndedByThem)));
    assert_eq!(stands(&script), None);
}

#[test]
fn a_call_rings_on_while_the_microphone_cannot_be_opened_and_can_be_declined() {
    let mut script = Script::signed_in();
    script.request(CALL);
    press(&mut script, VoiceCommand::Answer);
    let event = VoiceEvent::Microphone(MicrophoneEvent::Failed(MicrophoneProblem::Busy));
    said(&mut script, event);
    assert!(matches!(
        &script.state().voice,
        Voice::Asked(asked) if asked.problem == Some(MicrophoneProblem::Busy)
    ));
    press(&mut script, VoiceCommand::NotNow);
    assert_eq!(script.state().voice, Voice::None);
    assert!(script.trace().contains(&"-> 603 (INVITE)".to_owned()));
}

/// R1.26
#[test]
fn a_second_caller_hears_that_we_are_busy_and_nothing_changes() {
    let mut script = talking();
    script.request(CALL);
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 486 (INVITE)",
    );
    assert_eq!(stands(&script), Some((Stands::Connected, Source::Here)));
}

/// R4.1, R1.25
#[test]
fn a_share_goes_beside_the_call_and_ends_with_it() {
    let mut script = talking();
    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Opened));
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(CAMERA.to_owned()));
    script.answer_with_sdp("INVITE", 200, PICTURES);
    script.peer(PeerEvent::Applied);
    assert!(script.state().share.is_live_out());
    assert_eq!(talk(&script).phase, TalkPhase::Connected);
    press(&mut script, VoiceCommand::HangUp);
    assert!(
        matches!(&script.state().share, Share::Ended(ended) if ended.cause == Cause::CallEnded)
    );
}

#[test]
fn a_hold_is_asked_for_and_taken_back() {
    let mut script = talking();
    for (command, sound, sdp, expected) in [
        (VoiceCommand::Hold, "on hold", HELD, Stands::Held),
        (VoiceCommand::Resume, "open", SOUND, Stands::Connected),
    ] {
        press(&mut script, command);
        assert_eq!(stands(&script), Some((expected, Source::Here)), "at once");
        peer(&mut script, PeerEvent::ChangeReady(sdp.to_owned()));
        script.answer_with_sdp("INVITE", 200, sdp);
        peer(&mut script, PeerEvent::Applied);
        script.check(&format!(
            "voice: offer again, {sound}
             -> INVITE sip:anna@gateway.example
             <- 200 (INVITE)
             -> ACK sip:anna@gateway.example
             voice: take answer"
        ));
    }
    assert_eq!(talk(&script).held, Held::default());
}

#[test]
fn a_hold_that_is_refused_is_none() {
    let mut script = talking();
    press(&mut script, VoiceCommand::Hold);
    peer(&mut script, PeerEvent::ChangeReady(HELD.to_owned()));
    assert!(talk(&script).held.by_me);
    script.answer("INVITE", 488, &[]);
    assert!(!talk(&script).held.by_me);
    assert_eq!(stands(&script), Some((Stands::Connected, Source::Here)));
}

#[test]
fn their_hold_is_seen_and_their_resume() {
    let mut script = talking();
    for (cseq, sdp, by_them) in [(7, HELD, true), (8, SOUND, false)] {
        asks(&mut script, cseq, sdp);
        peer(&mut script, PeerEvent::ChangeReady(sdp.to_owned()));
        script.check(
            "<- INVITE sip:x@y.invalid;transport=ws
             -> 100 (INVITE)
             voice: answer again, open
             -> 200 (INVITE)",
        );
        assert_eq!(talk(&script).held.by_them, by_them);
        let expected = if by_them {
            Stands::Held
        } else {
            Stands::Connected
        };
        assert_eq!(stands(&script), Some((expected, Source::Here)));
        let ack = in_dialog("ACK", cseq);
        let mine = script.sent("INVITE").clone();
        let tag = mine.headers.from.tag().unwrap().to_string();
        let ack = ack
            .replace("TAG", &tag)
            .replace("tag=anna1", "tag=far")
            .replace("call1", mine.headers.call_id.as_str());
        script.request(&ack);
        script.forget();
    }
}

#[test]
fn muting_and_keys_need_no_word_to_the_other_side() {
    let mut script = talking();
    press(&mut script, VoiceCommand::Mute);
    assert!(talk(&script).muted);
    press(&mut script, VoiceCommand::Unmute);
    press(&mut script, VoiceCommand::Press(Key::of('#').unwrap()));
    script.check(
        "voice: mute
         voice: unmute
         voice: key #",
    );
}

#[test]
fn a_call_survives_a_lost_connection_and_keeps_its_hold() {
    let mut script = talking();
    press(&mut script, VoiceCommand::Hold);
    peer(&mut script, PeerEvent::ChangeReady(HELD.to_owned()));
    script.answer_with_sdp("INVITE", 200, HELD);
    peer(&mut script, PeerEvent::Applied);
    script.socket(SocketEvent::Closed);
    assert_eq!(talk(&script).link, Link::Reconnecting);
    script.pass(Duration::from_secs(1));
    script.sign_in_again();
    assert!(
        script
            .trace()
            .contains(&"voice: offer a new way, on hold".to_owned()),
        "{:?}",
        script.trace()
    );
    peer(&mut script, PeerEvent::Restarted(HELD.to_owned()));
    script.answer_with_sdp("INVITE", 200, HELD);
    peer(&mut script, PeerEvent::Applied);
    assert_eq!(talk(&script).link, Link::Up);
    assert_eq!(stands(&script), Some((Stands::Held, Source::Here)));
}

#[test]
fn a_gateway_that_stays_away_is_given_up_after_the_grace_it_named() {
    let mut script = talking();
    script.socket(SocketEvent::Closed);
    script.pass(Duration::from_secs(39));
    assert_eq!(talk(&script).phase, TalkPhase::Connected);
    script.pass(Duration::from_secs(1));
    assert_eq!(why(&script), Some(TalkEnd::Cause(Cause::Lost)));
    assert_eq!(stands(&script), None);
}

#[test]
fn a_hold_asked_for_while_the_gateway_is_away_follows_when_it_is_back() {
    let mut script = talking();
    script.socket(SocketEvent::Closed);
    press(&mut script, VoiceCommand::Hold);
    script.pass(Duration::from_secs(1));
    script.sign_in_again();
    peer(&mut script, PeerEvent::Restarted(SOUND.to_owned()));
    script.answer_with_sdp("INVITE", 200, SOUND);
    script.forget();
    peer(&mut script, PeerEvent::Applied);
    script.check("voice: offer again, on hold");
}
