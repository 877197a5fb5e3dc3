//! From an address to a transport.

use outcrop_repo::{OpenError, tx::DatabaseError};

use super::{Address, SshUrl};
#[cfg(feature = "process")]
use crate::{CommandTransport, ProcessOptions, SshTransport};
use crate::{FileTransport, HttpUrl, Transport};
#[cfg(feature = "http")]
use crate::{HttpOptions, HttpTransport};

/// How the transport behaves that an address leads to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TransportOptions {
    /// For web servers.
    #[cfg(feature = "http")]
    pub http: HttpOptions,
    /// For other programs.
    #[cfg(feature = "process")]
    pub process: ProcessOptions,
    /// A command that carries rounds, whatever the address is: stock's `--transport-command`.
    #[cfg(feature = "process")]
    pub command: Option<String>,
}

/// Why an address leads to no transport.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoTransport {
    /// This program was built without what it takes.
    #[error("this program was built without {what}: build it with the feature `{feature}`")]
    NotBuilt {
        /// What is missing.
        what: &'static str,
        /// The feature of the crate `outcrop-sync` that brings it.
        feature: &'static str,
    },
    /// The file is not there, or is no repository.
    #[error("{}{}", .0, advice(.0))]
    File(#[from] OpenError),
    /// The repository is there, and could not be read.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Address {
    /// A transport to the repository.
    ///
    /// Only a file is opened here; servers are reached with the first request.
    ///
    /// ```
    /// use outcrop_sync::{Address, NoTransport, TransportOptions};
    ///
    /// let address: Address = "http://example.org/project".parse()?;
    /// let transport = address.open(&TransportOptions::default())?;
    /// assert!(transport.traffic().is_some());
    ///
    /// let nowhere: Address = "no/such/file".parse()?;
    /// let error = nowhere.open(&TransportOptions::default()).err();
    /// assert!(matches!(error, Some(NoTransport::File(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(&self, options: &TransportOptions) -> Result<Box<dyn Transport>, NoTransport> {
        if let Some(transport) = through_command(self, options) {
            return Ok(transport);
        }
        match self {
            Self::Http(url) => web(url, options),
            Self::Ssh(url) => ssh(url, options),
            Self::File(path) => Ok(Box::new(FileTransport::open(path)?)),
        }
    }
}

/// What helps those who meant a server.
fn advice(error: &OpenError) -> &'static str {
    match error {
        OpenError::Missing(_) => {
            "; the address of a server begins with http://, https:// or ssh://"
        }
        _ => "",
    }
}

type Opened = Result<Box<dyn Transport>, NoTransport>;

#[cfg(feature = "http")]
#[expect(clippy::unnecessary_wraps, reason = "without HTTP there is none")]
fn web(url: &HttpUrl, options: &TransportOptions) -> Opened {
    Ok(Box::new(HttpTransport::with_options(url.clone(), options.http.clone())))
}

#[cfg(not(feature = "http"))]
fn web(_: &HttpUrl, _: &TransportOptions) -> Opened {
    Err(NoTransport::NotBuilt { what: "HTTP", feature: "http" })
}

#[cfg(feature = "process")]
#[expect(clippy::unnecessary_wraps, reason = "without processes there is none")]
fn ssh(url: &SshUrl, options: &TransportOptions) -> Opened {
    Ok(Box::new(SshTransport::new(url.clone(), options.process.clone())))
}

#[cfg(not(feature = "process"))]
fn ssh(_: &SshUrl, _: &TransportOptions) -> Opened {
    Err(NoTransport::NotBuilt { what: "SSH", feature: "process" })
}

#[cfg(feature = "process")]
fn through_command(address: &Address, options: &TransportOptions) -> Option<Box<dyn Transport>> {
    let command = options.command.as_ref()?;
    Some(Box::new(CommandTransport::new(command, address, options.process.clone())))
}

#[cfg(not(feature = "process"))]
const fn through_command(_: &Address, _: &TransportOptions) -> Option<Box<dyn Transport>> {
    None
}

#[cfg(not(any(feature = "http", feature = "process")))]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_built_is_named() {
        for (address, feature) in [("http://h", "`http`"), ("ssh://h/a", "`process`")] {
            let address: Address = address.parse().unwrap();
            let error = address.open(&TransportOptions::default()).err().unwrap();
            assert!(error.to_string().ends_with(feature), "{error}");
        }
    }
}
