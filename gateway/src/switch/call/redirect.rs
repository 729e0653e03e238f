//! RFC 3261 §8.1.3.4, §16.5: a callee that names another place. It is tried as if the caller had
//! asked for it, so that a redirection leads nowhere where the caller could not go by itself.

use sip::message::{NameAddr, Response, Uri};
use sip::time::Instant;

use super::branches::{MAX_BRANCHES, groups};
use super::setup::SetUp;
use super::{CallKey, Calls};
use crate::switch::Desk;
use crate::switch::route::{self, Target};

impl SetUp {
    fn was_tried(&self, uri: &Uri) -> bool {
        self.tried.iter().any(|tried| tried.same_as(uri))
    }
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
        let mut contacts: Vec<&NameAddr> = response.headers.contact.list().iter().collect();
        contacts.sort_by_key(|contact| std::cmp::Reverse(preference(contact)));
        let mut found: Vec<Target> = Vec::new();
        for contact in contacts {
            let full = set_up.tried.len() + found.len() >= MAX_BRANCHES;
            if full || set_up.was_tried(&contact.uri) {
                continue;
            }
            let mut asked = set_up.asked.clone();
            asked.uri = contact.uri.clone();
            asked.headers.route.clear();
            let targets = route::find(desk, &set_up.who, &asked, now).unwrap_or_default();
            for target in targets {
                let is_own = target.leads_to(own) && target.whose == set_up.who.whose;
                if !is_own && !set_up.was_tried(&target.uri) {
                    found.push(Target {
                        preference: preference(contact),
                        ..target
                    });
                }
            }
            set_up.tried.push(contact.uri.clone());
        }
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
