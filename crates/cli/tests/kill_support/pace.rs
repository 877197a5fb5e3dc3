//! When to kill, and how often it has hit.

use std::time::Duration;

use outcrop_oracle::Random;

/// The least share of kills, in percent, that must hit a process in its work. The others come when
/// it has ended by itself.
const LANDED: usize = 60;

/// How long the work takes, as far as is known.
#[derive(Debug)]
pub(crate) struct Pace {
    whole: Duration,
    landed: usize,
    missed: usize,
    /// After so many kills a journal was left to be undone.
    pub(crate) unfinished: usize,
}

impl Pace {
    pub(crate) const fn new(whole: Duration) -> Self {
        Self { whole, landed: 0, missed: 0, unfinished: 0 }
    }

    pub(crate) const fn landed(&self) -> usize {
        self.landed
    }

    /// A moment somewhere in the work.
    pub(crate) fn moment(&self, random: &mut Random) -> Duration {
        let part = u32::try_from(random.below(1000)).unwrap();
        self.whole * part / 1000
    }

    /// Learns from a kill. Who was not hit was done earlier; who always is hit may take longer, and
    /// its end would never be tried.
    pub(crate) fn learn(&mut self, landed: bool) {
        if landed {
            self.landed += 1;
            self.whole = self.whole * 103 / 100;
        } else {
            self.missed += 1;
            self.whole = self.whole * 7 / 10;
        }
    }

    /// Says how it went; fails if too few kills have hit.
    pub(crate) fn settle(&self, what: &str, acknowledged: usize) {
        let Self { landed, missed, unfinished, .. } = self;
        println!(
            "{what}: {landed} kills landed, {missed} came too late, {unfinished} left a journal, \
             {acknowledged} things acknowledged and found"
        );
        assert!(!self.is_hopeless(), "{what}: too few kills hit a process in its work");
    }

    /// Whether so many kills came too late that the rest cannot make up for it.
    pub(crate) const fn is_hopeless(&self) -> bool {
        // The first ones are for learning.
        const LESSONS: usize = 15;
        let all = self.landed + self.missed;
        all > LESSONS && self.landed * 100 < all * LANDED
    }
}
