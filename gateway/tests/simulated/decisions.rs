//! What holds for our answer to any description, and for any answer to ours (RFC 3264 §6); asked by the
//! fuzz target, by the replay of its corpus and by a property.

use sidecam_gateway::bridge::web_leg::WebCodec;
use sidecam_gateway::switch::offer::explain::usual_browser;
use sidecam_gateway::switch::offer::{
    PlainEnd, answer_plain, offered_h264, plain_offer, read_plain_answer, web_codecs,
};
use sip::sdp::{Description, Direction, offer_answer};

const CAP: u32 = 128_000;

fn end() -> PlainEnd {
    PlainEnd {
        address: "192.0.2.1".parse().expect("an address"),
        rtp_port: 30000,
        session_id: 1,
        max_bits_per_second: CAP,
    }
}

/// Decides on `bytes` as an offer and as an answer.
pub fn decide(bytes: &[u8]) {
    let Ok(offer) = Description::parse(bytes) else {
        return;
    };
    let _ = web_codecs(&offer);
    for web in [offered_h264(), WebCodec::Vp8] {
        let Ok((answer, plan)) = answer_plain(&offer, end(), web, Direction::SendRecv) else {
            continue;
        };
        let written = answer.to_bytes();
        let again = Description::parse(&written).expect("our own words can be read");
        assert_eq!(offer_answer::check_answer(&offer, &again), Ok(()));
        let used = again.media.iter().filter(|media| media.port != 0);
        let formats: Vec<usize> = used.map(|media| media.payload_types.len()).collect();
        assert_eq!(formats, [1], "one line with one codec");
        for format in plan.from_peer.iter().chain(&plan.to_peer) {
            assert!(format.limit.bits_per_second <= CAP);
            assert!(format.limit.frames_per_second > 0);
            assert!(format.limit.width > 0 && format.limit.height > 0);
        }
    }
    let ours = plain_offer(end(), Direction::SendRecv, &usual_browser());
    if let Ok(agreed) = read_plain_answer(&ours, bytes) {
        assert!(agreed.format.limit.bits_per_second <= CAP);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::decide;

    fn corpus(name: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../fuzz/corpus")
            .join(name);
        let entries = std::fs::read_dir(folder).expect("the corpus is in the repository");
        let read = |entry: std::io::Result<std::fs::DirEntry>| {
            std::fs::read(entry.expect("an entry").path()).expect("a file")
        };
        let mut inputs: Vec<Vec<u8>> = entries.map(read).collect();
        inputs.sort();
        inputs
    }

    #[test]
    fn decisions_on_the_corpus_hold() {
        let inputs = [corpus("offer"), corpus("sdp")].concat();
        assert!(inputs.len() >= 30, "{}", inputs.len());
        inputs.iter().for_each(|bytes| decide(bytes));
    }

    proptest::proptest! {
        #[test]
        fn decisions_on_mutated_offers_hold(
            which in 0usize..64, at in 0usize..1000, with in "[0-9a-zA-Z=;:*/ \\[\\],]{0,6}",
        ) {
            let inputs = corpus("offer");
            let mut bytes = inputs[which % inputs.len()].clone();
            let at = at % bytes.len();
            let end = (at + with.len()).min(bytes.len());
            bytes.splice(at..end, with.bytes());
            decide(&bytes);
        }
    }
}
