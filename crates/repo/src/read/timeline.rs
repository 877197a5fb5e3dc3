//! The timeline: what happened, newest first.

use outcrop_format::hash::HashName;

use super::EventKind;
use crate::artifact::Moment;
use crate::id::Rid;

/// Which lines of the timeline are wanted; all by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimelineFilter<'a> {
    /// Only of this kind.
    pub kind: Option<EventKind>,
    /// Only check-ins on this branch.
    pub branch: Option<&'a str>,
    /// Only by this user.
    pub user: Option<&'a str>,
    /// Only up to this moment.
    pub until: Option<Moment>,
    /// Only from this moment on.
    pub since: Option<Moment>,
    /// Only check-ins in which this file, or a file below this folder, is not as in a parent.
    pub path: Option<&'a str>,
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    /// The artifact.
    pub rid: Rid,
    /// Its name.
    pub name: HashName,
    /// When; where a tag has changed the date, the changed one.
    pub time: Moment,
    /// What kind of thing it was.
    pub kind: EventKind,
    /// Who did it, with the same care for tags.
    pub user: String,
    /// What it was, with the same care for tags.
    pub comment: String,
    /// The branch of a check-in.
    pub branch: Option<String>,
    /// The tags that people gave, without `sym-`; no more than
    /// [`TAGS_TOLD`](crate::limits::TAGS_TOLD).
    pub tags: Vec<String>,
    /// The colour that Fossil paints behind the line.
    pub background: Option<String>,
    /// Whether it is a check-in without a child on its branch.
    pub is_leaf: bool,
    /// Where the timeline goes on below this line.
    pub position: Position,
}

/// A place in the timeline, below one of its lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// The time as the file has it, to the last bit.
    pub(crate) julian_day: f64,
    pub(crate) rid: Rid,
}
