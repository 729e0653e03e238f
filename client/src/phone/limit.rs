//! What the other side can show, as the answer to our offer says it: more than that is not worth
//! sending (RFC 6236 §3.1 for the size, RFC 8866 §6.11 for the rate, `b=` for the bits).

use sip::sdp::{Attribute, Description, Kind, Media, offer_answer};

/// The most that is worth sending; 0 where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    pub bits_per_second: u32,
}

impl Limit {
    /// Reads an answer. One that cannot be read limits nothing: the browser has refused it then.
    pub fn of(answer: &str) -> Limit {
        let Ok(description) = Description::parse(answer.as_bytes()) else {
            return Limit::default();
        };
        let mut lines = description.media.iter();
        let Some(video) = lines.find(|media| media.kind == Kind::Video && media.port != 0) else {
            return Limit::default();
        };
        let (width, height) = size(video).unwrap_or_default();
        let bits = offer_answer::bits_per_second(&description, video).unwrap_or_default();
        Limit {
            width,
            height,
            frames_per_second: video.frame_rate.unwrap_or_default() as u32,
            bits_per_second: u32::try_from(bits).unwrap_or(u32::MAX),
        }
    }

    /// By how much a camera's picture is to be made smaller: into the limit with both sides.
    pub fn scale_down(self, width: u32, height: u32) -> f64 {
        let fit = |have: u32, limit: u32| match limit {
            0 => 1.0,
            limit => f64::from(have) / f64::from(limit),
        };
        fit(width, self.width)
            .max(fit(height, self.height))
            .max(1.0)
    }
}

/// The size in `a=imageattr:* recv [x=176,y=144]`: what the answerer receives.
fn size(video: &Media) -> Option<(u32, u32)> {
    let attribute = video.attribute("imageattr")?;
    let Attribute { value, .. } = attribute;
    let (_, received) = value.as_deref()?.split_once("recv")?;
    let set = received.trim_start().strip_prefix('[')?.split(']').next()?;
    let side = |name: &str| {
        let mut pairs = set.split(',').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(found, _)| found.trim() == name)?;
        value.trim().parse().ok()
    };
    Some((side("x")?, side("y")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(lines: &str) -> String {
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
             m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 127.0.0.1\r\na=rtpmap:96 VP8/90000\r\n{lines}"
        )
    }

    /// R6.4.
    #[test]
    fn a_handsets_limits_are_read_from_the_answer() {
        let text = answer("b=TIAS:64000\r\na=framerate:15\r\na=imageattr:* recv [x=176,y=144]\r\n");
        let text = text.replace(
            "a=rtpmap:96 VP8/90000\r\nb=TIAS:64000\r\n",
            "b=TIAS:64000\r\na=rtpmap:96 VP8/90000\r\n",
        );
        let expected = Limit {
            width: 176,
            height: 144,
            frames_per_second: 15,
            bits_per_second: 64_000,
        };
        assert_eq!(Limit::of(&text), expected);
    }

    #[test]
    fn an_answer_without_limits_limits_nothing() {
        for text in [
            answer(""),
            answer("a=imageattr:* recv [x=1\r\n"),
            "nonsense".to_owned(),
        ] {
            assert_eq!(Limit::of(&text), Limit::default());
            assert_eq!(Limit::of(&text).scale_down(640, 480), 1.0);
        }
    }

    #[test]
    fn a_picture_is_scaled_into_the_limit_and_never_up() {
        let limit = |width, height| Limit {
            width,
            height,
            ..Limit::default()
        };
        for (limit, camera, expected) in [
            (limit(176, 144), (640, 480), 640.0 / 176.0),
            (limit(352, 144), (640, 480), 480.0 / 144.0),
            (limit(352, 144), (144, 640), 640.0 / 144.0),
            (limit(640, 480), (320, 240), 1.0),
        ] {
            assert_eq!(limit.scale_down(camera.0, camera.1), expected);
        }
    }
}
