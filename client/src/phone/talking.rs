//! The phone's part of a voice call in the page: who calls, and what becomes of it for all else.

use sip::agent::{CallHandle, ServerRequestId};
use sip::message::{Request, Response};
use sip::time::Instant;

use super::call_context::{CallChange, CallNews, What};
use super::state::{Peer, Source};
use super::voice::{VoiceEvent, VoiceId};
use super::{Phone, desk};

impl Phone {
    /// Somebody calls to talk. Unlike a share that needs no call beside it.
    pub(super) fn voice_call(
        &mut self,
        call: CallHandle,
        request: &Request,
        peer: Peer,
        now: Instant,
    ) {
        let identity = self.account.identity();
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.voice.incoming(call, request, peer, identity, desk);
    }

    /// What the browser says of a voice call.
    pub(super) fn voice_heard(&mut self, call: VoiceId, event: VoiceEvent, now: Instant) {
        let identity = self.account.identity();
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        if self.voice.is_broken_by(call, &event) {
            // What took the sound's way may have taken the gateway's.
            self.account.ping_now(desk);
        }
        self.voice.heard(call, event, identity, desk);
    }

    /// A re-INVITE or an UPDATE inside a call of either kind.
    pub(super) fn call_changed_by_peer(
        &mut self,
        id: ServerRequestId,
        call: CallHandle,
        request: &Request,
        now: Instant,
    ) {
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        match self.voice.owns(call) {
            true => self.voice.changed_by_peer(id, call, request, desk),
            false => self.shares.changed_by_peer(id, call, request, desk),
        }
    }

    /// A call of ours of either kind was answered.
    pub(super) fn call_answered(&mut self, call: CallHandle, response: &Response, now: Instant) {
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        if self.voice.owns(call) {
            return self.voice.answered(call, response, desk);
        }
        if self.trials.owns(call) {
            return self.trials.answered(response, desk);
        }
        self.recorder.met(call, &response.headers);
        self.shares.answered(call, response, desk);
        self.audience.answered(call, response, desk);
    }

    /// The call context hears of a call of the page's own.
    pub(super) fn tell_of_voice(&mut self, now: Instant) {
        for news in self.voice.take_news() {
            self.call_news(news, now);
        }
    }

    /// The person says something of their voice call: with `peer`, else of the one that is up.
    pub(super) fn said(&mut self, peer: Option<Peer>, what: What, now: Instant) {
        if let Some(peer) = peer.or_else(|| self.call.peer().cloned()) {
            let source = Source::Said;
            self.call_news(CallNews { source, peer, what }, now);
        }
    }

    /// Somebody says something of a voice call.
    pub(super) fn call_news(&mut self, news: CallNews, now: Instant) {
        for change in self.call.tell(news, now) {
            self.call_changed(&change, now);
        }
    }

    /// All that hangs on the voice call.
    pub(super) fn call_changed(&mut self, change: &CallChange, now: Instant) {
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.shares.call_changed(change, desk);
        self.ask_after(change, now);
    }
}
