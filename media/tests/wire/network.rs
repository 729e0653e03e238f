//! Payloads as packets, and what a network does to packets.

use media::payload::{Depacketizer, EncodedFrame, Payload};
use media::rtp::RtpPacket;

/// The payloads of one picture as packets with the numbers that follow `first`.
pub fn packets(payloads: &[Payload], first: u16, timestamp: u32) -> Vec<RtpPacket> {
    let numbered = payloads.iter().enumerate();
    let packets = numbered.map(|(index, payload)| RtpPacket {
        payload_type: 96,
        marker: payload.marker,
        sequence: first.wrapping_add(index as u16),
        timestamp,
        ssrc: 7,
        payload: payload.bytes.clone(),
        ..RtpPacket::default()
    });
    packets.collect()
}

/// What a depacketizer makes of the packets: pictures, and whether something was lost.
pub fn receive(
    depacketizer: &mut Depacketizer,
    packets: &[RtpPacket],
) -> (Vec<EncodedFrame>, bool) {
    let pictures = packets
        .iter()
        .filter_map(|packet| depacketizer.push(packet).ok().flatten());
    (pictures.collect(), depacketizer.take_loss())
}

/// Three pictures' packets in a row: the middle one's `lost` packet is missing. Gives the
/// timestamps that arrive whole.
pub fn timestamps_with_hole(
    mut depacketizer: Depacketizer,
    pictures: &[Vec<Payload>],
    lost: (usize, usize),
) -> (Vec<u32>, bool) {
    let mut sequence = 65_530;
    let mut arriving = Vec::new();
    for (index, payloads) in pictures.iter().enumerate() {
        let mut packets = packets(payloads, sequence, index as u32 * 6000);
        sequence = sequence.wrapping_add(packets.len() as u16);
        if lost.0 == index {
            packets.remove(lost.1);
        }
        arriving.extend(packets);
    }
    let (frames, loss) = receive(&mut depacketizer, &arriving);
    (frames.iter().map(|frame| frame.timestamp).collect(), loss)
}
