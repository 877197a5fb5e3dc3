//! `outcrop attachment add` and `outcrop attachment rm`: one artifact each.

use std::{io::Write as _, path::PathBuf};

use outcrop_repo::{commit::AttachmentEdit, tx::WriteTx};
use serde::Serialize;

use super::{RepositoryArg, TargetArg};
use crate::{
    author::AuthorArgs,
    failure::{Exit, Failure},
    input,
    output::{Output, line},
};

/// Attach a file to a wiki page, ticket or technote, in place of the one of its name
#[derive(Debug, clap::Args)]
#[command(after_help = ADD_EXAMPLES)]
pub(super) struct AddArgs {
    #[command(flatten)]
    target: TargetArg,
    /// The file; - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the file is called there; without this the last part of its path
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// What it is about
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const ADD_EXAMPLES: &str = "\
With --json: target (its whole name), name and hash (of the artifact that says so).

Examples:
  outcrop attachment add Home img/logo.png -m 'Our logo' -R project.fossil
  dmesg | outcrop attachment add 4f2a1b - --as dmesg.txt -R project.fossil";

/// Take an attached file off
#[derive(Debug, clap::Args)]
#[command(after_help = RM_EXAMPLES)]
pub(super) struct RmArgs {
    #[command(flatten)]
    target: TargetArg,
    /// The name of the file
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const RM_EXAMPLES: &str = "\
With --json the same as `outcrop attachment add`.

Examples:
  outcrop attachment rm Home logo.png -R project.fossil";

/// A file that was attached or taken off, as `--json` has it.
#[derive(Serialize)]
struct Changed {
    target: String,
    name: String,
    hash: String,
}

pub(super) fn add(args: &AddArgs, output: Output) -> Result<Exit, Failure> {
    let name = name(args)?;
    let content = input::content(&args.file)?;
    let tx = args.repository.open()?.write()?;
    let target = args.target.resolve(&tx)?;
    let comment = args.message.as_deref();
    let edit =
        AttachmentEdit { target: &target, file_name: &name, content: Some(&content), comment };
    write(tx, &edit, &args.author, "attached to", output)
}

pub(super) fn remove(args: &RmArgs, output: Output) -> Result<Exit, Failure> {
    let tx = args.repository.open()?.write()?;
    let target = args.target.resolve(&tx)?;
    let edit =
        AttachmentEdit { target: &target, file_name: &args.name, content: None, comment: None };
    write(tx, &edit, &args.author, "no longer attached to", output)
}

/// What the file is called beside its target.
fn name(args: &AddArgs) -> Result<String, Failure> {
    if let Some(name) = &args.name {
        return Ok(name.clone());
    }
    let name = args.file.file_name().filter(|_| !input::is_stdin(&args.file));
    let name = name.and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or_else(|| {
        let message = format!("{} is no name for a file: give one with --as", args.file.display());
        Failure::new(Exit::Usage, &message)
    })
}

fn write(
    tx: WriteTx,
    edit: &AttachmentEdit<'_>,
    author: &AuthorArgs,
    what: &str,
    output: Output,
) -> Result<Exit, Failure> {
    let writer = author.resolve(&tx)?;
    let written = tx.attach(edit, writer.author())?;
    tx.commit()?;
    if output.json {
        Output::object(&Changed {
            target: edit.target.to_owned(),
            name: edit.file_name.to_owned(),
            hash: written.name.to_string(),
        })?;
    } else if !output.quiet {
        let mut out = Output::results();
        writeln!(out, "{}: {what} {}", line(edit.file_name), line(edit.target))?;
        if output.verbose {
            writeln!(out, "said by {}", written.name)?;
        }
        out.flush()?;
    }
    Ok(Exit::Done)
}
