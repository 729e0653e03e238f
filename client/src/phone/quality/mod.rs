//! From the browser's figures to what a person is told of the pictures (W3C WebRTC Statistics §8).

mod verdict;

use std::collections::VecDeque;
use std::sync::Arc;

use super::limit::Limit;
use super::order::sort_by_key;
use super::share::Sample;
use super::state::{Limited, Moment, Quality};

/// What the chart shows.
pub const SHOWN_MILLISECONDS: u64 = 120_000;
/// A moment a second, and the one before the first.
const MOMENTS: usize = 121;
/// Samples that are judged together: what lasts shorter is nothing to tell anybody of.
const WINDOW: usize = 6;
/// So many of the newest judgements have to agree before another is told.
const AGREEING: usize = 3;
/// Browsers begin low and climb: what the first seconds say of the network is not so.
const CLIMB_MILLISECONDS: u64 = 10_000;

/// Watches the pictures of one direction of a share.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// What their phone said it can show.
    limit: Limit,
    /// Newest last, at most [`WINDOW`].
    window: VecDeque<Sample>,
    /// Of the browser's clock, when the first sample was taken.
    began: Option<u64>,
    least_round_trip_milliseconds: Option<u32>,
    /// Newest last, at most [`AGREEING`].
    judged: VecDeque<Limited>,
    quality: Option<Quality>,
}

/// What the newest samples are compared with.
#[derive(Clone, Copy, Debug, Default)]
struct Usual {
    limit: Limit,
    /// What the pictures were at most of the time.
    frames_per_second: u32,
    round_trip_milliseconds: Option<u32>,
    is_climbing: bool,
}

impl Meter {
    /// Their phone can show no more than that.
    pub(super) fn limited_to(&mut self, limit: Limit) {
        self.limit = limit;
    }

    /// Takes the figures of another second.
    pub(super) fn take(&mut self, sample: Sample) {
        let before = self.window.back().cloned();
        let began = *self.began.get_or_insert(sample.at_milliseconds);
        if let Some(round_trip) = sample.round_trip_milliseconds {
            let least = self.least_round_trip_milliseconds.get_or_insert(round_trip);
            *least = round_trip.min(*least);
        }
        self.window.push_back(sample.clone());
        if self.window.len() > WINDOW {
            self.window.pop_front();
        }
        if sample.width == 0 && self.quality.is_none() {
            return;
        }
        let limited = self.judge(sample.at_milliseconds - began.min(sample.at_milliseconds));
        let quality = self.quality.get_or_insert_default();
        quality.limited = limited;
        if let Some(moment) = before.map(|before| moment(&before, &sample, began)) {
            quality.kilobits_per_second = moment.kilobits_per_second;
            remember(Arc::make_mut(&mut quality.moments), moment);
        }
        quality.frames_per_second = sample.frames_per_second;
        if sample.width > 0 {
            (quality.width, quality.height) = (sample.width, sample.height);
            quality.codec = sample.codec;
        }
    }

    /// The page shows a picture of that size.
    pub(super) fn seen(&mut self, width: u32, height: u32) {
        let quality = self.quality.get_or_insert_default();
        (quality.width, quality.height) = (width, height);
    }

    pub(super) fn show(&self) -> Option<Quality> {
        self.quality.clone()
    }

    /// Told only once it has been so for some seconds, and kept until something else has.
    fn judge(&mut self, since_milliseconds: u64) -> Limited {
        let told = self.quality.as_ref().map(|quality| quality.limited);
        let told = told.unwrap_or_default();
        if self.window.len() < AGREEING {
            return told;
        }
        let usual = Usual {
            limit: self.limit,
            frames_per_second: self.usual_frames(),
            round_trip_milliseconds: self.least_round_trip_milliseconds,
            is_climbing: since_milliseconds < CLIMB_MILLISECONDS,
        };
        let newest = verdict::of(self.window.make_contiguous(), usual);
        self.judged.push_back(newest);
        if self.judged.len() > AGREEING {
            self.judged.pop_front();
        }
        let agree = self.judged.iter().all(|judged| *judged == newest);
        let is_sure = agree && self.judged.len() == AGREEING;
        // Nothing is said sooner than that nothing is wrong.
        match is_sure || (told == Limited::Measuring && !newest.is_trouble()) {
            true => newest,
            false => told,
        }
    }

    /// Three quarters of the time there were no more than so many.
    fn usual_frames(&self) -> u32 {
        let moments = self.quality.iter().flat_map(|quality| &*quality.moments);
        let mut rates: Vec<u32> = moments.map(|moment| moment.frames_per_second).collect();
        sort_by_key(&mut rates, |rate| *rate);
        rates.get(rates.len() * 3 / 4).copied().unwrap_or_default()
    }
}

/// What came between two samples.
fn moment(before: &Sample, sample: &Sample, began: u64) -> Moment {
    let milliseconds = sample
        .at_milliseconds
        .saturating_sub(before.at_milliseconds);
    let between = |before: u64, now: u64, of_each: u64| {
        let many = now.saturating_sub(before).saturating_mul(of_each);
        // Half of the divisor added: to the nearest.
        let rate = (many + milliseconds / 2).checked_div(milliseconds);
        u32::try_from(rate.unwrap_or_default()).unwrap_or(u32::MAX)
    };
    Moment {
        at_milliseconds: sample.at_milliseconds.saturating_sub(began),
        // Bytes a millisecond times eight are kilobits a second.
        kilobits_per_second: between(before.bytes, sample.bytes, 8),
        frames_per_second: between(before.frames, sample.frames, 1000),
        lost_per_thousand: verdict::lost_per_thousand(before, sample),
    }
}

fn remember(moments: &mut Vec<Moment>, moment: Moment) {
    let oldest = moment.at_milliseconds.saturating_sub(SHOWN_MILLISECONDS);
    moments.retain(|kept| kept.at_milliseconds >= oldest);
    if moments.len() >= MOMENTS {
        moments.remove(0);
    }
    moments.push(moment);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(at: u64) -> Sample {
        Sample {
            at_milliseconds: 50_000 + at * 1000,
            bytes: at * 40_000,
            frames: at * 15,
            packets: at * 50,
            width: 640,
            height: 480,
            frames_per_second: 15,
            codec: "VP8".to_owned(),
            is_sent: true,
            ..Sample::default()
        }
    }

    #[test]
    fn the_rates_are_what_came_between_two_samples() {
        let mut meter = Meter::default();
        meter.take(second(0));
        assert_eq!(meter.show().unwrap().kilobits_per_second, 0);
        meter.take(Sample {
            lost: 5,
            ..second(1)
        });
        let quality = meter.show().unwrap();
        assert_eq!(quality.kilobits_per_second, 320);
        let expected = Moment {
            at_milliseconds: 1000,
            kilobits_per_second: 320,
            frames_per_second: 15,
            lost_per_thousand: 100,
        };
        assert_eq!(*quality.moments, [expected]);
        // The same moment twice has no rate, and nothing to divide by.
        meter.take(second(1));
        assert_eq!(meter.show().unwrap().kilobits_per_second, 0);
    }

    #[test]
    fn two_minutes_are_kept_and_no_more_whatever_the_clock_does() {
        let mut meter = Meter::default();
        for at in 0..400 {
            meter.take(second(at));
        }
        let quality = meter.show().unwrap();
        assert_eq!(quality.moments.len(), MOMENTS);
        assert_eq!(quality.moments[0].at_milliseconds, 279_000);
        for _ in 0..400 {
            meter.take(second(3));
        }
        assert!(meter.show().unwrap().moments.len() <= MOMENTS);
    }

    #[test]
    fn a_verdict_is_told_once_it_has_been_so_for_some_seconds() {
        let mut meter = Meter::default();
        let mut told = Vec::new();
        for at in 0..30 {
            let lost = match at {
                // One bad second.
                10 => 20,
                11..20 => 20,
                20.. => 20 + (at - 19) * 5,
                _ => 0,
            };
            meter.take(Sample { lost, ..second(at) });
            let limited = meter.show().unwrap().limited;
            if told.last().map(|(_, last)| *last) != Some(limited) {
                told.push((at, limited));
            }
        }
        assert_eq!(
            told,
            [
                (0, Limited::Measuring),
                (2, Limited::Nothing),
                // A burst is loss as long as it is in the window.
                (12, Limited::MyNetwork),
                (17, Limited::Nothing),
                (23, Limited::MyNetwork),
            ]
        );
    }

    #[test]
    fn the_size_that_the_page_shows_counts_where_the_browser_has_no_figures_yet() {
        let mut meter = Meter::default();
        meter.take(Sample::default());
        assert_eq!(meter.show(), None);
        meter.seen(176, 144);
        let quality = meter.show().unwrap();
        assert_eq!((quality.width, quality.height), (176, 144));
    }
}
