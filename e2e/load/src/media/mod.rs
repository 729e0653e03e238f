//! How much media at once? Browsers with WebRTC on one side, a plain RTP peer on the other, and
//! between them what is measured: Sidecam, or others of its kind under the same load.

mod alone;
mod browser;
mod calling;
mod figures;
mod flow;
mod glass;
mod handshakes;
mod janus;
mod line;
mod message;
mod ng;
mod picture;
mod plain;
mod recorded;
mod requests;
mod sdp;
mod sidecam;
mod sink;
mod soak;
mod system;
mod usage;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use tokio::time::sleep;

use browser::{Back, Browser, WebCodec};
use figures::Times;
use flow::{From, Rate};
use sdp::PlainCodec;
use sink::{Echo, Sink};
use system::{Callee, Leg, System};
use usage::Usage;

#[derive(Debug, Args)]
pub struct Options {
    /// What stands between
    #[arg(long, value_enum)]
    system: Kind,
    /// Where it is: a WebSocket's URL, or the NG port's address for rtpengine
    #[arg(long)]
    at: String,
    /// Sidecam's SIP port for plain phones
    #[arg(long, required_if_eq("system", "sidecam"))]
    sip: Option<SocketAddr>,
    #[arg(long, default_value = "localhost")]
    domain: String,
    /// The password of the users u0, u1 and so on, and of the user `plain`
    #[arg(long, default_value = "")]
    password: String,
    /// The process group that is measured
    #[arg(long)]
    group: i32,
    /// Where the load's own sockets are
    #[arg(long, default_value = "127.0.0.1")]
    address: IpAddr,
    #[arg(long, default_value_t = 50)]
    calls: usize,
    /// Calls that are set up at the same time
    #[arg(long, default_value_t = 16)]
    at_once: usize,
    /// Packets a second over all calls, one rate after the other
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 2000, 4000])]
    rates: Vec<u32>,
    /// Packets a second at which the plain side sends everything back
    #[arg(long, default_value_t = 1000)]
    echo_rate: u32,
    /// Pictures that are sent instead of synthetic ones: IVF with VP8, or Annex B with H.264
    #[arg(long)]
    pictures: Option<PathBuf>,
    /// What browsers offer
    #[arg(long, value_enum, default_value_t = WebCodec::H264)]
    web: WebCodec,
    /// What the plain phone answers with
    #[arg(long, value_enum, default_value_t = PlainCodec::H264)]
    plain: PlainCodec,
    /// What the plain phone's answer says as `b=AS`
    #[arg(long, default_value_t = sdp::BROAD_KILOBITS)]
    plain_kilobits: u32,
    /// Calls one after the other, with a camera and a screen at both ends of each: from the answer to the
    /// first picture, and from the camera to the screen
    #[arg(long)]
    glass: Option<u32>,
    /// Pictures a second in each call, when they are not synthetic
    #[arg(long, default_value_t = 15)]
    pictures_per_second: u32,
    /// Who sends them; the plain peer sends H.263
    #[arg(long, value_enum, default_value_t = From::Browsers)]
    from: From,
    #[arg(long, default_value_t = 8)]
    packets_per_picture: u32,
    #[arg(long, default_value_t = 1000)]
    payload_bytes: usize,
    /// Seconds that each rate, or each sample of a soak, is measured
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Hold the calls for so many minutes and look for what grows
    #[arg(long, requires = "pictures")]
    soak_minutes: Option<u64>,
    /// Of the calls in a soak, those whose codec changes on the way
    #[arg(long, default_value_t = 0)]
    transcoded: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Sidecam,
    Rtpengine,
    Janus,
}

impl Options {
    fn recorded(&self) -> Result<Option<Arc<Vec<recorded::Payloads>>>> {
        let Some(file) = &self.pictures else {
            return Ok(None);
        };
        let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
        let pictures = match self.from {
            From::Browsers => recorded::read(&bytes, self.web)?,
            From::Plain => recorded::read_h263(&bytes)?,
        };
        Ok(Some(Arc::new(pictures)))
    }
}

/// A call that is up.
struct Call {
    browser: Browser,
    leg: Leg,
}

/// Sets up calls, lets media flow at each rate, ends the calls; the figures of all of it.
pub async fn run(options: Options) -> Result<Value> {
    ensure!(
        options.calls > 0 && options.packets_per_picture > 0,
        "nothing to do"
    );
    if let Some(calls) = options.glass {
        return glass::run(&options, calls).await;
    }
    if let Some(minutes) = options.soak_minutes {
        return soak::run(&options, Duration::from_secs(60 * minutes)).await;
    }
    let began = Instant::now();
    let sink = Arc::new(Sink::open(options.address, began)?);
    let back = Arc::new(Back::default());
    let system = System::open(&options, &sink).await?;
    let legs = lines(&options, &system).await?;
    sleep(SETTLE).await;
    let idle = Usage::of_group(options.group)?;
    let (calls, set_up) = set_up(&options, legs, began, &back).await?;
    let recorded = options.recorded()?;
    let is_recorded = recorded.is_some();
    let pipes = (Arc::clone(&sink), Arc::clone(&back));
    let mut flow = flow::Flow::new(calls, &options, recorded, pipes.0, pipes.1, began);
    let alone = match options.from {
        From::Browsers => alone::measure(&mut flow, options.pictures_per_second).await?,
        From::Plain => Value::Null,
    };
    let wanted = match is_recorded {
        true => vec![Rate::Pictures(options.pictures_per_second)],
        false => options.rates.iter().copied().map(Rate::Packets).collect(),
    };
    // Buffers are as large as media makes them, and the slow start of some is over.
    flow.run(wanted[0], WARM_UP).await?;
    let held = Usage::of_group(options.group)?;
    let mut rates = Vec::new();
    for rate in wanted {
        let figures = flow.run(rate, Duration::from_secs(options.seconds)).await?;
        eprintln!("{rate:?} a second: {figures}");
        rates.push(figures);
    }
    let round_trip = match is_recorded {
        true => Value::Null,
        false => echo(&mut flow, &options, &sink, &back).await?,
    };
    let calls = flow.into_calls();
    let count = calls.len();
    let legs = tear_down(calls).await?;
    sleep(SETTLE).await;
    let after = Usage::of_group(options.group)?;
    let lines = legs.len();
    sink.forget_all();
    let handshakes = match is_recorded {
        true => Value::Null,
        false => handshakes::figures(&options, legs, began).await,
    };
    Ok(json!({
        "calls": count,
        "payload_bytes": options.payload_bytes,
        "packets_per_picture": options.packets_per_picture,
        "set_up": set_up,
        "bytes_a_call": held.resident_bytes.saturating_sub(idle.resident_bytes) / count as u64,
        "alone": alone,
        "rates": rates,
        "round_trip": round_trip,
        "idle": idle.report(),
        "after": after.report(),
        "handshakes": handshakes,
        "lines": lines,
    }))
}

/// A line for each call, silent.
async fn lines(options: &Options, system: &System) -> Result<Vec<Leg>> {
    let mut legs = Vec::with_capacity(options.calls);
    for number in 0..options.calls {
        let leg = system.leg(number, Callee::Plain).await;
        legs.push(leg.with_context(|| format!("line {number}"))?);
    }
    Ok(legs)
}

/// All calls, some at the same time: what each costs until SRTP can flow.
async fn set_up(
    options: &Options,
    legs: Vec<Leg>,
    began: Instant,
    back: &Arc<Back>,
) -> Result<(Vec<Call>, Value)> {
    use futures_util::{StreamExt, TryStreamExt, stream};
    let count = legs.len();
    let before = Usage::of_group(options.group)?;
    let start = Instant::now();
    let waiting = legs
        .into_iter()
        .enumerate()
        .map(|(number, mut leg)| async move {
            let number = u32::try_from(number)?;
            let back = Arc::clone(back);
            let browser = Browser::new(options.address, options.web, number, began, back).await?;
            let offer = browser.offer().await?;
            let start = Instant::now();
            let answer = leg
                .call(offer)
                .await
                .with_context(|| format!("call {number}"))?;
            browser
                .connect(answer)
                .await
                .with_context(|| format!("call {number}"))?;
            anyhow::Ok((Call { browser, leg }, start.elapsed()))
        });
    let done: Vec<(Call, Duration)> = stream::iter(waiting)
        .buffer_unordered(options.at_once)
        .try_collect()
        .await?;
    let seconds = start.elapsed().as_secs_f64();
    let after = Usage::of_group(options.group)?;
    let mut times = Times::default();
    let mut calls = Vec::with_capacity(count);
    for (call, time) in done {
        times.add(time);
        calls.push(call);
    }
    let cpu = after
        .cpu_microseconds
        .saturating_sub(before.cpu_microseconds);
    let figures = json!({
        "at_once": options.at_once,
        "calls_per_second": rounded(count as f64 / seconds),
        "cpu_milliseconds_each": rounded(cpu as f64 / 1e3 / count as f64),
        "microseconds": times.report(),
    });
    eprintln!("set up: {figures}");
    Ok((calls, figures))
}

/// The plain side sends everything back: from the browser and to it again.
async fn echo(flow: &mut flow::Flow, options: &Options, sink: &Sink, back: &Back) -> Result<Value> {
    let rate = Rate::Packets(options.echo_rate);
    sink.echo(Echo::On);
    flow.run(rate, WARM_UP).await?;
    back.take_times();
    let mut figures = flow.run(rate, Duration::from_secs(options.seconds)).await?;
    let times = back.take_times();
    sink.echo(Echo::Off);
    figures["microseconds"] = times.report();
    let sent = figures["packets_sent"].as_u64().unwrap_or(0).max(1);
    figures["loss_percent"] = rounded((1.0 - times.count() as f64 / sent as f64).max(0.0) * 100.0);
    eprintln!("there and back: {figures}");
    Ok(figures)
}

/// Ends all calls; the lines stay open.
async fn tear_down(calls: Vec<Call>) -> Result<Vec<Leg>> {
    let mut legs = Vec::with_capacity(calls.len());
    for mut call in calls {
        call.leg.hang_up().await?;
        call.browser.close().await?;
        legs.push(call.leg);
    }
    Ok(legs)
}

/// Two decimals.
fn rounded(value: f64) -> Value {
    json!((value * 100.0).round() / 100.0)
}

/// Until what was begun shows in memory.
const SETTLE: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_secs(3);
