//! RFC 2046 §5.1, RFC 5621 §3: a body of several parts, as of a description with a location.

use super::head::{Head, RawHeader};
use crate::message::{ContentType, Field, Header, Name, SyntaxError, Value, lossy};
use memchr::memmem;

/// One part of a multipart body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// `text/plain` where none is said (RFC 2046 §5.1).
    pub content_type: ContentType,
    /// The others, as `Content-ID` and `Content-Disposition`, in their order.
    pub headers: Vec<Header>,
    pub body: &'a [u8],
}

impl Part<'_> {
    /// Parts of one body. A description comes with a location, a signature or ISUP beside it; more
    /// are an attempt to make us read.
    pub const MOST: usize = 16;
}

/// The parts of a body of that type. `None` if it isn't multipart.
///
/// # Errors
/// No boundary, no end, more than [`Part::MOST`], or a header of a part that can't be read.
pub fn parts<'a>(
    content_type: &ContentType,
    body: &'a [u8],
) -> Option<Result<Vec<Part<'a>>, SyntaxError>> {
    content_type
        .kind
        .as_str()
        .eq_ignore_ascii_case("multipart")
        .then(|| read(content_type, body))
}

/// The body, or the first part of it at any depth, that is of that type and isn't empty.
pub(crate) fn find<'a>(
    content_type: &ContentType,
    body: &'a [u8],
    essence: &str,
) -> Option<&'a [u8]> {
    find_within(content_type, body, essence, DEEPEST)
}

fn find_within<'a>(
    content_type: &ContentType,
    body: &'a [u8],
    essence: &str,
    deeper: usize,
) -> Option<&'a [u8]> {
    if content_type.is(essence) {
        return (!body.is_empty()).then_some(body);
    }
    if deeper == 0 {
        return None;
    }
    parts(content_type, body)?
        .ok()?
        .iter()
        .find_map(|part| find_within(&part.content_type, part.body, essence, deeper - 1))
}

fn read<'a>(content_type: &ContentType, body: &'a [u8]) -> Result<Vec<Part<'a>>, SyntaxError> {
    let boundary = content_type
        .params
        .get("boundary")
        .filter(|boundary| !boundary.is_empty())
        .ok_or(SyntaxError::Empty)?;
    let delimiter = format!("\r\n--{boundary}");
    // What is before the first delimiter is for nobody. The first may be the body's start, without
    // its line break.
    let mut rest = match body.strip_prefix(&delimiter.as_bytes()[2..]) {
        Some(rest) => rest,
        None => after(body, &delimiter).ok_or(SyntaxError::OpenPart)?.1,
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        if parts.len() == Part::MOST {
            return Err(SyntaxError::TooManyParts);
        }
        // White space after a delimiter means nothing.
        let line = memmem::find(rest, b"\r\n").ok_or(SyntaxError::OpenPart)?;
        if !rest[..line].iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(SyntaxError::OpenPart);
        }
        // With the line break, which ends a head without headers.
        let (content, next) = after(&rest[line..], &delimiter).ok_or(SyntaxError::OpenPart)?;
        parts.push(part(content)?);
        rest = next;
    }
    Ok(parts)
}

/// What is before a delimiter, and what is after it.
fn after<'a>(body: &'a [u8], delimiter: &str) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(body, delimiter.as_bytes())?;
    Some((&body[..at], &body[at + delimiter.len()..]))
}

/// From the line break that ends the delimiter's line.
fn part(content: &[u8]) -> Result<Part<'_>, SyntaxError> {
    let head = Head::find(content).ok_or(SyntaxError::OpenPart)?;
    let mut content_type = None;
    let mut headers = Vec::new();
    for line in head.lines().skip(1) {
        let line = line.map_err(|_| SyntaxError::Character)?;
        let RawHeader { name, field, value } = RawHeader::of(&line).ok_or(SyntaxError::Token)?;
        match field {
            Some(Field::ContentType) => content_type = Some(lossy(value).parse()?),
            // Of the message's own headers none has a meaning in a part.
            Some(_) => {}
            None => headers.push(Header {
                name: Name::without_field(&lossy(name)),
                value: Value::new(value).map_err(|_| SyntaxError::Character)?,
            }),
        }
    }
    Ok(Part {
        content_type: content_type.unwrap_or_else(ContentType::plain_text),
        headers,
        body: &content[head.end..],
    })
}

/// Parts in parts: one in the other is seen in use, more is not.
const DEEPEST: usize = 3;
