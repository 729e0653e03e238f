//! Sound of every codec to every other: the tone stays the tone, for as long as a call lasts.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use media::audio_transcode::{AudioInput, AudioOutput, AudioTranscoder};
use media::codec::{AudioCodec, AudioDecoder, AudioEncoder, Rates};
use media::payload::amr::{Alignment, Band, Config, ModeSet};
use media::payload::audio::{AudioFormat, AudioFrame};
use media::resample::Resampler;
use media::tone::{Heard, Tone, listen};

const HZ: f64 = 440.0;
const AMPLITUDE: i16 = 8000;
/// Of the tone, as the root of the mean square.
const RMS: f64 = 8000.0 / std::f64::consts::SQRT_2;

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

/// A sender of a tone, and a listener at the other end of a transcoder.
struct Line {
    from: AudioCodec,
    to: AudioCodec,
    tone: Tone,
    encoder: AudioEncoder,
    transcoder: AudioTranscoder,
    decoder: AudioDecoder,
    /// Samples a second at the two ends.
    rates: [u32; 2],
    timestamp: u32,
    heard: Vec<i16>,
    outputs: Vec<(u32, u32)>,
}

impl Line {
    fn new(from: AudioCodec, to: AudioCodec) -> Line {
        let rates = [
            Rates::between(from, from).decoded,
            Rates::between(to, to).decoded,
        ];
        Line {
            from,
            to,
            tone: Tone::new(HZ, AMPLITUDE, rates[0]),
            encoder: AudioEncoder::new(from, rates[0]).unwrap(),
            transcoder: AudioTranscoder::new(format(from), format(to)).unwrap(),
            decoder: AudioDecoder::new(to, rates[1]).unwrap(),
            rates,
            timestamp: u32::MAX - 5000,
            heard: Vec::new(),
            outputs: Vec::new(),
        }
    }

    fn frame(&mut self) -> AudioFrame {
        let samples = self.tone.samples((self.rates[0] / 50) as usize);
        let data = self.encoder.encode(&samples).unwrap();
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(self.from.clock_hz() / 50);
        AudioFrame { data, timestamp }
    }

    fn push(&mut self, input: AudioInput) -> Vec<AudioOutput> {
        let outputs = self.transcoder.push(input).unwrap();
        for output in &outputs {
            self.decoder.decode(&output.data, &mut self.heard).unwrap();
            self.outputs
                .push((output.timestamp, output.source_timestamp));
        }
        outputs
    }

    fn run(&mut self, frames: usize) {
        for _ in 0..frames {
            let frame = self.frame();
            self.push(AudioInput::Frame {
                frame,
                after_loss: false,
            });
        }
    }

    /// What was heard in the last second.
    fn last_second(&self) -> Heard {
        let second = self.rates[1] as usize;
        listen(&self.heard[self.heard.len() - second..], self.rates[1])
    }
}

fn assert_tone(heard: Heard, what: &str) {
    let decibels = 20.0 * (heard.rms / RMS).log10();
    assert!((heard.hz - HZ).abs() <= 3.0, "{what}: {heard:?}");
    assert!(decibels.abs() < 3.0, "{what}: {decibels:.1} dB");
}

#[test]
fn every_codec_becomes_every_other_without_drift_in_a_minute() {
    for from in AudioCodec::ALL {
        for to in AudioCodec::ALL {
            let mut line = Line::new(from, to);
            line.run(100);
            assert_tone(line.last_second(), &format!("{from} to {to}"));
            line.run(2900);
            assert_tone(
                line.last_second(),
                &format!("{from} to {to} after a minute"),
            );
            // As many frames out as in, and each at the time of its samples.
            assert_eq!(line.outputs.len(), 3000, "{from} to {to}");
            let (out, source) = (line.to.clock_hz() / 50, line.from.clock_hz() / 50);
            for pair in line.outputs.windows(2) {
                assert_eq!(pair[1].0.wrapping_sub(pair[0].0), out, "{from} to {to}");
                assert_eq!(pair[1].1.wrapping_sub(pair[0].1), source, "{from} to {to}");
            }
        }
    }
}

#[test]
fn a_frame_leaves_with_the_one_that_fills_it() {
    // 30 ms in: every second packet brings one frame more than the last.
    let mut transcoder = AudioTranscoder::new(AudioFormat::Pcmu, format(AudioCodec::Amr)).unwrap();
    let counts: Vec<usize> = (0..6_u32)
        .map(|index| {
            let frame = AudioFrame {
                data: vec![0xff; 240],
                timestamp: index * 240,
            };
            let input = AudioInput::Frame {
                frame,
                after_loss: false,
            };
            transcoder.push(input).unwrap().len()
        })
        .collect();
    assert_eq!(counts, [1, 2, 1, 2, 1, 2]);
}

#[test]
fn what_was_lost_is_made_up_and_the_clock_goes_on() {
    for from in AudioCodec::ALL {
        let mut line = Line::new(from, AudioCodec::Pcma);
        line.run(50);
        for _ in 0..20 {
            // Every tenth packet never comes.
            line.run(8);
            line.frame();
            let frame = line.frame();
            assert_eq!(
                line.push(AudioInput::Frame {
                    frame,
                    after_loss: true
                })
                .len(),
                2,
                "{from}"
            );
        }
        for pair in line.outputs.windows(2) {
            assert_eq!(pair[1].0.wrapping_sub(pair[0].0), 160, "{from}");
        }
        let heard = line.last_second();
        let decibels = 20.0 * (heard.rms / RMS).log10();
        // AMR makes holes quieter, and what follows them.
        assert!(decibels.abs() < 6.0, "{from}: {decibels:.1} dB");
    }
}

#[test]
fn a_silence_stays_one_and_what_follows_it_has_its_own_time() {
    let mut line = Line::new(AudioCodec::Opus, AudioCodec::Amr);
    line.run(10);
    let before = line.outputs.last().unwrap().0;
    // Comfort noise for a while, then three seconds of nothing.
    for _ in 0..5 {
        assert_eq!(line.push(AudioInput::Silence).len(), 1);
    }
    line.timestamp = line.timestamp.wrapping_add(48_000 * 3);
    let frame = line.frame();
    let outputs = line.push(AudioInput::Frame {
        frame,
        after_loss: false,
    });
    assert!(outputs[0].marker, "the first of a talk spurt");
    let since = outputs[0].timestamp.wrapping_sub(before);
    assert_eq!(since, 160 + 8000 * 3);
    // One that comes earlier than what was made up for it never turns the clock back.
    for _ in 0..3 {
        line.push(AudioInput::Silence);
    }
    let stands = line.outputs.last().unwrap().0;
    let frame = line.frame();
    let outputs = line.push(AudioInput::Frame {
        frame,
        after_loss: false,
    });
    assert_eq!(outputs[0].timestamp.wrapping_sub(stands), 160);
}

#[test]
fn the_peers_wish_for_a_mode_is_followed_as_its_description_allows() {
    let config = Config {
        band: Band::Narrow,
        alignment: Alignment::Octets,
        modes: ModeSet::of(Band::Narrow, [0, 2, 4, 7]).unwrap(),
        changes_every_other: true,
        changes_by_steps: true,
    };
    let mut transcoder = AudioTranscoder::new(AudioFormat::Pcmu, AudioFormat::Amr(config)).unwrap();
    let mut modes = Vec::new();
    for index in 0..8 {
        if index == 1 {
            transcoder.set_mode(1);
        }
        let frame = AudioFrame {
            data: vec![0xff; 160],
            timestamp: index * 160,
        };
        let outputs = transcoder
            .push(AudioInput::Frame {
                frame,
                after_loss: false,
            })
            .unwrap();
        modes.push(outputs[0].data[0] >> 3 & 15);
    }
    assert_eq!(modes, [7, 4, 4, 2, 2, 0, 0, 0]);
}

#[test]
fn damaged_frames_are_errors_and_the_next_one_is_heard() {
    for codec in [AudioCodec::Opus, AudioCodec::Amr, AudioCodec::AmrWb] {
        let mut line = Line::new(codec, AudioCodec::Pcmu);
        line.run(20);
        for data in [vec![], vec![0x04, 1, 2], vec![0xff; 3], vec![0xff; 2000]] {
            let timestamp = line.timestamp;
            let frame = AudioFrame { data, timestamp };
            let _ = line.transcoder.push(AudioInput::Frame {
                frame,
                after_loss: false,
            });
        }
        line.run(100);
        assert_tone(line.last_second(), &codec.to_string());
    }
}

#[test]
fn doubled_and_halved_again_a_tone_is_what_it_was_and_no_mirror_of_it_is_heard() {
    for hz in [300.0, 1000.0, 3000.0] {
        let samples = Tone::new(hz, AMPLITUDE, 8000).samples(8000);
        let (mut wide, mut narrow) = (Vec::new(), Vec::new());
        Resampler::new(8000, 16_000)
            .unwrap()
            .push(&samples, &mut wide);
        Resampler::new(16_000, 8000)
            .unwrap()
            .push(&wide, &mut narrow);
        assert_eq!([wide.len(), narrow.len()], [16_000, 8000]);
        let heard = listen(&narrow[500..], 8000);
        assert!(
            (heard.hz - hz).abs() < 2.0 && (heard.rms - RMS).abs() < RMS / 20.0,
            "{hz}: {heard:?}"
        );
        // What 8 kHz cannot carry is kept out.
        let high = Tone::new(8000.0 - hz, AMPLITUDE, 16_000).samples(16_000);
        let mut halved = Vec::new();
        Resampler::new(16_000, 8000)
            .unwrap()
            .push(&high, &mut halved);
        let heard = listen(&halved[500..], 8000);
        assert!(hz > 2000.0 || heard.rms < RMS / 300.0, "{hz}: {heard:?}");
    }
    assert!(Resampler::new(8000, 48_000).is_none());
}
