//! What is kept of one call.

use std::sync::Arc;

use sip::time::Duration;

use super::facts::Facts;
use super::far::FarPackets;
use super::kept::Kept;
use super::message::Message;
use super::verdict::Verdict;
use super::{Figures, Keys, Path, Seen, Way, redact};
use crate::phone::order::sort_by_key;
use crate::phone::share::ShareId;
use crate::phone::state::{CallTitle, Cause, Lane, Peer, Row};

/// Names a call of the journal. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallKey(pub u32);

/// One thing that was seen.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Since the journal began.
    pub(super) at: Duration,
    pub(super) what: What,
    /// A message without its secrets.
    pub(super) text: Option<String>,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    LineOpened,
    LineClosed,
    /// A message, by its line in the ladder.
    Message(Way, Arc<str>),
    Path(Path),
    Keys(Keys),
    /// The browser could not use their answer.
    NotApplied,
    NotChanged,
    /// A new way for the pictures is looked for.
    Restarted,
    /// Their pictures have a place to be shown.
    Track,
    /// The first picture went out, or was decoded.
    FirstPicture(Way),
    /// No picture for two seconds.
    PicturesStopped(Way),
    Figures(Box<Figures>),
    /// The gateway's first packet with pictures or sound to or from the other phone.
    FarFirst(Way),
    Ended(Cause),
}

impl What {
    pub fn lane(&self) -> Lane {
        match self {
            Self::LineOpened
            | Self::LineClosed
            | Self::Message(..)
            | Self::NotApplied
            | Self::Ended(_) => Lane::Signalling,
            Self::Path(_) | Self::NotChanged | Self::Restarted => Lane::Path,
            Self::Keys(_) => Lane::Keys,
            Self::Track | Self::FirstPicture(_) | Self::PicturesStopped(_) | Self::FarFirst(_) => {
                Lane::Pictures
            }
            Self::Figures(_) => Lane::Figures,
        }
    }
}

impl Entry {
    pub(super) fn new(at: Duration, what: What) -> Self {
        Self {
            at,
            what,
            text: None,
        }
    }

    pub(super) fn message(at: Duration, way: Way, message: &Message<'_>) -> Self {
        Self {
            at,
            what: What::Message(way, message.summary().into()),
            text: Some(redact::message(message)),
        }
    }

    pub(super) fn row(&self) -> Row {
        Row {
            at_milliseconds: milliseconds(self.at),
            what: self.what.clone(),
        }
    }
}

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Debug)]
pub(super) struct Record {
    pub(super) key: CallKey,
    pub(super) call_id: Option<String>,
    pub(super) share: Option<ShareId>,
    pub(super) peer: Option<Peer>,
    pub(super) facts: Facts,
    /// Messages and what else happens now and then.
    pub(super) events: Kept<Entry>,
    /// What is read every second.
    pub(super) figures: Kept<Entry>,
    /// As of the last figures: frames, and in how many figures in a row they did not change.
    moving: [Moving; 2],
    pub(super) far: FarPackets,
}

#[derive(Clone, Copy, Debug, Default)]
struct Moving {
    frames: u64,
    still: u32,
}

/// So many figures without a picture are told.
const STOPPED_AFTER: u32 = 2;

impl Record {
    pub(super) fn new(key: CallKey) -> Self {
        Self {
            key,
            call_id: None,
            share: None,
            peer: None,
            facts: Facts::default(),
            events: Kept::new(80, 80),
            figures: Kept::new(30, 90),
            moving: [Moving::default(); 2],
            far: FarPackets::default(),
        }
    }

    pub(super) fn is_going_on(&self) -> bool {
        self.facts.cause.is_none()
    }

    pub(super) fn message(&mut self, way: Way, message: &Message<'_>, entry: Entry) {
        self.facts.message(way, message);
        self.events.push(entry);
    }

    pub(super) fn line_lost(&mut self, at: Duration) {
        self.facts.line_lost = true;
        self.events.push(Entry::new(at, What::LineClosed));
    }

    pub(super) fn browser(&mut self, entry: Entry) {
        match &entry.what {
            What::NotApplied => self.facts.not_applied = true,
            What::Path(path) if !self.facts.invited => {
                self.facts.not_offered |= *path == Path::Failed;
            }
            What::Path(path) => self.facts.path(*path),
            What::LineOpened
            | What::LineClosed
            | What::Message(..)
            | What::Keys(_)
            | What::NotChanged
            | What::Restarted
            | What::Track
            | What::FirstPicture(_)
            | What::PicturesStopped(_)
            | What::Figures(_)
            | What::FarFirst(_)
            | What::Ended(_) => {}
        }
        self.events.push(entry);
    }

    pub(super) fn seen(&mut self, at: Duration, seen: Seen) {
        match seen {
            Seen::Path(path) => self.path(at, path),
            Seen::Keys(keys) => self.keys(at, keys),
            Seen::Figures(figures) => {
                if figures.path != Path::New {
                    self.path(at, figures.path);
                }
                self.keys(at, figures.keys);
                self.facts.figures(&figures);
                self.moved(at, Way::Out, figures.sent.map(|stream| stream.frames));
                self.moved(at, Way::In, figures.received.map(|stream| stream.frames));
                self.figures.push(Entry::new(at, What::Figures(figures)));
            }
        }
    }

    fn keys(&mut self, at: Duration, keys: Keys) {
        // Figures of a moment before may come late.
        let is_news = keys != Keys::New && keys != self.facts.keys;
        let is_stale = keys == Keys::Agreeing && self.facts.keys_stood;
        if is_news && !is_stale {
            self.facts.keys(keys);
            self.events.push(Entry::new(at, What::Keys(keys)));
        }
    }

    fn path(&mut self, at: Duration, path: Path) {
        if path != self.facts.path {
            self.facts.path(path);
            self.events.push(Entry::new(at, What::Path(path)));
        }
    }

    fn moved(&mut self, at: Duration, way: Way, frames: Option<u64>) {
        let Some(frames) = frames else { return };
        let moving = &mut self.moving[way as usize];
        let before = std::mem::replace(&mut moving.frames, frames);
        if frames > before {
            if before == 0 || moving.still >= STOPPED_AFTER {
                self.events.push(Entry::new(at, What::FirstPicture(way)));
            }
            moving.still = 0;
        } else if frames > 0 {
            moving.still += 1;
            if moving.still == STOPPED_AFTER {
                self.events.push(Entry::new(at, What::PicturesStopped(way)));
            }
        }
    }

    pub(super) fn over(&mut self, at: Duration, cause: Cause) {
        if self.facts.cause.is_none() {
            self.facts.cause = Some(cause);
            self.events.push(Entry::new(at, What::Ended(cause)));
        }
    }

    pub(super) fn title(&self) -> CallTitle {
        CallTitle {
            key: self.key,
            peer: self.peer.clone(),
            direction: self.facts.direction,
            verdict: Verdict::of(&self.facts),
        }
    }

    /// All that was seen, in the order of time, from the first on.
    pub(super) fn rows(&self) -> Vec<Row> {
        let own = self.events.iter().chain(self.figures.iter());
        let mut rows: Vec<Row> = own.map(Entry::row).collect();
        rows.extend(self.far.rows());
        sort_by_key(&mut rows, |row| row.at_milliseconds);
        let first = rows.first().map_or(0, |row| row.at_milliseconds);
        for row in &mut rows {
            row.at_milliseconds -= first;
        }
        rows
    }

    pub(super) fn left_out(&self) -> usize {
        self.events.left_out() + self.figures.left_out()
    }
}
