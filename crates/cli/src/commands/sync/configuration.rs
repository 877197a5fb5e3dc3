//! `outcrop config pull` and `config push`.

use outcrop_repo::config::Areas;
use outcrop_sync::SyncOptions;

use super::{Place, RepositoryArg};
use crate::commands::config::area;
use crate::{
    failure::{Exit, Failure},
    network::{RemoteArgs, WayArgs, warn},
    output::Output,
};

/// Which part of the configuration is exchanged with whom.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
struct ExchangeArgs {
    /// Which area: email, project, skin, css, shun, ticket, user, xfer, alias, subscriber, interwiki
    /// or all
    #[arg(value_name = "AREA", value_parser = area)]
    area: Areas,
    #[command(flatten)]
    remote: RemoteArgs,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    way: WayArgs,
}

/// Fetch a part of another repository's configuration
///
/// What is newer there replaces what is here.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
#[command(after_help = PULL_EXAMPLES)]
pub(crate) struct ConfigPullArgs {
    /// Replaces also what is newer here
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    exchange: ExchangeArgs,
}

/// Send a part of the configuration to another repository, as its administrator
///
/// What is older there is replaced.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
#[command(after_help = PUSH_EXAMPLES)]
pub(crate) struct ConfigPushArgs {
    #[command(flatten)]
    exchange: ExchangeArgs,
}

const PULL_EXAMPLES: &str = "\
With --json: the same as `outcrop sync`.

Examples:
  outcrop config pull skin -R project.fossil
  outcrop config pull all https://admin@example.org/project -R project.fossil --overwrite";

const PUSH_EXAMPLES: &str = "\
With --json: the same as `outcrop sync`.

Examples:
  outcrop config push ticket https://admin@example.org/project -R project.fossil";

pub(crate) async fn config_pull(args: ConfigPullArgs, output: Output) -> Result<Exit, Failure> {
    let options = SyncOptions {
        config_pull: args.exchange.area,
        config_overwrite: args.overwrite,
        ..SyncOptions::nothing()
    };
    exchange(&args.exchange, "fetched from", options, output).await
}

pub(crate) async fn config_push(args: ConfigPushArgs, output: Output) -> Result<Exit, Failure> {
    let options = SyncOptions { config_push: args.exchange.area, ..SyncOptions::nothing() };
    exchange(&args.exchange, "sent to", options, output).await
}

async fn exchange(
    args: &ExchangeArgs,
    what: &str,
    options: SyncOptions,
    output: Output,
) -> Result<Exit, Failure> {
    let place = Place::open(&args.repository, &args.remote, &args.way)?;
    let options = SyncOptions { tables: false, ..options };
    let (summary, outcome) = place.session(options, output).await?;
    warn(&outcome, output);
    if output.json {
        Output::object(&summary)?;
    } else {
        summary.print(what, output)?;
    }
    Ok(Exit::Done)
}
