//! Servers that encrypt, and certificates for both sides.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use tokio_rustls::rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};

use super::{Act, Seen, Server};

/// A certificate that nobody but itself has signed, and its key.
pub(crate) struct Papers {
    certificate: CertificateDer<'static>,
    key: KeyPair,
    /// The certificate, in PEM form.
    pub(crate) pem: Bytes,
}

impl Papers {
    /// Papers for hosts, by name or number.
    pub(crate) fn for_hosts(hosts: &[&str]) -> Self {
        Self::until(hosts, 4000)
    }

    /// The same, and the last year that they are good for.
    pub(crate) fn until(hosts: &[&str], year: i32) -> Self {
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let name = format!("papers of {}", hosts.join(" "));
        let mut params = CertificateParams::new(hosts).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let signed = params.self_signed(&key).unwrap();
        Self { certificate: signed.der().clone(), key, pem: signed.pem().into() }
    }

    /// Certificate and key in one PEM text.
    pub(crate) fn identity(&self) -> Vec<u8> {
        [&self.pem[..], self.key.serialize_pem().as_bytes()].concat()
    }

    /// A server that shows these papers, and asks its clients for those of `client`.
    pub(crate) fn serve(
        &self,
        client: Option<&Self>,
        act: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    ) -> (Server, Names) {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match client {
            None => config.with_no_client_auth(),
            Some(client) => {
                let mut roots = RootCertStore::empty();
                roots.add(client.certificate.clone()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let config = config.with_single_cert(vec![self.certificate.clone()], key).unwrap();
        let (config, names) = (Arc::new(config), Names::default());
        let noted = Arc::clone(&names);
        let wrap = move |stream| -> Box<dyn super::Duplex> {
            let tls = ServerConnection::new(config.clone()).unwrap();
            Box::new(Noting { stream: StreamOwned::new(tls, stream), names: Arc::clone(&noted) })
        };
        let mut server = Server::start_over(act, wrap, "https");
        server.origin = server.origin.replace("127.0.0.1", "localhost");
        (server, names)
    }
}

/// The host that the client asked for, once for each time that it was answered.
pub(crate) type Names = Arc<Mutex<Vec<Option<String>>>>;

/// A connection whose client says which host it wants.
struct Noting {
    stream: StreamOwned<ServerConnection, TcpStream>,
    names: Names,
}

impl Read for Noting {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buf)
    }
}

impl Write for Noting {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        // Noted first: the client may have its reply before this thread goes on.
        let name = self.stream.conn.server_name().map(str::to_owned);
        self.names.lock().unwrap().push(name);
        self.stream.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
