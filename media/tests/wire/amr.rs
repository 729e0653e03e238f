//! RFC 4867: whatever frames go into a packet come out of it.

use media::payload::PayloadError;
use media::payload::amr::{Alignment, Band, Config, ModeSet, Packet, frame_octets};
use proptest::collection::vec;
use proptest::prelude::*;

fn config(band: Band, alignment: Alignment) -> Config {
    Config {
        band,
        alignment,
        modes: ModeSet::all(band),
        changes_every_other: false,
        changes_by_steps: false,
    }
}

fn any_config() -> impl Strategy<Value = Config> {
    let bands = prop_oneof![Just(Band::Narrow), Just(Band::Wide)];
    let alignments = prop_oneof![Just(Alignment::Octets), Just(Alignment::BandwidthEfficient)];
    (bands, alignments).prop_map(|(band, alignment)| config(band, alignment))
}

/// A frame of any type, the bits behind its last one zero.
fn frame(band: Band, kind: u8, bits: &[u8]) -> Option<Vec<u8>> {
    let octets = frame_octets(band, kind)?;
    let count = media::payload::amr::frame_bits(band, kind)?;
    let mut frame = vec![kind << 3 | 1 << 2];
    frame.extend((0..octets).map(|at| bits[at % bits.len()]));
    if let Some(last) = frame.last_mut().filter(|_| !count.is_multiple_of(8)) {
        *last &= 0xff << (8 - count % 8);
    }
    Some(frame)
}

proptest! {
    /// R6.10.
    #[test]
    fn frames_of_any_type_come_back(
        config in any_config(),
        request in 0_u8..16,
        kinds in vec((0_u8..16, vec(any::<u8>(), 1..9)), 1..12),
    ) {
        let frames: Vec<Vec<u8>> = kinds
            .iter()
            .filter_map(|(kind, bits)| frame(config.band, *kind, bits))
            .collect();
        prop_assume!(!frames.is_empty());
        let mode_request = Some(request).filter(|mode| *mode <= config.band.top_mode());
        let packet = Packet { mode_request, frames };
        prop_assert_eq!(Packet::parse(&packet.to_bytes(&config), &config), Ok(packet));
    }

    #[test]
    fn a_cut_packet_is_refused_and_not_shown(config in any_config(), cut in 1_usize..30) {
        let frames = vec![frame(config.band, 5, &[0x5a, 0xc3]).unwrap(); 2];
        let bytes = Packet { mode_request: None, frames }.to_bytes(&config);
        let short = &bytes[..bytes.len().saturating_sub(cut)];
        let bytes = short.len();
        prop_assert_eq!(Packet::parse(short, &config), Err(PayloadError::Truncated { bytes }));
    }
}

#[test]
fn payloads_are_those_of_the_rfcs_figures() {
    // §4.3.5.1: one frame of 7.4 kbit/s, no request, good: CMR 1111, F 0, FT 0100, Q 1.
    let narrow = config(Band::Narrow, Alignment::BandwidthEfficient);
    let frames = vec![frame(Band::Narrow, 4, &[0xff]).unwrap()];
    let packet = Packet {
        mode_request: None,
        frames,
    };
    let bytes = packet.to_bytes(&narrow);
    assert_eq!(bytes.len(), (4 + 6 + 148_usize).div_ceil(8));
    assert_eq!(bytes[..2], [0b1111_0010, 0b0111_1111]);
    // §4.4.5.1: two frames of AMR-WB mode 0, octet-aligned, a request for 6.60 kbit/s.
    let wide = config(Band::Wide, Alignment::Octets);
    let frames = vec![frame(Band::Wide, 0, &[0xff]).unwrap(); 2];
    let packet = Packet {
        mode_request: Some(0),
        frames,
    };
    let bytes = packet.to_bytes(&wide);
    assert_eq!(bytes.len(), 1 + 2 + 2 * 17);
    assert_eq!(bytes[..3], [0x00, 0x84, 0x04]);
}

#[test]
fn a_type_that_is_none_spoils_its_packet() {
    let narrow = config(Band::Narrow, Alignment::Octets);
    let read = Packet::parse(&[0xf0, 9 << 3 | 4, 0, 0], &narrow);
    assert!(matches!(read, Err(PayloadError::Malformed(_))), "{read:?}");
    let endless = [&[0xf0_u8][..], &[0xfc; 200]].concat();
    let read = Packet::parse(&endless, &narrow);
    assert!(matches!(read, Err(PayloadError::Malformed(_))), "{read:?}");
}

/// R6.10.
#[test]
fn modes_are_chosen_from_the_set() {
    let set = ModeSet::of(Band::Narrow, [0, 2, 5, 7, 9]).unwrap();
    assert_eq!(
        [7, 6, 4, 1, 0].map(|mode| set.at_most(mode)),
        [7, 5, 2, 0, 0]
    );
    assert_eq!([set.step(0, 7), set.step(7, 0), set.step(5, 7)], [2, 5, 7]);
    assert_eq!(ModeSet::of(Band::Wide, [9, 15]), None);
}
