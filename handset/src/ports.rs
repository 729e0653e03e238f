//! RFC 3550 §11: an even port for RTP, the next one for RTCP; two for pictures, two for sound.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
};

use tokio::net::UdpSocket;

/// The four sockets of a call. Each call has its own, so that what is late of one call does not
/// reach the next.
pub struct Ports {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    /// Of sound: two above that of pictures, whether the call has any or not.
    pub audio_rtp: UdpSocket,
    pub audio_rtcp: UdpSocket,
    pub rtp_port: u16,
}

/// Where they are looked for first, above what servers usually take for media, and next: the first of
/// the four is in there.
const RANGES: [RangeInclusive<u16>; 2] = [40_000..=59_996, 10_000..=65_532];
/// So many pairs are tried; when all are taken something else is wrong.
const TRIES: usize = 100;

impl Ports {
    /// Binds four that are none of the spared ones. `random` decides where the search begins.
    ///
    /// # Errors
    /// When none are free, or the address is not this machine's.
    pub async fn bind(
        address: IpAddr,
        random: u32,
        spared: Option<&RangeInclusive<u16>>,
    ) -> io::Result<Self> {
        let mut last_error = io::Error::from(io::ErrorKind::AddrInUse);
        for rtp_port in candidates(random, spared) {
            match Self::bind_at(address, rtp_port).await {
                Ok(ports) => return Ok(ports),
                Err(error) => last_error = error,
            }
        }
        Err(last_error)
    }

    async fn bind_at(address: IpAddr, rtp_port: u16) -> io::Result<Self> {
        let rtp = UdpSocket::bind(SocketAddr::new(address, rtp_port)).await?;
        let rtcp = UdpSocket::bind(SocketAddr::new(address, rtp_port + 1)).await?;
        let audio_rtp = UdpSocket::bind(SocketAddr::new(address, rtp_port + 2)).await?;
        let audio_rtcp = UdpSocket::bind(SocketAddr::new(address, rtp_port + 3)).await?;
        Ok(Self {
            rtp,
            rtcp,
            audio_rtp,
            audio_rtcp,
            rtp_port,
        })
    }
}

/// The first ports to try, all of one range: the first that has any.
fn candidates(random: u32, spared: Option<&RangeInclusive<u16>>) -> impl Iterator<Item = u16> {
    let is_free = |first: &u16| {
        let four = *first..=first.saturating_add(3);
        spared.is_none_or(|spared| spared.end() < four.start() || four.end() < spared.start())
    };
    let free = |range: RangeInclusive<u16>| range.step_by(4).filter(is_free).collect::<Vec<_>>();
    let all = RANGES.into_iter().map(free);
    let free = all.into_iter().find(|free| !free.is_empty());
    let free = free.unwrap_or_default();
    (0..TRIES.min(free.len())).map(move |step| {
        let at = (random as usize).wrapping_add(step * 7) % free.len();
        free[at]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_looked_for_where_nobody_else_has_his() {
        let within = |random, spared: Option<RangeInclusive<u16>>, range: RangeInclusive<u16>| {
            let found: Vec<u16> = candidates(random, spared.as_ref()).collect();
            assert_eq!(found.len(), TRIES, "{spared:?}");
            let is_right = |port: &u16| port.is_multiple_of(4) && range.contains(port);
            assert!(found.iter().all(is_right), "{spared:?}: {found:?}");
        };
        within(u32::MAX, None, 40_000..=59_996);
        within(7, Some(30_000..=39_999), 40_000..=59_996);
        within(9, Some(30_000..=50_001), 50_004..=59_996);
        within(0, Some(40_000..=60_000), 10_000..=39_996);
        assert_eq!(candidates(3, Some(&(0..=65_535))).count(), 0);
    }
}
