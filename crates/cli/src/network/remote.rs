//! With whom a repository is synced.

use std::env;

use outcrop_repo::{Repo, secret::Secret, setting, tx::ReadTx};
use outcrop_sync::{Account, Address, AddressError, Transport, TransportOptions};

use crate::{
    failure::{Exit, Failure},
    password,
};

/// The variable that a password may come from.
const PASSWORD: &str = "OUTCROP_PASSWORD";

/// With whom, as it was typed.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
pub(crate) struct RemoteArgs {
    // No doc comment: it would take the brackets for links.
    #[arg(
        help = "Where the other repository is: http[s]://[USER[:PASSWORD]@]HOST[:PORT][/PATH], \
                  ssh://[USER@]HOST[:PORT]/PATH, file://PATH or a path; without it where the last \
                  sync went"
    )]
    url: Option<String>,
    /// Log in as this user, if the URL names none
    #[arg(long, short = 'U', value_name = "LOGIN")]
    user: Option<String>,
    /// Do not remember the URL
    #[arg(long)]
    once: bool,
}

/// Another repository, and how to log in there.
pub(crate) struct Remote {
    pub(crate) address: Address,
    pub(crate) account: Option<Account>,
    /// What is remembered of it, once it has answered.
    pub(crate) remember: Option<setting::Remote>,
}

/// Which of the remembered addresses counts if none is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// That of the last sync.
    LastSync,
    /// That of the project that this one was made from.
    Parent,
}

impl RemoteArgs {
    /// What is meant, for a repository that may remember.
    pub(crate) fn resolve(&self, repo: &Repo, stored: Stored) -> Result<Remote, Failure> {
        let tx = repo.read()?;
        let (text, known) = match &self.url {
            Some(url) => (url.clone(), None),
            None => remembered(&tx, stored)?,
        };
        let remote = Remote::new(&text, self.user.as_deref(), known)?;
        let keeps = !self.once && stored == Stored::LastSync;
        Ok(Remote { remember: remote.remember.filter(|_| keeps), ..remote })
    }
}

impl Remote {
    /// An address as it was typed, with the user and the password if they are known otherwise. On a
    /// terminal a missing password is asked for.
    pub(crate) fn new(
        text: &str,
        user: Option<&str>,
        known: Option<Secret>,
    ) -> Result<Self, Failure> {
        // Never quotes the text: it may hold a password.
        let address: Address =
            text.parse().map_err(|error: AddressError| Failure::new(Exit::Usage, &error))?;
        let login = address.user().or(user).map(str::to_owned);
        let needs_login = matches!(address, Address::Http(_));
        let stored = address.password().map(Secret::new).or(known);
        let account = match login.filter(|_| needs_login) {
            Some(user) => {
                let password = match &stored {
                    Some(password) => password.clone(),
                    None => entered(&user, &address)?,
                };
                Some(Account { user, password })
            }
            None => None,
        };
        let remember = Some(setting::Remote { url: address.to_string(), password: stored });
        Ok(Self { address, account, remember })
    }

    /// What carries messages there.
    pub(crate) fn transport(
        &self,
        options: &TransportOptions,
    ) -> Result<Box<dyn Transport>, Failure> {
        self.address.open(options).map_err(|error| Failure::new(Exit::Failed, &error))
    }
}

/// A password that stands in no URL.
fn entered(user: &str, address: &Address) -> Result<Secret, Failure> {
    match env::var(PASSWORD) {
        Ok(password) => Ok(Secret::new(password)),
        Err(_) => password::of(user, &address.to_string()),
    }
}

/// The address that a repository remembers, and the password for it.
fn remembered(tx: &ReadTx, stored: Stored) -> Result<(String, Option<Secret>), Failure> {
    if stored == Stored::Parent
        && let Some(url) = tx.setting("parent-project-url")?
    {
        let password = tx.setting("parent-project-pw")?;
        return Ok((url, password.map(|stored| Secret::from_obscured(&stored))));
    }
    let last = tx.last_sync()?;
    let last = last.ok_or_else(|| {
        let message = "this repository was never synced: name the URL of another one";
        Failure::new(Exit::Usage, &message)
    })?;
    Ok((last.url, last.password))
}
