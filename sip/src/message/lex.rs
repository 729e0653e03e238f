//! RFC 3261 §25.1: the few rules of the grammar all headers share. Quoted strings and angle
//! brackets hide separators; white space around separators means nothing.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Why a header's value, or a part of it, could not be read. The peer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    #[error("a quoted string without its end")]
    OpenQuote,
    #[error("an angle bracket without its other half")]
    OpenBracket,
    #[error("a comment without its end")]
    OpenComment,
    #[error("an empty value where one is needed")]
    Empty,
    #[error("a character where it may not be")]
    Character,
    #[error("a number that is none, or too large")]
    Number,
    #[error("a URI without a scheme")]
    NoScheme,
    #[error("a host that is none")]
    Host,
    #[error("a name that is not a token")]
    Token,
    #[error("something after the end of the value")]
    Trailing,
    #[error("more parameters than we accept")]
    TooManyParams,
    #[error("not SIP/2.0")]
    Version,
    #[error("a multipart body whose parts do not end")]
    OpenPart,
    #[error("more parts than we accept")]
    TooManyParts,
    #[error("there twice")]
    Twice,
}

/// Splits at `separator`, except inside quoted strings and angle brackets. Pieces are trimmed.
pub(crate) fn split(text: &str, separator: u8) -> Result<Vec<&str>, SyntaxError> {
    // One value, as mostly.
    if memchr::memchr(separator, text.as_bytes()).is_none() {
        check_ends(text)?;
        return Ok(vec![trim(text)]);
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    while let Some(at) = find_outside(text, start, |byte| byte == separator)? {
        pieces.push(trim(&text[start..at]));
        start = at + 1;
    }
    pieces.push(trim(&text[start..]));
    Ok(pieces)
}

/// Reads a comma-separated list and adds it to `list`. An empty place in it is an error.
pub(crate) fn parse_list<T>(text: &str, list: &mut Vec<T>) -> Result<(), SyntaxError>
where
    T: FromStr<Err = SyntaxError>,
{
    // One value, as mostly.
    if memchr::memchr(b',', text.as_bytes()).is_none() {
        list.push(text.parse()?);
        return Ok(());
    }
    for piece in split(text, b',')? {
        list.push(piece.parse()?);
    }
    Ok(())
}

/// The first byte at or after `from` that `wanted` accepts and that is neither quoted nor in angle
/// brackets. `from` has to be outside of both.
pub(crate) fn find_outside(
    text: &str,
    from: usize,
    wanted: impl Fn(u8) -> bool,
) -> Result<Option<usize>, SyntaxError> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            _ if wanted(byte) => return Ok(Some(at)),
            b'"' => at = end_of_quoted(text, at)?,
            b'<' => {
                at += find(&text[at..], b'>').ok_or(SyntaxError::OpenBracket)?;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(None)
}

/// Whether all quoted strings and brackets end.
fn check_ends(text: &str) -> Result<(), SyntaxError> {
    match memchr::memchr2(b'"', b'<', text.as_bytes()) {
        Some(from) => find_outside(text, from, |_| false).map(|_| ()),
        None => Ok(()),
    }
}

/// Where the quoted string that starts at `start` has its closing quote.
fn end_of_quoted(text: &str, start: usize) -> Result<usize, SyntaxError> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return Ok(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    Err(SyntaxError::OpenQuote)
}

/// Where the first such byte is, which is ASCII.
pub(crate) fn find(text: &str, wanted: u8) -> Option<usize> {
    find_byte(text.as_bytes(), wanted)
}

/// Where the first such byte is. Eight at a time: for text so short that a search by vectors
/// would spend its time on starting up.
#[inline]
pub(crate) fn find_byte(bytes: &[u8], wanted: u8) -> Option<usize> {
    let all = u64::from(wanted) * ONES;
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk() {
        // A byte that is wanted becomes 0, and 0 borrows from its highest bit.
        let word = u64::from_le_bytes(*word) ^ all;
        let found = word.wrapping_sub(ONES) & !word & (ONES << 7);
        if found != 0 {
            return Some(bytes.len() - rest.len() + found.trailing_zeros() as usize / 8);
        }
        rest = after;
    }
    let last = rest.iter().position(|&byte| byte == wanted)?;
    Some(bytes.len() - rest.len() + last)
}

/// Where the first control character is at or after `from`: CR, LF, or one before them.
#[inline]
pub(crate) fn find_control(bytes: &[u8], from: usize) -> Option<usize> {
    let mut rest = bytes.get(from..)?;
    // A line is mostly longer than this, and the compiler looks at such a block as a whole.
    while let Some((block, after)) = rest.split_first_chunk::<32>() {
        if block.iter().fold(false, |any, &byte| any | (byte <= b'\r')) {
            break;
        }
        rest = after;
    }
    while let Some((word, after)) = rest.split_first_chunk() {
        // What is less than CR + 1 borrows from its highest bit when that is subtracted.
        let word = u64::from_le_bytes(*word);
        let found = word.wrapping_sub(u64::from(b'\r' + 1) * ONES) & !word & (ONES << 7);
        if found != 0 {
            return Some(bytes.len() - rest.len() + found.trailing_zeros() as usize / 8);
        }
        rest = after;
    }
    let last = rest.iter().position(|&byte| byte <= b'\r')?;
    Some(bytes.len() - rest.len() + last)
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// What is before and after the first such byte, which is ASCII.
pub(crate) fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = find(text, separator)?;
    Some((&text[..at], &text[at + 1..]))
}

/// Where the first space or tab is.
pub(crate) fn find_space(text: &str) -> Option<usize> {
    text.bytes().position(|byte| matches!(byte, b' ' | b'\t'))
}

/// Reads a quoted string at the start of `text`: what it says, and what follows it.
pub(crate) fn quoted(text: &str) -> Result<(Cow<'_, str>, &str), SyntaxError> {
    let end = end_of_quoted(text, 0)?;
    let inner = &text[1..end];
    let plain = match find(inner, b'\\') {
        Some(_) => Cow::Owned(unescape(inner)),
        None => Cow::Borrowed(inner),
    };
    Ok((plain, &text[end + 1..]))
}

/// Writes a quoted string with its quotes.
pub(crate) fn write_quoted(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\\']) {
        f.write_str(&rest[..at])?;
        f.write_char('\\')?;
        f.write_str(&rest[at..=at])?;
        rest = &rest[at + 1..];
    }
    f.write_str(rest)?;
    f.write_char('"')
}

/// Reads a comment in parentheses at the start of `text`, which may have others inside (§25.1):
/// what it says, and what follows it.
pub(crate) fn comment(text: &str) -> Result<(String, &str), SyntaxError> {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 1 => return Ok((unescape(&text[1..at]), &text[at + 1..])),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Err(SyntaxError::OpenComment)
}

/// Writes a comment with its parentheses.
pub(crate) fn write_comment(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('(');
    for character in text.chars() {
        if matches!(character, '(' | ')' | '\\') {
            written.push('\\');
        }
        written.push(character);
    }
    written.push(')');
    written
}

/// Takes the SIP grammar's linear white space off both ends.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if *first > b' ' && *last > b' ' => text,
        [b' ', first, .., last] if *first > b' ' && *last > b' ' => &text[1..],
        _ => text.trim_matches([' ', '\t', '\r', '\n']),
    }
}

/// Where in `whole` the piece is, if it is a piece of it and not a copy.
#[inline]
pub(crate) fn place(whole: &[u8], piece: &[u8]) -> Option<Range<usize>> {
    let start = piece.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start + piece.len();
    (end <= whole.len()).then_some(start..end)
}

/// Bytes as text, with what isn't UTF-8 replaced.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn separators_inside_quotes_and_brackets_do_not_separate() {
        assert_eq!(
            split(r#""a, \"b" <sip:c,d@e> , f"#, b','),
            Ok(vec![r#""a, \"b" <sip:c,d@e>"#, "f"])
        );
        assert_eq!(split(r#""a"#, b','), Err(SyntaxError::OpenQuote));
        assert_eq!(split(r#""a\"#, b','), Err(SyntaxError::OpenQuote));
        assert_eq!(split("<a,", b','), Err(SyntaxError::OpenBracket));
    }

    #[test]
    fn a_quoted_string_reads_as_it_was_written() {
        let text = r#"back\slash "quote" and é"#;
        let mut written = String::new();
        write_quoted(&mut written, text).unwrap();
        assert_eq!(quoted(&written), Ok((Cow::Borrowed(text), "")));
    }
}
