//! RFC 3264 §5.1: whoever offered must be ready for media at once. A handset's pictures take another way
//! than its answer, which a network of proxies passes on, so the first ones may be here before it; and
//! what an old handset sends first is the only picture that stands alone.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::buffers;

use super::{Bridge, Medium, SIDES, Side};

/// Two seconds of a handset's share.
const MAX_DATAGRAMS: usize = 128;

/// What is older is of no use: the pictures after it build on it, and would be as old.
const MAX_AGE: Duration = Duration::from_secs(2);

/// What a side sent before it was known where its pictures go.
#[derive(Debug, Default)]
pub(super) struct Early {
    datagrams: VecDeque<(Instant, SocketAddr, Vec<u8>)>,
    is_over: bool,
}

impl Early {
    /// Takes a datagram that nobody waits for yet; after that time it is given back.
    pub(super) fn keep(
        &mut self,
        source: SocketAddr,
        bytes: Vec<u8>,
        now: Instant,
    ) -> Option<Vec<u8>> {
        if self.is_over {
            return Some(bytes);
        }
        let is_old = |at: Instant| now.saturating_duration_since(at) > MAX_AGE;
        while let Some((at, ..)) = self.datagrams.front()
            && (is_old(*at) || self.datagrams.len() >= MAX_DATAGRAMS)
        {
            let forgotten = self.datagrams.pop_front();
            forgotten
                .into_iter()
                .for_each(|(.., bytes)| buffers::give_back(bytes));
        }
        self.datagrams.push_back((now, source, bytes));
        None
    }

    fn end(&mut self) -> VecDeque<(Instant, SocketAddr, Vec<u8>)> {
        self.is_over = true;
        std::mem::take(&mut self.datagrams)
    }
}

impl Bridge {
    /// A plain peer's packet, to its leg once it is known where it goes from there.
    pub(super) fn handle_rtp(
        &mut self,
        (side, medium): (Side, Medium),
        source: SocketAddr,
        bytes: Vec<u8>,
        now: Instant,
    ) {
        let bytes = match medium {
            Medium::Video => self.early[side.index()].keep(source, bytes, now),
            Medium::Audio => Some(bytes),
        };
        let (Some(bytes), Some(legs)) = (bytes, self.plain_legs(side)) else {
            return;
        };
        match (medium, &mut legs.video, &mut legs.audio) {
            (Medium::Video, Some(leg), _) => leg.handle_rtp(source, bytes, now),
            (Medium::Audio, _, Some(leg)) => leg.handle_rtp(source, bytes, now),
            (Medium::Video, None, _) | (Medium::Audio, _, None) => {}
        }
    }

    /// It is known now where pictures go: what came before goes there too.
    pub(super) fn take_early(&mut self, now: Instant) {
        for side in SIDES {
            let kept = self.early[side.index()].end();
            if !kept.is_empty() && self.relays[side.index()].is_some() {
                tracing::debug!(
                    ?side,
                    datagrams = kept.len(),
                    "pictures came before the answer"
                );
                self.catch_up_with(side, kept, now);
            }
        }
    }

    fn catch_up_with(
        &mut self,
        side: Side,
        kept: VecDeque<(Instant, SocketAddr, Vec<u8>)>,
        now: Instant,
    ) {
        let Some(leg) = self.plain_legs(side).and_then(|legs| legs.video.as_mut()) else {
            return;
        };
        for (at, source, bytes) in kept {
            if now.saturating_duration_since(at) <= MAX_AGE {
                leg.handle_rtp(source, bytes, now);
            }
        }
        self.with_relay(side, |relay| relay.catch_up(true));
        self.settle_leg(side, now);
        self.with_relay(side, |relay| relay.catch_up(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seconds_and_no_more_than_a_bound_are_kept_and_nothing_once_it_is_over() {
        let start = Instant::now();
        let source = "127.0.0.1:7000".parse().unwrap();
        let mut early = Early::default();
        for number in 0..1000_u32 {
            let at = start + Duration::from_millis(10) * number;
            let bytes = number.to_be_bytes().to_vec();
            assert!(early.keep(source, bytes, at).is_none());
            assert!(early.datagrams.len() <= MAX_DATAGRAMS);
        }
        let much_later = start + Duration::from_secs(20);
        early.keep(source, vec![1], much_later);
        let kept = early.end();
        assert_eq!(kept, [(much_later, source, vec![1])]);
        assert_eq!(early.keep(source, vec![2], much_later), Some(vec![2]));
    }
}
