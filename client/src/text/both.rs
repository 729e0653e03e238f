//! What is said while both show each other something.

pub struct BothWords {
    /// On the card of somebody who sees one's camera already.
    pub incoming_note: &'static str,
    pub own_preview: &'static str,
    pub offer: &'static str,
    pub offer_hint: &'static str,
    pub close: &'static str,
    pub stop_showing: &'static str,
    pub both_live: &'static str,
}

pub(super) const ENGLISH: BothWords = BothWords {
    incoming_note: "Your own camera stays as it is.",
    own_preview: "Your side",
    offer: "Show yours too",
    offer_hint: "You see it first; nothing is sent until you say so.",
    close: "Close your side",
    stop_showing: "Stop showing",
    both_live: "You and {who} see each other’s pictures.",
};
