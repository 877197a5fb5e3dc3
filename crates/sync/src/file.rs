//! A repository file of this machine as a server.

use std::path::Path;

use outcrop_repo::{Repo, tx::DatabaseError};

use crate::{
    BoxFuture, HandleOptions, MemoryTransport, NoTransport, Reply, Request, Transport,
    TransportError, Trust,
};

/// The setting that has even the owner of the file log in.
const WANTS_LOGIN: &str = "localauth";

/// What stock notes as the origin of what comes from the same machine.
const ADDRESS: &str = "127.0.0.1";

/// The repository in a folder that is named in its place, as for stock.
const IN_FOLDERS: &str = "FOSSIL";

/// Answers requests with a repository file, without any network: stock's `file:` addresses.
///
/// Who can name the file may read and write it, so requests have all rights, and a login is left
/// out; unless the repository's setting `localauth` is on, with which they have those that a server
/// would grant them. Stock runs `fossil http --localauth` to the same end.
///
/// ```
/// use outcrop_repo::{Repo, artifact::Moment, create::CreateOptions};
/// use outcrop_sync::{CloneOptions, FileTransport, clone_blocking};
/// # let folder = tempfile::tempdir()?;
/// # let now = Moment::parse(b"2024-05-06T07:08:09").ok_or("not a date")?;
/// # let file = folder.path().join("new.fossil");
/// # let made = Repo::create(&file, &CreateOptions::new("alice", now), &mut |_| {})?;
///
/// let server = FileTransport::open(&file)?;
/// let (_, done) = clone_blocking(folder.path().join("copy"), &server, CloneOptions::new())?;
/// assert_eq!(done.sync.total.received, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FileTransport {
    inner: MemoryTransport,
    trust: Trust,
}

impl FileTransport {
    /// Opens a repository file, or the one in a folder.
    pub fn open(path: &Path) -> Result<Self, NoTransport> {
        let in_folder = path.join(IN_FOLDERS);
        let repo = Repo::open(if path.is_dir() { &in_folder } else { path })?;
        let trust = trust(&repo)?;
        let address = Some(ADDRESS.to_owned());
        let options = HandleOptions { trust: trust.clone(), address, ..HandleOptions::default() };
        Ok(Self { inner: MemoryTransport::new(repo, options), trust })
    }
}

fn trust(repo: &Repo) -> Result<Trust, DatabaseError> {
    let setting = repo.read()?.setting(WANTS_LOGIN)?.unwrap_or_default();
    let wants_login = ["on", "yes", "true", "1"].iter().any(|on| setting.eq_ignore_ascii_case(on));
    Ok(if wants_login { Trust::Login } else { Trust::Owner })
}

impl Transport for FileTransport {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        let login = request.login.filter(|_| self.trust == Trust::Login);
        self.inner.exchange(Request { login, ..request })
    }
}
