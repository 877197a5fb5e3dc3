//! `outcrop attachment ls` and `outcrop attachment cat`.

use std::io::{self, Write as _};

use outcrop_repo::{Repo, read::AttachedFile};
use serde::Serialize;

use super::{RepositoryArg, TargetArg, all};
use crate::{
    clock::{date, seconds_of},
    content,
    failure::{Exit, Failure},
    output::{Output, line},
};

/// List the files that are attached to a wiki page, ticket or technote
#[derive(Debug, clap::Args)]
#[command(after_help = LS_EXAMPLES)]
pub(super) struct LsArgs {
    #[command(flatten)]
    target: TargetArg,
    #[command(flatten)]
    repository: RepositoryArg,
}

const LS_EXAMPLES: &str = "\
With --json: target (its whole name) and attachments, a list of name, hash (of the content), time
(seconds since 1970), user and comment.

Examples:
  outcrop attachment ls Home -R project.fossil";

/// Print an attached file
#[derive(Debug, clap::Args)]
#[command(after_help = CAT_EXAMPLES)]
pub(super) struct CatArgs {
    #[command(flatten)]
    target: TargetArg,
    /// The name of the file
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const CAT_EXAMPLES: &str = "\
With --json what is known of the file instead, as `outcrop attachment ls` has it.

Examples:
  outcrop attachment cat Home logo.png -R project.fossil >logo.png";

/// Attached files, as `--json` has them.
#[derive(Serialize)]
struct Attachments {
    target: String,
    attachments: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    hash: String,
    time: i64,
    user: String,
    comment: String,
}

impl From<AttachedFile> for Row {
    fn from(file: AttachedFile) -> Self {
        Self {
            name: file.file_name,
            hash: file.content.to_string(),
            time: seconds_of(file.time),
            user: file.user,
            comment: file.comment,
        }
    }
}

pub(super) fn ls(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let target = args.target.resolve(&tx)?;
    let attachments: Vec<_> = all(&tx, &target)?.into_iter().map(Row::from).collect();
    if output.json {
        Output::object(&Attachments { target, attachments })?;
    } else if !output.quiet {
        list(&attachments, output)?;
    }
    Ok(Exit::Done)
}

fn list(attachments: &[Row], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for file in attachments {
        let name = output.stdout.key(&line(&file.name));
        let time = output.stdout.faint(&date(file.time));
        let comment = line(&file.comment);
        let shown = format!("{time}  {name}  {comment} ({})", line(&file.user));
        writeln!(out, "{}", shown.replace("   (", "  ("))?;
    }
    out.flush()
}

pub(super) fn cat(args: &CatArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let target = args.target.resolve(&tx)?;
    let file = all(&tx, &target)?.into_iter().find(|file| file.file_name == args.name);
    let file = file.ok_or_else(|| {
        let message = format!(
            "no file {:?} is attached to {target:?}: `outcrop attachment ls` lists those that are",
            args.name
        );
        Failure::new(Exit::Failed, &message)
    })?;
    let content = content::proven(&tx, &file.content, &file.file_name)?;
    if output.json {
        Output::object(&Row::from(file))?;
        return Ok(Exit::Done);
    }
    let mut out = Output::results();
    out.write_all(&content)?;
    out.flush()?;
    Ok(Exit::Done)
}
