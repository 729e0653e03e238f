//! The ACK to a 2xx, and 2xx from several branches of a forked INVITE: RFC 3261 §13.2.2.4.

use super::call::Call;
use super::exchange::{Exchange, Purpose};
use super::{Agent, CallHandle, Output, Sender, SentAck, auth};
use crate::dialog::Dialog;
use crate::message::{Body, Method, Request, Response};
use crate::time::Instant;
use crate::transaction::ClientId;
use crate::transport::{FlowId, Hop};

impl Agent {
    /// Sends the ACK to a 2xx and remembers it for when the 2xx comes again.
    pub(super) fn send_ack(
        &mut self,
        id: ClientId,
        hop: Hop,
        dialog: &Dialog,
        response: &Response,
        body: Option<Body>,
    ) {
        let mut ack = dialog.ack(response.headers.cseq.number);
        if let Some((_, invite)) = self.transactions.sent(id) {
            // The same credentials as the INVITE (§22.1).
            ack.headers
                .other
                .extend(auth::authorizations(invite).cloned());
        }
        if let Some(body) = body {
            ack.set_body(body);
        }
        let datagram = hop;
        let hop = self.stamp_fitting(datagram, &mut ack, self.oversize);
        let bytes = ack.to_bytes();
        let as_datagram = (hop != datagram).then(|| {
            self.wire.stamp_again(&mut ack, datagram.transport);
            (datagram, ack.to_bytes())
        });
        let remote_tag = response.headers.to.tag().unwrap_or_default().to_owned();
        let sent = SentAck {
            remote_tag,
            hop,
            bytes: bytes.clone(),
            as_datagram,
        };
        // A transaction that is done hears no copies of the 2xx.
        if self.transactions.sent(id).is_some() {
            self.acks.entry(id).or_default().push(sent);
        }
        self.outputs.push_back(Output::Transmit { hop, bytes });
    }

    /// Answers a 2xx that was acknowledged before. `false` for any other response.
    pub(super) fn send_ack_again(&mut self, id: ClientId, response: &Response) -> bool {
        if !response.status.is_success() {
            return false;
        }
        let tag = response.headers.to.tag().unwrap_or_default();
        let Some(ack) = self
            .acks
            .get(&id)
            .and_then(|acks| acks.iter().find(|ack| ack.remote_tag == tag))
        else {
            return false;
        };
        let bytes = ack.bytes.clone();
        let call = match self.senders.get(&id) {
            Some(Sender::Invite(call)) => Some(*call),
            Some(Sender::Request(request)) => self.call_of(*request),
            None => None,
        };
        let call = call.and_then(|call| self.calls.get(&call));
        let moved = call
            .map(|call| call.hop)
            .filter(|_| ack.hop.flow != FlowId::ANY);
        let hop = moved.unwrap_or(ack.hop);
        self.outputs.push_back(Output::Transmit { hop, bytes });
        true
    }

    /// A 2xx that nobody wants any more, from another branch or after a CANCEL: ACK, then BYE.
    pub(super) fn part_with_branch(
        &mut self,
        id: ClientId,
        handle: Option<CallHandle>,
        response: &Response,
        now: Instant,
    ) {
        let known = self.acks.get(&id).map_or(0, Vec::len);
        if !response.status.is_success() || known >= MAX_BRANCHES {
            return;
        }
        let Some((hop, invite)) = self.transactions.sent(id) else {
            return;
        };
        let call = handle.and_then(|handle| self.calls.get_mut(&handle));
        let credentials = call.as_ref().and_then(|call| call.credentials.clone());
        let hop = call.as_ref().map_or(hop, |call| call.hop);
        let mut dialog = match call {
            Some(call) => call.take_branch(invite, response),
            None => Dialog::caller(invite, response),
        };
        self.send_ack(id, hop, &dialog, response, None);
        let bye: Request = dialog.request(Method::Bye);
        let exchange = Exchange::new(hop, bye, credentials, Purpose::Quiet(None));
        self.start_exchange(exchange, now);
    }
}

impl Call {
    /// The dialog that a 2xx confirms: the early one of its branch, or a new one.
    pub(super) fn take_branch(&mut self, invite: &Request, response: &Response) -> Dialog {
        let tag = response.headers.to.tag().unwrap_or_default();
        let mut early = self.early.iter();
        let Some(found) = early.position(|early| early.dialog.remote_tag() == tag) else {
            return Dialog::caller(invite, response);
        };
        let mut dialog = self.early.remove(found).dialog;
        dialog.confirm(response);
        dialog
    }
}

/// How many branches of a forked INVITE may answer with 2xx; a proxy cancels all others at the
/// first, so more than a few are an attack.
const MAX_BRANCHES: usize = 16;
