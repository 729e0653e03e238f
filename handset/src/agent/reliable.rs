//! RFC 3262, as the 2.2 client and its successors use it (R1.20): PRACK for a 180, whether it was sent
//! reliably or not, and a reliable 180 for whoever requires one.

use std::time::{Duration, Instant};

use super::{
    Agent,
    call::{Reliable, State},
};
use crate::sip::{message::Message, text, transaction::ServerKey};

/// T1 and T2 of RFC 3261 §17.1.1.1.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// The first RSeq is drawn below 2^31 (§3).
const RSEQS: u32 = 1 << 31;

impl Agent {
    /// Sends PRACK for a 1xx of our INVITE where the model does.
    pub(super) fn acknowledge_ringing(&mut self, response: &Message, now: Instant) {
        let is_reliable = response
            .list("Require")
            .iter()
            .any(|tag| tag.eq_ignore_ascii_case("100rel"));
        let always = self.config.profile.setup.pracks_any_ringing;
        let status = response.status().unwrap_or_default();
        // Without a tag there is no dialog to send anything in.
        if status <= 100 || response.tag_of_to().is_none() || !(is_reliable || always) {
            return;
        }
        // A 180 that was not reliable has no number; the old client counts from 1.
        let rseq = response
            .get("RSeq")
            .and_then(|text| text.trim().parse().ok());
        let rseq = rseq.unwrap_or(1);
        let tag = response.tag_of_to().unwrap_or_default().to_owned();
        let Some(call) = &mut self.call else {
            return;
        };
        let State::Calling { acknowledged, .. } = &mut call.state else {
            return;
        };
        if *acknowledged == Some((tag.clone(), rseq)) {
            return;
        }
        *acknowledged = Some((tag, rseq));
        call.remote.clone_from(&response.to);
        if let Some(contact) = response.list("Contact").first() {
            text::uri_of(contact).clone_into(&mut call.target);
        }
        let rack = format!("{rseq} {} INVITE", call.invite_number);
        let Some((prack, hop)) = self.in_dialog("PRACK") else {
            return;
        };
        let branch = self.ids.branch();
        let prack = prack.with("RAck", rack);
        self.transactions.request(prack, &branch, hop, now);
    }

    /// The 180 as a reliable one, when the invitation requires that or carries the 2.2 client's mark.
    pub(super) fn made_reliable(
        &mut self,
        invite: &Message,
        ringing: Message,
        now: Instant,
    ) -> Message {
        let marks = ["precondition", "100rel"];
        let is_marked = invite
            .list("Require")
            .iter()
            .any(|tag| marks.iter().any(|mark| mark.eq_ignore_ascii_case(tag)));
        if !is_marked {
            return ringing;
        }
        let rseq = 1 + self.ids.number() % (RSEQS - 1);
        let response = ringing
            .with("Require", "100rel")
            .with("RSeq", rseq.to_string());
        if let Some(State::Ringing { reliable, .. }) =
            self.call.as_mut().map(|call| &mut call.state)
        {
            *reliable = Some(Box::new(Reliable {
                rseq,
                response: response.clone(),
                repeat_at: now + FIRST_PAUSE,
                interval: FIRST_PAUSE,
            }));
        }
        response
    }

    /// Nobody acknowledged the 180 yet: it goes out again.
    pub(super) fn ring_again(&mut self, now: Instant) {
        let Some(State::Ringing {
            key,
            reliable: Some(reliable),
            ..
        }) = self.call.as_mut().map(|call| &mut call.state)
        else {
            return;
        };
        reliable.interval = (reliable.interval * 2).min(LONGEST_PAUSE);
        reliable.repeat_at = now + reliable.interval;
        let (key, response) = (*key, reliable.response.clone());
        self.transactions.respond(key, &response, now);
    }

    pub(super) fn pracked(&mut self, key: ServerKey, prack: &Message, now: Instant) {
        if !self.take_request(key, prack, now) {
            return;
        }
        let rack = prack.get("RAck").unwrap_or_default();
        let mut rack = rack.split_whitespace().map(str::parse::<u32>);
        let named = (rack.next(), rack.next());
        let number = self.call.as_ref().map(|call| &call.state);
        let is_known = match number {
            Some(State::Ringing {
                reliable: Some(reliable),
                invite,
                ..
            }) => named == (Some(Ok(reliable.rseq)), Some(Ok(invite.cseq.number))),
            // Its 180 was overtaken by our 200, and is acknowledged by that.
            Some(State::Accepted { .. } | State::Active) => true,
            Some(State::Ringing { reliable: None, .. } | State::Calling { .. }) | None => false,
        };
        let response = match is_known {
            true => self.reply(prack, 200, "OK"),
            false => self.reply(prack, 481, "Call/Transaction Does Not Exist"),
        };
        self.transactions.respond(key, &response, now);
        if let (true, Some(State::Ringing { reliable, .. })) =
            (is_known, self.call.as_mut().map(|call| &mut call.state))
        {
            *reliable = None;
        }
    }
}
