//! draft-ietf-opsawg-pcapng §4.1-4.3: packets as a program for looking at them reads them.
//!
//! Each is written as if it had gone by IPv4 and UDP between addresses for documentation (RFC 5737): whose
//! they really are is not told. Of a packet of media the head is there, and the length it had.

/// An address of RFC 5737 and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) host: u8,
    pub(super) port: u16,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    /// Since 1970.
    pub(super) unix_microseconds: u64,
    pub(super) from: End,
    pub(super) to: End,
    pub(super) head: &'a [u8],
    /// Of all of it, no less than that of the head.
    pub(super) length: usize,
}

/// One section with one interface (§4.1, §4.2) and these packets (§4.3), in the order they are given.
pub(super) fn write<'a>(packets: impl IntoIterator<Item = Packet<'a>>) -> Vec<u8> {
    let mut file = Vec::new();
    let section = [
        0x1a2b_3c4d_u32.to_le_bytes(),
        [1, 0, 0, 0],
        [0xff; 4],
        [0xff; 4],
    ]
    .concat();
    block(&mut file, 0x0a0d_0d0a, &section);
    let interface = [LINKTYPE_RAW.to_le_bytes(), [0; 4]].concat();
    block(&mut file, 1, &interface);
    for packet in packets {
        let header = header(&packet);
        let taken = header.len() + packet.head.len();
        let whole = header.len() + packet.length.max(packet.head.len());
        let mut body = vec![0; 4];
        body.extend(high_and_low(packet.unix_microseconds));
        body.extend(u32_of(taken).to_le_bytes());
        body.extend(u32_of(whole).to_le_bytes());
        body.extend(header);
        body.extend(packet.head);
        block(&mut file, 6, &body);
    }
    file
}

/// IPv4 and IPv6 without anything before them.
const LINKTYPE_RAW: u32 = 101;

/// §3.1: type, length, body padded to four bytes, length again.
fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let padded = body.len().next_multiple_of(4);
    let length = u32_of(padded + 12).to_le_bytes();
    file.extend(kind.to_le_bytes());
    file.extend(length);
    file.extend(body);
    file.resize(file.len() + padded - body.len(), 0);
    file.extend(length);
}

fn high_and_low(time: u64) -> impl Iterator<Item = u8> {
    let [high, low] = [time >> 32, time & 0xffff_ffff].map(|half| (half as u32).to_le_bytes());
    high.into_iter().chain(low)
}

fn u32_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// RFC 791 §3.1, RFC 768: the headers it would have had.
fn header(packet: &Packet<'_>) -> [u8; 28] {
    let udp = u16::try_from(packet.length + 8).unwrap_or(u16::MAX);
    let whole = udp.saturating_add(20);
    let mut header = [0; 28];
    header[0] = 0x45;
    header[2..4].copy_from_slice(&whole.to_be_bytes());
    header[8] = 64;
    header[9] = 17;
    header[12..16].copy_from_slice(&[192, 0, 2, packet.from.host]);
    header[16..20].copy_from_slice(&[192, 0, 2, packet.to.host]);
    header[20..22].copy_from_slice(&packet.from.port.to_be_bytes());
    header[22..24].copy_from_slice(&packet.to.port.to_be_bytes());
    header[24..26].copy_from_slice(&udp.to_be_bytes());
    let sum = checksum(&header[..20]);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header
}

/// RFC 1071
fn checksum(header: &[u8]) -> u16 {
    let words = header
        .chunks_exact(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_blocks_whose_lengths_are_right_at_both_ends() {
        let end = |host, port| End { host, port };
        let packets = [
            Packet {
                unix_microseconds: 0x0001_0203_0405_0607,
                from: end(1, 5060),
                to: end(2, 5060),
                head: b"OPTIONS",
                length: 7,
            },
            Packet {
                unix_microseconds: 1,
                from: end(2, 5004),
                to: end(3, 5006),
                head: &[0x80; 12],
                length: 1000,
            },
        ];
        let file = write(packets);
        let mut kinds = Vec::new();
        let mut rest = &file[..];
        while !rest.is_empty() {
            let number = |at: usize| {
                u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]])
            };
            let length = number(4) as usize;
            assert_eq!(number(length - 4) as usize, length);
            kinds.push((number(0), length));
            rest = &rest[length..];
        }
        assert_eq!(
            kinds,
            [(0x0a0d_0d0a, 28), (1, 20), (6, 32 + 36), (6, 32 + 40)]
        );
        let first = &file[48..];
        assert_eq!(
            first[12..20],
            [3, 2, 1, 0, 7, 6, 5, 4],
            "the time, high half first"
        );
        assert_eq!(first[20..28], [35, 0, 0, 0, 35, 0, 0, 0]);
        let second = &file[48 + 68..];
        assert_eq!(
            second[20..28],
            [40, 0, 0, 0, 4, 4, 0, 0],
            "40 of 1028 bytes"
        );
    }

    #[test]
    fn a_header_adds_up() {
        let packet = Packet {
            unix_microseconds: 0,
            from: End { host: 1, port: 1 },
            to: End { host: 2, port: 2 },
            head: &[],
            length: 0,
        };
        assert_eq!(checksum(&header(&packet)[..20]), 0);
    }
}
