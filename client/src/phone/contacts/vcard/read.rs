//! RFC 6350 §6.1 to §6.4: from the bytes of a file to its cards.

use super::line::{Lines, Property};
use super::{CARDS, FAVOURITE, FILE_BYTES, Raw, Unread, WAYS_READ};
use crate::phone::order::sort_by_key;
use crate::phone::state::{Refused, SkippedWhy, has_sip_scheme, shortened};

/// The cards of a file in their order, each as it stands there or why it cannot be read.
///
/// # Errors
/// The file has none, or is too large to be an address book.
pub fn read(file: &[u8]) -> Result<Vec<Result<Raw, Unread>>, Refused> {
    if file.len() > FILE_BYTES {
        return Err(Refused::TooLarge);
    }
    let mut cards = Vec::new();
    let mut open: Option<Open> = None;
    for property in Lines::of(file) {
        let is_card = property.value.trim().eq_ignore_ascii_case("vcard");
        match (property.name.as_str(), &mut open) {
            ("BEGIN", before) if is_card => {
                // One that was not closed ends where the next begins.
                if let Some(broken) = before.replace(Open::default()) {
                    cards.push(Err(broken.broken()));
                }
            }
            ("END", Some(_)) if is_card => cards.extend(open.take().map(|card| Ok(card.close()))),
            (_, Some(card)) => card.take(&property),
            (_, None) => {}
        }
        if cards.len() == CARDS {
            return Ok(cards);
        }
    }
    cards.extend(open.map(|broken| Err(broken.broken())));
    match cards.is_empty() {
        true => Err(Refused::NoCards),
        false => Ok(cards),
    }
}

/// A card whose end has not come yet.
#[derive(Default)]
struct Open {
    formatted: String,
    /// From its parts.
    structured: String,
    nickname: String,
    organisation: String,
    ways: Vec<(u8, String)>,
    favourite: bool,
}

impl Open {
    fn take(&mut self, property: &Property) {
        let first = |field: &mut String, value: String| {
            if field.is_empty() {
                *field = value;
            }
        };
        match property.name.as_str() {
            "FN" => first(&mut self.formatted, shortened(&plain(&property.value))),
            "N" => first(&mut self.structured, from_parts(&property.value)),
            "NICKNAME" => first(&mut self.nickname, shortened(&plain(&property.value))),
            "ORG" => {
                let name = components(&property.value).into_iter().next();
                first(&mut self.organisation, shortened(&name.unwrap_or_default()));
            }
            "TEL" => self.way(property, number(&plain(&property.value))),
            // RFC 6350 §6.4.3, and what programs wrote before it.
            "IMPP" | "X-SIP" | "URL" => {
                let value = plain(&property.value);
                let value = value.trim();
                match (has_sip_scheme(value), property.name.as_str()) {
                    (true, _) => self.way(property, value.to_owned()),
                    (false, "X-SIP") => self.way(property, format!("sip:{value}")),
                    (false, _) => {}
                }
            }
            FAVOURITE => self.favourite = property.value.trim() == "1",
            _ => {}
        }
    }

    fn way(&mut self, property: &Property, way: String) {
        if !way.is_empty() && self.ways.len() < WAYS_READ {
            self.ways.push((property.preference(), way));
        }
    }

    fn name(&self) -> String {
        let names = [
            &self.formatted,
            &self.structured,
            &self.nickname,
            &self.organisation,
        ];
        let mut said = names.into_iter().filter(|name| !name.is_empty());
        said.next().cloned().unwrap_or_default()
    }

    fn close(mut self) -> Raw {
        let name = self.name();
        sort_by_key(&mut self.ways, |(preference, _)| *preference);
        Raw {
            name,
            ways: self.ways.into_iter().map(|(_, way)| way).collect(),
            favourite: self.favourite,
        }
    }

    fn broken(self) -> Unread {
        Unread {
            name: Some(self.name()).filter(|name| !name.is_empty()),
            why: SkippedWhy::Broken,
        }
    }
}

/// §6.2.2: family; given; additional; prefixes; suffixes; in the order in which a name is said.
fn from_parts(value: &str) -> String {
    let parts = components(value);
    let spoken = [3, 1, 2, 0, 4].into_iter().filter_map(|at| parts.get(at));
    let spoken: Vec<&str> = spoken
        .map(|part| part.trim())
        .filter(|part| !part.is_empty())
        .collect();
    shortened(&spoken.join(" "))
}

/// §6.4.1: text, or a `tel:` URI, whose extension is of no use to us; or another URI that can be
/// called.
fn number(value: &str) -> String {
    let value = value.trim();
    let scheme = value.get(..4);
    if !scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:")) {
        return value.to_owned();
    }
    let uri = value.get(4..).unwrap_or_default();
    // What is not global means something in its context alone (RFC 3966 §5.1.5).
    match uri.to_ascii_lowercase().contains(";phone-context=") {
        true => uri.to_owned(),
        false => uri.split(';').next().unwrap_or_default().to_owned(),
    }
}

/// §3.4: a value without its backslashes.
fn plain(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(escaped) => out.push(escaped),
                None => {}
            },
            other => out.push(other),
        }
    }
    out
}

/// The parts of a value, at its semicolons that have no backslash before them.
fn components(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for letter in value.chars() {
        match (letter, escaped, parts.last_mut()) {
            (';', false, _) => parts.push(String::new()),
            (_, _, Some(part)) => part.push(letter),
            (_, _, None) => {}
        }
        escaped = letter == '\\' && !escaped;
    }
    parts.iter().map(|part| plain(part)).collect()
}
