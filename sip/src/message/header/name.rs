//! RFC 3261 §7.3.1, §20: names of headers, long and compact.

use super::known::Known;
use crate::message::text::{TextError, Token, Value};
use std::fmt;

/// The name of a header that has no field of its own, as written. Compares without case, and the
/// compact form is the same name as the long one.
#[derive(Clone)]
pub struct Name(Token);

/// A header kept as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub name: Name,
    pub value: Value,
}

impl Header {
    /// # Errors
    /// The name isn't a token, or is that of a header with a field in
    /// [`Headers`](crate::message::Headers).
    pub fn new(name: &str, value: impl Into<Value>) -> Result<Header, TextError> {
        Ok(Header {
            name: Name::new(name)?,
            value: value.into(),
        })
    }

    /// For a name written in the program.
    ///
    /// # Panics
    /// Where [`Header::new`] fails.
    pub fn fixed(name: &'static str, value: impl Into<Value>) -> Header {
        Header {
            name: Name::fixed(name),
            value: value.into(),
        }
    }
}

impl Name {
    /// # Errors
    /// Not a token, or the name of a header with a field in [`Headers`](crate::message::Headers).
    pub fn new(name: &str) -> Result<Name, TextError> {
        let token = Token::new(name)?;
        match field(name.as_bytes()) {
            Some(_) => Err(TextError::HasAField),
            None => Ok(Name(token)),
        }
    }

    /// A token that [`field`] does not know.
    pub(crate) fn without_field(token: &str) -> Name {
        match Known::find(token.as_bytes()) {
            Some(known) => Name(Token::fixed_seen(known.name)),
            None => Name(Token::seen(token)),
        }
    }

    /// A name written in the program.
    ///
    /// # Panics
    /// Where [`Name::new`] fails: the program is wrong.
    pub fn fixed(name: &'static str) -> Name {
        Name::new(name).expect("the program's own header names are tokens without a field")
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The long form, in the case it was written in where it is not a compact form we know.
    pub fn long(&self) -> &str {
        let name = self.as_str();
        long(name.as_bytes()).unwrap_or(name)
    }

    pub fn is(&self, name: &str) -> bool {
        Name::long_form(self.as_str()).eq_ignore_ascii_case(Name::long_form(name))
    }

    /// The long form of a name wherever it is kept, as [`Name::long`].
    pub(crate) fn long_form<N: AsRef<[u8]> + ?Sized>(name: &N) -> &[u8] {
        let name = name.as_ref();
        long(name).map_or(name, str::as_bytes)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.is(other.as_str())
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The headers that are fields of [`Headers`](crate::message::Headers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Via,
    From,
    To,
    CallId,
    CSeq,
    MaxForwards,
    Contact,
    Route,
    RecordRoute,
    Expires,
    ContentType,
    ContentLength,
}

pub(super) const FIELDS: [Field; 12] = [
    Field::Via,
    Field::From,
    Field::To,
    Field::CallId,
    Field::CSeq,
    Field::MaxForwards,
    Field::Contact,
    Field::Route,
    Field::RecordRoute,
    Field::Expires,
    Field::ContentType,
    Field::ContentLength,
];

impl Field {
    pub const fn name(self) -> &'static str {
        match self {
            Field::Via => "Via",
            Field::From => "From",
            Field::To => "To",
            Field::CallId => "Call-ID",
            Field::CSeq => "CSeq",
            Field::MaxForwards => "Max-Forwards",
            Field::Contact => "Contact",
            Field::Route => "Route",
            Field::RecordRoute => "Record-Route",
            Field::Expires => "Expires",
            Field::ContentType => "Content-Type",
            Field::ContentLength => "Content-Length",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The field of a name in any form and case.
pub(crate) fn field(name: &[u8]) -> Option<Field> {
    if let &[letter] = name {
        return compact_field(letter.to_ascii_lowercase());
    }
    FIELDS
        .into_iter()
        .find(|field| field.name().as_bytes().eq_ignore_ascii_case(name))
}

fn compact_field(letter: u8) -> Option<Field> {
    match letter {
        b'c' => Some(Field::ContentType),
        b'f' => Some(Field::From),
        b'i' => Some(Field::CallId),
        b'l' => Some(Field::ContentLength),
        b'm' => Some(Field::Contact),
        b't' => Some(Field::To),
        b'v' => Some(Field::Via),
        _ => None,
    }
}

/// Of a compact form we know.
fn long(name: &[u8]) -> Option<&'static str> {
    let &[letter] = name else {
        return None;
    };
    COMPACT
        .iter()
        .find(|(compact, _)| *compact == letter.to_ascii_lowercase())
        .map(|(_, long)| *long)
}

/// The compact forms IANA lists, RFC 3261's and those of the extensions.
const COMPACT: [(u8, &str); 20] = [
    (b'a', "Accept-Contact"),
    (b'b', "Referred-By"),
    (b'c', "Content-Type"),
    (b'd', "Request-Disposition"),
    (b'e', "Content-Encoding"),
    (b'f', "From"),
    (b'i', "Call-ID"),
    (b'j', "Reject-Contact"),
    (b'k', "Supported"),
    (b'l', "Content-Length"),
    (b'm', "Contact"),
    (b'n', "Identity-Info"),
    (b'o', "Event"),
    (b'r', "Refer-To"),
    (b's', "Subject"),
    (b't', "To"),
    (b'u', "Allow-Events"),
    (b'v', "Via"),
    (b'x', "Session-Expires"),
    (b'y', "Identity"),
];
