//! An authority that only the test knows, and a client that trusts nobody else.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outcrop_server::Tls;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::served::connect;

/// An authority, and the certificate for `localhost` that it has given to a server.
pub(crate) struct Authority {
    /// Where its own certificate is.
    pub(crate) file: PathBuf,
    pem: String,
    certificate: String,
    key: String,
}

impl Authority {
    pub(crate) fn new(file: &Path) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        // Told apart by name from those whom it vouches for.
        params.distinguished_name.push(DnType::CommonName, "an authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap().pem();
        fs::write(file, &pem).unwrap();
        Self { file: file.to_owned(), pem, certificate, key: key.serialize_pem() }
    }

    pub(crate) fn write(&self, certificate: &Path, key: &Path) {
        fs::write(certificate, &self.certificate).unwrap();
        fs::write(key, &self.key).unwrap();
    }

    pub(crate) fn tls(&self) -> Tls {
        Tls::from_pem(self.certificate.as_bytes(), self.key.as_bytes()).unwrap()
    }
}

/// A connection by TLS.
pub(crate) struct Speaking(StreamOwned<ClientConnection, TcpStream>);

impl Speaking {
    pub(crate) fn to(address: SocketAddr, authority: &Authority) -> Self {
        Self::attempt(address, authority).unwrap()
    }

    pub(crate) fn attempt(address: SocketAddr, authority: &Authority) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(connection, connect(address));
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self(stream))
    }

    pub(crate) fn protocol(&self) -> String {
        String::from_utf8(self.0.conn.alpn_protocol().unwrap_or_default().to_vec()).unwrap()
    }

    pub(crate) fn get(mut self, path: &str) -> String {
        self.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        self.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Read for Speaking {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Speaking {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
