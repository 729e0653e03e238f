//! Showing, being asked, watching: as ladders.

use sip::time::Duration;

use super::script::{ANNA, ANSWER, OFFER, Script, number};
use crate::phone::share::{Sample, ShareId};
use crate::phone::state::{
    Camera, CameraProblem, Cause, Command, Direction, Outcome, SendPhase, Share, WatchPhase,
};
use crate::phone::{CameraEvent, Input, PeerEvent};

pub(in crate::phone) const INVITE: &str = "INVITE sip:x@y.invalid;transport=ws SIP/2.0
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
m=video 9 UDP/TLS/RTP/SAVPF 96
a=sendonly
";

pub(super) fn in_dialog(method: &str, cseq: u32) -> String {
    format!(
        "{method} sip:x@y.invalid;transport=ws SIP/2.0
Via: SIP/2.0/WS gateway.example;branch=z9hG4bK{method}{cseq}
Max-Forwards: 70
From: \"Someone\" <sip:anna@home.example>;tag=anna1
To: <tel:+99000002>;tag=TAG
Call-ID: call1
CSeq: {cseq} {method}

"
    )
}

pub(super) fn cause(script: &Script) -> Option<Cause> {
    match &script.state().share {
        Share::Ended(ended) => Some(ended.cause),
        Share::None | Share::Sending(_) | Share::Asked(_) | Share::Watching(_) => None,
    }
}

#[test]
fn showing_asks_rings_goes_live_and_stops_with_the_camera_off() {
    let mut script = Script::signed_in();
    script.command(Command::Select(number(ANNA)));
    script.command(Command::OpenSlot);
    assert_eq!(script.state().camera, Camera::Opening);
    script.input(Input::Camera(CameraEvent::Opened));
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.answer("INVITE", 100, &[]);
    assert_eq!(
        script.state().share.sending().unwrap().phase,
        SendPhase::Calling
    );
    script.answer("INVITE", 180, &[("Contact", "<sip:anna@gateway.example>")]);
    assert_eq!(
        script.state().share.sending().unwrap().phase,
        SendPhase::Ringing
    );
    script.answer_with_sdp("INVITE", 200, ANSWER);
    script.peer(PeerEvent::Applied);
    assert!(script.state().share.is_live_out());
    script.command(Command::Stop);
    script.answer("BYE", 200, &[]);
    script.pass(Duration::from_secs(1));
    script.check(
        "camera on
         make offer
         -> INVITE tel:+99000001
         <- 100 (INVITE)
         <- 180 (INVITE)
         <- 200 (INVITE)
         -> ACK sip:anna@gateway.example
         take answer
         -> BYE sip:anna@gateway.example
         camera off
         <- 200 (BYE)
         close pictures",
    );
    assert_eq!(script.state().camera, Camera::Closed);
    assert_eq!(cause(&script), Some(Cause::EndedByMe));
    script.command(Command::Dismiss);
    assert_eq!(script.state().share, Share::None);

    let invite = script.sent("INVITE");
    assert_eq!(invite.body, OFFER.as_bytes());
    let contact = invite.headers.contact.first().unwrap().to_string();
    assert!(contact.contains(";ob"), "{contact}");
}

/// R1.30
#[test]
fn every_refusal_is_told_by_its_cause_and_turns_the_camera_off() {
    let cases = [
        (603, Cause::Declined),
        (486, Cause::Busy),
        (404, Cause::NotFound),
        (416, Cause::NotFound),
        (479, Cause::NotFound),
        (415, Cause::CannotWatch),
        (606, Cause::CannotWatch),
        (487, Cause::NoAnswer),
        (480, Cause::Unavailable),
        (408, Cause::NoAnswer),
        (488, Cause::CannotWatch),
        (500, Cause::Failed),
    ];
    for (code, expected) in cases {
        let mut script = Script::ready_to_show();
        script.command(Command::Show);
        script.peer(PeerEvent::Offer(OFFER.to_owned()));
        script.answer("INVITE", code, &[]);
        assert_eq!(cause(&script), Some(expected), "{code}");
        assert_eq!(script.state().camera, Camera::Closed, "{code}");
        assert_eq!(
            script.state().history[0].outcome,
            Outcome::NotShown(expected),
            "{code}"
        );
    }
}

/// R1.30
#[test]
fn nobody_answering_for_a_minute_is_told() {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.answer("INVITE", 180, &[]);
    script.pass(Duration::from_secs(61));
    script.answer("CANCEL", 200, &[]);
    script.answer("INVITE", 487, &[]);
    assert_eq!(cause(&script), Some(Cause::NoAnswer));
}

#[test]
fn changing_ones_mind_while_it_rings_cancels() {
    let mut script = Script::ready_to_show();
    script.command(Command::Show);
    script.peer(PeerEvent::Offer(OFFER.to_owned()));
    script.answer("INVITE", 180, &[]);
    script.command(Command::CloseSlot);
    assert_eq!(cause(&script), Some(Cause::EndedByMe));
    assert_eq!(script.state().camera, Camera::Closed);
    assert_eq!(
        script.sent("CANCEL").headers.cseq.number,
        script.sent("INVITE").headers.cseq.number
    );
}

#[test]
fn sliding_the_cover_shut_ends_what_is_live() {
    let mut script = Script::showing();
    script.command(Command::CloseSlot);
    script.check(
        "camera off
         -> BYE sip:anna@gateway.example",
    );
    assert_eq!(cause(&script), Some(Cause::EndedByMe));
}

#[test]
fn a_camera_that_is_refused_says_so_and_nothing_can_be_shown() {
    let mut script = Script::signed_in();
    script.command(Command::Select(number(ANNA)));
    script.command(Command::OpenSlot);
    script.input(Input::Camera(CameraEvent::Failed(CameraProblem::Refused)));
    assert_eq!(
        script.state().camera,
        Camera::Problem(CameraProblem::Refused)
    );
    script.command(Command::Show);
    assert_eq!(script.state().share, Share::None);
    script.check("camera on");
}

#[test]
fn while_it_is_live_the_clock_runs_and_the_figures_are_read_each_second() {
    let mut script = Script::showing();
    script.pass(Duration::from_millis(2500));
    let sample = |second: u64| Sample {
        at_milliseconds: second * 1000,
        bytes: second * 40_000,
        frames: second * 15,
        width: 640,
        height: 480,
        frames_per_second: 15,
        codec: "VP8".to_owned(),
        is_sent: true,
        ..Sample::default()
    };
    script.peer(PeerEvent::Measured(sample(1)));
    script.peer(PeerEvent::Measured(sample(2)));
    script.check(
        "read figures
         read figures",
    );
    let sending = script.state().share.sending().unwrap();
    assert_eq!(sending.seconds, 2);
    let quality = sending.quality.as_ref().unwrap();
    assert_eq!(
        (quality.width, quality.height, quality.kilobits_per_second),
        (640, 480, 320)
    );
}

#[test]
fn being_asked_shows_who_and_watching_begins_with_the_first_picture() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    let Share::Asked(peer) = &script.state().share else {
        panic!("{:?}", script.state().share)
    };
    // Our own name for the number counts, not what the caller says.
    assert_eq!(peer.name.as_deref(), Some("Anna"));
    assert_eq!(peer.number, Some(number(ANNA)));
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER.to_owned()));
    assert_eq!(
        script.state().share.watching().unwrap().phase,
        WatchPhase::Waiting
    );
    script.command(Command::PictureSeen {
        width: 176,
        height: 144,
    });
    assert_eq!(
        script.state().share.watching().unwrap().phase,
        WatchPhase::Live
    );
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 180 (INVITE)
         make answer
         -> 200 (INVITE)",
    );
}

/// R1.28
#[test]
fn a_picture_that_stands_still_for_two_seconds_is_said() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER.to_owned()));
    let sample = |frames| {
        PeerEvent::Measured(Sample {
            frames,
            width: 176,
            height: 144,
            ..Sample::default()
        })
    };
    let mut phases = Vec::new();
    for frames in [0, 15, 15, 15, 16] {
        script.peer(sample(frames));
        phases.push(script.state().share.watching().unwrap().phase);
    }
    assert_eq!(
        phases,
        [
            WatchPhase::Waiting,
            WatchPhase::Live,
            WatchPhase::Live,
            WatchPhase::Frozen,
            WatchPhase::Live
        ]
    );
}

#[test]
fn not_now_declines_and_leaves_a_line_in_the_history() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    script.command(Command::NotNow);
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 180 (INVITE)
         -> 603 (INVITE)",
    );
    assert_eq!(script.state().share, Share::None);
    assert_eq!(script.state().history[0].outcome, Outcome::NotNow);
    assert_eq!(script.state().history[0].direction, Direction::In);
}

#[test]
fn a_call_that_another_device_took_ends_here_as_answered_elsewhere() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    let cancel = in_dialog("CANCEL", 1)
        .replace(";tag=TAG", "")
        .replace("z9hG4bKCANCEL1", "z9hG4bKcall1")
        .replacen(
            "Call-ID:",
            "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\nCall-ID:",
            1,
        );
    script.request(&cancel);
    assert_eq!(cause(&script), Some(Cause::AnsweredElsewhere));
}

#[test]
fn a_caller_who_gives_up_takes_the_card_away_and_is_told() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    script.request(
        &in_dialog("CANCEL", 1)
            .replace(";tag=TAG", "")
            .replace("z9hG4bKCANCEL1", "z9hG4bKcall1"),
    );
    assert_eq!(cause(&script), Some(Cause::Cancelled));
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 180 (INVITE)
         <- CANCEL sip:x@y.invalid;transport=ws
         -> 200 (CANCEL)
         -> 487 (INVITE)
         close pictures",
    );
}

#[test]
fn a_second_caller_hears_that_we_are_busy() {
    let mut script = Script::showing();
    script.request(&INVITE.replace("+99000001", "+99000007"));
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 486 (INVITE)",
    );
    assert!(script.state().share.is_live_out());
}

#[test]
fn being_asked_to_watch_with_the_camera_open_turns_it_off_on_watch() {
    let mut script = Script::ready_to_show();
    script.request(INVITE);
    assert_eq!(script.state().camera, Camera::Open);
    script.command(Command::Watch);
    assert_eq!(script.state().camera, Camera::Closed);
}

#[test]
fn a_word_about_an_earlier_share_changes_nothing() {
    let mut script = Script::showing();
    script.input(Input::Peer {
        share: ShareId(9),
        event: PeerEvent::Failed,
    });
    assert!(script.state().share.is_live_out());
    script.check("");
}

#[test]
fn leaving_the_page_hangs_up_and_takes_the_binding_away() {
    let mut script = Script::showing();
    script.input(Input::Leaving);
    script.check(
        "camera off
         -> BYE sip:anna@gateway.example
         -> REGISTER sip:home.example",
    );
}
