//! Rounds over SSH: `fossil test-http` on the host, its pipes here.

use std::{
    fmt, io,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    ProcessOptions,
    carrier::{Carrier, CarryError},
    child::Ending,
    quote::{for_remote_shell, for_shell},
};
use crate::{BoxFuture, Reply, Request, SshUrl, Traffic, Transport, TransportError};

/// Where `fossil` is found on hosts whose shell looks for programs in few places only.
const PATH: &str = "PATH=$HOME/bin:/usr/local/bin:/opt/homebrew/bin:$PATH";

/// The exit status with which `ssh` says that it failed itself.
const SSH_FAILED: i32 = 255;

/// Carries rounds over SSH: one `ssh` runs `fossil test-http` on the host, for many rounds.
///
/// The command is stock's, word for word:
/// `ssh -e none [-p PORT] -T -- [USER@]HOST fossil test-http PATH`. The host key, the user's keys and
/// passwords are the business of `ssh`, which asks on the terminal. Rights are those of the account
/// on the host, so that a [`Request`]'s login is left out. If no `fossil` answers, it is tried once
/// more with a `PATH` of usual places, as stock does.
///
/// Must be used within a Tokio runtime that has its I/O and time drivers enabled; in each runtime it
/// starts `ssh` anew. Dropped, it ends `ssh`.
///
/// ```no_run
/// use outcrop_sync::{Env, ProcessOptions, SshTransport, ping};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let url = "ssh://alice@example.org/project.fossil".parse()?;
/// let server = SshTransport::new(url, ProcessOptions::default());
/// println!("{:?}", ping(&server, Env::system(), None).await?.version);
/// # Ok(()) }
/// ```
pub struct SshTransport {
    url: SshUrl,
    carrier: Carrier,
    /// Whether the host needs to be told where programs are.
    needs_path: AtomicBool,
}

impl SshTransport {
    /// A transport to the repository at `url`.
    #[must_use]
    pub fn new(url: SshUrl, options: ProcessOptions) -> Self {
        let carrier = Carrier::new(url.origin(), url.host().to_owned(), options);
        Self { url, carrier, needs_path: AtomicBool::new(false) }
    }

    /// The command line that is run.
    #[must_use]
    pub fn command_line(&self) -> String {
        let (url, usual) = (&self.url, ProcessOptions::SSH);
        let ssh = self.carrier.options.ssh_command.trim();
        let mut line = if ssh.is_empty() { usual.to_owned() } else { ssh.to_owned() };
        if let Some(port) = url.port() {
            line.push_str(" -p ");
            line.push_str(&port.to_string());
        }
        let host = match url.user() {
            Some(user) => format!("{user}@{}", url.host()),
            None => url.host().to_owned(),
        };
        let mut words = vec!["-T".to_owned(), "--".to_owned(), host];
        if self.needs_path.load(Ordering::Relaxed) {
            words.push(PATH.to_owned());
        }
        words.push(for_remote_shell(url.program()));
        words.push("test-http".to_owned());
        words.push(for_remote_shell(url.path()));
        for word in words {
            line.push(' ');
            line.push_str(&for_shell(&word));
        }
        line
    }

    async fn carry(&self, request: Request) -> Result<Reply, TransportError> {
        let request = Request { login: None, ..request };
        let (said, ending) = match self.carrier.carry(&self.command_line(), request.clone()).await {
            Ok(reply) => return Ok(reply),
            Err(CarryError::Other(error)) => return Err(error),
            Err(CarryError::NoReply(said, ending)) => (said, ending),
        };
        let may_lack_path = self.url.may_need_path() && !is_from_ssh(&ending);
        if !may_lack_path || self.needs_path.swap(true, Ordering::Relaxed) {
            return Err(self.no_reply(said.as_deref(), ending));
        }
        match self.carrier.carry(&self.command_line(), request).await {
            Ok(reply) => Ok(reply),
            Err(CarryError::Other(error)) => Err(error),
            // What the host says to the plain command tells more.
            Err(CarryError::NoReply(..)) => {
                self.needs_path.store(false, Ordering::Relaxed);
                Err(self.no_reply(said.as_deref(), ending))
            }
        }
    }

    fn no_reply(&self, said: Option<&str>, ending: Ending) -> TransportError {
        // Whom ssh does not let in, it does not let in the next time.
        let is_closed = ["Permission denied", "Host key verification failed"]
            .iter()
            .any(|words| ending.words.contains(words));
        if is_from_ssh(&ending) && !is_closed && !ending.words.is_empty() {
            let source = io::Error::other(ending.words);
            return TransportError::Unreachable { origin: self.carrier.origin.clone(), source };
        }
        self.carrier.no_reply(said, ending)
    }
}

fn is_from_ssh(ending: &Ending) -> bool {
    ending.status.and_then(|status| status.code()) == Some(SSH_FAILED)
}

impl Transport for SshTransport {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        Box::pin(self.carry(request))
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.carrier.meter.traffic())
    }

    /// Host, port and path.
    fn address(&self) -> Option<String> {
        let (host, path) = (self.url.host(), self.url.path());
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("ssh://{host}{port}/{path}"))
    }
}

impl fmt::Debug for SshTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SshTransport").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn line(url: &str, ssh_command: &str) -> String {
        let options =
            ProcessOptions { ssh_command: ssh_command.to_owned(), ..ProcessOptions::default() };
        SshTransport::new(url.parse().unwrap(), options).command_line()
    }

    #[test]
    fn the_command_is_stocks() {
        for (url, expected) in [
            ("ssh://h/a.fossil", "ssh -e none -T -- h fossil test-http a.fossil"),
            ("ssh://bob@h:2222//a", "ssh -e none -p 2222 -T -- bob@h fossil test-http /a"),
            ("ssh://h:22/a?fossil=/opt/fossil", "ssh -e none -T -- h /opt/fossil test-http a"),
            ("ssh://[::1]/$HOME/a", "ssh -e none -T -- ::1 fossil test-http '$HOME/a'"),
            ("ssh://h/a%20b", "ssh -e none -T -- h fossil test-http '\"a b\"'"),
        ] {
            assert_eq!(line(url, ProcessOptions::SSH), expected);
        }
        assert_eq!(line("ssh://h/a", "plink -ssh"), "plink -ssh -T -- h fossil test-http a");
        assert_eq!(line("ssh://h/a", " "), "ssh -e none -T -- h fossil test-http a");
    }
}
