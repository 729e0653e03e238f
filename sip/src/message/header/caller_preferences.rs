//! RFC 3841 §9.2, §9.3: Accept-Contact and Reject-Contact, which of somebody's devices a caller
//! wants.

use super::feature::Features;
use super::typed::{list_header, value_and_params};
use crate::message::lex::SyntaxError;
use crate::message::params::Params;
use std::fmt;
use std::str::FromStr;

list_header! {
    /// Devices that should get the request; also `a:`.
    AcceptContact(Wish), "Accept-Contact"
}

list_header! {
    /// Devices that should not get the request; also `j:`.
    RejectContact(Wish), "Reject-Contact"
}

/// `*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";require;explicit`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wish {
    /// Feature tags, `require` and `explicit`.
    pub params: Params,
}

impl Wish {
    /// Devices that are not known to have the features are not called at all.
    pub fn is_required(&self) -> bool {
        self.params.has("require")
    }

    /// A device that says nothing of a feature does not have it.
    pub fn is_explicit(&self) -> bool {
        self.params.has("explicit")
    }

    /// # Errors
    /// A feature tag's value can't be read.
    pub fn features(&self) -> Result<Features, SyntaxError> {
        Features::of(&self.params)
    }
}

impl FromStr for Wish {
    type Err = SyntaxError;

    /// # Errors
    /// It doesn't start with `*`, or the parameters are bad.
    fn from_str(text: &str) -> Result<Wish, SyntaxError> {
        match value_and_params(text)? {
            ("*", params) => Ok(Wish { params }),
            ("", _) => Err(SyntaxError::Empty),
            _ => Err(SyntaxError::Character),
        }
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "*{}", self.params)
    }
}
