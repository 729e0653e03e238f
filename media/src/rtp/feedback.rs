//! RFC 4585 §3.1: what the peer of a leg agreed to be told between its reports.

use super::session::KeyframeRequest;

/// Feedback that both ends of a leg agreed on by `a=rtcp-fb`. [`Feedback::default`] is a leg
/// without any (RTP/AVP).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Feedback {
    /// `nack`: missing packets are named and sent once more (RFC 4585 §6.2.1).
    pub nack: bool,
    /// `nack pli` (RFC 4585 §6.3.1).
    pub pli: bool,
    /// `ccm fir` (RFC 5104 §4.3.1).
    pub fir: bool,
    /// `ccm tmmbr` (RFC 5104 §4.2.1).
    pub tmmbr: bool,
}

impl Feedback {
    /// How the peer can be asked for a keyframe. PLI first: it lets the encoder choose the way to
    /// repair, and is what a receiver that lost a part should send (RFC 5104 §3.5.1).
    pub fn keyframe_request(self) -> Option<KeyframeRequest> {
        match (self.pli, self.fir) {
            (true, _) => Some(KeyframeRequest::Pli),
            (false, true) => Some(KeyframeRequest::Fir),
            (false, false) => None,
        }
    }
}
