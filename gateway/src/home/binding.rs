//! RFC 3261 §10.3, RFC 5626 §6: one device of one user, and when two REGISTERs mean the same one.

use std::time::Duration;

use sip::message::{CallId, NameAddr};
use sip::time::Instant;
use sip::transport::{Hop, Transport};

use super::gruu::{GruuId, bare};
use crate::store::{Order, StoredBinding};
use crate::tokens::TokenId;

/// One device of one user.
#[derive(Debug, Clone)]
pub struct Binding {
    /// As registered, with its feature tags; `expires` is ours to say.
    pub contact: NameAddr,
    /// Where requests to the device go.
    pub hop: Hop,
    pub expires_at: Instant,
    /// Since the connection is gone: when the binding goes too.
    pub lost_until: Option<Instant>,
    /// What the device shows to read the directory.
    pub token: Option<String>,
    /// What made it, where that was no password.
    pub pass: Option<TokenId>,
    /// RFC 3327: the elements between us and the device, the first of them topmost.
    pub path: Vec<NameAddr>,
    /// What temporary GRUUs of this binding stand for (RFC 5627).
    pub(super) gruu: GruuId,
    pub(super) call_id: CallId,
    pub(super) cseq: u32,
}

impl Binding {
    /// What was kept over a restart; `None` for what is none of our writing.
    pub(super) fn restored(
        stored: &StoredBinding,
        hop: Hop,
        gruu: GruuId,
        now: Instant,
    ) -> Option<Binding> {
        Some(Binding {
            contact: stored.contact.parse().ok()?,
            hop,
            expires_at: now + stored.expires_in,
            lost_until: None,
            token: None,
            pass: None,
            path: Vec::new(),
            gruu,
            call_id: stored.call_id.parse().ok()?,
            cseq: stored.cseq,
        })
    }

    /// Whether requests can be sent to it now.
    pub fn is_reachable(&self, now: Instant) -> bool {
        self.lost_until.is_none() && now < self.expires_at
    }

    /// Preference in thousandths, 1000 being the highest (RFC 3261 §20.10). A `q` that is no
    /// number counts as the lowest.
    pub fn preference(&self) -> u16 {
        match self.contact.param("q").map(str::parse::<f32>) {
            Some(Ok(q)) if (0.0..=1.0).contains(&q) => (q * 1000.0).round() as u16,
            Some(Ok(_) | Err(_)) => 0,
            None => 1000,
        }
    }

    pub(super) fn dies_at(&self) -> Instant {
        let lost = self.lost_until.unwrap_or(self.expires_at);
        lost.min(self.expires_at)
    }

    /// The same instance by the same path (RFC 5626 §6), or the same address (RFC 3261 §10.3).
    pub(super) fn is_of(&self, contact: &NameAddr) -> bool {
        let path = |of: &NameAddr| of.param("reg-id").and_then(|id| id.parse::<u32>().ok());
        let same_instance = instance(contact).is_some()
            && instance(&self.contact) == instance(contact)
            && path(&self.contact) == path(contact);
        same_instance || self.contact.uri.same_as(&contact.uri)
    }

    /// The Contact as it is kept and shown.
    pub(super) fn written(&self) -> String {
        self.contact.to_string()
    }

    /// The device, as a public GRUU names it (RFC 5627 §3.1.1).
    pub fn instance(&self) -> Option<&str> {
        instance(&self.contact).map(bare)
    }

    /// Only a datagram's address outlives this program; a connection does not, nor a token, and who is
    /// behind other elements registers again.
    fn is_kept(&self) -> bool {
        match self.hop.transport {
            Transport::Udp => self.path.is_empty() && self.pass.is_none(),
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => false,
        }
    }

    pub(super) fn keep_order(&self, name: &str, expires_in: Duration) -> Option<Order> {
        self.is_kept().then(|| {
            Order::Keep(StoredBinding {
                name: name.to_owned(),
                contact: self.written(),
                received: self.hop.remote,
                call_id: self.call_id.to_string(),
                cseq: self.cseq,
                expires_in,
            })
        })
    }

    pub(super) fn forget_order(&self, name: &str) -> Option<Order> {
        let (name, contact) = (name.to_owned(), self.written());
        self.is_kept().then_some(Order::Forget { name, contact })
    }
}

/// `+sip.instance` (RFC 5626 §4.1).
fn instance(contact: &NameAddr) -> Option<&str> {
    contact
        .param("+sip.instance")
        .filter(|instance| !instance.is_empty())
}
