//! Things measured by turns, and their medians.

use std::time::Duration;

use crate::kernel;
use crate::measure::Measured;

/// Something that is measured by turns with others.
pub(crate) struct Entry<'a> {
    name: &'static str,
    run: Box<dyn FnMut() -> Measured + 'a>,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(name: &'static str, run: impl FnMut() -> Measured + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// What one of them has cost, round by round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series(Vec<Measured>);

impl Series {
    fn median<T: Ord + Copy>(&self, part: impl Fn(&Measured) -> T) -> T {
        let mut all: Vec<_> = self.0.iter().map(part).collect();
        all.sort_unstable();
        all[all.len() / 2]
    }

    /// How many times as much another has cost of a part: the median of what that is in each round. The
    /// two of a round run one soon after the other, so what slows the machine for a while slows both.
    pub(crate) fn times(&self, other: &Self, part: impl Fn(&Measured) -> Duration) -> f64 {
        let both = self.0.iter().zip(&other.0);
        let mut all: Vec<_> = both.map(|(this, other)| ratio(part(this), part(other))).collect();
        all.sort_unstable_by(f64::total_cmp);
        all[all.len() / 2]
    }

    /// The median of each part by itself.
    pub(crate) fn medians(&self) -> Measured {
        Measured {
            wall: self.median(|of| of.wall),
            cpu: self.median(|of| of.cpu),
            peak: self.median(|of| of.peak),
            server: self.median(|of| of.server),
        }
    }
}

/// Measures all of them, one after the other, so many times over. What one has written is on the disk
/// before the next begins: that one would wait for it.
pub(crate) fn contest<const N: usize>(rounds: usize, mut entries: [Entry<'_>; N]) -> [Series; N] {
    let mut all = std::array::from_fn(|_| Series::default());
    for round in 1..=rounds {
        for (entry, series) in entries.iter_mut().zip(&mut all) {
            kernel::write_all();
            let measured = (entry.run)();
            let Measured { wall, cpu, server, .. } = measured;
            let seconds = Duration::as_secs_f64;
            eprintln!(
                "  {round}/{rounds} {}: {:.3} s, CPU {:.2} s, server {:.2} s",
                entry.name,
                seconds(&wall),
                seconds(&cpu),
                seconds(&server)
            );
            series.0.push(measured);
        }
    }
    all
}

/// How many times as long the other takes.
fn ratio(ours: Duration, theirs: Duration) -> f64 {
    theirs.as_secs_f64() / ours.as_secs_f64().max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_is_slow_for_a_while_changes_no_ratio() {
        let series = |seconds: &[u64]| {
            let measured =
                |wall: &u64| Measured { wall: Duration::from_secs(*wall), ..Measured::default() };
            Series(seconds.iter().map(measured).collect())
        };
        let (ours, theirs) = (series(&[8, 3, 2, 2, 2]), series(&[24, 9, 9, 6, 6]));
        assert!((ours.times(&theirs, |of| of.wall) - 3.0).abs() < 1e-9);
        assert_eq!(ours.medians().wall, Duration::from_secs(2));
    }
}
