//! The test pattern: moving colour fields, a time for people and a frame counter for programs.
//!
//! A picture that came through cameras, codecs and networks tells by its counter which frame it
//! was, and can be compared with that frame drawn anew. All of it is laid out relative to the
//! height and centred, so that a crop of the sides (4:3 or 16:9 to QCIF's 11:9) leaves it whole.
//!
//! The counter is a strip of 18 cells, each 1/16 of the height wide and 1/8 high, its top at
//! 0.7 of the height: a white cell, sixteen bits with the highest first (white is 1), a black
//! cell. A grey plate around it sets it off.

mod font;

use std::f64::consts::TAU;

use crate::picture::{Picture, PictureError, Plane};
use crate::quality::psnr_luma;
use crate::scale::Scaler;

/// How a picture compares with the frame of the pattern that it shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The frame counter that was read.
    pub counter: u16,
    /// Luma PSNR against that frame, in decibels.
    pub psnr_db: f64,
}

/// Draws the frame with that counter. With an empty text it depends on counter and size alone and
/// can be scored; a text is burnt in above the strip.
///
/// # Errors
/// When the size is no picture's.
pub fn draw(
    counter: u16,
    time_text: &str,
    width: u32,
    height: u32,
) -> Result<Picture, PictureError> {
    let mut picture = Picture::black(width, height)?;
    for (plane, field) in [
        (Plane::Y, LUMA_FIELD),
        (Plane::U, BLUE_FIELD),
        (Plane::V, RED_FIELD),
    ] {
        draw_field(&mut picture, plane, field, counter);
    }
    draw_ball(&mut picture, counter);
    draw_strip(&mut picture, counter);
    draw_text(&mut picture, time_text);
    Ok(picture)
}

/// The frame counter that a picture shows. `None` for a picture of anything else, and for one too
/// damaged to be sure.
pub fn read(picture: &Picture) -> Option<u16> {
    let strip = Strip::of(picture.width(), picture.height());
    let white = strip.cell_mean(picture, 0)?;
    let black = strip.cell_mean(picture, LAST_CELL)?;
    let contrast = white - black;
    if contrast < MIN_CONTRAST {
        return None;
    }
    let level = |luma: f64| (luma - black) / contrast;
    for cell in 0..CELLS {
        for edge in [Edge::Above, Edge::Below] {
            let plate = level(strip.plate_mean(picture, cell, edge)?);
            if !PLATE_LEVELS.contains(&plate) {
                return None;
            }
        }
    }
    let mut counter = 0;
    for cell in 1..LAST_CELL {
        let level = level(strip.cell_mean(picture, cell)?);
        if AMBIGUOUS_LEVELS.contains(&level) {
            return None;
        }
        counter = counter << 1 | u16::from(level > 0.5);
    }
    Some(counter)
}

/// Reads a picture's counter and compares the picture with that frame of a source of
/// `source_width` x `source_height`, fitted as [`Scaler`] fits it. `None` when no counter can be
/// read or the source's size is no picture's.
pub fn score(picture: &Picture, source_width: u32, source_height: u32) -> Option<Score> {
    let counter = read(picture)?;
    let source = draw(counter, "", source_width, source_height).ok()?;
    let mut scaler = Scaler::new(picture.width(), picture.height()).ok()?;
    let expected = scaler.scale(&source).ok()?;
    Some(Score {
        counter,
        psnr_db: psnr_luma(picture, &expected),
    })
}

const CELLS: usize = 18;
const LAST_CELL: usize = CELLS - 1;
/// White and black of the strip are no farther apart than H.263 can step in one picture at a fine
/// quantiser: its coefficients end at 127 (ITU-T H.263 §5.4.2), and a step beyond that arrives in
/// two pictures, with an unreadable bit in the first.
const WHITE: u8 = 208;
const BLACK: u8 = 58;
const PLATE: u8 = 133;

/// Least luma between the white and the black cell. A codec at its worst keeps far more; in an
/// ordinary picture it takes chance to have it at all.
const MIN_CONTRAST: f64 = 70.0;
/// Between black (0) and white (1), the levels at which a bit is not certain.
const AMBIGUOUS_LEVELS: std::ops::RangeInclusive<f64> = 0.38..=0.62;
/// The levels at which the plate must be seen above and below each cell. This is what tells the
/// strip from an ordinary picture with a bright and a dark spot.
const PLATE_LEVELS: std::ops::RangeInclusive<f64> = 0.2..=0.8;

/// Two waves that add up to a field of one plane. Their sum stays within what RGB can show, so
/// that a picture read back from a screen's pixels still compares.
#[derive(Clone, Copy)]
struct Field {
    mean: f64,
    across: Wave,
    down: Wave,
}

#[derive(Clone, Copy)]
struct Wave {
    amplitude: f64,
    /// Waves in one picture height.
    density: f64,
    /// Waves that pass a point in one frame; the sign is the direction.
    drift: f64,
}

const LUMA_FIELD: Field = Field {
    mean: 124.0,
    across: Wave {
        amplitude: 36.0,
        density: 0.7,
        drift: 1.0 / 90.0,
    },
    down: Wave {
        amplitude: 22.0,
        density: 0.5,
        drift: -1.0 / 150.0,
    },
};
const BLUE_FIELD: Field = Field {
    mean: 128.0,
    across: Wave {
        amplitude: 20.0,
        density: 0.45,
        drift: -1.0 / 140.0,
    },
    down: Wave {
        amplitude: 8.0,
        density: 0.6,
        drift: 1.0 / 170.0,
    },
};
const RED_FIELD: Field = Field {
    mean: 128.0,
    across: Wave {
        amplitude: 22.0,
        density: 0.6,
        drift: 1.0 / 190.0,
    },
    down: Wave {
        amplitude: 13.0,
        density: 0.5,
        drift: 1.0 / 110.0,
    },
};

impl Wave {
    /// The wave along `samples` samples of a plane, `per_height` of which make a picture height.
    /// The middle of the line has the same phase at every width.
    fn along(self, samples: usize, per_height: f64, counter: u16) -> Vec<f64> {
        let middle = (samples as f64 - 1.0) / 2.0;
        (0..samples)
            .map(|at| {
                let place = (at as f64 - middle) / per_height * self.density;
                self.amplitude * (TAU * (place - f64::from(counter) * self.drift)).sin()
            })
            .collect()
    }
}

fn draw_field(picture: &mut Picture, plane: Plane, field: Field, counter: u16) {
    let (width, height) = picture.plane_size(plane);
    let across = field.across.along(width, height as f64, counter);
    let down = field.down.along(height, height as f64, counter);
    let lines = picture.plane_mut(plane).chunks_exact_mut(width);
    for (line, down) in lines.zip(down) {
        let level = field.mean + 0.5 + down;
        for (sample, across) in line.iter_mut().zip(&across) {
            *sample = (level + across) as u8;
        }
    }
}

/// A bright grey ball with a soft rim that swings above the strip.
fn draw_ball(picture: &mut Picture, counter: u16) {
    for (plane, value) in [(Plane::Y, 215.0), (Plane::U, 128.0), (Plane::V, 128.0)] {
        let (width, height) = picture.plane_size(plane);
        let unit = height as f64;
        let swing = |frames: f64| (TAU * f64::from(counter) / frames).sin();
        let x = width as f64 / 2.0 + 0.4 * unit * swing(113.0);
        let y = unit * (0.36 + 0.2 * swing(71.0));
        let (radius, rim) = (0.09 * unit, 0.03 * unit);
        let reach = radius + rim;
        let columns = (x - reach).max(0.0) as usize..((x + reach).max(0.0) as usize).min(width);
        let rows = (y - reach).max(0.0) as usize..((y + reach) as usize).min(height);
        let samples = picture.plane_mut(plane);
        for row in rows {
            for column in columns.clone() {
                let distance = (row as f64 + 0.5 - y).hypot(column as f64 + 0.5 - x);
                let share = ((reach - distance) / (2.0 * rim)).clamp(0.0, 1.0);
                let sample = &mut samples[row * width + column];
                *sample = (f64::from(*sample) * (1.0 - share) + value * share) as u8;
            }
        }
    }
}

fn draw_strip(picture: &mut Picture, counter: u16) {
    let strip = Strip::of(picture.width(), picture.height());
    fill(picture, strip.plate(), PLATE);
    for cell in 0..CELLS {
        let bit = LAST_CELL.saturating_sub(1 + cell);
        let white = match cell {
            0 => true,
            LAST_CELL => false,
            _ => counter >> bit & 1 == 1,
        };
        fill(picture, strip.cell(cell), if white { WHITE } else { BLACK });
    }
}

/// Draws light letters on a dark plate, centred, as large as fits.
fn draw_text(picture: &mut Picture, text: &str) {
    let columns = text.chars().count() * (font::GLYPH_WIDTH + 1) + 1;
    if text.is_empty() {
        return;
    }
    let (width, height) = picture.plane_size(Plane::Y);
    // A crop to 11:9 must leave the text whole, so it is no wider than that.
    let dot = (height / 60).min(width.min(height * 11 / 9) / columns);
    let left = (width.saturating_sub(columns * dot)) / 2;
    let top = height / 10;
    let plate = Area {
        left: left as f64,
        top: top as f64,
        right: (left + columns * dot) as f64,
        bottom: (top + (font::GLYPH_HEIGHT + 2) * dot) as f64,
    };
    fill(picture, plate, 32);
    for (index, character) in text.chars().enumerate() {
        let glyph_left = left + (index * (font::GLYPH_WIDTH + 1) + 1) * dot;
        for (row, bits) in font::glyph(character).into_iter().enumerate() {
            for column in 0..font::GLYPH_WIDTH {
                if bits >> (font::GLYPH_WIDTH - 1 - column) & 1 == 1 {
                    let (x, y) = (glyph_left + column * dot, top + (row + 1) * dot);
                    let area = Area {
                        left: x as f64,
                        top: y as f64,
                        right: (x + dot) as f64,
                        bottom: (y + dot) as f64,
                    };
                    fill(picture, area, 225);
                }
            }
        }
    }
}

/// Fills a rectangle with a grey, clipped to the picture.
fn fill(picture: &mut Picture, area: Area, luma: u8) {
    for (plane, value, shrink) in [
        (Plane::Y, luma, 1.0),
        (Plane::U, 128, 0.5),
        (Plane::V, 128, 0.5),
    ] {
        let (width, _) = picture.plane_size(plane);
        let area = area.scaled(shrink);
        let (left, right) = (area.columns().start, area.columns().end.min(width));
        let lines = picture.plane_mut(plane).chunks_exact_mut(width);
        for (row, line) in lines.enumerate() {
            if area.rows().contains(&row) && left < right {
                line[left..right].fill(value);
            }
        }
    }
}

/// Where the counter is in a picture of some size.
#[derive(Clone, Copy)]
struct Strip {
    left: f64,
    top: f64,
    cell_width: f64,
    cell_height: f64,
    border: f64,
}

#[derive(Clone, Copy)]
enum Edge {
    Above,
    Below,
}

impl Strip {
    fn of(width: u32, height: u32) -> Self {
        let height = f64::from(height);
        let cell_width = height / 16.0;
        Self {
            left: f64::from(width) / 2.0 - cell_width * CELLS as f64 / 2.0,
            top: height * 0.7,
            cell_width,
            cell_height: height / 8.0,
            border: height / 24.0,
        }
    }

    fn cell(self, cell: usize) -> Area {
        let left = self.left + cell as f64 * self.cell_width;
        Area {
            left,
            top: self.top,
            right: left + self.cell_width,
            bottom: self.top + self.cell_height,
        }
    }

    fn plate(self) -> Area {
        Area {
            left: self.left - self.border,
            top: self.top - self.border,
            right: self.left + self.cell_width * CELLS as f64 + self.border,
            bottom: self.top + self.cell_height + self.border,
        }
    }

    /// Mean luma of the middle of a cell, away from its smeared rims.
    fn cell_mean(self, picture: &Picture, cell: usize) -> Option<f64> {
        let area = self.cell(cell);
        let (x, y) = (self.cell_width * 0.25, self.cell_height * 0.25);
        mean(
            picture,
            Area {
                left: area.left + x,
                top: area.top + y,
                right: area.right - x,
                bottom: area.bottom - y,
            },
        )
    }

    /// Mean luma of the plate beside a cell.
    fn plate_mean(self, picture: &Picture, cell: usize, edge: Edge) -> Option<f64> {
        let area = self.cell(cell);
        let middle = match edge {
            Edge::Above => self.top - self.border / 2.0,
            Edge::Below => self.top + self.cell_height + self.border / 2.0,
        };
        mean(
            picture,
            Area {
                top: middle - self.border / 6.0,
                bottom: middle + self.border / 6.0,
                ..area
            },
        )
    }
}

/// Mean luma of an area; `None` where it is not whole within the picture or holds no sample.
fn mean(picture: &Picture, area: Area) -> Option<f64> {
    let (width, height) = picture.plane_size(Plane::Y);
    if area.left < 0.0 || area.right > width as f64 || area.bottom > height as f64 {
        return None;
    }
    let samples = picture.plane(Plane::Y);
    let (mut sum, mut count) = (0_u64, 0_u64);
    for row in area.rows() {
        for sample in &samples[row * width..][area.columns()] {
            sum += u64::from(*sample);
            count += 1;
        }
    }
    (count > 0).then(|| sum as f64 / count as f64)
}

/// A rectangle in samples. A sample belongs to it when the sample's centre does.
#[derive(Clone, Copy)]
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    fn columns(self) -> std::ops::Range<usize> {
        self.left.round().max(0.0) as usize..self.right.round().max(0.0) as usize
    }

    fn rows(self) -> std::ops::Range<usize> {
        self.top.round().max(0.0) as usize..self.bottom.round().max(0.0) as usize
    }

    fn scaled(self, factor: f64) -> Self {
        Self {
            left: self.left * factor,
            top: self.top * factor,
            right: self.right * factor,
            bottom: self.bottom * factor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_of_the_counter_is_read_back_at_every_size() {
        let counters = (0..16)
            .map(|bit| 1 << bit)
            .chain([0, 0xffff, 0xa5a5, 12345]);
        for counter in counters {
            for (width, height) in [(640, 480), (1280, 720), (352, 288), (176, 144), (320, 240)] {
                let picture = draw(counter, "12:34:56", width, height).unwrap();
                assert_eq!(read(&picture), Some(counter), "at {width}x{height}");
            }
        }
    }

    #[test]
    fn a_crop_to_qcif_leaves_the_counter_and_the_score_whole() {
        for (width, height) in [(640, 480), (1280, 720), (640, 360), (320, 240)] {
            let source = draw(4711, "", width, height).unwrap();
            let shown = Scaler::new(176, 144).unwrap().scale(&source).unwrap();
            let score = score(&shown, width, height).unwrap();
            assert_eq!(score.counter, 4711);
            assert_eq!(score.psnr_db, crate::quality::PSNR_CEILING_DB);
        }
    }

    #[test]
    fn a_picture_shown_uncropped_is_scored_too() {
        let source = draw(99, "", 640, 480).unwrap();
        let shown = Scaler::new(320, 240).unwrap().scale(&source).unwrap();
        assert_eq!(score(&shown, 640, 480).unwrap().psnr_db, 100.0);
        assert_eq!(score(&source, 640, 480).unwrap().psnr_db, 100.0);
    }

    #[test]
    fn the_score_of_rgb_pixels_stays_close_to_that_of_the_samples() {
        let source = draw(7, "", 640, 480).unwrap();
        let pixels = Picture::from_rgba(640, 480, &source.to_rgba()).unwrap();
        let score = score(&pixels, 640, 480).unwrap();
        assert_eq!(score.counter, 7);
        assert!(score.psnr_db > 45.0, "{} dB", score.psnr_db);
    }

    #[test]
    fn the_score_falls_with_another_frames_fields() {
        let mut picture = draw(100, "", 176, 144).unwrap();
        let other = draw(140, "", 176, 144).unwrap();
        let upper = 176 * 90;
        picture.plane_mut(Plane::Y)[..upper].copy_from_slice(&other.plane(Plane::Y)[..upper]);
        let score = score(&picture, 176, 144).unwrap();
        assert_eq!(score.counter, 100);
        assert!(score.psnr_db < 25.0, "{} dB", score.psnr_db);
    }

    #[test]
    fn text_is_seen_and_does_not_disturb_the_counter() {
        let plain = draw(5, "", 640, 480).unwrap();
        let burnt = draw(5, "23:59:59.999 +4712345678901234567890", 640, 480).unwrap();
        assert!(psnr_luma(&plain, &burnt) < 30.0);
        assert_eq!(read(&burnt), Some(5));
    }

    /// Number, column and row of 320x240, luma. The page draws the pattern too and holds itself to the same.
    const SAMPLES: [(u16, usize, usize, u8); 12] = include!("pattern/samples.in");

    #[test]
    fn the_pattern_stays_what_the_page_draws() {
        for (counter, column, row, expected) in SAMPLES {
            let picture = draw(counter, "", 320, 240).unwrap();
            let luma = picture.plane(Plane::Y)[row * 320 + column];
            assert_eq!(luma, expected, "{counter} at {column},{row}");
        }
    }

    #[test]
    fn ordinary_pictures_have_no_counter() {
        let mut edge = Picture::black(176, 144).unwrap();
        for line in edge.plane_mut(Plane::Y).chunks_exact_mut(176) {
            line[..88].fill(235);
        }
        let mut ramp = Picture::black(176, 144).unwrap();
        for line in ramp.plane_mut(Plane::Y).chunks_exact_mut(176) {
            for (column, sample) in line.iter_mut().enumerate() {
                *sample = 235 - column as u8;
            }
        }
        let mut checks = Picture::black(176, 144).unwrap();
        for (row, line) in checks.plane_mut(Plane::Y).chunks_exact_mut(176).enumerate() {
            for (column, sample) in line.iter_mut().enumerate() {
                *sample = if (column / 9 + row / 18) % 2 == 0 {
                    235
                } else {
                    16
                };
            }
        }
        let black = Picture::black(176, 144).unwrap();
        for (name, picture) in [
            ("edge", edge),
            ("ramp", ramp),
            ("checks", checks),
            ("black", black),
        ] {
            assert_eq!(read(&picture), None, "{name}");
        }
        assert_eq!(read(&Picture::black(1, 1).unwrap()), None);
        assert_eq!(read(&Picture::black(144, 176).unwrap()), None);
    }

    #[test]
    fn noise_has_no_counter() {
        let mut state = 1_u32;
        for _ in 0..500 {
            let samples = (0..176 * 144 * 3 / 2)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .collect();
            assert_eq!(read(&Picture::from_i420(176, 144, samples).unwrap()), None);
        }
    }

    #[test]
    fn a_strip_with_one_uncertain_bit_is_not_read() {
        let mut picture = draw(0x0f0f, "", 176, 144).unwrap();
        let strip = Strip::of(176, 144);
        fill(&mut picture, strip.cell(6), 126);
        assert_eq!(read(&picture), None);
    }
}
