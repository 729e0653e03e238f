//! Two legs in simulated time: what one shows the other must see.

use media::pattern;

use super::*;
use crate::{offer::Writer, sdp::Description};

const STEP: Duration = Duration::from_millis(1);

struct Pair {
    shower: Leg,
    watcher: Leg,
    now: Instant,
    /// Every so many RTP packets one is lost.
    lose_every: usize,
    packets: usize,
    /// When the watcher ended for want of media.
    silent_after: Option<Duration>,
    /// Of the shower's.
    loses_reports: bool,
}

impl Pair {
    fn new(profile: &str, codec: usize, lose_every: usize) -> Self {
        let profile = Profile::named(profile).unwrap();
        let codec = &profile.codecs[codec];
        let agreement = Agreement {
            audio: None,
            encoding: codec.encoding,
            payload_type: codec.payload_type,
            parameters: codec.parameters.clone(),
            remote: "192.0.2.1:6000".parse().unwrap(),
            both_ways: false,
        };
        let now = Instant::now();
        let open = |direction, seed| {
            Leg::open(&profile, direction, &agreement, seed, NtpTime(1 << 60), now).unwrap()
        };
        let mut shower = open(Direction::Outgoing, 1);
        shower.confirm(now);
        Self {
            shower,
            watcher: open(Direction::Incoming, 2),
            now,
            lose_every,
            packets: 0,
            silent_after: None,
            loses_reports: false,
        }
    }

    /// A shower whose user has not said yes.
    fn reopened(&self, profile: &Profile) -> Leg {
        let codec = &profile.codecs[0];
        let agreement = Agreement {
            audio: None,
            encoding: codec.encoding,
            payload_type: codec.payload_type,
            parameters: codec.parameters.clone(),
            remote: "192.0.2.1:6000".parse().unwrap(),
            both_ways: false,
        };
        Leg::open(
            profile,
            Direction::Outgoing,
            &agreement,
            1,
            NtpTime(1 << 60),
            self.now,
        )
        .unwrap()
    }

    /// Runs both for a while; the wire takes no time.
    fn run(&mut self, duration: Duration, wire_is_up: bool) {
        let (start, end) = (self.now, self.now + duration);
        while self.now < end {
            self.now += STEP;
            self.shower.handle_timeout(self.now);
            self.watcher.handle_timeout(self.now);
            while let Some(output) = self.shower.poll_output() {
                self.shower_said(output, wire_is_up);
            }
            while let Some(output) = self.watcher.poll_output() {
                match output {
                    Output::Rtp(bytes) => self.shower.handle(Input::Rtp(bytes), self.now),
                    Output::Rtcp(bytes) => self.shower.handle(Input::Rtcp(bytes), self.now),
                    Output::Silent => self.silent_after = Some(self.now.duration_since(start)),
                    Output::Shown | Output::PictureDue { .. } => {}
                }
            }
        }
    }

    fn shower_said(&mut self, output: Output, wire_is_up: bool) {
        match output {
            Output::PictureDue { counter } => {
                let picture = pattern::draw(counter, "", 176, 144).unwrap();
                self.shower.picture(&picture, self.now);
            }
            Output::Rtp(bytes) => {
                self.packets += 1;
                let lost = self.lose_every > 0 && self.packets.is_multiple_of(self.lose_every);
                if wire_is_up && !lost {
                    self.watcher.handle(Input::Rtp(bytes), self.now);
                }
            }
            Output::Rtcp(bytes) if wire_is_up && !self.loses_reports => {
                self.watcher.handle(Input::Rtcp(bytes), self.now)
            }
            Output::Rtcp(_) | Output::Shown | Output::Silent => {}
        }
    }

    fn right(&self) -> (u64, f64) {
        let view = self.watcher.view();
        let pattern = view.screen.and_then(Screen::pattern);
        pattern.map_or((0, 0.0), |pattern| (pattern.right, pattern.psnr_db_mean))
    }
}

#[test]
fn every_codec_of_every_profile_is_seen_as_it_was_shown() {
    for profile in ["nokia-6680", "nokia-n70", "nokia-5230"] {
        let codecs = Profile::named(profile).unwrap().codecs;
        for (at, codec) in codecs.iter().enumerate() {
            let mut pair = Pair::new(profile, at, 0);
            pair.run(Duration::from_secs(3), true);
            let (right, psnr_db) = pair.right();
            let what = format!("{profile} {codec:?}: {right} right, {psnr_db:.1} dB");
            assert!(right >= 40, "{what}");
            assert!(psnr_db >= 25.0, "{what}");
            let first = pair
                .watcher
                .view()
                .screen
                .and_then(Screen::first_picture_ms);
            assert!(
                first.is_some_and(|first| first <= 200),
                "{what}, first {first:?}"
            );
        }
    }
}

#[test]
fn reports_go_both_ways_within_five_seconds() {
    let mut pair = Pair::new("nokia-6680", 0, 0);
    pair.run(Duration::from_secs(20), true);
    let shower = *pair.shower.view().counters;
    let watcher = *pair.watcher.view().counters;
    assert!(watcher.received_sender_reports >= 4, "{watcher:?}");
    assert!(shower.received_receiver_reports >= 4, "{shower:?}");
}

#[test]
fn a_watching_handset_keeps_the_way_open_with_empty_packets() {
    let mut pair = Pair::new("nokia-5230", 0, 0);
    pair.run(Duration::from_secs(16), true);
    assert_eq!(pair.shower.view().counters.keepalives, 3);
    let mut without = Pair::new("nokia-6680", 0, 0);
    without.run(Duration::from_secs(16), true);
    assert_eq!(without.shower.view().counters.keepalives, 0);
}

#[test]
fn a_wanted_keyframe_heals_what_was_lost() {
    let mut pair = Pair::new("nokia-6680", 0, 0);
    pair.run(Duration::from_secs(1), true);
    pair.run(Duration::from_secs(1), false);
    let (before, _) = pair.right();
    pair.shower.force_keyframe();
    pair.run(Duration::from_secs(1), true);
    let (after, _) = pair.right();
    assert!(after - before >= 12, "{before} then {after}");
}

#[test]
fn twenty_seconds_of_silence_are_the_end() {
    let mut pair = Pair::new("nokia-6680", 0, 0);
    pair.run(Duration::from_secs(1), true);
    pair.run(Duration::from_secs(25), false);
    let silent = pair.silent_after.unwrap();
    assert!((19.0..=20.1).contains(&silent.as_secs_f64()), "{silent:?}");
}

#[test]
fn garbage_and_loss_do_not_stop_the_pictures() {
    let mut pair = Pair::new("nokia-5230", 0, 50);
    let junk: [&[u8]; 4] = [b"", b"\x80", &[0x80; 40], &[0xff; 1500]];
    for bytes in junk {
        pair.watcher.handle(Input::Rtp(bytes.to_vec()), pair.now);
        pair.watcher.handle(Input::Rtcp(bytes.to_vec()), pair.now);
    }
    for _ in 0..6 {
        pair.run(Duration::from_millis(500), true);
        pair.shower.force_keyframe();
    }
    let (right, _) = pair.right();
    assert!(right >= 10, "{right}");
}

#[test]
fn an_offer_answered_by_the_other_profile_gives_both_the_same_format() {
    let (old, new) = (
        Profile::named("nokia-6680").unwrap(),
        Profile::named("nokia-5230").unwrap(),
    );
    let writer = |profile| Writer {
        profile,
        address: "192.0.2.1".parse().unwrap(),
        rtp_port: 40_000,
        session: 1,
        both_ways: false,
    };
    let offer = writer(&new).offer().to_string();
    let (answer, theirs) = writer(&old).answer(offer.as_bytes()).unwrap();
    let ours = offer::read_answer(answer.to_string().as_bytes(), &new).unwrap();
    assert_eq!(
        (ours.encoding, ours.payload_type),
        (theirs.encoding, theirs.payload_type)
    );
    assert_eq!(format_of(&ours), format_of(&theirs));
    assert_eq!(
        Description::read(answer.to_string().as_bytes())
            .unwrap()
            .media
            .len(),
        1
    );
}

/// R1.24: a model's camera stays shut until its user confirms; reports go out meanwhile.
#[test]
fn a_camera_that_waits_for_its_user_shows_nothing() {
    let profile = Profile::named("nokia-5230").unwrap();
    let mut pair = Pair::new("nokia-5230", 0, 0);
    pair.shower = pair.reopened(&profile);
    pair.run(Duration::from_secs(15), true);
    let view = pair.shower.view();
    assert!(view.sent.unwrap().waits_for_user);
    assert_eq!(view.counters.sent_packets, 0);
    assert!(pair.watcher.view().counters.received_receiver_reports > 0);
    let now = pair.now;
    pair.shower.confirm(now);
    pair.run(Duration::from_secs(2), true);
    assert!(pair.right().0 > 20);
}

/// R1.22: RTP alone does not feed the watchdog; a report does.
#[test]
fn a_share_without_reports_ends_at_twenty_seconds() {
    let mut pair = Pair::new("nokia-5230", 0, 0);
    pair.loses_reports = true;
    pair.run(Duration::from_secs(25), true);
    let after = pair.silent_after.unwrap();
    assert_eq!(after.as_secs(), 20, "{after:?}");
    let mut old = Pair::new("nokia-6680", 0, 0);
    old.loses_reports = true;
    old.run(Duration::from_secs(25), true);
    assert_eq!(old.silent_after, None, "pictures keep the old one alive");
}

/// R1.23
#[test]
fn an_empty_packet_goes_out_every_five_seconds_while_only_watching() {
    for (model, expected) in [("nokia-5230", 4), ("nokia-6680", 0)] {
        let mut pair = Pair::new(model, 0, 0);
        pair.run(Duration::from_millis(20_500), true);
        let sent = pair.watcher.view().counters.sent_packets;
        assert_eq!(sent, expected, "{model}");
    }
}
