//! Cards as telephones and mail programs exchange them: RFC 6350 (vCard 4.0), RFC 2426 (3.0), and
//! what is still around of 2.1. Only what leads to a telephone is read: a name, numbers, SIP
//! addresses.

mod line;
mod read;
#[cfg(test)]
mod tests;
mod write;

use crate::phone::state::{SkippedWhy, Way};

pub use read::read;
pub use write::write;

/// A card as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw {
    /// Empty if it says none.
    pub name: String,
    /// Numbers and SIP addresses, the preferred one first.
    pub ways: Vec<String>,
    /// One of ours says so.
    pub favourite: bool,
}

/// A card whose numbers were understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub name: String,
    pub ways: Vec<Way>,
    pub favourite: bool,
}

/// A card that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub name: Option<String>,
    pub why: SkippedWhy,
}

/// A file of two thousand people with their pictures; larger ones are no address book.
pub const FILE_BYTES: usize = 64 << 20;
/// Cards beyond these are not looked at.
const CARDS: usize = 5000;
/// A longer line is a picture or a key; what is of use to us is shorter.
const LINE_BYTES: usize = 4096;
/// More ways than are kept: some of them may be no use here.
const WAYS_READ: usize = 32;
/// Ours, for what RFC 6350 has no word for.
const FAVOURITE: &str = "X-SIDECAM-FAVOURITE";
