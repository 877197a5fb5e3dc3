//! What stands in a file, read without the product.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use outcrop_format::hash::HashName;
use rusqlite::{Connection, OpenFlags, Row};

use crate::ledger::Version;

/// The bare facts of a repository file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Artifacts that are here, whole or as deltas whose sources are here.
    pub(crate) held: BTreeSet<HashName>,
    /// Names of artifacts that are not here.
    pub(crate) phantoms: BTreeSet<HashName>,
    pub(crate) private: BTreeSet<HashName>,
    pub(crate) shunned: BTreeSet<HashName>,
    /// Unversioned files, deleted ones too.
    pub(crate) files: BTreeMap<String, Version>,
    /// What SQLite finds wrong with the file.
    pub(crate) damage: Vec<String>,
    /// What is wrong with the rows of the sets.
    pub(crate) strays: i64,
}

/// A row of a set whose artifact is not there, or an unclustered phantom, or a phantom that is none.
const STRAYS: &str = "SELECT
    (SELECT count(*) FROM phantom WHERE rid NOT IN (SELECT rid FROM blob WHERE size < 0))
  + (SELECT count(*) FROM blob WHERE size < 0 AND rid NOT IN (SELECT rid FROM phantom))
  + (SELECT count(*) FROM unclustered WHERE rid NOT IN (SELECT rid FROM blob))
  + (SELECT count(*) FROM unsent WHERE rid NOT IN (SELECT rid FROM blob))
  + (SELECT count(*) FROM delta WHERE rid NOT IN (SELECT rid FROM blob)
       OR srcid NOT IN (SELECT rid FROM blob))";

impl Facts {
    pub(crate) fn of(path: &Path) -> rusqlite::Result<Self> {
        let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let mut facts =
            Self { damage: all(&file, "PRAGMA quick_check", |row| row.get(0))?, ..Self::default() };
        facts.damage.retain(|line| line != "ok");
        let blobs: Vec<(i64, String, i64)> =
            all(&file, "SELECT rid, uuid, size FROM blob", |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let deltas: BTreeMap<i64, i64> =
            all(&file, "SELECT rid, srcid FROM delta", |row| Ok((row.get(0)?, row.get(1)?)))?
                .into_iter()
                .collect();
        let here: BTreeSet<i64> =
            blobs.iter().filter(|(_, _, size)| *size >= 0).map(|(rid, ..)| *rid).collect();
        for (rid, uuid, size) in &blobs {
            let Ok(name) = uuid.parse::<HashName>() else {
                facts.damage.push(format!("{uuid} is no name"));
                continue;
            };
            if *size < 0 {
                facts.phantoms.insert(name);
            } else if chain_is_here(*rid, &here, &deltas) {
                facts.held.insert(name);
            }
        }
        let name = |row: &Row<'_>| row.get::<_, String>(0);
        let names = |sql: &str| -> rusqlite::Result<BTreeSet<HashName>> {
            Ok(all(&file, sql, name)?.iter().filter_map(|name| name.parse().ok()).collect())
        };
        facts.private = names("SELECT uuid FROM blob JOIN private USING(rid)")?;
        facts.shunned = names("SELECT uuid FROM shun")?;
        facts.strays = file.query_row(STRAYS, [], |row| row.get(0))?;
        let has_files = "SELECT 1 FROM sqlite_schema WHERE name = 'unversioned'";
        if file.prepare(has_files)?.exists([])? {
            let files = all(&file, "SELECT name, mtime, hash FROM unversioned", |row| {
                Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))
            })?;
            facts.files = files.into_iter().collect();
        }
        Ok(facts)
    }
}

fn chain_is_here(rid: i64, here: &BTreeSet<i64>, deltas: &BTreeMap<i64, i64>) -> bool {
    let mut at = rid;
    for _ in 0..=here.len() {
        match deltas.get(&at) {
            _ if !here.contains(&at) => return false,
            None => return true,
            Some(source) => at = *source,
        }
    }
    false
}

fn all<T>(
    file: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    file.prepare(sql)?.query_map([], read)?.collect()
}
