//! `outcrop ticket add` and `outcrop ticket set`: one change of a ticket each.

use std::{io::Write as _, path::Path};

use outcrop_repo::{compose::NewTicketField, tx::WriteTx};
use serde::Serialize;

use super::{RepositoryArg, find};
use crate::{
    author::AuthorArgs,
    failure::{Exit, Failure},
    input::{self, is_stdin},
    output::Output,
    random,
};

/// Make a ticket
#[derive(Debug, clap::Args)]
#[command(after_help = ADD_EXAMPLES)]
pub(super) struct AddArgs {
    #[command(flatten)]
    values: ValuesArgs,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const ADD_EXAMPLES: &str = "\
With --json: id (of the ticket), hash (of the artifact that says so) and created.

Examples:
  outcrop ticket add title='It fails' type=Code_Defect status=Open -R project.fossil
  outcrop ticket add title='It fails' --from comment=report.txt -R project.fossil";

/// Change fields of a ticket
#[derive(Debug, clap::Args)]
#[command(after_help = SET_EXAMPLES)]
pub(super) struct SetArgs {
    /// Its identifier, or the beginning of it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    values: ValuesArgs,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const SET_EXAMPLES: &str = "\
With --json the same as `outcrop ticket add`.

Examples:
  outcrop ticket set 4f2a1b status=Fixed resolution=Fixed -R project.fossil
  outcrop ticket set 4f2a1b '+comment= It is in v1.0.' -R project.fossil";

/// Values of fields, as they are typed.
#[derive(Debug, clap::Args)]
struct ValuesArgs {
    /// The value that a field gets; with + in front, it comes behind the one that is there
    #[arg(value_name = "[+]FIELD=VALUE", required_unless_present = "from", value_parser = setting)]
    values: Vec<Setting>,
    /// A field and the file that its value is in; - for stdin; may be given several times
    #[arg(long, value_name = "[+]FIELD=FILE", value_parser = setting)]
    from: Vec<Setting>,
}

/// A field, and its value or where that is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Setting {
    field: String,
    is_appended: bool,
    value: String,
}

fn setting(text: &str) -> Result<Setting, String> {
    let (field, value) = text.split_once('=').ok_or("not of the form FIELD=VALUE")?;
    let (field, is_appended) =
        field.strip_prefix('+').map_or((field, false), |field| (field, true));
    Ok(Setting { field: field.to_owned(), is_appended, value: value.to_owned() })
}

impl ValuesArgs {
    /// All of them, with those that stand in files.
    fn read(&self) -> Result<Vec<Setting>, Failure> {
        let from_stdin = self.from.iter().filter(|from| is_stdin(Path::new(&from.value)));
        if from_stdin.count() > 1 {
            return Err(Failure::new(Exit::Usage, &"stdin can be the value of one field only"));
        }
        let mut settings = self.values.clone();
        for from in &self.from {
            let value = input::text(Path::new(&from.value))?;
            settings.push(Setting { value, ..from.clone() });
        }
        Ok(settings)
    }
}

/// A ticket that was made or changed, as `--json` has it.
#[derive(Serialize)]
struct Changed<'a> {
    id: &'a str,
    hash: String,
    created: bool,
}

pub(super) fn add(args: &AddArgs, output: Output) -> Result<Exit, Failure> {
    let settings = args.values.read()?;
    let tx = args.repository.open()?.write()?;
    let id = random::identifier()?;
    write(tx, &id, true, &settings, &args.author, output)
}

pub(super) fn set(args: &SetArgs, output: Output) -> Result<Exit, Failure> {
    let settings = args.values.read()?;
    let tx = args.repository.open()?.write()?;
    let id = find(&tx, &args.id)?.id;
    write(tx, &id, false, &settings, &args.author, output)
}

fn write(
    tx: WriteTx,
    id: &str,
    created: bool,
    settings: &[Setting],
    author: &AuthorArgs,
    output: Output,
) -> Result<Exit, Failure> {
    let writer = author.resolve(&tx)?;
    let fields = settings.iter().map(|Setting { field, is_appended, value }| NewTicketField {
        name: field,
        is_appended: *is_appended,
        value,
    });
    let fields: Vec<_> = fields.collect();
    let written = tx.change_ticket(id, &fields, writer.author())?;
    tx.commit()?;
    let hash = written.name.to_string();
    if output.json {
        Output::object(&Changed { id, hash, created })?;
    } else if !output.quiet {
        let mut out = Output::results();
        writeln!(out, "{id}: {}", if created { "made" } else { "changed" })?;
        if output.verbose {
            writeln!(out, "said by {hash}")?;
        }
        out.flush()?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_or_appended() {
        let of = |field: &str, is_appended, value: &str| {
            Ok(Setting { field: field.to_owned(), is_appended, value: value.to_owned() })
        };
        assert_eq!(setting("title=a=b"), of("title", false, "a=b"));
        assert_eq!(setting("+comment="), of("comment", true, ""));
        assert!(setting("title").is_err());
    }
}
