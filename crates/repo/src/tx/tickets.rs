//! Rows of tickets, written. What they are to hold is decided in [`crate::ticket`].

use std::fmt::Write as _;

use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::error::DatabaseError;
use super::ticket_layout::{bytes, quoted};
use super::{ReadTx, WriteTx};
use crate::artifact::Moment;
use crate::id::Rid;
use crate::ticket::Layout;

const DOING: &str = "write a ticket";

/// What is to become of one column of `ticket`.
#[derive(Debug)]
pub(crate) struct Assignment<'a> {
    pub(crate) column: &'a str,
    pub(crate) value: Assigned,
}

/// A value as artifacts tell it; the database makes of it what the type of the column asks for.
#[derive(Debug)]
pub(crate) enum Assigned {
    Text(Vec<u8>),
    /// Comes behind the value that is there.
    Appended(Vec<u8>),
    Artifact(Rid),
}

/// A row of `ticketchng`.
#[derive(Debug)]
pub(crate) struct NewChange<'a> {
    /// The row of the ticket.
    pub(crate) ticket: i64,
    pub(crate) at: Moment,
    /// The artifact and its user, if the table has columns for them.
    pub(crate) rid: Option<Rid>,
    pub(crate) user: Option<&'a [u8]>,
    /// Columns and their values.
    pub(crate) values: Vec<(&'a str, &'a [u8])>,
    /// Columns whose values are those that the ticket has.
    pub(crate) copied: Vec<&'a str>,
    /// Whether the database computes a mimetype for the row.
    pub(crate) computes_mimetype: bool,
}

impl WriteTx {
    /// Undoes what `work` has written if it fails.
    pub(crate) fn all_or_nothing<T>(
        &self,
        work: impl FnOnce() -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        self.execute(DOING, "SAVEPOINT tickets", [])?;
        let done = work();
        // A full disk, or a table whose constraints say `ON CONFLICT ROLLBACK`, ends more than was
        // begun here. Then nothing may be written any more: each statement would be its own commit.
        if self.connection.as_ref().is_none_or(Connection::is_autocommit) {
            return done.map_err(DatabaseError::rolled_back);
        }
        if done.is_err() {
            self.execute(DOING, "ROLLBACK TO tickets", [])?;
        }
        self.execute(DOING, "RELEASE tickets", [])?;
        done
    }

    /// Removes the rows of a ticket.
    pub(crate) fn forget_ticket(&self, uuid: &[u8], layout: &Layout) -> Result<(), DatabaseError> {
        if layout.has_changes {
            let sql = "DELETE FROM ticketchng WHERE tkt_id IN \
                       (SELECT tkt_id FROM ticket WHERE tkt_uuid = ?1)";
            self.execute(DOING, sql, [Text(uuid)])?;
        }
        self.execute(DOING, "DELETE FROM ticket WHERE tkt_uuid = ?1", [Text(uuid)])?;
        Ok(())
    }

    /// Adds a row for a ticket that has none, and gives its number.
    pub(crate) fn begin_ticket(&self, uuid: &[u8]) -> Result<i64, DatabaseError> {
        self.insert(DOING, "INSERT INTO ticket(tkt_uuid, tkt_mtime) VALUES(?1, 0)", [Text(uuid)])
    }

    /// Writes to the row of a ticket. `made` is when the ticket was made, if that is told.
    pub(crate) fn write_ticket(
        &self,
        ticket: i64,
        made: Option<Moment>,
        at: Moment,
        assignments: &[Assignment<'_>],
    ) -> Result<(), DatabaseError> {
        let mut sql = "UPDATE OR REPLACE ticket SET tkt_mtime = ?".to_owned();
        let mut params = vec![real(at)];
        if let Some(made) = made {
            sql.push_str(", tkt_ctime = coalesce(tkt_ctime, ?)");
            params.push(real(made));
        }
        for Assignment { column, value } in assignments {
            let column = quoted(column);
            // Writing to a `String` does not fail.
            let _ = match value {
                Assigned::Appended(_) => write!(sql, ", {column} = coalesce({column}, '') || ?"),
                Assigned::Text(_) | Assigned::Artifact(_) => write!(sql, ", {column} = ?"),
            };
            params.push(match value {
                Assigned::Text(text) | Assigned::Appended(text) => {
                    ToSqlOutput::Borrowed(ValueRef::Text(text))
                }
                Assigned::Artifact(rid) => ToSqlOutput::Owned(Value::Integer(rid.get())),
            });
        }
        sql.push_str(" WHERE tkt_id = ?");
        params.push(ToSqlOutput::Owned(Value::Integer(ticket)));
        self.execute(DOING, &sql, params_from_iter(params))?;
        Ok(())
    }

    /// Adds a row for a change, and gives the mimetype that the database computes for it.
    pub(crate) fn add_ticket_change(
        &self,
        new: &NewChange<'_>,
    ) -> Result<Option<Vec<u8>>, DatabaseError> {
        let integer = |number| ToSqlOutput::Owned(Value::Integer(number));
        let mut columns = "tkt_id, tkt_mtime".to_owned();
        let mut values = "?, ?".to_owned();
        let mut params = vec![integer(new.ticket), real(new.at)];
        let own = [
            ("tkt_rid", new.rid.map(|rid| integer(rid.get()))),
            ("tkt_user", new.user.map(|user| ToSqlOutput::Borrowed(ValueRef::Text(user)))),
        ];
        let own = own.into_iter().filter_map(|(column, value)| Some((column, value?)));
        let texts = new.values.iter();
        let texts =
            texts.map(|&(column, text)| (column, ToSqlOutput::Borrowed(ValueRef::Text(text))));
        for (column, value) in own.chain(texts) {
            columns.push_str(", ");
            columns.push_str(&quoted(column));
            values.push_str(", ?");
            params.push(value);
        }
        for column in &new.copied {
            for list in [&mut columns, &mut values] {
                list.push_str(", ");
                list.push_str(&quoted(column));
            }
        }
        let mut sql = format!("INSERT INTO ticketchng({columns}) SELECT {values}");
        if !new.copied.is_empty() {
            sql.push_str(" FROM ticket WHERE tkt_id = ?");
            params.push(integer(new.ticket));
        }
        if new.computes_mimetype {
            sql.push_str(" RETURNING CAST(mimetype AS TEXT)");
            let made = self.first(DOING, &sql, params_from_iter(params), |row| bytes(row, 0))?;
            return Ok(made.flatten());
        }
        self.execute(DOING, &sql, params_from_iter(params))?;
        Ok(None)
    }
}

impl ReadTx {
    /// A column of a ticket, as text.
    pub(crate) fn ticket_text(
        &self,
        ticket: i64,
        column: &str,
    ) -> Result<Option<Vec<u8>>, DatabaseError> {
        let sql = format!("SELECT CAST({} AS TEXT) FROM ticket WHERE tkt_id = ?1", quoted(column));
        Ok(self.first(DOING, &sql, [ticket], |row| bytes(row, 0))?.flatten())
    }
}

/// A text that need not be UTF-8.
struct Text<'a>(&'a [u8]);

impl ToSql for Text<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0)))
    }
}

fn real(at: Moment) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(Value::Real(at.julian_day()))
}
