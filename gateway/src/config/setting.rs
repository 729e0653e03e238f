//! How one written setting becomes a typed value, whether it stood in the file or in the environment.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// A setting as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    Text(String),
    Integer(i64),
    Flag(bool),
    List(Vec<Setting>),
    /// A date, a fraction or a table: nothing here takes one.
    Unfit(&'static str),
    /// From an environment variable, where everything is text and lists are split at commas.
    Environment(String),
}

impl Setting {
    /// The setting as a person would write it, for messages.
    pub fn shown(&self) -> String {
        match self {
            Setting::Text(text) | Setting::Environment(text) => format!("{text:?}"),
            Setting::Integer(number) => number.to_string(),
            Setting::Flag(flag) => flag.to_string(),
            Setting::List(items) => {
                let items: Vec<String> = items.iter().map(Setting::shown).collect();
                format!("[{}]", items.join(", "))
            }
            Setting::Unfit(kind) => (*kind).to_owned(),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Setting::Text(text) | Setting::Environment(text) => Some(text.trim()),
            Setting::Integer(_) | Setting::Flag(_) | Setting::List(_) | Setting::Unfit(_) => None,
        }
    }

    fn integer(&self) -> Option<i64> {
        match self {
            Setting::Integer(number) => Some(*number),
            Setting::Environment(text) => text.trim().parse().ok(),
            Setting::Text(_) | Setting::Flag(_) | Setting::List(_) | Setting::Unfit(_) => None,
        }
    }
}

/// A type that a setting can have.
pub trait FromSetting: Sized {
    /// What a person has to write, for the message when they wrote something else.
    const EXPECTED: &'static str;
    fn from_setting(setting: &Setting) -> Option<Self>;
}

impl FromSetting for String {
    const EXPECTED: &'static str = "text in quotation marks";
    fn from_setting(setting: &Setting) -> Option<Self> {
        setting
            .text()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }
}

impl FromSetting for bool {
    const EXPECTED: &'static str = "true or false";
    fn from_setting(setting: &Setting) -> Option<Self> {
        match setting {
            Setting::Flag(flag) => Some(*flag),
            Setting::Environment(text) => text.trim().parse().ok(),
            Setting::Text(_) | Setting::Integer(_) | Setting::List(_) | Setting::Unfit(_) => None,
        }
    }
}

impl FromSetting for u16 {
    const EXPECTED: &'static str = "a number from 0 to 65535";
    fn from_setting(setting: &Setting) -> Option<Self> {
        setting.integer()?.try_into().ok()
    }
}

impl FromSetting for u32 {
    const EXPECTED: &'static str = "a whole number from 0 to 4294967295";
    fn from_setting(setting: &Setting) -> Option<Self> {
        setting.integer()?.try_into().ok()
    }
}

impl FromSetting for usize {
    const EXPECTED: &'static str = "a whole number that is not negative";
    fn from_setting(setting: &Setting) -> Option<Self> {
        setting.integer()?.try_into().ok()
    }
}

impl FromSetting for SocketAddr {
    const EXPECTED: &'static str =
        "an address with a port, such as \"127.0.0.1:5060\" or \"[::1]:5060\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        setting.text()?.parse().ok()
    }
}

impl FromSetting for IpAddr {
    const EXPECTED: &'static str = "an IP address without a port, such as \"192.0.2.1\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        setting.text()?.parse().ok()
    }
}

impl FromSetting for PathBuf {
    const EXPECTED: &'static str = "a path in quotation marks";
    fn from_setting(setting: &Setting) -> Option<Self> {
        setting
            .text()
            .filter(|text| !text.is_empty())
            .map(PathBuf::from)
    }
}

impl FromSetting for Duration {
    const EXPECTED: &'static str =
        "a duration with its unit, such as \"500ms\", \"30s\", \"10min\" or \"1h\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        let text = setting.text()?;
        let split = text.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = text.get(..split)?.parse().ok()?;
        match text.get(split..)?.trim() {
            "ms" => Some(Duration::from_millis(number)),
            "s" => Some(Duration::from_secs(number)),
            "min" => number.checked_mul(60).map(Duration::from_secs),
            "h" => number.checked_mul(3600).map(Duration::from_secs),
            _ => None,
        }
    }
}

impl<T: FromSetting> FromSetting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn from_setting(setting: &Setting) -> Option<Self> {
        T::from_setting(setting).map(Some)
    }
}

impl<T: FromSetting> FromSetting for Vec<T> {
    const EXPECTED: &'static str = "a list, such as [\"one\", \"two\"]";
    fn from_setting(setting: &Setting) -> Option<Self> {
        match setting {
            Setting::List(items) => items.iter().map(T::from_setting).collect(),
            Setting::Environment(text) => text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| T::from_setting(&Setting::Environment(item.to_owned())))
                .collect(),
            Setting::Text(_) | Setting::Integer(_) | Setting::Flag(_) | Setting::Unfit(_) => None,
        }
    }
}

/// A SIP domain: what stands behind the `@` of this gateway's users. Kept in lower case (RFC 3261 §19.1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain(String);

impl Domain {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Domain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Domain {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // 253 octets is the longest name in the DNS (RFC 1035 §2.3.4), 63 the longest label.
        let fits = !text.is_empty() && text.len() <= 253;
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if fits && text.split('.').all(label) {
            Ok(Domain(text.to_ascii_lowercase()))
        } else {
            Err(<Domain as FromSetting>::EXPECTED)
        }
    }
}

impl FromSetting for Domain {
    const EXPECTED: &'static str =
        "a domain name or an IPv4 address, such as \"video.example.net\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        setting.text()?.parse().ok()
    }
}

/// A web origin as browsers write it: scheme, host and port where it is not the scheme's own (RFC 6454 §6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its pages come from other machines without TLS.
    pub fn is_open_to_the_network(&self) -> bool {
        let Some(authority) = self.0.strip_prefix("http://") else {
            return false;
        };
        let local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
            let port = authority.strip_prefix(host);
            port.is_some_and(|port| port.is_empty() || port.starts_with(':'))
        });
        !local
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromSetting for Origin {
    const EXPECTED: &'static str =
        "an origin with its scheme and without a path, such as \"https://video.example.net\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        let text = setting.text()?.to_ascii_lowercase();
        let host = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        (!host.is_empty() && host.bytes().all(plain)).then_some(Origin(text))
    }
}

/// Ports that may be used, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

impl PortRange {
    /// How many ports the range holds.
    pub fn count(self) -> usize {
        usize::from(self.last - self.first) + 1
    }
}

impl std::fmt::Display for PortRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl FromSetting for PortRange {
    const EXPECTED: &'static str = "a range of ports above 1023, such as \"30000-39999\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        let (first, last) = setting.text()?.split_once('-')?;
        let range = PortRange {
            first: first.trim().parse().ok()?,
            last: last.trim().parse().ok()?,
        };
        (range.first >= 1024 && range.first < range.last).then_some(range)
    }
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    Text,
    Json,
}

impl FromSetting for LogForm {
    const EXPECTED: &'static str = "\"text\" or \"json\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        match setting.text()? {
            "text" => Some(LogForm::Text),
            "json" => Some(LogForm::Json),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_unit_and_refused_without_one() {
        let cases = [
            ("500ms", Some(Duration::from_millis(500))),
            ("30s", Some(Duration::from_secs(30))),
            ("10 min", Some(Duration::from_secs(600))),
            ("1h", Some(Duration::from_secs(3600))),
            ("30", None),
            ("s", None),
            ("-1s", None),
            ("1d", None),
            ("99999999999999999999s", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Duration::from_setting(&Setting::Text(text.into())),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn domains_are_lowered_and_nonsense_is_refused() {
        let cases = [
            ("Video.Example.NET", Some("video.example.net")),
            ("127.0.0.1", Some("127.0.0.1")),
            ("localhost", Some("localhost")),
            ("", None),
            ("a..b", None),
            ("-a.b", None),
            ("a b", None),
            ("sip:a", None),
        ];
        for (text, expected) in cases {
            let domain = Domain::from_setting(&Setting::Text(text.into()));
            assert_eq!(domain.as_ref().map(Domain::as_str), expected, "{text}");
        }
    }

    #[test]
    fn lists_from_the_environment_are_split_at_commas() {
        let setting = Setting::Environment("https://a.example, http://b.example:8080".into());
        let origins = Vec::<Origin>::from_setting(&setting).unwrap();
        let origins: Vec<&str> = origins.iter().map(Origin::as_str).collect();
        assert_eq!(origins, ["https://a.example", "http://b.example:8080"]);
    }

    #[test]
    fn an_origin_with_a_path_or_a_star_is_refused() {
        for text in ["*", "https://", "https://a.example/", "a.example", "null"] {
            assert_eq!(
                Origin::from_setting(&Setting::Text(text.into())),
                None,
                "{text}"
            );
        }
    }
}
