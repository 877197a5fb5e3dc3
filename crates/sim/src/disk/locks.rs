//! Who may read and write a file, as SQLite asks.

use std::collections::BTreeMap;

use sqlite_vfs::LockKind;

/// A connection to a file.
pub(super) type Holder = u64;

/// The locks of one file, and the memory that its connections share while it keeps a log.
#[derive(Debug, Default)]
pub(super) struct Locks {
    holders: BTreeMap<Holder, LockKind>,
    /// Regions of the index of the log.
    pub(super) index: BTreeMap<u32, Vec<u8>>,
    /// Who shares a slot of that index; a slot that is held alone has one holder, and `true`.
    slots: BTreeMap<u8, (Vec<Holder>, bool)>,
}

impl Locks {
    pub(super) fn held_by(&self, holder: Holder) -> LockKind {
        self.holders.get(&holder).copied().unwrap_or(LockKind::None)
    }

    fn others(&self, holder: Holder) -> impl Iterator<Item = LockKind> {
        self.holders.iter().filter(move |(other, _)| **other != holder).map(|(_, lock)| *lock)
    }

    /// Whether someone is about to write.
    pub(super) fn is_reserved(&self) -> bool {
        let writes = |lock: &LockKind| !matches!(lock, LockKind::None | LockKind::Shared);
        self.holders.values().any(writes)
    }

    /// Takes a lock, or gives some of it back. Says whether it is held now.
    pub(super) fn lock(&mut self, holder: Holder, wanted: LockKind) -> bool {
        let others: Vec<_> = self.others(holder).filter(|lock| *lock != LockKind::None).collect();
        let held = self.held_by(holder);
        let shared_only = others.iter().all(|lock| *lock == LockKind::Shared);
        let granted = match wanted {
            LockKind::None => LockKind::None,
            // Lowered, or new.
            LockKind::Shared if held != LockKind::None => LockKind::Shared,
            LockKind::Shared => {
                let open = |lock: &LockKind| matches!(lock, LockKind::Shared | LockKind::Reserved);
                if !others.iter().all(open) {
                    return false;
                }
                LockKind::Shared
            }
            LockKind::Reserved if shared_only => LockKind::Reserved,
            LockKind::Reserved => return false,
            LockKind::Pending | LockKind::Exclusive if !shared_only => return false,
            // While others read, no new ones come, and the lock is not there yet.
            LockKind::Pending | LockKind::Exclusive if !others.is_empty() => {
                self.holders.insert(holder, LockKind::Pending);
                return false;
            }
            LockKind::Pending | LockKind::Exclusive => LockKind::Exclusive,
        };
        self.holders.insert(holder, granted);
        true
    }

    /// Takes a slot of the index of the log, for oneself (`Some(true)`) or with others, or gives it
    /// back (`None`).
    pub(super) fn lock_slot(&mut self, holder: Holder, slot: u8, alone: Option<bool>) -> bool {
        let (holders, is_alone) = self.slots.entry(slot).or_default();
        let has_others = holders.iter().any(|other| *other != holder);
        match alone {
            Some(true) if has_others => return false,
            Some(false) if has_others && *is_alone => return false,
            _ => {}
        }
        holders.retain(|other| *other != holder);
        match alone {
            Some(alone) => {
                holders.push(holder);
                *is_alone = alone;
            }
            None => *is_alone = *is_alone && !holders.is_empty(),
        }
        true
    }

    /// A connection is closed.
    pub(super) fn release(&mut self, holder: Holder) {
        self.holders.remove(&holder);
        let slots: Vec<u8> = self.slots.keys().copied().collect();
        for slot in slots {
            self.lock_slot(holder, slot, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writes_when_nobody_reads() {
        let mut locks = Locks::default();
        assert!(locks.lock(1, LockKind::Shared) && locks.lock(2, LockKind::Shared));
        assert!(locks.lock(1, LockKind::Reserved) && !locks.lock(2, LockKind::Reserved));
        assert!(locks.is_reserved() && !locks.lock(1, LockKind::Exclusive));
        assert!(!locks.lock(3, LockKind::Shared), "a writer waits");
        assert!(locks.lock(2, LockKind::None) && locks.lock(1, LockKind::Exclusive));
        assert!(!locks.lock(3, LockKind::Shared));
        locks.release(1);
        assert!(locks.lock(3, LockKind::Shared) && !locks.is_reserved());
    }

    #[test]
    fn a_slot_is_shared_or_held_alone() {
        let mut locks = Locks::default();
        assert!(locks.lock_slot(1, 0, Some(false)) && locks.lock_slot(2, 0, Some(false)));
        assert!(!locks.lock_slot(1, 0, Some(true)));
        assert!(locks.lock_slot(2, 0, None) && locks.lock_slot(1, 0, Some(true)));
        assert!(!locks.lock_slot(2, 0, Some(false)));
        locks.release(1);
        assert!(locks.lock_slot(2, 0, Some(true)));
    }
}
