//! `outcrop backup`: a copy of a repository in use.

use std::{io::Write as _, ops::ControlFlow, path::PathBuf};

use outcrop_repo::{
    Repo,
    backup::{BackupError, BackupOptions},
};
use serde::Serialize;

use crate::{
    bar::Bar,
    failure::{Exit, Failure},
    output::Output,
};

/// Copy a repository, also while it is served
///
/// The copy is whole, and the state of one moment. It appears in its place when it is done, so that
/// what is found there is never half a copy.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BackupArgs {
    /// Replace the file in the copy's place, if there is one
    #[arg(long)]
    overwrite: bool,
    /// The repository
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the copy goes
    #[arg(value_name = "COPY")]
    copy: PathBuf,
}

const EXAMPLES: &str = "\
With --json: copy (its path), size (in bytes).

Examples:
  outcrop backup project.fossil /backup/project.fossil
  outcrop backup project.fossil /backup/monday.fossil --overwrite";

/// A copy, as `--json` has it.
#[derive(Serialize)]
struct Copied {
    copy: String,
    size: u64,
}

pub(crate) fn run(args: &BackupArgs, output: Output) -> Result<Exit, Failure> {
    let repo = Repo::open_read_only(&args.file)?;
    let mut bar = Bar::new(output);
    let options = BackupOptions { overwrite: args.overwrite };
    let copied = repo.backup(&args.copy, options, |progress| {
        bar.count(progress.done, progress.total, "pages");
        ControlFlow::Continue(())
    });
    bar.clear();
    let size = copied.map_err(|error| match error {
        BackupError::Exists(path) => {
            let message = format!("{} exists already: --overwrite replaces it", path.display());
            Failure::new(Exit::Failed, &message)
        }
        error => error.into(),
    })?;
    if output.json {
        Output::object(&Copied { copy: args.copy.display().to_string(), size })?;
    } else if !output.quiet {
        let mut out = Output::results();
        writeln!(out, "{}: {size} bytes", args.copy.display())?;
        out.flush()?;
    }
    Ok(Exit::Done)
}
