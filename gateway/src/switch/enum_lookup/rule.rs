//! RFC 6116 §3.4, RFC 3402 §3.2, RFC 3764: what one NAPTR record says of a number.

use regex::bytes::{Regex, RegexBuilder};
use sip::message::{SipUri, Uri};
use sip::number::E164;

use crate::switch::destinations::lookup::Naptr;

/// What a record says: an address, or where else to look.
pub(super) enum Rule {
    Address(Expression),
    Elsewhere(String),
}

/// Who writes the records: anybody who has a number, or those we have an arrangement with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    Public,
    Private,
}

/// A substitution: what is matched of the number becomes an address.
#[derive(Debug)]
pub(super) struct Expression {
    matches: Regex,
    replacement: String,
}

/// What an expression may take when it is made ready. One of a zone's 255 octets takes a tenth.
const EXPRESSION_BYTES: usize = 64 * 1024;

/// Groups within groups, each of which takes a frame of the stack as it is read.
const NESTED_AT_MOST: u32 = 16;

/// The longest address that is made: references repeat what they refer to.
const ADDRESS_BYTES: usize = 512;

impl Rule {
    /// `None` for what is not for SIP, and for what cannot be read: the next record may do.
    pub(super) fn of(record: &Naptr, zone: Zone) -> Option<Rule> {
        match record.flags.as_str() {
            "u" | "U" if is_for_sip(&record.services, zone) => {
                Expression::read(&record.regexp).map(Rule::Address)
            }
            // §3.4.1: where it leads stands in the replacement, and there is nothing to substitute.
            "" if record.regexp.is_empty() => {
                let name = record
                    .replacement
                    .trim_end_matches('.')
                    .to_ascii_lowercase();
                (!name.is_empty()).then(|| Rule::Elsewhere(format!("{name}.")))
            }
            _ => None,
        }
    }
}

/// `E2U+sip`, among others in one field; `sip+E2U` before RFC 3761. Private services (`P-`) mean
/// something in private zones alone.
fn is_for_sip(services: &str, zone: Zone) -> bool {
    let mut parts: Vec<&str> = services.split('+').collect();
    let e2u = |part: &&str| part.eq_ignore_ascii_case("E2U");
    if parts.first().is_some_and(e2u) {
        parts.remove(0);
    } else if parts.last().is_some_and(e2u) {
        parts.pop();
    } else {
        return false;
    }
    parts.iter().any(|service| {
        let kind = service.split(':').next().unwrap_or_default();
        let is_private = zone == Zone::Private && kind.eq_ignore_ascii_case("P-sip");
        kind.eq_ignore_ascii_case("sip") || is_private
    })
}

impl Expression {
    /// `!^\+44(.*)$!sip:\1@example.net!i`, with any delimiter that is no digit and no flag.
    fn read(field: &str) -> Option<Expression> {
        let delimiter = field.chars().next()?;
        if delimiter.is_ascii_digit() || matches!(delimiter, 'i' | 'I' | '\\') {
            return None;
        }
        let mut parts = split(field.get(delimiter.len_utf8()..)?, delimiter);
        let (flags, replacement, pattern) = (parts.pop()?, parts.pop()?, parts.pop()?);
        let ignores_case = match flags.as_str() {
            "" => false,
            "i" | "I" => true,
            _ => return None,
        };
        if !parts.is_empty() || pattern.is_empty() {
            return None;
        }
        let matches = RegexBuilder::new(&pattern)
            .unicode(false)
            .case_insensitive(ignores_case)
            .size_limit(EXPRESSION_BYTES)
            .dfa_size_limit(EXPRESSION_BYTES)
            .nest_limit(NESTED_AT_MOST)
            .build()
            .ok()?;
        Some(Expression {
            matches,
            replacement,
        })
    }

    /// The address of a number, which is matched with its `+` (§3.2). What the address would carry
    /// into the request beside its host and user is left out.
    pub(super) fn apply(&self, number: &E164) -> Option<SipUri> {
        let found = self.matches.captures(number.as_str().as_bytes())?;
        let mut written = String::new();
        let mut characters = self.replacement.chars();
        while let Some(character) = characters.next() {
            if character != '\\' {
                written.push(character);
            } else {
                match characters.next()? {
                    digit @ '1'..='9' => {
                        let group = found.get(digit.to_digit(10)? as usize);
                        let group = group.map_or(&b""[..], |group| group.as_bytes());
                        written.push_str(std::str::from_utf8(group).ok()?);
                    }
                    other => written.push(other),
                }
            }
            if written.len() > ADDRESS_BYTES {
                return None;
            }
        }
        match written.parse() {
            Ok(Uri::Sip(mut uri)) => {
                uri.headers = None;
                uri.password = None;
                Some(uri)
            }
            Ok(Uri::Tel(_) | Uri::Other(_)) | Err(_) => None,
        }
    }
}

/// The parts between delimiters; one behind a backslash is none.
fn split(text: &str, delimiter: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let Some(part) = parts.last_mut() else {
            return parts;
        };
        if character == delimiter {
            parts.push(String::new());
        } else if character == '\\' {
            match characters.next() {
                Some(escaped) if escaped == delimiter => part.push(escaped),
                Some(escaped) => part.extend(['\\', escaped]),
                None => part.push('\\'),
            }
        } else {
            part.push(character);
        }
    }
    parts
}
