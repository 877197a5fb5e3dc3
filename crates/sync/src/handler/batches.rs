//! Batches of a clone that are kept, for the next who clones.
//!
//! Everyone who clones gets the same artifacts in the same order, as they are stored. So what was read
//! and written for one is kept within a limit, and handed to the next as it is: many who clone at a
//! time share one copy of it in memory. It is forgotten with the next commit, whoever makes it, and
//! nothing is kept of a repository in which something is to be kept from someone.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use outcrop_format::planted;
use outcrop_repo::Repo;
use outcrop_repo::tx::{DatabaseError, ReadTx, Version};
use outcrop_xfer::Chunks;

use super::gather;

/// After this time without a clone, what is kept makes room for another repository's.
const QUIET: Duration = Duration::from_secs(30);

/// How much may be kept, of all repositories together.
#[derive(Debug)]
pub struct BatchRoom {
    free: AtomicUsize,
    sharers: Mutex<Vec<Weak<Mutex<Kept>>>>,
}

/// The batches that are kept of one repository; give it to [`HandleOptions`](super::HandleOptions).
///
/// ```
/// # use outcrop_repo::{Repo, artifact::Moment, create::CreateOptions};
/// # let folder = tempfile::tempdir()?;
/// # let now = Moment::parse(b"2024-05-06T07:08:09").ok_or("not a date")?;
/// # let path = folder.path().join("new.fossil");
/// # let repo = Repo::create(path, &CreateOptions::new("alice", now), &mut |_| {})?.repo;
/// use std::sync::Arc;
///
/// use outcrop_sync::{BatchRoom, Batches, HandleOptions};
///
/// let room = Arc::new(BatchRoom::new(64 << 20));
/// let batches = Some(Arc::new(Batches::new(repo.clone(), room)));
/// let options = HandleOptions { batches, ..HandleOptions::default() };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Batches {
    repo: Repo,
    room: Arc<BatchRoom>,
    kept: Arc<Mutex<Kept>>,
}

/// All of one state of the repository.
#[derive(Debug, Default)]
struct Kept {
    /// When they were asked for.
    used: Duration,
    version: Option<Version>,
    batches: HashMap<Key, Arc<Batch>>,
    bytes: usize,
}

/// The first artifact, and the bytes after which the batch ends.
type Key = (u32, usize);

/// Artifacts in a row, as cards.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) cards: Chunks,
    /// The artifact that comes next; 0 if there is none.
    pub(super) next: u32,
    pub(super) artifacts: u64,
    /// How many of them are deltas.
    pub(super) deltas: u64,
    /// Whether old clients cannot take it.
    pub(super) has_sha3: bool,
}

/// The batches that a round may use and add to.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    batches: &'a Batches,
    /// What the round reads.
    version: Version,
    now: Duration,
}

impl BatchRoom {
    /// Room for so many bytes.
    #[must_use]
    pub const fn new(bytes: usize) -> Self {
        Self { free: AtomicUsize::new(bytes), sharers: Mutex::new(Vec::new()) }
    }

    /// Takes room, from others that have been quiet if there is not enough.
    fn make(&self, bytes: usize, now: Duration) -> bool {
        if self.take(bytes) {
            return true;
        }
        let mut sharers = lock(&self.sharers);
        sharers.retain(|sharer| sharer.strong_count() > 0);
        for sharer in sharers.iter().filter_map(Weak::upgrade) {
            // Who is busy is not quiet; the one who asks is locked too.
            if let Ok(mut kept) = sharer.try_lock()
                && kept.used.saturating_add(QUIET) < now
            {
                kept.clear(self);
            }
        }
        self.take(bytes)
    }

    fn take(&self, bytes: usize) -> bool {
        let take = |free: usize| free.checked_sub(bytes);
        self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.free.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Batches {
    /// None yet of this repository; all requests must be for it.
    #[must_use]
    pub fn new(repo: Repo, room: Arc<BatchRoom>) -> Self {
        let kept = Arc::default();
        lock(&room.sharers).push(Arc::downgrade(&kept));
        Self { repo, room, kept }
    }

    /// Begins to read.
    pub(super) fn read(&self, now: Duration) -> Result<(ReadTx, Option<Known<'_>>), DatabaseError> {
        let (tx, version) = self.repo.read_version()?;
        Ok((tx, version.map(|version| Known { batches: self, version, now })))
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        lock(&self.kept).clear(&self.room);
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("repo", &self.repo.path()).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    fn clear(&mut self, room: &BatchRoom) {
        room.give_back(std::mem::take(&mut self.bytes));
        self.batches.clear();
    }
}

impl Known<'_> {
    /// The batch that begins with this artifact; `None` if it is none to be shared.
    pub(super) fn batch(
        self,
        tx: &ReadTx,
        first: u32,
        budget: usize,
    ) -> Result<Option<Arc<Batch>>, DatabaseError> {
        let key = (first, budget);
        {
            let mut kept = lock(&self.batches.kept);
            kept.used = self.now;
            if (kept.version == Some(self.version) || planted!(StaleBatch))
                && let Some(batch) = kept.batches.get(&key)
            {
                return Ok(Some(Arc::clone(batch)));
            }
        }
        if !tx.hides_nothing()? {
            return Ok(None);
        }
        let batch = Arc::new(gather::gather(tx, first, budget)?);
        self.keep(key, &batch);
        Ok(Some(batch))
    }

    fn keep(self, key: Key, batch: &Arc<Batch>) {
        let Batches { repo, room, kept } = self.batches;
        let mut kept = lock(kept);
        if kept.version != Some(self.version) {
            // A round that began before a commit must not bring its state back.
            if repo.version().ok() != Some(self.version) {
                return;
            }
            kept.clear(room);
            kept.version = Some(self.version);
        }
        let bytes = batch.cards.len();
        if !kept.batches.contains_key(&key) && room.make(bytes, self.now) {
            kept.bytes += bytes;
            kept.batches.insert(key, Arc::clone(batch));
        }
    }
}

#[cfg(test)]
mod tests {
    use outcrop_repo::artifact::Moment;
    use outcrop_repo::create::CreateOptions;

    use super::*;

    const BUDGET: usize = 1_000_000;

    fn used(room: &BatchRoom) -> usize {
        BUDGET - room.free.load(Ordering::Relaxed)
    }

    fn created(folder: &tempfile::TempDir, name: &str) -> Repo {
        let options = CreateOptions::new("alice", Moment::parse(b"2024-01-02").unwrap());
        let mut count = 0;
        let mut random = |bytes: &mut [u8]| {
            count += 1;
            bytes.fill(count);
        };
        Repo::create(folder.path().join(name), &options, &mut random).unwrap().repo
    }

    fn batch(batches: &Batches, seconds: u64) -> Option<Arc<Batch>> {
        let (tx, known) = batches.read(Duration::from_secs(seconds)).unwrap();
        known.unwrap().batch(&tx, 1, BUDGET).unwrap()
    }

    fn change(repo: &Repo, change: impl FnOnce(&outcrop_repo::tx::WriteTx)) {
        let tx = repo.write().unwrap();
        change(&tx);
        tx.commit().unwrap();
    }

    #[test]
    fn one_batch_serves_all_until_something_is_committed() {
        let folder = tempfile::tempdir().unwrap();
        let repo = created(&folder, "one");
        let room = Arc::new(BatchRoom::new(BUDGET));
        let batches = Batches::new(repo.clone(), Arc::clone(&room));
        let first = batch(&batches, 0).unwrap();
        assert_eq!((first.artifacts, first.next, first.has_sha3), (1, 0, true));
        assert_eq!(used(&room), first.cards.len());
        assert!(Arc::ptr_eq(&first, &batch(&batches, 1).unwrap()));

        // A round that began before a commit neither gets what came after it nor brings back what
        // was before.
        let (old, known) = batches.read(Duration::ZERO).unwrap();
        let other = Repo::open(repo.path()).unwrap();
        let now = Moment::parse(b"2024-01-03").unwrap();
        drop(old);
        change(&other, |tx| tx.set_setting("motd", "x", now).unwrap());
        let second = batch(&batches, 2).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        let old = repo.read().unwrap();
        let late = known.unwrap().batch(&old, 1, BUDGET).unwrap().unwrap();
        assert!(!Arc::ptr_eq(&late, &second));
        assert!(Arc::ptr_eq(&second, &batch(&batches, 3).unwrap()));
        drop(batches);
        assert_eq!(used(&room), 0);
    }

    #[test]
    fn nothing_is_kept_where_something_is_hidden() {
        let folder = tempfile::tempdir().unwrap();
        let repo = created(&folder, "one");
        let batches = Batches::new(repo.clone(), Arc::new(BatchRoom::new(BUDGET)));
        let name = batch(&batches, 0).map(|batch| batch.artifacts);
        assert_eq!(name, Some(1));
        let now = Moment::parse(b"2024-01-03").unwrap();
        let unwanted = "ab".repeat(20).parse().unwrap();
        change(&repo, |tx| assert!(tx.shun(&unwanted, None, now).unwrap()));
        assert!(batch(&batches, 0).is_none());
    }

    #[test]
    fn what_is_quiet_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| created(&folder, name));
        let size = {
            let batches = Batches::new(one.clone(), Arc::new(BatchRoom::new(BUDGET)));
            batch(&batches, 0).unwrap().cards.len()
        };
        let room = Arc::new(BatchRoom::new(size + size / 2));
        let [one, two] = [one, two].map(|repo| Batches::new(repo, Arc::clone(&room)));
        let first = batch(&one, 0).unwrap();
        batch(&two, 1).unwrap();
        assert!(Arc::ptr_eq(&first, &batch(&one, 2).unwrap()), "it is not quiet yet");
        let second = batch(&two, 60).unwrap();
        assert!(Arc::ptr_eq(&second, &batch(&two, 61).unwrap()));
        assert!(!Arc::ptr_eq(&first, &batch(&one, 62).unwrap()));
    }
}
