//! RFC 3261 §13.3: a peer's share, from its INVITE to our answer.

use std::{net::SocketAddr, time::Instant};

use super::{
    Agent, CommandError, Event, OnInvite,
    call::{Agreed, Call, Direction, End, EndedBy, Purpose, RINGING, State},
};
use crate::{
    offer::Refusal,
    sdp::Description,
    sip::{message::Message, text, transaction::ServerKey},
};

impl Agent {
    pub(super) fn invited(
        &mut self,
        key: ServerKey,
        invite: Message,
        from: SocketAddr,
        now: Instant,
    ) {
        if let Some(response) = self.turned_away(&invite) {
            self.transactions.respond(key, &response, now);
            return;
        }
        self.calls += 1;
        let answered = self.answer_to(&invite.body);
        let (answer, agreement) = match answered {
            Ok((answer, agreement)) => (answer.to_string(), agreement),
            Err(refusal) => {
                let response = self
                    .stranger(&invite, 488, "Not Acceptable Here")
                    .with("Warning", format!("399 handset \"{refusal}\""));
                self.transactions.respond(key, &response, now);
                return;
            }
        };
        let state = State::Ringing {
            key,
            invite: Box::new(invite.clone()),
            answer,
            gives_up: now + RINGING,
            reliable: None,
        };
        let local_tag = self.ids.tag();
        let call = called(self.calls, &invite, local_tag, from, state, agreement, now);
        let peer = call.peer.clone();
        self.call = Some(call);
        let contact = self.contact_to(&peer);
        let ringing = self.reply(&invite, 180, "Ringing").with("Contact", contact);
        let ringing = with_record_route(ringing, &invite);
        let ringing = self.made_reliable(&invite, ringing, now);
        self.transactions.respond(key, &ringing, now);
        self.event(Event::Ringing { peer });
        if self.config.on_invite == OnInvite::Answer {
            self.accept(now);
        }
    }

    /// A share, or a call of sound alone.
    fn answer_to(&self, offer: &[u8]) -> Result<(Description, Agreed), Refusal> {
        match self.writer().answer(offer) {
            Err(Refusal::NoVideo) => {
                let answered = self.writer().voice_answer(offer);
                answered.map(|(answer, sound, speaks)| (answer, Agreed::Voice(sound, speaks)))
            }
            answered => answered.map(|(answer, share)| (answer, Agreed::Share(share))),
        }
    }

    pub(super) fn answer(&mut self, now: Instant) -> Result<(), CommandError> {
        match self.call.as_ref().map(|call| &call.state) {
            Some(State::Ringing { .. }) => {
                self.accept(now);
                Ok(())
            }
            Some(State::Calling { .. } | State::Accepted { .. } | State::Active) | None => {
                Err(CommandError::NotRinging)
            }
        }
    }

    fn accept(&mut self, now: Instant) {
        let Some(call) = &mut self.call else {
            return;
        };
        let State::Ringing {
            key,
            invite,
            answer,
            ..
        } = &call.state
        else {
            return;
        };
        let (key, invite, answer) = (*key, invite.clone(), answer.clone());
        call.state = State::Accepted { key };
        call.since = now;
        let agreement = call.agreement.clone();
        let contact = self.contact_to(&peer_of(&invite));
        let response = with_record_route(self.ok(&invite, contact), &invite)
            .with_body("application/sdp", answer);
        self.transactions.respond(key, &response, now);
        match agreement {
            Some(Agreed::Share(agreement)) => self.event(Event::MediaOpen {
                direction: Direction::Incoming,
                agreement,
            }),
            Some(Agreed::Voice(agreement, speaks)) => {
                self.event(Event::VoiceOpen { agreement, speaks });
            }
            None => {}
        }
    }

    pub(super) fn decline(&mut self, now: Instant) -> Result<(), CommandError> {
        let Some(State::Ringing { .. }) = self.call.as_ref().map(|call| &call.state) else {
            return Err(CommandError::NotRinging);
        };
        self.decline_ringing(EndedBy::Us, now);
        Ok(())
    }

    /// In the words of the model.
    pub(super) fn decline_ringing(&mut self, by: EndedBy, now: Instant) {
        let said = self.config.profile.refusals.declined.clone();
        self.refuse_ringing(said.status, &said.reason, by, now);
    }

    /// Answers the ringing INVITE by a refusal and ends the call.
    pub(super) fn refuse_ringing(&mut self, status: u16, phrase: &str, by: EndedBy, now: Instant) {
        let Some(State::Ringing { key, invite, .. }) = self.call.as_ref().map(|call| &call.state)
        else {
            return;
        };
        let (key, invite) = (*key, invite.clone());
        let response = self.reply(&invite, status, phrase);
        self.transactions.respond(key, &response, now);
        self.ended(End {
            by,
            status: Some(status),
            reason: None,
        });
    }

    pub(super) fn cancelled(&mut self, key: ServerKey, cancel: &Message, now: Instant) {
        let Some(invite) = self.transactions.cancelled(cancel) else {
            let response = self.stranger(cancel, 481, "Call/Transaction Does Not Exist");
            self.transactions.respond(key, &response, now);
            return;
        };
        let response = self.reply(cancel, 200, "OK");
        self.transactions.respond(key, &response, now);
        let rings = matches!(
            self.call.as_ref().map(|call| &call.state),
            Some(State::Ringing { key, .. }) if *key == invite
        );
        // After our 200 a CANCEL means nothing; the peer has to hang up (RFC 3261 §9.2).
        if rings {
            let reason = cancel.get("Reason").map(str::to_owned);
            self.given_up(reason, now);
        }
    }

    /// The caller gave up while we rang.
    pub(super) fn given_up(&mut self, reason: Option<String>, now: Instant) {
        let Some(State::Ringing { key, invite, .. }) = self.call.as_ref().map(|call| &call.state)
        else {
            return;
        };
        let (key, invite) = (*key, invite.clone());
        let response = self.reply(&invite, 487, "Request Terminated");
        self.transactions.respond(key, &response, now);
        self.ended(End {
            by: EndedBy::Peer,
            status: Some(487),
            reason,
        });
    }

    /// A reply to somebody who is not in our call, so with a tag of its own.
    pub(super) fn stranger(&mut self, request: &Message, status: u16, reason: &str) -> Message {
        let tag = self.ids.tag();
        request
            .response(status, reason)
            .with_to_tag(&tag)
            .with("User-Agent", self.config.profile.user_agent.as_str())
    }
}

/// Who asks, as the network vouches for it, else as they say.
pub(super) fn peer_of(request: &Message) -> String {
    let identities = request.list("P-Asserted-Identity");
    text::person(identities.first().unwrap_or(&request.from.as_str()))
}

/// The dialog that an INVITE makes at its receiver (RFC 3261 §12.1.1).
fn called(
    id: u64,
    invite: &Message,
    local_tag: String,
    from: SocketAddr,
    state: State,
    agreement: Agreed,
    now: Instant,
) -> Call {
    let contact = invite
        .list("Contact")
        .first()
        .map(|contact| text::uri_of(contact).to_owned());
    Call {
        id,
        direction: Direction::Incoming,
        peer: peer_of(invite),
        since: now,
        state,
        call_id: invite.call_id.clone(),
        local: format!("{};tag={local_tag}", invite.to),
        local_tag,
        remote: invite.from.clone(),
        target: contact.unwrap_or_default(),
        routes: invite
            .list("Record-Route")
            .into_iter()
            .map(str::to_owned)
            .collect(),
        hop: from,
        number: 0,
        invite_number: 0,
        peer_number: Some(invite.cseq.number),
        purpose: match agreement {
            Agreed::Share(_) => Purpose::Share,
            Agreed::Voice(..) => Purpose::Voice,
        },
        agreement: Some(agreement),
        ack: None,
    }
}

/// RFC 3261 §12.1.1: the proxies' marks go back as they came.
fn with_record_route(mut response: Message, invite: &Message) -> Message {
    for field in invite
        .fields
        .iter()
        .filter(|field| field.name.eq_ignore_ascii_case("Record-Route"))
    {
        response.push("Record-Route", field.value.as_str());
    }
    response
}
