//! RFC 3261 §7, §25.1: messages as bytes. What decides about routing comes first (§7.3.1), one
//! value a line, and Content-Length is always the body's.

use super::addresses::Addresses;
use super::header::{CSeq, Contact};
use super::{Headers, Message, Request, Response};
use std::fmt::{self, Write};

impl Message {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(TYPICAL_HEAD_BYTES + self.body().len());
        self.write(&mut out);
        out
    }

    /// Appends the message.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Message::Request(request) => request.write(out),
            Message::Response(response) => response.write(out),
        }
    }
}

impl Request {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(TYPICAL_HEAD_BYTES + self.body.len());
        self.write(&mut out);
        out
    }

    /// Appends the request.
    pub fn write(&self, out: &mut Vec<u8>) {
        line(out, self.method.as_str(), |out| {
            out.write_str(" ")?;
            self.uri.write_to(out)?;
            out.write_str(" SIP/2.0")
        });
        headers(out, &self.headers, &self.body);
    }
}

impl Response {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(TYPICAL_HEAD_BYTES + self.body.len());
        self.write(&mut out);
        out
    }

    /// Appends the response.
    pub fn write(&self, out: &mut Vec<u8>) {
        line(out, "SIP/2.0 ", |out| {
            write!(out, "{} ", self.status)?;
            out.write_str(&self.reason)
        });
        headers(out, &self.headers, &self.body);
    }
}

fn headers(out: &mut Vec<u8>, headers: &Headers, body: &[u8]) {
    for via in &headers.via {
        line(out, "Via: ", |out| via.write_to(out));
    }
    each(out, "Route: ", &headers.route);
    each(out, "Record-Route: ", &headers.record_route);
    if let Some(hops) = headers.max_forwards {
        line(out, "Max-Forwards: ", |out| write!(out, "{hops}"));
    }
    line(out, "From: ", |out| headers.from.write_to(out));
    line(out, "To: ", |out| headers.to.write_to(out));
    line(out, "Call-ID: ", |out| {
        out.write_str(headers.call_id.as_str())
    });
    line(out, "CSeq: ", |out| {
        let CSeq { number, method } = &headers.cseq;
        write!(out, "{number} ")?;
        out.write_str(method.as_str())
    });
    match &headers.contact {
        Contact::Star => line(out, "Contact: ", |out| out.write_str("*")),
        Contact::List(list) => each(out, "Contact: ", list),
    }
    if let Some(seconds) = headers.expires {
        line(out, "Expires: ", |out| write!(out, "{seconds}"));
    }
    headers.other.write(out);
    if let Some(content_type) = &headers.content_type {
        line(out, "Content-Type: ", |out| {
            out.write_str(content_type.kind.as_str())?;
            out.write_str("/")?;
            out.write_str(content_type.subtype.as_str())?;
            content_type.params.write_to(out)
        });
    }
    line(out, "Content-Length: ", |out| write!(out, "{}", body.len()));
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}

/// One a line; as they came, where they were not changed.
fn each(out: &mut Vec<u8>, name: &str, values: &Addresses) {
    match values.source() {
        Some(read) => {
            for piece in read.pieces() {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(piece);
                out.extend_from_slice(b"\r\n");
            }
        }
        None => values
            .iter()
            .for_each(|value| line(out, name, |out| value.write_to(out))),
    }
}

/// A line that starts so: with the name and its colon, or the first word.
fn line(out: &mut Vec<u8>, start: &str, value: impl FnOnce(&mut Out<'_>) -> fmt::Result) {
    out.extend_from_slice(start.as_bytes());
    // A Vec takes whatever is written to it.
    let _ = value(&mut Out(out));
    out.extend_from_slice(b"\r\n");
}

struct Out<'a>(&'a mut Vec<u8>);

impl Write for Out<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Start line and headers of an INVITE with two hops and the headers an IMS wants.
const TYPICAL_HEAD_BYTES: usize = 2048;
