//! Every codec of a browser with every payload format of a plain peer, both ways: pictures are right, in
//! order, and as many as the handset bears. Real codecs, DTLS and SRTP, in simulated time.

use media::rtp::feedback::Feedback;

use super::handset::Asks;
use super::loss::scene;
use super::*;

const WEB: [WebCodec; 2] = [WebCodec::Vp8, H264_MODE_1];

fn plain_formats() -> [(&'static str, VideoCodec, Format); 6] {
    let h264 = |mode| format::h264(mode);
    let mp4v = Format::Mp4v {
        configuration: Vec::new(),
    };
    [
        ("RFC 2190", VideoCodec::H263, Format::H263),
        ("RFC 4629", VideoCodec::H263, Format::H263Plus),
        (
            "RFC 4629, extended header",
            VideoCodec::H263Plus,
            Format::H263Plus,
        ),
        (
            "RFC 6184 mode 0",
            VideoCodec::H264,
            h264(PacketizationMode::SingleNal),
        ),
        (
            "RFC 6184 mode 1",
            VideoCodec::H264,
            h264(PacketizationMode::NonInterleaved),
        ),
        ("RFC 6416", VideoCodec::Mpeg4, mp4v),
    ]
}

fn every_pair(from: Side) {
    for web in WEB {
        for (name, codec, format) in plain_formats() {
            let web_format = StreamFormat::of_web(web).payload;
            let ends = ((web, web_format), (codec, format));
            let asking = (Feedback::default(), Asks::ByInfo);
            let mut scene = scene(ends.0, ends.1, asking, from);
            scene.run(Duration::from_secs(4));
            let screen = scene.viewer(from);
            assert!(
                screen.counters.len() >= 40,
                "{web:?}, {name}: {} pictures in four seconds",
                screen.counters.len()
            );
            assert_live(screen, 40);
            assert_eq!(screen.garbage, 0, "{web:?}, {name}");
            let passes = matches!((web, codec), (WebCodec::H264 { .. }, VideoCodec::H264));
            let transcoder = &scene.transcoders[from.index()];
            assert_eq!(transcoder.is_none(), passes, "{web:?}, {name}");
        }
    }
}

#[test]
fn a_browsers_camera_is_seen_by_plain_peers_of_every_format() {
    every_pair(Side::Caller);
}

#[test]
fn plain_peers_of_every_format_are_seen_in_browsers() {
    every_pair(Side::Callee);
}
