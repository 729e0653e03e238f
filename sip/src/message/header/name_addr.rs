//! RFC 3261 §20.10, §20.20, §20.39: an address with an optional name and parameters, as in From,
//! To, Contact, Route and many an extension.

use crate::message::lex::{self, SyntaxError};
use crate::message::params::Params;
use crate::message::plain::{self, PlainAddress};
use crate::message::text::Text;
use crate::message::uri::{SipUri, Uri};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// `"Display" <uri>;params`, or `uri;params`. Always written with angle brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NameAddr {
    /// Without quotes and escapes.
    pub display: Option<Text>,
    pub uri: Uri,
    /// The header's, not the URI's.
    pub params: Params,
}

impl NameAddr {
    pub fn new(uri: Uri) -> NameAddr {
        NameAddr {
            display: None,
            uri,
            params: Params::default(),
        }
    }

    pub fn with_display(mut self, display: impl Into<Text>) -> NameAddr {
        self.display = Some(display.into());
        self
    }

    pub fn with_tag(mut self, tag: impl Into<Text>) -> NameAddr {
        self.set_tag(tag);
        self
    }

    pub fn with_param(mut self, name: &'static str, value: impl Into<Text>) -> NameAddr {
        self.params.set(name, value);
        self
    }

    pub fn with_flag(mut self, name: &'static str) -> NameAddr {
        self.params.set_flag(name);
        self
    }

    pub fn tag(&self) -> Option<&str> {
        self.param("tag")
    }

    pub fn set_tag(&mut self, tag: impl Into<Text>) {
        self.params.set("tag", tag);
    }

    /// A parameter's value without quotes, empty for one without a value.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name)
    }

    /// The `expires` parameter of a Contact in seconds. One that is too large is the largest there
    /// is, one that isn't a number is an hour (§20.10).
    pub fn expires(&self) -> Option<u32> {
        let written = self.param("expires")?;
        if written.is_empty() || !written.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(EXPIRES_IF_MALFORMED);
        }
        Some(written.parse().unwrap_or(u32::MAX))
    }

    /// Reads a comma-separated list.
    ///
    /// # Errors
    /// As for one; an empty place in the list is an error too.
    pub fn parse_list(text: &str) -> Result<Vec<NameAddr>, SyntaxError> {
        let mut list = Vec::new();
        lex::parse_list(text, &mut list)?;
        Ok(list)
    }
}

impl FromStr for NameAddr {
    type Err = SyntaxError;

    /// # Errors
    /// What the peer got wrong.
    fn from_str(text: &str) -> Result<NameAddr, SyntaxError> {
        let text = lex::trim(text);
        match plain::address(text.as_bytes(), 0) {
            Some(plain) if plain.params.end == text.len() => Ok(NameAddr::of_plain(text, &plain)),
            Some(_) | None => NameAddr::parse_any(text),
        }
    }
}

impl NameAddr {
    /// One that was found in the text.
    fn of_plain(text: &str, plain: &PlainAddress) -> NameAddr {
        let display = plain.display.clone();
        NameAddr {
            display: display.map(|place| Text::unbroken(&text[place])),
            uri: Uri::Sip(SipUri::of_plain(text, &plain.uri)),
            params: Params::of_plain(&text[plain.params.clone()]),
        }
    }

    pub(in crate::message) fn parse_any(text: &str) -> Result<NameAddr, SyntaxError> {
        if text.is_empty() {
            return Err(SyntaxError::Empty);
        }
        let (display, rest) = match text.as_bytes()[0] {
            b'<' => (Cow::Borrowed(""), text),
            b'"' => {
                let (display, rest) = lex::quoted(text)?;
                (display, lex::trim(rest))
            }
            _ => match text.bytes().position(|byte| matches!(byte, b'<' | b';')) {
                Some(at) if text.as_bytes()[at] == b'<' => {
                    (Cow::Borrowed(lex::trim(&text[..at])), &text[at..])
                }
                Some(_) | None => return bare(text),
            },
        };
        let inner = rest.strip_prefix('<').ok_or(SyntaxError::OpenBracket)?;
        let (uri, params) = lex::cut(inner, b'>').ok_or(SyntaxError::OpenBracket)?;
        let display = match display.is_empty() {
            true => None,
            false => Some(Text::new(display).map_err(|_| SyntaxError::Character)?),
        };
        Ok(NameAddr {
            display,
            uri: lex::trim(uri).parse()?,
            params: Params::parse(params)?,
        })
    }
}

/// Without brackets, what follows a `;` is the header's, and a URI with `?` or `,` is an error
/// (§20.10).
fn bare(text: &str) -> Result<NameAddr, SyntaxError> {
    let uri = &text[..lex::find(text, b';').unwrap_or(text.len())];
    let params = &text[uri.len()..];
    if uri.contains(['?', ',']) {
        return Err(SyntaxError::OpenBracket);
    }
    Ok(NameAddr {
        display: None,
        uri: lex::trim(uri).parse()?,
        params: Params::parse(params)?,
    })
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl NameAddr {
    pub(crate) fn write_to(&self, f: &mut impl fmt::Write) -> fmt::Result {
        if let Some(display) = &self.display {
            lex::write_quoted(f, display)?;
            f.write_str(" ")?;
        }
        f.write_str("<")?;
        self.uri.write_to(f)?;
        f.write_str(">")?;
        self.params.write_to(f)
    }
}

const EXPIRES_IF_MALFORMED: u32 = 3600;
