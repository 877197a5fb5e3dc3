//! How many may pass at a time, and how many may wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Lets a number of places be taken at a time. Who comes first is served first, and only so many may
/// wait.
#[derive(Debug)]
pub(crate) struct Gate {
    places: Arc<Semaphore>,
    of: u32,
    waiting: AtomicUsize,
    may_wait: usize,
    patience: Duration,
}

/// Too many wait already, or waiting took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests at a time")]
pub(crate) struct Crowded;

/// Someone who waits; it ends when dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    pub(crate) fn new(places: usize, may_wait: usize, patience: Duration) -> Self {
        let of = u32::try_from(places.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        let places = Arc::new(Semaphore::new(of as usize));
        Self { places, of, waiting: AtomicUsize::new(0), may_wait, patience }
    }

    /// Takes a place if nobody has to be waited for.
    pub(crate) fn try_enter(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore gives nothing to who has just come while others wait.
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Takes so many places, and all of them for who wants more than there are.
    pub(crate) async fn enter(&self, places: usize) -> Result<OwnedSemaphorePermit, Crowded> {
        let wanted = u32::try_from(places).unwrap_or(u32::MAX).min(self.of);
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_many_owned(wanted) {
            return Ok(permit);
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.may_wait {
            drop(Waiting(&self.waiting));
            return Err(Crowded);
        }
        self.wait(wanted, Waiting(&self.waiting)).await
    }

    /// Takes a place again, however many wait: for who has left it only to come back.
    pub(crate) async fn enter_again(&self) -> Result<OwnedSemaphorePermit, Crowded> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.wait(1, Waiting(&self.waiting)).await
    }

    async fn wait(&self, places: u32, _: Waiting<'_>) -> Result<OwnedSemaphorePermit, Crowded> {
        let permit = Arc::clone(&self.places).acquire_many_owned(places);
        match timeout(self.patience, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Crowded),
        }
    }

    /// Whether whoever comes now would be turned away.
    pub(crate) fn is_full(&self) -> bool {
        self.places.available_permits() == 0
            && self.waiting.load(Ordering::Relaxed) >= self.may_wait
    }

    /// Places that are taken.
    pub(crate) fn taken(&self) -> usize {
        (self.of as usize).saturating_sub(self.places.available_permits())
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits until nobody is inside, and lets nobody in from then on.
    pub(crate) async fn close_when_empty(&self) {
        // An error says that it was closed before.
        if let Ok(all) = self.places.acquire_many(self.of).await {
            self.places.close();
            drop(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn only_so_many_pass_and_only_so_many_wait() {
        let gate = Arc::new(Gate::new(1, 1, PATIENCE));
        let first = gate.enter(1).await.unwrap();
        assert!(!gate.is_full() && gate.try_enter().is_none());
        let waiter = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter(1).await.map(drop) }
        });
        tokio::task::yield_now().await;
        assert!(gate.is_full());
        assert_eq!((gate.taken(), gate.waiting()), (1, 1));
        assert_eq!(gate.enter(1).await.map(drop), Err(Crowded));
        // Unless it was inside before.
        let (again, ()) = tokio::join!(gate.enter_again(), async {
            tokio::task::yield_now().await;
            assert_eq!(gate.waiting(), 2);
            drop(first);
        });
        drop(again.unwrap());
        assert_eq!(waiter.await.unwrap(), Ok(()));
        assert!(!gate.is_full() && gate.try_enter().is_some());
        assert_eq!((gate.taken(), gate.waiting()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_has_an_end_and_leaves_nothing_behind() {
        let gate = Gate::new(2, 1, PATIENCE);
        let inside = gate.enter(1).await.unwrap();
        for _ in 0..3 {
            assert_eq!(gate.enter(9).await.map(drop), Err(Crowded));
        }
        drop(inside);
        drop(gate.enter(9).await.unwrap());
        gate.close_when_empty().await;
        assert_eq!(gate.enter(1).await.map(drop), Err(Crowded));
    }
}
