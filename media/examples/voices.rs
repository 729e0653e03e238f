//! What transcoding sound costs: `cargo run --release -p media --example voices`. Prints, for each
//! pair of codecs, microseconds a frame of 20 ms in each direction, and how many calls with both
//! directions one core carries.

use std::error::Error;
use std::time::Duration;

use media::audio_transcode::{AudioInput, AudioTranscoder};
use media::codec::{AudioCodec, AudioEncoder, Rates};
use media::payload::amr::{Alignment, Band, Config, ModeSet};
use media::payload::audio::{AudioFormat, AudioFrame};

/// A minute of sound.
const FRAMES: u32 = 3000;

fn main() -> Result<(), Box<dyn Error>> {
    for codec in [AudioCodec::Amr, AudioCodec::AmrWb, AudioCodec::Pcmu] {
        let there = cost(AudioCodec::Opus, codec)?;
        let back = cost(codec, AudioCodec::Opus)?;
        let frame = Duration::from_millis(20).as_secs_f64();
        let calls = frame / (there + back).as_secs_f64();
        println!(
            "Opus to {codec} {} us, back {} us: {calls:.0} calls a core",
            there.as_micros(),
            back.as_micros()
        );
    }
    Ok(())
}

/// The time of one frame, of what speech is to a codec: noise that comes and goes.
fn cost(from: AudioCodec, to: AudioCodec) -> Result<Duration, Box<dyn Error>> {
    let rate = Rates::between(from, to).decoded;
    let mut encoder = AudioEncoder::new(from, rate)?;
    let mut transcoder = AudioTranscoder::new(format(from), format(to))?;
    let mut seed = 1_u32;
    let mut frames = Vec::new();
    for index in 0..FRAMES {
        let loudness = (f64::from(index) / 7.0).sin().abs();
        let samples: Vec<i16> = (0..rate / 50)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (f64::from(seed as i32 >> 18) * loudness) as i16
            })
            .collect();
        let data = encoder.encode(&samples)?;
        let timestamp = index * (from.clock_hz() / 50);
        frames.push(AudioFrame { data, timestamp });
    }
    let begun = on_core()?;
    for frame in frames {
        let after_loss = false;
        transcoder.push(AudioInput::Frame { frame, after_loss })?;
    }
    Ok((on_core()? - begun) / FRAMES)
}

/// The time that this thread had a core, whatever else the machine does (Linux).
fn on_core() -> Result<Duration, Box<dyn Error>> {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = said.split(' ').next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

fn format(codec: AudioCodec) -> AudioFormat {
    let amr = |band| {
        AudioFormat::Amr(Config {
            band,
            alignment: Alignment::BandwidthEfficient,
            modes: ModeSet::all(band),
            changes_every_other: false,
            changes_by_steps: false,
        })
    };
    match codec {
        AudioCodec::Opus => AudioFormat::Opus,
        AudioCodec::Pcmu => AudioFormat::Pcmu,
        AudioCodec::Pcma => AudioFormat::Pcma,
        AudioCodec::Amr => amr(Band::Narrow),
        AudioCodec::AmrWb => amr(Band::Wide),
    }
}
