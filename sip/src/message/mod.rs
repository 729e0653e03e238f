//! RFC 3261 §7: requests and responses as types. Built here or read by
//! [`parse`](crate::parse::parse()), written by [`Message::to_bytes`].

mod header;
mod headers;
mod host;
mod lex;
mod method;
mod mixed;
mod on_demand;
mod others;
mod params;
mod plain;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod plain_tests;
mod read_list;
mod status;
mod text;
mod uri;
mod uri_headers;
mod uri_number;
mod uri_text;
mod write;

pub use header::*;
pub use headers::Headers;
pub use host::{Host, HostName, HostPort};
pub use lex::SyntaxError;
pub use method::Method;
pub use mixed::MixedPart;
pub use on_demand::{OnDemand, Source};
pub use others::{Others, ReadHeaders};
pub use params::Params;
pub use read_list::{Addresses, Listed, ReadList, Vias};
pub use status::Status;
pub use text::{Text, TextError, Token, Value};
pub use uri::{OtherUri, SipUri, TelUri, Uri};
pub use uri_text::{UriParams, UriText};

pub(crate) use header::{Known, field};
pub(crate) use host::number;
pub(crate) use lex::{cut, find_byte, find_control, lossy, place, split, trim};
pub(crate) use others::OthersFound;
pub(crate) use read_list::ListFound;
pub(crate) use text::{is_token_bytes, trim as trim_space};

/// A SIP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    Request(Request),
    Response(Response),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    pub headers: Headers,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: Status,
    pub reason: Text,
    pub headers: Headers,
    pub body: Vec<u8>,
}

/// A body and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    pub content_type: ContentType,
    pub bytes: Vec<u8>,
}

impl Body {
    pub fn new(content_type: ContentType, bytes: impl Into<Vec<u8>>) -> Body {
        Body {
            content_type,
            bytes: bytes.into(),
        }
    }

    /// A session description (RFC 8866).
    pub fn sdp(bytes: impl Into<Vec<u8>>) -> Body {
        Body::new(ContentType::sdp(), bytes)
    }
}

impl Message {
    pub fn headers(&self) -> &Headers {
        match self {
            Message::Request(request) => &request.headers,
            Message::Response(response) => &response.headers,
        }
    }

    pub fn headers_mut(&mut self) -> &mut Headers {
        match self {
            Message::Request(request) => &mut request.headers,
            Message::Response(response) => &mut response.headers,
        }
    }

    pub fn body(&self) -> &[u8] {
        match self {
            Message::Request(request) => &request.body,
            Message::Response(response) => &response.body,
        }
    }
}

impl Request {
    /// A request without a Via, which the transaction writes, and with the Max-Forwards all start
    /// with (§8.1.1.6).
    pub fn new(
        method: Method,
        uri: Uri,
        from: NameAddr,
        to: NameAddr,
        call_id: CallId,
        cseq_number: u32,
    ) -> Request {
        let cseq = CSeq::new(cseq_number, method.clone());
        let mut headers = Headers::new(from, to, call_id, cseq);
        headers.max_forwards = Some(MAX_FORWARDS);
        Request {
            method,
            uri,
            headers,
            body: Vec::new(),
        }
    }

    pub fn set_body(&mut self, body: Body) {
        self.headers.content_type = Some(body.content_type);
        self.body = body.bytes;
    }

    /// The body, or the first part of a multipart one, that is of that type, as `application/sdp`.
    pub fn content(&self, essence: &str) -> Option<&[u8]> {
        content(&self.headers, &self.body, essence)
    }
}

impl Response {
    /// An answer with what §8.2.6.2 and §12.1.1 copy: Via, From, To, Call-ID, CSeq; Timestamp into
    /// a 100; Record-Route where a dialog comes of it. The To tag, which any but a 100 needs, is
    /// added by [`Response::with_to_tag`].
    pub fn to(request: &Request, status: Status) -> Response {
        let asked = &request.headers;
        let mut headers = Headers::new(
            asked.from.clone(),
            asked.to.clone(),
            asked.call_id.clone(),
            asked.cseq.clone(),
        );
        headers.via = asked.via.clone();
        if request.method.creates_dialog() && status > Status::TRYING && !status.is_failure() {
            headers.record_route = asked.record_route.clone();
        }
        if status == Status::TRYING
            && let Some(timestamp) = asked.get("Timestamp")
        {
            headers.push("Timestamp", timestamp);
        }
        Response {
            status,
            reason: Text::from(status.default_reason()),
            headers,
            body: Vec::new(),
        }
    }

    /// Puts the tag on To unless the request had one already (§8.2.6.2).
    pub fn with_to_tag(mut self, tag: impl Into<Text>) -> Response {
        if self.headers.to.tag().is_none() {
            self.headers.to.set_tag(tag);
        }
        self
    }

    pub fn with_reason(mut self, reason: impl Into<Text>) -> Response {
        self.reason = reason.into();
        self
    }

    pub fn set_body(&mut self, body: Body) {
        self.headers.content_type = Some(body.content_type);
        self.body = body.bytes;
    }

    /// The body, or the first part of a multipart one, that is of that type, as `application/sdp`.
    pub fn content(&self, essence: &str) -> Option<&[u8]> {
        content(&self.headers, &self.body, essence)
    }
}

impl From<Request> for Message {
    fn from(request: Request) -> Message {
        Message::Request(request)
    }
}

impl From<Response> for Message {
    fn from(response: Response) -> Message {
        Message::Response(response)
    }
}

fn content<'a>(headers: &Headers, body: &'a [u8], essence: &str) -> Option<&'a [u8]> {
    let content_type = headers.content_type.as_ref()?;
    crate::parse::find_content(content_type, body, essence)
}

const MAX_FORWARDS: u8 = 70;
