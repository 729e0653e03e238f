//! RFC 6184 §5.6, §5.8: pictures of H.264 passed on packet by packet, as they come.
//!
//! A picture that builds on earlier ones needs nothing of us where both sides pack alike; waiting for
//! its end would delay it by as long as its sender spreads it. Keyframes are gathered whole, as they
//! are examined and parameter sets are put before them. After a hole nothing is passed on until a
//! keyframe has been, and what is missing is missing in the viewer's numbers too, so that it does
//! not take a part for the whole.

use media::payload::Format;
use media::payload::h264::PacketizationMode;
use media::rtp::RtpPacket;

use crate::bridge::format::MAX_PAYLOAD_BYTES;

/// The longest payload inside a picture that has begun: with its headers, SRTP's among them, it fits
/// an Ethernet's 1500 bytes.
const MAX_INSIDE_BYTES: usize = 1400;

const SLICE: u8 = 1;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const TYPE_BITS: u8 = 0x1f;
const START_BIT: u8 = 0x80;
/// The first bit of a slice that begins at macroblock 0, a number that is coded as a single one.
const FIRST_MACROBLOCK: u8 = 0x80;

/// Decides which packets can go on at once.
#[derive(Debug)]
pub struct CutThrough {
    is_alike: bool,
    /// The number after the last packet.
    next: Option<u16>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The viewer has no keyframe yet.
    New,
    /// Something is missing since then, and a keyframe after it.
    Broken,
    /// All that was sent is whole.
    Whole,
    /// In the middle of a picture of this time.
    Inside { timestamp: u32 },
}

/// What is done with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on as it is, the first of its picture.
    Begin,
    /// It goes on as it is.
    Pass,
    /// It is gathered with the others of its picture.
    Gather,
    /// The viewer has a picture's beginning whose end will not come.
    Broken,
}

impl CutThrough {
    pub fn new(source: &Format, target: &Format) -> CutThrough {
        use PacketizationMode::{NonInterleaved, SingleNal};
        let is_alike = match (source, target) {
            (Format::H264 { mode: from, .. }, Format::H264 { mode: to, .. }) => {
                match (from, to) {
                    (SingleNal, SingleNal | NonInterleaved) | (NonInterleaved, NonInterleaved) => {
                        true
                    }
                    // Fragments and aggregates are not for this viewer.
                    (NonInterleaved, SingleNal) => false,
                }
            }
            (
                Format::H263
                | Format::H263Plus
                | Format::H264 { .. }
                | Format::Mp4v { .. }
                | Format::Vp8,
                _,
            ) => false,
        };
        CutThrough {
            is_alike,
            next: None,
            state: State::New,
        }
    }

    /// Looks at the next packet in order.
    pub fn judge(&mut self, packet: &RtpPacket) -> Verdict {
        let is_hole = self.next.is_some_and(|next| next != packet.sequence);
        self.next = Some(packet.sequence.wrapping_add(1));
        if !self.is_alike {
            return Verdict::Gather;
        }
        match self.state {
            State::New | State::Broken => Verdict::Gather,
            State::Whole if is_hole => {
                self.state = State::Broken;
                Verdict::Gather
            }
            State::Whole => self.begin(packet),
            State::Inside { timestamp } => {
                let is_next = timestamp != packet.timestamp;
                if is_hole || !is_next && !may_follow(&packet.payload) {
                    self.state = State::Broken;
                    return Verdict::Broken;
                }
                if is_next {
                    // No hole, another time: the sender left the marker out.
                    self.state = State::Whole;
                    return self.begin(packet);
                }
                if packet.marker {
                    self.state = State::Whole;
                }
                Verdict::Pass
            }
        }
    }

    /// The packet with this number was empty: it is no hole.
    pub fn skip(&mut self, sequence: u16) {
        if self.next == Some(sequence) {
            self.next = Some(sequence.wrapping_add(1));
        }
    }

    /// A keyframe was sent whole.
    pub fn keyframe_sent(&mut self) {
        self.state = State::Whole;
    }

    /// Whether the viewer has the beginning of a picture whose end is still to come.
    pub fn is_inside(&self) -> bool {
        matches!(self.state, State::Inside { .. })
    }

    /// What follows is not passed on until a keyframe was sent. Whether the viewer has a picture's
    /// beginning whose end will not come.
    pub fn interrupt(&mut self) -> bool {
        let was_inside = self.is_inside();
        match self.state {
            State::Whole | State::Inside { .. } => self.state = State::Broken,
            State::New | State::Broken => {}
        }
        was_inside
    }

    fn begin(&mut self, packet: &RtpPacket) -> Verdict {
        if !may_begin(&packet.payload) {
            return Verdict::Gather;
        }
        if !packet.marker {
            let timestamp = packet.timestamp;
            self.state = State::Inside { timestamp };
        }
        Verdict::Begin
    }
}

/// Whether a payload is the beginning of a picture that builds on earlier ones, and of nothing else.
fn may_begin(payload: &[u8]) -> bool {
    if payload.len() > MAX_PAYLOAD_BYTES {
        return false;
    }
    match payload {
        [first, slice, ..] if first & TYPE_BITS == SLICE => slice & FIRST_MACROBLOCK != 0,
        [first, header, slice, ..] if first & TYPE_BITS == FU_A => {
            header & START_BIT != 0 && header & TYPE_BITS == SLICE && slice & FIRST_MACROBLOCK != 0
        }
        _ => false,
    }
}

fn may_follow(payload: &[u8]) -> bool {
    let kind = payload.first().map(|first| first & TYPE_BITS);
    let is_known = match kind {
        Some(1..=23 | STAP_A | FU_A) => true,
        Some(_) | None => false,
    };
    is_known && payload.len() <= MAX_INSIDE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::format::h264;

    const MODE_1: PacketizationMode = PacketizationMode::NonInterleaved;
    const START: [u8; 3] = [0x7c, 0x81, 0x88];
    const MIDDLE: [u8; 3] = [0x7c, 0x01, 0x55];
    const END: [u8; 3] = [0x7c, 0x41, 0x55];
    const PARAMETER_SETS: [u8; 3] = [0x78, 0, 8];

    struct Stream {
        cut: CutThrough,
        sequence: u16,
    }

    fn stream(from: PacketizationMode, to: PacketizationMode) -> Stream {
        Stream {
            cut: CutThrough::new(&h264(from), &h264(to)),
            sequence: 65_533,
        }
    }

    impl Stream {
        fn packet(&mut self, timestamp: u32, payload: &[u8], marker: bool) -> Verdict {
            self.sequence = self.sequence.wrapping_add(1);
            let packet = RtpPacket {
                marker,
                sequence: self.sequence,
                timestamp,
                payload: payload.to_vec(),
                ..RtpPacket::default()
            };
            self.cut.judge(&packet)
        }

        fn lose(&mut self) {
            self.sequence = self.sequence.wrapping_add(1);
        }
    }

    #[test]
    fn a_picture_goes_on_packet_by_packet_once_a_keyframe_has() {
        let mut stream = stream(MODE_1, MODE_1);
        assert_eq!(stream.packet(1, &START, false), Verdict::Gather);
        assert_eq!(stream.packet(1, &END, true), Verdict::Gather);
        stream.cut.keyframe_sent();
        for timestamp in 2..5 {
            assert_eq!(stream.packet(timestamp, &START, false), Verdict::Begin);
            assert_eq!(stream.packet(timestamp, &MIDDLE, false), Verdict::Pass);
            assert_eq!(stream.packet(timestamp, &END, true), Verdict::Pass);
        }
        assert_eq!(stream.packet(5, &[0x41, 0x9a, 1], true), Verdict::Begin);
        let sets = stream.packet(6, &PARAMETER_SETS, false);
        assert_eq!(sets, Verdict::Gather, "a keyframe is gathered");
        assert_eq!(
            stream.packet(6, &[0x7c, 0x85, 0x88], false),
            Verdict::Gather
        );
    }

    #[test]
    fn after_a_hole_nothing_goes_on_until_a_keyframe_has_been_sent() {
        let mut stream = stream(MODE_1, MODE_1);
        stream.cut.keyframe_sent();
        assert_eq!(stream.packet(1, &START, false), Verdict::Begin);
        stream.lose();
        assert_eq!(stream.packet(1, &END, true), Verdict::Broken);
        assert_eq!(stream.packet(2, &START, false), Verdict::Gather);
        assert_eq!(stream.packet(2, &END, true), Verdict::Gather);
        stream.cut.keyframe_sent();
        assert_eq!(stream.packet(3, &START, false), Verdict::Begin);
    }

    #[test]
    fn a_hole_between_two_pictures_breaks_none_that_was_begun() {
        let mut stream = stream(MODE_1, MODE_1);
        stream.cut.keyframe_sent();
        assert_eq!(stream.packet(1, &[0x41, 0x9a, 1], true), Verdict::Begin);
        stream.lose();
        assert_eq!(stream.packet(2, &START, false), Verdict::Gather);
        assert_eq!(stream.packet(3, &START, false), Verdict::Gather);
    }

    #[test]
    fn a_missing_marker_and_an_empty_packet_are_no_hole() {
        let mut stream = stream(MODE_1, MODE_1);
        stream.cut.keyframe_sent();
        assert_eq!(stream.packet(1, &START, false), Verdict::Begin);
        assert_eq!(stream.packet(2, &START, false), Verdict::Begin);
        stream.lose();
        stream.cut.skip(stream.sequence);
        assert_eq!(stream.packet(2, &END, true), Verdict::Pass);
    }

    #[test]
    fn what_the_viewer_cannot_unpack_or_carry_is_gathered() {
        let mut whole = stream(MODE_1, PacketizationMode::SingleNal);
        whole.cut.keyframe_sent();
        assert_eq!(whole.packet(1, &START, false), Verdict::Gather);
        let mut split = stream(PacketizationMode::SingleNal, MODE_1);
        split.cut.keyframe_sent();
        let large = [vec![0x41, 0x9a], vec![0; MAX_PAYLOAD_BYTES]].concat();
        assert_eq!(split.packet(1, &large, true), Verdict::Gather);
        assert_eq!(split.packet(2, &[0x41, 0x9a], true), Verdict::Begin);
    }
}
