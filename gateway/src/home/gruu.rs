//! RFC 5627: globally routable user agent URIs. The public one says which device is meant; the
//! temporary one says neither that nor whose it is to anybody but us, and no two can be linked.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use sip::message::{Host, NameAddr, SipUri, Uri};
use subtle::ConstantTimeEq;

/// What a device is known by in temporary GRUUs; another one with each binding it makes.
pub type GruuId = [u8; 8];

/// Nonce, hidden id, signature.
const NONCE_BYTES: usize = 8;
const SIGNATURE_BYTES: usize = 10;
const BYTES: usize = NONCE_BYTES + 8 + SIGNATURE_BYTES;
const PREFIX: &str = "tgruu.";

/// Writes and reads temporary GRUUs. The key is drawn at each start, and with it the old ones end:
/// their devices' registrations over connections ended too, and others get new ones when they
/// refresh.
pub struct Gruus {
    key: [u8; 32],
}

impl Gruus {
    pub fn new(key: [u8; 32]) -> Gruus {
        Gruus { key }
    }

    /// The user part of a temporary GRUU; another one for each nonce (§3.1.2).
    pub(super) fn temporary(&self, id: GruuId, nonce: [u8; NONCE_BYTES]) -> String {
        let mut bytes = [0; BYTES];
        bytes[..NONCE_BYTES].copy_from_slice(&nonce);
        let hidden = self.hide(id, nonce);
        bytes[NONCE_BYTES..NONCE_BYTES + 8].copy_from_slice(&hidden);
        let signature = self.hash(b"sign", &bytes[..NONCE_BYTES + 8]);
        bytes[NONCE_BYTES + 8..].copy_from_slice(&signature[..SIGNATURE_BYTES]);
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The device that the user part of a temporary GRUU of ours names.
    pub(super) fn read(&self, user: &str) -> Option<GruuId> {
        let mut bytes = [0; BYTES];
        let text = user.strip_prefix(PREFIX)?;
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (plain, signature) = bytes.split_at(NONCE_BYTES + 8);
        let expected = self.hash(b"sign", plain);
        let right = bool::from(expected[..SIGNATURE_BYTES].ct_eq(signature));
        if length != BYTES || !right {
            return None;
        }
        let (nonce, hidden) = plain.split_at(NONCE_BYTES);
        Some(self.hide(hidden.try_into().ok()?, nonce.try_into().ok()?))
    }

    /// Its own inverse.
    fn hide(&self, id: GruuId, nonce: [u8; NONCE_BYTES]) -> GruuId {
        let stream = self.hash(b"hide", &nonce);
        std::array::from_fn(|at| id[at] ^ stream[at])
    }

    fn hash(&self, purpose: &[u8], bytes: &[u8]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(purpose);
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }
}

/// Says nothing of the key.
impl fmt::Debug for Gruus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gruus").finish_non_exhaustive()
    }
}

/// A device's public GRUU: the user's address and the instance (§3.1.1).
pub(super) fn public(name: &str, domain: &Host, instance: &str) -> SipUri {
    SipUri::new(domain.clone())
        .with_user(name)
        .with_param("gr", bare(instance))
}

/// Another id for each of several bindings that one REGISTER makes.
pub(super) fn nth(id: GruuId, index: usize) -> GruuId {
    u64::from_be_bytes(id)
        .wrapping_add(index as u64)
        .to_be_bytes()
}

/// `urn:uuid:…` without the brackets that `+sip.instance` has around it.
pub(super) fn bare(instance: &str) -> &str {
    let inner = instance.strip_prefix('<').unwrap_or(instance);
    inner.strip_suffix('>').unwrap_or(inner)
}

/// Writes both into a Contact of the 200 to REGISTER (§5.2).
pub(super) fn add(contact: &mut NameAddr, public: SipUri, temporary: SipUri) {
    let text = |uri: SipUri| Uri::Sip(uri).to_string();
    contact.params.set_quoted("pub-gruu", text(public));
    contact.params.set_quoted("temp-gruu", text(temporary));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_ones_name_their_device_to_us_and_tell_nobody_that_they_are_the_same() {
        let gruus = Gruus::new([3; 32]);
        let one = gruus.temporary([9; 8], [1; 8]);
        let other = gruus.temporary([9; 8], [2; 8]);
        assert_eq!(gruus.read(&one), Some([9; 8]));
        assert_eq!(gruus.read(&other), Some([9; 8]));
        let letters = one.chars().zip(other.chars()).skip(PREFIX.len());
        let same = letters.filter(|(one, other)| one == other).count();
        assert!(same < 10, "{one} {other}");
        assert_eq!(Gruus::new([4; 32]).read(&one), None);
        assert_eq!(gruus.read(&one[..one.len() - 1]), None);
        assert_eq!(gruus.read("nina"), None);
    }
}
