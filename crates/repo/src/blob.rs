//! What is recorded of an artifact beside its content.

use outcrop_format::hash::HashName;

use crate::id::Rid;

/// The row of one artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobRow {
    /// The number of the row.
    pub rid: Rid,
    /// The name of the artifact.
    pub name: HashName,
    /// Bytes of the artifact, whole. A *phantom* has none: its name is known, its content is not.
    pub size: Option<u64>,
    /// The source, if the content is stored as a delta.
    pub source: Option<Rid>,
    /// Whether the artifact stays here unless someone may see what is private.
    pub private: bool,
    /// Whether the artifact is not wanted here. Fossil removes it with the next rebuild.
    pub shunned: bool,
}

impl BlobRow {
    /// Whether only the name is known.
    #[must_use]
    pub const fn is_phantom(&self) -> bool {
        self.size.is_none()
    }
}

/// How it stands with an artifact that has a row, told without reading the row: a page less to read
/// for each artifact that others announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The number of the row.
    pub rid: Rid,
    /// Whether only the name is known, and the content is wanted.
    pub phantom: bool,
    /// Whether the artifact stays here unless someone may see what is private.
    pub private: bool,
}

/// Which artifacts have a name that begins so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrefixMatch {
    /// No artifact.
    None,
    /// This one and no other.
    One(Rid, HashName),
    /// These, and maybe more: no more than [`AMBIGUOUS_NAMES`](crate::limits::AMBIGUOUS_NAMES) are
    /// told, in order.
    Ambiguous(Vec<HashName>),
}
