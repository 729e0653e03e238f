//! RFC 6086: the Info Package `recording`, of our own. Who records what they show or see says so in
//! the call, and the pages at its other ends show it (docs/client-messages.md).
//!
//! Of two who talk, one's word passes to the other and the other's answer back. Of a share with
//! several watchers the gateway is the focus: the sharer's word goes to all of them, and the sharer
//! hears whether any of them records.

use serde::Deserialize;
use sip::agent::{CallHandle, Reply, ServerRequestId};
use sip::message::{Body, Header, Headers, Method, Request, Status};
use sip::time::Instant;

use super::change::respond;
use super::terms::leg_of;
use super::{Call, CallKey, Calls, Leg};
use crate::bridge::Side;
use crate::switch::Desk;

pub(super) const PACKAGE: &str = "recording";
const CONTENT_TYPE: &str = "application/json";

/// RFC 6086 §11.3: who is to be told shows nothing of it.
const BAD_INFO_PACKAGE: Status = match Status::new(469) {
    Some(status) => status,
    None => Status::NOT_ACCEPTABLE_HERE,
};

/// What is known of one peer of a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Recorder {
    /// It shows its person that it is recorded, by its Recv-Info.
    pub(super) shows: bool,
    /// It records, as it said last.
    records: bool,
    /// That somebody else does is what it was told last.
    told: bool,
}

impl Recorder {
    pub(super) fn of(headers: &Headers) -> Recorder {
        Recorder {
            shows: headers.lists("Recv-Info", PACKAGE),
            ..Recorder::default()
        }
    }
}

/// What a page is told of us (RFC 6086 §4.2.1): we take the word, and answer whether it was shown.
pub(super) fn taken() -> Header {
    Header::fixed("Recv-Info", PACKAGE)
}

#[derive(Deserialize)]
struct Said {
    recording: State,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum State {
    On,
    Off,
}

/// Whether a request says that somebody records.
pub(super) fn is_said(request: &Request) -> bool {
    let package = request.headers.get("Info-Package").unwrap_or_default();
    let name = package.split(';').next().unwrap_or_default().trim();
    request.method == Method::Info && name.eq_ignore_ascii_case(PACKAGE)
}

fn read(request: &Request) -> Option<bool> {
    let said: Said = serde_json::from_slice(request.content(CONTENT_TYPE)?).ok()?;
    Some(said.recording == State::On)
}

impl Calls {
    /// A peer of a call with a bridge says that it records, or no longer.
    pub(super) fn recording_said(
        &mut self,
        id: ServerRequestId,
        (key, side): (CallKey, Side),
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(on) = read(request) else {
            return respond(desk, id, Reply::new(Status::BAD_REQUEST), now);
        };
        if let Some(leg) = self.leg_mut(key, side) {
            leg.recorder.records = on;
        }
        let shown = match (self.audiences.share_of(key), side) {
            (Some(share), _) => self.tell_sharer(share, desk, now),
            (None, Side::Callee) if self.audiences.has_others(key) => {
                self.tell_sharer(key, desk, now)
            }
            (None, Side::Caller) if self.audiences.has_others(key) => {
                self.tell_watchers(key, on, desk, now)
            }
            (None, Side::Caller | Side::Callee) => {
                let other = self.leg_mut(key, side.other());
                match other.filter(|leg| leg.recorder.shows) {
                    Some(leg) => {
                        leg.recorder.told = on;
                        return self.pass_on(id, (key, side), request, desk, now);
                    }
                    None => false,
                }
            }
        };
        let status = match shown {
            true => Status::OK,
            false => BAD_INFO_PACKAGE,
        };
        respond(desk, id, Reply::new(status), now);
    }

    /// The callee of a share has left, and records no more.
    pub(super) fn callee_recorder_left(
        &mut self,
        share: CallKey,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if let Some(leg) = self.leg_mut(share, Side::Callee) {
            leg.recorder = Recorder::default();
        }
        self.tell_sharer(share, desk, now);
    }

    /// A watcher has left, and records no more.
    pub(super) fn recorder_left(&mut self, share: CallKey, desk: &mut Desk<'_>, now: Instant) {
        self.tell_sharer(share, desk, now);
    }

    /// Whether any watcher of a share records, to its sharer. False if that page does not show it.
    fn tell_sharer(&mut self, share: CallKey, desk: &mut Desk<'_>, now: Instant) -> bool {
        let mut watchers = vec![share];
        watchers.extend(self.audiences.watchers_of(share));
        let on = watchers.iter().any(|key| {
            let leg = self.calls.get(key).and_then(|call| call.leg(Side::Callee));
            leg.is_some_and(|leg| leg.handle.is_some() && leg.recorder.records)
        });
        let sharer = self.calls.get_mut(&share).map(|call| &mut call.caller);
        sharer.is_some_and(|leg| tell(leg, on, desk, now))
    }

    /// What the sharer said, to all who watch. False if somebody does not show it.
    fn tell_watchers(
        &mut self,
        share: CallKey,
        on: bool,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let mut watchers = vec![share];
        watchers.extend(self.audiences.watchers_of(share));
        let mut shown = true;
        for key in watchers {
            let leg = self.leg_mut(key, Side::Callee);
            // Who rings yet sees nothing yet.
            if let Some(leg) = leg.filter(|leg| leg.handle.is_some()) {
                shown &= tell(leg, on, desk, now);
            }
        }
        shown
    }

    fn leg_mut(&mut self, key: CallKey, side: Side) -> Option<&mut Leg> {
        let call = self.calls.get_mut(&key)?;
        let (caller, session) = Call::established(call)?;
        Some(leg_of(caller, session, side))
    }
}

/// Tells it, if that is news. False if it does not show it.
fn tell(leg: &mut Leg, on: bool, desk: &mut Desk<'_>, now: Instant) -> bool {
    let Some(handle) = leg.handle.filter(|_| leg.recorder.shows) else {
        return false;
    };
    if std::mem::replace(&mut leg.recorder.told, on) != on {
        send(handle, on, desk, now);
    }
    true
}

fn send(handle: CallHandle, on: bool, desk: &mut Desk<'_>, now: Instant) {
    let Ok(content_type) = CONTENT_TYPE.parse() else {
        return;
    };
    let text = match on {
        true => "{\"recording\":\"on\"}",
        false => "{\"recording\":\"off\"}",
    };
    let headers = vec![Header::fixed("Info-Package", PACKAGE)];
    let body = Some(Body::new(content_type, text));
    desk.agent
        .request_in_call(handle, Method::Info, headers, body, now);
}
