//! Who may try to log in, and when: failed attempts make the next one wait.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Doorman`]: lets attempts through, and has others wait without a thread |
//! | `throttle.rs` | how long one must wait |

mod throttle;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::limits;
use throttle::Throttle;
pub(crate) use throttle::{Attempt, Outcome};

/// Lets attempts to log in through.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doorman(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    throttle: Mutex<Throttle>,
    waiting: AtomicUsize,
}

/// An attempt that was let through. If nothing is told of it, it was none.
#[derive(Debug)]
pub(crate) struct Ticket {
    attempt: Attempt,
    /// Nothing is told of it yet.
    pending: AtomicBool,
    doorman: Doorman,
}

/// Too many wait, or this one would wait for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many failed logins")]
pub(crate) struct TurnedAway;

/// Someone who waits; it ends when dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Doorman {
    /// Lets an attempt through if it need not wait.
    pub(crate) fn try_admit(&self, attempt: &Attempt) -> Option<Ticket> {
        self.ask(attempt).ok()
    }

    /// Lets an attempt through when its time has come.
    pub(crate) async fn admit(&self, attempt: &Attempt) -> Result<Ticket, TurnedAway> {
        if let Ok(ticket) = self.ask(attempt) {
            return Ok(ticket);
        }
        let _waiting = Waiting(&self.0.waiting);
        if self.0.waiting.fetch_add(1, Ordering::Relaxed) >= limits::LOGINS_WAITING {
            return Err(TurnedAway);
        }
        let admitted = async {
            loop {
                match self.ask(attempt) {
                    Ok(ticket) => return ticket,
                    Err(wait) => sleep(wait).await,
                }
            }
        };
        timeout(limits::LOGIN_PATIENCE, admitted).await.map_err(|_| TurnedAway)
    }

    /// Whether too many attempts like this one have failed for its word to count before it is proven.
    pub(crate) fn doubts(&self, attempt: &Attempt) -> bool {
        self.throttle().doubts(attempt, Instant::now())
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    fn ask(&self, attempt: &Attempt) -> Result<Ticket, Duration> {
        self.throttle().admit(attempt, Instant::now())?;
        let (attempt, doorman) = (attempt.clone(), self.clone());
        Ok(Ticket { attempt, pending: AtomicBool::new(true), doorman })
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.0.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Tells what has come of it: as soon as that is known, since others may wait to hear it.
    pub(crate) fn tell(&self, outcome: Outcome) {
        let mut throttle = self.doorman.throttle();
        let pending = self.pending.swap(false, Ordering::Relaxed);
        throttle.settle(&self.attempt, outcome, pending, Instant::now());
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if *self.pending.get_mut() {
            self.tell(Outcome::GivenUp);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use limits::LOGINS_WAITING;

    fn attempt(user: &str, host: u8) -> Attempt {
        let address = Some([192, 0, 2, host].into());
        Attempt { address, user: user.to_owned() }
    }

    /// Makes an attempt; gives the seconds that it had to wait.
    async fn attempts(doorman: &Doorman, attempt: &Attempt, outcome: Outcome) -> u64 {
        let begun = Instant::now();
        doorman.admit(attempt).await.unwrap().tell(outcome);
        begun.elapsed().as_secs()
    }

    async fn fail(doorman: &Doorman, attempt: &Attempt, times: usize) -> Vec<u64> {
        let mut waits = Vec::new();
        for _ in 0..times {
            waits.push(attempts(doorman, attempt, Outcome::Failed).await);
        }
        waits
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_and_are_forgiven() {
        let (doorman, alice) = (Doorman::default(), attempt("alice", 1));
        assert_eq!(fail(&doorman, &alice, 9).await, [0, 0, 0, 1, 2, 4, 8, 16, 30]);
        // Of nine failures, one is forgotten each minute.
        sleep(limits::FORGIVING * 7).await;
        assert_eq!(fail(&doorman, &alice, 2).await[0], 0);
        sleep(limits::FORGIVING * 60).await;
        assert_eq!(fail(&doorman, &alice, 4).await, [0, 0, 0, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_locked_out_by_a_stranger() {
        let doorman = Doorman::default();
        let bob = attempt("bob", 1);
        fail(&doorman, &attempt("alice", 1), 30).await;
        assert_eq!(attempts(&doorman, &attempt("alice", 2), Outcome::Succeeded).await, 0);
        let guess = |number| attempt(&format!("user{number}"), 1);
        for number in 0..30 {
            fail(&doorman, &guess(number), 1).await;
        }
        // Others at the stranger's address wait once, since users can be guessed too.
        assert!(attempts(&doorman, &bob, Outcome::Succeeded).await > 0);
        fail(&doorman, &guess(30), 1).await;
        assert_eq!(attempts(&doorman, &bob, Outcome::Succeeded).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_tries_many_users_waits() {
        let doorman = Doorman::default();
        for number in 0..limits::FREE_FAILURES_OF_ADDRESS {
            let one = attempt(&format!("user{number}"), 1);
            assert_eq!(attempts(&doorman, &one, Outcome::Failed).await, 0, "{number}");
        }
        assert_eq!(attempts(&doorman, &attempt("another", 1), Outcome::Failed).await, 1);
        assert_eq!(attempts(&doorman, &attempt("another", 2), Outcome::Failed).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_right_password_ends_the_waits_of_its_user_only() {
        let (doorman, alice, eve) = (Doorman::default(), attempt("alice", 1), attempt("eve", 1));
        fail(&doorman, &alice, 5).await;
        attempts(&doorman, &alice, Outcome::Succeeded).await;
        assert_eq!(fail(&doorman, &alice, 4).await, [0, 0, 0, 1]);
        // Whoever has an account cannot use it to guess others on and on.
        for number in 0..limits::FREE_FAILURES_OF_ADDRESS {
            attempts(&doorman, &attempt(&format!("user{number}"), 1), Outcome::Failed).await;
            attempts(&doorman, &eve, Outcome::Succeeded).await;
        }
        assert!(attempts(&doorman, &attempt("victim", 1), Outcome::Failed).await > 0);
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_at_the_same_time_are_no_way_round() {
        let (doorman, alice) = (Doorman::default(), attempt("alice", 1));
        let begun = Instant::now();
        let guesses = (0..6).map(|_| {
            let (doorman, alice) = (doorman.clone(), alice.clone());
            tokio::spawn(async move {
                let ticket = doorman.admit(&alice).await.unwrap();
                // The time that it takes to look at a password.
                sleep(Duration::from_millis(10)).await;
                ticket.tell(Outcome::Failed);
            })
        });
        for guess in guesses.collect::<Vec<_>>() {
            guess.await.unwrap();
        }
        // After three free ones: one second, two, and four.
        assert_eq!(begun.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn many_at_a_time_with_the_right_password_do_not_wait_for_long() {
        let (doorman, alice) = (Doorman::default(), attempt("alice", 1));
        let begun = Instant::now();
        let pulls = (0..40).map(|_| {
            let (doorman, alice) = (doorman.clone(), alice.clone());
            tokio::spawn(async move {
                let ticket = doorman.admit(&alice).await.unwrap();
                sleep(Duration::from_millis(50)).await;
                ticket.tell(Outcome::Succeeded);
            })
        });
        for pull in pulls.collect::<Vec<_>>() {
            pull.await.unwrap();
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_wait_and_what_is_given_up_counts_for_nothing() {
        let (doorman, alice) = (Doorman::default(), attempt("alice", 1));
        fail(&doorman, &alice, 8).await;
        let waiters: Vec<_> = (0..LOGINS_WAITING)
            .map(|_| {
                let (doorman, alice) = (doorman.clone(), alice.clone());
                tokio::spawn(async move { drop(doorman.admit(&alice).await) })
            })
            .collect();
        sleep(Duration::from_millis(1)).await;
        assert_eq!(doorman.waiting(), LOGINS_WAITING);
        assert_eq!(doorman.admit(&alice).await.unwrap_err(), TurnedAway);
        // Who need not wait is none of them.
        assert!(doorman.admit(&attempt("alice", 2)).await.is_ok());
        for waiter in waiters {
            waiter.abort();
            drop(waiter.await);
        }
        assert_eq!(doorman.waiting(), 0);
        sleep(limits::LONGEST_LOGIN_DELAY).await;
        drop(doorman.try_admit(&alice).unwrap());
        assert!(doorman.try_admit(&alice).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_has_a_limit() {
        let (doorman, alice) = (Doorman::default(), attempt("alice", 1));
        fail(&doorman, &alice, 5).await;
        for number in 0..limits::REMEMBERED_LOGINS * 3 {
            let address = Some(u32::try_from(number).unwrap().to_be_bytes().into());
            let attempt = Attempt { address, user: "bob".to_owned() };
            doorman.try_admit(&attempt).unwrap().tell(Outcome::Failed);
            assert!(doorman.throttle().remembered() <= limits::REMEMBERED_LOGINS);
        }
        // Who has failed most is remembered longest.
        assert!(doorman.try_admit(&alice).is_none());
    }
}
