//! What is said when something happens to a page in its browser.

pub struct LifeWords {
    pub slow: &'static str,
    pub lost_out: &'static str,
    pub dark: &'static str,
    pub dark_out: &'static str,
}

pub(super) const ENGLISH: LifeWords = LifeWords {
    slow: "The network is slow. Still trying…",
    lost_out: "{who} sees your last picture until there is another. You can also show your screen or a film, or stop.",
    dark: "Your camera gives no picture right now. Another program may be using it, or it is switched off.",
    dark_out: "{who} sees your last picture.",
};
