//! RFC 4575 §5: who is in a conference, as XML.
//!
//! A focus writes one document for each change; [`Roster`] is what a subscriber keeps of them.

mod read;
mod roster;
mod xml;

pub use roster::{Roster, Taken};

use thiserror::Error;

/// The event package.
pub const PACKAGE: &str = "conference";
pub const CONTENT_TYPE: &str = "application/conference-info+xml";

/// People of one document, and of a roster: more than a focus of ours has places, and few enough to
/// look at each. What comes beyond is left out.
pub const MOST_USERS: usize = 128;

/// Characters of an address, a name or a reason; longer ones are cut.
pub const MOST_CHARACTERS: usize = 256;

/// A document of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conference {
    /// The conference's address.
    pub entity: String,
    /// Rises by one with each document of a subscription.
    pub version: u32,
    pub extent: Extent,
    pub users: Vec<User>,
}

/// What a document says of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Full,
    /// Whoever is not in it is as before.
    Partial,
    /// The conference is over.
    Deleted,
}

/// One person, with one device: the one that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their address.
    pub entity: String,
    pub name: Option<String>,
    pub status: Status,
    /// How they left, if they did.
    pub left: Option<Left>,
    /// Why, in the words of RFC 3326.
    pub reason: Option<String>,
}

/// RFC 4575 §5.7.3 (`status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    DialingOut,
    DialingIn,
    Alerting,
    OnHold,
    Connected,
    MutedViaFocus,
    Pending,
    Disconnecting,
    Disconnected,
}

/// RFC 4575 §5.7.5 (`disconnection-method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    Departed,
    Booted,
    Failed,
    Busy,
}

/// It is no document of this package.
#[derive(Debug, Error)]
pub enum NotUnderstood {
    #[error("not text: {0}")]
    Text(#[from] std::str::Utf8Error),
    #[error("not XML of this kind: {0}")]
    Xml(#[from] quick_xml::Error),
    #[error("it ends too early")]
    Cut,
    #[error("an entity without its name")]
    Nameless,
    #[error("{0:?} is no state")]
    State(String),
}

impl Conference {
    pub fn to_bytes(&self) -> Vec<u8> {
        xml::write(self)
    }

    /// Reads a document. Elements that it does not know are passed over.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(bytes: &[u8]) -> Result<Conference, NotUnderstood> {
        read::read(std::str::from_utf8(bytes)?)
    }
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::DialingOut => "dialing-out",
            Status::DialingIn => "dialing-in",
            Status::Alerting => "alerting",
            Status::OnHold => "on-hold",
            Status::Connected => "connected",
            Status::MutedViaFocus => "muted-via-focus",
            Status::Pending => "pending",
            Status::Disconnecting => "disconnecting",
            Status::Disconnected => "disconnected",
        }
    }

    const ALL: [Status; 9] = [
        Status::DialingOut,
        Status::DialingIn,
        Status::Alerting,
        Status::OnHold,
        Status::Connected,
        Status::MutedViaFocus,
        Status::Pending,
        Status::Disconnecting,
        Status::Disconnected,
    ];

    fn read(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.name() == name)
    }
}

impl Left {
    pub fn name(self) -> &'static str {
        match self {
            Left::Departed => "departed",
            Left::Booted => "booted",
            Left::Failed => "failed",
            Left::Busy => "busy",
        }
    }

    fn read(name: &str) -> Option<Left> {
        let all = [Left::Departed, Left::Booted, Left::Failed, Left::Busy];
        all.into_iter().find(|left| left.name() == name)
    }
}

impl Extent {
    fn name(self) -> &'static str {
        match self {
            Extent::Full => "full",
            Extent::Partial => "partial",
            Extent::Deleted => "deleted",
        }
    }

    fn read(name: &str) -> Option<Extent> {
        let all = [Extent::Full, Extent::Partial, Extent::Deleted];
        all.into_iter().find(|extent| extent.name() == name)
    }
}
