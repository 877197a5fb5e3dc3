//! Deliveries, concealed addresses, reports and links.

use rusqlite::Row;

use super::error::DatabaseError;
use super::settings::{optional_text, text};
use super::{ReadTx, WriteTx};
use crate::artifact::Moment;
use crate::delivery::Delivery;
use crate::limits::PAGE_ROWS;
use crate::link::Interwiki;
use crate::report::{NewReport, Report};

const REPORT: &str = "SELECT rn, title, owner, cols, sqlcode, CAST(mtime AS INTEGER) \
                      FROM reportfmt ";

impl ReadTx {
    /// Where artifacts came from, the newest delivery first: those with a number below `before`, but
    /// no more than [`PAGE_ROWS`].
    pub fn deliveries(&self, before: Option<i64>) -> Result<Vec<Delivery>, DatabaseError> {
        let sql = "SELECT r.rcvid, r.uid, u.login, \
                   CAST(round(r.mtime * 86400000.0) AS INTEGER), r.ipaddr \
                   FROM rcvfrom r LEFT JOIN user u ON u.uid = r.uid \
                   WHERE r.rcvid < ?1 ORDER BY r.rcvid DESC LIMIT ?2";
        let rows = i64::try_from(PAGE_ROWS).unwrap_or(i64::MAX);
        let params = (before.unwrap_or(i64::MAX), rows);
        self.all("list the deliveries", sql, params, |row| {
            let at: Option<i64> = row.get(3)?;
            Ok(Delivery {
                number: row.get(0)?,
                uid: row.get::<_, Option<i64>>(1)?.filter(|uid| *uid != 0),
                user: optional_text(row, 2)?,
                at: at.and_then(Moment::from_julian_millis),
                address: optional_text(row, 4)?,
            })
        })
    }

    /// What a concealed text stands for.
    pub(crate) fn concealed_text(&self, hash: &str) -> Result<Option<String>, DatabaseError> {
        let sql = "SELECT content FROM concealed WHERE hash = ?1";
        let found = self.first("reveal an address", sql, [hash], |row| optional_text(row, 0))?;
        Ok(found.flatten())
    }

    /// All reports, in the order of their numbers.
    pub fn reports(&self) -> Result<Vec<Report>, DatabaseError> {
        self.all("list the reports", &[REPORT, "ORDER BY rn"].concat(), [], report)
    }

    /// The report with this title.
    pub fn report(&self, title: &str) -> Result<Option<Report>, DatabaseError> {
        self.first("look up a report", &[REPORT, "WHERE title = ?1"].concat(), [title], report)
    }

    /// The values of links to other wikis, by prefix.
    pub(crate) fn interwiki_rows(&self, prefix: &str) -> Result<Vec<Interwiki>, DatabaseError> {
        let sql = "SELECT substr(name, length(?1) + 1), \
                   value ->> 'base', value ->> 'hash', value ->> 'wiki' FROM config \
                   WHERE substr(name, 1, length(?1)) = ?1 AND json_valid(value) ORDER BY name";
        self.all("list the links to other wikis", sql, [prefix], |row| {
            Ok(Interwiki {
                code: text(row, 0)?,
                base: text(row, 1)?,
                hash: optional_text(row, 2)?,
                wiki: optional_text(row, 3)?,
            })
        })
    }
}

impl WriteTx {
    /// Remembers what a concealed text stands for, unless it is known.
    pub(crate) fn insert_concealed(
        &self,
        hash: &str,
        content: &str,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let sql = "INSERT OR IGNORE INTO concealed(hash, content, mtime) VALUES(?1, ?2, ?3)";
        self.execute("conceal an address", sql, (hash, content, now))?;
        Ok(())
    }

    /// Changes the report with this title, or adds it.
    pub(crate) fn upsert_report(
        &self,
        report: &NewReport<'_>,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let NewReport { title, owner, colours, query } = *report;
        let sql = "INSERT INTO reportfmt(title, owner, cols, sqlcode, mtime) \
                   VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(title) DO UPDATE SET \
                   owner = excluded.owner, cols = excluded.cols, sqlcode = excluded.sqlcode, \
                   mtime = excluded.mtime";
        self.execute("change a report", sql, (title, owner, colours, query, now))?;
        Ok(())
    }

    /// Takes a report away. Says whether there was one.
    pub fn delete_report(&self, title: &str) -> Result<bool, DatabaseError> {
        let sql = "DELETE FROM reportfmt WHERE title = ?1";
        Ok(self.execute("delete a report", sql, [title])? > 0)
    }

    /// The value of a setting that holds a link to another wiki.
    pub(crate) fn put_interwiki(
        &self,
        name: &str,
        link: &Interwiki,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO config(name, value, mtime) \
                   VALUES(?1, json_object('base', ?2, 'hash', ?3, 'wiki', ?4), ?5)";
        let Interwiki { base, hash, wiki, .. } = link;
        self.execute("change a link to another wiki", sql, (name, base, hash, wiki, now))?;
        Ok(())
    }
}

fn report(row: &Row<'_>) -> rusqlite::Result<Report> {
    Ok(Report {
        number: row.get(0)?,
        title: text(row, 1)?,
        owner: optional_text(row, 2)?,
        colours: text(row, 3)?,
        query: text(row, 4)?,
        mtime: row.get(5)?,
    })
}
