//! Many shares for a long time: does anything grow, and is everything given back in the end?

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::flow::{Flow, Rate};
use super::sink::Sink;
use super::system::{Callee, Leg, System};
use super::usage::Usage;
use super::{Options, SETTLE, set_up, tear_down};

/// Until a SIP transaction is forgotten (64 × T1, RFC 3261 §17.1.1.2), and a little.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(40);
/// What an allocator may keep for later, beside a twentieth of all.
const KEPT_BYTES: u64 = 8 << 20;

/// The first time all shares are there: until the allocator has all it ever needs at once.
const FIRST_ROUND: Duration = Duration::from_secs(45);

/// All shares once, so that what is made once is there; then for as long as asked.
pub async fn run(options: &Options, long: Duration) -> Result<Value> {
    let began = Instant::now();
    let sink = Arc::new(Sink::open(options.address, began)?);
    let system = System::open(options, &sink).await?;
    let mut legs = Vec::with_capacity(options.calls);
    for number in 0..options.calls {
        let callee = match number < options.transcoded {
            true => Callee::Old,
            false => Callee::Plain,
        };
        legs.push(
            system
                .leg(number, callee)
                .await
                .with_context(|| format!("line {number}"))?,
        );
    }
    let (legs, _) = share(options, legs, &sink, began, FIRST_ROUND).await?;
    sleep(FORGOTTEN_AFTER).await;
    let before = Usage::of_group(options.group)?;
    let (legs, samples) = share(options, legs, &sink, began, long).await?;
    sleep(FORGOTTEN_AFTER).await;
    let after = Usage::of_group(options.group)?;
    let complaints = complaints(&before, &samples, &after);
    let during: Vec<Value> = samples.iter().map(Sample::report).collect();
    Ok(json!({
        "shares": legs.len(),
        "transcoded": options.transcoded,
        "minutes": long.as_secs() / 60,
        "before": before.report(),
        "during": during,
        "after": after.report(),
        "passed": complaints.is_empty(),
        "complaints": complaints,
    }))
}

struct Sample {
    at: Duration,
    usage: Usage,
    figures: Value,
}

impl Sample {
    fn report(&self) -> Value {
        let mut report = self.usage.report();
        report["seconds"] = json!(self.at.as_secs());
        for key in [
            "packets_per_second",
            "pictures_per_second_and_call",
            "cpu_percent_of_core",
        ] {
            report[key] = self.figures[key].clone();
        }
        report
    }
}

/// All shares at once from beginning to end.
async fn share(
    options: &Options,
    legs: Vec<Leg>,
    sink: &Arc<Sink>,
    began: Instant,
    long: Duration,
) -> Result<(Vec<Leg>, Vec<Sample>)> {
    let (calls, _) = set_up(options, legs, began, &Arc::default()).await?;
    let recorded = options.recorded()?;
    let mut flow = Flow::new(
        calls,
        options,
        recorded,
        Arc::clone(sink),
        Arc::default(),
        began,
    );
    let start = Instant::now();
    let a_sample = Duration::from_secs(options.seconds).min(long);
    let mut samples = Vec::new();
    while start.elapsed() < long {
        let rate = Rate::Pictures(options.pictures_per_second);
        let figures = flow.run(rate, a_sample).await?;
        let sample = Sample {
            at: start.elapsed(),
            usage: Usage::of_group(options.group)?,
            figures,
        };
        eprintln!("{}", sample.report());
        samples.push(sample);
    }
    let legs = tear_down(flow.into_calls()).await?;
    sink.forget_all();
    sleep(SETTLE).await;
    Ok((legs, samples))
}

/// What grew, or was not given back.
fn complaints(before: &Usage, samples: &[Sample], after: &Usage) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut same = |what: &str, before: u64, after: u64| {
        if after > before {
            complaints.push(format!("{what}: {before} before, {after} after"));
        }
    };
    same("open files", before.files, after.files);
    same("sockets", before.sockets, after.sockets);
    same("threads", before.threads, after.threads);
    let kept = KEPT_BYTES + before.resident_bytes / 20;
    if after.resident_bytes > before.resident_bytes + kept {
        complaints.push(format!(
            "memory: {} bytes before, {} after",
            before.resident_bytes, after.resident_bytes
        ));
    }
    // The first third is not looked at: buffers are still becoming as large as they have to be.
    let third = samples.len() / 3;
    let (middle, end) = (samples.get(third..2 * third), samples.get(2 * third..));
    if let (Some(middle), Some(end)) = (middle.and_then(mean), end.and_then(mean))
        && end > middle + KEPT_BYTES + middle / 20
    {
        complaints.push(format!("memory grows: {middle} bytes, later {end}"));
    }
    complaints
}

fn mean(samples: &[Sample]) -> Option<u64> {
    let sum: u64 = samples
        .iter()
        .map(|sample| sample.usage.resident_bytes)
        .sum();
    sum.checked_div(samples.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(megabytes: u64, files: u64) -> Usage {
        Usage {
            resident_bytes: megabytes << 20,
            files,
            ..Usage::default()
        }
    }

    fn samples(megabytes: &[u64]) -> Vec<Sample> {
        let sample = |megabytes: &u64| Sample {
            at: Duration::ZERO,
            usage: usage(*megabytes, 10),
            figures: Value::Null,
        };
        megabytes.iter().map(sample).collect()
    }

    #[test]
    fn what_comes_back_to_where_it_was_passes() {
        let flat = samples(&[40, 60, 61, 60, 61, 60]);
        assert_eq!(
            complaints(&usage(40, 9), &flat, &usage(41, 9)),
            Vec::<String>::new()
        );
    }

    #[test]
    fn growth_and_leftovers_are_named() {
        let growing = samples(&[40, 60, 80, 100, 120, 140]);
        let named = complaints(&usage(40, 9), &growing, &usage(90, 11));
        assert_eq!(named.len(), 3, "{named:?}");
    }
}
