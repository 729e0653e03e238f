//! RFC 3261 §7.3.1, §25.1: the parameters after a header's value.

use super::lex::{self, SyntaxError};
use super::text::{Text, is_token};
use crate::limits::Limits;
use std::fmt;

/// `;name`, `;name=value` and `;name="value"`, in order. Names compare without case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Params(Vec<Param>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Param {
    name: Text,
    value: ParamValue,
}

/// How the value was written; what it says is the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ParamValue {
    Flag,
    Plain(Text),
    Quoted(Text),
}

impl Params {
    /// Reads what follows a value: nothing, or a list that starts with `;`.
    pub(crate) fn parse(text: &str) -> Result<Params, SyntaxError> {
        let text = lex::trim(text);
        if text.is_empty() {
            return Ok(Params::default());
        }
        let Some(list) = text.strip_prefix(';') else {
            return Err(SyntaxError::Trailing);
        };
        Params::parse_list(list, b';')
    }

    /// Reads a list without a leading separator.
    pub(crate) fn parse_list(text: &str, separator: u8) -> Result<Params, SyntaxError> {
        let pieces = lex::split(text, separator)?;
        if pieces.len() > Limits::PARAMS {
            return Err(SyntaxError::TooManyParams);
        }
        Ok(Params(
            pieces
                .into_iter()
                .map(Param::parse)
                .collect::<Result<_, _>>()?,
        ))
    }

    /// The value of a parameter without its quotes, empty for one without a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name).map(|param| param.value.as_str())
    }

    /// Whether the parameter is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Puts a value in place of the one the parameter has, or at the end. It is quoted if it has
    /// to be.
    pub fn set(&mut self, name: &'static str, value: impl Into<Text>) {
        self.put(name, ParamValue::fitting(value.into()));
    }

    /// As [`Params::set`], quoted even where a token would do, as feature tags and Digest want it.
    pub fn set_quoted(&mut self, name: &'static str, value: impl Into<Text>) {
        self.put(name, ParamValue::Quoted(value.into()));
    }

    /// Puts a parameter without a value.
    pub fn set_flag(&mut self, name: &'static str) {
        self.put(name, ParamValue::Flag);
    }

    /// The same, to go on building with.
    pub fn with(mut self, name: &'static str, value: impl Into<Text>) -> Params {
        self.set(name, value);
        self
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|param| !param.is(name));
    }

    /// Names and values; the value of a flag is `None`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|param| {
            let value = match &param.value {
                ParamValue::Flag => None,
                ParamValue::Plain(value) | ParamValue::Quoted(value) => Some(value.as_str()),
            };
            (param.name.as_str(), value)
        })
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, name: &str) -> Option<&Param> {
        self.0.iter().find(|param| param.is(name))
    }

    fn put(&mut self, name: &'static str, value: ParamValue) {
        match self.0.iter_mut().find(|param| param.is(name)) {
            Some(param) => param.value = value,
            None => self.0.push(Param {
                name: Text::from(name),
                value,
            }),
        }
    }

    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, separator: &str) -> fmt::Result {
        for (index, param) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(separator)?;
            }
            write!(f, "{param}")?;
        }
        Ok(())
    }
}

impl Param {
    fn parse(text: &str) -> Result<Param, SyntaxError> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (lex::trim(name), Some(lex::trim(value))),
            None => (text, None),
        };
        if !is_token(name) {
            return Err(SyntaxError::Token);
        }
        let value = match value {
            None => ParamValue::Flag,
            Some(value) if value.starts_with('"') => {
                let (plain, rest) = lex::quoted(value)?;
                if !lex::trim(rest).is_empty() {
                    return Err(SyntaxError::Trailing);
                }
                ParamValue::Quoted(Text::new(plain).map_err(|_| SyntaxError::Character)?)
            }
            Some(value) if value.bytes().all(is_plain) => ParamValue::Plain(Text::from(value)),
            Some(_) => return Err(SyntaxError::Character),
        };
        Ok(Param {
            name: Text::from(name),
            value,
        })
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl ParamValue {
    fn fitting(value: Text) -> ParamValue {
        if !value.is_empty() && value.bytes().all(is_plain) {
            return ParamValue::Plain(value);
        }
        ParamValue::Quoted(value)
    }

    fn as_str(&self) -> &str {
        match self {
            ParamValue::Flag => "",
            ParamValue::Plain(value) | ParamValue::Quoted(value) => value,
        }
    }
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            ParamValue::Flag => self.name.fmt(f),
            ParamValue::Plain(value) => write!(f, "{}={}", self.name, value),
            ParamValue::Quoted(value) => write!(f, "{}={}", self.name, lex::quote(value)),
        }
    }
}

/// With a `;` before each.
impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() {
            f.write_str(";")?;
        }
        self.write(f, ";")
    }
}

/// What a value may have without quotes: more than a token, since hosts, `[::1]`, `a/b` and base64
/// stand there too, but nothing that would end it.
fn is_plain(byte: u8) -> bool {
    (byte.is_ascii_graphic() && !b";,\"<>".contains(&byte)) || !byte.is_ascii()
}
