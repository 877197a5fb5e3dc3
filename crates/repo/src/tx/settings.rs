//! Settings: rows of `config`.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::error::DatabaseError;
use super::{ReadTx, WriteTx};
use crate::setting::Setting;

const DOING: &str = "read a setting";
const CHANGING: &str = "change a setting";

impl ReadTx {
    /// The value of a setting of the repository.
    pub fn setting(&self, name: &str) -> Result<Option<String>, DatabaseError> {
        let sql = "SELECT value FROM config WHERE name = ?1";
        Ok(self.first(DOING, sql, [name], |row| optional_text(row, 0))?.flatten())
    }

    /// A setting with the time of its last change.
    pub(crate) fn setting_row(&self, name: &str) -> Result<Option<Setting>, DatabaseError> {
        let sql = "SELECT name, value, mtime FROM config WHERE name = ?1";
        self.first(DOING, sql, [name], setting)
    }

    /// The settings whose names begin so, in their order.
    pub(crate) fn setting_rows(&self, prefix: &str) -> Result<Vec<Setting>, DatabaseError> {
        let sql = "SELECT name, value, mtime FROM config \
                   WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name";
        self.all("read the settings", sql, [prefix], setting)
    }

    /// The hash policy, as a number; `None` if none is set.
    pub(crate) fn hash_policy_number(&self) -> Result<Option<i64>, DatabaseError> {
        let sql = "SELECT CAST(value AS INTEGER) FROM config WHERE name = 'hash-policy'";
        Ok(self.first(DOING, sql, [], |row| row.get(0))?.flatten())
    }

    /// Whether there is an artifact with a name of so many digits.
    pub(crate) fn has_name_of_len(&self, digits: usize) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM blob WHERE length(uuid) = ?1 LIMIT 1";
        let digits = i64::try_from(digits).unwrap_or(i64::MAX);
        Ok(self.first("look for names", sql, [digits], |_| Ok(()))?.is_some())
    }
}

impl WriteTx {
    /// Gives a setting a value.
    pub(crate) fn put_setting(
        &self,
        name: &str,
        value: &str,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO config(name, value, mtime) VALUES(?1, ?2, ?3)";
        self.execute(CHANGING, sql, (name, value, now))?;
        Ok(())
    }

    /// Takes a setting away. Says whether there was one.
    pub(crate) fn delete_setting(&self, name: &str) -> Result<bool, DatabaseError> {
        Ok(self.execute(CHANGING, "DELETE FROM config WHERE name = ?1", [name])? > 0)
    }

    /// Changes the hash policy if it has a certain value.
    pub(crate) fn replace_hash_policy(
        &self,
        old: i64,
        new: i64,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let sql = "UPDATE config SET value = ?2, mtime = ?3 \
                   WHERE name = 'hash-policy' AND CAST(value AS INTEGER) = ?1";
        self.execute("change the hash policy", sql, (old, new, now))?;
        Ok(())
    }
}

fn setting(row: &Row<'_>) -> rusqlite::Result<Setting> {
    Ok(Setting {
        name: text(row, 0)?,
        value: optional_text(row, 1)?,
        mtime: optional_number(row, 2)?,
    })
}

/// Text, whatever the type of what is stored. What is no UTF-8 is replaced: a peer may have sent it.
pub(super) fn optional_text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    })
}

/// The same, with nothing taken for an empty text.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(optional_text(row, column)?.unwrap_or_default())
}

/// A whole number, if there is one.
pub(super) fn optional_number(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<i64>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => Some(number),
        _ => None,
    })
}
