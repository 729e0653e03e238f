//! RFC 7315 §5.4: P-Access-Network-Info, the radio or line that somebody is reached by.

use super::typed::{list_header, value_and_params};
use crate::message::lex::SyntaxError;
use crate::message::params::Params;
use crate::message::text::Token;
use std::fmt;
use std::str::FromStr;

list_header! {
    /// What the agent says of itself, and what a proxy adds (`np`).
    PAccessNetworkInfo(AccessNetwork), "P-Access-Network-Info"
}

/// `3GPP-UTRAN-TDD;utran-cell-id-3gpp=234151D0FCE11`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccessNetwork {
    /// `3GPP-E-UTRAN-FDD`, `IEEE-802.11`, ...
    pub access: Token,
    pub params: Params,
}

impl AccessNetwork {
    /// Where: the cell, the access point's address or the line, whichever parameter says it.
    pub fn place(&self) -> Option<&str> {
        PLACES.iter().find_map(|name| self.params.get(name))
    }

    /// Whether the network says so, not the agent.
    pub fn is_network_provided(&self) -> bool {
        self.params.has("np") || self.params.has("network-provided")
    }
}

impl FromStr for AccessNetwork {
    type Err = SyntaxError;

    /// # Errors
    /// The access isn't a token or the parameters are bad.
    fn from_str(text: &str) -> Result<AccessNetwork, SyntaxError> {
        let (access, params) = value_and_params(text)?;
        Ok(AccessNetwork {
            access: Token::new(access).map_err(|_| SyntaxError::Token)?,
            params,
        })
    }
}

impl fmt::Display for AccessNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.access, self.params)
    }
}

const PLACES: [&str; 5] = [
    "utran-cell-id-3gpp",
    "cgi-3gpp",
    "ci-3gpp2",
    "i-wlan-node-id",
    "dsl-location",
];
