//! R1.16: what plain peers answered when they were asked, for the next offer to them (RFC 3264 §9).

use std::collections::HashMap;

use sip::message::Uri;
use sip::time::{Duration, Instant};
use sip::video_share::Abilities;

/// Peers remembered, at most 300 bytes each. Beyond it the one whose answer is the oldest is forgotten,
/// and offered everything.
const MAX_PEERS: usize = 10_000;

/// Longer addresses are nobody's handset.
const URI_BYTES: usize = 256;

/// How long an answer counts: a call's length, after which the same person may have another phone.
const LASTS: Duration = Duration::from_secs(3600);

/// The peers that have H.263 alone, by the address they are invited at.
#[derive(Debug, Default)]
pub struct KnownPeers {
    h263_alone: HashMap<String, Instant>,
}

impl KnownPeers {
    pub(in crate::switch) fn learn(&mut self, uri: &Uri, said: &Abilities, now: Instant) {
        let uri = uri.to_string();
        if uri.len() > URI_BYTES {
            return;
        }
        if !said.is_h263_alone() {
            self.h263_alone.remove(&uri);
            return;
        }
        if self.h263_alone.len() >= MAX_PEERS {
            self.make_room(now);
        }
        self.h263_alone.insert(uri, now + LASTS);
    }

    /// Whether whoever is there said that H.263 is all they have.
    pub fn has_h263_alone(&self, uri: &Uri, now: Instant) -> bool {
        let until = self.h263_alone.get(&uri.to_string());
        until.is_some_and(|until| now < *until)
    }

    fn make_room(&mut self, now: Instant) {
        self.h263_alone.retain(|_, until| now < *until);
        if self.h263_alone.len() < MAX_PEERS {
            return;
        }
        let oldest = self.h263_alone.iter().min_by_key(|(_, until)| **until);
        if let Some(uri) = oldest.map(|(uri, _)| uri.clone()) {
            self.h263_alone.remove(&uri);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::video_share::VideoCodec;

    fn said(video: &[VideoCodec]) -> Abilities {
        Abilities {
            video: video.to_vec(),
            files: None,
        }
    }

    fn at(number: usize) -> Uri {
        Uri::tel(&format!("+{}", 1000 + number))
    }

    /// R1.16
    #[test]
    fn an_answer_counts_for_an_hour_or_until_the_next() {
        let (now, mut known) = (Instant::now(), KnownPeers::default());
        known.learn(&at(1), &said(&[VideoCodec::H263Profiles]), now);
        assert!(known.has_h263_alone(&at(1), now));
        assert!(!known.has_h263_alone(&at(2), now));
        assert!(!known.has_h263_alone(&at(1), now + LASTS));
        let both = said(&[VideoCodec::H263Profiles, VideoCodec::H264]);
        known.learn(&at(1), &both, now);
        assert!(!known.has_h263_alone(&at(1), now));
        known.learn(&at(1), &said(&[]), now);
        assert!(!known.has_h263_alone(&at(1), now), "nothing is not H.263");
    }

    #[test]
    fn the_oldest_answer_makes_room() {
        let (now, mut known) = (Instant::now(), KnownPeers::default());
        let h263 = said(&[VideoCodec::H263]);
        for number in 0..=MAX_PEERS {
            let age = Duration::from_millis(number as u64);
            known.learn(&at(number), &h263, now + age);
        }
        assert_eq!(known.h263_alone.len(), MAX_PEERS);
        assert!(!known.has_h263_alone(&at(0), now));
        assert!(known.has_h263_alone(&at(1), now));
    }
}
