//! `outcrop user`: who may do what.
//!
//! | file | holds |
//! |---|---|
//! | `ls.rs` | all users |
//! | `password.rs` | new users, and new passwords |
//! | `change.rs` | what a user may do, how to reach one, and removing one |

mod change;
mod ls;
mod password;

use std::io::Write as _;

use outcrop_repo::{capability::Capabilities, tx::ReadTx, user::User};
use serde::Serialize;

use super::RepositoryArg;
use crate::{
    failure::{Exit, Failure},
    output::{Output, printable},
};

/// List, make and change users
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  outcrop user ls -R project.fossil
  outcrop user new bob --caps v --contact bob@example.org -R project.fossil
  outcrop user caps bob ei -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    Ls(ls::LsArgs),
    New(password::NewArgs),
    Password(password::PasswordArgs),
    Caps(change::CapsArgs),
    Contact(change::ContactArgs),
    Rm(change::RmArgs),
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
        Action::Ls(args) => ls::run(args, output),
        Action::New(args) => password::new(args, output),
        Action::Password(args) => password::set(args, output),
        Action::Caps(args) => change::caps(args, output),
        Action::Contact(args) => change::contact(args, output),
        Action::Rm(args) => change::remove(args, output),
    }
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
