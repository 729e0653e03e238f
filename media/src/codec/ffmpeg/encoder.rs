//! Encoding of H.263, H.263+, MPEG-4 and VP8 by FFmpeg, at a constant rate.

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::packet::side_data;
use ffmpeg::codec::{Context, Id};
use ffmpeg::format::Pixel;
use ffmpeg::util::frame::Video as Frame;
use ffmpeg::{Codec, Dictionary, Error, Packet, Rational, picture};

use super::initialise;
use crate::codec::clock::Clock;
use crate::codec::h263::TemporalReference;
use crate::codec::{CodecError, EncoderConfig, ForceKeyframe, VideoCodec};
use crate::payload::EncodedFrame;
use crate::payload::h263::MbInfo;
use crate::picture::{Picture, Plane, plane_size};

/// An encoder of one size.
pub struct Encoder {
    codec: VideoCodec,
    context: ffmpeg::codec::encoder::video::Encoder,
    frame: Frame,
    packet: Packet,
    clock: Clock,
    /// The last picture's time, in the context's time base.
    last_time: Option<i64>,
    reference: TemporalReference,
}

impl Encoder {
    pub fn new(config: &EncoderConfig) -> Result<Self, CodecError> {
        initialise();
        check_size(config)?;
        let (width, height) = (config.width, config.height);
        Ok(Self {
            codec: config.codec,
            context: open(config)?,
            frame: Frame::new(Pixel::YUV420P, width, height),
            packet: Packet::empty(),
            clock: Clock::default(),
            last_time: None,
            reference: TemporalReference::default(),
        })
    }

    /// FFmpeg takes a rate at the beginning only, so the stream begins again: the next picture is
    /// a keyframe.
    pub fn set_rate(&mut self, config: &EncoderConfig) -> Result<(), CodecError> {
        self.context = open(config)?;
        self.last_time = None;
        Ok(())
    }

    pub fn encode(
        &mut self,
        picture: &Picture,
        timestamp: u32,
        force: ForceKeyframe,
    ) -> Result<Option<EncodedFrame>, CodecError> {
        self.put_samples(picture)?;
        self.frame.set_kind(match force {
            ForceKeyframe::Yes => picture::Type::I,
            ForceKeyframe::No => picture::Type::None,
        });
        let time = self.next_time(timestamp);
        self.frame.set_pts(Some(time));
        let failed = |error| failed(self.codec, error);
        self.context.send_frame(&self.frame).map_err(failed)?;
        match self.context.receive_packet(&mut self.packet) {
            Ok(()) => {}
            // Nothing to send: the encoder left this picture out.
            Err(Error::Other { .. }) => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        let mut data = self.packet.data().unwrap_or_default().to_vec();
        match self.codec {
            VideoCodec::H263 | VideoCodec::H263Plus => self.reference.rewrite(&mut data, timestamp),
            VideoCodec::H264 | VideoCodec::Mpeg4 | VideoCodec::Vp8 => {}
        }
        Ok(Some(EncodedFrame {
            data,
            timestamp,
            keyframe: self.packet.is_key(),
            macroblocks: self.macroblocks(),
        }))
    }

    fn macroblocks(&self) -> Vec<MbInfo> {
        let mut side_data = self.packet.side_data();
        let found = side_data.find(|side| side.kind() == side_data::Type::H263MbInfo);
        found.map_or(Vec::new(), |side| MbInfo::from_side_data(side.data()))
    }

    /// VP8's rate control goes by time; that of H.263 and MPEG-4 counts pictures, and MPEG-4 also
    /// writes the time.
    fn next_time(&mut self, timestamp: u32) -> i64 {
        let earliest = self.last_time.map_or(0, |last| last + 1);
        let elapsed = self.clock.advance(timestamp);
        let time = match self.codec {
            VideoCodec::Vp8 => earliest.max(i64::try_from(elapsed).unwrap_or(earliest)),
            VideoCodec::Mpeg4 => {
                let tick = elapsed / u64::from(MPEG4_TICK);
                earliest.max(i64::try_from(tick).unwrap_or(earliest))
            }
            VideoCodec::H263 | VideoCodec::H263Plus | VideoCodec::H264 => earliest,
        };
        self.last_time = Some(time);
        time
    }

    fn put_samples(&mut self, picture: &Picture) -> Result<(), CodecError> {
        // SAFETY: the frame owns its buffers. An encoder that still refers to them keeps them, and
        // the frame gets others.
        let result = unsafe { ffmpeg::ffi::av_frame_make_writable(self.frame.as_mut_ptr()) };
        if result < 0 {
            return Err(failed(self.codec, Error::from(result)));
        }
        for (index, plane) in Plane::ALL.into_iter().enumerate() {
            let (width, _) = plane_size(picture.width(), picture.height(), plane);
            let stride = self.frame.stride(index);
            let lines = self.frame.data_mut(index).chunks_mut(stride);
            for (target, source) in lines.zip(picture.plane(plane).chunks_exact(width)) {
                target[..width].copy_from_slice(source);
            }
        }
        Ok(())
    }
}

/// Frames of H.263 between keyframes that nobody asked for. A macroblock must be coded intra at
/// least once in 132 times (ITU-T H.263 §4.4); this does it for all of them.
const H263_KEYFRAME_INTERVAL: u32 = 132;

/// H.263's coefficients end at 127 steps of twice the quantiser (ITU-T H.263 §5.4.2). With this one
/// a block's luma can still jump by 158 from one picture to the next; finer ones leave a ghost.
const H263_FINEST_QUANTISER: i32 = 5;

/// About how many octets lie between two places where a row may be cut, so that one that does not
/// fit a packet (RFC 2190 mode B) is cut near the packet's end.
const H263_CUT_BYTES: &str = "200";

/// MPEG-4's coefficients go further: only the waste of bits on what nobody sees is kept off.
const MPEG4_FINEST_QUANTISER: i32 = 3;

/// A new video packet begins behind about as many octets, so that with the macroblock that filled
/// it one fits an RTP packet whole.
const MPEG4_VIDEO_PACKET_BYTES: &str = "800";

/// Units of 1/90000 s in one tick of the times that MPEG-4 pictures carry: a thirtieth of a second.
const MPEG4_TICK: u32 = 3000;

/// VP8 has no such duty, and its receivers can ask: about nine hours at 30 frames a second.
const VP8_KEYFRAME_INTERVAL: u32 = 1_000_000;

/// How much of a second the rate may be saved up and spent at once.
const RATE_BUFFER_PER_MILLE: u64 = 750;

fn open(config: &EncoderConfig) -> Result<ffmpeg::codec::encoder::video::Encoder, CodecError> {
    let codec = config.codec;
    let found = find_encoder(codec).ok_or(CodecError::Missing(codec))?;
    let mut video = Context::new_with_codec(found)
        .encoder()
        .video()
        .map_err(|error| failed(codec, error))?;
    let timing = Timing::of(config);
    video.set_width(config.width);
    video.set_height(config.height);
    video.set_format(Pixel::YUV420P);
    video.set_time_base(timing.time_base);
    video.set_bit_rate(timing.bits_per_second as usize);
    video.set_max_bit_rate(timing.bits_per_second as usize);
    let mut options = Dictionary::new();
    let min_rate = match codec {
        VideoCodec::Vp8 => {
            video.set_gop(VP8_KEYFRAME_INTERVAL);
            video.set_qmin(4);
            video.set_qmax(56);
            for (key, value) in VP8_OPTIONS {
                options.set(key, value);
            }
            timing.bits_per_second
        }
        VideoCodec::Mpeg4 => {
            // The headers stand before each intra picture, as without a global header they do.
            video.set_gop(H263_KEYFRAME_INTERVAL);
            video.set_qmin(MPEG4_FINEST_QUANTISER);
            options.set("ps", MPEG4_VIDEO_PACKET_BYTES);
            0
        }
        VideoCodec::H263 | VideoCodec::H263Plus | VideoCodec::H264 => {
            video.set_gop(H263_KEYFRAME_INTERVAL);
            video.set_qmin(H263_FINEST_QUANTISER);
            // A group-of-blocks header in each row: packets begin there, and a lost one costs
            // its rows only.
            options.set("ps", "1");
            if codec == VideoCodec::H263 {
                options.set("mb_info", H263_CUT_BYTES);
            }
            0
        }
    };
    // SAFETY: the context is allocated and not yet opened, which is when these fields are set.
    unsafe {
        let raw = &mut *video.as_mut_ptr();
        raw.thread_count = 1;
        raw.ticks_per_frame = timing.ticks_per_frame;
        if codec == VideoCodec::Mpeg4 {
            raw.profile = ffmpeg::ffi::FF_PROFILE_MPEG4_SIMPLE;
            raw.level = mpeg4_level(config);
        }
        raw.rc_min_rate = min_rate as i64;
        raw.rc_buffer_size = (timing.bits_per_second * RATE_BUFFER_PER_MILLE / 1000) as i32;
        if codec == VideoCodec::H263 {
            // With a rate buffer FFmpeg encodes a picture again when it does not fit, and then goes
            // on writing macroblock information behind that of the first try, beyond the end of
            // its allocation. So the rate is held by its average alone, and held tightly.
            raw.rc_max_rate = 0;
            raw.rc_buffer_size = 0;
            raw.bit_rate_tolerance = timing.bits_per_second as i32;
        }
    }
    video
        .open_as_with(found, options)
        .map_err(|error| failed(codec, error))
}

/// Constant speed (a positive `cpu-used` would follow the machine's load), one picture in, one
/// out, no keyframe larger than three pictures' worth of the rate.
const VP8_OPTIONS: [(&str, &str); 7] = [
    ("deadline", "realtime"),
    ("cpu-used", "-6"),
    ("lag-in-frames", "0"),
    ("auto-alt-ref", "0"),
    ("error-resilient", "default"),
    ("max-intra-rate", "300"),
    ("static-thresh", "1"),
];

fn find_encoder(codec: VideoCodec) -> Option<Codec> {
    match codec {
        VideoCodec::H263 => ffmpeg::encoder::find(Id::H263),
        VideoCodec::H263Plus => ffmpeg::encoder::find(Id::H263P),
        VideoCodec::Mpeg4 => ffmpeg::encoder::find(Id::MPEG4),
        VideoCodec::Vp8 => ffmpeg::encoder::find_by_name("libvpx"),
        // FFmpeg's would be x264, whose licence is not ours.
        VideoCodec::H264 => None,
    }
}

struct Timing {
    time_base: Rational,
    ticks_per_frame: i32,
    bits_per_second: u64,
}

impl Timing {
    fn of(config: &EncoderConfig) -> Self {
        let frames = u64::from(config.frames_per_second);
        let bits = u64::from(config.bits_per_second);
        match config.codec {
            VideoCodec::Vp8 => Self {
                time_base: Rational::new(1, 90_000),
                ticks_per_frame: (90_000 / frames) as i32,
                bits_per_second: bits,
            },
            VideoCodec::Mpeg4 => {
                let ticks = ((30 + frames / 2) / frames).max(1);
                Self {
                    time_base: Rational::new(1, 30),
                    ticks_per_frame: ticks as i32,
                    bits_per_second: bits * 30 / (ticks * frames),
                }
            }
            VideoCodec::H263 | VideoCodec::H263Plus | VideoCodec::H264 => {
                // Any other time base than H.263's own picture clock makes FFmpeg write a custom
                // one into H.263+ headers, which a peer need not know (ITU-T H.263 §5.1.7). Where
                // the frame rate is no part of that clock's, the rate makes up for it.
                let ticks = ((30 + frames / 2) / frames).max(1);
                Self {
                    time_base: Rational::new(1001, 30_000),
                    ticks_per_frame: ticks as i32,
                    bits_per_second: bits * 30_000 / (1001 * ticks * frames),
                }
            }
        }
    }
}

/// The lowest level of the simple profile that has the macroblocks, their rate and the bits
/// (ISO/IEC 14496-2 table N.1): 8 is level 0, 9 is level 0b.
fn mpeg4_level(config: &EncoderConfig) -> i32 {
    let blocks = config.width.div_ceil(16) * config.height.div_ceil(16);
    let rate = blocks * config.frames_per_second;
    match config.bits_per_second {
        ..=64_000 if blocks <= 99 && rate <= 1_485 => 8,
        ..=128_000 if blocks <= 99 && rate <= 1_485 => 9,
        ..=128_000 if blocks <= 396 && rate <= 5_940 => 2,
        _ => 3,
    }
}

fn check_size(config: &EncoderConfig) -> Result<(), CodecError> {
    let (width, height) = (config.width, config.height);
    let known = match config.codec {
        VideoCodec::H263 => matches!(
            (width, height),
            (128, 96) | (176, 144) | (352, 288) | (704, 576)
        ),
        VideoCodec::H263Plus => width.is_multiple_of(4) && height.is_multiple_of(4),
        VideoCodec::H264 | VideoCodec::Mpeg4 | VideoCodec::Vp8 => true,
    };
    if known {
        return Ok(());
    }
    Err(CodecError::Unsupported {
        codec: config.codec,
        what: format!("at {width}x{height}"),
    })
}

fn failed(codec: VideoCodec, error: Error) -> CodecError {
    CodecError::Encoder {
        codec,
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_of_a_picture_are_right_at_every_frame_rate() {
        for frames_per_second in [1, 5, 8, 10, 12, 15, 24, 25, 30] {
            let timing = Timing::of(&EncoderConfig {
                codec: VideoCodec::H263,
                width: 176,
                height: 144,
                frames_per_second,
                bits_per_second: 64_000,
                max_slice_bytes: 1100,
            });
            let coded_frames = 30_000.0 / 1001.0 / f64::from(timing.ticks_per_frame);
            let bits = timing.bits_per_second as f64 / coded_frames;
            let wanted = 64_000.0 / f64::from(frames_per_second);
            assert!(
                (bits / wanted - 1.0).abs() < 0.001,
                "{bits} for {wanted} at {frames_per_second}"
            );
        }
    }

    /// FFmpeg would encode such a picture again and again, and the information of each try would
    /// follow that of the one before.
    #[test]
    fn where_a_picture_may_be_cut_is_told_once_however_large_it_is() {
        let mut encoder = Encoder::new(&EncoderConfig {
            codec: VideoCodec::H263,
            width: 176,
            height: 144,
            frames_per_second: 15,
            bits_per_second: 64_000,
            max_slice_bytes: 1100,
        })
        .unwrap();
        let mut noise = 1_u32;
        for number in 0..30 {
            let mut picture = Picture::black(176, 144).unwrap();
            for plane in Plane::ALL {
                for sample in picture.plane_mut(plane) {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *sample = (noise >> 24) as u8;
                }
            }
            let frame = encoder
                .encode(&picture, number * 6000, ForceKeyframe::No)
                .unwrap()
                .unwrap();
            let offsets = frame.macroblocks.iter().map(|cut| cut.offset_bits);
            let offsets: Vec<usize> = offsets.collect();
            assert!(offsets.is_sorted(), "picture {number}: {offsets:?}");
        }
    }
}
