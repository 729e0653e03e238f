//! What is known of one call, as far as a verdict hangs on it: a few values, however long it lasts.

use super::message::Message;
use super::{Figures, Keys, Path, Stream, Way};
use crate::phone::state::{Cause, Direction};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whose pictures; none of a voice call.
    pub direction: Option<Direction>,
    /// The INVITE was sent, or came.
    pub invited: bool,
    /// The latest answer to it that was none yet.
    pub heard: Option<u16>,
    /// It was refused with that, by them or by us.
    pub refused: Option<u16>,
    pub answered: bool,
    /// Their answer could not be used by this browser.
    pub not_applied: bool,
    /// The browser gave up making a connection before anybody was asked.
    pub not_offered: bool,
    /// What the BYE or CANCEL gave as its cause, from the other side.
    pub reason: Option<u16>,
    /// The connection to the gateway was lost meanwhile.
    pub line_lost: bool,
    pub path: Path,
    /// It stood at some time.
    pub path_stood: bool,
    pub keys: Keys,
    pub keys_stood: bool,
    pub round_trip_milliseconds: Option<u32>,
    pub sent: Option<Stream>,
    pub received: Option<Stream>,
    /// What the gateway saw on its other side.
    pub far: Option<Far>,
    /// Seconds that figures were read over.
    pub seconds: u64,
    /// How it ended; none while it goes on.
    pub cause: Option<Cause>,
}

/// Packets with pictures or sound that the gateway exchanged with the other phone, and with us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Far {
    pub to_them: u64,
    pub from_them: u64,
    /// Their reports of what they received (RTCP).
    pub reports_from_them: u64,
    pub to_us: u64,
    pub from_us: u64,
}

impl Facts {
    pub(super) fn message(&mut self, way: Way, message: &Message<'_>) {
        match (message.status(), message.method()) {
            (None, "INVITE") => self.invited = true,
            (None, "BYE" | "CANCEL") if way == Way::In => self.reason = reason(message),
            (Some(status @ 100..200), "INVITE") => self.heard = Some(status),
            (Some(200..300), "INVITE") => self.answered = true,
            // Who is asked for a proof sends it; what is said then counts.
            (Some(401 | 407), "INVITE") => {}
            // An end of ours that they confirm, and a change inside the call that comes to nothing.
            (Some(300..), "INVITE") if self.answered => {}
            (Some(status @ 300..), "INVITE") => self.refused = Some(status),
            (Some(_) | None, _) => {}
        }
    }

    pub(super) fn path(&mut self, path: Path) {
        self.path = path;
        self.path_stood |= path == Path::Stands;
    }

    pub(super) fn keys(&mut self, keys: Keys) {
        self.keys = keys;
        self.keys_stood |= keys == Keys::Agreed;
    }

    pub(super) fn figures(&mut self, figures: &Figures) {
        if figures.path != Path::New {
            self.path(figures.path);
        }
        let known = figures.round_trip_milliseconds;
        self.round_trip_milliseconds = known.or(self.round_trip_milliseconds);
        for (stream, kept) in [
            (&figures.sent, &mut self.sent),
            (&figures.received, &mut self.received),
        ] {
            if stream.is_some() {
                kept.clone_from(stream);
            }
        }
        self.seconds += 1;
    }

    /// Of a hundred packets with pictures that we watch, or show.
    pub fn lost_percent(&self) -> u64 {
        let stream = match self.direction {
            Some(Direction::In) => &self.received,
            Some(Direction::Out) | None => &self.sent,
        };
        stream.as_ref().map_or(0, |stream| {
            let all = stream.packets.saturating_add(stream.lost);
            (stream.lost * 100).checked_div(all).unwrap_or(0)
        })
    }
}

/// RFC 3326 §2: the cause in a Reason of SIP.
fn reason(message: &Message<'_>) -> Option<u16> {
    let value = message.header("reason", "reason")?;
    let (_, cause) = value.split_once("cause=")?;
    let digits = cause.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
