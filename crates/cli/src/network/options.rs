//! How the network is used.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use outcrop_sync::http::{BasicAuth, Identity, Proxy};
use outcrop_sync::{HttpOptions, ProcessOptions, Retry, TransportOptions};

use crate::{
    commands::{read_file, seconds},
    failure::{Exit, Failure},
    telemetry::{Telemetry, TelemetryArgs},
};

/// The variable that user and password for a web server may come from.
const HTTP_AUTH: &str = "OUTCROP_HTTP_AUTH";

/// How the network is used: the same for all commands that use it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArgs {
    /// Trust this authority, in PEM form, beside those of the system
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Give up when nothing moves for this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
}

impl NetworkArgs {
    pub(crate) const fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn authorities(&self) -> Result<Option<Bytes>, Failure> {
        self.ca.as_deref().map(read_file).transpose()
    }
}

/// The ways to another repository.
#[derive(clap::Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct WayArgs {
    #[command(flatten)]
    network: NetworkArgs,
    /// Prove with this certificate and its key, in PEM form, who you are
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Take any server for the right one, whatever its certificate says: whoever is on the way can
    /// read and change everything
    #[arg(long)]
    insecure: bool,
    /// Go through this proxy, or "off" for none; without this as `http_proxy`, `https_proxy`,
    /// `all_proxy` and `no_proxy` say
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// User and password for the web server in front of the repository, which may also come from
    /// the variable `OUTCROP_HTTP_AUTH`
    #[arg(long, short = 'B', value_name = "USER:PASSWORD")]
    httpauth: Option<String>,
    /// The command that reaches other hosts
    #[arg(long, value_name = "COMMAND")]
    ssh_command: Option<String>,
    /// Let this command carry the messages: it is run as COMMAND URL PAYLOAD REPLY, the last two
    /// being names of files
    #[arg(long, value_name = "COMMAND")]
    transport_command: Option<String>,
    /// Try a request so often that gets no reply
    #[arg(long, value_name = "N", default_value_t = Retry::default().attempts,
        value_parser = clap::value_parser!(u32).range(1..))]
    attempts: u32,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

impl WayArgs {
    /// What the arguments come to.
    pub(crate) fn resolve(&self) -> Result<TransportOptions, Failure> {
        let from_env = || std::env::var(HTTP_AUTH).ok();
        let authorization = self.httpauth.clone().or_else(from_env);
        let authorization = authorization.map(|text| text.parse::<BasicAuth>().map_err(usage));
        let proxy = self.proxy.as_deref().map(|text| text.parse::<Proxy>().map_err(usage));
        let stall = self.network.timeout();
        let mut options = TransportOptions::default();
        options.http = HttpOptions {
            stall,
            extra_authorities: self.network.authorities()?,
            identity: self.identity.as_deref().map(identity).transpose()?,
            accept_any_certificate: self.insecure,
            proxy: proxy.transpose()?.unwrap_or_default(),
            authorization: authorization.transpose()?,
            ..HttpOptions::default()
        };
        let usual = ProcessOptions::default();
        let ssh_command = self.ssh_command.clone().unwrap_or_else(|| usual.ssh_command.clone());
        options.process = ProcessOptions { stall, ssh_command, ..usual };
        options.command.clone_from(&self.transport_command);
        Ok(options)
    }

    /// Telling a collector of it, from now on.
    pub(crate) fn telemetry(&self) -> Result<Telemetry, Failure> {
        self.telemetry.start()
    }

    /// How often a request is tried.
    pub(crate) fn retry(&self) -> Retry {
        Retry { attempts: self.attempts, ..Retry::default() }
    }

    /// Whether the address is not the only thing that says where a command leads.
    pub(crate) const fn is_insecure(&self) -> bool {
        self.insecure
    }
}

fn identity(path: &Path) -> Result<Identity, Failure> {
    let pem = read_file(path)?;
    Identity::from_pem(&pem).map_err(|error| {
        let message = format!("{} is no identity: {error}", path.display());
        Failure::new(Exit::Failed, &message)
    })
}

/// The text is not shown: it may hold a password.
fn usage(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Usage, &error)
}
