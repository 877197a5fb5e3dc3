//! What stands in front.

use outcrop_server::{Network, Proxies, ServiceOptions};
use outcrop_sync::{HttpUrl, UrlError};

use crate::failure::{Exit, Failure};

/// How clients come here.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Behind a proxy")]
pub(super) struct ProxyArgs {
    /// Where clients find PATH: told on pages, in the line that clones, and to clients that ask for
    /// other places of a project
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// The part of the path before the names of repositories, if the proxy passes it on
    #[arg(long, value_name = "PATH", default_value = "", hide_default_value = true)]
    prefix: String,
    /// Believe this proxy, once or more: ADDRESS, ADDRESS/BITS, or unix for all that comes by Unix
    /// sockets. What it says of its clients in Forwarded or X-Forwarded-For, -Proto and -Host counts
    #[arg(long, value_name = "WHO")]
    trust_proxy: Vec<Trusted>,
}

/// A proxy, or all on this machine.
#[derive(Debug, Clone)]
enum Trusted {
    Network(Network),
    Local,
}

impl std::str::FromStr for Trusted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "unix" {
            return Ok(Self::Local);
        }
        text.parse().map(Self::Network).map_err(|error| format!("{error}; nor unix"))
    }
}

impl ProxyArgs {
    /// Whose word on clients counts.
    pub(super) fn proxies(&self) -> Proxies {
        let mut proxies = Proxies::default();
        for trusted in &self.trust_proxy {
            match trusted {
                Trusted::Network(network) => proxies.networks.push(*network),
                Trusted::Local => proxies.local = true,
            }
        }
        proxies
    }

    pub(super) fn resolve(self, service: ServiceOptions) -> Result<ServiceOptions, Failure> {
        let proxies = self.proxies();
        let base_url = self.base_url.as_deref().map(base_url).transpose()?;
        let prefix = match self.prefix.trim_matches('/') {
            "" => String::new(),
            path => format!("/{path}"),
        };
        Ok(ServiceOptions { base_url, prefix, proxies, ..service })
    }
}

/// Not read by the command line's own parser, which would quote a bad one, password and all.
fn base_url(text: &str) -> Result<HttpUrl, Failure> {
    text.parse()
        .map_err(|error: UrlError| Failure::new(Exit::Usage, &format!("--base-url: {error}")))
}
