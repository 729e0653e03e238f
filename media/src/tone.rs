//! A tone to send and the ear that finds it again: what the test pattern is for pictures.

use std::f64::consts::TAU;

/// Makes a sine of one frequency.
#[derive(Debug, Clone)]
pub struct Tone {
    step: f64,
    amplitude: f64,
    phase: f64,
}

impl Tone {
    /// `amplitude` is that of the wave, up to 32767.
    pub fn new(hz: f64, amplitude: i16, samples_per_second: u32) -> Tone {
        Tone {
            step: TAU * hz / f64::from(samples_per_second),
            amplitude: f64::from(amplitude),
            phase: 0.0,
        }
    }

    pub fn samples(&mut self, count: usize) -> Vec<i16> {
        (0..count)
            .map(|_| {
                let sample = self.phase.sin() * self.amplitude;
                self.phase = (self.phase + self.step) % TAU;
                sample as i16
            })
            .collect()
    }
}

/// What is heard of some samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// Root of the mean square.
    pub rms: f64,
    /// The loudest frequency; 0 in silence.
    pub hz: f64,
}

/// What counts as silence: 66 dB below the loudest.
const SILENCE: f64 = 16.0;
/// Between the frequencies that are listened for, in hertz.
const STEP: usize = 25;
/// The lowest and the highest of them: what a telephone lets through.
const RANGE: std::ops::Range<usize> = 100..3500;

/// Finds the loudest frequency of a telephone's band by Goertzel's algorithm, to a few hertz.
pub fn listen(samples: &[i16], samples_per_second: u32) -> Heard {
    let count = samples.len().max(1) as f64;
    let energy: f64 = samples.iter().map(|of| f64::from(*of).powi(2)).sum();
    let rms = (energy / count).sqrt();
    if rms < SILENCE {
        return Heard { rms, hz: 0.0 };
    }
    // Short pieces hear coarsely and all at once, the whole hears finely around that.
    let piece = (samples_per_second / 50).max(1) as usize;
    let turns = |hz: f64| hz / f64::from(samples_per_second);
    let in_pieces = |hz: f64| -> f64 {
        let pieces = samples.chunks(piece);
        pieces.map(|piece| goertzel(piece, turns(hz))).sum()
    };
    let coarse = loudest(RANGE.step_by(STEP).map(|hz| hz as f64), in_pieces);
    let around = -(STEP as i32)..=STEP as i32;
    let fine = around.map(|off| coarse + f64::from(off));
    let hz = loudest(fine, |hz| goertzel(samples, turns(hz)));
    Heard { rms, hz }
}

fn loudest(all: impl Iterator<Item = f64>, power: impl Fn(f64) -> f64) -> f64 {
    let all = all.map(|hz| (hz, power(hz)));
    let found = all.max_by(|a, b| a.1.total_cmp(&b.1));
    found.map_or(0.0, |(hz, _)| hz)
}

/// The power at a frequency, in turns a sample.
fn goertzel(samples: &[i16], turns: f64) -> f64 {
    let factor = 2.0 * (TAU * turns).cos();
    let (mut before, mut last) = (0.0, 0.0);
    for sample in samples {
        let next = f64::from(*sample) + factor * last - before;
        (before, last) = (last, next);
    }
    last * last + before * before - factor * last * before
}
