//! Which columns the tables of tickets have.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::ReadTx;
use super::error::DatabaseError;
use crate::ticket::{Column, Layout, TicketSettings};

const DOING: &str = "read how the tables of tickets look";

impl ReadTx {
    /// How the tables of tickets look. It is read once, until the tables are made anew.
    pub(crate) fn ticket_layout(&self) -> Result<Arc<Layout>, DatabaseError> {
        if let Some(layout) = &*self.ticket_layout.borrow() {
            return Ok(Arc::clone(layout));
        }
        let ticket = self.ticket_columns("ticket")?;
        let changes = self.ticket_columns("ticketchng")?;
        let layout =
            Layout::new(&ticket, &changes, self.has_unique_fields()?, self.ticket_settings()?);
        let layout = Arc::new(layout);
        *self.ticket_layout.borrow_mut() = Some(Arc::clone(&layout));
        Ok(layout)
    }

    /// Columns of a table. Those whose name is not UTF-8 cannot be named in a statement.
    pub(super) fn ticket_columns(&self, table: &str) -> Result<Vec<Column>, DatabaseError> {
        let sql = "SELECT name, type, hidden FROM pragma_table_xinfo(?1, ?2) \
                   WHERE hidden IN (0, 2, 3) ORDER BY cid";
        let columns = self.all(DOING, sql, [table, self.written.schema()], |row| {
            let Ok(name) = String::from_utf8(bytes(row, 0)?.unwrap_or_default()) else {
                return Ok(None);
            };
            let declared = String::from_utf8_lossy(&bytes(row, 1)?.unwrap_or_default()).into();
            let is_generated = row.get::<_, i64>(2)? != 0;
            Ok(Some(Column { name, declared, is_generated }))
        })?;
        Ok(columns.into_iter().flatten().collect())
    }

    /// Whether two tickets can get in each other's way.
    fn has_unique_fields(&self) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM pragma_index_list('ticket', ?1) AS i, \
                   pragma_index_info(i.name, ?1) AS c \
                   WHERE i.\"unique\" AND coalesce(c.name, '') NOT GLOB 'tkt_*' LIMIT 1";
        Ok(self.first(DOING, sql, [self.written.schema()], |_| Ok(()))?.is_some())
    }

    fn ticket_settings(&self) -> Result<TicketSettings, DatabaseError> {
        let text = |name: &str, usual: &[u8]| {
            let value = self.first(DOING, VALUE, [name], |row| bytes(row, 0))?;
            Ok::<_, DatabaseError>(value.flatten().unwrap_or_else(|| usual.to_vec()))
        };
        let sql = "SELECT coalesce(CAST(value AS INTEGER), 0) FROM config \
                   WHERE name = 'hash-digits'";
        Ok(TicketSettings {
            title: text("ticket-title-expr", b"title")?,
            status: text("ticket-status-column", b"status")?,
            hash_digits: self.first(DOING, sql, [], |row| row.get(0))?,
        })
    }

    /// What the project says of its tables of tickets, if it says anything.
    pub(crate) fn ticket_table_setting(&self) -> Result<Option<Vec<u8>>, DatabaseError> {
        let value = self.first(DOING, VALUE, ["ticket-table"], |row| bytes(row, 0))?;
        Ok(value.flatten())
    }
}

const VALUE: &str = "SELECT CAST(value AS TEXT) FROM config WHERE name = ?1";

/// A text, which need not be UTF-8.
pub(super) fn bytes(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Vec<u8>>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes.to_vec()),
        _ => None,
    })
}

/// A name as a statement has it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
