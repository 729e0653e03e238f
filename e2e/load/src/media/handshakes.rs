//! What a handshake costs by itself: ICE's proof of the path and DTLS (RFC 5764), without the signalling
//! before it. All calls are answered first; then all browsers connect.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::browser::{Back, Browser};
use super::system::Leg;
use super::usage::Usage;
use super::{Call, Options, rounded, tear_down};

/// No answer waits so long for its browser that the call is given up.
const AT_MOST: usize = 60;

/// A call that was answered, and whose browser has not begun.
struct Answered {
    browser: Browser,
    leg: Leg,
    answer: String,
}

/// The figures, or why there are none: whoever cannot be called again has all other figures.
pub async fn figures(options: &Options, legs: Vec<Leg>, began: Instant) -> Value {
    let figures = measure(options, legs, began).await;
    let figures = figures.unwrap_or_else(|error| json!({ "error": format!("{error:#}") }));
    eprintln!("handshakes: {figures}");
    figures
}

async fn measure(options: &Options, legs: Vec<Leg>, began: Instant) -> Result<Value> {
    let waiting = legs.into_iter().take(AT_MOST).enumerate();
    let waiting = waiting.map(|(number, leg)| answered(options, leg, number, began));
    let answered: Vec<Answered> = stream::iter(waiting)
        .buffer_unordered(options.at_once)
        .try_collect()
        .await?;
    let count = answered.len();
    let before = Usage::of_group(options.group)?;
    let start = Instant::now();
    let connecting = answered.into_iter().map(|call| async move {
        let Answered {
            browser,
            leg,
            answer,
        } = call;
        browser.connect(answer).await?;
        anyhow::Ok(Call { browser, leg })
    });
    let calls: Vec<Call> = stream::iter(connecting)
        .buffer_unordered(options.at_once)
        .try_collect()
        .await?;
    let seconds = start.elapsed().as_secs_f64();
    let after = Usage::of_group(options.group)?;
    tear_down(calls).await?;
    let cpu = after
        .cpu_microseconds
        .saturating_sub(before.cpu_microseconds);
    Ok(report(count, seconds, Duration::from_micros(cpu)))
}

async fn answered(
    options: &Options,
    mut leg: Leg,
    number: usize,
    began: Instant,
) -> Result<Answered> {
    let back = Arc::new(Back::default());
    let number = u32::try_from(number)?;
    let browser = Browser::new(options.address, options.web, number, began, back).await?;
    let offer = browser.offer().await?;
    let answer = leg.call(offer).await;
    let answer = answer.with_context(|| format!("call {number}"))?;
    Ok(Answered {
        browser,
        leg,
        answer,
    })
}

/// Per second is what both sides together did; per core is what the system alone could.
fn report(count: usize, seconds: f64, cpu: Duration) -> Value {
    let each = cpu.as_secs_f64() / count.max(1) as f64;
    json!({
        "of": count,
        "a_second": rounded(count as f64 / seconds.max(1e-9)),
        "a_second_and_core": (each > 0.0).then(|| (1.0 / each).round()),
        "cpu_milliseconds_each": rounded(each * 1e3),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_does_as_many_as_its_time_allows() {
        let report = report(50, 2.0, Duration::from_millis(100));
        assert_eq!(report["a_second"], 25.0);
        assert_eq!(report["a_second_and_core"], 500.0);
        assert_eq!(report["cpu_milliseconds_each"], 2.0);
    }

    #[test]
    fn what_the_kernels_clock_did_not_see_is_not_made_up() {
        let report = report(2, 1.0, Duration::ZERO);
        assert_eq!(report["a_second_and_core"], Value::Null);
    }
}
