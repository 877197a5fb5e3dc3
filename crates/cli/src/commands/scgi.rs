//! `outcrop scgi`: repositories behind a web server that speaks SCGI.

use std::{io::Write as _, net::SocketAddr, path::PathBuf};

use outcrop_server::{
    GatewayOptions, ListenOptions, ServiceOptions, XferService, bind,
    entry::serve_scgi,
    hooks::{HookOptions, PushHooks},
};
use outcrop_sync::handle_sync;
use serde::Serialize;

use super::entry::{hosting, site};
use super::serve::beside::{HookArgs, WebArgs};
use crate::{
    failure::{Exit, Failure},
    interruption::Interruption,
    logging::LoggingArgs,
    output::Output,
};

/// Serve repositories to a web server that speaks SCGI
///
/// PATH is a repository file, or a folder of them, as for `outcrop serve`. The web server is
/// believed, also for who has logged in (`REMOTE_USER`, in repositories with the setting
/// `remote_user_ok`): nobody else should reach the address.
///
/// Ctrl-C, or the signal TERM, ends it when the requests under way are done.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ScgiArgs {
    /// Where to listen; port 0 stands for any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// The path that the web server has the repositories at: its `SCRIPT_NAME`
    #[arg(long, value_name = "PATH", default_value = "")]
    prefix: String,
    /// A repository, or a folder of repositories
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    web: WebArgs,
    #[command(flatten)]
    hooks: HookArgs,
    #[command(flatten)]
    logging: LoggingArgs,
}

const EXAMPLES: &str = "\
With --json one line is printed when the server is ready: listening (its address) and path.

Examples:
  outcrop scgi --listen 127.0.0.1:9000 /srv/repositories

Behind nginx, `outcrop scgi --prefix /code /srv/repositories` and:
  location /code {
    include scgi_params;
    scgi_param SCRIPT_NAME /code;
    scgi_pass 127.0.0.1:9000;
    client_max_body_size 0;
  }";

/// What to serve, and how.
#[derive(Debug)]
pub(crate) struct Settings {
    path: PathBuf,
    listen: SocketAddr,
    service: ServiceOptions,
    web: Option<GatewayOptions>,
    hooks: HookOptions,
    logging: LoggingArgs,
}

impl Settings {
    /// Rounds that are worked on at a time.
    pub(crate) const fn rounds(&self) -> usize {
        self.service.rounds
    }
}

impl ScgiArgs {
    pub(crate) fn resolve(self) -> Result<Settings, Failure> {
        Ok(Settings {
            hooks: self.hooks.resolve(&self.path)?,
            path: self.path,
            listen: self.listen,
            service: ServiceOptions { prefix: self.prefix, ..ServiceOptions::default() },
            web: self.web.resolve(),
            logging: self.logging,
        })
    }
}

/// The server, as `--json` has it.
#[derive(Serialize)]
struct Server {
    listening: String,
    path: String,
}

pub(crate) async fn run(settings: Settings, output: Output) -> Result<Exit, Failure> {
    settings.logging.start(output);
    let failed = |error: std::io::Error| Failure::new(Exit::Failed, &error);
    // Caught from before the address is told: whoever has read it may end us.
    let mut interruption = Interruption::catch().map_err(failed)?;
    let listener = bind(settings.listen).map_err(|error| {
        let message = format!("cannot listen on {}: {error}; use --listen", settings.listen);
        Failure::new(Exit::Failed, &message)
    })?;
    let hooks = PushHooks::start(settings.hooks);
    let handler = hooks.around(handle_sync);
    let rounds = XferService::with_handler(hosting(&settings.path)?, settings.service, handler);
    let (rounds, gateway) = site(rounds, true, settings.web).await?;
    announce(&settings.path, listener.local_addr().map_err(failed)?, output)?;
    let options = ListenOptions::default();
    let grace = options.grace;
    let all_done = serve_scgi(listener, gateway, options, interruption.come()).await;
    hooks.close(grace).await;
    rounds.close().await;
    if all_done {
        Ok(Exit::Done)
    } else {
        let message = "some requests were not done in time: what they would have written is undone";
        Err(Failure::new(Exit::Failed, &message))
    }
}

fn announce(path: &std::path::Path, address: SocketAddr, output: Output) -> std::io::Result<()> {
    let path = path.display().to_string();
    if output.json {
        return Output::object(&Server { listening: address.to_string(), path });
    }
    if output.quiet {
        return Ok(());
    }
    let mut out = Output::results();
    writeln!(out, "Serving {path} by SCGI at {address}")?;
    out.flush()
}
