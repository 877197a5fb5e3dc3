//! A ticket as `--json` has it.

use outcrop_repo::{
    artifact::Moment,
    ticket::{TicketRow, TicketValue},
};
use serde::{Serialize, Serializer};

use super::OWN;
use crate::clock::seconds_of;

/// A ticket.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) created: Option<i64>,
    pub(super) changed: Option<i64>,
    pub(super) fields: Fields,
}

/// The values of a project's own fields, in the order of the table.
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, Option<String>)>);

impl From<TicketRow> for Row {
    fn from(ticket: TicketRow) -> Self {
        Self {
            created: time(&ticket, "tkt_ctime"),
            changed: time(&ticket, "tkt_mtime"),
            id: ticket.id,
            fields: Fields(ticket.values.into_iter().filter_map(own_value).collect()),
        }
    }
}

/// A time in seconds since 1970, if the column has one. The table has them as julian days.
fn time(ticket: &TicketRow, column: &str) -> Option<i64> {
    Moment::parse(ticket.text(column)?.as_bytes()).map(seconds_of)
}

fn own_value(value: TicketValue) -> Option<(String, Option<String>)> {
    let text = value.value.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (!value.column.starts_with(OWN)).then_some((value.column, text))
}

impl Fields {
    /// The value of a field; an empty text if it has none. `None` if there is no such field.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(field, _)| field == name)?;
        Some(value.as_deref().unwrap_or_default())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }
}

/// An object with a field for each.
impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
