//! How long one must wait before the next attempt to log in: a plain function of what has happened
//! and of the time.
//!
//! Failures count twice: for the user at that address, and for the address. A few are free. Each one
//! after that makes the wait before the next attempt twice as long, up to a limit, and meanwhile only
//! one attempt at a time is let through. Failures are forgotten one by one as time passes.
//!
//! Nothing is counted for a user wherever the attempts come from: so nobody can lock another one
//! out. And whoever has logged in from an address lately, and not failed since, does not wait for
//! what others do there.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::limits;

/// An attempt: where it comes from, and who it says it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Attempt {
    pub(crate) address: Option<IpAddr>,
    pub(crate) user: String,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Succeeded,
    Failed,
    /// It did not come to that.
    GivenUp,
}

/// Who has failed how often. Names are kept as hashes, so that entries have one size.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    hasher: RandomState,
    pairs: Table,
    addresses: Table,
}

impl Throttle {
    /// Lets an attempt through, or says after which time to ask again. What was let through must be
    /// [settled](Self::settle).
    pub(super) fn admit(&mut self, attempt: &Attempt, now: Instant) -> Result<(), Duration> {
        let (pair, address) = self.keys(attempt);
        let mut wait = self.pairs.wait(pair, limits::FREE_FAILURES, now);
        if !self.pairs.is_known(pair, now) {
            wait = wait.max(self.addresses.wait(address, limits::FREE_FAILURES_OF_ADDRESS, now));
        }
        if !wait.is_zero() {
            return Err(wait);
        }
        self.pairs.entry(pair, now).pending += 1;
        self.addresses.entry(address, now).pending += 1;
        Ok(())
    }

    /// Takes note of what has come of an attempt; `pending` is whether that was not known before.
    pub(super) fn settle(
        &mut self,
        attempt: &Attempt,
        outcome: Outcome,
        pending: bool,
        now: Instant,
    ) {
        let (pair, address) = self.keys(attempt);
        let one = self.pairs.entry(pair, now);
        one.pending = one.pending.saturating_sub(pending.into());
        match outcome {
            Outcome::Succeeded => {
                (one.failures, one.succeeded) = (0, Some(now));
            }
            Outcome::Failed => one.fail(limits::FREE_FAILURES, now),
            Outcome::GivenUp => {}
        }
        let one = self.addresses.entry(address, now);
        one.pending = one.pending.saturating_sub(pending.into());
        if outcome == Outcome::Failed {
            one.fail(limits::FREE_FAILURES_OF_ADDRESS, now);
        }
    }

    /// Whether so many attempts like this one have failed, none of them forgotten, that none is free.
    pub(super) fn doubts(&mut self, attempt: &Attempt, now: Instant) -> bool {
        let (pair, address) = self.keys(attempt);
        let is_known = self.pairs.is_known(pair, now);
        !is_known
            && (self.pairs.failures(pair, now) >= limits::FREE_FAILURES
                || self.addresses.failures(address, now) >= limits::FREE_FAILURES_OF_ADDRESS)
    }

    /// The most that is remembered in one of its tables.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.pairs.0.len().max(self.addresses.0.len())
    }

    fn keys(&self, attempt: &Attempt) -> (u64, u64) {
        (self.hasher.hash_one(attempt), self.hasher.hash_one(attempt.address))
    }
}

/// What is remembered, up to a limit.
#[derive(Debug, Default)]
struct Table(HashMap<u64, Entry>);

/// What is remembered of a user at an address, or of an address.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Failures that are not forgotten yet.
    failures: u32,
    /// Since when the next one of them is being forgotten.
    since: Instant,
    /// When the next attempt may be.
    free_at: Instant,
    /// Attempts whose outcome is not known.
    pending: u32,
    /// When one succeeded, if none has failed since.
    succeeded: Option<Instant>,
}

impl Entry {
    fn new(now: Instant) -> Self {
        Self { failures: 0, since: now, free_at: now, pending: 0, succeeded: None }
    }

    /// Forgets what is old enough.
    fn age(&mut self, now: Instant) {
        let steps = now.duration_since(self.since).as_secs() / limits::FORGIVING.as_secs();
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_sub(steps);
        self.since = if self.failures == 0 { now } else { self.since + limits::FORGIVING * steps };
    }

    fn fail(&mut self, free: u32, now: Instant) {
        self.failures = self.failures.saturating_add(1).min(limits::MOST_FAILURES + free);
        self.succeeded = None;
        if let Some(doublings) = self.failures.checked_sub(free) {
            let delay =
                limits::LOGIN_DELAY.saturating_mul(1 << doublings.min(limits::MOST_FAILURES));
            self.free_at = now + delay.min(limits::LONGEST_LOGIN_DELAY);
        }
    }

    /// Whether it can be forgotten without making a difference.
    fn is_idle(&self, now: Instant) -> bool {
        self.failures == 0 && self.pending == 0 && self.free_at <= now && !self.is_known(now)
    }

    fn is_known(&self, now: Instant) -> bool {
        self.succeeded.is_some_and(|then| now.duration_since(then) < limits::KNOWN)
    }
}

impl Table {
    /// How long to wait before the next attempt; nothing if it may be now.
    fn wait(&mut self, key: u64, free: u32, now: Instant) -> Duration {
        let Some(entry) = self.0.get_mut(&key) else { return Duration::ZERO };
        entry.age(now);
        // Those under way may fail too. Someone who is known is trusted not to.
        let doubtful = if entry.is_known(now) { 0 } else { entry.pending };
        if entry.failures.saturating_add(doubtful) < free {
            return Duration::ZERO;
        }
        let wait = entry.free_at.saturating_duration_since(now);
        if doubtful > 0 { wait.max(limits::LOGIN_RECHECK) } else { wait }
    }

    /// Failures that are not forgotten yet.
    fn failures(&mut self, key: u64, now: Instant) -> u32 {
        self.0.get_mut(&key).map_or(0, |entry| {
            entry.age(now);
            entry.failures
        })
    }

    fn is_known(&self, key: u64, now: Instant) -> bool {
        self.0.get(&key).is_some_and(|entry| entry.is_known(now))
    }

    fn entry(&mut self, key: u64, now: Instant) -> &mut Entry {
        if self.0.len() >= limits::REMEMBERED_LOGINS && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let entry = self.0.entry(key).or_insert_with(|| Entry::new(now));
        entry.age(now);
        entry
    }

    /// Forgets what makes no difference any more; if nothing is such, those that have failed least.
    fn make_room(&mut self, now: Instant) {
        self.0.retain(|_, entry| {
            entry.age(now);
            !entry.is_idle(now)
        });
        let room = limits::REMEMBERED_LOGINS / 2;
        let mut least = 0;
        while self.0.len() > room {
            let surplus = self.0.len() - room;
            let mut left = surplus;
            self.0.retain(|_, entry| {
                let goes = left > 0 && entry.pending == 0 && entry.failures <= least;
                left -= usize::from(goes);
                !goes
            });
            if least > limits::MOST_FAILURES + limits::FREE_FAILURES_OF_ADDRESS {
                break;
            }
            least = least.saturating_mul(2).max(1);
        }
    }
}
