//! A voice call of this page's own.

use super::{CameraProblem, Cause, Direction, Link, Peer};

/// The voice call that the page itself makes or is asked to take. There is one at a time, beside
/// whatever is shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Voice {
    #[default]
    None,
    /// Somebody calls.
    Asked(VoiceAsked),
    Up(Talk),
    Ended(TalkEnded),
}

impl Voice {
    pub fn talk(&self) -> Option<&Talk> {
        match self {
            Self::Up(talk) => Some(talk),
            Self::None | Self::Asked(_) | Self::Ended(_) => None,
        }
    }

    /// The word in `data-voice`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Asked(_) => "asked",
            Self::Up(talk) => talk.phase.name(),
            Self::Ended(_) => "ended",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceAsked {
    pub peer: Peer,
    /// Why answering did not work; the call rings on.
    pub problem: Option<MicrophoneProblem>,
}

/// The same things go wrong with a microphone as with a camera.
pub type MicrophoneProblem = CameraProblem;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Talk {
    pub peer: Peer,
    pub phase: TalkPhase,
    /// Since the answer.
    pub seconds: u64,
    pub link: Link,
    pub muted: bool,
    pub held: Held,
    /// The microphone went away: they hear nothing.
    pub microphone_gone: bool,
    /// The browser wants a press before it lets them be heard.
    pub silenced: bool,
}

/// Who has put the call on hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub by_me: bool,
    pub by_them: bool,
}

impl Held {
    pub fn is_any(self) -> bool {
        self.by_me || self.by_them
    }

    /// The word in `data-held`.
    pub fn name(self) -> &'static str {
        match (self.by_me, self.by_them) {
            (false, false) => "no",
            (true, false) => "by-me",
            (false, true) => "by-them",
            (true, true) => "by-both",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TalkPhase {
    /// The browser opens the microphone, perhaps after asking.
    Opening,
    /// Asking the other phone.
    Calling,
    Ringing,
    Connected,
}

impl TalkPhase {
    pub fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Calling => "calling",
            Self::Ringing => "ringing",
            Self::Connected => "connected",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TalkEnded {
    pub peer: Peer,
    pub direction: Direction,
    pub why: TalkEnd,
    /// How long it lasted; none if nobody answered.
    pub seconds: Option<u64>,
}

/// Why a call ended, or never began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TalkEnd {
    Cause(Cause),
    NoMicrophone(MicrophoneProblem),
}

impl TalkEnd {
    /// The word in `data-cause`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cause(cause) => cause.name(),
            Self::NoMicrophone(_) => "no-microphone",
        }
    }
}

/// What a person does with their voice call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceCommand {
    /// Calls the person that is chosen.
    Call,
    Answer,
    NotNow,
    HangUp,
    Mute,
    Unmute,
    Hold,
    Resume,
    Press(Key),
    /// Lets them be heard after all.
    Listen,
    /// Reads how it ended and goes on.
    Dismiss,
}

/// A key of a telephone (RFC 4733 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(char);

impl Key {
    pub const ALL: [Key; 12] = [
        Key('1'),
        Key('2'),
        Key('3'),
        Key('4'),
        Key('5'),
        Key('6'),
        Key('7'),
        Key('8'),
        Key('9'),
        Key('*'),
        Key('0'),
        Key('#'),
    ];

    pub fn of(sign: char) -> Option<Key> {
        Self::ALL.into_iter().find(|key| key.0 == sign)
    }

    pub fn sign(self) -> char {
        self.0
    }
}
