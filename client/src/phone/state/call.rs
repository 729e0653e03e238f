//! The voice call that shares go beside.

use super::{Number, Peer};

/// Whether a voice call is up. There is one at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Call {
    #[default]
    None,
    Up(InCall),
}

/// A voice call that is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InCall {
    pub peer: Peer,
    pub stands: Stands,
    pub source: Source,
    /// Since it was first heard of.
    pub seconds: u64,
}

/// How a voice call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stands {
    Connected,
    Held,
    /// More than two talk.
    Conference,
}

/// Who says that there is a call; whoever stands later knows better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The person.
    Said,
    /// The network that carries it.
    Network,
    /// It is a call of this page's own.
    Here,
}

impl Call {
    pub fn up(&self) -> Option<&InCall> {
        match self {
            Self::None => None,
            Self::Up(call) => Some(call),
        }
    }

    /// How the call with that number stands, if that is who one talks to.
    pub fn with(&self, number: &Number) -> Option<Stands> {
        self.up()
            .filter(|call| call.peer.number.as_ref() == Some(number))
            .map(|call| call.stands)
    }

    /// How the call with whoever that is stands. Who hides their number is nobody one talks to.
    pub fn with_peer(&self, peer: &Peer) -> Option<Stands> {
        self.with(peer.number.as_ref()?)
    }
}

impl Stands {
    /// The word in `data-stands`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Held => "held",
            Self::Conference => "conference",
        }
    }

    /// Whether pictures may go beside such a call.
    pub fn bears_shares(self) -> bool {
        match self {
            Self::Connected => true,
            Self::Held | Self::Conference => false,
        }
    }
}

impl Source {
    /// The word in `data-source`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Network => "network",
            Self::Here => "here",
        }
    }
}
