//! The commands, one per file, each in three parts: the arguments as they are typed, the settings
//! they resolve to, and the work.

pub(crate) mod artifact;
pub(crate) mod cards;
pub(crate) mod init;
pub(crate) mod ping;
pub(crate) mod rebuild;
pub(crate) mod record;
pub(crate) mod verify;

use std::{fs, future::Future, path::Path, time::Duration};

use bytes::Bytes;
use clap::Subcommand;
use outcrop_sync::{HttpUrl, UrlError};

use crate::{
    failure::{Exit, Failure},
    output::Output,
};

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    Init(init::InitArgs),
    Artifact(artifact::ArtifactArgs),
    Verify(verify::VerifyArgs),
    Rebuild(rebuild::RebuildArgs),
    Cards(cards::CardsArgs),
    Ping(ping::PingArgs),
    Record(record::RecordArgs),
}

/// Does what the command line asks for.
pub(crate) fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Init(args) => init::run(&args.resolve()?, output),
        Command::Artifact(args) => artifact::run(&args, output),
        Command::Verify(args) => verify::run(&args, output),
        Command::Rebuild(args) => rebuild::run(&args, output),
        Command::Cards(args) => cards::run(&args.resolve(), output),
        Command::Ping(args) => wait_for(ping::run(args.resolve()?, output)),
        Command::Record(args) => wait_for(record::run(args.resolve()?, output)),
    }
}

/// Runs work that waits for the network.
fn wait_for(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failed, &error))?;
    let done = runtime.block_on(work);
    // A name that is still being looked up, in a thread of its own, must not hold up the end.
    runtime.shutdown_background();
    done
}

/// How the network is used: the same for all commands that use it.
#[derive(Debug, clap::Args)]
pub(crate) struct NetworkArgs {
    /// Trust this authority, in PEM form, beside those of the system
    #[arg(long, value_name = "FILE")]
    ca: Option<std::path::PathBuf>,
    /// Give up when nothing moves for this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
}

impl NetworkArgs {
    fn authorities(&self) -> Result<Option<Bytes>, Failure> {
        self.ca.as_deref().map(read_file).transpose()
    }
}

/// The address of a repository. Not read by the command line's own parser, which would quote a bad
/// one, password and all.
fn url(text: &str) -> Result<HttpUrl, Failure> {
    let url = text.parse();
    url.map_err(|error: UrlError| Failure::new(Exit::Usage, &error))
}

fn read_file(path: &Path) -> Result<Bytes, Failure> {
    let read = fs::read(path).map(Bytes::from);
    read.map_err(|error| {
        let message = format!("cannot read {}: {error}", path.display());
        Failure::new(Exit::Failed, &message)
    })
}

/// The longest time that may be asked for.
const LONGEST: f64 = 86_400.0;

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if seconds > 0.0 && seconds <= LONGEST {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("not between 0 and {LONGEST}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_positive_and_bounded() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for bad in ["0", "-1", "inf", "NaN", "1e300", "ten"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
