//! What is remembered, without a wire.

use sip::time::Instant;

use super::{Capabilities, MAX_PEOPLE, Occasion};
use crate::phone::state::{Number, Peer};

#[test]
fn of_too_many_numbers_the_one_not_looked_at_longest_is_forgotten() {
    let mut capabilities = Capabilities::default();
    let now = Instant::now();
    let number = |at: usize| format!("+{}", 1000 + at);
    let peer = |at: usize| Peer {
        number: Number::parse(&number(at)),
        ..Peer::default()
    };
    for at in 0..MAX_PEOPLE {
        capabilities.happened(Occasion::Selected, &peer(at), now);
    }
    capabilities.happened(Occasion::Selected, &peer(0), now);
    capabilities.happened(Occasion::Selected, &peer(MAX_PEOPLE), now);
    assert_eq!(capabilities.known.len(), MAX_PEOPLE);
    assert!(capabilities.known.contains_key(&number(0)));
    assert!(!capabilities.known.contains_key(&number(1)));
}
