//! STUN, as far as it is needed: to find the leg of a new address on a media port (RFC 8489 §5,
//! RFC 8445 §7.2.2), and to answer keepalives on the SIP port (RFC 5626 §3.5.2, §8).

use std::net::{IpAddr, SocketAddr};

const HEADER_BYTES: usize = 20;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_RESPONSE: [u8; 2] = [0x01, 0x01];
const BINDING_ERROR: [u8; 2] = [0x01, 0x11];

const MAPPED_ADDRESS: u16 = 0x0001;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
const REALM: u16 = 0x0014;
const NONCE: u16 = 0x0015;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;

/// Types from here on may be passed over (RFC 8489 §14).
const OPTIONAL: u16 = 0x8000;

/// Attributes that are named in a 420. A keepalive has none.
const UNKNOWN_AT_MOST: usize = 8;

/// Whether a datagram on the SIP port is STUN: no SIP message starts with two zero bits
/// (RFC 5626 §8.1).
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| first & 0xc0 == 0) && datagram.len() >= HEADER_BYTES
}

/// The answer to a Binding request: the address it came from, which tells the phone when its
/// translator forgot it (RFC 5626 §4.4.2). `None` for everything else.
pub fn answer(datagram: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
    let (header, attributes) = datagram.split_at_checked(HEADER_BYTES)?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if !header.starts_with(&BINDING_REQUEST) || length != attributes.len() || length % 4 != 0 {
        return None;
    }
    let unknown = unknown_attributes(attributes)?;
    if !unknown.is_empty() {
        let mut body = attribute(ERROR_CODE, &[0, 0, 4, 20]);
        let named: Vec<u8> = unknown.iter().flat_map(|kind| kind.to_be_bytes()).collect();
        body.extend(attribute(UNKNOWN_ATTRIBUTES, &named));
        return Some(message(BINDING_ERROR, header, &body));
    }
    // A client of RFC 3489 sends no cookie and knows no XOR (RFC 8489 §11).
    let has_cookie = header[4..8] == MAGIC_COOKIE;
    let (kind, mask) = match has_cookie {
        true => (XOR_MAPPED_ADDRESS, &header[4..20]),
        false => (MAPPED_ADDRESS, &[0; 16][..]),
    };
    let body = attribute(kind, &mapped(from, mask));
    Some(message(BINDING_RESPONSE, header, &body))
}

/// Those that must be understood and are not; `None` where the attributes do not fit the message.
fn unknown_attributes(mut rest: &[u8]) -> Option<Vec<u16>> {
    let mut unknown = Vec::new();
    while !rest.is_empty() {
        let (head, value) = rest.split_at_checked(4)?;
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        rest = value.get(length.div_ceil(4) * 4..)?;
        let known = [USERNAME, MESSAGE_INTEGRITY, REALM, NONCE].contains(&kind);
        if kind < OPTIONAL && !known && unknown.len() < UNKNOWN_AT_MOST {
            unknown.push(kind);
        }
    }
    Some(unknown)
}

/// RFC 8489 §14.2: port and address, each byte combined with the mask (cookie and transaction).
fn mapped(from: SocketAddr, mask: &[u8]) -> Vec<u8> {
    let (family, address) = match from.ip() {
        IpAddr::V4(address) => (1, address.octets().to_vec()),
        IpAddr::V6(address) => (2, address.octets().to_vec()),
    };
    let masked = |bytes: &[u8]| -> Vec<u8> {
        let pairs = bytes.iter().zip(mask);
        pairs.map(|(byte, mask)| byte ^ mask).collect()
    };
    let mut value = vec![0, family];
    value.extend(masked(&from.port().to_be_bytes()));
    value.extend(masked(&address));
    value
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    // Nothing written here is longer than a few addresses.
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    let mut bytes = kind.to_be_bytes().to_vec();
    bytes.extend(length.to_be_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().div_ceil(4) * 4, 0);
    bytes
}

/// A response to the request with that header.
fn message(kind: [u8; 2], request: &[u8], body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
    let mut bytes = kind.to_vec();
    bytes.extend(length.to_be_bytes());
    bytes.extend(&request[4..HEADER_BYTES]);
    bytes.extend(body);
    bytes
}

/// The receiver's part of the user name in a STUN request: what stands before the colon.
pub fn local_user(datagram: &[u8]) -> Option<&str> {
    if datagram.len() < HEADER_BYTES || datagram[0] & 0xc0 != 0 || datagram[4..8] != MAGIC_COOKIE {
        return None;
    }
    let mut rest = &datagram[HEADER_BYTES..];
    while rest.len() >= 4 {
        let kind = u16::from_be_bytes([rest[0], rest[1]]);
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let value = rest.get(4..4 + length)?;
        if kind == USERNAME {
            let name = std::str::from_utf8(value).ok()?;
            return name.split(':').next();
        }
        let padded = length.div_ceil(4) * 4;
        rest = rest.get(4 + padded..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0, 1, 0, 0];
        bytes.extend(MAGIC_COOKIE);
        bytes.extend([7; 12]);
        for (kind, value) in attributes {
            bytes.extend(kind.to_be_bytes());
            bytes.extend((value.len() as u16).to_be_bytes());
            bytes.extend(*value);
            bytes.resize(bytes.len().div_ceil(4) * 4, 0);
        }
        bytes
    }

    #[test]
    fn the_user_name_is_found_behind_other_attributes() {
        let bytes = request(&[(0x8022, b"abc"), (USERNAME, b"ours:theirs")]);
        assert_eq!(local_user(&bytes), Some("ours"));
    }

    #[test]
    fn what_is_no_stun_request_has_no_user() {
        let whole = request(&[(USERNAME, b"ours:theirs!")]);
        for length in 0..whole.len() {
            assert_eq!(local_user(&whole[..length]), None, "{length} bytes");
        }
        assert_eq!(local_user(&[0x80; 64]), None);
        assert_eq!(local_user(&request(&[])), None);
    }

    /// RFC 5769 §2.2 and §2.3: the addresses of its sample responses, in the XOR form of its texts.
    #[test]
    fn a_keepalive_is_told_the_address_it_came_from() {
        let mut request = vec![0, 1, 0, 0];
        request.extend(MAGIC_COOKIE);
        request.extend(*b"\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae");
        assert!(is_stun(&request));
        let four = answer(&request, "192.0.2.1:32853".parse().unwrap()).unwrap();
        assert_eq!(four[..2], BINDING_RESPONSE);
        assert_eq!(four[4..20], request[4..20]);
        assert_eq!(
            four[20..],
            *b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"
        );
        let from = "[2001:db8:1234:5678:11:2233:4455:6677]:32853";
        let six = answer(&request, from.parse().unwrap()).unwrap();
        assert_eq!(
            six[20..],
            *b"\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9"
        );
    }

    #[test]
    fn a_client_without_the_cookie_gets_its_address_plainly() {
        let mut request = vec![0, 1, 0, 0];
        request.extend([7; 16]);
        let answer = answer(&request, "192.0.2.1:5060".parse().unwrap()).unwrap();
        assert_eq!(answer[20..], [0, 1, 0, 8, 0, 1, 0x13, 0xc4, 192, 0, 2, 1]);
    }

    #[test]
    fn an_attribute_that_must_be_understood_and_is_not_is_named_in_a_420() {
        // CHANGE-REQUEST of RFC 3489, and SOFTWARE, which may be passed over.
        let mut request = request(&[(0x8022, b"abc"), (0x0003, &[0; 4])]);
        request[3] = 16;
        let answer = answer(&request, "192.0.2.1:5060".parse().unwrap()).unwrap();
        assert_eq!(answer[..2], BINDING_ERROR);
        assert_eq!(answer[20..28], [0, 9, 0, 4, 0, 0, 4, 20]);
        assert_eq!(answer[28..], [0, 10, 0, 2, 0, 3, 0, 0]);
    }

    #[test]
    fn what_is_no_binding_request_gets_no_answer() {
        let from = "192.0.2.1:5060".parse().unwrap();
        let mut whole = request(&[(0x8022, b"abcd")]);
        whole[3] = 8;
        assert!(answer(&whole, from).is_some());
        for length in 0..whole.len() {
            assert_eq!(answer(&whole[..length], from), None, "{length} bytes");
        }
        let mut response = whole.clone();
        response[..2].copy_from_slice(&BINDING_RESPONSE);
        assert_eq!(answer(&response, from), None);
        assert!(!is_stun(b"OPTIONS sip:a@b SIP/2.0\r\n"));
    }
}
