//! Fits a picture into another size: a centred crop to the target's shape, then scaling. A
//! picture is never stretched.

use crate::picture::{MAX_SIDE, Picture, PictureError, Plane};

/// Scales pictures to one size. It keeps its filters for as long as the pictures that come have
/// the same size.
#[derive(Debug)]
pub struct Scaler {
    width: u32,
    height: u32,
    plan: Option<Plan>,
    line: Vec<u16>,
}

/// The part of a source picture that is shown, in luma pixels. All even, so that chroma samples
/// are never split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crop {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

impl Scaler {
    /// A scaler to `width` x `height` pixels.
    ///
    /// # Errors
    /// When a side is 0 or beyond [`MAX_SIDE`].
    pub fn new(width: u32, height: u32) -> Result<Self, PictureError> {
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            return Err(PictureError::Size { width, height });
        }
        Ok(Self {
            width,
            height,
            plan: None,
            line: Vec::new(),
        })
    }

    /// The source, cropped and scaled, in a new picture.
    ///
    /// # Errors
    /// None in practice: both sizes were checked when scaler and source were made.
    pub fn scale(&mut self, source: &Picture) -> Result<Picture, PictureError> {
        let mut target = Picture::black(self.width, self.height)?;
        self.scale_into(source, &mut target)?;
        Ok(target)
    }

    /// The source, cropped and scaled, in a picture that takes the scaler's size and keeps its
    /// memory.
    ///
    /// # Errors
    /// As [`Scaler::scale`].
    pub fn scale_into(
        &mut self,
        source: &Picture,
        target: &mut Picture,
    ) -> Result<(), PictureError> {
        target.reshape(self.width, self.height)?;
        let size = (source.width(), source.height());
        let plan = match self.plan.take() {
            Some(plan) if plan.source == size => plan,
            Some(_) | None => Plan::new(size, (self.width, self.height)),
        };
        for plane in Plane::ALL {
            let filters = match plane {
                Plane::Y => &plan.luma,
                Plane::U | Plane::V => &plan.chroma,
            };
            let (source_width, _) = source.plane_size(plane);
            filters.run(
                source.plane(plane),
                source_width,
                target.plane_mut(plane),
                &mut self.line,
            );
        }
        self.plan = Some(plan);
        Ok(())
    }
}

/// The largest centred part of a source that has the target's shape.
pub fn centred_crop(source: (u32, u32), target: (u32, u32)) -> Crop {
    let (source_width, source_height) = (u64::from(source.0), u64::from(source.1));
    let (target_width, target_height) = (u64::from(target.0), u64::from(target.1));
    let (mut width, mut height) = source;
    if source_width * target_height > source_height * target_width {
        width = even(source_height * target_width / target_height, source.0);
    } else if source_width * target_height < source_height * target_width {
        height = even(source_width * target_height / target_width, source.1);
    }
    Crop {
        left: ((source.0 - width) / 2) & !1,
        top: ((source.1 - height) / 2) & !1,
        width,
        height,
    }
}

fn even(side: u64, whole: u32) -> u32 {
    let side = u32::try_from(side).unwrap_or(whole) & !1;
    side.clamp(2.min(whole), whole)
}

/// The filters from one source size to one target size.
#[derive(Debug)]
struct Plan {
    source: (u32, u32),
    luma: PlaneFilters,
    chroma: PlaneFilters,
}

impl Plan {
    fn new(source: (u32, u32), target: (u32, u32)) -> Self {
        let crop = centred_crop(source, target);
        Self {
            source,
            luma: PlaneFilters {
                columns: Filter::new(crop.left, crop.width, target.0),
                rows: Filter::new(crop.top, crop.height, target.1),
            },
            chroma: PlaneFilters {
                columns: Filter::new(crop.left / 2, crop.width.div_ceil(2), target.0.div_ceil(2)),
                rows: Filter::new(crop.top / 2, crop.height.div_ceil(2), target.1.div_ceil(2)),
            },
        }
    }
}

#[derive(Debug)]
struct PlaneFilters {
    columns: Filter,
    rows: Filter,
}

impl PlaneFilters {
    fn run(&self, source: &[u8], source_width: usize, target: &mut [u8], line: &mut Vec<u16>) {
        let (first, end) = self.columns.span();
        line.resize(end - first, 0);
        for (taps, out) in self
            .rows
            .taps()
            .zip(target.chunks_exact_mut(self.columns.len()))
        {
            line.fill(0);
            for (row, weight) in taps {
                let source = &source[row * source_width + first..row * source_width + end];
                for (sum, sample) in line.iter_mut().zip(source) {
                    // Weights add up to 256, so the sum stays within 255 * 256.
                    *sum += u16::from(*sample) * weight;
                }
            }
            self.columns.gather(line, first, out);
        }
    }
}

/// For each target sample the source samples it is made of and their weights in 1/256: the area
/// it covers where the picture shrinks, the two neighbours where it grows.
#[derive(Debug)]
struct Filter {
    /// First source sample of each target sample.
    first: Vec<u32>,
    /// `width` weights for each target sample, those beyond its own being 0.
    weights: Vec<u16>,
    width: usize,
}

impl Filter {
    fn new(offset: u32, source: u32, target: u32) -> Self {
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

    fn len(&self) -> usize {
        self.first.len()
    }

    /// First source sample that is used, and the one behind the last.
    fn span(&self) -> (usize, usize) {
        let first = self.first.first().map_or(0, |first| *first as usize);
        let last = self.first.last().map_or(0, |first| *first as usize);
        (first, last + self.width)
    }

    /// For each target sample its source samples with weights above 0.
    fn taps(&self) -> impl Iterator<Item = impl Iterator<Item = (usize, u16)>> {
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
    fn gather(&self, line: &[u16], first: usize, out: &mut [u8]) {
        let sources = self.first.iter().zip(self.weights.chunks_exact(self.width));
        for (out, (start, weights)) in out.iter_mut().zip(sources) {
            let start = *start as usize - first;
            let sum: u32 = line[start..start + self.width]
                .iter()
                .zip(weights)
                .map(|(sample, weight)| u32::from(*sample) * u32::from(*weight))
                .sum();
            *out = ((sum + (1 << 15)) >> 16) as u8;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crop_is_centred_even_and_of_the_targets_shape() {
        let cases = [
            ((640, 480), (176, 144), (26, 0, 586, 480)),
            ((1280, 720), (176, 144), (200, 0, 880, 720)),
            ((480, 640), (176, 144), (0, 124, 480, 392)),
            ((176, 144), (352, 288), (0, 0, 176, 144)),
            ((640, 480), (320, 240), (0, 0, 640, 480)),
            ((1, 1), (176, 144), (0, 0, 1, 1)),
        ];
        for (source, target, (left, top, width, height)) in cases {
            let expected = Crop {
                left,
                top,
                width,
                height,
            };
            assert_eq!(
                centred_crop(source, target),
                expected,
                "{source:?} to {target:?}"
            );
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_at_every_size() {
        for source in [(640, 480), (176, 144), (5, 3), (1, 1), (1280, 720)] {
            let mut picture = Picture::black(source.0, source.1).unwrap();
            picture.plane_mut(Plane::Y).fill(200);
            picture.plane_mut(Plane::U).fill(90);
            for target in [(176, 144), (352, 288), (128, 96), (7, 5), (1, 1)] {
                let scaled = Scaler::new(target.0, target.1)
                    .unwrap()
                    .scale(&picture)
                    .unwrap();
                assert_eq!((scaled.width(), scaled.height()), target);
                for (plane, value) in [(Plane::Y, 200), (Plane::U, 90), (Plane::V, 128)] {
                    assert!(
                        scaled.plane(plane).iter().all(|sample| *sample == value),
                        "{plane:?} of {source:?} to {target:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let samples = (0..64 * 48 * 3 / 2).map(|n| (n * 7 % 251) as u8).collect();
        let picture = Picture::from_i420(64, 48, samples).unwrap();
        assert_eq!(
            Scaler::new(64, 48).unwrap().scale(&picture).unwrap(),
            picture
        );
    }

    #[test]
    fn halving_takes_the_mean_of_each_square() {
        let mut picture = Picture::black(4, 2).unwrap();
        picture
            .plane_mut(Plane::Y)
            .copy_from_slice(&[10, 20, 100, 100, 30, 40, 200, 200]);
        let scaled = Scaler::new(2, 1).unwrap().scale(&picture).unwrap();
        assert_eq!(scaled.plane(Plane::Y), [25, 150]);
    }

    #[test]
    fn a_scaler_follows_a_change_of_the_sources_size() {
        let mut scaler = Scaler::new(176, 144).unwrap();
        let mut target = Picture::black(2, 2).unwrap();
        for source in [(640, 480), (320, 240), (640, 480)] {
            let source = Picture::black(source.0, source.1).unwrap();
            scaler.scale_into(&source, &mut target).unwrap();
            assert_eq!(target, Picture::black(176, 144).unwrap());
        }
    }

    #[test]
    fn a_size_of_nothing_is_refused() {
        assert!(Scaler::new(0, 144).is_err());
        assert!(Scaler::new(176, MAX_SIDE + 1).is_err());
    }
}
