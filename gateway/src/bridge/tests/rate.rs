//! Rates in whole bridges: who is told to send less, and what then comes out.

use media::rtp::rtcp::{self, Chunk, RateEntry, ReportBlock, Rtcp};

use super::*;

/// A browser that shows its camera to a handset with H.263.
fn shared_with_a_handset() -> Scene {
    let mut scene = Scene::new();
    scene.calling_browser(WebCodec::Vp8, Some(QCIF));
    scene.plain(Side::Callee, Format::H263Plus);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    scene.browser(Side::Caller).camera = Some(Camera::new(
        VideoCodec::Vp8,
        &Format::Vp8,
        (352, 288),
        300_000,
    ));
    scene
}

/// R6.4.
#[test]
fn a_sending_browser_is_held_to_what_the_handsets_encoder_can_use() {
    let mut scene = shared_with_a_handset();
    scene.run(Duration::from_secs(8));
    let told = &scene.browser(Side::Caller).limits;
    assert!(told.len() >= 2, "said again in case it was lost: {told:?}");
    assert!(
        told.iter().all(|limit| limit.abs_diff(320_000) < 1000),
        "{told:?}"
    );
}

#[test]
fn what_a_watching_browsers_network_bears_is_passed_on_to_the_sending_browser() {
    let mut scene = Scene::new();
    scene.calling_browser(WebCodec::Vp8, None);
    scene.called_browser(vec![WebCodec::Vp8], Direction::SendOnly);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    scene.browser(Side::Caller).camera = Some(Camera::new(
        VideoCodec::Vp8,
        &Format::Vp8,
        (352, 288),
        300_000,
    ));
    scene.run(Duration::from_secs(2));
    scene.browser(Side::Callee).limit_sender(150_000);
    scene.run(Duration::from_secs(2));
    let told = scene.browser(Side::Caller).limits.last().copied();
    assert!(
        told.is_some_and(|limit| limit.abs_diff(150_000) < 1000),
        "{told:?}"
    );
}

/// What the handset says of the stream it watches: this share of it lost, in 1/256.
fn report(scene: &mut Scene, fraction_lost: u8) {
    let Some(last) = scene.plain_seen.last() else {
        return;
    };
    let block = ReportBlock {
        ssrc: last.ssrc,
        fraction_lost,
        cumulative_lost: 0,
        highest_sequence: u32::from(last.sequence),
        jitter: 0,
        last_sender_report: 0,
        delay_since_last: 0,
    };
    let report = Rtcp::ReceiverReport {
        ssrc: 7,
        reports: vec![block],
    };
    send_rtcp(scene, vec![report]);
}

/// From the handset, with its name.
fn send_rtcp(scene: &mut Scene, mut compound: Vec<Rtcp>) {
    compound.insert(
        1,
        Rtcp::SourceDescription(vec![Chunk {
            ssrc: 7,
            cname: Some("handset".to_owned()),
        }]),
    );
    let address = scene.plain_at;
    let input = Input::Rtcp {
        side: Side::Callee,
        medium: Medium::Video,
        source: SocketAddr::new(address.ip(), address.port() + 1),
        bytes: rtcp::to_bytes(&compound),
    };
    scene.bridge.handle(input, scene.now);
}

/// Bits a second that the handset got, headers not counted.
fn received(scene: &mut Scene, time: Duration) -> u64 {
    scene.plain_seen.clear();
    scene.run(time);
    let bytes: usize = scene
        .plain_seen
        .iter()
        .map(|packet| packet.payload.len())
        .sum();
    bytes as u64 * 8 / time.as_secs()
}

#[test]
fn a_handset_that_loses_packets_gets_fewer_bits_until_it_loses_none() {
    let mut scene = shared_with_a_handset();
    scene.run(Duration::from_secs(3));
    let before = received(&mut scene, Duration::from_secs(4));
    for _ in 0..5 {
        report(&mut scene, 100);
        scene.run(Duration::from_secs(2));
    }
    let congested = received(&mut scene, Duration::from_secs(4));
    assert!(congested * 10 < before * 6, "{congested} of {before} bit/s");
    for _ in 0..12 {
        report(&mut scene, 0);
        scene.run(Duration::from_secs(2));
    }
    let after = received(&mut scene, Duration::from_secs(4));
    assert!(after * 10 > before * 8, "{after} of {before} bit/s");
}

/// A browser whose H.264 a handset with feedback watches as it is.
fn passed_to_a_handset() -> Scene {
    let mut scene = Scene::new();
    scene.calling_browser(H264_MODE_1, Some(QCIF));
    let format = format::h264(PacketizationMode::NonInterleaved);
    let stream = StreamFormat {
        payload: format.clone(),
        payload_type: 96,
        limit: QCIF,
        orientation: None,
    };
    let feedback = Feedback {
        nack: true,
        pli: true,
        fir: true,
        tmmbr: true,
    };
    scene.plain_with_feedback(Side::Callee, stream, feedback);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    let camera = Camera::new(VideoCodec::H264, &format, (176, 144), 60_000);
    scene.browser(Side::Caller).camera = Some(camera);
    scene.run(Duration::from_secs(3));
    scene
}

fn told(scene: &mut Scene) -> u64 {
    let limits = &scene.browser(Side::Caller).limits;
    limits.last().copied().unwrap()
}

/// RFC 5104 §4.2.1, R6.4.
#[test]
fn what_a_handset_asks_for_is_passed_on_to_the_browser_whose_pictures_pass() {
    let mut scene = passed_to_a_handset();
    let agreed = u64::from(QCIF.bits_per_second);
    assert!(told(&mut scene).abs_diff(agreed) < 1000, "the agreement");
    let ssrc = scene.plain_seen.last().unwrap().ssrc;
    let limit = RateEntry {
        ssrc,
        bits_per_second: 40_000,
        overhead_bytes: 0,
    };
    let report = Rtcp::ReceiverReport {
        ssrc: 7,
        reports: Vec::new(),
    };
    let request = Rtcp::RateRequest {
        sender: 7,
        entries: vec![limit],
    };
    send_rtcp(&mut scene, vec![report, request]);
    scene.run(Duration::from_secs(1));
    let asked = told(&mut scene);
    assert!(asked.abs_diff(40_000) < 1000, "{asked}");
}

#[test]
fn what_a_handset_loses_is_passed_on_to_the_browser_whose_pictures_pass() {
    let mut scene = passed_to_a_handset();
    let before = told(&mut scene);
    for _ in 0..4 {
        report(&mut scene, 100);
        scene.run(Duration::from_secs(2));
    }
    let after = told(&mut scene);
    assert!(after * 10 < before * 7, "{after} of {before} bit/s");
    assert!(
        scene.transcoders[0].is_none(),
        "passed through all the time"
    );
}
