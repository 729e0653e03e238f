//! RFC 4579 §5, R2.7: who else watches a share. Each watcher is a call of its own, which the gateway
//! makes in the sharer's name, and which nobody is on the caller's side of: its pictures are fed to
//! it by the bridge of the sharer's call. What may be said of watchers to the sharer is the focus'.

mod listed;
mod told;

use std::collections::HashMap;

use sip::agent::{CallHandle, Reply, ServerRequestId};
use sip::conference::Left;
use sip::message::{Method, NameAddr, Reason, Request, Status, Text, Uri};
use sip::resource_lists::Entry;
use sip::time::Instant;

use super::caller::CallerMedia;
use super::change::respond;
use super::ending::Closing;
use super::offered::{FedBy, Offered};
use super::setup::SetUp;
use super::terms::leg_of;
use super::{Call, CallKey, Calls, Leg, Stage, step};
use crate::bridge::{BridgeId, Side, Step};
use crate::switch::Desk;
use crate::switch::focus::{Act, Focus, Full, Standing, WatcherId, Wish};
use crate::switch::route::Access;

/// All shares that others may join, and the calls of those who did.
#[derive(Default)]
pub(super) struct Audiences {
    by_call: HashMap<CallKey, Shared>,
    /// Calls of watchers: of which share, and who it is there.
    watching: HashMap<CallKey, (CallKey, WatcherId)>,
    /// Shares that began with a list, until their bridge is there.
    opening: HashMap<BridgeId, (Request, Vec<Entry>)>,
}

/// One share that others may join.
struct Shared {
    focus: Focus,
    /// Who has the other side of the sharer's own call.
    callee: Option<WatcherId>,
}

impl Audiences {
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.by_call.is_empty() && self.watching.is_empty() && self.opening.is_empty()
    }

    fn focus(&mut self, key: CallKey) -> Option<&mut Focus> {
        self.by_call.get_mut(&key).map(|shared| &mut shared.focus)
    }

    fn callee(&self, key: CallKey) -> Option<WatcherId> {
        self.by_call.get(&key)?.callee
    }

    /// Whether others than the callee watch or are asked.
    pub(super) fn has_others(&self, key: CallKey) -> bool {
        self.watching.values().any(|(of, _)| *of == key)
    }

    /// The share that a watcher's call is about.
    pub(super) fn share_of(&self, watcher: CallKey) -> Option<CallKey> {
        self.watching.get(&watcher).map(|(share, _)| *share)
    }

    /// The calls of those who watch a share or are asked, but for the callee.
    pub(super) fn watchers_of(&self, share: CallKey) -> impl Iterator<Item = CallKey> {
        let watching = self.watching.iter();
        watching
            .filter(move |(_, (of, _))| *of == share)
            .map(|(watcher, _)| *watcher)
    }

    /// Our address in the dialog of a sharer: it is a focus (RFC 4579 §4.1).
    pub(super) fn contact(&self, key: CallKey, own: NameAddr) -> NameAddr {
        match self.by_call.contains_key(&key) {
            true => as_focus(key, own),
            false => own,
        }
    }
}

impl Calls {
    /// A share of a page that knows of watchers, with its first one.
    pub(super) fn may_be_joined(&mut self, key: CallKey, request: &Request, desk: &Desk<'_>) {
        let tag = sip::resource_lists::OPTION_TAG;
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let transport = call.caller.hop.transport;
        let is_page =
            call.caller.access == Access::Browser && request.headers.lists("Supported", tag);
        let Some(set_up) = call.set_up() else {
            return;
        };
        if !is_page || !set_up.offered.shows() {
            return;
        }
        let own = as_focus(key, super::contact(desk, transport));
        let mut focus = Focus::new(own.uri.to_string());
        let asked = focus.ask(&request.uri, request.headers.to.display.clone(), 0);
        let callee = asked.ok().flatten();
        self.audiences.by_call.insert(key, Shared { focus, callee });
    }

    /// A request of a sharer to the focus. False when it is none.
    pub(super) fn audience_asked(
        &mut self,
        id: ServerRequestId,
        handle: CallHandle,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some((key, Side::Caller)) = self.find(handle) else {
            return false;
        };
        if self.session(key).is_none() || !self.audiences.by_call.contains_key(&key) {
            return false;
        }
        if request.method == Method::Refer {
            self.referred(id, key, request, desk, now);
            return true;
        }
        if request.method == Method::Subscribe {
            self.roster_wanted(id, key, request, desk, now);
            return true;
        }
        false
    }

    fn referred(
        &mut self,
        id: ServerRequestId,
        key: CallKey,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let wish = match Wish::read(request) {
            Ok(wish) => wish,
            Err(status) => return respond(desk, id, Reply::new(status), now),
        };
        let done = match wish.act {
            Act::Invite => self.ask_to_watch(key, (&wish.uri, wish.name), request, desk, now),
            Act::Remove => self.remove_watcher(key, &wish.uri, desk, now),
        };
        match done {
            Ok(()) => self.refer_taken(id, key, request, desk, now),
            Err(refusal) => respond(desk, id, *refusal, now),
        }
    }

    /// Calls one more watcher; what comes of it stands in the roster. `template` is what the
    /// sharer sent for it.
    fn ask_to_watch(
        &mut self,
        key: CallKey,
        (uri, name): (&Uri, Option<Text>),
        template: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<(), Box<Reply>> {
        let limit = desk.policy.limits.watchers;
        let Some(focus) = self.audiences.focus(key) else {
            return Ok(());
        };
        let asked = focus.ask(uri, name, limit).map_err(|Full| too_many())?;
        let Some(id) = asked else {
            return Ok(()); // they watch, or are asked
        };
        focus.note_alone(now);
        tracing::info!(call = key.0, "one more is asked to watch");
        self.tell_roster(key, id, desk, now);
        let mut asked = template.clone();
        asked.uri = uri.clone();
        asked.headers.to = NameAddr::new(uri.clone());
        asked.headers.route.clear();
        asked.body = Vec::new();
        match self.fed_call(key, &asked, desk, now) {
            Ok((caller, set_up)) => {
                let watcher = self.begin(caller, set_up, now);
                self.audiences.watching.insert(watcher, (key, id));
                self.ring_next(watcher, desk, now);
            }
            Err(refusal) => {
                let standing = Standing::Declined(refusal.status, refusal.reason);
                self.stands(key, id, standing, desk, now);
            }
        }
        Ok(())
    }

    /// The call of a watcher: the sharer's, without the sharer's dialog.
    fn fed_call(
        &mut self,
        key: CallKey,
        asked: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<(Leg, SetUp), Box<Reply>> {
        let gone = || Box::new(Reply::new(Status::CALL_DOES_NOT_EXIST));
        let (sharer, session) = self
            .calls
            .get_mut(&key)
            .and_then(Call::established)
            .ok_or_else(gone)?;
        let source = session.bridge;
        let terms = session.terms(sharer).ok_or_else(gone)?;
        let (codec, _) = terms.of_side(Side::Caller).web.ok_or_else(gone)?;
        let who = sharer.who.clone().ok_or_else(gone)?;
        let mut caller = Leg::new(sharer.hop, sharer.access);
        caller.who = Some(who.clone());
        caller.hides = sharer.hides;
        caller.recorder = sharer.recorder;
        caller.sdp = sharer.sdp.clone();
        caller.told = sharer.told.clone();
        let offered = Offered::Fed(FedBy { source, codec });
        let set_up = self.placed((caller.hop, who), offered, asked, desk, now)?;
        Ok((caller, set_up))
    }

    fn remove_watcher(
        &mut self,
        key: CallKey,
        uri: &Uri,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<(), Box<Reply>> {
        let focus = self.audiences.focus(key);
        let found = focus.and_then(|focus| focus.active_at(uri));
        let Some(id) = found else {
            return Err(Box::new(Reply::new(Status::NOT_FOUND)));
        };
        self.stands(key, id, Standing::Left(Left::Booted), desk, now);
        if self.audiences.callee(key) == Some(id) {
            self.part_from_callee(key, None, desk, now);
            return Ok(());
        }
        let mut watching = self.audiences.watching.iter();
        let call = watching.find(|(_, of)| **of == (key, id));
        if let Some(watcher) = call.map(|(watcher, _)| *watcher) {
            self.end(watcher, &Closing::Hangup(None), desk, now);
        }
        Ok(())
    }

    /// A device of a watcher rings.
    pub(super) fn watcher_rings(&mut self, watcher: CallKey, desk: &mut Desk<'_>, now: Instant) {
        if let Some((key, id)) = self.audiences.watching.get(&watcher).copied() {
            self.stands(key, id, Standing::Rings, desk, now);
        }
    }

    /// A watcher has answered, and its bridge may be fed already.
    pub(super) fn watcher_accepted(&mut self, watcher: CallKey, desk: &mut Desk<'_>, now: Instant) {
        let is_fed = self.set_up(watcher).is_some_and(|set_up| {
            let is_written = matches!(set_up.media, CallerMedia::Written { .. });
            is_written && matches!(set_up.offered, Offered::Fed(_))
        });
        if is_fed {
            self.watcher_answered(watcher, desk, now);
        }
    }

    /// A watcher's call is answered: there is nobody to pass that on to.
    fn watcher_answered(&mut self, watcher: CallKey, desk: &mut Desk<'_>, now: Instant) {
        self.establish(watcher, desk, now);
        if let Some((key, id)) = self.audiences.watching.get(&watcher).copied() {
            self.stands(key, id, Standing::Watches, desk, now);
        }
    }

    /// The sharer's own call is answered.
    pub(super) fn callee_watches(&mut self, key: CallKey) {
        if let Some(Shared {
            focus,
            callee: Some(id),
        }) = self.audiences.by_call.get_mut(&key)
        {
            focus.set(*id, Standing::Watches);
        }
    }

    /// Whether a share outlives that side's leaving: others watch it.
    pub(super) fn is_watched_without(&self, key: CallKey, side: Side) -> bool {
        side == Side::Callee && self.audiences.has_others(key)
    }

    /// The callee of a share has left, and others watch it.
    pub(super) fn callee_left(
        &mut self,
        key: CallKey,
        left: Left,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(session) = self.session(key) else {
            return;
        };
        let side = Side::Callee;
        step(desk, session.bridge, Step::Drop { side });
        let callee = self.audiences.by_call.get_mut(&key);
        if let Some(id) = callee.and_then(|shared| shared.callee.take()) {
            self.stands(key, id, Standing::Left(left), desk, now);
        }
        self.callee_recorder_left(key, desk, now);
    }

    /// Ends the callee's dialog and no other.
    pub(super) fn part_from_callee(
        &mut self,
        key: CallKey,
        reason: Option<Reason>,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((caller, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        if let Some(handle) = leg_of(caller, session, Side::Callee).handle.take() {
            self.by_handle.remove(&handle);
            self.part(handle, reason, desk, now);
        }
        self.callee_left(key, Left::Failed, desk, now);
    }

    /// A call is over: of a watcher, or of a sharer, with whom all watchers go.
    pub(super) fn audience_ended(
        &mut self,
        key: CallKey,
        call: &Call,
        closing: &Closing,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if self.audiences.by_call.remove(&key).is_some() {
            self.audiences
                .opening
                .retain(|bridge, _| !call.bridges().contains(bridge));
            let watching = &mut self.audiences.watching;
            let gone: Vec<CallKey> = watching
                .extract_if(|_, (of, _)| *of == key)
                .map(|(watcher, _)| watcher)
                .collect();
            for watcher in gone {
                self.end(watcher, &Closing::Hangup(None), desk, now);
            }
        }
        let Some((of, id)) = self.audiences.watching.remove(&key) else {
            return;
        };
        let standing = match (&call.stage, closing) {
            (Stage::SettingUp(_), Closing::Refuse(refusal)) => {
                Standing::Declined(refusal.status, refusal.text.clone())
            }
            (Stage::SettingUp(_) | Stage::Established(_), _) => Standing::Left(closing.left()),
        };
        self.stands(of, id, standing, desk, now);
        self.recorder_left(of, desk, now);
    }

    /// What became of a watcher, told to the sharer if that is news.
    fn stands(
        &mut self,
        key: CallKey,
        id: WatcherId,
        standing: Standing,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(focus) = self.audiences.focus(key) else {
            return;
        };
        let is_news = focus.set(id, standing);
        focus.note_alone(now);
        if is_news {
            self.tell_roster(key, id, desk, now);
        }
    }

    /// Ends shares that nobody was left in for too long.
    pub(super) fn end_unwatched(&mut self, desk: &mut Desk<'_>, now: Instant) {
        let by_call = self.audiences.by_call.iter();
        let due = |at: Instant| at <= now;
        let over = by_call.filter(|(_, shared)| shared.focus.ends_at().is_some_and(due));
        let over: Vec<CallKey> = over.map(|(key, _)| *key).collect();
        for key in over {
            let reason = Reason::sip(Status::TEMPORARILY_UNAVAILABLE, "Nobody watches");
            self.end(key, &Closing::Hangup(Some(reason)), desk, now);
        }
    }

    pub(super) fn unwatched_at(&self) -> Option<Instant> {
        let shares = self.audiences.by_call.values();
        shares.filter_map(|shared| shared.focus.ends_at()).min()
    }
}

/// RFC 4579 §4.1: a Contact with `isfocus`, and an address that no other share has.
fn as_focus(key: CallKey, own: NameAddr) -> NameAddr {
    let mut own = own;
    if let Uri::Sip(uri) = own.uri {
        own.uri = Uri::Sip(uri.with_user(&format!("share-{}", key.0)));
    }
    own.with_flag("isfocus")
}

/// The focus takes no more: it, and nobody's telephone, is busy (RFC 3261 §21.4.24).
fn too_many() -> Box<Reply> {
    Box::new(Reply {
        reason: Some(Text::from("Too Many Watchers")),
        ..Reply::new(Status::BUSY_HERE)
    })
}
