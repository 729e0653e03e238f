//! RFC 3966 §3, RFC 3261 §19.1.1: a `tel:` or `sip:` link, or a text that somebody shared with the page,
//! as the address of the page has it: `/?to=tel:+358401234567`.

use super::state::{Address, Command, Number};

/// What a page opened by a link is to do first. `query` is of the page's address, from its `?` on.
pub fn wanted(query: &str) -> Option<Command> {
    let asked = |name: &str| {
        query
            .trim_start_matches('?')
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decoded(value))
    };
    KEYS.into_iter()
        .filter_map(asked)
        .find_map(|text| meant(&text))
}

/// In this order: a link that the browser gave us, then what an application shared.
const KEYS: [&str; 4] = ["to", "url", "text", "title"];

/// A shared text may be a whole article; its number stands in the beginning or it is not about one.
const TEXT_CHARACTERS: usize = 2000;

/// Digits that are a telephone number when they stand in a text without a plus.
const DIGITS_IN_TEXT: usize = 7;

/// Whom a link or a text means.
pub fn meant(text: &str) -> Option<Command> {
    let text = text.trim();
    let scheme = text
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("tel") => number(text.get(4..)?),
        Some("sip" | "sips") => {
            let plain = text.split([';', '?']).next().unwrap_or_default();
            let user = plain.split_once(':').map_or("", |(_, rest)| rest);
            let user = user.split('@').next().unwrap_or_default();
            // A telephone number at somebody's exchange is a telephone number.
            match user.starts_with('+') {
                true => number(user),
                false => Address::parse(plain).map(Command::SelectAddress),
            }
        }
        Some(_) | None => in_text(text),
    }
}

/// Of `tel:`, without its parameters.
fn number(text: &str) -> Option<Command> {
    let plain = text.trim_start_matches('/').split([';', '?']).next()?;
    Number::parse(plain).map(Command::Select)
}

/// The first telephone number in a text.
fn in_text(text: &str) -> Option<Command> {
    let text: String = text.chars().take(TEXT_CHARACTERS).collect();
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | '(' | ')' | ' ');
    text.split(|c| !is_part(c))
        .map(|run| run.trim_matches(['-', '.', ' ']))
        .filter(|run| {
            let digits = run.chars().filter(char::is_ascii_digit).count();
            digits >= DIGITS_IN_TEXT
        })
        .find_map(Number::parse)
        .map(Command::Select)
}

/// `application/x-www-form-urlencoded`: a plus is a blank, unless a number begins with it, as in a
/// link that somebody wrote by hand.
fn decoded(value: &str) -> String {
    let value = match value.strip_prefix('+') {
        Some(rest) => format!("%2B{rest}"),
        None => value.replace("tel:+", "tel:%2B"),
    };
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            (other, _) => {
                bytes.push(*other);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R4.1
    #[test]
    fn a_link_or_a_shared_text_names_whom_one_is_on_the_phone_with() {
        let number = |text: &str| Number::parse(text).map(Command::Select);
        let address = |text: &str| Address::parse(text).map(Command::SelectAddress);
        let cases = [
            ("?to=tel%3A%2B358401234567", number("+358401234567")),
            ("?to=tel:+358-40-123-4567", number("+358401234567")),
            ("?to=tel%3A%2F%2F110", number("110")),
            ("?to=%2B358401234567", number("+358401234567")),
            ("?to=+358401234567", number("+358401234567")),
            (
                "?to=tel%3A040123%3Bphone-context%3D%2B358",
                number("040123"),
            ),
            (
                "?to=sip%3A%2B358401234567%40ims.example%3Buser%3Dphone",
                number("+358401234567"),
            ),
            (
                "?to=sip%3Aanna%40example.com%3Bx%3D1",
                address("sip:anna@example.com"),
            ),
            (
                "?title=Anna&text=Call+me%3A+%2B358+40+123+4567%2C+please&url=",
                number("+358401234567"),
            ),
            ("?text=See+you+at+10.30", None),
            ("?to=javascript%3Aalert(1)", None),
            ("?to=%", None),
            ("?to=%2", None),
            ("?to", None),
            ("", None),
        ];
        for (query, expected) in cases {
            assert_eq!(wanted(query), expected, "{query}");
        }
    }
}
