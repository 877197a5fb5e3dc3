//! Rows of artifacts, written. What may be written is decided in [`crate::receive`].

use outcrop_format::hash::HashName;
use outcrop_format::planted;

use super::WriteTx;
use super::blobs::rid;
use super::error::DatabaseError;
use crate::artifact::Moment;
use crate::id::Rid;

const DOING: &str = "store an artifact";

impl WriteTx {
    /// A row for an artifact that has none. It is without content yet.
    pub(crate) fn add_blob(&self, name: &HashName) -> Result<Rid, DatabaseError> {
        let sql = "INSERT INTO blob(rcvid, size, uuid, content) VALUES(0, -1, ?1, NULL) \
                   RETURNING rid";
        self.only(DOING, sql, [&*name.to_hex()], |row| rid(row, 0))
    }

    /// A row for an artifact whose content has come: an envelope of `size` bytes, or of a delta that
    /// makes as many. `None` if the artifact has a row already.
    pub(crate) fn add_whole_blob(
        &self,
        name: &HashName,
        delivery: i64,
        size: usize,
        stored: &[u8],
    ) -> Result<Option<Rid>, DatabaseError> {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let sql = "INSERT OR IGNORE INTO blob(rcvid, size, uuid, content) VALUES(?1, ?2, ?3, ?4)";
        let added = self.insert_new(DOING, sql, (delivery, size, &*name.to_hex(), stored))?;
        Ok(added.and_then(Rid::new))
    }

    /// Records what new artifacts apply to.
    pub(crate) fn set_first_sources(&self, sources: &[(Rid, Rid)]) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO delta(rid, srcid) VALUES(?1, ?2)";
        let rows = sources.iter().map(|(rid, source)| (rid.get(), source.get()));
        self.execute_each(DOING, sql, rows)
    }

    /// Makes a phantom of a row whose content has turned out to be wrong, or is to go.
    pub(crate) fn make_phantom(&self, rid: Rid) -> Result<(), DatabaseError> {
        self.drop_expanded();
        let sql = "UPDATE blob SET rcvid = 0, size = -1, content = NULL WHERE rid = ?1";
        self.execute(DOING, sql, [rid.get()])?;
        self.execute(DOING, "DELETE FROM delta WHERE rid = ?1", [rid.get()])?;
        self.note_phantom(rid)
    }

    fn note_phantom(&self, rid: Rid) -> Result<(), DatabaseError> {
        if planted!(DropPhantom) {
            return Ok(());
        }
        let sql = "INSERT OR IGNORE INTO phantom(rid) VALUES(?1)";
        self.execute(DOING, sql, [rid.get()])?;
        Ok(())
    }

    /// Gives a row its content: an envelope of `size` bytes, or of a delta that makes as many out
    /// of `source`.
    pub(crate) fn fill_blob(
        &self,
        rid: Rid,
        delivery: i64,
        size: usize,
        stored: &[u8],
        source: Option<Rid>,
    ) -> Result<(), DatabaseError> {
        // Limits keep the size far below 2^63.
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let sql = "UPDATE blob SET rcvid = ?2, size = ?3, content = ?4 WHERE rid = ?1";
        self.execute(DOING, sql, (rid.get(), delivery, size, stored))?;
        self.execute(DOING, "DELETE FROM phantom WHERE rid = ?1", [rid.get()])?;
        self.set_source(rid, source)
    }

    /// Replaces the stored bytes of an artifact by its content, whole.
    pub(crate) fn store_whole(&self, rid: Rid, stored: &[u8]) -> Result<(), DatabaseError> {
        let sql = "UPDATE blob SET content = ?2 WHERE rid = ?1";
        self.execute(DOING, sql, (rid.get(), stored))?;
        self.set_source(rid, None)
    }

    /// Replaces the stored bytes of an artifact by a delta of the same content.
    pub(crate) fn store_as_delta(
        &self,
        rid: Rid,
        stored: &[u8],
        source: Rid,
    ) -> Result<(), DatabaseError> {
        let sql = "UPDATE blob SET content = ?2 WHERE rid = ?1";
        self.execute(DOING, sql, (rid.get(), stored))?;
        self.set_source(rid, Some(source))
    }

    fn set_source(&self, rid: Rid, source: Option<Rid>) -> Result<(), DatabaseError> {
        match source {
            Some(source) => {
                let sql = "REPLACE INTO delta(rid, srcid) VALUES(?1, ?2)";
                self.execute(DOING, sql, (rid.get(), source.get()))?;
            }
            None => {
                self.execute(DOING, "DELETE FROM delta WHERE rid = ?1", [rid.get()])?;
            }
        }
        Ok(())
    }

    /// Keeps an artifact from those who may not see what is private.
    pub(crate) fn make_private(&self, rid: Rid) -> Result<(), DatabaseError> {
        let sql = "INSERT OR IGNORE INTO private(rid) VALUES(?1)";
        self.execute(DOING, sql, [rid.get()])?;
        Ok(())
    }

    /// Lets everyone see an artifact. What was private is announced from now on, as it would be
    /// after a rebuild.
    pub(crate) fn make_public(&self, rid: Rid) -> Result<(), DatabaseError> {
        if self.execute(DOING, "DELETE FROM private WHERE rid = ?1", [rid.get()])? > 0 {
            self.make_unclustered(rid)?;
        }
        Ok(())
    }

    /// Announces an artifact until a cluster names it.
    pub(crate) fn make_unclustered(&self, rid: Rid) -> Result<(), DatabaseError> {
        let sql = "INSERT OR IGNORE INTO unclustered(rid) VALUES(?1)";
        self.execute(DOING, sql, [rid.get()])?;
        Ok(())
    }

    /// A row for an artifact that is known by name only.
    pub(crate) fn add_phantom(&self, name: &HashName, private: bool) -> Result<Rid, DatabaseError> {
        let rid = if self.is_beside() { self.add_blob_beside(name)? } else { self.add_blob(name)? };
        self.note_phantom(rid)?;
        if private {
            self.make_private(rid)?;
        } else {
            self.make_unclustered(rid)?;
        }
        Ok(rid)
    }

    /// Makes an artifact private that was not. It is announced no more.
    pub(crate) fn hide(&self, rid: Rid) -> Result<(), DatabaseError> {
        self.make_private(rid)?;
        self.make_clustered(rid)
    }

    /// Announces an artifact no more: a cluster names it.
    pub(crate) fn make_clustered(&self, rid: Rid) -> Result<(), DatabaseError> {
        self.execute(DOING, "DELETE FROM unclustered WHERE rid = ?1", [rid.get()])?;
        Ok(())
    }

    /// A row that tells where artifacts came from.
    pub(crate) fn add_delivery(
        &self,
        user: Option<i64>,
        at: Moment,
        nonce: Option<&str>,
        address: Option<&str>,
    ) -> Result<i64, DatabaseError> {
        let sql = "INSERT INTO rcvfrom(uid, mtime, nonce, ipaddr) VALUES(?1, ?2, ?3, ?4)";
        self.insert(
            "record where artifacts come from",
            sql,
            (user.unwrap_or(0), at.julian_day(), nonce, address),
        )
    }
}
