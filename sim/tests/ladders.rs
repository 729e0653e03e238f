//! Two scenes that are written down, with all that is sent in them.

use std::time::{Duration, Instant};

use sim::{Act, Cut, Manners, Scene, Weather};
use sip::transport::Transport;

/// B answers whatever comes at once, after a 183 with a description.
fn scene(transport: Transport, plans: [Vec<(u64, Act)>; 2]) -> Scene {
    let manners = Manners {
        answers_percent: 100,
        rings_percent: 0,
        early_media_percent: 100,
        thinks_ms: 0,
        ignores_percent: 0,
    };
    let timed = |plan: Vec<(u64, Act)>| {
        let acts = plan.into_iter();
        acts.map(|(ms, act)| (Duration::from_millis(ms), act))
            .collect()
    };
    Scene {
        transport,
        weather: Weather::FINE,
        manners: [manners; 2],
        plans: plans.map(timed),
        cuts: Vec::new(),
        length: Duration::from_secs(200),
    }
}

#[track_caller]
fn check(scene: &Scene, expected: &str) {
    let report = sim::play(2, scene, Instant::now());
    assert_eq!(report.failure(), None);
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(
        report.ladder,
        expected,
        "seen:\n{}",
        report.ladder.join("\n")
    );
}

#[test]
fn a_call_over_a_fine_link() {
    let plans = [
        vec![(0, Act::Call { offers: true }), (1_000, Act::HangUp)],
        Vec::new(),
    ];
    check(
        &scene(Transport::Udp, plans),
        "0 A > B INVITE 1
         10 B > A 100 (1 INVITE)
         10 B > A 183 (1 INVITE)
         10 B > A 200 (1 INVITE)
         20 A > B ACK 1
         1000 A > B BYE 2
         1010 B > A 200 (2 BYE)",
    );
}

#[test]
fn a_connection_that_is_cut_and_comes_back() {
    let plans = [
        vec![(0, Act::Call { offers: false }), (9_000, Act::HangUp)],
        vec![(9_000, Act::HangUp)],
    ];
    let mut scene = scene(Transport::Tcp, plans);
    scene.cuts.push(Cut {
        at: Duration::from_millis(500),
        back_after: Duration::from_secs(5),
    });
    check(
        &scene,
        "0 A > B INVITE 1
         10 B > A 100 (1 INVITE)
         10 B > A 183 (1 INVITE)
         10 B > A 200 (1 INVITE)
         20 A > B ACK 1
         500 -- cut
         9000 A > B BYE 2
         9000 B > A BYE 1
         9010 B > A 200 (2 BYE)
         9010 A > B 200 (1 BYE)",
    );
}
