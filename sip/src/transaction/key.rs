//! Which transaction a message belongs to: RFC 3261 §17.1.3, §17.2.3, §8.2.2.2.

use crate::message::{CallId, Method, Request, Response};

/// What a response matches its request by (§17.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ClientKey {
    branch: String,
    method: Method,
}

impl ClientKey {
    /// `None` without a branch; ours always have one.
    pub(super) fn of_request(request: &Request) -> Option<ClientKey> {
        let branch = request.headers.via.first()?.branch()?;
        Some(ClientKey {
            branch: branch.to_owned(),
            method: request.method.clone(),
        })
    }

    pub(super) fn of_response(response: &Response) -> Option<ClientKey> {
        let branch = response.headers.via.first()?.branch()?;
        Some(ClientKey {
            branch: branch.to_owned(),
            method: response.headers.cseq.method.clone(),
        })
    }
}

/// What a request matches its earlier copy by, and an ACK its INVITE (§17.2.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ServerKey {
    Branch {
        branch: String,
        /// In lower case.
        sent_by: String,
        method: Method,
    },
    /// From an element of RFC 2543, whose branch means nothing. The To tag is left out, so that an
    /// ACK, which has that of our response, matches.
    Rfc2543 {
        uri: String,
        from_tag: String,
        call_id: CallId,
        cseq_number: u32,
        via: String,
        method: Method,
    },
}

impl ServerKey {
    /// An ACK has the key of the INVITE it acknowledges. `None` without a Via.
    pub(super) fn of(request: &Request) -> Option<ServerKey> {
        let method = match &request.method {
            Method::Ack => Method::Invite,
            method => method.clone(),
        };
        ServerKey::with_method(request, method)
    }

    /// The key of the INVITE that a CANCEL is meant for (§9.2).
    pub(super) fn cancelled_by(cancel: &Request) -> Option<ServerKey> {
        ServerKey::with_method(cancel, Method::Invite)
    }

    fn with_method(request: &Request, method: Method) -> Option<ServerKey> {
        let via = request.headers.via.first()?;
        if let Some(branch) = via.branch().filter(|_| via.has_rfc3261_branch()) {
            return Some(ServerKey::Branch {
                branch: branch.to_owned(),
                sent_by: via.sent_by.to_string().to_ascii_lowercase(),
                method,
            });
        }
        Some(ServerKey::Rfc2543 {
            uri: request.uri.to_string(),
            from_tag: request.headers.from.tag().unwrap_or_default().to_owned(),
            call_id: request.headers.call_id.clone(),
            cseq_number: request.headers.cseq.number,
            via: via.to_string(),
            method,
        })
    }
}

/// What the copies of one request that came by different ways have in common (§8.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct MergeKey {
    from_tag: String,
    call_id: CallId,
    cseq_number: u32,
    method: Method,
}

impl MergeKey {
    /// `None` inside a dialog, where copies have the order of their CSeq to go by.
    pub(super) fn of(request: &Request) -> Option<MergeKey> {
        if request.headers.to.tag().is_some() || request.method == Method::Cancel {
            return None;
        }
        Some(MergeKey {
            from_tag: request.headers.from.tag()?.to_owned(),
            call_id: request.headers.call_id.clone(),
            cseq_number: request.headers.cseq.number,
            method: request.method.clone(),
        })
    }
}
