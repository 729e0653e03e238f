//! RFC 4585 and RFC 5104 between two legs in simulated time, over a network that loses packets.

use std::time::{Duration, Instant};

use media::payload::Payload;
use media::rtp::RtpPacket;
use media::rtp::feedback::Feedback;
use media::rtp::rtcp::{self, FirEntry, Missing, NtpTime, RateEntry, Rtcp};
use media::rtp::session::{
    Change, Config, Event, Input, KeyframeRequest, Output, RtcpTerms, Session, Silence,
};

const ALL: Feedback = Feedback {
    nack: true,
    pli: true,
    fir: true,
    tmmbr: true,
};

const TRANSIT: Duration = Duration::from_millis(30);

fn session(seed: u64, feedback: Feedback, rtcp: RtcpTerms, now: Instant) -> Session {
    let mut session = Session::new(Config {
        accepted_payload_types: vec![96],
        payload_type: 96,
        cname: format!("{seed}"),
        seed,
        pacing_bits_per_second: 512_000,
        clock_hz: media::rtp::VIDEO_CLOCK_HZ,
    });
    session.start(NtpTime::from_unix(Duration::from_secs(1_700_000_000)), now);
    session.change(
        Change {
            accepted_payload_types: vec![96],
            payload_type: Some(96),
            pacing_bits_per_second: 512_000,
            silence: Silence::IsTheEnd,
            feedback,
            rtcp,
        },
        now,
    );
    session
}

/// What a session puts out at once.
fn drain(session: &mut Session) -> Vec<Output> {
    std::iter::from_fn(|| session.poll_output()).collect()
}

fn compounds(outputs: &[Output]) -> Vec<Vec<Rtcp>> {
    let bytes = outputs.iter().filter_map(|output| match output {
        Output::Rtcp(bytes) => Some(bytes),
        Output::Rtp(_) | Output::Event(_) => None,
    });
    bytes.map(|bytes| rtcp::parse(bytes).unwrap()).collect()
}

fn from_peer(sender: u32, packet: Rtcp) -> Input {
    let report = Rtcp::ReceiverReport {
        ssrc: sender,
        reports: vec![],
    };
    Input::Rtcp(rtcp::to_bytes(&[report, packet]))
}

struct Network {
    random: u64,
    /// In per mille.
    loss: u32,
    in_flight: Vec<(Instant, usize, Input)>,
}

impl Network {
    fn send(&mut self, to: usize, input: Input, now: Instant) {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        if (self.random >> 33) as u32 % 1000 >= self.loss {
            self.in_flight.push((now + TRANSIT, to, input));
        }
    }

    fn arriving(&mut self, now: Instant) -> Vec<(usize, Input)> {
        let flying = std::mem::take(&mut self.in_flight);
        let (arrived, flying) = flying.into_iter().partition(|(at, _, _)| *at <= now);
        self.in_flight = flying;
        let arrived: Vec<(Instant, usize, Input)> = arrived;
        arrived
            .into_iter()
            .map(|(_, to, input)| (to, input))
            .collect()
    }
}

/// Twenty seconds of 15 pictures a second, four packets each: what arrives, in order, and both
/// sessions.
fn exchange(feedback: Feedback, loss: u32, seed: u64) -> (Vec<u16>, [Session; 2]) {
    let start = Instant::now();
    let mut ends = [1, 2].map(|seed| session(seed, feedback, RtcpTerms::default(), start));
    let mut network = Network {
        random: seed,
        loss,
        in_flight: Vec::new(),
    };
    let mut arrived = Vec::new();
    for ms in 0..20_000u64 {
        let now = start + Duration::from_millis(ms);
        if ms % 67 == 0 {
            let payload = |marker| Payload {
                bytes: vec![7; 500],
                marker,
            };
            let picture = vec![
                payload(false),
                payload(false),
                payload(false),
                payload(true),
            ];
            ends[0].send(ms as u32 * 90, picture, now).unwrap();
        }
        for (to, input) in network.arriving(now) {
            ends[to].handle(input, now);
        }
        for (index, end) in ends.iter_mut().enumerate() {
            if end.poll_timeout().is_some_and(|at| at <= now) {
                end.handle_timeout(now);
            }
            for output in drain(end) {
                match output {
                    Output::Rtp(bytes) => network.send(1 - index, Input::Rtp(bytes), now),
                    Output::Rtcp(bytes) => network.send(1 - index, Input::Rtcp(bytes), now),
                    Output::Event(Event::Packet(packet)) => arrived.push(packet.sequence),
                    Output::Event(_) => {}
                }
            }
        }
    }
    (arrived, ends)
}

#[test]
fn packets_that_were_lost_come_once_more_when_both_ends_agreed_on_it() {
    for seed in 0..5 {
        let (arrived, [sender, receiver]) = exchange(ALL, 100, seed);
        let steps = arrived.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
        let missing: u64 = steps.map(|step| u64::from(step) - 1).sum();
        let sent = sender.counters().sent_packets;
        assert!(missing * 200 < sent, "{missing} of {sent} are missing");
        assert!(sender.counters().resent > sent / 20);
        // RTCP keeps to its 5 % of the stream's 240 kbit/s.
        assert!(
            receiver.counters().sent_rtcp < 20 * 15,
            "{:?}",
            receiver.counters()
        );
    }
    let (arrived, [sender, receiver]) = exchange(Feedback::default(), 100, 0);
    assert!(arrived.len() as u64 * 100 < sender.counters().sent_packets * 93);
    assert_eq!(
        (sender.counters().resent, receiver.counters().asked_again),
        (0, 0)
    );
    assert!(
        receiver.counters().sent_rtcp < 8,
        "reports alone on RTP/AVP"
    );
}

#[test]
fn nothing_is_asked_for_when_nothing_is_lost() {
    let (arrived, [sender, receiver]) = exchange(ALL, 0, 0);
    assert!(arrived.len() >= 1180);
    assert_eq!(
        (sender.counters().resent, receiver.counters().asked_again),
        (0, 0)
    );
}

#[test]
fn a_peer_that_asks_for_everything_again_and_again_gets_a_bounded_answer() {
    let now = Instant::now();
    let mut session = session(1, ALL, RtcpTerms::default(), now);
    let payload = Payload {
        bytes: vec![7; 100],
        marker: true,
    };
    session.send(0, vec![payload; 10], now).unwrap();
    let mut sent = Vec::new();
    for ms in 0..500 {
        let now = now + Duration::from_millis(ms);
        session.handle_timeout(now);
        sent.extend(drain(&mut session));
        let all = Missing {
            first: 0,
            following: u16::MAX,
        };
        let missing = (0..32).map(|index| Missing {
            first: index * 2048,
            ..all
        });
        let newest = sent.iter().rev().find_map(|output| match output {
            Output::Rtp(bytes) => Some(RtpPacket::parse(bytes).unwrap().sequence),
            Output::Rtcp(_) | Output::Event(_) => None,
        });
        let near = newest.map(|newest| Missing {
            first: newest.wrapping_sub(10),
            ..all
        });
        let nack = Rtcp::Nack {
            sender: 9,
            media: session.ssrc(),
            missing: missing.take(31).chain(near).collect(),
        };
        session.handle(from_peer(9, nack), now);
        sent.extend(drain(&mut session));
    }
    let packets = sent
        .iter()
        .filter(|output| matches!(output, Output::Rtp(_)));
    assert_eq!(packets.count(), 10 + 30);
}

#[test]
fn a_fir_that_keeps_its_number_is_no_new_request() {
    let now = Instant::now();
    let mut session = session(1, ALL, RtcpTerms::default(), now);
    let mut asked = Vec::new();
    for (sender, sequence) in [(9, 1), (9, 1), (9, 2), (9, 2), (8, 2), (9, 255), (9, 0)] {
        let entries = vec![FirEntry {
            ssrc: session.ssrc(),
            sequence,
        }];
        session.handle(
            from_peer(sender, Rtcp::FullIntraRequest { sender, entries }),
            now,
        );
        asked.push(
            drain(&mut session).contains(&Output::Event(Event::KeyframeRequested(
                KeyframeRequest::Fir,
            ))),
        );
    }
    assert_eq!(asked, [true, false, true, false, true, true, true]);
    assert_eq!(session.counters().repeated_fir, 2);
}

#[test]
fn a_rate_that_the_peer_asks_for_is_kept_and_said_to_be() {
    let now = Instant::now();
    let mut session = session(1, ALL, RtcpTerms::default(), now);
    drain(&mut session);
    let entry = RateEntry {
        ssrc: session.ssrc(),
        bits_per_second: 64_000,
        overhead_bytes: 40,
    };
    let request = |entries| Rtcp::RateRequest { sender: 9, entries };
    let payload = Payload {
        bytes: vec![7; 100],
        marker: true,
    };
    session.send(0, vec![payload; 10], now).unwrap();
    let later = now + Duration::from_secs(1);
    session.handle_timeout(later);
    drain(&mut session);
    session.handle(from_peer(9, request(vec![entry])), later);
    let outputs = drain(&mut session);
    // Ten packets a second with 40 bytes of headers each.
    let bits_per_second = 64_000 - 40 * 8 * 10;
    assert!(
        outputs.contains(&Output::Event(Event::RateLimit { bits_per_second })),
        "{outputs:?}"
    );
    let said = Rtcp::RateNotification {
        sender: session.ssrc(),
        entries: vec![RateEntry { ssrc: 9, ..entry }],
    };
    assert_eq!(compounds(&outputs)[0].last(), Some(&said));
    let other = RateEntry { ssrc: 5, ..entry };
    session.handle(from_peer(9, request(vec![other])), later);
    assert_eq!(drain(&mut session), []);
}

#[test]
fn what_was_not_agreed_is_not_done() {
    let now = Instant::now();
    let mut session = session(1, Feedback::default(), RtcpTerms::default(), now);
    let payload = Payload {
        bytes: vec![7; 100],
        marker: true,
    };
    session.send(0, vec![payload], now).unwrap();
    let sent = drain(&mut session);
    let Some(Output::Rtp(bytes)) = sent.iter().find(|output| matches!(output, Output::Rtp(_)))
    else {
        panic!("{sent:?}");
    };
    let first = RtpPacket::parse(bytes).unwrap().sequence;
    let later = now + Duration::from_millis(100);
    let (sender, media) = (9, session.ssrc());
    let missing = vec![Missing {
        first,
        following: 0,
    }];
    session.handle(
        from_peer(
            9,
            Rtcp::Nack {
                sender,
                media,
                missing,
            },
        ),
        later,
    );
    let entries = vec![RateEntry {
        ssrc: media,
        bits_per_second: 1000,
        overhead_bytes: 0,
    }];
    session.handle(from_peer(9, Rtcp::RateRequest { sender, entries }), later);
    assert_eq!(drain(&mut session), []);
}

#[test]
fn reports_take_the_rtp_port_where_that_was_agreed() {
    let now = Instant::now();
    let terms = RtcpTerms {
        is_multiplexed: true,
        bits_per_second: None,
    };
    let mut session = session(1, Feedback::default(), terms, now);
    drain(&mut session);
    session.handle_timeout(now + Duration::from_secs(5));
    let outputs = drain(&mut session);
    assert!(
        matches!(&outputs[..], [Output::Rtp(bytes)] if rtcp::parse(bytes).is_ok()),
        "{outputs:?}"
    );
}

#[test]
fn a_peer_that_wants_no_reports_gets_none_and_its_silence_means_nothing_while_it_sends_nothing() {
    let start = Instant::now();
    let terms = RtcpTerms {
        is_multiplexed: false,
        bits_per_second: Some(0),
    };
    let mut session = session(1, Feedback::default(), terms, start);
    drain(&mut session);
    for second in 1..60 {
        session.handle_timeout(start + Duration::from_secs(second));
        assert!(compounds(&drain(&mut session)).is_empty());
    }
    let change = Change {
        accepted_payload_types: vec![],
        payload_type: Some(96),
        pacing_bits_per_second: 64_000,
        silence: Silence::IsTheEnd,
        feedback: Feedback::default(),
        rtcp: terms,
    };
    session.change(change, start + Duration::from_secs(60));
    for second in 60..120 {
        session.handle_timeout(start + Duration::from_secs(second));
    }
    assert_eq!(drain(&mut session), []);
}

#[test]
fn an_empty_packet_of_any_payload_type_keeps_the_leg_and_its_number() {
    let now = Instant::now();
    let mut session = session(1, Feedback::default(), RtcpTerms::default(), now);
    drain(&mut session);
    let packet = |sequence, payload_type, payload| RtpPacket {
        payload_type,
        sequence,
        ssrc: 7,
        payload,
        ..RtpPacket::default()
    };
    for packet in [
        packet(1, 96, vec![1]),
        packet(2, 20, vec![]),
        packet(3, 96, vec![1]),
        packet(4, 20, vec![1]),
    ] {
        session.handle(Input::Rtp(packet.to_bytes()), now);
    }
    let events: Vec<String> = drain(&mut session)
        .into_iter()
        .map(|output| match output {
            Output::Event(Event::Packet(packet)) => format!("{}", packet.sequence),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(events, ["1", "Event(KeepAlive { sequence: 2 })", "3"]);
    assert_eq!(session.counters().wrong_payload_type, 1);
}
