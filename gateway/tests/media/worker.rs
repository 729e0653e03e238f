//! A media worker with the loop's end of its wires.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use media::payload::h264::PacketizationMode;
use media::rtp::session::Silence;
use sidecam_gateway::bridge::format::{StreamFormat, h264};
use sidecam_gateway::bridge::ims_leg::{Feedback, PlainPlan, RtcpTerms};
use sidecam_gateway::bridge::latch::{Loopback, PlainRules};
use sidecam_gateway::bridge::web_leg::{PictureLimit, VideoLine, WebCodec};
use sidecam_gateway::bridge::{
    BridgeCommand, BridgeEvent, BridgeId, BridgeReply, Flows, Medium, Side, Step,
};
use sidecam_gateway::edge::codec_pool::CodecPool;
use sidecam_gateway::edge::load::LoadBoard;
use sidecam_gateway::edge::media_worker::{MediaWorker, WorkerConfig};
use sidecam_gateway::edge::rtp_ports::PortRange;
use sidecam_gateway::server::Wake;
use sidecam_gateway::switch::offer::offered_h264;
use sip::sdp::Direction;
use sip::sdp::offer_answer::Destination;
use tokio::sync::mpsc;

use crate::browser::Browser;

const WAIT: Duration = Duration::from_secs(20);

pub struct Bench {
    worker: MediaWorker,
    wakes: mpsc::Receiver<Wake>,
    pub board: Arc<LoadBoard>,
    /// Stands for all handsets.
    pub handset: Handset,
}

impl Bench {
    /// A worker that takes its plain RTP ports from that range.
    pub async fn start(rtp_ports: &str) -> Bench {
        let (sender, wakes) = mpsc::channel(4096);
        let board = Arc::<LoadBoard>::default();
        let pool = CodecPool::start(1, Arc::clone(&board)).unwrap();
        let config = WorkerConfig {
            address: "127.0.0.1".parse().unwrap(),
            webrtc_port: 0,
            rtp_ports: PortRange::parse(rtp_ports).unwrap(),
            rules: PlainRules {
                loopback: Loopback::Allowed,
                ..PlainRules::default()
            },
            counters: Arc::default(),
            seed: 7,
        };
        let worker = MediaWorker::start(config, pool, Arc::clone(&board), sender)
            .await
            .unwrap();
        Bench {
            worker,
            wakes,
            board,
            handset: Handset::start(),
        }
    }

    /// A call from a browser to a handset, both with H.264; what is sent is passed on.
    pub async fn call(&mut self, number: u64) -> (Browser, u16) {
        let id = BridgeId(number);
        let mut browser = Browser::new(Instant::now());
        let offer = browser.offer(str0m::media::Direction::SendOnly);
        let line = VideoLine {
            codec: offered_h264(),
            direction: Direction::RecvOnly,
            limit: None,
        };
        assert!(matches!(line.codec, WebCodec::H264 { .. }));
        self.apply(
            id,
            Step::WebAnswer {
                side: Side::Caller,
                offer,
                video: Some(line),
                audio: None,
            },
        )
        .await;
        let BridgeReply::Description { sdp, .. } = self.reply().await else {
            panic!("no answer");
        };
        browser.take_answer(&sdp);
        let (side, medium) = (Side::Callee, Medium::Video);
        self.worker
            .send(id, BridgeCommand::OpenPlain { side, medium })
            .await;
        let BridgeReply::PlainOpened { port, .. } = self.reply().await else {
            panic!("no port");
        };
        let plan = plan(self.handset.address);
        self.apply(id, Step::PlainConnect { side, plan }).await;
        let flows = Flows::From(Side::Caller);
        self.apply(id, Step::Start { flows }).await;
        (browser, port)
    }

    /// One more handset watches what is shown in that call.
    pub async fn watch(&mut self, number: u64, source: u64) {
        let (id, from) = (BridgeId(number), BridgeId(source));
        let (side, medium) = (Side::Callee, Medium::Video);
        self.worker.send(id, BridgeCommand::Beside(from)).await;
        self.worker
            .send(id, BridgeCommand::OpenPlain { side, medium })
            .await;
        assert!(matches!(
            self.reply().await,
            BridgeReply::PlainOpened { .. }
        ));
        let plan = plan(self.handset.address);
        self.apply(id, Step::PlainConnect { side, plan }).await;
        let (side, codec) = (Side::Caller, offered_h264());
        self.apply(id, Step::Feed { side, from, codec }).await;
        assert!(matches!(self.reply().await, BridgeReply::Fed { .. }));
        let flows = Flows::From(Side::Caller);
        self.apply(id, Step::Start { flows }).await;
    }

    pub async fn close(&self, number: u64) {
        self.worker
            .send(BridgeId(number), BridgeCommand::Close)
            .await;
    }

    async fn apply(&self, id: BridgeId, step: Step) {
        self.worker.send(id, BridgeCommand::Apply(step)).await;
    }

    async fn reply(&mut self) -> BridgeReply {
        loop {
            let wake = tokio::time::timeout(WAIT, self.wakes.recv()).await;
            if let Some(Wake::Bridge {
                event: BridgeEvent::Reply(reply),
                ..
            }) = wake.unwrap()
            {
                return reply;
            }
        }
    }
}

/// What a handset agrees to.
pub fn plan(remote: SocketAddr) -> PlainPlan {
    let format = StreamFormat {
        payload: h264(PacketizationMode::NonInterleaved),
        payload_type: 96,
        orientation: None,
        limit: PictureLimit {
            width: 640,
            height: 480,
            frames_per_second: 30,
            bits_per_second: 5_000_000,
        },
    };
    PlainPlan {
        remote: Some(Destination {
            address: remote.ip(),
            rtp_port: remote.port(),
            rtcp_port: remote.port() + 1,
        }),
        to_peer: Some(format.clone()),
        from_peer: vec![format],
        silence: Silence::IsExpected,
        feedback: Feedback::default(),
        rtcp: RtcpTerms::default(),
    }
}

/// Counts what handsets receive.
pub struct Handset {
    pub address: SocketAddr,
    packets: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
}

impl Handset {
    fn start() -> Handset {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        let address = socket.local_addr().unwrap();
        let (packets, is_over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (counted, over) = (Arc::clone(&packets), Arc::clone(&is_over));
        std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while !over.load(Ordering::Relaxed) {
                if socket.recv(&mut buffer).is_ok() {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Handset {
            address,
            packets,
            is_over,
        }
    }

    pub fn packets(&self) -> u64 {
        self.packets.load(Ordering::Relaxed)
    }
}

impl Drop for Handset {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}
