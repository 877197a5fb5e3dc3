//! What kind of file this is, told before anything else is asked of it.

use super::ReadTx;
use super::error::DatabaseError;
use crate::schema::{
    CONFIGURED_TABLES, DERIVED_TABLES, OPTIONAL_TABLES, OWN_TABLES, REQUIRED_TABLES,
};

/// What the file says about itself.
#[derive(Debug)]
pub(crate) struct Identity {
    /// From the head of the file; 0 in old repositories.
    pub(crate) application_id: i32,
    /// Nothing was ever stored in it: what is left of a repository that was to be made.
    pub(crate) is_blank: bool,
    /// The first of the required tables that is not there.
    pub(crate) missing_table: Option<&'static str>,
    /// Something by the name of a table that is used here and that is no plain table, or that does
    /// something of its own when it is written to. Fossil makes no such thing, but for a trigger
    /// that tells subscribers what is new on the timeline; triggers are not run here.
    pub(crate) trap: Option<String>,
}

const DOING: &str = "read what kind of file this is";

impl ReadTx {
    /// What stands in the head of the file.
    pub(super) fn application_id(&self) -> Result<i32, DatabaseError> {
        let id = self.first(DOING, "PRAGMA application_id", [], |row| row.get(0))?;
        Ok(id.unwrap_or_default())
    }

    pub(crate) fn identity(&self) -> Result<Identity, DatabaseError> {
        let application_id = self.application_id()?;
        let sql = "SELECT type, name, lower(tbl_name), \
                   coalesce(sql LIKE 'CREATE TABLE%', 0) FROM sqlite_schema";
        let objects: Vec<(String, String, String, bool)> = self
            .all(DOING, sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let is_derived = |name: &str| DERIVED_TABLES.contains(&name);
        let is_used = |name: &str| {
            let known = [REQUIRED_TABLES, CONFIGURED_TABLES, OPTIONAL_TABLES].into_iter().flatten();
            known.into_iter().any(|known| *known == name)
                || is_derived(name)
                || name.starts_with(OWN_TABLES)
        };
        let missing_table = REQUIRED_TABLES
            .iter()
            .find(|table| !objects.iter().any(|(_, _, of, _)| of == *table))
            .copied();
        let trap = objects
            .iter()
            .filter(|(_, _, of, _)| is_used(of))
            .find(|(kind, _, of, plain)| match kind.as_str() {
                "index" => false,
                "table" => !plain,
                "trigger" => !is_derived(of),
                _ => true,
            })
            .map(|(kind, name, ..)| format!("{kind} {name}"));
        let is_blank = objects.is_empty() && application_id == 0;
        Ok(Identity { application_id, is_blank, missing_table, trap })
    }
}
