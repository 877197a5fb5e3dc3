//! Certificate and key.

use std::path::PathBuf;

use outcrop_server::Tls;

use crate::failure::{Exit, Failure};

/// What a server is known by.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Encryption")]
pub(super) struct TlsArgs {
    /// Speak HTTPS at all addresses, with this certificate and those that lead to its authority, in
    /// PEM form; read anew on the signal HUP
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl TlsArgs {
    pub(super) fn resolve(self) -> Result<Option<Tls>, Failure> {
        let (Some(certificate), Some(key)) = (self.tls_cert, self.tls_key) else { return Ok(None) };
        let tls = Tls::from_files(certificate, key);
        tls.map(Some).map_err(|error| Failure::new(Exit::Failed, &error))
    }
}
