//! Taking rows from a peer.
//!
//! Nothing that the peer says is believed: the row is read strictly, its key is hashed, and whether
//! it replaces ours is decided by [`resolve`].

use outcrop_format::hash::HashName;

use super::{Author, ReceiveRowError, Row, RowVersion, Table, Verdict, resolve};
use crate::tx::WriteTx;

/// A version of a row that a peer sends.
#[derive(Debug, Clone, Copy)]
pub struct IncomingRow<'a> {
    /// The hash that its key is said to have.
    pub key: HashName,
    /// When it was changed, in seconds since 1970.
    pub mtime: i64,
    /// The row in JSON, or the key of one that is deleted.
    pub json: &'a [u8],
}

impl WriteTx {
    /// Takes in a row, if it is to replace ours. A row without values is a deleted one.
    pub fn receive_row(
        &self,
        table: &Table,
        incoming: &IncomingRow<'_>,
        author: Author<'_>,
    ) -> Result<Verdict, ReceiveRowError> {
        let row = read(table, incoming)?;
        self.judge(table, &row, incoming.mtime, author)
    }

    /// Takes in the deletion of a row, if it is newer than ours. The deletion of a row that is not
    /// known here is kept too: an older version of the row may come later, by another way.
    ///
    /// The peer may leave out the key of a row that is known here.
    pub fn receive_deletion(
        &self,
        table: &Table,
        incoming: &IncomingRow<'_>,
        author: Author<'_>,
    ) -> Result<Verdict, ReceiveRowError> {
        let key = incoming.key;
        if !table.definition.can_delete() {
            return Err(ReceiveRowError::CannotDelete(table.name.clone()));
        }
        let row = if incoming.json.is_empty() {
            self.row(table, &key)?.ok_or(ReceiveRowError::NoKey(key))?.row.tombstone()
        } else {
            read(table, incoming)?
        };
        if !row.is_key() {
            return Err(ReceiveRowError::Values(key));
        }
        self.judge(table, &row, incoming.mtime, author)
    }

    fn judge(
        &self,
        table: &Table,
        row: &Row,
        mtime: i64,
        author: Author<'_>,
    ) -> Result<Verdict, ReceiveRowError> {
        let held = self.row(table, &row.key_hash())?;
        let ours = held.as_ref().map(|held| (held.version(), held.owner.as_str()));
        let theirs = RowVersion { mtime, content: row.content_hash() };
        let verdict = resolve(table.definition.conflict(), ours, theirs, author);
        if verdict == Verdict::Take {
            self.replace_row(table, row, mtime, held.as_ref(), author)?;
        }
        Ok(verdict)
    }
}

fn read(table: &Table, incoming: &IncomingRow<'_>) -> Result<Row, ReceiveRowError> {
    let said = incoming.key;
    let row = Row::parse(&table.definition, incoming.json)
        .map_err(|cause| ReceiveRowError::Row { key: said, cause })?;
    match row.key_hash() {
        real if real != said => Err(ReceiveRowError::WrongKey { said, real }),
        _ => Ok(row),
    }
}
