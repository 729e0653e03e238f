//! Whole bridges in simulated time: real ICE, DTLS, SRTP and codecs, no socket and no sleep.

mod audience;
mod beginning;
mod changes;
mod faults;
mod handset;
mod loss;
mod network;
mod pairs;
mod rate;
mod reencoding;
mod scene;
mod security;
mod sound;
mod stand_ins;
mod timers;

use std::net::SocketAddr;

use media::audio_transcode::AudioTranscoder;
use media::codec::{ForceKeyframe, VideoCodec};
use media::payload::Format;
use media::payload::h264::PacketizationMode;
use media::rtp::RtpPacket;
use media::rtp::session::{self, Silence};
use media::transcode::{self, Studio};
use sip::sdp::Direction;
use sip::sdp::offer_answer::Destination;

use super::format::StreamFormat;
use super::ims_leg::{Feedback, PlainPlan, RtcpTerms};
use super::latch::Loopback;
use super::web_leg::{Directions, PictureLimit, VideoLine, VideoOffer, WebCodec};
use handset::Handset;
use network::{Loss, Network};
use scene::Scene;
use stand_ins::{Browser, Camera, Screen};

use super::web_leg::install_cryptography;
use super::*;

const STEP: Duration = Duration::from_millis(5);
const FRAME_EVERY: u32 = 13; // steps: about 15 pictures a second
const VOICE_EVERY: u32 = 4; // steps: 20 ms
const QCIF: PictureLimit = PictureLimit {
    width: 176,
    height: 144,
    frames_per_second: 15,
    bits_per_second: 64_000,
};

fn worker() -> SocketAddr {
    "127.0.0.1:5000".parse().unwrap()
}

fn handset() -> SocketAddr {
    "127.0.0.1:7000".parse().unwrap()
}

/// The description with another first digit in its fingerprint, whatever that digit is.
fn other_certificate(offer: &str) -> String {
    let mut changed = String::new();
    for line in offer.split_inclusive("\r\n") {
        let fingerprint = line
            .strip_prefix("a=fingerprint:")
            .and_then(|value| value.split_once(' '));
        changed += &match fingerprint {
            Some((hash, digits)) => {
                let digit = if digits.starts_with('0') { '1' } else { '0' };
                format!("a=fingerprint:{hash} {digit}{}", &digits[1..])
            }
            None => line.to_owned(),
        };
    }
    changed
}

fn assert_live(screen: &Screen, at_least: usize) {
    let counters = &screen.counters;
    assert!(
        counters.len() >= at_least,
        "{} right pictures",
        counters.len()
    );
    assert!(counters.is_sorted(), "pictures in order: {counters:?}");
}

const H264_MODE_1: WebCodec = WebCodec::H264 {
    mode: PacketizationMode::NonInterleaved,
    profile_level_id: 0x42_e01f,
};

#[test]
fn a_browsers_camera_reaches_an_h263_handset_at_its_size() {
    let mut scene = Scene::new();
    let answer = scene.calling_browser(WebCodec::Vp8, Some(QCIF));
    assert!(answer.contains("a=recvonly"), "{answer}");
    assert!(
        answer.contains("a=imageattr:* recv [x=176,y=144]"),
        "{answer}"
    );
    assert!(
        !answer.contains("H264"),
        "one codec in the answer: {answer}"
    );
    scene.plain(Side::Callee, Format::H263Plus);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    scene.browser(Side::Caller).camera = Some(Camera::new(
        VideoCodec::Vp8,
        &Format::Vp8,
        (640, 480),
        600_000,
    ));
    scene.plain_screen = Some(Screen::new(VideoCodec::H263, &Format::H263Plus));
    scene.run(Duration::from_secs(4));
    let screen = scene.plain_screen.as_ref().unwrap();
    assert_live(screen, 45);
    assert!(screen.sizes.iter().all(|size| *size == (176, 144)));
    assert!(scene.rtcp_bytes > 0, "the handset's watchdog hears RTCP");
    let first = "FirstPicture { side: Callee }";
    assert!(
        scene.events.iter().any(|event| event == first),
        "{:?}",
        scene.events
    );
}

#[test]
fn a_handsets_h263_reaches_a_browser_as_vp8_of_the_same_size() {
    let mut scene = Scene::new();
    let codec = scene.called_browser(vec![WebCodec::Vp8], Direction::SendOnly);
    assert_eq!(codec, WebCodec::Vp8);
    scene.plain(Side::Caller, Format::H263);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    let camera = Camera::new(VideoCodec::H263, &Format::H263, (176, 144), 64_000);
    scene.plain_camera = Some((Side::Caller, camera));
    scene.browser(Side::Callee).screen = Some(Screen::new(VideoCodec::Vp8, &Format::Vp8));
    scene.run(Duration::from_secs(5));
    let screen = scene.browser(Side::Callee).screen.as_ref().unwrap();
    assert_live(screen, 45);
    assert!(
        screen.sizes.iter().all(|size| *size == (176, 144)),
        "{:?}",
        screen.sizes
    );
}

/// R6.9.
#[test]
fn mpeg_4_of_a_handset_is_seen_in_a_browser_and_the_reverse() {
    let mpeg_4 = Format::Mp4v {
        configuration: Vec::new(),
    };
    let mut scene = Scene::new();
    scene.called_browser(vec![WebCodec::Vp8], Direction::SendRecv);
    scene.plain(Side::Caller, mpeg_4.clone());
    scene.apply(Step::Start {
        flows: Flows::BothWays,
    });
    let camera = Camera::new(VideoCodec::Mpeg4, &mpeg_4, (176, 144), 64_000);
    scene.plain_camera = Some((Side::Caller, camera));
    scene.plain_screen = Some(Screen::new(VideoCodec::Mpeg4, &mpeg_4));
    let browser = scene.browser(Side::Callee);
    let camera = Camera::new(VideoCodec::Vp8, &Format::Vp8, (640, 480), 600_000);
    browser.camera = Some(camera);
    browser.screen = Some(Screen::new(VideoCodec::Vp8, &Format::Vp8));
    scene.run(Duration::from_secs(5));
    assert_live(scene.plain_screen.as_ref().unwrap(), 45);
    assert_live(scene.browser(Side::Callee).screen.as_ref().unwrap(), 45);
}

/// R6.8.
#[test]
fn h264_passes_through_to_a_handset_of_either_packetization_mode() {
    for mode in [
        PacketizationMode::SingleNal,
        PacketizationMode::NonInterleaved,
    ] {
        let format = format::h264(mode);
        let mut scene = Scene::new();
        scene.calling_browser(H264_MODE_1, Some(QCIF));
        scene.plain(Side::Callee, format.clone());
        scene.apply(Step::Start {
            flows: Flows::From(Side::Caller),
        });
        let sent = format::h264(PacketizationMode::NonInterleaved);
        let camera = Camera::new(VideoCodec::H264, &sent, (176, 144), 128_000);
        scene.browser(Side::Caller).camera = Some(camera);
        scene.plain_screen = Some(Screen::new(VideoCodec::H264, &format));
        scene.run(Duration::from_secs(4));
        assert_live(scene.plain_screen.as_ref().unwrap(), 45);
        assert!(
            scene.transcoders[0].is_none(),
            "passed through, not transcoded"
        );
        assert!(
            scene.browser(Side::Caller).keyframes_asked > 0,
            "a handset that cannot ask gets keyframes all the same"
        );
    }
}

#[test]
fn a_handsets_h264_passes_through_to_a_browser() {
    let format = format::h264(PacketizationMode::SingleNal);
    let mut scene = Scene::new();
    let codec = scene.called_browser(vec![H264_MODE_1, WebCodec::Vp8], Direction::SendOnly);
    assert_eq!(codec, H264_MODE_1);
    scene.plain(Side::Caller, format.clone());
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    let camera = Camera::new(VideoCodec::H264, &format, (176, 144), 128_000);
    scene.plain_camera = Some((Side::Caller, camera));
    let received = format::h264(PacketizationMode::NonInterleaved);
    scene.browser(Side::Callee).screen = Some(Screen::new(VideoCodec::H264, &received));
    scene.run(Duration::from_secs(2));
    // The picture that carried the first keyframe may have come before DTLS was up: the browser
    // asks, and INFO goes to the handset.
    scene.plain_camera.as_mut().unwrap().1.force = ForceKeyframe::Yes;
    scene.run(Duration::from_secs(4));
    let asked = "FastUpdateWanted { side: Caller }";
    assert!(
        scene.events.iter().any(|event| event == asked),
        "{:?}",
        scene.events
    );
    assert_live(scene.browser(Side::Callee).screen.as_ref().unwrap(), 45);
}

#[test]
fn two_browsers_share_without_a_codec_between_them() {
    let mut scene = Scene::new();
    scene.called_browser(vec![WebCodec::Vp8], Direction::SendOnly);
    scene.calling_browser(WebCodec::Vp8, None);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    scene.browser(Side::Caller).camera = Some(Camera::new(
        VideoCodec::Vp8,
        &Format::Vp8,
        (640, 480),
        600_000,
    ));
    scene.browser(Side::Callee).screen = Some(Screen::new(VideoCodec::Vp8, &Format::Vp8));
    scene.run(Duration::from_secs(5));
    assert_live(scene.browser(Side::Callee).screen.as_ref().unwrap(), 45);
    assert!(scene.transcoders.iter().all(Option::is_none));
}

#[test]
fn a_strangers_packets_are_neither_shown_nor_do_they_end_the_share() {
    let mut scene = Scene::new();
    scene.called_browser(vec![WebCodec::Vp8], Direction::SendOnly);
    scene.plain(Side::Caller, Format::H263);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    let mut stranger = Camera::new(VideoCodec::H263, &Format::H263, (176, 144), 64_000);
    scene.browser(Side::Callee).screen = Some(Screen::new(VideoCodec::Vp8, &Format::Vp8));
    for _ in 0..40 {
        for packet in stranger.shoot() {
            let input = Input::Rtp {
                side: Side::Caller,
                medium: Medium::Video,
                source: "198.51.100.1:7000".parse().unwrap(),
                bytes: packet.to_bytes(),
            };
            scene.bridge.handle(input, scene.now);
        }
        scene.run(STEP * FRAME_EVERY);
    }
    let screen = scene.browser(Side::Callee).screen.as_ref().unwrap();
    assert_eq!(screen.counters, [0_u16; 0]);
}

/// R6.14, R1.28.
#[test]
fn a_silent_handset_and_a_closed_page_are_reported_once() {
    let mut scene = Scene::new();
    scene.called_browser(vec![WebCodec::Vp8], Direction::SendOnly);
    scene.plain(Side::Caller, Format::H263);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    scene.run(Duration::from_secs(25));
    let silent = "Lost { side: Caller, cause: Silent }";
    let count = scene.events.iter().filter(|event| *event == silent).count();
    assert_eq!(count, 1, "{:?}", scene.events);
    scene.browsers.clear();
    scene.run(Duration::from_secs(40));
    let closed = "Lost { side: Callee, cause: Unreachable }";
    let count = scene.events.iter().filter(|event| *event == closed).count();
    assert_eq!(count, 1, "{:?}", scene.events);
}

#[test]
fn a_page_goes_on_watching_until_another_takes_its_place() {
    let mut scene = Scene::new();
    let side = Side::Callee;
    scene.called_browser(vec![WebCodec::Vp8], Direction::SendOnly);
    scene.calling_browser(WebCodec::Vp8, None);
    let flows = Flows::From(Side::Caller);
    scene.apply(Step::Start { flows });
    let camera = Camera::new(VideoCodec::Vp8, &Format::Vp8, (640, 480), 600_000);
    scene.browser(Side::Caller).camera = Some(camera);
    scene.browser(side).screen = Some(Screen::new(VideoCodec::Vp8, &Format::Vp8));
    let next = Step::WebOfferNext {
        side,
        video: Some(VideoOffer {
            codecs: vec![WebCodec::Vp8],
            direction: Direction::SendOnly,
        }),
        audio: None,
    };
    assert!(matches!(
        scene.apply(next),
        Some(BridgeReply::Description { .. })
    ));
    scene.run(Duration::from_secs(5));
    assert_live(scene.browser(side).screen.as_ref().unwrap(), 45);

    let answer = "nonsense".to_owned();
    let failed = scene.apply(Step::WebAcceptNext { side, answer });
    assert!(matches!(failed, Some(BridgeReply::Failed { .. })));
    scene.run(Duration::from_secs(1));
    assert_live(scene.browser(side).screen.as_ref().unwrap(), 55);
    let next = Step::WebOfferNext {
        side,
        video: Some(VideoOffer {
            codecs: vec![WebCodec::Vp8],
            direction: Direction::SendOnly,
        }),
        audio: None,
    };
    let Some(BridgeReply::Description { sdp, .. }) = scene.apply(next) else {
        panic!("no offer");
    };
    scene.run(Duration::from_secs(20));
    let mut other = Browser::new(6002, WebCodec::Vp8, scene.now);
    let answer = other.answer(&sdp);
    let accepted = scene.apply(Step::WebAcceptNext { side, answer });
    assert!(matches!(accepted, Some(BridgeReply::WebAccepted { .. })));
    other.screen = Some(Screen::new(VideoCodec::Vp8, &Format::Vp8));
    scene.browsers.retain(|(of, _)| *of != side);
    scene.browsers.push((side, other));
    scene.apply(Step::Start { flows });
    scene.run(Duration::from_secs(5));
    assert_live(scene.browser(side).screen.as_ref().unwrap(), 45);
}
