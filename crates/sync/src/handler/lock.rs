//! Check-in locks: who is about to commit on top of which check-in.
//!
//! A lock keeps two people from making a fork without knowing. It binds nobody: the client that is
//! told of it decides.

use outcrop_format::escape::Escaped;
use outcrop_format::hash::HashName;
use outcrop_repo::tx::CheckInLock;
use outcrop_xfer::card::pragma::Pragma;
use outcrop_xfer::{Card, Token};

use super::error::Step;
use super::limits::LOCK_TIMEOUT;
use super::round::Round;
use crate::caps::Permission;

impl Round<'_> {
    /// Locks a check-in, unless someone else has. Who could not push the commit is told of locks,
    /// but gets none; who may not read is not told either. (Stock does all of it for everyone.)
    pub(super) fn take_lock(&mut self, check_in: &HashName, client: Token<'_>) -> Step {
        if !self.session.may(Permission::Read) {
            return Ok(());
        }
        let oldest = self.now().saturating_sub(self.number_setting("lock-timeout", LOCK_TIMEOUT)?);
        let may_lock = self.session.may(Permission::Write);
        let mut is_held = false;
        for lock in self.read().check_in_locks()? {
            if lock.since <= oldest || !self.read().is_leaf_named(&lock.check_in)? {
                if may_lock {
                    self.write()?.forget_lock(&lock.check_in)?;
                }
            } else if lock.check_in == *check_in {
                is_held = true;
                if lock.client != client.as_bytes() {
                    self.handled.counts.lock_conflicts += 1;
                    self.tell_lock(&lock);
                }
            }
        }
        if may_lock && !is_held {
            self.write()?.lock_check_in(&CheckInLock {
                check_in: *check_in,
                login: self.session.login.clone(),
                client: client.as_bytes().to_vec(),
                since: self.now(),
            })?;
        }
        if self.switch_setting("forbid-delta-manifests", true)? {
            self.out.push(&Card::Pragma(Pragma::AvoidDeltaManifests));
        }
        Ok(())
    }

    fn tell_lock(&mut self, lock: &CheckInLock) {
        let holder = Escaped::new(lock.login.as_bytes());
        if let (Some(user), Ok(mtime)) = (holder, u64::try_from(lock.since)) {
            self.out.push(&Card::Pragma(Pragma::CiLockFail { user, mtime }));
        }
    }

    /// Takes off the locks of a check-out, for one who could have got them.
    pub(super) fn release_locks(&mut self, client: Token<'_>) -> Step {
        if !self.session.may(Permission::Write) {
            return Ok(());
        }
        for lock in self.read().check_in_locks()? {
            if lock.client == client.as_bytes() {
                self.write()?.forget_lock(&lock.check_in)?;
            }
        }
        Ok(())
    }
}
