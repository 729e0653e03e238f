//! One decoded picture: planar 4:2:0, BT.601 limited range, no gaps between lines.

mod view;

use thiserror::Error;

pub use view::{Samples, View};

/// The longest side that a picture may have, in pixels. It is the side of a 4K screen: no camera
/// in a share is larger, and it keeps one picture below 25 MB whatever a file or a peer claims.
pub const MAX_SIDE: u32 = 4096;

/// An I420 picture. The three planes lie one behind the other without gaps; where a side is odd,
/// the chroma planes round up.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    data: Vec<u8>,
}

/// Whoever handed in the samples gave something that is not a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PictureError {
    #[error("a picture of {width}x{height} is outside 1x1 to {MAX_SIDE}x{MAX_SIDE}")]
    Size { width: u32, height: u32 },
    #[error("{found} bytes of samples where {expected} were needed")]
    Length { expected: usize, found: usize },
}

/// One of the three planes of a [`Picture`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    Y,
    U,
    V,
}

impl Plane {
    pub const ALL: [Plane; 3] = [Plane::Y, Plane::U, Plane::V];
}

/// How a picture must be turned to stand upright, clockwise (3GPP TS 26.114 §7.4.5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rotation {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Picture {
    /// A black picture.
    ///
    /// # Errors
    /// When a side is 0 or beyond [`MAX_SIDE`].
    pub fn black(width: u32, height: u32) -> Result<Self, PictureError> {
        let length = i420_bytes(width, height)?;
        let mut data = vec![128; length];
        data[..width as usize * height as usize].fill(16);
        Ok(Self {
            width,
            height,
            data,
        })
    }

    /// A picture from its samples: Y, then U, then V, without gaps.
    ///
    /// # Errors
    /// When the size is out of range or `data` has not exactly its number of bytes.
    pub fn from_i420(width: u32, height: u32, data: Vec<u8>) -> Result<Self, PictureError> {
        check_length(i420_bytes(width, height)?, data.len())?;
        Ok(Self {
            width,
            height,
            data,
        })
    }

    /// A picture from RGBA pixels (four bytes each, full range, alpha ignored), as a canvas
    /// gives them.
    ///
    /// # Errors
    /// When the size is out of range or `rgba` has not four bytes for each pixel.
    pub fn from_rgba(width: u32, height: u32, rgba: &[u8]) -> Result<Self, PictureError> {
        let mut picture = Self::black(width, height)?;
        check_length(width as usize * height as usize * 4, rgba.len())?;
        for (luma, pixel) in picture.data.iter_mut().zip(rgba.chunks_exact(4)) {
            *luma = luma_of(pixel);
        }
        let (chroma_width, chroma_height) = picture.plane_size(Plane::U);
        for row in 0..chroma_height {
            for column in 0..chroma_width {
                let rgb = mean_of_four(rgba, picture.width, picture.height, column, row);
                let at = row * chroma_width + column;
                picture.plane_mut(Plane::U)[at] = blue_difference_of(rgb);
                picture.plane_mut(Plane::V)[at] = red_difference_of(rgb);
            }
        }
        Ok(picture)
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// All samples: Y, then U, then V.
    pub fn as_i420(&self) -> &[u8] {
        &self.data
    }

    /// Width and height of a plane, in samples.
    pub fn plane_size(&self, plane: Plane) -> (usize, usize) {
        plane_size(self.width, self.height, plane)
    }

    /// The samples of a plane, line after line; a line is as long as the plane is wide.
    pub fn plane(&self, plane: Plane) -> &[u8] {
        &self.data[self.plane_range(plane)]
    }

    /// Like [`Picture::plane`], to write to.
    pub fn plane_mut(&mut self, plane: Plane) -> &mut [u8] {
        let range = self.plane_range(plane);
        &mut self.data[range]
    }

    /// Makes this a picture of another size and keeps its memory where that suffices. What the
    /// samples are afterwards is not said: the caller writes them all.
    ///
    /// # Errors
    /// When a side is 0 or beyond [`MAX_SIDE`]; the picture is unchanged then.
    pub fn reshape(&mut self, width: u32, height: u32) -> Result<(), PictureError> {
        let length = i420_bytes(width, height)?;
        self.data.resize(length, 128);
        self.width = width;
        self.height = height;
        Ok(())
    }

    /// Writes this picture, turned, into another that keeps its memory.
    ///
    /// # Errors
    /// None in practice: a turned picture is within the limits that this one is within.
    pub fn rotate_into(
        &self,
        rotation: Rotation,
        target: &mut Picture,
    ) -> Result<(), PictureError> {
        match rotation {
            Rotation::None | Rotation::Half => target.reshape(self.width, self.height)?,
            Rotation::Quarter | Rotation::ThreeQuarters => {
                target.reshape(self.height, self.width)?;
            }
        }
        for plane in Plane::ALL {
            let (width, _) = self.plane_size(plane);
            let (target_width, _) = target.plane_size(plane);
            let (source, turned) = (self.plane(plane), target.plane_mut(plane));
            match rotation {
                Rotation::None => turned.copy_from_slice(source),
                Rotation::Half => {
                    let backwards = source.iter().rev();
                    turned
                        .iter_mut()
                        .zip(backwards)
                        .for_each(|(out, sample)| *out = *sample);
                }
                // A line of the target is a column of the source, from below or from above.
                Rotation::Quarter => {
                    let lines = turned.chunks_exact_mut(target_width).enumerate();
                    for (column, line) in lines {
                        take_column(line, source.chunks_exact(width).rev(), column);
                    }
                }
                Rotation::ThreeQuarters => {
                    let lines = turned.chunks_exact_mut(target_width);
                    for (column, line) in (0..width).rev().zip(lines) {
                        take_column(line, source.chunks_exact(width), column);
                    }
                }
            }
        }
        Ok(())
    }

    /// The pixels as RGB, three bytes each, full range.
    pub fn to_rgb(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.width as usize * self.height as usize * 3);
        self.for_each_rgb(|rgb| out.extend_from_slice(&rgb));
        out
    }

    /// The pixels as RGBA, four bytes each, full range, opaque.
    pub fn to_rgba(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.width as usize * self.height as usize * 4);
        self.for_each_rgb(|[r, g, b]| out.extend_from_slice(&[r, g, b, 255]));
        out
    }

    fn for_each_rgb(&self, mut take: impl FnMut([u8; 3])) {
        let width = self.width as usize;
        let (chroma_width, _) = self.plane_size(Plane::U);
        let (us, vs) = (self.plane(Plane::U), self.plane(Plane::V));
        for (row, line) in self.plane(Plane::Y).chunks_exact(width).enumerate() {
            let chroma_line = row / 2 * chroma_width;
            for (column, &y) in line.iter().enumerate() {
                let at = chroma_line + column / 2;
                take(rgb_of(y, us[at], vs[at]));
            }
        }
    }

    fn plane_range(&self, plane: Plane) -> std::ops::Range<usize> {
        let luma = self.width as usize * self.height as usize;
        let chroma = (self.data.len() - luma) / 2;
        match plane {
            Plane::Y => 0..luma,
            Plane::U => luma..luma + chroma,
            Plane::V => luma + chroma..self.data.len(),
        }
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

fn take_column<'a>(out: &mut [u8], lines: impl Iterator<Item = &'a [u8]>, column: usize) {
    for (out, line) in out.iter_mut().zip(lines) {
        *out = line[column];
    }
}

/// Width and height in samples of a plane of a picture of that size.
pub(crate) fn plane_size(width: u32, height: u32, plane: Plane) -> (usize, usize) {
    let (width, height) = (width as usize, height as usize);
    match plane {
        Plane::Y => (width, height),
        Plane::U | Plane::V => (width.div_ceil(2), height.div_ceil(2)),
    }
}

fn i420_bytes(width: u32, height: u32) -> Result<usize, PictureError> {
    if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
        return Err(PictureError::Size { width, height });
    }
    let bytes = |plane| {
        let (width, height) = plane_size(width, height, plane);
        width * height
    };
    Ok(Plane::ALL.into_iter().map(bytes).sum())
}

fn check_length(expected: usize, found: usize) -> Result<(), PictureError> {
    if expected == found {
        Ok(())
    } else {
        Err(PictureError::Length { expected, found })
    }
}

/// The mean colour of the (up to) four pixels that share one chroma sample.
fn mean_of_four(rgba: &[u8], width: u32, height: u32, column: usize, row: usize) -> [i32; 3] {
    let (width, height) = (width as usize, height as usize);
    let (right, below) = (
        (column * 2 + 1).min(width - 1),
        (row * 2 + 1).min(height - 1),
    );
    let pixel = |x: usize, y: usize, channel: usize| i32::from(rgba[(y * width + x) * 4 + channel]);
    std::array::from_fn(|channel| {
        let sum = pixel(column * 2, row * 2, channel)
            + pixel(right, row * 2, channel)
            + pixel(column * 2, below, channel)
            + pixel(right, below, channel);
        (sum + 2) / 4
    })
}

fn luma_of(pixel: &[u8]) -> u8 {
    let [r, g, b] = [0, 1, 2].map(|channel| i32::from(pixel[channel]));
    clamp(((66 * r + 129 * g + 25 * b + 128) >> 8) + 16)
}

fn blue_difference_of([r, g, b]: [i32; 3]) -> u8 {
    clamp(((-38 * r - 74 * g + 112 * b + 128) >> 8) + 128)
}

fn red_difference_of([r, g, b]: [i32; 3]) -> u8 {
    clamp(((112 * r - 94 * g - 18 * b + 128) >> 8) + 128)
}

fn rgb_of(y: u8, u: u8, v: u8) -> [u8; 3] {
    let luma = 298 * (i32::from(y) - 16) + 128;
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    [
        clamp((luma + 409 * v) >> 8),
        clamp((luma - 100 * u - 208 * v) >> 8),
        clamp((luma + 516 * u) >> 8),
    ]
}

fn clamp(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primary_colours_have_their_bt601_samples() {
        let expected = [
            ([0, 0, 0], (16, 128, 128)),
            ([255, 255, 255], (235, 128, 128)),
            ([255, 0, 0], (82, 90, 240)),
            ([0, 255, 0], (144, 54, 34)),
            ([0, 0, 255], (41, 240, 110)),
        ];
        for ([r, g, b], (y, u, v)) in expected {
            let picture = Picture::from_rgba(1, 1, &[r, g, b, 255]).unwrap();
            assert_eq!(picture.as_i420(), [y, u, v], "of {r},{g},{b}");
            for (found, wanted) in picture.to_rgb().iter().zip([r, g, b]) {
                assert!(
                    found.abs_diff(wanted) <= 2,
                    "{found} for {wanted} of {r},{g},{b}"
                );
            }
        }
    }

    #[test]
    fn odd_sides_round_their_chroma_up() {
        let picture = Picture::black(5, 3).unwrap();
        assert_eq!(picture.plane(Plane::Y).len(), 15);
        assert_eq!(picture.plane_size(Plane::V), (3, 2));
        assert_eq!(picture.as_i420().len(), 27);
        assert_eq!(picture.to_rgba().len(), 60);
    }

    #[test]
    fn sizes_and_lengths_that_are_no_picture_are_refused() {
        assert_eq!(
            Picture::black(0, 10).unwrap_err(),
            PictureError::Size {
                width: 0,
                height: 10
            }
        );
        assert!(Picture::black(MAX_SIDE + 1, 2).is_err());
        assert_eq!(
            Picture::from_i420(2, 2, vec![0; 5]).unwrap_err(),
            PictureError::Length {
                expected: 6,
                found: 5
            }
        );
        assert!(Picture::from_rgba(2, 2, &[0; 12]).is_err());
    }

    #[test]
    fn four_quarter_turns_are_none_and_a_turn_goes_clockwise() {
        let luma = [1, 2, 3, 4, 5, 6];
        let samples = [&luma[..], &[7, 8], &[9, 10]].concat();
        let picture = Picture::from_i420(3, 2, samples).unwrap();
        let turned = |rotation| {
            let mut target = Picture::black(1, 1).unwrap();
            picture.rotate_into(rotation, &mut target).unwrap();
            target
        };
        for (rotation, size, luma, blue) in [
            (Rotation::None, (3, 2), [1, 2, 3, 4, 5, 6], [7, 8]),
            (Rotation::Quarter, (2, 3), [4, 1, 5, 2, 6, 3], [7, 8]),
            (Rotation::Half, (3, 2), [6, 5, 4, 3, 2, 1], [8, 7]),
            (Rotation::ThreeQuarters, (2, 3), [3, 6, 2, 5, 1, 4], [8, 7]),
        ] {
            let target = turned(rotation);
            assert_eq!((target.width(), target.height()), size, "{rotation:?}");
            assert_eq!(target.plane(Plane::Y), luma, "{rotation:?}");
            assert_eq!(target.plane(Plane::U), blue, "{rotation:?}");
        }
    }

    #[test]
    fn a_reshaped_picture_has_the_planes_of_its_new_size() {
        let mut picture = Picture::black(64, 48).unwrap();
        picture.reshape(176, 144).unwrap();
        assert_eq!(picture.plane(Plane::U).len(), 88 * 72);
        assert!(picture.reshape(0, 1).is_err());
        assert_eq!((picture.width(), picture.height()), (176, 144));
    }
}
