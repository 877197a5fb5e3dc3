//! The same seed gives the same world, and what fails can be made small.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)] // a test stops at what it does not expect

use outcrop_sim::{Faults, Outcome, Part, play};

/// All in one test: a process has one world at a time.
#[test]
fn a_seed_is_a_world() {
    let digest = |part: &Part| {
        let Outcome { digest, broken, lines, .. } = play(part, false);
        assert_eq!(broken, None, "{part}: {lines:#?}");
        digest
    };
    let mut digests = std::collections::BTreeSet::new();
    for seed in 1..=8 {
        let part = Part::whole(seed);
        let first = digest(&part);
        assert_eq!(first, digest(&part), "seed {seed} is not the same twice");
        digests.insert(first);
    }
    assert_eq!(digests.len(), 8);
    // A part is a world of its own, and just as much the same.
    let faults = Faults { disk: false, ..Faults::ALL };
    let part = Part { faults, nodes: 2, ..Part::whole(3) };
    assert_eq!(digest(&part), digest(&part));
}
