//! Emptying what is derived, to derive it anew.

use super::super::WriteTx;
use super::super::error::DatabaseError;
use crate::id::Rid;
use crate::schema;

const DOING: &str = "rebuild the derived tables";

impl WriteTx {
    /// Drops all that is derived from artifacts, but for tickets, and makes the tables anew without the
    /// indexes that are faster made when they are full.
    pub(crate) fn empty_derived(&self) -> Result<(), DatabaseError> {
        let schema = self.written.schema();
        for table in schema::DERIVED_TABLES {
            self.execute_all(DOING, &format!("DROP TABLE IF EXISTS {schema}.{table}"))?;
        }
        for statements in schema::DERIVED {
            self.execute_all(DOING, &self.written.making(statements))?;
        }
        for (name, _) in schema::LATE_INDEXES {
            self.execute_all(DOING, &format!("DROP INDEX {schema}.{name}"))?;
        }
        self.add_usual_tags()
    }

    /// Notes which of all artifacts are known by name only. To ask the file for them once more would be to
    /// read all of it.
    pub(crate) fn note_phantoms(
        &self,
        phantoms: impl Iterator<Item = Rid>,
    ) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO phantom SELECT rid FROM blob \
                   WHERE rid = ?1 AND uuid NOT IN (SELECT uuid FROM shun)";
        self.execute_each(DOING, sql, phantoms.map(|rid| [rid.get()]))
    }

    /// Notes that the tables are those of today, and who has made them.
    pub(crate) fn mark_rebuilt(&self) -> Result<(), DatabaseError> {
        let by = concat!("outcrop ", env!("CARGO_PKG_VERSION"));
        let sql = "REPLACE INTO config(name, value, mtime) \
                   VALUES(?1, ?2, CAST(strftime('%s', 'now') AS INTEGER))";
        let rows = [
            ("content-schema", schema::CONTENT_SCHEMA),
            ("aux-schema", schema::AUX_SCHEMA_MAX),
            ("rebuilt", by),
        ];
        self.execute_each(DOING, sql, rows.into_iter())
    }

    /// Makes the indexes that were left out.
    pub(crate) fn index_derived(&self) -> Result<(), DatabaseError> {
        self.make_indexes(|tx| {
            let mut statements = schema::LATE_INDEXES.iter();
            statements.try_for_each(|(_, statement)| tx.execute_all(DOING, statement))
        })
    }
}
