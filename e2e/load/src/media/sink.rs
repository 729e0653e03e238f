//! The plain end of all calls: one UDP port that takes RTP, notes when and whose it was, reports
//! as RTCP wants (RFC 3550 §6.4.2) and, when told to, sends everything back.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ::media::rtp::RtpPacket;
use anyhow::{Context, Result};
use socket2::SockRef;
use tokio::sync::watch;

use super::figures::Times;
use super::picture::Stamp;

pub struct Sink {
    shared: Arc<Shared>,
}

struct Shared {
    began: Instant,
    rtp: UdpSocket,
    rtcp: UdpSocket,
    echoes: AtomicBool,
    heard: Mutex<Heard>,
    moments: watch::Sender<Moments>,
}

/// What the plain phone's signalling told of its newest call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moments {
    /// When its 200 was ready to be sent.
    pub answered: Option<Instant>,
    /// When the ACK came.
    pub acknowledged: Option<Instant>,
    /// How often it was asked for a keyframe by INFO (RFC 5168).
    pub wishes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Answered,
    Acknowledged,
    Wished,
}

/// Takes packets one by one; `None` is the end of them.
pub type Tap = mpsc::Sender<Option<RtpPacket>>;

/// A packet that arrived.
#[derive(Debug, Clone, Copy)]
pub struct Arrived {
    pub timestamp: u32,
    pub ends_picture: bool,
    pub at: Instant,
}

#[derive(Default)]
struct Heard {
    counts: Counts,
    /// Every packet, while somebody wants it so.
    arrivals: Option<Vec<Arrived>>,
    /// Who is shown every packet.
    tap: Option<Tap>,
    /// In the order in which the calls were expected.
    destinations: Vec<SocketAddr>,
    /// Where media of a call comes from, and what is known of it.
    calls: HashMap<SocketAddr, Call>,
}

/// What came in since it was asked last.
#[derive(Debug, Default, Clone)]
pub struct Counts {
    pub packets: u64,
    pub bytes: u64,
    /// Ends of pictures.
    pub pictures: u64,
    /// Packets with a stamp of ours.
    pub stamped: u64,
    /// From leaving the browser to arriving here.
    pub one_way: Times,
}

struct Call {
    payload_type: u8,
    ssrc: u32,
    /// Of the sender, for reports; sequence numbers without their rollovers.
    source: Option<(u32, u32)>,
    /// The sequence number of what was sent last.
    sent: u16,
}

const RECEIVE_BYTES: usize = 8 << 20;
/// Ports below those that the system hands out: an even one, and the next for RTCP.
const FIRST_PORT: u16 = 20_000;
const LAST_PORT: u16 = 30_000;
/// A gateway may take 20 s without a report for the end.
const REPORT_EVERY: Duration = Duration::from_secs(3);

impl Sink {
    pub fn open(address: IpAddr, began: Instant) -> Result<Sink> {
        let pair = (FIRST_PORT..LAST_PORT).step_by(2).find_map(|port| {
            let rtp = UdpSocket::bind((address, port)).ok()?;
            // What the system allows: less only means more drops, which are counted.
            let _ = SockRef::from(&rtp).set_recv_buffer_size(RECEIVE_BYTES);
            Some((rtp, UdpSocket::bind((address, port + 1)).ok()?))
        });
        let (rtp, rtcp) = pair.context("no pair of ports is free")?;
        let shared = Arc::new(Shared {
            began,
            rtp,
            rtcp,
            echoes: AtomicBool::new(false),
            heard: Mutex::default(),
            moments: watch::Sender::default(),
        });
        let listening = Arc::clone(&shared);
        thread::spawn(move || listening.listen());
        let reporting = Arc::clone(&shared);
        thread::spawn(move || reporting.report());
        Ok(Sink { shared })
    }

    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.shared.rtp.local_addr()?)
    }

    /// Media of another call will come from there.
    pub fn expect(&self, from: SocketAddr, payload_type: u8) {
        let mut heard = self.shared.heard();
        let ssrc = 0x7000_0000 + heard.calls.len() as u32;
        heard.destinations.push(from);
        heard.calls.insert(
            from,
            Call {
                payload_type,
                ssrc,
                source: None,
                sent: 0,
            },
        );
    }

    /// Sends a picture to where the call with this number takes media.
    pub fn send(&self, number: usize, timestamp: u32, payloads: &[Vec<u8>]) -> Result<()> {
        let mut heard = self.shared.heard();
        let to = *heard.destinations.get(number).context("no such call")?;
        let call = heard.calls.get_mut(&to).context("no such call")?;
        for (place, payload) in payloads.iter().enumerate() {
            call.sent = call.sent.wrapping_add(1);
            let marker = if place + 1 == payloads.len() { 0x80 } else { 0 };
            let mut packet = vec![0x80, marker | call.payload_type];
            packet.extend(call.sent.to_be_bytes());
            packet.extend(timestamp.to_be_bytes());
            packet.extend(call.ssrc.to_be_bytes());
            packet.extend(payload);
            // A full buffer is loss, and counted as such by who misses it.
            let _ = self.shared.rtp.send_to(&packet, to);
        }
        Ok(())
    }

    /// From here on every packet is noted.
    pub fn note_arrivals(&self) {
        self.shared.heard().arrivals = Some(Vec::new());
    }

    /// What was noted; from here on nothing is.
    pub fn take_arrivals(&self) -> Vec<Arrived> {
        self.shared.heard().arrivals.take().unwrap_or_default()
    }

    /// Nothing of earlier calls comes any more.
    pub fn forget_all(&self) {
        let mut heard = self.shared.heard();
        heard.calls.clear();
        heard.destinations.clear();
        heard.tap = None;
        self.shared.moments.send_replace(Moments::default());
    }

    /// From here on every packet is shown to somebody.
    pub fn tap(&self, tap: Tap) {
        self.shared.heard().tap = Some(tap);
    }

    /// The first answer and the first ACK of a call count, and every wish.
    pub fn note(&self, moment: Moment) {
        let now = Instant::now();
        self.shared.moments.send_modify(|moments| match moment {
            Moment::Answered => {
                moments.answered.get_or_insert(now);
            }
            Moment::Acknowledged => {
                moments.acknowledged.get_or_insert(now);
            }
            Moment::Wished => moments.wishes += 1,
        });
    }

    pub fn moments(&self) -> watch::Receiver<Moments> {
        self.shared.moments.subscribe()
    }

    /// Datagrams that the kernel dropped because nobody here took them in time (proc_net(5)).
    pub fn dropped(&self) -> u64 {
        let Ok(port) = self.address().map(|address| address.port()) else {
            return 0;
        };
        let table = std::fs::read_to_string("/proc/net/udp").unwrap_or_default();
        drops_at(&table, port).unwrap_or(0)
    }

    pub fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.shared.heard().counts)
    }

    pub fn echo(&self, on: Echo) {
        self.shared.echoes.store(on == Echo::On, Ordering::Relaxed);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    On,
    Off,
}

impl Shared {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self) {
        let mut packet = [0; 2048];
        loop {
            let Ok((length, from)) = self.rtp.recv_from(&mut packet) else {
                continue;
            };
            let now = Instant::now();
            self.take(&mut packet[..length], from, now);
        }
    }

    fn take(&self, packet: &mut [u8], from: SocketAddr, now: Instant) {
        // RTP's version, and not RTCP on the same port (RFC 5761 §4).
        let is_rtp = packet.len() > 12 && packet[0] >> 6 == 2 && !(192..=223).contains(&packet[1]);
        if !is_rtp {
            return;
        }
        let stamp = Stamp::read(&packet[12..]);
        let mut heard = self.heard();
        if let Some(arrivals) = &mut heard.arrivals {
            arrivals.push(Arrived {
                timestamp: u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]),
                ends_picture: packet[1] >> 7 == 1,
                at: now,
            });
        }
        if let Some(tap) = &heard.tap
            && let Ok(packet) = RtpPacket::parse(packet)
        {
            // Who looks no more needs no packet.
            let _ = tap.send(Some(packet));
        }
        let counts = &mut heard.counts;
        counts.packets += 1;
        counts.bytes += packet.len() as u64;
        counts.pictures += u64::from(packet[1] >> 7);
        if let Some(stamp) = stamp {
            counts.stamped += 1;
            let age = now.duration_since(self.began).saturating_sub(stamp.left);
            counts.one_way.add(age);
        }
        let Some(call) = heard.calls.get_mut(&from) else {
            return;
        };
        call.note(packet);
        let echo = self.echoes.load(Ordering::Relaxed).then(|| {
            call.sent = call.sent.wrapping_add(1);
            (call.ssrc, call.sent)
        });
        drop(heard);
        if let Some((ssrc, sequence)) = echo {
            packet[2..4].copy_from_slice(&sequence.to_be_bytes());
            packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
            // A full buffer is loss, and counted as such by who misses it.
            let _ = self.rtp.send_to(packet, from);
        }
    }

    fn report(&self) {
        loop {
            thread::sleep(REPORT_EVERY);
            let reports: Vec<_> = {
                let heard = self.heard();
                heard
                    .calls
                    .iter()
                    .map(|(from, call)| (*from, call.report()))
                    .collect()
            };
            for (from, report) in reports {
                let to = SocketAddr::new(from.ip(), from.port() | 1);
                let _ = self.rtcp.send_to(&report, to);
            }
        }
    }
}

/// The last column of a port's line.
fn drops_at(table: &str, port: u16) -> Option<u64> {
    let ends = format!(":{port:04X}");
    let mut lines = table.lines().map(str::split_whitespace);
    let line = lines.find(|words| words.clone().nth(1).is_some_and(|own| own.ends_with(&ends)))?;
    line.last()?.parse().ok()
}

impl Call {
    fn note(&mut self, packet: &[u8]) {
        let sequence = u32::from(u16::from_be_bytes([packet[2], packet[3]]));
        let ssrc = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
        let rollovers = match self.source {
            Some((known, highest)) if known == ssrc => {
                let back = (highest & 0xffff) > sequence + 0x8000;
                (highest >> 16) + u32::from(back)
            }
            Some(_) | None => 0,
        };
        self.source = Some((ssrc, rollovers << 16 | sequence));
    }

    /// A receiver report without loss, and a name (RFC 3550 §6.4.2, §6.5).
    fn report(&self) -> Vec<u8> {
        let mut packet = Vec::with_capacity(64);
        match self.source {
            Some((ssrc, highest)) => {
                packet.extend([0x81, 201, 0, 7]);
                packet.extend(self.ssrc.to_be_bytes());
                packet.extend(ssrc.to_be_bytes());
                packet.extend([0; 4]);
                packet.extend(highest.to_be_bytes());
                packet.extend([0; 12]);
            }
            None => {
                packet.extend([0x80, 201, 0, 1]);
                packet.extend(self.ssrc.to_be_bytes());
            }
        }
        packet.extend([0x81, 202, 0, 3]);
        packet.extend(self.ssrc.to_be_bytes());
        packet.extend([1, 4]);
        packet.extend(b"load");
        packet.extend([0; 2]);
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u16) -> Vec<u8> {
        let mut packet = vec![0x80, 98];
        packet.extend(sequence.to_be_bytes());
        packet.extend([0, 0, 0, 1, 0, 0, 0, 5, 0x41]);
        packet
    }

    #[test]
    fn what_is_expected_is_counted_and_sent_back_when_asked() {
        let sink = Sink::open([127, 0, 0, 1].into(), Instant::now()).unwrap();
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        sink.expect(peer.local_addr().unwrap(), 98);
        sink.echo(Echo::On);
        peer.send_to(&packet(9), sink.address().unwrap()).unwrap();
        let mut back = [0; 100];
        let length = peer.recv(&mut back).unwrap();
        assert_eq!(back[2..4], [0, 1]);
        assert_eq!(back[12..length], [0x41]);
        assert_eq!(sink.dropped(), 0);
        assert_eq!(sink.take_counts().packets, 1);
        assert_eq!(sink.take_counts().packets, 0);
    }

    #[test]
    fn drops_are_those_of_the_port_alone() {
        let table = "  sl  local_address ...  drops\n\
             7: 0100007F:4E20 00000000:0000 07 0:0 00:0 0 0 0 1 2 ffff 5\n\
             8: 0100007F:4E21 00000000:0000 07 0:0 00:0 0 0 0 1 2 ffff 9\n";
        assert_eq!(drops_at(table, 20_001), Some(9));
        assert_eq!(drops_at(table, 20_002), None);
    }

    #[test]
    fn a_report_names_the_highest_sequence_number_beyond_a_rollover() {
        let mut call = Call {
            payload_type: 98,
            ssrc: 1,
            source: None,
            sent: 0,
        };
        assert_eq!(call.report().len(), 8 + 16);
        call.note(&packet(65_535));
        call.note(&packet(0));
        assert_eq!(call.source, Some((5, 0x1_0000)));
        assert_eq!(call.report().len(), 32 + 16);
    }
}
