//! Where pushes are told: a command, or an address on the web.

use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use outcrop_sync::http::Connector;
use outcrop_sync::{HttpUrl, TransportError, UrlError};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::log;
use crate::process::{Pipes, Process};

/// Who calls, to whom asks.
const AGENT: &str = concat!("outcrop/", env!("CARGO_PKG_VERSION"));

/// Where pushes are told.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A command for the shell of the system. It gets the line on standard input, and has taken note
    /// of it if it ends with 0.
    Command(String),
    /// An address. The line is posted to it, and was taken note of if the status is one of success.
    Url(HttpUrl),
}

/// Why a push was not told.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotTold {
    #[error("it cannot be run: {0}")]
    NotRun(io::Error),
    #[error("it ended with {0}")]
    Ended(ExitStatus),
    #[error("{0}")]
    Unreachable(#[from] TransportError),
    #[error("it gave no answer: {0}")]
    NoAnswer(#[from] hyper::Error),
    #[error("it answered with status {0}")]
    Status(StatusCode),
    #[error("the address cannot be asked: {0}")]
    BadRequest(#[from] http::Error),
    #[error("it took longer than {0} seconds")]
    TooLong(u64),
}

/// An address if it begins as one, and else a command.
impl FromStr for Target {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            return text.parse().map(Self::Url);
        }
        Ok(Self::Command(text.to_owned()))
    }
}

/// Without what may be a secret: paths of addresses often are, and commands hold passwords.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(command) => {
                write!(f, "{}", command.split_whitespace().next().unwrap_or_default())
            }
            Self::Url(url) => f.write_str(&url.origin()),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

impl Target {
    /// Tells one line.
    pub(super) async fn tell(&self, line: Bytes, connector: &Connector) -> Result<(), NotTold> {
        match self {
            Self::Command(command) => self.run(command, &line).await,
            Self::Url(url) => post(url, line, connector).await,
        }
    }

    async fn run(&self, command: &str, line: &[u8]) -> Result<(), NotTold> {
        let (mut process, pipes) = Process::start(&mut shell(command)).map_err(NotTold::NotRun)?;
        let Pipes { mut input, output, errors } = pipes;
        // What it leaves behind may go on to speak: that is logged, but nobody waits for it.
        tokio::spawn(log::said(self.clone(), output));
        tokio::spawn(log::complained(self.clone(), errors));
        let writing = async move {
            // It may end without reading: then it counts how it ends.
            let _ = input.write_all(line).await;
            let _ = input.write_all(b"\n").await;
        };
        let ended = tokio::select! {
            ended = process.wait() => ended,
            () = writing => process.wait().await,
        };
        let status = ended.map_err(NotTold::NotRun)?;
        if status.success() { Ok(()) } else { Err(NotTold::Ended(status)) }
    }
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}

async fn post(url: &HttpUrl, line: Bytes, connector: &Connector) -> Result<(), NotTold> {
    let mut request = Request::post(url.target())
        .header(HOST, url.authority())
        .header(USER_AGENT, AGENT)
        .header(CONTENT_TYPE, "application/json");
    if let Some(user) = url.user() {
        let pair = format!("{user}:{}", url.password().unwrap_or_default());
        let value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)));
        let mut value = value.map_err(http::Error::from)?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let request = request.body(Full::new(line))?;
    let stream = connector.connect(url).await?;
    let (mut sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the connection; its errors come out of the answer too.
    let driving = tokio::spawn(driver);
    let answered = sender.send_request(request).await;
    driving.abort();
    let status = answered?.status();
    if status.is_success() { Ok(()) } else { Err(NotTold::Status(status)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_commands_and_neither_shows_secrets() {
        let target = |text: &str| text.parse::<Target>();
        let url = target("https://alice:secret@Example.org/hooks/t0k3n").unwrap();
        assert!(matches!(url, Target::Url(_)));
        assert_eq!(format!("{url} {url:?}"), "https://example.org Target(https://example.org)");
        let command = target("notify --password secret").unwrap();
        assert_eq!(command, Target::Command("notify --password secret".to_owned()));
        assert_eq!(format!("{command} {command:?}"), "notify Target(notify)");
        assert!(target("http://").is_err());
    }
}
