//! RFC 3261 §19.1.1, §19.1.5: the headers that a URI brings along after its `?`.

use super::uri::SipUri;
use super::uri_text::UriText;
use std::borrow::Cow;

impl SipUri {
    /// The headers of the URI, names and values unescaped, in order; `body` stands for a body.
    pub fn embedded(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let written = self.headers.as_ref().map_or("", UriText::as_str);
        written
            .split('&')
            .filter(|piece| !piece.is_empty())
            .map(|piece| {
                let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
                (UriText::decode_str(name), UriText::decode_str(value))
            })
    }

    /// The first header of that name, whatever its case: `embedded_header("Replaces")`.
    pub fn embedded_header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.embedded()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The same address with another header, escaped.
    pub fn with_embedded(mut self, name: &'static str, value: &str) -> SipUri {
        let mut written = self.headers.take().map_or_else(String::new, |headers| {
            let mut before = headers.as_str().to_owned();
            before.push('&');
            before
        });
        written.push_str(UriText::escape(name).as_str());
        written.push('=');
        written.push_str(UriText::escape(value).as_str());
        self.headers = Some(UriText::escaped(written));
        self
    }
}
