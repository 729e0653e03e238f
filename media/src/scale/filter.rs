//! Which source samples a target sample is made of.

/// For each target sample the source samples it is made of and their weights in 1/256: the area
/// it covers where the picture shrinks, the two neighbours where it grows.
#[derive(Debug)]
pub(super) struct Filter {
    /// First source sample of each target sample.
    first: Vec<u32>,
    /// `width` weights for each target sample, those beyond its own being 0.
    weights: Vec<u16>,
    width: usize,
}

impl Filter {
    pub(super) fn new(offset: u32, source: u32, target: u32) -> Self {
        let step = f64::from(source) / f64::from(target);
        let width = if source > target {
            (step.ceil() as usize + 1).min(source as usize)
        } else {
            2.min(source as usize)
        };
        let mut filter = Self {
            first: Vec::with_capacity(target as usize),
            weights: Vec::with_capacity(target as usize * width),
            width,
        };
        for index in 0..target {
            let (from, to) = if source > target {
                (f64::from(index) * step, f64::from(index + 1) * step)
            } else {
                let centre = (f64::from(index) + 0.5) * step;
                (centre - 0.5, centre + 0.5)
            };
            let last_start = source as usize - width;
            let first = (from.max(0.0).floor() as usize).min(last_start);
            let mut weights: Vec<f64> = (first..first + width)
                .map(|at| covered(at, source as usize, from, to))
                .collect();
            filter.first.push(offset + first as u32);
            filter.push_weights(&mut weights);
        }
        filter
    }

    /// Appends the weights as integers that add up to exactly 256.
    fn push_weights(&mut self, weights: &mut [f64]) {
        let total: f64 = weights.iter().sum();
        let (mut given, mut exact) = (0, 0.0);
        for weight in weights {
            exact += *weight / total * 256.0;
            let next = exact.round() as u16 - given;
            self.weights.push(next);
            given += next;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.first.len()
    }

    /// First source sample that is used, and the one behind the last.
    pub(super) fn span(&self) -> (usize, usize) {
        let first = self.first.first().map_or(0, |first| *first as usize);
        let last = self.first.last().map_or(0, |first| *first as usize);
        (first, last + self.width)
    }

    /// For each target sample its source samples with weights above 0.
    pub(super) fn taps(&self) -> impl Iterator<Item = impl Iterator<Item = (usize, u16)>> {
        self.first
            .iter()
            .zip(self.weights.chunks_exact(self.width))
            .map(|(first, weights)| {
                (*first as usize..)
                    .zip(weights.iter().copied())
                    .filter(|(_, weight)| *weight > 0)
            })
    }

    /// Makes one target line of a source line whose samples are scaled by 256 and which begins
    /// at source sample `first`.
    pub(super) fn gather(&self, line: &[u16], first: usize, out: &mut [u8]) {
        // The widths of a phone's pictures and of VGA by QCIF; a known width needs no inner loop.
        match self.width {
            2 => self.gather_some::<2>(line, first, out),
            3 => self.gather_some::<3>(line, first, out),
            4 => self.gather_some::<4>(line, first, out),
            5 => self.gather_some::<5>(line, first, out),
            6 => self.gather_some::<6>(line, first, out),
            width => {
                let sources = self.first.iter().zip(self.weights.chunks_exact(width));
                for (out, (start, weights)) in out.iter_mut().zip(sources) {
                    let start = *start as usize - first;
                    *out = weighed(&line[start..start + width], weights);
                }
            }
        }
    }

    fn gather_some<const WIDTH: usize>(&self, line: &[u16], first: usize, out: &mut [u8]) {
        let (weights, _) = self.weights.as_chunks::<WIDTH>();
        for ((out, start), weights) in out.iter_mut().zip(&self.first).zip(weights) {
            let samples = &line[*start as usize - first..];
            if let Some(samples) = samples.first_chunk::<WIDTH>() {
                *out = weighed(samples, weights);
            }
        }
    }
}

fn weighed(samples: &[u16], weights: &[u16]) -> u8 {
    let products = samples.iter().zip(weights);
    let sum: u32 = products
        .map(|(sample, weight)| u32::from(*sample) * u32::from(*weight))
        .sum();
    ((sum + (1 << 15)) >> 16) as u8
}

/// How much of `from..to` lies on sample `at`; what lies outside the picture counts for its
/// outermost samples.
fn covered(at: usize, samples: usize, from: f64, to: f64) -> f64 {
    let low = if at == 0 { f64::MIN } else { at as f64 };
    let high = if at + 1 == samples {
        f64::MAX
    } else {
        at as f64 + 1.0
    };
    (to.min(high) - from.max(low)).max(0.0)
}
