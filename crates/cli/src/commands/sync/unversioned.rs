//! `outcrop uv sync` and `uv revert`.

use outcrop_sync::{SyncOptions, Unversioned};

use super::{Place, RepositoryArg};
use crate::{
    failure::{Exit, Failure},
    network::{RemoteArgs, WayArgs, warn},
    output::Output,
};

/// With whom unversioned files are exchanged.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
pub(crate) struct UvSyncArgs {
    #[command(flatten)]
    remote: RemoteArgs,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    way: WayArgs,
}

/// Of each file the newer version counts.
pub(crate) async fn uv_sync(args: UvSyncArgs, output: Output) -> Result<Exit, Failure> {
    exchange(args, Unversioned::Sync, "synced files with", output).await
}

/// The files become what the server has.
pub(crate) async fn uv_revert(args: UvSyncArgs, output: Output) -> Result<Exit, Failure> {
    exchange(args, Unversioned::Revert, "reverted files to", output).await
}

async fn exchange(
    args: UvSyncArgs,
    unversioned: Unversioned,
    what: &str,
    output: Output,
) -> Result<Exit, Failure> {
    let place = Place::open(&args.repository, &args.remote, &args.way)?;
    let options = SyncOptions { unversioned, tables: false, ..SyncOptions::nothing() };
    let (summary, outcome) = place.session(options, output).await?;
    warn(&outcome, output);
    if output.json {
        Output::object(&summary)?;
    } else {
        summary.print(what, output)?;
    }
    Ok(if outcome.unversioned_refused { Exit::Refused } else { Exit::Done })
}
