//! How far one picture is from another.

use crate::picture::{Picture, Plane};

/// What equal pictures score, in decibels, in place of an infinity that JSON cannot hold.
pub const PSNR_CEILING_DB: f64 = 100.0;

/// Peak signal-to-noise ratio of the luma, in decibels: about 30 is a fair likeness, 40 a very
/// good one, [`PSNR_CEILING_DB`] equality. Pictures of different sizes score 0.
pub fn psnr_luma(a: &Picture, b: &Picture) -> f64 {
    if (a.width(), a.height()) != (b.width(), b.height()) {
        return 0.0;
    }
    let (a, b) = (a.plane(Plane::Y), b.plane(Plane::Y));
    let squared_error: u64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2))
        .sum();
    if squared_error == 0 {
        return PSNR_CEILING_DB;
    }
    let mean = squared_error as f64 / a.len() as f64;
    (10.0 * (255.0 * 255.0 / mean).log10()).min(PSNR_CEILING_DB)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(luma: u8) -> Picture {
        let mut picture = Picture::black(16, 16).unwrap();
        picture.plane_mut(Plane::Y).fill(luma);
        picture
    }

    #[test]
    fn known_differences_have_their_known_ratio() {
        assert_eq!(psnr_luma(&grey(90), &grey(90)), PSNR_CEILING_DB);
        assert!((psnr_luma(&grey(90), &grey(91)) - 48.13).abs() < 0.01);
        assert!((psnr_luma(&grey(90), &grey(100)) - 28.13).abs() < 0.01);
        assert!((psnr_luma(&grey(0), &grey(255)) - 0.0).abs() < 0.01);
    }

    #[test]
    fn pictures_of_different_sizes_have_nothing_in_common() {
        assert_eq!(psnr_luma(&grey(90), &Picture::black(8, 8).unwrap()), 0.0);
    }
}
