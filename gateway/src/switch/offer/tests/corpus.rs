//! Offers as IMS peers send them (`corpus/*.txt`), each with our answer in full: to a browser that has
//! H.264, and to one that has VP8 alone. Written after what is known of the peers' software.

use std::path::Path;

use super::*;

/// What stands between the offer and the answers of a file.
const MARKS: [&str; 2] = [
    "--- our answer, for a browser with H.264\n",
    "--- our answer, for a browser with VP8\n",
];

/// Words at the beginning of attributes that never go to a plain peer (R6.15).
const NEVER: [&str; 14] = [
    "group",
    "mid",
    "msid",
    "ssrc",
    "ice-",
    "candidate",
    "end-of-candidates",
    "fingerprint",
    "setup",
    "rtcp-rsize",
    "crypto",
    "tcap",
    "pcfg",
    "acfg",
];

fn answered(offer: &str, web: WebCodec) -> String {
    let offer = Description::parse(offer.replace('\n', "\r\n").as_bytes()).unwrap();
    let direction = video(&offer).map_or(Direction::Inactive, |video| {
        mirrored(direction_of(&offer, video))
    });
    match answer_plain(&offer, end(), web, direction) {
        Ok((answer, _)) => {
            offer_answer::check_answer(&offer, &answer).unwrap();
            let text = String::from_utf8(answer.to_bytes()).unwrap();
            text.replace("\r\n", "\n")
        }
        Err(reject) => format!("{} {reject}\n", reject.status()),
    }
}

/// R1.12, R1.19.
#[test]
fn every_peer_of_the_corpus_is_answered_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/switch/offer/tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 19, "{} files", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let (offer, _) = text.split_once(MARKS[0]).unwrap_or((&text, ""));
        let answers = [
            answered(offer, offered_h264()),
            answered(offer, WebCodec::Vp8),
        ];
        for answer in &answers {
            assert!(answer.len() < 1_200, "R6.15 {}", file.display());
            for word in NEVER {
                let line = format!("a={word}");
                assert!(
                    !answer.contains(&line),
                    "R6.15 {line} in {}",
                    file.display()
                );
            }
            let has_avpf = answer.contains("RTP/AVPF");
            assert!(
                has_avpf || !answer.contains("rtcp-fb"),
                "R6.2 {}",
                file.display()
            );
        }
        let [with_h264, with_vp8] = answers;
        let expected = format!("{offer}{}{with_h264}{}{with_vp8}", MARKS[0], MARKS[1]);
        assert_eq!(text, expected, "{}", file.display());
    }
}
