//! Feedback of plain lines: RTP/AVPF and `a=rtcp-fb` (RFC 4585 §4, RFC 5104 §7.1).

use sip::sdp::{Attribute, FeedbackKind, Media, Protocol, RtcpFeedback};

use super::reason::{Reasons, Why};
use crate::bridge::ims_leg::Feedback;

/// What is answered of an offer's feedback for a payload type: what the gateway does of it, for that
/// payload type alone. RTP/AVP has none, whatever its lines say.
pub(super) fn answered(
    (line, media): (usize, &Media),
    payload_type: u8,
    reasons: &mut Reasons,
) -> Vec<RtcpFeedback> {
    let is_offered = media.feedback().next().is_some();
    if media.protocol != Protocol::RtpAvpf {
        if is_offered {
            reasons.line(line, media, Why::FeedbackWithoutProfile);
        }
        return Vec::new();
    }
    let mut answered: Vec<RtcpFeedback> = Vec::new();
    for offered in media.feedback() {
        let is_ours = match &offered.kind {
            FeedbackKind::Nack
            | FeedbackKind::PictureLoss
            | FeedbackKind::FullIntra
            | FeedbackKind::TemporaryRate => true,
            FeedbackKind::Other(_) => false,
        };
        let is_new = answered.iter().all(|known| known.kind != offered.kind);
        if offered.covers(payload_type) && is_ours && is_new {
            let line_text = RtcpFeedback {
                payload_type: Some(payload_type),
                kind: offered.kind,
            };
            let why = Why::Feedback(format!("a=rtcp-fb:{line_text}"));
            reasons.line(line, media, why);
            answered.push(line_text);
        }
    }
    answered
}

/// What the leg does of it.
pub(super) fn agreed(answered: &[RtcpFeedback]) -> Feedback {
    let mut feedback = Feedback::default();
    for line in answered {
        match line.kind {
            FeedbackKind::Nack => feedback.nack = true,
            FeedbackKind::PictureLoss => feedback.pli = true,
            FeedbackKind::FullIntra => feedback.fir = true,
            FeedbackKind::TemporaryRate => feedback.tmmbr = true,
            FeedbackKind::Other(_) => {}
        }
    }
    feedback
}

pub(super) fn attributes(answered: &[RtcpFeedback]) -> impl Iterator<Item = Attribute> {
    answered
        .iter()
        .map(|feedback| Attribute::new("rtcp-fb", feedback))
}
