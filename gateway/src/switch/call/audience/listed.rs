//! RFC 5366 §5: an INVITE with a list of people. The sharer is answered at once, and all of them are
//! called; none of them need answer for the share to stand.

use sip::agent::{CallHandle, Reply};
use sip::message::{Body, Header, NameAddr, Request, Status, Text};
use sip::resource_lists::{self, CONTENT_TYPE, Entry, OPTION_TAG};
use sip::sdp::Direction;
use sip::time::Instant;
use sip::transport::Hop;

use super::{Shared, as_focus, too_many};
use crate::bridge::web_leg::{VideoLine, WebCodec};
use crate::bridge::{BridgeId, BridgeReply, Side, Step};
use crate::switch::budget::{Full, Work};
use crate::switch::call::ending::Closing;
use crate::switch::call::offered::{Agreed, AgreedWith, Offered};
use crate::switch::call::refusals::Refusal;
use crate::switch::call::session::{Agreement, Bridged, Session};
use crate::switch::call::{
    Call, CallKey, Calls, Info, Leg, Recorder, Refer, Stage, made, recording, reject, request_sdp,
    step,
};
use crate::switch::focus::{Focus, most};
use crate::switch::identity::{self, Caller};
use crate::switch::route::Access;
use crate::switch::{ALLOW_IN_CALL, Desk, privacy};

impl Calls {
    /// Whether an INVITE has a list.
    pub(in crate::switch::call) fn is_for_several(request: &Request) -> bool {
        request.headers.lists("Require", OPTION_TAG)
    }

    pub(in crate::switch::call) fn list_invited(
        &mut self,
        handle: CallHandle,
        hop: Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let (who, entries, codec) = match self.list_admitted(hop, request, desk, now) {
            Ok(admitted) => admitted,
            Err(refusal) => {
                tracing::info!(status = refusal.status.code(), "share with several refused");
                return reject(desk, handle, *refusal, now);
            }
        };
        let bridge = self.next_bridge();
        let mut caller = Leg::new(hop, Access::Browser);
        caller.handle = Some(handle);
        caller.hides = privacy::is_wished(&request.headers);
        caller.sdp = request_sdp(request);
        caller.info = Info::of(&request.headers);
        caller.recorder = Recorder::of(&request.headers);
        caller.refer = Refer::of(&request.headers);
        let made_by = who.whose.clone();
        caller.who = Some(who);
        let offer = String::from_utf8_lossy(&caller.sdp).into_owned();
        self.last_key += 1;
        let key = CallKey(self.last_key);
        tracing::info!(call = key.0, people = entries.len(), "share with several");
        self.made.begun(&made_by);
        self.by_handle.insert(handle, (key, Side::Caller));
        self.by_bridge.insert(bridge, key);
        let media = Bridged::Through(Box::new(Agreement {
            direction: Direction::SendOnly,
            callee: Agreed {
                direction: Direction::RecvOnly,
                with: AgreedWith::Browser(Some(codec)),
                audio: None,
            },
        }));
        let nobody = Leg::new(hop, Access::Browser);
        let session = Session::new(bridge, nobody, media);
        let call = Call {
            made_by,
            work: Work::Signalling,
            begun: now,
            until: None,
            caller,
            stage: Stage::Established(Box::new(session)),
        };
        self.calls.insert(key, call);
        let own = as_focus(key, crate::switch::call::contact(desk, hop.transport));
        let focus = Focus::new(own.uri.to_string());
        let callee = None;
        self.audiences.by_call.insert(key, Shared { focus, callee });
        let asked = (as_template(request), entries);
        self.audiences.opening.insert(bridge, asked);
        let answer = Step::WebAnswer {
            side: Side::Caller,
            offer,
            video: Some(VideoLine {
                codec,
                direction: Direction::RecvOnly,
                limit: None,
            }),
            audio: None,
        };
        step(desk, bridge, answer);
    }

    /// Whether it is taken: who asks, whom for, and what is uploaded.
    fn list_admitted(
        &self,
        hop: Hop,
        request: &Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<(Caller, Vec<Entry>, WebCodec), Box<Reply>> {
        let refused = |status| Box::new(Reply::new(status));
        if self.calls.len() >= desk.policy.capacity.calls {
            desk.counters.calls_beyond_number.count();
            return Err(Box::new(Full::Calls.reply()));
        }
        let who = identity::caller(desk, &hop, request, now)?;
        if !self
            .made
            .has_room(&who.whose, desk.policy.limits.calls_per_user)
        {
            desk.counters.calls_too_many.count();
            return Err(made::too_many());
        }
        let list = request.content(CONTENT_TYPE);
        let list = list.ok_or_else(|| refused(Status::BAD_REQUEST))?;
        let entries = resource_lists::parse(list).map_err(|error| {
            tracing::debug!(%error, "list not read");
            refused(Status::BAD_REQUEST)
        })?;
        if entries.is_empty() {
            return Err(refused(Status::BAD_REQUEST));
        }
        if entries.len() > most(desk.policy.limits.watchers) {
            return Err(too_many());
        }
        let offered = Offered::read(request).map_err(refused)?;
        let codec = offered.uploaded(hop);
        let codec = codec.ok_or_else(|| refused(Status::NOT_ACCEPTABLE_HERE))?;
        Ok((who, entries, codec))
    }

    /// Whether a bridge's answer is about a share that begins with a list.
    pub(in crate::switch::call) fn opens_for_several(&self, bridge: BridgeId) -> bool {
        self.audiences.opening.contains_key(&bridge)
    }

    /// The upload's bridge is there: the sharer is answered, and everybody is called.
    pub(in crate::switch::call) fn several_opened(
        &mut self,
        (key, bridge): (CallKey, BridgeId),
        reply: BridgeReply,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((template, entries)) = self.audiences.opening.remove(&bridge) else {
            return;
        };
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let BridgeReply::Description { sdp, .. } = reply else {
            tracing::info!(call = key.0, "the upload was not agreed");
            if let Some(handle) = call.caller.handle.take() {
                self.by_handle.remove(&handle);
                reject(desk, handle, Reply::new(Status::NOT_ACCEPTABLE_HERE), now);
            }
            let refusal = Refusal::new(Status::NOT_ACCEPTABLE_HERE);
            return self.end(key, &Closing::Refuse(refusal), desk, now);
        };
        call.caller.told = sdp.clone().into_bytes();
        let handle = call.caller.handle;
        let answer = Reply::new(Status::OK)
            .with_header(Header::fixed("Allow", ALLOW_IN_CALL))
            .with_body(Body::sdp(sdp));
        let answer = match call.caller.recorder.shows {
            true => answer.with_header(recording::taken()),
            false => answer,
        };
        let answer = self.said_by_focus(key, answer, desk);
        let accepted = handle.map(|handle| desk.agent.accept(handle, answer, now));
        if let Some(Err(error)) = accepted {
            tracing::debug!(%error, "the sharer gave up");
            return;
        }
        for Entry { uri, name } in entries {
            let name = name.map(|name| Text::cleaned(&name));
            let Ok(uri) = uri.parse::<NameAddr>().map(|place| place.uri) else {
                tracing::info!(call = key.0, "an address in the list is none");
                continue;
            };
            if self
                .ask_to_watch(key, (&uri, name), &template, desk, now)
                .is_err()
            {
                tracing::info!(call = key.0, "more are in the list than may watch");
            }
        }
        if let Some(focus) = self.audiences.focus(key) {
            focus.note_alone(now);
        }
    }
}

/// What each watcher's INVITE follows from: without the list and what it required.
fn as_template(request: &Request) -> Request {
    let mut template = request.clone();
    template.body = Vec::new();
    template.headers.content_type = None;
    template
}
