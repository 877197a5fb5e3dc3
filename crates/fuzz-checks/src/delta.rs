//! Deltas from a stranger, and deltas of our own making.

use outcrop_repo::delta::{apply, create, ops};

/// The largest target that a delta may make here.
const LIMIT: usize = 1 << 20;

/// A delta is hardly ever longer than its target, and never by more than this.
const OVERHEAD: usize = 32;

/// Checks that a strange delta fails or keeps its word, and that our own leads to its target.
///
/// The first two bytes say where the source ends. What follows it is taken for a delta, and then
/// for a target.
pub fn delta(input: &[u8]) {
    let Some((split, rest)) = input.split_first_chunk::<2>() else { return };
    let split = usize::from(u16::from_le_bytes(*split)).min(rest.len());
    let (source, bytes) = rest.split_at(split);

    if let Ok(target) = apply(source, bytes, LIMIT) {
        assert!(target.len() <= LIMIT);
        let operations = ops(bytes).unwrap();
        assert_eq!(operations.output_size(), target.len());
        assert!(operations.into_iter().all(|operation| operation.is_ok()));
    }

    let delta = create(source, bytes);
    assert!(delta.len() <= bytes.len() + OVERHEAD);
    assert_eq!(apply(source, &delta, bytes.len()).as_deref(), Ok(bytes));
}
