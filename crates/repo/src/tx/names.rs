//! What the forms of a name stand for. How a name is taken apart is told in [`crate::read`].

use rusqlite::Row;

use super::ReadTx;
use super::blobs::{name, rid};
use super::error::DatabaseError;
use crate::blob::PrefixMatch;
use crate::id::Rid;
use crate::limits;
use crate::read::EventKind;

/// In what zone a date is given that does not tell itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    Utc,
    Local,
}

impl Zone {
    /// What makes UTC of it, for SQLite's functions.
    const fn modifier(self) -> &'static str {
        match self {
            Self::Utc => "0 seconds",
            Self::Local => "utc",
        }
    }
}

const DOING: &str = "look up a name";

pub(super) const NEWEST_CHECK_IN: &str =
    "SELECT objid FROM event WHERE type = 'ci' ORDER BY mtime DESC LIMIT 1";

pub(super) const NEWEST_EVENT: &str = "SELECT objid FROM event \
     WHERE mtime <= julianday(?1, ?2) AND type GLOB ?3 ORDER BY mtime DESC LIMIT 1";

/// Common tags are found among the newest events, before all events with the tag are sorted.
pub(super) const NEWEST_AMONG_LAST: &str = "SELECT e.objid \
     FROM (SELECT objid, type, mtime FROM event ORDER BY mtime DESC LIMIT 30) AS e \
     WHERE e.type GLOB ?2 AND EXISTS(SELECT 1 FROM tagxref x \
         WHERE x.rid = e.objid AND x.tagtype > 0 \
         AND x.tagid = (SELECT tagid FROM tag WHERE tagname = ?1)) \
     ORDER BY e.mtime DESC LIMIT 1";

pub(super) const NEWEST_WITH_TAG: &str = "SELECT e.objid \
     FROM tag t CROSS JOIN tagxref x CROSS JOIN event e \
     WHERE t.tagname = ?1 AND x.tagid = t.tagid AND x.tagtype > 0 \
     AND e.objid = x.rid AND e.type GLOB ?2 ORDER BY e.mtime DESC LIMIT 1";

pub(super) const NEWEST_WITH_TAG_UNTIL: &str = "SELECT e.objid \
     FROM tag t CROSS JOIN tagxref x CROSS JOIN event e \
     WHERE t.tagname = ?1 AND x.tagid = t.tagid AND x.tagtype > 0 \
     AND e.objid = x.rid AND e.type GLOB ?2 AND e.mtime <= julianday(?3, ?4) \
     ORDER BY e.mtime DESC LIMIT 1";

pub(super) const EVENTS_WITH_PREFIX: &str = "SELECT b.rid, b.uuid \
     FROM blob b CROSS JOIN event e \
     WHERE b.uuid >= ?1 AND b.uuid < ?2 AND e.objid = b.rid AND e.type = ?3 \
     ORDER BY b.uuid LIMIT ?4";

fn letters(among: Option<EventKind>) -> &'static str {
    among.map_or("*", EventKind::letters)
}

fn first_rid(row: &Row<'_>) -> rusqlite::Result<Rid> {
    rid(row, 0)
}

impl ReadTx {
    /// The zone that users of this repository write dates in.
    pub(crate) fn user_zone(&self) -> Result<Zone, DatabaseError> {
        let is_local = self.setting("timeline-utc")?.as_deref() == Some("0");
        Ok(if is_local { Zone::Local } else { Zone::Utc })
    }

    /// The newest check-in.
    pub(crate) fn newest_check_in(&self) -> Result<Option<Rid>, DatabaseError> {
        self.first(DOING, NEWEST_CHECK_IN, [], first_rid)
    }

    /// The newest event up to a date, which may be none.
    pub(crate) fn newest_event(
        &self,
        date: &str,
        zone: Zone,
        among: Option<EventKind>,
    ) -> Result<Option<Rid>, DatabaseError> {
        self.first(DOING, NEWEST_EVENT, (date, zone.modifier(), letters(among)), first_rid)
    }

    /// The newest event with a tag that people give.
    pub(crate) fn newest_with_tag(
        &self,
        tag: &str,
        among: Option<EventKind>,
    ) -> Result<Option<Rid>, DatabaseError> {
        self.newest_of_tag(&format!("sym-{tag}"), letters(among))
    }

    /// The newest version of a wiki page.
    pub(crate) fn newest_of_page(&self, title: &str) -> Result<Option<Rid>, DatabaseError> {
        self.newest_of_tag(&format!("wiki-{title}"), EventKind::Wiki.letters())
    }

    fn newest_of_tag(&self, tag: &str, letters: &str) -> Result<Option<Rid>, DatabaseError> {
        match self.first(DOING, NEWEST_AMONG_LAST, (tag, letters), first_rid)? {
            None => self.first(DOING, NEWEST_WITH_TAG, (tag, letters), first_rid),
            found => Ok(found),
        }
    }

    /// The newest event up to a date with a tag that people give.
    pub(crate) fn newest_with_tag_until(
        &self,
        tag: &str,
        date: &str,
        zone: Zone,
        among: Option<EventKind>,
    ) -> Result<Option<Rid>, DatabaseError> {
        let params = (format!("sym-{tag}"), letters(among), date, zone.modifier());
        self.first(DOING, NEWEST_WITH_TAG_UNTIL, params, first_rid)
    }

    /// Which artifacts have a name that begins with these digits and stand in the timeline.
    pub(crate) fn events_with_prefix(
        &self,
        digits: &str,
        kind: EventKind,
    ) -> Result<PrefixMatch, DatabaseError> {
        let first = digits.to_ascii_lowercase();
        // No digit is past `f`.
        let end = format!("{first}g");
        let limit = i64::try_from(limits::AMBIGUOUS_NAMES).unwrap_or(i64::MAX);
        let params = (first, end, kind.letters(), limit);
        let found =
            self.all(DOING, EVENTS_WITH_PREFIX, params, |row| Ok((rid(row, 0)?, name(row, 1)?)))?;
        Ok(match found.as_slice() {
            [] => PrefixMatch::None,
            [(rid, name)] => PrefixMatch::One(*rid, *name),
            many => PrefixMatch::Ambiguous(many.iter().map(|(_, name)| *name).collect()),
        })
    }
}
