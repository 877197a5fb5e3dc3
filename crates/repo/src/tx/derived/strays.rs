//! Rows of the tables that no rebuild derives, but that speak of artifacts.

use super::super::ReadTx;
use super::super::blobs::whole_number;
use super::super::error::DatabaseError;

const DOING: &str = "read which artifacts are set apart";

impl ReadTx {
    /// The rows of `private` or `unsent` that speak of no artifact.
    pub(crate) fn strays(&self, table: &str) -> Result<Vec<i64>, DatabaseError> {
        let sql = format!(
            "SELECT rid FROM main.{table} WHERE rid NOT IN (SELECT rid FROM blob) ORDER BY rid"
        );
        self.all(DOING, &sql, [], |row| whole_number(row, 0))
    }

    /// The shunned names, or what stands in place of them.
    pub(crate) fn shunned_names(&self) -> Result<Vec<Vec<u8>>, DatabaseError> {
        let sql = "SELECT CAST(uuid AS BLOB) FROM shun ORDER BY uuid";
        self.all(DOING, sql, [], |row| Ok(row.get_ref(0)?.as_bytes().unwrap_or_default().to_vec()))
    }
}
