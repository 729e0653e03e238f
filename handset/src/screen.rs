//! What the phone's screen shows: the last decoded picture, how many came, how fast and how right.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use media::{pattern, picture::Picture};
use serde::Serialize;

/// A picture of the test pattern is scored against the source that a browser's camera shows.
const PATTERN_SIZE: (u32, u32) = (640, 480);

/// The rate on the page is that of the last two seconds.
const RATE_WINDOW: Duration = Duration::from_secs(2);
/// Pictures whose times are kept for the rate: two seconds at sixty a second.
const MAX_TIMES: usize = 120;

/// A picture with its number, as it goes to the page.
#[derive(Debug, Clone)]
pub struct Shown {
    pub number: u64,
    pub picture: Arc<Picture>,
}

/// What is known of the test pattern in the pictures that came.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PatternView {
    /// Pictures whose counter could be read and was another than the one before.
    pub right: u64,
    pub last_counter: u16,
    /// Mean luma PSNR of those against their source, in decibels.
    pub psnr_db_mean: f64,
}

#[derive(Debug)]
pub struct Screen {
    opened: Instant,
    frames: u64,
    first: Option<Duration>,
    times: VecDeque<Instant>,
    last: Option<Shown>,
    right: u64,
    last_counter: Option<u16>,
    psnr_db_sum: f64,
}

impl Screen {
    pub fn new(now: Instant) -> Self {
        Self {
            opened: now,
            frames: 0,
            first: None,
            times: VecDeque::new(),
            last: None,
            right: 0,
            last_counter: None,
            psnr_db_sum: 0.0,
        }
    }

    pub fn show(&mut self, picture: Picture, now: Instant) {
        self.frames += 1;
        self.first
            .get_or_insert_with(|| now.saturating_duration_since(self.opened));
        self.times.push_back(now);
        if self.times.len() > MAX_TIMES {
            self.times.pop_front();
        }
        self.score(&picture);
        self.last = Some(Shown {
            number: self.frames,
            picture: Arc::new(picture),
        });
    }

    fn score(&mut self, picture: &Picture) {
        let (width, height) = PATTERN_SIZE;
        let Some(score) = pattern::score(picture, width, height) else {
            return;
        };
        if self.last_counter != Some(score.counter) {
            self.right += 1;
            // Two equal pictures have no noise at all; keep the mean finite.
            self.psnr_db_sum += score.psnr_db.min(99.0);
        }
        self.last_counter = Some(score.counter);
    }

    pub fn last(&self) -> Option<&Shown> {
        self.last.as_ref()
    }

    pub fn frames(&self) -> u64 {
        self.frames
    }

    pub fn first_picture_ms(&self) -> Option<u64> {
        self.first.map(|after| after.as_millis() as u64)
    }

    pub fn size(&self) -> Option<(u32, u32)> {
        self.last
            .as_ref()
            .map(|shown| (shown.picture.width(), shown.picture.height()))
    }

    pub fn frames_per_second(&self, now: Instant) -> f64 {
        rate(&self.times, now)
    }

    pub fn pattern(&self) -> Option<PatternView> {
        let last_counter = self.last_counter?;
        Some(PatternView {
            right: self.right,
            last_counter,
            psnr_db_mean: self.psnr_db_sum / self.right.max(1) as f64,
        })
    }
}

/// Pictures a second of those that came within the window before `now`.
fn rate(times: &VecDeque<Instant>, now: Instant) -> f64 {
    let is_recent = |time: &&Instant| now.saturating_duration_since(**time) <= RATE_WINDOW;
    let count = times.iter().filter(is_recent).count() as u32;
    let oldest = times.iter().find(is_recent);
    let span = oldest.map_or(Duration::ZERO, |oldest| {
        now.saturating_duration_since(*oldest)
    });
    if count < 2 || span.is_zero() {
        return 0.0;
    }
    f64::from(count) / span.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::scale::Scaler;

    #[test]
    fn the_pattern_is_counted_and_scored_once_a_counter() {
        let start = Instant::now();
        let mut screen = Screen::new(start);
        let mut scaler = Scaler::new(176, 144).unwrap();
        for (at, counter) in [7, 7, 8].into_iter().enumerate() {
            let drawn = pattern::draw(counter, "", 640, 480).unwrap();
            let picture = scaler.scale(&drawn).unwrap();
            screen.show(picture, start + Duration::from_millis(100 * at as u64 + 40));
        }
        screen.show(
            Picture::black(176, 144).unwrap(),
            start + Duration::from_millis(400),
        );
        let pattern = screen.pattern().unwrap();
        assert_eq!((pattern.right, pattern.last_counter), (2, 8));
        assert!(pattern.psnr_db_mean > 60.0, "{pattern:?}");
        assert_eq!(screen.frames(), 4);
        assert_eq!(screen.first_picture_ms(), Some(40));
        assert_eq!(screen.size(), Some((176, 144)));
    }

    #[test]
    fn the_rate_forgets_what_is_older_than_two_seconds() {
        let start = Instant::now();
        let mut screen = Screen::new(start);
        for at in 0..60 {
            screen.show(
                Picture::black(16, 16).unwrap(),
                start + Duration::from_millis(100 * at),
            );
        }
        let now = start + Duration::from_millis(5900);
        assert!((screen.frames_per_second(now) - 10.0).abs() < 1.0);
        assert_eq!(screen.frames_per_second(now + Duration::from_secs(3)), 0.0);
    }
}
