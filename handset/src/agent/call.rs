//! RFC 3261 §12: the one call of the handset and its dialog.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{
    audio::AudioAgreement,
    offer::Agreement,
    sip::{
        message::Message,
        text,
        transaction::{ClientKey, ServerKey},
    },
};

/// How long a call rings before the caller gives up, or the called phone does.
pub(super) const RINGING: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    Incoming,
    Outgoing,
}

/// As the page and the API name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Somebody calls us.
    Ringing,
    /// We call somebody.
    Calling,
    Active,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    Us,
    Peer,
    Timeout,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct End {
    pub by: EndedBy,
    /// The final response, or 200 when a call that was up ended.
    pub status: Option<u16>,
    /// The reason phrase of a refusal, or the Reason header of a BYE or CANCEL.
    pub reason: Option<String>,
}

/// The call as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallView {
    pub id: u64,
    pub direction: Direction,
    pub peer: String,
    pub stage: Stage,
    /// When the stage began.
    pub since: Instant,
}

/// What a call was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Share,
    Voice,
}

/// What a call carries.
#[derive(Debug, Clone)]
pub(super) enum Agreed {
    Share(Agreement),
    /// Sound alone; whether the peer hears us.
    Voice(AudioAgreement, bool),
}

pub(super) struct Call {
    pub(super) id: u64,
    pub(super) direction: Direction,
    pub(super) peer: String,
    pub(super) since: Instant,
    pub(super) state: State,
    pub(super) call_id: String,
    pub(super) local_tag: String,
    /// Our From or To, tag included, as requests of ours write it.
    pub(super) local: String,
    /// The peer's, with its tag once it has one.
    pub(super) remote: String,
    /// Where requests inside the dialog go: the peer's Contact.
    pub(super) target: String,
    pub(super) routes: Vec<String>,
    /// Where the dialog's messages come from: the way out where no Route is literal.
    pub(super) hop: SocketAddr,
    /// CSeq of our last request.
    pub(super) number: u32,
    /// CSeq of our INVITE, which its ACK has too.
    pub(super) invite_number: u32,
    /// CSeq of the peer's last request.
    pub(super) peer_number: Option<u32>,
    pub(super) purpose: Purpose,
    pub(super) agreement: Option<Agreed>,
    /// Our ACK, to be sent again when the 2xx comes again.
    pub(super) ack: Option<(SocketAddr, Vec<u8>)>,
}

pub(super) enum State {
    /// Our INVITE is out.
    Calling {
        key: ClientKey,
        invite: Box<Message>,
        challenges: u8,
        /// A CANCEL must wait for a provisional response (RFC 3261 §9.1).
        provisional: bool,
        cancelled: Option<Cancelled>,
        gives_up: Instant,
        /// The tag and RSeq of the 1xx that was acknowledged last.
        acknowledged: Option<(String, u32)>,
    },
    /// A peer's INVITE waits for a person.
    Ringing {
        key: ServerKey,
        invite: Box<Message>,
        answer: String,
        gives_up: Instant,
        /// A 180 that waits for its PRACK.
        reliable: Option<Box<Reliable>>,
    },
    /// Our 2xx waits for its ACK.
    Accepted { key: ServerKey },
    /// A call of ours, or one whose ACK came.
    Active,
}

/// A reliable 180 (RFC 3262 §3): said again until its PRACK comes.
pub(super) struct Reliable {
    pub(super) rseq: u32,
    pub(super) response: Message,
    pub(super) repeat_at: Instant,
    pub(super) interval: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cancelled {
    pub(super) by: EndedBy,
    pub(super) sent: bool,
}

impl Call {
    pub(super) fn is_voice(&self) -> bool {
        self.purpose == Purpose::Voice
    }

    pub(super) fn is_waiting_for(&self, wanted: ClientKey) -> bool {
        matches!(self.state, State::Calling { key, .. } if key == wanted)
    }

    pub(super) fn view(&self) -> CallView {
        let stage = match self.state {
            State::Calling { .. } => Stage::Calling,
            State::Ringing { .. } => Stage::Ringing,
            State::Accepted { .. } | State::Active => Stage::Active,
        };
        CallView {
            id: self.id,
            direction: self.direction,
            peer: self.peer.clone(),
            stage,
            since: self.since,
        }
    }

    /// When something is due while nobody has answered.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.state {
            State::Calling { gives_up, .. } => Some(gives_up),
            State::Ringing {
                gives_up,
                ref reliable,
                ..
            } => {
                let repeat = reliable.as_ref().map(|of| of.repeat_at);
                Some(repeat.map_or(gives_up, |at| gives_up.min(at)))
            }
            State::Accepted { .. } | State::Active => None,
        }
    }

    /// Whether a request belongs to this call's dialog (RFC 3261 §12.2.2).
    pub(super) fn owns(&self, request: &Message) -> bool {
        request.call_id == self.call_id
            && request.tag_of_to() == Some(self.local_tag.as_str())
            && request.tag_of_from() == text::parameter(&self.remote, "tag")
    }

    /// Whether the request is newer than the peer's last; notes it when so.
    pub(super) fn in_order(&mut self, number: u32) -> bool {
        let newer = self.peer_number.is_none_or(|last| number > last);
        if newer {
            self.peer_number = Some(number);
        }
        newer
    }
}
