//! Rows of unversioned files. What they mean is told in [`mod@crate::unversioned`].

use bytes::Bytes;
use outcrop_format::hash::HashName;
use outcrop_format::planted;
use rusqlite::Row;

use super::blobs::{content, name, whole_number};
use super::error::DatabaseError;
use super::{ReadTx, WriteTx};
use crate::artifact::Moment;
use crate::limits::UNVERSIONED_PAGE;
use crate::unversioned::UnversionedFile;

const READING: &str = "read unversioned files";
const WRITING: &str = "write an unversioned file";

/// As Fossil makes it when the first file comes.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS unversioned(
  uvid INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  rcvid INTEGER,
  mtime DATETIME,
  hash TEXT,
  sz INTEGER,
  encoding INT,
  content BLOB
)";

const FILE: &str = "SELECT name, mtime, hash, sz, content IS NOT NULL FROM unversioned ";

/// An unversioned file as it is stored.
pub(crate) struct StoredFile {
    pub(crate) hash: Option<HashName>,
    pub(crate) size: i64,
    /// Whether `content` is an envelope.
    pub(crate) sealed: bool,
    pub(crate) content: Option<Bytes>,
}

/// What a row is to hold.
pub(crate) struct NewFile<'a> {
    pub(crate) name: &'a str,
    pub(crate) delivery: i64,
    pub(crate) mtime: i64,
    pub(crate) hash: &'a HashName,
    pub(crate) size: usize,
    pub(crate) sealed: bool,
    pub(crate) content: &'a [u8],
}

impl ReadTx {
    /// Whether a file was ever stored here: Fossil makes the table late.
    pub(crate) fn has_unversioned(&self) -> Result<bool, DatabaseError> {
        let sql =
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND lower(name) = 'unversioned'";
        Ok(self.first(READING, sql, [], |_| Ok(()))?.is_some())
    }

    /// The row of one file.
    pub(crate) fn unversioned_row(
        &self,
        name: &str,
    ) -> Result<Option<UnversionedFile>, DatabaseError> {
        let sql = [FILE, "WHERE name = ?1"].concat();
        self.first(READING, &sql, [name], file)
    }

    /// The rows that follow the one of this name, in order of their names, as many as a page holds.
    pub(crate) fn unversioned_rows(
        &self,
        after: &str,
    ) -> Result<Vec<UnversionedFile>, DatabaseError> {
        let sql = [FILE, "WHERE name > ?1 ORDER BY name LIMIT ?2"].concat();
        self.all(READING, &sql, (after, page()), file)
    }

    /// What the hash of all files is made of: a page of names, each with its line.
    pub(crate) fn unversioned_lines(
        &self,
        after: &str,
    ) -> Result<Vec<(String, String)>, DatabaseError> {
        let sql = "SELECT name, \
                   printf('%s %s %s', name, datetime(mtime, 'unixepoch'), hash) || char(10) \
                   FROM unversioned WHERE hash IS NOT NULL AND name > ?1 ORDER BY name LIMIT ?2";
        self.all(READING, sql, (after, page()), |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// A file with its stored bytes.
    pub(crate) fn stored_unversioned(
        &self,
        file: &str,
    ) -> Result<Option<StoredFile>, DatabaseError> {
        let sql = "SELECT hash, sz, encoding, content FROM unversioned WHERE name = ?1";
        self.first(READING, sql, [file], |row| {
            Ok(StoredFile {
                hash: optional_name(row, 0)?,
                size: whole_number(row, 1)?,
                sealed: whole_number(row, 2)? != 0,
                content: content(row, 3)?,
            })
        })
    }

    /// Whether Fossil would choose SHA3 names for a repository that says nothing about it.
    pub(crate) fn prefers_sha3(&self) -> Result<bool, DatabaseError> {
        let sql = "SELECT EXISTS(SELECT 1 FROM blob WHERE length(uuid) > 40) \
                   OR NOT EXISTS(SELECT 1 FROM blob WHERE length(uuid) = 40)";
        self.only("look for SHA3 names", sql, [], |row| row.get(0))
    }
}

impl WriteTx {
    /// Makes the table if it is not there.
    pub(crate) fn make_unversioned(&self) -> Result<(), DatabaseError> {
        self.execute_all(WRITING, TABLE)
    }

    /// Writes a file in the place of whatever has its name.
    pub(crate) fn replace_unversioned(&self, file: &NewFile<'_>) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO unversioned(name, rcvid, mtime, hash, sz, encoding, content) \
                   VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        // Limits keep the size far below 2^63.
        let size = i64::try_from(file.size).unwrap_or(i64::MAX);
        let (name, hash) = (file.name, file.hash.to_hex());
        let params =
            (name, file.delivery, file.mtime, &*hash, size, i64::from(file.sealed), file.content);
        self.execute(WRITING, sql, params)?;
        self.forget_unversioned_hash()
    }

    /// Writes that a file is deleted, whether it was there or not.
    pub(crate) fn replace_by_tombstone(
        &self,
        name: &str,
        delivery: i64,
        mtime: i64,
    ) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO unversioned(name, rcvid, mtime, hash, sz, encoding, content) \
                   VALUES(?1, ?2, ?3, NULL, 0, 0, NULL) ON CONFLICT(name) DO UPDATE SET \
                   rcvid = ?2, mtime = ?3, hash = NULL, sz = 0, encoding = 0, content = NULL";
        self.execute(WRITING, sql, (name, delivery, mtime))?;
        self.forget_unversioned_hash()
    }

    /// Makes a tombstone of a file as `fossil uv rm` does it: with the origin and the encoding that
    /// it had. Says whether there was such a row.
    pub(crate) fn clear_unversioned(&self, name: &str, mtime: i64) -> Result<bool, DatabaseError> {
        let sql = "UPDATE unversioned SET hash = NULL, content = NULL, mtime = ?2, sz = 0 \
                   WHERE name = ?1";
        let cleared = self.execute(WRITING, sql, (name, mtime))? > 0;
        self.forget_unversioned_hash()?;
        Ok(cleared)
    }

    /// Gives a file another time. Says whether there was such a row.
    pub(crate) fn date_unversioned(&self, name: &str, mtime: i64) -> Result<bool, DatabaseError> {
        let sql = "UPDATE unversioned SET mtime = ?2 WHERE name = ?1";
        let dated = self.execute(WRITING, sql, (name, mtime))? > 0;
        self.forget_unversioned_hash()?;
        Ok(dated)
    }

    /// Removes a row without leaving a tombstone. Says whether there was such a row.
    pub(crate) fn remove_unversioned(&self, name: &str) -> Result<bool, DatabaseError> {
        let removed = self.execute(WRITING, "DELETE FROM unversioned WHERE name = ?1", [name])? > 0;
        self.forget_unversioned_hash()?;
        Ok(removed)
    }

    /// Keeps the hash of all files until one of them changes.
    pub(crate) fn keep_unversioned_hash(
        &self,
        hash: &HashName,
        at: Moment,
    ) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO config(name, value, mtime) VALUES('uv-hash', ?1, ?2)";
        self.execute(WRITING, sql, (&*hash.to_hex(), at.unix_millis() / 1000))?;
        Ok(())
    }

    fn forget_unversioned_hash(&self) -> Result<(), DatabaseError> {
        if planted!(StaleHash) {
            return Ok(());
        }
        self.execute(WRITING, "DELETE FROM config WHERE name = 'uv-hash'", [])?;
        Ok(())
    }
}

fn page() -> i64 {
    i64::try_from(UNVERSIONED_PAGE).unwrap_or(i64::MAX)
}

fn file(row: &Row<'_>) -> rusqlite::Result<UnversionedFile> {
    let hash = optional_name(row, 2)?;
    let size = u64::try_from(whole_number(row, 3)?).unwrap_or_default();
    let stored: bool = row.get(4)?;
    // Fossil stores an empty file that it receives as it stores one whose content is yet to come.
    let empty = size == 0 && hash.is_some_and(|hash| hash.verify(&[]));
    let held = hash.is_some() && (stored || empty);
    Ok(UnversionedFile { name: row.get(0)?, mtime: whole_number(row, 1)?, hash, size, held })
}

fn optional_name(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<HashName>> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => name(row, column).map(Some),
    }
}
