//! What can go wrong with unversioned files.

use outcrop_format::hash::HashName;

use crate::damage::Damage;
use crate::tx::DatabaseError;

/// Why the content of an unversioned file cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadFileError {
    /// Its stored bytes are damaged.
    #[error("the unversioned file {name} is damaged: {damage}")]
    Damaged {
        /// Which.
        name: String,
        /// How.
        damage: Damage,
    },
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why an unversioned file was not written. Nothing was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteFileError {
    /// No unversioned file may have this name.
    #[error("an unversioned file cannot be called {name:?}: a name is a {rule}")]
    Name {
        /// The name.
        name: String,
        /// What a name must be.
        rule: &'static str,
    },
    /// The time is before 1970.
    #[error("the unversioned file {name} has the time {mtime}, before 1970")]
    Time {
        /// Which.
        name: String,
        /// Its time.
        mtime: i64,
    },
    /// It is larger than allowed.
    #[error("the unversioned file {name} has {size} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Which.
        name: String,
        /// Bytes that it has.
        size: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// The content has another hash than the peer said.
    #[error("wrong hash: the content of the unversioned file {name} is not {hash}")]
    WrongHash {
        /// Which.
        name: String,
        /// What its hash should be.
        hash: HashName,
    },
    /// The database has failed. The transaction should not be committed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
