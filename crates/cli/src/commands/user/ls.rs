//! `outcrop user ls`: all users.

use std::io::{self, Write as _};

use outcrop_repo::Repo;
use serde::Serialize;

use super::{RepositoryArg, Row};
use crate::{
    clock::date,
    failure::{Exit, Failure},
    output::{Output, printable},
};

/// List all users, with what they may do
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LsArgs {
    #[command(flatten)]
    repository: RepositoryArg,
}

const EXAMPLES: &str = "\
With --json: users, a list of login, capabilities, contact, changed (seconds since 1970, or null)
and has_password.

Examples:
  outcrop user ls -R project.fossil
  outcrop user ls --json -R project.fossil | jq -r '.users[].login'";

#[derive(Serialize)]
struct Users {
    users: Vec<Row>,
}

pub(super) fn run(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let users = Repo::open_read_only(args.repository.path())?.read()?.users()?;
    let users: Vec<_> = users.into_iter().map(Row::from).collect();
    if output.json {
        Output::object(&Users { users })?;
    } else if !output.quiet {
        list(&users, output)?;
    }
    Ok(Exit::Done)
}

fn list(users: &[Row], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    let width = |text: fn(&Row) -> &str| {
        users.iter().map(|user| text(user).chars().count()).max().unwrap_or_default()
    };
    let (logins, rights) = (width(|user| &user.login), width(|user| &user.capabilities));
    for user in users {
        let login = output.stdout.key(&format!("{:logins$}", printable(&user.login)));
        let changed = output.stdout.faint(&user.changed.map(date).unwrap_or_default());
        let locked = if user.has_password { "" } else { "  (no password)" };
        let contact = printable(&user.contact).replace('\n', " ");
        let line =
            format!("{login}  {:rights$}  {changed:19}  {contact}{locked}", user.capabilities);
        writeln!(out, "{}", line.trim_end())?;
    }
    out.flush()
}
