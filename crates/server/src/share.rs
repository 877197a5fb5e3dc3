//! A part for each caller, so that none has everything.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::gate::Crowded;

/// Places of which each caller may have so many at a time. Who has none is not remembered.
#[derive(Debug, Clone)]
pub(crate) struct Shares {
    each: usize,
    taken: Arc<Mutex<HashMap<IpAddr, Arc<Semaphore>>>>,
}

/// A place that a caller has. It is given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shares: Shares,
    caller: IpAddr,
    place: Option<OwnedSemaphorePermit>,
}

impl Shares {
    pub(crate) fn new(each: usize) -> Self {
        let each = each.clamp(1, Semaphore::MAX_PERMITS);
        Self { each, taken: Arc::default() }
    }

    /// Takes a place, if the caller has not all of its own already.
    pub(crate) fn try_take(&self, caller: IpAddr) -> Option<Share> {
        let mut share = self.visit(caller);
        let places = self.places(caller);
        share.place = places.try_acquire_owned().ok();
        share.place.is_some().then_some(share)
    }

    /// Takes a place, once the caller has given one back.
    pub(crate) async fn take(&self, caller: IpAddr, patience: Duration) -> Result<Share, Crowded> {
        // Before anything is waited for: who goes away meanwhile is forgotten too.
        let mut share = self.visit(caller);
        let place = self.places(caller).acquire_owned();
        match timeout(patience, place).await {
            Ok(Ok(place)) => share.place = Some(place),
            Ok(Err(_)) | Err(_) => return Err(Crowded),
        }
        Ok(share)
    }

    /// A share without a place yet.
    fn visit(&self, caller: IpAddr) -> Share {
        Share { shares: self.clone(), caller, place: None }
    }

    fn places(&self, caller: IpAddr) -> Arc<Semaphore> {
        let new = || Arc::new(Semaphore::new(self.each));
        Arc::clone(self.lock().entry(caller).or_insert_with(new))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Arc<Semaphore>>> {
        // Nothing that holds the lock leaves the map half-changed.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        drop(self.place.take());
        let mut taken = self.shares.lock();
        // Whoever has a place, or waits for one, holds on to the caller's places.
        if taken.get(&self.caller).is_some_and(|places| Arc::strong_count(places) == 1) {
            taken.remove(&self.caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn each_has_its_own_part_and_who_is_gone_is_forgotten() {
        let shares = Shares::new(2);
        let held: Vec<_> = (0..3).filter_map(|_| shares.try_take(ONE)).collect();
        assert_eq!(held.len(), 2);
        let others = shares.try_take(OTHER).unwrap();
        assert_eq!(shares.lock().len(), 2);
        drop(held);
        assert_eq!(shares.lock().len(), 1);
        assert!(shares.try_take(ONE).is_some());
        drop(others);
        assert!(shares.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_waited_for_and_the_wait_has_an_end() {
        let shares = Shares::new(1);
        let patience = Duration::from_secs(5);
        let first = shares.take(ONE, patience).await.unwrap();
        assert!(matches!(shares.take(ONE, patience).await, Err(Crowded)));
        let (second, ()) = tokio::join!(shares.take(ONE, patience), async { drop(first) });
        drop(second.unwrap());
        assert!(shares.lock().is_empty());
    }
}
