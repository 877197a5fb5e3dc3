//! `outcrop user`: who may do what.

use std::io::{self, Write as _};

use outcrop_repo::{
    Repo,
    capability::Capabilities,
    secret::Secret,
    tx::ReadTx,
    user::{NewUser, User},
};
use serde::Serialize;

use super::RepositoryArg;
use crate::{
    clock::{date, now},
    failure::{Exit, Failure},
    output::{Output, printable},
    password,
};

/// List, make and change users
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
A password is asked for on the terminal, and not shown. Without a terminal it is read from the
variable OUTCROP_PASSWORD, or else from the first line of stdin.

With --json, `ls` prints users, a list of login, capabilities, contact, changed (seconds since 1970)
and has_password; the others print one such object, and `rm` prints removed (a login).

Examples:
  outcrop user ls -R project.fossil
  outcrop user new bob --caps v --contact bob@example.org -R project.fossil
  outcrop user caps bob ei -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List all users
    Ls(LsArgs),
    /// Make a user, with a password
    New(NewArgs),
    /// Give a user another password
    Password(PasswordArgs),
    /// Say what a user may do, or print it
    Caps(CapsArgs),
    /// Remove a user
    Rm(RmArgs),
}

#[derive(Debug, clap::Args)]
struct LsArgs {
    #[command(flatten)]
    repository: RepositoryArg,
}

#[derive(Debug, clap::Args)]
struct NewArgs {
    /// What the user is called
    #[arg(value_name = "LOGIN")]
    login: String,
    /// What the user may do, in Fossil's letters; without this, what the setting `default-perms`
    /// says, or `u`
    #[arg(long, value_name = "LETTERS", value_parser = letters)]
    caps: Option<Capabilities>,
    /// How to reach the user
    #[arg(long, value_name = "TEXT", default_value = "")]
    contact: String,
    /// Set no password, so that nobody can log in under this name yet
    #[arg(long)]
    no_password: bool,
    #[command(flatten)]
    repository: RepositoryArg,
}

#[derive(Debug, clap::Args)]
struct PasswordArgs {
    /// The user
    #[arg(value_name = "LOGIN")]
    login: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

#[derive(Debug, clap::Args)]
struct CapsArgs {
    /// The user
    #[arg(value_name = "LOGIN")]
    login: String,
    /// What the user may do from now on, in Fossil's letters; '' for nothing
    #[arg(value_name = "LETTERS", value_parser = letters)]
    caps: Option<Capabilities>,
    #[command(flatten)]
    repository: RepositoryArg,
}

#[derive(Debug, clap::Args)]
struct RmArgs {
    /// The user
    #[arg(value_name = "LOGIN")]
    login: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

/// A user, as `--json` has it.
#[derive(Serialize)]
struct Row {
    login: String,
    capabilities: String,
    contact: String,
    changed: Option<i64>,
    has_password: bool,
}

#[derive(Serialize)]
struct Users {
    users: Vec<Row>,
}

#[derive(Serialize)]
struct Removed<'a> {
    removed: &'a str,
}

impl From<User> for Row {
    fn from(user: User) -> Self {
        Self {
            login: user.login,
            capabilities: user.capabilities.to_string(),
            contact: user.contact,
            changed: user.mtime,
            has_password: user.has_password,
        }
    }
}

/// Rights, of which Fossil would pass over what is none.
fn letters(text: &str) -> Result<Capabilities, String> {
    match text.chars().find(|letter| !letter.is_ascii_alphanumeric()) {
        Some(letter) => Err(format!("{letter:?} is no right: they are letters and digits")),
        None => Ok(Capabilities::parse(text)),
    }
}

pub(crate) fn run(args: &UserArgs, output: Output) -> Result<Exit, Failure> {
    match &args.action {
        Action::Ls(args) => ls(args, output),
        Action::New(args) => new(args, output),
        Action::Password(args) => set_password(args, output),
        Action::Caps(args) => caps(args, output),
        Action::Rm(args) => rm(args, output),
    }
}

fn ls(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let users = Repo::open_read_only(args.repository.path())?.read()?.users()?;
    let users: Vec<_> = users.into_iter().map(Row::from).collect();
    if output.json {
        Output::object(&Users { users })?;
    } else if !output.quiet {
        list(&users, output)?;
    }
    Ok(Exit::Done)
}

fn new(args: &NewArgs, output: Output) -> Result<Exit, Failure> {
    let repo = args.repository.open()?;
    if repo.read()?.user(&args.login)?.is_some() {
        let message = format!("there is a user {:?} already: choose another login", args.login);
        return Err(Failure::new(Exit::Failed, &message));
    }
    let password = if args.no_password { None } else { Some(password::new(&args.login)?) };
    // Nobody waits for the writer while someone types.
    let tx = repo.write()?;
    let capabilities = match args.caps {
        Some(capabilities) => capabilities,
        None => {
            Capabilities::parse(tx.setting("default-perms")?.as_deref().unwrap_or(DEFAULT_RIGHTS))
        }
    };
    let password = password.as_ref().map(Secret::expose);
    let (login, contact) = (&*args.login, &*args.contact);
    tx.add_user(&NewUser { login, password, capabilities, contact }, now()?)?;
    let user = existing(&tx, login)?;
    tx.commit()?;
    tell(user, "made", output)
}

/// Those of Fossil's new users, where the setting says nothing.
const DEFAULT_RIGHTS: &str = "u";

fn set_password(args: &PasswordArgs, output: Output) -> Result<Exit, Failure> {
    let repo = args.repository.open()?;
    existing(&repo.read()?, &args.login)?;
    let password = password::new(&args.login)?;
    let tx = repo.write()?;
    tx.set_password(&args.login, password.expose(), now()?)?;
    let user = existing(&tx, &args.login)?;
    tx.commit()?;
    tell(user, "has another password", output)
}

fn caps(args: &CapsArgs, output: Output) -> Result<Exit, Failure> {
    let Some(capabilities) = args.caps else {
        let user = existing(&Repo::open_read_only(args.repository.path())?.read()?, &args.login)?;
        if output.json {
            Output::object(&Row::from(user))?;
        } else {
            let mut out = Output::results();
            writeln!(out, "{}", user.capabilities)?;
            out.flush()?;
        }
        return Ok(Exit::Done);
    };
    let tx = args.repository.open()?.write()?;
    existing(&tx, &args.login)?;
    tx.set_capabilities(&args.login, capabilities, now()?)?;
    let user = existing(&tx, &args.login)?;
    tx.commit()?;
    tell(user, "has other rights", output)
}

fn rm(args: &RmArgs, output: Output) -> Result<Exit, Failure> {
    let tx = args.repository.open()?.write()?;
    existing(&tx, &args.login)?;
    tx.delete_user(&args.login)?;
    tx.commit()?;
    if output.json {
        Output::object(&Removed { removed: &args.login })?;
    } else if !output.quiet {
        let mut out = Output::results();
        writeln!(out, "{}: removed", printable(&args.login))?;
        out.flush()?;
    }
    Ok(Exit::Done)
}

fn existing(tx: &ReadTx, login: &str) -> Result<User, Failure> {
    tx.user(login)?.ok_or_else(|| {
        let message = format!("there is no user {login:?}: `outcrop user ls` lists all");
        Failure::new(Exit::Failed, &message)
    })
}

/// Says what became of a user.
fn tell(user: User, what: &str, output: Output) -> Result<Exit, Failure> {
    let user = Row::from(user);
    if output.json {
        Output::object(&user)?;
    } else if !output.quiet {
        let mut out = Output::results();
        let rights = if user.capabilities.is_empty() { "none" } else { &user.capabilities };
        writeln!(out, "{}: {what}; rights: {rights}", printable(&user.login))?;
        out.flush()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_letters_and_digits() {
        assert_eq!(letters("ie2"), Ok(Capabilities::parse("ei2")));
        assert_eq!(letters(""), Ok(Capabilities::NONE));
        for bad in ["e i", "+i", "ü", "e,i"] {
            assert!(letters(bad).is_err(), "{bad}");
        }
    }
}
