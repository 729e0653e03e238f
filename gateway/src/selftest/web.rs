//! RFC 8825: the media of a stand-in for a browser: ICE, DTLS, SRTP, a camera and a screen. Knows neither
//! sockets nor the time.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use media::rtp::RtpPacket;
use media::rtp::reorder::ReorderBuffer;
use sip::sdp::{Description, Kind};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};

use super::camera::{Camera, PICTURES_PER_SECOND, Screen, Seen};

/// How far the connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Connection {
    /// Nobody answered by UDP.
    New,
    /// Packets pass (RFC 8445).
    Reached,
    /// And are protected (RFC 5764).
    Secured,
}

/// One call's media.
pub(super) struct Web {
    rtc: Rtc,
    local: SocketAddr,
    connection: Connection,
    mid: Option<Mid>,
    payload_type: u8,
    pending: Option<SdpPendingOffer>,
    camera: Camera,
    next_picture: Option<Instant>,
    sequence: u64,
    screen: Screen,
    in_order: ReorderBuffer,
    source: Option<Ssrc>,
    asked_at: Option<Instant>,
    next_timeout: Instant,
    transmits: VecDeque<(SocketAddr, Vec<u8>)>,
}

/// Between two wishes for a keyframe: one has time to arrive.
const ASK_AGAIN: Duration = Duration::from_millis(300);

/// Loopback or one network: what comes later than this is lost.
const REORDERED_WITHIN: Duration = Duration::from_millis(200);

impl Web {
    /// # Errors
    /// The codec is not there, or the address is none that could be offered.
    pub(super) fn new(local: SocketAddr, now: Instant) -> anyhow::Result<Web> {
        let config = RtcConfig::new().clear_codecs().set_rtp_mode(true);
        let mut rtc = config.enable_vp8(true).build(now);
        rtc.add_local_candidate(Candidate::host(local, "udp")?);
        Ok(Web {
            rtc,
            local,
            connection: Connection::New,
            mid: None,
            payload_type: 0,
            pending: None,
            camera: Camera::new()?,
            next_picture: None,
            sequence: 1,
            screen: Screen::new()?,
            in_order: ReorderBuffer::new(REORDERED_WITHIN),
            source: None,
            asked_at: None,
            next_timeout: now,
            transmits: VecDeque::new(),
        })
    }

    /// An offer to show, and to watch where the direction says so.
    ///
    /// # Errors
    /// There is nothing to offer.
    pub(super) fn offer(&mut self, direction: Direction) -> anyhow::Result<String> {
        let mut api = self.rtc.sdp_api();
        self.mid = Some(api.add_media(MediaKind::Video, direction, None, None, None));
        let (offer, pending) = api.apply().context("nothing to offer")?;
        self.pending = Some(pending);
        Ok(offer.to_sdp_string())
    }

    /// The answer to our offer: from now on the camera runs.
    ///
    /// # Errors
    /// A browser could not read it.
    pub(super) fn take_answer(&mut self, answer: &str, now: Instant) -> anyhow::Result<()> {
        self.payload_type = payload_type(answer)?;
        let answer = SdpAnswer::from_sdp_string(answer)?;
        let pending = self.pending.take().context("nothing was offered")?;
        self.rtc.sdp_api().accept_answer(pending, answer)?;
        self.next_picture = Some(now);
        self.drain(now)
    }

    /// The answer to an offer to watch.
    ///
    /// # Errors
    /// A browser could not read it.
    pub(super) fn answer(&mut self, offer: &str, now: Instant) -> anyhow::Result<String> {
        let offer = SdpOffer::from_sdp_string(offer)?;
        let answer = self.rtc.sdp_api().accept_offer(offer)?.to_sdp_string();
        self.drain(now)?;
        Ok(answer)
    }

    pub(super) fn connection(&self) -> Connection {
        self.connection
    }

    pub(super) fn seen(&self) -> Seen {
        self.screen.seen()
    }

    pub(super) fn handle(
        &mut self,
        from: SocketAddr,
        bytes: &[u8],
        now: Instant,
    ) -> anyhow::Result<()> {
        // What no browser would read, it passes over.
        let Ok(contents) = bytes.try_into() else {
            return Ok(());
        };
        let receive = Receive {
            proto: Protocol::Udp,
            source: from,
            destination: self.local,
            contents,
        };
        self.rtc.handle_input(Input::Receive(now, receive))?;
        self.drain(now)?;
        self.watch(now)
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> anyhow::Result<()> {
        self.rtc.handle_input(Input::Timeout(now))?;
        self.drain(now)?;
        self.watch(now)?;
        if self.connection == Connection::Secured
            && self.next_picture.is_some_and(|next| next <= now)
        {
            self.next_picture = Some(now + Duration::from_secs(1) / PICTURES_PER_SECOND);
            self.shoot(now)?;
        }
        Ok(())
    }

    pub(super) fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.transmits.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Instant {
        match self.next_picture {
            Some(next) if self.connection == Connection::Secured => next.min(self.next_timeout),
            Some(_) | None => self.next_timeout,
        }
    }

    fn shoot(&mut self, now: Instant) -> anyhow::Result<()> {
        let (Some(mid), Some(shot)) = (self.mid, self.camera.shoot()?) else {
            return Ok(());
        };
        for payload in shot.payloads {
            let sequence = self.sequence.into();
            self.sequence += 1;
            let number = self.payload_type.into();
            let write = RtpWrite::new(number, sequence, shot.timestamp, now, payload.bytes);
            let mut api = self.rtc.direct_api();
            let stream = api.stream_tx_by_mid(mid, None);
            let stream = stream.ok_or_else(|| anyhow!("there is no stream to send"))?;
            stream.write_rtp(write.marker(payload.marker).nackable(true));
            self.rtc.handle_input(Input::Timeout(now))?;
            self.drain(now)?;
        }
        Ok(())
    }

    /// A session is drained after each packet: it holds one at a time.
    fn drain(&mut self, now: Instant) -> anyhow::Result<()> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(next) => {
                    self.next_timeout = next;
                    return Ok(());
                }
                Output::Transmit(transmit) => {
                    let bytes = transmit.contents.to_vec();
                    self.transmits.push_back((transmit.destination, bytes));
                }
                Output::Event(event) => self.event(event, now),
            }
        }
    }

    fn event(&mut self, event: Event, now: Instant) {
        match event {
            Event::IceConnectionStateChange(
                IceConnectionState::Connected | IceConnectionState::Completed,
            ) => self.connection = self.connection.max(Connection::Reached),
            Event::Connected => self.connection = Connection::Secured,
            Event::MediaAdded(added) => self.mid = Some(added.mid),
            Event::KeyframeRequest(_) => self.camera.force_keyframe(),
            Event::RtpPacket(packet) => {
                self.source = Some(packet.header.ssrc);
                let taken = RtpPacket {
                    payload_type: *packet.header.payload_type,
                    marker: packet.header.marker,
                    sequence: packet.header.sequence_number,
                    timestamp: packet.header.timestamp,
                    ssrc: *packet.header.ssrc,
                    contributing: Vec::new(),
                    extension: None,
                    payload: packet.payload.to_vec(),
                };
                self.in_order.push(*packet.seq_no, taken, now);
            }
            // str0m's own list, of which the rest says nothing to a picture.
            _ => {}
        }
    }

    /// Shows what is in order by now, and asks for a keyframe when something is missing.
    fn watch(&mut self, now: Instant) -> anyhow::Result<()> {
        let mut wish = false;
        while let Some(packet) = self.in_order.pop(now) {
            match packet.payload.is_empty() {
                true => self.screen.skip(packet.sequence),
                false => self.screen.show(&packet),
            }
            wish |= self.screen.take_wish();
        }
        if !wish || self.asked_at.is_some_and(|at| now < at + ASK_AGAIN) {
            return Ok(());
        }
        self.asked_at = Some(now);
        let mut api = self.rtc.direct_api();
        if let Some(stream) = self.source.and_then(|source| api.stream_rx(&source)) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
        self.rtc.handle_input(Input::Timeout(now))?;
        self.drain(now)
    }
}

/// The first format of the first video line that is taken.
fn payload_type(answer: &str) -> anyhow::Result<u8> {
    let description = Description::parse(answer.as_bytes())?;
    let mut lines = description.media.iter();
    let video = lines.find(|media| media.kind == Kind::Video && media.port != 0);
    let first = video.and_then(|video| video.payload_types.first());
    Ok(first.context("no video was taken")?.number)
}
