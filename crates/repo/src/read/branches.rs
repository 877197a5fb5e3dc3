//! Branches, and tags on one artifact.

use outcrop_format::hash::HashName;

use crate::artifact::Moment;
use crate::id::Rid;

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// What it is called.
    pub name: String,
    /// Its newest check-in.
    pub tip: HashName,
    /// When that was made.
    pub last: Moment,
    /// Whether its newest check-in is closed.
    pub is_closed: bool,
    /// How many check-ins it has.
    pub check_ins: u64,
}

/// A branch that is still worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBranch {
    /// What it is called.
    pub name: String,
    /// Its newest check-in.
    pub tip: HashName,
    /// When that was made.
    pub last: Moment,
}

/// A tag on an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagOn {
    /// The name; those that people give start with `sym-`.
    pub name: String,
    /// The value, if it has one.
    pub value: Option<String>,
    /// Whether descendants inherit it.
    pub is_propagating: bool,
    /// Whether it came from an ancestor.
    pub is_inherited: bool,
}

/// An artifact that has a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// The artifact.
    pub rid: Rid,
    /// Its name.
    pub name: HashName,
    /// The value of the tag there, if it has one.
    pub value: Option<String>,
    /// Whether the tag came from an ancestor.
    pub is_inherited: bool,
}
