//! The first rows of a new repository.

use super::WriteTx;
use super::error::DatabaseError;
use crate::artifact::Moment;
use crate::schema;

/// Rows that every repository starts with. Not for `Debug`: there are passwords among them.
pub(crate) struct FirstRows<'a> {
    /// Names and values of settings.
    pub(crate) settings: Vec<(&'a str, String)>,
    /// Login, password, rights and contact of users, the first being the administrator.
    pub(crate) users: Vec<[&'a str; 4]>,
    pub(crate) now: Moment,
}

/// Tags with a meaning of their own, numbered from 1.
const TAGS: [&str; 11] = [
    "bgcolor", "comment", "user", "date", "hidden", "private", "cluster", "branch", "closed",
    "parent", "note",
];

const DOING: &str = "make a repository";

/// The report that every repository starts with: its title and, line by line, the colours and the
/// query. Fossil's users find it under "Tickets".
const REPORT: [&str; 3] = [
    "All Tickets",
    "#ffffff Key:\n#f2dcdc Active\n#e8e8e8 Review\n#cfe8bd Fixed\n#bde5d6 Tested\n\
     #cacae5 Deferred\n#c8c8c8 Closed",
    include_str!("../schema/all_tickets.sql"),
];

impl WriteTx {
    /// Makes all tables, and rows that need no artifact.
    pub(crate) fn found(&self, rows: &FirstRows<'_>) -> Result<(), DatabaseError> {
        for statements in schema::STATEMENTS {
            self.execute_all(DOING, statements)?;
        }
        let mark = format!("PRAGMA application_id = {}", schema::APPLICATION_ID);
        self.execute_all(DOING, &mark)?;
        let now = rows.now.unix_millis() / 1000;
        for (name, value) in &rows.settings {
            let sql = "INSERT INTO config(name, value, mtime) VALUES(?1, ?2, ?3)";
            self.execute(DOING, sql, (*name, value, now))?;
        }
        for [login, password, rights, contact] in &rows.users {
            let sql = "INSERT INTO user(login, pw, cap, info) VALUES(?1, ?2, ?3, ?4)";
            self.execute(DOING, sql, (login, password, rights, contact))?;
        }
        self.execute(DOING, "UPDATE user SET mtime = ?1 WHERE uid = 1", [now])?;
        self.add_usual_tags()?;
        let [title, colours, query] = REPORT;
        let sql = "INSERT INTO reportfmt(title, mtime, cols, sqlcode) \
                   VALUES(?1, julianday('1970-01-01'), ?2, ?3)";
        self.execute(DOING, sql, (title, colours, query.trim_end()))?;
        Ok(())
    }

    /// Adds the tags that have a meaning of their own.
    pub(super) fn add_usual_tags(&self) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO tag(tagid, tagname) VALUES(?1, ?2)";
        self.execute_each(DOING, sql, (1_i64..).zip(TAGS))
    }
}
