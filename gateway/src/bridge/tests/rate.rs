//! Rates in whole bridges: who is told to send less, and what then comes out.

use media::rtp::rtcp::{self, Chunk, ReportBlock, Rtcp};

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
    let compound = [
        Rtcp::ReceiverReport {
            ssrc: 7,
            reports: vec![block],
        },
        Rtcp::SourceDescription(vec![Chunk {
            ssrc: 7,
            cname: Some("handset".to_owned()),
        }]),
    ];
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
