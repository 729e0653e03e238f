//! Many registered browsers: brought in at a pace, held, then all at once again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::memory::resident;
use crate::registering::{Account, Heard, Registering, Way};

#[derive(Debug, Args)]
pub struct Options {
    /// The gateway's WebSocket, such as ws://127.0.0.1:8080/ws
    #[arg(long)]
    url: String,
    #[arg(long)]
    domain: String,
    /// How many, each as a user of its own: u0, u1 and so on
    #[arg(long)]
    clients: usize,
    /// The password that all of these users have
    #[arg(long)]
    password: String,
    /// The gateway's process, whose memory is looked at
    #[arg(long)]
    process: u32,
    /// How many connect at the same time when they come in at a pace
    #[arg(long, default_value_t = 64)]
    pace: usize,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What all clients do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Hold,
    /// Register once more over the connection that is there.
    Refresh,
    /// Drop the connection, make another, register.
    Reconnect,
    Leave,
}

struct Shared {
    options: Options,
    pace: Semaphore,
    /// Refusals for now that were heard and waited out.
    put_off: AtomicUsize,
}

/// A client's word that it has done what was ordered, and how long it took.
type Done = Result<Duration>;

/// Runs all phases and gives the figures of each.
pub async fn run(options: Options) -> Result<Value> {
    let count = options.clients;
    let process = options.process;
    ensure!(count > 0, "no clients");
    let before = resident(process)?;
    let shared = Arc::new(Shared {
        pace: Semaphore::new(options.pace),
        options,
        put_off: AtomicUsize::new(0),
    });
    let (orders, order) = watch::channel(Order::Hold);
    let (done, mut all_done) = mpsc::channel(count);
    for number in 0..count {
        let client = Client {
            number,
            shared: Arc::clone(&shared),
            done: done.clone(),
        };
        tokio::spawn(client.live(order.clone()));
    }
    let registered = phase("registered", count, &mut all_done, &shared).await?;
    // Buffers of the handshakes are given back within a moment.
    sleep(SETTLE).await;
    let held = resident(process)?;
    orders.send(Order::Refresh)?;
    let refreshed = phase("refreshed", count, &mut all_done, &shared).await?;
    orders.send(Order::Reconnect)?;
    let reconnected = phase("reconnected", count, &mut all_done, &shared).await?;
    sleep(SETTLE).await;
    let after = resident(process)?;
    orders.send(Order::Leave)?;
    Ok(json!({
        "clients": count,
        "bytes_before": before,
        "bytes_held": held,
        "bytes_each": held.saturating_sub(before) / count as u64,
        "bytes_after_storms": after,
        "registered": registered,
        "refresh_storm": refreshed,
        "reconnect_storm": reconnected,
    }))
}

/// Waits for every client's word on a phase.
async fn phase(
    name: &str,
    count: usize,
    all_done: &mut mpsc::Receiver<Done>,
    shared: &Shared,
) -> Result<Value> {
    let start = Instant::now();
    let mut times = Vec::with_capacity(count);
    for place in 0..count {
        let done = timeout(PHASE_AT_MOST, all_done.recv())
            .await
            .with_context(|| format!("{name}: only {place} of {count} came through"))?
            .context("all clients are gone")?;
        times.push(done.with_context(|| format!("{name}: {place} of {count} came through"))?);
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_millis();
    let figures = json!({
        "seconds": (start.elapsed().as_secs_f64() * 100.0).round() / 100.0,
        "milliseconds_each": { "p50": at(50), "p99": at(99), "most": at(100) },
        "put_off_by_503": shared.put_off.swap(0, Ordering::Relaxed),
        "failed": 0,
    });
    eprintln!("{name}: {figures}");
    Ok(figures)
}

struct Client {
    number: usize,
    shared: Arc<Shared>,
    done: mpsc::Sender<Done>,
}

impl Client {
    async fn live(self, mut order: watch::Receiver<Order>) {
        let Options {
            domain, password, ..
        } = &self.shared.options;
        let account = Account {
            name: format!("u{}", self.number),
            password: password.clone(),
            domain: domain.clone(),
        };
        let mut registering = Registering::new(account, Way::WebSocket, self.number);
        let mut socket = match self.come_in(&mut registering).await {
            Ok(socket) => socket,
            Err(error) => return self.say(Err(error)).await,
        };
        while order.changed().await.is_ok() {
            let ordered = *order.borrow_and_update();
            let start = Instant::now();
            let outcome = match ordered {
                Order::Hold => continue,
                Order::Leave => return,
                Order::Refresh => self.register(&mut socket, &mut registering).await,
                Order::Reconnect => {
                    // As a browser whose network went away: no closing handshake.
                    drop(socket);
                    match self.connect_patiently().await {
                        Ok(fresh) => {
                            socket = fresh;
                            self.register(&mut socket, &mut registering).await
                        }
                        Err(error) => return self.say(Err(error)).await,
                    }
                }
            };
            let failed = outcome.is_err();
            self.say(outcome.map(|()| start.elapsed())).await;
            if failed {
                return;
            }
        }
    }

    /// The first registration, not all at once.
    async fn come_in(&self, registering: &mut Registering) -> Result<Socket> {
        let turn = self.shared.pace.acquire().await?;
        let start = Instant::now();
        let mut socket = self.connect().await?;
        self.register(&mut socket, registering).await?;
        drop(turn);
        self.say(Ok(start.elapsed())).await;
        Ok(socket)
    }

    /// Tries again while the far side has no room in its queue, as browsers do.
    async fn connect_patiently(&self) -> Result<Socket> {
        let mut wait = Duration::from_millis(200);
        for _ in 0..TRIES {
            match self.connect().await {
                Ok(socket) => return Ok(socket),
                Err(_) => sleep(wait).await,
            }
            wait = (wait * 2).min(Duration::from_secs(5));
        }
        self.connect().await
    }

    async fn connect(&self) -> Result<Socket> {
        let mut request = self.shared.options.url.as_str().into_client_request()?;
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", HeaderValue::from_static("sip"));
        let small = WebSocketConfig::default()
            .read_buffer_size(4096)
            .write_buffer_size(0);
        let connecting = connect_async_with_config(request, Some(small), true);
        let (socket, _) = timeout(ANSWER_WITHIN, connecting)
            .await
            .context("the WebSocket did not open")??;
        Ok(socket)
    }

    async fn register(&self, socket: &mut Socket, registering: &mut Registering) -> Result<()> {
        for _ in 0..TRIES {
            socket
                .send(Message::text(registering.request()))
                .await
                .context("the connection broke")?;
            let heard = timeout(ANSWER_WITHIN, listen(socket, registering))
                .await
                .context("no answer to REGISTER")??;
            match heard {
                Heard::Registered => return Ok(()),
                Heard::Challenged | Heard::Other => {}
                Heard::Later(seconds) => {
                    self.shared.put_off.fetch_add(1, Ordering::Relaxed);
                    // Spread over a second, so that they do not come back as one.
                    let spread = Duration::from_millis(self.number as u64 * 37 % 1000);
                    sleep(Duration::from_secs(seconds) + spread).await;
                }
                Heard::Refused(status) => bail!("client {}: {status}", self.number),
            }
        }
        bail!("client {}: still not registered", self.number)
    }

    async fn say(&self, done: Done) {
        // Nobody listens any more when another client's failure ended the run.
        let _ = self.done.send(done).await;
    }
}

async fn listen(socket: &mut Socket, registering: &mut Registering) -> Result<Heard> {
    while let Some(message) = socket.next().await {
        let heard = match message? {
            Message::Text(text) => registering.hear(&text),
            Message::Binary(bytes) => registering.hear(&String::from_utf8_lossy(&bytes)),
            Message::Close(_) => break,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Heard::Other,
        };
        if heard != Heard::Other {
            return Ok(heard);
        }
    }
    bail!("the connection was closed")
}

/// Longer than a transaction lives (RFC 3261 §17.1.2.2).
const ANSWER_WITHIN: Duration = Duration::from_secs(35);
/// Without any client's word for that long, the phase has failed.
const PHASE_AT_MOST: Duration = Duration::from_secs(120);
const SETTLE: Duration = Duration::from_secs(2);
const TRIES: usize = 12;
