//! A share that the page was in when it went away: offered anew when it is back.
//!
//! The tab itself keeps a note of it, so that it outlives a reload and nothing else; the other side was
//! told that it ended, or waits until its grace is over.

use std::collections::VecDeque;

use super::Effect;
use super::json::Json;
use super::kept::Kept;
use super::state::{Direction, Peer, Unfinished as Shown};

#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    /// Whose share it was.
    owner: String,
    peer: Peer,
    direction: Direction,
    /// Seconds since 1970 when the page was known to be in it.
    at: u64,
}

impl Kept for Note {
    fn write(&self) -> Json {
        Json::object([
            ("owner", self.owner.as_str().into()),
            ("peer", self.peer.write()),
            ("direction", self.direction.write()),
            ("at", self.at.into()),
        ])
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            owner: json.get("owner")?.text()?.to_owned(),
            peer: Peer::read(json.get("peer")?)?,
            direction: Direction::read(json.get("direction")?)?,
            at: json.get("at")?.integer()?,
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct Unfinished {
    /// What the page before this one left.
    left: Option<Note>,
    /// What this one would leave.
    kept: Option<Note>,
    /// It is going: what is over now is over because of that.
    leaving: bool,
}

impl Unfinished {
    /// Reads what the page before this one left; a note that is not one, or old, is none.
    pub(super) fn read(text: Option<&str>, unix_seconds: u64) -> Self {
        let note: Option<Note> = text
            .filter(|text| text.len() <= NOTE_BYTES)
            .and_then(Json::parse)
            .and_then(|note| Note::read(&note));
        let is_fresh = |note: &Note| unix_seconds.saturating_sub(note.at) <= LASTS_SECONDS;
        Self {
            left: note.filter(is_fresh),
            ..Self::default()
        }
    }

    /// What goes on now, with whom.
    pub(super) fn goes_on(
        &mut self,
        what: Option<(&Peer, Direction)>,
        owner: Option<String>,
        unix_seconds: u64,
        effects: &mut VecDeque<Effect>,
    ) {
        let same = match (&self.kept, what) {
            (None, None) => true,
            (Some(kept), Some((peer, direction))) => {
                kept.peer == *peer && kept.direction == direction
            }
            (None, Some(_)) | (Some(_), None) => false,
        };
        if same || self.leaving {
            return;
        }
        let owner = owner.unwrap_or_default();
        self.kept = what.map(|(peer, direction)| Note {
            owner,
            peer: peer.clone(),
            direction,
            at: unix_seconds,
        });
        self.left = None;
        self.keep(effects);
    }

    /// The page goes away now.
    pub(super) fn leaves(&mut self, unix_seconds: u64, effects: &mut VecDeque<Effect>) {
        self.leaving = true;
        if let Some(kept) = &mut self.kept {
            kept.at = unix_seconds;
            self.keep(effects);
        }
    }

    /// It did not go after all, or is back as it was.
    pub(super) fn stays(&mut self) {
        if std::mem::take(&mut self.leaving) {
            self.left = self.kept.take();
        }
    }

    /// The person has read it, or does something else.
    pub(super) fn forget(&mut self, effects: &mut VecDeque<Effect>) {
        if self.left.take().is_some() {
            self.keep(effects);
        }
    }

    /// What to offer to whoever is signed in.
    pub(super) fn show(&self, owner: Option<&str>) -> Option<Shown> {
        let left = self.left.as_ref();
        let left = left.filter(|left| Some(left.owner.as_str()) == owner)?;
        Some(Shown {
            peer: left.peer.clone(),
            direction: left.direction,
        })
    }

    fn keep(&self, effects: &mut VecDeque<Effect>) {
        let note = self.kept.as_ref();
        effects.push_back(Effect::KeepUnfinished(
            note.map(|note| note.write().to_string()),
        ));
    }
}

/// Whoever comes back later has forgotten it too.
const LASTS_SECONDS: u64 = 3600;
/// A name, a number and an address, each of a few hundred letters.
const NOTE_BYTES: usize = 4096;
