//! Why an artifact was refused.

use outcrop_format::envelope::EnvelopeError;
use outcrop_format::hash::HashName;

use crate::content::ContentError;
use crate::delta::DeltaError;
use crate::tx::DatabaseError;

/// Why an artifact was refused. Nothing was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// Artifacts of this name are not wanted here.
    #[error("artifact {0} is shunned")]
    Shunned(HashName),
    /// It is larger than allowed.
    #[error("artifact {name} has {size} bytes, more than the {limit} allowed")]
    TooLarge {
        /// What was refused.
        name: HashName,
        /// Bytes that it has, or claims.
        size: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// The envelope cannot be opened.
    #[error("artifact {name} cannot be opened: {cause}")]
    Envelope {
        /// What was refused.
        name: HashName,
        /// Why.
        #[source]
        cause: EnvelopeError,
    },
    /// The delta does not fit its source, or is none.
    #[error("the delta of artifact {name} does not apply: {cause}")]
    Delta {
        /// What was refused.
        name: HashName,
        /// Why.
        #[source]
        cause: DeltaError,
    },
    /// The content has another name.
    #[error("wrong hash: the content of artifact {0} has another name")]
    WrongHash(HashName),
    /// The delta builds upon what is to be made of it.
    #[error("artifact {0} builds upon itself")]
    Loop(HashName),
    /// It builds upon something private, and its sender [may not see
    /// that](super::Receiver::without_private).
    #[error("artifact {name} builds upon {source_name}, which its sender may not see")]
    Hidden {
        /// What was refused.
        name: HashName,
        /// What it builds upon.
        source_name: HashName,
    },
    /// The delta's source is damaged here.
    #[error("the source of artifact {name} cannot be read: {cause}")]
    Source {
        /// What was refused.
        name: HashName,
        /// Why.
        #[source]
        cause: ContentError,
    },
    /// The database has failed. What was received before is not affected.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
