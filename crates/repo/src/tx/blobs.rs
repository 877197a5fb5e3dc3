//! Rows of artifacts, looked up.

use bytes::Bytes;
use outcrop_format::hash::HashName;
use rusqlite::types::{Type, ValueRef};
use rusqlite::{Error, Params, Row};

use super::ReadTx;
use super::error::DatabaseError;
use crate::blob::{BlobRow, PrefixMatch, Standing};
use crate::id::Rid;
use crate::limits;

const BLOB_ROW: &str = "SELECT b.rid, b.uuid, b.size, d.srcid, \
     EXISTS(SELECT 1 FROM private p WHERE p.rid = b.rid), \
     EXISTS(SELECT 1 FROM shun s WHERE s.uuid = b.uuid) \
     FROM blob b LEFT JOIN delta d ON d.rid = b.rid WHERE ";

pub(super) const STANDING: &str = "SELECT b.rid, EXISTS(SELECT 1 FROM phantom p WHERE p.rid = b.rid), \
     EXISTS(SELECT 1 FROM private p WHERE p.rid = b.rid) FROM blob b WHERE b.uuid = ?1";

impl ReadTx {
    /// The row number of the artifact with this name, phantoms too.
    pub fn rid_of(&self, name: &HashName) -> Result<Option<Rid>, DatabaseError> {
        let sql = "SELECT rid FROM blob WHERE uuid = ?1";
        self.first("look up an artifact", sql, [&*name.to_hex()], |row| rid(row, 0))
    }

    /// The row of the artifact with this name.
    pub fn blob_named(&self, name: &HashName) -> Result<Option<BlobRow>, DatabaseError> {
        self.blob_where("b.uuid = ?1", [&*name.to_hex()])
    }

    /// How it stands with the artifact of this name; `None` if it has no row. All that is asked for is
    /// in an index, and in tables that are small.
    pub fn standing_of(&self, name: &HashName) -> Result<Option<Standing>, DatabaseError> {
        self.first("look up an artifact", STANDING, [&*name.to_hex()], |row| {
            Ok(Standing { rid: rid(row, 0)?, phantom: row.get(1)?, private: row.get(2)? })
        })
    }

    /// The row with this number.
    pub fn blob(&self, rid: Rid) -> Result<Option<BlobRow>, DatabaseError> {
        self.blob_where("b.rid = ?1", [rid.get()])
    }

    fn blob_where(
        &self,
        condition: &str,
        params: impl Params,
    ) -> Result<Option<BlobRow>, DatabaseError> {
        let sql = [BLOB_ROW, condition].concat();
        self.first("look up an artifact", &sql, params, |row| {
            Ok(BlobRow {
                rid: rid(row, 0)?,
                name: name(row, 1)?,
                size: u64::try_from(whole_number(row, 2)?).ok(),
                source: row.get::<_, Option<i64>>(3)?.and_then(Rid::new),
                private: row.get(4)?,
                shunned: row.get(5)?,
            })
        })
    }

    /// Which artifacts have a name that begins with `prefix`, in digits of either case.
    pub fn names_with_prefix(&self, prefix: &str) -> Result<PrefixMatch, DatabaseError> {
        let first = prefix.to_ascii_lowercase();
        if !first.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(PrefixMatch::None);
        }
        // No digit is past `f`.
        let end = format!("{first}g");
        let sql = "SELECT rid, uuid FROM blob WHERE uuid >= ?1 AND uuid < ?2 \
                   ORDER BY uuid LIMIT ?3";
        let found = self.all(
            "look up a prefix",
            sql,
            (first, end, i64::try_from(limits::AMBIGUOUS_NAMES).unwrap_or(i64::MAX)),
            |row| Ok((rid(row, 0)?, name(row, 1)?)),
        )?;
        Ok(match found.as_slice() {
            [] => PrefixMatch::None,
            [(rid, name)] => PrefixMatch::One(*rid, *name),
            many => PrefixMatch::Ambiguous(many.iter().map(|(_, name)| *name).collect()),
        })
    }

    /// The bytes as they are stored: an envelope of the content, or of a delta if the artifact has
    /// a source. `None` for a phantom, and if there is no such row.
    pub fn stored(&self, rid: Rid) -> Result<Option<Bytes>, DatabaseError> {
        let sql = "SELECT content FROM blob WHERE rid = ?1 AND size >= 0";
        let stored = self.first("read an artifact", sql, [rid.get()], |row| content(row, 0))?;
        Ok(stored.flatten())
    }

    /// Whether artifacts of this name are not wanted here.
    pub fn is_shunned(&self, name: &HashName) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM shun WHERE uuid = ?1";
        let found = self.first("look up a shunned name", sql, [&*name.to_hex()], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// The artifacts stored as a delta against this one.
    pub fn deltas_of(&self, source: Rid) -> Result<Vec<Rid>, DatabaseError> {
        let sql = "SELECT d.rid FROM delta d JOIN blob b ON b.rid = d.rid \
                   WHERE d.srcid = ?1 AND b.size >= 0 ORDER BY d.rid";
        self.all("look up the deltas of an artifact", sql, [source.get()], |row| rid(row, 0))
    }
}

/// A row number.
pub(super) fn rid(row: &Row<'_>, column: usize) -> rusqlite::Result<Rid> {
    let number = row.get(column)?;
    Rid::new(number).ok_or(Error::IntegralValueOutOfRange(column, number))
}

/// The name of an artifact.
pub(super) fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<HashName> {
    // What is no text is no name either.
    let bytes = row.get_ref(column)?.as_bytes().unwrap_or_default();
    HashName::parse(bytes)
        .map_err(|error| Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

/// A number; what is none counts as 0, as in Fossil.
pub(super) fn whole_number(row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => number,
        _ => 0,
    })
}

/// The stored bytes of an artifact. A number in their place is as good as nothing.
pub(super) fn content(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Bytes>> {
    let value = row.get_ref(column)?;
    Ok(value.as_bytes().ok().map(Bytes::copy_from_slice))
}
