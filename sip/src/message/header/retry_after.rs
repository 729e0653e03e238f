//! RFC 3261 §20.33: Retry-After, when to try again.

use super::typed::TypedHeader;
use crate::message::host::number;
use crate::message::lex::{self, SyntaxError};
use crate::message::params::Params;
use crate::message::text::Text;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// `18000;duration=3600`, `120 (I'm in a meeting)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RetryAfter {
    /// Whole seconds.
    pub wait: Duration,
    /// Without parentheses and escapes; one inside the other is part of it.
    pub comment: Option<Text>,
    /// With the duration.
    pub params: Params,
}

impl RetryAfter {
    /// Fractions of a second are cut off.
    pub fn new(wait: Duration) -> RetryAfter {
        RetryAfter {
            wait: Duration::from_secs(wait.as_secs()),
            comment: None,
            params: Params::default(),
        }
    }

    /// How long somebody will be there from then on; `None` where it isn't said or isn't a number.
    pub fn duration(&self) -> Option<Duration> {
        let seconds: u32 = number(self.params.get("duration")?).ok()?;
        Some(Duration::from_secs(seconds.into()))
    }
}

impl TypedHeader for RetryAfter {
    const NAME: &'static str = "Retry-After";
}

impl FromStr for RetryAfter {
    type Err = SyntaxError;

    /// # Errors
    /// Not a number of seconds below 2^32, a comment without its end, or bad parameters.
    fn from_str(text: &str) -> Result<RetryAfter, SyntaxError> {
        let text = lex::trim(text);
        let end = text
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(text.len());
        let seconds: u32 = number(&text[..end])?;
        let rest = lex::trim(&text[end..]);
        let (comment, rest) = match rest.starts_with('(') {
            true => {
                let (comment, rest) = lex::comment(rest)?;
                let comment = Text::new(comment).map_err(|_| SyntaxError::Character)?;
                (Some(comment), rest)
            }
            false => (None, rest),
        };
        Ok(RetryAfter {
            wait: Duration::from_secs(seconds.into()),
            comment,
            params: Params::parse(rest)?,
        })
    }
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wait.as_secs().fmt(f)?;
        if let Some(comment) = &self.comment {
            write!(f, " {}", lex::write_comment(comment))?;
        }
        self.params.fmt(f)
    }
}
