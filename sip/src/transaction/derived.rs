//! The requests that an INVITE transaction makes of its INVITE: ACK (RFC 3261 §17.1.1.3) and
//! CANCEL (§9.1).

use crate::message::{CSeq, Contact, Headers, Method, NameAddr, Request, Response};

/// The ACK to a 300-699: the same hop and branch as the INVITE, To as the response has it.
pub(super) fn ack(invite: &Request, response: &Response) -> Request {
    derive(invite, Method::Ack, response.headers.to.clone())
}

/// The CANCEL of an INVITE that was sent: the same hop and branch, To without a tag unless the
/// INVITE had one.
pub(crate) fn cancel(invite: &Request) -> Request {
    derive(invite, Method::Cancel, invite.headers.to.clone())
}

fn derive(invite: &Request, method: Method, to: NameAddr) -> Request {
    let asked = &invite.headers;
    let cseq = CSeq::new(asked.cseq.number, method.clone());
    let mut headers = Headers::new(asked.from.clone(), to, asked.call_id.clone(), cseq);
    headers.via = asked.via.first().cloned().into_iter().collect();
    headers.route = asked.route.clone();
    headers.max_forwards = asked.max_forwards;
    headers.contact = Contact::default();
    Request {
        method,
        uri: invite.uri.clone(),
        headers,
        body: Vec::new(),
    }
}
