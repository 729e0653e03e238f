//! A media worker: one thread, one UDP port for browsers, the plain RTP ports of its calls.
//!
//! No packet changes threads between its socket and the other leg's, except that pictures to be
//! transcoded go through the codec pool. The worker owns sockets and clock; what happens with a
//! packet is decided in [`crate::bridge`].
//!
//! The thread sleeps in one poll for all its sockets ([`turn`]). In a turn every socket that has
//! something is read once, so that a flooded port costs the others a batch and no more; then each
//! call that something happened to is heard out ([`drain`]).

mod calls;
mod drain;
mod kept;
mod turn;

use std::net::IpAddr;
use std::sync::Arc;

use mio::Waker;
use tokio::sync::{mpsc, oneshot};

use super::codec_pool::CodecPool;
use super::load::LoadBoard;
use super::rtp_ports::PortRange;
use crate::bridge::latch::PlainRules;
use crate::bridge::web_leg::install_cryptography;
use crate::bridge::{BridgeCommand, BridgeId};
use crate::operate::metrics::Counters;
use crate::server::Wake;
use turn::{Wires, Worker};

/// Commands waiting for a worker. A call needs four; beyond this the loop waits.
const COMMANDS: usize = 1024;

/// What a worker needs to know.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Where its port is bound, and what the SDP says.
    pub address: IpAddr,
    /// The port for browsers; 0 for any free one.
    pub webrtc_port: u16,
    pub rtp_ports: PortRange,
    /// What plain peers may do.
    pub rules: PlainRules,
    pub counters: Arc<Counters>,
    /// Where SSRCs, sequence numbers and names come from.
    pub seed: u64,
}

/// Handle of a running worker, which ends when the last clone is dropped.
#[derive(Clone)]
pub struct MediaWorker {
    handle: Arc<Handle>,
}

struct Handle {
    /// `None` while it is dropped.
    commands: Option<mpsc::Sender<(BridgeId, BridgeCommand)>>,
    waker: Arc<Waker>,
}

impl MediaWorker {
    /// Binds the worker's port and starts its thread.
    ///
    /// # Errors
    /// The port is taken, the address is not ours, or the system has no more threads or descriptors.
    pub async fn start(
        config: WorkerConfig,
        pool: CodecPool,
        board: Arc<LoadBoard>,
        wakes: mpsc::Sender<Wake>,
    ) -> std::io::Result<MediaWorker> {
        install_cryptography();
        let (commands, receiver) = mpsc::channel(COMMANDS);
        let wires = Wires {
            pool,
            board,
            wakes,
            commands: receiver,
        };
        let (ready, bound) = oneshot::channel();
        std::thread::Builder::new()
            .name("media".to_owned())
            .spawn(move || match Worker::bind(config, wires) {
                Ok((worker, waker)) => {
                    let _ = ready.send(Ok(waker));
                    worker.run();
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            })?;
        let waker = bound.await.unwrap_or_else(|_| {
            Err(std::io::Error::other("the media worker ended at its start"))
        })?;
        let commands = Some(commands);
        Ok(MediaWorker {
            handle: Arc::new(Handle { commands, waker }),
        })
    }

    /// Hands over a command; its reply comes as [`Wake::Bridge`].
    pub async fn send(&self, bridge: BridgeId, command: BridgeCommand) {
        let Handle { commands, waker } = &*self.handle;
        let sent = match commands {
            Some(commands) => commands.send((bridge, command)).await.is_ok(),
            None => false,
        };
        if !sent || waker.wake().is_err() {
            tracing::error!("the media worker is gone");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.commands = None;
        // A worker that cannot be woken is gone already.
        let _ = self.waker.wake();
    }
}
