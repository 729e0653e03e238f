//! What a test wants done by the browser, and what the browser says of it.

use crate::phone::PeerEvent;
use crate::phone::diagnosis::Figures;
use crate::phone::state::{CameraProblem, TrialSource};

/// One test, as the edges know it. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialId(pub u64);

/// The gateway's answer to a question: its status and, of a good one, the text. `None` where nobody
/// answered.
pub type TrialAnswer = Option<(u16, Option<String>)>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrialAct {
    /// Make pictures of that.
    Open(TrialSource),
    /// Have the gateway's test phone wait for us.
    Ask { token: String },
    /// Make an offer of those pictures, that wants some back.
    Offer,
    /// Take the answer to it.
    Apply(String),
    /// Ask what the test phone saw, and the browser for its figures.
    Look { path: String, token: String },
    /// All of it goes; the test phone too, where there is one.
    Close { path: Option<String>, token: String },
}

#[derive(Clone, Debug)]
pub enum TrialEvent {
    /// There are pictures.
    Opened,
    NoSource(CameraProblem),
    Asked(TrialAnswer),
    Peer(PeerEvent),
    /// Packets find a way, whether they are encrypted or not.
    Reached,
    Looked {
        answer: TrialAnswer,
        figures: Option<Box<Figures>>,
    },
}
