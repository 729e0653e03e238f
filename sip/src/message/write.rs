//! RFC 3261 §7, §25.1: messages as bytes. What decides about routing comes first (§7.3.1), one
//! value a line, and Content-Length is always the body's.

use super::header::Contact;
use super::{Headers, Message, Request, Response};
use std::fmt::{self, Display, Write};

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
        put(out, format_args!("{} {} SIP/2.0", self.method, self.uri));
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
        put(out, format_args!("SIP/2.0 {} {}", self.status, self.reason));
        headers(out, &self.headers, &self.body);
    }
}

fn headers(out: &mut Vec<u8>, headers: &Headers, body: &[u8]) {
    each(out, "Via", &headers.via);
    each(out, "Route", &headers.route);
    each(out, "Record-Route", &headers.record_route);
    each(out, "Max-Forwards", headers.max_forwards);
    line(out, "From", &headers.from);
    line(out, "To", &headers.to);
    line(out, "Call-ID", &headers.call_id);
    line(out, "CSeq", &headers.cseq);
    match &headers.contact {
        Contact::Star => line(out, "Contact", "*"),
        Contact::List(list) => each(out, "Contact", list),
    }
    each(out, "Expires", headers.expires);
    for header in &headers.other {
        out.extend_from_slice(header.name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(header.value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    each(out, "Content-Type", &headers.content_type);
    line(out, "Content-Length", body.len());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}

fn each<T: Display>(out: &mut Vec<u8>, name: &str, values: impl IntoIterator<Item = T>) {
    for value in values {
        line(out, name, value);
    }
}

fn line(out: &mut Vec<u8>, name: &str, value: impl Display) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    put(out, format_args!("{value}"));
}

fn put(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    // A Vec takes whatever is written to it.
    let _ = Out(out).write_fmt(text);
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
