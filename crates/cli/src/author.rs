//! Who writes, and when.

use std::env;

use outcrop_repo::{artifact::Moment, commit::Author, tx::ReadTx};

use crate::{
    clock::{now, parse_date},
    failure::{Exit, Failure},
};

/// The variables that may name the user, in stock Fossil's order.
pub(crate) const VARIABLES: [&str; 4] = ["FOSSIL_USER", "USER", "LOGNAME", "USERNAME"];

/// Who writes, and when, as it was typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Author")]
pub(crate) struct AuthorArgs {
    /// Who does it, a user of the repository; without this whoever the setting default-user names,
    /// or the environment: `FOSSIL_USER`, `USER`, `LOGNAME` or `USERNAME`
    #[arg(long, short = 'U', value_name = "LOGIN")]
    user: Option<String>,
    /// When it was done, instead of now: 2024-05-06, or 2024-05-06T07:08:09, in UTC or with a zone
    /// as +02:00 behind it
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    date: Option<Moment>,
}

/// A user of the repository, and a time.
#[derive(Debug)]
pub(crate) struct Writer {
    login: String,
    at: Moment,
}

impl Writer {
    pub(crate) fn author(&self) -> Author<'_> {
        Author { login: &self.login, at: self.at }
    }
}

impl AuthorArgs {
    pub(crate) fn resolve(&self, tx: &ReadTx) -> Result<Writer, Failure> {
        let at = self.date.map_or_else(now, Ok)?;
        Ok(Writer { login: self.login(tx)?, at })
    }

    fn login(&self, tx: &ReadTx) -> Result<String, Failure> {
        if let Some(login) = &self.user {
            if tx.user(login)?.is_some() {
                return Ok(login.clone());
            }
            let message = format!(
                "there is no user {login:?}: `outcrop user ls` lists all, and \
                 `outcrop user new --no-password` makes one"
            );
            return Err(Failure::new(Exit::Failed, &message));
        }
        let set = tx.setting("default-user")?;
        let names = set.into_iter().chain(VARIABLES.into_iter().flat_map(env::var));
        for login in names.filter(|name| !name.is_empty()) {
            if tx.user(&login)?.is_some() {
                return Ok(login);
            }
        }
        let message = "nobody knows who you are: neither the setting default-user nor any of \
                       $FOSSIL_USER, $USER, $LOGNAME and $USERNAME is a user of the repository; \
                       give one with --user (`outcrop user ls` lists all)";
        Err(Failure::new(Exit::Usage, &message))
    }
}
