//! Two repository files told apart, row by row.
//!
//! Ids are local to a file, so every id is replaced by what it stands for: an artifact's hash, a
//! tag's or file's name, a ticket's own id, a login. Everything else is compared as it is stored,
//! type and all; dates, which are floating point, by their bits.

mod columns;
mod config;
mod differences;
mod names;
mod rows;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

pub use config::ConfigRows;
pub use differences::{Differences, TableDifference};

use names::Names;

/// What is compared beyond the tables that are always compared.
#[derive(Clone, Debug)]
#[non_exhaustive]
// Switches, each on its own.
#[allow(clippy::struct_excessive_bools)]
pub struct Options {
    /// The expanded bytes of every artifact and of every unversioned file.
    pub content: bool,
    /// Which artifact is stored as a delta of which.
    pub deltas: bool,
    /// Which names of tags exist, used or not.
    pub tag_names: bool,
    /// Which rows of `config`.
    pub config: ConfigRows,
    /// When rows of `config`, `user` and `reportfmt` were changed, which is not always synced, and
    /// when clusters were tagged, which is the time of the rebuild.
    pub times: bool,
    /// Tables that are left out.
    pub without: Vec<String>,
}

impl Default for Options {
    /// All that two repositories with the same content share, and not how it is stored.
    fn default() -> Self {
        Self {
            content: false,
            deltas: false,
            tag_names: true,
            config: ConfigRows::Shared,
            times: false,
            without: Vec::new(),
        }
    }
}

impl Options {
    /// Only what follows from the artifacts: no configuration, users, reports, unversioned files.
    #[must_use]
    pub fn derived() -> Self {
        let local = ["user", "reportfmt", "concealed", "shun", "unversioned"];
        let without = local.map(str::to_owned).to_vec();
        Self { config: ConfigRows::None, without, ..Self::default() }
    }

    /// Leaves a table out.
    #[must_use]
    pub fn without(mut self, table: &str) -> Self {
        self.without.push(table.to_owned());
        self
    }
}

/// Compares two repository files. Neither is changed.
///
/// # Panics
///
/// If one cannot be read, or has no `blob` table.
#[must_use]
#[track_caller]
pub fn compare(left: &Path, right: &Path, options: &Options) -> Differences {
    let (left, right) = (Side::open(left), Side::open(right));
    let mut differences = Differences::default();
    for table in tables(&left, &right, options) {
        let (columns, apart) = columns::shared(&left.connection, &right.connection, &table);
        let of_left = rows::read(&left, &table, &columns, options);
        let of_right = rows::read(&right, &table, &columns, options);
        differences.add(TableDifference::between(&table, apart, &of_left, &of_right));
    }
    differences
}

/// One of the two files.
struct Side {
    connection: Connection,
    names: Names,
}

impl Side {
    #[track_caller]
    fn open(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let names = Names::load(&connection)
            .unwrap_or_else(|error| panic!("{} is no repository: {error}", path.display()));
        Self { connection, names }
    }
}

/// The tables to compare, in the order of the report.
fn tables(left: &Side, right: &Side, options: &Options) -> Vec<String> {
    let mut tables: Vec<String> = columns::TABLES.iter().map(|&table| table.to_owned()).collect();
    let mut extensions = Vec::new();
    for side in [left, right] {
        let sql = "SELECT name FROM sqlite_schema WHERE type='table' AND name GLOB 'fx_*'";
        let mut statement = side.connection.prepare(sql).unwrap();
        let found = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        extensions.extend(found.map(Result::unwrap));
    }
    extensions.sort();
    extensions.dedup();
    tables.append(&mut extensions);
    tables.retain(|table| {
        !options.without.contains(table)
            && (table != "delta" || options.deltas)
            && (table != "tag" || options.tag_names)
            && (table != "config" || options.config != ConfigRows::None)
    });
    tables
}
