//! Counting what travels.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Traffic;

/// Counts bytes of bodies, from several threads.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Meter {
    pub(crate) fn add_sent(&self, len: usize) {
        add(&self.sent, len);
    }

    pub(crate) fn add_received(&self, len: usize) {
        add(&self.received, len);
    }

    /// What has travelled so far.
    pub(crate) fn traffic(&self) -> Traffic {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic { sent: read(&self.sent), received: read(&self.received) }
    }
}

fn add(counter: &AtomicU64, len: usize) {
    counter.fetch_add(u64::try_from(len).unwrap_or(u64::MAX), Ordering::Relaxed);
}
