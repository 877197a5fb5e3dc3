//! What a server may do beside rounds: pages by stock Fossil, and telling others of pushes.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use outcrop_server::hooks::{HookOptions, Target};
use outcrop_server::{Gateway, GatewayOptions, Site, gateway::limits};
use outcrop_sync::UrlError;

use crate::commands::{read_file, seconds};
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
    /// Pages that are made for one address at a time; for all of this machine as many as there are
    #[arg(long, value_name = "N", requires = "web", default_value_t = limits::PAGES_EACH)]
    web_pages_each: usize,
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
            pages_each: self.web_pages_each,
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

/// Telling others of pushes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pushes")]
pub(crate) struct HookArgs {
    /// Tell of each push: a command that gets a line of JSON on standard input, or an address (http,
    /// https) to which it is posted. May be given several times
    // Not read by the command line's own parser, which would quote a bad one, password and all.
    #[arg(long, value_name = "COMMAND|URL")]
    on_push: Vec<String>,
    /// Seconds that telling may take, before it is tried again
    #[arg(long = "on-push-timeout", value_name = "SECONDS", requires = "on_push",
        value_parser = seconds, default_value = "30")]
    delivery: Duration,
    /// Trust this authority, in PEM form, beside those of the system, for addresses of --on-push
    #[arg(long = "on-push-ca", value_name = "FILE", requires = "on_push")]
    authority: Option<PathBuf>,
}

impl HookArgs {
    /// `root` is what is served.
    pub(crate) fn resolve(self, root: &Path) -> Result<HookOptions, Failure> {
        let target = |text: &String| text.parse::<Target>();
        let targets: Result<_, UrlError> = self.on_push.iter().map(target).collect();
        let targets =
            targets.map_err(|error| Failure::new(Exit::Usage, &format!("--on-push: {error}")))?;
        Ok(HookOptions {
            targets,
            root: Some(root.to_owned()),
            delivery: self.delivery,
            extra_authorities: self.authority.as_deref().map(read_file).transpose()?,
        })
    }
}
