//! What SQLite asks of a disk.

use std::io::{self, ErrorKind};
use std::ops::Range;
use std::time::Duration;

use sqlite_vfs::wip::{WalIndex, WalIndexLock};
use sqlite_vfs::{DatabaseHandle, LockKind, OpenKind, OpenOptions, Vfs};

use super::locks::Holder;
use super::{Operation, disk};
use crate::time;

/// Bytes of a region of the index of a log.
const REGION: usize = 32_768;

/// What the names of journals and logs end in.
const JOURNALS: [&str; 2] = ["-journal", LOG];

const LOG: &str = "-wal";

/// The disks of all nodes.
pub(super) struct Files;

/// An open file.
pub(super) struct Handle {
    path: String,
    holder: Holder,
}

/// The memory that the connections to a file share.
pub(super) struct Shared {
    path: String,
    holder: Holder,
}

impl Vfs for Files {
    type Handle = Handle;

    fn open(&self, path: &str, options: OpenOptions) -> io::Result<Handle> {
        let mut disk = disk();
        let is_main = options.kind == OpenKind::MainDb;
        if is_main {
            // The product itself makes, moves and removes these. In them stands where the bytes are.
            match std::fs::read_to_string(path) {
                Ok(place) if place == path => {}
                Ok(place) if place.is_empty() => {
                    disk.forget(path);
                    disk.folders.made(path);
                }
                Ok(place) => disk.moved(&place, path),
                Err(error) => {
                    disk.forget(path);
                    return Err(error);
                }
            }
        }
        disk.operate(path, Operation::Open)?;
        if is_main {
            std::fs::write(path, path)?;
        }
        disk.files.entry(path.to_owned()).or_default();
        disk.opened += 1;
        Ok(Handle { path: path.to_owned(), holder: disk.opened })
    }

    fn delete(&self, path: &str) -> io::Result<()> {
        let mut disk = disk();
        disk.operate(path, Operation::Delete)?;
        let image = disk.files.remove(path).ok_or(ErrorKind::NotFound)?;
        if path.ends_with(LOG) {
            disk.folders.removed(path, image);
        } else {
            disk.folders.keep(path);
        }
        Ok(())
    }

    fn exists(&self, path: &str) -> io::Result<bool> {
        // An empty file is none, as for SQLite's own.
        Ok(disk().files.get(path).is_some_and(|image| !image.bytes().is_empty()))
    }

    fn temporary_name(&self) -> String {
        let mut disk = disk();
        disk.opened += 1;
        format!("temporary-{}", disk.opened)
    }

    fn random(&self, buffer: &mut [i8]) {
        let mut disk = disk();
        for byte in buffer {
            *byte = disk.random.any().to_le_bytes()[7].cast_signed();
        }
    }

    fn sleep(&self, duration: Duration) -> Duration {
        time::pass(duration);
        duration
    }
}

impl DatabaseHandle for Handle {
    type WalIndex = Shared;

    fn size(&self) -> io::Result<u64> {
        let disk = disk();
        Ok(disk.files.get(&self.path).map_or(0, |image| image.bytes().len() as u64))
    }

    fn read_exact_at(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut disk = disk();
        disk.operate(&self.path, Operation::Read)?;
        let bytes = disk.files.get(&self.path).map_or(&[][..], |image| image.bytes());
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let there = &bytes[from..bytes.len().min(from.saturating_add(buffer.len()))];
        buffer[..there.len()].copy_from_slice(there);
        buffer[there.len()..].fill(0);
        if there.len() < buffer.len() { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn write_all_at(&mut self, buffer: &[u8], offset: u64) -> io::Result<()> {
        let mut disk = disk();
        disk.operate(&self.path, Operation::Write)?;
        let at = usize::try_from(offset).map_err(io::Error::other)?;
        disk.files.entry(self.path.clone()).or_default().write(at, buffer);
        Ok(())
    }

    fn sync(&mut self, _data_only: bool) -> io::Result<()> {
        let mut disk = disk();
        disk.operate(&self.path, Operation::Sync)?;
        let Some(image) = disk.files.get_mut(&self.path) else { return Ok(()) };
        let is_new = image.is_new();
        image.sync();
        if is_new && JOURNALS.iter().any(|end| self.path.ends_with(end)) {
            disk.folders.keep(&self.path);
        }
        Ok(())
    }

    fn set_len(&mut self, size: u64) -> io::Result<()> {
        let mut disk = disk();
        disk.operate(&self.path, Operation::Write)?;
        let size = usize::try_from(size).map_err(io::Error::other)?;
        disk.files.entry(self.path.clone()).or_default().set_len(size);
        Ok(())
    }

    fn lock(&mut self, lock: LockKind) -> io::Result<bool> {
        Ok(disk().locks.entry(self.path.clone()).or_default().lock(self.holder, lock))
    }

    fn reserved(&mut self) -> io::Result<bool> {
        Ok(disk().locks.entry(self.path.clone()).or_default().is_reserved())
    }

    fn current_lock(&self) -> io::Result<LockKind> {
        let disk = disk();
        Ok(disk.locks.get(&self.path).map_or(LockKind::None, |locks| locks.held_by(self.holder)))
    }

    fn wal_index(&self, _readonly: bool) -> io::Result<Shared> {
        Ok(Shared { path: self.path.clone(), holder: self.holder })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(locks) = disk().locks.get_mut(&self.path) {
            locks.release(self.holder);
        }
    }
}

impl WalIndex for Shared {
    fn map(&mut self, region: u32) -> io::Result<[u8; REGION]> {
        // SQLite's own way through here is by value.
        #[allow(clippy::large_stack_arrays)]
        let mut bytes = [0; REGION];
        self.pull(region, &mut bytes)?;
        Ok(bytes)
    }

    fn lock(&mut self, slots: Range<u8>, lock: WalIndexLock) -> io::Result<bool> {
        let alone = match lock {
            WalIndexLock::None => None,
            WalIndexLock::Shared => Some(false),
            WalIndexLock::Exclusive => Some(true),
        };
        let mut disk = disk();
        let locks = disk.locks.entry(self.path.clone()).or_default();
        for slot in slots.clone() {
            if !locks.lock_slot(self.holder, slot, alone) {
                for taken in slots.start..slot {
                    locks.lock_slot(self.holder, taken, None);
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn delete(self) -> io::Result<()> {
        if let Some(locks) = disk().locks.get_mut(&self.path) {
            locks.index.clear();
        }
        Ok(())
    }

    fn pull(&mut self, region: u32, data: &mut [u8; REGION]) -> io::Result<()> {
        let disk = disk();
        match disk.locks.get(&self.path).and_then(|locks| locks.index.get(&region)) {
            Some(bytes) => data.copy_from_slice(bytes),
            None => data.fill(0),
        }
        Ok(())
    }

    fn push(&mut self, region: u32, data: &[u8; REGION]) -> io::Result<()> {
        let mut disk = disk();
        disk.locks.entry(self.path.clone()).or_default().index.insert(region, data.to_vec());
        Ok(())
    }
}
