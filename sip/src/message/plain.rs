//! RFC 3261 §19.1.1, §25.1: addresses, Vias and parameters as nearly all write them, found in one
//! pass: no white space but where everyone has it, no escapes in quotes, `sip:`. What isn't written
//! so is no error here; it is read by the longer way, which takes all that the grammar allows.
//! What is found here, that way reads as the same.

use super::host::{self, plain_v6};
use super::params;
use super::text;
use super::uri;
use crate::limits::Limits;
use crate::transport::Transport;
use std::net::Ipv6Addr;
use std::ops::Range;

/// Where in a text the parts of a SIP URI are.
pub(super) struct PlainUri {
    pub(super) user: Option<Range<usize>>,
    pub(super) host: PlainHost,
    pub(super) port: Option<u16>,
    /// Behind the first `;`.
    pub(super) params: Range<usize>,
    pub(super) end: usize,
}

/// A host of any kind. What is read as a name may be an IPv4 address.
pub(super) enum PlainHost {
    Name(Range<usize>),
    V6(Ipv6Addr),
}

/// Where in a text the parts of `"display" <uri>;params` are.
pub(super) struct PlainAddress {
    pub(super) display: Option<Range<usize>>,
    pub(super) uri: PlainUri,
    /// With the first `;`.
    pub(super) params: Range<usize>,
}

/// Where in a text the parts of a Via are.
pub(super) struct PlainVia {
    pub(super) transport: Transport,
    pub(super) host: PlainHost,
    pub(super) port: Option<u16>,
    /// With the first `;`.
    pub(super) params: Range<usize>,
}

/// Finds an address with angle brackets. What follows it has to be looked at.
#[inline]
pub(super) fn address(text: &[u8], at: usize) -> Option<PlainAddress> {
    let mut at = at;
    let mut display = None;
    if text.get(at) == Some(&b'"') {
        let end = after(text, at + 1, QUOTED);
        if end == at + 1 {
            return None;
        }
        display = Some(at + 1..end);
        at = match text.get(end..)? {
            [b'"', b' ', ..] => end + 2,
            [b'"', ..] => end + 1,
            _ => return None,
        };
    }
    if text.get(at) != Some(&b'<') {
        return None;
    }
    let uri = uri(text, at + 1)?;
    if text.get(uri.end) != Some(&b'>') {
        return None;
    }
    let start = uri.end + 1;
    Some(PlainAddress {
        display,
        params: start..params(text, start)?,
        uri,
    })
}

/// Finds a `sip:` URI without password and headers. What follows it has to be looked at: it may be
/// more of it.
#[inline]
pub(super) fn uri(text: &[u8], at: usize) -> Option<PlainUri> {
    if !text.get(at..)?.starts_with(b"sip:") {
        return None;
    }
    let start = at + 4;
    let mut end = after(text, start, HOST);
    let mut user = None;
    if end == start || text.get(end) == Some(&b'@') || is(text, end, USER) {
        let user_end = after(text, end, USER);
        if text.get(user_end) == Some(&b'@') && user_end > start {
            user = Some(start..user_end);
            end = after(text, user_end + 1, HOST);
        } else if text.get(start) != Some(&b'[') {
            return None;
        }
    }
    let host_start = user.as_ref().map_or(start, |user| user.end + 1);
    let (host, end) = host(text, host_start, end)?;
    let (port, end) = port(text, end)?;
    let params_end = uri_params(text, end)?;
    Some(PlainUri {
        user,
        host,
        port,
        params: params_end.min(end + 1)..params_end,
        end: params_end,
    })
}

/// Finds a Via of a transport that is ours. What follows it has to be looked at.
#[inline]
pub(super) fn via(text: &[u8], at: usize) -> Option<PlainVia> {
    let rest = text.get(at..)?.strip_prefix(b"SIP/2.0/")?;
    let (transport, token) = match rest {
        [b'U', b'D', b'P', b' ', ..] => (Transport::Udp, 4),
        [b'T', b'C', b'P', b' ', ..] => (Transport::Tcp, 4),
        [b'T', b'L', b'S', b' ', ..] => (Transport::Tls, 4),
        [b'W', b'S', b' ', ..] => (Transport::Ws, 3),
        [b'W', b'S', b'S', b' ', ..] => (Transport::Wss, 4),
        _ => return None,
    };
    let start = text.len() - rest.len() + token;
    let (host, port, end) = host_and_port(text, start)?;
    Some(PlainVia {
        transport,
        host,
        port,
        params: end..params(text, end)?,
    })
}

/// Finds a host and the port behind it, if there is one, and where they end.
#[inline]
pub(super) fn host_and_port(text: &[u8], at: usize) -> Option<(PlainHost, Option<u16>, usize)> {
    let (host, end) = host(text, at, after(text, at, HOST))?;
    let (port, end) = port(text, end)?;
    Some((host, port, end))
}

/// Finds the end of a list of parameters that starts with a `;`, if there is one here: no white
/// space, no escapes, and no more of them than we accept.
#[inline]
pub(super) fn params(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    let mut count = 0;
    while text.get(at) == Some(&b';') {
        count += 1;
        let name = at + 1;
        at = after(text, name, TOKEN);
        if at == name || count > Limits::PARAMS {
            return None;
        }
        if text.get(at) != Some(&b'=') {
            continue;
        }
        at += 1;
        if text.get(at) != Some(&b'"') {
            at = after(text, at, PLAIN);
            continue;
        }
        at = after(text, at + 1, QUOTED);
        if text.get(at) != Some(&b'"') {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// The host between two places, or one in brackets from the first of them, and where it ends.
#[inline]
fn host(text: &[u8], start: usize, end: usize) -> Option<(PlainHost, usize)> {
    if end > start {
        return Some((PlainHost::Name(start..end), end));
    }
    if text.get(start) != Some(&b'[') {
        return None;
    }
    let end = after(text, start + 1, V6);
    if text.get(end) != Some(&b']') {
        return None;
    }
    let address = plain_v6(text.get(start + 1..end)?)?;
    Some((PlainHost::V6(address), end + 1))
}

/// The port, if there is a `:`, and where it ends.
#[inline]
fn port(text: &[u8], at: usize) -> Option<(Option<u16>, usize)> {
    if text.get(at) != Some(&b':') {
        return Some((None, at));
    }
    let mut port = 0_u16;
    let mut end = at + 1;
    while let Some(digit @ b'0'..=b'9') = text.get(end) {
        port = port.checked_mul(10)?.checked_add(u16::from(digit - b'0'))?;
        end += 1;
    }
    (end > at + 1).then_some((Some(port), end))
}

/// The end of the parameters of a URI, if there is a `;` here.
#[inline]
fn uri_params(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    let mut count = 0;
    while text.get(at) == Some(&b';') {
        count += 1;
        let name = at + 1;
        at = after(text, name, URI_PARAM);
        if at == name || text[name] == b'=' || count > Limits::PARAMS {
            return None;
        }
    }
    Some(at)
}

/// Where the bytes of a class that start here end.
#[inline(always)]
fn after(text: &[u8], at: usize, class: u8) -> usize {
    let mut at = at;
    while let Some(block) = block::<8>(text, at)
        && block.iter().fold(class, |all, &byte| all & class_of(byte)) != 0
    {
        at += block.len();
    }
    if let Some(block) = block::<4>(text, at)
        && block.iter().fold(class, |all, &byte| all & class_of(byte)) != 0
    {
        at += block.len();
    }
    while is(text, at, class) {
        at += 1;
    }
    at
}

#[inline(always)]
fn block<const SIZE: usize>(text: &[u8], at: usize) -> Option<&[u8; SIZE]> {
    text.get(at..at.wrapping_add(SIZE))?.first_chunk()
}

#[inline(always)]
fn is(text: &[u8], at: usize, class: u8) -> bool {
    text.get(at)
        .is_some_and(|&byte| class_of(byte) & class != 0)
}

#[inline(always)]
fn class_of(byte: u8) -> u8 {
    CLASSES[usize::from(byte)]
}

/// In the name of a host.
const HOST: u8 = 1;
/// In the user of a URI, which needs no `:` here: no password.
const USER: u8 = 1 << 1;
/// In a parameter of a URI, its `=` included.
const URI_PARAM: u8 = 1 << 2;
const TOKEN: u8 = 1 << 3;
/// In the value of a parameter without quotes.
const PLAIN: u8 = 1 << 4;
/// Between quotes, but for escapes.
const QUOTED: u8 = 1 << 5;
/// In an IPv6 address.
const V6: u8 = 1 << 6;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let in_uri = uri::can_have(byte);
        let param = in_uri && !matches!(byte, b'@' | b';' | b'?');
        let mut class = 0;
        if host::NAME_BYTES[at] {
            class |= HOST;
        }
        if param && byte != b':' {
            class |= USER;
        }
        if param {
            class |= URI_PARAM;
        }
        if text::TOKEN_BYTES[at] {
            class |= TOKEN;
        }
        if params::PLAIN_BYTES[at] {
            class |= PLAIN;
        }
        if !matches!(byte, b'"' | b'\\' | b'\r' | b'\n') {
            class |= QUOTED;
        }
        if byte.is_ascii_hexdigit() || byte == b':' {
            class |= V6;
        }
        classes[at] = class;
        at += 1;
    }
    classes
};
