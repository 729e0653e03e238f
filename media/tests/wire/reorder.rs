use std::time::{Duration, Instant};

use media::rtp::RtpPacket;
use media::rtp::reorder::{MAX_WAITING_PACKETS, Pushed, ReorderBuffer};
use media::rtp::sequence::{Arrival, SequenceTracker};

/// Packets arrive at their milliseconds; each line tells what came out when.
fn check(arrivals: &[(u64, u64)], until: u64, expected: &[(u64, u64)]) {
    for may_pass in [false, true] {
        assert_eq!(given(arrivals, until, may_pass), expected);
    }
}

/// With or without the short way for what is in order.
fn given(arrivals: &[(u64, u64)], until: u64, may_pass: bool) -> Vec<(u64, u64)> {
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    let mut buffer = ReorderBuffer::new(Duration::from_millis(60));
    let mut given = Vec::new();
    for ms in 0..=until {
        for &(_, number) in arrivals.iter().filter(|(arrival, _)| *arrival == ms) {
            let packet = RtpPacket {
                sequence: number as u16,
                ..RtpPacket::default()
            };
            let packet = match may_pass {
                true => buffer.pass(number, packet),
                false => Err(packet),
            };
            match packet {
                Ok(packet) => given.push((ms, u64::from(packet.sequence))),
                Err(packet) => {
                    buffer.push(number, packet, at(ms));
                }
            }
        }
        let due = buffer.poll_timeout();
        while let Some(packet) = buffer.pop(at(ms)) {
            given.push((ms, u64::from(packet.sequence)));
        }
        assert!(
            buffer.poll_timeout().is_none_or(|due| due > at(ms)),
            "{due:?}"
        );
    }
    given
}

#[test]
fn packets_in_order_pass_at_once() {
    check(
        &[(0, 10), (1, 11), (2, 12)],
        5,
        &[(0, 10), (1, 11), (2, 12)],
    );
}

#[test]
fn packets_out_of_order_are_put_in_order() {
    check(
        &[(0, 10), (1, 12), (5, 11)],
        80,
        &[(0, 10), (5, 11), (5, 12)],
    );
}

#[test]
fn a_missing_packet_holds_the_others_for_sixty_milliseconds() {
    check(
        &[(0, 10), (5, 12), (6, 13), (90, 11)],
        99,
        &[(0, 10), (65, 12), (65, 13)],
    );
}

#[test]
fn two_holes_have_their_time_each() {
    check(
        &[(0, 10), (5, 12), (50, 14)],
        199,
        &[(0, 10), (65, 12), (110, 14)],
    );
}

#[test]
fn repetitions_are_given_out_once() {
    check(
        &[(0, 10), (1, 10), (2, 12), (3, 12), (4, 11)],
        99,
        &[(0, 10), (4, 11), (4, 12)],
    );
}

#[test]
fn a_hole_is_given_up_when_too_many_wait() {
    let now = Instant::now();
    let mut buffer = ReorderBuffer::new(Duration::from_secs(60));
    buffer.push(0, RtpPacket::default(), now);
    assert!(buffer.pop(now).is_some());
    for number in 2..2 + MAX_WAITING_PACKETS as u64 {
        assert_eq!(buffer.push(number, RtpPacket::default(), now), Pushed::Kept);
        assert_eq!(buffer.pop(now), None);
    }
    buffer.push(1000, RtpPacket::default(), now);
    assert!(buffer.pop(now).is_some());
}

#[test]
fn sequence_numbers_extend_over_the_wrap_and_begin_anew_after_a_leap() {
    let mut tracker = SequenceTracker::new(65_534);
    let steps = [
        (65_534, Arrival::Accepted(131_070)),
        (65_535, Arrival::Accepted(131_071)),
        (1, Arrival::Accepted(131_073)),
        (0, Arrival::Accepted(131_072)),
        (65_500, Arrival::Accepted(131_036)),
        (40_000, Arrival::Suspect),
        (2, Arrival::Accepted(131_074)),
        (40_001, Arrival::Suspect),
        (40_002, Arrival::Restarted(105_538)),
    ];
    for (sequence, expected) in steps {
        assert_eq!(tracker.update(sequence), expected, "{sequence}");
    }
    assert_eq!(
        (tracker.expected(), tracker.reported_highest()),
        (1, 40_002)
    );
}
