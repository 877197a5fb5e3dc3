//! Tickets, looked up.

use super::ReadTx;
use super::error::DatabaseError;
use super::ticket_layout::{bytes, quoted};
use crate::limits;
use crate::ticket::{TicketMatch, TicketRow, TicketValue};

const DOING: &str = "read a ticket";

impl ReadTx {
    /// The columns that the tickets of this repository have, in the order of the table: the fields
    /// that the project has decided on and those of Fossil's own (`tkt_…`). None, if the repository
    /// keeps no tickets.
    pub fn ticket_fields(&self) -> Result<Vec<String>, DatabaseError> {
        Ok(self.ticket_columns("ticket")?.into_iter().map(|column| column.name).collect())
    }

    /// The columns of the table that has a row for each change of a ticket, in its order. A change
    /// can give values to these too. None, if the repository has no such table.
    pub fn ticket_change_fields(&self) -> Result<Vec<String>, DatabaseError> {
        Ok(self.ticket_columns("ticketchng")?.into_iter().map(|column| column.name).collect())
    }

    /// The ticket whose identifier is `prefix` or begins so, in digits of the same case.
    pub fn ticket(&self, prefix: &str) -> Result<TicketMatch, DatabaseError> {
        let columns = self.ticket_fields()?;
        let is_hex = prefix.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || !columns.iter().any(|column| column == "tkt_uuid") {
            return Ok(TicketMatch::None);
        }
        // No digit is past `g`.
        let end = format!("{prefix}g");
        let sql = "SELECT DISTINCT CAST(tkt_uuid AS TEXT) FROM ticket \
                   WHERE tkt_uuid >= ?1 AND tkt_uuid < ?2 ORDER BY tkt_uuid LIMIT ?3";
        let most = i64::try_from(limits::AMBIGUOUS_TICKETS).unwrap_or(i64::MAX);
        let found: Vec<String> = self.all(DOING, sql, (prefix, end, most), |row| row.get(0))?;
        let [id] = found.as_slice() else {
            let is_none = found.is_empty();
            return Ok(if is_none { TicketMatch::None } else { TicketMatch::Ambiguous(found) });
        };
        let texts: Vec<_> =
            columns.iter().map(|column| format!("CAST({} AS TEXT)", quoted(column))).collect();
        let sql = format!("SELECT {} FROM ticket WHERE tkt_uuid = ?1", texts.join(", "));
        let row = self.first(DOING, &sql, [id], |row| {
            let value = |(at, column)| Ok(TicketValue { column, value: bytes(row, at)? });
            columns.into_iter().enumerate().map(value).collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(row.map_or(TicketMatch::None, |values| {
            TicketMatch::One(TicketRow { id: id.clone(), values })
        }))
    }
}
