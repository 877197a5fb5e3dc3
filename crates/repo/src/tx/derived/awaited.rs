//! Check-ins that took over changes of others which are not known here.
//!
//! Fossil has no table for them: it tells of such a change after the next rebuild. This one is
//! made when it is needed, under a name that Fossil's rebuild leaves alone.

use outcrop_format::hash::HashName;

use super::super::blobs::whole_number;
use super::super::error::DatabaseError;
use super::super::{ReadTx, WriteTx};
use super::PickRow;

const DOING: &str = "record which changes a check-in took over";

const TABLE: &str = "CREATE TABLE IF NOT EXISTS fx_outcrop_awaited_pick(target TEXT, \
                     childid INTEGER, isExclude BOOLEAN, PRIMARY KEY(target, childid)) \
                     WITHOUT ROWID";

impl ReadTx {
    fn has_awaited_picks(&self) -> Result<bool, DatabaseError> {
        let schema = self.written.schema();
        let sql =
            format!("SELECT 1 FROM {schema}.sqlite_schema WHERE name = 'fx_outcrop_awaited_pick'");
        Ok(self.first(DOING, &sql, [], |_| Ok(()))?.is_some())
    }
}

impl WriteTx {
    /// Remembers a pick until its target comes.
    pub(crate) fn await_pick(
        &self,
        target: &HashName,
        pick: &PickRow,
    ) -> Result<(), DatabaseError> {
        self.execute_all(DOING, &self.written.making(TABLE))?;
        let sql = "REPLACE INTO fx_outcrop_awaited_pick(target, childid, isExclude) \
                   VALUES(?1, ?2, ?3)";
        self.execute(DOING, sql, (&*target.to_hex(), pick.check_in, pick.is_backout))?;
        Ok(())
    }

    /// The picks whose targets have come. They are forgotten here.
    pub(crate) fn arrived_picks(&self) -> Result<Vec<PickRow>, DatabaseError> {
        if !self.has_awaited_picks()? {
            return Ok(Vec::new());
        }
        let sql = "SELECT b.rid, a.childid, a.isExclude FROM fx_outcrop_awaited_pick a \
                   CROSS JOIN blob b ON b.uuid = a.target";
        let arrived = self.all(DOING, sql, [], |row| {
            Ok(PickRow {
                target: whole_number(row, 0)?,
                check_in: whole_number(row, 1)?,
                is_backout: whole_number(row, 2)? != 0,
            })
        })?;
        if !arrived.is_empty() {
            let sql = "DELETE FROM fx_outcrop_awaited_pick \
                       WHERE target IN (SELECT uuid FROM blob)";
            self.execute(DOING, sql, [])?;
        }
        Ok(arrived)
    }

    /// Forgets all picks that wait.
    pub(crate) fn forget_awaited_picks(&self) -> Result<(), DatabaseError> {
        let schema = self.written.schema();
        let sql = format!("DROP TABLE IF EXISTS {schema}.fx_outcrop_awaited_pick");
        self.execute_all(DOING, &sql)
    }
}
