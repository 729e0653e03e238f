//! Loss between the ends: no picture with a hole is shown, and pictures are back within a second
//! of the loss ending. Real codecs, DTLS and SRTP, in simulated time.

use media::rtp::feedback::Feedback;

use super::handset::Asks;
use super::*;

const H264_MODE_0: Format = Format::H264 {
    mode: PacketizationMode::SingleNal,
    parameter_sets: Vec::new(),
};
const H264_IN_BROWSER: Format = Format::H264 {
    mode: PacketizationMode::NonInterleaved,
    parameter_sets: Vec::new(),
};
fn mp4v() -> Format {
    Format::Mp4v {
        configuration: Vec::new(),
    }
}

const ALL: Feedback = Feedback {
    nack: true,
    pli: true,
    fir: true,
    tmmbr: true,
};
const FIR: Feedback = Feedback {
    nack: false,
    pli: false,
    fir: true,
    tmmbr: false,
};
const NONE: Feedback = Feedback {
    nack: false,
    pli: false,
    fir: false,
    tmmbr: false,
};

const LOSSES: [Loss; 2] = [
    Loss::Random(100),
    Loss::Bursts {
        every: Duration::from_millis(900),
        length: Duration::from_millis(250),
    },
];

/// A browser and a plain peer, one of which shows its camera to the other.
pub(super) fn scene(
    (web, web_format): (WebCodec, Format),
    (plain_codec, plain_format): (VideoCodec, Format),
    (feedback, asks): (Feedback, Asks),
    from: Side,
) -> Scene {
    let mut scene = Scene::new();
    scene.calling_browser_both_ways(web);
    let format = StreamFormat {
        payload: plain_format.clone(),
        payload_type: 96,
        limit: QCIF,
        orientation: None,
    };
    scene.plain_with_feedback(Side::Callee, format, feedback);
    scene.apply(Step::Start {
        flows: Flows::From(from),
    });
    let mut handset = Handset::new(feedback, asks, scene.now);
    let web_codec = StreamFormat::of_web(web).codec();
    match from {
        Side::Caller => {
            let camera = Camera::new(web_codec, &web_format, (176, 144), 96_000);
            scene.browser(Side::Caller).camera = Some(camera);
            handset.screen = Some(Screen::new(plain_codec, &plain_format));
        }
        Side::Callee => {
            handset.camera = Some(Camera::new(plain_codec, &plain_format, (176, 144), 64_000));
            scene.browser(Side::Caller).screen = Some(Screen::new(web_codec, &web_format));
        }
    }
    scene.handset = Some((Side::Callee, handset));
    scene
}

impl Scene {
    pub(super) fn viewer(&mut self, from: Side) -> &mut Screen {
        let screen = match from {
            Side::Caller => self.handset.as_mut().unwrap().1.screen.as_mut(),
            Side::Callee => self.browser(Side::Caller).screen.as_mut(),
        };
        screen.unwrap()
    }
}

/// Three seconds of loss after two without; then a second to recover, and a second to be live in.
fn check(name: &str, mut scene: Scene, from: Side, loss: Loss, seed: u64) {
    scene.run(Duration::from_secs(3));
    let before = scene.viewer(from).counters.len();
    assert!(before > 15, "{name}: {before} pictures before the loss");
    scene.network = Network::new(loss, seed);
    scene.run(Duration::from_secs(3));
    assert!(scene.network.lost > 5, "{name}");
    scene.network = Network::whole();
    scene.run(Duration::from_secs(1));
    let recovered = scene.viewer(from).counters.len();
    scene.run(Duration::from_secs(1));
    let screen = scene.viewer(from);
    let live = screen.counters.len() - recovered;
    assert!(
        live >= 14,
        "{name} {loss:?} {seed}: {live} pictures in the second after recovery"
    );
    assert!(screen.counters.is_sorted(), "{name}: {:?}", screen.counters);
    let garbage = screen.garbage;
    assert_eq!(
        garbage, 0,
        "{name} {loss:?} {seed}: pictures that show nothing right"
    );
}

fn every_loss(name: &str, make: impl Fn() -> Scene, from: Side) {
    for (loss, seed) in [(LOSSES[0], 0), (LOSSES[0], 1), (LOSSES[1], 0)] {
        check(name, make(), from, loss, seed);
    }
}

#[test]
fn a_browsers_camera_recovers_at_a_plain_peer_of_every_codec() {
    let from = Side::Caller;
    let by_info = (NONE, Asks::ByInfo);
    let h264 = || (H264_MODE_1, H264_IN_BROWSER);
    let vp8 = || (WebCodec::Vp8, Format::Vp8);
    every_loss(
        "VP8 to H.263, INFO",
        || scene(vp8(), (VideoCodec::H263, Format::H263), by_info, from),
        from,
    );
    every_loss(
        "VP8 to H.264, PLI and NACK",
        || {
            scene(
                vp8(),
                (VideoCodec::H264, H264_MODE_0),
                (ALL, Asks::ByRtcp),
                from,
            )
        },
        from,
    );
    every_loss(
        "VP8 to MPEG-4, INFO",
        || scene(vp8(), (VideoCodec::Mpeg4, mp4v()), by_info, from),
        from,
    );
    every_loss(
        "H.264 through, FIR",
        || {
            scene(
                h264(),
                (VideoCodec::H264, H264_MODE_0),
                (FIR, Asks::ByRtcp),
                from,
            )
        },
        from,
    );
}

#[test]
fn a_plain_peers_camera_recovers_in_a_browser_of_every_codec() {
    let from = Side::Callee;
    let by_info = (NONE, Asks::ByInfo);
    let h264 = || (H264_MODE_1, H264_IN_BROWSER);
    let vp8 = || (WebCodec::Vp8, Format::Vp8);
    every_loss(
        "H.263 to VP8, INFO",
        || {
            scene(
                vp8(),
                (VideoCodec::H263, Format::H263Plus),
                (NONE, Asks::ByInfo),
                from,
            )
        },
        from,
    );
    every_loss(
        "H.264 to VP8, NACK and PLI",
        || {
            scene(
                vp8(),
                (VideoCodec::H264, H264_MODE_0),
                (ALL, Asks::ByRtcp),
                from,
            )
        },
        from,
    );
    every_loss(
        "MPEG-4 to VP8, INFO",
        || scene(vp8(), (VideoCodec::Mpeg4, mp4v()), by_info, from),
        from,
    );
    every_loss(
        "H.264 through, FIR",
        || {
            scene(
                h264(),
                (VideoCodec::H264, H264_MODE_0),
                (FIR, Asks::ByRtcp),
                from,
            )
        },
        from,
    );
}

#[test]
fn a_peer_that_cannot_ask_is_back_with_the_next_periodic_keyframe() {
    let from = Side::Caller;
    let vp8 = (WebCodec::Vp8, Format::Vp8);
    let plain = (VideoCodec::H263, Format::H263);
    let mut scene = scene(vp8, plain, (NONE, Asks::ByRtcp), from);
    scene.run(Duration::from_secs(3));
    scene.network = Network::new(LOSSES[0], 1);
    scene.run(Duration::from_secs(3));
    scene.network = Network::whole();
    scene.run(Duration::from_secs(3) + Duration::from_millis(300));
    let recovered = scene.viewer(from).counters.len();
    scene.run(Duration::from_secs(1));
    assert!(scene.viewer(from).counters.len() - recovered >= 14);
    assert_eq!(scene.viewer(from).garbage, 0);
}

#[test]
fn two_browsers_recover_by_themselves() {
    for loss in LOSSES {
        let mut scene = Scene::new();
        scene.called_browser(vec![WebCodec::Vp8], Direction::SendOnly);
        scene.calling_browser(WebCodec::Vp8, None);
        scene.apply(Step::Start {
            flows: Flows::From(Side::Caller),
        });
        let camera = Camera::new(VideoCodec::Vp8, &Format::Vp8, (320, 240), 256_000);
        scene.browser(Side::Caller).camera = Some(camera);
        scene.browser(Side::Callee).screen = Some(Screen::new(VideoCodec::Vp8, &Format::Vp8));
        scene.run(Duration::from_secs(3));
        scene.network = Network::new(loss, 3);
        scene.run(Duration::from_secs(3));
        scene.network = Network::whole();
        scene.run(Duration::from_secs(1));
        let shown = |scene: &mut Scene| {
            let screen = scene.browser(Side::Callee).screen.as_ref().unwrap();
            assert_eq!(screen.garbage, 0);
            screen.counters.len()
        };
        let recovered = shown(&mut scene);
        scene.run(Duration::from_secs(1));
        assert!(shown(&mut scene) - recovered >= 14, "{loss:?}");
    }
}

#[test]
fn a_browser_is_asked_for_lost_packets_and_answers_are_sent_again_by_their_own_payload_type() {
    let mut scene = Scene::new();
    let answer = scene.calling_browser_both_ways(WebCodec::Vp8);
    for line in [
        "a=rtcp-fb:",
        " nack\r\n",
        " nack pli\r\n",
        "rtx/90000",
        "apt=",
    ] {
        assert!(answer.contains(line), "{line}: {answer}");
    }
    let mut scene = Scene::new();
    let Some(BridgeReply::Description { sdp, .. }) = scene.apply(Step::WebOffer {
        side: Side::Callee,
        video: Some(VideoOffer {
            codecs: vec![WebCodec::Vp8, H264_MODE_1],
            direction: Direction::SendRecv,
        }),
        audio: None,
    }) else {
        panic!("no offer");
    };
    assert_eq!(sdp.matches("rtx/90000").count(), 2, "{sdp}");
    assert_eq!(sdp.matches(" nack\r\n").count(), 2, "{sdp}");
}
