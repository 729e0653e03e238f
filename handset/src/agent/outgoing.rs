//! RFC 3261 §13.2, §9.1: a share of ours, from INVITE to its answer.

use std::time::Instant;

use super::{
    Agent, CommandError, Event,
    call::{Agreed, Call, Cancelled, Direction, End, EndedBy, Purpose, RINGING, State},
};
use crate::{
    offer::{self, Refusal},
    profile::setup::Preconditions,
    sip::{
        digest::Challenge,
        message::{Message, Start},
        text,
    },
};

/// One for the challenge, one for a stale nonce.
const MAX_CHALLENGES: u8 = 2;

impl Agent {
    pub(super) fn share(&mut self, to: &str, now: Instant) -> Result<(), CommandError> {
        let body = self.offer_to(to).to_string();
        self.invite(to, body, Purpose::Share, now)
    }

    /// Asks somebody.
    pub(super) fn invite(
        &mut self,
        to: &str,
        body: String,
        purpose: Purpose,
        now: Instant,
    ) -> Result<(), CommandError> {
        if self.call.is_some() {
            return Err(CommandError::Busy);
        }
        let uri = target_uri(to).ok_or_else(|| CommandError::Address(to.to_owned()))?;
        let routes = self.routes_to(&uri);
        let hop = self
            .next_hop(&routes, &uri)
            .ok_or_else(|| CommandError::Address(to.to_owned()))?;
        self.calls += 1;
        let local_tag = self.ids.tag();
        let call_id = self.ids.call_id();
        let local = format!("<{}>;tag={local_tag}", self.identity());
        let remote = format!("<{uri}>");
        let mut invite = Message::request("INVITE", &uri, &local, &remote, &call_id, 1)
            .with("Contact", self.contact_to(&uri))
            .with("Accept", "application/sdp")
            .with("Allow", self.config.profile.allow.join(", "));
        if purpose == Purpose::Share {
            invite.push("Accept-Contact", "*;+g.3gpp.cs-voice;explicit");
            if self.config.profile.setup.preconditions != Preconditions::None {
                invite.push("Require", "precondition");
            }
        }
        for route in &routes {
            invite.push("Route", route.as_str());
        }
        let invite = self.dressed(invite).with_body("application/sdp", body);
        let branch = self.ids.branch();
        let key = self.transactions.request(invite.clone(), &branch, hop, now);
        self.call = Some(Call {
            id: self.calls,
            direction: Direction::Outgoing,
            peer: text::person(&uri),
            since: now,
            state: State::Calling {
                key,
                invite: Box::new(invite),
                challenges: 0,
                provisional: false,
                cancelled: None,
                gives_up: now + RINGING,
                acknowledged: None,
            },
            call_id,
            local_tag,
            local,
            remote,
            target: uri,
            routes,
            hop,
            number: 1,
            invite_number: 1,
            peer_number: None,
            purpose,
            agreement: None,
            ack: None,
        });
        Ok(())
    }

    /// By the registrar's way, unless the address says where it is.
    pub(super) fn routes_to(&self, uri: &str) -> Vec<String> {
        match text::literal_address(uri) {
            Some(_) => Vec::new(),
            None => self.registration.service_route.clone(),
        }
    }

    pub(super) fn invite_answered(&mut self, response: &Message, now: Instant) {
        let Some(status) = response.status() else {
            return;
        };
        match status {
            ..200 => self.invite_progress(response, now),
            200..300 => self.invite_accepted(response, now),
            401 | 407 => self.invite_challenged(response, status, now),
            _ => self.invite_refused(response, status),
        }
    }

    fn invite_progress(&mut self, response: &Message, now: Instant) {
        self.acknowledge_ringing(response, now);
        let Some(call) = &mut self.call else {
            return;
        };
        let State::Calling {
            provisional,
            cancelled,
            ..
        } = &mut call.state
        else {
            return;
        };
        *provisional = true;
        if let Some(cancelled) = *cancelled {
            self.cancel(cancelled.by, now);
        }
    }

    fn invite_accepted(&mut self, response: &Message, now: Instant) {
        let Some(call) = &mut self.call else {
            return;
        };
        let cancelled = match &call.state {
            State::Calling { cancelled, .. } => *cancelled,
            State::Ringing { .. } | State::Accepted { .. } | State::Active => None,
        };
        call.remote.clone_from(&response.to);
        if let Some(contact) = response.list("Contact").first() {
            text::uri_of(contact).clone_into(&mut call.target);
        }
        let mut routes: Vec<String> = response
            .list("Record-Route")
            .into_iter()
            .map(str::to_owned)
            .collect();
        routes.reverse();
        call.routes = routes;
        call.state = State::Active;
        call.since = now;
        self.acknowledge();
        let agreement = self.read_answer(&response.body);
        match (cancelled, agreement) {
            // The 200 crossed our CANCEL: the call is up, so it is ended (RFC 3261 §15).
            (Some(cancelled), _) => {
                self.bye(None, now);
                self.ended(End {
                    by: cancelled.by,
                    status: Some(487),
                    reason: None,
                });
            }
            (None, Ok(agreement)) => {
                if let Some(call) = &mut self.call {
                    call.agreement = Some(agreement.clone());
                }
                self.event(match agreement {
                    Agreed::Share(agreement) => Event::MediaOpen {
                        direction: Direction::Outgoing,
                        agreement,
                    },
                    Agreed::Voice(agreement, speaks) => Event::VoiceOpen { agreement, speaks },
                });
            }
            (None, Err(refusal)) => {
                let reason = format!("SIP;cause=488;text=\"{refusal}\"");
                self.bye(Some(&reason), now);
                self.ended(End {
                    by: EndedBy::Us,
                    status: Some(488),
                    reason: Some(refusal.to_string()),
                });
            }
        }
    }

    /// What the answer to our offer makes of the call.
    fn read_answer(&self, answer: &[u8]) -> Result<Agreed, Refusal> {
        let profile = &self.config.profile;
        if self.call.as_ref().is_some_and(|call| call.is_voice()) {
            let speaks = profile.audio.as_ref().is_some_and(|own| own.sends);
            let sound = offer::read_voice_answer(answer, profile)?;
            return Ok(Agreed::Voice(sound, speaks));
        }
        offer::read_answer(answer, profile).map(Agreed::Share)
    }

    /// An ACK to a 2xx is the caller's, not the transaction's (RFC 3261 §13.2.2.4).
    fn acknowledge(&mut self) {
        let Some((ack, hop)) = self.in_dialog("ACK") else {
            return;
        };
        let branch = self.ids.branch();
        let bytes = self.transactions.send_once(ack, &branch, hop);
        if let Some(call) = &mut self.call {
            call.ack = Some((hop, bytes));
        }
    }

    /// The 2xx came again, so our ACK was lost.
    pub(super) fn repeated_answer(&mut self, response: &Message) {
        let Some(call) = &self.call else {
            return;
        };
        let is_ours = response.cseq.method == "INVITE"
            && response.call_id == call.call_id
            && response.tag_of_to() == text::parameter(&call.remote, "tag");
        if let (true, Some((hop, bytes))) = (is_ours, call.ack.clone()) {
            self.transactions.send(hop, bytes);
        }
    }

    fn invite_challenged(&mut self, response: &Message, status: u16, now: Instant) {
        let challenge = Challenge::pick(response, &self.config.profile.digest);
        let Some(call) = &mut self.call else {
            return;
        };
        let (
            State::Calling {
                key,
                invite,
                challenges,
                provisional,
                cancelled: None,
                ..
            },
            Some(challenge),
        ) = (&mut call.state, challenge)
        else {
            self.invite_refused(response, status);
            return;
        };
        if *challenges >= MAX_CHALLENGES {
            self.invite_refused(response, status);
            return;
        }
        *challenges += 1;
        *provisional = false;
        call.number += 1;
        call.invite_number = call.number;
        let Start::Request { uri, .. } = &invite.start else {
            return;
        };
        let nonce = self.ids.tag();
        let answer = challenge.answer(&self.config.credentials, "INVITE", uri, &nonce, 1);
        invite.cseq.number = call.number;
        invite
            .fields
            .retain(|field| field.name != challenge.answer_in);
        invite.push(challenge.answer_in, answer);
        let branch = self.ids.branch();
        *key = self
            .transactions
            .request((**invite).clone(), &branch, call.hop, now);
    }

    fn invite_refused(&mut self, response: &Message, status: u16) {
        let cancelled = match self.call.as_ref().map(|call| &call.state) {
            Some(State::Calling {
                cancelled: Some(cancelled),
                ..
            }) => Some(cancelled.by),
            Some(_) | None => None,
        };
        let phrase = match &response.start {
            Start::Response { reason, .. } => Some(reason.clone()),
            Start::Request { .. } => None,
        };
        let end = match cancelled {
            Some(by) => End {
                by,
                status: Some(status),
                reason: phrase,
            },
            None => End {
                by: EndedBy::Peer,
                status: Some(status),
                reason: phrase,
            },
        };
        self.ended(end);
    }

    /// Gives up an INVITE. Sent at once after a provisional response, else when one comes; the call
    /// ends with the INVITE's own final response.
    pub(super) fn cancel(&mut self, by: EndedBy, now: Instant) {
        let Some(call) = &mut self.call else {
            return;
        };
        let State::Calling {
            key,
            invite,
            provisional,
            cancelled,
            gives_up,
            ..
        } = &mut call.state
        else {
            return;
        };
        if cancelled.is_some_and(|cancelled| cancelled.sent) {
            return;
        }
        *cancelled = Some(Cancelled {
            by,
            sent: *provisional,
        });
        // A peer that never answers is not waited for longer than a transaction lives.
        *gives_up = now + crate::sip::transaction::LIFETIME;
        let Some(branch) = self.transactions.branch_of(*key).filter(|_| *provisional) else {
            return;
        };
        let branch = branch.to_owned();
        let Start::Request { uri, .. } = &invite.start else {
            return;
        };
        let mut request = Message::request(
            "CANCEL",
            uri,
            &invite.from,
            &invite.to,
            &invite.call_id,
            invite.cseq.number,
        )
        .with("Max-Forwards", "70");
        for route in invite.list("Route") {
            request.push("Route", route);
        }
        self.transactions.request(request, &branch, call.hop, now);
    }
}

/// A number is dialled as a tel: URI; separators between its digits are for the eye.
pub(super) fn target_uri(to: &str) -> Option<String> {
    let to = to.trim();
    let lower = to.to_ascii_lowercase();
    if lower.starts_with("sip:") || lower.starts_with("tel:") {
        let clean = to
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>\"".contains(&byte));
        return (clean && to.len() > 4).then(|| to.to_owned());
    }
    let digits: String = to
        .chars()
        .filter(|letter| !" -.()".contains(*letter))
        .collect();
    let bare = digits.strip_prefix('+').unwrap_or(&digits);
    let is_number = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("tel:{digits}"))
}
