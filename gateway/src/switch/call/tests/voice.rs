//! Audio beside video, and alone: a guest of a share, or a voice call.

use sip::sdp;

use super::*;
use crate::bridge::Medium;
use crate::bridge::web_leg::{AudioOffer, WebAudio};

pub(super) const WEB_VIDEO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n\
a=rtpmap:96 VP8/90000\r\na=sendonly\r\n";
pub(super) const WEB_AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 110\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:ab12\r\n\
a=rtpmap:111 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:110 telephone-event/48000\r\n\
a=sendrecv\r\n";
pub(super) const PLAIN_VIDEO: &str =
    "m=video 49152 RTP/AVP 96\r\na=rtpmap:96 H263-2000/90000\r\na=recvonly\r\n";
pub(super) const AMR: &str = "m=audio 49160 RTP/AVP 111\r\na=rtpmap:111 AMR/8000\r\na=sendrecv\r\n";
const PCMU: &str = "m=audio 49160 RTP/AVP 0\r\na=sendrecv\r\n";
const NO_VIDEO: &str = "m=video 0 RTP/AVP 96\r\n";
pub(super) const NO_AUDIO: &str = "m=audio 0 RTP/AVP 0\r\n";

pub(super) fn browser(lines: &[&str]) -> String {
    let lines = lines.concat();
    format!("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n{lines}")
}

pub(super) fn plain(lines: &[&str]) -> Vec<u8> {
    let lines = lines.concat();
    format!("v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n{lines}")
        .into_bytes()
}

pub(super) fn opened(scene: &mut Scene, side: Side, medium: Medium, port: u16) {
    scene.media(BridgeReply::PlainOpened { side, medium, port });
}

fn answered(scene: &mut Scene, lines: &[&str]) {
    let body = sdp_body(plain(lines));
    let ok = Reply {
        body,
        ..Reply::new(Status::OK)
    };
    scene.answer(Who::Handset, ok);
}

pub(super) fn steps(scene: &Scene) -> Vec<&Step> {
    let all = scene.commands.iter();
    all.filter_map(|(_, command)| match command {
        BridgeCommand::Apply(step) => Some(step),
        BridgeCommand::OpenPlain { .. }
        | BridgeCommand::Beside(_)
        | BridgeCommand::Tell { .. }
        | BridgeCommand::Close => None,
    })
    .collect()
}

/// What the calling browser is answered: whether with video, and with which audio.
fn web_answer(scene: &Scene) -> (bool, Option<WebAudio>) {
    let found = steps(scene).into_iter().find_map(|step| match step {
        Step::WebAnswer { video, audio, .. } => {
            Some((video.is_some(), audio.as_ref().map(|line| line.codec)))
        }
        _ => None,
    });
    found.expect("an answer")
}

fn invited(scene: &Scene) -> sdp::Description {
    let invite = scene.events.iter().find_map(|(who, event)| match event {
        Event::Incoming { request, .. } if *who == Who::Handset => Some(request.body.clone()),
        _ => None,
    });
    sdp::Description::parse(&invite.unwrap()).unwrap()
}

/// A browser that offers both calls a handset, which answers so.
fn called(lines: &[&str]) -> Scene {
    let mut scene = Scene::new();
    let offer = browser(&[WEB_AUDIO, WEB_VIDEO]);
    scene.call(Who::Browser, "tel:+447700900002", &offer);
    scene.check(&["Browser -> INVITE", "media OpenPlain", "media OpenPlain"]);
    opened(&mut scene, Side::Callee, Medium::Audio, 30010);
    scene.check(&[]);
    opened(&mut scene, Side::Callee, Medium::Video, 30000);
    scene.check(&["-> Handset INVITE"]);
    answered(&mut scene, lines);
    scene
}

#[test]
fn a_browsers_voice_goes_with_its_camera_and_g711_passes() {
    for (line, codec) in [(AMR, WebAudio::Opus), (PCMU, WebAudio::Pcmu)] {
        let mut scene = called(&[PLAIN_VIDEO, line]);
        let offer = invited(&scene);
        let kinds: Vec<(&str, u16)> = offer
            .media
            .iter()
            .map(|of| (of.kind.name(), of.port))
            .collect();
        assert_eq!(kinds, [("video", 30000), ("audio", 30010)]);
        assert_eq!(web_answer(&scene), (true, Some(codec)));
        let plan = steps(&scene).into_iter().find_map(|step| match step {
            Step::PlainAudio { plan, .. } => Some(plan.clone()),
            _ => None,
        });
        assert_eq!(plan.unwrap().remote.unwrap().rtp_port, 49160);
        scene.media(BridgeReply::Description {
            side: Side::Caller,
            sdp: "v=0\r\n".to_owned(),
        });
        let starts = steps(&scene);
        let sounds = |step: &&Step| {
            matches!(
                step,
                Step::StartAudio {
                    flows: Flows::BothWays
                }
            )
        };
        assert!(starts.iter().any(sounds), "{starts:?}");
    }
}

#[test]
fn a_share_stays_one_when_the_handset_takes_no_audio() {
    let scene = called(&[PLAIN_VIDEO, NO_AUDIO]);
    assert_eq!(web_answer(&scene), (true, None));
    let sounds = |step: &Step| matches!(step, Step::PlainAudio { .. });
    assert!(!steps(&scene).into_iter().any(sounds));
}

#[test]
fn a_handset_that_takes_no_video_is_talked_to() {
    let scene = called(&[NO_VIDEO, AMR]);
    assert_eq!(web_answer(&scene), (false, Some(WebAudio::Opus)));
}

#[test]
fn a_browsers_voice_call_reaches_a_handset() {
    let mut scene = Scene::new();
    let offer = browser(&[WEB_AUDIO]);
    scene.call(Who::Browser, "tel:+447700900002", &offer);
    scene.check(&["Browser -> INVITE", "media OpenPlain"]);
    opened(&mut scene, Side::Callee, Medium::Audio, 30010);
    scene.check(&["-> Handset INVITE"]);
    let offer = invited(&scene);
    assert_eq!((offer.media.len(), offer.media[0].port), (1, 30010));
    answered(&mut scene, &[AMR]);
    assert_eq!(web_answer(&scene), (false, Some(WebAudio::Opus)));
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: "v=0\r\n".to_owned(),
    });
    let starts = steps(&scene);
    let sounds = |step: &&Step| {
        matches!(
            step,
            Step::StartAudio {
                flows: Flows::BothWays
            }
        )
    };
    assert!(starts.iter().any(sounds), "{starts:?}");
}

#[test]
fn a_handsets_voice_call_reaches_a_browser() {
    let mut scene = Scene::new();
    let offer = String::from_utf8(plain(&[AMR])).unwrap();
    scene.call(Who::Handset, "sip:+447700900001@example.org", &offer);
    scene.check(&["Handset -> INVITE", "media Apply(WebOffer"]);
    let offered = steps(&scene).into_iter().find_map(|step| match step {
        Step::WebOffer { video, audio, .. } => Some((video.clone(), audio.clone())),
        _ => None,
    });
    let audio = AudioOffer {
        codecs: vec![WebAudio::Opus],
        direction: sdp::Direction::SendRecv,
    };
    assert_eq!(offered, Some((None, Some(audio))));
    let sdp = browser(&[WEB_AUDIO]);
    scene.media(BridgeReply::Description {
        side: Side::Callee,
        sdp: sdp.clone(),
    });
    scene.check(&["-> Browser INVITE"]);
    let body = sdp_body(sdp.into_bytes());
    let ok = Reply {
        body,
        ..Reply::new(Status::OK)
    };
    scene.answer(Who::Browser, ok);
    scene.media(BridgeReply::WebAccepted {
        side: Side::Callee,
        codec: None,
        audio: Some(WebAudio::Opus),
    });
    opened(&mut scene, Side::Caller, Medium::Audio, 30020);
    let last = scene.wire.iter().rev();
    let told = last
        .clone()
        .find(|(who, text)| *who == Who::Handset && text.starts_with("SIP/2.0 200"));
    let text = &told.expect("a 200").1;
    assert!(text.contains("m=audio 30020 RTP/AVP 111"), "{text}");
    let sounds = |step: &&Step| {
        matches!(
            step,
            Step::StartAudio {
                flows: Flows::BothWays
            }
        )
    };
    assert!(steps(&scene).iter().any(sounds));
}

#[test]
fn a_voice_call_is_held_and_resumed_by_its_audio() {
    let mut scene = Scene::new();
    let offer = browser(&[WEB_AUDIO]);
    scene.call(Who::Browser, "tel:+447700900002", &offer);
    opened(&mut scene, Side::Callee, Medium::Audio, 30010);
    answered(&mut scene, &[AMR]);
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: offer.clone(),
    });
    let call = scene.incoming(Who::Handset);
    for (direction, flows) in [("inactive", Flows::Neither), ("sendrecv", Flows::BothWays)] {
        scene.ladder.clear();
        let wanted = AMR.replace("sendrecv", direction);
        let asked = scene.reinvite(
            Who::Handset,
            call,
            &String::from_utf8(plain(&[&wanted])).unwrap(),
        );
        scene.check(&["Handset -> INVITE", "media Apply(WebReoffer"]);
        let told = offer.replace("sendrecv", direction);
        scene.media(BridgeReply::Description {
            side: Side::Caller,
            sdp: told.clone(),
        });
        scene.reply(Who::Browser, Status::OK, Some(&told));
        scene.media(BridgeReply::WebAccepted {
            side: Side::Caller,
            codec: None,
            audio: Some(WebAudio::Opus),
        });
        let last = steps(&scene).into_iter().rev().find_map(|step| match step {
            Step::StartAudio { flows } => Some(*flows),
            _ => None,
        });
        assert_eq!(last, Some(flows));
        let answer = scene.response(Who::Handset, asked).body.to_vec();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.contains("m=audio 30010 RTP/AVP 111"), "{answer}");
        assert!(answer.contains(&format!("a={direction}")), "{answer}");
    }
}

#[test]
fn a_hold_of_both_lines_reaches_the_browser_line_by_line() {
    let mut scene = called(&[PLAIN_VIDEO, AMR]);
    let offer = browser(&[WEB_AUDIO, WEB_VIDEO]);
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: offer.replace("sendonly", "recvonly"),
    });
    let call = scene.incoming(Who::Handset);
    let lines = [
        PLAIN_VIDEO.replace("recvonly", "inactive"),
        AMR.replace("sendrecv", "sendonly"),
    ];
    let hold = plain(&[&lines[0], &lines[1]]);
    let asked = scene.reinvite(Who::Handset, call, &String::from_utf8(hold).unwrap());
    let directions = steps(&scene).into_iter().find_map(|step| match step {
        Step::WebReoffer { directions, .. } => Some(*directions),
        _ => None,
    });
    let directions = directions.expect("the browser is asked");
    assert_eq!(directions.video, Some(sdp::Direction::Inactive));
    assert_eq!(directions.audio, Some(sdp::Direction::SendOnly));
    let told = offer
        .replace("sendonly", "inactive")
        .replace("sendrecv", "recvonly");
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: told.clone(),
    });
    scene.reply(Who::Browser, Status::OK, Some(&told));
    scene.media(BridgeReply::WebAccepted {
        side: Side::Caller,
        codec: Some(WebCodec::Vp8),
        audio: Some(WebAudio::Opus),
    });
    let sounds = |step: &&Step| {
        matches!(
            step,
            Step::StartAudio {
                flows: Flows::From(Side::Callee)
            }
        )
    };
    assert!(
        steps(&scene).iter().any(sounds),
        "{:?}",
        steps(&scene).last()
    );
    let answer = scene.response(Who::Handset, asked).body.to_vec();
    let answer = String::from_utf8(answer).unwrap();
    assert!(
        answer.contains("m=video 30000") && answer.contains("m=audio 30010"),
        "{answer}"
    );
    assert!(
        answer.contains("a=inactive") && answer.contains("a=recvonly"),
        "{answer}"
    );
}
