//! RFC 3261 §8.1.3.4, §16.5: a callee that names another place. It is tried as if the caller had
//! asked for it, so that a redirection leads nowhere where the caller could not go by itself.

use sip::agent::End;
use sip::message::{NameAddr, Request, Response, Uri};
use sip::time::Instant;
use sip::transport::Hop;

use super::branches::{MAX_BRANCHES, groups};
use super::{CallKey, Calls};
use crate::switch::Desk;
use crate::switch::identity::Caller;
use crate::switch::route::{self, Target, WANTED};

/// On whose behalf a place is tried, and where they have been.
pub(super) struct Asked<'a> {
    pub(super) who: &'a Caller,
    /// Their own device, which is no place for them.
    pub(super) own: Hop,
    /// What they sent, without a body.
    pub(super) request: &'a Request,
    /// Every Request-URI so far, so that no redirection goes in circles.
    pub(super) tried: &'a mut Vec<Uri>,
}

impl Asked<'_> {
    /// The places that a 3xx names, in the order of its preference. Those that were tried, or that
    /// the asker may not call, are passed over.
    pub(super) fn places(
        &mut self,
        response: &Response,
        desk: &Desk<'_>,
        now: Instant,
    ) -> Vec<Target> {
        let mut contacts: Vec<&NameAddr> = response.headers.contact.list().iter().collect();
        contacts.sort_by_key(|contact| std::cmp::Reverse(preference(contact)));
        let mut found: Vec<Target> = Vec::new();
        for contact in contacts {
            let full = self.tried.len() + found.len() >= MAX_BRANCHES;
            if full || self.was_tried(&contact.uri) {
                continue;
            }
            let mut asked = self.request.clone();
            asked.uri = contact.uri.clone();
            asked.headers.route.clear();
            let targets = route::find(desk, self.who, &asked, now).unwrap_or_default();
            for target in targets {
                let is_own = target.leads_to(self.own) && target.whose == self.who.whose;
                if !is_own && !self.was_tried(&target.uri) {
                    found.push(Target {
                        preference: preference(contact),
                        wanted: WANTED,
                        ..target
                    });
                }
            }
            self.tried.push(contact.uri.clone());
        }
        found
    }

    fn was_tried(&self, uri: &Uri) -> bool {
        self.tried.iter().any(|tried| tried.same_as(uri))
    }
}

/// The 3xx that an INVITE ended with, if it did.
pub(super) fn redirection(end: &End) -> Option<&Response> {
    let response = end.response.as_ref();
    response.filter(|response| (300..400).contains(&response.status.code()))
}

impl Calls {
    /// Puts the places that a 3xx names before those that wait; places that were tried, or that the
    /// caller may not call, are passed over.
    pub(super) fn redirect(
        &mut self,
        key: CallKey,
        response: &Response,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let own = call.caller.hop;
        let Some(set_up) = call.set_up().filter(|set_up| set_up.media.is_open()) else {
            return; // the caller has this callee's description
        };
        let mut asked = Asked {
            who: &set_up.who,
            own,
            request: &set_up.asked,
            tried: &mut set_up.tried,
        };
        let found = asked.places(response, desk, now);
        tracing::debug!(call = key.0, places = found.len(), "redirected");
        for group in groups(found).into_iter().rev() {
            set_up.groups.push_front(group);
        }
    }
}

/// `q` in thousandths; 1000 where there is none that can be read.
fn preference(contact: &NameAddr) -> u16 {
    match contact.param("q").map(str::parse::<f32>) {
        Some(Ok(q)) if (0.0..=1.0).contains(&q) => (q * 1000.0).round() as u16,
        Some(Ok(_) | Err(_)) | None => 1000,
    }
}
