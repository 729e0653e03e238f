//! Identifiers nobody can guess, from a seed: so that the cores draw no random number.

use sha2::{Digest as _, Sha256};

use crate::sip::digest::hex;

/// Tags, branches, Call-IDs and nonces, all from one seed.
pub struct Ids {
    seed: [u8; 32],
    drawn: u64,
}

impl Ids {
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    pub fn tag(&mut self) -> String {
        hex(&self.draw()[..6])
    }

    /// RFC 3261 §8.1.1.7: the magic cookie, then anything unique.
    pub fn branch(&mut self) -> String {
        format!("z9hG4bK{}", hex(&self.draw()[..10]))
    }

    pub fn call_id(&mut self) -> String {
        hex(&self.draw()[..12])
    }

    pub fn number(&mut self) -> u32 {
        let [a, b, c, d, ..] = self.draw();
        u32::from_be_bytes([a, b, c, d])
    }

    fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.drawn.to_be_bytes());
        hash.finalize().into()
    }
}
