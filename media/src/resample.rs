//! From 8 kHz to 16 and back: a half-band filter, 1.4 ms of delay, 60 dB below what it keeps out.

/// Taps of the filter, odd; of a half-band filter every other one but the middle is zero.
const TAPS: usize = 47;
const MIDDLE: usize = TAPS / 2;

/// Converts a stream of samples; keeps what the filter needs of the past.
#[derive(Debug)]
pub struct Resampler {
    way: Way,
    taps: [f32; TAPS],
    past: Vec<f32>,
    /// Halving: whether the next sample in is left out.
    odd: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Same,
    Double,
    Halve,
}

impl Resampler {
    /// `None` for rates that are neither the same nor twice one another.
    pub fn new(from_hz: u32, to_hz: u32) -> Option<Resampler> {
        let way = if from_hz == to_hz {
            Way::Same
        } else if from_hz * 2 == to_hz {
            Way::Double
        } else if from_hz == to_hz * 2 {
            Way::Halve
        } else {
            return None;
        };
        Some(Resampler {
            way,
            taps: half_band(),
            past: vec![0.0; TAPS - 1],
            odd: false,
        })
    }

    /// Converts `samples` behind what is in `out`.
    pub fn push(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        match self.way {
            Way::Same => out.extend_from_slice(samples),
            Way::Double => {
                for sample in samples {
                    // A zero between every two, and twice the gain.
                    self.filter(f32::from(*sample) * 2.0, out);
                    self.filter(0.0, out);
                }
            }
            Way::Halve => {
                for sample in samples {
                    self.odd = !self.odd;
                    if self.odd {
                        self.filter(f32::from(*sample), out);
                    } else {
                        self.remember(f32::from(*sample));
                    }
                }
            }
        }
    }

    fn filter(&mut self, sample: f32, out: &mut Vec<i16>) {
        self.past.push(sample);
        let window = &self.past[self.past.len() - TAPS..];
        let sum: f32 = window.iter().zip(&self.taps).map(|(a, b)| a * b).sum();
        out.push(sum.round().clamp(-32_768.0, 32_767.0) as i16);
        self.forget();
    }

    fn remember(&mut self, sample: f32) {
        self.past.push(sample);
        self.forget();
    }

    fn forget(&mut self) {
        if self.past.len() >= 16 * TAPS {
            self.past.drain(..self.past.len() - (TAPS - 1));
        }
    }
}

/// A sinc of half the band in a Blackman window.
fn half_band() -> [f32; TAPS] {
    use std::f64::consts::PI;
    let mut taps = [0.0; TAPS];
    let mut sum = 0.0;
    for (index, tap) in taps.iter_mut().enumerate() {
        let at = index as f64 - MIDDLE as f64;
        let sinc = match index == MIDDLE {
            true => 0.5,
            false => (PI * at / 2.0).sin() / (PI * at),
        };
        let turn = 2.0 * PI * (index as f64 + 0.5) / TAPS as f64;
        let window = 0.42 - 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos();
        *tap = (sinc * window) as f32;
        sum += *tap;
    }
    taps.map(|tap| tap / sum)
}
