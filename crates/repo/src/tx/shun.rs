//! Names that are not wanted: rows of `shun`; and the artifacts that leave because of them.

use outcrop_format::hash::HashName;
use rusqlite::Row;

use super::blobs::{name, rid};
use super::error::DatabaseError;
use super::settings::{optional_number, text};
use super::{ReadTx, WriteTx};
use crate::id::Rid;
use crate::shun::Shunned;

const DOING: &str = "change what is shunned";
const REMOVING: &str = "remove a shunned artifact";

impl ReadTx {
    /// All names that are not wanted, in their order. What is no name is left out: nothing can ever
    /// have it.
    pub fn shunned(&self) -> Result<Vec<Shunned>, DatabaseError> {
        let sql = "SELECT uuid, mtime, scom FROM shun ORDER BY uuid";
        let all = self.all("list what is shunned", sql, [], |row| {
            name(row, 0).ok().map(|name| shunned(name, row)).transpose()
        })?;
        Ok(all.into_iter().flatten().collect())
    }

    /// Whether anything is shunned.
    pub(crate) fn has_shunned(&self) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM shun LIMIT 1";
        Ok(self.first("look up what is shunned", sql, [], |_| Ok(()))?.is_some())
    }

    /// Artifacts, and phantoms, that are here though they are not wanted.
    pub(crate) fn unwanted(&self) -> Result<Vec<(Rid, HashName)>, DatabaseError> {
        // In the other order SQLite would go through all artifacts.
        let sql = "SELECT b.rid, b.uuid FROM shun s CROSS JOIN blob b ON b.uuid = s.uuid \
                   ORDER BY b.rid";
        self.all("look for shunned artifacts", sql, [], |row| Ok((rid(row, 0)?, name(row, 1)?)))
    }
}

impl WriteTx {
    /// Adds a name, unless it is there. Says whether it was added.
    pub(crate) fn insert_shun(
        &self,
        name: &HashName,
        comment: Option<&str>,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        let sql = "INSERT OR IGNORE INTO shun(uuid, mtime, scom) VALUES(?1, ?2, ?3)";
        Ok(self.execute(DOING, sql, (&*name.to_hex(), now, comment))? > 0)
    }

    /// Takes a name away. Says whether it was there.
    pub(crate) fn delete_shun(&self, name: &HashName) -> Result<bool, DatabaseError> {
        let sql = "DELETE FROM shun WHERE uuid = ?1";
        Ok(self.execute(DOING, sql, [&*name.to_hex()])? > 0)
    }

    /// Hides what an artifact of this name has brought to the timeline, to the attachments and to
    /// the tickets.
    pub(crate) fn hide_artifact(&self, name: &HashName) -> Result<(), DatabaseError> {
        let name = name.to_hex();
        for sql in [
            "DELETE FROM attachment WHERE src = ?1",
            "DELETE FROM event WHERE objid = (SELECT rid FROM blob WHERE uuid = ?1)",
            "DELETE FROM ticket WHERE tkt_uuid = ?1",
            "DELETE FROM tagxref WHERE tagid = \
             (SELECT tagid FROM tag WHERE tagname = 'tkt-' || ?1)",
            "DELETE FROM tag WHERE tagname = 'tkt-' || ?1",
        ] {
            self.execute(DOING, sql, [&*name])?;
        }
        Ok(())
    }

    /// Removes the row of an artifact, and its rows in the tables that tell how it is stored and
    /// who is to get it.
    pub(crate) fn remove_blob(&self, rid: Rid) -> Result<(), DatabaseError> {
        self.drop_expanded();
        for sql in [
            "DELETE FROM delta WHERE rid = ?1",
            "DELETE FROM phantom WHERE rid = ?1",
            "DELETE FROM private WHERE rid = ?1",
            "DELETE FROM unclustered WHERE rid = ?1",
            "DELETE FROM unsent WHERE rid = ?1",
            "DELETE FROM blob WHERE rid = ?1",
        ] {
            self.execute(REMOVING, sql, [rid.get()])?;
        }
        Ok(())
    }
}

fn shunned(name: HashName, row: &Row<'_>) -> rusqlite::Result<Shunned> {
    let comment = Some(text(row, 2)?).filter(|comment| !comment.is_empty());
    Ok(Shunned { name, mtime: optional_number(row, 1)?, comment })
}
