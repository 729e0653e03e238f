//! RFC 3264 §8.1: sound that comes into a share by re-INVITE, or is refused, or goes.

use sip::sdp;

use super::voice::{
    AMR, NO_AUDIO, PLAIN_VIDEO, WEB_AUDIO, WEB_VIDEO, browser, opened, plain, steps,
};
use super::*;
use crate::bridge::Medium;
use crate::bridge::web_leg::WebAudio;

/// What the browser is answered: the codec of its audio line, and our direction on it.
fn answered_sound(scene: &Scene) -> (Option<WebAudio>, Option<sdp::Direction>) {
    let found = steps(scene).into_iter().rev().find_map(|step| match step {
        Step::WebReanswer {
            audio, directions, ..
        } => Some((*audio, directions.audio)),
        _ => None,
    });
    found.expect("an answer")
}

fn offered_to(scene: &Scene, who: Who) -> String {
    String::from_utf8(scene.asked(who).1.body.to_vec()).unwrap()
}

fn sounds(scene: &Scene) -> Option<Flows> {
    steps(scene).into_iter().rev().find_map(|step| match step {
        Step::StartAudio { flows } => Some(*flows),
        _ => None,
    })
}

/// R2.5
#[test]
fn a_browser_adds_sound_to_a_share_that_a_handset_takes_or_leaves() {
    let no_sound = (None, None);
    let both = (Some(WebAudio::Opus), Some(sdp::Direction::SendRecv));
    for (line, expected, flows) in [
        (AMR, both, Some(Flows::BothWays)),
        (NO_AUDIO, no_sound, None),
    ] {
        let (mut scene, call) = Scene::established();
        let offer = browser(&[WEB_VIDEO, WEB_AUDIO]);
        scene.ladder.clear();
        scene.reinvite(Who::Browser, call, &offer);
        scene.check(&["Browser -> INVITE", "media OpenPlain"]);
        opened(&mut scene, Side::Callee, Medium::Audio, 30010);
        scene.check(&["-> Handset INVITE"]);
        let told = offered_to(&scene, Who::Handset);
        assert!(told.contains("m=audio 30010 RTP/AVP 0 8 110"), "{told}");
        let answer = String::from_utf8(plain(&[PLAIN_VIDEO, line])).unwrap();
        scene.reply(Who::Handset, Status::OK, Some(&answer));
        assert_eq!(answered_sound(&scene), expected);
        scene.media(BridgeReply::Description {
            side: Side::Caller,
            sdp: offer.clone(),
        });
        assert_eq!(sounds(&scene), flows);
        assert!(
            scene
                .ladder
                .iter()
                .any(|line| line.contains("-> Browser 200"))
        );
    }
}

/// R2.5
#[test]
fn a_handset_adds_sound_to_the_share_that_it_watches_and_takes_it_away() {
    let (mut scene, _) = Scene::established();
    let call = scene.incoming(Who::Handset);
    scene.ladder.clear();
    let offer = String::from_utf8(plain(&[PLAIN_VIDEO, AMR])).unwrap();
    let asked = scene.reinvite(Who::Handset, call, &offer);
    scene.check(&["Handset -> INVITE", "media OpenPlain"]);
    opened(&mut scene, Side::Callee, Medium::Audio, 30010);
    scene.check(&["media Apply(WebReoffer"]);
    let codecs = steps(&scene).into_iter().rev().find_map(|step| match step {
        Step::WebReoffer {
            audio, directions, ..
        } => Some((audio.clone(), directions.audio)),
        _ => None,
    });
    let both = Some(sdp::Direction::SendRecv);
    assert_eq!(codecs, Some((vec![WebAudio::Opus], both)));
    let theirs = browser(&[WEB_VIDEO, WEB_AUDIO]);
    scene.media(BridgeReply::Description {
        side: Side::Caller,
        sdp: theirs.clone(),
    });
    scene.reply(Who::Browser, Status::OK, Some(&theirs));
    scene.media(BridgeReply::WebAccepted {
        side: Side::Caller,
        codec: Some(WebCodec::Vp8),
        audio: Some(WebAudio::Opus),
    });
    let answer = scene.response(Who::Handset, asked).body.to_vec();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("m=audio 30010 RTP/AVP 111"), "{answer}");
    assert_eq!(sounds(&scene), Some(Flows::BothWays));

    // And without it: the browser hears so too.
    scene.ladder.clear();
    let gone = String::from_utf8(plain(&[PLAIN_VIDEO, NO_AUDIO])).unwrap();
    scene.reinvite(Who::Handset, call, &gone);
    scene.check(&["Handset -> INVITE", "media Apply(WebReoffer"]);
    let last = steps(&scene).into_iter().rev().find_map(|step| match step {
        Step::WebReoffer { directions, .. } => Some(directions.audio),
        _ => None,
    });
    assert_eq!(last, Some(Some(sdp::Direction::Inactive)));
}
