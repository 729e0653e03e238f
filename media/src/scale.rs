//! Fits a picture into another size: a crop towards the target's shape, then scaling, and bars where
//! a crop alone would take too much away. A picture is never stretched.

mod filter;
mod fit;

use crate::picture::{MAX_SIDE, Picture, PictureError, Plane, Samples, View};
use filter::Filter;
pub use fit::{Area, Fit, fit};

/// Scales pictures to one size. It keeps its filters for as long as the pictures that come have
/// the same size.
#[derive(Debug)]
pub struct Scaler {
    width: u32,
    height: u32,
    plan: Option<Plan>,
    line: Vec<u16>,
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
        self.scale_view_into(source.view(), target)
    }

    /// As [`Scaler::scale_into`], from samples where they lie.
    ///
    /// # Errors
    /// As [`Scaler::scale`].
    pub fn scale_view_into(
        &mut self,
        source: View<'_>,
        target: &mut Picture,
    ) -> Result<(), PictureError> {
        target.reshape(self.width, self.height)?;
        let size = (source.width, source.height);
        if size == (self.width, self.height) {
            source.copy_to(target);
            return Ok(());
        }
        let plan = match self.plan.take() {
            Some(plan) if plan.source == size => plan,
            Some(_) | None => Plan::new(size, (self.width, self.height)),
        };
        for plane in Plane::ALL {
            let filters = match plane {
                Plane::Y => &plan.luma,
                Plane::U | Plane::V => &plan.chroma,
            };
            let (target_width, _) = target.plane_size(plane);
            let samples = target.plane_mut(plane);
            if plan.has_bars {
                samples.fill(if plane == Plane::Y { 16 } else { 128 });
            }
            filters.run(source.plane(plane), (samples, target_width), &mut self.line);
        }
        self.plan = Some(plan);
        Ok(())
    }
}

/// Weights add up to 256, so the sum stays within 255 * 256.
fn blend(
    line: &mut [u16],
    (samples, weight): (&[u8], u16),
    (others, others_weight): (&[u8], u16),
    add: impl Fn(u16, u16) -> u16,
) {
    for ((sum, sample), other) in line.iter_mut().zip(samples).zip(others) {
        let both = u16::from(*sample) * weight + u16::from(*other) * others_weight;
        *sum = add(*sum, both);
    }
}

/// The filters from one source size to one target size.
#[derive(Debug)]
struct Plan {
    source: (u32, u32),
    has_bars: bool,
    luma: PlaneFilters,
    chroma: PlaneFilters,
}

impl Plan {
    fn new(source: (u32, u32), target: (u32, u32)) -> Self {
        let Fit { crop, place } = fit(source, target);
        let halves = |area: Area| Area {
            left: area.left / 2,
            top: area.top / 2,
            width: area.width.div_ceil(2),
            height: area.height.div_ceil(2),
        };
        Self {
            source,
            has_bars: (place.width, place.height) != target,
            luma: PlaneFilters::new(crop, place),
            chroma: PlaneFilters::new(halves(crop), halves(place)),
        }
    }
}

#[derive(Debug)]
struct PlaneFilters {
    columns: Filter,
    rows: Filter,
    /// Where the first sample goes.
    left: usize,
    top: usize,
}

impl PlaneFilters {
    fn new(crop: Area, place: Area) -> Self {
        Self {
            columns: Filter::new(crop.left, crop.width, place.width),
            rows: Filter::new(crop.top, crop.height, place.height),
            left: place.left as usize,
            top: place.top as usize,
        }
    }

    /// The target's samples come with the width of their plane.
    fn run(
        &self,
        Samples {
            data: source,
            stride,
        }: Samples<'_>,
        (target, target_width): (&mut [u8], usize),
        line: &mut Vec<u16>,
    ) {
        let (first, end) = self.columns.span();
        line.resize(end - first, 0);
        let lines = target.chunks_exact_mut(target_width).skip(self.top);
        for (taps, out) in self.rows.taps().zip(lines) {
            let mut taps = taps.map(|(row, weight)| {
                let start = row * stride;
                (&source[start + first..start + end], weight)
            });
            let nothing = (&source[first..end], 0);
            let mut is_first = true;
            // By twos: a sum is loaded and stored half as often.
            while let Some(one) = taps.next() {
                let other = taps.next().unwrap_or(nothing);
                if std::mem::take(&mut is_first) {
                    blend(line, one, other, |_, sum| sum);
                } else {
                    blend(line, one, other, |before, sum| before + sum);
                }
            }
            let out = &mut out[self.left..self.left + self.columns.len()];
            self.columns.gather(line, first, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_picture_stays_flat_at_every_size() {
        for source in [(640, 480), (176, 144), (5, 4), (1280, 720)] {
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
    fn a_portrait_stands_between_black_bars() {
        let mut portrait = Picture::black(480, 640).unwrap();
        portrait.plane_mut(Plane::Y).fill(200);
        portrait.plane_mut(Plane::U).fill(90);
        let mut scaler = Scaler::new(176, 144).unwrap();
        // The memory of another picture, which must not shine through the bars.
        let mut target = Picture::from_i420(176, 144, vec![77; 176 * 144 * 3 / 2]).unwrap();
        scaler.scale_into(&portrait, &mut target).unwrap();
        for (plane, bar, inside, left, right) in
            [(Plane::Y, 16, 200, 6, 168), (Plane::U, 128, 90, 3, 84)]
        {
            let (width, _) = target.plane_size(plane);
            for line in target.plane(plane).chunks_exact(width) {
                assert!(line[..left].iter().all(|sample| *sample == bar));
                assert!(line[left..right].iter().all(|sample| *sample == inside));
                assert!(line[right..].iter().all(|sample| *sample == bar));
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
