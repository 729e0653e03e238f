//! What a share costs between its packets.

use super::*;

/// A session looks for holes thirty times a second, reports its transport and estimates its path, each
/// at its own time. Where nothing is missing all that has time.
#[test]
fn a_share_that_loses_nothing_is_woken_by_its_packets_and_rarely_beside_them() {
    const SECONDS: u32 = 4;
    let mut scene = Scene::new();
    scene.calling_browser(WebCodec::Vp8, None);
    let camera = Camera::new(VideoCodec::Vp8, &Format::Vp8, (176, 144), 100_000);
    scene.browser(Side::Caller).camera = Some(camera);
    scene.plain(Side::Callee, Format::H263);
    scene.plain_screen = Some(Screen::new(VideoCodec::H263, &Format::H263));
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    scene.run(Duration::from_secs(3));
    let mut wakes = 0;
    for millisecond in 0..SECONDS * 1000 {
        scene.now += Duration::from_millis(1);
        let now = scene.now;
        if millisecond % 66 == 0 {
            scene.browser(Side::Caller).shoot(now);
        }
        if scene.bridge.poll_timeout().is_some_and(|at| at <= now) {
            scene.bridge.handle_timeout(now);
            wakes += 1;
        }
        scene.exchange();
    }
    assert!(wakes <= 26 * SECONDS, "{wakes} in {SECONDS} s");
    assert_live(scene.plain_screen.as_ref().unwrap(), 90);
}
