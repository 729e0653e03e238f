//! (R9.1) Which model of handset a peer is, and what follows from it. A model is data: the files of
//! `handset/profiles` and those of the operator; here is only what reads and obeys them.

mod signs;
mod treat;

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use handset::{By, Model, Models, Signs};
use sip::message::{Request, Response, Status, Uri};
use sip::sdp::Description;

use crate::operate::metrics::Counters;

/// Addresses remembered. A network with more handsets that called lately loses the oldest, which are
/// then treated as anybody until they say who they are again.
const ADDRESSES: usize = 16_384;

/// Longer addresses are nobody's handset, and are not remembered.
const ADDRESS_BYTES: usize = 256;

/// Who has been recognised.
pub struct Peers {
    models: Arc<Models>,
    /// Two generations of half the room each: who is heard of stays.
    young: HashMap<String, Known>,
    old: HashMap<String, Known>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// Its place among the models, and by what it was recognised.
    model: Option<(usize, By)>,
}

impl Peers {
    pub fn new(models: Arc<Models>) -> Peers {
        Peers {
            models,
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    /// A device registers, or calls: its Contact is what it is known by.
    pub fn hear_request(&mut self, request: &Request, counters: &Counters) {
        for contact in request.headers.contact.list() {
            let signs = signs::of_request(request, contact);
            self.hear(&contact.uri, &signs, counters);
        }
    }

    /// Somebody who was asked by that address answers.
    pub fn hear_response(&mut self, asked: &Uri, response: &Response, counters: &Counters) {
        let signs = signs::of_response(response);
        self.hear(asked, &signs, counters);
    }

    fn hear(&mut self, address: &Uri, signs: &Signs, counters: &Counters) {
        // A page is no handset, though it says what some handsets say.
        let transport = address.as_sip().and_then(|sip| sip.params.get("transport"));
        if transport.is_some_and(|said| said.eq_ignore_ascii_case("ws")) {
            return;
        }
        let key = key(address);
        let found = self.models.recognise(signs);
        let known = self.known(&key);
        let Some((model, by)) = found else {
            if known.model.is_none() && signs.user_agent.is_some() {
                counters.peers_not_recognised.count();
            }
            return;
        };
        // What was surer stays: a description says less than a name.
        if known.model.is_some_and(|(_, surer)| surer < by) {
            return;
        }
        let Some(at) = self.models.iter().position(|of| of.name == model.name) else {
            return;
        };
        if known.model.is_none_or(|(before, _)| before != at) {
            counters.peers_recognised.count();
            tracing::info!(model = %model.name, ?by, "peer recognised");
        }
        self.note(key, |known| known.model = Some((at, by)));
    }

    fn note(&mut self, key: String, change: impl FnOnce(&mut Known)) {
        if key.len() > ADDRESS_BYTES {
            return;
        }
        let mut known = self.known(&key);
        change(&mut known);
        if self.young.len() >= ADDRESSES / 2 && !self.young.contains_key(&key) {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, known);
    }

    /// The model of whoever is reached by that address.
    pub fn model(&self, address: &Uri) -> Option<&Model> {
        let (at, _) = self.known(&key(address)).model?;
        self.models.iter().nth(at)
    }

    /// Our offer to that address, as its model wants it. What does not fit is left out, unless
    /// nothing were left.
    pub fn fit(&self, address: &Uri, offer: &mut Description) {
        if let Some(model) = self.model(address) {
            treat::fit(&model.treat, offer);
        }
    }

    /// What a peer described, with what its model can take where it says nothing of it.
    pub fn completed<'a>(&self, address: &Uri, sdp: &'a [u8]) -> Cow<'a, [u8]> {
        let model = self.model(address);
        let Some(assumed) = model.and_then(|model| model.treat.assumed.as_ref()) else {
            return Cow::Borrowed(sdp);
        };
        match Description::parse(sdp) {
            Ok(mut description) => {
                treat::complete(assumed, &mut description);
                Cow::Owned(description.to_bytes())
            }
            // Whoever reads it says what is wrong.
            Err(_) => Cow::Borrowed(sdp),
        }
    }

    /// The same of one that is read already.
    pub fn complete(&self, address: &Uri, description: &mut Description) {
        let model = self.model(address);
        if let Some(assumed) = model.and_then(|model| model.treat.assumed.as_ref()) {
            treat::complete(assumed, description);
        }
    }

    /// What that refusal of a peer means, where its model means something else by it.
    pub fn meant(&self, address: &Uri, status: Status) -> Option<Status> {
        let says_busy = status == Status::BUSY_HERE;
        let model = self.model(address).filter(|_| says_busy)?;
        model.treat.busy_means_declined.then_some(Status::DECLINE)
    }

    /// Whether no picture after the answer is as it should be, until the peer's user confirms.
    pub fn waits_for_user(&self, address: &Uri) -> bool {
        let model = self.model(address);
        model.is_some_and(|model| model.treat.media_waits_for_user)
    }

    fn known(&self, key: &str) -> Known {
        let known = self.young.get(key).or_else(|| self.old.get(key));
        known.copied().unwrap_or_default()
    }
}

/// What two spellings of an address have in common.
fn key(address: &Uri) -> String {
    let key = match address.as_sip() {
        Some(sip) => {
            let user = address.user().unwrap_or_default();
            let port = sip.port.unwrap_or_default();
            format!("{user}@{}:{port}", sip.host)
        }
        None => address.number().unwrap_or_else(|| address.to_string()),
    };
    key.to_ascii_lowercase()
}

/// What a described peer would be offered by its model; for `sidecam explain`.
pub fn fit(treat: &handset::Treat, offer: &mut Description) {
    treat::fit(treat, offer);
}

#[cfg(test)]
mod tests;
