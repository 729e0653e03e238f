//! What packets does this picture become?
//!
//! RTP and RTCP, payload formats, codecs, keyframe and rate decisions. Nothing in here opens a
//! socket, reads a clock or spawns a task; C code is called in `codec/` only.

pub mod audio_transcode;
pub mod buffers;
pub mod codec;
pub mod keyframe;
pub mod pattern;
pub mod payload;
pub mod picture;
pub mod quality;
pub mod rate;
pub mod resample;
pub mod rtp;
pub mod scale;
pub mod tone;
pub mod transcode;
pub mod y4m;
