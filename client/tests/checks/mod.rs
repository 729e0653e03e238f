//! What must hold for any bytes, for the fuzz targets and for the replay of what they found.

pub mod embed;

use sidecam_client::phone::contacts::vcard;
use sidecam_client::phone::diagnosis::far::{FarPackets, HEAD_BYTES, PACKETS};
use sidecam_client::phone::recording::message::Word;
use sidecam_client::phone::state::FarShown;
use sip::time::Duration;

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

/// Whatever the gateway tells of a call's packets is bounded, none of them is younger than the answer, and
/// the same text read again tells the same.
pub fn packets(text: &[u8]) {
    const NOW: Duration = Duration::from_secs(900);
    let text = String::from_utf8_lossy(text);
    let mut far = FarPackets::default();
    let counted = far.read(&text, NOW);
    assert_eq!(
        counted.is_some(),
        text.lines().next() == Some("sidecam-packets 1")
    );
    assert!(far.packets.len() <= PACKETS);
    for packet in &far.packets {
        assert!(
            packet.at <= NOW && packet.head.len() <= HEAD_BYTES,
            "{packet:?}"
        );
    }
    match &counted {
        Some(_) => assert_eq!(far.shown, FarShown::Here(far.packets.len())),
        None => assert_eq!(far.shown, FarShown::Unreachable),
    }
    let before = (far.packets.clone(), far.left_out);
    assert_eq!(far.read(&text, NOW), counted);
    assert_eq!((far.packets, far.left_out), before);
}
