//! One AVP leg in simulated time: what it is given, and what it sends and says, line by line.

use std::time::{Duration, Instant};

use media::payload::Payload;
use media::rtp::RtpPacket;
use media::rtp::rtcp::{self, Chunk, FirEntry, NtpTime, ReportBlock, Rtcp, SenderInfo};
use media::rtp::session::{Config, Event, Input, KeyframeRequest, Output, Session};

const PEER: u32 = 77;

enum Do {
    Start,
    Rtp(RtpPacket),
    Rtcp(Vec<Rtcp>),
    Raw(Input),
    /// A picture of so many packets of a hundred octets.
    Send(usize),
    Ask(KeyframeRequest),
    Stop,
}

fn config() -> Config {
    Config {
        accepted_payload_types: vec![34],
        payload_type: 34,
        cname: "abc".into(),
        seed: 1,
        pacing_bits_per_second: 64_000,
        clock_hz: media::rtp::VIDEO_CLOCK_HZ,
    }
}

/// Runs the script millisecond by millisecond. Reports by the interval's timer are told as
/// `tick`, as their time is by chance.
fn run(script: Vec<(u64, Do)>, until: u64) -> (Vec<String>, Session) {
    let start = Instant::now();
    let mut session = Session::new(config());
    let mut script = script.into_iter().peekable();
    let mut lines = Vec::new();
    for ms in 0..=until {
        let now = start + Duration::from_millis(ms);
        let mut asked = false;
        while let Some((_, step)) = script.next_if(|(when, _)| *when == ms) {
            asked |= matches!(step, Do::Start | Do::Ask(_) | Do::Stop);
            perform(&mut session, step, now);
            drain(&mut session, ms, asked, &mut lines);
        }
        if session.poll_timeout().is_some_and(|due| due <= now) {
            session.handle_timeout(now);
        }
        drain(&mut session, ms, asked, &mut lines);
    }
    (lines, session)
}

fn perform(session: &mut Session, step: Do, now: Instant) {
    match step {
        Do::Start => session.start(NtpTime::from_unix(Duration::from_secs(1_000_000_000)), now),
        Do::Rtp(packet) => session.handle(Input::Rtp(packet.to_bytes()), now),
        Do::Rtcp(packets) => session.handle(Input::Rtcp(rtcp::to_bytes(&packets)), now),
        Do::Raw(input) => session.handle(input, now),
        Do::Send(count) => {
            let payloads = (0..count).map(|index| Payload {
                bytes: vec![0; 100],
                marker: index + 1 == count,
            });
            session.send(0, payloads.collect(), now).unwrap();
        }
        Do::Ask(how) => session.request_keyframe(how, now),
        Do::Stop => session.stop(now),
    }
}

fn drain(session: &mut Session, ms: u64, asked: bool, lines: &mut Vec<String>) {
    while let Some(output) = session.poll_output() {
        let line = match output {
            Output::Rtp(bytes) => {
                let packet = RtpPacket::parse(&bytes).unwrap();
                format!("rtp {}", if packet.marker { "end" } else { "part" })
            }
            Output::Rtcp(bytes) => {
                let names: Vec<String> = rtcp::parse(&bytes).unwrap().iter().map(name).collect();
                if !asked {
                    lines.push(format!("tick {}", names.join(" ")));
                    continue;
                }
                format!("rtcp {}", names.join(" "))
            }
            Output::Event(Event::Packet(packet)) => format!("packet {}", packet.sequence),
            Output::Event(event) => format!("{event:?}"),
        };
        lines.push(format!("{ms} {line}"));
    }
}

fn name(packet: &Rtcp) -> String {
    match packet {
        Rtcp::SenderReport { reports, .. } => format!("SR/{}", reports.len()),
        Rtcp::ReceiverReport { reports, .. } => format!("RR/{}", reports.len()),
        Rtcp::SourceDescription(chunks) => {
            format!("SDES({})", chunks[0].cname.as_deref().unwrap_or("-"))
        }
        Rtcp::Bye { .. } => "BYE".into(),
        Rtcp::PictureLoss { media, .. } => format!("PLI({media})"),
        Rtcp::FullIntraRequest { entries, .. } => {
            format!("FIR({},{})", entries[0].ssrc, entries[0].sequence)
        }
        Rtcp::Nack { missing, .. } => {
            let numbers: Vec<u16> = missing.iter().flat_map(|entry| entry.numbers()).collect();
            format!("NACK{numbers:?}")
        }
        Rtcp::RateRequest { entries, .. } => format!("TMMBR({})", entries[0].bits_per_second),
        Rtcp::RateNotification { entries, .. } => {
            format!("TMMBN({})", entries[0].bits_per_second)
        }
        Rtcp::Other { packet_type } => format!("{packet_type}"),
    }
}

fn check(script: Vec<(u64, Do)>, until: u64, expected: &[&str]) -> Session {
    let (lines, session) = run(script, until);
    assert_eq!(lines, expected);
    session
}

fn video(sequence: u16, ssrc: u32) -> RtpPacket {
    RtpPacket {
        payload_type: 34,
        sequence,
        ssrc,
        payload: vec![1; 10],
        ..RtpPacket::default()
    }
}

fn receiver_report(reports: Vec<ReportBlock>) -> Vec<Rtcp> {
    vec![Rtcp::ReceiverReport {
        ssrc: PEER,
        reports,
    }]
}

#[test]
fn a_report_goes_out_at_once_and_a_bye_at_the_end() {
    check(
        vec![
            (0, Do::Start),
            (1000, Do::Stop),
            (1001, Do::Send(1)),
            (1002, Do::Rtp(video(1, PEER))),
        ],
        9000,
        &["0 rtcp RR/0 SDES(abc)", "1000 rtcp RR/0 SDES(abc) BYE"],
    );
}

/// R1.22.
#[test]
fn reports_follow_at_least_every_five_seconds_in_both_directions() {
    for sends in [false, true] {
        let mut script = vec![(0, Do::Start)];
        for second in 1..100 {
            script.push((second * 1000, Do::Rtp(video(second as u16, PEER))));
            if sends {
                script.push((second * 1000, Do::Send(1)));
            }
        }
        let (lines, session) = run(script, 100_000);
        let ticks: Vec<&String> = lines
            .iter()
            .filter(|line| line.starts_with("tick"))
            .collect();
        assert!((20..=31).contains(&ticks.len()), "{}", ticks.len());
        let expected = if sends {
            "tick SR/1 SDES(abc)"
        } else {
            "tick RR/1 SDES(abc)"
        };
        assert!(ticks.iter().all(|line| *line == expected));
        assert_eq!(session.counters().sent_rtcp, ticks.len() as u64 + 1);
    }
}

#[test]
fn the_gap_between_two_reports_stays_under_five_seconds() {
    let start = Instant::now();
    for seed in 0..200 {
        let mut session = Session::new(Config { seed, ..config() });
        session.start(NtpTime(0), start);
        let due = session.poll_timeout().unwrap() - start;
        assert!(
            due >= Duration::from_millis(3200) && due <= Duration::from_millis(4800),
            "{due:?}"
        );
    }
}

#[test]
fn twenty_seconds_without_rtp_and_rtcp_are_silence_said_once() {
    let (lines, _) = run(
        vec![
            (0, Do::Start),
            (5000, Do::Rtp(video(1, PEER))),
            (50_000, Do::Rtp(video(2, PEER))),
        ],
        71_000,
    );
    let told: Vec<&str> = lines
        .iter()
        .map(String::as_str)
        .filter(|line| !line.starts_with("tick"))
        .collect();
    let expected = [
        "0 rtcp RR/0 SDES(abc)",
        "5000 packet 1",
        "25000 Silent",
        "50000 packet 2",
        "70000 Silent",
    ];
    assert_eq!(told, expected);
}

#[test]
fn rtcp_alone_keeps_the_leg_alive() {
    let mut script = vec![(0, Do::Start)];
    script.extend((1..10).map(|index| (index * 5000, Do::Rtcp(receiver_report(vec![])))));
    let (lines, session) = run(script, 60_000);
    assert!(!lines.iter().any(|line| line.contains("Silent")));
    assert_eq!(session.counters().received_receiver_reports, 9);
}

/// R1.23.
#[test]
fn keepalives_are_counted_and_not_delivered() {
    let empty = |sequence| RtpPacket {
        payload: vec![],
        ..video(sequence, PEER)
    };
    let session = check(
        vec![
            (0, Do::Start),
            (1, Do::Rtp(video(1, PEER))),
            (2, Do::Rtp(empty(2))),
        ],
        100,
        &[
            "0 rtcp RR/0 SDES(abc)",
            "1 packet 1",
            "2 KeepAlive { sequence: 2 }",
        ],
    );
    assert_eq!(session.counters().keepalives, 1);
}

#[test]
fn packets_come_out_in_order_and_the_report_tells_the_loss() {
    let numbers = [
        (1, 10),
        (2, 12),
        (3, 11),
        (4, 13),
        (4, 13),
        (5, 15),
        (6, 16),
    ];
    let mut script = vec![(0, Do::Start)];
    script.extend(numbers.map(|(ms, number)| (ms, Do::Rtp(video(number, PEER)))));
    script.push((100, Do::Ask(KeyframeRequest::Pli)));
    let session = check(
        script,
        100,
        &[
            "0 rtcp RR/0 SDES(abc)",
            "1 packet 10",
            "3 packet 11",
            "3 packet 12",
            "4 packet 13",
            "65 packet 15",
            "65 packet 16",
            "100 rtcp RR/1 SDES(abc) PLI(77)",
        ],
    );
    // Seven came of seven numbers, one of them twice: RFC 3550 counts it as no loss.
    assert_eq!(
        (session.lost_packets(), session.counters().discarded),
        (0, 1)
    );
}

#[test]
fn wrong_payload_types_foreign_sources_and_rubbish_are_counted() {
    let wrong = RtpPacket {
        payload_type: 96,
        ..video(2, PEER)
    };
    let session = check(
        vec![
            (0, Do::Start),
            (1, Do::Rtp(video(1, PEER))),
            (2, Do::Rtp(wrong)),
            (3, Do::Rtp(video(900, 5))),
            (4, Do::Rtp(video(1200, 6))),
            (5, Do::Raw(Input::Rtp(vec![1, 2, 3]))),
            (6, Do::Raw(Input::Rtcp(vec![0; 40]))),
            (7, Do::Rtp(video(2, PEER))),
        ],
        100,
        &["0 rtcp RR/0 SDES(abc)", "1 packet 1", "7 packet 2"],
    );
    let counters = session.counters();
    assert_eq!(
        (
            counters.wrong_payload_type,
            counters.foreign,
            counters.malformed
        ),
        (1, 1, 2)
    );
}

#[test]
fn the_peer_may_go_on_with_another_ssrc() {
    check(
        vec![
            (0, Do::Start),
            (1, Do::Rtp(video(1, PEER))),
            (2, Do::Rtp(video(500, 5))),
            (3, Do::Rtp(video(501, 5))),
            (4, Do::Rtp(video(2, PEER))),
            (5, Do::Rtp(video(502, 5))),
            (6, Do::Ask(KeyframeRequest::Fir)),
            (7, Do::Ask(KeyframeRequest::Fir)),
        ],
        100,
        &[
            "0 rtcp RR/0 SDES(abc)",
            "1 packet 1",
            "3 SourceChanged { ssrc: 5 }",
            "3 packet 500",
            "3 packet 501",
            "5 packet 502",
            "6 rtcp RR/1 SDES(abc) FIR(5,1)",
            "7 rtcp RR/1 SDES(abc) FIR(5,2)",
        ],
    );
}

#[test]
fn a_keyframes_packets_are_spread() {
    check(
        vec![(0, Do::Start), (10, Do::Send(4))],
        100,
        &[
            "0 rtcp RR/0 SDES(abc)",
            "10 rtp part",
            "23 rtp part",
            "35 rtp part",
            "48 rtp end",
        ],
    );
}

#[test]
fn requests_byes_and_reports_of_the_peer_become_events() {
    let entry = FirEntry {
        ssrc: 1,
        sequence: 1,
    };
    let mut feedback = receiver_report(vec![]);
    feedback.push(Rtcp::PictureLoss {
        sender: PEER,
        media: 0,
    });
    feedback.push(Rtcp::FullIntraRequest {
        sender: PEER,
        entries: vec![entry],
    });
    let bye = |source| {
        vec![Rtcp::Bye {
            sources: vec![source],
            reason: Some("done".into()),
        }]
    };
    let chunk = Chunk {
        ssrc: PEER,
        cname: None,
    };
    check(
        vec![
            (0, Do::Start),
            (1, Do::Rtp(video(1, PEER))),
            (2, Do::Rtcp(feedback.clone())),
            // RTCP on the RTP port.
            (3, Do::Raw(Input::Rtp(rtcp::to_bytes(&feedback[..2])))),
            (4, Do::Rtcp(bye(5))),
            (5, Do::Rtcp(vec![Rtcp::SourceDescription(vec![chunk])])),
            (6, Do::Rtcp(bye(PEER))),
        ],
        100,
        &[
            "0 rtcp RR/0 SDES(abc)",
            "1 packet 1",
            "2 KeyframeRequested(Pli)",
            "2 KeyframeRequested(Fir)",
            "3 KeyframeRequested(Pli)",
            "6 PeerBye { reason: Some(\"done\") }",
        ],
    );
}

#[test]
fn the_sender_report_maps_the_streams_clock_to_the_time_of_day() {
    let start = Instant::now();
    let wall = NtpTime::from_unix(Duration::from_secs(1_000_000_000));
    let mut session = Session::new(config());
    session.start(wall, start);
    let payload = Payload {
        bytes: vec![0; 100],
        marker: true,
    };
    session
        .send(9000, vec![payload], start + Duration::from_secs(1))
        .unwrap();
    session.handle_timeout(start + Duration::from_secs(5));
    let mut timestamp = 0;
    let mut info: Option<SenderInfo> = None;
    while let Some(output) = session.poll_output() {
        match output {
            Output::Rtp(bytes) => timestamp = RtpPacket::parse(&bytes).unwrap().timestamp,
            Output::Rtcp(bytes) => {
                if let Rtcp::SenderReport { info: said, .. } = rtcp::parse(&bytes).unwrap()[0] {
                    info = Some(said);
                }
            }
            Output::Event(event) => panic!("{event:?}"),
        }
    }
    let expected = SenderInfo {
        ntp: wall.plus(Duration::from_secs(5)),
        rtp_timestamp: timestamp.wrapping_add(4 * 90_000),
        packets: 1,
        octets: 100,
    };
    assert_eq!(info, Some(expected));
}

#[test]
fn the_peers_report_about_our_stream_gives_loss_and_round_trip() {
    let start = Instant::now();
    let wall = NtpTime::from_unix(Duration::from_secs(1_000_000_000));
    let mut session = Session::new(config());
    session.start(wall, start);
    let block = ReportBlock {
        ssrc: session.ssrc(),
        fraction_lost: 32,
        last_sender_report: wall.middle(),
        delay_since_last: 65_536,
        ..ReportBlock::default()
    };
    let other = ReportBlock { ssrc: 1, ..block };
    let report = rtcp::to_bytes(&receiver_report(vec![other, block]));
    session.handle(Input::Rtcp(report), start + Duration::from_millis(1500));
    let events = std::iter::from_fn(|| session.poll_output());
    let events: Vec<Output> = events
        .filter(|output| matches!(output, Output::Event(_)))
        .collect();
    let round_trip = Some(Duration::from_millis(500));
    assert_eq!(
        events,
        [Output::Event(Event::PeerReport {
            report: block,
            round_trip
        })]
    );
}

/// R6.1.
#[test]
fn two_legs_start_with_different_numbers() {
    let first = |seed| Session::new(Config { seed, ..config() }).ssrc();
    assert_ne!(first(1), first(2));
    assert_eq!(first(1), first(1));
}
