//! Puts the gateway together: sockets, store, media workers, the loop.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use handset::Models;
use serde_json::json;
use sip::agent::{Agent, AgentConfig, Oversize, SessionTimers};
use sip::digest::DigestServer;
use sip::id::IdSource;
use sip::limits::Limits;
use sip::message::{Host, HostPort, Text, Uri};
use sip::transaction::Timers;
use sip::transport::Transport;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::config::{self, Config, Domain};
use crate::edge::codec_pool::CodecPool;
use crate::edge::load::{self, LoadBoard};
use crate::edge::media_worker::{MediaWorker, WorkerConfig};
use crate::edge::resolve::Resolver;
use crate::edge::rtp_ports::PortRange;
use crate::edge::tcp::Streams;
use crate::edge::tls::Tls;
use crate::edge::trials::{Place, Trials};
use crate::edge::workers::Workers;
use crate::edge::{Gate, udp};
use crate::home::registrar;
use crate::home::{Home, Registrar, Subscribers, Territory};
use crate::lifecycle::Lifecycle;
use crate::listening::{Addresses, Sockets, Told, allow_many_descriptors, start_edges};
use crate::operate::metrics::Counters;
use crate::server::{Edges, Server, WAKES_WAITING, Wake};
use crate::store::{self, ORDERS_WAITING, Sqlite};
use crate::switch::budget::Capacity;
use crate::switch::core::{Core, CoreConfig};
use crate::switch::destinations::{Destinations, Families, Ways};
use crate::switch::guard::{Authenticate, Guard};
use crate::switch::{Clock, Entrance, GuessLimits, Numbers, Policy, Switch};

/// A running gateway.
pub struct Gateway {
    addresses: Addresses,
    gate: Gate,
    running: JoinHandle<()>,
    store: JoinHandle<()>,
    edges: Vec<JoinHandle<()>>,
    trials: Trials,
}

impl Gateway {
    /// Opens the store, binds every socket and starts serving.
    pub async fn start(config: Config) -> anyhow::Result<Gateway> {
        let store = Sqlite::open(&config.store.url).await?;
        Gateway::start_with(config, store).await
    }

    /// The same with a store that is open.
    pub async fn start_with(config: Config, store: Sqlite) -> anyhow::Result<Gateway> {
        allow_many_descriptors(&config);
        let tls = Tls::load(&config.tls)?;
        let sockets = Sockets::bind(&config).await?;
        let addresses = sockets.addresses()?;
        let mut ids = IdSource::new(seed()?);
        let counters = Arc::<Counters>::default();
        let lifecycle = Lifecycle::default();
        let (wakes, woken) = mpsc::channel(WAKES_WAITING);
        let gate = Gate::new(wakes, Arc::clone(&counters));
        let home = home(&config, addresses, &store, &mut ids).await?;
        let numbers = config.home.dialling.home().context("home.country_code")?;
        let models = Arc::new(config.peers.models()?);
        let trials = Trials::new(gate.clone(), place(&config, addresses));
        let told = Told::new(&config, &numbers, &trials)?;
        let policy = policy(&config, addresses, models, numbers)?;
        let agent = agent(&policy, config.calls.session_expires, &mut ids);
        let streams = Streams {
            gate: gate.clone(),
            tls: tls.clone(),
            idle: config.sip.tcp_idle,
        };
        let occupancy = Arc::clone(&policy.occupancy);
        let measured = Arc::clone(&counters);
        let switch = Switch::new(
            agent,
            home,
            entrance(&config, &mut ids)?,
            Destinations::new(ways(addresses), IdSource::new(ids.seed())),
            policy,
            counters,
        );
        let board = Arc::<LoadBoard>::default();
        let workers = start_workers(&config, &mut ids, &gate, &board).await?;
        let (orders, ordered) = mpsc::channel(ORDERS_WAITING);
        let server = Server {
            switch,
            wakes: woken,
            edges: Edges {
                gate: gate.clone(),
                udp: sockets.udp.clone(),
                streams: streams.clone(),
                resolver: Resolver::new(&config.resolver.servers)?,
                orders,
                workers: Workers::new(workers),
                outboxes: HashMap::new(),
            },
            lifecycle: lifecycle.clone(),
            drain: config.calls.drain,
        };
        let store = keep(store, ordered, gate.clone());
        let running = tokio::spawn(server.run());
        let mut edges = start_edges(&config, sockets, streams, tls, &lifecycle, &told);
        edges.push(tokio::spawn(load::watch(board, occupancy, measured)));
        addresses.say();
        Ok(Gateway {
            addresses,
            gate,
            running,
            store,
            edges,
            trials,
        })
    }

    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// One line of JSON for whoever started us.
    pub fn ready_line(&self) -> String {
        let Addresses {
            http,
            https,
            udp,
            tcp,
            tls,
        } = self.addresses;
        json!({
            "ready": true,
            "http": format!("http://{http}"),
            "https": https.map(|address| format!("https://{address}")),
            "udp": udp.to_string(),
            "tcp": tcp.to_string(),
            "tls": tls.map(|address| address.to_string()),
        })
        .to_string()
    }

    /// Runs until SIGTERM or Ctrl-C, then ends all calls. A second signal does not wait for them.
    /// SIGHUP has the certificate read again and changes nothing else.
    pub async fn run_until_signalled(self) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
        // Without this it would end a gateway that has no certificate to read again.
        let mut hangup = signal(SignalKind::hangup()).context("listening for SIGHUP")?;
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => tracing::info!(
                    "SIGHUP: the certificate is read again; other settings need a restart"
                ),
            }
        }
        tokio::select! {
            ended = self.stop() => ended,
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
        }
    }

    /// Takes no new calls, ends those there are, and returns when that is done and all is on disk.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.trials.end_all();
        self.gate.wake(Wake::Shutdown).await;
        let ended = self.running.await.context("the loop failed");
        for edge in &self.edges {
            edge.abort();
        }
        // The loop dropped its end of the orders: the store ends when it has carried out the last.
        self.store.await.context("the store failed")?;
        ended
    }
}

/// Carries out the loop's orders to the store, and tells it what came of them.
fn keep(store: Sqlite, ordered: mpsc::Receiver<store::Order>, gate: Gate) -> JoinHandle<()> {
    tokio::spawn(store::run(store, ordered, async move |stored| {
        gate.wake(Wake::Stored(stored)).await;
    }))
}

/// The address peers are told, with the port that was really bound.
fn advertised(config: &Config, bound: SocketAddr) -> HostPort {
    HostPort::from(SocketAddr::new(
        config.sip.address.unwrap_or(bound.ip()),
        bound.port(),
    ))
}

/// By name, so that who calls back can check the certificate.
fn tls_contact(config: &Config, bound: SocketAddr) -> HostPort {
    match &config.tls.name {
        None => advertised(config, bound),
        Some(name) => match name.as_str().parse() {
            Ok(host) => HostPort::new(host, Some(bound.port())),
            Err(_) => advertised(config, bound),
        },
    }
}

fn policy(
    config: &Config,
    addresses: Addresses,
    models: Arc<Models>,
    home: sip::number::Home,
) -> anyhow::Result<Policy> {
    let domains = config.enumeration.domains.iter();
    let domains = domains.map(|domain| domain.as_str().parse());
    Ok(Policy {
        numbers: Numbers {
            home,
            suffixes: config
                .enumeration
                .suffixes
                .iter()
                .map(Domain::to_string)
                .collect(),
            domains: domains.collect::<Result<_, _>>().context("enum.domains")?,
        },
        udp_contact: advertised(config, addresses.udp),
        tcp_contact: advertised(config, addresses.tcp),
        tls_contact: addresses.tls.map(|bound| tls_contact(config, bound)),
        media_address: config.media.address,
        max_video_bits_per_second: config.media.max_bits_per_second,
        answer_within: config.calls.answer_within,
        longest_call: (!config.calls.longest.is_zero()).then_some(config.calls.longest),
        clock: Clock {
            at: Instant::now(),
            unix: SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
        },
        call_grace: config.calls.grace,
        beside: config.calls.beside.rules(),
        limits: config.limits,
        capacity: Capacity {
            calls: config.capacity.calls,
            cpu_percent: config.capacity.cpu_percent,
            cores: u32::try_from(cores()).unwrap_or(u32::MAX),
        },
        occupancy: Arc::default(),
        models,
    })
}

/// Where handsets of our own live, for pages that test their connection.
fn place(config: &Config, addresses: Addresses) -> Place {
    let ports = &config.media.rtp_ports;
    Place {
        domain: config.home.domain.to_string(),
        media: config.media.address,
        spared: ports.first..=ports.last,
        sip: addresses.udp,
    }
}

/// How we can leave: by the families that the UDP socket has; by TLS where we can be called back.
fn ways(addresses: Addresses) -> Ways {
    let families = match addresses.udp.ip() {
        IpAddr::V4(_) => Families::V4,
        // The system's default for a socket on all addresses is to take both families.
        IpAddr::V6(address) if address.is_unspecified() => Families::V6ThenV4,
        IpAddr::V6(_) => Families::V6,
    };
    Ways {
        tls: addresses.tls.is_some(),
        families,
    }
}

async fn home(
    config: &Config,
    addresses: Addresses,
    store: &Sqlite,
    ids: &mut IdSource,
) -> anyhow::Result<Home> {
    let domain: Host = config.home.domain.as_str().parse().context("home.domain")?;
    let own = [addresses.udp.ip(), addresses.tcp.ip()]
        .into_iter()
        .chain(config.sip.address);
    let mut home = Home {
        territory: Territory::new(domain, own.map(Host::from)),
        subscribers: Subscribers::new(store.subscribers().await?),
        registrar: Registrar::new(
            registrar::Policy {
                min_expires: config.home.min_expires,
                max_expires: config.home.max_expires,
                default_expires: config.home.default_expires,
                flow_grace: config.home.flow_grace,
                bindings_per_user: config.home.bindings_per_user,
            },
            ids.seed(),
        ),
    };
    let now = Instant::now();
    for binding in store.bindings().await? {
        home.registrar
            .restore(&binding, udp::hop(binding.received), ids.bytes(), now);
    }
    tracing::info!(
        subscribers = home.subscribers.all().len(),
        bindings = home.registrar.count(),
        "store read"
    );
    Ok(home)
}

fn agent(policy: &Policy, session_expires: Duration, ids: &mut IdSource) -> Agent {
    let session = (!session_expires.is_zero()).then(|| SessionTimers {
        expires: session_expires,
        ..SessionTimers::default()
    });
    let mut agent = Agent::new(AgentConfig {
        user_agent: format!("Sidecam/{}", env!("CARGO_PKG_VERSION")),
        seed: ids.seed(),
        limits: Limits::default(),
        timers: Timers::default(),
        session,
        oversize: Oversize::Stream,
    });
    agent.set_sent_by(Transport::Udp, policy.udp_contact.clone());
    agent.set_sent_by(Transport::Tcp, policy.tcp_contact.clone());
    if let Some(contact) = &policy.tls_contact {
        agent.set_sent_by(Transport::Tls, contact.clone());
    }
    let timer = session.map(|_| "timer");
    let tags = ["100rel", "precondition", "replaces"]
        .into_iter()
        .chain(timer);
    agent.set_supported(tags.map(Text::from).collect());
    agent.set_also_understood(vec![sip::resource_lists::OPTION_TAG.into()]);
    agent
}

fn entrance(config: &Config, ids: &mut IdSource) -> anyhow::Result<Entrance> {
    let limits = GuessLimits {
        per_name: config.home.failures_per_user,
        per_address: config.home.failures_per_address,
        lockout: config.home.lockout,
    };
    let authenticate = match config.home.authenticate {
        config::Authenticate::EveryRequest => Authenticate::EveryRequest,
        config::Authenticate::RegisteredAddress => Authenticate::RegisteredAddress,
    };
    let digest = DigestServer::new(config.home.domain.as_str(), ids.seed(), Instant::now());
    Ok(Entrance {
        guard: Guard::new(digest, limits, authenticate).with_tokens(config.embedding.limits()),
        core: Core::new(
            core_config(&config.core)?,
            ids.seed(),
            config.home.flow_grace,
        ),
        ids: IdSource::new(ids.seed()),
    })
}

fn core_config(core: &config::Core) -> anyhow::Result<Option<CoreConfig>> {
    let Some(next_hop) = &core.next_hop else {
        return Ok(None);
    };
    let next_hop: Uri = next_hop.as_str().parse().context("core.next_hop")?;
    let Uri::Sip(next_hop) = next_hop else {
        anyhow::bail!("core.next_hop is no SIP address");
    };
    let mut users = HashMap::new();
    for user in &core.users {
        let address = user.address.parse().context("core.users")?;
        users.insert(user.name.clone(), address);
    }
    Ok(Some(CoreConfig {
        next_hop,
        trusted: core.trusted.iter().map(IpAddr::to_canonical).collect(),
        access_network: core.access_network.as_deref().map(Text::from),
        visited_network: core.visited_network.as_deref().map(Text::from),
        watch_registrations: core.watch_registrations,
        users,
    }))
}

/// The cores that we may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

async fn start_workers(
    config: &Config,
    ids: &mut IdSource,
    gate: &Gate,
    board: &Arc<LoadBoard>,
) -> anyhow::Result<Vec<MediaWorker>> {
    let count = match config.media.workers {
        0 => cores(),
        count => count,
    };
    let pool = CodecPool::start(cores(), Arc::clone(board)).context("starting codec threads")?;
    let rtp_ports = PortRange::parse(&config.media.rtp_ports.to_string())?;
    let mut workers = Vec::with_capacity(count);
    for index in 0..count {
        let webrtc_port = match config.media.webrtc_port {
            0 => 0,
            first => u16::try_from(usize::from(first) + index)
                .context("media.webrtc_port leaves too few ports")?,
        };
        let worker = WorkerConfig {
            address: config.media.address,
            webrtc_port,
            rtp_ports: rtp_ports.clone(),
            rules: config.media.plain_rules(),
            counters: Arc::clone(&gate.counters),
            seed: u64::from_be_bytes(ids.bytes()),
        };
        let started =
            MediaWorker::start(worker, pool.clone(), Arc::clone(board), gate.wakes.clone()).await;
        workers.push(started.with_context(|| {
            let address = config.media.address;
            format!(
                "media cannot use {address} port {webrtc_port}\n    next step: write an address of this machine \
                 as media.address and the first of some free ports as media.webrtc_port"
            )
        })?);
    }
    Ok(workers)
}

/// Everything that must not be guessed follows from this.
fn seed() -> anyhow::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the system gives no random bytes")?;
    Ok(seed)
}
