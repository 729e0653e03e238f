//! A camera whose pictures carry their number, and which remembers when it took each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ::media::codec::{EncoderConfig, ForceKeyframe, VideoEncoder};
use ::media::pattern;
use ::media::payload::Packetizer;
use ::media::picture::Picture;
use ::media::rtp::VIDEO_CLOCK_HZ;
use anyhow::Result;

use super::film::{Film, PICTURES_PER_SECOND};
use crate::media::recorded::{PAYLOAD_BYTES, Payloads};

/// A picture that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// What is drawn in it.
    pub counter: u16,
    /// Before it was encoded.
    pub at: Instant,
}

/// One encoded picture, cut into packets.
pub struct Shot {
    pub timestamp: u32,
    pub payloads: Payloads,
}

/// Ready to run: its encoder is open and its first picture is drawn.
pub struct Camera {
    film: Film,
    encoder: VideoEncoder,
    packetizer: Packetizer,
    counter: u16,
    next: Picture,
}

/// A camera that runs, in a thread of its own.
pub struct Running {
    ordered: Arc<Ordered>,
    thread: JoinHandle<Result<Vec<Taken>>>,
}

#[derive(Debug, Default)]
pub struct Ordered {
    stop: AtomicBool,
    keyframe: AtomicBool,
}

impl Ordered {
    /// The next picture is to stand by itself.
    pub fn want_keyframe(&self) {
        self.keyframe.store(true, Ordering::Relaxed);
    }
}

impl Camera {
    pub fn new(film: Film) -> Result<Camera> {
        let (width, height) = film.size;
        let counter = 1;
        Ok(Camera {
            film,
            encoder: VideoEncoder::new(EncoderConfig {
                codec: film.codec,
                width,
                height,
                frames_per_second: PICTURES_PER_SECOND,
                bits_per_second: film.bits_per_second,
                max_slice_bytes: PAYLOAD_BYTES,
            })?,
            packetizer: Packetizer::new(&film.format()),
            counter,
            next: pattern::draw(counter, "", width, height)?,
        })
    }

    /// Takes pictures from now on and hands each over; its first stands by itself.
    pub fn run(self, send: impl FnMut(Shot) -> Result<()> + Send + 'static) -> Running {
        let ordered = Arc::new(Ordered::default());
        let orders = Arc::clone(&ordered);
        Running {
            ordered,
            thread: thread::spawn(move || self.film_until_stopped(&orders, send)),
        }
    }

    fn film_until_stopped(
        mut self,
        orders: &Ordered,
        mut send: impl FnMut(Shot) -> Result<()>,
    ) -> Result<Vec<Taken>> {
        let period = Duration::from_secs(1) / PICTURES_PER_SECOND;
        let (start, mut taken) = (Instant::now(), Vec::new());
        for number in 0_u32.. {
            thread::sleep((start + period * number).saturating_duration_since(Instant::now()));
            if orders.stop.load(Ordering::Relaxed) {
                break;
            }
            let force = match orders.keyframe.swap(false, Ordering::Relaxed) {
                true => ForceKeyframe::Yes,
                false => ForceKeyframe::No,
            };
            let at = Instant::now();
            if let Some(shot) = self.shoot(number, force)? {
                let counter = self.counter;
                taken.push(Taken { counter, at });
                send(shot)?;
            }
            self.counter = self.counter.wrapping_add(1);
            let (width, height) = self.film.size;
            self.next = pattern::draw(self.counter, "", width, height)?;
        }
        Ok(taken)
    }

    /// `None` for a picture that the encoder left out to hold its rate.
    fn shoot(&mut self, number: u32, force: ForceKeyframe) -> Result<Option<Shot>> {
        let timestamp = number.wrapping_mul(VIDEO_CLOCK_HZ / PICTURES_PER_SECOND);
        let Some(frame) = self.encoder.encode(&self.next, timestamp, force)? else {
            return Ok(None);
        };
        let mut payloads = Vec::new();
        self.packetizer
            .packetize(&frame, PAYLOAD_BYTES, &mut payloads)?;
        Ok(Some(Shot {
            timestamp,
            payloads: payloads.into_iter().map(|payload| payload.bytes).collect(),
        }))
    }
}

impl Running {
    pub fn orders(&self) -> Arc<Ordered> {
        Arc::clone(&self.ordered)
    }

    /// What was taken.
    pub fn stop(self) -> Result<Vec<Taken>> {
        self.ordered.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.join();
        ended.unwrap_or_else(|_| anyhow::bail!("the camera panicked"))
    }
}
