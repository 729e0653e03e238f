//! RFC 3261 §25.1, RFC 5118: hosts and ports. An IPv6 address stands in brackets.

use super::lex::{self, SyntaxError};
use super::plain::{self, PlainHost};
use super::text::{Text, all_in, byte_set};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;
use std::str::FromStr;

/// A host. Equality is that of what is written; see [`Host::same_as`] for the RFC's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    Name(HostName),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

/// A name of letters, digits, `-`, `.` and `_`, the last of which no host should have and many do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostName(Text);

/// A host and the port if one is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPort {
    pub host: Host,
    pub port: Option<u16>,
}

impl Host {
    /// The address, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Host::Name(_) => None,
            Host::V4(address) => Some(IpAddr::V4(*address)),
            Host::V6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// Names compare without case.
    pub fn same_as(&self, other: &Host) -> bool {
        match (self, other) {
            (Host::Name(one), Host::Name(two)) => one.0.eq_ignore_ascii_case(&two.0),
            (Host::V4(one), Host::V4(two)) => one == two,
            (Host::V6(one), Host::V6(two)) => one == two,
            (Host::Name(_), Host::V4(_) | Host::V6(_))
            | (Host::V4(_), Host::Name(_) | Host::V6(_))
            | (Host::V6(_), Host::Name(_) | Host::V4(_)) => false,
        }
    }

    /// Of text that has nothing but what a name may have.
    fn name_or_v4(text: &str) -> Host {
        // An address ends with a digit, a name hardly ever.
        if text.as_bytes().last().is_some_and(u8::is_ascii_digit)
            && let Ok(address) = text.parse()
        {
            return Host::V4(address);
        }
        Host::Name(HostName(Text::unbroken(text)))
    }

    pub(crate) fn parse_with_port(text: &str) -> Result<(Host, Option<u16>), SyntaxError> {
        if let Some((host, port, end)) = plain::host_and_port(text.as_bytes(), 0)
            && end == text.len()
        {
            return Ok((Host::of_plain(text, &host), port));
        }
        Host::parse_any_with_port(text)
    }

    /// A host that was found in the text.
    pub(super) fn of_plain(text: &str, host: &PlainHost) -> Host {
        match host {
            PlainHost::Name(place) => Host::name_or_v4(&text[place.clone()]),
            PlainHost::V6(address) => Host::V6(*address),
        }
    }

    pub(super) fn parse_any_with_port(text: &str) -> Result<(Host, Option<u16>), SyntaxError> {
        let after_host = match text.as_bytes().first() {
            Some(b'[') => lex::find(text, b']').ok_or(SyntaxError::Host)? + 1,
            _ => lex::find(text, b':').unwrap_or(text.len()),
        };
        let (host, rest) = text.split_at(after_host);
        let host = lex::trim(host).parse()?;
        let rest = lex::trim(rest);
        if rest.is_empty() {
            return Ok((host, None));
        }
        let port = rest.strip_prefix(':').ok_or(SyntaxError::Host)?;
        Ok((host, Some(number(lex::trim(port))?)))
    }
}

impl HostPort {
    pub fn new(host: Host, port: Option<u16>) -> HostPort {
        HostPort { host, port }
    }
}

impl FromStr for Host {
    type Err = SyntaxError;

    /// # Errors
    /// Neither a name nor an address; an IPv6 address needs its brackets.
    fn from_str(text: &str) -> Result<Host, SyntaxError> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(SyntaxError::Host)?;
            return v6(inner).map(Host::V6);
        }
        if text.is_empty() || !all_in(text.as_bytes(), &NAME_BYTES) {
            return Err(SyntaxError::Host);
        }
        Ok(Host::name_or_v4(text))
    }
}

impl FromStr for HostPort {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<HostPort, SyntaxError> {
        let (host, port) = Host::parse_with_port(text)?;
        Ok(HostPort { host, port })
    }
}

impl HostName {
    /// A name written in the program.
    pub(crate) fn fixed(name: &'static str) -> HostName {
        HostName(Text::from(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Host {
        match address {
            IpAddr::V4(address) => Host::V4(address),
            IpAddr::V6(address) => Host::V6(address),
        }
    }
}

impl From<SocketAddr> for HostPort {
    fn from(address: SocketAddr) -> HostPort {
        HostPort::new(address.ip().into(), Some(address.port()))
    }
}

impl Host {
    pub(crate) fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Host::Name(name) => out.write_str(&name.0),
            Host::V4(address) => write!(out, "{address}"),
            Host::V6(address) => write_v6(out, address),
        }
    }
}

impl HostPort {
    pub(crate) fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        self.host.write_to(out)?;
        write_port(out, self.port)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

/// With the `:` before it, where there is one.
pub(crate) fn write_port(out: &mut impl fmt::Write, port: Option<u16>) -> fmt::Result {
    let Some(port) = port else { return Ok(()) };
    // The `:` and at most five digits, from behind.
    let mut text = [0; 6];
    let mut at = text.len();
    let mut rest = port;
    loop {
        at -= 1;
        text[at] = digit(rest % 10);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    at -= 1;
    text[at] = b':';
    out.write_str(std::str::from_utf8(&text[at..]).unwrap_or_default())
}

/// In brackets, as RFC 5952 wants it and the standard library writes it.
fn write_v6(out: &mut impl fmt::Write, address: &Ipv6Addr) -> fmt::Result {
    if address.to_ipv4_mapped().is_some() {
        return write!(out, "[{address}]");
    }
    let groups = address.segments();
    let gap = longest_gap(&groups);
    // Eight groups of four digits, seven colons and the brackets.
    let mut text = [0; 41];
    let mut length = 0;
    let mut push = |byte| {
        text[length] = byte;
        length += 1;
    };
    push(b'[');
    for (at, &group) in groups.iter().enumerate() {
        if gap.contains(&at) {
            if at == gap.start {
                push(b':');
            }
            if at + 1 == groups.len() {
                push(b':');
            }
            continue;
        }
        if at > 0 {
            push(b':');
        }
        let digits = (16 - group.leading_zeros()).div_ceil(4).max(1);
        for place in (0..digits).rev() {
            push(digit(group >> (4 * place) & 0xf));
        }
    }
    push(b']');
    out.write_str(std::str::from_utf8(&text[..length]).unwrap_or_default())
}

/// The first of the longest runs of two or more groups that are 0.
fn longest_gap(groups: &[u16; 8]) -> Range<usize> {
    let mut longest = 0..0;
    let mut start = 0;
    for (at, &group) in groups.iter().enumerate() {
        if group != 0 {
            start = at + 1;
        } else if at + 1 - start > longest.len().max(1) {
            longest = start..at + 1;
        }
    }
    longest
}

/// Of 0 to 15.
fn digit(value: u16) -> u8 {
    b"0123456789abcdef"[usize::from(value & 0xf)]
}

/// RFC 3261's grammar let one write `:::` before an IPv4 address where two colons are meant, and
/// both are to be understood (RFC 5118 §4.10).
fn v6(text: &str) -> Result<Ipv6Addr, SyntaxError> {
    if let Some(address) = plain_v6(text.as_bytes()) {
        return Ok(address);
    }
    text.parse().or_else(|_| match text.split_once(":::") {
        Some((before, v4)) if v4.parse::<Ipv4Addr>().is_ok() => format!("{before}::{v4}")
            .parse()
            .map_err(|_| SyntaxError::Host),
        _ => Err(SyntaxError::Host),
    })
}

/// An address without an IPv4 one at its end, as nearly all are; `None` where it isn't plainly one.
pub(super) fn plain_v6(text: &[u8]) -> Option<Ipv6Addr> {
    let mut groups = [0_u16; 8];
    let mut count = 0;
    // Behind how many groups the `::` is.
    let mut gap = None;
    let mut rest = text;
    if let [b':', b':', after @ ..] = rest {
        gap = Some(0);
        rest = after;
    }
    while !rest.is_empty() {
        let (group, after) = hex_group(rest)?;
        *groups.get_mut(count)? = group;
        count += 1;
        rest = match after {
            [] => break,
            [b':', b':', after @ ..] if gap.is_none() => {
                gap = Some(count);
                after
            }
            [b':', after @ ..] if !after.is_empty() => after,
            _ => return None,
        };
    }
    let missing = groups.len() - count;
    match (gap, missing) {
        (None, 0) => {}
        // A gap stands for one group at least.
        (None, _) | (Some(_), 0) => return None,
        (Some(gap), _) => {
            for at in (gap..count).rev() {
                groups.swap(at, at + missing);
            }
        }
    }
    Some(Ipv6Addr::from(groups))
}

/// One to four hexadecimal digits, and what follows them.
#[inline]
fn hex_group(text: &[u8]) -> Option<(u16, &[u8])> {
    let digit = |at: usize| match HEX_DIGITS[usize::from(*text.get(at)?)] {
        digit @ ..16 => Some(u16::from(digit)),
        _ => None,
    };
    let mut group = 0;
    for at in 0..4 {
        match digit(at) {
            Some(digit) => group = group << 4 | digit,
            None if at == 0 => return None,
            None => return Some((group, &text[at..])),
        }
    }
    digit(4).is_none().then(|| (group, &text[4..]))
}

/// What a hexadecimal digit stands for; 16 for any other byte.
static HEX_DIGITS: [u8; 256] = {
    let mut digits = [16; 256];
    let mut digit = 0;
    while digit < 16 {
        digits[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digits[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};

/// Digits and nothing else: `str::parse` alone would take a sign.
pub(crate) fn number<T: TryFrom<u64>>(text: &str) -> Result<T, SyntaxError> {
    if text.is_empty() {
        return Err(SyntaxError::Number);
    }
    let add = |number: u64, byte| match byte {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u64::from(byte - b'0')),
        _ => None,
    };
    let number = text.bytes().try_fold(0, add).ok_or(SyntaxError::Number)?;
    T::try_from(number).map_err(|_| SyntaxError::Number)
}

pub(super) const NAME_BYTES: [bool; 256] = byte_set(b"-._");

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn an_address_is_what_the_standard_library_says_it_is() {
        let pieces = [
            "", ":", "::", "0", "1f", "ABCD", "12345", "1.2.3.4", "g", "10",
        ];
        let mut texts = vec![
            "1:2:3:4:5:6:7:8".to_owned(),
            "1:2:3:4:5:6:7::".to_owned(),
            "::2:3:4:5:6:7:8".to_owned(),
            "1:2:3:4::5:6:7:8".to_owned(),
            "1:2:3:4:5:6:7:8:9".to_owned(),
            "1:2:3:4:5:6:7".to_owned(),
            "2001:db8:0:10::6f2".to_owned(),
            "1::2::3".to_owned(),
            "1:2:3:4:5:6:7:8::".to_owned(),
        ];
        for number in 0..100_000_usize {
            let piece = |place: u32| pieces[number / 10_usize.pow(place) % 10];
            texts.push((0..5).map(piece).collect());
        }
        for text in texts {
            let plain = plain_v6(text.as_bytes());
            let whole = text.parse::<Ipv6Addr>().ok();
            if let Some(address) = whole {
                assert_eq!(Host::V6(address).to_string(), format!("[{address}]"));
            }
            assert!(
                plain == whole || (plain.is_none() && text.contains('.')),
                "{text}: {plain:?}, {whole:?}"
            );
        }
    }
}
