//! The commands, each in a file of its own, or in a folder if there are commands below it or much to
//! do. A command has three parts: the arguments as they are typed, the settings that they resolve
//! to, and the work.

pub(crate) mod artifact;
pub(crate) mod attachment;
pub(crate) mod backup;
pub(crate) mod branch;
pub(crate) mod cards;
pub(crate) mod cat;
pub(crate) mod cgi;
pub(crate) mod clone;
pub(crate) mod commit;
pub(crate) mod compact;
pub(crate) mod completions;
pub(crate) mod config;
mod entry;
pub(crate) mod http;
pub(crate) mod info;
pub(crate) mod init;
pub(crate) mod log;
pub(crate) mod ls;
pub(crate) mod man;
pub(crate) mod ping;
pub(crate) mod rebuild;
pub(crate) mod record;
pub(crate) mod scgi;
pub(crate) mod serve;
pub(crate) mod shun;
pub(crate) mod sync;
pub(crate) mod tag;
pub(crate) mod technote;
pub(crate) mod test_http;
pub(crate) mod ticket;
pub(crate) mod user;
pub(crate) mod uv;
pub(crate) mod verify;
pub(crate) mod wiki;

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

/// Makes the commands of their names and arguments.
macro_rules! commands {
    ($($name:literal => $variant:ident($args:ty),)*) => {
        /// What to do.
        #[derive(Subcommand)]
        pub(crate) enum Command {
            $(#[command(name = $name)] $variant($args),)*
        }

        /// What can be typed after the name of one command.
        pub(crate) fn definition(name: &str) -> Option<clap::Command> {
            let command = match name {
                $($name => <$args as clap::Args>::augment_args(clap::Command::new($name)),)*
                _ => return None,
            };
            Some(command)
        }
    };
}

commands! {
    "serve" => Serve(Box<serve::ServeArgs>),
    "clone" => Clone(Box<clone::CloneArgs>),
    "sync" => Sync(Box<sync::SyncArgs>),
    "pull" => Pull(Box<sync::PullArgs>),
    "push" => Push(Box<sync::PushArgs>),
    "init" => Init(init::InitArgs),
    "commit" => Commit(Box<commit::CommitArgs>),
    "ls" => Ls(ls::LsArgs),
    "cat" => Cat(cat::CatArgs),
    "log" => Log(log::LogArgs),
    "branch" => Branch(branch::BranchArgs),
    "tag" => Tag(tag::TagArgs),
    "wiki" => Wiki(wiki::WikiArgs),
    "technote" => Technote(technote::TechnoteArgs),
    "ticket" => Ticket(ticket::TicketArgs),
    "attachment" => Attachment(attachment::AttachmentArgs),
    "uv" => Uv(uv::UvArgs),
    "artifact" => Artifact(artifact::ArtifactArgs),
    "info" => Info(info::InfoArgs),
    "verify" => Verify(verify::VerifyArgs),
    "rebuild" => Rebuild(rebuild::RebuildArgs),
    "compact" => Compact(compact::CompactArgs),
    "backup" => Backup(backup::BackupArgs),
    "user" => User(user::UserArgs),
    "config" => Config(config::ConfigArgs),
    "shun" => Shun(shun::ShunArgs),
    "cards" => Cards(cards::CardsArgs),
    "ping" => Ping(ping::PingArgs),
    "record" => Record(record::RecordArgs),
    "http" => Http(http::HttpArgs),
    "test-http" => TestHttp(test_http::TestHttpArgs),
    "cgi" => Cgi(cgi::CgiArgs),
    "scgi" => Scgi(scgi::ScgiArgs),
    "completions" => Completions(completions::CompletionsArgs),
    "man" => Man(man::ManArgs),
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
impl Command {
    /// Whether it works on all of a repository at once.
    pub(crate) const fn works_in_bulk(&self) -> bool {
        matches!(self, Self::Clone(_) | Self::Rebuild(_) | Self::Verify(_) | Self::Compact(_))
    }
}

/// Does what the command line asks for.
pub(crate) fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Serve(args) => {
            let settings = args.resolve()?;
            wait_on_all_cores(settings.rounds(), serve::run(settings, output))
        }
        Command::Clone(args) => wait_for(clone::run(*args, output)),
        Command::Sync(args) => wait_for(sync::run(*args, output)),
        Command::Pull(args) => wait_for(sync::pull(*args, output)),
        Command::Push(args) => wait_for(sync::push(*args, output)),
        Command::Init(args) => init::run(&args.resolve()?, output),
        Command::Commit(args) => commit::run(&args, output),
        Command::Ls(args) => ls::run(&args, output),
        Command::Cat(args) => cat::run(&args, output),
        Command::Log(args) => log::run(&args, output),
        Command::Branch(args) => branch::run(&args, output),
        Command::Tag(args) => tag::run(&args, output),
        Command::Wiki(args) => wiki::run(&args, output),
        Command::Technote(args) => technote::run(&args, output),
        Command::Ticket(args) => ticket::run(&args, output),
        Command::Attachment(args) => attachment::run(&args, output),
        Command::Artifact(args) => artifact::run(&args, output),
        Command::Verify(args) => verify::run(&args, output),
        Command::Rebuild(args) => rebuild::run(&args, output),
        Command::Info(args) => info::run(&args, output),
        Command::Backup(args) => backup::run(&args, output),
        Command::Compact(args) => compact::run(&args, output),
        Command::User(args) => user::run(&args, output),
        Command::Uv(args) => uv::run(args, output),
        Command::Config(args) => config::run(args, output),
        Command::Shun(args) => shun::run(&args, output),
        Command::Cards(args) => cards::run(&args.resolve(), output),
        Command::Ping(args) => wait_for(ping::run(args.resolve()?, output)),
        Command::Record(args) => wait_for(record::run(args.resolve()?, output)),
        Command::Http(args) => wait_for(http::run(args.resolve(), output)),
        Command::TestHttp(args) => wait_for(test_http::run(args.resolve(), output)),
        Command::Cgi(args) => wait_for(cgi::run(&args, output)),
        Command::Scgi(args) => {
            let settings = args.resolve()?;
            wait_on_all_cores(settings.rounds(), scgi::run(settings, output))
        }
        Command::Completions(args) => completions::run(&args, output),
        Command::Man(args) => man::run(&args, output),
    }
}

/// Runs work that waits for the network.
fn wait_for(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    wait_on(tokio::runtime::Builder::new_current_thread(), work)
}

/// Runs work that waits for many others at a time, and does so many rounds for them.
fn wait_on_all_cores(
    rounds: usize,
    work: impl Future<Output = Result<Exit, Failure>>,
) -> Result<Exit, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    // The C library has memory for each thread, and what was used once mostly stays there.
    builder.max_blocking_threads(rounds.saturating_add(SPARE_THREADS));
    wait_on(builder, work)
}

/// Threads for blocking work beside the rounds: looking for repositories, and for names of hosts.
const SPARE_THREADS: usize = 2;

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

/// The address of a repository. Not read by the command line's own parser, which would quote a bad
/// one, password and all.
fn url(text: &str) -> Result<HttpUrl, Failure> {
    let url = text.parse();
    url.map_err(|error: UrlError| Failure::new(Exit::Usage, &error))
}

pub(crate) fn read_file(path: &Path) -> Result<Bytes, Failure> {
    let read = fs::read(path).map(Bytes::from);
    read.map_err(|error| {
        let message = format!("cannot read {}: {error}", path.display());
        Failure::new(Exit::Failed, &message)
    })
}

/// The longest time that may be asked for.
const LONGEST: f64 = 86_400.0;

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
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
