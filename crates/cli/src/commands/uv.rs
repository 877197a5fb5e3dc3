//! `outcrop uv`: unversioned files.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use outcrop_repo::{Repo, receive::Origin, tx::ReadTx, unversioned::UnversionedFile};
use serde::Serialize;

use super::{RepositoryArg, print_names};
use crate::{
    clock::{date, now, now_in_seconds},
    failure::{Exit, Failure},
    glob,
    input::{self, is_stdin},
    output::{Output, printable},
};

/// List, write and read unversioned files
///
/// They are shared between repositories, but only the last version of each is kept.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UvArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  outcrop uv ls -R project.fossil
  date | outcrop uv add - --as built.txt -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    Ls(LsArgs),
    Add(AddArgs),
    Cat(CatArgs),
    Rm(RmArgs),
}

/// List unversioned files, by name
#[derive(Debug, clap::Args)]
#[command(after_help = LS_EXAMPLES)]
struct LsArgs {
    /// Only files whose names fit, in which * stands for any letters, slashes too
    #[arg(value_name = "PATTERN")]
    pattern: Option<String>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const LS_EXAMPLES: &str = "\
With --json: files, a list of name, mtime (seconds since 1970), hash, size (in bytes) and held
(false if the content is not here).

Examples:
  outcrop uv ls -R project.fossil
  outcrop uv ls '*.tar.gz' -R project.fossil";

/// Write unversioned files, in place of what has their names
#[derive(Debug, clap::Args)]
#[command(after_help = ADD_EXAMPLES)]
struct AddArgs {
    /// Files on this machine, by their relative paths; - for stdin
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// What the file is called in the repository; for one file only
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const ADD_EXAMPLES: &str = "\
With --json: added, a list of files as `outcrop uv ls` has them.

Examples:
  outcrop uv add build/app.tar.gz --as app.tar.gz -R project.fossil
  date | outcrop uv add - --as built.txt -R project.fossil";

/// Print an unversioned file
#[derive(Debug, clap::Args)]
#[command(after_help = CAT_EXAMPLES)]
struct CatArgs {
    /// What the file is called
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const CAT_EXAMPLES: &str = "\
With --json what is known of the file instead, as `outcrop uv ls` has it.

Examples:
  outcrop uv cat app.tar.gz -R project.fossil >app.tar.gz";

/// Delete unversioned files; with the next sync, everywhere
#[derive(Debug, clap::Args)]
#[command(after_help = RM_EXAMPLES)]
struct RmArgs {
    /// What the files are called
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const RM_EXAMPLES: &str = "\
With --json: removed (names).

Examples:
  outcrop uv rm app.tar.gz built.txt -R project.fossil";

/// A file, as `--json` has it.
#[derive(Serialize)]
struct Row {
    name: String,
    mtime: i64,
    hash: Option<String>,
    size: u64,
    held: bool,
}

#[derive(Serialize)]
struct Files {
    files: Vec<Row>,
}

#[derive(Serialize)]
struct Added {
    added: Vec<Row>,
}

#[derive(Serialize)]
struct Removed {
    removed: Vec<String>,
}

impl From<UnversionedFile> for Row {
    fn from(file: UnversionedFile) -> Self {
        Self {
            name: file.name,
            mtime: file.mtime,
            hash: file.hash.map(|hash| hash.to_string()),
            size: file.size,
            held: file.held,
        }
    }
}

pub(crate) fn run(args: &UvArgs, output: Output) -> Result<Exit, Failure> {
    match &args.action {
        Action::Ls(args) => ls(args, output),
        Action::Add(args) => add(args, output),
        Action::Cat(args) => cat(args, output),
        Action::Rm(args) => rm(args, output),
    }
}

fn ls(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let files = tx.unversioned_files()?;
    let files = files.filter(|file| file.as_ref().map_or(true, |file| file.hash.is_some()));
    let mut files = files.map(|file| Ok(Row::from(file?))).collect::<Result<Vec<_>, Failure>>()?;
    if let Some(pattern) = &args.pattern {
        files.retain(|file| glob::fits(pattern, &file.name));
    }
    if output.json {
        Output::object(&Files { files })?;
    } else if !output.quiet {
        list(&files, output)?;
    }
    Ok(Exit::Done)
}

fn add(args: &AddArgs, output: Output) -> Result<Exit, Failure> {
    if args.name.is_some() && args.paths.len() > 1 {
        let message = "--as gives one file its name: add the others by themselves";
        return Err(Failure::new(Exit::Usage, &message));
    }
    let mut files = Vec::new();
    for path in &args.paths {
        // Before the repository is kept from others: stdin may be slow.
        files.push((name_of(path, args.name.as_deref())?, input::content(path)?));
    }
    let tx = args.repository.open()?.write()?;
    let origin = Origin { user: None, at: now()?, nonce: None, address: None };
    let mut receiver = tx.receiver(origin);
    for (name, content) in &files {
        receiver.put_unversioned(name, content, now_in_seconds()?)?;
    }
    receiver.finish()?;
    let mut added = Vec::new();
    for (name, _) in files {
        added.push(Row::from(existing(&tx, &name)?));
    }
    tx.commit()?;
    if output.json {
        Output::object(&Added { added })?;
    } else {
        let names: Vec<_> = added.into_iter().map(|row| row.name).collect();
        print_names(output, "added", &names)?;
    }
    Ok(Exit::Done)
}

fn cat(args: &CatArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let file = existing(&tx, &args.name)?;
    let Some(content) = tx.unversioned_content(&args.name)? else {
        let message =
            format!("the content of {} is not here: a sync with its origin brings it", args.name);
        return Err(Failure::new(Exit::Failed, &message));
    };
    if file.hash.is_some_and(|hash| !hash.verify(&content)) {
        let message = format!("{} is damaged: its content has another hash", args.name);
        return Err(Failure::new(Exit::Damaged, &message));
    }
    if output.json {
        Output::object(&Row::from(file))?;
    } else {
        let mut out = Output::results();
        out.write_all(&content)?;
        out.flush()?;
    }
    Ok(Exit::Done)
}

fn rm(args: &RmArgs, output: Output) -> Result<Exit, Failure> {
    let tx = args.repository.open()?.write()?;
    for name in &args.names {
        let file = existing(&tx, name)?;
        // A deletion must be newer than what it deletes, for peers to believe it.
        tx.delete_unversioned(name, now_in_seconds()?.max(file.mtime + 1))?;
    }
    tx.commit()?;
    if output.json {
        Output::object(&Removed { removed: args.names.clone() })?;
    } else {
        print_names(output, "removed", &args.names)?;
    }
    Ok(Exit::Done)
}

fn existing(tx: &ReadTx, name: &str) -> Result<UnversionedFile, Failure> {
    let file = tx.unversioned_file(name)?.filter(|file| file.hash.is_some());
    file.ok_or_else(|| {
        let message = format!("there is no unversioned file {name:?}: `outcrop uv ls` lists all");
        Failure::new(Exit::Failed, &message)
    })
}

/// What a file is called in the repository: its path from here, unless told otherwise.
fn name_of(path: &Path, name: Option<&str>) -> Result<String, Failure> {
    if let Some(name) = name {
        return Ok(name.to_owned());
    }
    if is_stdin(path) {
        return Err(Failure::new(Exit::Usage, &"stdin needs a name: give --as NAME"));
    }
    input::relative_name(path).ok_or_else(|| {
        let message = format!(
            "{} is no name for an unversioned file: give another with --as NAME",
            path.display()
        );
        Failure::new(Exit::Usage, &message)
    })
}

fn list(files: &[Row], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for file in files {
        let missing = if file.held { "" } else { "  (content not here)" };
        let time = output.stdout.faint(&date(file.mtime));
        let name = output.stdout.key(&printable(&file.name).replace('\n', " "));
        writeln!(out, "{:>12}  {time}  {name}{missing}", file.size)?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_names() {
        let named = |path: &str| name_of(Path::new(path), None).ok();
        assert_eq!(named("./build/app.tar"), Some("build/app.tar".to_owned()));
        assert_eq!(named("/etc/passwd"), None);
        assert_eq!(named("-"), None);
        assert_eq!(name_of(Path::new("-"), Some("x")).ok(), Some("x".to_owned()));
    }
}
