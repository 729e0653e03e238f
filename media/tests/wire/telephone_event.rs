//! RFC 4733: keys that are told are heard, once each.

use std::time::Duration;

use media::payload::telephone_event::{END_PACKETS, Event, Listener, Press};
use proptest::prelude::*;

proptest! {
    #[test]
    fn events_come_back(code in any::<u8>(), end in any::<bool>(), volume in 0_u8..64, duration in any::<u16>()) {
        let event = Event { code, end, volume, duration };
        prop_assert_eq!(Event::parse(&event.to_bytes()), Ok(event));
    }

    #[test]
    fn a_duration_keeps_its_time_at_another_clock(duration in 1_u16..) {
        let event = Event { code: 1, end: false, volume: 10, duration };
        let (faster, begun) = event.at_clock(8000, 48_000);
        prop_assert_eq!(begun + u32::from(faster.duration), u32::from(duration) * 6);
        prop_assert_eq!(begun % u32::from(u16::MAX), 0);
        let (slower, begun) = event.at_clock(48_000, 8000);
        prop_assert_eq!((begun, slower.duration), (0, duration / 6));
    }
}

#[test]
fn one_press_is_a_marker_a_growing_duration_and_three_ends() {
    let mut press = Press::new(11, 8000, Duration::from_millis(160));
    let packets: Vec<_> = std::iter::from_fn(|| press.next_packet()).collect();
    let events: Vec<Event> = packets
        .iter()
        .map(|of| Event::parse(&of.bytes).unwrap())
        .collect();
    let durations: Vec<u16> = events.iter().map(|event| event.duration).collect();
    assert_eq!(durations, [400, 800, 1200, 1280, 1280, 1280]);
    assert_eq!(events.iter().filter(|event| event.end).count(), END_PACKETS);
    let markers: Vec<bool> = packets.iter().map(|packet| packet.marker).collect();
    assert_eq!(markers, [true, false, false, false, false, false]);
    let mut listener = Listener::default();
    let heard = |timestamp| {
        let told: Vec<u8> = events
            .iter()
            .filter_map(|event| listener.hear(*event, timestamp))
            .collect();
        told
    };
    let heard: Vec<Vec<u8>> = [5, 9000].map(heard).into();
    assert_eq!(heard, [[11], [11]]);
}

#[test]
fn less_than_an_event_is_refused() {
    assert!(Event::parse(&[1, 2, 3]).is_err());
}
