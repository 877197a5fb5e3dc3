//! `event`: the timeline.

use super::super::blobs::whole_number;
use super::super::error::DatabaseError;
use super::super::{ReadTx, WriteTx};
use super::{AsText, Value, text, time, value};

/// What a row of the timeline tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    CheckIn,
    Wiki,
    Technote,
    Ticket,
    Forum,
    /// A change of tags.
    Control,
}

/// A row of the timeline. Its key is the artifact.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EventRow {
    pub(crate) kind: EventKind,
    pub(crate) mtime: Option<f64>,
    pub(crate) tag: Option<i64>,
    pub(crate) colour: Option<Value>,
    pub(crate) edited_user: Option<Value>,
    pub(crate) user: Option<Value>,
    pub(crate) edited_comment: Option<Value>,
    pub(crate) comment: Option<Value>,
    pub(crate) brief: Option<Value>,
    /// What the artifact itself says, where `mtime` may differ.
    pub(crate) original_mtime: Option<f64>,
}

impl EventKind {
    const ALL: [(Self, &'static [u8]); 6] = [
        (Self::CheckIn, b"ci"),
        (Self::Wiki, b"w"),
        (Self::Technote, b"e"),
        (Self::Ticket, b"t"),
        (Self::Forum, b"f"),
        (Self::Control, b"g"),
    ];

    fn from_letters(letters: &[u8]) -> Self {
        // Rows of other kinds belong to no artifact that is known here.
        Self::ALL.iter().find(|(_, of)| *of == letters).map_or(Self::Control, |(kind, _)| *kind)
    }

    fn letters(self) -> &'static [u8] {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or(b"g", |(_, letters)| letters)
    }
}

impl EventRow {
    pub(crate) const fn new(kind: EventKind, mtime: f64) -> Self {
        Self {
            kind,
            mtime: Some(mtime),
            tag: None,
            colour: None,
            edited_user: None,
            user: None,
            edited_comment: None,
            comment: None,
            brief: None,
            original_mtime: None,
        }
    }
}

const DOING: &str = "record the timeline";

impl ReadTx {
    pub(crate) fn event_row(&self, rid: i64) -> Result<Option<EventRow>, DatabaseError> {
        let sql = "SELECT type, mtime, tagid, bgcolor, euser, user, ecomment, comment, brief, \
                   omtime FROM event WHERE objid = ?1";
        self.first("read the timeline", sql, [rid], |row| {
            Ok(EventRow {
                kind: EventKind::from_letters(row.get_ref(0)?.as_bytes().unwrap_or_default()),
                mtime: time(row, 1)?,
                tag: row.get(2)?,
                colour: value(row, 3)?,
                edited_user: value(row, 4)?,
                user: value(row, 5)?,
                edited_comment: value(row, 6)?,
                comment: value(row, 7)?,
                brief: value(row, 8)?,
                original_mtime: time(row, 9)?,
            })
        })
    }

    /// The greatest number of an artifact on the timeline.
    pub(crate) fn last_event(&self) -> Result<i64, DatabaseError> {
        self.only("read the timeline", "SELECT max(objid) FROM event", [], |row| {
            whole_number(row, 0)
        })
    }

    /// What SQLite takes a text for as a time.
    pub(crate) fn julian_day_of(&self, text: &[u8]) -> Result<Option<f64>, DatabaseError> {
        self.only("read a date", "SELECT julianday(?1)", [AsText(text)], |row| time(row, 0))
    }
}

impl WriteTx {
    pub(crate) fn put_events<'r>(
        &self,
        rows: impl Iterator<Item = (i64, &'r EventRow)>,
    ) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO event(type, mtime, objid, tagid, bgcolor, euser, user, ecomment, \
                   comment, brief, omtime) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        self.execute_each(
            DOING,
            sql,
            rows.map(|(rid, row)| {
                (
                    AsText(row.kind.letters()),
                    row.mtime,
                    rid,
                    row.tag,
                    text(row.colour.as_ref()),
                    text(row.edited_user.as_ref()),
                    text(row.user.as_ref()),
                    text(row.edited_comment.as_ref()),
                    text(row.comment.as_ref()),
                    text(row.brief.as_ref()),
                    row.original_mtime,
                )
            }),
        )
    }

    pub(crate) fn remove_event(&self, rid: i64) -> Result<(), DatabaseError> {
        self.execute(DOING, "DELETE FROM event WHERE objid = ?1", [rid])?;
        Ok(())
    }
}
