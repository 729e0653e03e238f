//! RFC 7616 §3.3: what a server asks for.

use super::{Algorithm, Challenger, DigestSyntax, parameters, required};
use crate::message::{Header, Headers, Params, Text};
use std::fmt;
use std::str::FromStr;

/// One WWW-Authenticate or Proxy-Authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    pub realm: Text,
    pub nonce: Text,
    pub opaque: Option<Text>,
    pub algorithm: Algorithm,
    pub qop: QopOffer,
    /// The proof was right and only the nonce too old: try again without asking the person.
    pub stale: bool,
}

/// Whether the response counts its uses of the nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QopOffer {
    Auth,
    /// A server of RFC 2069.
    None,
}

impl Challenge {
    /// The challenges of a response that we can answer, in the server's order of preference
    /// (RFC 8760 §2.3). Others are left out.
    pub fn all(headers: &Headers, challenger: Challenger) -> Vec<Challenge> {
        headers
            .get_all(challenger.challenge_header())
            .filter_map(|value| value.parse().ok())
            .collect()
    }

    pub fn header(&self, challenger: Challenger) -> Header {
        Header::fixed(challenger.challenge_header(), self.to_string())
    }
}

impl FromStr for Challenge {
    type Err = DigestSyntax;

    /// # Errors
    /// Another scheme, an algorithm or qop we don't know, or something missing.
    fn from_str(value: &str) -> Result<Challenge, DigestSyntax> {
        let params = parameters(value)?;
        let qop = match params.get("qop") {
            None | Some("") => QopOffer::None,
            Some(offered) => match offered
                .split(',')
                .any(|qop| qop.trim().eq_ignore_ascii_case("auth"))
            {
                true => QopOffer::Auth,
                false => return Err(DigestSyntax::Unsupported),
            },
        };
        Ok(Challenge {
            realm: required(&params, "realm")?,
            nonce: required(&params, "nonce")?,
            opaque: params.get("opaque").map(Text::from),
            algorithm: Algorithm::read(params.get("algorithm"))?,
            qop,
            stale: params
                .get("stale")
                .is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut params = Params::default();
        params.set_quoted("realm", &self.realm);
        params.set_quoted("nonce", &self.nonce);
        if let Some(opaque) = &self.opaque {
            params.set_quoted("opaque", opaque);
        }
        params.set("algorithm", self.algorithm.as_str());
        match self.qop {
            QopOffer::Auth => params.set_quoted("qop", "auth"),
            QopOffer::None => {}
        }
        if self.stale {
            params.set("stale", "true");
        }
        f.write_str("Digest ")?;
        params.write(f, ", ")
    }
}
