//! RFC 3550 §6: RTCP; with the messages of RFC 4585 and RFC 5104 in [`feedback`].
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |V=2|P| RC/FMT  |      PT       |     length in words - 1       |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  SR: SSRC, NTP (64), RTP timestamp, packets, octets           |
//! |  RR: SSRC; both then report blocks of six words               |
//! |  RTPFB, PSFB: SSRC of sender, SSRC of media, information      |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

mod feedback;

use std::time::Duration;

pub use feedback::{FirEntry, MAX_MISSING, Missing, RateEntry};

/// One packet of a compound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rtcp {
    SenderReport {
        ssrc: u32,
        info: SenderInfo,
        reports: Vec<ReportBlock>,
    },
    ReceiverReport {
        ssrc: u32,
        reports: Vec<ReportBlock>,
    },
    SourceDescription(Vec<Chunk>),
    Bye {
        sources: Vec<u32>,
        reason: Option<String>,
    },
    PictureLoss {
        sender: u32,
        media: u32,
    },
    FullIntraRequest {
        sender: u32,
        entries: Vec<FirEntry>,
    },
    /// Packets that the receiver misses and wants sent once more.
    Nack {
        sender: u32,
        media: u32,
        missing: Vec<Missing>,
    },
    /// TMMBR: the receiver wants no more than this.
    RateRequest {
        sender: u32,
        entries: Vec<RateEntry>,
    },
    /// TMMBN: the sender keeps to this.
    RateNotification {
        sender: u32,
        entries: Vec<RateEntry>,
    },
    /// A kind that is not known here, passed over.
    Other {
        packet_type: u8,
    },
}

/// What a sender says of its own stream (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    pub ntp: NtpTime,
    /// The same moment on the stream's clock.
    pub rtp_timestamp: u32,
    pub packets: u32,
    /// Payload bytes, without headers and padding.
    pub octets: u32,
}

/// What a receiver says of one source (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReportBlock {
    pub ssrc: u32,
    /// Since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Negative when there were more duplicates than losses; 24 bits on the wire.
    pub cumulative_lost: i32,
    pub highest_sequence: u32,
    /// In ticks of the stream's clock.
    pub jitter: u32,
    /// The middle 32 bits of the last sender report's time; 0 when there was none.
    pub last_sender_report: u32,
    /// In units of 1/65536 s.
    pub delay_since_last: u32,
}

/// One source's description; of the items only the canonical name is kept (RFC 3550 §6.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    pub ssrc: u32,
    pub cname: Option<String>,
}

/// Seconds since 1900 in 32.32 fixed point (RFC 3550 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NtpTime(pub u64);

/// Why a datagram is not RTCP. The sender erred; it is dropped and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtcpError {
    #[error("{bytes} bytes are no RTCP packet")]
    Truncated { bytes: usize },
    #[error("RTCP version {0} instead of 2")]
    Version(u8),
    #[error("the packet of type {packet_type} is shorter than its lists")]
    Malformed { packet_type: u8 },
}

/// Reads a compound. Packets after one that cannot be read are lost, those before it are kept:
/// a peer's broken extension should not cost its report.
///
/// # Errors
/// [`RtcpError`] when not even the first packet can be read.
pub fn parse(bytes: &[u8]) -> Result<Vec<Rtcp>, RtcpError> {
    let mut packets = Vec::new();
    let mut rest = bytes;
    loop {
        match parse_one(&mut rest) {
            Ok(packet) => packets.push(packet),
            Err(error) if packets.is_empty() => return Err(error),
            Err(_) => return Ok(packets),
        }
        if rest.is_empty() || packets.len() == MAX_PACKETS {
            return Ok(packets);
        }
    }
}

impl Rtcp {
    /// Appends the packet. Lists longer than the header's five-bit count are cut to 31 entries.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0x80, 0, 0, 0]);
        let (count, packet_type) = match self {
            Rtcp::SenderReport {
                ssrc,
                info,
                reports,
            } => {
                push_u32(out, *ssrc);
                out.extend_from_slice(&info.ntp.0.to_be_bytes());
                push_u32(out, info.rtp_timestamp);
                push_u32(out, info.packets);
                push_u32(out, info.octets);
                (write_reports(out, reports), SENDER_REPORT)
            }
            Rtcp::ReceiverReport { ssrc, reports } => {
                push_u32(out, *ssrc);
                (write_reports(out, reports), RECEIVER_REPORT)
            }
            Rtcp::SourceDescription(chunks) => {
                let chunks = &chunks[..chunks.len().min(MAX_COUNT)];
                chunks.iter().for_each(|chunk| write_chunk(out, chunk));
                (chunks.len(), SOURCE_DESCRIPTION)
            }
            Rtcp::Bye { sources, reason } => {
                let sources = &sources[..sources.len().min(MAX_COUNT)];
                sources.iter().for_each(|source| push_u32(out, *source));
                if let Some(reason) = reason {
                    push_text(out, reason);
                    pad_to_word(out, start);
                }
                (sources.len(), BYE)
            }
            Rtcp::PictureLoss { sender, media } => feedback::write_pli(out, *sender, *media),
            Rtcp::FullIntraRequest { sender, entries } => {
                feedback::write_fir(out, *sender, entries)
            }
            Rtcp::Nack {
                sender,
                media,
                missing,
            } => feedback::write_nack(out, (*sender, *media), missing),
            Rtcp::RateRequest { sender, entries } => {
                feedback::write_rates(out, *sender, entries);
                (feedback::FORMAT_TMMBR, TRANSPORT_FEEDBACK)
            }
            Rtcp::RateNotification { sender, entries } => {
                feedback::write_rates(out, *sender, entries);
                (feedback::FORMAT_TMMBN, TRANSPORT_FEEDBACK)
            }
            Rtcp::Other { packet_type } => (0, *packet_type),
        };
        out[start] |= count as u8;
        out[start + 1] = packet_type;
        let words = (out.len() - start) / 4 - 1;
        out[start + 2..start + 4].copy_from_slice(&(words as u16).to_be_bytes());
    }
}

/// A compound as one datagram.
pub fn to_bytes(packets: &[Rtcp]) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    packets.iter().for_each(|packet| packet.write(&mut out));
    out
}

impl NtpTime {
    /// From the time since 1970-01-01 UTC.
    pub fn from_unix(since_1970: Duration) -> NtpTime {
        NtpTime((SECONDS_1900_TO_1970 << 32).wrapping_add(fixed_point(since_1970)))
    }

    pub fn plus(self, later: Duration) -> NtpTime {
        NtpTime(self.0.wrapping_add(fixed_point(later)))
    }

    /// Seconds since 1900 or since a later rollover; to tell times apart.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 4_294_967_296.0
    }

    /// The middle 32 bits, in units of 1/65536 s.
    pub fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

impl ReportBlock {
    /// The round trip, given when the report came (RFC 3550 §6.4.1); `None` before the peer has
    /// seen a sender report, or when its numbers make no sense.
    pub fn round_trip(&self, arrived: NtpTime) -> Option<Duration> {
        if self.last_sender_report == 0 {
            return None;
        }
        let units = arrived
            .middle()
            .wrapping_sub(self.last_sender_report)
            .wrapping_sub(self.delay_since_last);
        // Half the number space or more is a negative time.
        (units < 1 << 31).then(|| Duration::from_secs_f64(f64::from(units) / 65536.0))
    }
}

fn parse_one(rest: &mut &[u8]) -> Result<Rtcp, RtcpError> {
    let truncated = RtcpError::Truncated { bytes: rest.len() };
    let header = *rest.first_chunk::<4>().ok_or(truncated)?;
    let version = header[0] >> 6;
    if version != 2 {
        return Err(RtcpError::Version(version));
    }
    let words = usize::from(u16::from_be_bytes([header[2], header[3]])) + 1;
    let (packet, left) = rest.split_at_checked(words * 4).ok_or(truncated)?;
    *rest = left;
    let packet_type = header[1];
    let mut body = &packet[4..];
    if header[0] & 0x20 != 0 {
        let padding = usize::from(body.last().copied().unwrap_or(0));
        let kept = body
            .len()
            .checked_sub(padding)
            .ok_or(RtcpError::Malformed { packet_type })?;
        body = &body[..kept];
    }
    let count = usize::from(header[0] & 0x1f);
    let parsed = match (packet_type, count) {
        (SENDER_REPORT, _) => parse_sender_report(body, count),
        (RECEIVER_REPORT, _) => parse_receiver_report(body, count),
        (SOURCE_DESCRIPTION, _) => parse_description(body, count),
        (BYE, _) => parse_bye(body, count),
        (TRANSPORT_FEEDBACK, format) => feedback::parse_transport(format, body),
        (PAYLOAD_FEEDBACK, format) => feedback::parse_payload(format, body),
        (packet_type, _) => Some(Rtcp::Other { packet_type }),
    };
    parsed.ok_or(RtcpError::Malformed { packet_type })
}

fn parse_sender_report(mut body: &[u8], count: usize) -> Option<Rtcp> {
    let ssrc = take_u32(&mut body)?;
    let ntp = u64::from(take_u32(&mut body)?) << 32 | u64::from(take_u32(&mut body)?);
    let info = SenderInfo {
        ntp: NtpTime(ntp),
        rtp_timestamp: take_u32(&mut body)?,
        packets: take_u32(&mut body)?,
        octets: take_u32(&mut body)?,
    };
    Some(Rtcp::SenderReport {
        ssrc,
        info,
        reports: parse_reports(body, count)?,
    })
}

fn parse_receiver_report(mut body: &[u8], count: usize) -> Option<Rtcp> {
    let ssrc = take_u32(&mut body)?;
    Some(Rtcp::ReceiverReport {
        ssrc,
        reports: parse_reports(body, count)?,
    })
}

fn parse_reports(mut body: &[u8], count: usize) -> Option<Vec<ReportBlock>> {
    (0..count).map(|_| parse_report(&mut body)).collect()
}

fn parse_report(body: &mut &[u8]) -> Option<ReportBlock> {
    let ssrc = take_u32(body)?;
    let losses = take_u32(body)?;
    Some(ReportBlock {
        ssrc,
        fraction_lost: (losses >> 24) as u8,
        // Shifted up and down again to spread the sign of the 24 bits.
        cumulative_lost: (losses << 8) as i32 >> 8,
        highest_sequence: take_u32(body)?,
        jitter: take_u32(body)?,
        last_sender_report: take_u32(body)?,
        delay_since_last: take_u32(body)?,
    })
}

fn parse_description(body: &[u8], count: usize) -> Option<Rtcp> {
    let mut rest = body;
    let mut chunks = Vec::with_capacity(count);
    for _ in 0..count {
        chunks.push(parse_chunk(&mut rest)?);
    }
    Some(Rtcp::SourceDescription(chunks))
}

fn parse_chunk(rest: &mut &[u8]) -> Option<Chunk> {
    let chunk = *rest;
    let mut at = 4;
    let ssrc = take_u32(rest)?;
    let mut cname = None;
    loop {
        // A chunk that ends without its null item is taken as it is.
        let kind = chunk.get(at).copied().unwrap_or(0);
        if kind == 0 {
            let end = (at / 4 + 1) * 4;
            *rest = chunk.get(end..).unwrap_or(&[]);
            return Some(Chunk { ssrc, cname });
        }
        let length = usize::from(*chunk.get(at + 1)?);
        let text = chunk.get(at + 2..at + 2 + length)?;
        if kind == CNAME {
            cname = Some(String::from_utf8_lossy(text).into_owned());
        }
        at += 2 + length;
    }
}

fn parse_bye(mut body: &[u8], count: usize) -> Option<Rtcp> {
    let sources = (0..count)
        .map(|_| take_u32(&mut body))
        .collect::<Option<Vec<_>>>()?;
    let reason = body
        .split_first()
        .and_then(|(length, text)| text.get(..usize::from(*length)));
    let reason = reason.map(|text| String::from_utf8_lossy(text).into_owned());
    Some(Rtcp::Bye { sources, reason })
}

fn write_reports(out: &mut Vec<u8>, reports: &[ReportBlock]) -> usize {
    let reports = &reports[..reports.len().min(MAX_COUNT)];
    for report in reports {
        let lost = report.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        push_u32(out, report.ssrc);
        push_u32(out, u32::from(report.fraction_lost) << 24 | lost);
        push_u32(out, report.highest_sequence);
        push_u32(out, report.jitter);
        push_u32(out, report.last_sender_report);
        push_u32(out, report.delay_since_last);
    }
    reports.len()
}

fn write_chunk(out: &mut Vec<u8>, chunk: &Chunk) {
    let start = out.len();
    push_u32(out, chunk.ssrc);
    if let Some(cname) = &chunk.cname {
        out.push(CNAME);
        push_text(out, cname);
    }
    // At least one zero ends the items (RFC 3550 §6.5).
    out.push(0);
    pad_to_word(out, start);
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    let text = &text.as_bytes()[..text.len().min(255)];
    out.push(text.len() as u8);
    out.extend_from_slice(text);
}

fn pad_to_word(out: &mut Vec<u8>, start: usize) {
    let length = (out.len() - start).next_multiple_of(4);
    out.resize(start + length, 0);
}

fn push_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    let (word, left) = rest.split_first_chunk::<4>()?;
    *rest = left;
    Some(u32::from_be_bytes(*word))
}

fn fixed_point(time: Duration) -> u64 {
    let fraction = (u64::from(time.subsec_nanos()) << 32) / 1_000_000_000;
    (time.as_secs() << 32).wrapping_add(fraction)
}

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const BYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const CNAME: u8 = 1;
const SECONDS_1900_TO_1970: u64 = 2_208_988_800;
/// The header counts entries in five bits.
const MAX_COUNT: usize = 31;
/// Packets read from one datagram: a sensible compound has three to five.
const MAX_PACKETS: usize = 32;
