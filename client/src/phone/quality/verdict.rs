//! What holds the pictures back: one table of rules, the first that holds counts.
//!
//! Only the way between this page and the gateway is measured here. What is wrong while that way is
//! clean is wrong beyond the gateway.

use super::Usual;
use crate::phone::share::{Hindrance, Sample};
use crate::phone::state::Limited;

/// From here on a person sees it.
const LOSS_PER_THOUSAND: u32 = 30;
/// Above what it was at its best, packets queue up on the way.
const QUEUE_MILLISECONDS: u32 = 200;
/// Whatever it was at its best, this is a poor way.
const LONG_WAY_MILLISECONDS: u32 = 700;
/// One picture of so many that this device could not show in time.
const DROPPED_ONE_OF: u64 = 4;
/// What a camera of a page shows at least where nothing limits it.
const FULL_WIDTH: u32 = 640;
/// A phone of few pixels.
const SMALL: u64 = 352 * 288;

/// Of the newest samples, oldest first; there are at least two.
pub(super) fn of(window: &[Sample], usual: Usual) -> Limited {
    let (Some(first), Some(last)) = (window.first(), window.last()) else {
        return Limited::Measuring;
    };
    if is_my_network(first, last, usual) {
        return Limited::MyNetwork;
    }
    match last.is_sent {
        true => of_sent(window, last, usual),
        false => of_received(first, last, usual),
    }
}

fn is_my_network(first: &Sample, last: &Sample, usual: Usual) -> bool {
    let round_trip = last.round_trip_milliseconds.unwrap_or_default();
    let best = usual.round_trip_milliseconds.unwrap_or(round_trip);
    let silent = last.packets == first.packets && !is_answered(first, last);
    lost_per_thousand(first, last) >= LOSS_PER_THOUSAND
        || round_trip >= best.saturating_add(QUEUE_MILLISECONDS)
        || round_trip >= LONG_WAY_MILLISECONDS
        || (silent && !last.is_sent)
}

/// The gateway says that it hears us, whatever else it sends (RFC 7675); no figures say nothing.
fn is_answered(first: &Sample, last: &Sample) -> bool {
    last.checks_answered > first.checks_answered || last.checks_answered == 0
}

fn of_sent(window: &[Sample], last: &Sample, usual: Usual) -> Limited {
    let all = |hindrance: Hindrance| window.iter().all(|sample| sample.hindrance == hindrance);
    if all(Hindrance::Device) {
        return Limited::MyDevice;
    }
    let limit = usual.limit;
    let wanted = u64::from(limit.bits_per_second);
    // Seven tenths of what their phone takes.
    let narrow = wanted == 0 || last.target_bits_per_second * 10 < wanted * 7;
    if all(Hindrance::Network) && narrow && !usual.is_climbing {
        return Limited::TheirNetwork;
    }
    let small = (1..FULL_WIDTH).contains(&limit.width);
    match small || (wanted > 0 && last.target_bits_per_second * 10 >= wanted * 9) {
        true => Limited::TheirPhone,
        false => Limited::Nothing,
    }
}

fn of_received(first: &Sample, last: &Sample, usual: Usual) -> Limited {
    let frames = last.frames.saturating_sub(first.frames);
    let dropped = last.dropped.saturating_sub(first.dropped);
    if dropped > 0 && dropped * DROPPED_ONE_OF >= dropped + frames {
        return Limited::MyDevice;
    }
    let milliseconds = last.at_milliseconds.saturating_sub(first.at_milliseconds);
    let expected = u64::from(usual.frames_per_second) * milliseconds / 1000;
    if frames * 10 < expected * 6 {
        return Limited::TheirNetwork;
    }
    let pixels = u64::from(last.width) * u64::from(last.height);
    match pixels <= SMALL {
        true => Limited::TheirPhone,
        false => Limited::Nothing,
    }
}

/// Between two samples. What was counted twice may make fewer of them (RFC 3550 §6.4.1).
pub(super) fn lost_per_thousand(first: &Sample, last: &Sample) -> u32 {
    let lost = last.lost.saturating_sub(first.lost);
    let packets = last.packets.saturating_sub(first.packets);
    let all = match last.is_sent {
        true => packets.max(lost),
        false => packets + lost,
    };
    let share = (lost * 1000).checked_div(all).unwrap_or_default();
    u32::try_from(share).unwrap_or(1000).min(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::limit::Limit;

    const SECONDS: u64 = 6;

    /// The window's end; its beginning is all zeros but for what `first` says.
    fn check(what: &str, first: Sample, last: Sample, usual: Usual, expected: Limited) {
        let first = Sample {
            is_sent: last.is_sent,
            hindrance: last.hindrance,
            ..first
        };
        assert_eq!(of(&[first, last], usual), expected, "{what}");
    }

    fn sent() -> Sample {
        Sample {
            at_milliseconds: SECONDS * 1000,
            packets: 300,
            frames: 90,
            checks_answered: 3,
            round_trip_milliseconds: Some(20),
            target_bits_per_second: 60_000,
            width: 176,
            height: 144,
            is_sent: true,
            ..Sample::default()
        }
    }

    fn received() -> Sample {
        Sample {
            is_sent: false,
            width: 640,
            height: 480,
            ..sent()
        }
    }

    fn handset() -> Usual {
        Usual {
            limit: Limit {
                width: 176,
                height: 144,
                frames_per_second: 15,
                bits_per_second: 64_000,
            },
            frames_per_second: 15,
            round_trip_milliseconds: Some(20),
            is_climbing: false,
        }
    }

    fn page() -> Usual {
        Usual {
            limit: Limit::default(),
            ..handset()
        }
    }

    #[test]
    fn what_holds_back_the_pictures_that_one_sends() {
        let by = |hindrance, target_bits_per_second| Sample {
            hindrance,
            target_bits_per_second,
            ..sent()
        };
        let (mut climbing, mut far) = (page(), page());
        (climbing.is_climbing, far.round_trip_milliseconds) = (true, Some(800));
        let cases = [
            ("a small phone", sent(), handset(), Limited::TheirPhone),
            ("another page", sent(), page(), Limited::Nothing),
            (
                "its network takes half of what it can show",
                by(Hindrance::Network, 30_000),
                handset(),
                Limited::TheirNetwork,
            ),
            (
                "the browser feels held back at what the phone can show",
                by(Hindrance::Network, 62_000),
                handset(),
                Limited::TheirPhone,
            ),
            (
                "the browser has just begun",
                by(Hindrance::Network, 30_000),
                climbing,
                Limited::Nothing,
            ),
            (
                "a slow device",
                by(Hindrance::Device, 60_000),
                page(),
                Limited::MyDevice,
            ),
            (
                "loss on the way out, and so the rate falls",
                Sample {
                    lost: 12,
                    ..by(Hindrance::Network, 20_000)
                },
                handset(),
                Limited::MyNetwork,
            ),
            (
                "packets queue up on the way out",
                Sample {
                    round_trip_milliseconds: Some(220),
                    ..by(Hindrance::Network, 20_000)
                },
                handset(),
                Limited::MyNetwork,
            ),
            (
                "a long way all the time",
                Sample {
                    round_trip_milliseconds: Some(800),
                    ..sent()
                },
                far,
                Limited::MyNetwork,
            ),
        ];
        for (what, last, usual, expected) in cases {
            check(what, Sample::default(), last, usual, expected);
        }
    }

    #[test]
    fn what_holds_back_the_pictures_that_one_watches() {
        let cases = [
            ("a page's camera", received(), Limited::Nothing),
            (
                "a small phone",
                Sample {
                    width: 176,
                    height: 144,
                    ..received()
                },
                Limited::TheirPhone,
            ),
            (
                "loss on the way here",
                Sample {
                    lost: 12,
                    ..received()
                },
                Limited::MyNetwork,
            ),
            (
                "few pictures over a clean way",
                Sample {
                    frames: 40,
                    ..received()
                },
                Limited::TheirNetwork,
            ),
            (
                "one picture of three comes too late for this device",
                Sample {
                    dropped: 45,
                    ..received()
                },
                Limited::MyDevice,
            ),
        ];
        for (what, last, expected) in cases {
            check(what, Sample::default(), last, page(), expected);
        }
    }

    #[test]
    fn a_picture_that_stands_still_is_theirs_while_the_gateway_still_answers() {
        let still = |checks_answered| Sample {
            packets: 300,
            frames: 90,
            checks_answered,
            ..Sample::default()
        };
        let now = |checks_answered| Sample {
            checks_answered,
            ..received()
        };
        let cases = [
            ("it answers", still(3), now(4), Limited::TheirNetwork),
            ("it does not", still(3), now(3), Limited::MyNetwork),
            (
                "the browser does not say",
                still(0),
                now(0),
                Limited::TheirNetwork,
            ),
        ];
        for (what, first, last, expected) in cases {
            check(what, first, last, page(), expected);
        }
    }

    #[test]
    fn loss_is_counted_within_the_window() {
        let sample = |packets, lost, is_sent| Sample {
            packets,
            lost,
            is_sent,
            ..Sample::default()
        };
        for (first, last, is_sent, expected) in [
            ((0, 0), (100, 10), true, 100),
            ((0, 0), (90, 10), false, 100),
            ((100, 50), (200, 50), true, 0),
            // Duplicates make it fewer than nothing.
            ((100, 50), (200, 40), false, 0),
            ((0, 0), (0, 0), true, 0),
            ((0, 0), (5, 20), true, 1000),
        ] {
            let (first, last) = (
                sample(first.0, first.1, is_sent),
                sample(last.0, last.1, is_sent),
            );
            assert_eq!(
                lost_per_thousand(&first, &last),
                expected,
                "{first:?} {last:?}"
            );
        }
    }
}
