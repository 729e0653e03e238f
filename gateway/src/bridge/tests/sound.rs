//! Sound beside the pictures: passed where it can be, transcoded where not, and in step with them.

use media::payload::amr::{self, Alignment, Band, ModeSet};
use media::payload::audio::{AudioDepacketizer, AudioFormat, packetize};
use media::payload::telephone_event::Event;
use media::rtp::rtcp::{self, Rtcp};
use media::rtp::session::RtcpTerms;
use media::tone::Heard;

use super::stand_ins::Voice;
use super::*;
use crate::bridge::audio_format::{AudioPlan, AudioStream, Events};
use crate::bridge::web_leg::{AudioLine, AudioOffer, Directions, WebAudio};

const SOUND: u8 = 97;
const KEYS: u8 = 101;

/// A plain peer's mouth and ear.
pub(super) struct PlainVoice {
    format: AudioFormat,
    voice: Voice,
    keys: Vec<(Event, u32)>,
    sequence: u16,
}

fn amr(band: Band, alignment: Alignment) -> AudioFormat {
    AudioFormat::Amr(amr::Config {
        band,
        alignment,
        modes: ModeSet::all(band),
        changes_every_other: false,
        changes_by_steps: false,
    })
}

impl Scene {
    /// A plain peer with that sound, which hums at 500 Hz.
    fn plain_hums(&mut self, side: Side, format: AudioFormat) {
        let stream = AudioStream {
            format,
            payload_type: SOUND,
            events: Some(Events {
                payload_type: KEYS,
                clock_hz: 8000,
            }),
        };
        let plan = AudioPlan {
            remote: Some(Destination {
                address: handset().ip(),
                rtp_port: 7100,
                rtcp_port: 7101,
            }),
            to_peer: Some(stream),
            from_peer: vec![stream],
            silence: Silence::IsExpected,
            rtcp: RtcpTerms::default(),
        };
        assert!(self.apply(Step::PlainAudio { side, plan }).is_none());
        let voice = PlainVoice {
            format,
            voice: Voice::new(format.codec(), 500.0),
            keys: Vec::new(),
            sequence: 65_500,
        };
        self.plain_voice = Some((side, voice));
    }

    pub(super) fn transcode_sound(&mut self, from: Side, job: TranscodeJob) {
        let slot = &mut self.sounds[from.index()];
        match job {
            TranscodeJob::OpenAudio(AudioCodecs { from, to }) => {
                *slot = Some(AudioTranscoder::new(from, to).unwrap());
            }
            TranscodeJob::SetMode(mode) => slot.as_mut().unwrap().set_mode(mode),
            TranscodeJob::Sound(inputs) => {
                let medium = Medium::Audio;
                let transcoder = slot.as_mut().unwrap();
                let pushed = inputs
                    .into_iter()
                    .map(|input| transcoder.push(input).unwrap());
                let result = Transcoded::Sound(pushed.flatten().collect());
                let input = Input::Transcoded {
                    class: None,
                    from,
                    medium,
                    result,
                };
                self.bridge.handle(input, self.now);
            }
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn plain_speaks(&mut self) {
        let Some((side, plain)) = &mut self.plain_voice else {
            return;
        };
        let frame = plain.voice.frame();
        plain.sequence = plain.sequence.wrapping_add(1);
        let packet = RtpPacket {
            payload_type: SOUND,
            marker: false,
            sequence: plain.sequence,
            timestamp: frame.timestamp,
            ssrc: 0x0a0b_0c0d,
            payload: packetize(plain.format, frame.data, false).bytes,
            ..RtpPacket::default()
        };
        let input = Input::Rtp {
            side: *side,
            medium: Medium::Audio,
            source: handset(),
            bytes: packet.to_bytes(),
        };
        self.bridge.handle(input, self.now);
    }

    pub(super) fn plain_hears(&mut self, bytes: &[u8]) {
        let packet = RtpPacket::parse(bytes).unwrap();
        let Some((_, plain)) = &mut self.plain_voice else {
            panic!("nobody is there to hear");
        };
        if packet.payload_type == KEYS {
            let event = Event::parse(&packet.payload).unwrap();
            return plain.keys.push((event, packet.timestamp));
        }
        assert_eq!(packet.payload_type, SOUND);
        let frames = AudioDepacketizer::new(plain.format).push(&packet).unwrap();
        for frame in frames {
            plain.voice.hear(&frame.data, frame.timestamp);
        }
    }

    fn browser_with(&mut self, sound: WebAudio) {
        let side = Side::Caller;
        let mut browser = Browser::with_voice(6000, sound, self.now);
        let offer = browser.offer(str0m::media::Direction::SendOnly);
        let answer = Step::WebAnswer {
            side,
            offer,
            video: Some(VideoLine {
                codec: WebCodec::Vp8,
                direction: Direction::RecvOnly,
                limit: Some(QCIF),
            }),
            audio: Some(AudioLine {
                codec: sound,
                direction: Direction::SendRecv,
            }),
        };
        let sdp = match self.apply(answer) {
            Some(BridgeReply::Description { sdp, .. }) => sdp,
            other => panic!("{other:?}"),
        };
        browser.take_answer(&sdp);
        self.browsers.push((side, browser));
    }
}

fn assert_hears(heard: Heard, hz: f64, what: &str) {
    let decibels = 20.0 * (heard.rms / (8000.0 / 2_f64.sqrt())).log10();
    assert!((heard.hz - hz).abs() <= 3.0, "{what}: {heard:?}");
    assert!(decibels.abs() < 4.0, "{what}: {decibels:.1} dB");
}

#[test]
fn a_browser_and_a_plain_peer_hear_each_other_whatever_sound_each_has() {
    let formats = [
        amr(Band::Narrow, Alignment::BandwidthEfficient),
        amr(Band::Wide, Alignment::Octets),
        AudioFormat::Pcmu,
        AudioFormat::Pcma,
    ];
    for format in formats {
        for web in [WebAudio::Opus, WebAudio::Pcmu] {
            let mut scene = Scene::new();
            scene.browser_with(web);
            scene.plain(Side::Callee, Format::H263Plus);
            scene.plain_hums(Side::Callee, format);
            let flows = Flows::BothWays;
            scene.apply(Step::StartAudio { flows });
            scene.run(Duration::from_secs(4));
            let what = format!("{web:?} and {format:?}");
            let passes = web == WebAudio::Pcmu && format == AudioFormat::Pcmu;
            assert_eq!(scene.sounds[0].is_none(), passes, "{what}");
            let (_, plain) = scene.plain_voice.as_ref().unwrap();
            assert_hears(plain.voice.last_second(), 700.0, &what);
            let ticks = plain.voice.codec.clock_hz() / 50;
            let times = plain.voice.times.windows(2);
            assert!(times.clone().count() > 150, "{what}");
            for pair in times {
                assert_eq!(pair[1].wrapping_sub(pair[0]), ticks, "{what}");
            }
            let voice = scene.browser(Side::Caller).voice.as_ref().unwrap();
            assert_hears(voice.last_second(), 500.0, &what);
        }
    }
}

#[test]
fn two_browsers_talk_without_a_codec_between_them() {
    let mut scene = Scene::new();
    let side = Side::Callee;
    let offer = Step::WebOffer {
        side,
        video: Some(VideoOffer {
            codecs: vec![WebCodec::Vp8],
            direction: Direction::SendOnly,
        }),
        audio: Some(AudioOffer {
            codecs: vec![WebAudio::Opus],
            direction: Direction::SendRecv,
        }),
    };
    let Some(BridgeReply::Description { sdp, .. }) = scene.apply(offer) else {
        panic!("no offer");
    };
    let mut callee = Browser::with_voice(6001, WebAudio::Opus, scene.now);
    let answer = callee.answer(&sdp);
    scene.browsers.push((side, callee));
    let accepted = scene.apply(Step::WebAccept { side, answer });
    let Some(BridgeReply::WebAccepted { audio, .. }) = accepted else {
        panic!("{accepted:?}");
    };
    assert_eq!(audio, Some(WebAudio::Opus));
    scene.browser_with(WebAudio::Opus);
    let flows = Flows::BothWays;
    scene.apply(Step::StartAudio { flows });
    scene.run(Duration::from_secs(4));
    for side in [Side::Caller, Side::Callee] {
        let voice = scene.browser(side).voice.as_ref().unwrap();
        assert_hears(voice.last_second(), 700.0, "Opus");
    }
    assert!(scene.sounds.iter().all(Option::is_none));
}

#[test]
fn a_line_that_is_refused_takes_nothing_from_the_other() {
    let mut scene = Scene::new();
    let side = Side::Caller;
    for keeps_video in [true, false] {
        let mut browser = Browser::with_voice(6000, WebAudio::Opus, scene.now);
        let offer = browser.offer(str0m::media::Direction::SendOnly);
        let video = VideoLine {
            codec: WebCodec::Vp8,
            direction: Direction::RecvOnly,
            limit: None,
        };
        let audio = AudioLine {
            codec: WebAudio::Opus,
            direction: Direction::SendRecv,
        };
        let answer = scene.apply(Step::WebAnswer {
            side,
            offer,
            video: keeps_video.then_some(video),
            audio: (!keeps_video).then_some(audio),
        });
        let Some(BridgeReply::Description { sdp, .. }) = answer else {
            panic!("{answer:?}");
        };
        let lines: Vec<&str> = sdp.lines().filter(|line| line.starts_with("m=")).collect();
        let refused = if keeps_video {
            "m=audio 0 "
        } else {
            "m=video 0 "
        };
        assert_eq!(lines.len(), 2, "{sdp}");
        assert!(lines.iter().any(|line| line.starts_with(refused)), "{sdp}");
        let from = sdp.find("a=candidate").expect("a candidate");
        let line = sdp[..from].rfind("m=").unwrap();
        assert!(!sdp[line..].starts_with(refused), "{sdp}");
        browser.take_answer(&sdp);
        scene.browsers = vec![(side, browser)];
        scene.run(Duration::from_secs(2));
        let up = "Connected { side: Caller }";
        assert!(
            scene.events.iter().any(|event| event == up),
            "{:?}",
            scene.events
        );
        scene.events.clear();
    }
}

#[test]
fn sound_and_pictures_of_a_plain_leg_are_of_one_name_and_one_clock() {
    let mut scene = Scene::new();
    scene.browser_with(WebAudio::Opus);
    scene.plain(Side::Callee, Format::H263Plus);
    scene.plain_hums(Side::Callee, amr(Band::Narrow, Alignment::Octets));
    let flows = Flows::BothWays;
    scene.apply(Step::StartAudio { flows });
    scene.apply(Step::Start { flows });
    let camera = Camera::new(VideoCodec::Vp8, &Format::Vp8, (320, 240), 300_000);
    scene.browser(Side::Caller).camera = Some(camera);
    scene.run(Duration::from_secs(12));
    let name = |compounds: &[Vec<u8>]| {
        let all: Vec<Rtcp> = compounds
            .iter()
            .flat_map(|bytes| rtcp::parse(bytes).unwrap())
            .collect();
        let names = all.iter().find_map(|packet| match packet {
            Rtcp::SourceDescription(chunks) => chunks[0].cname.clone(),
            _ => None,
        });
        let mut reports = all.iter().filter_map(|packet| match packet {
            Rtcp::SenderReport { info, .. } => Some((info.ntp.seconds(), info.rtp_timestamp)),
            _ => None,
        });
        (
            names.unwrap(),
            reports.next_back().expect("a sender report"),
        )
    };
    let (pictures, (seen, picture)) = name(&scene.plain_rtcp);
    let (sound, (heard, spoken)) = name(&scene.plain_sound_rtcp);
    assert_eq!(pictures, sound);
    // What was sent last of each, by the reports' clock, was taken at about the same time.
    let last_picture = scene.plain_seen.last().unwrap().timestamp;
    let last_sound = *scene
        .plain_voice
        .as_ref()
        .unwrap()
        .1
        .voice
        .times
        .last()
        .unwrap();
    let picture = seen + f64::from(last_picture.wrapping_sub(picture) as i32) / 90_000.0;
    let sound = heard + f64::from(last_sound.wrapping_sub(spoken) as i32) / 8000.0;
    assert!((picture - sound).abs() < 0.1, "{picture} and {sound}");
}

#[test]
fn a_key_that_a_browser_presses_is_the_same_key_at_the_peers_clock() {
    let mut scene = Scene::new();
    scene.browser_with(WebAudio::Opus);
    scene.plain_hums(Side::Callee, amr(Band::Narrow, Alignment::Octets));
    let flows = Flows::BothWays;
    scene.apply(Step::StartAudio { flows });
    scene.run(Duration::from_secs(3));
    let timestamp = scene
        .browser(Side::Caller)
        .voice
        .as_ref()
        .unwrap()
        .timestamp();
    let heard = *scene
        .plain_voice
        .as_ref()
        .unwrap()
        .1
        .voice
        .times
        .last()
        .unwrap();
    for (end, duration) in [(false, 2400), (false, 4800), (true, 7200), (true, 7200)] {
        let event = Event {
            code: 5,
            end,
            volume: 10,
            duration,
        };
        let now = scene.now;
        let payload = event.to_bytes().to_vec();
        scene
            .browser(Side::Caller)
            .press(payload, timestamp + 960, now);
        scene.run(Duration::from_millis(20));
    }
    let (_, plain) = scene.plain_voice.as_ref().unwrap();
    let durations: Vec<u16> = plain.keys.iter().map(|(event, _)| event.duration).collect();
    assert_eq!(durations, [400, 800, 1200, 1200]);
    assert!(plain.keys.iter().all(|(event, _)| event.code == 5));
    let times: Vec<u32> = plain
        .keys
        .iter()
        .map(|(_, time)| time.wrapping_sub(heard))
        .collect();
    // Behind the last frame that came out, by what waits in the codecs and no more.
    assert!(
        times.iter().all(|time| *time == times[0] && *time <= 640),
        "{times:?}"
    );
}

/// A browser that shows its camera and keeps its microphone to itself, with a plain peer that hums.
fn share_without_sound() -> Scene {
    let side = Side::Caller;
    let mut scene = Scene::new();
    let mut browser = Browser::with_voice(6000, WebAudio::Opus, scene.now);
    let voice = browser.voice.take();
    let offer = browser.offer(str0m::media::Direction::SendOnly);
    browser.voice = voice;
    let video = VideoLine {
        codec: WebCodec::Vp8,
        direction: Direction::RecvOnly,
        limit: Some(QCIF),
    };
    let answer = scene.apply(Step::WebAnswer {
        side,
        offer,
        video: Some(video),
        audio: None,
    });
    browser.take_answer(&written(answer));
    scene.browsers.push((side, browser));
    scene.plain(Side::Callee, Format::H263Plus);
    scene.run(Duration::from_secs(1));
    scene.plain_hums(
        Side::Callee,
        amr(Band::Narrow, Alignment::BandwidthEfficient),
    );
    scene
}

fn written(reply: Option<BridgeReply>) -> String {
    match reply {
        Some(BridgeReply::Description { sdp, .. }) => sdp,
        other => panic!("{other:?}"),
    }
}

fn assert_both_hear(scene: &mut Scene) {
    let flows = Flows::BothWays;
    scene.apply(Step::StartAudio { flows });
    scene.run(Duration::from_secs(4));
    let (_, plain) = scene.plain_voice.as_ref().unwrap();
    assert_hears(plain.voice.last_second(), 700.0, "the plain peer");
    let voice = scene.browser(Side::Caller).voice.as_ref().unwrap();
    assert_hears(voice.last_second(), 500.0, "the browser");
}

const WITH_SOUND: Directions = Directions {
    video: Some(Direction::RecvOnly),
    audio: Some(Direction::SendRecv),
};

/// R2.5
#[test]
fn a_browser_adds_sound_to_its_share_and_takes_it_away_again() {
    let side = Side::Caller;
    let mut scene = share_without_sound();
    let browser = scene.browser(side);
    let mut api = browser.rtc.sdp_api();
    let both = str0m::media::Direction::SendRecv;
    let mid = api.add_media(str0m::media::MediaKind::Audio, both, None, None, None);
    let (offer, pending) = api.apply().unwrap();
    (browser.voice_mid, browser.pending) = (Some(mid), Some(pending));
    let offer = offer.to_sdp_string();
    let reanswer = |offer: &str, audio| Step::WebReanswer {
        side,
        offer: offer.to_owned(),
        directions: WITH_SOUND,
        audio,
        limit: Some(QCIF),
    };
    let answer = written(scene.apply(reanswer(&offer, Some(WebAudio::Opus))));
    let lines: Vec<&str> = answer
        .lines()
        .filter(|line| line.contains("rtpmap"))
        .collect();
    assert!(!lines.iter().any(|line| line.contains("PCM")), "{lines:?}");
    scene.browser(side).take_answer(&answer);
    assert_both_hear(&mut scene);

    let gone = offer.replace("m=audio 9", "m=audio 0");
    let answer = written(scene.apply(reanswer(&gone, Some(WebAudio::Opus))));
    assert!(answer.contains("m=audio 0 "), "{answer}");
    assert!(answer.contains("m=video 9 "), "{answer}");
}

/// R2.5
#[test]
fn a_browser_is_offered_sound_beside_its_share() {
    let side = Side::Caller;
    let mut scene = share_without_sound();
    let reoffer = Step::WebReoffer {
        side,
        directions: WITH_SOUND,
        audio: vec![WebAudio::Opus],
    };
    let offer = written(scene.apply(reoffer));
    assert!(!offer.contains("PCM"), "{offer}");
    let answer = scene.browser(side).answer(&offer);
    let accepted = scene.apply(Step::WebAccept { side, answer });
    assert!(
        matches!(
            accepted,
            Some(BridgeReply::WebAccepted {
                codec: Some(WebCodec::Vp8),
                audio: Some(WebAudio::Opus),
                ..
            })
        ),
        "{accepted:?}"
    );
    assert_both_hear(&mut scene);
}
