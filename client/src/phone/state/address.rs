//! A SIP address as a person types it: RFC 3261 §19.1.1.

use std::fmt;

use sip::message::Uri;

/// Somebody's address at a place that is no telephone exchange: `sip:anna@example.com`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

impl Address {
    /// Longer than any address that a person types.
    const MAX_CHARACTERS: usize = 128;

    /// Takes `sip:user@host`, `sips:user@host` and `user@host`. What else a URI may carry
    /// (parameters, headers) has no place in an address book.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > Self::MAX_CHARACTERS || text.contains(['?', ';', '<', '>', ' ']) {
            return None;
        }
        let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
        let whole = match scheme.to_ascii_lowercase().as_str() {
            "sip" | "sips" => format!("{}:{rest}", scheme.to_ascii_lowercase()),
            // A port in `anna@example.com:5070` is no scheme.
            _ if text.contains('@') && !scheme.is_empty() && !scheme.contains('@') => return None,
            _ => format!("sip:{text}"),
        };
        let uri = whole.parse::<Uri>().ok()?;
        let named = uri.user().is_some_and(|user| !user.is_empty());
        // A host of one word is nobody's on the open network, and everybody's typing error.
        let placed = uri
            .host()
            .is_some_and(|host| host.to_string().contains(['.', ':']));
        (named && placed).then_some(Self(whole))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the scheme, which says nothing to a person.
    pub fn shown(&self) -> String {
        let (_, rest) = self.0.split_once(':').unwrap_or_default();
        rest.to_owned()
    }

    /// Where a request to it goes.
    pub fn uri(&self) -> Option<Uri> {
        self.0.parse().ok()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_somebody_at_a_place() {
        let cases = [
            ("sip:anna@example.com", Some("sip:anna@example.com")),
            ("SIP:anna@example.com", Some("sip:anna@example.com")),
            ("sips:anna@example.com", Some("sips:anna@example.com")),
            (" anna@example.com ", Some("sip:anna@example.com")),
            ("anna@example.com:5070", Some("sip:anna@example.com:5070")),
            ("anna@10.0.0.1", Some("sip:anna@10.0.0.1")),
            ("anna", None),
            ("anna@desk", None),
            ("mailto:anna@example.com", None),
            ("sip:example.com", None),
            ("anna@example.com?subject=x", None),
            ("anna ben@example.com", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let read = Address::parse(text);
            assert_eq!(read.as_ref().map(Address::as_str), expected, "{text}");
            assert!(read.is_none_or(|address| address.uri().is_some()), "{text}");
        }
    }

    #[test]
    fn a_person_does_not_read_its_scheme() {
        let address = Address::parse("sip:anna@example.com").unwrap();
        assert_eq!(address.shown(), "anna@example.com");
    }
}
