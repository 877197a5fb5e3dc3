//! How much is in a repository, and how it is kept.

/// What a repository holds, counted. [`ReadTx::census`](crate::tx::ReadTx::census) counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Census {
    /// Artifacts whose content, or a delta, is here.
    pub artifacts: u64,
    /// Artifacts that are known by name only.
    pub phantoms: u64,
    /// Artifacts that are stored as changes of others.
    pub deltas: u64,
    /// Artifacts kept from those who may not see what is private.
    pub private: u64,
    /// Names that are not wanted.
    pub shunned: u64,
    /// Check-ins on the timeline.
    pub check_ins: u64,
    /// Check-ins without a child on their branch.
    pub leaves: u64,
    /// Branches, closed ones too.
    pub branches: u64,
    /// Unversioned files, without those that were deleted.
    pub unversioned: u64,
    /// Bytes of all artifacts, whole.
    pub content: u64,
    /// What SQLite calls the way in which commits reach the file: `delete` for a rollback journal,
    /// `wal` for a write-ahead log.
    pub journal: String,
}
