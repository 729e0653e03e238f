//! RFC 3261 §8.2.6, §8.2.7, §21.4.1: the answer to a request that could not be read, from what of
//! it could.

use super::ParseError;
use super::head::{Breaks, RawHeader, skip_line_breaks};
use crate::id::hex;
use crate::limits::Limits;
use crate::message::{
    CSeq, CallId, Field, Headers, Host, HostName, Method, NameAddr, Response, Status, Text, Uri,
    Via, lossy, split,
};
use sha2::{Digest, Sha256};

impl ParseError {
    /// The answer to the bytes this error came from, with Via, From, To, Call-ID and CSeq of the
    /// request. From, To or Call-ID that can't be read, or aren't there, are said to be missing, since
    /// a client finds its request by the Via and CSeq (§17.1.3). `None` where none is due, or where
    /// these two can't be read.
    ///
    /// The To tag is made from the bytes, so that a retransmission gets the same (§8.2.7).
    pub fn reply(&self, bytes: &[u8]) -> Option<Response> {
        let status = self.status()?;
        let readable = Readable::from(skip_line_breaks(bytes));
        let cseq = readable.cseq?;
        if cseq.method == Method::Ack || readable.via.is_empty() {
            return None;
        }
        let mut headers = Headers::new(
            readable.from.unwrap_or_else(missing),
            readable.to.unwrap_or_else(missing),
            readable
                .call_id
                .unwrap_or_else(|| CallId::generated("missing")),
            cseq,
        );
        headers.via = readable.via.into();
        let reason = match status {
            Status::BAD_REQUEST => format!("Bad Request: {self}"),
            _ => status.default_reason().to_owned(),
        };
        let response = Response {
            status,
            reason: Text::from(reason),
            headers,
            body: Vec::new(),
        };
        Some(response.with_to_tag(hex(&Sha256::digest(bytes)[..TAG_BYTES])))
    }
}

/// What of a broken request a response needs.
#[derive(Default)]
struct Readable {
    via: Vec<Via>,
    from: Option<NameAddr>,
    to: Option<NameAddr>,
    call_id: Option<CallId>,
    cseq: Option<CSeq>,
}

impl Readable {
    fn from(bytes: &[u8]) -> Readable {
        let breaks = Breaks::find(bytes);
        let mut readable = Readable::default();
        for line in breaks.lines(bytes).skip(1).take(MAX_LINES).flatten() {
            if let Some(header) = RawHeader::of(&line)
                && let Some(field) = header.field
            {
                readable.take(field, &lossy(header.value));
            }
        }
        readable
    }

    fn take(&mut self, field: Field, value: &str) {
        match field {
            Field::Via => {
                let vias = split(value, b',').unwrap_or_default();
                self.via.extend(vias.into_iter().filter_map(via));
            }
            Field::From => self.from = self.from.take().or_else(|| address(value)),
            Field::To => self.to = self.to.take().or_else(|| address(value)),
            Field::CallId => self.call_id = self.call_id.take().or_else(|| value.parse().ok()),
            Field::CSeq => self.cseq = self.cseq.take().or_else(|| cseq(value)),
            Field::MaxForwards
            | Field::Contact
            | Field::Route
            | Field::RecordRoute
            | Field::Expires
            | Field::ContentType
            | Field::ContentLength => {}
        }
    }
}

/// The Via, as if its version were ours: it says where the refusal of another version goes. Of
/// parameters that can't be read, those that can are kept.
fn via(value: &str) -> Option<Via> {
    let rest = value.splitn(3, '/').nth(2)?;
    let value = format!("SIP/2.0/{rest}");
    if let Ok(via) = value.parse() {
        return Some(via);
    }
    let (sent_by, params) = value.split_once(';')?;
    let mut via: Via = sent_by.parse().ok()?;
    for param in params.split(';').take(Limits::PARAMS) {
        if let Ok(with_param) = format!("{via};{param}").parse() {
            via = with_param;
        }
    }
    Some(via)
}

/// An address that stands for one that isn't there (RFC 3323 §4.1.1.3 has the host).
fn missing() -> NameAddr {
    let host = HostName::fixed("anonymous.invalid");
    NameAddr::new(Uri::sip("missing", Host::Name(host)))
}

/// The CSeq, or at least its method: a client tells answers apart by branch and method
/// (§17.1.3), so a number that is none is answered as 0.
fn cseq(value: &str) -> Option<CSeq> {
    value.parse().ok().or_else(|| {
        let (_, method) = value.split_once([' ', '\t'])?;
        Some(CSeq::new(0, method.trim().parse().ok()?))
    })
}

/// The address, or at least its URI and tag where the rest is what is wrong.
fn address(value: &str) -> Option<NameAddr> {
    if let Ok(address) = value.parse() {
        return Some(address);
    }
    let (_, rest) = value.rsplit_once('<')?;
    let (uri, params) = rest.split_once('>')?;
    let address = NameAddr::new(uri.trim().parse().ok()?);
    let tag = params
        .split(';')
        .filter_map(|param| param.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("tag"));
    Some(match tag {
        Some((_, tag)) => address.with_tag(tag.trim()),
        None => address,
    })
}

const TAG_BYTES: usize = 8;

/// As many lines as a message may have; a message refused for having more is read this far.
const MAX_LINES: usize = 256;
