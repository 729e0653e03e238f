//! RFC 3550 §6.3, RFC 4585 §6 and RFC 5104 §4: what the peer's RTCP means to a leg.

use std::time::Instant;

use super::{Event, KeyframeRequest, Output, Session, State};
use crate::rtp::rtcp::{self, FirEntry, Missing, RateEntry, ReportBlock, Rtcp};

impl Session {
    pub(super) fn handle_rtcp(&mut self, bytes: &[u8], now: Instant) {
        let Ok(packets) = rtcp::parse(bytes) else {
            self.counters.malformed += 1;
            return;
        };
        self.counters.received_rtcp += 1;
        self.heard(now);
        for packet in packets {
            self.handle_rtcp_packet(packet, now);
        }
    }

    fn handle_rtcp_packet(&mut self, packet: Rtcp, now: Instant) {
        match packet {
            Rtcp::SenderReport {
                ssrc,
                info,
                reports,
            } => {
                self.counters.received_sender_reports += 1;
                if let Some(source) = self
                    .inbound
                    .source
                    .as_mut()
                    .filter(|source| source.ssrc() == ssrc)
                {
                    source.reported(info.ntp, now);
                    self.outputs.push_back(Output::Event(Event::SenderReport {
                        ntp: info.ntp,
                        rtp_timestamp: info.rtp_timestamp,
                    }));
                }
                self.handle_reports(&reports, now);
            }
            Rtcp::ReceiverReport { reports, .. } => {
                self.counters.received_receiver_reports += 1;
                self.handle_reports(&reports, now);
            }
            // A leg carries one stream each way, so a request that names another SSRC (some
            // peers write 0) can only mean ours.
            Rtcp::PictureLoss { .. } => self.event(Event::KeyframeRequested(KeyframeRequest::Pli)),
            Rtcp::FullIntraRequest { sender, entries } => self.handle_fir(sender, &entries),
            Rtcp::Nack { missing, .. } => self.send_again(&missing, now),
            Rtcp::Bye { sources, reason } => self.handle_bye(&sources, reason),
            Rtcp::RateRequest { sender, entries } => {
                self.handle_rate_request(sender, &entries, now);
            }
            Rtcp::RateNotification { .. } | Rtcp::SourceDescription(_) | Rtcp::Other { .. } => {}
        }
    }

    fn handle_reports(&mut self, reports: &[ReportBlock], now: Instant) {
        let Some(wall) = self.wall(now) else { return };
        for report in reports
            .iter()
            .filter(|report| report.ssrc == self.outbound.ssrc)
        {
            let round_trip = report.round_trip(wall);
            self.outputs.push_back(Output::Event(Event::PeerReport {
                report: *report,
                round_trip,
            }));
        }
    }

    /// A FIR that keeps its number asks for nothing new: the picture that it wants is on its way.
    fn handle_fir(&mut self, sender: u32, entries: &[FirEntry]) {
        let ours = entries
            .iter()
            .find(|entry| entry.ssrc == self.outbound.ssrc);
        let number = ours
            .or(entries.first())
            .map(|entry| (sender, entry.sequence));
        if number.is_some() && number == self.fir_heard {
            self.counters.repeated_fir += 1;
            return;
        }
        self.fir_heard = number;
        self.event(Event::KeyframeRequested(KeyframeRequest::Fir));
    }

    fn send_again(&mut self, missing: &[Missing], now: Instant) {
        if !self.feedback.nack {
            return;
        }
        for number in missing.iter().flat_map(|entry| entry.numbers()) {
            if let Some(bytes) = self.outbound.again(number, now) {
                self.counters.resent += 1;
                self.outputs.push_back(Output::Rtp(bytes));
            }
        }
    }

    /// The limit counts the headers of every packet, our encoder does not (RFC 5104 §4.2.1.1). It
    /// is taken as it is, and said so at once (§4.2.2).
    fn handle_rate_request(&mut self, sender: u32, entries: &[RateEntry], now: Instant) {
        if !self.feedback.tmmbr {
            return;
        }
        let ours = self.outbound.ssrc;
        let Some(entry) = entries.iter().find(|entry| entry.ssrc == ours) else {
            return;
        };
        let packets_per_second = self.outbound.packets_per_second(now);
        let headers = f64::from(entry.overhead_bytes) * 8.0 * packets_per_second;
        let payload = entry.bits_per_second.saturating_sub(headers as u64);
        self.event(Event::RateLimit {
            bits_per_second: u32::try_from(payload).unwrap_or(u32::MAX),
        });
        let has_room =
            matches!(&self.state, State::Running(running) if running.schedule.room_at() <= now);
        if has_room {
            let kept = RateEntry {
                ssrc: sender,
                ..*entry
            };
            let notification = Rtcp::RateNotification {
                sender: ours,
                entries: vec![kept],
            };
            self.report(vec![notification], now);
        }
    }

    /// A BYE for a source that was left before is no end (RFC 3550 §8.2: a peer that changes its
    /// SSRC says BYE to the old one).
    fn handle_bye(&mut self, sources: &[u32], reason: Option<String>) {
        if self
            .inbound
            .source
            .as_ref()
            .is_some_and(|source| !sources.contains(&source.ssrc()))
        {
            return;
        }
        self.inbound.forget();
        self.asking.clear();
        self.event(Event::PeerBye { reason });
    }
}
