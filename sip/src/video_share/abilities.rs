//! RFC 3264 §9, RFC 5547 §8.5: what a phone takes, as descriptions in OPTIONS and its answer say it:
//! video with port 0, and files.

use std::net::IpAddr;

use crate::sdp::{Attribute, Description, Kind, Media, PayloadType, Protocol};

/// Kinds of files read of one description; a phone lists a handful.
pub const MAX_ACCEPT_TYPES: usize = 32;

/// The longest name of a kind of file that is read, in characters (RFC 6838 §4.2 has 127 for each half).
const MAX_TYPE_CHARACTERS: usize = 255;

/// What a phone takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Each once, in the order in which they were named.
    pub video: Vec<VideoCodec>,
    /// `None`: no files.
    pub files: Option<Files>,
}

/// How pictures are coded that move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    H264,
    /// H.263 as RFC 4629 packs it, in its profiles and levels.
    H263Profiles,
    /// H.263 as RFC 4629 packs it, in its picture sizes.
    H263Plus,
    /// H.263 as RFC 2190 packs it.
    H263,
    Mpeg4,
    /// A browser's.
    Vp8,
}

/// What files a phone takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// `image/jpeg`, `image/*`, `*`, ...
    pub accept_types: Vec<String>,
    /// In bytes.
    pub max_size: Option<u64>,
}

impl VideoCodec {
    const ALL: [VideoCodec; 6] = [
        VideoCodec::H264,
        VideoCodec::H263Profiles,
        VideoCodec::H263Plus,
        VideoCodec::H263,
        VideoCodec::Mpeg4,
        VideoCodec::Vp8,
    ];

    /// The name in `a=rtpmap`.
    pub fn encoding(self) -> &'static str {
        match self {
            VideoCodec::H264 => "H264",
            VideoCodec::H263Profiles => "H263-2000",
            VideoCodec::H263Plus => "H263-1998",
            VideoCodec::H263 => "H263",
            VideoCodec::Mpeg4 => "MP4V-ES",
            VideoCodec::Vp8 => "VP8",
        }
    }

    /// The payload type that we say; the numbers of handsets, though nobody needs them to be.
    fn number(self) -> u8 {
        match self {
            VideoCodec::H264 => 98,
            VideoCodec::H263Profiles => 96,
            VideoCodec::H263Plus => 97,
            VideoCodec::H263 => 34,
            VideoCodec::Mpeg4 => 99,
            VideoCodec::Vp8 => 100,
        }
    }

    pub fn is_h263(self) -> bool {
        match self {
            VideoCodec::H263Profiles | VideoCodec::H263Plus | VideoCodec::H263 => true,
            VideoCodec::H264 | VideoCodec::Mpeg4 | VideoCodec::Vp8 => false,
        }
    }

    /// Whether a live picture may be sent so. MPEG-4 is only read: no phone of Video Share has it
    /// alone.
    fn may_be_shown(self) -> bool {
        self != VideoCodec::Mpeg4
    }
}

impl Abilities {
    /// Reads a description, whatever its ports: some write one `m=video` line for each codec.
    pub fn of(description: &Description) -> Abilities {
        let mut read = Abilities::default();
        for line in &description.media {
            match line.kind {
                Kind::Video => read.take_video(line),
                Kind::Message => read.take_files(line),
                Kind::Audio | Kind::Application | Kind::Other(_) => {}
            }
        }
        read
    }

    /// Whether one's camera can be shown there.
    pub fn can_watch(&self) -> bool {
        self.video.iter().any(|codec| codec.may_be_shown())
    }

    /// Whether H.263 was named, and H.264 was not (R1.16).
    pub fn is_h263_alone(&self) -> bool {
        self.video.iter().any(|codec| codec.is_h263()) && !self.video.contains(&VideoCodec::H264)
    }

    /// The description that says it. The session attributes are in it: one variant of the handsets
    /// takes no answer without them (R1.5).
    pub fn describe(&self, session_id: u64, address: IpAddr) -> Description {
        let mut description = Description::new(session_id, session_id, address);
        description.attributes = session_attributes().into();
        if !self.video.is_empty() {
            let payload_type =
                |codec: &VideoCodec| PayloadType::new(codec.number(), codec.encoding(), 90_000, "");
            let payload_types = self.video.iter().map(payload_type).collect();
            let video = Media::video(0, Protocol::RtpAvp, payload_types);
            description.media.push(video);
        }
        description
            .media
            .extend(self.files.as_ref().map(Files::line));
        description
    }

    fn take_video(&mut self, line: &Media) {
        for said in &line.payload_types {
            let known = VideoCodec::ALL
                .into_iter()
                .find(|codec| said.is(codec.encoding()));
            if let Some(codec) = known.filter(|codec| !self.video.contains(codec)) {
                self.video.push(codec);
            }
        }
    }

    fn take_files(&mut self, line: &Media) {
        let is_msrp = line.protocol.name().to_ascii_uppercase().ends_with("/MSRP");
        if !is_msrp || line.attribute("file-selector").is_none() || self.files.is_some() {
            return;
        }
        let value = |name| line.attribute(name).and_then(|said| said.value.as_deref());
        let types = value("accept-types").unwrap_or_default();
        let accept_types = types
            .split_ascii_whitespace()
            .filter(|kind| kind.chars().count() <= MAX_TYPE_CHARACTERS)
            .take(MAX_ACCEPT_TYPES)
            .map(str::to_owned)
            .collect();
        self.files = Some(Files {
            accept_types,
            max_size: value("max-size").and_then(|size| size.trim().parse().ok()),
        });
    }
}

impl Files {
    fn line(&self) -> Media {
        let mut attributes = Vec::new();
        if !self.accept_types.is_empty() {
            let types = self.accept_types.join(" ");
            attributes.push(Attribute::new("accept-types", types));
        }
        attributes.push(Attribute::flag("file-selector"));
        attributes.extend(self.max_size.map(|size| Attribute::new("max-size", size)));
        Media {
            kind: Kind::Message,
            format: "*".to_owned(),
            attributes,
            ..Media::video(0, Protocol::Other("TCP/MSRP".to_owned()), Vec::new())
        }
    }
}

/// The lines of a session by which operators' variants of the handsets know Video Share: always
/// written, never required (R1.5).
pub fn session_attributes() -> [Attribute; 2] {
    [
        Attribute::new("application", "com.gsma.rts"),
        Attribute::new("type", "videolive"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const HEAD: &str = "v=0\r\no=- 452027953 452027953 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n";

    fn read(lines: &str) -> Abilities {
        let text = format!("{HEAD}{}", lines.replace('\n', "\r\n"));
        Abilities::of(&Description::parse(text.as_bytes()).unwrap())
    }

    /// R1.5, R1.6.
    #[test]
    fn codecs_are_read_from_one_line_or_several_with_port_0() {
        let both = vec![VideoCodec::H264, VideoCodec::H263Profiles];
        let cases = [
            (
                "a=application:com.gsma.rts\na=type:videolive\nm=video 0 RTP/AVP 98 96\n\
                 a=rtpmap:98 H264/90000\na=rtpmap:96 H263-2000/90000\n",
                both.clone(),
            ),
            (
                "m=video 0 RTP/AVP 98\na=rtpmap:98 h264/90000\n\
                 m=video 0 RTP/AVP 96\na=rtpmap:96 h263-2000/90000\n",
                both,
            ),
            (
                "m=video 0 RTP/AVP 96\na=rtpmap:96 H263-2000/90000\n",
                vec![VideoCodec::H263Profiles],
            ),
            ("m=video 0 RTP/AVP 34\n", vec![VideoCodec::H263]),
            ("m=video 0 RTP/AVP 31\n", Vec::new()),
            ("m=audio 0 RTP/AVP 0\n", Vec::new()),
        ];
        for (lines, expected) in cases {
            let abilities = read(lines);
            assert_eq!(abilities.video, expected, "{lines}");
            assert_eq!(abilities.can_watch(), !expected.is_empty(), "{lines}");
        }
        assert!(!read("m=video 0 RTP/AVP 99\na=rtpmap:99 MP4V-ES/90000\n").can_watch());
    }

    /// R1.11: what is not understood changes nothing.
    #[test]
    fn the_fast_mode_of_others_is_passed_over() {
        let line = "m=video 0 RTP/AVP 98\na=rtpmap:98 H264/90000\n";
        assert_eq!(read(&format!("a=keywds:fastmode\n{line}")), read(line));
    }

    /// R2.4.
    #[test]
    fn what_files_are_taken_is_read_and_written() {
        let abilities = read(
            "m=video 0 RTP/AVP 98\na=rtpmap:98 H264/90000\nm=message 0 TCP/MSRP *\n\
             a=accept-types:image/jpeg image/png application/vnd.gsma.rcspushlocation+xml\n\
             a=file-selector\na=max-size:10485760\n",
        );
        let files = abilities.files.clone().unwrap();
        assert_eq!(files.accept_types.len(), 3);
        assert_eq!(files.max_size, Some(10_485_760));
        let written = abilities.describe(7, [192, 0, 2, 1].into());
        assert_eq!(
            String::from_utf8(written.to_bytes()).unwrap(),
            "v=0\r\no=- 7 7 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
             a=application:com.gsma.rts\r\na=type:videolive\r\n\
             m=video 0 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\n\
             m=message 0 TCP/MSRP *\r\n\
             a=accept-types:image/jpeg image/png application/vnd.gsma.rcspushlocation+xml\r\n\
             a=file-selector\r\na=max-size:10485760\r\n"
        );
        assert_eq!(Abilities::of(&written), abilities);
        // A line for chat says nothing of files (RFC 5547 §8.5).
        assert_eq!(
            read("m=message 0 TCP/MSRP *\na=accept-types:*\n").files,
            None
        );
    }
}
