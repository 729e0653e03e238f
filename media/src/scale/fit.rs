//! Which part of a picture is shown, and where.
//!
//! Handsets show QCIF pixel by pixel and cameras have other shapes. A little off the edges is not
//! missed, and a small screen is better filled: 4:3 and 16:9 are cropped to 11:9. A portrait
//! picture cropped to a landscape shape would lose the head or the chin of whoever holds the
//! phone: at least two thirds of each side are kept, and black bars fill the rest. What a portrait
//! loses it loses mostly at the bottom, where nobody's face is.

/// A part of a picture, in luma pixels. All even, so that chroma samples are never split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

/// How a source comes into a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// The part of the source that is shown.
    pub crop: Area,
    /// Where in the target it is shown; the rest is black.
    pub place: Area,
}

/// How pictures of the source's size (width, height) come into the target's.
pub fn fit(source: (u32, u32), target: (u32, u32)) -> Fit {
    let [source_width, source_height] = [source.0, source.1].map(u64::from);
    let [target_width, target_height] = [target.0, target.1].map(u64::from);
    let (mut crop, mut place) = (source, target);
    if source_width * target_height > source_height * target_width {
        let filling = source_height * target_width / target_height;
        crop.0 = even(filling.max(kept(source_width)), source.0);
        if filling < kept(source_width) {
            place.1 = even(target_width * source_height / u64::from(crop.0), target.1);
        }
    } else if source_width * target_height < source_height * target_width {
        let filling = source_width * target_height / target_width;
        crop.1 = even(filling.max(kept(source_height)), source.1);
        if filling < kept(source_height) {
            place.0 = even(target_height * source_width / u64::from(crop.1), target.0);
        }
    }
    let is_portrait = source.1 > source.0;
    let above = if is_portrait { 4 } else { 2 };
    Fit {
        crop: Area {
            left: ((source.0 - crop.0) / 2) & !1,
            top: ((source.1 - crop.1) / above) & !1,
            width: crop.0,
            height: crop.1,
        },
        place: Area {
            left: ((target.0 - place.0) / 2) & !1,
            top: ((target.1 - place.1) / 2) & !1,
            width: place.0,
            height: place.1,
        },
    }
}

/// The least of a side that is shown.
fn kept(side: u64) -> u64 {
    (side * 2).div_ceil(3)
}

fn even(side: u64, whole: u32) -> u32 {
    let side = u32::try_from(side).unwrap_or(whole) & !1;
    side.clamp(2.min(whole), whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::picture::MAX_SIDE;

    fn area((left, top, width, height): (u32, u32, u32, u32)) -> Area {
        Area {
            left,
            top,
            width,
            height,
        }
    }

    /// R6.12.
    #[test]
    fn every_shape_of_camera_comes_into_qcif_whole_enough() {
        let qcif = (0, 0, 176, 144);
        for (source, crop, place) in [
            ((640, 480), (26, 0, 586, 480), qcif),
            ((1280, 720), (200, 0, 880, 720), qcif),
            ((352, 288), (0, 0, 352, 288), qcif),
            ((176, 144), (0, 0, 176, 144), qcif),
            ((1, 1), (0, 0, 1, 1), (16, 0, 144, 144)),
            // Portrait: a quarter of the loss is above.
            ((480, 640), (0, 52, 480, 426), (6, 0, 162, 144)),
            ((720, 1280), (0, 106, 720, 854), (28, 0, 120, 144)),
            // A panorama.
            ((2560, 1080), (426, 0, 1706, 1080), (0, 16, 176, 110)),
        ] {
            let expected = Fit {
                crop: area(crop),
                place: area(place),
            };
            assert_eq!(fit(source, (176, 144)), expected, "{source:?}");
        }
    }

    #[test]
    fn a_handsets_picture_comes_into_a_larger_one_of_its_shape_whole() {
        let Fit { crop, place } = fit((176, 144), (352, 288));
        assert_eq!(
            (crop, place),
            (area((0, 0, 176, 144)), area((0, 0, 352, 288)))
        );
    }

    proptest! {
        #[test]
        fn any_picture_comes_into_any_other_unstretched(
            source in (64..=MAX_SIDE, 64..=MAX_SIDE),
            target in (64..=MAX_SIDE, 64..=MAX_SIDE),
        ) {
            for (width, height) in [source, target] {
                prop_assume!(width < height * 4 && height < width * 4);
            }
            let Fit { crop, place } = fit(source, target);
            for (area, whole) in [(crop, source), (place, target)] {
                prop_assert!(area.width >= 1 && area.height >= 1);
                prop_assert!(area.left + area.width <= whole.0);
                prop_assert!(area.top + area.height <= whole.1);
                prop_assert!(area.left % 2 == 0 && area.top % 2 == 0);
            }
            // Rounding to even sides is all that bends the shape.
            let across = f64::from(place.width) / f64::from(crop.width);
            let down = f64::from(place.height) / f64::from(crop.height);
            let least = [crop.width, crop.height, place.width, place.height].into_iter().min();
            let slack = 1.0 + 3.0 / f64::from(least.unwrap_or(1));
            prop_assert!(across / down < slack * slack && down / across < slack * slack);
        }
    }
}
