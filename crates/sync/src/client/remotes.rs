//! Several servers of one project, in order of preference.

use std::fmt;
use std::path::Path;

use outcrop_repo::Repo;

use super::outcome::CloneOutcome;
use super::{Account, Breaker, CloneError, CloneOptions, SyncOptions, SyncOutcome, clone, sync};
use crate::{SyncError, Transport};

/// A server among several.
pub struct Remote {
    name: String,
    transport: Box<dyn Transport>,
    account: Option<Account>,
    breaker: Breaker,
}

impl Remote {
    /// A server, with a name for people: its address without a password, most often.
    #[must_use]
    pub fn new(name: impl Into<String>, transport: Box<dyn Transport>) -> Self {
        Self { name: name.into(), transport, account: None, breaker: Breaker::new() }
    }

    /// Logs in as this user there; without it as the options of a session say.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.account = Some(account);
        self
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Counts the refusals of the server, over all sessions.
    #[must_use]
    pub const fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    fn options(&self, options: &SyncOptions) -> SyncOptions {
        let account = self.account.clone().or_else(|| options.account.clone());
        SyncOptions { account, breaker: self.breaker.clone(), ..options.clone() }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("name", &self.name)
            .field("account", &self.account)
            .field("breaker", &self.breaker)
            .finish_non_exhaustive()
    }
}

/// Several servers of one project. The first that can be used is used; another one takes its place
/// if it cannot be reached, or refuses so often that it is [left alone](Breaker). Whatever else goes
/// wrong would go wrong elsewhere too, and ends the session.
///
/// ```
/// use outcrop_sync::{HttpTransport, Remote, Remotes, SyncOptions};
/// # async fn example(repo: &outcrop_repo::Repo) -> Result<(), Box<dyn std::error::Error>> {
///
/// let servers = ["https://www.sqlite.org/src", "https://www2.sqlite.org/src"];
/// let mut remotes = Remotes::new();
/// for url in servers {
///     remotes.push(Remote::new(url, Box::new(HttpTransport::new(url)?)));
/// }
/// let (server, done) = remotes.sync(repo, SyncOptions::pull()).await?;
/// println!("{} artifacts from {server}", done.total.received);
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct Remotes(Vec<Remote>);

impl Remotes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one that is used if none before it can be.
    pub fn push(&mut self, remote: Remote) {
        self.0.push(remote);
    }

    /// Those that were added, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Remote> {
        self.0.iter()
    }

    /// Syncs with the first server that can be used. Says which it was.
    ///
    /// What came from a server that was then lost is kept; the next one is asked for the rest.
    pub async fn sync(
        &self,
        repo: &Repo,
        options: SyncOptions,
    ) -> Result<(&str, SyncOutcome), SyncError> {
        let mut reasons = Vec::new();
        for (at, remote) in self.0.iter().enumerate() {
            let session = sync(repo, &*remote.transport, remote.options(&options));
            match Box::pin(session).await {
                Ok(outcome) => return Ok((&remote.name, outcome)),
                Err(error) if error.wants_another_server() => {
                    self.tell_change(at, &error, &options);
                    reasons.push(format!("{}: {error}", remote.name));
                }
                Err(error) => return Err(error),
            }
        }
        Err(SyncError::NoRemote { reasons })
    }

    /// Clones from the first server that can be used. Says which it was.
    ///
    /// A clone that was begun from a server that is then lost is gone on with from the next one.
    pub async fn clone(
        &self,
        path: impl AsRef<Path>,
        options: CloneOptions,
    ) -> Result<(&str, Repo, CloneOutcome), CloneError> {
        let mut reasons = Vec::new();
        for (at, remote) in self.0.iter().enumerate() {
            let sync = remote.options(&options.sync);
            let cloned = clone(&path, &*remote.transport, CloneOptions { sync, ..options.clone() });
            match Box::pin(cloned).await {
                Ok((repo, outcome)) => return Ok((&remote.name, repo, outcome)),
                Err(error) if error.wants_another_server() => {
                    if let Some(cause) = error.cause() {
                        self.tell_change(at, cause, &options.sync);
                    }
                    reasons.push(format!("{}: {error}", remote.name));
                }
                Err(error) => return Err(error),
            }
        }
        Err(CloneError::Refused(Box::new(SyncError::NoRemote { reasons })))
    }

    /// One of them cannot be used: the one that takes its place is told, if there is one.
    fn tell_change(&self, at: usize, error: &SyncError, options: &SyncOptions) {
        if let [from, to, ..] = self.0.get(at..).unwrap_or_default() {
            options.observer.remote_changed(&from.name, &to.name, error);
        }
    }
}
