//! RFC 3840 §5, §9, RFC 2533 §4: feature tags, what a device says in its Contact that it can do.

use super::name_addr::NameAddr;
use crate::message::lex::{self, SyntaxError};
use crate::message::params::Params;
use crate::message::text::{Text, Token};

/// The feature tags among the parameters of a Contact, an Accept-Contact or a Reject-Contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Features(Vec<Feature>);

/// One tag: it holds if one of its values does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// `video`, `+sip.instance`, ... as written.
    pub tag: Text,
    /// At least one.
    pub values: Vec<FeatureValue>,
}

/// One value of a tag, as `!mobile`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureValue {
    /// `!`: anything but.
    pub negated: bool,
    pub what: FeatureIs,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeatureIs {
    /// The tag alone, `"TRUE"` or `"FALSE"`.
    Boolean(bool),
    /// Compares without case.
    Token(Token),
    /// `#5`, `#>=5`, `#<=5`, `#5:7`; both ends belong to it, and an end that isn't said is open.
    Number {
        least: Option<FeatureNumber>,
        most: Option<FeatureNumber>,
    },
    /// `<text>`, with case.
    String(Text),
}

/// A number with up to six decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeatureNumber {
    millionths: i64,
}

impl NameAddr {
    /// The feature tags of a Contact.
    ///
    /// # Errors
    /// A tag's value can't be read.
    pub fn features(&self) -> Result<Features, SyntaxError> {
        Features::of(&self.params)
    }
}

impl Features {
    pub(super) fn of(params: &Params) -> Result<Features, SyntaxError> {
        params
            .iter()
            .filter(|(name, _)| is_tag(name))
            .map(|(name, value)| {
                Ok(Feature {
                    tag: Text::from(name),
                    values: values(value)?,
                })
            })
            .collect::<Result<_, _>>()
            .map(Features)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Feature> {
        self.0.iter()
    }

    /// The values of a tag, whatever its case; none where it isn't there.
    pub fn get(&self, tag: &str) -> &[FeatureValue] {
        self.0
            .iter()
            .find(|feature| feature.tag.eq_ignore_ascii_case(tag))
            .map_or(&[], |feature| &feature.values)
    }

    /// Whether the device says it has it: the tag alone, `"TRUE"`, or, as some write, `"<TRUE>"`.
    pub fn has(&self, tag: &str) -> bool {
        self.get(tag).iter().any(|value| {
            let says = match &value.what {
                FeatureIs::Boolean(says) => *says,
                FeatureIs::String(text) => text.eq_ignore_ascii_case("TRUE"),
                FeatureIs::Token(_) | FeatureIs::Number { .. } => false,
            };
            says != value.negated
        })
    }

    /// Whether the token is one of the tag's values: `lists("methods", "INVITE")`.
    pub fn lists(&self, tag: &str, token: &str) -> bool {
        self.get(tag).iter().any(|value| match &value.what {
            FeatureIs::Token(listed) => {
                listed.as_str().eq_ignore_ascii_case(token) != value.negated
            }
            FeatureIs::Boolean(_) | FeatureIs::Number { .. } | FeatureIs::String(_) => false,
        })
    }
}

impl FeatureNumber {
    pub fn as_f64(self) -> f64 {
        // What a tag can say is far from where this would lose anything.
        self.millionths as f64 / MILLION as f64
    }

    fn read(text: &str) -> Result<FeatureNumber, SyntaxError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || !is_number(whole)
            || !is_number(fraction)
            || fraction.len() > DECIMALS
        {
            return Err(SyntaxError::Number);
        }
        let millionths = format!("{whole}{fraction:0<DECIMALS$}")
            .parse::<i64>()
            .map_err(|_| SyntaxError::Number)?;
        Ok(FeatureNumber {
            millionths: if negative { -millionths } else { millionths },
        })
    }
}

impl From<i32> for FeatureNumber {
    fn from(number: i32) -> FeatureNumber {
        FeatureNumber {
            millionths: i64::from(number) * MILLION,
        }
    }
}

/// RFC 3840 §9: the base tags, and any that starts with `+`.
fn is_tag(name: &str) -> bool {
    name.starts_with('+') || BASE_TAGS.iter().any(|tag| name.eq_ignore_ascii_case(tag))
}

fn values(written: Option<&str>) -> Result<Vec<FeatureValue>, SyntaxError> {
    let Some(written) = written else {
        return Ok(vec![FeatureValue {
            negated: false,
            what: FeatureIs::Boolean(true),
        }]);
    };
    lex::split(written, b',')?.into_iter().map(value).collect()
}

fn value(text: &str) -> Result<FeatureValue, SyntaxError> {
    let (negated, text) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let what = if let Some(number) = text.strip_prefix('#') {
        range(number)?
    } else if let Some(string) = text.strip_prefix('<') {
        let string = string.strip_suffix('>').ok_or(SyntaxError::OpenBracket)?;
        FeatureIs::String(Text::from(string))
    } else if text.eq_ignore_ascii_case("TRUE") {
        FeatureIs::Boolean(true)
    } else if text.eq_ignore_ascii_case("FALSE") {
        FeatureIs::Boolean(false)
    } else {
        // `urn%3Aurn-7%3A...` is a token too.
        FeatureIs::Token(Token::new(text).map_err(|_| SyntaxError::Token)?)
    };
    Ok(FeatureValue { negated, what })
}

fn range(text: &str) -> Result<FeatureIs, SyntaxError> {
    let number = FeatureNumber::read;
    let (least, most) = if let Some(least) = text.strip_prefix(">=") {
        (Some(number(least)?), None)
    } else if let Some(most) = text.strip_prefix("<=") {
        (None, Some(number(most)?))
    } else if let Some((least, most)) = text.split_once(':') {
        (Some(number(least)?), Some(number(most)?))
    } else {
        let exactly = number(text.strip_prefix('=').unwrap_or(text))?;
        (Some(exactly), Some(exactly))
    };
    Ok(FeatureIs::Number { least, most })
}

const DECIMALS: usize = 6;
const MILLION: i64 = 1_000_000;

const BASE_TAGS: [&str; 20] = [
    "audio",
    "automata",
    "class",
    "duplex",
    "data",
    "control",
    "mobility",
    "description",
    "events",
    "priority",
    "methods",
    "schemes",
    "application",
    "video",
    "language",
    "type",
    "isfocus",
    "actor",
    "text",
    "extensions",
];
