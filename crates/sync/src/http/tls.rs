//! Which authorities are trusted, and the client's side of TLS.

use std::sync::Arc;

use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, pem::PemObject as _},
    },
};

/// A connector that trusts the system's authorities and those of `extra`, in PEM form.
///
/// Reads files: call it where blocking is allowed. The error says what to do.
pub(super) fn connector(extra: Option<&[u8]>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(pem) = extra {
        add_pem(&mut roots, pem)?;
    }
    if roots.is_empty() {
        return Err(
            "this system knows no certificate authorities: install ca-certificates".to_owned()
        );
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config).into())
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
            let error = connector(Some(pem.as_bytes())).map(|_| ()).unwrap_err();
            assert!(error.contains("certificate"), "{error}");
        }
    }
}
