//! One call after the other, alone: how long until its first picture is there, and how much later
//! than it left each picture arrives. A picture is known again by its RTP timestamp, whose steps
//! stay the same when the codec does not.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::figures::Times;
use super::flow::{Flow, Left, Rate};
use super::sink::Arrived;

/// Enough for a p95, and as long as calls that wait are kept alive by reports alone.
const CALLS_AT_MOST: usize = 20;
const EACH: Duration = Duration::from_secs(2);
const TAIL: Duration = Duration::from_millis(500);

/// Must come before any other media, so that first pictures are first.
pub async fn measure(flow: &mut Flow, pictures_a_second: u32) -> Result<Value> {
    let (mut first_pictures, mut delays) = (Times::default(), Times::default());
    let mut without = 0;
    let count = flow.len().min(CALLS_AT_MOST);
    for call in 0..count {
        flow.sink.note_arrivals();
        let left = flow
            .run_alone(call, Rate::Pictures(pictures_a_second), EACH)
            .await?;
        sleep(TAIL).await;
        let arrived = flow.sink.take_arrivals();
        match (
            left.first(),
            arrived.iter().find(|packet| packet.ends_picture),
        ) {
            (Some(left), Some(arrived)) => {
                first_pictures.add(arrived.at.saturating_duration_since(left.at));
            }
            _ => without += 1,
        }
        for delay in delays_of(&left, &arrived) {
            delays.add(delay);
        }
    }
    let figures = json!({
        "calls": count,
        "calls_without_picture": without,
        "first_picture_microseconds": { "p50": first_pictures.percentile(0.5),
            "p95": first_pictures.percentile(0.95), "of": first_pictures.count() },
        "picture_delay_microseconds": { "p50": delays.percentile(0.5),
            "p95": delays.percentile(0.95), "of": delays.count() },
    });
    eprintln!("alone: {figures}");
    Ok(figures)
}

/// From the last packet of each picture that left to the last of the same that arrived.
fn delays_of(left: &[Left], arrived: &[Arrived]) -> Vec<Duration> {
    let (Some(first_left), Some(first_arrived)) = (left.first(), arrived.first()) else {
        return Vec::new();
    };
    let ends = arrived.iter().filter(|packet| packet.ends_picture);
    ends.filter_map(|packet| {
        let step = packet.timestamp.wrapping_sub(first_arrived.timestamp);
        let of = |left: &&Left| left.timestamp.wrapping_sub(first_left.timestamp) == step;
        let left: Instant = left.iter().find(of)?.done;
        packet.at.checked_duration_since(left)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_again_by_the_steps_of_their_timestamps() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let left = [0, 6000, 12_000].map(|timestamp| Left {
            timestamp,
            at: at(0),
            done: at(u64::from(timestamp) / 90),
        });
        // The second was dropped on the way.
        let arrived = [(500, 10), (12_500, 150)].map(|(timestamp, milliseconds)| Arrived {
            timestamp,
            ends_picture: true,
            at: at(milliseconds),
        });
        let delays = delays_of(&left, &arrived);
        assert_eq!(
            delays,
            [Duration::from_millis(10), Duration::from_millis(17)]
        );
    }
}
