//! `b=` lines of our descriptions (RFC 8866 §5.8, RFC 3890, RFC 3556).

use sip::sdp::{Bandwidth, Description, Media};

use super::reason::{Reasons, Why};

/// The lines of an answer: those of the session, and those of the media.
pub(super) struct Answered {
    pub(super) session: Vec<Bandwidth>,
    pub(super) media: Vec<Bandwidth>,
}

/// `b=AS` for an encoder's rate: a third more, as Nokia's 85 for 64 (R1.12).
pub(super) fn as_line(bits_per_second: u32) -> Bandwidth {
    Bandwidth::ApplicationSpecific {
        kilobits_per_second: with_headers(bits_per_second),
    }
}

fn with_headers(bits_per_second: u32) -> u64 {
    u64::from(bits_per_second) * 4 / 3 / 1000
}

/// The rate of an offer of ours: with headers for networks that go by it, and exactly.
pub fn offered(bits_per_second: u32) -> Vec<Bandwidth> {
    let exact = Bandwidth::TransportIndependent {
        bits_per_second: u64::from(bits_per_second),
    };
    vec![as_line(bits_per_second), exact]
}

/// Answers at the level where the offer has its rate, at the media's when it has none (R1.13): the
/// offer's own, but no more than `cap`. The bandwidth of RTCP goes back as it came.
pub(super) fn answered(
    offer: &Description,
    (line, media): (usize, &Media),
    limit_bits_per_second: u32,
    cap: u32,
    reasons: &mut Reasons,
) -> Answered {
    let mirror = |lines: &[Bandwidth]| -> Vec<Bandwidth> {
        lines
            .iter()
            .filter_map(|line| mirrored(line, cap))
            .collect()
    };
    let mut answered = Answered {
        session: Vec::new(),
        media: mirror(&media.bandwidth),
    };
    let has_rate = |lines: &[Bandwidth]| lines.iter().any(is_rate);
    if !has_rate(&answered.media) {
        answered.session = mirror(&offer.bandwidth);
    }
    let is_mirrored = has_rate(&answered.media) || has_rate(&answered.session);
    if !is_mirrored {
        answered.media.push(as_line(limit_bits_per_second));
    }
    for (lines, at_session) in [(&answered.session, true), (&answered.media, false)] {
        for said in lines {
            let why = match is_rate(said) {
                true => Why::Bandwidth {
                    line: text(said),
                    at_session,
                    mirrored: is_mirrored,
                },
                false => Why::RtcpBandwidth(text(said)),
            };
            reasons.line(line, media, why);
        }
    }
    answered
}

pub(super) fn text(line: &Bandwidth) -> String {
    match line {
        Bandwidth::ApplicationSpecific {
            kilobits_per_second,
        } => format!("b=AS:{kilobits_per_second}"),
        Bandwidth::TransportIndependent { bits_per_second } => format!("b=TIAS:{bits_per_second}"),
        Bandwidth::Other { kind, value } => format!("b={kind}:{value}"),
    }
}

fn is_rate(line: &Bandwidth) -> bool {
    match line {
        Bandwidth::ApplicationSpecific { .. } | Bandwidth::TransportIndependent { .. } => true,
        Bandwidth::Other { .. } => false,
    }
}

/// What goes back for a line; `None` for kinds that are not known.
fn mirrored(line: &Bandwidth, cap: u32) -> Option<Bandwidth> {
    match line {
        Bandwidth::ApplicationSpecific {
            kilobits_per_second,
        } => Some(Bandwidth::ApplicationSpecific {
            kilobits_per_second: with_headers(cap).min(*kilobits_per_second),
        }),
        Bandwidth::TransportIndependent { bits_per_second } => {
            Some(Bandwidth::TransportIndependent {
                bits_per_second: u64::from(cap).min(*bits_per_second),
            })
        }
        Bandwidth::Other { kind, .. } if kind == "RS" || kind == "RR" => Some(line.clone()),
        Bandwidth::Other { .. } => None,
    }
}
