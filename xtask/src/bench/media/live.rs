//! ffmpeg at a camera's pace, one process a share: bare, from a file to nowhere; and in the gateway's place,
//! where pictures come as SRTP or RTP and leave as the other. It sleeps and wakes as often as pictures
//! come, as whoever stands there must.

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Effort;
use super::transcoding::{Chain, PICTURES_PER_SECOND, load_of, share};
use crate::bench::system::{DRIVER, TESTED, processor_time};
use crate::shell::{self, Service, command};

/// ffmpeg looks at a stream for up to five seconds before it begins, and then makes up for them.
const WARM_UP: Duration = Duration::from_secs(12);

/// What its senders have beyond that and the time that is measured: they start one after the other.
const SPARE_SECONDS: u32 = 20;

/// The one suite that ffmpeg knows, with a key that protects nothing worth it.
const SUITE: &str = "AES_CM_128_HMAC_SHA1_80";
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How long a process takes at most until it reads at the camera's pace.
const STARTED: Duration = Duration::from_secs(3);

/// As many as the gateway is given shares, from a file to nowhere.
pub fn bare(folder: &Path, chain: &Chain, effort: Effort) -> Result<Value> {
    let (shares, seconds) = load_of(effort);
    let clip = clip(folder, chain, seconds)?;
    let mut processes = Vec::new();
    for _ in 0..shares {
        let mut ffmpeg = on_tested_core(folder);
        ffmpeg.arg("-re");
        chain.decoding(&mut ffmpeg);
        ffmpeg.arg("-i").arg(&clip);
        chain.fitting_and_encoding(&mut ffmpeg);
        ffmpeg.args(["-f", "null", "-"]);
        processes.push(start(&mut ffmpeg, folder)?);
    }
    thread::sleep(STARTED);
    let before = spent(&processes)?;
    thread::sleep(Duration::from_secs(u64::from(seconds)));
    let microseconds = spent(&processes)?.saturating_sub(before) as f64;
    processes.into_iter().for_each(Service::stop);
    let all = shares as f64 * f64::from(seconds);
    Ok(share(microseconds / 1e6 / all * 100.0))
}

/// Microseconds of processor time of all of them.
fn spent(processes: &[Service]) -> Result<u64> {
    let each = processes
        .iter()
        .map(|process| processor_time(process.group()));
    each.sum()
}

/// As many shares as the gateway is given, for as long.
pub fn in_place(folder: &Path, chain: &Chain, effort: Effort) -> Result<Value> {
    let (shares, seconds) = load_of(effort);
    let clip = clip(folder, chain, seconds)?;
    let sink = Sink::open()?;
    let mut places = Vec::new();
    let mut senders = Vec::new();
    for _ in 0..shares {
        let port = pair_of_ports()?;
        places.push(place(folder, chain, port, sink.port)?);
        senders.push(sender(folder, chain, &clip, port)?);
    }
    thread::sleep(WARM_UP);
    let (before, shown) = (spent(&places)?, sink.pictures());
    let long = Duration::from_secs(u64::from(seconds));
    thread::sleep(long);
    let microseconds = spent(&places)?.saturating_sub(before) as f64;
    let all = (shares as f64) * long.as_secs_f64();
    let pictures = (sink.pictures() - shown) as f64 / all;
    for service in places.into_iter().chain(senders) {
        service.stop();
    }
    ensure!(
        pictures >= f64::from(PICTURES_PER_SECOND) / 2.0,
        "only {pictures:.1} pictures a second came out of ffmpeg"
    );
    let mut share = share(microseconds / 1e6 / all * 100.0);
    share["shares"] = json!(shares);
    share["pictures_per_second"] = json!((pictures * 100.0).round() / 100.0);
    Ok(share)
}

/// The clip of the chain in a container that knows when each picture is, and as long as it is needed: begun
/// again, its timestamps would leap.
fn clip(folder: &Path, chain: &Chain, measured: u32) -> Result<PathBuf> {
    let file = folder.join(format!("{}-{}-{}.nut", chain.from, chain.web, chain.size));
    let seconds = WARM_UP.as_secs() as u32 + measured + SPARE_SECONDS;
    let mut ffmpeg = chain.making(folder, seconds);
    shell::read(ffmpeg.args(["-f", "nut"]).arg(&file)).context("making a clip")?;
    Ok(file)
}

/// What the picture's sender protects it with.
fn comes_protected(chain: &Chain) -> bool {
    chain.from == "browsers"
}

fn place(folder: &Path, chain: &Chain, port: u16, to: u16) -> Result<Service> {
    let description = folder.join(format!("live-{port}.sdp"));
    fs::write(&description, describe(chain, port))?;
    let mut ffmpeg = on_tested_core(folder);
    ffmpeg.args(["-protocol_whitelist", "file,udp,rtp,srtp,crypto"]);
    chain.decoding(&mut ffmpeg);
    ffmpeg.arg("-i").arg(&description);
    chain.fitting_and_encoding(&mut ffmpeg);
    ffmpeg.args(["-r", &PICTURES_PER_SECOND.to_string(), "-f", "rtp"]);
    match comes_protected(chain) {
        true => {
            ffmpeg.args(["-rtpflags", "rfc2190"]);
            ffmpeg.arg(format!("rtp://127.0.0.1:{to}"));
        }
        false => {
            ffmpeg.args(["-srtp_out_suite", SUITE, "-srtp_out_params", KEY]);
            ffmpeg.arg(format!("srtp://127.0.0.1:{to}"));
        }
    }
    start(&mut ffmpeg, folder)
}

fn on_tested_core(folder: &Path) -> Command {
    let mut ffmpeg = command("taskset", folder);
    ffmpeg.args(["-c", TESTED, "ffmpeg", "-nostdin", "-loglevel", "error"]);
    ffmpeg
}

fn sender(folder: &Path, chain: &Chain, clip: &Path, port: u16) -> Result<Service> {
    let mut ffmpeg = command("taskset", folder);
    ffmpeg.args(["-c", DRIVER, "ffmpeg", "-nostdin", "-loglevel", "error"]);
    ffmpeg.args(["-re", "-i"]).arg(clip);
    ffmpeg.args(["-c", "copy"]);
    if chain.decodes == "h264" {
        // Parameter sets in the stream, where the receiver looks for them.
        ffmpeg.args(["-bsf:v", "dump_extra"]);
    }
    ffmpeg.args(["-f", "rtp"]);
    match comes_protected(chain) {
        true => {
            ffmpeg.args(["-srtp_out_suite", SUITE, "-srtp_out_params", KEY]);
            ffmpeg.arg(format!("srtp://127.0.0.1:{port}"));
        }
        false => {
            ffmpeg.args(["-rtpflags", "rfc2190"]);
            ffmpeg.arg(format!("rtp://127.0.0.1:{port}"));
        }
    }
    start(&mut ffmpeg, folder)
}

fn start(ffmpeg: &mut Command, folder: &Path) -> Result<Service> {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("live.log"))?;
    ffmpeg.stdin(Stdio::null()).stdout(Stdio::null());
    Service::spawn(ffmpeg.stderr(log)).context("ffmpeg: cannot start")
}

/// What comes in, as ffmpeg is told.
fn describe(chain: &Chain, port: u16) -> String {
    let (profile, format) = match (comes_protected(chain), chain.web) {
        (true, "h264") => (
            "SAVP 96",
            "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1",
        ),
        (true, _) => ("SAVP 96", "a=rtpmap:96 VP8/90000"),
        (false, _) => ("AVP 34", "a=rtpmap:34 H263/90000"),
    };
    let crypto = match comes_protected(chain) {
        true => format!("a=crypto:1 {SUITE} inline:{KEY}\n"),
        false => String::new(),
    };
    format!(
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n\
         m=video {port} RTP/{profile}\n{format}\n{crypto}"
    )
}

/// A port for RTP and the next one for RTCP, which nobody has now.
fn pair_of_ports() -> Result<u16> {
    for _ in 0..1000 {
        let rtp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = rtp.local_addr()?.port();
        if port % 2 == 0 && UdpSocket::bind((Ipv4Addr::LOCALHOST, port + 1)).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("no pair of ports is free")
}

/// Counts the pictures of all shares as they come out.
struct Sink {
    port: u16,
    pictures: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
}

impl Sink {
    fn open() -> Result<Sink> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        let port = socket.local_addr()?.port();
        let (pictures, is_over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (counted, over) = (Arc::clone(&pictures), Arc::clone(&is_over));
        thread::spawn(move || {
            let mut packet = [0; 2048];
            while !over.load(Ordering::Relaxed) {
                if let Ok(length) = socket.recv(&mut packet)
                    && ends_a_picture(&packet[..length])
                {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Ok(Sink {
            port,
            pictures,
            is_over,
        })
    }

    fn pictures(&self) -> u64 {
        self.pictures.load(Ordering::Relaxed)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// RTP with its marker, which SRTP leaves in the clear (RFC 3550 §5.1).
fn ends_a_picture(packet: &[u8]) -> bool {
    matches!(packet, [128..=191, second, ..] if second & 0x80 != 0 && !(192..=223).contains(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_and_packets_inside_a_picture_are_not_counted() {
        assert!(ends_a_picture(&[0x80, 0x80 | 96]));
        assert!(ends_a_picture(&[0x80, 0x80 | 34]));
        assert!(!ends_a_picture(&[0x80, 96]));
        assert!(!ends_a_picture(&[0x80, 200]));
        assert!(!ends_a_picture(&[]));
    }
}
