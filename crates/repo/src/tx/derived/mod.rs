//! The tables derived from artifacts: their rows, read and written.
//!
//! What the rows say is decided in [`crate::crosslink`]. Numbers stand in them as they are stored:
//! a 0 or a −1 in place of a row number has a meaning in some columns.

mod awaited;
mod changes;
mod compare;
mod events;
mod facts;
mod lineage;
mod others;
mod rebuild;
mod strays;
mod tags;

pub(crate) use changes::{ChangeRow, PickRow};
pub(crate) use compare::{Cell, Compared, Difference};
pub(crate) use events::{EventKind, EventRow};
pub(crate) use lineage::{Child, ParentRow};
pub(crate) use others::{AttachmentRow, BacklinkRow, BacklinkSource, ForumRow};
pub(crate) use tags::{TagKind, TagRow};

use std::rc::Rc;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Result, Row};

/// Text of an artifact as a column holds it. It need not be UTF-8.
pub(crate) type Value = Rc<[u8]>;

/// Binds bytes as text.
pub(super) struct AsText<'a>(pub(super) &'a [u8]);

impl ToSql for AsText<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0)))
    }
}

/// Binds bytes as text, or nothing as NULL.
fn text(value: Option<&Value>) -> Option<AsText<'_>> {
    value.map(|value| AsText(value))
}

/// Reads text, whatever its encoding. A number in its place is told in digits.
fn value(row: &Row<'_>, column: usize) -> Result<Option<Value>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes.into()),
        ValueRef::Integer(number) => Some(number.to_string().into_bytes().into()),
        ValueRef::Real(number) => Some(number.to_string().into_bytes().into()),
    })
}

/// Reads a time; what is none counts as NULL.
fn time(row: &Row<'_>, column: usize) -> Result<Option<f64>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Real(time) => Some(time),
        #[expect(clippy::cast_precision_loss, reason = "a time, in days")]
        ValueRef::Integer(time) => Some(time as f64),
        _ => None,
    })
}
