//! Reading a file that keeps a write-ahead log when the disk has no room for its index.
//!
//! Connections share an index of the log, a file of their own that lies beside the log and goes with
//! the last of them. A disk that is full has no place for a new one. Who has the file alone needs none:
//! SQLite then keeps the index in memory. So one after the other can read, and nobody writes, until
//! there is room again.

use std::sync::Arc;

use rusqlite::Connection;

use super::error::{DatabaseError, Doing as _};
use super::pool::{Access, Pool, PoolOptions, connect};
use super::{BEGINNING, ReadTx};

impl ReadTx {
    /// Begins to read with nobody beside. `why` is why it cannot be done as usual, and is what is told
    /// if others use the file.
    pub(super) fn begin_alone(pool: &Arc<Pool>, why: DatabaseError) -> Result<Self, DatabaseError> {
        // They hold on to the file without being of any use.
        pool.close_idle();
        let begun = pool.connect_alone().and_then(|connection| {
            connection.execute_batch("BEGIN").doing(BEGINNING)?;
            let mut tx = Self::on(connection, pool);
            tx.is_alone = true;
            tx.identity()?;
            Ok(tx)
        });
        begun.map_err(|_| why)
    }
}

impl Pool {
    /// A connection that takes the file for itself when it reads. It has to be closed afterwards: it
    /// cannot go back to sharing the file.
    fn connect_alone(&self) -> Result<Connection, DatabaseError> {
        connect(
            self.path(),
            PoolOptions { access: Access::ReadWrite, alone: true, ..self.options() },
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::OpenOptions;
    use crate::artifact::Moment;
    use crate::create::CreateOptions;
    use crate::tx::{DatabaseError, ReadTx};

    fn why() -> DatabaseError {
        DatabaseError::busy("share the file")
    }

    #[test]
    fn who_reads_alone_sees_the_log_and_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it.fossil");
        let options = CreateOptions::new("alice", Moment::since_1970(1_700_000_000_000));
        drop(crate::Repo::create(&path, &options, &mut |bytes| bytes.fill(1)).unwrap());
        let impatient = OpenOptions::new().patience(Duration::from_millis(50));
        let repo = impatient.serve(true).open(&path).unwrap();
        let now = Moment::since_1970(1_700_000_001_000);
        let tx = repo.write().unwrap();
        tx.set_setting("project-name", "in the log", now).unwrap();
        tx.commit().unwrap();
        // Somebody else is there, who shares.
        let other = OpenOptions::new().open(&path).unwrap();
        let reading = other.read().unwrap();
        assert!(ReadTx::begin_alone(repo.pool(), why()).is_err());
        drop((reading, other));
        for _ in 0..2 {
            let tx = ReadTx::begin_alone(repo.pool(), why()).unwrap();
            assert_eq!(tx.setting("project-name").unwrap().as_deref(), Some("in the log"));
            assert!(!folder.path().join("it.fossil-shm").exists());
        }
        // Everyone shares again.
        let tx = repo.write().unwrap();
        tx.set_setting("project-name", "after", now).unwrap();
        tx.commit().unwrap();
        let [one, two] = [repo.read().unwrap(), repo.read().unwrap()];
        assert_eq!(one.setting("project-name").unwrap(), two.setting("project-name").unwrap());
    }
}
