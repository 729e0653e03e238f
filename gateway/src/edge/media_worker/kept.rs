//! What a worker keeps of calls that are over: the heads of their packets, for those who ask why.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::turn::Worker;
use crate::bridge::packets::Packets;
use crate::bridge::{BridgeId, Side};

/// Calls; with 36 kB each some 2 MB a worker.
const CALLS: usize = 64;

/// Whoever wants to know asks while they remember the call.
const KEPT_FOR: Duration = Duration::from_secs(15 * 60);

#[derive(Default)]
pub(super) struct Kept {
    /// The latest last.
    calls: VecDeque<(Instant, BridgeId, Packets)>,
}

impl Kept {
    pub(super) fn keep(&mut self, bridge: BridgeId, packets: Packets, now: Instant) {
        let is_old = |(at, _, _): &(Instant, BridgeId, Packets)| *at + KEPT_FOR < now;
        while self.calls.len() >= CALLS || self.calls.front().is_some_and(is_old) {
            self.calls.pop_front();
        }
        self.calls.push_back((now, bridge, packets));
    }

    fn find(&self, bridge: BridgeId, now: Instant) -> Option<&Packets> {
        let mut calls = self.calls.iter().rev();
        let found = calls.find(|(at, of, _)| *of == bridge && now <= *at + KEPT_FOR);
        found.map(|(_, _, packets)| packets)
    }
}

impl Worker {
    /// Tells what there is of that call, if it is or was one of ours.
    pub(super) fn tell_packets(
        &self,
        bridge: BridgeId,
        near: Side,
        reply: &mpsc::Sender<String>,
        now: Instant,
    ) {
        let going_on = self.calls.get(&bridge).map(|call| &call.packets);
        if let Some(packets) = going_on.or_else(|| self.kept.find(bridge, now)) {
            // Who asked may have gone; then nobody misses the answer.
            let _ = reply.try_send(packets.tell(near, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_are_over_are_remembered_for_a_while_and_not_all_of_them() {
        let start = Instant::now();
        let mut kept = Kept::default();
        for number in 0..=CALLS as u64 {
            kept.keep(BridgeId(number), Packets::default(), start);
        }
        assert!(kept.find(BridgeId(0), start).is_none());
        assert!(kept.find(BridgeId(1), start).is_some());
        let later = start + KEPT_FOR + Duration::from_secs(1);
        assert!(kept.find(BridgeId(1), later).is_none());
        kept.keep(BridgeId(100), Packets::default(), later);
        assert_eq!(kept.calls.len(), 1);
    }
}
