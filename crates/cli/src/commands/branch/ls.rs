//! `outcrop branch ls`: all branches.

use std::io::{self, Write as _};

use outcrop_repo::{Repo, limits::LIST_ROWS, read::Branch};
use serde::Serialize;

use super::RepositoryArg;
use crate::{
    clock::{date, seconds_of},
    entry::short,
    failure::{Exit, Failure},
    output::{Output, line},
    paged,
};

/// List branches by name: those that are open, unless others are asked for
///
/// With -v the newest check-in of each, when it was made, and how many there are.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LsArgs {
    /// Closed branches too
    #[arg(long, short)]
    all: bool,
    /// Closed branches only
    #[arg(long, short, conflicts_with = "all")]
    closed: bool,
    #[command(flatten)]
    repository: RepositoryArg,
}

const EXAMPLES: &str = "\
With --json: branches, a list of name, tip (the hash of the newest check-in), time (of that, in
seconds since 1970), closed and check_ins (how many).

Examples:
  outcrop branch ls -R project.fossil
  outcrop branch ls --all -v -R project.fossil";

/// Branches, as `--json` has them.
#[derive(Serialize)]
struct Branches {
    branches: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    tip: String,
    time: i64,
    closed: bool,
    check_ins: u64,
}

impl From<Branch> for Row {
    fn from(branch: Branch) -> Self {
        Self {
            name: branch.name,
            tip: branch.tip.to_string(),
            time: seconds_of(branch.last),
            closed: branch.is_closed,
            check_ins: branch.check_ins,
        }
    }
}

pub(super) fn run(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let branches = paged::all(|last: Option<&Branch>| {
        tx.branches(last.map_or("", |branch| &branch.name), LIST_ROWS)
    })?;
    let mut branches: Vec<_> = branches.into_iter().map(Row::from).collect();
    branches.retain(|branch| args.all || branch.closed == args.closed);
    if output.json {
        Output::object(&Branches { branches })?;
    } else if !output.quiet {
        list(&branches, output)?;
    }
    Ok(Exit::Done)
}

fn list(branches: &[Row], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for branch in branches {
        if output.verbose {
            let (tip, time) = (short(&branch.tip), date(branch.time));
            let count = branch.check_ins;
            write!(
                out,
                "[{}] {}  {count:>6}  ",
                output.stdout.key(tip),
                output.stdout.faint(&time)
            )?;
        }
        let closed = if branch.closed { "  (closed)" } else { "" };
        writeln!(out, "{}{closed}", line(&branch.name))?;
    }
    out.flush()
}
