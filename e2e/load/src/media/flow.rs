//! Media over all calls at a given rate, and what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at, sleep};

use super::browser::Back;
use super::picture::Pictures;
use super::recorded::Payloads;
use super::sink::Sink;
use super::usage::Usage;
use super::{Call, Options, rounded};

/// All calls, silent until told otherwise.
pub struct Flow {
    calls: Vec<Sending>,
    packets_per_picture: u32,
    group: i32,
    from: From,
    back: Arc<Back>,
    pub sink: Arc<Sink>,
}

struct Sending {
    /// Of the plain peer's destinations, its own.
    number: usize,
    call: Call,
    source: Source,
    timestamp: u32,
    /// What it sent in the last run.
    left: Vec<Left>,
}

/// A picture that left.
#[derive(Debug, Clone, Copy)]
pub struct Left {
    pub timestamp: u32,
    /// Before its first packet.
    pub at: Instant,
    /// After its last.
    pub done: Instant,
}

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum From {
    Browsers,
    Plain,
}

/// What a call sends.
enum Source {
    Synthetic(Pictures),
    Recorded {
        pictures: Arc<Vec<Payloads>>,
        next: usize,
    },
}

#[derive(Debug, Clone, Copy)]
pub enum Rate {
    /// A second, over all calls.
    Packets(u32),
    /// A second, in each call.
    Pictures(u32),
}

/// Pictures from one that can be begun with to the next.
const INTRA_EVERY: u32 = 50;
/// Packets that are on their way at the end still count.
const TAIL: Duration = Duration::from_millis(500);

impl Source {
    fn next(&mut self) -> Payloads {
        match self {
            Source::Synthetic(pictures) => pictures.next(),
            Source::Recorded { pictures, next } => {
                let payloads = pictures[*next].clone();
                *next = (*next + 1) % pictures.len();
                payloads
            }
        }
    }

    fn stamped(&self) -> u64 {
        match self {
            Source::Synthetic(pictures) => pictures.stamped(),
            Source::Recorded { .. } => 0,
        }
    }
}

impl Flow {
    /// Every call sends what was recorded, or else synthetic pictures.
    pub fn new(
        calls: Vec<Call>,
        options: &Options,
        recorded: Option<Arc<Vec<Payloads>>>,
        sink: Arc<Sink>,
        back: Arc<Back>,
        began: Instant,
    ) -> Flow {
        let packets = options.packets_per_picture;
        let source = |number: usize| match &recorded {
            Some(pictures) => Source::Recorded {
                pictures: Arc::clone(pictures),
                next: 0,
            },
            None => Source::Synthetic(Pictures::new(
                number as u32,
                began,
                packets,
                options.payload_bytes,
                INTRA_EVERY,
            )),
        };
        let sending = calls.into_iter().enumerate().map(|(number, call)| Sending {
            number,
            call,
            source: source(number),
            timestamp: 0,
            left: Vec::new(),
        });
        Flow {
            calls: sending.collect(),
            packets_per_picture: packets,
            group: options.group,
            from: options.from,
            back,
            sink,
        }
    }

    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// One call sends and all others are silent; what it sent.
    pub async fn run_alone(
        &mut self,
        call: usize,
        rate: Rate,
        long: Duration,
    ) -> Result<Vec<Left>> {
        let period = self.period(rate);
        let sending = self.calls.remove(call);
        let start = Instant::now();
        let peer = (self.from == From::Plain).then(|| Arc::clone(&self.sink));
        let sending = sending.send(peer, start, period, start + long).await?;
        let left = sending.left.clone();
        self.calls.insert(call, sending);
        Ok(left)
    }

    pub fn into_calls(self) -> Vec<Call> {
        self.calls.into_iter().map(|sending| sending.call).collect()
    }

    /// Sends for as long as asked; the figures of that time.
    pub async fn run(&mut self, rate: Rate, long: Duration) -> Result<Value> {
        let count = self.calls.len() as u32;
        let period = self.period(rate);
        self.sink.take_counts();
        self.back.take_pictures();
        let dropped = self.sink.dropped();
        let stamped: u64 = self.stamped();
        let own_group = rustix::process::getpgrp().as_raw_nonzero().get();
        let (before, own) = (Usage::of_group(self.group)?, Usage::of_group(own_group)?);
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for (number, sending) in std::mem::take(&mut self.calls).into_iter().enumerate() {
            let offset = period.mul_f64(number as f64 / f64::from(count));
            let peer = (self.from == From::Plain).then(|| Arc::clone(&self.sink));
            tasks.spawn(sending.send(peer, start + offset, period, start + long));
        }
        while let Some(done) = tasks.join_next().await {
            self.calls.push(done.context("a sender panicked")??);
        }
        let seconds = start.elapsed().as_secs_f64();
        sleep(TAIL).await;
        let (after, own_after) = (Usage::of_group(self.group)?, Usage::of_group(own_group)?);
        let sent = self.stamped() - stamped;
        let heard = self.sink.take_counts();
        let cpu = after
            .cpu_microseconds
            .saturating_sub(before.cpu_microseconds) as f64
            / 1e6;
        let own_cpu = own_after
            .cpu_microseconds
            .saturating_sub(own.cpu_microseconds) as f64
            / 1e6;
        // What came as far as our own socket is not lost by who is measured.
        let dropped = self.sink.dropped().saturating_sub(dropped);
        let lost = sent.saturating_sub(heard.stamped + dropped) as f64 / sent.max(1) as f64;
        let pictures = match self.from {
            From::Browsers => heard.pictures,
            From::Plain => self.back.take_pictures(),
        };
        // Where nothing came to the plain peer, nothing can be said of a packet.
        let per_packet = (heard.packets > 0).then(|| cpu / heard.packets as f64);
        Ok(json!({
            "packets_per_second": (sent as f64 / seconds).round() as u64,
            "packets_sent": sent,
            "packets_received": heard.packets,
            "pictures_per_second_and_call": rounded(
                pictures as f64 / long.as_secs_f64() / f64::from(count)
            ),
            "packets_dropped_by_load": dropped,
            "loss_percent": rounded(lost * 100.0),
            "cpu_seconds_per_million": per_packet.map(|cpu| rounded(cpu * 1e6)),
            "packets_per_second_and_core": per_packet.map(|cpu| (1.0 / cpu.max(1e-9)).round() as u64),
            "cpu_percent_of_core": rounded(cpu / seconds * 100.0),
            "load_cpu_percent_of_core": rounded(own_cpu / seconds * 100.0),
            "one_way_microseconds": heard.one_way.report(),
        }))
    }

    /// From one picture of a call to its next.
    fn period(&self, rate: Rate) -> Duration {
        match rate {
            Rate::Packets(a_second) => {
                let a_round = self.packets_per_picture as usize * self.calls.len();
                Duration::from_secs_f64(a_round as f64 / f64::from(a_second.max(1)))
            }
            Rate::Pictures(a_second) => Duration::from_secs(1) / a_second.max(1),
        }
    }

    fn stamped(&self) -> u64 {
        let sources = self.calls.iter().map(|sending| &sending.source);
        sources.map(Source::stamped).sum()
    }
}

impl Sending {
    /// From the browser, or from the plain peer when one is given.
    async fn send(
        mut self,
        peer: Option<Arc<Sink>>,
        first: Instant,
        period: Duration,
        until: Instant,
    ) -> Result<Sending> {
        let mut ticks = interval_at(first.into(), period);
        // A sender that was late goes on at its rate and does not make up for it in a burst.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let step = (period.as_secs_f64() * 90_000.0) as u32;
        self.left.clear();
        if let Source::Synthetic(pictures) = &mut self.source {
            pictures.begin_anew();
        }
        while ticks.tick().await.into_std() < until {
            let payloads = self.source.next();
            let (timestamp, at) = (self.timestamp, Instant::now());
            match &peer {
                Some(peer) => peer.send(self.number, timestamp, &payloads)?,
                None => self.call.browser.send(timestamp, payloads).await?,
            }
            let done = Instant::now();
            self.left.push(Left {
                timestamp,
                at,
                done,
            });
            self.timestamp = timestamp.wrapping_add(step);
        }
        Ok(self)
    }
}
