//! What goes in comes out, and nothing is left of calls that are over.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::browser::Browser;
use crate::worker::Bench;

/// Lets time pass for the browsers until it is so.
fn until(browsers: &mut [Browser], limit: Duration, mut so: impl FnMut(&[Browser]) -> bool) {
    let start = Instant::now();
    while !so(browsers) {
        assert!(start.elapsed() < limit, "it did not come to pass");
        for browser in browsers.iter_mut() {
            browser.turn(Instant::now());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// `pictures` of each browser, one every `pace`, so that all are spread over it evenly.
fn stream(browsers: &mut [Browser], pictures: usize, pace: Duration) -> usize {
    let mut sent = 0;
    let between = pace / u32::try_from(browsers.len()).unwrap();
    let mut due = Instant::now();
    for _ in 0..pictures {
        for browser in browsers.iter_mut() {
            browser.turn(Instant::now());
            sent += browser.shoot(Instant::now());
            due += between;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
    sent
}

/// Set to a number of calls, how much a packet costs is measured with them; else a few calls
/// show that packets pass.
const CALLS: &str = "SIDECAM_MEASURED_CALLS";
/// Pictures a second of each; a picture is four packets of 1000 bytes.
const RATE: &str = "SIDECAM_MEASURED_RATE";

#[tokio::test(flavor = "multi_thread")]
async fn packets_of_many_calls_pass_each_to_its_handset() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let calls: Option<u64> = number(CALLS);
    let rate: u64 = number(RATE).unwrap_or(30);
    let mut bench = Bench::start("21000-22999").await;
    let mut browsers = Vec::new();
    for number in 0..calls.unwrap_or(4) {
        browsers.push(bench.call(number).await.0);
    }
    until(&mut browsers, Duration::from_secs(30), |browsers| {
        browsers.iter().all(|browser| browser.connected)
    });
    let pace = Duration::from_secs(1) / u32::try_from(rate).unwrap();
    let warm = stream(&mut browsers, 5, pace);
    let pictures = if calls.is_some() { 10 * rate } else { 20 };
    let (cpu, began) = (bench.board.packets.total(), Instant::now());
    let sent = stream(&mut browsers, usize::try_from(pictures).unwrap(), pace);
    let (cpu, took) = (bench.board.packets.total() - cpu, began.elapsed());
    let all = (warm + sent) as u64;
    let (mut last, mut steady) = (0, 0);
    until(&mut browsers, Duration::from_secs(20), |_| {
        let now = bench.handset.packets();
        steady = if now == last { steady + 1 } else { 0 };
        last = now;
        now >= all || steady > 500
    });
    println!(
        "{} calls, {sent} packets in {:.1} s: {:.2} us of the worker's CPU a packet, {:.0} packets a second and core, {} of {all} arrived",
        browsers.len(),
        took.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / sent as f64,
        sent as f64 / cpu.as_secs_f64(),
        bench.handset.packets(),
    );
    if calls.is_none() {
        // The parameter sets come again with the keyframe, in a packet of their own.
        assert!(bench.handset.packets() >= all * 9 / 10);
    }
}

/// R2.7.
#[tokio::test(flavor = "multi_thread")]
async fn one_upload_reaches_three_handsets_and_two_when_one_has_left() {
    let mut bench = Bench::start("23500-23599").await;
    let mut browsers = vec![bench.call(1).await.0];
    bench.watch(2, 1).await;
    bench.watch(3, 1).await;
    until(&mut browsers, Duration::from_secs(30), |browsers| {
        browsers[0].connected
    });
    let sent = stream(&mut browsers, 20, Duration::from_millis(33)) as u64;
    until(&mut browsers, Duration::from_secs(20), |_| {
        bench.handset.packets() >= 3 * sent * 9 / 10
    });
    bench.close(3).await;
    let before = bench.handset.packets();
    let sent = stream(&mut browsers, 20, Duration::from_millis(33)) as u64;
    until(&mut browsers, Duration::from_secs(20), |_| {
        bench.handset.packets() >= before + 2 * sent * 9 / 10
    });
    assert!(bench.handset.packets() < before + 3 * sent * 9 / 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_flooded_does_not_hold_up_other_calls() {
    let mut bench = Bench::start("23400-23499").await;
    let (_, flooded) = bench.call(1).await;
    let mut browsers = vec![bench.call(2).await.0];
    until(&mut browsers, Duration::from_secs(30), |browsers| {
        browsers[0].connected
    });
    let is_over = Arc::<AtomicBool>::default();
    let over = Arc::clone(&is_over);
    let flood = std::thread::spawn(move || {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut sent = 0u64;
        while !over.load(Ordering::Relaxed) {
            sent += u64::from(socket.send_to(&[0x80; 200], ("127.0.0.1", flooded)).is_ok());
        }
        sent
    });
    let sent = stream(&mut browsers, 30, Duration::from_millis(33)) as u64;
    until(&mut browsers, Duration::from_secs(20), |_| {
        bench.handset.packets() >= sent * 9 / 10
    });
    is_over.store(true, Ordering::Relaxed);
    assert!(flood.join().unwrap() > 10 * sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_two_hundred_calls_that_are_over() {
    let mut bench = Bench::start("23000-23399").await;
    let files = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = files();
    for round in 0..2 {
        let mut ports = Vec::new();
        for number in 0..200 {
            // The browser's own socket closes with it.
            ports.push(bench.call(round * 1000 + number).await.1);
        }
        assert_eq!(bench.board.calls(), 200);
        assert!(UdpSocket::bind(("127.0.0.1", ports[7])).is_err());
        for number in 0..200 {
            bench.close(round * 1000 + number).await;
        }
        let start = Instant::now();
        while bench.board.calls() > 0 || files() > before {
            assert!(start.elapsed() < Duration::from_secs(20), "{}", files());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for port in ports {
            UdpSocket::bind(("127.0.0.1", port)).unwrap();
            UdpSocket::bind(("127.0.0.1", port + 1)).unwrap();
        }
    }
}
