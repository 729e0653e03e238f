//! Rule R4.1: the voice calls of a user of ours, as their pages are told of them.

use serde::Serialize;
use sip::number::E164;

use crate::switch::Desk;

/// The content type of it all.
pub(super) const CONTENT_TYPE: &str = "application/json";

/// All calls there are, the oldest first.
#[derive(Debug, Serialize)]
struct Told<'a> {
    /// Rises with each document of a subscription.
    version: u32,
    calls: Vec<Call<'a>>,
}

#[derive(Debug, Serialize)]
struct Call<'a> {
    /// With whom.
    number: &'a str,
    /// `connected`, `held` or `conference`.
    stands: &'static str,
}

/// A user's calls as they are.
pub(super) fn of(name: &str, version: u32, desk: &Desk<'_>) -> Vec<u8> {
    let known = number(name, desk).map(|number| desk.context.of(&number));
    let known = known.unwrap_or_default();
    let calls = known.iter().map(|(number, stands)| Call {
        number: number.as_str(),
        stands: stands.name(),
    });
    let told = Told {
        version,
        calls: calls.collect(),
    };
    // Text and numbers alone: there is nothing that JSON could not say.
    serde_json::to_vec(&told).unwrap_or_default()
}

pub(super) fn number(name: &str, desk: &Desk<'_>) -> Option<E164> {
    desk.home.subscribers.by_name(name)?.number.parse().ok()
}
