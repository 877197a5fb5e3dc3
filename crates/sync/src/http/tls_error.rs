//! What went wrong with TLS, in words that help.

use std::{error::Error as StdError, io};

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};

use crate::{HttpUrl, TransportError};

/// The error of a handshake. A broken connection is not a bad certificate.
pub(super) fn of_handshake(url: &HttpUrl, error: &io::Error) -> TransportError {
    let origin = url.origin();
    match of_io(error) {
        Some(cause) => TransportError::Tls { origin, reason: words(cause) },
        None => TransportError::Interrupted { origin, reason: error.to_string() },
    }
}

/// The error of TLS that some error stems from, in words. Servers refuse certificates late: when the
/// handshake is over for us.
pub(super) fn within(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<io::Error>().and_then(of_io) {
            return Some(words(found));
        }
        cause = error.source();
    }
    None
}

fn of_io(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// What happened, and what to do.
fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => of_certificate(error),
        Error::InvalidMessage(_) => "what answers does not speak TLS; check the port, and whether \
             the URL should begin with http://"
            .to_owned(),
        Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired => {
                "the server asks for a certificate of ours; give one, with its key".to_owned()
            }
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied => {
                format!("the server does not accept our certificate ({alert:?}); give another")
            }
            _ => error.to_string(),
        },
        _ => error.to_string(),
    }
}

fn of_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => {
            "its certificate was signed by nobody who is known here; \
             if a private authority signed it, name that authority"
                .to_owned()
        }
        CertificateError::NotValidForName => {
            "its certificate is for another host; check the host in the URL".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => format!(
            "its certificate is for {}, not for {}; check the host in the URL",
            if presented.is_empty() { "no host".to_owned() } else { presented.join(", ") },
            expected.to_str()
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired; the server needs a new one, unless the clock of this \
             machine is wrong"
                .to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet; check the clock of this machine".to_owned()
        }
        CertificateError::Revoked => "its certificate was revoked; do not trust it".to_owned(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_rustls::rustls::pki_types::ServerName;

    #[test]
    fn words_say_what_to_do() {
        let expected = ServerName::try_from("h").unwrap();
        let presented = vec!["DnsName(\"a\")".to_owned(), "b".to_owned()];
        for (error, expected) in [
            (
                CertificateError::NotValidForNameContext { expected, presented },
                "is for DnsName(\"a\"), b, not for h; check the host",
            ),
            (CertificateError::UnknownIssuer, "name that authority"),
            (CertificateError::Expired, "has expired"),
            (CertificateError::NotValidYet, "check the clock"),
        ] {
            let words = words(&Error::InvalidCertificate(error));
            assert!(words.contains(expected), "{words}");
        }
    }

    #[test]
    fn the_cause_is_found_and_broken_connections_have_none() {
        let url: HttpUrl = "https://h".parse().unwrap();
        let alert = Error::AlertReceived(AlertDescription::CertificateRequired);
        let refused = io::Error::other(alert);
        assert!(within(&refused).unwrap().contains("a certificate of ours"));
        assert!(matches!(of_handshake(&url, &refused), TransportError::Tls { .. }));
        let broken = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(within(&broken), None);
        assert!(matches!(of_handshake(&url, &broken), TransportError::Interrupted { .. }));
    }
}
