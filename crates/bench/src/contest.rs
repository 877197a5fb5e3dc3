//! Things measured by turns, and their medians.

use std::time::Duration;

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

/// Measures all of them, one after the other, so many times over.
pub(crate) fn contest<const N: usize>(rounds: usize, mut entries: [Entry<'_>; N]) -> [Series; N] {
    let mut all = std::array::from_fn(|_| Series::default());
    for round in 1..=rounds {
        for (entry, series) in entries.iter_mut().zip(&mut all) {
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
pub(crate) fn ratio(ours: Duration, theirs: Duration) -> f64 {
    theirs.as_secs_f64() / ours.as_secs_f64().max(f64::MIN_POSITIVE)
}
