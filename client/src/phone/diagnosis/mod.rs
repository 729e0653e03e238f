//! "Why didn't it work?": what was seen of the calls of late, and what follows from it.
//!
//! The [`Journal`] hears everything that the phone hears and says, and what the browser tells of a
//! connection. It decides nothing about calls. Of each it keeps how it began and how it ended, without
//! secrets ([`redact`]); from its [`facts`] one [`verdict`] follows.

mod command;
mod facts;
pub mod far;
mod kept;
mod message;
mod pcapng;
mod record;
mod redact;
mod save;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::VecDeque;
use std::sync::Arc;

use sip::time::{Duration, Instant};

use super::share::ShareId;
use super::state::{Cause, Diagnosis, Direction, Peer, Report};
use super::{PeerEvent, SocketEvent};
pub(super) use command::Asking;
pub use command::{Document, PacketsAnswer};
pub use facts::{Facts, Far};
use kept::Kept;
use message::Message;
use record::Entry;
use record::Record;
pub use record::{CallKey, What};
pub use verdict::Verdict;

/// From or to this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Out,
    In,
}

/// Whether packets find their way between page and gateway (RFC 8445).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Path {
    #[default]
    New,
    Checking,
    Stands,
    Lost,
    Failed,
}

/// Whether keys are agreed on for what goes that way (RFC 5764).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    #[default]
    New,
    Agreeing,
    Agreed,
    Failed,
}

/// What a browser says makes its pictures smaller or fewer than they could be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limited {
    #[default]
    No,
    Device,
    Network,
}

/// The figures of pictures that go one way, since they began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    pub packets: u64,
    pub bytes: u64,
    /// Packets; of those we send, as the other side reports it.
    pub lost: u64,
    /// Encoded or decoded.
    pub frames: u64,
    pub width: u32,
    pub height: u32,
    pub limited: Limited,
}

/// What the browser knows of a connection at one moment (W3C WebRTC Statistics).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub path: Path,
    pub keys: Keys,
    pub round_trip_milliseconds: Option<u32>,
    /// The kinds of the two ends that are in use, as in `host udp`.
    pub ends: String,
    pub sent: Option<Stream>,
    pub received: Option<Stream>,
}

/// What the browser says of a connection, for the journal alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Path(Path),
    Keys(Keys),
    Figures(Box<Figures>),
}

/// Calls that are remembered: those that a person can still mean.
const CALLS: usize = 8;

#[derive(Debug)]
pub(super) struct Journal {
    /// The first thing that happened.
    began: Option<Instant>,
    /// What belongs to no call: the connection, and signing in.
    line: Kept<Entry>,
    /// The latest last.
    records: VecDeque<Record>,
    last_key: u32,
    /// The call that the page is open at; none while it is shut.
    open: Option<Option<CallKey>>,
    /// The latest call that is with nobody: a test of the connection.
    passed_over: Option<String>,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            began: None,
            line: Kept::new(20, 60),
            records: VecDeque::new(),
            last_key: 0,
            open: None,
            passed_over: None,
        }
    }
}

impl Journal {
    /// A message leaves or has come.
    pub(super) fn message(&mut self, way: Way, bytes: &[u8], now: Instant) {
        let message = Message::read(bytes);
        if message.is_keepalive() {
            return;
        }
        let at = self.at(now);
        let call_id = message.call_id().unwrap_or_default();
        let is_new = message.status().is_none()
            && message.method() == "INVITE"
            && self.passed_over.as_deref() != Some(call_id)
            && self.of_call(call_id).is_none();
        let entry = Entry::message(at, way, &message);
        if is_new {
            let call_id = call_id.to_owned();
            self.begin().call_id = Some(call_id);
        }
        match self.of_call(call_id) {
            Some(record) => record.message(way, &message, entry),
            None => self.line.push(entry),
        }
    }

    /// That call is with nobody: its messages stand among those that are of no call.
    pub(super) fn pass_over(&mut self, call_id: &str) {
        if self.passed_over.as_deref() != Some(call_id) {
            self.passed_over = Some(call_id.to_owned());
        }
    }

    pub(super) fn socket(&mut self, event: &SocketEvent, now: Instant) {
        let at = self.at(now);
        match event {
            SocketEvent::Opened => self.line.push(Entry::new(at, What::LineOpened)),
            SocketEvent::Message(bytes) => self.message(Way::In, bytes, now),
            SocketEvent::Closed => {
                self.line.push(Entry::new(at, What::LineClosed));
                for record in self
                    .records
                    .iter_mut()
                    .filter(|record| record.is_going_on())
                {
                    record.line_lost(at);
                }
            }
        }
    }

    /// A share goes on, by that call once there is one.
    pub(super) fn share(
        &mut self,
        share: ShareId,
        call_id: Option<&str>,
        (peer, direction): (&Peer, Direction),
    ) {
        let of_share = |record: &Record| record.share == Some(share);
        let by_call = call_id.and_then(|call_id| {
            let is_it = |record: &Record| record.call_id.as_deref() == Some(call_id);
            self.records.iter().position(is_it)
        });
        let found = by_call.or_else(|| self.records.iter().position(of_share));
        let record = match found {
            Some(at) => &mut self.records[at],
            None => self.begin(),
        };
        record.share = Some(share);
        if record.call_id.is_none() {
            record.call_id = call_id.map(str::to_owned);
        }
        record.facts.direction = Some(direction);
        if record.peer.as_ref() != Some(peer) {
            record.peer = Some(peer.clone());
        }
    }

    /// What the browser says of a share's connection.
    pub(super) fn peer(&mut self, share: ShareId, event: &PeerEvent, now: Instant) {
        let what = match event {
            PeerEvent::NotApplied => What::NotApplied,
            PeerEvent::Failed => What::Path(Path::Failed),
            PeerEvent::Track => What::Track,
            PeerEvent::RestartFailed | PeerEvent::ChangeFailed => What::NotChanged,
            PeerEvent::Restarted(_) => What::Restarted,
            PeerEvent::Offer(_)
            | PeerEvent::Answer(_)
            | PeerEvent::ChangeReady(_)
            | PeerEvent::Redirected(_)
            | PeerEvent::RedirectFailed
            | PeerEvent::SoundOffered(_)
            | PeerEvent::SoundFailed(_)
            | PeerEvent::Applied
            | PeerEvent::Connected
            | PeerEvent::Silent
            | PeerEvent::Measured(_) => return,
        };
        let at = self.at(now);
        if let Some(record) = self.of_share(share) {
            record.browser(Entry::new(at, what));
        }
    }

    pub(super) fn seen(&mut self, share: ShareId, seen: Seen, now: Instant) {
        let at = self.at(now);
        if let Some(record) = self.of_share(share) {
            record.seen(at, seen);
        }
    }

    pub(super) fn over(&mut self, share: ShareId, cause: Cause, now: Instant) {
        let at = self.at(now);
        if let Some(record) = self.of_share(share) {
            record.over(at, cause);
        }
    }

    /// What the page shows.
    pub(super) fn show(&self) -> Diagnosis {
        let Some(chosen) = self.open else {
            return Diagnosis::Shut;
        };
        let record = chosen.and_then(|key| self.with_key(key));
        let calls = self.records.iter().rev().map(Record::title);
        let rows = match record {
            Some(record) => record.rows(),
            None => self.line.iter().map(Entry::row).collect(),
        };
        Diagnosis::Open(Arc::new(Report {
            calls: calls.collect(),
            chosen: record.map(|record| record.key),
            verdict: record.map(|record| Verdict::of(&record.facts)),
            peer: record.and_then(|record| record.peer.clone()),
            facts: record
                .map(|record| record.facts.clone())
                .unwrap_or_default(),
            rows,
            left_out: record.map_or(self.line.left_out(), Record::left_out),
            far: record.map(|record| record.far.shown()).unwrap_or_default(),
        }))
    }

    /// A new record; the oldest makes room.
    fn begin(&mut self) -> &mut Record {
        if self.records.len() >= CALLS {
            self.records.pop_front();
        }
        self.last_key += 1;
        self.records.push_back(Record::new(CallKey(self.last_key)));
        let last = self.records.len() - 1;
        &mut self.records[last]
    }

    fn of_call(&mut self, call_id: &str) -> Option<&mut Record> {
        let mut records = self.records.iter_mut().rev();
        records.find(|record| record.call_id.as_deref() == Some(call_id))
    }

    fn of_share(&mut self, share: ShareId) -> Option<&mut Record> {
        let mut records = self.records.iter_mut().rev();
        records.find(|record| record.share == Some(share))
    }

    /// By which name a share is found here.
    pub(super) fn key_of(&self, share: ShareId) -> Option<CallKey> {
        let mut records = self.records.iter().rev();
        let found = records.find(|record| record.share == Some(share));
        found.map(|record| record.key)
    }

    /// Whether there is still something to see of that call.
    pub(super) fn keeps(&self, key: CallKey) -> bool {
        self.with_key(key).is_some()
    }

    fn with_key(&self, key: CallKey) -> Option<&Record> {
        self.records.iter().find(|record| record.key == key)
    }

    /// Since the first thing that happened.
    fn at(&mut self, now: Instant) -> Duration {
        now.saturating_duration_since(*self.began.get_or_insert(now))
    }
}
