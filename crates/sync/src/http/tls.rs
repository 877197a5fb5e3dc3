//! The client's side of TLS: which servers are trusted, and who we are.

use std::sync::Arc;

use bytes::Bytes;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
        client::WantsClientCert,
        crypto::ring,
        pki_types::{CertificateDer, pem::PemObject as _},
    },
};

use super::{HttpOptions, Identity, any_certificate::AnyCertificate};

/// Which servers are trusted, and who we are.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    extra_authorities: Option<Bytes>,
    identity: Option<Identity>,
    takes_any: bool,
}

impl Trust {
    pub(super) fn new(options: &HttpOptions) -> Self {
        Self {
            extra_authorities: options.extra_authorities.clone(),
            identity: options.identity.clone(),
            takes_any: options.accept_any_certificate,
        }
    }

    /// Whether any server will do.
    pub(super) const fn takes_any(&self) -> bool {
        self.takes_any
    }
}

/// A connector that trusts the system's authorities and the others that were named.
///
/// Reads files: call it where blocking is allowed. The error says what to do.
pub(super) fn connector(trust: &Trust) -> Result<TlsConnector, String> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let config = verified(config, trust)?;
    let config = match &trust.identity {
        None => config.with_no_client_auth(),
        Some(identity) => config
            .with_client_auth_cert(identity.chain(), identity.key())
            .map_err(|error| format!("our own certificate cannot be used: {error}"))?,
    };
    Ok(Arc::new(config).into())
}

/// Says how the certificates of servers are verified.
fn verified(
    config: ConfigBuilder<ClientConfig, WantsVerifier>,
    trust: &Trust,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, String> {
    if trust.takes_any {
        let verifier = AnyCertificate::new(config.crypto_provider());
        return Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)));
    }
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(pem) = &trust.extra_authorities {
        add_pem(&mut roots, pem)?;
    }
    if roots.is_empty() {
        return Err(
            "this system knows no certificate authorities: install ca-certificates".to_owned()
        );
    }
    Ok(config.with_root_certificates(roots))
}

fn add_pem(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), String> {
    let before = roots.len();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let bad =
            |error: &dyn std::fmt::Display| format!("bad certificate of an authority: {error}");
        let certificate = certificate.map_err(|error| bad(&error))?;
        roots.add(certificate).map_err(|error| bad(&error))?;
    }
    if roots.len() == before {
        return Err("there is no PEM certificate in what should name an authority".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_taken_from_pem() {
        let key = rcgen::generate_simple_self_signed(["an authority".to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        add_pem(&mut roots, key.cert.pem().as_bytes()).unwrap();
        assert_eq!(roots.len(), 1);
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        for pem in [
            "",
            "hello",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            let extra_authorities = Some(Bytes::from_static(pem.as_bytes()));
            let options = HttpOptions { extra_authorities, ..HttpOptions::default() };
            let error = connector(&Trust::new(&options)).map(|_| ()).unwrap_err();
            assert!(error.contains("certificate"), "{error}");
        }
    }

    #[test]
    fn a_certificate_needs_its_own_key() {
        let [one, other] = ["one", "other"]
            .map(|name| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap());
        let pem = one.cert.pem() + &other.signing_key.serialize_pem();
        let options = HttpOptions {
            identity: Some(Identity::from_pem(pem.as_bytes()).unwrap()),
            accept_any_certificate: true,
            ..HttpOptions::default()
        };
        let error = connector(&Trust::new(&options)).map(|_| ()).unwrap_err();
        assert!(error.starts_with("our own certificate cannot be used"), "{error}");
    }
}
