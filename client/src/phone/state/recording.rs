//! What is recorded, and who knows of it.

use super::Direction;

/// Both sides' recording of what goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    pub ours: OurRecording,
    /// Somebody at the other end records.
    pub theirs: bool,
    /// What became of the one before.
    pub note: RecordingNote,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OurRecording {
    #[default]
    Off,
    /// They are being told, and nothing is recorded yet.
    Telling,
    /// They cannot be told: the person is asked.
    Asking,
    /// The browser begins.
    Starting(Direction),
    On {
        of: Direction,
        seconds: u64,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordingNote {
    #[default]
    None,
    Saved,
    Failed,
}

/// What a person does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingCommand {
    /// What the page shows large, once those who are seen or see it were told.
    Start,
    /// Though they cannot be told.
    Anyway,
    /// Ends it, or takes the wish back.
    Stop,
}

impl OurRecording {
    /// The word in `data-recording`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Telling => "telling",
            Self::Asking => "asking",
            Self::Starting(_) => "starting",
            Self::On { .. } => "on",
        }
    }

    pub fn is_off(self) -> bool {
        match self {
            Self::Off => true,
            Self::Telling | Self::Asking | Self::Starting(_) | Self::On { .. } => false,
        }
    }
}

impl RecordingNote {
    /// The word in `data-note`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Saved => "saved",
            Self::Failed => "failed",
        }
    }
}
