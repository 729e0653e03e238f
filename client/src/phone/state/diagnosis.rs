//! The page that says why something did not work.

use std::sync::Arc;

use super::{Direction, Peer};
use crate::phone::diagnosis::{CallKey, Facts, Verdict, What};

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Diagnosis {
    #[default]
    Shut,
    Open(Arc<Report>),
}

/// What it shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The latest first.
    pub calls: Vec<CallTitle>,
    /// The one that is shown; without one, how one is signed in.
    pub chosen: Option<CallKey>,
    pub verdict: Option<Verdict>,
    pub peer: Option<Peer>,
    pub facts: Facts,
    /// In the order of time.
    pub rows: Vec<Row>,
    /// So many are no longer kept, from the middle.
    pub left_out: usize,
    pub far: FarShown,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CallTitle {
    pub key: CallKey,
    pub peer: Option<Peer>,
    pub direction: Option<Direction>,
    pub verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Since the first.
    pub at_milliseconds: u64,
    pub what: What,
}

/// What a row is about; each has a place of its own beside the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Signalling,
    Path,
    Keys,
    Pictures,
    Figures,
}

impl Lane {
    pub const ALL: [Self; 5] = [
        Self::Signalling,
        Self::Path,
        Self::Keys,
        Self::Pictures,
        Self::Figures,
    ];

    /// The word in `data-lane`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signalling => "signalling",
            Self::Path => "path",
            Self::Keys => "keys",
            Self::Pictures => "pictures",
            Self::Figures => "figures",
        }
    }
}

/// Whether the gateway's packets are at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FarShown {
    #[default]
    NotAsked,
    Asking,
    /// So many headers.
    Here(usize),
    /// It keeps nothing of that call, or not for us.
    Nothing,
    Unreachable,
}

/// What a person does on that page.
#[derive(Clone, Debug, PartialEq)]
pub enum DiagnosisCommand {
    /// Shows the latest call.
    Open,
    Close,
    Choose(CallKey),
    /// Hands the person the signalling and the headers of packets (pcapng).
    SavePackets,
    /// The rest (JSON).
    SaveRest,
}
