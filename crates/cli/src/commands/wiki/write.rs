//! `outcrop wiki write` and `outcrop wiki rm`: a new version of a page each.

use std::{io::Write as _, path::PathBuf};

use outcrop_repo::{
    commit::{WikiEdit, Written},
    tx::WriteTx,
};
use serde::Serialize;

use super::{RepositoryArg, no_such};
use crate::{
    author::{AuthorArgs, Writer},
    failure::{Exit, Failure},
    input,
    output::{Output, line},
};

/// Write a wiki page: a new one, or a new version of one that is there
#[derive(Debug, clap::Args)]
#[command(after_help = WRITE_EXAMPLES)]
pub(super) struct WriteArgs {
    /// The name of the page
    #[arg(value_name = "TITLE")]
    title: String,
    /// The text of the page; - for stdin
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// How the text is written: fossil, markdown, plain or a content type; without this as the
    /// version before, or fossil
    #[arg(long, short = 'M', value_name = "TYPE", value_parser = mimetype)]
    mimetype: Option<String>,
    /// Fail if there is such a page already
    #[arg(long)]
    new: bool,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const WRITE_EXAMPLES: &str = "\
With --json: title, hash (of the new version) and created (whether there was no such page).

Examples:
  outcrop wiki write Home home.md --mimetype markdown -R project.fossil
  date | outcrop wiki write 'Last build' -R project.fossil";

/// Delete a wiki page
///
/// A new version without text says so; older versions stay.
#[derive(Debug, clap::Args)]
#[command(after_help = RM_EXAMPLES)]
pub(super) struct RmArgs {
    /// The name of the page
    #[arg(value_name = "TITLE")]
    title: String,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const RM_EXAMPLES: &str = "\
With --json: title, and hash (of the version that says so).

Examples:
  outcrop wiki rm 'Last build' -R project.fossil";

/// A type of text, by the word that Fossil has for it or by its own name.
pub(in crate::commands) fn mimetype(text: &str) -> Result<String, String> {
    let known = match text {
        "fossil" | "text/x-fossil-wiki" => "text/x-fossil-wiki",
        "markdown" | "text/x-markdown" | "text/markdown" => "text/x-markdown",
        "plain" | "text/plain" => "text/plain",
        _ => return Err("one of fossil, markdown and plain".to_owned()),
    };
    Ok(known.to_owned())
}

/// A page that was written, as `--json` has it.
#[derive(Serialize)]
struct Changed<'a> {
    title: &'a str,
    hash: String,
    created: bool,
}

/// A page that was deleted, as `--json` has it.
#[derive(Serialize)]
struct Removed<'a> {
    title: &'a str,
    hash: String,
}

pub(super) fn run(args: &WriteArgs, output: Output) -> Result<Exit, Failure> {
    // Before the repository is kept from others: stdin may be slow.
    let text = input::text(&args.file)?;
    if text.is_empty() {
        let message = "an empty page is a deleted one: `outcrop wiki rm` deletes a page";
        return Err(Failure::new(Exit::Failed, &message));
    }
    let tx = args.repository.open()?.write()?;
    let writer = args.author.resolve(&tx)?;
    let created = tx.wiki_page(&args.title)?.is_none_or(|page| page.text.is_empty());
    if args.new && !created {
        let message =
            format!("there is a wiki page {:?} already: leave --new out to change it", args.title);
        return Err(Failure::new(Exit::Failed, &message));
    }
    let edit = WikiEdit {
        title: &args.title,
        mimetype: args.mimetype.as_deref(),
        text: &text,
        comment: None,
    };
    let written = write(tx, &edit, &writer)?;
    if output.json {
        let hash = written.name.to_string();
        Output::object(&Changed { title: &args.title, hash, created })?;
        return Ok(Exit::Done);
    }
    tell(&args.title, if created { "made" } else { "changed" }, &written, output)
}

pub(super) fn remove(args: &RmArgs, output: Output) -> Result<Exit, Failure> {
    let tx = args.repository.open()?.write()?;
    let writer = args.author.resolve(&tx)?;
    if tx.wiki_page(&args.title)?.is_none_or(|page| page.text.is_empty()) {
        return Err(no_such(&args.title));
    }
    let edit = WikiEdit { title: &args.title, mimetype: None, text: "", comment: None };
    let written = write(tx, &edit, &writer)?;
    if output.json {
        Output::object(&Removed { title: &args.title, hash: written.name.to_string() })?;
        return Ok(Exit::Done);
    }
    tell(&args.title, "deleted", &written, output)
}

fn write(tx: WriteTx, edit: &WikiEdit<'_>, writer: &Writer) -> Result<Written, Failure> {
    let written = tx.write_wiki(edit, writer.author())?;
    tx.commit()?;
    Ok(written)
}

fn tell(title: &str, what: &str, written: &Written, output: Output) -> Result<Exit, Failure> {
    if !output.quiet {
        let mut out = Output::results();
        writeln!(out, "{}: {what}", line(title))?;
        if output.verbose {
            writeln!(out, "version {}", written.name)?;
        }
        out.flush()?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_words() {
        assert_eq!(mimetype("markdown").as_deref(), Ok("text/x-markdown"));
        assert_eq!(mimetype("text/plain").as_deref(), Ok("text/plain"));
        assert!(mimetype("html").is_err());
    }
}
