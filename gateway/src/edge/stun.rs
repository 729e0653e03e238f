//! STUN, as far as it is needed to find the leg of a new address (RFC 8489 §5, RFC 8445 §7.2.2).

const HEADER_BYTES: usize = 20;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const USERNAME: u16 = 0x0006;

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
}
