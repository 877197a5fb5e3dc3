//! Disks that fail.
//!
//! SQLite runs on them unchanged: in a process that has called [`install`], every database is a
//! file in memory, with what its last `fsync` has kept apart from what only seems to be written.
//! The files that the product itself makes, looks for, moves and removes are real; they hold a name,
//! and the bytes are here.
//!
//! | file | holds |
//! |---|---|
//! | `image.rs` | one file, and what of it survives a loss of power |
//! | `folder.rs` | the names of files, and what of them survives |
//! | `locks.rs` | who may read and write a file |
//! | `files.rs` | what SQLite asks for |
//!
//! A file belongs to the node whose folder it is in: `…/n3/repo.fossil` to node 3. When a node
//! crashes, whatever SQLite still asks of its disk fails, until [`power_on`].
//!
//! What does not get through to here: whether SQLite is to keep the folder of a rollback journal that
//! it removes, and what the product itself has the system sync. So a journal that is removed stays
//! removed, which a test of the product's connections has to make sure of, and a file that is moved
//! is taken to be on the disk, as is its name.

mod files;
mod folder;
mod image;
mod locks;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError};

use outcrop_oracle::Random;

use folder::Folders;
use image::Image;
use locks::Locks;

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Open,
    Read,
    Write,
    Sync,
    Delete,
}

/// How a disk fails, once it has done so many operations well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The machine loses its power.
    Crash,
    /// There is no room for another write, and for none of some that follow.
    Full,
    /// An `fsync` fails.
    Sync,
    /// A read or a write fails.
    Error,
}

/// What is to go wrong on the disk of a node.
#[derive(Debug, Clone, Copy)]
struct Coming {
    trouble: Trouble,
    /// Operations until then.
    after: u64,
    /// Operations that fail.
    lasts: u64,
}

/// The disk of one node.
#[derive(Debug, Default)]
struct Drive {
    coming: Option<Coming>,
    /// Without power.
    off: bool,
    /// How often something went wrong.
    troubles: u64,
}

struct Disk {
    files: BTreeMap<String, Image>,
    folders: Folders,
    locks: BTreeMap<String, Locks>,
    drives: BTreeMap<usize, Drive>,
    opened: u64,
    random: Random,
}

static DISK: LazyLock<Mutex<Disk>> = LazyLock::new(|| Mutex::new(Disk::new(0)));

fn disk() -> MutexGuard<'static, Disk> {
    DISK.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Disk {
    fn new(seed: u64) -> Self {
        Self {
            files: BTreeMap::new(),
            folders: Folders::default(),
            locks: BTreeMap::new(),
            drives: BTreeMap::new(),
            opened: 0,
            random: Random::new(seed),
        }
    }

    /// A file and what stands beside it are gone.
    fn forget(&mut self, path: &str) {
        self.files.retain(|name, _| !name.starts_with(path));
    }

    /// A file has another name now, in the place of what stood there.
    fn moved(&mut self, from: &str, to: &str) {
        self.forget(to);
        let mut image = self.files.remove(from).unwrap_or_default();
        image.sync();
        self.files.insert(to.to_owned(), image);
        self.forget(from);
    }

    /// Does an operation, or fails.
    fn operate(&mut self, path: &str, operation: Operation) -> io::Result<()> {
        let Some(drive) = node_of(path).and_then(|node| self.drives.get_mut(&node)) else {
            return Ok(());
        };
        if drive.off {
            return Err(io::Error::other("the machine is off"));
        }
        let Some(coming) = &mut drive.coming else { return Ok(()) };
        let counts = match coming.trouble {
            Trouble::Crash => {
                matches!(operation, Operation::Write | Operation::Sync | Operation::Delete)
            }
            Trouble::Full => operation == Operation::Write,
            Trouble::Sync => operation == Operation::Sync,
            Trouble::Error => matches!(operation, Operation::Write | Operation::Read),
        };
        if !counts {
            return Ok(());
        }
        if coming.after > 0 {
            coming.after -= 1;
            return Ok(());
        }
        drive.troubles += 1;
        let trouble = coming.trouble;
        coming.lasts -= 1;
        if coming.lasts == 0 {
            drive.coming = None;
        }
        Err(match trouble {
            Trouble::Crash => {
                drive.off = true;
                io::Error::other("the machine is off")
            }
            Trouble::Full => ErrorKind::WriteZero.into(),
            Trouble::Sync => io::Error::other("the disk does not take what was written"),
            Trouble::Error => io::Error::other("the disk cannot read or write here"),
        })
    }
}

/// The node in whose folder a file is.
fn node_of(path: &str) -> Option<usize> {
    let folder = Path::new(path).parent()?.file_name()?.to_str()?;
    folder.strip_prefix('n')?.parse().ok()
}

/// Puts every database of this process on disks that can fail, from now on.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        sqlite_vfs::register("outcrop-sim", files::Files, true).expect("SQLite takes the disk");
    });
}

/// Empties all disks, and begins anew.
pub(crate) fn reset(seed: u64) {
    *disk() = Disk::new(seed);
}

/// Something is to go wrong on the disk of a node: after so many operations of the kind that can
/// fail so, for so many of them.
pub(crate) fn trouble(node: usize, trouble: Trouble, after: u64, lasts: u64) {
    disk().drives.entry(node).or_default().coming =
        Some(Coming { trouble, after, lasts: lasts.max(1) });
}

/// All goes well on the disk of a node again.
pub(crate) fn calm(node: usize) {
    let mut disk = disk();
    let drive = disk.drives.entry(node).or_default();
    (drive.coming, drive.troubles) = (None, 0);
}

/// How often something went wrong on the disk of a node since it was calmed.
pub(crate) fn troubles(node: usize) -> u64 {
    disk().drives.get(&node).map_or(0, |drive| drive.troubles)
}

/// Whether a node has no power.
pub(crate) fn is_off(node: usize) -> bool {
    disk().drives.get(&node).is_some_and(|drive| drive.off)
}

/// Takes the power from a node.
pub(crate) fn power_off(node: usize) {
    disk().drives.entry(node).or_default().off = true;
}

/// Gives a node its power back. What no `fsync` has kept may be lost, names too, and nobody holds a
/// lock.
pub(crate) fn power_on(node: usize) {
    let mut disk = disk();
    let Disk { files, folders, locks, drives, random, .. } = &mut *disk;
    let of_node = |path: &str| node_of(path) == Some(node);
    let paths: Vec<String> = files.keys().filter(|path| of_node(path)).cloned().collect();
    for path in paths {
        match files.get(&path).and_then(|image| image.after_power_loss(random)) {
            Some(left) => drop(files.insert(path, left)),
            None => drop(files.remove(&path)),
        }
    }
    let (gone, back) = folders.lose_power(of_node, random);
    files.extend(back);
    for path in gone {
        files.retain(|name, _| !name.starts_with(&path));
        // It may have been removed before.
        drop(std::fs::remove_file(path));
    }
    locks.retain(|path, _| !of_node(path));
    drives.insert(node, Drive::default());
}

/// Files that the product has removed are gone.
pub(crate) fn tidy(removed: impl Fn(&str) -> bool) {
    disk().files.retain(|path, _| !removed(path));
}

/// The folder of a node.
pub(crate) fn folder_of(world: &Path, node: usize) -> PathBuf {
    world.join(format!("n{node}"))
}

/// What was to come for a disk, kept apart while someone looks at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paused(Option<Coming>);

/// Keeps what is to go wrong from happening, while someone looks.
pub(crate) fn pause(node: usize) -> Paused {
    Paused(disk().drives.get_mut(&node).and_then(|drive| drive.coming.take()))
}

/// What was to go wrong may do so again.
pub(crate) fn resume(node: usize, paused: Paused) {
    if let Some(drive) = disk().drives.get_mut(&node) {
        drive.coming = paused.0;
    }
}
