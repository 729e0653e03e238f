//! RFC 7315 §5.5, §5.6: P-Charging-Vector, by which the accounts of one call are found again, and
//! P-Charging-Function-Addresses, where they are kept.

use super::typed::TypedHeader;
use crate::message::lex::{self, SyntaxError};
use crate::message::params::Params;
use crate::message::text::Text;
use std::fmt;
use std::str::FromStr;

/// `icid-value=1234bc9876e;icid-generated-at=192.0.6.8;orig-ioi=home1.net`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PChargingVector(Params);

/// `ccf=192.0.8.1;ecf=192.0.8.3`: each several times, the first one first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PChargingFunctionAddresses(Params);

impl PChargingVector {
    /// `icid` is unique in the world.
    pub fn new(icid: impl Into<Text>) -> PChargingVector {
        PChargingVector(Params::default().with("icid-value", icid))
    }

    /// The networks that the call comes from and goes to.
    pub fn with_networks(mut self, orig: impl Into<Text>, term: impl Into<Text>) -> Self {
        self.0.set("orig-ioi", orig);
        self.0.set("term-ioi", term);
        self
    }

    /// What is the same at all who charge for the call.
    pub fn icid(&self) -> &str {
        self.0.get("icid-value").unwrap_or_default()
    }

    /// Who made it up.
    pub fn generated_at(&self) -> Option<&str> {
        self.0.get("icid-generated-at")
    }

    /// The network the call comes from.
    pub fn orig_ioi(&self) -> Option<&str> {
        self.0.get("orig-ioi")
    }

    /// The network the call goes to.
    pub fn term_ioi(&self) -> Option<&str> {
        self.0.get("term-ioi")
    }

    /// All of them, `transit-ioi`, `related-icid` and those of access networks too.
    pub fn params(&self) -> &Params {
        &self.0
    }
}

impl PChargingFunctionAddresses {
    /// Charging collection functions, the first choice first.
    pub fn collection(&self) -> impl Iterator<Item = &str> {
        self.all("ccf")
    }

    /// Event charging functions, the first choice first.
    pub fn event(&self) -> impl Iterator<Item = &str> {
        self.all("ecf")
    }

    fn all<'a>(&'a self, wanted: &'static str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(name, _)| name.eq_ignore_ascii_case(wanted))
            .filter_map(|(_, value)| value)
    }
}

impl TypedHeader for PChargingVector {
    const NAME: &'static str = "P-Charging-Vector";
}

impl TypedHeader for PChargingFunctionAddresses {
    const NAME: &'static str = "P-Charging-Function-Addresses";
}

impl FromStr for PChargingVector {
    type Err = SyntaxError;

    /// # Errors
    /// Bad parameters, or no `icid-value` among them.
    fn from_str(text: &str) -> Result<PChargingVector, SyntaxError> {
        let params = Params::parse_list(lex::trim(text), b';')?;
        match params.get("icid-value") {
            None | Some("") => Err(SyntaxError::Empty),
            Some(_) => Ok(PChargingVector(params)),
        }
    }
}

impl FromStr for PChargingFunctionAddresses {
    type Err = SyntaxError;

    /// # Errors
    /// Bad parameters.
    fn from_str(text: &str) -> Result<PChargingFunctionAddresses, SyntaxError> {
        Params::parse_list(lex::trim(text), b';').map(PChargingFunctionAddresses)
    }
}

impl fmt::Display for PChargingVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, ";")
    }
}

impl fmt::Display for PChargingFunctionAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, ";")
    }
}
