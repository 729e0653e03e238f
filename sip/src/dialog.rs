//! Dialogs: RFC 3261 §12. Two agents' shared memory of who they are, where to send the next
//! request, and in what order requests come.

use crate::message::{CallId, Contact, Method, NameAddr, Request, Response, Text, Uri};

/// One side of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    call_id: CallId,
    /// What we are in From, with our tag.
    local: NameAddr,
    /// What the peer is in To, with its tag unless it is of RFC 2543.
    remote: NameAddr,
    remote_target: Uri,
    /// In the order in which our requests take them.
    route_set: Vec<NameAddr>,
    local_cseq: u32,
    /// `None` until the peer's first request.
    remote_cseq: Option<u32>,
}

/// A request came out of the order of its CSeq; the answer is 500 (§12.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("CSeq {received} after {latest}")]
pub struct OutOfOrder {
    pub received: u32,
    pub latest: u32,
}

impl Dialog {
    /// The dialog that a 101-299 to our INVITE makes (§12.1.2). A peer that forgets its Contact is
    /// sent further requests where the INVITE went.
    pub fn caller(invite: &Request, response: &Response) -> Dialog {
        let target = response
            .headers
            .contact
            .first()
            .map(|contact| contact.uri.clone());
        Dialog {
            call_id: invite.headers.call_id.clone(),
            local: invite.headers.from.clone(),
            remote: response.headers.to.clone(),
            remote_target: target.unwrap_or_else(|| invite.uri.clone()),
            route_set: recorded(response),
            local_cseq: invite.headers.cseq.number,
            remote_cseq: None,
        }
    }

    /// The dialog that our 101-299 to the peer's INVITE makes (§12.1.1). A peer that forgets its
    /// Contact is sent further requests by what it is in From.
    pub fn callee(invite: &Request, local_tag: &Text) -> Dialog {
        let target = invite
            .headers
            .contact
            .first()
            .map(|contact| contact.uri.clone());
        let mut local = invite.headers.to.clone();
        local.set_tag(local_tag);
        Dialog {
            call_id: invite.headers.call_id.clone(),
            local,
            remote: invite.headers.from.clone(),
            remote_target: target.unwrap_or_else(|| invite.headers.from.uri.clone()),
            route_set: invite.headers.record_route.to_vec(),
            local_cseq: 0,
            remote_cseq: Some(invite.headers.cseq.number),
        }
    }

    pub fn call_id(&self) -> &CallId {
        &self.call_id
    }

    /// Empty for a peer of RFC 2543.
    pub fn remote_tag(&self) -> &str {
        self.remote.tag().unwrap_or_default()
    }

    pub fn remote_target(&self) -> &Uri {
        &self.remote_target
    }

    /// The next request inside the dialog, without Via (§12.2.1.1). Not for ACK and CANCEL, which
    /// have the number of their INVITE.
    pub fn request(&mut self, method: Method) -> Request {
        self.local_cseq += 1;
        self.numbered(method, self.local_cseq)
    }

    /// As [`Dialog::request`], without a number (0) until [`Dialog::place`] gives it one.
    pub fn draft(&self, method: Method) -> Request {
        self.numbered(method, 0)
    }

    /// Gives a request that is about to be sent the next number, and the way of this moment.
    pub fn place(&mut self, request: &mut Request) {
        self.local_cseq += 1;
        let (uri, route) = self.way();
        request.uri = uri;
        request.headers.route = route.into();
        request.headers.cseq.number = self.local_cseq;
    }

    /// The early dialog stands: the way is that of the 2xx (§13.2.2.4).
    pub fn confirm(&mut self, response: &Response) {
        self.route_set = recorded(response);
        self.refresh_target(&response.headers.contact);
    }

    /// The ACK to the 2xx of an INVITE with that number (§13.2.2.4).
    pub fn ack(&self, cseq_number: u32) -> Request {
        self.numbered(Method::Ack, cseq_number)
    }

    /// Takes the peer's next request (not ACK or CANCEL) into account.
    ///
    /// # Errors
    /// Its CSeq is lower than that of an earlier one. An equal one is let pass, as careless agents
    /// send BYE with the number of their INVITE; copies are the transactions' to find.
    pub fn receive(&mut self, request: &Request) -> Result<(), OutOfOrder> {
        let received = request.headers.cseq.number;
        if let Some(latest) = self.remote_cseq.filter(|latest| received < *latest) {
            return Err(OutOfOrder { received, latest });
        }
        self.remote_cseq = Some(received);
        Ok(())
    }

    /// Sends further requests to the Contact of a re-INVITE, an UPDATE or a 2xx to one (§12.2).
    pub fn refresh_target(&mut self, contact: &Contact) {
        if let Some(contact) = contact.first() {
            self.remote_target = contact.uri.clone();
        }
    }

    fn numbered(&self, method: Method, cseq_number: u32) -> Request {
        let (uri, route) = self.way();
        let mut request = Request::new(
            method,
            uri,
            self.local.clone(),
            self.remote.clone(),
            self.call_id.clone(),
            cseq_number,
        );
        request.headers.route = route.into();
        request
    }

    /// The Request-URI and Route headers. A first hop without `lr` is a strict router: it wants to
    /// be the Request-URI, and the target last in Route (§12.2.1.1).
    fn way(&self) -> (Uri, Vec<NameAddr>) {
        let Some((first, rest)) = self.route_set.split_first() else {
            return (self.remote_target.clone(), Vec::new());
        };
        if is_loose(first) {
            return (self.remote_target.clone(), self.route_set.clone());
        }
        let mut route = rest.to_vec();
        route.push(NameAddr::new(self.remote_target.clone()));
        (without_headers(first.uri.clone()), route)
    }
}

/// The route that a response recorded, as the caller takes it (§12.1.2).
fn recorded(response: &Response) -> Vec<NameAddr> {
    let routes = response.headers.record_route.iter();
    routes.rev().cloned().collect()
}

fn is_loose(route: &NameAddr) -> bool {
    route.uri.as_sip().is_some_and(|uri| uri.params.has("lr"))
}

/// What §19.1.1 does not allow in a Request-URI.
fn without_headers(uri: Uri) -> Uri {
    match uri {
        Uri::Sip(mut uri) => {
            uri.headers = None;
            uri.params.remove("method");
            Uri::Sip(uri)
        }
        Uri::Tel(_) | Uri::Other(_) => uri,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::message::Status;

    fn invite() -> Request {
        let mut invite = Request::new(
            Method::Invite,
            uri("sip:bob@example.com"),
            addr("<sip:alice@example.com>;tag=a"),
            addr("<sip:bob@example.com>"),
            "call".parse().unwrap(),
            7,
        );
        invite.headers.contact = addr("<sip:alice@192.0.2.1>").into();
        invite.headers.record_route =
            routes(&["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"]).into();
        invite
    }

    fn ok(invite: &Request) -> Response {
        let mut ok = Response::to(invite, Status::OK).with_to_tag("b");
        ok.headers.contact = addr("<sip:bob@192.0.2.2:5070>").into();
        ok
    }

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    fn addr(text: &str) -> NameAddr {
        text.parse().unwrap()
    }

    fn routes(texts: &[&str]) -> Vec<NameAddr> {
        texts.iter().map(|text| addr(text)).collect()
    }

    /// The request line, Route headers, To and CSeq.
    fn shown(request: &Request) -> String {
        let route: Vec<String> = request
            .headers
            .route
            .iter()
            .map(ToString::to_string)
            .collect();
        let headers = &request.headers;
        format!(
            "{} {} [{}] {} {}",
            request.method,
            request.uri,
            route.join(", "),
            headers.to,
            headers.cseq.number
        )
    }

    #[test]
    fn the_caller_takes_the_recorded_route_backwards_and_the_callee_forwards() {
        let invite = invite();
        let mut caller = Dialog::caller(&invite, &ok(&invite));
        assert_eq!(
            shown(&caller.request(Method::Bye)),
            "BYE sip:bob@192.0.2.2:5070 [<sip:p1.example.com;lr>, <sip:p2.example.com;lr>] \
             <sip:bob@example.com>;tag=b 8"
        );
        let mut callee = Dialog::callee(&invite, &Text::from("b"));
        assert_eq!(
            shown(&callee.request(Method::Bye)),
            "BYE sip:alice@192.0.2.1 [<sip:p2.example.com;lr>, <sip:p1.example.com;lr>] \
             <sip:alice@example.com>;tag=a 1"
        );
    }

    #[test]
    fn a_strict_first_hop_becomes_the_request_uri_and_the_target_the_last_route() {
        let mut invite = invite();
        invite.headers.record_route =
            routes(&["<sip:p2.example.com;lr>", "<sip:p1.example.com>"]).into();
        let caller = Dialog::caller(&invite, &ok(&invite));
        assert_eq!(
            shown(&caller.ack(7)),
            "ACK sip:p1.example.com [<sip:p2.example.com;lr>, <sip:bob@192.0.2.2:5070>] \
             <sip:bob@example.com>;tag=b 7"
        );
    }

    #[test]
    fn the_target_follows_the_latest_contact() {
        let mut invite = invite();
        invite.headers.record_route.clear();
        let mut caller = Dialog::caller(&invite, &ok(&invite));
        caller.refresh_target(&addr("<sip:bob@192.0.2.3>").into());
        caller.refresh_target(&Contact::default());
        assert_eq!(caller.request(Method::Info).uri, uri("sip:bob@192.0.2.3"));
    }

    #[test]
    fn without_a_contact_the_peer_is_where_it_was_called_or_said_to_be() {
        let mut invite = invite();
        let mut response = ok(&invite);
        invite.headers.contact = Contact::default();
        response.headers.contact = Contact::default();
        assert_eq!(
            *Dialog::caller(&invite, &response).remote_target(),
            uri("sip:bob@example.com")
        );
        let callee = Dialog::callee(&invite, &Text::from("b"));
        assert_eq!(*callee.remote_target(), uri("sip:alice@example.com"));
    }

    #[test]
    fn requests_of_the_peer_come_in_the_order_of_their_cseq() {
        let mut callee = Dialog::callee(&invite(), &Text::from("b"));
        let mut request = invite();
        let mut receive = |number| {
            request.headers.cseq.number = number;
            callee.receive(&request)
        };
        assert_eq!(
            receive(6),
            Err(OutOfOrder {
                received: 6,
                latest: 7
            })
        );
        assert_eq!(receive(7), Ok(()));
        assert_eq!(receive(12), Ok(()));
        assert_eq!(
            receive(11),
            Err(OutOfOrder {
                received: 11,
                latest: 12
            })
        );
    }
}
