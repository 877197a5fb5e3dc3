//! The timeline: rows of `event`, with what other tables say of them.

use rusqlite::types::Type;
use rusqlite::{Error, Row};

use super::ReadTx;
use super::blobs::{name, rid};
use super::error::DatabaseError;
use crate::artifact::Moment;
use crate::id::Rid;
use crate::limits;
use crate::read::{EventKind, Position, TimelineEntry, TimelineFilter};

const DOING: &str = "read the timeline";

/// Past every date that SQLite knows.
const END_OF_TIME: f64 = 1e9;

const MILLIS_PER_DAY: f64 = 86_400_000.0;

pub(super) const TIMELINE: &str = "SELECT e.objid, b.uuid, e.mtime, e.type, \
       coalesce(e.euser, e.user, ''), coalesce(e.ecomment, e.comment, ''), e.bgcolor, \
       EXISTS(SELECT 1 FROM leaf l WHERE l.rid = e.objid) \
     FROM event e CROSS JOIN blob b \
     WHERE b.rid = e.objid AND e.mtime <= ?1 AND (e.mtime < ?1 OR e.objid < ?2) \
       AND e.mtime <= ?3 AND e.mtime >= ?4 \
       AND (?5 IS NULL OR e.type = ?5) \
       AND (?6 IS NULL OR coalesce(e.euser, e.user) = ?6) \
       AND (?7 IS NULL OR EXISTS(SELECT 1 FROM tagxref x WHERE x.rid = e.objid \
           AND x.tagid = 8 AND x.tagtype > 0 AND x.value = ?7)) \
     ORDER BY e.mtime DESC, e.objid DESC LIMIT ?8";

pub(super) const ENTRY: &str = "SELECT e.objid, b.uuid, e.mtime, e.type, \
       coalesce(e.euser, e.user, ''), coalesce(e.ecomment, e.comment, ''), e.bgcolor, \
       EXISTS(SELECT 1 FROM leaf l WHERE l.rid = e.objid) \
     FROM event e CROSS JOIN blob b WHERE e.objid = ?1 AND b.rid = e.objid";

pub(super) const TAGS_OF_ENTRY: &str = "SELECT substr(t.tagname, 5) \
     FROM tagxref x CROSS JOIN tag t \
     WHERE x.rid = ?1 AND x.tagtype > 0 AND t.tagid = x.tagid AND t.tagname GLOB 'sym-*' \
     ORDER BY t.tagname LIMIT ?2";

impl ReadTx {
    /// Lines of the timeline, newest first: up to `limit`, and no more than
    /// [`LIST_ROWS`](crate::limits::LIST_ROWS). To go on, ask again from the
    /// [`position`](TimelineEntry::position) of the last one.
    pub fn timeline(
        &self,
        filter: &TimelineFilter<'_>,
        from: Option<Position>,
        limit: usize,
    ) -> Result<Vec<TimelineEntry>, DatabaseError> {
        let (day, below) =
            from.map_or((END_OF_TIME, i64::MAX), |from| (from.julian_day, from.rid.get()));
        let params = (
            day,
            below,
            filter.until.map_or(END_OF_TIME, Moment::julian_day),
            filter.since.map_or(0.0, Moment::julian_day),
            filter.kind.map(EventKind::letters),
            filter.user,
            filter.branch,
            page(limit),
        );
        let rows = self.all(DOING, TIMELINE, params, entry)?;
        rows.into_iter().map(|entry| self.with_tags(entry)).collect()
    }

    /// The line of the timeline that tells of an artifact; `None` if none does.
    pub fn timeline_entry(&self, artifact: Rid) -> Result<Option<TimelineEntry>, DatabaseError> {
        let found = self.first(DOING, ENTRY, [artifact.get()], entry)?;
        found.map(|entry| self.with_tags(entry)).transpose()
    }

    fn with_tags(&self, mut entry: TimelineEntry) -> Result<TimelineEntry, DatabaseError> {
        if entry.kind == EventKind::CheckIn {
            entry.branch = Some(self.branch_of(entry.rid)?);
        }
        entry.tags = self.given_tags(entry.rid)?;
        Ok(entry)
    }

    /// The tags that people gave an artifact, without `sym-`.
    fn given_tags(&self, artifact: Rid) -> Result<Vec<String>, DatabaseError> {
        let params = (artifact.get(), whole(limits::TAGS_TOLD));
        self.all(DOING, TAGS_OF_ENTRY, params, |row| Ok(lossy(row, 0)?.unwrap_or_default()))
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<TimelineEntry> {
    let (artifact, letters) = (rid(row, 0)?, lossy(row, 3)?.unwrap_or_default());
    Ok(TimelineEntry {
        rid: artifact,
        name: name(row, 1)?,
        time: moment(row, 2)?,
        kind: EventKind::from_letters(&letters)
            .ok_or_else(|| Error::InvalidColumnType(3, letters.clone(), Type::Text))?,
        user: lossy(row, 4)?.unwrap_or_default(),
        comment: lossy(row, 5)?.unwrap_or_default(),
        branch: None,
        tags: Vec::new(),
        background: lossy(row, 6)?,
        is_leaf: row.get(7)?,
        position: Position { julian_day: row.get(2)?, rid: artifact },
    })
}

/// How many rows a page may have.
pub(super) fn page(limit: usize) -> i64 {
    whole(limit.min(limits::LIST_ROWS))
}

fn whole(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Text, in which bytes that are not UTF-8 are replaced: old artifacts may hold some. Numbers that
/// stand in place of a text are none.
pub(super) fn lossy(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    let bytes = row.get_ref(column)?.as_bytes_or_null().unwrap_or_default();
    Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

/// A time, which the tables hold as a julian day.
#[expect(clippy::cast_possible_truncation, reason = "what is out of range is no moment either")]
pub(super) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Moment> {
    let day: f64 = row.get(column)?;
    let millis = (day * MILLIS_PER_DAY).round() as i64;
    Moment::from_julian_millis(millis).ok_or(Error::IntegralValueOutOfRange(column, millis))
}
