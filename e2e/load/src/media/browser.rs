//! A browser's end of a call: WebRTC by the `webrtc` crate, which shares nothing with what it
//! measures.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::media::rtp::RtpPacket;
use anyhow::{Context, Result};
use bytes::Bytes;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::Slot;
use rtc::media_stream::MediaStreamTrack;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters,
    RTCRtpEncodingParameters, RtpCodecKind,
};
use tokio::sync::watch;
use tokio::time::timeout;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_local::{TrackLocal, TrackLocalEvent};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler,
    RTCIceGatheringState, RTCPeerConnectionState, RTCSessionDescription, Registry,
    SettingEngineBuilder, SrtpProtectionProfile, configure_rtcp_reports,
};

use super::figures::Times;
use super::picture::Stamp;
use super::requests::Requests;
use super::sink::Tap;

/// Which codec a browser offers, alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WebCodec {
    H264,
    Vp8,
}

pub struct Browser {
    connection: Arc<dyn PeerConnection>,
    track: Arc<TrackLocalStaticRTP>,
    events: Arc<Events>,
    ssrc: u32,
    payload_type: u8,
    sequence: AtomicU16,
}

/// What the connection tells, and what came back on it.
struct Events {
    began: Instant,
    gathered: watch::Sender<bool>,
    state: watch::Sender<RTCPeerConnectionState>,
    /// What comes from the other side.
    remote: watch::Sender<Option<Arc<dyn TrackRemote>>>,
    back: Arc<Back>,
}

/// What came back to all browsers.
#[derive(Debug, Default)]
pub struct Back {
    /// Since it left, of what carries a stamp.
    times: Mutex<Times>,
    /// Ends of pictures.
    pictures: AtomicU64,
    /// Who is shown every packet.
    tap: Option<Tap>,
}

impl Back {
    /// Shows every packet to somebody.
    pub fn tapped(tap: Tap) -> Back {
        Back {
            tap: Some(tap),
            ..Back::default()
        }
    }

    pub fn take_times(&self) -> Times {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *times)
    }

    pub fn take_pictures(&self) -> u64 {
        self.pictures.swap(0, Ordering::Relaxed)
    }

    fn note(&self, packet: &rtp::Packet, since_began: Duration) {
        if packet.header.marker {
            self.pictures.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(stamp) = Stamp::read(&packet.payload) {
            let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
            times.add(since_began.saturating_sub(stamp.left));
        }
        if let Some(tap) = &self.tap {
            // Who looks no more needs no packet.
            let _ = tap.send(Some(RtpPacket {
                payload_type: packet.header.payload_type,
                marker: packet.header.marker,
                sequence: packet.header.sequence_number,
                timestamp: packet.header.timestamp,
                ssrc: packet.header.ssrc,
                payload: packet.payload.to_vec(),
                ..RtpPacket::default()
            }));
        }
    }
}

const GATHERED_WITHIN: Duration = Duration::from_secs(10);
const CONNECTED_WITHIN: Duration = Duration::from_secs(20);
/// Farther from the wire than all that answers to RTCP itself.
const BEHIND_REPORTS: usize = 14_000;

impl Browser {
    /// `back` notes what comes to it.
    pub async fn new(
        address: IpAddr,
        codec: WebCodec,
        number: u32,
        began: Instant,
        back: Arc<Back>,
    ) -> Result<Browser> {
        let ssrc = 0x1000_0000 + number;
        let parameters = codec.parameters();
        let mut media = MediaEngine::default();
        media.register_codec(parameters.clone(), RtpCodecKind::Video)?;
        let events = Arc::new(Events {
            began,
            gathered: watch::Sender::new(false),
            state: watch::Sender::new(RTCPeerConnectionState::New),
            remote: watch::Sender::new(None),
            back,
        });
        let settings = SettingEngineBuilder::new()
            .with_include_loopback_candidate(true)
            // Nobody here hides an address behind a name of .local.
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            // The same for everybody, so that nobody is measured with another cipher.
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .build();
        let connection = PeerConnectionBuilder::new()
            .with_media_engine(media)
            .with_setting_engine(settings)
            .with_interceptor_registry(
                configure_rtcp_reports(Registry::new())
                    .with(Slot::Custom(BEHIND_REPORTS), Requests::default()),
            )
            .with_handler(Arc::clone(&events) as Arc<dyn PeerConnectionEventHandler>)
            .with_udp_addrs(vec![(address, 0_u16)])
            .build()
            .await?;
        let connection: Arc<dyn PeerConnection> = Arc::new(connection);
        let track = Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
            format!("stream-{number}"),
            format!("track-{number}"),
            "camera".to_owned(),
            RtpCodecKind::Video,
            vec![RTCRtpEncodingParameters {
                rtp_coding_parameters: RTCRtpCodingParameters {
                    ssrc: Some(ssrc),
                    ..Default::default()
                },
                codec: parameters.rtp_codec,
                ..Default::default()
            }],
        )));
        connection
            .add_track(Arc::clone(&track) as Arc<dyn TrackLocal>)
            .await?;
        Ok(Browser {
            connection,
            track,
            events,
            ssrc,
            payload_type: parameters.payload_type,
            sequence: AtomicU16::new(1),
        })
    }

    /// The offer with all its candidates.
    pub async fn offer(&self) -> Result<String> {
        let offer = self.connection.create_offer(None).await?;
        self.connection.set_local_description(offer).await?;
        let mut gathered = self.events.gathered.subscribe();
        timeout(GATHERED_WITHIN, gathered.wait_for(|all| *all))
            .await
            .context("candidates were not gathered")??;
        let description = self.connection.local_description().await;
        with_default_candidate(&description.context("no local description")?.sdp)
    }

    /// An answer to another browser's offer, with all its candidates.
    pub async fn answer(&self, offer: String) -> Result<String> {
        let offer = RTCSessionDescription::offer(offer)?;
        self.connection.set_remote_description(offer).await?;
        let answer = self.connection.create_answer(None).await?;
        self.connection.set_local_description(answer).await?;
        let mut gathered = self.events.gathered.subscribe();
        timeout(GATHERED_WITHIN, gathered.wait_for(|all| *all))
            .await
            .context("candidates were not gathered")??;
        let description = self.connection.local_description().await;
        Ok(description.context("no local description")?.sdp)
    }

    /// Takes the answer and waits until SRTP can flow.
    pub async fn connect(&self, answer: String) -> Result<()> {
        let answer = RTCSessionDescription::answer(answer)?;
        self.connection.set_remote_description(answer).await?;
        self.connected().await
    }

    /// Waits until SRTP can flow.
    pub async fn connected(&self) -> Result<()> {
        let mut state = self.events.state.subscribe();
        let settled = state.wait_for(|state| {
            matches!(
                state,
                RTCPeerConnectionState::Connected | RTCPeerConnectionState::Failed
            )
        });
        let state = *timeout(CONNECTED_WITHIN, settled)
            .await
            .context("no connection")??;
        anyhow::ensure!(
            state == RTCPeerConnectionState::Connected,
            "DTLS or ICE failed"
        );
        Ok(())
    }

    /// Sends a picture's payloads, the last with the marker.
    pub async fn send(&self, timestamp: u32, payloads: Vec<Vec<u8>>) -> Result<()> {
        let last = payloads.len().saturating_sub(1);
        for (place, payload) in payloads.into_iter().enumerate() {
            let header = rtp::Header {
                version: 2,
                marker: place == last,
                payload_type: self.payload_type,
                sequence_number: self.sequence.fetch_add(1, Ordering::Relaxed),
                timestamp,
                ssrc: self.ssrc,
                ..Default::default()
            };
            let payload = Bytes::from(payload);
            self.track
                .write_rtp(rtp::Packet { header, payload })
                .await?;
        }
        Ok(())
    }

    /// Waits for the next wish for a keyframe (RFC 4585 §6.3.1, RFC 5104 §4.3.1); `None` when there
    /// will be none any more.
    pub async fn asked(&self) -> Option<()> {
        // Requests lets nothing else through.
        match self.track.poll().await? {
            TrackLocalEvent::OnRtcpPacket(_) => Some(()),
            _ => None,
        }
    }

    /// Asks whoever sends for a keyframe.
    pub async fn ask(&self) -> Result<()> {
        let remote = self.events.remote.borrow().clone();
        let Some(remote) = remote else { return Ok(()) };
        let Some(media_ssrc) = remote.ssrcs().await.first().copied() else {
            return Ok(());
        };
        let request = PictureLossIndication {
            sender_ssrc: self.ssrc,
            media_ssrc,
        };
        Ok(remote.write_rtcp(vec![Box::new(request)]).await?)
    }

    pub async fn close(&self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}

impl WebCodec {
    fn parameters(self) -> RTCRtpCodecParameters {
        let (mime_type, fmtp, payload_type) = match self {
            WebCodec::H264 => (
                "video/H264",
                "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
                102,
            ),
            WebCodec::Vp8 => ("video/VP8", "", 96),
        };
        let feedback = |typ: &str, parameter: &str| RTCPFeedback {
            typ: typ.to_owned(),
            parameter: parameter.to_owned(),
        };
        RTCRtpCodecParameters {
            rtp_codec: RTCRtpCodec {
                mime_type: mime_type.to_owned(),
                clock_rate: 90_000,
                channels: 0,
                sdp_fmtp_line: fmtp.to_owned(),
                // No plain NACK: a packet that is lost is to be seen as lost.
                rtcp_feedback: vec![feedback("nack", "pli"), feedback("ccm", "fir")],
            },
            payload_type,
        }
    }
}

/// Browsers write their default candidate where those look who know no ICE (RFC 8839 §4.2.1.2); the
/// crate leaves 0.0.0.0, which is a hold to them.
fn with_default_candidate(offer: &str) -> Result<String> {
    let mut words = offer
        .lines()
        .find_map(|line| line.strip_prefix("a=candidate:"))
        .context("no candidate")?
        .split(' ')
        .skip(4);
    let (address, port) = (words.next(), words.next());
    let (address, port) = (address.context("no address")?, port.context("no port")?);
    Ok(offer
        .replace("c=IN IP4 0.0.0.0", &format!("c=IN IP4 {address}"))
        .replace("m=video 9 ", &format!("m=video {port} ")))
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Events {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.send_replace(true);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.state.send_replace(state);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        self.remote.send_replace(Some(Arc::clone(&track)));
        let began = self.began;
        let back = Arc::clone(&self.back);
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    back.note(&packet, began.elapsed());
                }
            }
        });
    }
}
