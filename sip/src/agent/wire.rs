//! What every message of ours has: Via (RFC 3261 §8.1.1.7, §18.1.1), User-Agent or Server, tags.

use std::collections::HashMap;

use super::{Invite, Outgoing, Reply, capability};
use crate::id::IdSource;
use crate::message::{Host, HostPort, Method, NameAddr, Request, Response, Text, Via};
use crate::transport::Transport;

/// The hand that writes our messages.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) ids: IdSource,
    user_agent: Text,
    sent_by: HashMap<Transport, HostPort>,
    /// What Via says where nothing is set (RFC 7118 appendix B.1).
    anonymous: HostPort,
    pub(super) option_tags: Vec<Text>,
    pub(super) also_understood: Vec<Text>,
}

impl Wire {
    pub(super) fn new(user_agent: &str, seed: [u8; 32]) -> Wire {
        let mut ids = IdSource::new(seed);
        let host: Host = ids
            .invalid_host()
            .parse()
            .expect("hexadecimal digits and .invalid");
        Wire {
            ids,
            user_agent: Text::from(user_agent),
            sent_by: HashMap::new(),
            anonymous: HostPort::new(host, None),
            option_tags: Vec::new(),
            also_understood: Vec::new(),
        }
    }

    pub(super) fn set_sent_by(&mut self, transport: Transport, sent_by: HostPort) {
        self.sent_by.insert(transport, sent_by);
    }

    pub(super) fn sent_by(&self, transport: Transport) -> &HostPort {
        self.sent_by.get(&transport).unwrap_or(&self.anonymous)
    }

    pub(super) fn is_own(&self, sent_by: &HostPort) -> bool {
        *sent_by == self.anonymous || self.sent_by.values().any(|own| own == sent_by)
    }

    /// Puts our Via on top, with a branch of its own. A request without one is ours.
    pub(super) fn stamp(&mut self, request: &mut Request, transport: Transport) {
        let sent_by = self.sent_by(transport).clone();
        let mut via = Via::new(transport, sent_by, self.ids.branch());
        if !transport.is_reliable() {
            via.ask_rport();
        }
        let forwarded = !request.headers.via.is_empty();
        request.headers.via.insert(0, via);
        if forwarded {
            return;
        }
        if !self.user_agent.is_empty() && !request.headers.has("User-Agent") {
            request.headers.push("User-Agent", &self.user_agent);
        }
    }

    /// Puts another Via of ours in place of the one on top.
    pub(super) fn stamp_again(&mut self, request: &mut Request, transport: Transport) {
        request.headers.via.remove(0);
        self.stamp(request, transport);
    }

    /// A request outside a dialog, without Via.
    pub(super) fn outgoing(&mut self, outgoing: Outgoing) -> Request {
        let call_id = outgoing.call_id.unwrap_or_else(|| self.ids.call_id());
        let cseq = outgoing.cseq.unwrap_or(1);
        let from = self.tagged(outgoing.from);
        let mut request = Request::new(
            outgoing.method,
            outgoing.uri,
            from,
            outgoing.to,
            call_id,
            cseq,
        );
        let headers = &mut request.headers;
        headers.contact = outgoing.contact.into();
        headers.route = outgoing.route.into();
        headers.expires = outgoing.expires;
        headers.max_forwards = outgoing.max_forwards.or(headers.max_forwards);
        headers.other = outgoing.headers.into();
        capability::announce(&request.method, headers, &self.option_tags);
        if let Some(body) = outgoing.body {
            request.set_body(body);
        }
        request
    }

    /// The INVITE of a new call, without Via.
    pub(super) fn invite(&mut self, invite: &Invite) -> Request {
        let from = self.tagged(NameAddr {
            ..invite.from.clone()
        });
        let call_id = self.ids.call_id();
        let (uri, to) = (invite.uri.clone(), invite.to.clone());
        let mut request = Request::new(Method::Invite, uri, from, to, call_id, 1);
        let headers = &mut request.headers;
        headers.contact = invite.contact.clone().into();
        headers.route = invite.route.clone().into();
        headers.max_forwards = invite.max_forwards.or(headers.max_forwards);
        headers.other = invite.headers.clone().into();
        capability::announce(&Method::Invite, headers, &self.option_tags);
        if let Some(body) = invite.body.clone() {
            request.set_body(body);
        }
        request
    }

    /// The answer to a request, with the To tag if it has none yet.
    pub(super) fn response(&self, request: &Request, reply: Reply, to_tag: &Text) -> Response {
        let mut response = Response::to(request, reply.status).with_to_tag(to_tag);
        if let Some(reason) = reply.reason {
            response.reason = reason;
        }
        let headers = &mut response.headers;
        headers.contact = reply.contact.into();
        headers.expires = reply.expires;
        headers.other.extend(reply.headers);
        if reply.status.is_success() {
            capability::announce(&request.method, headers, &self.option_tags);
        }
        if !self.user_agent.is_empty() && !headers.has("Server") {
            headers.push("Server", &self.user_agent);
        }
        if let Some(body) = reply.body {
            response.set_body(body);
        }
        response
    }

    fn tagged(&mut self, mut from: NameAddr) -> NameAddr {
        if from.tag().is_none() {
            from.set_tag(self.ids.tag());
        }
        from
    }
}
