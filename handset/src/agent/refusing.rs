//! Why an invitation is refused before it rings: by the model's habits, RFC 3261 §8.2.2, RFC 3312 §11.

use super::{Agent, OnInvite, incoming::peer_of};
use crate::{
    profile::{Stated, setup::Preconditions},
    sdp::Description,
    sip::message::Message,
};

/// Said by an offer whose sender is not ready (RFC 3312 §4).
const NOT_READY: &str = "curr:qos local none";

impl Agent {
    /// The refusal of an invitation; `None` when it may ring.
    pub(super) fn turned_away(&mut self, invite: &Message) -> Option<Message> {
        if let Some(Stated { status, reason }) = self.habit() {
            return Some(self.stranger(invite, status, &reason));
        }
        let profile = self.config.profile.clone();
        let required = invite.list("Require");
        let mut unknown = required.iter().copied();
        if let Some(unknown) = unknown.find(|tag| !profile.understands(tag)) {
            let response = self.stranger(invite, 420, "Bad Extension");
            return Some(response.with("Unsupported", unknown));
        }
        // The models of the time cannot offer in a 200.
        if invite.body.is_empty() {
            return Some(self.stranger(invite, 488, "Not Acceptable Here"));
        }
        if !invite.has_content_type("application/sdp") {
            return Some(self.stranger(invite, 415, "Unsupported Media Type"));
        }
        // What cannot be read is refused when it is to be answered, and a call of sound is no share.
        let offer = Description::read(&invite.body).ok()?;
        match offer.media.iter().any(|media| media.kind == "video") {
            true => self.not_as_wanted(invite, &offer),
            false => None,
        }
    }

    /// What the model says whatever the invitation has in it.
    fn habit(&self) -> Option<Stated> {
        let refusals = &self.config.profile.refusals;
        if self.call.is_some() {
            return Some(refusals.busy.clone());
        }
        match self.config.on_invite {
            OnInvite::Busy => Some(refusals.busy.clone()),
            OnInvite::Decline => Some(refusals.declined.clone()),
            OnInvite::Answer | OnInvite::Ring => None,
        }
    }

    fn not_as_wanted(&mut self, invite: &Message, offer: &Description) -> Option<Message> {
        let is_in_call = self.config.company.is_with(&peer_of(invite));
        let refusals = &self.config.profile.refusals;
        let outside = refusals.outside_call.clone().filter(|_| !is_in_call);
        if let Some(Stated { status, reason }) = outside {
            return Some(self.stranger(invite, status, &reason));
        }
        let setup = self.config.profile.setup.clone();
        let mut wanted = setup.wants.iter();
        if let Some(missing) = wanted.find(|line| !offer.attributes.contains(line)) {
            let warning = format!("399 handset \"a={missing} is missing\"");
            let response = self.stranger(invite, 488, "Not Acceptable Here");
            return Some(response.with("Warning", warning));
        }
        if setup.preconditions != Preconditions::Demanded {
            return None;
        }
        let says = |start: &str| {
            let lines = offer.media.iter().flat_map(|media| &media.attributes);
            lines.into_iter().any(|line| line.starts_with(start))
        };
        if !says("curr:qos") {
            let response = self.stranger(invite, 421, "Extension Required");
            return Some(response.with("Require", "precondition"));
        }
        says(NOT_READY).then(|| self.stranger(invite, 580, "Precondition Failure"))
    }
}
