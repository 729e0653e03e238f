//! RFC 3261 §19.1, RFC 3966, RFC 3986: addresses. `sip`, `sips` and `tel` are understood; any other
//! scheme is kept byte for byte.

use super::host::Host;
use super::lex::SyntaxError;
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

    fn parse(secure: bool, rest: &str) -> Result<SipUri, SyntaxError> {
        let (userinfo, rest) = match rest.rsplit_once('@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, rest),
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(UriText::parse(headers)?)),
            None => (rest, None),
        };
        let (address, params) = match rest.split_once(';') {
            Some((address, params)) => (address, UriParams::parse(params)?),
            None => (rest, UriParams::default()),
        };
        let (host, port) = Host::parse_with_port(address)?;
        let (user, password) = match userinfo {
            None => (None, None),
            Some("") => return Err(SyntaxError::Empty),
            Some(userinfo) => match userinfo.split_once(':') {
                Some((user, password)) => (Some(user), Some(password)),
                None => (Some(userinfo), None),
            },
        };
        Ok(SipUri {
            secure,
            user: user.map(UriText::parse).transpose()?,
            password: password.map(UriText::parse).transpose()?,
            host,
            port,
            params,
            headers,
        })
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
        let (number, params) = match rest.split_once(';') {
            Some((number, params)) => (number, UriParams::parse(params)?),
            None => (rest, UriParams::default()),
        };
        if number.is_empty() {
            return Err(SyntaxError::Empty);
        }
        Ok(TelUri {
            number: UriText::parse(number)?,
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
        // `<sip:a@b>` as a Request-URI is malformed, not of another scheme (RFC 4475 §3.1.2.7).
        if !text.bytes().all(is_uri_byte) {
            return Err(SyntaxError::Character);
        }
        let Some((scheme, rest)) = text.split_once(':') else {
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
            Ok(Uri::Other(OtherUri(Text::from(text))))
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Uri::Sip(uri) => uri.fmt(f),
            Uri::Tel(uri) => uri.fmt(f),
            Uri::Other(uri) => f.write_str(&uri.0),
        }
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "sips:" } else { "sip:" })?;
        if let Some(user) = &self.user {
            f.write_str(user.as_str())?;
            if let Some(password) = &self.password {
                f.write_str(":")?;
                f.write_str(password.as_str())?;
            }
            f.write_str("@")?;
        }
        self.host.fmt(f)?;
        if let Some(port) = self.port {
            f.write_str(":")?;
            port.fmt(f)?;
        }
        self.params.fmt(f)?;
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

/// Nothing that would end the URI where it stands: in a start line, or between angle brackets.
fn is_uri_byte(byte: u8) -> bool {
    URI_BYTES[usize::from(byte)]
}

/// RFC 3966 §3: visual separators mean nothing.
fn without_separators(number: &str) -> String {
    number
        .chars()
        .filter(|character| !"-.() ".contains(*character))
        .collect()
}

const URI_BYTES: [bool; 256] = {
    let mut set = [true; 256];
    let mut byte = 0;
    while byte <= b' ' {
        set[byte as usize] = false;
        byte += 1;
    }
    set[0x7f] = false;
    set[b'<' as usize] = false;
    set[b'>' as usize] = false;
    set[b'"' as usize] = false;
    set
};
