//! Repositories that are kept open.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use outcrop_repo::{OpenError, OpenOptions, Repo};

use outcrop_sync::{BatchRoom, Batches};

use crate::gate::Gate;
use crate::limits::{KEPT_BATCHES, KEPT_PART, PATIENCE, WRITERS_WAITING};
use crate::memory;

/// The handles that were used last, the latest at the end. A handle that is dropped here lives on
/// for as long as a round uses it.
#[derive(Debug)]
pub(super) struct Handles {
    open: Mutex<Vec<Handle>>,
    most: usize,
    batch_room: Arc<BatchRoom>,
}

#[derive(Debug)]
struct Handle {
    file: PathBuf,
    identity: Option<Identity>,
    open: Open,
}

/// A repository that is open, and whose turn it is to write to it.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) repo: Repo,
    pub(crate) writers: Arc<Gate>,
    pub(crate) batches: Arc<Batches>,
}

impl Open {
    pub(super) fn new(repo: Repo, room: &Arc<BatchRoom>) -> Self {
        let writers = Arc::new(Gate::new(1, WRITERS_WAITING, PATIENCE));
        let batches = Arc::new(Batches::new(repo.clone(), Arc::clone(room)));
        Self { repo, writers, batches }
    }
}

impl Handle {
    /// Makes ready to be dropped, which does the rest.
    fn close(&self) {
        if identity_at(&self.file) != self.identity {
            // Whoever still uses the old file has it open.
            let _ = self.leave();
        }
    }

    /// Takes leave of a file that has another name by now, or none: its log, which has kept its name,
    /// must not be there for the file that has taken its place.
    fn leave(&self) -> Result<(), OpenError> {
        let path = || self.file.clone();
        let settled = self.open.repo.settle_renamed();
        let settled = settled.map_err(|cause| OpenError::Database { path: path(), cause })?;
        let is_used = Arc::strong_count(&self.open.writers) > 1;
        if settled.unwrap_or(!is_used) {
            return Ok(());
        }
        let words =
            "it was replaced, and the file that was there before is still in use; try again";
        Err(OpenError::Io { path: path(), cause: io::Error::other(words) })
    }
}

/// Tells a file from another one that has taken its place.
type Identity = (u64, u64);

impl Handles {
    pub(super) fn new(most: usize) -> Self {
        let batch_room = batch_room();
        Self { open: Mutex::default(), most: most.max(1), batch_room }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Handle>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file that is open, or is opened now.
    pub(super) fn get(&self, file: &Path) -> Result<Open, OpenError> {
        if let Some(open) = self.known(file)? {
            return Ok(open);
        }
        let before = identity_at(file);
        let new = Open::new(OpenOptions::new().serve(true).open(file)?, &self.batch_room);
        let handle = Handle { file: file.to_owned(), identity: before, open: new };
        let (open, surplus) = self.keep(handle);
        // Closing a file may write to it, which others need not wait for.
        surplus.iter().for_each(Handle::close);
        Ok(open)
    }

    /// Keeps a handle, unless somebody else has opened the same file meanwhile: all are to come in
    /// one line to write. Gives the handle that is kept, and those that are not.
    fn keep(&self, new: Handle) -> (Open, Vec<Handle>) {
        let mut open = self.lock();
        let is_same = |known: &&Handle| known.file == new.file && known.identity == new.identity;
        if let Some(known) = open.iter().find(is_same) {
            return (known.open.clone(), vec![new]);
        }
        open.retain(|known| known.file != new.file);
        let kept = new.open.clone();
        open.push(new);
        let surplus = open.len().saturating_sub(self.most);
        (kept, open.drain(..surplus).collect())
    }

    /// A file that is open. One that is gone, or was replaced, is forgotten.
    pub(super) fn known(&self, file: &Path) -> Result<Option<Open>, OpenError> {
        let now = identity_at(file);
        let mut open = self.lock();
        let Some(place) = open.iter().position(|known| known.file == file) else {
            return Ok(None);
        };
        let handle = open.remove(place);
        let is_same = handle.identity == now && file.exists();
        // Meanwhile nobody may open the file that is there now: so all wait.
        let left = if is_same { Ok(()) } else { handle.leave() };
        let known = is_same.then(|| handle.open.clone());
        if is_same || left.is_err() {
            open.push(handle);
        }
        left.map(|()| known)
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// All that are open; none are kept.
    pub(super) fn take_all(&self) -> Vec<Repo> {
        std::mem::take(&mut *self.lock()).into_iter().map(|handle| handle.open.repo).collect()
    }
}

/// Room for batches of clones: on a small machine less.
pub(super) fn batch_room() -> Arc<BatchRoom> {
    let part = memory::allowed().map_or(KEPT_BATCHES, |bytes| bytes / KEPT_PART);
    Arc::new(BatchRoom::new(part.min(KEPT_BATCHES)))
}

/// That of the file which has this path.
fn identity_at(path: &Path) -> Option<Identity> {
    path.metadata().ok().and_then(|found| identity(&found))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems do not always tell")]
fn identity(found: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(found: &Metadata) -> Option<Identity> {
    let since = found.created().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((since.as_secs(), u64::from(since.subsec_nanos())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    use outcrop_repo::artifact::Moment;
    use outcrop_repo::create::CreateOptions;

    fn create(path: &Path) -> String {
        let options = CreateOptions::new("alice", Moment::parse(b"2024-01-02T03:04:05").unwrap());
        let mut random = |bytes: &mut [u8]| getrandom(bytes);
        Repo::create(path, &options, &mut random).unwrap().project_code
    }

    fn getrandom(bytes: &mut [u8]) {
        use outcrop_sync::Rng as _;
        outcrop_sync::SystemRng.fill(bytes).unwrap();
    }

    #[test]
    fn only_so_many_are_kept_open() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["a", "b", "c"].map(|name| folder.path().join(name));
        for file in &files {
            create(file);
        }
        let handles = Handles::new(2);
        let [a, b, c] = &files;
        for file in [a, b, a, c] {
            handles.get(file).unwrap();
        }
        assert!(handles.known(b).unwrap().is_none());
        let mut open: Vec<_> =
            handles.take_all().iter().map(|repo| repo.path().to_owned()).collect();
        open.sort();
        assert_eq!(open, [a.clone(), c.clone()]);
        assert!(handles.known(a).unwrap().is_none());
    }

    #[test]
    fn who_opens_a_file_at_the_same_time_shares_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        create(&file);
        let handles = Handles::new(2);
        let barrier = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            let opening: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        handles.get(&file).unwrap().writers
                    })
                })
                .collect();
            let gates: Vec<_> = opening.into_iter().map(|one| one.join().unwrap()).collect();
            assert!(gates.iter().all(|gate| Arc::ptr_eq(gate, &gates[0])));
        });
        assert_eq!(handles.len(), 1);
    }

    #[test]
    fn a_file_that_was_replaced_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let (file, new) = (folder.path().join("a"), folder.path().join("new"));
        let code = |handles: &Handles| {
            handles
                .get(&file)
                .unwrap()
                .repo
                .read()
                .unwrap()
                .setting("project-code")
                .unwrap()
                .unwrap()
        };
        let handles = Handles::new(2);
        let first = create(&file);
        assert_eq!(code(&handles), first);
        let second = create(&new);
        fs::rename(&new, &file).unwrap();
        assert_ne!(first, second);
        assert_eq!(code(&handles), second);
        fs::remove_file(&file).unwrap();
        assert!(matches!(handles.get(&file), Err(OpenError::Missing(_))));
    }

    #[test]
    fn what_was_written_to_a_file_stays_out_of_the_one_that_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let [file, new, old] = ["a", "new", "old"].map(|name| folder.path().join(name));
        let handles = Handles::new(2);
        create(&file);
        let second = create(&new);
        let now = Moment::parse(b"2024-01-02T03:04:05").unwrap();
        let write = |value| {
            let tx = handles.get(&file).unwrap().repo.write().unwrap();
            tx.set_setting("motd", value, now).unwrap();
            tx.commit().unwrap();
        };
        let setting = |file: &Path, name| {
            let repo = Repo::open(file).unwrap();
            repo.read().unwrap().setting(name).unwrap()
        };
        write("kept");
        let log = folder.path().join("a-wal");
        assert!(log.metadata().unwrap().len() > 0);
        fs::rename(&file, &old).unwrap();
        fs::rename(&new, &file).unwrap();
        // For as long as somebody reads the old file, the new one has to wait.
        let reading = handles.lock()[0].open.clone();
        let tx = reading.repo.read().unwrap();
        assert!(matches!(handles.get(&file), Err(OpenError::Io { .. })));
        drop((tx, reading));
        handles.get(&file).unwrap();
        assert_eq!(setting(&file, "project-code"), Some(second));
        assert_eq!(setting(&file, "motd"), None);
        assert_eq!(setting(&old, "motd").as_deref(), Some("kept"));
        write("new");
        assert_eq!(setting(&file, "motd").as_deref(), Some("new"));
    }
}
