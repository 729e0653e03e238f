//! RFC 4575 §4.6, §5.3: what a subscriber knows of a conference, document by document.

use super::{Conference, Extent, MOST_USERS, User};

/// Who is in it, in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    version: Option<u32>,
    users: Vec<User>,
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Applied,
    /// It was overtaken by a later one.
    Old,
    /// One before it is missing: the whole is to be asked for anew.
    Gap,
}

impl Roster {
    pub fn users(&self) -> &[User] {
        &self.users
    }

    pub fn take(&mut self, document: Conference) -> Taken {
        let known = self.version;
        let is_old = |known: u32| document.version <= known;
        match (document.extent, known) {
            (_, Some(known)) if is_old(known) => return Taken::Old,
            (Extent::Full, _) => self.users.clear(),
            (Extent::Deleted, _) => {
                self.users.clear();
                self.version = Some(document.version);
                return Taken::Applied;
            }
            (Extent::Partial, Some(known)) if document.version == known.wrapping_add(1) => {}
            (Extent::Partial, Some(_) | None) => return Taken::Gap,
        }
        self.version = Some(document.version);
        for user in document.users {
            let mut known = self.users.iter();
            match known.position(|known| known.entity == user.entity) {
                Some(at) => self.users[at] = user,
                None if self.users.len() < MOST_USERS => self.users.push(user),
                None => {}
            }
        }
        Taken::Applied
    }
}
