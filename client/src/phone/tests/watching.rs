//! What is kept of a share once it is over, and what is told of its pictures.

use super::calls::INVITE;
use super::script::{OFFER, Script};
use crate::phone::share::Sample;
use crate::phone::state::{Cause, Command, Direction, Limited, Outcome};
use crate::phone::{Input, PeerEvent, PeopleEffect, PeopleInput};

/// A handset's answer: small pictures, few bits.
const SMALL: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 127.0.0.1\r\nb=TIAS:64000\r\n\
    a=rtpmap:96 VP8/90000\r\na=recvonly\r\na=imageattr:* recv [x=176,y=144]\r\n";

fn sample(second: u64, lost: u64) -> PeerEvent {
    PeerEvent::Measured(Sample {
        at_milliseconds: second * 1000,
        bytes: second * 7500,
        frames: second * 15,
        packets: second * 50,
        lost,
        target_bits_per_second: 60_000,
        width: 176,
        height: 144,
        is_sent: true,
        ..Sample::default()
    })
}

fn limited(script: &Script) -> Limited {
    let sending = script.state().share.sending().unwrap();
    sending.quality.as_ref().unwrap().limited
}

#[test]
fn a_small_phone_limits_the_pictures_until_our_own_network_does() {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.answer_with_sdp("INVITE", 200, SMALL);
    for second in 1..=10 {
        script.peer(sample(second, 0));
    }
    assert_eq!(limited(&script), Limited::TheirPhone);
    for second in 11..=16 {
        script.peer(sample(second, (second - 10) * 5));
    }
    assert_eq!(limited(&script), Limited::MyNetwork);
}

#[test]
fn the_history_says_why_what_was_shown_ended() {
    let mut script = Script::showing();
    script.command(Command::Stop);
    let past = script.state().history[0].clone();
    assert!(matches!(past.outcome, Outcome::Shown { .. }));
    assert_eq!(past.ended, Some(Cause::EndedByMe));
    // What never came to pictures says it in its outcome.
    script.request(INVITE);
    script.command(Command::NotNow);
    assert_eq!(script.state().history[0].ended, None);
}

/// What a browser kept before lines said why.
#[test]
fn a_line_without_a_why_is_still_read() {
    let mut script = Script::signed_in();
    script.input(Input::People(PeopleInput::Stored {
        owner: "ben@home.example".to_owned(),
        contacts: Vec::new(),
        history: Some(
            r#"[{"peer":{"name":"Anna","number":null,"address":null},"direction":"in","outcome":{"shown":{"seconds":4}}}]"#
                .to_owned(),
        ),
    }));
    let past = &script.state().history[0];
    assert_eq!((past.direction, past.ended), (Direction::In, None));
}

#[test]
fn a_history_that_is_cleared_is_gone_from_the_browser_too() {
    let mut script = Script::signed_in();
    script.input(Input::People(PeopleInput::Stored {
        owner: "ben@home.example".to_owned(),
        contacts: Vec::new(),
        history: None,
    }));
    script.request(INVITE);
    script.command(Command::NotNow);
    script.take_people();
    script.command(Command::ClearHistory);
    assert_eq!(script.state().history, []);
    let kept = PeopleEffect::KeepHistory {
        owner: "ben@home.example".to_owned(),
        text: "[]".to_owned(),
    };
    assert_eq!(script.take_people(), [kept]);
}
