//! Reports: queries of tickets, by title.
//!
//! The query is kept and exchanged, and never run here.

use crate::artifact::Moment;
use crate::setting::seconds;
use crate::tx::{DatabaseError, WriteTx};

/// A report that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The number by which web pages know it.
    pub number: i64,
    /// Its title, which no other report has.
    pub title: String,
    /// Who made it.
    pub owner: Option<String>,
    /// The key of colours, a line each.
    pub colours: String,
    /// The query, in SQL.
    pub query: String,
    /// When it was last changed, in seconds since 1970. The report that each repository starts with
    /// has a day count there, so low that any change is newer.
    pub mtime: Option<i64>,
}

/// A report to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewReport<'a> {
    /// Its title. If a report has it, that one is changed.
    pub title: &'a str,
    /// Who made it.
    pub owner: &'a str,
    /// The key of colours, a line each.
    pub colours: &'a str,
    /// The query, in SQL.
    pub query: &'a str,
}

/// Why a report was not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Reports are told apart by their titles.
    #[error("a report needs a title")]
    NoTitle,
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl WriteTx {
    /// Keeps a report, under a new title or in place of the one that has it.
    pub fn put_report(&self, report: &NewReport<'_>, now: Moment) -> Result<(), ReportError> {
        if report.title.is_empty() {
            return Err(ReportError::NoTitle);
        }
        Ok(self.upsert_report(report, seconds(now))?)
    }
}
