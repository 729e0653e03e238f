//! RFC 3264 §8.4, RFC 6337 §5.3, RFC 3261 §14: a voice call is put on hold and taken back by either
//! side, by a re-INVITE each way.

use sip::agent::{CallHandle, Reply, RequestId, ServerRequestId};
use sip::message::{Body, Method, Request, Response, Status};
use sip::sdp::{Description, Kind};

use super::Voices;
use super::active::{Active, Stage};
use super::wire::{Sound, VoiceAct};
use crate::phone::Desk;

/// What we want of the sound and what was agreed.
#[derive(Debug)]
pub(super) struct Hold {
    wanted: Sound,
    agreed: Sound,
    exchange: Exchange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exchange {
    None,
    /// The browser makes an offer of this.
    Offering(Sound),
    Asking(RequestId, Sound),
    /// The browser takes the answer.
    Taking(Sound),
}

/// A request of the other side's that waits for the browser.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    id: ServerRequestId,
    /// Whether their offer holds the call; without an offer it stays as it is.
    held: Option<bool>,
}

impl Hold {
    pub(super) fn new() -> Self {
        Self {
            wanted: Sound::Flows,
            agreed: Sound::Flows,
            exchange: Exchange::None,
        }
    }

    pub(super) fn want(&mut self, wanted: Sound) {
        self.wanted = wanted;
    }

    /// What the person wants, and sees at once.
    pub(super) fn wanted(&self) -> Sound {
        self.wanted
    }

    /// What our next description says.
    pub(super) fn agreed(&self) -> Sound {
        self.agreed
    }

    pub(super) fn is_under_way(&self) -> bool {
        match self.exchange {
            Exchange::None => false,
            Exchange::Offering(_) | Exchange::Asking(..) | Exchange::Taking(_) => true,
        }
    }

    /// Whatever was asked will not be answered; it is asked again when that can be.
    pub(super) fn forget_exchange(&mut self) {
        self.exchange = Exchange::None;
    }
}

impl Active {
    /// Asks the other side for what we want, once nothing else is being asked.
    pub(super) fn ask_for_hold(&mut self, desk: &mut Desk<'_>) {
        let quiet = !self.hold.is_under_way()
            && self.change.is_none()
            && !self.recovery.is_under_way()
            && !self.recovery.is_cut_off();
        let talking = matches!(self.stage, Stage::Talking);
        if !(talking && quiet) || self.hold.wanted == self.hold.agreed {
            return;
        }
        let wanted = self.hold.wanted;
        self.hold.exchange = Exchange::Offering(wanted);
        self.act(VoiceAct::OfferAgain(wanted), desk);
    }

    /// The browser has a description for what was asked, by them or by us.
    pub(super) fn change_ready(&mut self, sdp: String, desk: &mut Desk<'_>) {
        if let Some(change) = self.change.take() {
            self.held_by_them = change.held.unwrap_or(self.held_by_them);
            let reply = Reply::new(Status::OK).with_body(Body::sdp(sdp));
            return desk.respond(change.id, reply);
        }
        let (Exchange::Offering(sound), Some(call)) = (self.hold.exchange, self.call) else {
            return;
        };
        let body = Some(Body::sdp(sdp));
        let id = desk
            .agent
            .request_in_call(call, Method::Invite, Vec::new(), body, desk.now);
        self.hold.exchange = Exchange::Asking(id, sound);
    }

    /// The browser cannot do what was asked; all stays as it was.
    pub(super) fn change_failed(&mut self, desk: &mut Desk<'_>) {
        if let Some(change) = self.change.take() {
            return desk.respond(change.id, Reply::new(Status::NOT_ACCEPTABLE_HERE));
        }
        self.hold_refused();
    }

    pub(super) fn asked_for_hold_by(&self, id: RequestId) -> bool {
        matches!(self.hold.exchange, Exchange::Asking(asked, _) if asked == id)
    }

    /// What they say to our hold; `None` when they say nothing.
    pub(super) fn hold_answered(&mut self, response: Option<&Response>, desk: &mut Desk<'_>) {
        let Exchange::Asking(_, sound) = self.hold.exchange else {
            return;
        };
        let Some(response) = response else {
            return self.hold_refused();
        };
        let answer = response
            .content("application/sdp")
            .filter(|_| response.status.is_success())
            .map(|sdp| String::from_utf8_lossy(sdp).into_owned());
        match answer {
            Some(answer) => {
                if sound == Sound::Flows {
                    self.take_held(&answer);
                }
                self.hold.exchange = Exchange::Taking(sound);
                self.act(VoiceAct::Apply(answer), desk);
            }
            // One that met theirs was sent again by the agent.
            None => self.hold_refused(),
        }
    }

    /// The browser took an answer. False when it was not the one to our hold.
    pub(super) fn hold_applied(&mut self, taken: bool) -> bool {
        let Exchange::Taking(sound) = self.hold.exchange else {
            return false;
        };
        self.hold.exchange = Exchange::None;
        match taken {
            true => self.hold.agreed = sound,
            false => self.hold_refused(),
        }
        true
    }

    fn hold_refused(&mut self) {
        self.hold.exchange = Exchange::None;
        self.hold.wanted = self.hold.agreed;
    }

    /// What their description makes of the call.
    pub(super) fn take_held(&mut self, sdp: &str) {
        self.held_by_them = is_held(sdp).unwrap_or(self.held_by_them);
    }
}

impl Voices {
    /// A re-INVITE or an UPDATE inside the call.
    pub(in crate::phone) fn changed_by_peer(
        &mut self,
        id: ServerRequestId,
        call: CallHandle,
        request: &Request,
        desk: &mut Desk<'_>,
    ) {
        let Some(active) = self.with_call(call) else {
            return desk.respond(id, Reply::new(Status::CALL_DOES_NOT_EXIST));
        };
        let busy = active.hold.is_under_way() || active.recovery.is_under_way();
        if active.change.is_some() || active.answered.is_none() || busy {
            return desk.respond(id, Reply::new(Status::REQUEST_PENDING));
        }
        let sound = active.hold.agreed;
        match (request.content("application/sdp"), request.body.is_empty()) {
            (Some(sdp), _) => {
                let offer = String::from_utf8_lossy(sdp).into_owned();
                let held = is_held(&offer);
                active.change = Some(Change { id, held });
                active.act(VoiceAct::AnswerAgain(offer, sound), desk);
            }
            (None, true) if request.method == Method::Invite => {
                active.change = Some(Change { id, held: None });
                active.act(VoiceAct::OfferAgain(sound), desk);
            }
            // A sign of life (RFC 4028 §7.4).
            (None, true) => desk.respond(id, Reply::new(Status::OK)),
            (None, false) => desk.respond(id, Reply::new(Status::UNSUPPORTED_MEDIA_TYPE)),
        }
    }

    /// The answer to our offer in a 200 to their re-INVITE came with its ACK.
    pub(in crate::phone) fn confirmed(
        &mut self,
        call: CallHandle,
        body: Option<&Body>,
        desk: &mut Desk<'_>,
    ) {
        let (Some(active), Some(body)) = (self.with_call(call), body) else {
            return;
        };
        let answer = String::from_utf8_lossy(&body.bytes).into_owned();
        active.take_held(&answer);
        active.act(VoiceAct::Apply(answer), desk);
    }
}

/// Whether the other side does not listen any more, as its description says. `None` where it cannot
/// be read, which the browser sees to.
fn is_held(sdp: &str) -> Option<bool> {
    let description = Description::parse(sdp.as_bytes()).ok()?;
    let audio = description
        .media
        .iter()
        .find(|media| media.kind == Kind::Audio)?;
    let listens = description.direction_of(audio).receives() && audio.port != 0;
    Some(!listens)
}
