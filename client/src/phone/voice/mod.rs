//! A voice call in the page itself: a dialog of its own beside that of a share (rule R4.1).

mod active;
mod hold;
mod signals;
mod wire;

use sip::agent::{CallHandle, Reply};
use sip::message::{Reason, Request, Status};
use sip::sdp::{Description, Kind};
use sip::time::{Duration, Instant};
use sip::transport::Hop;

use super::call_context::{CallNews, What};
use super::recovery::{BYE_FIRST, Due, Farewell, Recovery, TRY_AGAIN, USUAL_GRACE};
use super::state::{Cause, Direction, Peer, Source, TalkEnd, TalkEnded, Voice, VoiceCommand};
use super::{Desk, Effect, Identity, PeerEvent};
use active::{Active, Purpose, Stage};
pub use wire::{MicrophoneEvent, Sound, VoiceAct, VoiceEvent, VoiceId};

/// At most one at a time: a second caller hears that we are busy.
#[derive(Debug)]
pub(super) struct Voices {
    /// How long the gateway keeps a call whose connection is gone.
    grace: Duration,
    active: Option<Active>,
    ended: Option<TalkEnded>,
    /// Ended by us: the far side hears the BYE before the sound's connection goes.
    closing: Option<(VoiceId, Instant)>,
    /// Ended by us while the gateway could not be told.
    farewell: Option<Farewell>,
    /// For the call context, which it is told of no more than what it knew last and what is now.
    news: Vec<CallNews>,
    told_held: bool,
    count: u64,
}

impl Default for Voices {
    fn default() -> Self {
        Self {
            grace: USUAL_GRACE,
            active: None,
            ended: None,
            closing: None,
            farewell: None,
            news: Vec::new(),
            told_held: false,
            count: 0,
        }
    }
}

/// Whether an INVITE is a voice call: its offer has sound and no pictures.
pub(super) fn is_voice(request: &Request) -> bool {
    let offer = request
        .content("application/sdp")
        .and_then(|sdp| Description::parse(sdp).ok());
    let has = |kind: Kind| {
        let mut lines = offer.iter().flat_map(|offer| &offer.media);
        lines.any(|media| media.kind == kind && media.port != 0)
    };
    has(Kind::Audio) && !has(Kind::Video)
}

impl Voices {
    /// The gateway says how long it keeps a call whose connection is gone.
    pub(super) fn set_grace(&mut self, grace: Duration) {
        self.grace = grace;
    }

    /// Whether a connection to the gateway is wanted at once.
    pub(super) fn needs_gateway(&self) -> bool {
        self.active.is_some() || self.farewell.is_some()
    }

    /// Whether the event says that the sound has no way any more.
    pub(super) fn is_broken_by(&self, id: VoiceId, event: &VoiceEvent) -> bool {
        matches!(
            event,
            VoiceEvent::Peer(PeerEvent::Silent | PeerEvent::Failed)
        ) && self.active.as_ref().is_some_and(|active| active.id == id)
    }

    pub(super) fn owns(&self, call: CallHandle) -> bool {
        let active = self.active.as_ref().and_then(|active| active.call);
        let farewell = self.farewell.as_ref().map(|farewell| farewell.call);
        active == Some(call) || farewell == Some(call)
    }

    pub(super) fn command(
        &mut self,
        command: VoiceCommand,
        peer: Option<Peer>,
        desk: &mut Desk<'_>,
    ) {
        match command {
            VoiceCommand::Call => self.call(peer, desk),
            VoiceCommand::Answer => self.answer(desk),
            VoiceCommand::NotNow => self.not_now(desk),
            VoiceCommand::HangUp => self.hang_up(desk),
            VoiceCommand::Mute => self.mute(true, desk),
            VoiceCommand::Unmute => self.mute(false, desk),
            VoiceCommand::Hold => self.hold(Sound::OnHold, desk),
            VoiceCommand::Resume => self.hold(Sound::Flows, desk),
            VoiceCommand::Press(key) => {
                if let Some(active) = self.talking() {
                    active.act(VoiceAct::Press(key), desk);
                }
            }
            VoiceCommand::Listen => {
                if let Some(active) = self.talking() {
                    active.silenced = false;
                    active.act(VoiceAct::Play, desk);
                }
            }
            VoiceCommand::Dismiss => self.ended = None,
        }
        self.tell_hold();
    }

    fn call(&mut self, peer: Option<Peer>, desk: &mut Desk<'_>) {
        let Some(peer) = peer.filter(|peer| self.active.is_none() && peer.uri().is_some()) else {
            return;
        };
        let stage = Stage::Opening(Purpose::Call);
        let active = self.begin(peer, Direction::Out, stage);
        active.act(VoiceAct::OpenMicrophone, desk);
    }

    /// Somebody calls.
    pub(super) fn incoming(
        &mut self,
        call: CallHandle,
        request: &Request,
        peer: Peer,
        identity: Option<Identity>,
        desk: &mut Desk<'_>,
    ) {
        let offer = request
            .content("application/sdp")
            .map(|sdp| String::from_utf8_lossy(sdp).into_owned());
        let refusal = match (&self.active, identity, offer) {
            (Some(_), _, _) => Status::BUSY_HERE,
            (None, None, _) => Status::TEMPORARILY_UNAVAILABLE,
            (None, Some(_), None) => Status::NOT_ACCEPTABLE_HERE,
            (None, Some(identity), Some(offer)) => {
                let contact = identity.contact;
                let ringing = Reply::new(Status::RINGING).with_contact(contact.clone());
                if desk.agent.progress(call, ringing, desk.now).is_ok() {
                    let stage = Stage::Asked { offer, contact };
                    self.begin(peer, Direction::In, stage).call = Some(call);
                }
                return;
            }
        };
        reject(call, refusal, desk);
    }

    fn answer(&mut self, desk: &mut Desk<'_>) {
        let Some(active) = &mut self.active else {
            return;
        };
        active.stage = match std::mem::replace(&mut active.stage, Stage::Talking) {
            Stage::Asked { offer, contact } => {
                active.act(VoiceAct::OpenMicrophone, desk);
                let contact = Box::new(contact);
                Stage::Opening(Purpose::Answer { offer, contact })
            }
            other => other,
        };
    }

    fn not_now(&mut self, desk: &mut Desk<'_>) {
        let asked = self.active.take_if(|active| {
            matches!(
                active.stage,
                Stage::Asked { .. } | Stage::Opening(Purpose::Answer { .. })
            )
        });
        if let Some(active) = asked {
            active.act(VoiceAct::CloseMicrophone, desk);
            if let Some(call) = active.call {
                reject(call, Status::DECLINE, desk);
            }
        }
    }

    /// Ends it, whatever its stage.
    pub(super) fn hang_up(&mut self, desk: &mut Desk<'_>) {
        self.not_now(desk);
        self.end_now(Cause::EndedByMe, None, desk);
    }

    /// We are no longer signed in: there is nobody to carry a call.
    pub(super) fn signed_out(&mut self, desk: &mut Desk<'_>) {
        self.end_now(Cause::Lost, None, desk);
    }

    /// Nobody is signed in any more.
    pub(super) fn forget(&mut self) {
        self.ended = None;
    }

    fn mute(&mut self, muted: bool, desk: &mut Desk<'_>) {
        if let Some(active) = &mut self.active {
            active.muted = muted;
            active.act(
                if muted {
                    VoiceAct::Mute
                } else {
                    VoiceAct::Unmute
                },
                desk,
            );
        }
    }

    fn hold(&mut self, wanted: Sound, desk: &mut Desk<'_>) {
        if let Some(active) = self.talking() {
            active.hold.want(wanted);
            active.ask_for_hold(desk);
        }
    }

    /// The connection to the gateway is gone. A call that stands goes on; one that is being set up
    /// is over.
    pub(super) fn link_lost(&mut self, desk: &mut Desk<'_>) {
        match &mut self.active {
            Some(active) if active.answered.is_some() => {
                active.change = None;
                active.hold.forget_exchange();
                active.recovery.signalling_lost(desk.now);
            }
            Some(_) => self.end_now(Cause::Lost, None, desk),
            None => {}
        }
    }

    /// Signed in on that connection: the call goes on there, or its end is told at last.
    pub(super) fn link_back(&mut self, hop: Hop, desk: &mut Desk<'_>) {
        if let Some(farewell) = self.farewell.take() {
            farewell.tell_over(hop, desk);
        }
        let cut_off = self
            .active
            .as_mut()
            .filter(|active| active.recovery.is_cut_off());
        if let Some(active) = cut_off
            && let Some(call) = active.call
        {
            desk.agent.move_call(call, hop);
            active.recovery.signalling_back();
            active.act(VoiceAct::Restart(active.hold.agreed()), desk);
        }
    }

    pub(super) fn handle_timeout(&mut self, desk: &mut Desk<'_>) {
        if let Some((call, _)) = self.closing.take_if(|(_, at)| *at <= desk.now) {
            let act = VoiceAct::Close;
            desk.effects.push_back(Effect::Voice { call, act });
        }
        if let Some(farewell) = self.farewell.take_if(|farewell| farewell.until <= desk.now) {
            farewell.tell(desk);
        }
        let Some(active) = &mut self.active else {
            return;
        };
        active.tick(desk.now);
        let busy = active.hold.is_under_way() || active.change.is_some();
        match active.recovery.handle_timeout(desk.now) {
            // One offer at a time.
            Some(Due::Restart) if busy => active.recovery.failed(TRY_AGAIN, desk.now),
            Some(Due::Restart) => active.act(VoiceAct::Restart(active.hold.agreed()), desk),
            Some(Due::GiveUp) => {
                let why = Reason::sip(Status::REQUEST_TIMEOUT, "Connection of the browser lost");
                self.end_now(Cause::Lost, Some(why), desk);
                if let Some(farewell) = self.farewell.take() {
                    farewell.tell(desk);
                }
            }
            None => {}
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let close = self.closing.map(|(_, at)| at);
        let farewell = self.farewell.as_ref().map(|farewell| farewell.until);
        let active = self.active.as_ref().and_then(|active| {
            let recovery = active.recovery.poll_timeout();
            recovery.into_iter().chain(active.next_tick).min()
        });
        [active, close, farewell].into_iter().flatten().min()
    }

    /// What has become of the call since this was asked last, for the call context.
    pub(super) fn take_news(&mut self) -> Vec<CallNews> {
        std::mem::take(&mut self.news)
    }

    pub(super) fn show_state(&self) -> Voice {
        match (&self.active, &self.ended) {
            (Some(active), _) => active.show(),
            (None, Some(ended)) => Voice::Ended(ended.clone()),
            (None, None) => Voice::None,
        }
    }

    fn begin(&mut self, peer: Peer, direction: Direction, stage: Stage) -> &mut Active {
        self.count += 1;
        self.ended = None;
        self.told_held = false;
        let mut active = Active::new(VoiceId(self.count), peer, direction, stage);
        active.recovery = Recovery::new(self.grace);
        self.active.insert(active)
    }

    fn end_now(&mut self, cause: Cause, reason: Option<Reason>, desk: &mut Desk<'_>) {
        self.end_for(TalkEnd::Cause(cause), reason, desk);
    }

    /// Ends it on our side first: nothing of the microphone leaves while the far side is being told.
    fn end_for(&mut self, why: TalkEnd, reason: Option<Reason>, desk: &mut Desk<'_>) {
        let Some(active) = self.active.take() else {
            return;
        };
        match active.call {
            Some(call) if active.recovery.is_cut_off() => {
                let until = desk.now + self.grace;
                self.farewell = Some(Farewell {
                    call,
                    reason,
                    until,
                });
            }
            Some(call) => desk.agent.hang_up(call, reason, desk.now),
            None => {}
        }
        let before = self.closing.replace((active.id, desk.now + BYE_FIRST));
        if let Some((call, _)) = before {
            let act = VoiceAct::Close;
            desk.effects.push_back(Effect::Voice { call, act });
        }
        self.finish(active, why, desk);
    }

    fn finish(&mut self, active: Active, why: TalkEnd, desk: &mut Desk<'_>) {
        active.act(VoiceAct::CloseMicrophone, desk);
        if active.answered.is_some() {
            self.news_of(active.peer.clone(), What::Ended);
        }
        self.ended = Some(TalkEnded {
            peer: active.peer,
            direction: active.direction,
            why,
            seconds: active
                .answered
                .map(|answered| (desk.now - answered).as_secs()),
        });
    }

    fn tell(&mut self, what: What) {
        if let Some(peer) = self.active.as_ref().map(|active| active.peer.clone()) {
            self.news_of(peer, what);
        }
    }

    /// The call context hears of a hold by either side.
    fn tell_hold(&mut self) {
        let Some(active) = self
            .active
            .as_ref()
            .filter(|active| active.answered.is_some())
        else {
            return;
        };
        let held = active.held().is_any();
        if std::mem::replace(&mut self.told_held, held) != held {
            self.tell(if held { What::Held } else { What::Resumed });
        }
    }

    fn news_of(&mut self, peer: Peer, what: What) {
        let source = Source::Here;
        self.news.push(CallNews { source, peer, what });
    }

    fn talking(&mut self) -> Option<&mut Active> {
        self.active
            .as_mut()
            .filter(|active| matches!(active.stage, Stage::Talking))
    }

    fn with_call(&mut self, call: CallHandle) -> Option<&mut Active> {
        self.active
            .as_mut()
            .filter(|active| active.call == Some(call))
    }
}

fn reject(call: CallHandle, status: Status, desk: &mut Desk<'_>) {
    // A caller who has gone already needs no answer.
    let _ = desk.agent.reject(call, Reply::new(status), desk.now);
}
