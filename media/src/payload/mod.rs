//! Payload formats: one file a document, both directions each.
//!
//! A packetizer turns one encoded picture into RTP payloads; a depacketizer takes the packets of
//! one source in the order of their sequence numbers and gives whole pictures back. A picture with
//! a hole is never given out: it is reported by `take_loss`, so that a keyframe can be asked for.

/// One encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedFrame {
    /// The elementary stream of exactly one picture; H.264 in Annex B form, parameter sets included.
    pub data: Vec<u8>,
    /// When the picture was taken, in units of 1/90000 s; wraps around.
    pub timestamp: u32,
    /// Whether the picture can be decoded without an earlier one.
    pub keyframe: bool,
}

/// What one RTP packet carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Payload header and data.
    pub bytes: Vec<u8>,
    /// Set on the last packet of a picture.
    pub marker: bool,
}
