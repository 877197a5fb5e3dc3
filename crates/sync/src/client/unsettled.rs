//! Batches of a clone that become real together.
//!
//! Each commit waits for the disk, and in a clone that was resumed it writes much of the index over
//! names anew. So as long as batches come about as fast as they are stored, several share one. When
//! there is nothing else to do for a while, what has come is made real: a clone over a slow line has a
//! commit for each batch.

use std::time::SystemTime;

use outcrop_repo::receive::CloneNames;
use outcrop_repo::tx::{DatabaseError, WriteTx};

use super::limits::{UNSETTLED_BYTES, UNSETTLED_TIME};

/// What has come and is not real yet. It becomes so too if the session ends early, however it does.
#[derive(Debug)]
pub(super) struct Unsettled {
    tx: Option<WriteTx>,
    /// All that has come, as long as the file has no index over it.
    names: Option<CloneNames>,
    /// When the first of it came.
    since: SystemTime,
    bytes: usize,
}

impl Unsettled {
    pub(super) const fn nothing() -> Self {
        Self { tx: None, names: None, since: SystemTime::UNIX_EPOCH, bytes: 0 }
    }

    /// The transaction to go on with.
    pub(super) const fn take(&mut self) -> Option<WriteTx> {
        self.tx.take()
    }

    /// Keeps a transaction, in which so many bytes more were written of what has come at this time.
    pub(super) fn keep(&mut self, tx: WriteTx, bytes: usize, at: SystemTime) {
        if self.bytes == 0 {
            self.since = at;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.tx = Some(tx);
    }

    /// What has come, to go on with.
    pub(super) const fn take_names(&mut self) -> Option<CloneNames> {
        self.names.take()
    }

    /// Keeps what has come.
    pub(super) fn keep_names(&mut self, names: Option<CloneNames>) {
        self.names = names;
    }

    /// Whether it is too much to lose, at this time.
    pub(super) fn is_much(&self, now: SystemTime) -> bool {
        // A clock that was set back says nothing.
        let is_old = now.duration_since(self.since).map_or(true, |age| age >= UNSETTLED_TIME);
        is_old || self.bytes >= UNSETTLED_BYTES
    }

    /// Makes it real.
    pub(super) fn settle(&mut self) -> Result<(), DatabaseError> {
        self.bytes = 0;
        let Some(tx) = self.tx.take() else { return Ok(()) };
        if let Some(names) = &mut self.names {
            names.settle(&tx)?;
        }
        tx.commit()
    }
}

impl Drop for Unsettled {
    fn drop(&mut self) {
        // If it fails, a little more is to come again.
        let _ = self.settle();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use outcrop_repo::Repo;
    use outcrop_repo::artifact::Moment;
    use outcrop_repo::create::PartialClone;

    use super::*;

    #[test]
    fn what_has_come_is_real_in_the_end_and_much_of_it_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clone");
        let now = Moment::parse(b"2024-05-06T07:08:09").unwrap();
        let mark = |seqno| PartialClone { protocol: 3, seqno, server_code: None };
        let repo = Repo::begin_clone(&path, "alice", &mark(1), now, &mut |_| {}).unwrap();
        let stored = || repo.read().unwrap().partial_clone().unwrap().unwrap().seqno;

        let mut unsettled = Unsettled::nothing();
        let tx = repo.write().unwrap();
        tx.note_partial_clone(&mark(2)).unwrap();
        let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        unsettled.keep(tx, 1, begun);
        assert!(!unsettled.is_much(begun + UNSETTLED_TIME / 2));
        assert!(unsettled.is_much(begun + UNSETTLED_TIME));
        assert!(unsettled.is_much(begun - Duration::from_secs(1)));
        let tx = unsettled.take().unwrap();
        tx.note_partial_clone(&mark(3)).unwrap();
        unsettled.keep(tx, UNSETTLED_BYTES, begun + UNSETTLED_TIME / 2);
        assert!(unsettled.is_much(begun), "many bytes");
        assert_eq!(stored(), 1);
        unsettled.settle().unwrap();
        assert_eq!(stored(), 3);

        let tx = repo.write().unwrap();
        tx.note_partial_clone(&mark(4)).unwrap();
        unsettled.keep(tx, 1, begun);
        drop(unsettled);
        assert_eq!(stored(), 4, "a session that ends early keeps what has come");
    }
}
