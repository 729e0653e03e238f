//! ITU-T G.711: one octet a sample, by either law.

/// The two laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    Mu,
    A,
}

impl Law {
    pub fn encode(self, samples: &[i16]) -> Vec<u8> {
        let encode = match self {
            Law::Mu => mu_encode,
            Law::A => a_encode,
        };
        samples.iter().map(|sample| encode(*sample)).collect()
    }

    fn decode(self, octet: u8) -> i16 {
        match self {
            Law::Mu => mu_decode(octet),
            Law::A => a_decode(octet),
        }
    }
}

/// Decodes, and makes up what never came from what came before.
pub struct Decoder {
    law: Law,
    /// The last samples, at most [`REPEATED`].
    last: Vec<i16>,
    /// Samples made up since the last that came.
    made_up: usize,
}

/// 20 ms, which are repeated in place of what never came.
const REPEATED: usize = 160;
/// 60 ms, in which a repetition fades away: longer ones sound like a machine.
const FADE: usize = 480;

impl Decoder {
    pub fn new(law: Law) -> Decoder {
        Decoder {
            law,
            last: Vec::new(),
            made_up: 0,
        }
    }

    pub fn decode(&mut self, data: &[u8], samples: &mut Vec<i16>) {
        samples.extend(data.iter().map(|octet| self.law.decode(*octet)));
        let from = samples.len().saturating_sub(REPEATED);
        self.last.clear();
        self.last.extend_from_slice(&samples[from..]);
        self.made_up = 0;
    }

    pub fn conceal(&mut self, count: usize, samples: &mut Vec<i16>) {
        for _ in 0..count {
            let left = FADE.saturating_sub(self.made_up) as i32;
            let at = self.made_up % self.last.len().max(1);
            let repeated = self.last.get(at).copied().unwrap_or_default();
            samples.push((i32::from(repeated) * left / FADE as i32) as i16);
            self.made_up += 1;
        }
    }
}

const MU_BIAS: i32 = 0x84;
const MU_CLIP: i32 = 32_635;

fn mu_encode(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(MU_CLIP) + MU_BIAS;
    let exponent = (31 - magnitude.leading_zeros()).saturating_sub(7);
    let mantissa = magnitude >> (exponent + 3) & 15;
    !(sign | (exponent as u8) << 4 | mantissa as u8)
}

fn mu_decode(octet: u8) -> i16 {
    let octet = !octet;
    let exponent = octet >> 4 & 7;
    let magnitude = ((i32::from(octet & 15) << 3) + MU_BIAS) << exponent;
    let sample = (magnitude - MU_BIAS) as i16;
    if octet & 0x80 == 0 { sample } else { -sample }
}

fn a_encode(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    let magnitude = match sample < 0 {
        true => -(i32::from(sample) + 1),
        false => i32::from(sample),
    };
    let exponent = (31 - (magnitude | 1).leading_zeros()).saturating_sub(7);
    let mantissa = match exponent {
        0 => magnitude >> 4 & 15,
        _ => magnitude >> (exponent + 3) & 15,
    };
    (sign | (exponent as u8) << 4 | mantissa as u8) ^ 0x55
}

fn a_decode(octet: u8) -> i16 {
    let octet = octet ^ 0x55;
    let (exponent, mantissa) = (octet >> 4 & 7, i32::from(octet & 15));
    let magnitude = match exponent {
        0 => mantissa << 4 | 8,
        _ => (mantissa << 4 | 0x108) << (exponent - 1),
    };
    let sample = magnitude as i16;
    if octet & 0x80 == 0 { -sample } else { sample }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_comes_back_by_either_law() {
        for octet in 0..=255 {
            // The two zeroes of the mu-law are one sample.
            if octet != 0x7f {
                assert_eq!(mu_encode(mu_decode(octet)), octet);
            }
            assert_eq!(a_encode(a_decode(octet)), octet);
        }
    }

    #[test]
    fn samples_are_those_of_the_recommendation() {
        // G.711 tables 1a and 2a: the ends, and the first steps.
        assert_eq!(
            [mu_decode(0x80), mu_decode(0x00), mu_decode(0xff)],
            [32_124, -32_124, 0]
        );
        assert_eq!(
            [a_decode(0xaa), a_decode(0x2a), a_decode(0xd5)],
            [32_256, -32_256, 8]
        );
        assert_eq!([mu_encode(i16::MIN), a_encode(i16::MIN)], [0x00, 0x2a]);
    }

    #[test]
    fn what_never_came_is_repeated_and_fades_away() {
        let mut decoder = Decoder::new(Law::A);
        let mut samples = Vec::new();
        decoder.decode(&[0xaa; 160], &mut samples);
        decoder.conceal(480, &mut samples);
        assert!(samples[160] > 30_000 && samples[400] < samples[200]);
        assert!(samples[639] < 100, "{}", samples[639]);
    }
}
