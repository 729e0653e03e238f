//! RFC 3261 §26.2, RFC 5922: TLS. Our certificate is read again when its files change, without a
//! restart and without a word to connections that stand; a server that we call has to prove to be the
//! domain that was asked for.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sip::message::Host;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::config;
use crate::operate::metrics::Counters;

/// A handshake that is not through by then is somebody who only holds the connection.
const HANDSHAKE_AT_MOST: Duration = Duration::from_secs(10);

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What is wrong with the files of `[tls]`.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("tls.{key}: {} cannot be read: {error}\n    next step: name a PEM file that this user may read", path.display())]
    Unreadable {
        key: &'static str,
        path: PathBuf,
        error: PemError,
    },
    #[error("tls.{key}: {} holds no {what}\n    next step: name a PEM file with one", path.display())]
    Empty {
        key: &'static str,
        path: PathBuf,
        what: &'static str,
    },
    #[error("tls.key: {} is not the key of the first certificate in {}\n    next step: name the two files that belong together, the server's own certificate first", key.display(), certificate.display())]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("tls.{key}: {} is not usable: {error}\n    next step: ask for it anew from whom it comes", path.display())]
    Unusable {
        key: &'static str,
        path: PathBuf,
        error: rustls::Error,
    },
}

/// Everything that speaks TLS here. Clones share one certificate.
#[derive(Clone)]
pub struct Tls {
    sip: TlsAcceptor,
    https: TlsAcceptor,
    connector: TlsConnector,
    identity: Arc<Identity>,
}

/// Our certificate and where it lies.
#[derive(Debug)]
struct Identity {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Tls {
    /// Reads the files; `None` where no certificate is configured.
    ///
    /// # Errors
    /// A file is missing, unreadable, or does not fit the other.
    pub fn load(config: &config::Tls) -> Result<Option<Tls>, TlsError> {
        let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else {
            return Ok(None);
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = roots(config.authorities.as_deref())?;
        let identity = Arc::new(Identity {
            certificate: certificate.clone(),
            key: key.clone(),
            current: RwLock::new(Arc::new(read(certificate, key, &provider)?)),
        });
        let accepting = |protocols: &[&[u8]]| {
            let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
                .expect("the provider has the cipher suites of both versions")
                .with_no_client_auth()
                .with_cert_resolver(Arc::clone(&identity) as Arc<dyn ResolvesServerCert>);
            server.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
            TlsAcceptor::from(Arc::new(server))
        };
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("the provider has the cipher suites of both versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Some(Tls {
            sip: accepting(&[]),
            https: accepting(&[b"http/1.1"]),
            connector: TlsConnector::from(Arc::new(client)),
            identity,
        }))
    }

    /// The server's side of a SIP connection; `None` when the handshake fails or takes too long.
    pub async fn accept_sip(
        &self,
        stream: TcpStream,
        counters: &Counters,
    ) -> Option<server::TlsStream<TcpStream>> {
        accept(&self.sip, stream, counters).await
    }

    /// The server's side of an https connection.
    pub async fn accept_https(
        &self,
        stream: TcpStream,
        counters: &Counters,
    ) -> Option<server::TlsStream<TcpStream>> {
        accept(&self.https, stream, counters).await
    }

    /// The client's side: the server has to prove that it is `domain` (RFC 5922 §4).
    ///
    /// # Errors
    /// It does not, or no handshake comes about in time.
    pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        domain: &Host,
        stream: S,
    ) -> anyhow::Result<client::TlsStream<S>> {
        let name = match domain {
            Host::Name(name) => ServerName::try_from(name.as_str().to_owned())?,
            Host::V4(address) => ServerName::from(IpAddr::V4(*address)),
            Host::V6(address) => ServerName::from(IpAddr::V6(*address)),
        };
        let stream = timeout(HANDSHAKE_AT_MOST, self.connector.connect(name, stream)).await??;
        Ok(stream)
    }

    /// Looks at the files again and again, and at once on SIGHUP. What cannot be used is said once,
    /// and the last good certificate stays.
    pub async fn watch(self) {
        let mut hangup = match signal(SignalKind::hangup()) {
            Ok(hangup) => hangup,
            Err(error) => {
                tracing::error!(%error, "SIGHUP is not listened for; a new certificate needs a restart");
                return;
            }
        };
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut known = self.identity.stamp();
        loop {
            let asked = tokio::select! {
                _ = look.tick() => false,
                _ = hangup.recv() => true,
            };
            let stamp = self.identity.stamp();
            if asked || stamp != known {
                known = stamp;
                self.identity.reload();
            }
        }
    }
}

/// Says nothing of the key.
impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Identity {
    /// When the files were written last, and how long they are.
    fn stamp(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.certificate, &self.key].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }

    fn reload(&self) {
        match read(&self.certificate, &self.key, &aws_lc_rs::default_provider()) {
            Ok(new) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = Arc::new(new);
                tracing::info!(certificate = %self.certificate.display(), "certificate read again");
            }
            Err(error) => {
                tracing::error!("the new certificate is of no use, the last one stays: {error}");
            }
        }
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

async fn accept(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
    counters: &Counters,
) -> Option<server::TlsStream<TcpStream>> {
    match timeout(HANDSHAKE_AT_MOST, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            counters.handshakes_failed.count();
            tracing::debug!(%error, "no TLS handshake");
            None
        }
        Err(_) => {
            counters.handshakes_failed.count();
            tracing::debug!("a TLS handshake took too long");
            None
        }
    }
}

fn read(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let chain = certificates("certificate", certificate)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| match error {
        PemError::NoItemsFound => TlsError::Empty {
            key: "key",
            path: key.to_owned(),
            what: "private key",
        },
        error => unreadable("key", key, error),
    })?;
    CertifiedKey::from_der(chain, private, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        },
        error => TlsError::Unusable {
            key: "certificate",
            path: certificate.to_owned(),
            error,
        },
    })
}

fn roots(authorities: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = authorities else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(roots);
    };
    for certificate in certificates("authorities", path)? {
        roots.add(certificate).map_err(|error| TlsError::Unusable {
            key: "authorities",
            path: path.to_owned(),
            error,
        })?;
    }
    Ok(roots)
}

/// All certificates of a PEM file, at least one.
fn certificates(key: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .map_err(|error| unreadable(key, path, error))?
        .collect();
    let all = all.map_err(|error| unreadable(key, path, error))?;
    if all.is_empty() {
        return Err(TlsError::Empty {
            key,
            path: path.to_owned(),
            what: "certificate",
        });
    }
    Ok(all)
}

fn unreadable(key: &'static str, path: &Path, error: PemError) -> TlsError {
    TlsError::Unreadable {
        key,
        path: path.to_owned(),
        error,
    }
}
