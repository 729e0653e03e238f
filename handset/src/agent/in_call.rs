//! RFC 3261 §12.2, §14.2 and §15: what happens inside a call that is up.

use std::{net::SocketAddr, time::Instant};

use super::{
    Agent, CommandError, Event,
    call::{Agreed, Call, Direction, End, EndedBy, State},
    incoming::peer_of,
};
use crate::sip::{message::Message, text, transaction::ServerKey};

impl Agent {
    /// Ends the call as its stage demands: CANCEL, 603 or BYE.
    pub(super) fn end(&mut self, reason: Option<&str>, now: Instant) -> Result<(), CommandError> {
        let by = if reason.is_some() {
            EndedBy::Timeout
        } else {
            EndedBy::Us
        };
        match self.call.as_ref().map(|call| &call.state) {
            None => return Err(CommandError::NoCall),
            Some(State::Calling { .. }) => self.cancel(by, now),
            Some(State::Ringing { .. }) => self.decline_ringing(by, now),
            Some(State::Accepted { .. } | State::Active) => {
                self.bye(reason, now);
                self.ended(End {
                    by,
                    status: Some(200),
                    reason: reason.map(str::to_owned),
                });
            }
        }
        Ok(())
    }

    pub(super) fn call_timeout(&mut self, now: Instant) {
        let Some(call) = self
            .call
            .as_ref()
            .filter(|call| call.due().is_some_and(|at| now >= at))
        else {
            return;
        };
        match &call.state {
            // Cancelled long ago, and the peer never said 487 (RFC 3261 §9.1).
            State::Calling {
                cancelled: Some(cancelled),
                ..
            } => {
                let by = cancelled.by;
                self.ended(End {
                    by,
                    status: Some(408),
                    reason: None,
                });
            }
            State::Calling { .. } => self.cancel(EndedBy::Timeout, now),
            State::Ringing { gives_up, .. } if now < *gives_up => self.ring_again(now),
            State::Ringing { .. } => {
                self.refuse_ringing(480, "Temporarily Unavailable", EndedBy::Timeout, now);
            }
            State::Accepted { .. } | State::Active => {}
        }
    }

    /// A request inside the dialog, and where it goes. The dialog's CSeq rises but for an ACK,
    /// which has its INVITE's.
    pub(super) fn in_dialog(&mut self, method: &str) -> Option<(Message, SocketAddr)> {
        let call = self.call.as_mut()?;
        let number = match method {
            "ACK" => call.invite_number,
            _ => {
                call.number += 1;
                call.number
            }
        };
        let mut request = Message::request(
            method,
            &call.target,
            &call.local,
            &call.remote,
            &call.call_id,
            number,
        );
        for route in &call.routes {
            request.push("Route", route.as_str());
        }
        let target = call
            .routes
            .first()
            .map_or(call.target.as_str(), |route| text::uri_of(route));
        let hop = text::literal_address(target).unwrap_or(call.hop);
        let request = request
            .with("Max-Forwards", "70")
            .with("User-Agent", self.config.profile.user_agent.as_str());
        Some((request, hop))
    }

    pub(super) fn bye(&mut self, reason: Option<&str>, now: Instant) {
        let Some((mut request, hop)) = self.in_dialog("BYE") else {
            return;
        };
        if let Some(reason) = reason {
            request.push("Reason", reason);
        }
        let branch = self.ids.branch();
        self.transactions.request(request, &branch, hop, now);
    }

    pub(super) fn hung_up(&mut self, key: ServerKey, bye: &Message, now: Instant) {
        if !self.take_request(key, bye, now) {
            return;
        }
        let response = self.reply(bye, 200, "OK");
        self.transactions.respond(key, &response, now);
        let reason = bye.get("Reason").map(str::to_owned);
        // A caller may end an early dialog by BYE too (RFC 3261 §15).
        self.given_up(reason.clone(), now);
        self.ended(End {
            by: EndedBy::Peer,
            status: Some(200),
            reason,
        });
    }

    pub(super) fn informed(&mut self, key: ServerKey, info: &Message, now: Instant) {
        if !self.take_request(key, info, now) {
            return;
        }
        let wants_picture = info.has_content_type("application/media_control+xml")
            && String::from_utf8_lossy(&info.body).contains("picture_fast_update");
        let response = if wants_picture || info.body.is_empty() {
            self.reply(info, 200, "OK")
        } else {
            self.reply(info, 415, "Unsupported Media Type")
                .with("Accept", "application/media_control+xml")
        };
        self.transactions.respond(key, &response, now);
        if wants_picture {
            self.event(Event::PictureWanted);
        }
    }

    /// A re-INVITE: the same answer as before, to the peer's new address.
    pub(super) fn invited_again(&mut self, key: ServerKey, invite: &Message, now: Instant) {
        if !self.take_request(key, invite, now) {
            return;
        }
        if self.call.as_ref().is_some_and(Call::is_voice) {
            return self.voice_invited_again(key, invite, now);
        }
        let is_watching = self.call.as_ref().is_some_and(|call| {
            call.direction == Direction::Incoming
                && matches!(call.state, State::Accepted { .. } | State::Active)
        });
        let answered = self.writer().answer(&invite.body);
        let (true, Ok((answer, agreement))) = (is_watching, answered) else {
            let response = self.reply(invite, 488, "Not Acceptable Here");
            self.transactions.respond(key, &response, now);
            return;
        };
        if let Some(call) = &mut self.call {
            if let Some(contact) = invite.list("Contact").first() {
                text::uri_of(contact).clone_into(&mut call.target);
            }
            call.agreement = Some(Agreed::Share(agreement.clone()));
            call.state = State::Accepted { key };
        }
        let contact = self.contact_to(&peer_of(invite));
        let response = self
            .ok(invite, contact)
            .with_body("application/sdp", answer.to_string());
        self.transactions.respond(key, &response, now);
        self.event(Event::MediaMoved { agreement });
    }

    /// Whether a request belongs to the call and is in order; answers it when not.
    pub(super) fn take_request(&mut self, key: ServerKey, request: &Message, now: Instant) -> bool {
        let Some(call) = self.call.as_mut().filter(|call| call.owns(request)) else {
            let response = self.stranger(request, 481, "Call/Transaction Does Not Exist");
            self.transactions.respond(key, &response, now);
            return false;
        };
        if call.in_order(request.cseq.number) {
            return true;
        }
        let response = self.reply(request, 500, "Server Internal Error");
        self.transactions.respond(key, &response, now);
        false
    }

    pub(super) fn acknowledged(&mut self, ack: &Message, now: Instant) {
        let Some(call) = self.call.as_mut().filter(|call| call.owns(ack)) else {
            return;
        };
        if let State::Accepted { key } = call.state {
            call.state = State::Active;
            self.transactions.acknowledged(key, now);
        }
    }

    /// No ACK in 32 s: the call is ended by BYE (RFC 3261 §13.3.1.4).
    pub(super) fn unacknowledged(&mut self, key: ServerKey, now: Instant) {
        let is_ours = self.call.as_ref().is_some_and(
            |call| matches!(call.state, State::Accepted { key: waiting } if waiting == key),
        );
        if is_ours {
            self.bye(Some("SIP;cause=408;text=\"no ACK\""), now);
            self.ended(End {
                by: EndedBy::Timeout,
                status: Some(408),
                reason: None,
            });
        }
    }
}
