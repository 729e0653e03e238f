//! What happens to a page in its browser, beside what two people do.

use super::{Direction, Peer};

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Life {
    /// The gateway takes longer to let us in than a person expects.
    pub slow: bool,
    /// The open camera gives no pictures for now: another program has it, or its own switch is off.
    pub camera_dark: bool,
    /// Other tabs of the same person.
    pub tabs: Tabs,
    /// What went on when the page was loaded anew.
    pub unfinished: Option<Unfinished>,
}

/// Which tab the person is signed in in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tabs {
    /// No other one, as far as is known.
    #[default]
    Alone,
    Elsewhere(Elsewhere),
    /// This one was, until another took over.
    Taken,
}

/// Another tab that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The name that was signed in with.
    pub name: String,
    /// Whom it shares with now.
    pub with: Option<String>,
    /// The person has signed in here too, and may have it here.
    pub may_take_over: bool,
}

impl Tabs {
    pub(crate) fn elsewhere(name: String, with: Option<String>, may_take_over: bool) -> Self {
        Self::Elsewhere(Elsewhere {
            name,
            with,
            may_take_over,
        })
    }
}

/// A share that was going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    pub peer: Peer,
    pub direction: Direction,
}
