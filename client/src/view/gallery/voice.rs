//! Voice calls in the page.

use super::scenes::{Scene, anna, call, people};
use crate::phone::state::{
    Call, Cause, Direction, Held, InCall, Link, MicrophoneProblem, OurSound, SendPhase, Source,
    Stands, State, Talk, TalkEnd, TalkEnded, TalkPhase, Voice, VoiceAsked,
};

pub fn scenes() -> Vec<Scene> {
    vec![
        asked("voice-incoming", None),
        asked("voice-incoming-blocked", Some(MicrophoneProblem::Refused)),
        talking("voice-opening", |talk| talk.phase = TalkPhase::Opening),
        talking("voice-calling", |talk| talk.phase = TalkPhase::Calling),
        talking("voice-ringing", |talk| talk.phase = TalkPhase::Ringing),
        talking("voice-talking", |_| ()),
        talking("voice-muted", |talk| talk.muted = true),
        talking("voice-held", |talk| talk.held.by_me = true),
        talking("voice-held-by-them", |talk| talk.held.by_them = true),
        talking("voice-reconnecting", |talk| talk.link = Link::Reconnecting),
        talking("voice-silenced", |talk| talk.silenced = true),
        sounding("live-with-sound", OurSound::On),
        sounding("live-without-sound", OurSound::TheyCannot),
        ended("voice-ended", TalkEnd::Cause(Cause::EndedByThem), Some(130)),
        ended("voice-busy", TalkEnd::Cause(Cause::Busy), None),
        ended(
            "voice-no-microphone",
            TalkEnd::NoMicrophone(MicrophoneProblem::Refused),
            None,
        ),
    ]
}

fn asked(name: &'static str, problem: Option<MicrophoneProblem>) -> Scene {
    people(name, |state| {
        let peer = anna();
        state.voice = Voice::Asked(VoiceAsked { peer, problem });
    })
}

fn talking(name: &'static str, change: impl Fn(&mut Talk)) -> Scene {
    call(name, |state| {
        let mut talk = Talk {
            peer: anna(),
            phase: TalkPhase::Connected,
            seconds: 130,
            link: Link::Up,
            muted: false,
            held: Held::default(),
            microphone_gone: false,
            silenced: false,
        };
        change(&mut talk);
        beside(state, &talk);
        state.voice = Voice::Up(talk);
    })
}

/// What the rest of the page knows of it.
fn beside(state: &mut State, talk: &Talk) {
    if talk.phase == TalkPhase::Connected {
        state.call = Call::Up(InCall {
            peer: talk.peer.clone(),
            stands: match talk.held.is_any() {
                true => Stands::Held,
                false => Stands::Connected,
            },
            source: Source::Here,
            seconds: talk.seconds,
        });
    }
}

fn sounding(name: &'static str, ours: OurSound) -> Scene {
    let mut scene = super::scenes::sending(name, SendPhase::Live);
    scene.state.sound.ours = ours;
    scene
}

fn ended(name: &'static str, why: TalkEnd, seconds: Option<u64>) -> Scene {
    call(name, |state| {
        state.voice = Voice::Ended(TalkEnded {
            peer: anna(),
            direction: Direction::Out,
            why,
            seconds,
        });
    })
}
