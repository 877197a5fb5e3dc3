//! Deltas that come one at a time, each of the one before.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::collections::HashMap;
use std::path::Path;

use outcrop_format::hash::HashName;
use outcrop_repo::limits::DELTA_CHAIN;
use outcrop_repo::receive::Incoming;
use outcrop_repo::{Repo, delta};
use store_support::{Fossil, Random, based, empty, origin, rows, whole};
use tempfile::TempDir;

/// Enough for some changes of the foot, and for another foot.
const VERSIONS: usize = 200;

/// Versions of a text, each unlike the last by a line or so.
fn versions() -> Vec<Vec<u8>> {
    let mut random = Random(3);
    let mut text = random.text(200);
    let edited = |_| {
        random.edit(&mut text);
        text.clone().into_bytes()
    };
    (0..VERSIONS).map(edited).collect()
}

/// Receives all versions, each as a change of the last: some in one transaction, as a push of many
/// check-ins does, or each in its own.
fn receive(repo: &Repo, versions: &[Vec<u8>], at_once: usize, private: impl Fn(usize) -> bool) {
    for start in (0..versions.len()).step_by(at_once) {
        let tx = repo.write().unwrap();
        let mut receiver = tx.receiver(origin());
        for number in start..(start + at_once).min(versions.len()) {
            let content = &versions[number];
            let made = number.checked_sub(1).map(|last| delta::create(&versions[last], content));
            let incoming = match &made {
                Some(delta) => based(content, &versions[number - 1], delta),
                None => whole(content),
            };
            receiver.receive(&Incoming { private: private(number), ..incoming }).unwrap();
        }
        receiver.finish().unwrap();
        tx.commit().unwrap();
    }
}

/// How many deltas each artifact builds upon.
fn heights(path: &Path) -> Vec<usize> {
    let sources: HashMap<i64, i64> = rows(path, "SELECT rid, srcid FROM delta", |row| {
        (row.get(0).unwrap(), row.get(1).unwrap())
    })
    .into_iter()
    .collect();
    let all = rows(path, "SELECT rid FROM blob ORDER BY rid", |row| row.get(0).unwrap());
    let height = |mut at: i64| {
        let step = || {
            at = *sources.get(&at)?;
            Some(at)
        };
        std::iter::from_fn(step).count()
    };
    all.into_iter().map(height).collect()
}

#[test]
fn a_long_line_of_changes_stays_near_the_ground() {
    let (fossil, versions) = (Fossil::find(), versions());
    for at_once in [1, 7, VERSIONS] {
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        receive(&repo, &versions, at_once, |_| false);
        let heights = heights(repo.path());
        assert_eq!(heights.iter().max(), Some(&DELTA_CHAIN), "{at_once} at once");
        let standing = |at| heights.iter().filter(|height| **height == at).count();
        // Most often a change of the foot will do, but not always.
        let (feet, changes) = (standing(0), standing(1));
        assert!(2 < feet && feet < changes, "{feet} are whole, and {changes} changes of them");
        assert!(changes <= VERSIONS / DELTA_CHAIN + feet, "{changes} changes of the foot");
        let tx = repo.read().unwrap();
        for content in &versions {
            let rid = tx.rid_of(&HashName::sha3_of(content)).unwrap().unwrap();
            assert_eq!(tx.content(rid).unwrap(), *content);
        }
        let (stored, all): (i64, i64) =
            rows(repo.path(), "SELECT sum(length(content)), sum(size) FROM blob", |row| {
                (row.get(0).unwrap(), row.get(1).unwrap())
            })[0];
        assert!(stored * 8 < all, "{stored} bytes of {all}");
        let report = tx.verify(|_| {}).unwrap();
        assert!(report.is_sound(), "{report}");
        fossil.finds_it_whole(repo.path());
    }
}

#[test]
fn what_is_public_never_comes_to_build_upon_what_is_private() {
    let (folder, versions) = (TempDir::new().unwrap(), versions());
    let repo = empty(folder.path());
    // Whoever may see both sends public versions as changes of private ones.
    receive(&repo, &versions, 5, |number| number % 40 < 20);
    let crossing = "SELECT count(*) FROM delta WHERE srcid IN (SELECT rid FROM private) \
                    AND rid NOT IN (SELECT rid FROM private)";
    assert_eq!(rows(repo.path(), crossing, |row| row.get::<_, i64>(0).unwrap()), [0]);
    assert!(heights(repo.path()).iter().all(|height| *height <= DELTA_CHAIN));
    let tx = repo.read().unwrap();
    let last = tx.rid_of(&HashName::sha3_of(&versions[VERSIONS - 1])).unwrap().unwrap();
    assert_eq!(tx.content(last).unwrap(), versions[VERSIONS - 1]);
    let first = tx.rid_of(&HashName::sha3_of(&versions[0])).unwrap().unwrap();
    assert!(tx.blob(first).unwrap().unwrap().private);
}
