//! RFC 7616, RFC 8760, RFC 3261 §22: Digest, the client's side and the server's. MD5 and SHA-256,
//! `qop=auth`, and peers of RFC 2069 that know no qop.

mod authorization;
mod challenge;
mod client;
mod credentials;
mod server;

pub use authorization::{Authorization, Counted};
pub use challenge::{Challenge, QopOffer};
pub use client::{DigestClient, Refusal};
pub use credentials::{Credentials, Ha1, Secret};
pub use server::{DigestError, DigestServer, Verified};

use crate::id::hex;
use crate::message::{Method, Status, SyntaxError};
use sha2::Digest;

/// A hash Digest can be made with. `-sess` variants and SHA-512-256 are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    Md5,
    Sha256,
}

/// Who asks for proof: the end of the request's way, or an element on it (RFC 3261 §22.2, §22.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Challenger {
    User,
    Proxy,
}

/// Why a header says nothing we can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestSyntax {
    #[error("another scheme than Digest")]
    Scheme,
    #[error("an algorithm or qop we don't know")]
    Unsupported,
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
}

impl Algorithm {
    /// As written in headers (RFC 8760 §2.1).
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    /// One that isn't named is MD5 (RFC 7616 §3.3).
    fn read(written: Option<&str>) -> Result<Algorithm, DigestSyntax> {
        let Some(written) = written else {
            return Ok(Algorithm::Md5);
        };
        [Algorithm::Md5, Algorithm::Sha256]
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(written))
            .ok_or(DigestSyntax::Unsupported)
    }

    /// The hash in lower-case hexadecimal.
    fn hash(self, text: &str) -> String {
        match self {
            Algorithm::Md5 => hex(&md5::Md5::digest(text)),
            Algorithm::Sha256 => hex(&sha2::Sha256::digest(text)),
        }
    }
}

impl Challenger {
    /// The status that carries its challenge.
    pub fn status(self) -> Status {
        match self {
            Challenger::User => Status::UNAUTHORIZED,
            Challenger::Proxy => Status::PROXY_AUTHENTICATION_REQUIRED,
        }
    }

    /// The header that carries its challenge.
    pub fn challenge_header(self) -> &'static str {
        match self {
            Challenger::User => "WWW-Authenticate",
            Challenger::Proxy => "Proxy-Authenticate",
        }
    }

    /// The header that carries the answer.
    pub fn authorization_header(self) -> &'static str {
        match self {
            Challenger::User => "Authorization",
            Challenger::Proxy => "Proxy-Authorization",
        }
    }
}

/// What is hashed into a response besides the secret.
struct Proof<'a> {
    algorithm: Algorithm,
    nonce: &'a str,
    /// `None` for RFC 2069, without qop.
    counted: Option<&'a Counted>,
    method: &'a Method,
    uri: &'a str,
}

impl Proof<'_> {
    /// RFC 7616 §3.4.1
    fn response(&self, ha1: &str) -> String {
        let ha2 = self
            .algorithm
            .hash(&format!("{}:{}", self.method, self.uri));
        let nonce = self.nonce;
        self.algorithm.hash(&match self.counted {
            Some(Counted { nc, cnonce }) => format!("{ha1}:{nonce}:{nc:08x}:{cnonce}:auth:{ha2}"),
            None => format!("{ha1}:{nonce}:{ha2}"),
        })
    }
}

/// What follows `Digest`, or the error that it isn't Digest.
fn parameters(value: &str) -> Result<crate::message::Params, DigestSyntax> {
    let (scheme, rest) = value.split_once([' ', '\t']).ok_or(DigestSyntax::Scheme)?;
    if !scheme.eq_ignore_ascii_case("Digest") {
        return Err(DigestSyntax::Scheme);
    }
    Ok(crate::message::Params::parse_list(rest, b',')?)
}

fn required(
    params: &crate::message::Params,
    name: &'static str,
) -> Result<crate::message::Text, DigestSyntax> {
    match params.get(name) {
        Some(value) => Ok(crate::message::Text::from(value)),
        None => Err(DigestSyntax::Missing(name)),
    }
}
