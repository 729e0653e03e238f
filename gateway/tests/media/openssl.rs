//! RFC 5764 §4.1, RFC 8827 §6.5: OpenSSL in the place of a browser's DTLS. Which protections of media are
//! agreed, that media under the one that every browser must have comes through, and what is refused.

use std::fs;
use std::io::Read;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use media::rtp::RtpPacket;
use sha2::{Digest, Sha256};
use sidecam_gateway::bridge::latch::{Loopback, PlainRules};
use sidecam_gateway::bridge::web_leg::{VideoLine, install_cryptography};
use sidecam_gateway::bridge::{
    Bridge, BridgeEvent, BridgeReply, Flows, Input, LostCause, Output, Side, Step,
};
use sidecam_gateway::switch::offer::offered_h264;
use sip::sdp::Direction;
use str0m::crypto::{Aes128CmSha1_80, CryptoProvider, from_feature_flags};

use crate::browser::Browser;
use crate::worker::plan;

/// Longer than a handshake takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// In which a handshake that is refused would long have been done.
const GIVEN_UP: Duration = Duration::from_secs(1);

const WORKER: &str = "127.0.0.1:5000";
const SIDE: Side = Side::Caller;

/// `openssl s_client`, with a certificate of its own.
struct Peer {
    child: Child,
    folder: PathBuf,
}

/// A call whose browser has its ICE from str0m and its DTLS from OpenSSL.
struct Scene {
    bridge: Bridge,
    browser: Browser,
    peer: Peer,
    wire: UdpSocket,
    peer_at: Option<SocketAddr>,
    ssrc: u32,
    payload_type: u8,
    began: Instant,
    connected: bool,
    lost: Option<LostCause>,
    /// RTP packets that went to the handset.
    passed: usize,
}

impl Peer {
    /// Gives the fingerprint of its certificate too, as a description has it.
    fn start(name: &str, port: u16, options: &[&str]) -> (Peer, String) {
        let folder = format!("sidecam-openssl-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir_all(&folder).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let files = ["certificate.pem", "key.pem"].map(|name| folder.join(name));
        fs::write(&files[0], certificate.pem()).unwrap();
        fs::write(&files[1], key.serialize_pem()).unwrap();
        let child = Command::new("openssl")
            .args(["s_client", "-connect", &format!("127.0.0.1:{port}")])
            .arg("-cert")
            .arg(&files[0])
            .arg("-key")
            .arg(&files[1])
            .args(["-keymatexport", "EXTRACTOR-dtls_srtp"])
            .args(["-keymatexportlen", "60"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(fs::File::create(folder.join("said")).unwrap())
            .stderr(fs::File::create(folder.join("complains")).unwrap())
            .spawn()
            .unwrap();
        let digits = Sha256::digest(certificate.der().as_ref());
        let digits: Vec<String> = digits.iter().map(|octet| format!("{octet:02X}")).collect();
        (Peer { child, folder }, digits.join(":"))
    }

    /// What it says behind a word, once it does.
    fn says(&self, word: &str) -> Option<String> {
        let mut said = String::new();
        let mut file = fs::File::open(self.folder.join("said")).ok()?;
        file.read_to_string(&mut said).ok()?;
        let (_, rest) = said.split_once(word)?;
        let (line, _) = rest.split_once('\n')?;
        Some(line.trim().to_owned())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Scene {
    fn new(name: &str, options: &[&str]) -> Scene {
        install_cryptography();
        let wire = UdpSocket::bind("127.0.0.1:0").unwrap();
        wire.set_read_timeout(Some(Duration::from_millis(5)))
            .unwrap();
        let port = wire.local_addr().unwrap().port();
        let (peer, fingerprint) = Peer::start(name, port, options);
        let began = Instant::now();
        let local = "127.0.0.1:6000".parse().unwrap();
        let mut browser = Browser::without_socket(local, began);
        let offer = browser.offer(str0m::media::Direction::SendOnly);
        let offer = as_openssls(&offer, &fingerprint);
        let ssrc = offer.split_once("a=ssrc:").unwrap().1;
        let ssrc = ssrc.split(' ').next().unwrap().parse().unwrap();
        let rules = PlainRules {
            loopback: Loopback::Allowed,
            ..PlainRules::default()
        };
        let mut bridge = Bridge::new(5, rules);
        let video = Some(VideoLine {
            codec: offered_h264(),
            direction: Direction::RecvOnly,
            limit: None,
        });
        let mut payload_type = 0;
        for step in [
            Step::WebAnswer {
                side: SIDE,
                offer,
                video,
                audio: None,
            },
            Step::PlainConnect {
                side: Side::Callee,
                plan: plan("127.0.0.1:7000".parse().unwrap()),
            },
            Step::Start {
                flows: Flows::From(SIDE),
            },
        ] {
            let wall = Duration::from_secs(1_700_000_000);
            let reply = bridge.apply(step, WORKER.parse().unwrap(), began, wall);
            if let Some(BridgeReply::Description { sdp, .. }) = reply {
                let description = sip::sdp::Description::parse(sdp.as_bytes()).unwrap();
                payload_type = description.media[0].payload_types[0].number;
                browser.take_answer(&sdp);
            }
        }
        Scene {
            bridge,
            browser,
            peer,
            wire,
            peer_at: None,
            ssrc,
            payload_type,
            began,
            connected: false,
            lost: None,
            passed: 0,
        }
    }

    /// Carries what each has for the others.
    fn turn(&mut self) {
        let now = Instant::now();
        self.browser.turn(now);
        for bytes in std::mem::take(&mut self.browser.sent) {
            // Its DTLS is not heard: that is OpenSSL's.
            if !is_dtls(&bytes) {
                self.hear(&bytes);
            }
        }
        let mut buffer = [0; 2048];
        if let Ok((length, from)) = self.wire.recv_from(&mut buffer) {
            self.peer_at = Some(from);
            self.hear(&buffer[..length]);
        }
        if self.bridge.poll_timeout().is_some_and(|at| at <= now) {
            self.bridge.handle_timeout(now);
        }
        while let Some(output) = self.bridge.poll_output() {
            match output {
                Output::Web { bytes, .. } if is_dtls(&bytes) => {
                    if let Some(peer) = self.peer_at {
                        self.wire.send_to(&bytes, peer).unwrap();
                    }
                }
                Output::Web { bytes, .. } => {
                    self.browser.receive(WORKER.parse().unwrap(), &bytes, now);
                }
                Output::Event(BridgeEvent::Connected { side: SIDE }) => self.connected = true,
                Output::Event(BridgeEvent::Lost { side: SIDE, cause }) => self.lost = Some(cause),
                Output::Rtp { .. } => self.passed += 1,
                Output::Event(_)
                | Output::Rtcp { .. }
                | Output::Transcode { .. }
                | Output::Fed { .. }
                | Output::Wish { .. } => {}
            }
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        let input = Input::Web {
            side: SIDE,
            source: self.browser.local,
            bytes,
        };
        self.bridge.handle(input, Instant::now());
    }

    fn connects_within(&mut self, patience: Duration) -> bool {
        while !self.connected && self.began.elapsed() < patience {
            self.turn();
        }
        self.connected
    }

    fn waits_for<T>(&mut self, look: impl Fn(&Scene) -> Option<T>) -> T {
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(self.began.elapsed() < PATIENCE, "it never comes");
            self.turn();
        }
    }

    /// Two packets of an IDR picture of H.264.
    fn picture(&self) -> [RtpPacket; 2] {
        let parameter_sets = [
            0x78, 0, 8, 0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x8d, 0x40, 0x50, 0, 4, 0x68, 0xce, 0x3c,
            0x80,
        ];
        let payloads = [parameter_sets.to_vec(), vec![0x65, 0x88, 0x84, 0x55]];
        let mut sequence = 0;
        payloads.map(|payload| {
            sequence += 1;
            RtpPacket {
                payload_type: self.payload_type,
                marker: sequence == 2,
                sequence,
                timestamp: 3000,
                ssrc: self.ssrc,
                payload,
                ..RtpPacket::default()
            }
        })
    }
}

/// The offer of a browser whose DTLS is OpenSSL's, which begins the handshake.
fn as_openssls(offer: &str, fingerprint: &str) -> String {
    let lines = offer.split_inclusive("\r\n").map(|line| {
        match line.split_once(':').map(|(name, _)| name) {
            Some("a=fingerprint") => format!("a=fingerprint:sha-256 {fingerprint}\r\n"),
            Some("a=setup") => "a=setup:active\r\n".to_owned(),
            Some(_) | None => line.to_owned(),
        }
    });
    lines.collect()
}

/// RFC 7983 §7.
fn is_dtls(bytes: &[u8]) -> bool {
    matches!(bytes, [20..=63, ..])
}

/// What a sender protects RTP with under AES_CM_128_HMAC_SHA1_80 (RFC 3711 §4.1, §4.2, §4.3).
struct Protection {
    key: [u8; 16],
    salt: [u8; 14],
    authentication: [u8; 20],
    provider: CryptoProvider,
}

impl Protection {
    /// Of a DTLS client, out of both sides' keys and salts (RFC 5764 §4.2).
    fn of_client(exported: &[u8]) -> Protection {
        let provider = from_feature_flags();
        let (master_key, master_salt) = (&exported[..16], &exported[32..46]);
        let derive = |label: u8, length: usize| {
            let mut counter = [0; 16];
            counter[..14].copy_from_slice(master_salt);
            counter[7] ^= label;
            let mut derived = Vec::new();
            for block in 0..2_u8 {
                counter[15] = block;
                let mut output = [0; 16];
                let srtp = provider.srtp_provider;
                srtp.srtp_aes_128_ecb_round(master_key, &counter, &mut output);
                derived.extend(output);
            }
            derived.truncate(length);
            derived
        };
        Protection {
            key: derive(0, 16).try_into().unwrap(),
            authentication: derive(1, 20).try_into().unwrap(),
            salt: derive(2, 14).try_into().unwrap(),
            provider,
        }
    }

    fn protect(&self, packet: &RtpPacket) -> Vec<u8> {
        let mut bytes = packet.to_bytes();
        let header = bytes.len() - packet.payload.len();
        let index = u64::from(packet.sequence);
        let initial = Aes128CmSha1_80::rtp_iv(self.salt, packet.ssrc, index);
        let counter_mode = self.provider.srtp_provider.aes_128_cm_sha1_80();
        let mut cipher = counter_mode.create_cipher(self.key, true);
        cipher
            .encrypt(&initial, &packet.payload, &mut bytes[header..])
            .unwrap();
        let end = bytes.len();
        bytes.resize(end + Aes128CmSha1_80::HMAC_TAG_LEN, 0);
        let hmac = self.provider.sha1_hmac_provider;
        Aes128CmSha1_80::rtp_hmac(
            |key, parts| hmac.sha1_hmac(key, parts),
            &self.authentication,
            &mut bytes,
            index,
            end,
        );
        bytes
    }
}

#[test]
fn counter_mode_and_both_galois_modes_are_agreed() {
    for profile in [
        "SRTP_AES128_CM_SHA1_80",
        "SRTP_AEAD_AES_128_GCM",
        "SRTP_AEAD_AES_256_GCM",
    ] {
        let mut scene = Scene::new(profile, &["-dtls1_2", "-use_srtp", profile]);
        assert!(scene.connects_within(PATIENCE), "{profile}");
        let agreed =
            scene.waits_for(|scene| scene.peer.says("SRTP Extension negotiated, profile="));
        assert_eq!(agreed, profile);
    }
}

#[test]
fn of_several_the_strongest_is_agreed() {
    let all =
        "SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM";
    let mut scene = Scene::new("all", &["-dtls1_2", "-use_srtp", all]);
    assert!(scene.connects_within(PATIENCE));
    let agreed = scene.waits_for(|scene| scene.peer.says("SRTP Extension negotiated, profile="));
    assert_eq!(agreed, "SRTP_AEAD_AES_256_GCM");
}

#[test]
fn media_in_counter_mode_comes_through_and_a_changed_octet_does_not() {
    let mut scene = Scene::new(
        "media",
        &["-dtls1_2", "-use_srtp", "SRTP_AES128_CM_SHA1_80"],
    );
    assert!(scene.connects_within(PATIENCE));
    let exported = scene.waits_for(|scene| scene.peer.says("Keying material: "));
    let digits = exported.as_bytes().chunks(2);
    let exported: Vec<u8> = digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let protection = Protection::of_client(&exported);
    for packet in scene.picture() {
        let mut changed = protection.protect(&packet);
        changed[13] ^= 1;
        scene.hear(&changed);
    }
    scene.turn();
    assert_eq!(scene.passed, 0, "forged");
    for packet in scene.picture() {
        scene.hear(&protection.protect(&packet));
    }
    scene.waits_for(|scene| (scene.passed > 0).then_some(()));
}

#[test]
fn an_older_dtls_is_refused() {
    // Without the level OpenSSL would refuse by itself.
    let old = ["-dtls1", "-cipher", "DEFAULT:@SECLEVEL=0"];
    let mut scene = Scene::new("dtls-1.0", &old);
    scene.waits_for(|scene| scene.peer_at);
    let tried = Instant::now();
    while tried.elapsed() < GIVEN_UP {
        scene.turn();
    }
    assert!(!scene.connected);
}

#[test]
fn a_peer_with_tags_of_four_octets_alone_is_not_connected_and_the_reason_is_told() {
    let weak = ["-dtls1_2", "-use_srtp", "SRTP_AES128_CM_SHA1_32"];
    let mut scene = Scene::new("short-tags", &weak);
    let cause = scene.waits_for(|scene| scene.lost);
    assert_eq!(cause, LostCause::Unprotected);
    assert!(!scene.connected);
    scene.waits_for(|scene| scene.peer.says("Keying material: "));
    let agreed = scene.peer.says("SRTP Extension negotiated, profile=");
    assert_eq!(agreed, None);
}

#[test]
fn a_peer_without_srtp_is_not_connected_either() {
    let mut scene = Scene::new("no-srtp", &["-dtls1_2"]);
    let cause = scene.waits_for(|scene| scene.lost);
    assert_eq!((cause, scene.connected), (LostCause::Unprotected, false));
}
