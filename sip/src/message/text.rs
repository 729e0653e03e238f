//! RFC 3261 §25.1: the pieces of text a message is made of, as types that cannot hold a line break,
//! so that no value can start a header of its own.

use smol_str::SmolStr;
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::Arc;

/// One line of text: no CR, no LF. Cheap to clone; up to 23 bytes are held in place.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text(SmolStr);

impl Text {
    /// # Errors
    /// The text has a line break.
    pub fn new(text: impl AsRef<str>) -> Result<Text, TextError> {
        let text = text.as_ref();
        if breaks_line(text.as_bytes()) {
            return Err(TextError::LineBreak);
        }
        Ok(Text(SmolStr::new(text)))
    }

    /// The text with each line break replaced by a space.
    pub fn cleaned(text: &str) -> Text {
        match breaks_line(text.as_bytes()) {
            true => Text(SmolStr::from(text.replace(['\r', '\n'], " "))),
            false => Text(SmolStr::new(text)),
        }
    }

    /// Text in which whoever read it has seen that there is no line break.
    pub(crate) fn unbroken(text: &str) -> Text {
        debug_assert!(!breaks_line(text.as_bytes()));
        match text {
            "" => Text::default(),
            _ => Text(SmolStr::new(text)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

/// As [`Text::cleaned`].
impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::cleaned(text)
    }
}

/// As [`Text::cleaned`].
impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::cleaned(&text)
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Text {
        text.clone()
    }
}

impl From<u32> for Text {
    fn from(number: u32) -> Text {
        Text(SmolStr::from(number.to_string()))
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The value of a header that has no type of its own, byte for byte as it came (a folded line is
/// unfolded, RFC 3261 §7.3.1). No CR, no LF, no white space around it; not necessarily UTF-8.
///
/// The values of one message are pieces of one buffer, which lives as long as any of them; it is
/// no longer than the head of a message may be.
#[derive(Clone)]
pub struct Value {
    buffer: Arc<[u8]>,
    start: u32,
    end: u32,
}

impl Value {
    /// # Errors
    /// The bytes have a line break.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Value, TextError> {
        let bytes = bytes.as_ref();
        if breaks_line(bytes) {
            return Err(TextError::LineBreak);
        }
        Ok(Value::from_line(bytes))
    }

    /// Of bytes without a line break.
    fn from_line(bytes: &[u8]) -> Value {
        let buffer: Arc<[u8]> = Arc::from(trim(bytes));
        let end = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        Value {
            buffer,
            start: 0,
            end,
        }
    }

    /// A piece of a buffer that has no line break, nor white space around it, as the parser has
    /// made sure.
    pub(super) fn piece(buffer: &Arc<[u8]>, place: Range<u32>) -> Value {
        Value {
            buffer: Arc::clone(buffer),
            start: place.start,
            end: place.end,
        }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer[self.start as usize..self.end as usize]
    }

    /// The value as text; `None` if it isn't UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// The value as text, with what isn't UTF-8 replaced.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }
}

impl<T: Into<Text>> From<T> for Value {
    fn from(text: T) -> Value {
        Value::from_line(text.into().as_bytes())
    }
}

impl Default for Value {
    fn default() -> Value {
        Value::from_line(b"")
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

/// A token (RFC 3261 §25.1): letters, digits and `-.!%*_+``'~`, at least one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(SmolStr);

impl Token {
    /// # Errors
    /// The text is empty or has another character.
    pub fn new(text: &str) -> Result<Token, TextError> {
        if !is_token(text) {
            return Err(TextError::NotAToken);
        }
        Ok(Token(SmolStr::new(text)))
    }

    /// Text that whoever read it has seen to be a token.
    pub(crate) fn seen(text: &str) -> Token {
        debug_assert!(is_token(text));
        Token(SmolStr::new(text))
    }

    /// A token written in the program, as its author has seen.
    pub(crate) const fn fixed_seen(text: &'static str) -> Token {
        Token(SmolStr::new_static(text))
    }

    /// A token written in the program; anything else becomes `-`.
    pub(crate) fn fixed(text: &'static str) -> Token {
        Token::new(text).unwrap_or(Token(SmolStr::new_static("-")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Why a text cannot be what it was to become. Our own fault when building, the peer's when parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("a line break inside a value")]
    LineBreak,
    #[error("not a token")]
    NotAToken,
    #[error("this header has a field of its own")]
    HasAField,
}

pub(crate) fn is_token(text: &str) -> bool {
    is_token_bytes(text.as_bytes())
}

/// Of all bytes rather than up to the first that isn't of a token: names are short, and good.
pub(crate) fn is_token_bytes(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all_in(bytes, &TOKEN_BYTES)
}

/// Whether all bytes are in the set.
pub(crate) fn all_in(bytes: &[u8], set: &[bool; 256]) -> bool {
    bytes
        .iter()
        .fold(true, |all, &byte| all & set[usize::from(byte)])
}

/// Takes spaces and tabs off both ends.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

fn breaks_line(bytes: &[u8]) -> bool {
    memchr::memchr2(b'\r', b'\n', bytes).is_some()
}

/// Which bytes a set has, by their number.
pub(crate) const fn byte_set(others: &[u8]) -> [bool; 256] {
    let mut set = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        set[byte as usize] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut at = 0;
    while at < others.len() {
        set[others[at] as usize] = true;
        at += 1;
    }
    set
}

pub(super) const TOKEN_BYTES: [bool; 256] = byte_set(b"-.!%*_+`'~");

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_line_break_cannot_be_put_into_a_value() {
        let evil = "busy\r\nContact: <sip:mallory@example.com>";
        assert_eq!(Text::new(evil), Err(TextError::LineBreak));
        assert_eq!(Value::new(evil), Err(TextError::LineBreak));
        assert_eq!(Text::from(evil), "busy  Contact: <sip:mallory@example.com>");
        assert_eq!(Token::new(evil), Err(TextError::NotAToken));
    }
}
