//! How far long work has come.

/// What a verification or a rebuild does, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Artifacts are expanded, and looked into.
    Artifacts,
    /// Rows are derived from those that have a meaning.
    Meanings,
    /// Tables are compared.
    Tables,
}

/// How far long work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Artifacts, or tables, done with.
    pub done: u64,
    /// Those to do, at most.
    pub total: u64,
}
