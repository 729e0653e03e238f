//! RFC 3261 §19.1.2: the parts of a URI, with what they cannot say plainly as `%XX`.

use super::lex::SyntaxError;
use super::text::Text;
use crate::limits::Limits;
use std::borrow::Cow;
use std::fmt;

/// A part of a URI as it is written, escapes and all. Cannot hold what would end the URI.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct UriText(Text);

impl UriText {
    /// Takes plain text and escapes everything that isn't safe in each part of a URI.
    pub fn escape(plain: &str) -> UriText {
        let mut escaped = String::with_capacity(plain.len());
        for byte in plain.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.!~*'()+$".contains(&byte) {
                escaped.push(char::from(byte));
            } else {
                escaped.push_str(&format!("%{byte:02X}"));
            }
        }
        UriText(Text::from(escaped))
    }

    /// What is written. Characters have been checked for the whole URI.
    pub(super) fn written(written: &str) -> UriText {
        UriText(Text::unbroken(written))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it says, without escapes. A `%` that starts no escape stands for itself.
    pub fn decode(&self) -> Cow<'_, str> {
        UriText::decode_str(&self.0)
    }

    pub(super) fn decode_str(written: &str) -> Cow<'_, str> {
        if !written.contains('%') {
            return Cow::Borrowed(written);
        }
        let bytes = written.as_bytes();
        let mut plain = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match (byte, bytes.get(at + 1..at + 3).and_then(hex_pair)) {
                (b'%', Some(escaped)) => {
                    plain.push(escaped);
                    at += 3;
                }
                _ => {
                    plain.push(byte);
                    at += 1;
                }
            }
        }
        Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
    }

    /// Of pieces that have been escaped.
    pub(super) fn escaped(written: String) -> UriText {
        UriText(Text::from(written))
    }
}

impl fmt::Display for UriText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for UriText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// `;name` and `;name=value` of a URI, in order, as written. Names compare without case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UriParams(
    /// With a `;` between two.
    Text,
);

impl UriParams {
    /// Reads a list without its leading `;`. Characters have been checked for the whole URI.
    pub(crate) fn parse(list: &str) -> Result<UriParams, SyntaxError> {
        let mut count = 0;
        let mut before = b';';
        for byte in list.bytes() {
            if before == b';' {
                if matches!(byte, b';' | b'=') {
                    return Err(SyntaxError::Empty);
                }
                count += 1;
            }
            before = byte;
        }
        if before == b';' {
            return Err(SyntaxError::Empty);
        }
        if count > Limits::PARAMS {
            return Err(SyntaxError::TooManyParams);
        }
        Ok(UriParams(Text::unbroken(list)))
    }

    /// Nothing, or a list that was found in a URI.
    pub(super) fn of_plain(list: &str) -> UriParams {
        UriParams(Text::unbroken(list))
    }

    /// The value of a parameter, unescaped; empty for one without a value.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let (_, value) = self.iter().find(|(other, _)| is(other, name))?;
        Some(value.map(UriText::decode_str).unwrap_or_default())
    }

    pub fn has(&self, name: &str) -> bool {
        self.iter().any(|(other, _)| is(other, name))
    }

    /// Puts a value, escaped, in place of the one the parameter has, or at the end.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.put(name, Some(UriText::escape(value).as_str()));
    }

    /// Puts a parameter without a value.
    pub fn set_flag(&mut self, name: &'static str) {
        self.put(name, None);
    }

    pub fn remove(&mut self, name: &str) {
        let kept: Vec<&str> = pieces(&self.0)
            .filter(|piece| !is(name_and_value(piece).0, name))
            .collect();
        self.0 = Text::from(kept.join(";"));
    }

    /// Names and values as written, escapes and all.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        pieces(&self.0).map(name_and_value)
    }

    pub fn len(&self) -> usize {
        self.iter().count()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// RFC 3261 §19.1.4: parameters both have must be equal; of the others only some matter. Of a
    /// parameter that is there twice, which no URI may have (§19.1.1), the first counts.
    pub(crate) fn agree_with(&self, other: &UriParams) -> bool {
        let one_way = |one: &UriParams, two: &UriParams| {
            one.iter().all(|(written, _)| {
                let name = UriText::decode_str(written);
                match (one.get(&name), two.get(&name)) {
                    (Some(ours), Some(theirs)) => ours.eq_ignore_ascii_case(&theirs),
                    (Some(_) | None, _) => !MUST_MATCH.iter().any(|must| is(written, must)),
                }
            })
        };
        one_way(self, other) && one_way(other, self)
    }

    fn put(&mut self, name: &'static str, value: Option<&str>) {
        let escaped = UriText::escape(name);
        let param = match value {
            Some(value) => format!("{escaped}={value}"),
            None => escaped.as_str().to_owned(),
        };
        let mut list: Vec<&str> = pieces(&self.0).collect();
        match list
            .iter_mut()
            .find(|piece| is(name_and_value(piece).0, name))
        {
            Some(place) => *place = &param,
            None => list.push(&param),
        }
        self.0 = Text::from(list.join(";"));
    }
}

/// With a `;` before each.
impl fmt::Display for UriParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl UriParams {
    pub(super) fn write_to(&self, f: &mut impl fmt::Write) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        f.write_str(";")?;
        f.write_str(&self.0)
    }
}

fn pieces(written: &str) -> impl Iterator<Item = &str> {
    written.split(';').filter(|piece| !piece.is_empty())
}

fn name_and_value(piece: &str) -> (&str, Option<&str>) {
    match piece.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (piece, None),
    }
}

fn is(written: &str, name: &str) -> bool {
    UriText::decode_str(written).eq_ignore_ascii_case(name)
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = pair else { return None };
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

const MUST_MATCH: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];
