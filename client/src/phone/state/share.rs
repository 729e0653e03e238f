//! What goes on between two people, and how it ended.

use super::{Peer, Quality};
use crate::phone::diagnosis::CallKey;

/// What is going on between two people. There is one at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Share {
    #[default]
    None,
    Sending(Sending),
    /// Somebody asks us to watch.
    Asked(Peer),
    Watching(Watching),
    Ended(Ended),
}

impl Share {
    /// Whether one's own camera is on its way to somebody.
    pub fn is_live_out(&self) -> bool {
        self.sending()
            .is_some_and(|sending| sending.phase == SendPhase::Live)
    }

    /// Who is at the other end.
    pub fn peer(&self) -> Option<&Peer> {
        match self {
            Self::None => None,
            Self::Sending(sending) => Some(&sending.peer),
            Self::Asked(peer) => Some(peer),
            Self::Watching(watching) => Some(&watching.peer),
            Self::Ended(ended) => Some(&ended.peer),
        }
    }

    pub fn link(&self) -> Link {
        match self {
            Self::Sending(sending) => sending.link,
            Self::Watching(watching) => watching.link,
            Self::None | Self::Asked(_) | Self::Ended(_) => Link::Up,
        }
    }

    pub fn flow(&self) -> Flow {
        match self {
            Self::Sending(sending) => sending.flow,
            Self::Watching(watching) => watching.flow,
            Self::None | Self::Asked(_) | Self::Ended(_) => Flow::Running,
        }
    }

    /// Whether somebody else has taken the place of whoever it began with.
    pub fn is_moved(&self) -> bool {
        match self {
            Self::Sending(sending) => sending.moved,
            Self::Watching(watching) => watching.moved,
            Self::None | Self::Asked(_) | Self::Ended(_) => false,
        }
    }

    pub fn sending(&self) -> Option<&Sending> {
        match self {
            Self::Sending(sending) => Some(sending),
            Self::None | Self::Asked(_) | Self::Watching(_) | Self::Ended(_) => None,
        }
    }

    pub fn watching(&self) -> Option<&Watching> {
        match self {
            Self::Watching(watching) => Some(watching),
            Self::None | Self::Asked(_) | Self::Sending(_) | Self::Ended(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sending {
    pub peer: Peer,
    pub phase: SendPhase,
    /// Since the answer.
    pub seconds: u64,
    pub quality: Option<Quality>,
    pub link: Link,
    pub flow: Flow,
    /// Somebody else has taken the place of whoever it began with.
    pub moved: bool,
}

impl Sending {
    /// Of which nothing more is known yet.
    pub fn new(peer: Peer, phase: SendPhase) -> Self {
        Self {
            peer,
            phase,
            seconds: 0,
            quality: None,
            link: Link::default(),
            flow: Flow::default(),
            moved: false,
        }
    }
}

/// Whether the share's own connections stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    #[default]
    Up,
    /// One of them broke, and is being made anew; pictures may go on meanwhile.
    Reconnecting,
}

impl Link {
    /// The word in `data-link`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Reconnecting => "reconnecting",
        }
    }
}

/// Whether both sides let pictures pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    #[default]
    Running,
    /// They put it on hold.
    PausedByThem,
}

impl Flow {
    /// The word in `data-flow`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::PausedByThem => "paused",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendPhase {
    /// Asking the other phone.
    Calling,
    Ringing,
    /// Answered: pictures are on their way.
    Live,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Watching {
    pub peer: Peer,
    pub phase: WatchPhase,
    /// Since we accepted.
    pub seconds: u64,
    pub quality: Option<Quality>,
    pub link: Link,
    pub flow: Flow,
    /// Somebody else has taken the place of whoever it began with.
    pub moved: bool,
}

impl Watching {
    /// Of which nothing more is known yet.
    pub fn new(peer: Peer, phase: WatchPhase) -> Self {
        Self {
            peer,
            phase,
            seconds: 0,
            quality: None,
            link: Link::default(),
            flow: Flow::default(),
            moved: false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchPhase {
    /// Accepted; no picture was decoded yet.
    Waiting,
    Live,
    /// No picture for some seconds.
    Frozen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub peer: Peer,
    pub direction: Direction,
    pub cause: Cause,
    /// How long pictures went over; none if it never came to that.
    pub seconds: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// They saw us.
    Out,
    /// We saw them.
    In,
}

/// Why it ended, as a person thinks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    EndedByMe,
    EndedByThem,
    Declined,
    Busy,
    NoAnswer,
    NotFound,
    /// There is such a number, but no phone of theirs is reachable now.
    Unavailable,
    CannotWatch,
    Lost,
    /// They gave up before we answered.
    Cancelled,
    /// Another device of ours answered.
    AnsweredElsewhere,
    /// The voice call that it went beside is over.
    CallEnded,
    /// The voice call is on hold.
    CallHeld,
    /// Others joined the voice call.
    Conference,
    Failed,
}

impl Cause {
    /// Whether it is as somebody wanted it, or as a voice call has it: nothing went wrong.
    pub fn is_calm(self) -> bool {
        match self {
            Self::EndedByMe
            | Self::EndedByThem
            | Self::Cancelled
            | Self::AnsweredElsewhere
            | Self::CallEnded
            | Self::CallHeld
            | Self::Conference => true,
            Self::Declined
            | Self::Busy
            | Self::NoAnswer
            | Self::NotFound
            | Self::Unavailable
            | Self::CannotWatch
            | Self::Lost
            | Self::Failed => false,
        }
    }

    /// The word in `data-cause`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EndedByMe => "ended-by-me",
            Self::EndedByThem => "ended-by-them",
            Self::Declined => "declined",
            Self::Busy => "busy",
            // One word for both; the text tells them apart.
            Self::NoAnswer | Self::Unavailable => "no-answer",
            Self::NotFound => "not-found",
            Self::CannotWatch => "cannot-watch",
            Self::Lost => "lost",
            Self::Cancelled => "cancelled",
            Self::AnsweredElsewhere => "answered-elsewhere",
            Self::CallEnded => "call-ended",
            Self::CallHeld => "call-held",
            Self::Conference => "conference",
            Self::Failed => "failed",
        }
    }
}

/// One line of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub peer: Peer,
    pub direction: Direction,
    pub outcome: Outcome,
    /// When it ended, in seconds since 1970; the history writes it down.
    pub at: Option<u64>,
    /// Why pictures that went over ended.
    pub ended: Option<Cause>,
    /// What was seen of it, as long as that is kept; never longer than the page is open.
    pub call: Option<CallKey>,
}

impl Past {
    /// Whether it went otherwise than anybody wanted. What nobody here answered is no riddle.
    pub fn ended_badly(&self) -> bool {
        match self.outcome {
            Outcome::Shown { .. } => self.ended.is_some_and(|cause| !cause.is_calm()),
            Outcome::NotShown(Cause::NoAnswer) => self.direction == Direction::Out,
            Outcome::NotShown(cause) => !cause.is_calm(),
            Outcome::NotNow => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Pictures went over for this many seconds.
    Shown { seconds: u64 },
    /// It never came to pictures.
    NotShown(Cause),
    /// They asked; we said not now.
    NotNow,
}
