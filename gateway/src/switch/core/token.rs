//! RFC 5626 §5.2: flow tokens. A token in a Path or Record-Route of ours says by which flow the
//! device behind it is reached, signed, so that nobody can make up a way through us.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use sip::transport::{FlowId, Hop, Transport};
use subtle::ConstantTimeEq;

/// Transport, flow, address and port.
const PLAIN_BYTES: usize = 1 + 8 + 16 + 2;
/// 80 bits, as in the RFC's own example.
const SIGNATURE_BYTES: usize = 10;
/// Set beside the transport for an address that is written as IPv6, mapped or not.
const IPV6: u8 = 0x10;

/// Writes and reads tokens. The key is drawn at each start: a connection does not outlive us
/// either, and a device that is told 430 registers again (§4.3).
pub struct Tokens {
    key: [u8; 32],
}

impl Tokens {
    pub fn new(key: [u8; 32]) -> Tokens {
        Tokens { key }
    }

    pub fn write(&self, hop: &Hop) -> String {
        let mut plain = [0; PLAIN_BYTES];
        plain[0] = number(hop.transport) | if hop.remote.is_ipv6() { IPV6 } else { 0 };
        plain[1..9].copy_from_slice(&hop.flow.0.to_be_bytes());
        let address = match hop.remote.ip() {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        plain[9..25].copy_from_slice(&address.octets());
        plain[25..].copy_from_slice(&hop.remote.port().to_be_bytes());
        let mut bytes = plain.to_vec();
        bytes.extend_from_slice(&self.sign(&plain));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The flow a token of ours names; `None` for what is not signed by us.
    pub fn read(&self, token: &str) -> Option<Hop> {
        let mut bytes = [0; PLAIN_BYTES + SIGNATURE_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(token, &mut bytes).ok()?;
        if length != bytes.len() {
            return None;
        }
        let (plain, signature) = bytes.split_at(PLAIN_BYTES);
        if !bool::from(self.sign(plain).ct_eq(signature)) {
            return None;
        }
        let wanted = plain[0] & !IPV6;
        let transport = ALL.into_iter().find(|one| number(*one) == wanted)?;
        let flow = FlowId(u64::from_be_bytes(plain[1..9].try_into().ok()?));
        let address: [u8; 16] = plain[9..25].try_into().ok()?;
        let address = match Ipv6Addr::from(address).to_ipv4_mapped() {
            Some(address) if plain[0] & IPV6 == 0 => IpAddr::V4(address),
            Some(_) | None => IpAddr::V6(address.into()),
        };
        let port = u16::from_be_bytes(plain[25..].try_into().ok()?);
        Some(Hop {
            transport,
            flow,
            remote: SocketAddr::new(address, port),
        })
    }

    fn sign(&self, plain: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(b"sidecam flow");
        mac.update(plain);
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut signature = [0; SIGNATURE_BYTES];
        signature.copy_from_slice(&whole[..SIGNATURE_BYTES]);
        signature
    }
}

/// Says nothing of the key.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

const ALL: [Transport; 5] = [
    Transport::Udp,
    Transport::Tcp,
    Transport::Tls,
    Transport::Ws,
    Transport::Wss,
];

fn number(transport: Transport) -> u8 {
    match transport {
        Transport::Udp => 0,
        Transport::Tcp => 1,
        Transport::Tls => 2,
        Transport::Ws => 3,
        Transport::Wss => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_flow_to_who_made_it_and_no_letter_of_it_can_be_changed() {
        let tokens = Tokens::new([7; 32]);
        for remote in ["192.0.2.9:5060", "[2001:db8::9]:1", "[::ffff:192.0.2.9]:1"] {
            for transport in ALL {
                let hop = Hop {
                    transport,
                    flow: FlowId(u64::MAX - 3),
                    remote: remote.parse().unwrap(),
                };
                let token = tokens.write(&hop);
                assert_eq!(tokens.read(&token), Some(hop));
                assert_eq!(Tokens::new([8; 32]).read(&token), None);
                for at in 0..token.len() {
                    let mut letters = token.clone().into_bytes();
                    letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
                    let changed = String::from_utf8(letters).unwrap();
                    // The last letter has bits to spare that say nothing; they must be zero.
                    assert_eq!(tokens.read(&changed), None, "{changed}");
                }
            }
        }
        for text in ["", "AAAA", "not base64!", &"A".repeat(500)] {
            assert_eq!(tokens.read(text), None);
        }
    }
}
