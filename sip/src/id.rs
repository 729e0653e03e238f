//! Branches, tags, Call-IDs and nonces from one seed (RFC 3261 §8.1.1.7, §19.3: globally unique
//! and not to be guessed).

use crate::message::{CallId, Text};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;

/// A deterministic generator: HMAC-SHA-256 over a counter, keyed by the seed. Whoever owns the
/// program draws the seed from the system once; what follows from it cannot be guessed without
/// it, and a test with a fixed seed sees the same ids each time.
pub struct IdSource {
    key: [u8; 32],
    counter: u64,
}

impl IdSource {
    pub fn new(seed: [u8; 32]) -> IdSource {
        IdSource {
            key: seed,
            counter: 0,
        }
    }

    /// A Via branch: RFC 3261's magic cookie and 96 bits.
    pub fn branch(&mut self) -> Text {
        Text::cleaned(&format!("{}{}", BRANCH_COOKIE, self.hex::<12>()))
    }

    /// A From or To tag of 64 bits; §19.3 asks for at least 32.
    pub fn tag(&mut self) -> Text {
        Text::cleaned(&self.hex::<8>())
    }

    /// A Call-ID of 128 bits, without a host: the address of the caller is nobody's business.
    pub fn call_id(&mut self) -> CallId {
        CallId::generated(&self.hex::<16>())
    }

    /// A client nonce for Digest (RFC 7616 §3.4).
    pub fn cnonce(&mut self) -> Text {
        Text::cleaned(&self.hex::<12>())
    }

    /// A host name that resolves to nothing, as a page that cannot know its address puts into Via
    /// and Contact (RFC 7118 appendix B.1).
    pub fn invalid_host(&mut self) -> Text {
        Text::cleaned(&format!("{}.invalid", self.hex::<6>()))
    }

    /// A number below `bound`, for jitter. 0 if `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        // The bias of a 64-bit number scaled to 32 bits is below 2^-32.
        let scaled = u128::from(u64::from_be_bytes(self.bytes())) * u128::from(bound);
        (scaled >> 64) as u32
    }

    /// A key for a use of its own, such as a second source or a server's nonces.
    pub fn seed(&mut self) -> [u8; 32] {
        self.block()
    }

    /// `N` bytes, at most 32.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        const { assert!(N <= 32) };
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.block()[..N]);
        bytes
    }

    fn hex<const N: usize>(&mut self) -> String {
        hex(&self.bytes::<N>())
    }

    fn block(&mut self) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(b"sidecam id");
        mac.update(&self.counter.to_be_bytes());
        self.counter += 1;
        mac.finalize().into_bytes().into()
    }
}

/// Says nothing of the key.
impl fmt::Debug for IdSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdSource").finish_non_exhaustive()
    }
}

/// Lower-case hexadecimal, two digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(HEX[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// What every branch made by an RFC 3261 element starts with (§8.1.1.7).
pub const BRANCH_COOKIE: &str = "z9hG4bK";

const HEX: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_another_seed_others() {
        let mut one = IdSource::new([1; 32]);
        let mut same = IdSource::new([1; 32]);
        let mut other = IdSource::new([2; 32]);
        let first = one.branch();
        assert_eq!(first, same.branch());
        assert_ne!(first, other.branch());
        assert_ne!(first, one.branch());
        assert!(first.starts_with(BRANCH_COOKIE));
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let mut ids = IdSource::new([3; 32]);
        assert_eq!(ids.below(0), 0);
        assert_eq!(ids.below(1), 0);
        let drawn: Vec<u32> = (0..1000).map(|_| ids.below(10)).collect();
        assert!(drawn.iter().all(|&number| number < 10));
        assert!((0..10).all(|number| drawn.contains(&number)));
    }

    #[test]
    fn debug_does_not_show_the_key() {
        assert_eq!(format!("{:?}", IdSource::new([7; 32])), "IdSource { .. }");
    }
}
