//! Batches of a clone that are stored, and not committed yet.
//!
//! A commit waits for the disk several times. Where batches come quickly, most of a clone would be
//! waiting; so some of them are committed together. Where they come slowly, each is committed as it
//! comes, and a clone that breaks off goes on where it was.

use std::time::SystemTime;

use outcrop_repo::tx::{DatabaseError, WriteTx};

use super::limits::{UNSAVED_BYTES, UNSAVED_FOR};

/// A transaction that may be committed at any time: between two batches what has come is whole, and
/// the number of the artifact that comes next stands beside it.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    open: Option<Open>,
    /// After the next batch another one comes, which is asked for already.
    more: bool,
}

#[derive(Debug)]
struct Open {
    tx: WriteTx,
    since: Since,
}

/// What a transaction has taken in before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    at: SystemTime,
    bytes: usize,
}

impl Unsaved {
    /// The transaction for one more batch, a new one if none is open. Nothing is kept of what was not saved, unless it comes
    /// back by [`keep`](Self::keep).
    pub(super) fn go_on(
        &mut self,
        now: SystemTime,
        begin: impl FnOnce() -> Result<WriteTx, DatabaseError>,
    ) -> Result<(WriteTx, Since), DatabaseError> {
        match self.open.take() {
            Some(Open { tx, since }) => Ok((tx, since)),
            None => Ok((begin()?, Since { at: now, bytes: 0 })),
        }
    }

    /// Keeps a transaction with what a batch of so many bytes has brought.
    pub(super) fn keep(&mut self, tx: WriteTx, since: Since, bytes: usize) {
        let since = Since { bytes: since.bytes.saturating_add(bytes), ..since };
        self.open = Some(Open { tx, since });
    }

    /// The batch after the next one is asked for.
    pub(super) const fn expect_more(&mut self) {
        self.more = true;
    }

    /// Whether it is time to commit. A clock that was put back makes it so.
    pub(super) fn is_due(&mut self, now: SystemTime) -> bool {
        let is_last = !std::mem::take(&mut self.more);
        is_last
            || self.open.as_ref().is_some_and(|Open { since, .. }| {
                let passed = now.duration_since(since.at);
                since.bytes >= UNSAVED_BYTES || passed.map_or(true, |passed| passed >= UNSAVED_FOR)
            })
    }

    /// Commits.
    pub(super) fn save(&mut self) -> Result<(), DatabaseError> {
        self.open.take().map_or(Ok(()), |open| open.tx.commit())
    }
}

impl Drop for Unsaved {
    /// Whatever ends the session, what has come is good. Where it cannot be kept it comes again.
    fn drop(&mut self) {
        drop(self.save());
    }
}
