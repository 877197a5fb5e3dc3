//! What holds for any pair of files, and for any bytes that claim to be a delta.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

use outcrop_repo::delta::{Op, apply, apply_into, checksum, create, ops, output_size};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::FileFailurePersistence;

/// One change to a file. Places and lengths fit themselves to the file.
#[derive(Debug, Clone)]
enum Edit {
    Insert(Index, Vec<u8>),
    Delete(Index, usize),
    Overwrite(Index, Vec<u8>),
    Duplicate(Index, usize, Index),
    Move(Index, usize, Index),
}

impl Edit {
    fn make(&self, file: &mut Vec<u8>) {
        let place = |index: &Index, file: &[u8]| index.index(file.len() + 1);
        let block = |index: &Index, len: usize, file: &[u8]| {
            let start = place(index, file);
            start..(start + len).min(file.len())
        };
        match self {
            Self::Insert(at, new) => {
                let at = place(at, file);
                file.splice(at..at, new.iter().copied());
            }
            Self::Delete(at, len) => drop(file.drain(block(at, *len, file))),
            Self::Overwrite(at, new) => {
                file.splice(block(at, new.len(), file), new.iter().copied());
            }
            Self::Duplicate(from, len, to) => {
                let copied = file[block(from, *len, file)].to_vec();
                let to = place(to, file);
                file.splice(to..to, copied);
            }
            Self::Move(from, len, to) => {
                let moved: Vec<_> = file.drain(block(from, *len, file)).collect();
                let to = place(to, file);
                file.splice(to..to, moved);
            }
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let index = any::<Index>;
    let some = || vec(any::<u8>(), 0..60);
    prop_oneof![
        (index(), some()).prop_map(|(at, new)| Edit::Insert(at, new)),
        (index(), 0..300_usize).prop_map(|(at, len)| Edit::Delete(at, len)),
        (index(), some()).prop_map(|(at, new)| Edit::Overwrite(at, new)),
        (index(), 0..900_usize, index()).prop_map(|(from, len, to)| Edit::Duplicate(from, len, to)),
        (index(), 0..900_usize, index()).prop_map(|(from, len, to)| Edit::Move(from, len, to)),
    ]
}

/// Text in which the same words come again and again.
fn text() -> impl Strategy<Value = Vec<u8>> {
    const WORDS: &[&str] =
        &["let ", "return ", "    ", "{\n", "}\n", "offset", " = ", "delta", "0", "\n\n"];
    vec(select(WORDS), 0..1500).prop_map(|words| words.concat().into_bytes())
}

/// A file of any kind: text, noise, or few different bytes in long runs.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let runs = vec((0..3_u8, 1..200_usize), 0..30)
        .prop_map(|runs| runs.into_iter().flat_map(|(byte, len)| vec![byte; len]).collect());
    prop_oneof![text(), vec(any::<u8>(), 0..3000), runs]
}

/// A file and an edited version of it.
fn edited_pair() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    (file(), vec(edit(), 0..12)).prop_map(|(source, edits)| {
        let mut target = source.clone();
        for edit in edits {
            edit.make(&mut target);
        }
        (source, target)
    })
}

/// Checks that a delta from `source` to `target` leads there.
fn leads_there(source: &[u8], target: &[u8]) -> Result<(), TestCaseError> {
    let delta = create(source, target);
    prop_assert!(delta.len() <= target.len() + 32, "{} for {}", delta.len(), target.len());
    prop_assert_eq!(output_size(&delta), Ok(target.len()));
    let made = apply(source, &delta, target.len());
    prop_assert_eq!(made.as_deref(), Ok(target));
    Ok(())
}

/// What the operations say they make, by the plainest means.
fn carried_out(source: &[u8], delta: &[u8]) -> Vec<u8> {
    let mut target = Vec::new();
    for op in ops(delta).unwrap() {
        match op.unwrap() {
            Op::Copy { offset, len } => target.extend_from_slice(&source[offset..offset + len]),
            Op::Insert(literal) => target.extend_from_slice(literal),
            Op::Checksum(sum) => assert_eq!(sum, checksum(&target)),
        }
    }
    target
}

/// Checks that `delta` gives an error, or a target that is within `limit` and as declared.
fn within_limit(source: &[u8], delta: &[u8], limit: usize) -> Result<(), TestCaseError> {
    let mut target = Vec::new();
    match apply_into(source, delta, &mut target, limit) {
        Ok(()) => {
            prop_assert!(target.len() <= limit);
            prop_assert_eq!(&target, &carried_out(source, delta));
        }
        Err(error) => {
            prop_assert!(target.is_empty());
            prop_assert!(!error.to_string().is_empty());
        }
    }
    prop_assert!(target.capacity() <= limit);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn edited_files_come_back((source, target) in edited_pair()) {
        leads_there(&source, &target)?;
        leads_there(&target, &source)?;
    }

    #[test]
    fn unrelated_files_come_back(source in file(), target in file()) {
        leads_there(&source, &target)?;
    }

    #[test]
    fn arbitrary_bytes_stay_within_the_limit(
        source in vec(any::<u8>(), 0..50),
        delta in vec(any::<u8>(), 0..100),
        limit in 0..200_usize,
    ) {
        within_limit(&source, &delta, limit)?;
    }

    #[test]
    fn bytes_of_the_delta_alphabet_stay_within_the_limit(
        source in vec(any::<u8>(), 0..50),
        delta in "[0-9A-Za-z_~]{1,2}\n([0-9A]@[0-9A],|[0-3]:[a-z]{0,3}|[0-9A~]{0,12}[@:;,]){0,6};?",
        limit in 0..4000_usize,
    ) {
        within_limit(&source, delta.as_bytes(), limit)?;
    }

    #[test]
    fn damaged_deltas_stay_within_the_limit(
        (source, target) in edited_pair(),
        damage in vec((any::<Index>(), any::<u8>()), 1..4),
        cut in any::<Index>(),
        limit in 0..20_000_usize,
    ) {
        let mut delta = create(&source, &target);
        delta.truncate(delta.len() - cut.index(delta.len()) / 8);
        for (at, byte) in damage {
            let at = at.index(delta.len());
            delta[at] = byte;
        }
        within_limit(&source, &delta, limit)?;
    }

    #[test]
    fn another_source_is_no_panic((source, target) in edited_pair(), other in file()) {
        let delta = create(&source, &target);
        within_limit(&other, &delta, target.len())?;
    }
}
