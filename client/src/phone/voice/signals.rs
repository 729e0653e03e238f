//! What the browser and the agent say of a voice call.

use sip::agent::{CallHandle, End, Event, RequestId};
use sip::message::{Reason, Response, Status};

use super::Voices;
use super::active::{Purpose, Stage};
use super::wire::{MicrophoneEvent, Sound, VoiceAct, VoiceEvent, VoiceId};
use crate::phone::call_context::What;
use crate::phone::recovery::TRY_AGAIN;
use crate::phone::state::{Cause, MicrophoneProblem, TalkEnd};
use crate::phone::{Desk, Identity, PeerEvent, cause, sdp_in};

impl Voices {
    /// What the browser says.
    pub(in crate::phone) fn heard(
        &mut self,
        id: VoiceId,
        event: VoiceEvent,
        identity: Option<Identity>,
        desk: &mut Desk<'_>,
    ) {
        let Some(active) = self.active.as_mut().filter(|active| active.id == id) else {
            return;
        };
        match event {
            VoiceEvent::Microphone(event) => self.microphone(event, desk),
            VoiceEvent::Silenced => active.silenced = true,
            VoiceEvent::Peer(event) => self.peer(event, identity, desk),
        }
        if let Some(active) = &mut self.active {
            active.ask_for_hold(desk);
        }
    }

    fn microphone(&mut self, event: MicrophoneEvent, desk: &mut Desk<'_>) {
        let Some(active) = &mut self.active else {
            return;
        };
        match event {
            MicrophoneEvent::Opened => active.microphone_opened(desk),
            MicrophoneEvent::Unplugged => {
                active.problem = Some(MicrophoneProblem::Missing);
                active.look_for_microphone(desk);
            }
            MicrophoneEvent::Changed => active.look_for_microphone(desk),
            MicrophoneEvent::Failed(problem) => {
                match std::mem::replace(&mut active.stage, Stage::Talking) {
                    Stage::Opening(Purpose::Answer { offer, contact }) => {
                        active.problem = Some(problem);
                        active.stage = Stage::Asked {
                            offer,
                            contact: *contact,
                        };
                    }
                    // They go on talking, and may do without hearing us for a while.
                    Stage::Talking => active.problem = Some(problem),
                    other => {
                        active.stage = other;
                        self.end_for(TalkEnd::NoMicrophone(problem), None, desk);
                    }
                }
            }
        }
    }

    fn peer(&mut self, event: PeerEvent, identity: Option<Identity>, desk: &mut Desk<'_>) {
        let Some(active) = &mut self.active else {
            return;
        };
        match event {
            PeerEvent::Offer(sdp) => match identity {
                Some(identity) => active.invite(sdp, identity, desk),
                None => self.end_now(Cause::Lost, None, desk),
            },
            PeerEvent::Answer(sdp) => {
                if let (Some(call), Some(identity)) = (active.call, identity) {
                    desk.agent.set_credentials(call, identity.credentials);
                }
                if active.accept(sdp, desk) {
                    self.tell(What::Started);
                }
            }
            PeerEvent::ChangeReady(sdp) => active.change_ready(sdp, desk),
            PeerEvent::ChangeFailed => active.change_failed(desk),
            PeerEvent::Applied if active.hold_applied(true) => {}
            PeerEvent::NotApplied if active.hold_applied(false) => {}
            PeerEvent::Restarted(sdp) => {
                if let Some(call) = active.call {
                    active.recovery.ask(call, sdp, desk);
                }
            }
            PeerEvent::Failed | PeerEvent::NotApplied
                if active.answered.is_none() || matches!(event, PeerEvent::NotApplied) =>
            {
                if active.recovery.connection_said(&event, false, desk.now) {
                    return;
                }
                let why = Reason::sip(Status::NOT_ACCEPTABLE_HERE, "Description not understood");
                self.end_now(Cause::Failed, Some(why), desk);
            }
            other => {
                let stands = active.answered.is_some();
                active.recovery.connection_said(&other, stands, desk.now);
            }
        }
        self.tell_hold();
    }

    /// What the agent says of a request of ours; of others it changes nothing.
    pub(in crate::phone) fn agent_said(&mut self, event: &Event, desk: &mut Desk<'_>) {
        match event {
            Event::Response { id, response } => self.asked_and_answered(*id, response, desk),
            Event::RequestFailed { id, .. } => {
                let Some(active) = &mut self.active else {
                    return;
                };
                if active.asked_for_hold_by(*id) {
                    active.hold_answered(None, desk);
                } else if active.recovery.asked_by(*id) {
                    active.recovery.failed(TRY_AGAIN, desk.now);
                }
            }
            _ => return,
        }
        self.tell_hold();
    }

    fn asked_and_answered(&mut self, id: RequestId, response: &Response, desk: &mut Desk<'_>) {
        let Some(active) = &mut self.active else {
            return;
        };
        if active.asked_for_hold_by(id) {
            return active.hold_answered(Some(response), desk);
        }
        if let Some(answer) = active.recovery.asked_and_answered(id, response, desk.now) {
            if active.hold.agreed() == Sound::Flows {
                active.take_held(&answer);
            }
            active.act(VoiceAct::Apply(answer), desk);
        }
    }

    pub(in crate::phone) fn progress(&mut self, call: CallHandle, response: &Response) {
        if let Some(active) = self.with_call(call)
            && matches!(active.stage, Stage::Calling)
            && response.status >= Status::RINGING
        {
            active.stage = Stage::Ringing;
        }
    }

    pub(in crate::phone) fn answered(
        &mut self,
        call: CallHandle,
        response: &Response,
        desk: &mut Desk<'_>,
    ) {
        let Some(active) = self.with_call(call) else {
            desk.agent.hang_up(call, None, desk.now);
            return;
        };
        match sdp_in(response) {
            Some(answer) => {
                active.take_held(&answer);
                active.act(VoiceAct::Apply(answer), desk);
                active.start_clock(desk.now);
                self.tell(What::Started);
                self.tell_hold();
            }
            None => self.end_now(Cause::Failed, None, desk),
        }
    }

    pub(in crate::phone) fn ended(&mut self, call: CallHandle, end: &End, desk: &mut Desk<'_>) {
        self.farewell.take_if(|farewell| farewell.call == call);
        let ended = self.active.take_if(|active| active.call == Some(call));
        if let Some(active) = ended {
            active.act(VoiceAct::Close, desk);
            self.finish(active, TalkEnd::Cause(cause::of(end)), desk);
        }
    }
}
