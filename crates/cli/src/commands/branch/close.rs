//! `outcrop branch close` and `outcrop branch reopen`: one control artifact each.

use outcrop_repo::{artifact::TagAction, commit::TagChange};
use serde::Serialize;

use super::RepositoryArg;
use crate::{
    author::AuthorArgs,
    commands::print_names,
    failure::{Exit, Failure},
    names,
    output::Output,
};

/// Close branches: nothing is to follow upon their newest check-ins
#[derive(Debug, clap::Args)]
#[command(after_help = CLOSE_EXAMPLES)]
pub(super) struct CloseArgs {
    /// The branches
    #[arg(value_name = "BRANCH", required = true)]
    branches: Vec<String>,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const CLOSE_EXAMPLES: &str = "\
With --json: hash (of the artifact that says so), closed (whether they are closed now) and
branches, a list of name and tip (the hash of the newest check-in).

Examples:
  outcrop branch close old-idea -R project.fossil";

/// Open branches again that were closed
#[derive(Debug, clap::Args)]
#[command(after_help = REOPEN_EXAMPLES)]
pub(super) struct ReopenArgs {
    /// The branches
    #[arg(value_name = "BRANCH", required = true)]
    branches: Vec<String>,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const REOPEN_EXAMPLES: &str = "\
With --json the same as `outcrop branch close`.

Examples:
  outcrop branch reopen old-idea -R project.fossil";

/// What becomes of some branches.
pub(super) struct Change<'a> {
    closes: bool,
    branches: &'a [String],
    repository: &'a RepositoryArg,
    author: &'a AuthorArgs,
}

impl CloseArgs {
    pub(super) fn as_change(&self) -> Change<'_> {
        let Self { branches, repository, author } = self;
        Change { closes: true, branches, repository, author }
    }
}

impl ReopenArgs {
    pub(super) fn as_change(&self) -> Change<'_> {
        let Self { branches, repository, author } = self;
        Change { closes: false, branches, repository, author }
    }
}

/// Branches that were changed, as `--json` has them.
#[derive(Serialize)]
struct Changed<'a> {
    hash: String,
    closed: bool,
    branches: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    tip: String,
}

/// The property that a closed check-in has.
const CLOSED: &str = "closed";

pub(super) fn run(change: &Change<'_>, output: Output) -> Result<Exit, Failure> {
    let tx = change.repository.open()?.write()?;
    let writer = change.author.resolve(&tx)?;
    let action = if change.closes { TagAction::Add } else { TagAction::Cancel };
    let (mut tags, mut branches) = (Vec::new(), Vec::new());
    for name in change.branches {
        let told = |what: &str| {
            let message = format!("{what} {name:?}: `outcrop branch ls --all` lists all");
            Failure::new(Exit::Failed, &message)
        };
        let tip = names::tip(&tx, name)?.ok_or_else(|| told("there is no branch"))?;
        match (tx.is_closed(tip.rid)?, change.closes) {
            (true, true) => return Err(told("closed already is the branch")),
            (false, false) => return Err(told("open already is the branch")),
            _ => {}
        }
        tags.push(TagChange { action, name: CLOSED, target: tip.rid, value: None });
        branches.push(Row { name, tip: tip.name.to_string() });
    }
    let written = tx.change_tags(&tags, writer.author())?;
    tx.commit()?;
    if output.json {
        let hash = written.name.to_string();
        Output::object(&Changed { hash, closed: change.closes, branches })?;
    } else {
        let what = if change.closes { "closed" } else { "open again" };
        print_names(output, what, change.branches)?;
    }
    Ok(Exit::Done)
}
