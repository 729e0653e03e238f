//! Synthetic pictures: H.264 in single NAL unit packets (RFC 6184 §5.6) of a given size, each with
//! a stamp that says whose it is and when it left. Nobody decodes them; they only have to be
//! H.264 to whoever looks at NAL units, parameter sets and slice headers.

use std::time::{Duration, Instant};

/// What a packet of ours carries through whatever stands between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub call: u32,
    /// Of this call's stamped packets, from 0.
    pub serial: u64,
    /// Since the run began.
    pub left: Duration,
}

/// No byte below 0x80: nothing in a stamp can look like a start code (ITU-T H.264 §7.4.1).
const MAGIC: [u8; 4] = [0xd5, 0xaa, 0xd3, 0xb9];
/// Parameter sets that a middle box puts before a slice come first.
const SEARCHED_BYTES: usize = 96;
/// Groups of seven bits.
const NUMBER_BYTES: usize = 9;
/// Quarter Common Intermediate Format in macroblocks, as many as a QCIF picture has.
const MACROBLOCKS: u32 = 11 * 9;

impl Stamp {
    fn write(self, into: &mut Vec<u8>) {
        into.extend(MAGIC);
        for number in [
            u64::from(self.call),
            self.serial,
            u64::try_from(self.left.as_nanos()).unwrap_or(u64::MAX),
        ] {
            for place in 0..NUMBER_BYTES {
                into.push(0x80 | (number >> (7 * place)) as u8);
            }
        }
    }

    /// Finds a stamp near the beginning of a payload.
    pub fn read(payload: &[u8]) -> Option<Stamp> {
        let searched = payload.get(..SEARCHED_BYTES.min(payload.len()))?;
        let place = searched
            .windows(MAGIC.len())
            .position(|window| window == MAGIC)?;
        let numbers = payload.get(place + MAGIC.len()..)?;
        let number = |which: usize| -> Option<u64> {
            let bytes = numbers.get(which * NUMBER_BYTES..(which + 1) * NUMBER_BYTES)?;
            let groups = bytes.iter().enumerate();
            Some(groups.fold(0, |number, (place, byte)| {
                number | u64::from(byte & 0x7f) << (7 * place)
            }))
        };
        Some(Stamp {
            call: u32::try_from(number(0)?).ok()?,
            serial: number(1)?,
            left: Duration::from_nanos(number(2)?),
        })
    }
}

/// The pictures of one call.
#[derive(Debug)]
pub struct Pictures {
    call: u32,
    began: Instant,
    serial: u64,
    picture: u32,
    packets: u32,
    payload_bytes: usize,
    intra_every: u32,
}

impl Pictures {
    /// `packets` of `payload_bytes` make one picture; every `intra_every`th can be begun with.
    pub fn new(
        call: u32,
        began: Instant,
        packets: u32,
        payload_bytes: usize,
        intra_every: u32,
    ) -> Pictures {
        Pictures {
            call,
            began,
            serial: 0,
            picture: 0,
            packets,
            payload_bytes,
            intra_every,
        }
    }

    /// The next picture can be begun with: what was before may have been lost.
    pub fn begin_anew(&mut self) {
        self.picture = 0;
    }

    /// How many stamped packets there were.
    pub fn stamped(&self) -> u64 {
        self.serial
    }

    /// The payloads of the next picture. Parameter sets stand before those that can be begun with.
    pub fn next(&mut self) -> Vec<Vec<u8>> {
        let intra = self.picture.is_multiple_of(self.intra_every.max(1));
        let mut payloads = Vec::with_capacity(self.packets as usize + 2);
        if intra {
            payloads.push(sequence_parameter_set());
            payloads.push(picture_parameter_set());
        }
        for slice in 0..self.packets {
            let first_macroblock = MACROBLOCKS * slice / self.packets;
            payloads.push(self.slice(intra, first_macroblock));
        }
        self.picture += 1;
        payloads
    }

    fn slice(&mut self, intra: bool, first_macroblock: u32) -> Vec<u8> {
        let mut bits = Bits::new(if intra { 0x65 } else { 0x41 });
        bits.unsigned(first_macroblock);
        bits.unsigned(if intra { 7 } else { 5 }); // all I or all P (table 7-6)
        bits.unsigned(0); // the picture parameter set
        let mut payload = bits.padded_with_ones();
        let stamp = Stamp {
            call: self.call,
            serial: self.serial,
            left: self.began.elapsed(),
        };
        self.serial += 1;
        stamp.write(&mut payload);
        payload.resize(self.payload_bytes.max(payload.len()), 0xb7);
        payload
    }
}

/// Baseline at level 1b, QCIF (ITU-T H.264 §7.3.2.1.1).
fn sequence_parameter_set() -> Vec<u8> {
    let mut bits = Bits::new(0x67);
    bits.fixed(66, 8); // Baseline
    bits.fixed(0xd0, 8); // also constrained; with level 11 the fourth flag means 1b
    bits.fixed(11, 8);
    bits.unsigned(0); // its id
    bits.unsigned(0); // frame_num has four bits
    bits.unsigned(2); // no picture order apart from decoding order
    bits.unsigned(1); // one reference picture
    bits.fixed(0, 1);
    bits.unsigned(10); // eleven macroblocks across
    bits.unsigned(8); // nine down
    bits.fixed(0b1100, 4); // frames only, direct 8x8, no cropping, no VUI
    bits.stopped()
}

/// ITU-T H.264 §7.3.2.2.
fn picture_parameter_set() -> Vec<u8> {
    let mut bits = Bits::new(0x68);
    bits.unsigned(0); // its id
    bits.unsigned(0); // the sequence parameter set
    bits.fixed(0, 2); // CAVLC, one order
    bits.unsigned(0); // one slice group
    bits.unsigned(0);
    bits.unsigned(0);
    bits.fixed(0, 3); // no weighted prediction
    bits.unsigned(0);
    bits.unsigned(0);
    bits.unsigned(0);
    bits.fixed(0, 3);
    bits.stopped()
}

/// Bits of a NAL unit behind its header.
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn new(header: u8) -> Bits {
        Bits {
            bytes: vec![header],
            used: 8,
        }
    }

    fn fixed(&mut self, value: u32, count: u32) {
        for place in (0..count).rev() {
            if self.used == 8 {
                self.bytes.push(0);
                self.used = 0;
            }
            let last = self.bytes.len() - 1;
            self.bytes[last] |= ((value >> place & 1) as u8) << (7 - self.used);
            self.used += 1;
        }
    }

    /// Exp-Golomb (ITU-T H.264 §9.1).
    fn unsigned(&mut self, value: u32) {
        let code = value + 1;
        let length = 32 - code.leading_zeros();
        self.fixed(0, length - 1);
        self.fixed(code, length);
    }

    fn stopped(mut self) -> Vec<u8> {
        self.fixed(1, 1);
        self.bytes
    }

    fn padded_with_ones(mut self) -> Vec<u8> {
        while self.used < 8 {
            self.fixed(1, 1);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slice_is_as_long_as_asked_and_carries_its_stamp() {
        let mut pictures = Pictures::new(7, Instant::now(), 4, 1000, 50);
        let first = pictures.next();
        assert_eq!(first.len(), 6);
        assert_eq!(Stamp::read(&first[0]), None);
        for (serial, payload) in first[2..].iter().enumerate() {
            assert_eq!(payload.len(), 1000);
            let stamp = Stamp::read(payload).unwrap();
            assert_eq!((stamp.call, stamp.serial), (7, serial as u64));
        }
        assert_eq!(pictures.next().len(), 4);
        assert_eq!(pictures.stamped(), 8);
    }

    #[test]
    fn a_stamp_is_found_behind_parameter_sets() {
        let mut pictures = Pictures::new(1, Instant::now(), 1, 500, 1);
        let joined = pictures.next().concat();
        assert_eq!(Stamp::read(&joined).unwrap().serial, 0);
        assert_eq!(Stamp::read(&joined[..20]), None);
        assert_eq!(Stamp::read(&[]), None);
    }

    #[test]
    fn nothing_in_a_payload_looks_like_a_start_code() {
        let mut pictures = Pictures::new(0, Instant::now(), 9, 300, 2);
        for payload in (0..4).flat_map(|_| pictures.next()) {
            let code = payload
                .windows(3)
                .find(|w| w[0] == 0 && w[1] == 0 && w[2] < 4);
            assert_eq!(code, None);
        }
    }
}
