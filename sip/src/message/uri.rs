//! RFC 3261 §19.1, RFC 3966, RFC 3986: addresses. `sip`, `sips` and `tel` are understood; any other
//! scheme is kept byte for byte.

use super::host::{Host, write_port};
use super::lex::{self, SyntaxError};
use super::plain::{self, PlainUri};
use super::text::Text;
use super::uri_text::{UriParams, UriText};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// An address. Equality is that of what is written; see [`Uri::same_as`] for the RFC's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Uri {
    Sip(SipUri),
    Tel(TelUri),
    /// `urn:service:sos`, `https:` and whatever else, as written.
    Other(OtherUri),
}

/// `sip:` or `sips:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SipUri {
    /// `sips:`
    pub secure: bool,
    pub user: Option<UriText>,
    pub password: Option<UriText>,
    pub host: Host,
    pub port: Option<u16>,
    pub params: UriParams,
    /// What follows `?`, as written.
    pub headers: Option<UriText>,
}

/// `tel:`, RFC 3966.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TelUri {
    /// As written, with visual separators.
    number: UriText,
    pub params: UriParams,
}

/// A URI of a scheme that means nothing to us.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OtherUri(Text);

impl Uri {
    /// `sip:user@host`, the user escaped where it has to be.
    pub fn sip(user: &str, host: Host) -> Uri {
        Uri::Sip(SipUri::new(host).with_user(user))
    }

    /// `tel:` and a number; anything but digits, `+` and visual separators is escaped.
    pub fn tel(number: &str) -> Uri {
        Uri::Tel(TelUri {
            number: UriText::escape(number),
            params: UriParams::default(),
        })
    }

    pub fn scheme(&self) -> &str {
        match self {
            Uri::Sip(uri) if uri.secure => "sips",
            Uri::Sip(_) => "sip",
            Uri::Tel(_) => "tel",
            Uri::Other(uri) => uri.scheme(),
        }
    }

    pub fn as_sip(&self) -> Option<&SipUri> {
        match self {
            Uri::Sip(uri) => Some(uri),
            Uri::Tel(_) | Uri::Other(_) => None,
        }
    }

    pub fn as_tel(&self) -> Option<&TelUri> {
        match self {
            Uri::Tel(uri) => Some(uri),
            Uri::Sip(_) | Uri::Other(_) => None,
        }
    }

    /// The host of a SIP URI.
    pub fn host(&self) -> Option<&Host> {
        self.as_sip().map(|uri| &uri.host)
    }

    /// The user of a SIP URI, unescaped.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.as_sip()?.user.as_ref().map(UriText::decode)
    }

    /// The telephone number meant, without visual separators: that of a `tel:` URI, or the user of
    /// a SIP URI that says `user=phone` or starts with `+` (RFC 3261 §19.1.6).
    pub fn number(&self) -> Option<String> {
        match self {
            Uri::Tel(uri) => Some(uri.number()),
            Uri::Sip(uri) => {
                let user = uri.user.as_ref()?.decode();
                let phone = uri.params.get("user").as_deref() == Some("phone");
                let number = user.split(';').next().unwrap_or_default();
                (phone || number.starts_with('+')).then(|| without_separators(number))
            }
            Uri::Other(_) => None,
        }
    }

    /// Whether both name the same resource (RFC 3261 §19.1.4, RFC 3966 §5).
    pub fn same_as(&self, other: &Uri) -> bool {
        match (self, other) {
            (Uri::Sip(one), Uri::Sip(two)) => one.same_as(two),
            (Uri::Tel(one), Uri::Tel(two)) => one.same_as(two),
            (Uri::Other(one), Uri::Other(two)) => one == two,
            (Uri::Sip(_), Uri::Tel(_) | Uri::Other(_))
            | (Uri::Tel(_), Uri::Sip(_) | Uri::Other(_))
            | (Uri::Other(_), Uri::Sip(_) | Uri::Tel(_)) => false,
        }
    }
}

impl SipUri {
    pub fn new(host: Host) -> SipUri {
        SipUri {
            secure: false,
            user: None,
            password: None,
            host,
            port: None,
            params: UriParams::default(),
            headers: None,
        }
    }

    /// Escaped where it has to be; an empty one is none.
    pub fn with_user(mut self, user: &str) -> SipUri {
        self.user = (!user.is_empty()).then(|| UriText::escape(user));
        self
    }

    pub fn with_port(mut self, port: u16) -> SipUri {
        self.port = Some(port);
        self
    }

    pub fn with_param(mut self, name: &'static str, value: &str) -> SipUri {
        self.params.set(name, value);
        self
    }

    pub fn with_flag(mut self, name: &'static str) -> SipUri {
        self.params.set_flag(name);
        self
    }

    /// §19.1.4: users compare with case, hosts without, and of the parameters that only one has,
    /// `user`, `ttl`, `method`, `maddr` and `transport` count.
    fn same_as(&self, other: &SipUri) -> bool {
        let user = |text: &Option<UriText>| text.as_ref().map(|user| user.decode().into_owned());
        self.secure == other.secure
            && user(&self.user) == user(&other.user)
            && user(&self.password) == user(&other.password)
            && self.host.same_as(&other.host)
            && self.port == other.port
            && self.params.agree_with(&other.params)
            && user(&self.headers) == user(&other.headers)
    }

    /// One that was found in the text.
    pub(super) fn of_plain(text: &str, plain: &PlainUri) -> SipUri {
        let user = plain.user.clone();
        SipUri {
            secure: false,
            user: user.map(|place| UriText::written(&text[place])),
            password: None,
            host: Host::of_plain(text, &plain.host),
            port: plain.port,
            params: UriParams::of_plain(&text[plain.params.clone()]),
            headers: None,
        }
    }

    fn parse(secure: bool, rest: &str) -> Result<SipUri, SyntaxError> {
        let marks = Marks::of(rest)?;
        let headers = (marks.question < rest.len()).then(|| &rest[marks.question + 1..]);
        let params = match marks.semicolon < marks.question {
            true => UriParams::parse(&rest[marks.semicolon + 1..marks.question])?,
            false => UriParams::default(),
        };
        let (host, port) = Host::parse_with_port(&rest[marks.host..marks.semicolon])?;
        let userinfo = marks.host.checked_sub(1).map(|at| &rest[..at]);
        let (user, password) = match userinfo {
            None => (None, None),
            Some("") => return Err(SyntaxError::Empty),
            Some(userinfo) => match lex::cut(userinfo, b':') {
                Some((user, password)) => (Some(user), Some(password)),
                None => (Some(userinfo), None),
            },
        };
        Ok(SipUri {
            secure,
            user: user.map(UriText::written),
            password: password.map(UriText::written),
            host,
            port,
            params,
            headers: headers.map(UriText::written),
        })
    }
}

/// Where the parts of a SIP URI are, behind its scheme, found in one go.
struct Marks {
    /// Where the host starts: behind the last `@`, if there is one.
    host: usize,
    /// The first `;` behind that and before the `?`; where there is none, the `?`.
    semicolon: usize,
    /// The first `?` behind the `@`; where there is none, the end.
    question: usize,
}

impl Marks {
    /// # Errors
    /// A character no URI can have.
    fn of(text: &str) -> Result<Marks, SyntaxError> {
        let bytes = text.as_bytes();
        let from = |host| Marks {
            host,
            semicolon: bytes.len(),
            question: bytes.len(),
        };
        let mut marks = from(0);
        let mut at = 0;
        let is_mark = |byte: &u8| URI_BYTES[usize::from(*byte)] != UriByte::Plain;
        while let Some(plain) = bytes[at..].iter().position(is_mark) {
            at += plain;
            match URI_BYTES[usize::from(bytes[at])] {
                UriByte::Plain => {}
                UriByte::At => marks = from(at + 1),
                UriByte::Semicolon => marks.semicolon = marks.semicolon.min(at),
                UriByte::Question => {
                    marks.question = marks.question.min(at);
                    marks.semicolon = marks.semicolon.min(at);
                }
                UriByte::Never => return Err(SyntaxError::Character),
            }
            at += 1;
        }
        Ok(marks)
    }
}

impl TelUri {
    /// The number without visual separators.
    pub fn number(&self) -> String {
        without_separators(&self.number.decode())
    }

    /// Whether the number is valid everywhere: it starts with `+`.
    pub fn is_global(&self) -> bool {
        self.number.as_str().starts_with('+')
    }

    fn same_as(&self, other: &TelUri) -> bool {
        self.number().eq_ignore_ascii_case(&other.number())
            && self.params.len() == other.params.len()
            && self.params.agree_with(&other.params)
    }

    fn parse(rest: &str) -> Result<TelUri, SyntaxError> {
        let (number, params) = match lex::cut(rest, b';') {
            Some((number, params)) => (number, UriParams::parse(params)?),
            None => (rest, UriParams::default()),
        };
        if number.is_empty() {
            return Err(SyntaxError::Empty);
        }
        Ok(TelUri {
            number: UriText::written(number),
            params,
        })
    }
}

impl OtherUri {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn scheme(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

impl FromStr for Uri {
    type Err = SyntaxError;

    /// # Errors
    /// No scheme, a character no URI can have, or a host or port that is none.
    fn from_str(text: &str) -> Result<Uri, SyntaxError> {
        match plain::uri(text.as_bytes(), 0) {
            Some(plain) if plain.end == text.len() => Ok(Uri::Sip(SipUri::of_plain(text, &plain))),
            Some(_) | None => Uri::parse_any(text),
        }
    }
}

impl Uri {
    pub(super) fn parse_any(text: &str) -> Result<Uri, SyntaxError> {
        if let Some(rest) = text.strip_prefix("sip:") {
            return SipUri::parse(false, rest).map(Uri::Sip);
        }
        // `<sip:a@b>` as a Request-URI is malformed, not of another scheme (RFC 4475 §3.1.2.7).
        if !text.bytes().all(can_have) {
            return Err(SyntaxError::Character);
        }
        let Some((scheme, rest)) = lex::cut(text, b':') else {
            return Err(SyntaxError::NoScheme);
        };
        if !is_scheme(scheme) {
            return Err(SyntaxError::NoScheme);
        }
        if scheme.eq_ignore_ascii_case("sip") {
            Ok(Uri::Sip(SipUri::parse(false, rest)?))
        } else if scheme.eq_ignore_ascii_case("sips") {
            Ok(Uri::Sip(SipUri::parse(true, rest)?))
        } else if scheme.eq_ignore_ascii_case("tel") {
            Ok(Uri::Tel(TelUri::parse(rest)?))
        } else {
            Ok(Uri::Other(OtherUri(Text::unbroken(text))))
        }
    }

    pub(crate) fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Uri::Sip(uri) => uri.write_to(out),
            Uri::Tel(uri) => write!(out, "{uri}"),
            Uri::Other(uri) => out.write_str(&uri.0),
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl SipUri {
    fn write_to(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str(if self.secure { "sips:" } else { "sip:" })?;
        if let Some(user) = &self.user {
            f.write_str(user.as_str())?;
            if let Some(password) = &self.password {
                f.write_str(":")?;
                f.write_str(password.as_str())?;
            }
            f.write_str("@")?;
        }
        self.host.write_to(f)?;
        write_port(f, self.port)?;
        self.params.write_to(f)?;
        if let Some(headers) = &self.headers {
            f.write_str("?")?;
            f.write_str(headers.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Display for TelUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tel:{}{}", self.number, self.params)
    }
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

pub(super) const fn can_have(byte: u8) -> bool {
    match URI_BYTES[byte as usize] {
        UriByte::Never => false,
        UriByte::Plain | UriByte::At | UriByte::Semicolon | UriByte::Question => true,
    }
}

/// RFC 3966 §3: visual separators mean nothing.
fn without_separators(number: &str) -> String {
    number
        .chars()
        .filter(|character| !"-.() ".contains(*character))
        .collect()
}

/// What a byte is to a URI.
#[derive(Clone, Copy, PartialEq)]
enum UriByte {
    Plain,
    At,
    Semicolon,
    Question,
    /// It would end the URI where it stands: in a start line, or between angle brackets.
    Never,
}

const URI_BYTES: [UriByte; 256] = {
    let mut set = [UriByte::Plain; 256];
    let mut byte = 0;
    while byte <= b' ' {
        set[byte as usize] = UriByte::Never;
        byte += 1;
    }
    set[0x7f] = UriByte::Never;
    set[b'<' as usize] = UriByte::Never;
    set[b'>' as usize] = UriByte::Never;
    set[b'"' as usize] = UriByte::Never;
    set[b'@' as usize] = UriByte::At;
    set[b';' as usize] = UriByte::Semicolon;
    set[b'?' as usize] = UriByte::Question;
    set
};
