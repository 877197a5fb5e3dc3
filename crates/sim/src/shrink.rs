//! Making a failure small: fewer faults, fewer nodes, fewer steps, as long as it still fails.

use crate::plan::{Faults, Part};
use crate::world::{Outcome, play};

/// Worlds that are played to make one failure small.
const TRIES: usize = 300;

/// The smallest part that was found to fail, of one that fails.
#[must_use]
pub fn shrink(failed: Outcome) -> Outcome {
    let mut search = Search { best: failed, left: TRIES };
    search.fewer_faults();
    search.fewer_nodes();
    search.fewer_steps();
    search.best
}

struct Search {
    best: Outcome,
    left: usize,
}

impl Search {
    /// Takes a part instead of the best, if it fails too.
    fn try_part(&mut self, part: &Part) -> bool {
        if self.left == 0 || *part == self.best.part {
            return false;
        }
        self.left -= 1;
        let outcome = play(part, false);
        let fails = outcome.broken.is_some();
        if fails {
            self.best = outcome;
        }
        fails
    }

    fn fewer_faults(&mut self) {
        let without: [fn(Faults) -> Faults; 4] = [
            |faults| Faults { network: false, ..faults },
            |faults| Faults { disk: false, ..faults },
            |faults| Faults { power: false, ..faults },
            |faults| Faults { clock: false, ..faults },
        ];
        for without in without {
            let faults = without(self.best.part.faults);
            self.try_part(&Part { faults, ..self.best.part.clone() });
        }
    }

    fn fewer_nodes(&mut self) {
        for nodes in 2..self.best.part.count() {
            if self.try_part(&Part { nodes, ..self.best.part.clone() }) {
                return;
            }
        }
    }

    /// Leaves out halves, quarters, and at last single steps.
    fn fewer_steps(&mut self) {
        let mut steps: Vec<usize> =
            self.best.part.plan().iter().map(|(number, _)| *number).collect();
        let mut size = steps.len().div_ceil(2);
        while size > 0 {
            let mut start = 0;
            while start < steps.len() {
                let end = (start + size).min(steps.len());
                let kept: Vec<usize> = [&steps[..start], &steps[end..]].concat();
                let part = Part { steps: Some(kept.clone()), ..self.best.part.clone() };
                if self.try_part(&part) {
                    steps = kept;
                } else {
                    start = end;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }
}
