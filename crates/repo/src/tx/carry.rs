//! What was expanded in one transaction, there for the next.
//!
//! A push asks for thousands of artifacts, some hundred at a time, each time in a transaction of its
//! own. Where the deltas between them make long chains, each would begin at their bases again.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::error::DatabaseError;
use super::pool::Pool;
use super::{ReadTx, WriteTx};
use crate::cache::Cache;
use crate::maps::RowSet;
use crate::open::Repo;

/// Contents that a connection has expanded.
#[derive(Debug)]
pub(super) struct Carried {
    cache: Cache,
    /// What SQLite counted then. It is another number once someone else has committed.
    version: i64,
}

/// As long as this lives, contents are carried from one transaction that reads to the next.
#[derive(Debug)]
pub struct Carrying(Arc<Pool>);

impl Repo {
    /// Has transactions that read find what the one before has expanded, if nothing was committed
    /// meanwhile: up to [`CACHED_CONTENT`](crate::limits::CACHED_CONTENT) bytes of it stay in memory
    /// for as long as what this gives lives.
    ///
    /// ```no_run
    /// # fn go(repo: &outcrop_repo::Repo, rids: &[outcrop_repo::Rid]) -> Result<(), Box<dyn std::error::Error>> {
    /// let _carrying = repo.carry_contents();
    /// for rid in rids {
    ///     println!("{}", repo.read()?.content(*rid)?.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "contents are carried for as long as this lives"]
    pub fn carry_contents(&self) -> Carrying {
        self.pool().carrying.fetch_add(1, Ordering::Relaxed);
        Carrying(Arc::clone(self.pool()))
    }
}

impl Drop for Carrying {
    fn drop(&mut self) {
        if self.0.carrying.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.drop_carried();
        }
    }
}

impl Pool {
    /// Whether anyone wants contents to be carried.
    pub(super) fn carries(&self) -> bool {
        self.carrying.load(Ordering::Relaxed) > 0
    }
}

/// What a transaction does with what was left for it.
#[derive(Debug, Default)]
pub(super) enum Cargo {
    /// There was nothing, and nothing is left for the next.
    #[default]
    None,
    /// It is used, and what comes to it is for the next too.
    Used,
    /// Who writes leaves it as it is: it is of a state to which the file returns if nothing comes of
    /// what is written. What is written only adds to that, but for artifacts that go.
    Aside(RefCell<Option<Box<Carried>>>),
}

impl ReadTx {
    /// Takes on what was expanded before, if the file is still as it was then.
    pub(super) fn take_on(&mut self, carried: Option<Box<Carried>>) -> Result<(), DatabaseError> {
        if !self.pool.carries() {
            return Ok(());
        }
        self.carrying = Cargo::Used;
        if let Some(carried) = carried
            && carried.version == self.counted()?
        {
            self.cache.replace(carried.cache);
            // Pages are read again and again too.
            self.work_on_a_batch()?;
        }
        Ok(())
    }

    pub(super) fn leave_aside(&mut self, carried: Option<Box<Carried>>) {
        self.carrying = Cargo::Aside(RefCell::new(carried));
    }

    /// What is left for the next transaction.
    pub(super) fn hand_on(&mut self) -> Option<Box<Carried>> {
        match std::mem::take(&mut self.carrying) {
            Cargo::None => None,
            Cargo::Aside(carried) => carried.into_inner(),
            Cargo::Used => {
                let version = self.counted().ok()?;
                Some(Box::new(Carried { cache: self.cache.replace(Cache::none()), version }))
            }
        }
    }

    /// What SQLite counts of commits by others, as of the state that is read.
    fn counted(&self) -> Result<i64, DatabaseError> {
        let doing = "look whether something was committed";
        self.only(doing, "PRAGMA data_version", [], |row| row.get(0))
    }
}

impl WriteTx {
    /// What is known of contents here may no longer be so.
    pub(crate) fn forget_contents(&self) {
        self.cache.borrow_mut().clear();
        self.held.replace(RowSet::default());
    }

    /// An artifact goes, or another content takes its place: what was expanded may have been expanded
    /// from it, and another artifact may get its number.
    pub(crate) fn drop_expanded(&self) {
        self.forget_contents();
        if let Cargo::Aside(carried) = &self.carrying {
            carried.replace(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::artifact::Moment;
    use crate::create::CreateOptions;
    use crate::id::Rid;
    use crate::{OpenOptions, Repo};

    fn now() -> Moment {
        Moment::parse(b"2024-01-02").unwrap()
    }

    fn new(path: &std::path::Path) -> Repo {
        let options = CreateOptions::new("alice", now());
        Repo::create(path, &options, &mut |bytes| bytes.fill(1)).unwrap();
        Repo::open(path).unwrap()
    }

    const FIRST: Rid = Rid::new(1).unwrap();

    /// Whether the next one finds the first artifact expanded.
    fn finds(repo: &Repo) -> bool {
        let tx = repo.read().unwrap();
        let found = tx.cache.borrow().contains(FIRST);
        tx.content(FIRST).unwrap();
        found
    }

    #[test]
    fn contents_are_carried_until_somebody_else_commits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let repo = new(&path);
        assert_eq!([finds(&repo), finds(&repo)], [false, false], "nobody wants it");
        let carrying = repo.carry_contents();
        assert_eq!([finds(&repo), finds(&repo)], [false, true]);
        let other = Repo::open(&path).unwrap();
        let tx = other.write().unwrap();
        tx.set_setting("project-name", "another", now()).unwrap();
        assert!(finds(&repo), "nothing is committed");
        tx.commit().unwrap();
        assert_eq!([finds(&repo), finds(&repo)], [false, true]);
        let tx = repo.read().unwrap();
        tx.content(FIRST).unwrap();
        drop(carrying);
        drop(tx);
        assert!(!finds(&repo));
        let _carrying = repo.carry_contents();
        assert!(!finds(&repo), "nothing was left of it");
    }

    #[test]
    fn who_writes_leaves_them_unless_an_artifact_goes() {
        let folder = tempfile::tempdir().unwrap();
        for serve in [false, true] {
            let path = folder.path().join(format!("file-{serve}"));
            new(&path);
            let repo = OpenOptions::new().serve(serve).open(&path).unwrap();
            let _carrying = repo.carry_contents();
            // The journal may change with the first write.
            drop(repo.write().unwrap());
            assert!(!finds(&repo));
            repo.write().unwrap().commit().unwrap();
            assert!(finds(&repo));
            repo.write_notes().unwrap().commit().unwrap();
            assert!(finds(&repo));
            let tx = repo.write().unwrap();
            tx.make_phantom(FIRST).unwrap();
            assert!(tx.content(FIRST).is_err());
            drop(tx);
            assert_eq!([finds(&repo), finds(&repo)], [false, true], "serve: {serve}");
        }
    }
}
