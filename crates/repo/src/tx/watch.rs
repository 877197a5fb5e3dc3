//! Whether anything was committed meanwhile, by whomever.

use std::sync::PoisonError;

use super::ReadTx;
use super::error::{DatabaseError, Doing as _};
use super::pool::{Pool, Watcher};
use crate::open::Repo;

/// A state of the file. Two that are equal are the same state; two that differ may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// How often the file was opened to be watched: what is counted begins anew.
    opened: u64,
    /// What SQLite counts.
    counted: i64,
}

impl Repo {
    /// The state of the file now. It is another one after every commit, through this handle, through
    /// another one or by another program.
    pub fn version(&self) -> Result<Version, DatabaseError> {
        self.pool().version()
    }

    /// Begins to read, and gives which state it is that is read, unless something was committed at
    /// that very moment, or the disk has no room to watch for that.
    pub fn read_version(&self) -> Result<(ReadTx, Option<Version>), DatabaseError> {
        let before = match self.version() {
            Err(error) if error.lacks_room_for_index() => None,
            before => Some(before?),
        };
        let tx = self.read()?;
        // Beside one who reads alone nobody can look.
        let after = if tx.is_alone || before.is_none() { None } else { Some(self.version()?) };
        Ok((tx, before.filter(|before| Some(*before) == after)))
    }
}

impl Pool {
    /// A connection of its own is asked, which never writes: SQLite does not count what a connection
    /// commits itself.
    fn version(&self) -> Result<Version, DatabaseError> {
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        let Watcher { connection, opened } = &mut *watcher;
        let connection = if let Some(connection) = connection {
            connection
        } else {
            *opened += 1;
            connection.insert(self.connect()?)
        };
        let counted = connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .doing("look whether something was committed")?;
        Ok(Version { opened: *opened, counted })
    }
}

#[cfg(test)]
mod tests {
    use crate::artifact::Moment;
    use crate::create::CreateOptions;
    use crate::{OpenOptions, Repo};

    #[test]
    fn every_commit_makes_another_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let now = Moment::parse(b"2024-01-02").unwrap();
        let options = CreateOptions::new("alice", now);
        Repo::create(&path, &options, &mut |bytes| bytes.fill(1)).unwrap();
        for serve in [false, true] {
            let repo = OpenOptions::new().serve(serve).open(&path).unwrap();
            let other = Repo::open(&path).unwrap();
            // The first write may change the journal mode, which counts.
            drop(repo.write().unwrap());
            let mut last = repo.version().unwrap();
            for (writer, value) in [(&repo, "1"), (&other, "2"), (&repo, "3"), (&other, "4")] {
                assert_eq!(repo.version().unwrap(), last);
                let tx = writer.write().unwrap();
                tx.set_setting("motd", value, now).unwrap();
                assert_eq!(repo.version().unwrap(), last, "not yet");
                tx.commit().unwrap();
                let (tx, version) = repo.read_version().unwrap();
                assert_eq!(tx.setting("motd").unwrap().as_deref(), Some(value));
                assert_eq!(version, Some(repo.version().unwrap()));
                assert_ne!(version, Some(last));
                last = repo.version().unwrap();
            }
            repo.settle().unwrap();
            assert_ne!(repo.version().unwrap(), last, "nobody has watched in between");
        }
    }
}
