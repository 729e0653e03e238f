//! What has ended, line by line, and what can still be seen of it.

use super::calls::INVITE;
use super::script::{ANNA, OFFER, Script, number};
use crate::phone::diagnosis::{CallKey, Verdict};
use crate::phone::state::{
    Cause, Command, Diagnosis, DiagnosisCommand, Direction, Outcome, Past, Peer, Report,
};
use crate::phone::{CameraEvent, Input, PeerEvent};

/// Anna is asked to watch for the `count`th time, and her side answers with that code.
fn asks(script: &mut Script, count: u64, code: u16) {
    script.command(Command::Select(number(ANNA)));
    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Opened));
    script.command(Command::Show);
    script.peer_of(count, PeerEvent::Offer(OFFER.to_owned()));
    script.answer("INVITE", code, &[]);
}

fn calls(script: &Script) -> Vec<Option<CallKey>> {
    let history = script.state().history.iter();
    history.map(|past| past.call).collect()
}

fn report(script: &Script) -> &Report {
    match &script.state().diagnosis {
        Diagnosis::Open(report) => report,
        Diagnosis::Shut => panic!("the page is shut"),
    }
}

#[test]
fn each_line_that_ended_badly_opens_what_was_seen_of_its_own_call() {
    let mut script = Script::signed_in();
    asks(&mut script, 1, 486);
    asks(&mut script, 2, 603);
    let verdicts = [(0, Verdict::Declined), (1, Verdict::Busy)];
    for (line, verdict) in verdicts {
        let past = &script.state().history[line];
        assert!(past.ended_badly());
        let call = past.call.unwrap();
        script.command(Command::Diagnosis(DiagnosisCommand::Choose(call)));
        assert_eq!(report(&script).chosen, Some(call));
        assert_eq!(report(&script).verdict, Some(verdict));
    }
}

#[test]
fn a_line_whose_call_is_no_longer_kept_has_none_and_the_lines_after_it_have_theirs() {
    let mut script = Script::signed_in();
    for count in 1..=10 {
        asks(&mut script, count, 486);
    }
    let calls = calls(&script);
    assert_eq!(calls.iter().flatten().count(), 8, "{calls:?}");
    assert_eq!(calls[8..], [None, None]);
    let mut keys: Vec<u32> = calls.iter().flatten().map(|call| call.0).collect();
    keys.dedup();
    assert_eq!(keys.len(), 8, "no two lines have the same call");
}

#[test]
fn what_the_browser_kept_of_a_page_before_has_no_call() {
    let mut script = Script::signed_in();
    asks(&mut script, 1, 486);
    let line = r#"{"peer":{"name":"Anna","number":null,"address":null},"direction":"out","outcome":{"not-shown":"busy"},"at":7,"ended":null}"#;
    script.input(Input::People(crate::phone::PeopleInput::Stored {
        owner: "ben@home.example".to_owned(),
        contacts: Vec::new(),
        history: Some(format!("[{line}]")),
    }));
    let calls = calls(&script);
    assert_eq!(calls.len(), 2);
    assert!(calls[0].is_some() && calls[1].is_none(), "{calls:?}");
}

#[test]
fn what_went_as_somebody_wanted_it_has_no_why() {
    let mut script = Script::showing();
    script.command(Command::Stop);
    assert!(!script.state().history[0].ended_badly());
    script.request(INVITE);
    script.command(Command::NotNow);
    assert!(!script.state().history[0].ended_badly());
}

#[test]
fn pictures_that_were_lost_ended_badly_and_a_question_that_nobody_here_answered_did_not() {
    let past = |direction, outcome, ended| Past {
        peer: Peer::default(),
        direction,
        outcome,
        at: None,
        ended,
        call: None,
    };
    let shown = Outcome::Shown { seconds: 4 };
    let no_answer = Outcome::NotShown(Cause::NoAnswer);
    let cases = [
        (Direction::Out, shown, Some(Cause::Lost), true),
        (Direction::In, shown, Some(Cause::Failed), true),
        (Direction::Out, shown, Some(Cause::EndedByThem), false),
        (Direction::Out, shown, None, false),
        (Direction::Out, no_answer, None, true),
        (Direction::In, no_answer, None, false),
        (
            Direction::In,
            Outcome::NotShown(Cause::Cancelled),
            None,
            false,
        ),
        (
            Direction::Out,
            Outcome::NotShown(Cause::Declined),
            None,
            true,
        ),
    ];
    for (direction, outcome, ended, badly) in cases {
        let past = past(direction, outcome, ended);
        assert_eq!(past.ended_badly(), badly, "{past:?}");
    }
}
