//! Files whose writer was killed in the middle: who only reads finds them as they were before.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::fs;
use std::path::{Path, PathBuf};

use outcrop_repo::Repo;
use outcrop_repo::verify::Subset;
use rusqlite::Connection;
use store_support::{Fossil, artifacts, empty};
use tempfile::TempDir;

fn journal(path: &Path) -> PathBuf {
    path.with_extension("fossil-journal")
}

/// A copy of a repository as it is left by someone who was killed while pages of a large change were
/// in the file already, and the commit was not.
fn left_unfinished(original: &Path, copy: &Path) {
    let connection = Connection::open(original).unwrap();
    // So small a cache that changes go to the file before they are committed.
    connection.pragma_update(None, "cache_size", 2).unwrap();
    connection
        .execute_batch("BEGIN IMMEDIATE; UPDATE blob SET content = zeroblob(100000)")
        .unwrap();
    fs::copy(original, copy).unwrap();
    fs::copy(journal(original), journal(copy)).unwrap();
    connection.execute_batch("ROLLBACK").unwrap();
    assert_ne!(fs::read(original).unwrap(), fs::read(copy).unwrap(), "nothing is half written");
}

#[test]
fn a_reader_has_undone_what_was_left_unfinished() {
    let fossil = Fossil::find();
    let original = fossil.project("project", &[], 3);
    let expected = artifacts(&original);
    let copy = fossil.path("copy.fossil");
    left_unfinished(&original, &copy);
    let report = {
        let tx = Repo::open_read_only(&copy).unwrap().read().unwrap();
        tx.verify_artifacts(Subset::ALL, |_| {}).unwrap()
    };
    assert!(report.is_sound(), "{report}");
    assert!(!journal(&copy).exists());
    assert_eq!(artifacts(&copy), expected);
    fossil.finds_it_whole(&copy);
}

#[test]
fn a_reader_that_has_the_file_open_goes_on_after_a_crash_of_another() {
    let folder = TempDir::new().unwrap();
    let original = empty(folder.path()).path().to_owned();
    let path = folder.path().join("crashed.fossil");
    fs::copy(&original, &path).unwrap();
    let reader = Repo::open_read_only(&path).unwrap();
    drop(reader.read().unwrap());
    // The crash of another: the same file, half written, with its journal.
    let half = folder.path().join("half.fossil");
    left_unfinished(&original, &half);
    fs::copy(&half, &path).unwrap();
    fs::copy(journal(&half), journal(&path)).unwrap();
    let report = reader.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap();
    assert!(report.is_sound() && report.checked > 0, "{report}");
}
