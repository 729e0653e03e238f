//! RFC 3550 §5.1: the RTP packet, and §5.3.1: its header extension.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                           timestamp                           |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |           synchronization source (SSRC) identifier            |
//! +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//! |            contributing source (CSRC) identifiers             |
//! |                             ....                              |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use crate::buffers;

/// One RTP packet; padding has been taken off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RtpPacket {
    /// 0 to 127.
    pub payload_type: u8,
    /// For video: the last packet of a picture.
    pub marker: bool,
    pub sequence: u16,
    /// In ticks of the payload format's clock.
    pub timestamp: u32,
    pub ssrc: u32,
    /// At most 15, as the header's count has four bits.
    pub contributing: Vec<u32>,
    pub extension: Option<Extension>,
    /// Empty in a keepalive.
    pub payload: Vec<u8>,
}

/// A header extension, kept as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// 0xBEDE for the one-byte form of RFC 8285.
    pub profile: u16,
    /// Padded with zeros to whole 32-bit words when written.
    pub data: Vec<u8>,
}

/// Why bytes are not an RTP packet. The sender erred; the packet is dropped and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtpError {
    #[error("an RTP packet of {bytes} bytes ends inside its header")]
    Truncated { bytes: usize },
    #[error("RTP version {0} instead of 2")]
    Version(u8),
    #[error("the padding count {padding} does not fit the packet")]
    Padding { padding: u8 },
}

impl RtpPacket {
    /// Reads one datagram.
    ///
    /// # Errors
    /// [`RtpError`] when the header, its lists or its padding do not fit into `bytes`.
    pub fn parse(bytes: &[u8]) -> Result<RtpPacket, RtpError> {
        let truncated = RtpError::Truncated { bytes: bytes.len() };
        let (header, mut rest) = bytes.split_first_chunk::<12>().ok_or(truncated)?;
        let version = header[0] >> 6;
        if version != 2 {
            return Err(RtpError::Version(version));
        }
        let sources = usize::from(header[0] & 0x0f);
        let list = take(&mut rest, sources * 4).ok_or(truncated)?;
        let contributing = list.chunks_exact(4).map(|word| u32_at(word, 0)).collect();
        let mut extension = None;
        if header[0] & 0x10 != 0 {
            let head = take(&mut rest, 4).ok_or(truncated)?;
            let words = usize::from(u16_at(head, 2));
            let data = take(&mut rest, words * 4).ok_or(truncated)?.to_vec();
            extension = Some(Extension {
                profile: u16_at(head, 0),
                data,
            });
        }
        if header[0] & 0x20 != 0 {
            let padding = rest.last().copied().unwrap_or(0);
            let kept = rest.len().checked_sub(usize::from(padding));
            match kept {
                Some(kept) if padding > 0 => rest = &rest[..kept],
                Some(_) | None => return Err(RtpError::Padding { padding }),
            }
        }
        Ok(RtpPacket {
            payload_type: header[1] & 0x7f,
            marker: header[1] & 0x80 != 0,
            sequence: u16_at(header, 2),
            timestamp: u32_at(header, 4),
            ssrc: u32_at(header, 8),
            contributing,
            extension,
            payload: buffers::copy(rest),
        })
    }

    /// Appends the packet to `out`, without padding. Contributing sources beyond the fifteenth and
    /// an extension beyond 65535 words are left out, as the header cannot count them.
    pub fn write(&self, out: &mut Vec<u8>) {
        let contributing = &self.contributing[..self.contributing.len().min(15)];
        let extension = self
            .extension
            .as_ref()
            .filter(|x| x.data.len().div_ceil(4) <= usize::from(u16::MAX));
        let flags = if extension.is_some() { 0x90 } else { 0x80 };
        out.push(flags | contributing.len() as u8);
        out.push(u8::from(self.marker) << 7 | self.payload_type & 0x7f);
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.ssrc.to_be_bytes());
        for source in contributing {
            out.extend_from_slice(&source.to_be_bytes());
        }
        if let Some(Extension { profile, data }) = extension {
            let words = data.len().div_ceil(4);
            out.extend_from_slice(&profile.to_be_bytes());
            out.extend_from_slice(&(words as u16).to_be_bytes());
            out.extend_from_slice(data);
            out.resize(out.len() + words * 4 - data.len(), 0);
        }
        out.extend_from_slice(&self.payload);
    }

    /// The packet as a datagram.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = buffers::take();
        self.write(&mut out);
        out
    }
}

/// Whether a datagram is RTCP rather than RTP, by its second byte (RFC 5761 §4).
pub fn is_rtcp(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
