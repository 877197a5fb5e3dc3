//! Emptying what is derived, to derive it anew.

use super::super::WriteTx;
use super::super::error::DatabaseError;
use crate::schema;

const DOING: &str = "rebuild the derived tables";

impl WriteTx {
    /// Drops all that is derived from artifacts, but for tickets, and makes the tables anew without the indexes that
    /// are faster made when they are full.
    pub(crate) fn empty_derived(&self) -> Result<(), DatabaseError> {
        for table in schema::DERIVED_TABLES {
            self.execute_all(DOING, &format!("DROP TABLE IF EXISTS {table}"))?;
        }
        for statements in schema::DERIVED {
            self.execute_all(DOING, statements)?;
        }
        for (name, _) in schema::LATE_INDEXES {
            self.execute_all(DOING, &format!("DROP INDEX {name}"))?;
        }
        self.add_usual_tags()?;
        let sql = "INSERT INTO unclustered SELECT rid FROM blob EXCEPT SELECT rid FROM private";
        self.execute_all(DOING, sql)?;
        let sql = "INSERT INTO phantom SELECT rid FROM blob WHERE size < 0";
        self.execute_all(DOING, sql)
    }

    /// Makes the indexes that were left out.
    pub(crate) fn index_derived(&self) -> Result<(), DatabaseError> {
        for (_, statement) in schema::LATE_INDEXES {
            self.execute_all(DOING, statement)?;
        }
        Ok(())
    }
}
