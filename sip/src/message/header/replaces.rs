//! RFC 3891 §6.1: Replaces names the dialog that a new one takes the place of.

use super::call_id::CallId;
use super::typed::{TypedHeader, value_and_params};
use crate::message::lex::SyntaxError;
use crate::message::params::Params;
use crate::message::text::Text;
use std::fmt;
use std::str::FromStr;

/// `Replaces: 98asj@host;to-tag=1;from-tag=2;early-only`, the tags as whoever receives it has them:
/// `to` is the receiver's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Replaces {
    /// Never with a `;`, which would end it.
    call_id: CallId,
    /// With both tags and `early-only`.
    params: Params,
}

impl Replaces {
    /// # Errors
    /// The Call-ID has a `;`, which the header cannot say.
    pub fn new(
        call_id: CallId,
        to_tag: impl Into<Text>,
        from_tag: impl Into<Text>,
    ) -> Result<Replaces, SyntaxError> {
        if call_id.as_str().contains(SEPARATORS) {
            return Err(SyntaxError::Character);
        }
        let params = Params::default()
            .with("to-tag", to_tag)
            .with("from-tag", from_tag);
        Ok(Replaces { call_id, params })
    }

    /// Only if the dialog is not yet answered.
    pub fn with_early_only(mut self) -> Replaces {
        self.params.set_flag("early-only");
        self
    }

    pub fn call_id(&self) -> &CallId {
        &self.call_id
    }

    pub fn to_tag(&self) -> &str {
        self.params.get("to-tag").unwrap_or_default()
    }

    pub fn from_tag(&self) -> &str {
        self.params.get("from-tag").unwrap_or_default()
    }

    pub fn early_only(&self) -> bool {
        self.params.has("early-only")
    }
}

impl TypedHeader for Replaces {
    const NAME: &'static str = "Replaces";
}

impl FromStr for Replaces {
    type Err = SyntaxError;

    /// # Errors
    /// No Call-ID, or not exactly one of each tag.
    fn from_str(text: &str) -> Result<Replaces, SyntaxError> {
        let (call_id, params) = value_and_params(text)?;
        for tag in ["to-tag", "from-tag"] {
            match params
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case(tag))
                .count()
            {
                1 => {}
                0 => return Err(SyntaxError::Empty),
                _ => return Err(SyntaxError::Twice),
            }
        }
        if call_id.contains(SEPARATORS) {
            return Err(SyntaxError::Character);
        }
        Ok(Replaces {
            call_id: call_id.parse()?,
            params,
        })
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.call_id, self.params)
    }
}

/// What would end the Call-ID, or hide its end.
const SEPARATORS: [char; 4] = [';', ',', '"', '<'];
