//! RFC 3329 §2.2: how an agent and its first proxy agree on what protects the way between them.

use super::typed::{list_header, value_and_params};
use crate::message::lex::SyntaxError;
use crate::message::params::Params;
use crate::message::text::Token;
use std::fmt;
use std::str::FromStr;

list_header! {
    /// What the agent can do.
    SecurityClient(Mechanism), "Security-Client"
}

list_header! {
    /// What the proxy can do, by preference (`q`).
    SecurityServer(Mechanism), "Security-Server"
}

list_header! {
    /// What the agent heard as Security-Server, said again under protection, so that nobody on the
    /// way can have taken the better ones out.
    SecurityVerify(Mechanism), "Security-Verify"
}

/// `ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1111;spi-s=2222;port-c=5062;port-s=5064`, or `tls;q=0.1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mechanism {
    pub name: Token,
    pub params: Params,
}

impl FromStr for Mechanism {
    type Err = SyntaxError;

    /// # Errors
    /// The name isn't a token or the parameters are bad.
    fn from_str(text: &str) -> Result<Mechanism, SyntaxError> {
        let (name, params) = value_and_params(text)?;
        Ok(Mechanism {
            name: Token::new(name).map_err(|_| SyntaxError::Token)?,
            params,
        })
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.params)
    }
}
