//! RFC 7616 §3.4.2: what a person or a store knows of a password. Nothing in here is ever printed.

use super::Algorithm;
use crate::bearer::Bearer;
use crate::message::Text;
use std::fmt;

/// Who we are and what proves it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub secret: Secret,
}

/// What proves it.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// Good for every realm that asks.
    Password(String),
    /// Good for one realm; other realms get no answer.
    Ha1 { realm: Text, ha1: Ha1 },
    /// Shown as it is (RFC 8898), and no challenge is answered.
    Token(Bearer),
}

/// H(username ":" realm ":" password) by each algorithm, in lower-case hexadecimal: enough to sign
/// in to that realm, and no other.
#[derive(Clone, PartialEq, Eq)]
pub struct Ha1 {
    md5: String,
    sha256: String,
}

impl Credentials {
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Credentials {
        Credentials {
            username: username.into(),
            secret: Secret::Password(password.into()),
        }
    }

    /// Who shows a token.
    pub fn with_token(username: impl Into<String>, token: Bearer) -> Credentials {
        Credentials {
            username: username.into(),
            secret: Secret::Token(token),
        }
    }

    /// The token, where that is what proves it.
    pub fn token(&self) -> Option<&Bearer> {
        match &self.secret {
            Secret::Token(token) => Some(token),
            Secret::Password(_) | Secret::Ha1 { .. } => None,
        }
    }

    /// What proves it to that realm.
    pub(super) fn ha1(&self, realm: &str) -> Option<Ha1> {
        match &self.secret {
            Secret::Password(password) => Some(Ha1::of(&self.username, realm, password)),
            Secret::Ha1 { realm: own, ha1 } => (own == realm).then(|| ha1.clone()),
            Secret::Token(_) => None,
        }
    }
}

impl Ha1 {
    pub fn of(username: &str, realm: &str, password: &str) -> Ha1 {
        let text = format!("{username}:{realm}:{password}");
        Ha1 {
            md5: Algorithm::Md5.hash(&text),
            sha256: Algorithm::Sha256.hash(&text),
        }
    }

    /// From what was stored: 32 and 64 lower-case hexadecimal digits. `None` if they aren't.
    pub fn from_hex(md5: &str, sha256: &str) -> Option<Ha1> {
        let is_hex = |text: &str| {
            text.bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let fits = md5.len() == 32 && sha256.len() == 64 && is_hex(md5) && is_hex(sha256);
        fits.then(|| Ha1 {
            md5: md5.to_owned(),
            sha256: sha256.to_owned(),
        })
    }

    /// In lower-case hexadecimal.
    pub fn md5(&self) -> &str {
        &self.md5
    }

    /// In lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub(super) fn by(&self, algorithm: Algorithm) -> &str {
        match algorithm {
            Algorithm::Md5 => &self.md5,
            Algorithm::Sha256 => &self.sha256,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ha1")
    }
}
