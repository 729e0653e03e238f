//! RFC 3261 §7, §25.1: messages as bytes. What decides about routing comes first (§7.3.1), one
//! value a line, and Content-Length is always the body's.

use super::header::{CSeq, Contact, NameAddr};
use super::on_demand::OnDemand;
use super::read_list::{Listed, ReadList};
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
    let address = |address: &NameAddr, out: &mut Out<'_>| address.write_to(out);
    each(out, "Via: ", &headers.via, |via, out| via.write_to(out));
    each(out, "Route: ", &headers.route, address);
    each(out, "Record-Route: ", &headers.record_route, address);
    if let Some(hops) = headers.max_forwards {
        line(out, "Max-Forwards: ", |out| {
            out.write_str(decimal(u64::from(hops), &mut [0; 20]))
        });
    }
    line(out, "From: ", |out| headers.from.write_to(out));
    line(out, "To: ", |out| headers.to.write_to(out));
    line(out, "Call-ID: ", |out| {
        out.write_str(headers.call_id.as_str())
    });
    line(out, "CSeq: ", |out| {
        let CSeq { number, method } = &headers.cseq;
        out.write_str(decimal(u64::from(*number), &mut [0; 20]))?;
        out.write_str(" ")?;
        out.write_str(method.as_str())
    });
    match &headers.contact {
        Contact::Star => line(out, "Contact: ", |out| out.write_str("*")),
        Contact::List(list) => each(out, "Contact: ", list, address),
    }
    if let Some(seconds) = headers.expires {
        line(out, "Expires: ", |out| {
            out.write_str(decimal(u64::from(seconds), &mut [0; 20]))
        });
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
    line(out, "Content-Length: ", |out| {
        out.write_str(decimal(body.len() as u64, &mut [0; 20]))
    });
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}

/// One a line; as they came, where they were not changed.
fn each<T: Listed>(
    out: &mut Vec<u8>,
    name: &str,
    values: &OnDemand<ReadList<T>>,
    write: impl Fn(&T, &mut Out<'_>) -> fmt::Result,
) {
    match values.source() {
        Some(read) => {
            for piece in read.pieces() {
                out.reserve(name.len() + piece.len() + 2);
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(piece);
                out.extend_from_slice(b"\r\n");
            }
        }
        None => values
            .iter()
            .for_each(|value| line(out, name, |out| write(value, out))),
    }
}

/// A line that starts so: with the name and its colon, or the first word.
fn line(out: &mut Vec<u8>, start: &str, value: impl FnOnce(&mut Out<'_>) -> fmt::Result) {
    out.extend_from_slice(start.as_bytes());
    // A Vec takes whatever is written to it.
    let _ = value(&mut Out(out));
    out.extend_from_slice(b"\r\n");
}

/// The number in digits, of which there are 20 at most.
fn decimal(number: u64, digits: &mut [u8; 20]) -> &str {
    let mut rest = number;
    let mut start = digits.len();
    while start == digits.len() || rest > 0 {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    std::str::from_utf8(&digits[start..]).unwrap_or_default()
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
