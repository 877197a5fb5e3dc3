//! Pushes that wait to be told to one place.
//!
//! Those of one repository are told in their order: while one of them is to be told again, after an
//! attempt that failed, the others wait. Rounds of one push become one.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use super::limits::{FIRST_PAUSE, GATHER, GATHER_AT_MOST, LONGEST_PAUSE, WAITING};
use super::push::Push;

/// The queue of one place.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Waiting>,
    /// No more come, and none is gathered.
    closing: bool,
}

/// A push that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) push: Push,
    /// How often telling it has failed.
    pub(super) failures: u32,
    since: Instant,
    due: Instant,
}

impl Queue {
    /// Adds a push; gives it back if there is no room. It never waits.
    pub(super) fn add(&mut self, push: Push, now: Instant) -> Result<(), Box<Push>> {
        let is_full = self.waiting.len() >= WAITING;
        let same = self.waiting.iter_mut().rev().find(|waiting| waiting.push.file == push.file);
        match same.filter(|waiting| is_full || waiting.push.is_of(&push)) {
            Some(waiting) => {
                waiting.push.merge(push);
                if waiting.failures == 0 && !self.closing {
                    waiting.due = (now + GATHER).min(waiting.since + GATHER_AT_MOST);
                }
            }
            None if is_full => return Err(Box::new(push)),
            None => {
                let due = if self.closing { now } else { now + GATHER };
                self.waiting.push_back(Waiting { push, failures: 0, since: now, due });
            }
        }
        Ok(())
    }

    /// A push whose time has come. The next one is taken when this one was told, or put back.
    pub(super) fn take(&mut self, now: Instant) -> Option<Waiting> {
        let place = self.first_of_each().find(|(_, waiting)| waiting.due <= now)?.0;
        self.waiting.remove(place)
    }

    /// When the time of the next one comes.
    pub(super) fn next(&self) -> Option<Instant> {
        self.first_of_each().map(|(_, waiting)| waiting.due).min()
    }

    /// The push that was taken was not told, and is to be told again after a pause; gives that.
    pub(super) fn put_back(&mut self, mut waiting: Waiting, now: Instant) -> Duration {
        let pause = pause_after(waiting.failures);
        waiting.failures += 1;
        waiting.due = now + pause;
        self.waiting.push_front(waiting);
        pause
    }

    /// All are to be told now.
    pub(super) fn close(&mut self, now: Instant) {
        self.closing = true;
        for waiting in &mut self.waiting {
            waiting.due = now;
            waiting.failures = 0;
        }
    }

    /// Whether no more come, and all that came were told.
    pub(super) fn is_done(&self) -> bool {
        self.closing && self.waiting.is_empty()
    }

    /// All that were not told.
    pub(super) fn left(&mut self) -> Vec<Waiting> {
        std::mem::take(&mut self.waiting).into()
    }

    /// The first of each repository.
    fn first_of_each(&self) -> impl Iterator<Item = (usize, &Waiting)> {
        let mut seen: Vec<&PathBuf> = Vec::new();
        self.waiting.iter().enumerate().filter(move |(_, waiting)| {
            let is_first = !seen.contains(&&waiting.push.file);
            if is_first {
                seen.push(&waiting.push.file);
            }
            is_first
        })
    }
}

fn pause_after(failures: u32) -> Duration {
    let doubled = 2_u32.checked_pow(failures).and_then(|times| FIRST_PAUSE.checked_mul(times));
    doubled.unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(repository: &str, user: &str) -> Push {
        Push::example(repository, user)
    }

    fn later(now: Instant, millis: u64) -> Instant {
        now + Duration::from_millis(millis)
    }

    #[tokio::test(start_paused = true)]
    async fn rounds_of_one_push_are_gathered_but_not_for_ever() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for step in 0..30 {
            let at = later(now, step * 400);
            queue.add(push("a", "alice"), at).unwrap();
            if let Some(taken) = queue.take(at) {
                assert_eq!((step, taken.push.told.rounds()), (25, 26));
                return;
            }
        }
        panic!("a push that goes on is never told");
    }

    #[tokio::test(start_paused = true)]
    async fn pushes_of_a_repository_are_told_in_order_and_others_do_not_wait() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for (repository, user) in [("a", "alice"), ("a", "bob"), ("a", "alice"), ("b", "alice")] {
            queue.add(push(repository, user), now).unwrap();
        }
        assert!(queue.take(now).is_none());
        assert_eq!(queue.next(), Some(later(now, 500)));
        let now = later(now, 500);
        let first = queue.take(now).unwrap();
        assert_eq!(first.push.told.user.as_deref(), Some("alice"));
        // It failed, and is the first again when its time has come.
        assert_eq!(queue.put_back(first, now), FIRST_PAUSE);
        let other = queue.take(now).unwrap();
        assert_eq!(other.push.told.repository, "b");
        assert!(queue.take(now).is_none());
        let again = queue.take(later(now, 1_000)).unwrap();
        assert_eq!((again.failures, again.push.told.user.as_deref()), (1, Some("alice")));
        for user in ["bob", "alice"] {
            let next = queue.take(later(now, 1_000)).unwrap();
            assert_eq!(next.push.told.user.as_deref(), Some(user));
        }
        assert!(queue.next().is_none() && !queue.is_done());
        queue.close(now);
        assert!(queue.is_done());
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_to_a_bound() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add(push("a", "alice"), now).unwrap();
        let mut at = later(now, 500);
        let mut pauses = Vec::new();
        for _ in 0..40 {
            let taken = queue.take(at).unwrap();
            let pause = queue.put_back(taken, at);
            pauses.push(pause.as_secs());
            at += pause;
        }
        assert_eq!(pauses[..4], [1, 2, 4, 8]);
        assert_eq!(pauses[39], LONGEST_PAUSE.as_secs());
        // Whoever ends does not wait for that.
        queue.close(at);
        assert!(queue.take(at).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn there_is_room_for_so_many_and_what_can_be_told_as_one_is() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for number in 0..WAITING {
            queue.add(push(&number.to_string(), "alice"), now).unwrap();
        }
        assert!(queue.add(push("new", "alice"), now).is_err());
        queue.add(push("7", "bob"), now).unwrap();
        let now = later(now, 500);
        let merged = (0..WAITING).map(|_| queue.take(now).unwrap()).nth(7).unwrap();
        assert_eq!((merged.push.told.rounds(), merged.push.told.user), (2, None));
    }
}
