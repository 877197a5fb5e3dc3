//! Some of the sources that a walk has expanded, as stepping stones.
//!
//! After a walk a few artifacts may have to be expanded once more, each from far down its chain of
//! deltas. With a stone here and there in the chains they are never far from content that is known.

use bytes::Bytes;

use crate::id::Rid;

/// Every so many-th of the sources that come by.
#[derive(Debug)]
pub(super) struct Stones {
    limit: usize,
    /// One of so many is kept.
    every: usize,
    /// How many came by since the last one that was kept.
    passed: usize,
    kept: Vec<(Rid, Bytes)>,
    bytes: usize,
}

impl Stones {
    /// As many as come to `limit` bytes.
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit, every: 1, passed: 0, kept: Vec::new(), bytes: 0 }
    }

    /// A source comes by.
    pub(super) fn offer(&mut self, rid: Rid, content: &Bytes) {
        self.passed += 1;
        // One that takes much of the room would push many others out.
        if self.passed < self.every || content.len() > self.limit / 16 {
            return;
        }
        self.passed = 0;
        self.kept.push((rid, content.clone()));
        self.bytes += content.len();
        while self.bytes > self.limit {
            self.thin_out();
        }
    }

    /// Gives up every other stone.
    fn thin_out(&mut self) {
        self.every = self.every.saturating_mul(2);
        let mut keep = false;
        self.kept.retain(|_| {
            keep = !keep;
            keep
        });
        self.bytes = self.kept.iter().map(|(_, content)| content.len()).sum();
    }

    pub(super) fn take(&mut self) -> Vec<(Rid, Bytes)> {
        self.bytes = 0;
        std::mem::take(&mut self.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stones_lie_evenly_within_their_limit() {
        let mut stones = Stones::new(1000);
        for number in 1..=1000 {
            stones.offer(Rid::new(number).unwrap(), &vec![0; 40].into());
            assert!(stones.bytes <= 1000);
        }
        stones.offer(Rid::new(1001).unwrap(), &vec![0; 100].into());
        let places: Vec<_> = stones.take().iter().map(|(rid, _)| rid.get()).collect();
        assert!(places.len() > 12, "half of the room is used at least: {places:?}");
        let gaps: Vec<_> = places.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| (64..128).contains(gap)), "{gaps:?}");
        assert!(places.last().is_some_and(|last| *last > 900), "{places:?}");
    }
}
