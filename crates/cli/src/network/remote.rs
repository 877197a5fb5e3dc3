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
    /// Remember the password with the URL, not readable at a glance, as stock does
    #[arg(long, alias = "save-password", conflicts_with = "once")]
    save_http_password: bool,
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
        let last = remembered(&tx, stored)?;
        let text = match (&self.url, &last) {
            (Some(url), _) => url.clone(),
            (None, Some(last)) => last.url.clone(),
            (None, None) => {
                let message = "this repository was never synced: name the URL of another one";
                return Err(Failure::new(Exit::Usage, &message));
            }
        };
        let address = parsed(&text)?;
        // The password that is remembered is for the URL that is.
        let known = last.filter(|last| last.url == address.to_string());
        let known = known.and_then(|last| last.password);
        let kept = if self.save_http_password { Keep::All } else { Keep::Known };
        let remote = Remote::new(address, self.user.as_deref(), known, kept)?;
        let keeps = !self.once && stored == Stored::LastSync;
        Ok(Remote { remember: remote.remember.filter(|_| keeps), ..remote })
    }
}

/// Which password is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// That which is remembered already.
    Known,
    /// Whichever is used.
    All,
}

/// An address as it was typed.
pub(crate) fn parsed(text: &str) -> Result<Address, Failure> {
    // Never quotes the text: it may hold a password.
    text.parse().map_err(|error: AddressError| Failure::new(Exit::Usage, &error))
}

impl Remote {
    /// An address, with the user and the password if they are known otherwise. On a terminal a
    /// missing password is asked for.
    pub(crate) fn new(
        address: Address,
        user: Option<&str>,
        known: Option<Secret>,
        keep: Keep,
    ) -> Result<Self, Failure> {
        let login = address.user().or(user).map(str::to_owned);
        let needs_login = matches!(address, Address::Http(_));
        let account = match login.filter(|_| needs_login) {
            Some(user) => {
                let password = address.password().map(Secret::new).or_else(|| known.clone());
                let password = password.map_or_else(|| entered(&user, &address), Ok)?;
                Some(Account { user, password })
            }
            None => None,
        };
        let tried = account.as_ref().map(|account| account.password.clone());
        let password = if keep == Keep::All { tried } else { known };
        let remember = Some(setting::Remote { url: address.to_string(), password });
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
fn remembered(tx: &ReadTx, stored: Stored) -> Result<Option<setting::Remote>, Failure> {
    if stored == Stored::Parent
        && let Some(url) = tx.setting("parent-project-url")?
    {
        let password = tx.setting("parent-project-pw")?;
        let password = password.map(|stored| Secret::from_obscured(&stored));
        return Ok(Some(setting::Remote { url, password }));
    }
    Ok(tx.last_sync()?)
}
