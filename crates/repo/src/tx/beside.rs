//! Rows derived beside the file, to be compared with those in it.
//!
//! Where a statement names a table without its schema, SQLite looks among the connection's own
//! temporary tables first. So the same statements that fill the tables of the file fill temporary
//! ones, if those are there: nothing is written to the file, and what is not derived is read from
//! it. What does not fit into memory goes to a temporary file, which SQLite removes.

use std::borrow::Cow;

use outcrop_format::hash::HashName;

use super::blobs::rid;
use super::error::DatabaseError;
use super::{ReadTx, WriteTx};
use crate::id::Rid;
use crate::limits;

/// Where rows are written that are derived from artifacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// To the file.
    InFile,
    /// To temporary tables.
    Beside,
}

/// The statements that give a name a number, in each place.
pub(super) struct Numbering {
    pub(super) in_file: &'static str,
    /// The number is the one that the name has in the file, if it has one there: so numbers in rows
    /// mean the same in both places.
    pub(super) beside: &'static str,
}

/// How the names in a column of a table are numbered by another.
macro_rules! numbering {
    ($table:literal, $number:literal, $name:literal) => {
        crate::tx::beside::Numbering {
            in_file: concat!("INSERT INTO ", $table, "(", $name, ") VALUES(?1)"),
            beside: concat!(
                "INSERT INTO temp.",
                $table,
                "(",
                $number,
                ", ",
                $name,
                ") SELECT coalesce( ",
                "(SELECT f.",
                $number,
                " FROM main.",
                $table,
                " f WHERE f.",
                $name,
                " = ?1 ",
                "AND f.",
                $number,
                " NOT IN (SELECT ",
                $number,
                " FROM temp.",
                $table,
                ")), ",
                "max(coalesce((SELECT max(",
                $number,
                ") FROM main.",
                $table,
                "), 0), ",
                "coalesce((SELECT max(",
                $number,
                ") FROM temp.",
                $table,
                "), 0)) + 1), ?1"
            ),
        }
    };
}
pub(super) use numbering;

const DOING: &str = "make tables beside the file";

/// What linking changes and a rebuild keeps, and new rows of artifacts.
const KEPT: &str = "\
    CREATE TEMP TABLE private(rid INTEGER PRIMARY KEY);
    INSERT OR IGNORE INTO temp.private SELECT rid FROM main.private WHERE typeof(rid) = 'integer';
    CREATE TEMP TABLE config(name TEXT PRIMARY KEY NOT NULL, value CLOB, mtime DATE);
    INSERT OR IGNORE INTO temp.config SELECT name, value, mtime FROM main.config;
    CREATE TEMP TABLE named_blob(rid INTEGER PRIMARY KEY, uuid TEXT UNIQUE NOT NULL);";

impl Written {
    /// The schema of the tables, as SQL has it.
    pub(super) const fn schema(self) -> &'static str {
        match self {
            Self::InFile => "main",
            Self::Beside => "temp",
        }
    }

    pub(super) const fn numbering(self, of: &Numbering) -> &'static str {
        match self {
            Self::InFile => of.in_file,
            Self::Beside => of.beside,
        }
    }

    /// One of our own statements, or several, to make tables in this place.
    pub(super) fn making(self, statements: &str) -> Cow<'_, str> {
        match self {
            Self::InFile => statements.into(),
            Self::Beside => statements.replace("CREATE TABLE ", "CREATE TEMP TABLE ").into(),
        }
    }

    /// A statement as SQLite has noted it, to make a table or an index in this place.
    pub(super) fn making_one(self, statement: &str) -> Cow<'_, str> {
        match (self, statement.strip_prefix("CREATE TABLE ")) {
            (Self::Beside, Some(table)) => format!("CREATE TEMP TABLE {table}").into(),
            // An index stands where its table does.
            _ => statement.into(),
        }
    }
}

impl ReadTx {
    /// Turns the view into one in which rows can be derived without a trace in the file. They are
    /// gone with the transaction.
    pub(crate) fn beside(mut self) -> Result<WriteTx, DatabaseError> {
        self.written = Written::Beside;
        let tx = WriteTx(self);
        let kibibytes = limits::DERIVED_CACHE / 1024;
        tx.execute_all(DOING, &format!("PRAGMA temp.cache_size = -{kibibytes}"))?;
        tx.execute_all(DOING, KEPT)?;
        Ok(tx)
    }

    /// The name of an artifact as it is recorded, and whether it has a row in the file.
    pub(crate) fn name_beside(&self, of: i64) -> Result<Option<(String, bool)>, DatabaseError> {
        let doing = "look up a name";
        let sql = "SELECT CAST(uuid AS TEXT) FROM blob WHERE rid = ?1";
        if let Some(Some(name)) = self.first(doing, sql, [of], |row| row.get(0))? {
            return Ok(Some((name, true)));
        }
        if self.written == Written::InFile {
            return Ok(None);
        }
        let sql = "SELECT uuid FROM temp.named_blob WHERE rid = ?1";
        let named = self.first(doing, sql, [of], |row| row.get(0))?;
        Ok(named.map(|name| (name, false)))
    }
}

impl WriteTx {
    /// Whether what is stored of artifacts must be left alone.
    pub(crate) fn is_beside(&self) -> bool {
        self.written == Written::Beside
    }

    /// A number for an artifact that is known by name only, and has no row in the file.
    pub(super) fn add_blob_beside(&self, name: &HashName) -> Result<Rid, DatabaseError> {
        let sql = "INSERT INTO temp.named_blob(rid, uuid) SELECT max( \
                   coalesce((SELECT max(rid) FROM temp.named_blob), 0), \
                   coalesce((SELECT max(rid) FROM main.blob), 0)) + 1, ?1 RETURNING rid";
        self.only(DOING, sql, [&*name.to_hex()], |row| rid(row, 0))
    }
}
