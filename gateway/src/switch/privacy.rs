//! RFC 3323 §5, RFC 3325 §7: who a sender is, and who is told of it. The core is told, with the wish
//! to keep it; a device is not, when the sender wants to stay unknown.
//!
//! Of RFC 3323 the rest comes with a back-to-back user agent: no Via, Contact or Record-Route of the
//! caller's reaches the other side (`header`), nor Subject, Organization or User-Agent (`user`).

use std::sync::LazyLock;

use sip::message::{Header, Headers, Host, NameAddr, Privacy, SipUri, Uri, Value};

/// Whom a request goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// It keeps what it is asked to keep.
    Core,
    Device,
}

/// How a caller appears in an INVITE.
pub(super) struct Presented {
    pub(super) from: NameAddr,
    /// P-Asserted-Identity and Privacy, as far as they are said.
    pub(super) headers: Vec<Header>,
}

/// Whether the sender is to stay unknown to devices. A wish that cannot be read is taken for one.
pub(super) fn is_wished(headers: &Headers) -> bool {
    match headers.typed::<Privacy>() {
        Some(Ok(privacy)) => privacy.asks("id") || privacy.asks("user"),
        Some(Err(_)) => true,
        None => false,
    }
}

/// How a caller whom we know by that address appears to that audience; `own` are the headers that the
/// way there asks for, by which it may know the caller by another address.
pub(super) fn present(
    known: NameAddr,
    asked: &Headers,
    audience: Audience,
    own: &[Header],
) -> Presented {
    if audience == Audience::Device && is_wished(asked) {
        return Presented {
            from: anonymous(),
            headers: Vec::new(),
        };
    }
    let mut headers = Vec::new();
    if !own
        .iter()
        .any(|header| header.name.is("P-Asserted-Identity"))
    {
        let value = Value::from(known.to_string());
        headers.push(Header::fixed("P-Asserted-Identity", value));
    }
    if audience == Audience::Device {
        let from = known;
        return Presented { from, headers };
    }
    let wishes = asked
        .other
        .iter()
        .filter(|header| header.name.is("Privacy"));
    headers.extend(wishes.cloned());
    Presented {
        // What goes on from the core has this From, and the identity no more.
        from: match is_anonymous(&asked.from.uri) {
            true => anonymous(),
            false => known,
        },
        headers,
    }
}

/// RFC 3323 §4.1.1.3.
pub(super) fn anonymous() -> NameAddr {
    let uri = SipUri::new(ANONYMOUS.clone()).with_user("anonymous");
    NameAddr::new(Uri::Sip(uri)).with_display("Anonymous")
}

pub(super) fn is_anonymous(uri: &Uri) -> bool {
    uri.as_sip().is_some_and(|uri| uri.host == *ANONYMOUS)
}

static ANONYMOUS: LazyLock<Host> =
    LazyLock::new(|| "anonymous.invalid".parse().expect("a host name"));
