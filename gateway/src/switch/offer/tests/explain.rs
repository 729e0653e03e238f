//! `sidecam explain`: no line and no payload type of any description is left without its reason.

use std::path::Path;

use handset::Models;

use super::super::explain::{Explanation, Peer, Step, What, explain, usual_browser};
use super::super::reason::{About, Reason, Why};
use super::*;

/// Offers of plain peers as they send them.
fn corpus() -> Vec<(String, Description)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/switch/offer/tests/corpus");
    let files = std::fs::read_dir(folder).unwrap();
    let mut offers: Vec<(String, Description)> = files
        .map(|file| {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let offer = text.split("--- our answer").next().unwrap();
            let offer = Description::parse(offer.replace('\n', "\r\n").as_bytes()).unwrap();
            (path.display().to_string(), offer)
        })
        .collect();
    offers.sort_by(|one, other| one.0.cmp(&other.0));
    offers
}

/// A browser's, with sound and another line before the pictures.
fn browsers() -> Description {
    let sound = "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\n\
        a=sendonly\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\nm=video 9 ";
    Description::parse(BROWSER.replace("m=video 9 ", sound).as_bytes()).unwrap()
}

/// What no reason is about, of one step; `more` are the reasons that another step gives for it.
fn unexplained(step: &Step, more: &[Reason]) -> Vec<String> {
    let reasons: Vec<&Reason> = step.reasons.iter().chain(more).collect();
    let lines = step.sdp.lines().filter_map(|line| line.strip_prefix("m="));
    let mut missing = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let (kind, port, formats) = (words[0], words[1], &words[3..]);
        let is_about = |reason: &&Reason| match &reason.about {
            About::Session => false,
            About::Line { kind: about, .. } => about.name() == kind,
            About::Format { payload_type, .. } => formats.contains(&&*payload_type.to_string()),
        };
        if !reasons.iter().any(is_about) {
            missing.push(format!("m={line}"));
        }
        // A line that is refused as a whole needs no reason for each of its formats.
        if kind != "video" || port == "0" || is_refused(&reasons) {
            continue;
        }
        for format in formats {
            let names = |reason: &&Reason| {
                matches!(&reason.about, About::Format { payload_type, .. }
                    if payload_type.to_string() == *format)
            };
            if !reasons.iter().any(names) {
                missing.push(format!("{format} of m={line}"));
            }
        }
    }
    missing
}

/// Whether no video line is taken, by what is said of the lines.
fn is_refused(reasons: &[&Reason]) -> bool {
    let refuses = |reason: &&&Reason| {
        matches!(&reason.about, About::Line { kind, .. } if kind.name() == "video")
            && matches!(reason.why, Why::Secure(_) | Why::OtherTransport(_))
    };
    reasons.iter().any(|reason| refuses(&reason))
}

fn check(name: &str, explanation: &Explanation) {
    let answer = explanation.steps.last().unwrap();
    for step in &explanation.steps {
        // Why a plain peer's offer is answered as it is stands beside the answer.
        let more = match step.what {
            What::Offer => &answer.reasons[..],
            What::OfferToPeer | What::AnswerOfPeer | What::Answer => &[],
        };
        let missing = unexplained(step, more);
        assert!(
            missing.is_empty(),
            "{name}: {missing:?} in\n{step:#?}\n{more:#?}"
        );
    }
}

#[test]
fn every_line_of_a_plain_peers_call_to_a_browser_has_its_reason() {
    let browsers = [
        ("any browser", usual_browser()),
        ("one with VP8 alone", vec![WebCodec::Vp8]),
    ];
    for (file, offer) in corpus() {
        for (name, codecs) in &browsers {
            let explanation = explain(&offer, &Peer::Browser(codecs.clone()), end());
            check(&format!("{file} to {name}"), &explanation);
        }
    }
}

#[test]
fn every_line_of_a_browsers_call_to_any_model_of_handset_has_its_reason() {
    let models = Models::built_in().unwrap();
    let offer = browsers();
    for name in models.names() {
        let model = models.named(name).unwrap();
        let answers =
            |offer: &Description| handset::describe::answer(model, &offer.to_bytes()).ok();
        let peer = Peer::Model(&model.treat, &answers);
        check(name, &explain(&offer, &peer, end()));
    }
    let to_browser = explain(&offer, &Peer::Browser(usual_browser()), end());
    check("a browser", &to_browser);
}
