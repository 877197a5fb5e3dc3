//! `outcrop verify`: every artifact against its name, every derived row against the artifacts.

use std::{io::Write as _, path::PathBuf};

use outcrop_repo::{
    Repo,
    verify::{DerivedRows, Subset, TableFindings, VerifyReport},
};
use serde::Serialize;

use crate::{
    bar::Bar,
    failure::{Exit, Failure},
    output::{Output, printable},
};

/// Verify a repository
///
/// Expands every artifact, hashes it and compares it with its name, on all cores. Then derives from
/// the artifacts all that the tables should hold, and compares it with what they do hold: damaged
/// are artifacts, missing or stale are rows, which `outcrop rebuild` makes anew. The file is not
/// changed, and others may use it meanwhile. Exit code 5 if anything is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VerifyArgs {
    /// Only artifacts, and not what is derived from them
    #[arg(long)]
    artifacts: bool,
    /// Only artifacts, and only the n-th of t parts of them, for regular partial checks
    #[arg(long, value_name = "n/t", value_parser = subset)]
    subset: Option<Subset>,
    /// The repository
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const EXAMPLES: &str = "\
With --json: sound, subset, checked, bytes, phantoms, pending, unchecked, damaged (a list of
record, name and damage), stray_deltas (numbers of records), and derived: null if only artifacts
were verified; or else refused (why the tables could not be compared); or rows, missing, stale, and
tables, a list of table, missing, stale and findings (of kind and row, the first of them).

Examples:
  outcrop verify project.fossil
  outcrop verify project.fossil --subset 3/7    a part for each day of the week
  outcrop verify project.fossil --json | jq .damaged
  outcrop verify project.fossil --json | jq '.derived.tables[] | {table, missing, stale}'";

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
    /// Nothing, if only artifacts were verified.
    derived: Option<Derived>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Derived {
    Refused { refused: String },
    Compared { rows: u64, missing: u64, stale: u64, tables: Vec<OfTable> },
}

#[derive(Serialize)]
struct OfTable {
    table: &'static str,
    missing: u64,
    stale: u64,
    /// The first of them.
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    kind: &'static str,
    row: String,
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
            derived: derived(&report.derived),
        }
    }
}

fn derived(rows: &DerivedRows) -> Option<Derived> {
    let (missing, stale) = rows.counts();
    match rows {
        DerivedRows::Refused { reason } => Some(Derived::Refused { refused: reason.clone() }),
        DerivedRows::Compared { rows, tables } => {
            let tables = tables.iter().map(OfTable::from).collect();
            Some(Derived::Compared { rows: *rows, missing, stale, tables })
        }
        _ => None,
    }
}

impl From<&TableFindings> for OfTable {
    fn from(findings: &TableFindings) -> Self {
        let &TableFindings { table, missing, stale, .. } = findings;
        let shown = findings.shown.iter();
        let findings = shown
            .map(|finding| Finding { kind: finding.kind.word(), row: finding.words.clone() })
            .collect();
        Self { table, missing, stale, findings }
    }
}

pub(crate) fn run(args: &VerifyArgs, output: Output) -> Result<Exit, Failure> {
    let repo = Repo::open_read_only(&args.file)?;
    let tx = repo.read()?;
    let mut bar = Bar::new(output);
    let report = match args.subset {
        None if !args.artifacts => tx.verify(|progress| bar.show(progress)),
        subset => {
            let subset = subset.unwrap_or(Subset::ALL);
            tx.verify_artifacts(subset, |progress| bar.show(progress))
        }
    };
    bar.clear();
    let report = report?;
    if output.json {
        Output::object(&Report::from(&report))?;
    } else if !(output.quiet && report.is_sound()) {
        let mut out = Output::results();
        writeln!(out, "{}", printable(&report.to_string()))?;
        out.flush()?;
    }
    let is_compared = matches!(report.derived, DerivedRows::Compared { .. });
    if is_compared && report.artifacts_are_sound() && !report.is_sound() {
        output.note("the artifacts are sound: `outcrop rebuild` derives everything else anew");
    }
    Ok(match report.derived {
        _ if report.is_sound() => Exit::Done,
        // Nothing is known to be damaged.
        DerivedRows::Refused { .. } if report.artifacts_are_sound() => Exit::Failed,
        _ => Exit::Damaged,
    })
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
