//! `outcrop ls`: the files of a check-in.

use std::io::{self, Write as _};

use outcrop_repo::{Repo, artifact::FileMode, read::FileAt, tx::ReadTx};
use serde::Serialize;

use super::RepositoryArg;
use crate::{
    entry::short,
    failure::{Exit, Failure},
    glob, names,
    output::{Output, line},
};

/// List the files of a check-in
///
/// One name a line, in the order of their bytes. With -v the size in bytes, the beginning of the
/// content's hash, x for programs and l for symbolic links, and the old name if the check-in has
/// renamed the file.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LsArgs {
    /// The check-in: a hash or its beginning, a tag, a branch, a date, tip; without this the tip of
    /// the main branch
    #[arg(value_name = "CHECKIN")]
    check_in: Option<String>,
    /// Only these: names of files, of folders, or patterns, in which * stands for any letters,
    /// slashes too
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const EXAMPLES: &str = "\
With --json: check_in (its hash) and files, a list of name, hash, size (in bytes, or null if the
content is not here), mode (file, executable or symlink) and old_name (or null).

Exit code 1 if no file fits a PATTERN.

Examples:
  outcrop ls -R project.fossil
  outcrop ls -R project.fossil v1.0 src
  outcrop ls -R project.fossil 2024-05-06 '*.md' -v";

/// The files of a check-in, as `--json` has them.
#[derive(Serialize)]
struct Files {
    check_in: String,
    files: Vec<Row>,
}

/// A file, as `--json` has it.
#[derive(Serialize)]
pub(super) struct Row {
    name: String,
    hash: String,
    size: Option<u64>,
    mode: &'static str,
    old_name: Option<String>,
}

impl From<FileAt> for Row {
    fn from(file: FileAt) -> Self {
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        Self {
            name: text(&file.name),
            hash: file.content.to_string(),
            size: file.size,
            mode: match file.mode {
                FileMode::Regular => "file",
                FileMode::Executable => "executable",
                FileMode::Symlink => "symlink",
            },
            old_name: file.old_name.as_deref().map(text),
        }
    }
}

pub(crate) fn run(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let check_in = names::check_in(&tx, args.check_in.as_deref());
    let check_in = check_in.map_err(|failure| no_check_in(&tx, args, failure))?;
    let mut files: Vec<_> = tx.files_at(check_in.rid)?.into_iter().map(Row::from).collect();
    for pattern in &args.patterns {
        if !files.iter().any(|file| is_meant(pattern, &file.name)) {
            let message = format!(
                "no file of check-in {} fits {pattern:?}: `outcrop ls` without it lists all",
                check_in.name
            );
            return Err(Failure::new(Exit::Failed, &message));
        }
    }
    if !args.patterns.is_empty() {
        files.retain(|file| args.patterns.iter().any(|pattern| is_meant(pattern, &file.name)));
    }
    if output.json {
        Output::object(&Files { check_in: check_in.name.to_string(), files })?;
    } else if !output.quiet {
        list(&files, output)?;
    }
    Ok(Exit::Done)
}

/// The name of a file in place of a check-in is likely to be a slip.
fn no_check_in(tx: &ReadTx, args: &LsArgs, failure: Failure) -> Failure {
    let Some(name) = &args.check_in else { return failure };
    let tip = names::check_in(tx, None).ok();
    let files = tip.and_then(|tip| tx.files_at(tip.rid).ok()).unwrap_or_default();
    if !files.into_iter().any(|file| is_meant(name, &Row::from(file).name)) {
        return failure;
    }
    let message =
        format!("{name:?} is no check-in: name one before it, as `outcrop ls trunk {name}`");
    Failure::new(Exit::Failed, &message)
}

/// Whether a pattern is the name of a file or of a folder above it, or fits the name.
fn is_meant(pattern: &str, name: &str) -> bool {
    let folder = pattern.strip_suffix('/').unwrap_or(pattern);
    let below = name.strip_prefix(folder);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) || glob::fits(pattern, name)
}

fn list(files: &[Row], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for file in files {
        if output.verbose {
            let size = file.size.map_or_else(|| "-".to_owned(), |size| size.to_string());
            let mode = match file.mode {
                "executable" => 'x',
                "symlink" => 'l',
                _ => '-',
            };
            write!(out, "{size:>12} {mode} {}  ", output.stdout.faint(short(&file.hash)))?;
        }
        write!(out, "{}", line(&file.name))?;
        match &file.old_name {
            Some(old_name) if output.verbose => writeln!(out, "  (was {})", line(old_name))?,
            _ => writeln!(out)?,
        }
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_files_and_patterns_are_meant() {
        for (pattern, expected) in [
            ("src", true),
            ("src/", true),
            ("src/main.rs", true),
            ("src/main", false),
            ("sr", false),
            ("*.rs", true),
            ("*.c", false),
        ] {
            assert_eq!(is_meant(pattern, "src/main.rs"), expected, "{pattern}");
        }
    }
}
