//! `outcrop ticket show` and `outcrop ticket fields`: one ticket, and what tickets have.

use std::io::{self, Write as _};

use outcrop_repo::Repo;
use serde::Serialize;

use super::{OWN, RepositoryArg, find, row::Row};
use crate::{
    clock::date,
    failure::{Exit, Failure},
    output::{Output, line, printable},
};

/// Show a ticket: the values of its fields
///
/// With -v the fields without a value too.
#[derive(Debug, clap::Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub(super) struct ShowArgs {
    /// Its identifier, or the beginning of it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const SHOW_EXAMPLES: &str = "\
With --json: id, created, changed (seconds since 1970, or null) and fields (an object with a value,
or null, for each field).

Examples:
  outcrop ticket show 4f2a1b -R project.fossil";

/// List the fields that tickets of this repository have
///
/// They are what the setting ticket-table says. Values of fields that begin with private_ do not
/// stand in artifacts, so that `outcrop ticket add` and `set` do not take them.
#[derive(Debug, clap::Args)]
#[command(after_help = FIELDS_EXAMPLES)]
pub(super) struct FieldsArgs {
    #[command(flatten)]
    repository: RepositoryArg,
}

const FIELDS_EXAMPLES: &str = "\
With --json: fields, a list of name, changes_only (whether changes have it, and tickets not) and
private.

Examples:
  outcrop ticket fields -R project.fossil";

/// Fields, as `--json` has them.
#[derive(Serialize)]
struct Fields {
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Field {
    name: String,
    changes_only: bool,
    private: bool,
}

pub(super) fn run(args: &ShowArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let ticket = Row::from(find(&tx, &args.id)?);
    if output.json {
        Output::object(&ticket)?;
    } else {
        print(&ticket, output)?;
    }
    Ok(Exit::Done)
}

fn print(ticket: &Row, output: Output) -> io::Result<()> {
    let mut out = Output::results();
    let mut pair = |name: &str, value: &str| {
        let name = output.stdout.key(&format!("{:12}", format!("{}:", line(name))));
        // Lines below the first stand below it.
        let value = printable(value.trim_end()).replace('\n', &format!("\n{:13}", ""));
        writeln!(out, "{name} {value}")
    };
    pair("ticket", &ticket.id)?;
    for (name, time) in [("created", ticket.created), ("changed", ticket.changed)] {
        pair(name, &time.map(date).unwrap_or_default())?;
    }
    for (name, value) in ticket.fields.iter() {
        match value {
            Some(value) if !value.is_empty() => pair(name, value)?,
            _ if output.verbose => pair(name, "")?,
            _ => {}
        }
    }
    out.flush()
}

pub(super) fn fields(args: &FieldsArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let of_tickets = tx.ticket_fields()?;
    let of_changes = tx.ticket_change_fields()?;
    let only_there = of_changes.into_iter().filter(|name| !of_tickets.contains(name));
    let only_there: Vec<_> = only_there.map(|name| (name, true)).collect();
    let all = of_tickets.iter().map(|name| (name.clone(), false)).chain(only_there);
    let all = all.filter(|(name, _)| !name.starts_with(OWN));
    let fields = all.map(|(name, changes_only)| {
        let private = name.starts_with("private_");
        Field { name, changes_only, private }
    });
    let fields = Fields { fields: fields.collect() };
    if output.json {
        Output::object(&fields)?;
    } else if !output.quiet {
        let mut out = Output::results();
        for field in fields.fields {
            writeln!(out, "{}", line(&field.name))?;
        }
        out.flush()?;
    }
    Ok(Exit::Done)
}
