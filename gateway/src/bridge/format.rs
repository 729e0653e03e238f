//! What flows on a leg: payload format, codec, payload type, and what the receiver can show.

use media::codec::{EncoderConfig, VideoCodec};
use media::payload;
use media::payload::h264::PacketizationMode;

use super::web_leg::{PictureLimit, WebCodec};

/// Bytes of payload in one packet. With RTP, UDP and IP headers it stays below the 1280 bytes
/// that every IPv6 link carries, and below what SRTP adds.
pub const MAX_PAYLOAD_BYTES: usize = 1200;

/// Slices of our own H.264: a whole one fits a packet, so that packetization mode 0 works.
const MAX_SLICE_BYTES: usize = 1100;

/// How many times the rate of our encoder's pictures the camera's may have from which it makes
/// them: more would only cost its decoding.
pub const CAMERA_HEADROOM: u32 = 5;

/// The stream in one direction of one leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamFormat {
    pub payload: payload::Format,
    pub payload_type: u8,
    pub limit: PictureLimit,
    /// The number of the header extension by which the peer says how its pictures must be turned
    /// (3GPP TS 26.114 §7.4.5), for receiving; `None` when it was not agreed.
    pub orientation: Option<u8>,
}

/// What we encode for a browser that watches a handset: at most CIF, the largest picture of a
/// Video Share peer, at a rate that leaves the handset's own picture the weakest link.
const FOR_BROWSER: PictureLimit = PictureLimit {
    width: 352,
    height: 288,
    frames_per_second: 30,
    bits_per_second: 400_000,
};

impl StreamFormat {
    /// A browser's stream. Its payload type is the WebRTC session's affair.
    pub fn of_web(codec: WebCodec) -> StreamFormat {
        let payload = match codec {
            WebCodec::Vp8 => payload::Format::Vp8,
            WebCodec::H264 { mode, .. } => payload::Format::H264 {
                mode,
                parameter_sets: Vec::new(),
            },
        };
        StreamFormat {
            payload,
            payload_type: 0,
            limit: FOR_BROWSER,
            // Not agreed with browsers, so they turn their pictures themselves.
            orientation: None,
        }
    }

    /// The codec of what is sent to us. H263-1998 and H263-2000 carry H.263 pictures with and
    /// without the extended header; the decoder takes both.
    pub fn codec(&self) -> VideoCodec {
        match self.payload {
            // Without annexes, which we never offer, the extended formats carry plain H.263.
            payload::Format::H263 | payload::Format::H263Plus => VideoCodec::H263,
            payload::Format::H264 { .. } => VideoCodec::H264,
            payload::Format::Mp4v { .. } => VideoCodec::Mpeg4,
            payload::Format::Vp8 => VideoCodec::Vp8,
        }
    }

    /// How to encode for the receiver of this stream.
    pub fn encoder(&self) -> EncoderConfig {
        EncoderConfig {
            codec: self.codec(),
            width: u32::from(self.limit.width),
            height: u32::from(self.limit.height),
            frames_per_second: u32::from(self.limit.frames_per_second),
            bits_per_second: self.limit.bits_per_second,
            max_slice_bytes: MAX_SLICE_BYTES,
        }
    }
}

/// The payload format of H.264 without parameter sets from the SDP.
pub fn h264(mode: PacketizationMode) -> payload::Format {
    payload::Format::H264 {
        mode,
        parameter_sets: Vec::new(),
    }
}
