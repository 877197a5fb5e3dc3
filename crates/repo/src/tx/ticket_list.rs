//! Tickets, listed.

use super::ReadTx;
use super::blobs::rid;
use super::error::DatabaseError;
use super::timeline::{lossy, moment, page};
use crate::id::Rid;
use crate::read::TicketEntry;

const DOING: &str = "list tickets";

pub(super) const TICKETS: &str = "SELECT tkt_uuid, tkt_mtime, tkt_id FROM ticket \
     WHERE tkt_id > ?1 ORDER BY tkt_id LIMIT ?2";

pub(super) const CHANGES: &str = "SELECT x.rid FROM tag t CROSS JOIN tagxref x \
     WHERE t.tagname = 'tkt-' || ?1 AND x.tagid = t.tagid \
     ORDER BY x.mtime, x.rid LIMIT ?3 OFFSET ?2";

impl ReadTx {
    /// Tickets, in the order that the file has them: those behind a
    /// [`position`](TicketEntry::position), 0 for the start, up to `limit`, and no more than
    /// [`LIST_ROWS`](crate::limits::LIST_ROWS). [`ReadTx::ticket`] tells what one of them says.
    pub fn tickets(&self, after: i64, limit: usize) -> Result<Vec<TicketEntry>, DatabaseError> {
        self.all(DOING, TICKETS, (after, page(limit)), |row| {
            Ok(TicketEntry {
                id: lossy(row, 0)?.unwrap_or_default(),
                changed: moment(row, 1)?,
                position: row.get(2)?,
            })
        })
    }

    /// The artifacts that changed a ticket, the oldest first: those behind the first `skip`, up to
    /// `limit`, and no more than [`LIST_ROWS`](crate::limits::LIST_ROWS).
    pub fn ticket_changes(
        &self,
        id: &str,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Rid>, DatabaseError> {
        let skip = i64::try_from(skip).unwrap_or(i64::MAX);
        self.all(DOING, CHANGES, (id, skip, page(limit)), |row| rid(row, 0))
    }
}
