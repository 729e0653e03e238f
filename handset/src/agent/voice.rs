//! RFC 3261 §13, §14, RFC 3264 §8.4: calls of sound alone, made by us, and held by a peer.

use std::time::Instant;

use super::{
    Agent, CommandError, Event,
    call::{Agreed, Purpose, State},
    incoming::peer_of,
};
use crate::sip::{message::Message, text, transaction::ServerKey};

impl Agent {
    pub(super) fn talk(&mut self, to: &str, now: Instant) -> Result<(), CommandError> {
        let offer = self.writer().voice_offer().ok_or(CommandError::NoVoice)?;
        self.invite(to, offer.to_string(), Purpose::Voice, now)
    }

    /// A re-INVITE inside a call of sound: held, taken back, or moved.
    pub(super) fn voice_invited_again(&mut self, key: ServerKey, invite: &Message, now: Instant) {
        let stands = self
            .call
            .as_ref()
            .is_some_and(|call| matches!(call.state, State::Accepted { .. } | State::Active));
        let answered = self.writer().voice_answer(&invite.body);
        let (true, Ok((answer, agreement, speaks))) = (stands, answered) else {
            let response = self.reply(invite, 488, "Not Acceptable Here");
            self.transactions.respond(key, &response, now);
            return;
        };
        if let Some(call) = &mut self.call {
            if let Some(contact) = invite.list("Contact").first() {
                text::uri_of(contact).clone_into(&mut call.target);
            }
            call.agreement = Some(Agreed::Voice(agreement.clone(), speaks));
            call.state = State::Accepted { key };
        }
        let contact = self.contact_to(&peer_of(invite));
        let response = self
            .ok(invite, contact)
            .with_body("application/sdp", answer.to_string());
        self.transactions.respond(key, &response, now);
        self.event(Event::VoiceOpen { agreement, speaks });
    }
}
