//! Payload formats (RFC 2190, RFC 4629, RFC 6184, RFC 6416, RFC 7741): one file a document, both directions.
//!
//! A packetizer turns one encoded picture into RTP payloads; a depacketizer takes the packets of
//! one source in the order of their sequence numbers and gives whole pictures back. A picture with
//! a hole is never given out: it is reported by `take_loss`, so that a keyframe can be asked for.

pub mod amr;
mod assembly;
pub mod audio;
pub mod bits;
pub mod h263;
pub mod h263plus;
pub mod h264;
pub mod mp4v;
pub mod telephone_event;
pub mod vp8;

use crate::rtp::RtpPacket;

/// The largest picture taken from a peer. A VGA keyframe at the best quality stays under 200 kB;
/// a peer that never ends its picture can make us hold this much.
pub const MAX_FRAME_BYTES: usize = 1 << 20;

/// One encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedFrame {
    /// The elementary stream of exactly one picture; H.264 in Annex B form, parameter sets included.
    pub data: Vec<u8>,
    /// When the picture was taken, in units of 1/90000 s; wraps around.
    pub timestamp: u32,
    /// Whether the picture can be decoded without an earlier one.
    pub keyframe: bool,
    /// Where a picture of H.263 that we encoded may be cut inside a group of blocks, in rising
    /// order; empty in all others.
    pub macroblocks: Vec<h263::MbInfo>,
}

/// What one RTP packet carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Payload header and data.
    pub bytes: Vec<u8>,
    /// Set on the last packet of a picture.
    pub marker: bool,
}

/// Why a picture cannot be sent in this format. Our encoder's set-up erred, not the peer: the
/// picture is dropped, and the next one must be smaller or cut into smaller slices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PacketizeError {
    #[error("the picture does not begin with a start code")]
    NoStartCode,
    #[error("{0}")]
    Unsupported(&'static str),
    #[error("a group of blocks takes {bytes} bytes and {max} fit a packet: make smaller pictures")]
    GroupTooLarge { bytes: usize, max: usize },
    #[error("a slice takes {bytes} bytes and {max} fit a packet in packetization mode 0")]
    NalTooLarge { bytes: usize, max: usize },
    #[error("{max} bytes a packet are too few for the payload header")]
    PacketTooSmall { max: usize },
}

/// Why a packet cannot be taken. The peer erred; the packet is dropped, counted, and its picture
/// is reported as lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    #[error("a payload of {bytes} bytes ends inside its header")]
    Truncated { bytes: usize },
    #[error("{0}")]
    Malformed(&'static str),
    #[error("the picture is larger than {MAX_FRAME_BYTES} bytes")]
    FrameTooLarge,
}

/// A payload format with what the session description says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Payload type 34 (RFC 2190).
    H263,
    /// H263-1998 and H263-2000 (RFC 4629).
    H263Plus,
    /// RFC 6184.
    H264 {
        mode: h264::PacketizationMode,
        /// What `sprop-parameter-sets` gave, one NAL unit each; for receiving.
        parameter_sets: Vec<Vec<u8>>,
    },
    /// RFC 6416.
    Mp4v {
        /// What `config=` gave; for receiving. Empty when it was absent.
        configuration: Vec<u8>,
    },
    /// RFC 7741.
    Vp8,
}

/// The packetizer of any format.
#[derive(Debug)]
pub enum Packetizer {
    H263(h263::Packetizer),
    H263Plus(h263plus::Packetizer),
    H264(h264::Packetizer),
    Mp4v(mp4v::Packetizer),
    Vp8(vp8::Packetizer),
}

/// The depacketizer of any format.
#[derive(Debug)]
pub enum Depacketizer {
    H263(h263::Depacketizer),
    H263Plus(h263plus::Depacketizer),
    H264(h264::Depacketizer),
    Mp4v(mp4v::Depacketizer),
    Vp8(vp8::Depacketizer),
}

impl Packetizer {
    pub fn new(format: &Format) -> Packetizer {
        match format {
            Format::H263 => Packetizer::H263(h263::Packetizer::new()),
            Format::H263Plus => Packetizer::H263Plus(h263plus::Packetizer::new()),
            Format::H264 { mode, .. } => Packetizer::H264(h264::Packetizer::new(*mode)),
            Format::Mp4v { .. } => Packetizer::Mp4v(mp4v::Packetizer::new()),
            Format::Vp8 => Packetizer::Vp8(vp8::Packetizer::new()),
        }
    }

    /// Cuts one picture into payloads of at most `max_payload_bytes`, appended to `out`.
    ///
    /// # Errors
    /// [`PacketizeError`] when the picture does not fit the format; `out` is then left as it was.
    pub fn packetize(
        &mut self,
        frame: &EncodedFrame,
        max_payload_bytes: usize,
        out: &mut Vec<Payload>,
    ) -> Result<(), PacketizeError> {
        let data = &frame.data;
        match self {
            Packetizer::H263(inner) => {
                inner.packetize_with(data, &frame.macroblocks, max_payload_bytes, out)
            }
            Packetizer::H263Plus(inner) => inner.packetize(data, max_payload_bytes, out),
            Packetizer::H264(inner) => inner.packetize(data, max_payload_bytes, out),
            Packetizer::Mp4v(inner) => inner.packetize(data, max_payload_bytes, out),
            Packetizer::Vp8(inner) => inner.packetize(data, max_payload_bytes, out),
        }
    }
}

impl Depacketizer {
    pub fn new(format: &Format) -> Depacketizer {
        match format {
            Format::H263 => Depacketizer::H263(h263::Depacketizer::new()),
            Format::H263Plus => Depacketizer::H263Plus(h263plus::Depacketizer::new()),
            Format::H264 { parameter_sets, .. } => {
                Depacketizer::H264(h264::Depacketizer::new(parameter_sets))
            }
            Format::Mp4v { configuration } => {
                Depacketizer::Mp4v(mp4v::Depacketizer::new(configuration))
            }
            Format::Vp8 => Depacketizer::Vp8(vp8::Depacketizer::new()),
        }
    }

    /// Takes the next packet in order; gives a picture out when one is whole.
    ///
    /// # Errors
    /// [`PayloadError`] when the peer's packet cannot be read.
    pub fn push(&mut self, packet: &RtpPacket) -> Result<Option<EncodedFrame>, PayloadError> {
        match self {
            Depacketizer::H263(inner) => inner.push(packet),
            Depacketizer::H263Plus(inner) => inner.push(packet),
            Depacketizer::H264(inner) => inner.push(packet),
            Depacketizer::Mp4v(inner) => inner.push(packet),
            Depacketizer::Vp8(inner) => inner.push(packet),
        }
    }

    /// The packet with this number was empty: it is no hole.
    pub fn skip(&mut self, sequence: u16) {
        match self {
            Depacketizer::H263(inner) => inner.skip(sequence),
            Depacketizer::H263Plus(inner) => inner.skip(sequence),
            Depacketizer::H264(inner) => inner.skip(sequence),
            Depacketizer::Mp4v(inner) => inner.skip(sequence),
            Depacketizer::Vp8(inner) => inner.skip(sequence),
        }
    }

    /// Whether something was lost since the last call: a keyframe should be asked for.
    pub fn take_loss(&mut self) -> bool {
        match self {
            Depacketizer::H263(inner) => inner.take_loss(),
            Depacketizer::H263Plus(inner) => inner.take_loss(),
            Depacketizer::H264(inner) => inner.take_loss(),
            Depacketizer::Mp4v(inner) => inner.take_loss(),
            Depacketizer::Vp8(inner) => inner.take_loss(),
        }
    }
}
