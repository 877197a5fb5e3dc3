//! `outcrop log`: what happened.
//!
//! | file | holds |
//! |---|---|
//! | `select.rs` | which lines of the timeline are told |
//! | `shown.rs` | where they go: line by line, or into one object |

mod select;
mod shown;

use outcrop_repo::{Repo, artifact::Moment, read::EventKind, tx::ReadTx};

use super::RepositoryArg;
use crate::{
    clock::{parse_date, parse_end_of_date},
    entry::{Entry, parse_kind},
    failure::{Exit, Failure},
    names,
    output::Output,
};
use shown::Shown;

/// Tell what happened, newest first
///
/// Without CHECKIN all check-ins, whatever their branch; with it those that it comes from, itself
/// first. With -v the whole hashes, what each check-in comes from, and the files that it changes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LogArgs {
    /// Only this check-in and those that it comes from, merged ones too: a hash or its beginning, a
    /// tag, a branch, a date, tip
    #[arg(value_name = "CHECKIN", conflicts_with = "kind")]
    check_in: Option<String>,
    /// So many of them; 0 for all; without this 20
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
    /// Only check-ins on this branch
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Only what this user did
    #[arg(long, short = 'U', value_name = "LOGIN")]
    user: Option<String>,
    /// Only check-ins that change this file, or a file in this folder
    #[arg(long, short = 'p', value_name = "PATH")]
    file: Option<String>,
    /// Only from this date on: 2024-05-06, with a time behind it or not
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    since: Option<Moment>,
    /// Only up to the end of this date
    #[arg(long, value_name = "DATE", value_parser = parse_end_of_date)]
    until: Option<Moment>,
    /// Other things than check-ins: wiki, ticket, technote, forum, tag, or all of them
    #[arg(
        long = "type",
        short = 't',
        value_name = "TYPE",
        default_value = "check-in",
        value_parser = parse_kind
    )]
    kind: Kind,
    #[command(flatten)]
    repository: RepositoryArg,
}

/// A kind of events, or all. Its own name keeps the command line from taking it for an option that
/// may be missing.
type Kind = Option<EventKind>;

const EXAMPLES: &str = "\
With --json: entries, a list of name (the hash), kind, time (seconds since 1970), user, comment,
branch (or null), tags, leaf (whether a check-in has no child on its branch) and details (null
without -v, and else parents, a list of hashes, and files, a list of name, change, old_name and
hash); and more (whether there is more to tell than --limit).

Examples:
  outcrop log -R project.fossil
  outcrop log v1.0 -n 5 -v -R project.fossil
  outcrop log --file src/main.c -n 0 -R project.fossil
  outcrop log --type all --since 2024-05-06 -R project.fossil
  outcrop log --branch trunk --json -R project.fossil | jq -r '.entries[].comment'";

/// Entries that are told unless more or fewer are asked for.
pub(in crate::commands) const USUAL: usize = 20;

pub(crate) fn run(args: &LogArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    check(&tx, args)?;
    let limit = args.limit.unwrap_or(USUAL);
    let mut shown = Shown::begin(output);
    let (mut count, mut more) = (0, false);
    select::each(&tx, args, |entry| {
        more = limit != 0 && count == limit;
        if !more {
            count += 1;
            shown.show(Entry::new(&tx, entry, output.verbose)?)?;
        }
        Ok(!more)
    })?;
    shown.end(more)?;
    if more && args.limit.is_none() {
        output.note("older ones are left out: -n 0 shows all");
    }
    Ok(Exit::Done)
}

/// An empty log says that nothing has happened, not that a name was mistyped.
fn check(tx: &ReadTx, args: &LogArgs) -> Result<(), Failure> {
    let missing = match (&args.branch, &args.file) {
        (Some(branch), _) if names::tip(tx, branch)?.is_none() => {
            format!("there is no branch {branch:?}: `outcrop branch ls --all` lists all")
        }
        (_, Some(path)) if !select::is_known(tx, path)? => {
            format!("no check-in has a file or folder {path:?}: `outcrop ls` lists those of one")
        }
        _ => return Ok(()),
    };
    Err(Failure::new(Exit::Failed, &missing))
}
