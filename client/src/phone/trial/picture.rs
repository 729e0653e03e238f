//! The test picture: the pattern of `media/src/pattern.rs`, drawn once more, since the gateway's test phone
//! knows what it should have seen by the number that stands in it. Both have a test with the same samples.

use std::f64::consts::TAU;

/// A browser needs no more: what is laid out by the height is the same at every size.
pub const WIDTH: usize = 320;
pub const HEIGHT: usize = 240;

/// Two waves that add up to a field: mean, and of each wave amplitude, waves in a height, and waves that
/// pass in a picture.
struct Field {
    mean: f64,
    across: [f64; 3],
    down: [f64; 3],
}

const LUMA: Field = Field {
    mean: 124.0,
    across: [36.0, 0.7, 1.0 / 90.0],
    down: [22.0, 0.5, -1.0 / 150.0],
};
const BLUE: Field = Field {
    mean: 128.0,
    across: [20.0, 0.45, -1.0 / 140.0],
    down: [8.0, 0.6, 1.0 / 170.0],
};
const RED: Field = Field {
    mean: 128.0,
    across: [22.0, 0.6, 1.0 / 190.0],
    down: [13.0, 0.5, 1.0 / 110.0],
};

/// Cells of the strip with the number: white, sixteen bits, black.
const CELLS: usize = 18;
const WHITE: f64 = 208.0;
const BLACK: f64 = 58.0;
const PLATE: f64 = 133.0;

/// Draws the picture of that number as RGBA, with the browser's own sine.
pub fn draw(number: u16, pixels: &mut [u8], sine: fn(f64) -> f64) {
    let [luma, blue, red] = [LUMA, BLUE, RED].map(|field| field.lines(number, sine));
    let ball = Ball::of(number, sine);
    let rows = pixels.chunks_exact_mut(WIDTH * 4).take(HEIGHT);
    for (row, line) in rows.enumerate() {
        for (column, pixel) in line.chunks_exact_mut(4).enumerate() {
            let at = |(across, down): &(Vec<f64>, Vec<f64>)| across[column] + down[row];
            let mut colour = [at(&luma), at(&blue), at(&red)];
            let share = ball.share(column, row);
            if share > 0.0 {
                let over = [215.0, 128.0, 128.0];
                for (under, over) in colour.iter_mut().zip(over) {
                    *under += (over - *under) * share;
                }
            }
            if let Some(grey) = strip(number, column, row) {
                colour = [grey, 128.0, 128.0];
            }
            pixel.copy_from_slice(&rgba(colour));
        }
    }
}

impl Field {
    /// Its levels along a line, with the mean, and from line to line.
    fn lines(self, number: u16, sine: fn(f64) -> f64) -> (Vec<f64>, Vec<f64>) {
        let wave = |[amplitude, density, drift]: [f64; 3], length: usize| {
            let middle = (length as f64 - 1.0) / 2.0;
            let level = move |at: usize| {
                let place = (at as f64 - middle) / HEIGHT as f64 * density;
                amplitude * sine(TAU * (place - f64::from(number) * drift))
            };
            (0..length).map(level)
        };
        let across = wave(self.across, WIDTH).map(|level| level + self.mean);
        (across.collect(), wave(self.down, HEIGHT).collect())
    }
}

/// A bright ball with a soft rim that swings above the strip.
struct Ball {
    x: f64,
    y: f64,
}

impl Ball {
    fn of(number: u16, sine: fn(f64) -> f64) -> Ball {
        let unit = HEIGHT as f64;
        let swing = |pictures: f64| sine(TAU * f64::from(number) / pictures);
        Ball {
            x: WIDTH as f64 / 2.0 + 0.4 * unit * swing(113.0),
            y: unit * (0.36 + 0.2 * swing(71.0)),
        }
    }

    fn share(&self, column: usize, row: usize) -> f64 {
        let unit = HEIGHT as f64;
        let (radius, rim) = (0.09 * unit, 0.03 * unit);
        let (x, y) = (column as f64 + 0.5 - self.x, row as f64 + 0.5 - self.y);
        let distance = (x * x + y * y).sqrt();
        ((radius + rim - distance) / (2.0 * rim)).clamp(0.0, 1.0)
    }
}

/// The grey of the number's strip and of the plate around it. Sizes are those of the pattern at this
/// height, whose edges fall on whole pixels.
fn strip(number: u16, column: usize, row: usize) -> Option<f64> {
    let (cell, border) = (HEIGHT / 16, HEIGHT / 24);
    let (left, top, high) = ((WIDTH - cell * CELLS) / 2, HEIGHT * 7 / 10, HEIGHT / 8);
    let is_plate = (left - border..left + cell * CELLS + border).contains(&column)
        && (top - border..top + high + border).contains(&row);
    if !is_plate {
        return None;
    }
    let inside = (left..left + cell * CELLS).contains(&column) && (top..top + high).contains(&row);
    if !inside {
        return Some(PLATE);
    }
    let nth = (column - left) / cell;
    let white = match nth {
        0 => true,
        1..17 => number >> (16 - nth) & 1 == 1,
        _ => false,
    };
    Some(if white { WHITE } else { BLACK })
}

/// ITU-R BT.601, the narrow range, as browsers turn it back.
fn rgba([luma, blue, red]: [f64; 3]) -> [u8; 4] {
    let (luma, blue, red) = (1.164_383 * (luma - 16.0), blue - 128.0, red - 128.0);
    let level = |level: f64| (level + 0.5) as u8;
    [
        level(luma + 1.596_027 * red),
        level(luma - 0.391_762 * blue - 0.812_968 * red),
        level(luma + 2.017_232 * blue),
        255,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number, column and row of 320x240, luma. The same stand in the tests of `media/src/pattern.rs`.
    const SAMPLES: [(u16, usize, usize, u8); 12] =
        include!("../../../../media/src/pattern/samples.in");

    #[test]
    fn the_test_picture_is_the_pattern_that_the_gateway_knows() {
        for (number, column, row, expected) in SAMPLES {
            let mut pixels = vec![0; WIDTH * HEIGHT * 4];
            draw(number, &mut pixels, f64::sin);
            let at = (row * WIDTH + column) * 4;
            let [red, green, blue] = [pixels[at], pixels[at + 1], pixels[at + 2]].map(f64::from);
            let luma = 16.0 + 0.256_788 * red + 0.504_129 * green + 0.097_906 * blue;
            let apart = (luma - f64::from(expected)).abs();
            assert!(
                apart < 2.0,
                "{number} at {column},{row}: {luma} for {expected}"
            );
        }
    }
}
