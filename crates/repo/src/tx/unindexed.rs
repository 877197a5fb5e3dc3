//! The indexes over content, made when all of a clone has come.
//!
//! The index over names is in no order: each artifact touches another page of it, which has to be read,
//! kept for a rollback, and written with every commit. Made from all names at once, it takes a fraction
//! of the time, and less room.
//!
//! But it belongs to the definition of its table, and SQLite has no statement to add it later. So the
//! table is defined without it at first, an index of the same kind is made in the end, and both are
//! called what they are called in every other repository.

use rusqlite::config::DbConfig;

use super::error::{DatabaseError, Doing as _};
use super::{ReadTx, WriteTx};

const DOING: &str = "index the artifacts";

/// How the names of artifacts are defined, and how they are without an index.
const INDEXED: &str = "uuid TEXT UNIQUE NOT NULL";
const PLAIN: &str = "uuid TEXT NOT NULL";

const DELTA_INDEX: &str = "CREATE INDEX delta_i1 ON delta(srcid)";

impl ReadTx {
    fn definition_of_blobs(&self) -> Result<String, DatabaseError> {
        let sql = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'blob'";
        self.only(DOING, sql, [], |row| row.get(0))
    }
}

impl WriteTx {
    /// Removes the indexes over artifacts, of which there are none yet. Gives whether it did: not if
    /// there are some.
    pub(crate) fn drop_content_indexes(&self) -> Result<bool, DatabaseError> {
        let anything = self.first(DOING, "SELECT 1 FROM blob LIMIT 1", [], |_| Ok(()))?;
        let definition = self.definition_of_blobs()?;
        if anything.is_some() || !definition.contains(INDEXED) {
            return Ok(false);
        }
        let plain = definition.replacen(INDEXED, PLAIN, 1);
        self.execute_all(DOING, &format!("DROP TABLE blob; {plain}; DROP INDEX delta_i1"))?;
        Ok(true)
    }

    /// Makes the indexes over the artifacts of a clone, unless they are there. No two of them may have one
    /// name.
    pub fn index_artifacts(&self) -> Result<(), DatabaseError> {
        let definition = self.definition_of_blobs()?;
        if !definition.contains(PLAIN) {
            return Ok(());
        }
        self.make_indexes(|tx| {
            tx.execute_all(DOING, "CREATE UNIQUE INDEX made_late ON blob(uuid)")?;
            tx.execute_all(DOING, DELTA_INDEX)
        })?;
        self.guard_schema(false)?;
        let made = self.define_with_index(&definition.replacen(PLAIN, INDEXED, 1));
        // From here on SQLite goes by what was written.
        self.guard_schema(true)?;
        made
    }

    /// Whether SQLite keeps the definitions of tables from being written to. Usually it does.
    fn guard_schema(&self, guards: bool) -> Result<(), DatabaseError> {
        let writable = if guards { "RESET" } else { "ON" };
        let defensive = DbConfig::SQLITE_DBCONFIG_DEFENSIVE;
        self.live().and_then(|live| live.set_db_config(defensive, guards)).doing(DOING)?;
        self.execute_all(DOING, &format!("PRAGMA writable_schema = {writable}"))
    }

    fn define_with_index(&self, definition: &str) -> Result<(), DatabaseError> {
        let sql = "UPDATE sqlite_schema SET name = 'sqlite_autoindex_blob_1', sql = NULL \
                   WHERE type = 'index' AND name = 'made_late'";
        self.execute(DOING, sql, [])?;
        let sql = "UPDATE sqlite_schema SET sql = ?1 WHERE type = 'table' AND name = 'blob'";
        self.execute(DOING, sql, [definition])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use outcrop_format::envelope;
    use outcrop_format::hash::HashName;
    use rusqlite::Connection;

    use crate::Repo;
    use crate::artifact::Moment;
    use crate::create::{CreateOptions, PartialClone};
    use crate::receive::{Arrival, Incoming, Origin, Payload};
    use crate::tx::DeltaLink;

    fn now() -> Moment {
        Moment::parse(b"2024-05-06T07:08:09").unwrap()
    }

    /// How the tables look, and what SQLite itself thinks of them.
    fn looks(path: &Path) -> (Vec<String>, Vec<String>, String) {
        let file = Connection::open(path).unwrap();
        let all = |sql: &str| -> Vec<String> {
            let mut statement = file.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let schema = "SELECT type || name || tbl_name || ifnull(sql, '') FROM sqlite_schema \
                      WHERE tbl_name IN ('blob', 'delta') ORDER BY 1";
        let indexes = "SELECT name || origin || \"unique\" FROM pragma_index_list('blob')";
        (all(schema), all(indexes), all("PRAGMA integrity_check").join(" "))
    }

    #[test]
    fn a_clone_that_is_indexed_late_looks_like_all_others() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("clone"), folder.path().join("other"));
        let options = CreateOptions::new("alice", now());
        Repo::create(&other, &options, &mut |bytes| bytes.fill(1)).unwrap();
        let start = PartialClone { protocol: 3, seqno: 1, server_code: None };
        let repo = Repo::begin_clone(&path, "alice", &start, now(), &mut |_| {}).unwrap();

        let tx = repo.write().unwrap();
        let names = tx.index_later().unwrap();
        assert!(names.is_some());
        assert!(tx.index_later().unwrap().is_none(), "the index is gone already");
        let (old, new) = (b"one line\n".repeat(20), b"one line\n".repeat(21));
        let (old_name, new_name) = (HashName::sha3_of(&old), HashName::sha3_of(&new));
        let delta = envelope::seal(&crate::delta::create(&new, &old)).unwrap();
        let whole = envelope::seal(&new).unwrap();
        let origin = Origin { user: None, at: now(), nonce: None, address: None };
        let mut receiver = tx.receiver(origin.clone()).of_clone(names);
        let mut stow = |name, source, sealed: &[u8], size| {
            let payload = Payload::Sealed(sealed);
            let incoming = Incoming { name, source, payload, private: false };
            let receipt = receiver.stow(&incoming, size).unwrap();
            if receipt.rid.get() == 1 {
                let mut names = receiver.names().unwrap();
                names.settle(&tx).unwrap();
                receiver = tx.receiver(origin.clone()).of_clone(Some(names));
            }
            (receipt.rid.get(), receipt.arrival)
        };
        assert_eq!(stow(old_name, Some(new_name), &delta, old.len()), (1, Arrival::Stored));
        // It is a phantom by now.
        assert_eq!(stow(new_name, None, &whole, new.len()), (2, Arrival::Stored));
        assert_eq!(stow(new_name, None, &whole, new.len()), (2, Arrival::Known));
        let waits = HashName::sha3_of(b"more");
        assert_eq!(stow(waits, Some(HashName::sha3_of(b"to come")), &delta, 9).0, 3);
        let mut names = receiver.names();
        drop(receiver);
        names.as_mut().unwrap().settle(&tx).unwrap();
        // What is known of them is what stands in the file.
        let links = tx.links_of(names.as_ref().unwrap()).unwrap();
        let told = |links: Vec<DeltaLink>| {
            let links = links.into_iter();
            links.map(|link| (link.rid, link.size < 0, link.source)).collect::<Vec<_>>()
        };
        assert_eq!(told(links), told(tx.delta_links().unwrap()));
        tx.commit().unwrap();
        assert!(looks(&path).1.is_empty());

        // Artifacts that come otherwise are looked up in the file.
        let tx = repo.write().unwrap();
        let mut receiver = tx.receiver(origin).of_clone(names);
        let payload = Payload::Plain(&old);
        let incoming = Incoming { name: old_name, source: None, payload, private: false };
        assert_eq!(receiver.receive(&incoming).unwrap().arrival, Arrival::Known);
        assert!(receiver.names().is_none());
        drop(receiver);
        tx.set_setting("project-code", &"cd".repeat(20), now()).unwrap();
        let completed = tx.complete_clone(None, now(), &mut |_| {}, |_| {}).unwrap();
        assert!(completed.refuted.is_empty());
        tx.commit().unwrap();

        let (made, expected) = (looks(&path), looks(&other));
        assert_eq!(made, expected);
        assert_eq!((made.1.len(), &*made.2), (1, "ok"));
        let tx = Repo::open(&path).unwrap().read().unwrap();
        assert_eq!(tx.content(tx.rid_of(&old_name).unwrap().unwrap()).unwrap(), old);
    }
}
