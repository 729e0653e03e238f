//! `[embedding]`: whose pages may have the client inside, and how those who are known there sign in.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;
use super::secret::{Secret, SecretError};
use super::setting::Origin;
use crate::tokens::{Limits, SHORTEST};

/// A policy of more origins than that would not fit a head.
const ORIGINS: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedding {
    /// Whose pages may show the client in a frame and speak with it. Without any nobody's may.
    pub origins: Vec<Origin>,
    /// A file whose only line is the token that an operator's server shows as `Authorization: Bearer`
    /// at `POST /api/v1/tokens`; without it no tokens are given.
    pub token_file: Option<PathBuf>,
    /// How long a token is good for which nothing else is asked.
    pub token_lifetime: Duration,
    /// The longest that may be asked for.
    pub longest_token_lifetime: Duration,
    /// Tokens of one subscriber that are good at a time.
    pub tokens_per_subscriber: usize,
    /// Tokens given in a second; 0 for any number.
    pub tokens_per_second: u32,
}

impl Embedding {
    pub(super) fn take(r: &mut Reader) -> Embedding {
        let usual = Limits::default();
        Embedding {
            origins: r.take("embedding", "origins", Vec::new()),
            token_file: r.take("embedding", "token_file", None),
            token_lifetime: r.take("embedding", "token_lifetime", usual.usual),
            longest_token_lifetime: r.take("embedding", "longest_token_lifetime", usual.longest),
            tokens_per_subscriber: r.take(
                "embedding",
                "tokens_per_subscriber",
                usual.per_subscriber,
            ),
            tokens_per_second: r.take("embedding", "tokens_per_second", usual.per_second),
        }
    }

    /// What the table of tokens goes by.
    pub fn limits(&self) -> Limits {
        Limits {
            usual: self.token_lifetime,
            longest: self.longest_token_lifetime,
            per_subscriber: self.tokens_per_subscriber,
            per_second: self.tokens_per_second,
        }
    }

    /// What the operator's server shows, where there is a file of it.
    ///
    /// # Errors
    /// The file cannot be read, or what stands there is no token.
    pub fn secret(&self) -> Result<Option<Secret>, SecretError> {
        self.token_file
            .as_deref()
            .map(|path| Secret::read("embedding.token_file", path))
            .transpose()
    }
}

pub(super) fn refuse_what_is_unsafe(embedding: &Embedding, reader: &mut Reader) {
    let mut refuse = |key, what, next| reader.refuse("embedding", key, what, next);
    if embedding.origins.len() > ORIGINS {
        let what = "has more than 64 origins, which no browser is told in one head";
        refuse("origins", what, "list those that are in use");
    }
    if embedding.origins.iter().any(Origin::is_open_to_the_network) {
        let what = "names a page without TLS: anybody on its way could put another in its place, and browsers \
                    give no camera inside it";
        refuse(
            "origins",
            what,
            "write https://, or http://localhost for trying it out",
        );
    }
    if embedding.longest_token_lifetime > Duration::from_secs(24 * 3600) {
        let what = "a token that was lost would be good for days";
        refuse("longest_token_lifetime", what, "choose at most 24h");
    }
    if !(SHORTEST..=embedding.longest_token_lifetime).contains(&embedding.token_lifetime) {
        let what = "is below 10s or above embedding.longest_token_lifetime";
        refuse("token_lifetime", what, "choose a time between the two");
    }
    if !(1..=1000).contains(&embedding.tokens_per_subscriber) {
        let what = "must be from 1 to 1000";
        refuse("tokens_per_subscriber", what, "choose from 1 to 1000");
    }
}
