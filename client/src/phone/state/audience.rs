//! Who else sees what one shows.

use super::Peer;

/// Who was asked to watch, and how it stands with each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Others may be asked to watch what one shows now.
    pub may_grow: bool,
    /// In the order in which they were asked.
    pub watchers: Vec<Watcher>,
    /// What was typed is neither a number nor an address.
    pub typed_wrong: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watcher {
    pub peer: Peer,
    pub standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Asked,
    Rings,
    Watches,
    Left,
    /// By whoever shows.
    Removed,
    Declined,
    Busy,
    NoAnswer,
    NotFound,
    CannotWatch,
    /// As many watch as may.
    Full,
    Failed,
}

impl Standing {
    /// The word in `data-standing`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Rings => "rings",
            Self::Watches => "watches",
            Self::Left => "left",
            Self::Removed => "removed",
            Self::Declined => "declined",
            Self::Busy => "busy",
            Self::NoAnswer => "no-answer",
            Self::NotFound => "not-found",
            Self::CannotWatch => "cannot-watch",
            Self::Full => "full",
            Self::Failed => "failed",
        }
    }

    /// Whether they watch, or may yet.
    pub fn is_active(self) -> bool {
        match self {
            Self::Asked | Self::Rings | Self::Watches => true,
            Self::Left
            | Self::Removed
            | Self::Declined
            | Self::Busy
            | Self::NoAnswer
            | Self::NotFound
            | Self::CannotWatch
            | Self::Full
            | Self::Failed => false,
        }
    }
}

/// What a person does about those who watch.
#[derive(Clone, Debug, PartialEq)]
pub enum AudienceCommand {
    /// They are to see it too.
    Ask(Peer),
    /// The same of a number or an address as it was typed.
    AskTyped(String),
    /// They are to see no more.
    Remove(Peer),
}

impl Audience {
    pub fn watching(&self) -> usize {
        let watching = |of: &&Watcher| of.standing == Standing::Watches;
        self.watchers.iter().filter(watching).count()
    }

    /// Whether that one watches or is asked.
    pub fn has(&self, peer: &Peer) -> bool {
        let mut active = self.watchers.iter().filter(|of| of.standing.is_active());
        active.any(|of| of.peer.is_reached_like(peer))
    }
}
