//! `outcrop compact`: the same content in a smaller file.

use std::{io::Write as _, ops::ControlFlow, path::PathBuf};

use outcrop_repo::{Repo, compact::CompactOptions};
use serde::Serialize;

use super::file_size;
use crate::{
    bar::Bar,
    failure::{Exit, Failure},
    output::Output,
};

/// Store a repository in less space
///
/// Whatever still stands whole becomes a change of its neighbour, where that pays. Others may read
/// and write meanwhile; what is done is kept if this is stopped. At the end the file gives back the
/// space it needs no more: for that nobody else may use it, and as much disk must be free as the
/// file has bytes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompactArgs {
    /// Keep the space in the file, for what comes later
    #[arg(long)]
    no_vacuum: bool,
    /// The repository
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const EXAMPLES: &str = "\
With --json: examined (artifacts), deltas (stored as such from now on), saved (bytes that these
need less), size_before and size_after (of the file, in bytes).

Examples:
  outcrop compact project.fossil
  outcrop compact project.fossil --no-vacuum    while it is served";

/// What was done, as `--json` has it.
#[derive(Serialize)]
struct Compacted {
    examined: u64,
    deltas: u64,
    saved: u64,
    size_before: u64,
    size_after: u64,
}

pub(crate) fn run(args: &CompactArgs, output: Output) -> Result<Exit, Failure> {
    let repo = Repo::open(&args.file)?;
    // What stands in a log beside the file belongs to it.
    repo.settle()?;
    let size_before = file_size(&args.file)?;
    let mut bar = Bar::new(output);
    let options = CompactOptions { vacuum: !args.no_vacuum };
    let done = repo.compact(options, |report| {
        bar.count(report.examined, report.total, "artifacts");
        ControlFlow::Continue(())
    });
    bar.clear();
    let report = done?;
    repo.settle()?;
    let size_after = file_size(&args.file)?;
    if output.json {
        Output::object(&Compacted {
            examined: report.examined,
            deltas: report.deltas,
            saved: report.saved,
            size_before,
            size_after,
        })?;
    } else if !output.quiet {
        let mut out = Output::results();
        writeln!(
            out,
            "{} artifacts examined, {} became deltas: {} bytes less; the file had {size_before} \
             bytes and has {size_after}",
            report.examined, report.deltas, report.saved
        )?;
        out.flush()?;
    }
    Ok(Exit::Done)
}
