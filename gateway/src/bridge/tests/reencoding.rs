//! Pictures of the viewer's own codec that it cannot take as they are.

use media::codec::EncoderConfig;
use media::picture::Rotation;
use media::rtp::orientation::extension;

use super::*;

const FROM_BROWSER: Format = Format::H264 {
    mode: PacketizationMode::NonInterleaved,
    parameter_sets: Vec::new(),
};

const QCIF_CAMERA: EncoderConfig = EncoderConfig {
    codec: VideoCodec::H264,
    width: 176,
    height: 144,
    frames_per_second: 15,
    bits_per_second: 128_000,
    max_slice_bytes: 1100,
};

/// A browser shows its camera to a handset; the screen, and what became of the pictures.
fn shown(camera: EncoderConfig, handset: StreamFormat) -> (Screen, Scene) {
    let mut scene = Scene::new();
    scene.calling_browser(H264_MODE_1, Some(handset.limit));
    let screen = Screen::new(VideoCodec::H264, &handset.payload);
    scene.plain_with(Side::Callee, handset);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    let camera = Camera::with(camera, &FROM_BROWSER);
    scene.browser(Side::Caller).camera = Some(camera);
    scene.plain_screen = Some(screen);
    scene.run(Duration::from_secs(8));
    (scene.plain_screen.take().unwrap(), scene)
}

fn handset_of(mode: PacketizationMode, limit: PictureLimit) -> StreamFormat {
    StreamFormat {
        payload: format::h264(mode),
        payload_type: 96,
        limit,
        orientation: None,
    }
}

fn assert_reencoded(scene: &Scene, side: &str, why: &str) {
    let expected = format!("Reencoding {{ side: {side}, why: {why} }}");
    let all = |event: &&String| event.starts_with("Reencoding");
    let events: Vec<&String> = scene.events.iter().filter(all).collect();
    assert_eq!(events, [&expected]);
}

#[test]
fn slices_that_do_not_fit_a_packet_of_mode_0_are_encoded_in_smaller_ones() {
    let camera = EncoderConfig {
        max_slice_bytes: 60_000,
        ..QCIF_CAMERA
    };
    let handset = handset_of(PacketizationMode::SingleNal, QCIF);
    let (screen, scene) = shown(camera, handset);
    assert_reencoded(&scene, "Callee", "Unpackable");
    assert_live(&screen, 90);
    let types = scene.plain_seen.iter().map(|packet| packet.payload[0] & 31);
    assert!(types.into_iter().all(|kind| kind < 24), "single units");
}

/// R6.5.
#[test]
fn pictures_beyond_the_handsets_level_are_made_smaller() {
    let camera = EncoderConfig {
        width: 640,
        height: 480,
        bits_per_second: 600_000,
        ..QCIF_CAMERA
    };
    let (screen, scene) = shown(camera, handset_of(PacketizationMode::NonInterleaved, QCIF));
    assert_reencoded(&scene, "Callee", "TooLarge");
    assert_live(&screen, 90);
    assert!(screen.sizes.iter().all(|size| *size == (176, 144)));
}

#[test]
fn a_browser_that_comes_down_to_the_handsets_level_is_passed_on_again() {
    let mut scene = Scene::new();
    scene.calling_browser(H264_MODE_1, Some(QCIF));
    let handset = handset_of(PacketizationMode::NonInterleaved, QCIF);
    scene.plain_screen = Some(Screen::new(VideoCodec::H264, &handset.payload));
    scene.plain_with(Side::Callee, handset);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    for (width, height, seconds) in [(640, 480, 3), (144, 176, 4)] {
        let camera = EncoderConfig {
            width,
            height,
            bits_per_second: 300_000,
            ..QCIF_CAMERA
        };
        let time = scene
            .browser(Side::Caller)
            .camera
            .as_ref()
            .map(Camera::time);
        let mut camera = Camera::with(camera, &FROM_BROWSER);
        camera.go_on_from(time.unwrap_or_default());
        scene.browser(Side::Caller).camera = Some(camera);
        scene.run(Duration::from_secs(seconds));
    }
    assert_reencoded(&scene, "Callee", "TooLarge");
    let sizes = &scene.plain_screen.as_ref().unwrap().sizes;
    let came_down = sizes.iter().position(|size| *size == (144, 176)).unwrap();
    assert!(came_down > 30, "{sizes:?}");
    let (before, after) = sizes.split_at(came_down);
    assert!(before.iter().all(|size| *size == (176, 144)), "{sizes:?}");
    assert!(after.iter().all(|size| *size == (144, 176)), "{sizes:?}");
    assert!(after.len() > 45, "{}", after.len());
}

#[test]
fn a_portrait_within_the_handsets_level_is_passed_on() {
    let camera = EncoderConfig {
        width: 144,
        height: 176,
        ..QCIF_CAMERA
    };
    let (screen, scene) = shown(camera, handset_of(PacketizationMode::NonInterleaved, QCIF));
    assert!(scene.transcoders.iter().all(Option::is_none));
    assert!(screen.sizes.len() > 90 && screen.sizes.iter().all(|size| *size == (144, 176)));
}

/// R6.5.
#[test]
fn more_pictures_a_second_than_the_handsets_level_are_thinned() {
    let limit = PictureLimit {
        frames_per_second: 8,
        ..QCIF
    };
    let handset = handset_of(PacketizationMode::NonInterleaved, limit);
    let (screen, scene) = shown(QCIF_CAMERA, handset);
    assert_reencoded(&scene, "Callee", "TooMany");
    // Three seconds at 15 until it is seen, five at 8.
    assert_live(&screen, 70);
    assert!(screen.counters.len() < 100, "{}", screen.counters.len());
}

/// R6.13.
#[test]
fn a_handset_that_says_how_it_is_held_is_seen_upright() {
    let side = Side::Caller;
    let mut scene = Scene::new();
    scene.called_browser(vec![H264_MODE_1], Direction::SendOnly);
    let handset = handset_of(PacketizationMode::NonInterleaved, QCIF);
    scene.plain_with(
        side,
        StreamFormat {
            orientation: Some(4),
            ..handset
        },
    );
    scene.apply(Step::Start {
        flows: Flows::From(side),
    });
    let portrait = EncoderConfig {
        width: 144,
        height: 176,
        ..QCIF_CAMERA
    };
    let mut camera = Camera::with(portrait, &FROM_BROWSER);
    // Held so that the viewer must turn it clockwise by a quarter.
    camera.askew = Some((Rotation::ThreeQuarters, extension(Rotation::Quarter, 4)));
    scene.plain_camera = Some((side, camera));
    scene.browser(Side::Callee).screen = Some(Screen::new(VideoCodec::H264, &FROM_BROWSER));
    for _ in 0..6 {
        scene.plain_camera.as_mut().unwrap().1.force = ForceKeyframe::Yes;
        scene.run(Duration::from_secs(1));
    }
    assert_reencoded(&scene, "Callee", "Turned");
    let screen = scene.browser(Side::Callee).screen.as_ref().unwrap();
    assert_live(screen, 45);
    assert!(screen.sizes.iter().all(|size| *size == (176, 144)));
}

#[test]
fn browsers_are_not_told_that_somebody_else_turns_their_pictures() {
    let mut scene = Scene::new();
    let answer = scene.calling_browser(H264_MODE_1, Some(QCIF));
    assert!(answer.contains("extmap"), "{answer}");
    assert!(!answer.contains("video-orientation"), "{answer}");
}
