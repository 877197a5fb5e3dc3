//! What is looked up and noted when artifacts are made here.

use super::error::DatabaseError;
use super::{ReadTx, WriteTx};
use crate::id::Rid;

const DOING: &str = "write an artifact";

impl ReadTx {
    /// The row of a user.
    pub(crate) fn user_id(&self, login: &str) -> Result<Option<i64>, DatabaseError> {
        let sql = "SELECT uid FROM user WHERE login = ?1";
        self.first(DOING, sql, [login], |row| row.get(0))
    }

    /// Whether tickets, or changes of tickets, have a field of this name.
    pub(crate) fn has_ticket_field(&self, field: &str) -> Result<bool, DatabaseError> {
        let (tickets, changes) =
            (self.ticket_columns("ticket")?, self.ticket_columns("ticketchng")?);
        Ok(tickets.iter().chain(&changes).any(|column| column.name == field))
    }

    /// Whether files can be attached to this: a page, a ticket, a technote or a forum post.
    pub(crate) fn can_have_attachments(&self, target: &str) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM tag t WHERE t.tagname IN \
                     ('wiki-' || ?1, 'tkt-' || ?1, 'event-' || ?1) \
                     AND EXISTS(SELECT 1 FROM tagxref x WHERE x.tagid = t.tagid) \
                   UNION ALL SELECT 1 FROM blob b JOIN event e ON e.objid = b.rid \
                     WHERE b.uuid = ?1 AND e.type = 'f'";
        Ok(self.first(DOING, sql, [target], |_| Ok(()))?.is_some())
    }

    /// Whether a file of this name is attached.
    pub(crate) fn is_attached(&self, target: &str, file: &str) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM attachment \
                   WHERE target = ?1 AND filename = ?2 AND isLatest AND src <> ''";
        Ok(self.first(DOING, sql, [target, file], |_| Ok(()))?.is_some())
    }
}

impl WriteTx {
    /// Notes an artifact as one to be sent first.
    pub(crate) fn make_unsent(&self, rid: Rid) -> Result<(), DatabaseError> {
        self.execute(DOING, "INSERT OR IGNORE INTO unsent(rid) VALUES(?1)", [rid.get()])?;
        Ok(())
    }
}
