//! RFC 3261 §7.3: where the headers end, and one logical line after the other, unfolded.

use super::Fault;
use crate::message::{
    Field, Known, field, find_byte, find_control, is_token_bytes, lossy, number, trim_space,
};
use memchr::{memchr2, memmem};
use std::borrow::Cow;

/// The start line and headers of a message.
pub(crate) struct Head<'a> {
    /// With the line break of the last header, without the empty line.
    pub(crate) bytes: &'a [u8],
    /// Where the body starts.
    pub(crate) end: usize,
    breaks: Breaks,
}

impl<'a> Head<'a> {
    /// `None` if the empty line that ends it isn't there.
    pub(crate) fn find(bytes: &'a [u8]) -> Option<Head<'a>> {
        let breaks = Breaks::find(bytes);
        let at = breaks.end_of_head?;
        Some(Head {
            bytes: &bytes[..at + 2],
            end: at + 4,
            breaks,
        })
    }

    /// The same where it is known not to end before `from`.
    pub(crate) fn find_from(bytes: &'a [u8], from: usize) -> Option<Head<'a>> {
        let at = from + memmem::find(bytes.get(from..)?, b"\r\n\r\n")?;
        Head::find(&bytes[..at + 4])
    }

    /// The start line and the headers, one after the other.
    pub(crate) fn lines(&self) -> Lines<'a, '_> {
        self.breaks.lines(self.bytes)
    }

    /// What Content-Length says; an error if it isn't a number.
    pub(crate) fn content_length(&self) -> Result<Option<usize>, Fault> {
        for line in self.lines().skip(1) {
            let line = line?;
            let Some(header) = RawHeader::of(&line) else {
                continue;
            };
            if header.field != Some(Field::ContentLength) {
                continue;
            }
            let length = number(&lossy(header.value)).map_err(|error| Fault::Header {
                field: Field::ContentLength,
                error,
            })?;
            return Ok(Some(length));
        }
        Ok(None)
    }
}

/// Where the lines of a head end, found in one go.
pub(crate) struct Breaks {
    /// Where the line breaks start; the last is the end of the bytes if it comes without one.
    ends: Vec<usize>,
    /// Whether there may be a CR or LF of its own.
    halves: bool,
    /// Where the line break before the empty line is. Nothing behind it is looked at.
    end_of_head: Option<usize>,
}

impl Breaks {
    pub(crate) fn find(bytes: &[u8]) -> Breaks {
        let mut ends = Vec::with_capacity(USUAL_LINES);
        let mut halves = false;
        let mut start = 0;
        let mut from = 0;
        while let Some(at) = find_control(bytes, from) {
            if bytes[at..].starts_with(b"\r\n") {
                if at == start && at > 0 {
                    let end_of_head = Some(at - 2);
                    return Breaks {
                        ends,
                        halves,
                        end_of_head,
                    };
                }
                ends.push(at);
                start = at + 2;
                from = start;
            } else {
                halves |= matches!(bytes[at], b'\r' | b'\n');
                from = at + 1;
            }
        }
        if start < bytes.len() {
            ends.push(bytes.len());
        }
        Breaks {
            ends,
            halves,
            end_of_head: None,
        }
    }

    /// The lines of the bytes they were found in.
    pub(crate) fn lines<'a>(&self, bytes: &'a [u8]) -> Lines<'a, '_> {
        Lines {
            bytes,
            start: 0,
            ends: self.ends.iter(),
            check: self.halves,
        }
    }
}

/// The lines of a head without their line breaks. A line that goes on in the next, which then
/// starts with white space, is one (§7.3.1).
pub(crate) struct Lines<'a, 'b> {
    bytes: &'a [u8],
    start: usize,
    ends: std::slice::Iter<'b, usize>,
    /// Whether to look for a CR or LF of its own: it would be a line break to some and not to
    /// others.
    check: bool,
}

impl<'a> Iterator for Lines<'a, '_> {
    type Item = Result<Cow<'a, [u8]>, Fault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let end = *self.ends.next()?;
        if self.check || matches!(self.bytes.get(end + 2), Some(b' ' | b'\t')) {
            return Some(self.unusual(end));
        }
        let line = &self.bytes[self.start..end];
        self.start = end + 2;
        Some(Ok(Cow::Borrowed(line)))
    }
}

impl<'a> Lines<'a, '_> {
    /// A line of which the first part ends there, that may be folded or have half a line break.
    #[cold]
    fn unusual(&mut self, first: usize) -> Result<Cow<'a, [u8]>, Fault> {
        let after_first = self.ends.clone();
        let mut end = first;
        let mut folded = false;
        while let Some(b' ' | b'\t') = self.bytes.get(end + 2)
            && let Some(&next) = self.ends.next()
        {
            folded = true;
            end = next;
        }
        let line = &self.bytes[self.start..end];
        self.start = end + 2;
        if self.check && has_half_a_break(line) {
            // Whether what follows belongs to it nobody knows.
            self.start = first + 2;
            self.ends = after_first;
            return Err(Fault::HeaderLine);
        }
        Ok(match folded {
            true => Cow::Owned(unfold(line)),
            false => Cow::Borrowed(line),
        })
    }
}

/// Whether there is a CR or LF of its own. Together they are where the line goes on.
fn has_half_a_break(line: &[u8]) -> bool {
    let mut rest = line;
    while let Some(at) = memchr2(b'\r', b'\n', rest) {
        match &rest[at..] {
            [b'\r', b'\n', after @ ..] => rest = after,
            _ => return true,
        }
    }
    false
}

/// A header line split at its colon; neither half has white space around it.
pub(crate) struct RawHeader<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) field: Option<Field>,
    pub(crate) value: &'a [u8],
}

impl RawHeader<'_> {
    /// `None` where there is no colon, or no token before it.
    #[inline(always)]
    pub(crate) fn of(line: &[u8]) -> Option<RawHeader<'_>> {
        let colon = find_byte(line, b':')?;
        let (name, value) = (&line[..colon], trim_value(&line[colon + 1..]));
        if let Some(Known { field, .. }) = Known::starting(line, colon) {
            return Some(RawHeader { name, field, value });
        }
        RawHeader::unusual(name, value)
    }

    /// With a name that few have, or written as few do.
    #[cold]
    fn unusual<'a>(name: &'a [u8], value: &'a [u8]) -> Option<RawHeader<'a>> {
        let name = trim_space_after(name);
        is_token_bytes(name).then(|| RawHeader {
            name,
            field: field(name),
            value,
        })
    }
}

/// Without white space around it: mostly there is one space before it.
#[inline]
fn trim_value(value: &[u8]) -> &[u8] {
    match value {
        [b' ', rest @ ..] if matches!(rest, [first, .., last] if *first > b' ' && *last > b' ') => {
            rest
        }
        _ => trim_space(value),
    }
}

fn trim_space_after(mut bytes: &[u8]) -> &[u8] {
    while let [before @ .., b' ' | b'\t'] = bytes {
        bytes = before;
    }
    bytes
}

/// §7.5: line breaks before the start line mean nothing.
pub(crate) fn skip_line_breaks(bytes: &[u8]) -> &[u8] {
    let start = bytes
        .iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))
        .unwrap_or(bytes.len());
    &bytes[start..]
}

fn unfold(line: &[u8]) -> Vec<u8> {
    let mut unfolded = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = memmem::find(rest, b"\r\n") {
        unfolded.extend_from_slice(&rest[..at]);
        rest = &rest[at + 2..];
    }
    unfolded.extend_from_slice(rest);
    unfolded
}

/// An INVITE of an IMS has about 35.
const USUAL_LINES: usize = 48;
