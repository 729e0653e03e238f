use std::time::{Duration, Instant};

use media::keyframe::{Broker, Config, Input, Path, Sink, Source};

/// What happens at its milliseconds, and what is asked for when.
fn check(config: Config, script: &[(u64, Input)], expected: &[(u64, Sink)]) -> Broker {
    let start = Instant::now();
    let mut broker = Broker::new(config);
    let mut asked = Vec::new();
    for ms in 0..8000 {
        let now = start + Duration::from_millis(ms);
        for (_, input) in script.iter().filter(|(when, _)| *when == ms) {
            broker.handle(*input, now);
        }
        if broker.poll_timeout().is_some_and(|due| due <= now) {
            broker.handle_timeout(now);
        }
        while let Some(sink) = broker.poll_output() {
            asked.push((ms, sink));
        }
    }
    assert_eq!(asked, expected);
    broker
}

fn config(path: Path, sender: &[Sink]) -> Config {
    Config {
        path,
        sender: sender.to_vec(),
        periodic: None,
    }
}

fn ask(source: Source) -> Input {
    Input::Request(source)
}

#[test]
fn the_answer_asks_the_sender_at_once() {
    check(
        config(Path::PassThrough, &[Sink::PliToSender]),
        &[(5, ask(Source::Answer))],
        &[(5, Sink::PliToSender)],
    );
}

#[test]
fn requests_within_a_second_become_one_and_none_is_forgotten() {
    let broker = check(
        config(Path::PassThrough, &[Sink::PliToSender]),
        &[
            (0, ask(Source::Answer)),
            (2, ask(Source::Pli)),
            (4, ask(Source::InfoFastUpdate)),
        ],
        &[(0, Sink::PliToSender), (1000, Sink::PliToSender)],
    );
    let counters = broker.counters();
    assert_eq!(counters.requested_by_answer, 1);
    assert_eq!(counters.requested_by_pli, 1);
    assert_eq!(counters.requested_by_info, 1);
    assert_eq!(counters.sent_pli, 2);
}

#[test]
fn a_keyframe_in_between_satisfies_the_waiting_request() {
    check(
        config(Path::PassThrough, &[Sink::PliToSender]),
        &[
            (0, ask(Source::Answer)),
            (2, ask(Source::Pli)),
            (300, Input::SenderKeyframe),
        ],
        &[(0, Sink::PliToSender)],
    );
}

#[test]
fn a_viewers_loss_behind_our_encoder_does_not_reach_the_sender() {
    check(
        config(Path::Transcoded, &[Sink::PliToSender]),
        &[
            (0, ask(Source::Pli)),
            (1500, ask(Source::Fir)),
            (3000, ask(Source::ViewerJoined)),
        ],
        &[
            (0, Sink::EncoderIntra),
            (1500, Sink::EncoderIntra),
            (3000, Sink::EncoderIntra),
        ],
    );
}

#[test]
fn a_hole_in_the_senders_stream_is_repaired_at_the_sender() {
    check(
        config(Path::Transcoded, &[Sink::PliToSender]),
        &[(0, ask(Source::Loss))],
        &[(0, Sink::PliToSender)],
    );
}

#[test]
fn what_found_no_room_on_its_way_is_made_anew_where_it_is_made() {
    check(
        config(Path::Transcoded, &[Sink::PliToSender]),
        &[(0, ask(Source::Overflow))],
        &[(0, Sink::EncoderIntra)],
    );
    check(
        config(Path::PassThrough, &[Sink::PliToSender]),
        &[(0, ask(Source::Overflow))],
        &[(0, Sink::PliToSender)],
    );
}

#[test]
fn every_way_to_ask_has_its_own_interval() {
    check(
        config(Path::PassThrough, &[Sink::FirToSender, Sink::InfoToPeer]),
        &[(0, ask(Source::Loss)), (500, ask(Source::Loss))],
        &[
            (0, Sink::FirToSender),
            (0, Sink::InfoToPeer),
            (1000, Sink::FirToSender),
            (1000, Sink::InfoToPeer),
        ],
    );
}

#[test]
fn a_refused_way_to_ask_is_not_used_again() {
    check(
        config(Path::PassThrough, &[Sink::InfoToPeer]),
        &[
            (0, ask(Source::Loss)),
            (100, Input::Refused(Sink::InfoToPeer)),
            (3000, ask(Source::Loss)),
        ],
        &[(0, Sink::InfoToPeer)],
    );
}

/// R6.3.
#[test]
fn a_viewer_without_feedback_gets_a_keyframe_every_three_seconds() {
    let config = Config {
        path: Path::Transcoded,
        sender: vec![],
        periodic: Some(Duration::from_secs(3)),
    };
    check(
        config,
        &[(0, ask(Source::Answer)), (1000, Input::ViewerKeyframe)],
        &[
            (0, Sink::EncoderIntra),
            (4000, Sink::EncoderIntra),
            (7000, Sink::EncoderIntra),
        ],
    );
}

/// R6.3: a keyframe is a third of a second's bits to a slow bearer, and the only way out of a hole.
#[test]
fn a_viewer_without_feedback_gets_keyframes_more_often_while_its_reports_tell_of_loss() {
    let report = |fraction_lost| Input::ViewerReport { fraction_lost };
    let without_feedback = || Config {
        path: Path::Transcoded,
        sender: vec![],
        periodic: Some(Duration::from_secs(3)),
    };
    let begun = (0, ask(Source::Answer));
    check(
        without_feedback(),
        &[begun, (1000, report(0))],
        &[(0, Sink::EncoderIntra), (4000, Sink::EncoderIntra)],
    );
    check(
        without_feedback(),
        // The second report's loss is not forgotten with the third.
        &[
            begun,
            (100, report(0)),
            (1000, report(26)),
            (3000, report(0)),
        ],
        &[
            (0, Sink::EncoderIntra),
            (2000, Sink::EncoderIntra),
            (4000, Sink::EncoderIntra),
            (6000, Sink::EncoderIntra),
        ],
    );
    check(
        config(Path::PassThrough, &[Sink::PliToSender]),
        &[(0, report(200))],
        &[],
    );
}
