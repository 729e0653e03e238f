//! Other programs' packetizers and depacketizers as judges of ours: what we pack FFmpeg and GStreamer
//! unpack, what they pack we unpack, and the pattern is seen on the other side.
//!
//! Decoded pictures are compared, not octets: there is more than one right way to cut a picture.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod ffmpeg;
mod gstreamer;
mod sound;
mod tools;

use media::codec::VideoCodec;
use media::payload::Format;
use media::payload::h264::PacketizationMode;

/// A payload format, and what others call it.
struct Wire {
    name: &'static str,
    codec: VideoCodec,
    format: Format,
    payload_type: u8,
    /// The encoding in a description.
    encoding: &'static str,
    /// The parameters of `a=fmtp`.
    parameters: &'static str,
    /// FFmpeg's encoder, so that its packetizer can cut what it makes, and that packetizer's options.
    encoder: &'static [&'static str],
    packetizer: &'static [&'static str],
    /// A file that GStreamer can take the encoder's pictures from, and how.
    container: &'static str,
    pay: &'static str,
    depay: &'static str,
}

const X264: &[&str] = &[
    "libx264",
    "-profile:v",
    "baseline",
    "-tune",
    "zerolatency",
    "-preset",
    "veryfast",
];

/// Slices that fit the packets, for packetization mode 0.
const X264_SLICES: &[&str] = &[
    "libx264",
    "-profile:v",
    "baseline",
    "-tune",
    "zerolatency",
    "-preset",
    "veryfast",
    "-x264-params",
    "slice-max-size=600",
];

const RFC_2190: Wire = Wire {
    name: "h263-rfc2190",
    codec: VideoCodec::H263,
    format: Format::H263,
    payload_type: 34,
    encoding: "H263",
    parameters: "",
    encoder: &["h263", "-ps", "1"],
    packetizer: &["-rtpflags", "rfc2190"],
    container: "3gp",
    pay: "qtdemux ! capssetter caps=video/x-h263,h263version=(string)h263 ! rtph263pay",
    depay: "rtph263depay",
};

const RFC_4629: Wire = Wire {
    name: "h263-rfc4629",
    // FFmpeg's files have no name for the pictures of the newer version, so it sends those of the
    // older one here; we send the newer ones.
    codec: VideoCodec::H263Plus,
    format: Format::H263Plus,
    payload_type: 96,
    encoding: "H263-1998",
    parameters: "",
    encoder: &["h263", "-ps", "1"],
    packetizer: &[],
    container: "3gp",
    pay: "qtdemux ! rtph263ppay",
    depay: "rtph263pdepay",
};

const H264_MODE_0: Wire = Wire {
    name: "h264-mode0",
    codec: VideoCodec::H264,
    format: Format::H264 {
        mode: PacketizationMode::SingleNal,
        parameter_sets: Vec::new(),
    },
    payload_type: 96,
    encoding: "H264",
    parameters: "packetization-mode=0",
    encoder: X264_SLICES,
    packetizer: &["-rtpflags", "h264_mode0"],
    container: "mkv",
    pay: "matroskademux ! rtph264pay config-interval=-1 aggregate-mode=none",
    depay: "rtph264depay ! video/x-h264,stream-format=byte-stream,alignment=au",
};

const H264_MODE_1: Wire = Wire {
    name: "h264-mode1",
    codec: VideoCodec::H264,
    format: Format::H264 {
        mode: PacketizationMode::NonInterleaved,
        parameter_sets: Vec::new(),
    },
    payload_type: 96,
    encoding: "H264",
    parameters: "packetization-mode=1",
    encoder: X264,
    packetizer: &[],
    container: "mkv",
    pay: "matroskademux ! rtph264pay config-interval=-1 aggregate-mode=zero-latency",
    depay: "rtph264depay ! video/x-h264,stream-format=byte-stream,alignment=au",
};

const MP4V: Wire = Wire {
    name: "mp4v",
    codec: VideoCodec::Mpeg4,
    format: Format::Mp4v {
        configuration: Vec::new(),
    },
    payload_type: 96,
    encoding: "MP4V-ES",
    parameters: "",
    encoder: &["mpeg4"],
    packetizer: &[],
    container: "mp4",
    pay: "qtdemux ! rtpmp4vpay config-interval=1",
    depay: "rtpmp4vdepay",
};

const VP8: Wire = Wire {
    name: "vp8",
    codec: VideoCodec::Vp8,
    format: Format::Vp8,
    payload_type: 96,
    encoding: "VP8",
    parameters: "",
    encoder: &["libvpx", "-deadline", "realtime", "-cpu-used", "8"],
    packetizer: &[],
    container: "webm",
    pay: "matroskademux ! rtpvp8pay picture-id-mode=15-bit",
    depay: "rtpvp8depay",
};

/// x264 that renews a part of each picture, and has no IDR picture but its first.
const X264_REFRESHING: &[&str] = &[
    "libx264",
    "-profile:v",
    "baseline",
    "-tune",
    "zerolatency",
    "-x264-params",
    "intra-refresh=1:scenecut=0",
];

#[test]
fn a_stream_renewed_in_parts_is_seen_from_a_recovery_point_on() {
    let wire = Wire {
        name: "h264-refreshing",
        encoder: X264_REFRESHING,
        ..H264_MODE_1
    };
    ffmpeg::is_seen_from_a_recovery_point(&wire);
}

#[test]
fn the_macroblocks_of_ffmpegs_pictures_are_found_whatever_their_options() {
    for (name, options) in [
        ("plain", &[][..]),
        ("four-vectors", &["-obmc", "1", "-flags", "+mv4"][..]),
        ("no-group-headers", &["-ps", "0"][..]),
        (
            "changing-quantisers",
            &["-lumi_mask", "0.3", "-dark_mask", "0.3"][..],
        ),
    ] {
        ffmpeg::has_its_macroblocks_found(name, options);
    }
}

/// Each judge as a test of its own, so that they run side by side.
macro_rules! judge {
    ($($format:ident: $wire:ident,)*) => {
        mod gstreamer_reads_what_we_pack {
            $(#[test] fn $format() { crate::gstreamer::reads(&crate::$wire); })*
        }
        mod we_read_what_gstreamer_packs {
            $(#[test] fn $format() { crate::gstreamer::is_read(&crate::$wire); })*
        }
        mod ffmpeg_reads_what_we_pack {
            $(#[test] fn $format() { crate::ffmpeg::reads(&crate::$wire); })*
        }
        mod we_read_what_ffmpeg_packs {
            $(#[test] fn $format() { crate::ffmpeg::is_read(&crate::$wire); })*
        }
    };
}

judge! {
    h263_rfc_2190: RFC_2190,
    h263_rfc_4629: RFC_4629,
    h264_mode_0: H264_MODE_0,
    h264_mode_1: H264_MODE_1,
    mpeg_4: MP4V,
    vp8: VP8,
}
