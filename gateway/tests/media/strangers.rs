//! RFC 8445 §7.3, RFC 8827 §9: who proves nothing is told nothing, and nobody can be made a target of
//! what we send.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use media::rtp::RtpPacket;
use str0m::crypto::from_feature_flags;
use str0m::ice::{StunMessage, TransId};

use crate::worker::Bench;

/// In which an answer on this machine would long have come.
const SILENCE: Duration = Duration::from_millis(300);

struct Stranger(UdpSocket);

impl Stranger {
    fn new() -> Stranger {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(SILENCE)).unwrap();
        Stranger(socket)
    }

    fn sends(&self, to: SocketAddr, bytes: &[u8]) {
        self.0.send_to(bytes, to).unwrap();
    }

    /// What came back within the silence.
    fn hears(&self) -> Option<Vec<u8>> {
        let mut buffer = [0; 2048];
        let length = self.0.recv(&mut buffer).ok()?;
        Some(buffer[..length].to_vec())
    }
}

/// A value of the gateway's answer.
fn said<'a>(answer: &'a str, name: &str) -> &'a str {
    let lines = answer.lines();
    lines
        .filter_map(|line| line.strip_prefix(name))
        .next()
        .unwrap()
}

/// A check of the browser's, with a password of the gateway's or another.
fn check(answer: &str, user: &str, password: &str) -> Vec<u8> {
    let name = format!("{}:{user}", said(answer, "a=ice-ufrag:"));
    let request = StunMessage::binding_request(&name, TransId::new(), true, 1, 1_000, true);
    let mut bytes = vec![0; 512];
    let hmac = from_feature_flags().sha1_hmac_provider;
    let length = request
        .to_bytes(Some(password.as_bytes()), &mut bytes, |key, parts| {
            hmac.sha1_hmac(key, parts)
        })
        .unwrap();
    bytes.truncate(length);
    bytes
}

fn rtp(number: u16) -> Vec<u8> {
    let packet = RtpPacket {
        payload_type: 96,
        marker: true,
        sequence: number,
        timestamp: u32::from(number) * 3000,
        ssrc: 77,
        payload: vec![0x65; 900],
        ..RtpPacket::default()
    };
    packet.to_bytes()
}

/// A receiver report, a PLI and a FIR: each asks for something.
const REPORTS: [&[u8]; 3] = [
    &[0x80, 201, 0, 1, 0, 0, 0, 77],
    &[0x81, 206, 0, 2, 0, 0, 0, 77, 0, 0, 0, 1],
    &[
        0x84, 206, 0, 4, 0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0, 0, 0,
    ],
];

/// A DTLS record that begins a handshake.
const HELLO: [u8; 25] = [
    22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_stun_message_without_proof_is_not_answered_and_latches_nothing() {
    let mut bench = Bench::start("24000-24099").await;
    let (mut browser, _) = bench.call(1).await;
    let answer = browser.answer.clone();
    let candidate: Vec<&str> = said(&answer, "a=candidate:").split(' ').collect();
    let gateway: SocketAddr = format!("{}:{}", candidate[4], candidate[5])
        .parse()
        .unwrap();
    let stranger = Stranger::new();
    stranger.sends(
        gateway,
        &check(&answer, &browser.user, "of nobody at all, but long"),
    );
    stranger.sends(
        gateway,
        &check(&answer, "nobody", said(&answer, "a=ice-pwd:")),
    );
    stranger.sends(gateway, &HELLO);
    stranger.sends(gateway, &rtp(1));
    for report in REPORTS {
        stranger.sends(gateway, report);
    }
    assert_eq!(stranger.hears(), None);
    // The browser's media is the browser's all the same.
    let start = Instant::now();
    while !browser.connected {
        assert!(start.elapsed() < Duration::from_secs(20));
        browser.turn(Instant::now());
        std::thread::sleep(Duration::from_millis(1));
    }
    // With the proof it is answered, so that the silence above says something.
    let proof = check(&answer, &browser.user, said(&answer, "a=ice-pwd:"));
    let reply = (0..60).find_map(|_| {
        stranger.sends(gateway, &proof);
        stranger.hears()
    });
    let reply = reply.unwrap();
    assert!(
        StunMessage::parse(&reply)
            .unwrap()
            .is_successful_binding_response()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_stranger_sends_to_a_handsets_port_comes_back() {
    let mut bench = Bench::start("24100-24199").await;
    let (_browser, port) = bench.call(1).await;
    let stranger = Stranger::new();
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    for number in 0..40 {
        stranger.sends(at(port), &rtp(number));
        for report in REPORTS {
            stranger.sends(at(port + 1), report);
            stranger.sends(at(port), report);
        }
    }
    let request = StunMessage::binding_request("a:b", TransId::new(), true, 1, 1, false);
    let mut bytes = vec![0; 512];
    let length = request.to_bytes(None, &mut bytes, |_, _| [0; 20]).unwrap();
    stranger.sends(at(port), &bytes[..length]);
    assert_eq!(stranger.hears(), None);
}
