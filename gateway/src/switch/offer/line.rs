//! Which line of a plain peer's description carries the share (RFC 3264 §6): one, the first video that
//! can be bridged (R1.14).

use sip::sdp::{Description, Kind, Media, Protocol};

use super::Reject;
use super::format::{Candidate, candidates, has_known_codec, is_plain};
use super::reason::{Reasons, Why};
use super::web::is_dtls;

/// The line of a description that a share uses or would use, whoever wrote it; `None` when there is no
/// video in use.
pub fn video(description: &Description) -> Option<&Media> {
    let in_use = |media: &&Media| {
        media.kind == Kind::Video && media.port != 0 && (is_plain(media) || is_dtls(media))
    };
    let mut lines = description.media.iter().filter(in_use);
    let first = lines.clone().next();
    lines.find(|media| has_known_codec(media)).or(first)
}

/// The line to bridge and its formats; reasons for this line and for all others.
///
/// # Errors
/// Why there is none.
pub(super) fn chosen<'a>(
    description: &'a Description,
    cap: u32,
    reasons: &mut Reasons,
) -> Result<(usize, Vec<Candidate<'a>>), Reject> {
    let mut taken = None;
    let mut reject = Reject::NoVideo;
    for (line, media) in description.media.iter().enumerate() {
        if media.kind == Kind::Audio && media.port != 0 {
            continue; // audio is decided on by itself
        }
        let read = match usable(media) {
            Err(why) => Err(why),
            Ok(()) if taken.is_some() => Err(Why::AnotherVideo),
            Ok(()) => {
                let found = candidates(description, (line, media), cap, reasons);
                match found.is_empty() {
                    true => Err(Why::NoUsableFormat),
                    false => Ok(found),
                }
            }
        };
        match read {
            Ok(found) => {
                reasons.line(line, media, Why::Taken);
                taken = Some((line, found));
            }
            Err(why) => {
                if media.kind == Kind::Video {
                    reject = worse(reject, &why);
                }
                reasons.line(line, media, why);
            }
        }
    }
    taken.ok_or(reject)
}

/// Whether the share could be in a line.
fn usable(media: &Media) -> Result<(), Why> {
    let protocol = || media.protocol.name().to_owned();
    match (&media.kind, &media.protocol) {
        (_, _) if media.port == 0 => Err(Why::PortZero),
        (Kind::Video, Protocol::RtpAvp | Protocol::RtpAvpf) => Ok(()),
        (Kind::Video, Protocol::Secure(_)) => Err(Why::Secure(protocol())),
        (Kind::Video, Protocol::Other(_)) => Err(Why::OtherTransport(protocol())),
        (kind, _) => Err(Why::NotBridged(kind.clone())),
    }
}

/// What is told of several lines that cannot be used: the one that came nearest.
fn worse(so_far: Reject, why: &Why) -> Reject {
    match (why, so_far) {
        (Why::NoUsableFormat, _) | (_, Reject::NoCommonCodec) => Reject::NoCommonCodec,
        (Why::Secure(protocol) | Why::OtherTransport(protocol), _) => {
            Reject::Transport(protocol.clone())
        }
        (_, so_far) => so_far,
    }
}
