//! Extension tables and their rows. What they mean is told in [`crate::tables`].
//!
//! Names of tables and columns are part of the SQL here. They come from types that let lower-case
//! letters, digits and underscores through and nothing else, and they are quoted, since they may be
//! words of SQL. What stands beside a row's own columns has a name that none of these can have, or
//! that is reserved.

use outcrop_format::hash::HashName;
use rusqlite::types::{Type as SqlType, Value as SqlValue, ValueRef};
use rusqlite::{Row as SqlRow, params_from_iter};

use super::blobs::name as hash;
use super::error::DatabaseError;
use super::{ReadTx, WriteTx};
use crate::limits::{CATALOGUE_PAGE, MAX_TABLES, ROWS_PAGE};
use crate::tables::{CatalogueEntry, Column, ColumnType, HeldRow, Row, Table, TableName, Value};

const READING: &str = "read an extension table";
const WRITING: &str = "write to an extension table";

/// The definitions of all tables.
const REGISTRY: &str = "CREATE TABLE IF NOT EXISTS fx_outcrop_tables(
  name TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  mtime INTEGER NOT NULL
) WITHOUT ROWID";

/// A table as it is recorded.
pub(crate) struct TableRecord {
    pub(crate) name: String,
    pub(crate) definition: String,
    pub(crate) mtime: i64,
}

impl ReadTx {
    /// Whether a table was ever defined here.
    pub(crate) fn has_tables(&self) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'fx_outcrop_tables'";
        Ok(self.first(READING, sql, [], |_| Ok(()))?.is_some())
    }

    /// How many tables are defined.
    pub(crate) fn count_tables(&self) -> Result<usize, DatabaseError> {
        let count: i64 =
            self.only(READING, "SELECT count(*) FROM fx_outcrop_tables", [], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    pub(crate) fn table_records(&self) -> Result<Vec<TableRecord>, DatabaseError> {
        let sql = "SELECT name, definition, mtime FROM fx_outcrop_tables ORDER BY name LIMIT ?1";
        self.all(READING, sql, [bound(MAX_TABLES)], record)
    }

    pub(crate) fn table_record(
        &self,
        name: &TableName,
    ) -> Result<Option<TableRecord>, DatabaseError> {
        let sql = "SELECT name, definition, mtime FROM fx_outcrop_tables WHERE name = ?1";
        self.first(READING, sql, [name.as_str()], record)
    }

    /// The row whose key has this hash.
    pub(crate) fn held_row(
        &self,
        table: &Table,
        key: &HashName,
    ) -> Result<Option<HeldRow>, DatabaseError> {
        let sql = [&select_rows(table), r#" WHERE "pk-hash" = ?1"#].concat();
        self.first(READING, &sql, [&*key.to_hex()], |row| held_row(table, row))
    }

    /// A page of rows that follow this key's hash.
    pub(crate) fn held_rows(
        &self,
        table: &Table,
        after: Option<&HashName>,
    ) -> Result<Vec<HeldRow>, DatabaseError> {
        let sql = [&select_rows(table), AFTER].concat();
        let params = (first_after(after), bound(ROWS_PAGE));
        self.all(READING, &sql, params, |row| held_row(table, row))
    }

    /// A page of what peers are told about rows that follow this key's hash.
    pub(crate) fn catalogue_page(
        &self,
        table: &Table,
        after: Option<&HashName>,
    ) -> Result<Vec<CatalogueEntry>, DatabaseError> {
        let is_null = |column: &Column| format!("{} IS NULL", quoted(&column.name));
        let values: Vec<String> = table.definition.value_columns().map(is_null).collect();
        let deleted = if values.is_empty() { "0".to_owned() } else { values.join(" AND ") };
        let sql =
            format!(r#"SELECT "pk-hash", "mtime", {deleted} FROM {}{AFTER}"#, on_disk(&table.name));
        self.all(READING, &sql, (first_after(after), bound(CATALOGUE_PAGE)), |row| {
            Ok(CatalogueEntry { key: hash(row, 0)?, mtime: row.get(1)?, deleted: row.get(2)? })
        })
    }
}

impl WriteTx {
    /// Makes the table of definitions if it is not there.
    pub(crate) fn make_registry(&self) -> Result<(), DatabaseError> {
        self.execute_all(WRITING, REGISTRY)
    }

    /// Records a definition in the place of whatever was recorded.
    pub(crate) fn record_table(&self, table: &Table) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO fx_outcrop_tables(name, definition, mtime) VALUES(?1, ?2, ?3)";
        let Table { name, definition, mtime } = table;
        self.execute(WRITING, sql, (name.as_str(), definition.to_json(), mtime))?;
        Ok(())
    }

    /// Makes the table itself.
    pub(crate) fn make_table(&self, table: &Table) -> Result<(), DatabaseError> {
        let mut sql = format!(
            r#"CREATE TABLE {}("pk-hash" TEXT PRIMARY KEY, "mtime" INTEGER NOT NULL, "_owner" TEXT NOT NULL"#,
            on_disk(&table.name)
        );
        for column in table.definition.columns() {
            let not_null = if column.key { " NOT NULL" } else { "" };
            sql.extend([", ", &column_sql(column), not_null]);
        }
        sql.push(')');
        self.execute_all(WRITING, &sql)
    }

    /// Adds a column, null in every row.
    pub(crate) fn add_column(
        &self,
        name: &TableName,
        column: &Column,
    ) -> Result<(), DatabaseError> {
        let sql = format!("ALTER TABLE {} ADD COLUMN {}", on_disk(name), column_sql(column));
        self.execute_all(WRITING, &sql)
    }

    /// Writes a row in the place of the one that has its key.
    pub(crate) fn write_row(
        &self,
        table: &TableName,
        row: &Row,
        mtime: i64,
        owner: &str,
    ) -> Result<(), DatabaseError> {
        let mut columns = String::from(r#""pk-hash", "mtime", "_owner""#);
        let mut places = String::from("?, ?, ?");
        let mut values = vec![
            SqlValue::Text(row.key_hash().to_string()),
            SqlValue::Integer(mtime),
            SqlValue::Text(owner.to_owned()),
        ];
        for (name, value) in row.members() {
            columns.extend([", ", &quoted(name)]);
            places.push_str(", ?");
            values.push(sql_value(value));
        }
        let sql = format!("REPLACE INTO {}({columns}) VALUES({places})", on_disk(table));
        self.execute(WRITING, &sql, params_from_iter(values))?;
        Ok(())
    }
}

/// How a page begins and ends.
const AFTER: &str = r#" WHERE "pk-hash" > ?1 ORDER BY "pk-hash" LIMIT ?2"#;

/// What all hashes that are wanted are greater than.
fn first_after(after: Option<&HashName>) -> String {
    after.map(ToString::to_string).unwrap_or_default()
}

fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What a table is called on the disk.
fn on_disk(name: &TableName) -> String {
    quoted(&format!("fx_outcrop_x_{name}"))
}

fn column_sql(column: &Column) -> String {
    format!("{} {}", quoted(&column.name), column.kind.as_str().to_uppercase())
}

fn select_rows(table: &Table) -> String {
    let mut sql = String::from(r#"SELECT "pk-hash", "mtime", "_owner""#);
    for column in table.definition.columns() {
        sql.extend([", ", &quoted(&column.name)]);
    }
    sql.extend([" FROM ", &on_disk(&table.name)]);
    sql
}

fn record(row: &SqlRow<'_>) -> rusqlite::Result<TableRecord> {
    Ok(TableRecord { name: row.get(0)?, definition: row.get(1)?, mtime: row.get(2)? })
}

fn held_row(table: &Table, row: &SqlRow<'_>) -> rusqlite::Result<HeldRow> {
    let mut members = Vec::new();
    for (number, column) in table.definition.columns().iter().enumerate() {
        if let Some(value) = value(row, number + 3, column.kind)? {
            members.push((column.name.clone(), value));
        }
    }
    let read = Row::new(&table.definition, members).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, SqlType::Text, error.into())
    })?;
    Ok(HeldRow { key: hash(row, 0)?, row: read, mtime: row.get(1)?, owner: row.get(2)? })
}

/// The value in a column; `None` is null.
fn value(row: &SqlRow<'_>, number: usize, kind: ColumnType) -> rusqlite::Result<Option<Value>> {
    if row.get_ref(number)? == ValueRef::Null {
        return Ok(None);
    }
    Ok(Some(match kind {
        ColumnType::Text => Value::Text(row.get(number)?),
        ColumnType::Integer => Value::Integer(row.get(number)?),
        ColumnType::Real => Value::Real(row.get(number)?),
        ColumnType::Blob => Value::Blob(row.get(number)?),
    }))
}

fn sql_value(value: &Value) -> SqlValue {
    match value {
        Value::Text(text) => SqlValue::Text(text.clone()),
        Value::Integer(number) => SqlValue::Integer(*number),
        Value::Real(number) => SqlValue::Real(*number),
        Value::Blob(bytes) => SqlValue::Blob(bytes.clone()),
    }
}
