//! Who we are, for servers that ask for a certificate.

use std::{fmt, sync::Arc};

use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

/// A certificate of ours and the key to it. `Debug` does not show the key.
///
/// ```no_run
/// use outcrop_sync::{HttpOptions, http::Identity};
///
/// let pem = std::fs::read("client.pem")?;
/// let options = HttpOptions {
///     identity: Some(Identity::from_pem(&pem)?),
///     ..HttpOptions::default()
/// };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Identity(Arc<Parts>);

struct Parts {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// Why a text is no certificate with its key.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No certificate.
    #[error("there is no PEM certificate to prove who we are")]
    NoCertificate,
    /// No key.
    #[error("there is no private key beside the certificate: put both into one PEM file")]
    NoKey,
    /// A key that a password protects.
    #[error("the private key is encrypted: decrypt it first, as with `openssl pkey`")]
    Encrypted,
    /// Something that only looks like PEM.
    #[error("a bad certificate or key: {0}")]
    Bad(String),
}

impl Identity {
    /// Takes a certificate, those of the authorities between it and one that the server knows, and
    /// the key from text in PEM form, in any order. It is what stock's `--ssl-identity` names.
    pub fn from_pem(pem: &[u8]) -> Result<Self, IdentityError> {
        let bad = |error: &dyn fmt::Display| IdentityError::Bad(error.to_string());
        let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| bad(&error))?;
        if chain.is_empty() {
            return Err(IdentityError::NoCertificate);
        }
        let text = String::from_utf8_lossy(pem);
        if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(IdentityError::Encrypted);
        }
        let key = PrivateKeyDer::pem_slice_iter(pem).next().ok_or(IdentityError::NoKey)?;
        let key = key.map_err(|error| bad(&error))?;
        Ok(Self(Arc::new(Parts { chain, key })))
    }

    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.0.chain.clone()
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        self.0.key.clone_key()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("certificates", &self.0.chain.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificate_and_key_come_in_any_order() {
        let signed = rcgen::generate_simple_self_signed(["alice".to_owned()]).unwrap();
        let (cert, key) = (signed.cert.pem(), signed.signing_key.serialize_pem());
        for pem in [format!("{cert}{key}"), format!("{key}\n{cert}")] {
            let identity = Identity::from_pem(pem.as_bytes()).unwrap();
            assert_eq!(identity.chain().len(), 1);
            let shown = format!("{identity:?}");
            assert_eq!(shown, "Identity { certificates: 1, .. }");
        }
        let refused = |pem: &str| Identity::from_pem(pem.as_bytes()).unwrap_err();
        assert!(matches!(refused(&cert), IdentityError::NoKey));
        assert!(matches!(refused(&key), IdentityError::NoCertificate));
        let encrypted = key.replace(" PRIVATE", " ENCRYPTED PRIVATE");
        assert!(matches!(refused(&format!("{cert}{encrypted}")), IdentityError::Encrypted));
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert!(matches!(refused(broken), IdentityError::Bad(_)));
    }
}
