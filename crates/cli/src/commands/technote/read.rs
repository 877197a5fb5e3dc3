//! `outcrop technote ls` and `outcrop technote cat`.

use std::io::{self, Write as _};

use outcrop_repo::{Repo, read::TechnoteVersion};
use serde::Serialize;

use super::{RepositoryArg, all, find};
use crate::{
    clock::{date, seconds_of},
    commands::wiki::DEFAULT_MIMETYPE,
    entry::short,
    failure::{Exit, Failure},
    output::{Output, line},
};

/// List technotes, newest first
///
/// With -v whole identifiers.
#[derive(Debug, clap::Args)]
#[command(after_help = LS_EXAMPLES)]
pub(super) struct LsArgs {
    #[command(flatten)]
    repository: RepositoryArg,
}

const LS_EXAMPLES: &str = "\
With --json: technotes, a list of id, time (of the point where it stands, in seconds since 1970)
and comment.

Examples:
  outcrop technote ls -R project.fossil";

/// Print a technote as it was last written
#[derive(Debug, clap::Args)]
#[command(after_help = CAT_EXAMPLES)]
pub(super) struct CatArgs {
    /// Its identifier, or the beginning of it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const CAT_EXAMPLES: &str = "\
With --json: id, hash (of the newest version), time (of the point where it stands, in seconds since
1970), comment, user (or null), mimetype and text.

Examples:
  outcrop technote cat 4f2a1b -R project.fossil";

/// Technotes, as `--json` has them.
#[derive(Serialize)]
struct Technotes {
    technotes: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    time: i64,
    comment: String,
}

impl From<TechnoteVersion> for Row {
    fn from(note: TechnoteVersion) -> Self {
        Self { id: note.id, time: seconds_of(note.time), comment: note.comment }
    }
}

/// A technote, as `--json` has it.
#[derive(Serialize)]
struct Technote {
    #[serde(flatten)]
    row: Row,
    hash: String,
    user: Option<String>,
    mimetype: String,
    text: String,
}

pub(super) fn ls(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let technotes: Vec<_> = all(&tx)?.into_iter().map(Row::from).collect();
    if output.json {
        Output::object(&Technotes { technotes })?;
    } else if !output.quiet {
        list(&technotes, output)?;
    }
    Ok(Exit::Done)
}

fn list(technotes: &[Row], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for note in technotes {
        let id = if output.verbose { &note.id } else { short(&note.id) };
        let (id, time) = (output.stdout.key(id), output.stdout.faint(&date(note.time)));
        writeln!(out, "{id}  {time}  {}", line(&note.comment))?;
    }
    out.flush()
}

pub(super) fn cat(args: &CatArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let note = find(&tx, &args.id)?;
    let page = tx.page_text(note.rid)?;
    if output.json {
        Output::object(&Technote {
            row: note.into(),
            hash: page.name.to_string(),
            user: page.user,
            mimetype: page.mimetype.unwrap_or_else(|| DEFAULT_MIMETYPE.to_owned()),
            text: String::from_utf8_lossy(&page.text).into_owned(),
        })?;
        return Ok(Exit::Done);
    }
    let mut out = Output::results();
    out.write_all(&page.text)?;
    out.flush()?;
    Ok(Exit::Done)
}
