//! RFC 7616 §3.3, §3.4.6, §5.4, §5.12, RFC 3261 §22.4: the server's nonces and what it believes.
//!
//! A nonce says when it was made and is signed, so that none has to be remembered before it is
//! used; how often one was used is remembered, so that no proof is good twice.

use super::{Algorithm, Authorization, Challenge, Ha1, Proof, QopOffer};
use crate::message::{Method, Text};
use crate::time::{Duration, Instant};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt;
use subtle::ConstantTimeEq;

/// One realm's server.
pub struct DigestServer {
    realm: Text,
    key: [u8; 32],
    started: Instant,
    next_serial: u64,
    /// The highest count seen of each nonce that was used.
    used: BTreeMap<NonceId, u32>,
    /// Nonces up to here that are not in `used` may have been, and are not believed.
    forgotten: Option<NonceId>,
}

/// The proof is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub username: Text,
    pub algorithm: Algorithm,
}

/// The proof is not right, or not any more. The client errs, or just comes late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Answer with [`DigestServer::stale_challenge`]: whoever asks does know the password.
    #[error("the nonce is too old, or of another server")]
    Stale,
    /// Answer with [`DigestServer::stale_challenge`]: a client that lost count will recover, and
    /// one that replays has gained nothing.
    #[error("the nonce was already used that often")]
    Replay,
    #[error("the realm is another")]
    Realm,
    #[error("the proof does not fit the password")]
    Wrong,
}

/// When a nonce was made, in milliseconds after the server started, and which of that time it is.
type NonceId = (u64, u64);

impl DigestServer {
    /// A server whose nonces can't be forged without `seed`.
    pub fn new(realm: impl Into<Text>, seed: [u8; 32], now: Instant) -> DigestServer {
        DigestServer {
            realm: realm.into(),
            key: seed,
            started: now,
            next_serial: 0,
            used: BTreeMap::new(),
            forgotten: None,
        }
    }

    pub fn realm(&self) -> &Text {
        &self.realm
    }

    /// What to ask of somebody who has proved nothing: SHA-256 if they can, else MD5 (RFC 8760
    /// §2.3).
    pub fn challenge(&mut self, now: Instant) -> Vec<Challenge> {
        let nonce = self.nonce(now);
        [Algorithm::Sha256, Algorithm::Md5]
            .into_iter()
            .map(|algorithm| Challenge {
                realm: self.realm.clone(),
                nonce: nonce.clone(),
                opaque: None,
                algorithm,
                qop: QopOffer::Auth,
                stale: false,
            })
            .collect()
    }

    /// The same for somebody whose proof was right and came too late.
    pub fn stale_challenge(&mut self, now: Instant) -> Vec<Challenge> {
        let mut challenges = self.challenge(now);
        for challenge in &mut challenges {
            challenge.stale = true;
        }
        challenges
    }

    /// Whether the proof fits the secret and its nonce is one of ours, young, and not used that
    /// often before. The proof is checked first: only who knows the password learns of the rest.
    ///
    /// The `uri` of the proof is not compared with the Request-URI, which a proxy may have changed
    /// (RFC 3261 §22.4).
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn verify(
        &mut self,
        authorization: &Authorization,
        method: &Method,
        ha1: &Ha1,
        now: Instant,
    ) -> Result<Verified, DigestError> {
        if authorization.realm != self.realm {
            return Err(DigestError::Realm);
        }
        let proof = Proof {
            algorithm: authorization.algorithm,
            nonce: &authorization.nonce,
            counted: authorization.counted.as_ref(),
            method,
            uri: &authorization.uri,
        };
        let expected = proof.response(ha1.by(authorization.algorithm));
        let given = authorization.response.to_ascii_lowercase();
        if !bool::from(expected.as_bytes().ct_eq(given.as_bytes())) {
            return Err(DigestError::Wrong);
        }
        let id = self.read_nonce(&authorization.nonce)?;
        self.count(id, authorization, now)?;
        Ok(Verified {
            username: authorization.username.clone(),
            algorithm: authorization.algorithm,
        })
    }

    /// A secret nobody has, to verify the proof of an unknown user against, so that it takes as
    /// long as that of a known one.
    pub fn decoy(&self) -> Ha1 {
        Ha1::of("", &self.realm, &crate::id::hex(&self.sign(b"decoy")))
    }

    fn count(
        &mut self,
        id: NonceId,
        authorization: &Authorization,
        now: Instant,
    ) -> Result<(), DigestError> {
        let (made, _) = id;
        let lifetime = millis(NONCE_LIFETIME);
        let oldest = self.elapsed(now).saturating_sub(lifetime);
        while self
            .used
            .first_key_value()
            .is_some_and(|(&(made, _), _)| made < oldest)
        {
            self.used.pop_first();
        }
        if made < oldest {
            return Err(DigestError::Stale);
        }
        let count = match &authorization.counted {
            Some(counted) => counted.nc,
            // Without a count a nonce is good once.
            None => u32::MAX,
        };
        match self.used.get_mut(&id) {
            Some(seen) if count <= *seen => Err(DigestError::Replay),
            Some(_) if authorization.counted.is_none() => Err(DigestError::Replay),
            Some(seen) => {
                *seen = count;
                Ok(())
            }
            None if self.forgotten.is_some_and(|forgotten| id <= forgotten) => {
                Err(DigestError::Stale)
            }
            None if count == 0 => Err(DigestError::Replay),
            None => {
                self.remember(id, count);
                Ok(())
            }
        }
    }

    fn remember(&mut self, id: NonceId, count: u32) {
        if self.used.len() == MAX_USED_NONCES
            && let Some((oldest, _)) = self.used.pop_first()
        {
            self.forgotten = Some(oldest);
        }
        self.used.insert(id, count);
    }

    fn nonce(&mut self, now: Instant) -> Text {
        let serial = self.next_serial;
        self.next_serial += 1;
        let mut bytes = [0; NONCE_BYTES];
        bytes[..8].copy_from_slice(&self.elapsed(now).to_be_bytes());
        bytes[8..16].copy_from_slice(&serial.to_be_bytes());
        let signature = self.sign(&bytes[..16]);
        bytes[16..].copy_from_slice(&signature[..NONCE_BYTES - 16]);
        Text::from(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A nonce that isn't ours is one of before we started, or of another server: who proved to
    /// know the password gets a new one.
    fn read_nonce(&self, nonce: &str) -> Result<NonceId, DigestError> {
        let mut bytes = [0; NONCE_BYTES];
        match URL_SAFE_NO_PAD.decode_slice(nonce, &mut bytes) {
            Ok(NONCE_BYTES) => {}
            Ok(_) | Err(_) => return Err(DigestError::Stale),
        }
        let signature = self.sign(&bytes[..16]);
        if !bool::from(signature[..NONCE_BYTES - 16].ct_eq(&bytes[16..])) {
            return Err(DigestError::Stale);
        }
        let number = |from: usize| {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[from..from + 8]);
            u64::from_be_bytes(number)
        };
        Ok((number(0), number(8)))
    }

    fn sign(&self, bytes: &[u8]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(b"sidecam nonce");
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }

    fn elapsed(&self, now: Instant) -> u64 {
        millis(now.saturating_duration_since(self.started))
    }
}

/// Says nothing of the key.
impl fmt::Debug for DigestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestServer")
            .field("realm", &self.realm)
            .field("used", &self.used.len())
            .finish_non_exhaustive()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Long enough that a client refreshing its registration every half hour is rarely asked again;
/// short enough that a recorded proof is soon worthless.
const NONCE_LIFETIME: Duration = Duration::from_secs(3600);

/// Nonces in use within a lifetime. One a signed-in client: more than one gateway serves. When it
/// is full the oldest is given up, and its client asked again.
const MAX_USED_NONCES: usize = 16_384;

/// Time, serial number, and 128 bits of signature.
const NONCE_BYTES: usize = 32;

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn who_proves_nothing_leaves_nothing_behind() {
        let now = Instant::now();
        let mut server = DigestServer::new("example.com", [1; 32], now);
        let ha1 = Ha1::of("a", "example.com", "right");
        for _ in 0..500 {
            let nonce = server.challenge(now)[0].nonce.clone();
            let mut proof: Authorization = r#"Digest username="a", realm="example.com",
                nonce="", uri="sip:example.com", response="0", qop=auth, nc=00000001, cnonce="c""#
                .parse()
                .expect("a proof");
            proof.nonce = nonce;
            let verdict = server.verify(&proof, &Method::Register, &ha1, now);
            assert_eq!(verdict, Err(DigestError::Wrong));
        }
        assert!(server.used.is_empty());
        assert_eq!(server.forgotten, None);
    }

    #[test]
    fn however_many_nonces_are_used_no_proof_is_good_twice() {
        let now = Instant::now();
        let mut server = DigestServer::new("example.com", [1; 32], now);
        let mut proof: Authorization = r#"Digest username="a", realm="example.com", nonce="",
            uri="", response="", qop=auth, nc=00000001, cnonce="c""#
            .parse()
            .expect("a proof");
        let id = |serial| (0, serial);
        for serial in 0..=MAX_USED_NONCES as u64 {
            assert_eq!(server.count(id(serial), &proof, now), Ok(()));
        }
        assert_eq!(server.used.len(), MAX_USED_NONCES);
        let mut again = |serial| server.count(id(serial), &proof, now);
        assert_eq!(again(0), Err(DigestError::Stale));
        assert_eq!(again(1), Err(DigestError::Replay));
        assert_eq!(again(MAX_USED_NONCES as u64), Err(DigestError::Replay));
        assert_eq!(again(MAX_USED_NONCES as u64 + 1), Ok(()));
        proof.counted = None;
        let next = id(MAX_USED_NONCES as u64 + 2);
        assert_eq!(server.count(next, &proof, now), Ok(()));
        assert_eq!(server.count(next, &proof, now), Err(DigestError::Replay));
        let later = now + NONCE_LIFETIME + Duration::from_millis(1);
        assert_eq!(server.count(next, &proof, later), Err(DigestError::Stale));
        assert!(server.used.is_empty());
    }
}
