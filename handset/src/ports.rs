//! RFC 3550 §11: an even port for RTP, the next one for RTCP; two for pictures, two for sound.

use std::{
    io,
    net::{IpAddr, SocketAddr},
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

/// Pairs are looked for from here up to [`LAST`], above what servers usually take for media.
const FIRST: u16 = 40_000;
const LAST: u16 = 59_996;
/// So many pairs are tried; when all are taken something else is wrong.
const TRIES: usize = 100;

impl Ports {
    /// Binds a pair. `random` decides where the search begins.
    ///
    /// # Errors
    /// When no pair is free, or the address is not this machine's.
    pub async fn bind(address: IpAddr, random: u32) -> io::Result<Self> {
        let pairs = u32::from(LAST - FIRST) / 4 + 1;
        let mut last_error = io::Error::from(io::ErrorKind::AddrInUse);
        for step in 0..TRIES as u32 {
            let rtp_port = FIRST + 4 * (random.wrapping_add(step * 7) % pairs) as u16;
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
