//! What is to be reached.

use std::fmt;

/// On which side of a figure one is to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    /// So many times as fast, or more.
    Times(f64),
    /// So many megabytes of memory, or less.
    Megabytes(f64),
    /// So many bytes, or less.
    Bytes(f64),
    /// So many, or less.
    Count(f64),
    /// So many times as much, or less.
    Most(f64),
}

/// What a bar is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// For any repository.
    Any,
    /// For one of 100,000 artifacts: where a process begins and ends counts for little there.
    Large,
}

/// Something to be reached.
#[derive(Debug)]
pub(crate) struct Bar {
    /// Its number, and a letter if there are several.
    pub(crate) number: &'static str,
    pub(crate) what: &'static str,
    pub(crate) bound: Bound,
    pub(crate) scope: Scope,
}

const fn large(number: &'static str, what: &'static str, bound: Bound) -> Bar {
    Bar { number, what, bound, scope: Scope::Large }
}

const fn any(number: &'static str, what: &'static str, bound: Bound) -> Bar {
    Bar { number, what, bound, scope: Scope::Any }
}

use Bound::{Bytes, Count, Megabytes, Most, Times};

pub(crate) const CLONE: Bar =
    large("1a", "clone, ours from ours, beside stock's with --nocompress", Times(10.0));
pub(crate) const CLONE_COMPACT: Bar =
    large("1b", "clone and compact, beside stock's clone", Times(6.0));
pub(crate) const CLONE_SIZE: Bar =
    any("1c", "size of the compacted clone, beside stock's", Most(1.0));
pub(crate) const CLONE_MEMORY: Bar = any("1d", "peak memory of a clone", Megabytes(300.0));
pub(crate) const CLONE_MEMORY_GROWTH: Bar =
    large("1e", "peak memory of a clone ten times as large", Most(1.5));
pub(crate) const FROM_STOCK: Bar =
    large("2", "our client from stock's server, beside stock's client", Times(6.0));
pub(crate) const STOCK_CLIENT: Bar =
    any("3a", "stock's client from our server, beside from its own", Times(1.0));
pub(crate) const STOCK_CLIENT_SERVER: Bar =
    any("3b", "our server's CPU time for that, of stock's", Most(0.5));
pub(crate) const NO_PULL: Bar = large("4a", "a pull of nothing", Times(5.0));
pub(crate) const NO_SYNC: Bar = large("4b", "a sync of nothing", Times(5.0));
pub(crate) const NO_ROUND: Bar =
    large("4c", "our server's CPU time for a round of nothing, beside stock's", Times(20.0));
pub(crate) const NO_WRITE: Bar =
    any("4d", "written by us to disk by pulls and syncs of nothing", Bytes(0.0));
pub(crate) const NO_GROWTH: Bar =
    any("4e", "a pull of nothing, of a repository ten times as large", Most(1.3));
pub(crate) const PUSH: Bar = large("5a", "push of 1,000 check-ins", Times(5.0));
pub(crate) const PULL: Bar = large("5b", "pull of 1,000 check-ins", Times(5.0));
pub(crate) const PUSH_EACH: Bar = large("5c", "check-ins pushed one by one", Times(5.0));
pub(crate) const REBUILD: Bar = large("6a", "rebuild", Times(10.0));
pub(crate) const VERIFY_ARTIFACTS: Bar =
    large("6b", "verify --artifacts, beside test-integrity", Times(10.0));
pub(crate) const VERIFY: Bar = large("6c", "verify, beside test-integrity", Times(6.0));
pub(crate) const MANY_CLONES: Bar = any("7a", "64 clones at a time, a second", Times(10.0));
pub(crate) const MANY_NOTHING: Bar =
    any("7b", "64 pulls of nothing at a time, a second", Times(10.0));
pub(crate) const MANY_SLOWEST: Bar =
    any("7c", "the slowest of 64 clones, beside the median", Most(3.0));
pub(crate) const MANY_SLOWEST_NOTHING: Bar =
    any("7d", "the slowest of 64 pulls of nothing, beside the median", Most(3.0));
pub(crate) const MANY_MEMORY: Bar = any("7e", "our server's memory meanwhile", Megabytes(150.0));
pub(crate) const GROWTH_CLONE: Bar =
    large("8a", "clone: time an artifact, largest beside smallest", Most(1.3));
pub(crate) const GROWTH_PULL: Bar =
    large("8b", "pull of nothing: time, largest beside smallest", Most(1.3));
pub(crate) const GROWTH_PUSH: Bar =
    large("8c", "push of one check-in: time an artifact, largest beside smallest", Most(1.3));
pub(crate) const GROWTH_REBUILD: Bar =
    large("8d", "rebuild: time an artifact, largest beside smallest", Most(1.3));
pub(crate) const GROWTH_VERIFY: Bar =
    large("8e", "verify: time an artifact, largest beside smallest", Most(1.3));
pub(crate) const GROWTH_MEMORY: Bar =
    large("8f", "memory an artifact, largest beside smallest, of all that", Most(1.3));
pub(crate) const CHAIN: Bar =
    any("9a", "a chain of deltas: time an artifact, beside a tenth of it", Most(1.5));
pub(crate) const WIDE: Bar =
    any("9b", "many files in a check-in: time a file, beside a tenth of it", Most(1.5));
pub(crate) const HUGE: Bar =
    any("9c", "memory for a huge artifact, in its size, over the base", Most(4.0));
pub(crate) const SHAPES_MEMORY: Bar =
    any("9d", "memory for chains and wide check-ins", Megabytes(300.0));
pub(crate) const CROWD_FAILED: Bar =
    any("10a", "operations that fail while a crowd works", Count(0.0));
pub(crate) const CROWD_LOST: Bar =
    any("10b", "check-ins that were acknowledged and are not there", Count(0.0));
pub(crate) const CROWD_MEMORY: Bar = any("10c", "our server's memory meanwhile", Megabytes(150.0));
pub(crate) const CROWD_FAIR: Bar =
    any("10d", "what the median client has done, beside the slowest", Most(3.0));

pub(crate) const CROWD_UNSOUND: Bar =
    any("10e", "our server's repository not sound afterwards, by test-integrity", Count(0.0));

impl Bound {
    /// Whether a figure is on the right side.
    pub(crate) fn holds(self, figure: f64) -> bool {
        match self {
            Times(least) => figure >= least,
            Megabytes(most) | Bytes(most) | Count(most) | Most(most) => figure <= most,
        }
    }

    /// A figure as it is told beside this.
    pub(crate) fn show(self, figure: f64) -> String {
        match self {
            Times(_) | Most(_) => format!("{figure:.2} ×"),
            Megabytes(_) => format!("{figure:.0} MB"),
            Bytes(_) => format!("{figure:.0} bytes"),
            Count(_) => format!("{figure:.0}"),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Times(least) => write!(f, "at least {least} ×"),
            Megabytes(most) => write!(f, "at most {most} MB"),
            Bytes(most) => write!(f, "at most {most} bytes"),
            Count(most) => write!(f, "at most {most}"),
            Most(most) => write!(f, "at most {most} ×"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_has_a_right_side() {
        assert!(Times(10.0).holds(10.0) && !Times(10.0).holds(9.99));
        assert!(Most(0.5).holds(0.5) && !Most(0.5).holds(0.51));
        assert!(Bytes(0.0).holds(0.0) && !Bytes(0.0).holds(1.0));
        assert_eq!(Times(10.0).to_string(), "at least 10 ×");
        assert_eq!(Megabytes(300.0).show(61.4), "61 MB");
    }
}
