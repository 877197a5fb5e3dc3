//! What a server may do beside rounds: pages by stock Fossil.

use std::path::PathBuf;
use std::time::Duration;

use outcrop_server::{Gateway, GatewayOptions, Site, gateway::limits};

use super::seconds;
use crate::failure::{Exit, Failure};

/// Pages by stock Fossil.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pages by Fossil")]
pub(crate) struct WebArgs {
    /// Have stock fossil make the pages of repositories: timeline, wiki, tickets, login, downloads.
    /// PROGRAM is its path, or its name: fossil
    #[arg(long, value_name = "PROGRAM")]
    web: Option<PathBuf>,
    /// Pages that are made at a time; each is a process
    #[arg(long, value_name = "N", requires = "web", default_value_t = limits::PAGES)]
    web_pages: usize,
    /// Seconds that a page may take, to be made and to be sent
    #[arg(long, value_name = "SECONDS", requires = "web", value_parser = seconds,
        default_value = "600")]
    web_timeout: Duration,
    /// Bytes of the largest form or upload
    #[arg(long, value_name = "BYTES", requires = "web", default_value_t = limits::BODY)]
    web_limit_body: u64,
}

impl WebArgs {
    pub(crate) fn resolve(self) -> Option<GatewayOptions> {
        self.web.map(|program| GatewayOptions {
            program,
            pages: self.web_pages,
            page_time: self.web_timeout,
            body: self.web_limit_body,
            ..GatewayOptions::default()
        })
    }
}

/// A site with pages by Fossil, or as it is.
pub(crate) async fn open(site: Site, web: Option<GatewayOptions>) -> Result<Gateway, Failure> {
    let Some(options) = web else { return Ok(Gateway::closed(site)) };
    let opened = Gateway::open(site, options).await;
    opened.map_err(|error| Failure::new(Exit::Failed, &format!("--web: {error}")))
}
