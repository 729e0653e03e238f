//! RFC 6350 §3.2, §3.3: lines, folded and put together again, and what one says.

use super::LINE_BYTES;

/// One property: `item1.TEL;TYPE=cell:+44…`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Property {
    /// In capitals, without the group.
    pub(super) name: String,
    /// Names in capitals; a 2.1 parameter has a value only.
    pub(super) parameters: Vec<(String, String)>,
    /// Decoded, still with its backslashes.
    pub(super) value: String,
}

impl Property {
    /// None for a line that is no property.
    fn parse(line: &[u8]) -> Option<Self> {
        let colon = outside_quotes(line, b':').next()?;
        let (head, value) = (line.get(..colon)?, line.get(colon + 1..)?);
        let mut parts = Vec::new();
        let mut from = 0;
        for at in outside_quotes(head, b';').chain([head.len()]) {
            parts.push(text(head.get(from..at)?));
            from = at + 1;
        }
        let mut parts = parts.into_iter();
        let name = parts.next()?;
        let name = name.rsplit('.').next()?.trim().to_ascii_uppercase();
        let parameters: Vec<(String, String)> = parts
            .map(|part| match part.split_once('=') {
                Some((name, value)) => (
                    name.trim().to_ascii_uppercase(),
                    value.trim_matches('"').to_owned(),
                ),
                None => (String::new(), part),
            })
            .collect();
        let mut property = Self {
            name,
            parameters,
            value: String::new(),
        };
        property.value = match property.is_quoted_printable() {
            true => text(&from_quoted_printable(value)),
            false => text(value),
        };
        (!property.name.is_empty()).then_some(property)
    }

    /// RFC 2045 §6.7, as vCard 2.1 uses it: `ENCODING=QUOTED-PRINTABLE`, or the word alone.
    fn is_quoted_printable(&self) -> bool {
        let mut parameters = self.parameters.iter();
        parameters.any(|(name, value)| {
            matches!(name.as_str(), "" | "ENCODING")
                && value.eq_ignore_ascii_case("quoted-printable")
        })
    }

    /// 1 is the most preferred (§5.3), and `TYPE=pref` of 3.0 and 2.1 is that.
    pub(super) fn preference(&self) -> u8 {
        let pref = |name: &str, value: &str| match name {
            "PREF" => value.parse().ok(),
            "TYPE" | "" => {
                let mut types = value.split(',');
                types
                    .any(|one| one.trim().eq_ignore_ascii_case("pref"))
                    .then_some(1)
            }
            _ => None,
        };
        let mut parameters = self.parameters.iter();
        parameters
            .find_map(|(name, value)| pref(name, value))
            .unwrap_or(u8::MAX)
    }
}

/// Where that byte stands outside of double quotes.
fn outside_quotes(line: &[u8], wanted: u8) -> impl Iterator<Item = usize> {
    let mut quoted = false;
    line.iter().enumerate().filter_map(move |(at, byte)| {
        quoted ^= *byte == b'"';
        (*byte == wanted && !quoted).then_some(at)
    })
}

/// UTF-8, and what is older is Latin-1.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn from_quoted_printable(value: &[u8]) -> Vec<u8> {
    let digit = |at: usize| {
        let byte = value.get(at)?;
        char::from(*byte).to_digit(16)
    };
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(byte) = value.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'=', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

/// The properties of a file, one by one. A line that is none is left out; of one that is too long
/// nothing but its start is kept.
pub(super) struct Lines<'a> {
    rest: std::iter::Peekable<Box<dyn Iterator<Item = &'a [u8]> + 'a>>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(file: &'a [u8]) -> Self {
        let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        // CRLF, LF, and the CR alone of old machines.
        let all = file.split(|byte| matches!(byte, b'\n' | b'\r'));
        let lines: Box<dyn Iterator<Item = &[u8]>> = Box::new(all.filter(|line| !line.is_empty()));
        Self {
            rest: lines.peekable(),
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Property;

    fn next(&mut self) -> Option<Property> {
        loop {
            let mut line = Vec::new();
            append(&mut line, self.rest.next()?);
            // Both kinds may go on for as long as they like; `append` keeps a bounded part.
            loop {
                let soft = is_soft_break(&line);
                match self.rest.peek() {
                    Some(next) if matches!(next.first(), Some(b' ' | b'\t')) => {
                        let folded = next.get(1..).unwrap_or_default();
                        if soft {
                            line.pop();
                        }
                        append(&mut line, folded);
                    }
                    Some(next) if soft => {
                        line.pop();
                        append(&mut line, next);
                    }
                    Some(_) | None => break,
                }
                self.rest.next();
            }
            if let Some(property) = Property::parse(&line) {
                return Some(property);
            }
        }
    }
}

/// A quoted-printable line that says by `=` that it goes on.
fn is_soft_break(line: &[u8]) -> bool {
    let head = line.split(|byte| *byte == b':').next().unwrap_or_default();
    line.ends_with(b"=")
        && head
            .to_ascii_uppercase()
            .windows(16)
            .any(|window| window == b"QUOTED-PRINTABLE")
}

fn append(line: &mut Vec<u8>, more: &[u8]) {
    let room = LINE_BYTES.saturating_sub(line.len());
    line.extend_from_slice(more.get(..room).unwrap_or(more));
}
