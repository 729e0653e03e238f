use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn report(percent: u32) -> Input {
    Input::Report {
        fraction_lost: (percent * 256 / 100).min(255) as u8,
        round_trip: Some(Duration::from_millis(200)),
    }
}

/// What is said while the viewer's reports come every `seconds`, each with this many per cent lost.
fn said(controller: &mut Controller, start: Instant, seconds: u64, lost: &[u32]) -> Vec<u32> {
    let mut all = Vec::new();
    for (index, percent) in lost.iter().enumerate() {
        let now = start + Duration::from_secs(seconds * index as u64);
        controller.handle(report(*percent), now);
        all.extend(controller.poll_output(now));
    }
    all
}

#[test]
fn a_clean_way_leaves_the_agreed_rate_alone() {
    let mut controller = Controller::new(64_000);
    assert_eq!(
        said(&mut controller, Instant::now(), 4, &[0, 1, 0, 2, 0]),
        []
    );
    assert_eq!(controller.cause(), Cause::Agreement);
}

#[test]
fn a_little_loss_stops_growth_and_much_loss_takes_half_its_share() {
    let mut controller = Controller::new(64_000);
    let start = Instant::now();
    assert_eq!(said(&mut controller, start, 4, &[5, 5, 9]), []);
    let later = start + Duration::from_secs(20);
    assert_eq!(
        said(&mut controller, later, 4, &[20, 20, 20]),
        [57_625, 51_885, 46_716]
    );
    assert_eq!(controller.cause(), Cause::Loss);
}

#[test]
fn the_rate_comes_back_to_the_ceiling_once_loss_ends() {
    let mut controller = Controller::new(64_000);
    let start = Instant::now();
    said(&mut controller, start, 4, &[50; 10]);
    assert_eq!(controller.bits_per_second(), FLOOR_BITS_PER_SECOND);
    let later = start + Duration::from_secs(100);
    let back = said(&mut controller, later, 4, &[0; 10]);
    assert!(back.is_sorted(), "{back:?}");
    assert_eq!(back.last(), Some(&64_000));
    assert!(back.len() < 8, "{back:?}");
}

/// R6.4.
#[test]
fn the_lowest_of_what_is_known_counts() {
    let mut controller = Controller::new(128_000);
    let now = Instant::now();
    controller.handle(
        Input::Estimate {
            bits_per_second: 90_000,
        },
        now,
    );
    assert_eq!(controller.poll_output(now), Some(90_000));
    assert_eq!(controller.cause(), Cause::Network);
    controller.handle(
        Input::Limit {
            bits_per_second: 48_000,
        },
        now,
    );
    assert_eq!(controller.poll_output(now), Some(48_000));
    assert_eq!(controller.cause(), Cause::Viewer);
    let higher = Input::Limit {
        bits_per_second: 1_000_000,
    };
    controller.handle(higher, now);
    assert_eq!(controller.poll_output(now), None, "too soon after the last");
    let later = now + SHORTEST_RISE;
    assert_eq!(controller.poll_output(later), Some(90_000));
}

#[test]
fn a_ceiling_below_the_floor_stands() {
    let mut controller = Controller::new(12_000);
    let now = Instant::now();
    controller.handle(report(90), now);
    assert_eq!(controller.poll_output(now), None);
    assert_eq!(controller.bits_per_second(), 12_000);
}

fn inputs() -> impl Strategy<Value = Vec<(u64, Input)>> {
    let input = prop_oneof![
        (any::<u8>(), proptest::option::of(0..100_000u64)).prop_map(|(fraction_lost, trip)| {
            Input::Report {
                fraction_lost,
                round_trip: trip.map(Duration::from_millis),
            }
        }),
        any::<u32>().prop_map(|bits_per_second| Input::Limit { bits_per_second }),
        any::<u32>().prop_map(|bits_per_second| Input::Estimate { bits_per_second }),
    ];
    proptest::collection::vec((0..20_000u64, input), 0..60)
}

proptest! {
    #[test]
    fn whatever_comes_the_rate_stays_between_floor_and_ceiling(
        ceiling in 8_000..10_000_000u32,
        inputs in inputs(),
    ) {
        let mut now = Instant::now();
        let mut controller = Controller::new(ceiling);
        for (milliseconds, input) in inputs {
            now += Duration::from_millis(milliseconds);
            controller.handle(input, now);
            if let Some(said) = controller.poll_output(now) {
                prop_assert!(said <= ceiling);
                prop_assert!(said >= FLOOR_BITS_PER_SECOND.min(ceiling));
                prop_assert_eq!(said, controller.bits_per_second());
                prop_assert_eq!(controller.poll_output(now), None);
            }
        }
    }
}
