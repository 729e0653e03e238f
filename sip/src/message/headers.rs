//! RFC 3261 §7.3, §20: the headers of one message. What each message must have, and what decides
//! where it goes, are fields; everything else is kept in order, byte for byte. Lists are read when
//! they are asked for.

use super::header::{CSeq, CallId, Contact, ContentType, Header, NameAddr, TypedHeader};
use super::host::number;
use super::lex::{self, SyntaxError};
use super::others::Others;
use super::read_list::{Addresses, Vias};
use super::text::Value;

/// The headers of one message. Content-Length has no field: it is what the body's length is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// Topmost first. A parsed message has at least one.
    pub via: Vias,
    pub from: NameAddr,
    pub to: NameAddr,
    pub call_id: CallId,
    pub cseq: CSeq,
    /// Absent in responses, and in requests of RFC 2543 elements.
    pub max_forwards: Option<u8>,
    pub contact: Contact,
    pub route: Addresses,
    pub record_route: Addresses,
    /// In seconds.
    pub expires: Option<u32>,
    pub content_type: Option<ContentType>,
    /// All others, in the order they came.
    pub other: Others,
}

impl Headers {
    /// The mandatory ones; no Via yet, since that is the transport's to write.
    pub fn new(from: NameAddr, to: NameAddr, call_id: CallId, cseq: CSeq) -> Headers {
        Headers {
            via: Vias::default(),
            from,
            to,
            call_id,
            cseq,
            max_forwards: None,
            contact: Contact::default(),
            route: Addresses::default(),
            record_route: Addresses::default(),
            expires: None,
            content_type: None,
            other: Others::default(),
        }
    }

    /// The first value of a header without a field, in either form of its name. `None` if there is
    /// none or it isn't UTF-8.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// The values of all header lines of that name that are UTF-8.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.other
            .values(name)
            .filter_map(|value| std::str::from_utf8(value).ok())
    }

    pub fn has(&self, name: &str) -> bool {
        self.other.values(name).next().is_some()
    }

    /// The elements of a header that is a comma-separated list, over all of its lines, as
    /// `Supported` or `Allow`.
    pub fn list<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.get_all(name)
            .flat_map(|value| lex::split(value, b',').unwrap_or_else(|_| vec![value]))
            .filter(|element| !element.is_empty())
    }

    /// Whether a list has the element, whatever its case: `lists("Supported", "100rel")`.
    pub fn lists(&self, name: &str, element: &str) -> bool {
        self.list(name)
            .any(|other| other.eq_ignore_ascii_case(element))
    }

    /// The number a header starts with, as `Min-Expires`, `Retry-After` or `Session-Expires` do.
    pub fn number(&self, name: &str) -> Option<u32> {
        let value = self.get(name)?;
        let end = value
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(value.len());
        number(&value[..end]).ok()
    }

    /// The addresses of a header such as `Path`, `Service-Route` or `P-Asserted-Identity`, with
    /// and without brackets.
    ///
    /// # Errors
    /// What the peer got wrong.
    pub fn addresses(&self, name: &str) -> Result<Vec<NameAddr>, SyntaxError> {
        let mut addresses = Vec::new();
        for value in self.get_all(name) {
            addresses.extend(NameAddr::parse_list(value)?);
        }
        Ok(addresses)
    }

    /// A header without a field as its type, over all of its lines: `typed::<SessionExpires>()`.
    /// `None` where it isn't there.
    ///
    /// # Errors
    /// What the peer got wrong; a header that isn't a list and is there twice among it.
    pub fn typed<T: TypedHeader>(&self) -> Option<Result<T, SyntaxError>> {
        let mut lines = self.other.values(T::NAME).map(|value| {
            let text = std::str::from_utf8(value).map_err(|_| SyntaxError::Character)?;
            text.parse::<T>()
        });
        let first = lines.next()?;
        Some(lines.fold(first, |whole, line| {
            let mut whole = whole?;
            whole.join(line?)?;
            Ok(whole)
        }))
    }

    /// Removes all headers of that type and adds one at the end.
    pub fn set_typed<T: TypedHeader>(&mut self, header: &T) {
        self.set(T::NAME, header.to_string());
    }

    /// Adds a header at the end.
    ///
    /// # Panics
    /// The name isn't a token or is that of a field: the program is wrong.
    pub fn push(&mut self, name: &'static str, value: impl Into<Value>) {
        self.other.push(Header::fixed(name, value));
    }

    /// Removes all headers of that name and adds one at the end.
    ///
    /// # Panics
    /// As [`Headers::push`].
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.remove(name);
        self.push(name, value);
    }

    pub fn remove(&mut self, name: &str) {
        if self.has(name) {
            self.other.retain(|header| !header.name.is(name));
        }
    }
}
