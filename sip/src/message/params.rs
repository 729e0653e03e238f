//! RFC 3261 §7.3.1, §25.1: the parameters after a header's value.

use super::lex::{self, SyntaxError};
use super::plain;
use super::text::{Text, byte_set, is_token};
use crate::limits::Limits;
use std::fmt;
use std::hash::{Hash, Hasher};

/// `;name`, `;name=value` and `;name="value"`, in order. Names compare without case.
///
/// As read from a message it is one piece of text that is looked into when asked; it becomes a list
/// when it is changed, or where it was written so that a value isn't plainly there.
#[derive(Clone)]
pub struct Params(Form);

#[derive(Clone)]
enum Form {
    /// Each with its `;`: tokens, quoted strings without escapes, no white space.
    Written(Text),
    List(Vec<Param>),
}

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

/// One of them, wherever it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct View<'a> {
    name: &'a str,
    value: ViewValue<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ViewValue<'a> {
    Flag,
    Plain(&'a str),
    Quoted(&'a str),
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
        if plain::params(text.as_bytes(), 0) == Some(text.len()) {
            return Ok(Params::of_plain(text));
        }
        Params::parse_list(list, b';')
    }

    /// Nothing, or a list that [`plain::params`] has found.
    pub(super) fn of_plain(text: &str) -> Params {
        Params(Form::Written(Text::unbroken(text)))
    }

    /// Reads a list without a leading separator.
    pub(crate) fn parse_list(text: &str, separator: u8) -> Result<Params, SyntaxError> {
        let pieces = lex::split(text, separator)?;
        if pieces.len() > Limits::PARAMS {
            return Err(SyntaxError::TooManyParams);
        }
        let list: Result<_, _> = pieces.into_iter().map(Param::parse).collect();
        list.map(Form::List).map(Params)
    }

    /// The value of a parameter without its quotes, empty for one without a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name)
            .map(|param| param.value.said().unwrap_or_default())
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
        if self.has(name) {
            self.change(|list| list.retain(|param| !param.view().is(name)));
        }
    }

    /// Names and values; the value of a flag is `None`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.views().map(|param| (param.name, param.value.said()))
    }

    pub fn len(&self) -> usize {
        self.views().count()
    }

    pub fn is_empty(&self) -> bool {
        self.views().next().is_none()
    }

    fn find(&self, name: &str) -> Option<View<'_>> {
        self.views().find(|param| param.is(name))
    }

    fn views(&self) -> Views<'_> {
        match &self.0 {
            Form::Written(text) => Views::Written(text),
            Form::List(list) => Views::List(list.iter()),
        }
    }

    /// Changes it as a list.
    fn change(&mut self, change: impl FnOnce(&mut Vec<Param>)) {
        let mut list = match std::mem::take(self).0 {
            Form::List(list) => list,
            Form::Written(text) => Views::Written(&text).map(View::to_param).collect(),
        };
        change(&mut list);
        self.0 = Form::List(list);
    }

    fn put(&mut self, name: &'static str, value: ParamValue) {
        self.change(
            |list| match list.iter_mut().find(|param| param.view().is(name)) {
                Some(param) => param.value = value,
                None => list.push(Param {
                    name: Text::from(name),
                    value,
                }),
            },
        );
    }

    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, separator: &str) -> fmt::Result {
        for (index, param) in self.views().enumerate() {
            if index > 0 {
                f.write_str(separator)?;
            }
            param.write_to(f)?;
        }
        Ok(())
    }
}

impl Param {
    fn parse(text: &str) -> Result<Param, SyntaxError> {
        let (name, value) = match lex::cut(text, b'=') {
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
                ParamValue::Quoted(Text::new(&plain).map_err(|_| SyntaxError::Character)?)
            }
            Some(value) if value.bytes().all(is_plain) => ParamValue::Plain(Text::unbroken(value)),
            Some(_) => return Err(SyntaxError::Character),
        };
        Ok(Param {
            name: Text::from(name),
            value,
        })
    }

    fn view(&self) -> View<'_> {
        View {
            name: &self.name,
            value: match &self.value {
                ParamValue::Flag => ViewValue::Flag,
                ParamValue::Plain(value) => ViewValue::Plain(value),
                ParamValue::Quoted(value) => ViewValue::Quoted(value),
            },
        }
    }
}

impl<'a> View<'a> {
    fn is(self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    fn to_param(self) -> Param {
        Param {
            name: Text::from(self.name),
            value: match self.value {
                ViewValue::Flag => ParamValue::Flag,
                ViewValue::Plain(value) => ParamValue::Plain(Text::from(value)),
                ViewValue::Quoted(value) => ParamValue::Quoted(Text::from(value)),
            },
        }
    }

    /// Reads the first of a plainly written list that starts with `;`, and what follows it.
    fn first(written: &'a str) -> Option<(View<'a>, &'a str)> {
        let written = written.strip_prefix(';')?;
        let end = written.find([';', '=']).unwrap_or(written.len());
        let (name, rest) = written.split_at(end);
        let Some(value) = rest.strip_prefix('=') else {
            let value = ViewValue::Flag;
            return Some((View { name, value }, rest));
        };
        if let Some(quoted) = value.strip_prefix('"') {
            let (value, rest) = quoted.split_once('"')?;
            let value = ViewValue::Quoted(value);
            return Some((View { name, value }, rest));
        }
        let (value, rest) = value.split_at(value.find(';').unwrap_or(value.len()));
        let value = ViewValue::Plain(value);
        Some((View { name, value }, rest))
    }
}

impl<'a> ViewValue<'a> {
    fn said(self) -> Option<&'a str> {
        match self {
            ViewValue::Flag => None,
            ViewValue::Plain(value) | ViewValue::Quoted(value) => Some(value),
        }
    }
}

enum Views<'a> {
    /// What is left.
    Written(&'a str),
    List(std::slice::Iter<'a, Param>),
}

impl<'a> Iterator for Views<'a> {
    type Item = View<'a>;

    fn next(&mut self) -> Option<View<'a>> {
        match self {
            Views::Written(written) => {
                let (view, rest) = View::first(written)?;
                *written = rest;
                Some(view)
            }
            Views::List(list) => list.next().map(Param::view),
        }
    }
}

impl ParamValue {
    fn fitting(value: Text) -> ParamValue {
        if !value.is_empty() && value.bytes().all(is_plain) {
            return ParamValue::Plain(value);
        }
        ParamValue::Quoted(value)
    }
}

impl View<'_> {
    fn write_to(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str(self.name)?;
        match self.value {
            ViewValue::Flag => Ok(()),
            ViewValue::Plain(value) => {
                f.write_str("=")?;
                f.write_str(value)
            }
            ViewValue::Quoted(value) => {
                f.write_str("=")?;
                lex::write_quoted(f, value)
            }
        }
    }
}

/// With a `;` before each.
impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl Params {
    pub(crate) fn write_to(&self, f: &mut impl fmt::Write) -> fmt::Result {
        match &self.0 {
            Form::Written(text) => f.write_str(text),
            Form::List(list) => list.iter().try_for_each(|param| {
                f.write_str(";")?;
                param.view().write_to(f)
            }),
        }
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

impl Default for Params {
    fn default() -> Params {
        Params(Form::Written(Text::default()))
    }
}

impl PartialEq for Params {
    fn eq(&self, other: &Params) -> bool {
        self.views().eq(other.views())
    }
}

impl Eq for Params {}

impl Hash for Params {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.views().for_each(|param| param.hash(state));
    }
}

/// What a value may have without quotes: more than a token, since hosts, `[::1]`, `a/b` and base64
/// stand there too, but nothing that would end it.
fn is_plain(byte: u8) -> bool {
    PLAIN_BYTES[usize::from(byte)]
}

pub(super) const PLAIN_BYTES: [bool; 256] = {
    let mut set = byte_set(b"!#$%&'()*+-./:=?@[\\]^_`{|}~");
    let mut byte = 128;
    while byte < 256 {
        set[byte] = true;
        byte += 1;
    }
    set
};
