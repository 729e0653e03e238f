//! REGISTER (RFC 3261 §10) as a device behind one flow (RFC 5626, RFC 7118 §8.1).

use sip::agent::Outgoing;
use sip::message::{Header, Host, Method, NameAddr, Response, SipUri, Uri};
use sip::time::{Duration, Instant};

use super::{Account, Link, Next, What};
use crate::phone::state::{Me, Registration};
use crate::phone::{ALLOW, Desk, contacts};

impl Account {
    /// False if there is nothing to send it with.
    pub(super) fn register(&mut self, expires_seconds: u32, desk: &mut Desk<'_>) -> bool {
        let (Link::Up(flow), Some(address), Some(credentials)) =
            (self.link, self.address(), self.credentials.clone())
        else {
            return false;
        };
        let Some(Ok(host)) = self
            .settings
            .as_ref()
            .map(|settings| settings.domain.parse::<Host>())
        else {
            return false;
        };
        // RFC 5626 §4.2: one flow to one edge, so one reg-id.
        let mut contact = NameAddr::new(Uri::Sip(self.contact_uri()))
            .with_param("reg-id", 1)
            .with_param("expires", expires_seconds);
        contact
            .params
            .set_quoted("+sip.instance", format!("<{}>", self.instance));
        let user = NameAddr::new(address);
        let call_id = self
            .call_id
            .get_or_insert_with(|| self.ids.call_id())
            .clone();
        self.cseq += 1;
        let mut outgoing = Outgoing::new(
            self.hop(flow),
            Method::Register,
            Uri::Sip(SipUri::new(host)),
            user.clone(),
            user,
        );
        outgoing.call_id = Some(call_id);
        outgoing.cseq = Some(self.cseq);
        outgoing.contact = vec![contact];
        outgoing.headers = vec![
            Header::fixed("Supported", "path, outbound"),
            Header::fixed("Allow", ALLOW),
        ];
        outgoing.credentials = Some(credentials);
        // A challenge is answered under the next number.
        self.cseq += CHALLENGES;
        self.registering = Some(desk.agent.request(outgoing, desk.now));
        true
    }

    pub(super) fn registered(&mut self, response: &Response, now: Instant) {
        let headers = &response.headers;
        let associated = headers.addresses("P-Associated-URI").unwrap_or_default();
        let display = associated
            .iter()
            .find_map(|address| address.display.as_ref());
        let name = display.map_or_else(|| self.name.clone(), |display| display.as_str().to_owned());
        self.me = Some(Me {
            name,
            number: associated.iter().find_map(contacts::number_of),
        });
        if let Some(token) = headers.get("Sidecam-Token") {
            self.token = Some(token.to_owned());
        }
        let own = self.contact_user.as_str();
        let ours = headers
            .contact
            .list()
            .iter()
            .find(|contact| contact.uri.user().as_deref() == Some(own));
        let granted = ours
            .and_then(NameAddr::expires)
            .or(headers.expires)
            .unwrap_or(EXPIRES_SECONDS);
        let half = Duration::from_secs(u64::from(granted.max(REFRESH_AT_LEAST_SECONDS)) / 2);
        self.registration = Registration::Registered;
        self.problem = None;
        self.failures = 0;
        self.next = Some(Next {
            at: now + half,
            what: What::Refresh,
        });
    }

    /// `sip:name@domain`.
    pub(super) fn address(&self) -> Option<Uri> {
        let host = self.settings.as_ref()?.domain.parse().ok()?;
        Some(Uri::sip(&self.name, host))
    }

    pub(super) fn contact_uri(&self) -> SipUri {
        SipUri::new(self.contact_host.clone())
            .with_user(self.contact_user.as_str())
            .with_param("transport", "ws")
    }
}

/// A version 4 UUID (RFC 9562 §5.4) as RFC 5626 §4.1 wants it.
pub(super) fn urn_uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::from("urn:uuid:");
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

pub(super) const EXPIRES_SECONDS: u32 = 3600;
pub(super) const EXPIRES_NOW: u32 = 0;
/// A registrar that grants less is asked no oftener than this allows.
const REFRESH_AT_LEAST_SECONDS: u32 = 20;
/// How many challenges the agent answers by itself, each under its own CSeq.
const CHALLENGES: u32 = 2;
