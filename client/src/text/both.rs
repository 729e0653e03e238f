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
    pub ask: &'static str,
    pub asking: &'static str,
    pub wish_see_ours: &'static str,
    pub wish_show_theirs: &'static str,
    pub no_declined: &'static str,
    pub no_answer: &'static str,
    pub no_cannot: &'static str,
    pub correct_label: &'static str,
    pub correct: &'static str,
}

pub(super) const ENGLISH: BothWords = BothWords {
    incoming_note: "Your own camera stays as it is.",
    own_preview: "Your side",
    offer: "Show yours too",
    offer_hint: "You see it first; nothing is sent until you say so.",
    close: "Close your side",
    stop_showing: "Stop showing",
    both_live: "You and {who} see each other’s pictures.",
    ask: "Ask to see theirs too",
    asking: "Asking {who} to show theirs too…",
    wish_see_ours: "{who} would like to see yours too. Open your side when it suits you.",
    wish_show_theirs: "{who} wants to show you theirs too.",
    no_declined: "{who} would rather not show anything now. They still see yours.",
    no_answer: "{who} did not answer. They still see yours.",
    no_cannot: "{who}’s phone can only show or watch, not both at once. They still see yours.",
    correct_label: "The right number",
    correct: "Try this number",
};
