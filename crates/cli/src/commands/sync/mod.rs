//! `outcrop sync`, `pull` and `push`: rounds until both sides have the same.

mod configuration;
mod unversioned;

use std::{path::Path, sync::Arc};

use outcrop_repo::{OpenError, Repo};
use outcrop_sync::{SyncError, SyncOptions, SyncOutcome, ThreadsIfLong, Unversioned, sync};

use super::RepositoryArg;
use crate::{
    failure::{Exit, Failure},
    network::{RemoteArgs, Stored, Summary, Watch, WayArgs, until_interrupted, warn},
    output::Output,
};
pub(crate) use configuration::{ConfigPullArgs, ConfigPushArgs, config_pull, config_push};
pub(crate) use unversioned::{UvSyncArgs, uv_revert, uv_sync};

/// Pull and push: fetch what is new there, and send what is new here
///
/// Afterwards both repositories have the same artifacts, as far as the rights on the other side go.
/// The URL is remembered as stock remembers it; without one the remembered one counts.
///
/// With -v a line on stderr tells of each round. Ctrl-C ends it safely: what has come is kept.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    both: BothArgs,
}

/// Fetch what is new in another repository
///
/// As `outcrop sync`, in one direction only.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
#[command(after_help = PULL_EXAMPLES)]
pub(crate) struct PullArgs {
    /// From the project that this one was made from, as the settings parent-project-code and
    /// parent-project-name say
    #[arg(long)]
    from_parent_project: bool,
    #[command(flatten)]
    both: BothArgs,
}

/// Send what is new here to another repository
///
/// As `outcrop sync`, in one direction only.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
#[command(after_help = PUSH_EXAMPLES)]
pub(crate) struct PushArgs {
    #[command(flatten)]
    both: BothArgs,
}

/// What all three understand.
#[derive(clap::Args)]
struct BothArgs {
    #[command(flatten)]
    remote: RemoteArgs,
    #[command(flatten)]
    repository: RepositoryArg,
    /// Private content too, as far as the user may see it
    #[arg(long)]
    private: bool,
    /// Unversioned files too
    #[arg(long, short = 'u')]
    unversioned: bool,
    /// Compare everything, not only what is new: finds what earlier syncs have missed
    #[arg(long)]
    verily: bool,
    #[command(flatten)]
    way: WayArgs,
}

const EXAMPLES: &str = "\
A password may stand in the URL, come from the variable OUTCROP_PASSWORD, or be typed. It is
remembered only with --save-http-password.

With --json: url, rounds, received, sent and further counts (artifacts, deltas, unversioned files,
configuration, rows), bytes_sent and bytes_received of cards, wire_sent and wire_received as they
travelled, clock_skew_seconds, server_release, messages, missing and missing_names (artifacts that
nobody has given), push_refused, unversioned_refused.

Examples:
  outcrop sync https://alice@example.org/project -R project.fossil
  outcrop sync -R project.fossil
  outcrop sync -u --private -R project.fossil";

const PULL_EXAMPLES: &str = "\
With --json: the same as `outcrop sync`.

Examples:
  outcrop pull -R project.fossil
  outcrop pull https://example.org/project -R project.fossil --once";

const PUSH_EXAMPLES: &str = "\
With --json: the same as `outcrop sync`.

Examples:
  outcrop push -R project.fossil
  OUTCROP_PASSWORD=… outcrop push https://alice@example.org/project -R project.fossil";

pub(crate) async fn run(args: SyncArgs, output: Output) -> Result<Exit, Failure> {
    session(&args.both, "synced with", SyncOptions::push_pull(), output).await
}

pub(crate) async fn pull(args: PullArgs, output: Output) -> Result<Exit, Failure> {
    let from_parent = args.from_parent_project;
    let options = SyncOptions { from_parent, ..SyncOptions::pull() };
    session(&args.both, "pulled from", options, output).await
}

pub(crate) async fn push(args: PushArgs, output: Output) -> Result<Exit, Failure> {
    session(&args.both, "pushed to", SyncOptions::push(), output).await
}

async fn session(
    args: &BothArgs,
    what: &str,
    options: SyncOptions,
    output: Output,
) -> Result<Exit, Failure> {
    let place = Place::open(&args.repository, &args.remote, &args.way)?;
    let wanted = args.unversioned || options.push && options.pull && place.syncs_files()?;
    let unversioned = if wanted { Unversioned::Sync } else { Unversioned::Leave };
    let options =
        SyncOptions { private: args.private, verily: args.verily, unversioned, ..options };
    let (summary, outcome) = place.session(options, output).await?;
    warn(&outcome, output);
    if output.json {
        Output::object(&summary)?;
    } else {
        summary.print(what, output)?;
    }
    Ok(Exit::Done)
}

/// Between which repositories a session is.
struct Place<'a> {
    repo: Repo,
    remote: &'a RemoteArgs,
    way: &'a WayArgs,
}

impl<'a> Place<'a> {
    fn open(
        repository: &RepositoryArg,
        remote: &'a RemoteArgs,
        way: &'a WayArgs,
    ) -> Result<Self, OpenError> {
        Ok(Self { repo: repository.open()?, remote, way })
    }

    /// Whether the repository wants its unversioned files synced each time.
    fn syncs_files(&self) -> Result<bool, Failure> {
        let setting = self.repo.read()?.setting("uv-sync")?;
        Ok(setting.is_some_and(|value| matches!(&*value, "1" | "on" | "yes" | "true")))
    }

    async fn session(
        &self,
        options: SyncOptions,
        output: Output,
    ) -> Result<(Summary, SyncOutcome), Failure> {
        let repo = &self.repo;
        let stored = if options.from_parent { Stored::Parent } else { Stored::LastSync };
        let remote = self.remote.resolve(repo, stored)?;
        let transport = remote.transport(&self.way.resolve()?)?;
        if self.way.is_insecure() {
            output.note("warning: --insecure: nobody checks who the server is");
        }
        let telemetry = self.way.telemetry()?;
        let options = SyncOptions {
            account: remote.account.clone(),
            remember: remote.remember.clone(),
            retry: self.way.retry(),
            workers: &ThreadsIfLong,
            observer: telemetry.beside(Arc::new(Watch::new(output))),
            ..options
        };
        let control = options.control.clone();
        let synced = until_interrupted(&control, sync(repo, &*transport, options)).await;
        telemetry.end(output).await;
        let outcome = synced?.map_err(|error| failed(&error, repo.path()))?;
        Ok((Summary::new(remote.address.to_string(), &outcome), outcome))
    }
}

fn failed(error: &SyncError, file: &Path) -> Failure {
    match error {
        SyncError::Cancelled => {
            let message = format!(
                "interrupted; what has come is kept in {}: give the same command for the rest",
                file.display()
            );
            Failure::new(Exit::Failed, &message)
        }
        error => Failure::new(Failure::exit_of_sync(error), error),
    }
}
