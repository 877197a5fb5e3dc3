//! `outcrop ticket history`: the changes of a ticket.

use std::io::{self, Write as _};

use outcrop_repo::{
    Repo, Rid,
    artifact::{Artifact, Ticket},
    limits::LIST_ROWS,
    tx::{DatabaseError, ReadTx},
};
use serde::Serialize;

use super::{RepositoryArg, find};
use crate::{
    clock::{date, seconds_of},
    entry::short,
    failure::{Exit, Failure},
    output::{Output, line, printable},
};

/// Tell the changes of a ticket, the oldest first
///
/// With -v whole hashes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct HistoryArgs {
    /// Its identifier, or the beginning of it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const EXAMPLES: &str = "\
With --json: id and changes, a list of hash, time (seconds since 1970), user and fields, a list of
name, value and appended (whether the value came behind what was there).

Examples:
  outcrop ticket history 4f2a1b -R project.fossil";

/// The changes of a ticket, as `--json` has them.
#[derive(Serialize)]
struct History {
    id: String,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Change {
    hash: String,
    time: i64,
    user: String,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Field {
    name: String,
    value: String,
    appended: bool,
}

impl Change {
    fn new(hash: String, ticket: &Ticket<'_>) -> Self {
        let fields = ticket.fields.iter().map(|field| Field {
            name: String::from_utf8_lossy(field.name).into_owned(),
            value: field.value.to_string(),
            appended: field.is_appended,
        });
        Self {
            hash,
            time: seconds_of(ticket.date),
            user: ticket.user.to_string(),
            fields: fields.collect(),
        }
    }
}

pub(super) fn run(args: &HistoryArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let id = find(&tx, &args.id)?.id;
    let mut changes = Vec::new();
    for rid in changes_of(&tx, &id)? {
        let content = tx.content(rid)?;
        // The tables say that all of them are changes of this ticket.
        if let (Some(row), Ok(Artifact::Ticket(ticket))) =
            (tx.blob(rid)?, Artifact::parse(&content))
        {
            changes.push(Change::new(row.name.to_string(), &ticket));
        }
    }
    if output.json {
        Output::object(&History { id, changes })?;
    } else if !output.quiet {
        print(&changes, output)?;
    }
    Ok(Exit::Done)
}

fn changes_of(tx: &ReadTx, id: &str) -> Result<Vec<Rid>, DatabaseError> {
    let mut all = Vec::new();
    loop {
        let page = tx.ticket_changes(id, all.len(), LIST_ROWS)?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn print(changes: &[Change], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for change in changes {
        let hash = if output.verbose { &change.hash } else { short(&change.hash) };
        let (time, hash) =
            (output.stdout.faint(&date(change.time)), output.stdout.key(&format!("[{hash}]")));
        writeln!(out, "{time} {hash} by {}", line(&change.user))?;
        for field in &change.fields {
            let sign = if field.appended { "+" } else { "" };
            let name = format!("{sign}{}:", line(&field.name));
            let value = printable(field.value.trim_end()).replace('\n', &format!("\n{:15}", ""));
            writeln!(out, "  {name:12} {value}")?;
        }
    }
    out.flush()
}
