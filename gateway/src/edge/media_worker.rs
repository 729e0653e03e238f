//! A media worker: one thread, one UDP port for browsers, the plain RTP ports of its calls.
//!
//! No packet changes threads between its socket and the other leg's, except that pictures to be
//! transcoded go through the codec pool. The worker owns sockets and clock; what happens with a
//! packet is decided in [`crate::bridge`].

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};

use super::codec_pool::{CodecPool, Done, StreamKey};
use super::load::{Counted, LoadBoard, ThreadClock};
use super::rtp_ports::{PortPair, PortRange};
use super::stun;
use crate::bridge::web_leg::install_cryptography;
use crate::bridge::{
    self, Bridge, BridgeCommand, BridgeEvent, BridgeId, BridgeReply, Input, Medium, Output, Side,
};
use crate::server::Wake;

/// Commands waiting for a worker. A call needs four; beyond this the loop waits.
const COMMANDS: usize = 1024;
/// Datagrams of plain RTP waiting for the worker: 100 calls' worth of one keyframe each.
const RTP_QUEUE: usize = 2048;
/// The largest datagram that is read; no RTP or DTLS packet on an Ethernet is larger.
const DATAGRAM_BYTES: usize = 2048;
/// Packets handled in one go before timers and commands get their turn.
const BURST: usize = 64;

/// What a worker needs to know.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Where its port is bound, and what the SDP says.
    pub address: IpAddr,
    /// The port for browsers; 0 for any free one.
    pub webrtc_port: u16,
    pub rtp_ports: PortRange,
    /// Where SSRCs, sequence numbers and names come from.
    pub seed: u64,
}

/// Handle of a running worker.
#[derive(Clone)]
pub struct MediaWorker {
    commands: mpsc::Sender<(BridgeId, BridgeCommand)>,
}

impl MediaWorker {
    /// Binds the worker's port and starts its thread.
    pub async fn start(
        config: WorkerConfig,
        pool: CodecPool,
        board: Arc<LoadBoard>,
        wakes: mpsc::Sender<Wake>,
    ) -> std::io::Result<MediaWorker> {
        install_cryptography();
        let (commands, receiver) = mpsc::channel(COMMANDS);
        let (ready, bound) = oneshot::channel();
        std::thread::Builder::new()
            .name("media".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                let runtime = match runtime {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        let _ = ready.send(Err(error));
                        return;
                    }
                };
                runtime.block_on(async move {
                    match Worker::bind(config, pool, board, wakes).await {
                        Ok(worker) => {
                            let _ = ready.send(Ok(()));
                            worker.run(receiver).await;
                        }
                        Err(error) => {
                            let _ = ready.send(Err(error));
                        }
                    }
                });
            })?;
        bound.await.unwrap_or_else(|_| {
            Err(std::io::Error::other("the media worker ended at its start"))
        })?;
        Ok(MediaWorker { commands })
    }

    /// Hands over a command; its reply comes as [`Wake::Bridge`].
    pub async fn send(&self, bridge: BridgeId, command: BridgeCommand) {
        if self.commands.send((bridge, command)).await.is_err() {
            tracing::error!("the media worker is gone");
        }
    }
}

/// A datagram of a plain RTP leg.
struct Plain {
    bridge: BridgeId,
    side: Side,
    medium: Medium,
    port: Port,
    source: SocketAddr,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    Rtp,
    Rtcp,
}

struct Call {
    bridge: Bridge,
    counted: Counted,
    ports: CallPorts,
    /// Our parts of the STUN user names; a leg's changes when it begins ICE anew.
    ice_users: [Option<String>; 2],
    deadline: Option<Instant>,
}

/// By side and medium.
type CallPorts = [[Option<PlainPorts>; 2]; 2];

struct PlainPorts {
    pair: PortPair,
    readers: [tokio::task::JoinHandle<()>; 2],
}

impl Drop for PlainPorts {
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
    }
}

struct Worker {
    config: WorkerConfig,
    socket: Arc<UdpSocket>,
    local: SocketAddr,
    pool: CodecPool,
    board: Arc<LoadBoard>,
    wakes: mpsc::Sender<Wake>,
    calls: HashMap<BridgeId, Call>,
    deadlines: BTreeSet<(Instant, BridgeId)>,
    by_ice_user: HashMap<String, (BridgeId, Side)>,
    by_source: HashMap<SocketAddr, (BridgeId, Side)>,
    plain_sender: mpsc::Sender<Plain>,
    plain: mpsc::Receiver<Plain>,
    done_sender: mpsc::UnboundedSender<Done>,
    done: mpsc::UnboundedReceiver<Done>,
    seeds: u64,
}

impl Worker {
    async fn bind(
        config: WorkerConfig,
        pool: CodecPool,
        board: Arc<LoadBoard>,
        wakes: mpsc::Sender<Wake>,
    ) -> std::io::Result<Worker> {
        let socket = UdpSocket::bind(SocketAddr::new(config.address, config.webrtc_port)).await?;
        let local = socket.local_addr()?;
        tracing::info!(address = %local, "media worker ready");
        let (plain_sender, plain) = mpsc::channel(RTP_QUEUE);
        let (done_sender, done) = mpsc::unbounded_channel();
        Ok(Worker {
            seeds: config.seed,
            config,
            socket: Arc::new(socket),
            local,
            pool,
            board,
            wakes,
            calls: HashMap::new(),
            deadlines: BTreeSet::new(),
            by_ice_user: HashMap::new(),
            by_source: HashMap::new(),
            plain_sender,
            plain,
            done_sender,
            done,
        })
    }

    async fn run(mut self, mut commands: mpsc::Receiver<(BridgeId, BridgeCommand)>) {
        let mut buffer = vec![0u8; DATAGRAM_BYTES];
        let mut clock = ThreadClock::default();
        loop {
            clock.charge(&self.board.packets);
            let deadline = self.deadlines.first().map(|(at, _)| *at);
            tokio::select! {
                command = commands.recv() => match command {
                    Some((id, command)) => self.handle_command(id, command).await,
                    None => return self.close_all().await,
                },
                received = self.socket.recv_from(&mut buffer) => {
                    if let Ok((length, source)) = received {
                        self.handle_web(source, &buffer[..length]).await;
                        self.read_on(&mut buffer).await;
                    }
                }
                Some(plain) = self.plain.recv() => {
                    self.handle_plain(plain).await;
                    for _ in 1..BURST {
                        let Ok(plain) = self.plain.try_recv() else { break };
                        self.handle_plain(plain).await;
                    }
                }
                Some(done) = self.done.recv() => self.handle_done(done).await,
                () = sleep_until(deadline) => self.handle_timeouts().await,
            }
        }
    }

    /// Reads what else has arrived, without going to sleep for each datagram.
    async fn read_on(&mut self, buffer: &mut [u8]) {
        for _ in 1..BURST {
            let Ok((length, source)) = self.socket.try_recv_from(buffer) else {
                return;
            };
            self.handle_web(source, &buffer[..length]).await;
        }
    }

    async fn handle_web(&mut self, source: SocketAddr, bytes: &[u8]) {
        // A new address introduces itself by STUN with our part of the user name; everything
        // else is known by its source address.
        let known = match stun::local_user(bytes) {
            Some(user) => {
                let found = self.by_ice_user.get(user).copied();
                if let Some(target) = found {
                    self.by_source.insert(source, target);
                }
                found
            }
            None => self.by_source.get(&source).copied(),
        };
        let Some((id, side)) = known else {
            return;
        };
        let input = Input::Web {
            side,
            source,
            bytes,
        };
        self.feed(id, input).await;
    }

    async fn handle_plain(&mut self, plain: Plain) {
        let Plain {
            bridge,
            side,
            medium,
            port,
            source,
            bytes,
        } = plain;
        let input = match port {
            Port::Rtp => Input::Rtp {
                side,
                medium,
                source,
                bytes,
            },
            Port::Rtcp => Input::Rtcp {
                side,
                medium,
                source,
                bytes,
            },
        };
        self.feed(bridge, input).await;
    }

    async fn handle_done(&mut self, done: Done) {
        let Done { key, result } = done;
        let input = Input::Transcoded {
            from: key.from,
            result,
        };
        self.feed(key.bridge, input).await;
    }

    async fn handle_timeouts(&mut self) {
        let now = Instant::now();
        while let Some((at, id)) = self.deadlines.first().copied() {
            if at > now {
                return;
            }
            self.deadlines.pop_first();
            if let Some(call) = self.calls.get_mut(&id) {
                call.deadline = None;
                call.bridge.handle_timeout(now);
            }
            self.drain(id).await;
        }
    }

    async fn feed(&mut self, id: BridgeId, input: Input<'_>) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.bridge.handle(input, Instant::now());
        self.drain(id).await;
    }

    async fn handle_command(&mut self, id: BridgeId, command: BridgeCommand) {
        let now = Instant::now();
        let reply = match command {
            BridgeCommand::Close => return self.close(id).await,
            BridgeCommand::OpenPlain { side, medium } => self.open_plain(id, (side, medium)).await,
            BridgeCommand::Apply(step) => {
                let local = self.local;
                let seed = self.next_seed();
                let call = self.call(id, seed);
                let reply = call.bridge.apply(step, local, now, wall_clock());
                self.remember_ice_users(id);
                reply
            }
        };
        if let Some(reply) = reply {
            self.wake(id, BridgeEvent::Reply(reply)).await;
        }
        self.drain(id).await;
    }

    fn remember_ice_users(&mut self, id: BridgeId) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        for (user, side) in call.bridge.ice_users() {
            let known = &mut call.ice_users[side.index()];
            if known.as_ref() == Some(&user) {
                continue;
            }
            if let Some(before) = known.replace(user.clone()) {
                self.by_ice_user.remove(&before);
            }
            self.by_ice_user.insert(user, (id, side));
        }
    }

    fn call(&mut self, id: BridgeId, seed: u64) -> &mut Call {
        self.calls.entry(id).or_insert_with(|| Call {
            bridge: Bridge::new(seed),
            counted: Counted::new(&self.board),
            ports: CallPorts::default(),
            ice_users: [None, None],
            deadline: None,
        })
    }

    async fn open_plain(
        &mut self,
        id: BridgeId,
        (side, medium): (Side, Medium),
    ) -> Option<BridgeReply> {
        let pair = match self.config.rtp_ports.bind(self.config.address).await {
            Ok(pair) => pair,
            Err(error) => {
                tracing::error!(%error, "no RTP port is free");
                return Some(BridgeReply::Failed {
                    side,
                    error: bridge::BridgeError::NoPort,
                });
            }
        };
        let port = pair.rtp_port();
        let readers = [
            self.reader(id, (side, medium), Port::Rtp, Arc::clone(&pair.rtp)),
            self.reader(id, (side, medium), Port::Rtcp, Arc::clone(&pair.rtcp)),
        ];
        let seed = self.next_seed();
        let call = self.call(id, seed);
        call.counted.bridged();
        call.ports[side.index()][medium.index()] = Some(PlainPorts { pair, readers });
        Some(BridgeReply::PlainOpened { side, medium, port })
    }

    fn reader(
        &self,
        bridge: BridgeId,
        (side, medium): (Side, Medium),
        port: Port,
        socket: Arc<UdpSocket>,
    ) -> tokio::task::JoinHandle<()> {
        let sender = self.plain_sender.clone();
        tokio::spawn(async move {
            let mut buffer = vec![0u8; DATAGRAM_BYTES];
            loop {
                // An ICMP "port unreachable" of the peer shows as an error here; it passes.
                let Ok((length, source)) = socket.recv_from(&mut buffer).await else {
                    continue;
                };
                let plain = Plain {
                    bridge,
                    side,
                    medium,
                    port,
                    source,
                    bytes: buffer[..length].to_vec(),
                };
                // A full queue means overload: the newest packet is the one to lose.
                if let Err(mpsc::error::TrySendError::Closed(_)) = sender.try_send(plain) {
                    return;
                }
            }
        })
    }

    async fn drain(&mut self, id: BridgeId) {
        let mut events = Vec::new();
        if let Some(call) = self.calls.get_mut(&id) {
            while let Some(output) = call.bridge.poll_output() {
                let io = Io {
                    socket: &self.socket,
                    ports: &call.ports,
                    pool: &self.pool,
                    done: &self.done_sender,
                };
                if let Some(event) = io.perform(id, output) {
                    events.push(event);
                }
            }
            let next = call.bridge.poll_timeout();
            if next != call.deadline {
                if let Some(before) = call.deadline {
                    self.deadlines.remove(&(before, id));
                }
                if let Some(at) = next {
                    self.deadlines.insert((at, id));
                }
                call.deadline = next;
            }
        }
        for event in events {
            self.wake(id, event).await;
        }
    }

    async fn close(&mut self, id: BridgeId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.bridge.close(Instant::now());
        }
        self.drain(id).await;
        let Some(call) = self.calls.remove(&id) else {
            return;
        };
        if let Some(at) = call.deadline {
            self.deadlines.remove(&(at, id));
        }
        self.by_ice_user.retain(|_, (bridge, _)| *bridge != id);
        self.by_source.retain(|_, (bridge, _)| *bridge != id);
        for from in [Side::Caller, Side::Callee] {
            self.pool.close(StreamKey { bridge: id, from });
        }
    }

    async fn close_all(&mut self) {
        let ids: Vec<BridgeId> = self.calls.keys().copied().collect();
        for id in ids {
            self.close(id).await;
        }
    }

    async fn wake(&self, bridge: BridgeId, event: BridgeEvent) {
        // The loop that would hear this has ended when the channel is closed.
        let _ = self.wakes.send(Wake::Bridge { bridge, event }).await;
    }

    fn next_seed(&mut self) -> u64 {
        // SplitMix64's increment: distinct seeds from one secret seed.
        self.seeds = self.seeds.wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.seeds
    }
}

/// The wires of one call, for the time of one drain.
struct Io<'a> {
    socket: &'a UdpSocket,
    ports: &'a CallPorts,
    pool: &'a CodecPool,
    done: &'a mpsc::UnboundedSender<Done>,
}

impl Io<'_> {
    /// Performs an output; an event is given back for the loop. A datagram that the socket does
    /// not take at once is lost, as on any full link.
    fn perform(&self, bridge: BridgeId, output: Output) -> Option<BridgeEvent> {
        match output {
            Output::Web { destination, bytes } => {
                let _ = self.socket.try_send_to(&bytes, destination);
                None
            }
            Output::Rtp {
                side,
                medium,
                destination,
                bytes,
            } => {
                if let Some(ports) = &self.ports[side.index()][medium.index()] {
                    let _ = ports.pair.rtp.try_send_to(&bytes, destination);
                }
                None
            }
            Output::Rtcp {
                side,
                medium,
                destination,
                bytes,
            } => {
                if let Some(ports) = &self.ports[side.index()][medium.index()] {
                    let _ = ports.pair.rtcp.try_send_to(&bytes, destination);
                }
                None
            }
            Output::Transcode { from, job } => {
                self.pool.push(StreamKey { bridge, from }, job, self.done);
                None
            }
            Output::Event(event) => Some(event),
        }
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Time of day since 1970, for RTCP sender reports.
fn wall_clock() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
