//! A browser's media: ICE, DTLS and SRTP on a socket of its own or on none, sending pictures made of
//! nothing.

use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use sip::sdp;
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

/// Packets of one picture.
pub const PACKETS: usize = 4;

/// Bytes of payload of each.
const PAYLOAD_BYTES: usize = 1000;

/// A sequence and a picture parameter set in one STAP-A (RFC 6184 §5.7.1).
const PARAMETER_SETS: &[u8] = &[
    0x78, 0, 8, 0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x8d, 0x40, 0x50, 0, 4, 0x68, 0xce, 0x3c, 0x80,
];

const IDR_SLICE: u8 = 5;
const SLICE: u8 = 1;

pub struct Browser {
    rtc: Rtc,
    /// Without one, what it sends is kept in `sent`.
    socket: Option<UdpSocket>,
    pub sent: Vec<Vec<u8>>,
    pub local: SocketAddr,
    /// Its part of the STUN user names, and the gateway's answer.
    pub user: String,
    pub answer: String,
    mid: Option<Mid>,
    payload_type: Pt,
    pending: Option<SdpPendingOffer>,
    pub connected: bool,
    sequence: u64,
    pictures: u32,
    keyframe_wanted: bool,
    /// What came, in packets.
    pub received: u64,
}

impl Browser {
    pub fn new(now: Instant) -> Browser {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let local = socket.local_addr().unwrap();
        Browser::at(local, Some(socket), now)
    }

    /// One whose datagrams are carried by whoever has it.
    pub fn without_socket(local: SocketAddr, now: Instant) -> Browser {
        Browser::at(local, None, now)
    }

    fn at(local: SocketAddr, socket: Option<UdpSocket>, now: Instant) -> Browser {
        let config = RtcConfig::new().clear_codecs().set_rtp_mode(true);
        let mut rtc = config.enable_h264(true).build(now);
        rtc.add_local_candidate(Candidate::host(local, "udp").unwrap());
        Browser {
            rtc,
            socket,
            sent: Vec::new(),
            local,
            user: String::new(),
            answer: String::new(),
            mid: None,
            payload_type: 0.into(),
            pending: None,
            connected: false,
            sequence: 1,
            pictures: 0,
            keyframe_wanted: true,
            received: 0,
        }
    }

    pub fn offer(&mut self, direction: Direction) -> String {
        let mut api = self.rtc.sdp_api();
        self.mid = Some(api.add_media(MediaKind::Video, direction, None, None, None));
        let (offer, pending) = api.apply().unwrap();
        self.pending = Some(pending);
        let offer = offer.to_sdp_string();
        let mut lines = offer.lines();
        let user = lines.find_map(|line| line.strip_prefix("a=ice-ufrag:"));
        self.user = user.unwrap_or_default().to_owned();
        offer
    }

    pub fn take_answer(&mut self, answer: &str) {
        self.answer = answer.to_owned();
        let description = sdp::Description::parse(answer.as_bytes()).unwrap();
        self.payload_type = description.media[0].payload_types[0].number.into();
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
    }

    /// Sends one picture; the first and those that were asked for are keyframes. Gives the number of
    /// packets.
    pub fn shoot(&mut self, now: Instant) -> usize {
        let is_keyframe = std::mem::take(&mut self.keyframe_wanted);
        self.pictures += 1;
        let mut sent = PACKETS;
        if is_keyframe {
            self.write(PARAMETER_SETS.to_vec(), false, now);
            sent += 1;
        }
        let kind = if is_keyframe { IDR_SLICE } else { SLICE };
        for index in 0..PACKETS {
            // An FU-A (RFC 6184 §5.8); the slice begins at macroblock 0.
            let mut payload = vec![0x88; PAYLOAD_BYTES];
            let start = if index == 0 { 0x80 } else { 0 };
            let end = if index == PACKETS - 1 { 0x40 } else { 0 };
            payload[0] = 0x60 | 28;
            payload[1] = start | end | kind;
            self.write(payload, end != 0, now);
        }
        sent
    }

    fn write(&mut self, payload: Vec<u8>, marker: bool, now: Instant) {
        let sequence = self.sequence.into();
        self.sequence += 1;
        let timestamp = self.pictures.wrapping_mul(3000);
        let write = RtpWrite::new(self.payload_type, sequence, timestamp, now, payload)
            .marker(marker)
            .nackable(true);
        let mut api = self.rtc.direct_api();
        api.stream_tx_by_mid(self.mid.unwrap(), None)
            .unwrap()
            .write_rtp(write);
        self.turn_timers(now);
    }

    /// Takes what came and does what is due.
    pub fn turn(&mut self, now: Instant) {
        let mut buffer = [0; 2048];
        while let Some(Ok((length, source))) =
            self.socket.as_ref().map(|one| one.recv_from(&mut buffer))
        {
            self.receive(source, &buffer[..length], now);
        }
        self.turn_timers(now);
    }

    pub fn receive(&mut self, source: SocketAddr, bytes: &[u8], now: Instant) {
        let receive = Receive {
            proto: Protocol::Udp,
            source,
            destination: self.local,
            contents: bytes.try_into().unwrap(),
        };
        let _ = self.rtc.handle_input(Input::Receive(now, receive));
        self.drain();
    }

    fn turn_timers(&mut self, now: Instant) {
        let _ = self.rtc.handle_input(Input::Timeout(now));
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(transmit) => match &self.socket {
                    Some(socket) => {
                        let _ = socket.send_to(&transmit.contents, transmit.destination);
                    }
                    None => self.sent.push(transmit.contents.to_vec()),
                },
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(_)) => self.received += 1,
                Output::Event(Event::KeyframeRequest(_)) => self.keyframe_wanted = true,
                Output::Event(_) => {}
            }
        }
    }
}
