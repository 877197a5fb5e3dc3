//! The commands, one per file, each in three parts: the arguments as they are typed, the settings
//! they resolve to, and the work.

pub(crate) mod artifact;
pub(crate) mod backup;
pub(crate) mod cards;
pub(crate) mod cgi;
pub(crate) mod compact;
pub(crate) mod config;
mod entry;
pub(crate) mod http;
pub(crate) mod info;
pub(crate) mod init;
pub(crate) mod ping;
pub(crate) mod rebuild;
pub(crate) mod record;
pub(crate) mod scgi;
pub(crate) mod serve;
mod serve_web;
pub(crate) mod shun;
pub(crate) mod test_http;
pub(crate) mod user;
pub(crate) mod uv;
pub(crate) mod verify;

use std::{
    fs,
    future::Future,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use clap::Subcommand;
use outcrop_repo::{OpenError, Repo, tx::WriteTx};
use outcrop_sync::{HttpUrl, UrlError};

use crate::{
    failure::{Exit, Failure},
    output::{Output, printable},
};

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    Serve(serve::ServeArgs),
    Init(init::InitArgs),
    Artifact(artifact::ArtifactArgs),
    Verify(verify::VerifyArgs),
    Rebuild(rebuild::RebuildArgs),
    Info(info::InfoArgs),
    Backup(backup::BackupArgs),
    Compact(compact::CompactArgs),
    User(user::UserArgs),
    Uv(uv::UvArgs),
    Config(config::ConfigArgs),
    Shun(shun::ShunArgs),
    Cards(cards::CardsArgs),
    Ping(ping::PingArgs),
    Record(record::RecordArgs),
    Http(http::HttpArgs),
    TestHttp(test_http::TestHttpArgs),
    Cgi(cgi::CgiArgs),
    Scgi(scgi::ScgiArgs),
}

/// Does what the command line asks for.
pub(crate) fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Serve(args) => wait_on_all_cores(serve::run(args.resolve()?, output)),
        Command::Init(args) => init::run(&args.resolve()?, output),
        Command::Artifact(args) => artifact::run(&args, output),
        Command::Verify(args) => verify::run(&args, output),
        Command::Rebuild(args) => rebuild::run(&args, output),
        Command::Info(args) => info::run(&args, output),
        Command::Backup(args) => backup::run(&args, output),
        Command::Compact(args) => compact::run(&args, output),
        Command::User(args) => user::run(&args, output),
        Command::Uv(args) => uv::run(&args, output),
        Command::Config(args) => config::run(&args, output),
        Command::Shun(args) => shun::run(&args, output),
        Command::Cards(args) => cards::run(&args.resolve(), output),
        Command::Ping(args) => wait_for(ping::run(args.resolve()?, output)),
        Command::Record(args) => wait_for(record::run(args.resolve()?, output)),
        Command::Http(args) => wait_for(http::run(args.resolve(), output)),
        Command::TestHttp(args) => wait_for(test_http::run(args.resolve(), output)),
        Command::Cgi(args) => wait_for(cgi::run(&args, output)),
        Command::Scgi(args) => wait_on_all_cores(scgi::run(args.resolve()?, output)),
    }
}

/// Runs work that waits for the network.
fn wait_for(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    wait_on(tokio::runtime::Builder::new_current_thread(), work)
}

/// Runs work that waits for many others at a time.
fn wait_on_all_cores(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    wait_on(tokio::runtime::Builder::new_multi_thread(), work)
}

fn wait_on(
    mut builder: tokio::runtime::Builder,
    work: impl Future<Output = Result<Exit, Failure>>,
) -> Result<Exit, Failure> {
    let runtime = builder.enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failed, &error))?;
    let done = runtime.block_on(work);
    // A name that is still being looked up, in a thread of its own, must not hold up the end.
    runtime.shutdown_background();
    done
}

/// Which repository a command works on.
#[derive(Debug, clap::Args)]
pub(crate) struct RepositoryArg {
    /// The repository
    #[arg(long, short = 'R', value_name = "FILE")]
    repository: PathBuf,
}

impl RepositoryArg {
    fn path(&self) -> &Path {
        &self.repository
    }

    /// Opens it for reading and writing.
    fn open(&self) -> Result<Repo, OpenError> {
        Repo::open(&self.repository)
    }
}

/// Derives anew what follows from the artifacts. What damaged ones mean would be lost, so if there
/// are any nothing is to be committed.
fn derive_anew(tx: &WriteTx) -> Result<(), Failure> {
    match tx.rebuild(|_| {})?.damaged {
        0 => Ok(()),
        damaged => {
            let message = format!(
                "nothing was changed: {damaged} artifacts are damaged, and what they mean would be \
                 lost; `outcrop verify` tells which"
            );
            Err(Failure::new(Exit::Damaged, &message))
        }
    }
}

/// Bytes of a file.
fn file_size(path: &Path) -> Result<u64, Failure> {
    let found = fs::metadata(path).map(|metadata| metadata.len());
    found.map_err(|error| {
        let message = format!("cannot look at {}: {error}", path.display());
        Failure::new(Exit::Failed, &message)
    })
}

/// Prints a line for each name: what has become of it.
fn print_names(output: Output, what: &str, names: &[String]) -> Result<(), Failure> {
    if output.quiet {
        return Ok(());
    }
    let mut out = Output::results();
    for name in names {
        writeln!(out, "{}: {what}", printable(name))?;
    }
    Ok(out.flush()?)
}

/// How the network is used: the same for all commands that use it.
#[derive(Debug, clap::Args)]
pub(crate) struct NetworkArgs {
    /// Trust this authority, in PEM form, beside those of the system
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
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
