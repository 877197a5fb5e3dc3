//! `tag` and `tagxref`: which artifacts have which tags.

use super::super::beside::{Numbering, numbering};
use super::super::blobs::whole_number;
use super::super::error::DatabaseError;
use super::super::{ReadTx, WriteTx};
use super::{AsText, Value, text, time, value};
use crate::id::Rid;

/// What a tag does to the artifact that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagKind {
    /// It says that the tag is not there.
    Cancelled,
    /// It is there, and not inherited.
    Single,
    /// It is there, and inherited by primary children.
    Propagating,
}

/// A tag of an artifact.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TagRow {
    pub(crate) tag: i64,
    pub(crate) kind: TagKind,
    /// The artifact that says so; 0 if the tag is inherited.
    pub(crate) source: i64,
    /// The artifact that was tagged, where the tag is inherited from.
    pub(crate) origin: i64,
    pub(crate) value: Option<Value>,
    pub(crate) mtime: f64,
}

const DOING: &str = "record tags";

const TAG_NAMES: Numbering = numbering!("tag", "tagid", "tagname");

impl TagKind {
    const fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Cancelled,
            1 => Self::Single,
            _ => Self::Propagating,
        }
    }

    const fn number(self) -> i64 {
        match self {
            Self::Cancelled => 0,
            Self::Single => 1,
            Self::Propagating => 2,
        }
    }
}

impl ReadTx {
    /// The number of a tag.
    pub(crate) fn tag_number(&self, name: &[u8]) -> Result<Option<i64>, DatabaseError> {
        let sql = "SELECT tagid FROM tag WHERE tagname = ?1";
        self.first("look up a tag", sql, [AsText(name)], |row| row.get(0))
    }

    /// Tags whose names begin so: their numbers and names.
    pub(crate) fn tags_named_from(
        &self,
        start: &[u8],
    ) -> Result<Vec<(i64, Vec<u8>)>, DatabaseError> {
        let sql = "SELECT tagid, tagname FROM tag \
                   WHERE substr(CAST(tagname AS BLOB), 1, length(?1)) = ?1 ORDER BY tagid";
        self.all("look up tags", sql, [start], |row| {
            Ok((whole_number(row, 0)?, row.get_ref(1)?.as_bytes().unwrap_or_default().to_vec()))
        })
    }

    /// All tags of an artifact.
    pub(crate) fn tag_rows(&self, rid: i64) -> Result<Vec<TagRow>, DatabaseError> {
        let sql = "SELECT tagid, tagtype, srcid, origid, value, mtime FROM tagxref WHERE rid = ?1";
        self.all("read the tags of an artifact", sql, [rid], |row| {
            Ok(TagRow {
                tag: whole_number(row, 0)?,
                kind: TagKind::from_number(whole_number(row, 1)?),
                source: whole_number(row, 2)?,
                origin: whole_number(row, 3)?,
                value: value(row, 4)?,
                mtime: time(row, 5)?.unwrap_or_default(),
            })
        })
    }

    /// The artifacts that have a tag, the oldest tag first.
    pub(crate) fn tagged(&self, tag: i64) -> Result<Vec<Rid>, DatabaseError> {
        let sql = "SELECT rid FROM tagxref WHERE tagid = ?1 ORDER BY mtime, rid";
        let rids = self.all("read what has a tag", sql, [tag], |row| whole_number(row, 0))?;
        Ok(rids.into_iter().filter_map(Rid::new).collect())
    }
}

impl WriteTx {
    /// A number for a tag that has none.
    pub(crate) fn add_tag(&self, name: &[u8]) -> Result<i64, DatabaseError> {
        self.insert(DOING, self.written.numbering(&TAG_NAMES), [AsText(name)])
    }

    /// Writes tags of artifacts, in place of those of the same name.
    pub(crate) fn put_tags<'r>(
        &self,
        rows: impl Iterator<Item = (i64, &'r TagRow)>,
    ) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO tagxref(tagid, tagtype, srcid, origid, value, mtime, rid) \
                   VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.execute_each(
            DOING,
            sql,
            rows.map(|(rid, row)| {
                let kind = row.kind.number();
                let value = text(row.value.as_ref());
                (row.tag, kind, row.source, row.origin, value, row.mtime, rid)
            }),
        )
    }

    /// Takes a tag off an artifact.
    pub(crate) fn remove_tag(&self, rid: i64, tag: i64) -> Result<(), DatabaseError> {
        let sql = "DELETE FROM tagxref WHERE rid = ?1 AND tagid = ?2";
        self.execute(DOING, sql, (rid, tag))?;
        Ok(())
    }
}
