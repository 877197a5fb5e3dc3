//! `outcrop tag find`: what has a tag.

use std::io::{self, Write as _};

use outcrop_repo::{Repo, limits::LIST_ROWS};
use serde::Serialize;

use super::{GIVEN, RepositoryArg};
use crate::{
    commands::log::USUAL,
    entry::Entry,
    failure::{Exit, Failure},
    output::{Output, line},
};

/// Find what has a tag, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = FIND_EXAMPLES)]
pub(super) struct FindArgs {
    /// The tag
    #[arg(value_name = "TAG")]
    tag: String,
    /// Take TAG for a whole name, as `outcrop tag ls --raw` shows it
    #[arg(long)]
    raw: bool,
    /// So many of them; 0 for all; without this 20
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const FIND_EXAMPLES: &str = "\
With --json: found, a list of name (the hash), value (of the tag, or null), inherited, and entry
(as `outcrop log` has it, or null for what no timeline tells of); and more (whether there is more
than --limit).

Exit code 1 if nothing has the tag.

Examples:
  outcrop tag find v1.0 -R project.fossil
  outcrop tag find closed --raw -R project.fossil";

#[derive(Serialize)]
struct Found {
    found: Vec<Having>,
    more: bool,
}

#[derive(Serialize)]
struct Having {
    name: String,
    value: Option<String>,
    inherited: bool,
    entry: Option<Entry>,
}

pub(super) fn run(args: &FindArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let tag = if args.raw { args.tag.clone() } else { format!("{GIVEN}{}", args.tag) };
    let mut found = Vec::new();
    let wanted = match args.limit {
        Some(0) => usize::MAX,
        limit => limit.unwrap_or(USUAL),
    };
    let mut more = false;
    while !more {
        let page = tx.having_tag(&tag, found.len(), LIST_ROWS)?;
        if page.is_empty() {
            break;
        }
        for one in page {
            if found.len() == wanted {
                more = true;
                break;
            }
            let entry = tx.event(one.rid)?;
            let entry = entry.map(|entry| Entry::new(&tx, entry, false)).transpose()?;
            let (name, inherited) = (one.name.to_string(), one.is_inherited);
            found.push(Having { name, value: one.value, inherited, entry });
        }
    }
    if found.is_empty() {
        let message =
            format!("nothing has the tag {:?}: `outcrop tag ls` lists those there are", args.tag);
        return Err(Failure::new(Exit::Failed, &message));
    }
    if output.json {
        Output::object(&Found { found, more })?;
        return Ok(Exit::Done);
    }
    if !output.quiet {
        list_found(&found, output)?;
    }
    if more && args.limit.is_none() {
        output.note("older ones are left out: -n 0 shows all");
    }
    Ok(Exit::Done)
}

fn list_found(found: &[Having], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for one in found {
        match &one.entry {
            Some(entry) => {
                write!(out, "{} ", output.stdout.faint(&entry.day()))?;
                entry.write(&mut out, output.stdout)?;
            }
            None => writeln!(out, "[{}]", output.stdout.key(&one.name))?,
        }
        if let Some(value) = one.value.as_ref().filter(|_| output.verbose) {
            writeln!(out, "  value    {}", line(value))?;
        }
    }
    out.flush()
}
