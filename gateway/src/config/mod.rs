//! `sidecam.toml`: typed once, here. Unknown keys, wrong types and unsafe choices are refused with the
//! line, the key and the next step.

mod call_context;
mod core;
mod embedding;
mod latching;
mod number;
mod peers;
mod reader;
mod safety;
mod secret;
mod setting;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use call_context::{CallContext, Teller, WithoutCall};
pub use core::{Authenticate, Core, KnownAs, SipAddress};
pub use embedding::Embedding;
pub use latching::LatchingPolicy;
pub use number::{Dialling, Digits, Enum};
pub use peers::{ModelsError, Peers};
pub use reader::{Place, Problem};
pub use secret::{Secret, SecretError};
pub use setting::{Domain, LogForm, Origin, PortRange};

use crate::bridge::latch::Network;
use crate::switch::ShieldLimits;

use reader::Reader;

/// The file that is read when none is named and it exists in the working directory.
pub const DEFAULT_FILE: &str = "sidecam.toml";

/// What H.264 level 1.3 allows, and a bearer for video calls carries.
pub const DEFAULT_MAX_BITS_PER_SECOND: u32 = 768_000;

/// Everything an operator can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub http: Http,
    pub sip: Sip,
    pub tls: Tls,
    pub resolver: Resolver,
    pub home: Home,
    pub enumeration: Enum,
    pub core: Core,
    pub peers: Peers,
    pub store: Store,
    pub media: Media,
    pub calls: Calls,
    pub embedding: Embedding,
    pub limits: ShieldLimits,
    pub capacity: CapacityLimits,
    pub log: Log,
}

/// `[http]`: the page and SIP over WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    pub listen: SocketAddr,
    /// The same over TLS, with the certificate of `[tls]`: https and wss.
    pub tls: Option<SocketAddr>,
    /// Where the built client lies.
    pub client_dir: PathBuf,
    /// Origins, beside the page's own and localhost, whose scripts may open the WebSocket.
    pub allowed_origins: Vec<Origin>,
    /// True where a proxy in front speaks TLS: the only way to listen beyond loopback.
    pub behind_tls_proxy: bool,
    /// WebSockets from one address. A household shares one; a flood does not fit.
    pub connections_per_address: usize,
    /// Connections from all addresses, WebSockets among them; more wait to be accepted.
    pub connections: usize,
}

/// `[sip]`: SIP over UDP, TCP and TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sip {
    pub udp: SocketAddr,
    pub tcp: SocketAddr,
    /// SIP over TLS, with the certificate of `[tls]`. Without it nothing is sent by TLS either.
    pub tls: Option<SocketAddr>,
    /// The address peers are told to answer to, where it differs from the one listened on.
    pub address: Option<IpAddr>,
    /// A TCP or TLS connection on which nothing moves for this long is closed.
    pub tcp_idle: Duration,
    /// TCP and TLS connections from one address.
    pub connections_per_address: usize,
    /// TCP connections from all addresses, and as many by TLS; more wait to be accepted.
    pub connections: usize,
}

/// `[tls]`: who we are, and whom we believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// PEM: our certificate, then those that lead from it to its authority. Read again when it or
    /// its key changes, which is looked for every five seconds, and at once on SIGHUP. All other
    /// settings need a restart.
    pub certificate: Option<PathBuf>,
    /// PEM: the private key of the first certificate.
    pub key: Option<PathBuf>,
    /// PEM: authorities that servers we call must be certified by; without it, those that browsers
    /// know.
    pub authorities: Option<PathBuf>,
    /// The name in the certificate, for Contact and Via on TLS, so that who calls back can check it;
    /// without it the address stands there.
    pub name: Option<Domain>,
}

/// `[resolver]`: who is asked for the addresses of SIP domains (RFC 3263).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolver {
    /// DNS servers with their ports, such as `192.0.2.53:53`; without any, those of the system.
    pub servers: Vec<SocketAddr>,
}

/// `[home]`: the registrar for this gateway's own users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    pub domain: Domain,
    /// Shorter wishes get 423 (RFC 3261 §10.2.8).
    pub min_expires: Duration,
    pub max_expires: Duration,
    /// How long a registration lasts that names no time itself.
    pub default_expires: Duration,
    /// How long a browser's binding outlives its WebSocket, so that a reload does not lose a call.
    pub flow_grace: Duration,
    /// Devices of one user.
    pub bindings_per_user: usize,
    /// Wrong passwords for one user from one address before they are answered 403 unheard; that
    /// ends `lockout` after the last.
    pub failures_per_user: usize,
    /// The same for all users together: an office shares an address.
    pub failures_per_address: usize,
    pub lockout: Duration,
    /// Whether who registered over UDP proves itself with each request (`every-request`), or is
    /// believed by the address it registered from (`registered-address`): that can be forged
    /// wherever the network lets it, and is for handsets and networks that know nothing else.
    pub authenticate: Authenticate,
    pub dialling: Dialling,
}

/// `[store]`: where subscribers and bindings are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// `sqlite:PATH`; the file is made when it is absent.
    pub url: String,
}

/// `[media]`: addresses and ports of the pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// The address written into SDP and ICE candidates.
    pub address: IpAddr,
    /// Threads that carry media; 0 for one a core.
    pub workers: usize,
    /// Ports for plain RTP and RTCP, in pairs.
    pub rtp_ports: PortRange,
    /// First of the workers' WebRTC ports; 0 for any free ones.
    pub webrtc_port: u16,
    /// The most that video of a plain peer may take in each direction, headers not counted.
    pub max_bits_per_second: u32,
    pub latching: LatchingPolicy,
    /// Networks that first sources may be in, besides the address in the SDP.
    pub latch_networks: Vec<Network>,
}

/// `[calls]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    /// How long a call may ring.
    pub answer_within: Duration,
    /// How long a call waits for a browser whose connection is gone. The other side knows nothing
    /// of it.
    pub grace: Duration,
    /// After which time without a refresh a call is over (RFC 4028); 0 for calls that are not
    /// watched.
    pub session_expires: Duration,
    /// How long a call may last from its answer on; 0 for any time.
    pub longest: Duration,
    /// How long the end waits for the last BYEs.
    pub drain: Duration,
    /// The voice calls that shares go beside.
    pub beside: CallContext,
}

/// `[limits]`: how much may go on at once. Beyond it calls are answered 503 before they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapacityLimits {
    /// Calls under way, those that ring among them.
    pub calls: usize,
    /// How much of all cores may be in use for another call to be taken; 0 for any.
    pub cpu_percent: u32,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// A `tracing` filter such as `info` or `sidecam_gateway=debug`.
    pub level: String,
    pub form: LogForm,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: {error}\n    next step: name a file that can be read, or leave --config out", path.display())]
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{}", list(.0))]
    Wrong(Vec<Problem>),
}

/// `[limits]`: what strangers and members may do.
fn limits(r: &mut Reader) -> ShieldLimits {
    ShieldLimits {
        // A burst of retransmissions of a few phones behind one address.
        strangers_per_second: r.take("limits", "strangers_per_second", 50),
        // A device that fetches nothing but keyframes stays below ten.
        members_per_second: r.take("limits", "members_per_second", 200),
        // An office behind one address after a power cut, within a few minutes.
        registrations_per_minute: r.take("limits", "registrations_per_minute", 120),
        // A monitor that asks every five seconds is well below it, a scanner well above.
        attempts_per_minute: r.take("limits", "attempts_per_minute", 20),
        silence: r.take("limits", "silence", Duration::from_secs(600)),
        // More than a person can attend to on all their devices; a script that dials takes more.
        calls_per_user: r.take("limits", "calls_per_user", 8),
        // A family; each may cost an encoder, and more than 64 are never taken.
        watchers: r.take("limits", "watchers", 16),
    }
}

impl Config {
    /// Reads the named file, or `sidecam.toml` where there is one, and the environment over it.
    pub fn load(path: Option<&Path>) -> Result<Config, ConfigError> {
        let path = match path {
            Some(path) => Some(path),
            None => Some(Path::new(DEFAULT_FILE)).filter(|path| path.exists()),
        };
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let Some(path) = path else {
            return Config::read(None, environment);
        };
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            path: path.to_owned(),
            error,
        })?;
        Config::read(Some((path, &text)), environment)
    }

    /// Reads a configuration from its text; `file` is the name that complaints use.
    pub fn read(
        file: Option<(&Path, &str)>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Config, ConfigError> {
        let mut reader = Reader::new(file, environment);
        let config = Config::take(&mut reader);
        safety::refuse_what_is_unsafe(&config, &mut reader);
        let problems = reader.finish();
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::Wrong(problems))
        }
    }

    fn take(reader: &mut Reader) -> Config {
        let r = reader;
        Config {
            http: http(r),
            sip: sip(r),
            tls: tls(r),
            resolver: Resolver {
                servers: r.take("resolver", "servers", Vec::new()),
            },
            home: Home {
                domain: r.take("home", "domain", "localhost".parse().expect("a domain")),
                min_expires: r.take("home", "min_expires", Duration::from_secs(60)),
                max_expires: r.take("home", "max_expires", Duration::from_secs(3600)),
                default_expires: r.take("home", "default_expires", Duration::from_secs(600)),
                flow_grace: r.take("home", "flow_grace", Duration::from_secs(60)),
                bindings_per_user: r.take("home", "bindings_per_user", 8),
                failures_per_user: r.take("home", "failures_per_user", 6),
                failures_per_address: r.take("home", "failures_per_address", 60),
                lockout: r.take("home", "lockout", Duration::from_secs(60)),
                authenticate: r.take("home", "authenticate", Authenticate::EveryRequest),
                dialling: Dialling::take(r),
            },
            enumeration: Enum::take(r),
            core: Core::take(r),
            peers: Peers {
                profiles_dir: r.take("peers", "profiles_dir", None),
            },
            store: Store {
                url: r.take("store", "url", "sqlite:sidecam.db".to_owned()),
            },
            media: Media {
                address: r.take("media", "address", IpAddr::V4(Ipv4Addr::LOCALHOST)),
                workers: r.take("media", "workers", 0),
                rtp_ports: r.take(
                    "media",
                    "rtp_ports",
                    PortRange {
                        first: 30000,
                        last: 39999,
                    },
                ),
                webrtc_port: r.take("media", "webrtc_port", 0),
                max_bits_per_second: r.take(
                    "media",
                    "max_bits_per_second",
                    DEFAULT_MAX_BITS_PER_SECOND,
                ),
                latching: r.take("media", "latching", LatchingPolicy::Signalled),
                latch_networks: r.take("media", "latch_networks", Vec::new()),
            },
            calls: Calls {
                answer_within: r.take("calls", "answer_within", Duration::from_secs(60)),
                grace: r.take("calls", "grace", Duration::from_secs(60)),
                session_expires: r.take("calls", "session_expires", Duration::from_secs(1800)),
                longest: r.take("calls", "longest", Duration::ZERO),
                drain: r.take("calls", "drain", Duration::from_secs(5)),
                beside: CallContext::take(r),
            },
            embedding: Embedding::take(r),
            limits: limits(r),
            capacity: CapacityLimits {
                calls: r.take("limits", "calls", 10_000),
                cpu_percent: r.take("limits", "cpu_percent", 85),
            },
            log: Log {
                level: r.take("log", "level", "info".to_owned()),
                form: r.take("log", "form", LogForm::Text),
            },
        }
    }

    /// What an operator may want to know, though it is no mistake.
    pub fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        if !self.http.client_dir.join("index.html").exists() {
            hints.push(format!(
                "there is no index.html in {}: nobody gets a page; build the client or change http.client_dir",
                self.http.client_dir.display()
            ));
        }
        if self.media.address.is_loopback() && !self.sip.udp.ip().is_loopback() {
            hints.push(
                "media.address is on loopback: handsets on other machines will see no picture"
                    .to_owned(),
            );
        }
        hints
    }
}

fn http(reader: &mut Reader) -> Http {
    Http {
        listen: reader.take("http", "listen", loopback(8080)),
        tls: reader.take("http", "tls", None),
        client_dir: reader.take("http", "client_dir", PathBuf::from("dist")),
        allowed_origins: reader.take("http", "allowed_origins", Vec::new()),
        behind_tls_proxy: reader.take("http", "behind_tls_proxy", false),
        connections_per_address: reader.take("http", "connections_per_address", 64),
        connections: reader.take("http", "connections", 20_000),
    }
}

fn sip(reader: &mut Reader) -> Sip {
    Sip {
        udp: reader.take("sip", "udp", loopback(5060)),
        tcp: reader.take("sip", "tcp", loopback(5060)),
        tls: reader.take("sip", "tls", None),
        address: reader.take("sip", "address", None),
        tcp_idle: reader.take("sip", "tcp_idle", Duration::from_secs(300)),
        connections_per_address: reader.take("sip", "connections_per_address", 64),
        connections: reader.take("sip", "connections", 4096),
    }
}

fn tls(reader: &mut Reader) -> Tls {
    Tls {
        certificate: reader.take("tls", "certificate", None),
        key: reader.take("tls", "key", None),
        authorities: reader.take("tls", "authorities", None),
        name: reader.take("tls", "name", None),
    }
}

/// Nothing is offered to the network that nobody asked for.
fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod document;
#[cfg(test)]
mod tests;
