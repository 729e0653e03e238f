//! Sound beside a share, as ladders.

use super::script::{OFFER, Script};
use crate::phone::state::{Command, MicrophoneProblem, OurSound, ShareSound};
use crate::phone::{Input, PeerEvent};

const TAKEN: &str = "v=0\r\no=- 2 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=recvonly\r\n";
const REFUSED: &str = "v=0\r\no=- 2 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96\r\nm=audio 0 UDP/TLS/RTP/SAVPF 111\r\n";

fn ours(script: &Script) -> OurSound {
    script.state().sound.ours
}

/// As far as our re-INVITE with sound.
fn asking() -> Script {
    let mut script = Script::showing();
    script.command(Command::Speak);
    assert_eq!(ours(&script), OurSound::Asking);
    script.peer(PeerEvent::SoundOffered(OFFER.to_owned()));
    script
}

/// R2.5
#[test]
fn who_shows_something_lets_themself_be_heard_and_falls_silent() {
    let mut script = asking();
    script.answer_with_sdp("INVITE", 200, TAKEN);
    script.peer(PeerEvent::Applied);
    assert_eq!(ours(&script), OurSound::On);
    script.command(Command::FallSilent);
    assert_eq!(script.state().sound, ShareSound::default());
    script.check(
        "offer with sound
         -> INVITE sip:anna@gateway.example
         <- 200 (INVITE)
         -> ACK sip:anna@gateway.example
         take answer
         no sound",
    );
    assert!(script.state().share.is_live_out());
}

/// R2.5
#[test]
fn a_phone_that_takes_no_sound_goes_on_seeing() {
    for refuse in [
        |script: &mut Script| script.answer_with_sdp("INVITE", 200, REFUSED),
        |script: &mut Script| script.answer("INVITE", 488, &[]),
    ] {
        let mut script = asking();
        refuse(&mut script);
        assert_eq!(ours(&script), OurSound::TheyCannot);
        assert!(script.trace().contains(&"no sound".to_owned()));
        assert!(script.state().share.is_live_out());
    }
}

#[test]
fn without_a_microphone_nobody_is_told() {
    let mut script = Script::showing();
    script.command(Command::Speak);
    let problem = MicrophoneProblem::Refused;
    script.peer(PeerEvent::SoundFailed(Some(problem)));
    assert_eq!(ours(&script), OurSound::NoMicrophone(problem));
    assert!(!script.trace().iter().any(|line| line.contains("INVITE")));
}

#[test]
fn the_microphone_is_off_when_the_share_ends() {
    for end in [Input::Command(Command::Stop), Input::Leaving] {
        let mut script = asking();
        script.answer_with_sdp("INVITE", 200, TAKEN);
        script.forget();
        script.input(end);
        let off = script.trace().iter().position(|line| line == "no sound");
        let told = script.trace().iter().position(|line| line.contains("BYE"));
        assert!(off.is_some() && off < told, "{:?}", script.trace());
    }
}
