//! The server's side of TLS: certificates that can be read anew while connections go on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::{fmt, fs, io};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// The protocol that is spoken inside.
const PROTOCOL: &[u8] = b"http/1.1";

/// A certificate and its key: what encrypts the connections of a [`Listener`](super::Listener).
///
/// TLS 1.2 and 1.3 are spoken. All clones share the certificate, so that
/// [`reload`](Self::reload) reaches each listener; connections that are open keep the old one.
#[derive(Clone)]
pub struct Tls(Arc<Shared>);

struct Shared {
    /// Certificate and key, if they came from files.
    files: Option<(PathBuf, PathBuf)>,
    config: RwLock<Arc<ServerConfig>>,
}

/// Why a certificate or a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}; name a file that this user may read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// There is no certificate in what should hold some.
    #[error("there is no certificate: PEM text is wanted, the server's own certificate first")]
    NoCertificate,
    /// There is no key in what should hold one.
    #[error("there is no private key: PEM text is wanted, and no password on it")]
    NoKey,
    /// What is there is not PEM text.
    #[error("what should be PEM text is not: {0}")]
    NotPem(#[source] pem::Error),
    /// Certificate and key are of no use together.
    #[error("the certificate and the key cannot be used: {0}; are they of one pair?")]
    Unusable(#[source] rustls::Error),
}

impl Tls {
    /// Reads a certificate, with those that lead to its authority, and its key.
    pub fn from_files(
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Self, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        let config = RwLock::new(read(&certificate, &key)?);
        Ok(Self(Arc::new(Shared { files: Some((certificate, key)), config })))
    }

    /// Takes a certificate, with those that lead to its authority, and its key from PEM text.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let config = RwLock::new(config(certificate, key)?);
        Ok(Self(Arc::new(Shared { files: None, config })))
    }

    /// Reads the files anew. If they cannot be used, everything stays as it was.
    pub fn reload(&self) -> Result<(), TlsError> {
        let Some((certificate, key)) = &self.0.files else { return Ok(()) };
        let new = read(certificate, key)?;
        *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// What the next connection is encrypted with.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let config = self.0.config.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&config).into()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.0.files).finish_non_exhaustive()
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let read = |path: &Path| {
        fs::read(path).map_err(|cause| TlsError::Unreadable { path: path.to_owned(), cause })
    };
    config(&read(certificate)?, &read(key)?)
}

fn config(certificate: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.map_err(TlsError::NotPem)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey,
        error => TlsError::NotPem(error),
    })?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(TlsError::Unusable)?;
    config.alpn_protocols = vec![PROTOCOL.to_owned()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[test]
    fn what_cannot_be_used_is_told_apart() {
        let ((certificate, key), (_, other)) = (pair(), pair());
        let made = |certificate: &str, key: &str| {
            Tls::from_pem(certificate.as_bytes(), key.as_bytes()).map(drop)
        };
        assert!(made(&certificate, &key).is_ok());
        assert!(matches!(made("", &key), Err(TlsError::NoCertificate)));
        assert!(matches!(made(&key, &key), Err(TlsError::NoCertificate)));
        assert!(matches!(made(&certificate, ""), Err(TlsError::NoKey)));
        assert!(matches!(made(&certificate, &certificate), Err(TlsError::NoKey)));
        assert!(matches!(made(&certificate, &other), Err(TlsError::Unusable(_))));
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert!(matches!(made(broken, &key), Err(TlsError::NotPem(_))));
    }

    #[test]
    fn a_bad_new_file_keeps_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let [certificate, key] = ["certificate", "key"].map(|name| folder.path().join(name));
        let put = |(one, two): &(String, String)| {
            fs::write(&certificate, one).unwrap();
            fs::write(&key, two).unwrap();
        };
        put(&pair());
        let tls = Tls::from_files(&certificate, &key).unwrap();
        let first = Arc::as_ptr(tls.acceptor().config());
        fs::write(&key, "nonsense").unwrap();
        assert!(tls.reload().is_err());
        fs::remove_file(&key).unwrap();
        assert!(matches!(tls.reload(), Err(TlsError::Unreadable { .. })));
        assert_eq!(Arc::as_ptr(tls.acceptor().config()), first);
        put(&pair());
        tls.reload().unwrap();
        assert_ne!(Arc::as_ptr(tls.acceptor().config()), first);
        assert!(!format!("{tls:?}").contains("BEGIN"));
    }
}
