//! RFC 7616 §3.4: what a client proves.

use super::{Algorithm, Challenger, DigestSyntax, parameters, required};
use crate::message::{Header, Headers, Params, Text};
use std::fmt;
use std::str::FromStr;

/// One Authorization or Proxy-Authorization.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    pub username: Text,
    pub realm: Text,
    pub nonce: Text,
    /// What the client says it asked for. A proxy may since have changed the Request-URI.
    pub uri: Text,
    /// The proof, in hexadecimal.
    pub response: Text,
    pub algorithm: Algorithm,
    pub opaque: Option<Text>,
    /// With `qop=auth`; `None` for a client of RFC 2069.
    pub counted: Option<Counted>,
}

/// What `qop=auth` adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// How many requests the client has sent with this nonce.
    pub nc: u32,
    pub cnonce: Text,
}

impl Authorization {
    /// Those of a request that are Digest and can be read.
    pub fn all(headers: &Headers, challenger: Challenger) -> Vec<Authorization> {
        headers
            .get_all(challenger.authorization_header())
            .filter_map(|value| value.parse().ok())
            .collect()
    }

    pub fn header(&self, challenger: Challenger) -> Header {
        Header::fixed(challenger.authorization_header(), self.to_string())
    }
}

impl FromStr for Authorization {
    type Err = DigestSyntax;

    /// # Errors
    /// Another scheme, an algorithm or qop we don't know, or something missing.
    fn from_str(value: &str) -> Result<Authorization, DigestSyntax> {
        let params = parameters(value)?;
        let counted = match params.get("qop") {
            None | Some("") => None,
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                let nc = required(&params, "nc")?;
                Some(Counted {
                    nc: u32::from_str_radix(&nc, 16).map_err(|_| DigestSyntax::Missing("nc"))?,
                    cnonce: required(&params, "cnonce")?,
                })
            }
            Some(_) => return Err(DigestSyntax::Unsupported),
        };
        Ok(Authorization {
            username: required(&params, "username")?,
            realm: required(&params, "realm")?,
            nonce: required(&params, "nonce")?,
            uri: required(&params, "uri")?,
            response: required(&params, "response")?,
            algorithm: Algorithm::read(params.get("algorithm"))?,
            opaque: params.get("opaque").map(Text::from),
            counted,
        })
    }
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut params = Params::default();
        params.set_quoted("username", &self.username);
        params.set_quoted("realm", &self.realm);
        params.set_quoted("nonce", &self.nonce);
        params.set_quoted("uri", &self.uri);
        params.set_quoted("response", &self.response);
        params.set("algorithm", self.algorithm.as_str());
        if let Some(Counted { nc, cnonce }) = &self.counted {
            params.set_quoted("cnonce", cnonce);
            params.set("qop", "auth");
            params.set("nc", format!("{nc:08x}"));
        }
        if let Some(opaque) = &self.opaque {
            params.set_quoted("opaque", opaque);
        }
        f.write_str("Digest ")?;
        params.write(f, ", ")
    }
}

/// Says nothing of the proof, from which a weak password could be found.
impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("username", &self.username)
            .field("realm", &self.realm)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
