//! RFC 7741: VP8, and the frame header of RFC 6386 §9.1.
//!
//! ```text
//!       0 1 2 3 4 5 6 7
//!      +-+-+-+-+-+-+-+-+
//!      |X|R|N|S|R| PID |
//!      +-+-+-+-+-+-+-+-+
//! X:   |I|L|T|K| RSV   |
//!      +-+-+-+-+-+-+-+-+
//! I:   |M| PictureID   |
//!      +-+-+-+-+-+-+-+-+
//!      |   PictureID   |   with M
//!      +-+-+-+-+-+-+-+-+
//! L:   |   TL0PICIDX   |
//!      +-+-+-+-+-+-+-+-+
//! T/K: |TID|Y| KEYIDX  |
//!      +-+-+-+-+-+-+-+-+
//! ```

use super::assembly::{Assembly, Finished, Gather};
use super::{EncodedFrame, PacketizeError, Payload, PayloadError};
use crate::rtp::RtpPacket;

/// The payload descriptor (RFC 7741 §4.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// N: no later picture refers to this one.
    pub non_reference: bool,
    /// S: a partition begins here.
    pub partition_start: bool,
    /// PID: 0 to 7.
    pub partition: u8,
    pub picture_id: Option<PictureId>,
    /// TL0PICIDX: runs over the pictures of the base layer.
    pub base_layer_index: Option<u8>,
    pub layer: Option<Layer>,
    /// KEYIDX: 0 to 31.
    pub key_index: Option<u8>,
}

/// A picture's number in 7 or 15 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureId {
    Short(u8),
    Long(u16),
}

/// The temporal layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// TID: 0 to 3.
    pub id: u8,
    /// Y: the picture refers to the base layer only.
    pub base_only: bool,
}

/// What the first octets of a picture say (RFC 6386 §9.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameHeader {
    /// A keyframe, with its size in pixels.
    Key {
        width: u16,
        height: u16,
    },
    Inter,
}

/// Cuts pictures into payloads of even size, with a 15-bit picture number.
#[derive(Debug, Default)]
pub struct Packetizer {
    picture_id: u16,
}

/// Puts pictures together.
#[derive(Debug)]
pub struct Depacketizer {
    assembly: Assembly<Joined>,
}

impl Descriptor {
    /// Reads the descriptor; gives the rest of the payload too.
    ///
    /// # Errors
    /// [`PayloadError::Truncated`] when the payload ends inside the descriptor.
    pub fn parse(payload: &[u8]) -> Result<(Descriptor, &[u8]), PayloadError> {
        let mut rest = payload;
        let mut octet = || {
            let (&first, left) = rest.split_first()?;
            rest = left;
            Some(first)
        };
        let descriptor = Descriptor::read(&mut octet);
        let descriptor = descriptor.ok_or(PayloadError::Truncated {
            bytes: payload.len(),
        })?;
        Ok((descriptor, rest))
    }

    /// Appends the descriptor in its shortest form.
    pub fn write(&self, out: &mut Vec<u8>) {
        let with_layer = self.layer.is_some();
        let with_key = self.key_index.is_some();
        let extended = u8::from(self.picture_id.is_some()) << 7
            | u8::from(self.base_layer_index.is_some()) << 6
            | u8::from(with_layer) << 5
            | u8::from(with_key) << 4;
        out.push(
            u8::from(extended != 0) << 7
                | u8::from(self.non_reference) << 5
                | u8::from(self.partition_start) << 4
                | self.partition & 7,
        );
        if extended == 0 {
            return;
        }
        out.push(extended);
        match self.picture_id {
            Some(PictureId::Short(id)) => out.push(id & 0x7f),
            Some(PictureId::Long(id)) => out.extend_from_slice(&(0x8000 | id).to_be_bytes()),
            None => {}
        }
        out.extend(self.base_layer_index);
        if with_layer || with_key {
            let layer = self.layer.unwrap_or(Layer {
                id: 0,
                base_only: false,
            });
            let key_index = self.key_index.unwrap_or(0) & 0x1f;
            out.push((layer.id & 3) << 6 | u8::from(layer.base_only) << 5 | key_index);
        }
    }

    fn read(octet: &mut impl FnMut() -> Option<u8>) -> Option<Descriptor> {
        let first = octet()?;
        let mut descriptor = Descriptor {
            non_reference: first & 0x20 != 0,
            partition_start: first & 0x10 != 0,
            partition: first & 7,
            ..Descriptor::default()
        };
        if first & 0x80 == 0 {
            return Some(descriptor);
        }
        let extended = octet()?;
        if extended & 0x80 != 0 {
            let id = octet()?;
            descriptor.picture_id = Some(match id & 0x80 {
                0 => PictureId::Short(id),
                _ => PictureId::Long(u16::from_be_bytes([id & 0x7f, octet()?])),
            });
        }
        if extended & 0x40 != 0 {
            descriptor.base_layer_index = Some(octet()?);
        }
        if extended & 0x30 != 0 {
            let layer = octet()?;
            if extended & 0x20 != 0 {
                descriptor.layer = Some(Layer {
                    id: layer >> 6,
                    base_only: layer & 0x20 != 0,
                });
            }
            if extended & 0x10 != 0 {
                descriptor.key_index = Some(layer & 0x1f);
            }
        }
        Some(descriptor)
    }
}

impl FrameHeader {
    /// Reads the header of a picture; `None` when it ends inside or lacks the start code.
    pub fn parse(picture: &[u8]) -> Option<FrameHeader> {
        let tag = picture.first_chunk::<3>()?;
        if tag[0] & 1 != 0 {
            return Some(FrameHeader::Inter);
        }
        let &[_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = picture.first_chunk::<10>()? else {
            return None;
        };
        // The upper two bits of each are an upscaling hint for the display.
        let width = u16::from_le_bytes([w0, w1]) & 0x3fff;
        let height = u16::from_le_bytes([h0, h1]) & 0x3fff;
        Some(FrameHeader::Key { width, height })
    }
}

impl Packetizer {
    pub fn new() -> Packetizer {
        Packetizer::default()
    }

    /// Cuts one picture into payloads of at most `max_payload_bytes`.
    ///
    /// # Errors
    /// [`PacketizeError`] when `frame` is no picture or `max_payload_bytes` leaves no room.
    pub fn packetize(
        &mut self,
        frame: &[u8],
        max_payload_bytes: usize,
        out: &mut Vec<Payload>,
    ) -> Result<(), PacketizeError> {
        if frame.is_empty() {
            return Err(PacketizeError::NoStartCode);
        }
        let room = max_payload_bytes.saturating_sub(DESCRIPTOR_BYTES);
        if room == 0 {
            return Err(PacketizeError::PacketTooSmall {
                max: max_payload_bytes,
            });
        }
        let count = frame.len().div_ceil(room);
        let mut pieces = frame.chunks(frame.len().div_ceil(count)).peekable();
        let mut descriptor = Descriptor {
            partition_start: true,
            picture_id: Some(PictureId::Long(self.picture_id)),
            ..Descriptor::default()
        };
        while let Some(piece) = pieces.next() {
            let mut bytes = Vec::with_capacity(DESCRIPTOR_BYTES + piece.len());
            descriptor.write(&mut bytes);
            bytes.extend_from_slice(piece);
            out.push(Payload {
                bytes,
                marker: pieces.peek().is_none(),
            });
            descriptor.partition_start = false;
        }
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        Ok(())
    }
}

impl Depacketizer {
    pub fn new() -> Depacketizer {
        Depacketizer {
            assembly: Assembly::new(),
        }
    }

    /// Takes the next packet in order; gives a picture out when one is whole.
    ///
    /// # Errors
    /// [`PayloadError`] when the peer's packet cannot be read.
    pub fn push(&mut self, packet: &RtpPacket) -> Result<Option<EncodedFrame>, PayloadError> {
        self.assembly.push(packet, Joined::finish)
    }

    /// The packet with this number was empty: it is no hole.
    pub fn skip(&mut self, sequence: u16) {
        self.assembly.skip(sequence);
    }

    /// Whether something was lost since the last call.
    pub fn take_loss(&mut self) -> bool {
        self.assembly.take_loss()
    }
}

impl Default for Depacketizer {
    fn default() -> Depacketizer {
        Depacketizer::new()
    }
}

/// One picture's partitions, one after the other.
#[derive(Debug, Default)]
struct Joined(Vec<u8>);

impl Gather for Joined {
    fn begin(payload: &[u8]) -> Option<Joined> {
        let (descriptor, _) = Descriptor::parse(payload).ok()?;
        (descriptor.partition_start && descriptor.partition == 0).then(Joined::default)
    }

    fn add(&mut self, payload: &[u8]) -> Result<(), PayloadError> {
        let (_, data) = Descriptor::parse(payload)?;
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Joined {
    fn finish(self) -> Finished {
        match FrameHeader::parse(&self.0) {
            Some(FrameHeader::Key { .. }) => Finished::Whole {
                data: self.0,
                keyframe: true,
            },
            Some(FrameHeader::Inter) => Finished::Whole {
                data: self.0,
                keyframe: false,
            },
            None => Finished::Damaged,
        }
    }
}

/// Two octets and a 15-bit picture number.
const DESCRIPTOR_BYTES: usize = 4;
