//! `outcrop ticket ls`: all tickets, or those with certain values.

use std::io::{self, Write as _};

use outcrop_repo::{
    Repo,
    limits::LIST_ROWS,
    read::TicketEntry,
    ticket::TicketMatch,
    tx::{DatabaseError, ReadTx},
};
use serde::Serialize;

use super::{RepositoryArg, row::Row};
use crate::{
    clock::date,
    entry::short,
    failure::{Exit, Failure},
    output::{Output, line},
    paged,
};

/// List tickets
///
/// In the order in which the file has them. With -v whole identifiers and types.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LsArgs {
    /// Only tickets with this value; may be given several times
    #[arg(value_name = "FIELD=VALUE", value_parser = condition)]
    conditions: Vec<(String, String)>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const EXAMPLES: &str = "\
With --json: tickets, a list of id, created, changed (seconds since 1970, or null) and fields (an
object with a value, or null, for each field that tickets of this repository have).

Examples:
  outcrop ticket ls -R project.fossil
  outcrop ticket ls status=Open type=Code_Defect -R project.fossil
  outcrop ticket ls --json -R project.fossil | jq -r '.tickets[].fields.title'";

/// Tickets, as `--json` has them.
#[derive(Serialize)]
struct Tickets {
    tickets: Vec<Row>,
}

fn condition(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').ok_or("not of the form FIELD=VALUE")?;
    Ok((field.to_owned(), value.to_owned()))
}

pub(super) fn run(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let fields = tx.ticket_fields()?;
    if let Some((field, _)) = args.conditions.iter().find(|(field, _)| !fields.contains(field)) {
        let message = format!(
            "tickets of this repository have no field {field:?}: `outcrop ticket fields` lists \
             those they have"
        );
        return Err(Failure::new(Exit::Failed, &message));
    }
    let mut tickets = if fields.is_empty() { Vec::new() } else { all(&tx)? };
    tickets.retain(|ticket| {
        args.conditions.iter().all(|(field, value)| ticket.fields.get(field) == Some(value))
    });
    if output.json {
        Output::object(&Tickets { tickets })?;
    } else if !output.quiet {
        list(&tickets, output)?;
    }
    Ok(Exit::Done)
}

fn all(tx: &ReadTx) -> Result<Vec<Row>, DatabaseError> {
    let entries = paged::all(|last: Option<&TicketEntry>| {
        tx.tickets(last.map_or(0, |entry| entry.position), LIST_ROWS)
    })?;
    let mut tickets = Vec::with_capacity(entries.len());
    for entry in entries {
        if let TicketMatch::One(ticket) = tx.ticket(&entry.id)? {
            tickets.push(ticket.into());
        }
    }
    Ok(tickets)
}

fn list(tickets: &[Row], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    let text = |ticket: &Row, field| line(ticket.fields.get(field).unwrap_or_default());
    let width = |field| {
        let widths = tickets.iter().map(|ticket| text(ticket, field).chars().count());
        widths.max().unwrap_or_default()
    };
    let (statuses, types) = (width("status"), width("type"));
    for ticket in tickets {
        let id = if output.verbose { &ticket.id } else { short(&ticket.id) };
        let changed = ticket.changed.map(date).unwrap_or_default();
        let (id, changed) = (output.stdout.key(id), output.stdout.faint(&format!("{changed:19}")));
        write!(out, "{id}  {changed}  {:statuses$}  ", text(ticket, "status"))?;
        if output.verbose {
            write!(out, "{:types$}  ", text(ticket, "type"))?;
        }
        writeln!(out, "{}", text(ticket, "title"))?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_have_a_field() {
        assert_eq!(condition("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(condition("a="), Ok(("a".to_owned(), String::new())));
        assert!(condition("a").is_err());
    }
}
