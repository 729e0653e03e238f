//! RFC 3327, RFC 3608, RFC 5626 §5.1: a REGISTER on its way to the core and back.

use std::time::Duration;

use sip::message::{Contact, Header, NameAddr, Request, Response, SipUri, Status, Uri, Value};
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use super::{BINDINGS, Core, CoreBinding, Moved, address_of_record};
use crate::switch::Policy;

/// What is remembered of a REGISTER until the core answers.
#[derive(Debug, Clone)]
pub struct Registering {
    pub name: String,
    hop: Hop,
    request: Request,
}

impl Core {
    /// Prepares a REGISTER for the core: our Path with the device's flow on top, and what the core
    /// is told of where the device is. The device's proof passes as it is.
    ///
    /// # Errors
    /// The status it is refused with.
    pub fn pass_register(
        &mut self,
        mut request: Request,
        hop: &Hop,
        policy: &Policy,
        now: Instant,
    ) -> Result<(Request, Registering), Status> {
        let Some(config) = &self.config else {
            return Err(Status::NOT_FOUND);
        };
        let name = address_of_record(&request.headers.to.uri).ok_or(Status::BAD_REQUEST)?;
        if self.rejected.get(&name).is_some_and(|until| now < *until) {
            // Told once; the device asks its user, or gives up (3GPP TS 24.229 §5.1.1.7).
            self.rejected.remove(&name);
            return Err(Status::FORBIDDEN);
        }
        if self.count() >= BINDINGS && !self.bindings.contains_key(&name) {
            return Err(Status::SERVICE_UNAVAILABLE);
        }
        let registering = Registering {
            name,
            hop: *hop,
            request: Request {
                body: Vec::new(),
                ..request.clone()
            },
        };
        let headers = &mut request.headers;
        // `ob` only where the device is bound to this flow and registers by outbound (RFC 5626
        // §5.1); without, a registrar takes the Path for a plain one.
        let outbound = headers.contact.list().iter().any(is_outbound);
        let path = self.path(hop, policy, outbound);
        let theirs: Vec<Header> = take(headers, "Path");
        headers.push("Path", Value::from(path.to_string()));
        headers.other.extend(theirs);
        if !headers.lists("Supported", "path") {
            headers.push("Supported", "path");
        }
        if !headers.has("P-Access-Network-Info")
            && let Some(access) = &config.access_network
        {
            headers.push("P-Access-Network-Info", access.as_str());
        }
        headers.remove("P-Visited-Network-ID");
        if let Some(visited) = &config.visited_network {
            headers.push("P-Visited-Network-ID", visited.as_str());
        }
        Ok((request, registering))
    }

    /// Our address with the token of a flow, for Path and Record-Route.
    pub fn own_address(&self, flow: &Hop, policy: &Policy) -> SipUri {
        let at = policy.contact_on(Transport::Udp);
        let mut uri = SipUri::new(at.host.clone()).with_user(&self.tokens.write(flow));
        if let Some(port) = at.port {
            uri = uri.with_port(port);
        }
        uri.with_flag("lr")
    }

    fn path(&self, flow: &Hop, policy: &Policy, outbound: bool) -> NameAddr {
        let uri = self.own_address(flow, policy);
        NameAddr::new(Uri::Sip(match outbound {
            true => uri.with_flag("ob"),
            false => uri,
        }))
    }

    /// Takes over what the core granted. Gives back the flows that devices left for others.
    pub fn registered(
        &mut self,
        registering: &Registering,
        response: &mut Response,
        now: Instant,
    ) -> Moved {
        if !response.status.is_success() {
            // Who is challenged, told to wait or refused keeps what was granted before, as the
            // core does (RFC 3261 §10.3); 403 and 404 end it.
            if response.status == Status::FORBIDDEN || response.status == Status::NOT_FOUND {
                self.forget(registering);
            }
            return Moved::new();
        }
        // The Path is between the registrar and us (RFC 3327 §5.3 lets it be seen, none needs it).
        response.headers.remove("Path");
        let asked = &registering.request.headers;
        if asked.contact == Contact::Star {
            self.change(&registering.name, Vec::clear);
            return Moved::new();
        }
        let granted = response.headers.contact.list();
        let addresses = |name: &str| response.headers.addresses(name).unwrap_or_default();
        let (service_route, associated) =
            (addresses("Service-Route"), addresses("P-Associated-URI"));
        let mut moved = Moved::new();
        for contact in asked.contact.list() {
            let listed = granted.iter().find(|one| one.uri.same_as(&contact.uri));
            let seconds = listed.and_then(|one| one.expires().or(response.headers.expires));
            let lifetime = Duration::from_secs(seconds.unwrap_or_default().into()).min(LONGEST);
            let mut kept = contact.clone();
            kept.params.remove("expires");
            let binding = CoreBinding {
                hop: registering.hop,
                contact: kept,
                service_route: service_route.clone(),
                associated: associated.clone(),
                expires_at: now + lifetime,
                lost_until: None,
                call_id: asked.call_id.clone(),
            };
            let replace = |all: &mut Vec<CoreBinding>| replace(all, binding, lifetime);
            let left = self.change(&registering.name, replace);
            moved.extend(left.map(|flow| (flow, registering.hop)));
        }
        moved
    }

    fn forget(&mut self, registering: &Registering) {
        let call_id = &registering.request.headers.call_id;
        self.change(&registering.name, |all| {
            all.retain(|binding| binding.call_id != *call_id);
        });
    }
}

/// Puts a device's binding in place of the one it had; takes that away only where it lives no
/// longer. Gives back the flow that the device left.
fn replace(all: &mut Vec<CoreBinding>, binding: CoreBinding, lifetime: Duration) -> Option<FlowId> {
    let old = all.iter().position(|old| is_same(old, &binding.contact));
    let old = old.map(|at| all.remove(at).hop.flow);
    if lifetime.is_zero() {
        return None;
    }
    if all.len() >= DEVICES {
        all.remove(0);
    }
    let flow = binding.hop.flow;
    all.push(binding);
    old.filter(|old| *old != flow)
}

/// Devices of one user by this gateway. Each rings where the core says so; who registers more has
/// the oldest forgotten here, and the core answers for it.
const DEVICES: usize = 16;

/// A core may grant 600,000 s (3GPP TS 24.229); a month is more than anybody has to be remembered.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

fn is_outbound(contact: &NameAddr) -> bool {
    contact.params.has("reg-id") && contact.params.has("+sip.instance")
}

fn is_same(binding: &CoreBinding, contact: &NameAddr) -> bool {
    let instance = |of: &NameAddr| of.param("+sip.instance").map(str::to_owned);
    let path = |of: &NameAddr| of.param("reg-id").map(str::to_owned);
    let same_instance = instance(contact).is_some()
        && instance(&binding.contact) == instance(contact)
        && path(&binding.contact) == path(contact);
    same_instance || binding.contact.uri.same_as(&contact.uri)
}

fn take(headers: &mut sip::message::Headers, name: &str) -> Vec<Header> {
    let (taken, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut headers.other)
        .into_iter()
        .partition(|header| header.name.is(name));
    headers.other = kept.into();
    taken
}
