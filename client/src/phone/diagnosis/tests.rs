use std::collections::VecDeque;

use sip::time::{Duration, Instant};

use super::command::Asking;
use super::*;
use crate::phone::Effect;
use crate::phone::state::{DiagnosisCommand, FarShown, Lane, Number};

const ASKING: Asking<'_> = Asking {
    token: Some("00ff"),
    unix_milliseconds: 1_700_000_000_000,
};

const SHARE: ShareId = ShareId(1);

/// A journal, and the time.
struct Scene {
    journal: Journal,
    now: Instant,
}

impl Scene {
    fn new() -> Self {
        Self {
            journal: Journal::default(),
            now: Instant::now(),
        }
    }

    fn message(&mut self, way: Way, start: &str, cseq: &str, more: &str) {
        let text = format!(
            "{start}\r\nCall-ID: call-1\r\nCSeq: {cseq}\r\nFrom: <sip:ben@a>;tag=1\r\nTo: <tel:+99000001>\r\n{more}\r\n"
        );
        self.now += Duration::from_millis(20);
        self.journal.message(way, text.as_bytes(), self.now);
    }

    /// Anna is asked to watch and agrees.
    fn answered(&mut self) {
        self.journal.share(SHARE, None, (&anna(), Direction::Out));
        self.journal
            .share(SHARE, Some("call-1"), (&anna(), Direction::Out));
        let secret =
            "Authorization: Digest response=\"feedbeef\"\r\nContent-Type: application/sdp\r\n";
        let sdp = "\r\nv=0\r\na=ice-pwd:topsecret";
        self.message(
            Way::Out,
            "INVITE tel:+99000001 SIP/2.0",
            "1 INVITE",
            &format!("{secret}{sdp}"),
        );
        self.message(Way::In, "SIP/2.0 180 Ringing", "1 INVITE", "");
        self.message(Way::In, "SIP/2.0 200 OK", "1 INVITE", "");
        self.message(Way::Out, "ACK tel:+99000001 SIP/2.0", "1 ACK", "");
    }

    /// So many seconds of pictures.
    fn flows(&mut self, seconds: u64) {
        self.journal
            .seen(SHARE, Seen::Path(Path::Checking), self.now);
        self.journal.seen(SHARE, Seen::Path(Path::Stands), self.now);
        for second in 1..=seconds {
            self.now += Duration::from_secs(1);
            let sent = Stream {
                packets: 80 * second,
                frames: 15 * second,
                ..Stream::default()
            };
            let figures = Figures {
                path: Path::Stands,
                keys: Keys::Agreed,
                sent: Some(sent),
                ..Figures::default()
            };
            self.journal
                .seen(SHARE, Seen::Figures(Box::new(figures)), self.now);
        }
    }

    fn command(&mut self, command: &DiagnosisCommand) -> Vec<Effect> {
        let mut effects = VecDeque::new();
        self.journal.command(command, ASKING, &mut effects);
        effects.into()
    }

    fn report(&self) -> Report {
        match self.journal.show() {
            Diagnosis::Open(report) => (*report).clone(),
            Diagnosis::Shut => panic!("the page is shut"),
        }
    }
}

fn anna() -> Peer {
    Peer {
        name: Some("Anna".to_owned()),
        number: Number::parse("+99000001"),
        address: None,
    }
}

fn ladder(report: &Report) -> Vec<String> {
    let line = |row: &crate::phone::state::Row| {
        format!(
            "{} {} {:?}",
            row.at_milliseconds,
            row.what.lane().name(),
            row.what
        )
    };
    report.rows.iter().map(line).collect()
}

#[test]
fn a_share_is_one_ladder_of_signalling_path_keys_and_pictures() {
    let mut scene = Scene::new();
    scene.answered();
    scene.flows(1);
    scene.message(
        Way::In,
        "BYE sip:ben@a SIP/2.0",
        "2 BYE",
        "Reason: SIP;cause=200\r\n",
    );
    scene.journal.over(SHARE, Cause::EndedByThem, scene.now);
    scene.command(&DiagnosisCommand::Open);
    let report = scene.report();
    assert_eq!(
        ladder(&report),
        [
            "0 signalling Message(Out, \"INVITE\")",
            "20 signalling Message(In, \"180 Ringing (INVITE)\")",
            "40 signalling Message(In, \"200 OK (INVITE)\")",
            "60 signalling Message(Out, \"ACK\")",
            "60 path Path(Checking)",
            "60 path Path(Stands)",
            "1060 keys Keys(Agreed)",
            "1060 pictures FirstPicture(Out)",
            &format!("1060 figures {:?}", report.rows[8].what),
            "1080 signalling Message(In, \"BYE\")",
            "1080 signalling Ended(EndedByThem)",
        ]
    );
    assert_eq!(report.verdict, Some(Verdict::Worked));
    assert_eq!(report.peer, Some(anna()));
    assert_eq!(report.facts.reason, Some(200));
}

#[test]
fn what_the_gateway_saw_is_asked_for_once_the_call_is_over_and_joins_the_ladder() {
    let mut scene = Scene::new();
    scene.answered();
    scene.flows(5);
    scene.journal.over(SHARE, Cause::EndedByMe, scene.now);
    let asked = scene.command(&DiagnosisCommand::Open);
    let key = CallKey(1);
    let expected = Effect::AskPackets {
        key,
        call_id: "call-1".to_owned(),
        token: "00ff".to_owned(),
    };
    assert_eq!(asked, [expected]);
    assert_eq!(scene.report().far, FarShown::Asking);
    let told = "sidecam-packets 1\ntotal near in rtp 400\n4000 near in rtp any 900 8060\n";
    let answer = PacketsAnswer::Read(told.to_owned());
    scene.journal.packets_told(key, &answer, scene.now);
    let report = scene.report();
    assert_eq!(report.far, FarShown::Here(1));
    assert_eq!(
        report.verdict,
        Some(Verdict::NothingSentOn),
        "nothing went to the other phone"
    );
    assert_eq!(
        scene.command(&DiagnosisCommand::Choose(key)),
        [],
        "it is known"
    );
}

#[test]
fn nothing_that_is_handed_on_tells_a_secret_or_a_whole_number() {
    let mut scene = Scene::new();
    scene.answered();
    scene.flows(3);
    scene.journal.over(SHARE, Cause::EndedByMe, scene.now);
    scene.command(&DiagnosisCommand::Open);
    for command in [DiagnosisCommand::SavePackets, DiagnosisCommand::SaveRest] {
        let saved = scene.command(&command);
        let [Effect::Save(document)] = &saved[..] else {
            panic!("{saved:?}");
        };
        let text = String::from_utf8_lossy(&document.bytes);
        for secret in [
            "feedbeef",
            "topsecret",
            "+99000001",
            "99000001",
            "Anna",
            "00ff",
        ] {
            assert!(!text.contains(secret), "{secret} in {}", document.name);
        }
        assert!(
            text.contains("call-1"),
            "the operator finds it again by that"
        );
    }
}

#[test]
fn the_rest_is_json_with_the_verdict_and_all_figures() {
    let mut scene = Scene::new();
    scene.answered();
    scene.flows(3);
    scene.command(&DiagnosisCommand::Open);
    let saved = scene.command(&DiagnosisCommand::SaveRest);
    let [Effect::Save(document)] = &saved[..] else {
        panic!("{saved:?}");
    };
    let read: serde_json::Value = serde_json::from_slice(&document.bytes).unwrap();
    let call = serde_json::json!({
        "verdict": "underway",
        "direction": "shown",
        "with": "tel:+99xxxx01",
        "call_id": "call-1",
        "cause": null,
        "refused": null,
        "reason": null,
        "answered": true,
        "path_stood": true,
        "keys_stood": true,
        "line_lost": false,
        "left_out": 0,
        "gateway_packets": null,
    });
    assert_eq!(read["call"], call);
    let events = read["events"].as_array().unwrap();
    let mut figures = events.iter().filter(|event| event["lane"] == "figures");
    let last = serde_json::json!({
        "at": 3060,
        "lane": "figures",
        "path": "Stands",
        "keys": "Agreed",
        "ends": "",
        "round_trip_ms": null,
        "sent": {
            "packets": 240, "bytes": 0, "lost": 0, "frames": 45, "width": 0, "height": 0, "limited": "No",
        },
        "received": null,
    });
    assert_eq!(figures.next_back(), Some(&last));
    assert_eq!(events[0]["what"], "Out INVITE");
}

#[test]
fn where_there_was_no_call_the_rest_tells_of_none() {
    let mut scene = Scene::new();
    scene.journal.socket(&SocketEvent::Opened, scene.now);
    scene.command(&DiagnosisCommand::Open);
    let saved = scene.command(&DiagnosisCommand::SaveRest);
    let [Effect::Save(document)] = &saved[..] else {
        panic!("{saved:?}");
    };
    let read: serde_json::Value = serde_json::from_slice(&document.bytes).unwrap();
    let file = serde_json::json!({
        "about": "Sidecam: what was seen of a call",
        "version": env!("CARGO_PKG_VERSION"),
        "began_unix_milliseconds": ASKING.unix_milliseconds,
        "call": null,
        "events": [{ "at": 0, "lane": "signalling", "what": "LineOpened" }],
    });
    assert_eq!(read, file);
}

#[test]
fn a_flood_of_messages_and_hours_of_figures_are_bounded() {
    let mut scene = Scene::new();
    scene.answered();
    scene.flows(4000);
    for number in 0..2000 {
        scene.message(
            Way::In,
            "INFO sip:ben@a SIP/2.0",
            &format!("{number} INFO"),
            "",
        );
    }
    for number in 0..500 {
        let invite = format!(
            "INVITE sip:ben@a SIP/2.0\r\nCall-ID: flood-{number}\r\nCSeq: 1 INVITE\r\n\r\n"
        );
        scene.journal.message(Way::In, invite.as_bytes(), scene.now);
        let other =
            format!("OPTIONS sip:ben@a SIP/2.0\r\nCall-ID: o-{number}\r\nCSeq: 1 OPTIONS\r\n\r\n");
        scene.journal.message(Way::In, other.as_bytes(), scene.now);
    }
    assert_eq!(scene.journal.records.len(), CALLS);
    assert!(scene.journal.line.iter().count() <= 80);
    let mut scene = Scene::new();
    scene.answered();
    scene.flows(4000);
    scene.command(&DiagnosisCommand::Open);
    let report = scene.report();
    assert!(report.rows.len() < 300, "{}", report.rows.len());
    assert!(report.left_out > 3000);
    let last = report.rows.last().unwrap();
    assert_eq!(last.what.lane(), Lane::Figures, "the end is kept");
}

#[test]
fn a_lost_connection_and_signing_in_are_told_where_there_is_no_call() {
    let mut scene = Scene::new();
    scene.journal.socket(&SocketEvent::Opened, scene.now);
    let register = b"REGISTER sip:a SIP/2.0\r\nCall-ID: r\r\nCSeq: 1 REGISTER\r\n\r\n";
    scene.journal.message(Way::Out, register, scene.now);
    let pong = SocketEvent::Message(b"\r\n".to_vec());
    scene.journal.socket(&pong, scene.now);
    scene.journal.socket(&SocketEvent::Closed, scene.now);
    assert_eq!(scene.journal.show(), Diagnosis::Shut);
    scene.command(&DiagnosisCommand::Open);
    let report = scene.report();
    assert_eq!(
        ladder(&report),
        [
            "0 signalling LineOpened",
            "0 signalling Message(Out, \"REGISTER\")",
            "0 signalling LineClosed",
        ]
    );
    assert_eq!((report.chosen, report.verdict), (None, None));
}
