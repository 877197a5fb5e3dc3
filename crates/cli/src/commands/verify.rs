//! `outcrop verify`: every artifact against its name.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    path::PathBuf,
};

use outcrop_repo::{
    Repo,
    verify::{Progress, Subset, VerifyReport},
};
use serde::Serialize;

use crate::{
    failure::{Exit, Failure},
    output::Output,
};

/// Verify a repository
///
/// Expands every artifact, hashes it and compares it with its name, on all cores. The file is not
/// changed, and others may use it meanwhile. Exit code 5 if anything is damaged.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VerifyArgs {
    /// Only the n-th of t parts, for regular partial checks
    #[arg(long, value_name = "n/t", value_parser = subset)]
    subset: Option<Subset>,
    /// The repository
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  outcrop verify project.fossil
  outcrop verify project.fossil --subset 3/7    a part for each day of the week
  outcrop verify project.fossil --json | jq .damaged";

fn subset(text: &str) -> Result<Subset, String> {
    let parts = text.split_once('/').and_then(|(n, of)| Some((n.parse().ok()?, of.parse().ok()?)));
    let subset = parts.and_then(|(n, of)| Subset::new(n, of));
    subset.ok_or_else(|| "not of the form n/t, with n from 1 to t".to_owned())
}

/// A report, as `--json` has it.
#[derive(Serialize)]
struct Report {
    sound: bool,
    subset: String,
    checked: u64,
    bytes: u64,
    phantoms: u64,
    pending: u64,
    unchecked: u64,
    damaged: Vec<Damaged>,
    stray_deltas: Vec<i64>,
}

#[derive(Serialize)]
struct Damaged {
    record: i64,
    name: String,
    damage: String,
}

impl From<&VerifyReport> for Report {
    fn from(report: &VerifyReport) -> Self {
        let damaged = report.damaged.iter().map(|damaged| Damaged {
            record: damaged.rid.get(),
            name: damaged.name.clone(),
            damage: damaged.damage.to_string(),
        });
        Self {
            sound: report.is_sound(),
            subset: report.subset.to_string(),
            checked: report.checked,
            bytes: report.bytes,
            phantoms: report.phantoms,
            pending: report.pending,
            unchecked: report.unchecked,
            damaged: damaged.collect(),
            stray_deltas: report.stray_deltas.clone(),
        }
    }
}

pub(crate) fn run(args: &VerifyArgs, output: Output) -> Result<Exit, Failure> {
    let repo = Repo::open_read_only(&args.file)?;
    let tx = repo.read()?;
    let mut bar = Bar::new(output);
    let report = tx.verify(args.subset.unwrap_or(Subset::ALL), |progress| bar.show(progress));
    bar.clear();
    let report = report?;
    if output.json {
        Output::object(&Report::from(&report))?;
    } else if !(output.quiet && report.is_sound()) {
        let mut out = Output::results();
        writeln!(out, "{report}")?;
        out.flush()?;
    }
    Ok(if report.is_sound() { Exit::Done } else { Exit::Damaged })
}

/// How far the work has come, on a terminal; nothing elsewhere.
struct Bar {
    shown: Option<u64>,
}

impl Bar {
    fn new(output: Output) -> Self {
        let wanted = !output.quiet && !output.json && stderr().is_terminal();
        Self { shown: wanted.then_some(u64::MAX) }
    }

    fn show(&mut self, progress: Progress) {
        let percent = (progress.checked * 100).checked_div(progress.total).unwrap_or(100);
        if self.shown.is_some_and(|shown| shown != percent) {
            self.shown = Some(percent);
            // When stderr is gone, nobody looks at the bar.
            let _ = write!(stderr(), "\r{percent:3} %  {} artifacts", progress.checked);
        }
    }

    fn clear(&self) {
        if self.shown.is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_as_fractions() {
        assert_eq!(subset("3/7").ok(), Subset::new(3, 7));
        for bad in ["", "3", "0/7", "8/7", "1/0", "-1/7", "1/7/9"] {
            assert!(subset(bad).is_err(), "{bad}");
        }
    }
}
