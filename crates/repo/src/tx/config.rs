//! Rows of the configuration, as they travel. What may travel is decided in [`crate::config`].

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::error::{DatabaseError, Doing as _};
use super::{ReadTx, WriteTx};
use crate::config::{Record, Table, Value};

/// Which rows of a table: those that were last changed at a time, or later.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Select<'a> {
    /// All of them.
    Since(i64),
    /// Those whose email address has been verified.
    Verified(i64),
    /// The one with this key.
    Named(&'a str, i64),
    /// Those whose key begins so.
    Prefixed(&'a str, i64),
}

impl Select<'_> {
    /// A condition, and what its parameters stand for.
    fn condition(&self, key: &str) -> (String, i64, Option<String>) {
        let changed = "mtime >= ?1";
        match *self {
            Self::Since(since) => (changed.to_owned(), since, None),
            Self::Verified(since) => (format!("{changed} AND sverified"), since, None),
            Self::Named(name, since) => {
                (format!("{changed} AND {key} = ?2"), since, Some(name.to_owned()))
            }
            Self::Prefixed(prefix, since) => {
                (format!("{changed} AND {key} GLOB ?2"), since, Some(format!("{prefix}*")))
            }
        }
    }
}

impl ReadTx {
    /// Rows as text: the time, the key and the fields, the latter two in SQL notation. `visit`
    /// says whether to go on.
    pub(crate) fn quoted_rows(
        &self,
        table: &Table,
        select: Select<'_>,
        visit: &mut dyn FnMut(&[Vec<u8>]) -> bool,
    ) -> Result<(), DatabaseError> {
        let doing = "read the configuration";
        let (condition, since, key) = select.condition(table.key);
        let columns: Vec<String> = std::iter::once(&table.key)
            .chain(table.fields)
            .map(|column| match *column {
                "jx" => self.extra_column(table.name),
                column => Ok(format!("quote({column})")),
            })
            .collect::<Result<_, _>>()?;
        let sql = format!(
            "SELECT CAST(mtime AS TEXT), {} FROM \"{}\" WHERE {condition}",
            columns.join(", "),
            table.name
        );
        let run = || -> rusqlite::Result<()> {
            let mut statement = self.prepare(&sql)?;
            let mut rows = match key {
                Some(key) => statement.query((since, key))?,
                None => statement.query([since])?,
            };
            while let Some(row) = rows.next()? {
                let text =
                    |column| row.get_ref(column).map(|value| value.as_bytes().map(<[u8]>::to_vec));
                let row = (0..=columns.len())
                    .map(|column| Ok(text(column)?.unwrap_or_default()))
                    .collect::<rusqlite::Result<Vec<_>>>()?;
                if !visit(&row) {
                    break;
                }
            }
            Ok(())
        };
        run().doing(doing)
    }

    /// Repositories made before Fossil 2.20 may have no column `jx`.
    fn extra_column(&self, table: &str) -> Result<String, DatabaseError> {
        let there = self.has_column(table, "jx")?;
        Ok(if there { "quote(jx)" } else { "'NULL'" }.to_owned())
    }

    /// Whether there is a table of this name.
    pub(crate) fn has_table(&self, table: &str) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        Ok(self.first("look for a table", sql, [table], |_| Ok(()))?.is_some())
    }

    fn has_column(&self, table: &str, column: &str) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2";
        Ok(self.first("look for a column", sql, [table, column], |_| Ok(()))?.is_some())
    }
}

const DOING: &str = "change the configuration";

/// The tables that Fossil makes when there is first a need to tell someone of news.
const SUBSCRIBERS: &str = include_str!("../schema/subscribers.sql");

impl WriteTx {
    /// Takes in a row if there is none with its key, or an older one; in any case if it is to
    /// `replace` what is here. Says whether anything has changed.
    pub(crate) fn merge_record(
        &self,
        table: &Table,
        record: &Record<'_>,
        replace: bool,
    ) -> Result<bool, DatabaseError> {
        let Table { name, key, .. } = table;
        let columns: Vec<&str> = record.fields.iter().map(|(column, _)| *column).collect();
        let listed = [&[key, "mtime"], &*columns].concat().join(", ");
        let places: Vec<String> = (1..=columns.len() + 2).map(|at| format!("?{at}")).collect();
        let or = if replace { "REPLACE" } else { "IGNORE" };
        let insert =
            format!("INSERT OR {or} INTO \"{name}\"({listed}) VALUES({})", places.join(", "));
        let mut values: Vec<&dyn ToSql> = vec![&record.key, &record.mtime];
        values.extend(record.fields.iter().map(|(_, value)| -> &dyn ToSql { value }));
        if self.execute(DOING, &insert, &*values)? > 0 {
            return Ok(true);
        }
        let columns = ["mtime"].into_iter().chain(columns).zip(2..);
        let set: Vec<String> = columns.map(|(column, at)| format!("{column} = ?{at}")).collect();
        let update =
            format!("UPDATE \"{name}\" SET {} WHERE {key} = ?1 AND mtime < ?2", set.join(", "));
        Ok(self.execute(DOING, &update, &*values)? > 0)
    }

    /// Forgets all rows of a table.
    pub(crate) fn empty_table(&self, table: &Table) -> Result<(), DatabaseError> {
        self.execute_all(DOING, &format!("DELETE FROM \"{}\"", table.name))
    }

    /// Adds the column that old repositories lack.
    pub(crate) fn ensure_columns(&self, table: &Table) -> Result<(), DatabaseError> {
        if table.fields.contains(&"jx") && !self.has_column(table.name, "jx")? {
            let sql = format!("ALTER TABLE \"{}\" ADD COLUMN jx TEXT DEFAULT '{{}}'", table.name);
            self.execute_all(DOING, &sql)?;
        }
        Ok(())
    }

    /// Makes the tables for subscribers, if they are not there.
    pub(crate) fn ensure_subscribers(&self) -> Result<(), DatabaseError> {
        if self.has_table("subscriber")? {
            return Ok(());
        }
        self.execute_all(DOING, SUBSCRIBERS)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
