//! RFC 3261 §7, §18.3: bytes become a message once, here.

mod error;
mod head;
mod multipart;
mod reply;

pub use error::{Fault, ParseError};
pub use multipart::{Part, parts};

pub(crate) use head::Head;
pub(crate) use multipart::find as find_content;

use crate::limits::Limits;
use crate::message::{
    CSeq, CallId, Contact, ContentType, Field, Headers, ListFound, Message, Method, NameAddr,
    OthersFound, Request, Response, Status, SyntaxError, Text, Uri, Via, cut, lossy, number, place,
    trim, trim_space,
};
use error::Kind;
use head::{RawHeader, skip_line_breaks};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

/// Reads one message: a datagram, or the payload of one WebSocket frame (RFC 7118 §5), where
/// Content-Length may be absent and bytes after what it says are ignored (§18.3).
///
/// # Errors
/// What the peer got wrong, and what we would answer.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Message, ParseError> {
    let bytes = skip_line_breaks(bytes);
    read(bytes, limits).map_err(|fault| ParseError::new(fault, Kind::of(bytes)))
}

/// Whether a datagram or frame is no message but line breaks, or nothing, that keep a flow alive
/// (RFC 5626 §3.5, RFC 7118 §6).
pub fn is_keepalive(bytes: &[u8]) -> bool {
    skip_line_breaks(bytes).is_empty()
}

/// An error found before there was a message to parse.
pub(crate) fn framing_error(fault: Fault, bytes: &[u8]) -> ParseError {
    ParseError::new(fault, Kind::of(bytes))
}

#[inline(always)]
fn read(bytes: &[u8], limits: &Limits) -> Result<Message, Fault> {
    if bytes.is_empty() {
        return Err(Fault::NotSip);
    }
    if bytes.len() > limits.message_bytes {
        return Err(Fault::MessageTooLarge);
    }
    let head = Head::find(bytes).ok_or(Fault::NoEndOfHeaders)?;
    if head.bytes.len() > limits.head_bytes {
        return Err(Fault::HeadTooLarge);
    }
    let mut found = Found::new(head.bytes);
    let mut lines = head.lines();
    let start = lines.next().ok_or(Fault::NotSip)??;
    let start = StartLine::read(&text(head.bytes, found.head_text, &start), limits)?;
    for line in lines.by_ref().take(limits.headers) {
        found.take(&line?, limits)?;
    }
    if lines.next().is_some() {
        return Err(Fault::TooManyHeaders);
    }
    let body = body(&bytes[head.end..], found.content_length)?;
    found.into_message(start, body)
}

/// On a datagram, what is missing is an error and what is too much is not part of it (§18.3).
fn body(rest: &[u8], content_length: Option<usize>) -> Result<Vec<u8>, Fault> {
    let body = match content_length {
        Some(length) => rest.get(..length).ok_or(Fault::BodyTooShort)?,
        None => rest,
    };
    Ok(body.to_vec())
}

/// §7.1, §7.2
enum StartLine {
    Request(Method, Uri),
    Response(Status, Text),
}

impl StartLine {
    fn read(line: &str, limits: &Limits) -> Result<StartLine, Fault> {
        if is_sip(line) {
            return StartLine::read_response(line);
        }
        let line = trim(line);
        let (method, rest) = cut(line, b' ').ok_or(Fault::NotSip)?;
        let (uri, version) = match rest.strip_suffix(" SIP/2.0") {
            Some(uri) => (uri, VERSION),
            None => rest.rsplit_once(' ').ok_or(Fault::RequestLine)?,
        };
        let method = method.parse().map_err(|_| Fault::RequestLine)?;
        if !is_sip(version) {
            return Err(Fault::RequestLine);
        }
        if !version.eq_ignore_ascii_case(VERSION) {
            return Err(Fault::Version);
        }
        let uri = trim(uri);
        if uri.len() > limits.uri_bytes {
            return Err(Fault::UriTooLong);
        }
        let uri: Uri = uri.parse().map_err(Fault::RequestUri)?;
        // §19.1.1: headers are for who makes a request of the address.
        if uri.as_sip().is_some_and(|uri| uri.headers.is_some()) {
            return Err(Fault::RequestUri(SyntaxError::Trailing));
        }
        Ok(StartLine::Request(method, uri))
    }

    fn read_response(line: &str) -> Result<StartLine, Fault> {
        let (version, rest) = line.split_once(' ').ok_or(Fault::StatusLine)?;
        if !version.eq_ignore_ascii_case(VERSION) {
            return Err(Fault::Version);
        }
        let rest = rest.trim_start_matches(' ');
        // The phrase may be empty, and some leave out the space before it.
        let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let status = number(code).ok().and_then(Status::new);
        Ok(StartLine::Response(
            status.ok_or(Fault::StatusLine)?,
            Text::from(reason),
        ))
    }
}

fn is_sip(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("SIP/"))
}

/// What the header lines have said so far.
#[derive(Default)]
struct Found<'a> {
    head: &'a [u8],
    /// The same where it is UTF-8, as it should be.
    head_text: Option<&'a str>,
    via: ListFound<Via>,
    from: Option<NameAddr>,
    to: Option<NameAddr>,
    call_id: Option<CallId>,
    cseq: Option<CSeq>,
    max_forwards: Option<u8>,
    /// `Contact: *`
    star: bool,
    contact: ListFound<NameAddr>,
    route: ListFound<NameAddr>,
    record_route: ListFound<NameAddr>,
    expires: Option<u32>,
    content_type: Option<ContentType>,
    content_length: Option<usize>,
    other: OthersFound,
}

impl<'a> Found<'a> {
    fn new(head: &'a [u8]) -> Found<'a> {
        Found {
            head,
            head_text: std::str::from_utf8(head).ok(),
            ..Found::default()
        }
    }

    /// Takes a line of the head, or one that was folded there.
    #[inline(always)]
    fn take(&mut self, line: &[u8], limits: &Limits) -> Result<(), Fault> {
        let RawHeader { name, field, value } = RawHeader::of(line).ok_or(Fault::HeaderLine)?;
        let Some(field) = field else {
            let taken = self.other.take(self.head, name, value);
            return taken.map_err(|_| Fault::HeaderLine);
        };
        self.take_field(field, value)
            .map_err(|error| Fault::Header { field, error })?;
        self.check_lists(field, limits)
    }

    fn take_field(&mut self, field: Field, value: &[u8]) -> Result<(), SyntaxError> {
        let (head, head_text) = (self.head, self.head_text);
        let text = || text(head, head_text, value);
        match field {
            Field::Via => self.via.take(head, self.place(value), value),
            Field::From => once(&mut self.from, || text().parse()),
            Field::To => once(&mut self.to, || text().parse()),
            Field::CallId => once(&mut self.call_id, || text().parse()),
            Field::CSeq => once(&mut self.cseq, || text().parse()),
            Field::MaxForwards => once(&mut self.max_forwards, || number(&text())),
            Field::Contact => self.take_contact(value),
            Field::Route => self.route.take(head, self.place(value), value),
            Field::RecordRoute => self.record_route.take(head, self.place(value), value),
            Field::Expires => once(&mut self.expires, || seconds(&text())),
            Field::ContentType => once(&mut self.content_type, || text().parse()),
            Field::ContentLength => once(&mut self.content_length, || number(&text())),
        }
    }

    /// Where a value is in a head that is text, if it isn't of a folded line.
    fn place(&self, value: &[u8]) -> Option<Range<usize>> {
        self.head_text?;
        place(self.head, value)
    }

    /// A `*` stands alone (§20.10).
    fn take_contact(&mut self, value: &[u8]) -> Result<(), SyntaxError> {
        let is_star = trim_space(value) == b"*";
        if self.star || (is_star && self.contact.len() > 0) {
            return Err(SyntaxError::Trailing);
        }
        if is_star {
            self.star = true;
            return Ok(());
        }
        self.contact.take(self.head, self.place(value), value)
    }

    fn check_lists(&self, field: Field, limits: &Limits) -> Result<(), Fault> {
        let list = match field {
            Field::Via if self.via.len() > limits.vias => return Err(Fault::TooManyVias),
            Field::Contact => self.contact.len(),
            Field::Route => self.route.len(),
            Field::RecordRoute => self.record_route.len(),
            Field::Via
            | Field::From
            | Field::To
            | Field::CallId
            | Field::CSeq
            | Field::MaxForwards
            | Field::Expires
            | Field::ContentType
            | Field::ContentLength => 0,
        };
        if list > limits.list_values {
            return Err(Fault::TooManyHeaders);
        }
        Ok(())
    }

    #[inline(always)]
    fn into_message(self, start: StartLine, body: Vec<u8>) -> Result<Message, Fault> {
        if self.via.len() == 0 {
            return Err(Fault::Missing(Field::Via));
        }
        // What stays in the head has one copy of it.
        let head = self.head;
        let copy = OnceCell::new();
        let head = || Arc::clone(copy.get_or_init(|| Arc::from(head)));
        let headers = Headers {
            via: self.via.into_list(head),
            from: self.from.ok_or(Fault::Missing(Field::From))?,
            to: self.to.ok_or(Fault::Missing(Field::To))?,
            call_id: self.call_id.ok_or(Fault::Missing(Field::CallId))?,
            cseq: self.cseq.ok_or(Fault::Missing(Field::CSeq))?,
            max_forwards: self.max_forwards,
            contact: match self.star {
                true => Contact::Star,
                false => Contact::List(self.contact.into_list(head)),
            },
            route: self.route.into_list(head),
            record_route: self.record_route.into_list(head),
            expires: self.expires,
            content_type: self.content_type,
            other: self.other.into_others(head),
        };
        match start {
            StartLine::Request(method, _) if method != headers.cseq.method => {
                Err(Fault::MethodMismatch)
            }
            StartLine::Request(method, uri) => Ok(Message::Request(Request {
                method,
                uri,
                headers,
                body,
            })),
            StartLine::Response(status, reason) => Ok(Message::Response(Response {
                status,
                reason,
                headers,
                body,
            })),
        }
    }
}

/// A line of the head, or a piece of one, as text, with what isn't UTF-8 replaced.
fn text<'a>(head: &[u8], head_text: Option<&'a str>, piece: &'a [u8]) -> Cow<'a, str> {
    match head_text.and_then(|text| text.get(place(head, piece)?)) {
        Some(text) => Cow::Borrowed(text),
        None => lossy(piece),
    }
}

/// A header that may be there once (§7.3.1) and is there again makes the message ambiguous.
fn once<T>(
    slot: &mut Option<T>,
    value: impl FnOnce() -> Result<T, SyntaxError>,
) -> Result<(), SyntaxError> {
    if slot.is_some() {
        return Err(SyntaxError::Twice);
    }
    *slot = Some(value()?);
    Ok(())
}

/// Delta-seconds; more than there are is the most there are (RFC 4475 §3.1.2.4).
fn seconds(value: &str) -> Result<u32, SyntaxError> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SyntaxError::Number);
    }
    Ok(value.parse().unwrap_or(u32::MAX))
}

const VERSION: &str = "SIP/2.0";
