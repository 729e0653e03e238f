//! RFC 3261 §7.3: where the headers end, and one logical line after the other, unfolded.

use super::Fault;
use crate::message::{Field, field, lossy, number, trim_space};
use memchr::{memchr, memchr2, memmem};
use std::borrow::Cow;

/// The start line and headers of a message.
pub(crate) struct Head<'a> {
    /// With the line break of the last header, without the empty line.
    pub(crate) bytes: &'a [u8],
    /// Where the body starts.
    pub(crate) end: usize,
}

impl<'a> Head<'a> {
    /// `None` if the empty line that ends it isn't there.
    pub(crate) fn find(bytes: &'a [u8]) -> Option<Head<'a>> {
        Head::find_from(bytes, 0)
    }

    /// The same where it is known not to end before `from`.
    pub(crate) fn find_from(bytes: &'a [u8], from: usize) -> Option<Head<'a>> {
        let at = from + memmem::find(bytes.get(from..)?, b"\r\n\r\n")?;
        Some(Head {
            bytes: &bytes[..at + 2],
            end: at + 4,
        })
    }

    /// What Content-Length says; an error if it isn't a number.
    pub(crate) fn content_length(&self) -> Result<Option<usize>, Fault> {
        for line in Lines::new(self.bytes).skip(1) {
            let line = line?;
            let Some((name, value)) = name_and_value(&line) else {
                continue;
            };
            if field(name) != Some(Field::ContentLength) {
                continue;
            }
            let length = number(&lossy(value)).map_err(|error| Fault::Header {
                field: Field::ContentLength,
                error,
            })?;
            return Ok(Some(length));
        }
        Ok(None)
    }
}

/// The lines of a head without their line breaks. A line that goes on in the next, which then
/// starts with white space, is one (§7.3.1).
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Lines<'a> {
        Lines { rest: bytes }
    }

    /// Where the next line break is. A CR or LF of its own would be one to some and not to others.
    fn line_break(&self, from: usize) -> Result<usize, Fault> {
        let Some(found) = memchr2(b'\r', b'\n', &self.rest[from..]) else {
            return Ok(self.rest.len());
        };
        match self.rest[from + found..] {
            [b'\r', b'\n', ..] => Ok(from + found),
            _ => Err(Fault::HeaderLine),
        }
    }

    fn take(&mut self) -> Result<Cow<'a, [u8]>, Fault> {
        let mut folded = false;
        let mut end = self.line_break(0)?;
        while let Some(b' ' | b'\t') = self.rest.get(end + 2) {
            folded = true;
            end = self.line_break(end + 2)?;
        }
        let line = &self.rest[..end];
        self.rest = self.rest.get(end + 2..).unwrap_or_default();
        match folded {
            true => Ok(Cow::Owned(unfold(line))),
            false => Ok(Cow::Borrowed(line)),
        }
    }

    /// Leaves the line that can't be read.
    fn skip(&mut self) {
        let end = memmem::find(self.rest, b"\r\n").map_or(self.rest.len(), |at| at + 2);
        self.rest = &self.rest[end..];
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<Cow<'a, [u8]>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.take();
        if line.is_err() {
            self.skip();
        }
        Some(line)
    }
}

/// Splits a header line at its colon; neither has white space around it.
pub(crate) fn name_and_value(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = memchr(b':', line)?;
    let name = std::str::from_utf8(&line[..colon]).ok()?;
    Some((
        name.trim_end_matches([' ', '\t']),
        trim_space(&line[colon + 1..]),
    ))
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
