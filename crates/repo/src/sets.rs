//! Sets of artifacts that a sync speaks of, and the changes it makes to them.
//!
//! | set | what it is for |
//! |---|---|
//! | [phantoms](ReadTx::phantoms) | known by name only: to be asked for |
//! | [unclustered](ReadTx::unclustered) | named by no cluster yet: to be announced one by one |
//! | [unsent](ReadTx::unsent) | made here since the last push: to be sent unasked |
//! | [private](ReadTx::private) | to be kept from those who may not see what is private |
//!
//! Sets are read in pages, in the order of row numbers: a page starts after the last member of the
//! page before it, and an empty page ends the set. A page has at most [`SET_PAGE`] members.
//! Shunned artifacts are in none of them, and only the phantoms have members without content: what
//! waits for a phantom is neither announced nor sent. No query looks at artifacts outside of its
//! set.
//!
//! ```
//! # use outcrop_repo::{Repo, artifact::Moment, create::CreateOptions};
//! # let folder = tempfile::tempdir()?;
//! # let now = Moment::parse(b"2024-05-06T07:08:09").ok_or("not a date")?;
//! # let path = folder.path().join("new.fossil");
//! # let repo = Repo::create(path, &CreateOptions::new("alice", now), &mut |_| {})?.repo;
//! let tx = repo.read()?;
//! let mut after = None;
//! let mut announced = Vec::new();
//! loop {
//!     let page = tx.unclustered(after, 500)?;
//!     let Some(last) = page.last() else { break };
//!     after = Some(last.rid);
//!     announced.extend(page.iter().map(|member| format!("igot {}", member.name)));
//! }
//! assert_eq!(announced.len(), 1, "the initial check-in");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`SET_PAGE`]: crate::limits::SET_PAGE

use outcrop_format::hash::HashName;

use crate::id::Rid;
use crate::tx::{DatabaseError, ReadTx, WriteTx};

/// An artifact in a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its row.
    pub rid: Rid,
    /// Its name.
    pub name: HashName,
}

impl ReadTx {
    /// Artifacts of which only the name is known. Those that are private are among them if
    /// `private` says so: who may not have them need not ask.
    pub fn phantoms(
        &self,
        after: Option<Rid>,
        limit: usize,
        private: bool,
    ) -> Result<Vec<Member>, DatabaseError> {
        self.phantom_page(after, limit, private)
    }

    /// Public artifacts that no cluster names.
    pub fn unclustered(
        &self,
        after: Option<Rid>,
        limit: usize,
    ) -> Result<Vec<Member>, DatabaseError> {
        self.unclustered_page(after, limit)
    }

    /// Public artifacts that were made here and not sent yet.
    pub fn unsent(&self, after: Option<Rid>, limit: usize) -> Result<Vec<Member>, DatabaseError> {
        self.unsent_page(after, limit)
    }

    /// Artifacts to be kept from those who may not see what is private.
    pub fn private(&self, after: Option<Rid>, limit: usize) -> Result<Vec<Member>, DatabaseError> {
        self.private_page(after, limit)
    }
}

impl WriteTx {
    /// Takes note that there is an artifact of this name, and gives its row. If it is not here it
    /// becomes a phantom: private or not, as `private` says. `None` if it is shunned.
    pub fn expect(&self, name: &HashName, private: bool) -> Result<Option<Rid>, DatabaseError> {
        if self.is_shunned(name)? {
            return Ok(None);
        }
        match self.rid_of(name)? {
            Some(rid) => Ok(Some(rid)),
            None => self.step(|| self.add_phantom(name, private)).map(Some),
        }
    }

    /// Takes note that all unsent artifacts have been sent. Gives how many there were.
    pub fn clear_unsent(&self) -> Result<usize, DatabaseError> {
        self.forget_unsent()
    }
}
