//! RFC 3261 §7: a SIP message as the handset needs it. `rsip` reads and writes the header section;
//! the start line is read here, because `rsip` 0.4 refuses `tel:` URIs and extension methods and
//! loses reason phrases.

use rsip::headers::{ToTypedHeader, UntypedHeader};

use super::text;

/// A request or a response, with the mandatory fields as fields and the rest in the order it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub start: Start,
    /// Via values, topmost first, one value an entry.
    pub via: Vec<String>,
    pub from: String,
    pub to: String,
    pub call_id: String,
    pub cseq: CSeq,
    /// All other header fields but Content-Length.
    pub fields: Vec<Field>,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    Request { method: String, uri: String },
    Response { status: u16, reason: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CSeq {
    pub number: u32,
    pub method: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: String,
}

/// Why a datagram is no SIP message for us. Always the peer's fault; it is counted and dropped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("no header section of text")]
    NotText,
    #[error("the start line is neither a request's nor a response's")]
    StartLine,
    #[error("header section: {0}")]
    Headers(String),
    #[error("no {0} header")]
    Missing(&'static str),
    #[error("{0} cannot be read")]
    Bad(&'static str),
    #[error("body shorter than its Content-Length")]
    Truncated,
}

/// The largest UDP payload; nothing longer can arrive.
const MAX_BYTES: usize = 65_535;

impl Message {
    /// Reads one datagram.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        if bytes.len() > MAX_BYTES {
            return Err(ReadError::TooLong);
        }
        let end = find(bytes, b"\r\n\r\n").ok_or(ReadError::NotText)?;
        let head = std::str::from_utf8(&bytes[..end]).map_err(|_| ReadError::NotText)?;
        // Leading CRLFs are a keep-alive's leftovers (RFC 3261 §7.5).
        let head = head.trim_start_matches("\r\n");
        let (first, rest) = head.split_once("\r\n").ok_or(ReadError::StartLine)?;
        let start = Start::read(first)?;
        let mut fields = read_fields(&text::plain_header_section(rest))?;
        let via = take_lists(&mut fields, "Via");
        if via.is_empty() {
            return Err(ReadError::Missing("Via"));
        }
        let from = take(&mut fields, "From").ok_or(ReadError::Missing("From"))?;
        let to = take(&mut fields, "To").ok_or(ReadError::Missing("To"))?;
        let call_id = take(&mut fields, "Call-ID").ok_or(ReadError::Missing("Call-ID"))?;
        let cseq = CSeq::read(&take(&mut fields, "CSeq").ok_or(ReadError::Missing("CSeq"))?)?;
        let body = read_body(&bytes[end + 4..], take(&mut fields, "Content-Length"))?;
        Ok(Self {
            start,
            via,
            from,
            to,
            call_id,
            cseq,
            fields,
            body,
        })
    }

    /// A request without Via; the transaction layer puts its own there.
    pub fn request(
        method: &str,
        uri: &str,
        from: &str,
        to: &str,
        call_id: &str,
        number: u32,
    ) -> Self {
        Self {
            start: Start::Request {
                method: method.to_owned(),
                uri: uri.to_owned(),
            },
            via: Vec::new(),
            from: from.to_owned(),
            to: to.to_owned(),
            call_id: call_id.to_owned(),
            cseq: CSeq {
                number,
                method: method.to_owned(),
            },
            fields: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A response to `self`: Via, From, To, Call-ID and CSeq are the request's (RFC 3261 §8.2.6.2).
    pub fn response(&self, status: u16, reason: &str) -> Self {
        Self {
            start: Start::Response {
                status,
                reason: reason.to_owned(),
            },
            via: self.via.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            call_id: self.call_id.clone(),
            cseq: self.cseq.clone(),
            fields: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header field. Line ends cannot be smuggled into the value.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into().replace(['\r', '\n'], " ");
        self.fields.push(Field {
            name: name.to_owned(),
            value,
        });
    }

    pub fn with_body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.push("Content-Type", content_type);
        self.body = body.into();
        self
    }

    /// Puts a tag on the To of a response that has none.
    pub fn with_to_tag(mut self, tag: &str) -> Self {
        if text::parameter(&self.to, "tag").is_none() {
            self.to = format!("{};tag={tag}", self.to);
        }
        self
    }

    /// The first field of that name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value.as_str())
    }

    /// All values of a field that is a list, in order, over one or several lines.
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name))
            .flat_map(|field| text::split_outside(&field.value, ','))
            .filter(|value| !value.is_empty())
            .collect()
    }

    pub fn tag_of_from(&self) -> Option<&str> {
        text::parameter(&self.from, "tag")
    }

    pub fn tag_of_to(&self) -> Option<&str> {
        text::parameter(&self.to, "tag")
    }

    /// The branch of the topmost Via; "" where a peer of RFC 2543 gives none.
    pub fn branch(&self) -> &str {
        self.via
            .first()
            .and_then(|via| text::parameter(via, "branch"))
            .unwrap_or_default()
    }

    pub fn status(&self) -> Option<u16> {
        match &self.start {
            Start::Response { status, .. } => Some(*status),
            Start::Request { .. } => None,
        }
    }

    pub fn has_content_type(&self, wanted: &str) -> bool {
        self.get("Content-Type")
            .and_then(|value| value.split(';').next())
            .is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
    }

    /// The bytes of one datagram.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut headers = rsip::Headers::default();
        for via in &self.via {
            headers.push(rsip::headers::Via::new(via.as_str()).into());
        }
        headers.push(rsip::headers::From::new(self.from.as_str()).into());
        headers.push(rsip::headers::To::new(self.to.as_str()).into());
        headers.push(rsip::headers::CallId::new(self.call_id.as_str()).into());
        let cseq = format!("{} {}", self.cseq.number, self.cseq.method);
        headers.push(rsip::headers::CSeq::new(cseq).into());
        for field in &self.fields {
            headers.push(rsip::Header::Other(field.name.clone(), field.value.clone()));
        }
        headers.push(rsip::headers::ContentLength::from(self.body.len() as u32).into());
        let start = match &self.start {
            Start::Request { method, uri } => format!("{method} {uri} SIP/2.0"),
            Start::Response { status, reason } => format!("SIP/2.0 {status} {reason}"),
        };
        let mut bytes = format!("{start}\r\n{headers}\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl Start {
    fn read(line: &str) -> Result<Self, ReadError> {
        if let Some(rest) = line.strip_prefix("SIP/2.0 ") {
            let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            let status = status.parse().map_err(|_| ReadError::StartLine)?;
            if !(100..700).contains(&status) {
                return Err(ReadError::StartLine);
            }
            return Ok(Self::Response {
                status,
                reason: reason.trim().to_owned(),
            });
        }
        let mut words = line.split(' ');
        let (Some(method), Some(uri), Some("SIP/2.0"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(ReadError::StartLine);
        };
        if method.is_empty() || !uri.contains(':') {
            return Err(ReadError::StartLine);
        }
        Ok(Self::Request {
            method: method.to_owned(),
            uri: uri.to_owned(),
        })
    }
}

impl CSeq {
    /// By `rsip` where it knows the method, else by hand.
    fn read(value: &str) -> Result<Self, ReadError> {
        if let Ok(cseq) = rsip::headers::CSeq::new(value).typed() {
            return Ok(Self {
                number: cseq.seq,
                method: cseq.method.to_string(),
            });
        }
        let (number, method) = value.trim().split_once(' ').ok_or(ReadError::Bad("CSeq"))?;
        let number = number.parse().map_err(|_| ReadError::Bad("CSeq"))?;
        Ok(Self {
            number,
            method: method.trim().to_owned(),
        })
    }
}

/// Lets `rsip` read the header section, behind a start line that it cannot stumble over.
fn read_fields(section: &str) -> Result<Vec<Field>, ReadError> {
    let dressed = format!("OPTIONS sip:handset SIP/2.0\r\n{section}\r\n\r\n");
    let request = rsip::Request::try_from(dressed.as_str())
        .map_err(|error| ReadError::Headers(error.to_string()))?;
    Ok(request
        .headers
        .into_iter()
        .map(|header| Field::from(&header))
        .collect())
}

impl From<&rsip::Header> for Field {
    fn from(header: &rsip::Header) -> Self {
        // `rsip` writes every header as "Name: value".
        let line = header.to_string();
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        Self {
            name: name.to_owned(),
            value: value.trim().to_owned(),
        }
    }
}

fn take(fields: &mut Vec<Field>, name: &str) -> Option<String> {
    let at = fields
        .iter()
        .position(|field| field.name.eq_ignore_ascii_case(name))?;
    Some(fields.remove(at).value)
}

fn take_lists(fields: &mut Vec<Field>, name: &str) -> Vec<String> {
    let mut values = Vec::new();
    while let Some(value) = take(fields, name) {
        values.extend(
            text::split_outside(&value, ',')
                .into_iter()
                .map(str::to_owned),
        );
    }
    values
}

fn read_body(rest: &[u8], length: Option<String>) -> Result<Vec<u8>, ReadError> {
    let Some(length) = length else {
        return Ok(rest.to_vec());
    };
    let length: usize = length
        .trim()
        .parse()
        .map_err(|_| ReadError::Bad("Content-Length"))?;
    // What follows the body in a datagram is discarded (RFC 3261 §18.3).
    rest.get(..length)
        .map(<[u8]>::to_vec)
        .ok_or(ReadError::Truncated)
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(uri: &str, extra: &str) -> String {
        format!(
            "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa, SIP/2.0/UDP p;branch=z9hG4bKb\r\n\
             From: <tel:+1>;tag=f\r\nTo: <tel:+2>\r\nCall-ID: c@h\r\nCSeq: 7 INVITE\r\n{extra}\r\n"
        )
    }

    #[test]
    fn request_uris_that_rsip_refuses_are_kept() {
        for uri in [
            "tel:+358401234567",
            "sip:u@[2001:db8::1]:5070",
            "urn:service:sos",
            "sip:u@h",
        ] {
            let message = Message::read(invite(uri, "").as_bytes()).unwrap();
            assert_eq!(
                message.start,
                Start::Request {
                    method: "INVITE".into(),
                    uri: uri.into()
                }
            );
            assert_eq!(message.via.len(), 2);
            assert_eq!(message.branch(), "z9hG4bKa");
            assert_eq!(message.tag_of_from(), Some("f"));
            assert_eq!(
                message.cseq,
                CSeq {
                    number: 7,
                    method: "INVITE".into()
                }
            );
        }
    }

    #[test]
    fn a_message_reads_back_as_it_was_written() {
        let body = [0_u8, 255, 13, 10, 13, 10, 1];
        let written = Message::read(invite("tel:+1", "").as_bytes())
            .unwrap()
            .with("Accept-Contact", "*;+g.3gpp.cs-voice;explicit")
            .with_body("application/octet-stream", body);
        assert_eq!(Message::read(&written.to_bytes()).unwrap(), written);
    }

    #[test]
    fn reasons_and_unknown_methods_survive() {
        let response = "SIP/2.0 486 Busy at the moment\r\nv: SIP/2.0/UDP h;branch=z\r\nf: <sip:a>;tag=1\r\n\
                        t: <sip:b>;tag=2\r\ni: x\r\nCSeq: 1 WINK\r\nl: 0\r\n\r\n";
        let message = Message::read(response.as_bytes()).unwrap();
        assert_eq!(
            message.start,
            Start::Response {
                status: 486,
                reason: "Busy at the moment".into()
            }
        );
        assert_eq!(message.cseq.method, "WINK");
        assert_eq!(message.tag_of_to(), Some("2"));
    }

    #[test]
    fn malformed_datagrams_are_refused_by_name() {
        let long = format!("Content-Length: {}\r\n", 10);
        let cases: [(&[u8], ReadError); 6] = [
            (b"\r\n\r\n", ReadError::StartLine),
            (b"", ReadError::NotText),
            (b"\xff\xfe\r\n\r\n", ReadError::NotText),
            (b"HELLO\r\nVia: x\r\n\r\n", ReadError::StartLine),
            (
                b"BYE sip:a SIP/2.0\r\nFrom: <sip:a>\r\n\r\n",
                ReadError::Missing("Via"),
            ),
            (&invite("sip:a@b", &long).into_bytes(), ReadError::Truncated),
        ];
        for (bytes, error) in cases {
            assert_eq!(
                Message::read(bytes),
                Err(error),
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn a_value_cannot_start_a_new_line() {
        let message = Message::request("BYE", "sip:a@b", "<sip:a>", "<sip:b>", "c", 1)
            .with("Reason", "a\r\nEvil: yes");
        assert_eq!(message.get("Evil"), None);
        assert_eq!(message.get("Reason"), Some("a  Evil: yes"));
    }
}
