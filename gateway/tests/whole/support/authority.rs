//! An authority that the tests' peers believe, and the certificates that it gives out.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SerialNumber,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::{StreamPeer, TlsPeer, within};

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "An authority of tests");
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        Authority { issuer }
    }

    /// Writes `authority.pem`.
    pub fn write(&self, folder: &Path) {
        std::fs::write(folder.join("authority.pem"), self.issuer.pem()).unwrap();
    }

    /// Writes `certificate.pem` and `key.pem` for these names, with a serial number to know it by.
    pub fn certify(&self, folder: &Path, names: &[&str], serial: u64) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.serial_number = Some(SerialNumber::from(serial));
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(folder.join("certificate.pem"), certificate.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    }

    /// What a peer's connections go by.
    pub fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }

    pub async fn connect(&self, to: SocketAddr) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(to).await.unwrap();
        let name = ServerName::from(to.ip());
        within(self.connector().connect(name, stream))
            .await
            .unwrap()
    }

    pub async fn peer(&self, to: SocketAddr) -> TlsPeer {
        let stream = self.connect(to).await;
        StreamPeer {
            local: stream.get_ref().0.local_addr().unwrap(),
            stream,
            transport: "TLS",
        }
    }
}

/// The server's side, from the files in a folder.
pub fn acceptor(folder: &Path) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(folder.join("certificate.pem"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Whether a server's certificate has that serial number.
pub fn shows(stream: &TlsStream<TcpStream>, serial: u64) -> bool {
    let certificates = stream.get_ref().1.peer_certificates().unwrap();
    let wanted = serial.to_be_bytes();
    certificates[0].windows(8).any(|bytes| bytes == wanted)
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
