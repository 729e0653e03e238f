//! RFC 4585 §6.2.1, as the sender: packets that the peer may ask for once more.
//!
//! They go out as they were, under their own number: retransmission payload types (RFC 4588) are
//! not agreed with plain peers.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many sent packets are kept: over a second of the largest stream sent to a plain peer.
pub const MAX_KEPT: usize = 256;
/// What is older comes too late for a viewer who watches live.
pub const MAX_AGE: Duration = Duration::from_secs(1);
/// Not sent again within this time: the peer's second question crossed our first answer.
pub const MIN_GAP: Duration = Duration::from_millis(30);
/// How often one packet is sent again: what a peer may have us send is bounded by this many times
/// the stream.
pub const MAX_TIMES: u8 = 3;

/// The newest packets of our stream.
#[derive(Debug, Default)]
pub(super) struct Kept {
    packets: VecDeque<Packet>,
}

#[derive(Debug)]
struct Packet {
    sequence: u16,
    first_sent: Instant,
    last_sent: Instant,
    again: u8,
    bytes: Vec<u8>,
}

impl Kept {
    /// Keeps a packet that was sent; numbers come in order.
    pub(super) fn keep(&mut self, sequence: u16, bytes: Vec<u8>, now: Instant) {
        if self.packets.len() == MAX_KEPT {
            self.packets.pop_front();
        }
        self.packets.push_back(Packet {
            sequence,
            first_sent: now,
            last_sent: now,
            again: 0,
            bytes,
        });
    }

    /// The packet with this number, unless it is too old or was sent again just now.
    pub(super) fn again(&mut self, sequence: u16, now: Instant) -> Option<Vec<u8>> {
        let mut newest_first = self.packets.iter_mut().rev();
        let packet = newest_first.find(|packet| packet.sequence == sequence)?;
        let is_wanted = packet.again < MAX_TIMES
            && now.saturating_duration_since(packet.first_sent) <= MAX_AGE
            && now.saturating_duration_since(packet.last_sent) >= MIN_GAP;
        if !is_wanted {
            return None;
        }
        packet.again += 1;
        packet.last_sent = now;
        Some(packet.bytes.clone())
    }

    pub(super) fn clear(&mut self) {
        self.packets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_goes_again_three_times_within_a_second_and_not_at_once() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut kept = Kept::default();
        for number in 0..300u16 {
            kept.keep(number.wrapping_add(65_400), vec![number as u8], at(0));
        }
        let number = 299u16.wrapping_add(65_400);
        assert_eq!(kept.again(number, at(10)), None, "just sent");
        for ms in [40, 80, 120] {
            assert_eq!(kept.again(number, at(ms)), Some(vec![43]), "{ms}");
            assert_eq!(kept.again(number, at(ms + 20)), None, "just sent again");
        }
        assert_eq!(kept.again(number, at(160)), None, "often enough");
        assert_eq!(
            kept.again(number.wrapping_add(1), at(160)),
            None,
            "not sent yet"
        );
        assert_eq!(kept.again(65_400, at(160)), None, "no longer kept");
        let wrapped = kept.again(0, at(160));
        assert_eq!(wrapped, Some(vec![136]), "over the wrap around");
        assert_eq!(kept.again(1, at(1001)), None, "too old");
    }
}
