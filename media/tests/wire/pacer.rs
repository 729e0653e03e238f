use std::time::{Duration, Instant};

use media::rtp::pacer::{MAX_DELAY, MAX_QUEUED, MAX_SPREAD, Pacer};

/// Milliseconds at which the packets of the pictures go; a picture is (when, packets).
fn check(bits_per_second: u32, pictures: &[(u64, usize)], expected: &[u64]) {
    let start = Instant::now();
    let mut pacer = Pacer::new(bits_per_second);
    let mut sent = Vec::new();
    for ms in 0..1000 {
        let now = start + Duration::from_millis(ms);
        for &(_, packets) in pictures.iter().filter(|(when, _)| *when == ms) {
            pacer.push(vec![(1000, ()); packets], now).unwrap();
        }
        while pacer.pop(now).is_some() {
            sent.push(ms);
        }
    }
    assert_eq!(sent, expected);
}

#[test]
fn a_small_picture_goes_at_once() {
    check(64_000, &[(0, 1), (67, 1)], &[0, 125]);
}

#[test]
fn a_keyframe_is_spread_at_the_rate_and_never_beyond_the_bound() {
    check(1_000_000, &[(0, 5)], &[0, 8, 16, 24, 32]);
    check(64_000, &[(0, 6)], &[0, 25, 50, 75, 100, 125]);
}

#[test]
fn a_backlog_does_not_grow() {
    let pictures: Vec<(u64, usize)> = (0..12).map(|index| (index * 67, 6)).collect();
    let start = Instant::now();
    let mut pacer = Pacer::new(64_000);
    for (ms, packets) in pictures {
        let now = start + Duration::from_millis(ms);
        while pacer.pop(now).is_some() {}
        pacer.push(vec![(1000, ms); packets], now).unwrap();
        let end = now + MAX_DELAY + MAX_SPREAD;
        let mut last = now;
        while let Some(due) = pacer.poll_timeout().filter(|due| *due <= now) {
            last = due;
            pacer.pop(now);
        }
        assert!(last <= end && pacer.len() <= 6 * 6);
    }
}

#[test]
fn a_full_queue_refuses_the_whole_picture() {
    let now = Instant::now();
    let mut pacer = Pacer::new(64_000);
    pacer.push(vec![(1000, ()); MAX_QUEUED - 1], now).unwrap();
    assert_eq!(
        pacer.push(vec![(1000, ()); 2], now).unwrap_err().queued,
        MAX_QUEUED - 1
    );
    assert_eq!(pacer.len(), MAX_QUEUED - 1);
}

#[test]
fn packets_that_their_sender_has_spread_go_at_once_and_a_burst_is_spread_again() {
    let now = Instant::now();
    // 1000 bytes take 5 ms, of which 40 may be ahead.
    let mut pacer = Pacer::new(1_600_000);
    for _ in 0..12 {
        pacer.push_one(1000, (), now).unwrap();
    }
    let at_once = std::iter::from_fn(|| pacer.pop(now)).count();
    assert_eq!(at_once, 9, "as many as may be ahead, however they came");
    let mut now = now;
    let mut waits = Vec::new();
    while let Some(due) = pacer.poll_timeout() {
        waits.push(due.saturating_duration_since(now).as_millis());
        now = due.max(now);
        assert!(pacer.pop(now).is_some());
    }
    assert_eq!(waits, [5, 5, 5], "the queue keeps its order");
    for _ in 0..20 {
        now += Duration::from_millis(5);
        pacer.push_one(1000, (), now).unwrap();
        assert!(pacer.pop(now).is_some());
    }
}
