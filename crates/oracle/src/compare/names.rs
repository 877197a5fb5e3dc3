//! What the ids of one file stand for.

use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::columns::{Meaning, columns};

/// The names behind the ids.
pub(super) struct Names {
    artifacts: HashMap<i64, String>,
    tags: HashMap<i64, String>,
    files: HashMap<i64, String>,
    tickets: HashMap<i64, String>,
    users: HashMap<i64, String>,
}

/// `backlink.srctype` of a wiki page, whose links belong to the page's tag.
const LINK_IN_WIKI: i64 = 2;

impl Names {
    pub(super) fn load(connection: &Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            artifacts: pairs(connection, "SELECT rid, uuid FROM blob")?,
            tags: optional(connection, "tag", "SELECT tagid, tagname FROM tag")?,
            files: optional(connection, "filename", "SELECT fnid, name FROM filename")?,
            tickets: optional(connection, "ticket", "SELECT tkt_id, tkt_uuid FROM ticket")?,
            users: optional(connection, "user", "SELECT uid, login FROM user")?,
        })
    }

    /// What an id stands for. Where it stands for nothing, the number itself, so that the special
    /// numbers 0 and -1 compare as they are and a dangling id is seen.
    pub(super) fn of(&self, meaning: Meaning, id: i64, link: Option<i64>) -> String {
        let names = match meaning {
            Meaning::Tag => &self.tags,
            Meaning::FileName => &self.files,
            Meaning::Ticket => &self.tickets,
            Meaning::User => &self.users,
            Meaning::LinkSource if link == Some(LINK_IN_WIKI) => &self.tags,
            Meaning::Artifact | Meaning::LinkSource => &self.artifacts,
            Meaning::Plain | Meaning::Content | Meaning::Local | Meaning::Time => {
                return id.to_string();
            }
        };
        match names.get(&id) {
            Some(name) => name.clone(),
            None if id > 0 => format!("dangling id {id}"),
            None => id.to_string(),
        }
    }
}

fn optional(
    connection: &Connection,
    table: &str,
    sql: &str,
) -> Result<HashMap<i64, String>, rusqlite::Error> {
    if columns(connection, table).is_empty() {
        return Ok(HashMap::new());
    }
    pairs(connection, sql)
}

fn pairs(connection: &Connection, sql: &str) -> Result<HashMap<i64, String>, rusqlite::Error> {
    let mut statement = connection.prepare(sql)?;
    let pairs = statement.query_map([], |row| Ok((row.get(0)?, name(row.get_ref(1)?)?)))?;
    pairs.collect()
}

/// A name that may be no UTF-8.
fn name(stored: ValueRef<'_>) -> Result<String, rusqlite::Error> {
    let bytes = stored.as_bytes()?;
    Ok(std::str::from_utf8(bytes).map_or_else(|_| bytes.escape_ascii().to_string(), str::to_owned))
}
