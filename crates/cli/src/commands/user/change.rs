//! `outcrop user caps`, `contact` and `rm`.

use std::io::Write as _;

use outcrop_repo::{Repo, capability::Capabilities};
use serde::Serialize;

use super::{RepositoryArg, Row, existing, letters, tell};
use crate::{
    clock::now,
    failure::{Exit, Failure},
    output::{Output, printable},
};

/// Say what a user may do, or print it
#[derive(Debug, clap::Args)]
#[command(after_help = CAPS_EXAMPLES)]
pub(super) struct CapsArgs {
    /// The user
    #[arg(value_name = "LOGIN")]
    login: String,
    /// What the user may do from now on, in Fossil's letters; '' for nothing
    #[arg(value_name = "LETTERS", value_parser = letters)]
    caps: Option<Capabilities>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const CAPS_EXAMPLES: &str = "\
With --json a user as `outcrop user ls` has it.

Examples:
  outcrop user caps bob -R project.fossil
  outcrop user caps bob ei -R project.fossil";

/// Say how to reach a user
#[derive(Debug, clap::Args)]
#[command(after_help = CONTACT_EXAMPLES)]
pub(super) struct ContactArgs {
    /// The user
    #[arg(value_name = "LOGIN")]
    login: String,
    /// How to reach the user from now on
    #[arg(value_name = "TEXT")]
    contact: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const CONTACT_EXAMPLES: &str = "\
With --json a user as `outcrop user ls` has it.

Examples:
  outcrop user contact bob bob@example.org -R project.fossil";

/// Remove a user
///
/// What the user has written keeps the name.
#[derive(Debug, clap::Args)]
#[command(after_help = RM_EXAMPLES)]
pub(super) struct RmArgs {
    /// The user
    #[arg(value_name = "LOGIN")]
    login: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const RM_EXAMPLES: &str = "\
With --json: removed (the login).

Examples:
  outcrop user rm bob -R project.fossil";

#[derive(Serialize)]
struct Removed<'a> {
    removed: &'a str,
}

pub(super) fn caps(args: &CapsArgs, output: Output) -> Result<Exit, Failure> {
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

pub(super) fn contact(args: &ContactArgs, output: Output) -> Result<Exit, Failure> {
    let tx = args.repository.open()?.write()?;
    existing(&tx, &args.login)?;
    tx.set_contact(&args.login, &args.contact, now()?)?;
    let user = existing(&tx, &args.login)?;
    tx.commit()?;
    tell(user, "has another contact", output)
}

pub(super) fn remove(args: &RmArgs, output: Output) -> Result<Exit, Failure> {
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
