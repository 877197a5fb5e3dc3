//! What can be wrong with a stored artifact.

use outcrop_format::envelope::EnvelopeError;

use crate::delta::DeltaError;
use crate::id::Rid;

/// How one stored artifact is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// What stands in place of its name is no hash.
    #[error("its name is not a hash")]
    BadName,
    /// Its row has a size, but no content.
    #[error("its content is gone")]
    NoContent,
    /// It is a delta, and the row of its source is gone.
    #[error("its delta's source, record {source_rid}, does not exist")]
    NoSource {
        /// The row number that nothing has.
        source_rid: i64,
    },
    /// It is a delta that needs itself, over one or more steps.
    #[error("its delta needs itself as source")]
    Loop,
    /// It is a delta, and its source cannot be expanded.
    #[error("its delta's source, record {source_rid}, is damaged")]
    DamagedSource {
        /// The nearest source.
        source_rid: Rid,
    },
    /// The compressed bytes cannot be opened.
    #[error("its stored bytes cannot be opened: {0}")]
    Envelope(#[from] EnvelopeError),
    /// Its delta does not fit its source.
    #[error("its delta does not apply: {0}")]
    Delta(#[from] DeltaError),
    /// The recorded size is not the real one.
    #[error("it has {real} bytes, but {recorded} are recorded")]
    WrongSize {
        /// What the row says.
        recorded: i64,
        /// What the content has.
        real: usize,
    },
    /// The content hashes to another name.
    #[error("its content does not hash to its name")]
    WrongHash,
}
