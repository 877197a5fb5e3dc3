//! The first rows of a new repository.

use super::WriteTx;
use super::error::DatabaseError;
use crate::artifact::Moment;
use crate::id::Rid;
use crate::schema;

/// Rows that every repository starts with.
#[derive(Debug)]
pub(crate) struct FirstRows<'a> {
    /// Names and values of settings.
    pub(crate) settings: Vec<(&'a str, String)>,
    /// Login, password, rights and contact of users, the first being the administrator.
    pub(crate) users: Vec<[&'a str; 4]>,
    pub(crate) now: Moment,
}

/// What the initial check-in means to the derived tables.
#[derive(Debug)]
pub(crate) struct FirstCheckIn<'a> {
    pub(crate) rid: Rid,
    pub(crate) date: Moment,
    pub(crate) user: &'a str,
    pub(crate) comment: &'a str,
    pub(crate) branch: &'a str,
}

/// Tags with a meaning of their own, numbered from 1.
const TAGS: [&str; 11] = [
    "bgcolor", "comment", "user", "date", "hidden", "private", "cluster", "branch", "closed",
    "parent", "note",
];

/// The tag that gives a branch its value.
const BRANCH_TAG: i64 = 8;

/// The tag is inherited by descendants.
const PROPAGATING: i64 = 2;

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
        for (number, tag) in (1_i64..).zip(TAGS) {
            self.execute(DOING, "INSERT INTO tag(tagid, tagname) VALUES(?1, ?2)", (number, tag))?;
        }
        let [title, colours, query] = REPORT;
        let sql = "INSERT INTO reportfmt(title, mtime, cols, sqlcode) \
                   VALUES(?1, julianday('1970-01-01'), ?2, ?3)";
        self.execute(DOING, sql, (title, colours, query.trim_end()))?;
        Ok(())
    }

    /// Tells the derived tables of the initial check-in.
    pub(crate) fn link_first_check_in(
        &self,
        check_in: &FirstCheckIn<'_>,
    ) -> Result<(), DatabaseError> {
        let FirstCheckIn { rid, date, user, comment, branch } = *check_in;
        let (rid, date) = (rid.get(), date.julian_day());
        let sql = "INSERT INTO event(type, mtime, objid, user, comment, omtime) \
                   VALUES('ci', ?1, ?2, ?3, ?4, ?1)";
        self.execute(DOING, sql, (date, rid, user, comment))?;
        self.execute(DOING, "INSERT INTO leaf(rid) VALUES(?1)", [rid])?;
        let sql = "INSERT INTO tag(tagname) VALUES('sym-' || ?1)";
        let symbolic = self.insert(DOING, sql, [branch])?;
        for (tag, value) in [(BRANCH_TAG, Some(branch)), (symbolic, None)] {
            let sql = "INSERT INTO tagxref(tagid, tagtype, srcid, origid, value, mtime, rid) \
                       VALUES(?1, ?2, ?3, ?3, ?4, ?5, ?3)";
            self.execute(DOING, sql, (tag, PROPAGATING, rid, value, date))?;
        }
        Ok(())
    }
}
