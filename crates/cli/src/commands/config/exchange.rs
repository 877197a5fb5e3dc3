//! `outcrop config export` and `outcrop config import`.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use outcrop_repo::{
    Repo,
    config::{Acceptance, Areas, ConfigOutcome, Consequences, GROUPS},
    tx::WriteTx,
};
use outcrop_xfer::{Card, Reader, Token, Writer, card::config::Config, card::notice::Comment};
use serde::Serialize;

use super::{RepositoryArg, derive_anew, read_file};
use crate::{
    failure::{Exit, Failure},
    output::{Output, printable},
};

/// Write an area of the configuration to a file, or to stdout
///
/// What this writes, `fossil config import` reads too. With the areas user and all that is passwords
/// as well, as hashes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(super) struct ExportArgs {
    /// Which area: email, project, skin, css, shun, ticket, user, xfer, alias, subscriber, interwiki
    /// or all
    #[arg(value_name = "AREA", value_parser = area)]
    area: Areas,
    /// The file to write; nothing may be there
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const EXPORT_EXAMPLES: &str = "\
With --json: area, rows (how many) and file (or null). Without FILE nothing is written then.

Examples:
  outcrop config export skin skin.txt -R project.fossil";

/// Take in what was exported, here or by `fossil config export`
#[derive(Debug, clap::Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub(super) struct ImportArgs {
    /// What was exported
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Let what is newer here stay, instead of replacing all
    #[arg(long)]
    merge: bool,
    #[command(flatten)]
    repository: RepositoryArg,
}

const IMPORT_EXAMPLES: &str = "\
With --json: stored and known (how many rows were taken in, and were here already, as new), refused
(a list of row and reason) and changed (the names of areas).

Examples:
  outcrop config import skin.txt -R other.fossil";

#[derive(Serialize)]
struct Exported {
    area: String,
    rows: usize,
    file: Option<String>,
}

#[derive(Serialize, Default)]
struct Imported {
    stored: u64,
    known: u64,
    refused: Vec<Refused>,
    changed: String,
}

#[derive(Serialize)]
struct Refused {
    row: String,
    reason: String,
}

fn area(name: &str) -> Result<Areas, String> {
    let found = GROUPS.iter().find(|group| group.name == name).map(|group| group.areas);
    found.ok_or_else(|| {
        let names: Vec<_> = GROUPS.iter().map(|group| group.name).collect();
        format!("one of {}", names.join(", "))
    })
}

pub(super) fn export(args: &ExportArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let items = tx.export_config(args.area, 0)?;
    let mut writer = Writer::new();
    let said = format!(" The configuration of {}: {}", args.repository.path().display(), args.area);
    if let Some(comment) = Comment::new(said.as_bytes()) {
        writer.push(&Card::Comment(comment));
    }
    for item in &items {
        if let Some(name) = Token::new(item.name.as_bytes()) {
            writer.push(&Card::Config(Config { name, content: item.payload.as_slice().into() }));
        }
    }
    let text = writer.finish().to_vec();
    if let Some(file) = &args.file {
        new_file(file, &text)?;
    } else if !output.json {
        let mut out = Output::results();
        out.write_all(&text)?;
        out.flush()?;
    }
    let (area, rows) = (args.area.to_string(), items.len());
    if output.json {
        let file = args.file.as_ref().map(|file| file.display().to_string());
        Output::object(&Exported { area, rows, file })?;
    } else {
        output.note(format!("{rows} rows of {area}"));
    }
    Ok(Exit::Done)
}

/// Writes a file that only its owner may read: there may be passwords in it.
fn new_file(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(content));
    written.map_err(|error| {
        let message = if error.kind() == io::ErrorKind::AlreadyExists {
            format!("{} exists already: give another name, or remove it", path.display())
        } else {
            format!("cannot write {}: {error}", path.display())
        };
        Failure::new(Exit::Failed, &message)
    })
}

pub(super) fn import(args: &ImportArgs, output: Output) -> Result<Exit, Failure> {
    let text = read_file(&args.file)?;
    let tx = args.repository.open()?.write()?;
    let (imported, consequences) = take_in(args, &text, &tx)?;
    if consequences.rebuild_tickets() {
        derive_anew(&tx)?;
    }
    tx.commit()?;
    if output.json {
        Output::object(&imported)?;
        return Ok(Exit::Done);
    }
    for refused in &imported.refused {
        output.note(format!("{} was passed over: {}", refused.row, refused.reason));
    }
    if consequences.purge_shunned() {
        output.note("what is shunned now and still here goes with `outcrop shun purge`");
    }
    if !output.quiet {
        let mut out = Output::results();
        let Imported { stored, known, refused, changed } = &imported;
        let changed = if changed.is_empty() { "nothing" } else { changed };
        let refused = refused.len();
        writeln!(
            out,
            "{stored} rows taken in, {known} known, {refused} refused; changed: {changed}"
        )?;
        out.flush()?;
    }
    Ok(Exit::Done)
}

/// Takes in all rows of an exported file, or none if it is no such file.
fn take_in(
    args: &ImportArgs,
    text: &[u8],
    tx: &WriteTx,
) -> Result<(Imported, Consequences), Failure> {
    let told = |what: &dyn std::fmt::Display| {
        let message = format!(
            "{} is no exported configuration: {what}; nothing was changed",
            args.file.display()
        );
        Failure::new(Exit::Failed, &message)
    };
    let mut receiver = tx.config_receiver(Acceptance { areas: Areas::ALL, overwrite: !args.merge });
    let mut imported = Imported::default();
    for card in Reader::new(text) {
        let config = match card.map_err(|error| told(&error))? {
            Card::Config(config) => config,
            Card::Comment(_) => continue,
            card => return Err(told(&format!("it holds a card `{}`", card.kind()))),
        };
        match receiver.receive(config.name.as_bytes(), &config.content)? {
            ConfigOutcome::Stored => imported.stored += 1,
            ConfigOutcome::Known => imported.known += 1,
            ConfigOutcome::Refused(refusal) => {
                let row = row_name(&config);
                imported.refused.push(Refused { row, reason: refusal.to_string() });
            }
        }
    }
    if imported.stored + imported.known == 0 && imported.refused.is_empty() {
        return Err(told(&"there are no rows in it"));
    }
    let consequences = receiver.consequences();
    imported.changed = consequences.changed.to_string();
    Ok((imported, consequences))
}

/// What tells a row from others: its table, and its second word. The rest may be a password.
fn row_name(config: &Config<'_>) -> String {
    let key = config.content.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    printable(&format!("{} {}", config.name, String::from_utf8_lossy(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_have_whole_names() {
        assert_eq!(area("shun"), Ok(Areas::SHUN));
        for bad in ["", "sh", "everything", "/shun"] {
            assert!(area(bad).is_err(), "{bad}");
        }
    }
}
