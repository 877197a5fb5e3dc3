//! `outcrop man`: manual pages.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::{Command, CommandFactory as _, builder::Resettable};
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};
use serde::Serialize;

use crate::{
    args::Args,
    failure::{Exit, Failure},
    output::Output,
};

/// Write manual pages
///
/// One for each command, in place of those that are there. Without DIR the page of the program
/// itself is printed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ManArgs {
    /// The folder to write them to; made if it is not there
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

const EXAMPLES: &str = "\
With --json: pages, a list of name (outcrop-commit.1), file (or null) and text (or null if it was
written to a file).

Examples:
  outcrop man ~/.local/share/man/man1
  outcrop man | man -l -";

/// Pages, as `--json` has them.
#[derive(Serialize)]
struct Pages {
    pages: Vec<Page>,
}

#[derive(Serialize)]
struct Page {
    name: String,
    file: Option<String>,
    text: Option<String>,
}

pub(crate) fn run(args: &ManArgs, output: Output) -> Result<Exit, Failure> {
    let mut program = Args::command();
    program.build();
    let pages = if let Some(folder) = &args.folder {
        write_all(&program, folder)?
    } else {
        let (name, text) = page(&program)?;
        vec![Page { name, file: None, text: Some(text) }]
    };
    if output.json {
        Output::object(&Pages { pages })?;
        return Ok(Exit::Done);
    }
    let mut out = Output::results();
    for page in &pages {
        match (&page.file, &page.text) {
            (Some(file), _) if output.verbose => writeln!(out, "{file}")?,
            (None, Some(text)) => out.write_all(text.as_bytes())?,
            _ => {}
        }
    }
    if let Some(folder) = args.folder.as_ref().filter(|_| !output.quiet) {
        writeln!(out, "{}: {} pages", folder.display(), pages.len())?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// The page of one command: the name of its file, and its text.
fn page(command: &Command) -> io::Result<(String, String)> {
    let notes = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let command = command.clone().after_help(Resettable::Reset);
    let source = concat!("outcrop ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command).source(source).manual("Outcrop");
    let mut text = Vec::new();
    man.render(&mut text)?;
    add_notes(&notes, &mut text)?;
    Ok((man.get_filename(), String::from_utf8_lossy(&text).into_owned()))
}

/// What the end of each help begins its examples with.
const EXAMPLES_HEADING: &str = "Examples:";

/// Adds what stands at the end of the help: paragraphs, and examples line by line.
fn add_notes(notes: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::new();
    let (notes, examples) = notes.split_once(EXAMPLES_HEADING).unwrap_or((notes, ""));
    if !notes.trim().is_empty() {
        roff.control("SH", ["NOTES"]);
        for paragraph in notes.trim().split("\n\n") {
            roff.control("PP", []);
            for line in paragraph.lines() {
                roff.text([roman(line)]);
            }
        }
    }
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]).control("nf", []);
        for line in examples.trim_start_matches('\n').lines() {
            roff.text([roman(line.trim_start())]);
        }
        roff.control("fi", []);
    }
    roff.to_writer(page)
}

/// Writes the pages of a command and of all below it.
fn write_all(program: &Command, folder: &Path) -> Result<Vec<Page>, Failure> {
    let failed = |path: &Path, error: &io::Error| {
        Failure::new(Exit::Failed, &format_args!("cannot write {}: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let mut pages = Vec::new();
    let mut due = vec![program];
    while let Some(command) = due.pop() {
        let (name, text) = page(command)?;
        let file = folder.join(&name);
        fs::write(&file, text).map_err(|error| failed(&file, &error))?;
        pages.push(Page { name, file: Some(file.display().to_string()), text: None });
        due.extend(command.get_subcommands());
    }
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(pages)
}
