//! RFC 6086: the Info Package `recording`, of our own (docs/client-messages.md).

use sip::message::{Body, Header, Headers, Request, Status};

use crate::phone::json::Json;

pub const PACKAGE: &str = "recording";
const CONTENT_TYPE: &str = "application/json";

/// RFC 6086 §11.3. Nobody is told of a package that they do not know.
pub(super) const BAD_INFO_PACKAGE: Status = match Status::new(469) {
    Some(status) => status,
    None => Status::NOT_ACCEPTABLE_HERE,
};

/// Whether somebody records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    On,
    Off,
}

impl Word {
    /// Reads the body of an INFO. What else it says is for others.
    pub fn read(body: &[u8]) -> Option<Self> {
        let said = Json::parse_bytes(body)?;
        match said.get("recording")?.text()? {
            "on" => Some(Self::On),
            "off" => Some(Self::Off),
            _ => None,
        }
    }

    pub fn text(self) -> &'static str {
        match self {
            Self::On => "{\"recording\":\"on\"}",
            Self::Off => "{\"recording\":\"off\"}",
        }
    }

    pub(super) fn headers() -> Vec<Header> {
        vec![Header::fixed("Info-Package", PACKAGE)]
    }

    pub(super) fn body(self) -> Option<Body> {
        Some(Body::new(CONTENT_TYPE.parse().ok()?, self.text()))
    }
}

/// What a page says of itself in each INVITE and its 200 (RFC 6086 §4.2.1).
pub(in crate::phone) fn taken() -> Header {
    Header::fixed("Recv-Info", PACKAGE)
}

pub(super) fn takes(headers: &Headers) -> bool {
    headers.lists("Recv-Info", PACKAGE)
}

/// The package that an INFO is about; none for one from before there were packages.
pub(super) fn package_of(request: &Request) -> Option<&str> {
    let package = request.headers.get("Info-Package")?;
    package.split(';').next().map(str::trim)
}

pub(super) fn word_of(request: &Request) -> Option<Word> {
    Word::read(request.content(CONTENT_TYPE)?)
}

#[cfg(test)]
mod tests {
    use super::Word;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        for word in [Word::On, Word::Off] {
            assert_eq!(Word::read(word.text().as_bytes()), Some(word));
        }
        let more = b"{\"recording\":\"on\",\"since\":3}";
        assert_eq!(Word::read(more), Some(Word::On));
        for text in [
            "",
            "on",
            "{}",
            "[]",
            "{\"recording\":true}",
            "{\"recording\":\"ON\"}",
        ] {
            assert_eq!(Word::read(text.as_bytes()), None, "{text}");
        }
    }
}
