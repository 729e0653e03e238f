//! How the page stands towards the page around it.

use std::sync::Arc;

/// What is known of the page around this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Embedding {
    /// There is one, or this address is made for there to be one.
    pub inside: bool,
    /// Whose pages are heard; none before the gateway has said so.
    pub origins: Option<Arc<[String]>>,
    /// The token that signed the person in is about to end.
    pub token_wanted: bool,
}
