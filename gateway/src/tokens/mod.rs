//! RFC 8898, RFC 6750: who may sign in without a password, for how long. The operator's own server asks
//! for a token for a subscriber it knows, and hands it to the page; the page shows it.
//!
//! A token is `sct.NAME.SECRET`: the page reads from it who it is. Only a hash of it is kept.

mod request;

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use sip::time::Instant;

pub use request::{Fault, Request};

/// What every token begins with, so that one that was lost is known for what it is.
const PREFIX: &str = "sct.";

/// Tokens that are good at a time, about 300 bytes each. A subscriber uses one or two.
const TOKENS: usize = 100_000;

/// Shorter, and it runs out on its way to the page.
pub const SHORTEST: Duration = Duration::from_secs(10);

/// How the operator wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a token is good for which nothing else is asked.
    pub usual: Duration,
    /// The longest that may be asked for.
    pub longest: Duration,
    /// Tokens of one subscriber that are good at a time.
    pub per_subscriber: usize,
    /// Tokens given in a second; 0 for any number.
    pub per_second: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            usual: Duration::from_secs(600),
            longest: Duration::from_secs(3600),
            per_subscriber: 32,
            per_second: 50,
        }
    }
}

/// Names a token to those who may revoke it; nobody signs in with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(String);

impl TokenId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is drawn for a new token.
#[derive(Clone, Copy)]
pub struct Drawn {
    pub secret: [u8; 32],
    pub id: [u8; 12],
}

/// A token, as it is handed out once.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    pub token: String,
    pub id: TokenId,
    pub expires_in: Duration,
}

/// Whom a token stands for, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: TokenId,
    /// The subscriber's name.
    pub name: String,
    pub ends: Instant,
}

/// Why no token was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("there is no such subscriber")]
    NoSubscriber,
    #[error("more tokens were asked for in a second than may")]
    TooFast,
    #[error("this subscriber has as many tokens as one may have")]
    TooMany,
    #[error("the table of tokens is full")]
    Full,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("not given here, or taken back")]
    Unknown,
    #[error("too old")]
    Expired,
}

type Hash = [u8; 32];

/// All tokens that are good.
#[derive(Debug)]
pub struct Tokens {
    limits: Limits,
    by_hash: HashMap<Hash, Grant>,
    by_id: HashMap<TokenId, Hash>,
    by_name: HashMap<String, Vec<TokenId>>,
    /// Tokens are paid for until then.
    paid_until: Option<Instant>,
}

impl Tokens {
    pub fn new(limits: Limits) -> Tokens {
        Tokens {
            limits,
            by_hash: HashMap::new(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            paid_until: None,
        }
    }

    /// A new token for the subscriber of that name, whom the caller knows to exist.
    ///
    /// # Errors
    /// Nothing changed.
    pub fn issue(
        &mut self,
        name: &str,
        wished: Option<Duration>,
        drawn: &Drawn,
        now: Instant,
    ) -> Result<Issued, Refused> {
        self.forget_old_ones_of(name, now);
        if self.by_name.get(name).map_or(0, Vec::len) >= self.limits.per_subscriber {
            return Err(Refused::TooMany);
        }
        if self.by_hash.len() >= TOKENS {
            self.forget_old_ones(now);
        }
        if self.by_hash.len() >= TOKENS {
            return Err(Refused::Full);
        }
        self.pay(now)?;
        let token = format!("{PREFIX}{name}.{}", URL_SAFE_NO_PAD.encode(drawn.secret));
        let id = TokenId(URL_SAFE_NO_PAD.encode(drawn.id));
        let longest = self.limits.longest;
        let expires_in = wished.unwrap_or(self.limits.usual).clamp(SHORTEST, longest);
        let hash = hash_of(&token);
        self.by_hash.insert(
            hash,
            Grant {
                id: id.clone(),
                name: name.to_owned(),
                ends: now + expires_in,
            },
        );
        self.by_id.insert(id.clone(), hash);
        let own = self.by_name.entry(name.to_owned()).or_default();
        own.push(id.clone());
        Ok(Issued {
            token,
            id,
            expires_in,
        })
    }

    /// Whom a token stands for. It is looked for by its hash: how long that takes says nothing of it.
    ///
    /// # Errors
    /// It stands for nobody, or not any more.
    pub fn verify(&self, token: &str, now: Instant) -> Result<&Grant, Unfit> {
        let grant = self.by_hash.get(&hash_of(token)).ok_or(Unfit::Unknown)?;
        match now < grant.ends {
            true => Ok(grant),
            false => Err(Unfit::Expired),
        }
    }

    /// Takes one back. Gives whom it stood for.
    pub fn revoke(&mut self, id: &str) -> Option<Grant> {
        let id = TokenId(id.to_owned());
        let hash = self.by_id.remove(&id)?;
        let grant = self.by_hash.remove(&hash)?;
        if let Some(own) = self.by_name.get_mut(&grant.name) {
            own.retain(|other| *other != id);
            if own.is_empty() {
                self.by_name.remove(&grant.name);
            }
        }
        Some(grant)
    }

    /// Takes back all that stand for that subscriber.
    pub fn revoke_all_of(&mut self, name: &str) -> Vec<Grant> {
        let ids = self.by_name.get(name).cloned().unwrap_or_default();
        ids.iter().filter_map(|id| self.revoke(&id.0)).collect()
    }

    /// Tokens in the table, those that ran out since among them.
    pub fn count(&self) -> usize {
        self.by_hash.len()
    }

    fn forget_old_ones_of(&mut self, name: &str, now: Instant) {
        let ids = self.by_name.get(name).cloned().unwrap_or_default();
        for id in ids {
            let grant = self.by_id.get(&id).and_then(|hash| self.by_hash.get(hash));
            if grant.is_none_or(|grant| grant.ends <= now) {
                self.revoke(&id.0);
            }
        }
    }

    fn forget_old_ones(&mut self, now: Instant) {
        let old = |grant: &&Grant| grant.ends <= now;
        let ids: Vec<TokenId> = self
            .by_hash
            .values()
            .filter(old)
            .map(|grant| grant.id.clone())
            .collect();
        for id in ids {
            self.revoke(&id.0);
        }
    }

    /// One second's tokens may come at once.
    fn pay(&mut self, now: Instant) -> Result<(), Refused> {
        if self.limits.per_second == 0 {
            return Ok(());
        }
        let price = Duration::from_secs(1) / self.limits.per_second;
        let paid = self.paid_until.map_or(now, |paid| paid.max(now)) + price;
        if paid > now + Duration::from_secs(1) {
            return Err(Refused::TooFast);
        }
        self.paid_until = Some(paid);
        Ok(())
    }
}

/// Whether a word could be a token of ours, good or not.
pub fn is_ours(token: &str) -> bool {
    token.starts_with(PREFIX)
}

fn hash_of(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

/// Says nothing of the token.
impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued")
            .field("id", &self.id)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
