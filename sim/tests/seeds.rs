//! Thousands of calls over bad networks, each from its seed.

use std::time::Instant;

/// Runs these seeds and fails with the first of those that broke a rule.
fn check(seeds: std::ops::Range<u64>) {
    let origin = Instant::now();
    let mut failures = Vec::new();
    let mut calls = 0;
    for seed in seeds.clone() {
        let report = sim::run(seed, origin);
        calls += report.calls;
        failures.extend(report.failure());
    }
    assert!(
        failures.is_empty(),
        "{} of {} seeds failed\n{}",
        failures.len(),
        seeds.end - seeds.start,
        failures[..failures.len().min(5)].join("\n")
    );
    assert!(calls > 0, "nobody called");
}

// Parts of their own, so that they run beside each other.

#[test]
fn every_rule_is_kept_from_seed_0_on() {
    check(0..seeds());
}

#[test]
fn every_rule_is_kept_from_the_next_seeds_on() {
    check(seeds()..2 * seeds());
}

#[test]
fn one_seed_is_played_again_as_it_was() {
    let seed = std::env::var("SIM_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let once = sim::replay(seed, Instant::now());
    assert_eq!(once, sim::replay(seed, Instant::now()));
    println!("{once}");
}

/// How many in each part; more with `SIM_SEEDS`.
fn seeds() -> u64 {
    let seeds = std::env::var("SIM_SEEDS").ok();
    seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(500)
}
