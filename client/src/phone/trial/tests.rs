//! A test as a ladder, in simulated time.

use sip::time::Duration;

use super::{TrialAct, TrialEvent, TrialId};
use crate::phone::diagnosis::{Figures, Stream};
use crate::phone::state::{
    CameraProblem, Command, Share, TrialCommand, TrialObstacle, TrialSource, TrialStep,
    TrialVerdict,
};
use crate::phone::tests::{ANSWER, CALLED, OFFER, Script, VOICE_CALLED};
use crate::phone::{Input, PeerEvent};

const WAITS: &str = r#"{"id":"7f","address":"sip:selftest-7f@home.example","seconds":60}"#;

pub(in crate::phone) fn line(act: &TrialAct) -> String {
    match act {
        TrialAct::Open(source) => format!("test with {source:?}"),
        TrialAct::Ask { token } => format!("ask for the test phone with {token}"),
        TrialAct::Offer => "offer the test".to_owned(),
        TrialAct::Apply(_) => "take the test's answer".to_owned(),
        TrialAct::Look { path, .. } => format!("look at {path}"),
        TrialAct::Close { path, .. } => {
            let path = path.as_deref().unwrap_or("nothing");
            format!("close {path}")
        }
    }
}

fn trial(script: &mut Script, command: TrialCommand) {
    script.command(Command::Trial(command));
}

fn says(script: &mut Script, event: TrialEvent) {
    says_of(script, 1, event);
}

fn says_of(script: &mut Script, id: u64, event: TrialEvent) {
    let id = TrialId(id);
    script.input(Input::Trial { id, event });
}

fn looked(script: &mut Script, told: &str, sent: u64, received: u64) {
    let stream = |frames| Stream {
        packets: frames * 2,
        frames,
        ..Stream::default()
    };
    let figures = Figures {
        sent: Some(stream(sent)),
        received: Some(stream(received)),
        ..Figures::default()
    };
    let answer = Some((200, Some(told.to_owned())));
    let figures = Some(Box::new(figures));
    says(script, TrialEvent::Looked { answer, figures });
}

fn begun(source: TrialSource) -> Script {
    let mut script = Script::signed_in();
    trial(&mut script, TrialCommand::Open);
    trial(&mut script, TrialCommand::Choose(source));
    trial(&mut script, TrialCommand::Start);
    script
}

fn asked(source: TrialSource) -> Script {
    let mut script = begun(source);
    says(&mut script, TrialEvent::Opened);
    let answer = Some((201, Some(WAITS.to_owned())));
    says(&mut script, TrialEvent::Asked(answer));
    script
}

fn called(source: TrialSource) -> Script {
    let mut script = asked(source);
    let offer = PeerEvent::Offer(OFFER.to_owned());
    says(&mut script, TrialEvent::Peer(offer));
    script
}

fn connected(source: TrialSource) -> Script {
    let mut script = called(source);
    script.answer_with_sdp("INVITE", 200, ANSWER);
    says(&mut script, TrialEvent::Peer(PeerEvent::Applied));
    says(&mut script, TrialEvent::Reached);
    says(&mut script, TrialEvent::Peer(PeerEvent::Connected));
    script.pass(Duration::ZERO);
    script
}

fn verdict(script: &Script) -> Option<TrialVerdict> {
    script.state().trial.course.as_ref()?.verdict
}

#[test]
fn a_test_goes_through_all_steps_and_leaves_nothing_behind() {
    let mut script = begun(TrialSource::Picture);
    script.pass(Duration::from_millis(120));
    says(&mut script, TrialEvent::Opened);
    let answer = Some((201, Some(WAITS.to_owned())));
    says(&mut script, TrialEvent::Asked(answer));
    let offer = PeerEvent::Offer(OFFER.to_owned());
    says(&mut script, TrialEvent::Peer(offer));
    script.answer_with_sdp("INVITE", 200, ANSWER);
    says(&mut script, TrialEvent::Peer(PeerEvent::Applied));
    says(&mut script, TrialEvent::Reached);
    says(&mut script, TrialEvent::Peer(PeerEvent::Connected));
    script.pass(Duration::ZERO);
    looked(
        &mut script,
        r#"{"state":"called","pictures":0,"likeness":null}"#,
        3,
        0,
    );
    let course = script.state().trial.course.clone().unwrap();
    assert_eq!(course.next(), Some(TrialStep::FirstPicture));
    assert_eq!(course.milliseconds(TrialStep::Source), Some(120));
    script.pass(Duration::from_millis(400));
    looked(
        &mut script,
        r#"{"pictures":4,"codec":"H263-2000","width":176,"height":144,"likeness":{"right":4,"decibels":31}}"#,
        9,
        2,
    );
    assert_eq!(verdict(&script), None);
    script.pass(Duration::from_millis(400));
    looked(
        &mut script,
        r#"{"pictures":12,"codec":"H263-2000","width":176,"height":144,"likeness":{"right":11,"decibels":31}}"#,
        15,
        8,
    );
    assert_eq!(verdict(&script), Some(TrialVerdict::Works));
    let course = script.state().trial.course.clone().unwrap();
    assert_eq!((course.seen.pictures, course.seen.width), (12, 176));
    assert_eq!(course.milliseconds(TrialStep::FirstPicture), Some(400));
    script.answer("BYE", 200, &[]);
    script.pass(Duration::from_secs(2));
    script.check(
        "test with Picture
         ask for the test phone with key
         offer the test
         -> INVITE sip:selftest-7f@home.example
         <- 200 (INVITE)
         -> ACK sip:anna@gateway.example
         take the test's answer
         look at /api/v1/selftest/7f
         look at /api/v1/selftest/7f
         look at /api/v1/selftest/7f
         close /api/v1/selftest/7f
         -> BYE sip:anna@gateway.example
         <- 200 (BYE)",
    );
    assert!(script.state().history.is_empty());
    assert_eq!(script.state().share, Share::None);
    // No call of the journal: those are with people.
    script.command(Command::Diagnosis(
        crate::phone::state::DiagnosisCommand::Open,
    ));
    let crate::phone::state::Diagnosis::Open(report) = &script.state().diagnosis else {
        panic!("it is open");
    };
    assert!(report.calls.is_empty(), "{:?}", report.calls);
    assert!(!report.rows.is_empty());
}

#[test]
fn pictures_of_a_camera_are_counted_and_not_judged() {
    let mut script = connected(TrialSource::Camera);
    looked(&mut script, r#"{"pictures":10,"likeness":null}"#, 12, 1);
    assert_eq!(verdict(&script), Some(TrialVerdict::Works));
    let mut script = connected(TrialSource::Picture);
    looked(&mut script, r#"{"pictures":10,"likeness":null}"#, 12, 1);
    assert_eq!(verdict(&script), None);
}

#[test]
fn whatever_does_not_come_in_its_time_is_named() {
    let through = Duration::from_secs(61);
    let wait = |mut script: Script| {
        script.pass(through);
        verdict(&script)
    };
    let source = TrialSource::Picture;
    assert_eq!(wait(begun(source)), Some(TrialVerdict::SourceSilent));
    let mut opened = begun(source);
    says(&mut opened, TrialEvent::Opened);
    assert_eq!(wait(opened), Some(TrialVerdict::GatewaySilent));
    assert_eq!(wait(asked(source)), Some(TrialVerdict::NoConnectionMade));
    assert_eq!(wait(called(source)), Some(TrialVerdict::NotAnswered));
    let mut answered = called(source);
    answered.answer_with_sdp("INVITE", 200, ANSWER);
    assert_eq!(wait(answered), Some(TrialVerdict::NoPath));
    let mut reached = called(source);
    reached.answer_with_sdp("INVITE", 200, ANSWER);
    says(&mut reached, TrialEvent::Reached);
    assert_eq!(wait(reached), Some(TrialVerdict::NoKeys));
    let cases = [
        (r#"{"pictures":0}"#, 0, 0, TrialVerdict::SourceSilent),
        (r#"{"pictures":0}"#, 9, 4, TrialVerdict::NothingSeen),
        (r#"{"pictures":9}"#, 9, 4, TrialVerdict::NotRight),
        (
            r#"{"pictures":20,"likeness":{"right":20,"decibels":15}}"#,
            9,
            4,
            TrialVerdict::NotRight,
        ),
        (
            r#"{"pictures":20,"likeness":{"right":20,"decibels":30}}"#,
            9,
            0,
            TrialVerdict::NothingBack,
        ),
    ];
    for (told, sent, received, expected) in cases {
        let mut script = connected(source);
        looked(&mut script, told, sent, received);
        assert_eq!(wait(script), Some(expected), "{told}");
    }
}

#[test]
fn what_the_gateway_says_is_told_apart() {
    let answer = |status| Some((status, None));
    let nonsense = Some((201, Some(r#"{"id":"../x","address":"sip:a@b"}"#.to_owned())));
    let cases = [
        (None, TrialVerdict::GatewaySilent),
        (answer(401), TrialVerdict::NotHere),
        (answer(404), TrialVerdict::NotHere),
        (answer(501), TrialVerdict::NotHere),
        (answer(429), TrialVerdict::TooOften),
        (answer(503), TrialVerdict::GatewayFull),
        (answer(500), TrialVerdict::GatewayBroken),
        (answer(201), TrialVerdict::GatewayBroken),
        (nonsense, TrialVerdict::GatewayBroken),
    ];
    for (answer, expected) in cases {
        let mut script = begun(TrialSource::Picture);
        says(&mut script, TrialEvent::Opened);
        says(&mut script, TrialEvent::Asked(answer.clone()));
        assert_eq!(verdict(&script), Some(expected), "{answer:?}");
    }
    for (status, expected) in [
        (404, TrialVerdict::Refused),
        (503, TrialVerdict::GatewayFull),
    ] {
        let mut script = called(TrialSource::Picture);
        script.answer("INVITE", status, &[]);
        assert_eq!(verdict(&script), Some(expected), "{status}");
    }
    // It lived too long, or another page took its place.
    let mut script = connected(TrialSource::Picture);
    let (answer, figures) = (Some((204, None)), None);
    says(&mut script, TrialEvent::Looked { answer, figures });
    assert_eq!(verdict(&script), Some(TrialVerdict::EndedThere));
}

#[test]
fn what_the_browser_says_is_told_apart() {
    let problem = CameraProblem::Refused;
    let mut script = begun(TrialSource::Camera);
    says(&mut script, TrialEvent::NoSource(problem));
    assert_eq!(verdict(&script), Some(TrialVerdict::NoSource(problem)));
    let cases = [
        (
            asked(TrialSource::Picture),
            PeerEvent::Failed,
            TrialVerdict::NoConnectionMade,
        ),
        (
            called(TrialSource::Picture),
            PeerEvent::Failed,
            TrialVerdict::NoPath,
        ),
        (
            called(TrialSource::Picture),
            PeerEvent::NotApplied,
            TrialVerdict::AnswerUnusable,
        ),
        (
            connected(TrialSource::Picture),
            PeerEvent::Failed,
            TrialVerdict::LinkLost,
        ),
    ];
    for (mut script, event, expected) in cases {
        says(&mut script, TrialEvent::Peer(event));
        assert_eq!(verdict(&script), Some(expected));
    }
}

#[test]
fn a_test_is_stopped_at_any_step_and_nothing_late_disturbs_the_next() {
    for mut script in [
        begun(TrialSource::Picture),
        asked(TrialSource::Picture),
        called(TrialSource::Picture),
        connected(TrialSource::Picture),
    ] {
        trial(&mut script, TrialCommand::Stop);
        assert_eq!(verdict(&script), Some(TrialVerdict::Stopped));
        assert!(script.trace().iter().any(|line| line.starts_with("close ")));
        trial(&mut script, TrialCommand::Start);
        says_of(&mut script, 1, TrialEvent::NoSource(CameraProblem::Busy));
        assert!(script.state().trial.is_running());
        says_of(&mut script, 2, TrialEvent::Opened);
        let course = script.state().trial.course.clone().unwrap();
        assert_eq!(course.next(), Some(TrialStep::Handset));
        trial(&mut script, TrialCommand::Close);
        assert!(!script.state().trial.open);
        assert_eq!(verdict(&script), Some(TrialVerdict::Stopped));
    }
}

#[test]
fn whoever_really_calls_comes_first() {
    for called in [CALLED, VOICE_CALLED] {
        let mut script = connected(TrialSource::Picture);
        script.request(called);
        assert_eq!(verdict(&script), Some(TrialVerdict::Interrupted));
        assert!(!script.state().trial.open);
        assert!(script.trace().contains(&"-> 180 (INVITE)".to_owned()));
        // And while one is asked no test begins.
        trial(&mut script, TrialCommand::Open);
        assert_eq!(script.state().trial.obstacle, Some(TrialObstacle::Busy));
        trial(&mut script, TrialCommand::Start);
        assert!(!script.state().trial.is_running());
    }
}

#[test]
fn no_test_begins_in_a_share_or_without_a_connection() {
    let mut script = Script::showing();
    trial(&mut script, TrialCommand::Open);
    assert_eq!(script.state().trial.obstacle, Some(TrialObstacle::Busy));
    trial(&mut script, TrialCommand::Start);
    script.check("");
    let mut script = Script::signed_in();
    script.socket(crate::phone::SocketEvent::Closed);
    trial(&mut script, TrialCommand::Open);
    assert_eq!(
        script.state().trial.obstacle,
        Some(TrialObstacle::NotConnected)
    );
}

#[test]
fn a_connection_that_breaks_ends_the_test_and_signing_out_forgets_it() {
    let mut script = connected(TrialSource::Picture);
    script.socket(crate::phone::SocketEvent::Closed);
    assert_eq!(verdict(&script), Some(TrialVerdict::LinkLost));
    let mut script = connected(TrialSource::Picture);
    script.command(Command::SignOut);
    assert_eq!(script.state().trial.course, None);
    assert!(
        script
            .trace()
            .contains(&"close /api/v1/selftest/7f".to_owned())
    );
}
