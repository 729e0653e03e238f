//! What must hold for any bytes, for the fuzz targets and for the replay of what they found.

pub mod embed;

use sidecam_client::phone::contacts::vcard;
use sidecam_client::phone::recording::message::Word;

/// RFC 6350: any file is read or refused, and a card of it is bounded.
pub fn cards(file: &[u8]) {
    let Ok(cards) = vcard::read(file) else {
        return;
    };
    assert!(!cards.is_empty());
    for card in cards.into_iter().flatten() {
        assert!(card.name.chars().count() <= 80, "{card:?}");
        assert!(!card.name.contains(char::is_control), "{card:?}");
        assert!(card.ways.len() <= 32, "{card:?}");
        assert!(card.ways.iter().all(|way| !way.is_empty()), "{card:?}");
    }
}

/// RFC 6086: what a peer says of its recording is one of two words, or nothing.
pub fn recording(body: &[u8]) {
    if let Some(word) = Word::read(body) {
        assert_eq!(Word::read(word.text().as_bytes()), Some(word));
    }
}
