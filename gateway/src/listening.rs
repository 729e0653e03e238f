//! What the gateway listens on: every socket is bound before anything is promised to anybody.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use sip::transport::Transport;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::config::{Config, Secret, SecretError};
use crate::edge::framing::Framing;
use crate::edge::tcp::Streams;
use crate::edge::tls::Tls;
use crate::edge::trials::Trials;
use crate::edge::udp::Datagrams;
use crate::edge::websocket::Door;
use crate::edge::{Seats, http};
use crate::lifecycle::Lifecycle;

/// Descriptors for everything that is no connection: ports of media, the store, files.
const DESCRIPTORS_BESIDE: u64 = 8192;

/// HTTP connections from one address for each WebSocket it may have: a browser opens six.
const PAGES_A_SOCKET: usize = 8;

/// What it listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    pub http: SocketAddr,
    pub https: Option<SocketAddr>,
    pub udp: SocketAddr,
    pub tcp: SocketAddr,
    pub tls: Option<SocketAddr>,
}

/// The sockets, bound before anything is promised to anybody.
pub(super) struct Sockets {
    http: TcpListener,
    https: Option<TcpListener>,
    pub(super) udp: Datagrams,
    tcp: TcpListener,
    tls: Option<TcpListener>,
}

impl Addresses {
    pub(super) fn say(&self) {
        let or_none = |address: Option<SocketAddr>| match address {
            Some(address) => address.to_string(),
            None => "none".to_owned(),
        };
        tracing::info!(
            http = %self.http,
            https = or_none(self.https),
            udp = %self.udp,
            tcp = %self.tcp,
            tls = or_none(self.tls),
            "listening"
        );
    }
}

impl Sockets {
    pub(super) async fn bind(config: &Config) -> anyhow::Result<Sockets> {
        let udp = Datagrams::bind(config.sip.udp)
            .await
            .with_context(|| cannot_listen("SIP over UDP", "sip.udp", config.sip.udp))?;
        Ok(Sockets {
            http: listen("HTTP", "http.listen", config.http.listen).await?,
            https: listen_if("HTTPS", "http.tls", config.http.tls).await?,
            udp,
            tcp: listen("SIP over TCP", "sip.tcp", config.sip.tcp).await?,
            tls: listen_if("SIP over TLS", "sip.tls", config.sip.tls).await?,
        })
    }

    pub(super) fn addresses(&self) -> std::io::Result<Addresses> {
        let local = |listener: &Option<TcpListener>| {
            listener.as_ref().map(TcpListener::local_addr).transpose()
        };
        Ok(Addresses {
            http: self.http.local_addr()?,
            https: local(&self.https)?,
            udp: self.udp.local_addr()?,
            tcp: self.tcp.local_addr()?,
            tls: local(&self.tls)?,
        })
    }
}

async fn listen(what: &str, key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| cannot_listen(what, key, address))
}

async fn listen_if(
    what: &str,
    key: &str,
    address: Option<SocketAddr>,
) -> anyhow::Result<Option<TcpListener>> {
    match address {
        None => Ok(None),
        Some(address) => listen(what, key, address).await.map(Some),
    }
}

fn cannot_listen(what: &str, key: &str, address: SocketAddr) -> String {
    format!("{what} cannot listen on {address}\n    next step: free the port or change {key}")
}

/// Asks the system for as many descriptors as connections are allowed, and says when it gives fewer.
pub(super) fn allow_many_descriptors(config: &Config) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = u64::try_from(config.http.connections + 2 * config.sip.connections)
        .unwrap_or(u64::MAX)
        .saturating_add(DESCRIPTORS_BESIDE);
    let allowed = getrlimit(Resource::Nofile);
    let most = allowed
        .maximum
        .map_or(wanted, |maximum| maximum.min(wanted));
    if allowed.current.is_some_and(|current| current < most) {
        let raised = Rlimit {
            current: Some(most),
            maximum: allowed.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "the number of open files stays as it is");
        }
    }
    if most < wanted {
        tracing::warn!(
            wanted,
            given = most,
            "fewer files may be open than connections are allowed; raise the limit (ulimit -Hn, LimitNOFILE)"
        );
    }
}

/// What pages and the network go by over HTTP.
pub(super) struct Told {
    home: sip::number::Home,
    events_token: Option<Secret>,
    backend: Option<Secret>,
    trials: Trials,
}

impl Told {
    /// # Errors
    /// The file of the network's token, or of the operator's server, cannot be used.
    pub(super) fn new(
        config: &Config,
        home: &sip::number::Home,
        trials: &Trials,
    ) -> Result<Told, SecretError> {
        Ok(Told {
            trials: trials.clone(),
            home: home.clone(),
            events_token: config.calls.beside.token()?,
            backend: config.embedding.secret()?,
        })
    }
}

/// Starts everything that listens.
pub(super) fn start_edges(
    config: &Config,
    sockets: Sockets,
    streams: Streams,
    tls: Option<Tls>,
    lifecycle: &Lifecycle,
    told: &Told,
) -> Vec<JoinHandle<()>> {
    let gate = streams.gate.clone();
    let places = Arc::new(Semaphore::new(config.http.connections));
    let at_most = config.http.connections_per_address;
    let pages = Seats::new(at_most.saturating_mul(PAGES_A_SOCKET));
    let proxied = config.http.behind_tls_proxy;
    let plain = http::Listener {
        listener: sockets.http,
        tls: None,
        seats: (!proxied).then(|| pages.clone()),
        places: Arc::clone(&places),
    };
    let framing = Arc::new(Framing::new(&config.embedding.origins));
    let sockets_of_pages = Seats::new(config.http.connections_per_address);
    let site = |far_tls: bool, behind_proxy: bool| http::Site {
        gate: gate.clone(),
        door: Door {
            gate: gate.clone(),
            seats: sockets_of_pages.clone(),
            allowed_origins: config.http.allowed_origins.clone(),
            secure: far_tls,
        },
        lifecycle: lifecycle.clone(),
        domain: config.home.domain.to_string(),
        call_grace: config.calls.grace,
        home: told.home.clone(),
        events_token: told.events_token.clone(),
        backend: told.backend.clone(),
        framing: Arc::clone(&framing),
        calls: config.calls.beside.clone(),
        trials: told.trials.clone(),
        client_dir: config.http.client_dir.clone(),
        behind_proxy,
    };
    let seats = Seats::new(config.sip.connections_per_address);
    let at_most = config.sip.connections;
    let accept = |listener, transport| {
        let streams = streams.clone();
        tokio::spawn(streams.accept(listener, transport, seats.clone(), at_most))
    };
    let mut edges = vec![
        tokio::spawn(plain.serve(site(proxied, proxied))),
        tokio::spawn(sockets.udp.receive(gate.clone())),
        accept(sockets.tcp, Transport::Tcp),
    ];
    if let Some(listener) = sockets.tls {
        edges.push(accept(listener, Transport::Tls));
    }
    if let Some(listener) = sockets.https {
        let secure = http::Listener {
            listener,
            tls: tls.clone(),
            seats: Some(pages),
            places,
        };
        edges.push(tokio::spawn(secure.serve(site(true, false))));
    }
    if let Some(tls) = tls {
        edges.push(tokio::spawn(tls.watch()));
    }
    edges
}
