//! Pairs of UDP ports for plain RTP: an even one for RTP, the next for RTCP (RFC 3550 §11).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use thiserror::Error;

use super::datagrams::Socket;

/// What the kernel keeps of RTP while the worker is busy: several keyframes.
const RTP_KERNEL_BYTES: usize = 512 * 1024;

/// The same of RTCP.
const RTCP_KERNEL_BYTES: usize = 64 * 1024;

/// The ports that calls may use. Clones share the place of the next try.
#[derive(Debug, Clone)]
pub struct PortRange {
    first: u16,
    pairs: u32,
    next: Arc<AtomicU32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PortRangeError {
    #[error("'{0}' is not a range of ports such as 30000-39999")]
    Syntax(String),
    #[error("the range {0} holds no pair of an even port and its next")]
    Empty(String),
}

/// A bound pair.
#[derive(Debug)]
pub struct PortPair {
    pub rtp: Socket,
    pub rtcp: Socket,
    port: u16,
}

impl PortPair {
    pub fn rtp_port(&self) -> u16 {
        self.port
    }
}

impl PortRange {
    /// Reads `first-last`.
    pub fn parse(text: &str) -> Result<PortRange, PortRangeError> {
        let bounds = text.split_once('-').and_then(|(first, last)| {
            let first = first.trim().parse::<u16>().ok()?;
            let last = last.trim().parse::<u16>().ok()?;
            Some((first, last))
        });
        let Some((first, last)) = bounds else {
            return Err(PortRangeError::Syntax(text.to_owned()));
        };
        let first = first.checked_add(first % 2);
        match first {
            Some(first) if first > 0 && last > first => Ok(PortRange {
                first,
                pairs: (u32::from(last) + 1 - u32::from(first)) / 2,
                next: Arc::new(AtomicU32::new(0)),
            }),
            Some(_) | None => Err(PortRangeError::Empty(text.to_owned())),
        }
    }

    /// Binds the next free pair. Every pair is tried once.
    ///
    /// # Errors
    /// None is free.
    pub fn bind(&self, address: IpAddr) -> std::io::Result<PortPair> {
        let mut last_error = None;
        for _ in 0..self.pairs {
            let index = self.next.fetch_add(1, Ordering::Relaxed) % self.pairs;
            let port = self.first + 2 * index as u16;
            match bind_pair(address, port) {
                Ok(pair) => return Ok(pair),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.unwrap_or_else(|| std::io::Error::other("no ports in the range")))
    }
}

fn bind_pair(address: IpAddr, port: u16) -> std::io::Result<PortPair> {
    Ok(PortPair {
        rtp: Socket::bind(SocketAddr::new(address, port), RTP_KERNEL_BYTES)?,
        rtcp: Socket::bind(SocketAddr::new(address, port + 1), RTCP_KERNEL_BYTES)?,
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_or_refused_with_their_text() {
        for (text, expected) in [
            ("30000-39999", Ok((30000, 5000))),
            ("30001-30004", Ok((30002, 1))),
            ("65534-65535", Ok((65534, 1))),
            ("30000", Err(PortRangeError::Syntax("30000".to_owned()))),
            ("a-b", Err(PortRangeError::Syntax("a-b".to_owned()))),
            (
                "40000-30000",
                Err(PortRangeError::Empty("40000-30000".to_owned())),
            ),
            (
                "65535-65535",
                Err(PortRangeError::Empty("65535-65535".to_owned())),
            ),
        ] {
            let read = PortRange::parse(text).map(|range| (range.first, range.pairs));
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn pairs_are_even_and_odd_and_never_shared() {
        let range = PortRange::parse("42000-42999").unwrap();
        let address = "127.0.0.1".parse().unwrap();
        let first = range.bind(address).unwrap();
        let second = range.bind(address).unwrap();
        assert_eq!(first.rtp_port() % 2, 0);
        assert_eq!(
            first.rtcp.local_addr().unwrap().port(),
            first.rtp_port() + 1
        );
        assert_ne!(first.rtp_port(), second.rtp_port());
    }
}
