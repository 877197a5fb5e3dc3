//! `outcrop technote write`: a new technote, or a new version of one.

use std::{io::Write as _, path::PathBuf};

use outcrop_repo::{artifact::Moment, commit::TechnoteEdit};
use serde::Serialize;

use super::{RepositoryArg, find};
use crate::{
    author::AuthorArgs,
    clock::{now, parse_date},
    commands::wiki::mimetype,
    failure::{Exit, Failure},
    input,
    output::Output,
    random,
};

/// Write a technote: a new one, or with --id a new version of one that is there
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct WriteArgs {
    /// What the timeline shows
    #[arg(value_name = "COMMENT")]
    comment: String,
    /// The text; - for stdin
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Which technote to change: its identifier, or the beginning of it
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The point of the timeline where it stands; without this that of the version before, or now
    #[arg(long, short, value_name = "DATE", value_parser = parse_date)]
    time: Option<Moment>,
    /// How the text is written: fossil, markdown or plain; without this as the version before, or
    /// fossil
    #[arg(long, short = 'M', value_name = "TYPE", value_parser = mimetype)]
    mimetype: Option<String>,
    /// A tag of this version; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// The colour that the timeline paints behind it, as #c0ffc0
    #[arg(long, value_name = "COLOUR")]
    bgcolor: Option<String>,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const EXAMPLES: &str = "\
With --json: id (which all versions share), hash (of the new version) and created.

Examples:
  outcrop technote write 'Release 1.0 is out' notes.md -M markdown --tag release -R project.fossil
  outcrop technote write 'Release 1.0 is out!' notes.md --id 4f2a1b -R project.fossil";

/// A technote that was written, as `--json` has it.
#[derive(Serialize)]
struct Changed<'a> {
    id: &'a str,
    hash: String,
    created: bool,
}

pub(super) fn run(args: &WriteArgs, output: Output) -> Result<Exit, Failure> {
    let text = input::text(&args.file)?;
    let tx = args.repository.open()?.write()?;
    let writer = args.author.resolve(&tx)?;
    let before = args.id.as_deref().map(|prefix| find(&tx, prefix)).transpose()?;
    let created = before.is_none();
    let time = match (args.time, &before) {
        (Some(time), _) => time,
        (None, Some(before)) => before.time,
        (None, None) => now()?,
    };
    let id = before.map_or_else(random::identifier, |before| Ok(before.id))?;
    let tags: Vec<_> = args.tags.iter().map(String::as_str).collect();
    let edit = TechnoteEdit {
        id: &id,
        time,
        comment: &args.comment,
        mimetype: args.mimetype.as_deref(),
        text: &text,
        tags: &tags,
        background: args.bgcolor.as_deref(),
    };
    let written = tx.write_technote(&edit, writer.author())?;
    tx.commit()?;
    let hash = written.name.to_string();
    if output.json {
        Output::object(&Changed { id: &id, hash, created })?;
    } else if !output.quiet {
        let mut out = Output::results();
        writeln!(out, "{id}: {}", if created { "made" } else { "changed" })?;
        if output.verbose {
            writeln!(out, "version {hash}")?;
        }
        out.flush()?;
    }
    Ok(Exit::Done)
}
