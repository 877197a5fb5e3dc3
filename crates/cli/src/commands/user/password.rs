//! `outcrop user new` and `outcrop user password`.

use outcrop_repo::{capability::Capabilities, secret::Secret, user::NewUser};

use super::{RepositoryArg, existing, letters, tell};
use crate::{
    clock::now,
    failure::{Exit, Failure},
    output::Output,
    password,
};

/// Make a user, with a password
///
/// The password is asked for on the terminal, and not shown. Without a terminal it is read from the
/// variable `OUTCROP_PASSWORD`, or else from the first line of stdin.
#[derive(Debug, clap::Args)]
#[command(after_help = NEW_EXAMPLES)]
pub(super) struct NewArgs {
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

const NEW_EXAMPLES: &str = "\
With --json a user as `outcrop user ls` has it.

Examples:
  outcrop user new bob --caps v --contact bob@example.org -R project.fossil
  outcrop user new bot --caps i --no-password -R project.fossil";

/// Give a user another password
///
/// It is asked for on the terminal, and not shown. Without a terminal it is read from the variable
/// `OUTCROP_PASSWORD`, or else from the first line of stdin.
#[derive(Debug, clap::Args)]
#[command(after_help = PASSWORD_EXAMPLES)]
pub(super) struct PasswordArgs {
    /// The user
    #[arg(value_name = "LOGIN")]
    login: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const PASSWORD_EXAMPLES: &str = "\
With --json a user as `outcrop user ls` has it.

Examples:
  outcrop user password bob -R project.fossil";

pub(super) fn new(args: &NewArgs, output: Output) -> Result<Exit, Failure> {
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

pub(super) fn set(args: &PasswordArgs, output: Output) -> Result<Exit, Failure> {
    let repo = args.repository.open()?;
    existing(&repo.read()?, &args.login)?;
    let password = password::new(&args.login)?;
    let tx = repo.write()?;
    tx.set_password(&args.login, password.expose(), now()?)?;
    let user = existing(&tx, &args.login)?;
    tx.commit()?;
    tell(user, "has another password", output)
}
