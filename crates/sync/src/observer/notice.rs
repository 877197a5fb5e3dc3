//! What observers are told.

use std::path::Path;
use std::time::Duration;

use outcrop_format::hash::HashName;
pub use outcrop_repo::Progress as Completing;

use crate::{Operation, TransportError};

/// What a session is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Started<'a> {
    /// Whether it clones.
    pub clone: bool,
    /// Whether it asks for content.
    pub pull: bool,
    /// Whether it is to offer content.
    pub push: bool,
    /// The file of the repository on this side.
    pub repository: &'a Path,
    /// Where the other side is, if the transport knows: an address without user and password.
    pub remote: Option<&'a str>,
}

impl Started<'_> {
    /// The same in one word.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match (self.clone, self.pull, self.push) {
            (true, ..) => Operation::Clone,
            (_, true, true) => Operation::Sync,
            (_, true, false) => Operation::Pull,
            (_, false, true) => Operation::Push,
            (_, false, false) => Operation::Other,
        }
    }
}

/// One step of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// An artifact was taken in.
    Received {
        /// Its name.
        name: HashName,
        /// Bytes of it, or of the delta that came for it, as they came.
        bytes: usize,
    },
    /// An artifact was put into the next request.
    Sent {
        /// Its name.
        name: HashName,
    },
    /// All has come; it is hashed and put in order.
    Completing(Completing),
}

/// A request got no reply, and is made again after some time.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Retrying<'a> {
    /// The round.
    pub round: u32,
    /// How many attempts have failed, this one included.
    pub failed: u32,
    /// How long the session waits before the next one.
    pub wait: Duration,
    /// Why the attempt has failed.
    pub error: &'a TransportError,
}

/// What has come of one extension table in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TableCounts {
    /// Rows that have changed here.
    pub received: u64,
    /// Rows that were sent.
    pub sent: u64,
}
