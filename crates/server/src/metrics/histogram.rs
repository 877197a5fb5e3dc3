//! How long things take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets, in microseconds, and as they are written.
const BOUNDS: [(u64, &str); 14] = [
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (5_000_000, "5"),
    (10_000_000, "10"),
    (30_000_000, "30"),
];

/// Durations, counted in buckets.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    /// The last one is for all that took longer.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Histogram {
    pub(super) fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let at = BOUNDS.partition_point(|(bound, _)| *bound < micros);
        if let Some(bucket) = self.buckets.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// The bound of each bucket, and how many took no longer.
    pub(super) fn cumulated(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let mut count = 0;
        let bounds = BOUNDS.iter().map(|(_, bound)| *bound).chain(["+Inf"]);
        bounds.zip(&self.buckets).map(move |(bound, bucket)| {
            count += bucket.load(Ordering::Relaxed);
            (bound, count)
        })
    }

    /// All of them together.
    pub(super) fn total(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_their_bucket() {
        let histogram = Histogram::default();
        for micros in [0, 1_000, 1_001, 30_000_000, 30_000_001] {
            histogram.observe(Duration::from_micros(micros));
        }
        let counts: Vec<_> = histogram.cumulated().collect();
        assert_eq!(counts.first(), Some(&("0.001", 2)));
        assert_eq!(counts.get(1), Some(&("0.0025", 3)));
        assert_eq!(counts.get(13), Some(&("30", 4)));
        assert_eq!(counts.last(), Some(&("+Inf", 5)));
        assert_eq!(histogram.total(), Duration::from_micros(60_002_002));
        for (micros, text) in BOUNDS {
            let seconds: f64 = text.parse().unwrap();
            assert_eq!(Duration::from_secs_f64(seconds), Duration::from_micros(micros));
        }
    }
}
