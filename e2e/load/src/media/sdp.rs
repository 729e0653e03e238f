//! As little of session descriptions (RFC 8866, RFC 3264) as the plain end needs: where video goes,
//! which payload type it has, and an answer.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result};

/// Which codec a plain peer answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PlainCodec {
    H264,
    H263,
    /// H263-1998 or H263-2000 (RFC 4629)
    H263Plus,
}

/// What a plain peer answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ability {
    pub codec: PlainCodec,
    /// What its `b=AS` says.
    pub kilobits: u32,
}

impl Ability {
    /// No bottleneck: nobody paces what is sent to it to a handset's 64 kbit/s.
    pub fn broad(codec: PlainCodec) -> Ability {
        Ability {
            codec,
            kilobits: BROAD_KILOBITS,
        }
    }
}

pub const BROAD_KILOBITS: u32 = 4_000;

/// What an offer's video line says to a plain peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    /// Where the offerer takes RTP.
    pub to: SocketAddr,
    pub payload_type: u8,
    fmtp: Option<String>,
    rtpmap: String,
    direction: &'static str,
    kilobits: u32,
}

/// Reads an offer for a peer that has one codec.
pub fn read_offer(offer: &str, ability: Ability) -> Result<Video> {
    let session_address = address(offer.split("\nm=").next().unwrap_or_default());
    let section = sections(offer)
        .find(|section| section.starts_with("m=video") && !section.starts_with("m=video 0 "))
        .context("no video is offered")?;
    let mut line = section
        .lines()
        .next()
        .unwrap_or_default()
        .split(' ')
        .skip(1);
    let port: u16 = line.next().context("a port")?.trim().parse()?;
    let address = address(section).or(session_address).context("no c= line")?;
    let offered: Vec<u8> = line
        .skip(1)
        .filter_map(|pt| pt.trim().parse().ok())
        .collect();
    let (payload_type, rtpmap) = offered
        .iter()
        .filter_map(|pt| Some((*pt, map(section, *pt)?)))
        .find(|(_, rtpmap)| ability.codec.is(rtpmap))
        .context("the codec is not offered")?;
    let fmtp = attribute(section, &format!("fmtp:{payload_type} ")).map(str::to_owned);
    let says = |direction: &str| {
        section
            .lines()
            .any(|line| line.trim_end() == format!("a={direction}"))
    };
    let direction = match () {
        () if says("sendonly") => "recvonly",
        () if says("recvonly") => "sendonly",
        () if says("inactive") => "inactive",
        () => "sendrecv",
    };
    Ok(Video {
        to: SocketAddr::new(address, port),
        payload_type,
        fmtp,
        rtpmap,
        direction,
        kilobits: ability.kilobits,
    })
}

/// The answer of a plain peer that takes everything at `own`.
pub fn answer(offer: &str, video: &Video, own: SocketAddr) -> String {
    let family = if own.is_ipv4() { "IP4" } else { "IP6" };
    let mut text = format!(
        "v=0\r\no=plain 1 1 IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n",
        address = own.ip()
    );
    let mut taken = false;
    for section in sections(offer) {
        let mut words = section.lines().next().unwrap_or_default().trim().split(' ');
        let (kind, _, protocol) = (words.next(), words.next(), words.next());
        let rest: Vec<&str> = words.collect();
        let (kind, protocol) = (kind.unwrap_or_default(), protocol.unwrap_or_default());
        if taken || kind != "m=video" {
            // Writing to a String does not fail.
            let _ = write!(text, "{kind} 0 {protocol} {}\r\n", rest.join(" "));
            continue;
        }
        taken = true;
        let pt = video.payload_type;
        let _ = write!(text, "{kind} {} {protocol} {pt}\r\n", own.port());
        let _ = write!(
            text,
            "b=AS:{}\r\na=rtpmap:{pt} {}\r\n",
            video.kilobits, video.rtpmap
        );
        if let Some(fmtp) = video.fmtp_of_answer() {
            let _ = write!(text, "a=fmtp:{pt} {fmtp}\r\n");
        }
        let _ = write!(text, "a={}\r\n", video.direction);
    }
    text
}

impl Video {
    /// H.264 at level 3.1, whatever level was offered: the peer is no bottleneck. H.263 as the handsets of its
    /// day have it, QCIF at 15 pictures a second (RFC 4629 §8.1.1).
    fn fmtp_of_answer(&self) -> Option<String> {
        let fmtp = self.fmtp.as_deref();
        if !PlainCodec::H264.is(&self.rtpmap) {
            let level = fmtp.filter(|fmtp| fmtp.contains("profile="));
            return Some(level.unwrap_or("QCIF=2").to_owned());
        }
        let parameters = fmtp?.split(';').map(|parameter| {
            let parameter = parameter.trim();
            match parameter.strip_prefix("profile-level-id=") {
                Some(_) => "profile-level-id=42e01f",
                None => parameter,
            }
        });
        Some(parameters.collect::<Vec<_>>().join(";"))
    }
}

impl PlainCodec {
    fn is(self, rtpmap: &str) -> bool {
        let name = rtpmap.split('/').next().unwrap_or_default();
        match self {
            PlainCodec::H264 => name.eq_ignore_ascii_case("H264"),
            PlainCodec::H263 => name.eq_ignore_ascii_case("H263"),
            PlainCodec::H263Plus => ["H263-1998", "H263-2000"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known)),
        }
    }
}

fn sections(description: &str) -> impl Iterator<Item = &str> {
    let starts = description
        .match_indices("m=")
        .filter(|(place, _)| *place == 0 || description.as_bytes()[place - 1] == b'\n')
        .map(|(place, _)| place);
    let mut ends: Vec<usize> = starts.collect();
    ends.push(description.len());
    (1..ends.len()).map(move |number| &description[ends[number - 1]..ends[number]])
}

fn address(section: &str) -> Option<IpAddr> {
    let line = section.lines().find(|line| line.starts_with("c=IN IP"))?;
    line.trim().rsplit(' ').next()?.parse().ok()
}

fn map(section: &str, payload_type: u8) -> Option<String> {
    match attribute(section, &format!("rtpmap:{payload_type} ")) {
        Some(rtpmap) => Some(rtpmap.to_owned()),
        // A static type needs no rtpmap (RFC 3551 §6).
        None => (payload_type == 34).then(|| "H263/90000".to_owned()),
    }
}

fn attribute<'a>(section: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = section.lines();
    lines.find_map(|line| Some(line.strip_prefix("a=")?.strip_prefix(name)?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 0\r\na=inactive\r\n\
        m=video 5000 RTP/AVP 98 34\r\na=rtpmap:98 H264/90000\r\n\
        a=fmtp:98 profile-level-id=42900B;packetization-mode=1\r\na=sendonly\r\n";

    #[test]
    fn an_answer_takes_one_codec_and_refuses_the_other_lines() {
        let video = read_offer(OFFER, Ability::broad(PlainCodec::H264)).unwrap();
        assert_eq!(video.to, SocketAddr::from(([192, 0, 2, 1], 5000)));
        let answer = answer(OFFER, &video, ([192, 0, 2, 9], 6000).into());
        assert!(answer.contains("m=audio 0 RTP/AVP 0\r\n"), "{answer}");
        assert!(answer.contains("m=video 6000 RTP/AVP 98\r\n"), "{answer}");
        assert!(
            answer.contains("profile-level-id=42e01f;packetization-mode=1"),
            "{answer}"
        );
        assert!(answer.ends_with("a=recvonly\r\n"), "{answer}");
    }

    #[test]
    fn static_h263_needs_no_map() {
        let video = read_offer(OFFER, Ability::broad(PlainCodec::H263)).unwrap();
        assert_eq!(video.payload_type, 34);
        let answer = answer(OFFER, &video, ([192, 0, 2, 9], 6000).into());
        assert!(answer.contains("a=fmtp:34 QCIF=2\r\n"), "{answer}");
        let refused = "v=0\r\nm=video 0 RTP/AVP 34\r\n";
        assert!(read_offer(refused, Ability::broad(PlainCodec::H263)).is_err());
    }

    #[test]
    fn a_handset_says_its_bandwidth_and_either_name_of_the_newer_h263() {
        let offer = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 5000 RTP/AVP 97 34\r\n\
            a=rtpmap:97 H263-2000/90000\r\na=fmtp:97 profile=0;level=10\r\n";
        let ability = Ability {
            codec: PlainCodec::H263Plus,
            kilobits: 128,
        };
        let video = read_offer(offer, ability).unwrap();
        let answer = answer(offer, &video, ([192, 0, 2, 9], 6000).into());
        assert!(answer.contains("\r\nb=AS:128\r\n"), "{answer}");
        assert!(
            answer.contains("a=fmtp:97 profile=0;level=10\r\n"),
            "{answer}"
        );
    }
}
