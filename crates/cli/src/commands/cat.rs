//! `outcrop cat`: files as a check-in has them.

use std::io::Write as _;

use outcrop_repo::{
    Repo,
    read::{FileAt, Resolved},
    tx::ReadTx,
};
use serde::Serialize;

use super::{RepositoryArg, ls::Row};
use crate::{
    content,
    failure::{Exit, Failure},
    names,
    output::Output,
};

/// Print files as a check-in has them
///
/// The bytes as they are, one file after the other, once all have been found to match their hashes.
/// Of a symbolic link the path that it leads to.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CatArgs {
    /// Names of files
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// The check-in: a hash or its beginning, a tag, a branch, a date, tip; without this the tip of
    /// the main branch
    #[arg(long, short = 'r', value_name = "CHECKIN")]
    checkin: Option<String>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const EXAMPLES: &str = "\
With --json what is known of the files instead: check_in (its hash) and files, as `outcrop ls` has
them.

Examples:
  outcrop cat README.md -R project.fossil
  outcrop cat src/main.c --checkin v1.0 -R project.fossil >main.c
  outcrop cat logo.png -r 2024-05-06 -R project.fossil >logo.png";

/// Files, as `--json` has them.
#[derive(Serialize)]
struct Files {
    check_in: String,
    files: Vec<Row>,
}

pub(crate) fn run(args: &CatArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let check_in = names::check_in(&tx, args.checkin.as_deref())?;
    let mut files = Vec::new();
    for name in &args.names {
        let file = existing(&tx, check_in, name)?;
        let content = content::proven(&tx, &file.content, name)?;
        files.push((file, content));
    }
    if output.json {
        let files = files.into_iter().map(|(file, _)| file.into()).collect();
        Output::object(&Files { check_in: check_in.name.to_string(), files })?;
        return Ok(Exit::Done);
    }
    let mut out = Output::results();
    for (_, content) in files {
        out.write_all(&content)?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn existing(tx: &ReadTx, check_in: Resolved, name: &str) -> Result<FileAt, Failure> {
    tx.file_at(check_in.rid, name.as_bytes())?.ok_or_else(|| {
        let message = format!(
            "check-in {} has no file {name:?}: `outcrop ls` lists those it has",
            check_in.name
        );
        Failure::new(Exit::Failed, &message)
    })
}
