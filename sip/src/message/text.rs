//! RFC 3261 §25.1: the pieces of text a message is made of, as types that cannot hold a line break,
//! so that no value can start a header of its own.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// One line of text: no CR, no LF.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text(String);

impl Text {
    /// # Errors
    /// The text has a line break.
    pub fn new(text: impl Into<String>) -> Result<Text, TextError> {
        let text = text.into();
        if text.bytes().any(breaks_line) {
            return Err(TextError::LineBreak);
        }
        Ok(Text(text))
    }

    /// The text with each line break replaced by a space.
    pub fn cleaned(text: &str) -> Text {
        Text(text.replace(['\r', '\n'], " "))
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
        if text.bytes().any(breaks_line) {
            return Text::cleaned(&text);
        }
        Text(text)
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Text {
        text.clone()
    }
}

impl From<u32> for Text {
    fn from(number: u32) -> Text {
        Text(number.to_string())
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
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Value(Vec<u8>);

impl Value {
    /// # Errors
    /// The bytes have a line break.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Value, TextError> {
        let bytes = bytes.into();
        if bytes.iter().copied().any(breaks_line) {
            return Err(TextError::LineBreak);
        }
        Ok(Value::trimmed(bytes))
    }

    fn trimmed(mut bytes: Vec<u8>) -> Value {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
        while bytes.last().is_some_and(is_space) {
            bytes.pop();
        }
        let start = bytes.iter().take_while(|byte| is_space(byte)).count();
        bytes.drain(..start);
        Value(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The value as text; `None` if it isn't UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The value as text, with what isn't UTF-8 replaced.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl<T: Into<Text>> From<T> for Value {
    fn from(text: T) -> Value {
        Value::trimmed(text.into().0.into_bytes())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// A token (RFC 3261 §25.1): letters, digits and `-.!%*_+``'~`, at least one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(String);

impl Token {
    /// # Errors
    /// The text is empty or has another character.
    pub fn new(text: &str) -> Result<Token, TextError> {
        if !is_token(text) {
            return Err(TextError::NotAToken);
        }
        Ok(Token(text.to_owned()))
    }

    /// A token written in the program; anything else becomes `-`.
    pub(crate) fn fixed(text: &'static str) -> Token {
        Token::new(text).unwrap_or(Token(String::from("-")))
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
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

fn breaks_line(byte: u8) -> bool {
    byte == b'\r' || byte == b'\n'
}

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
