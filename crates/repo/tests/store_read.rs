//! Repositories that the real `fossil` has made, opened, read and verified.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::fs;

use outcrop_repo::blob::PrefixMatch;
use outcrop_repo::tx::Failure;
use outcrop_repo::verify::Subset;
use outcrop_repo::{OpenError, Repo};
use store_support::{Fossil, artifacts, rows, tamper};

#[test]
fn every_artifact_reads_as_fossil_reads_it() {
    let fossil = Fossil::find();
    for (name, init) in [("sha3", &[][..]), ("sha1", &["--sha1"][..])] {
        let path = fossil.project(name, init, 8);
        let repo = Repo::open_read_only(&path).unwrap();
        let tx = repo.read().unwrap();
        let artifacts = artifacts(&path);
        let mut deltas = 0;
        for (rid, name) in &artifacts {
            let theirs = fossil.run(&["artifact", &name.to_string(), "-R", path.to_str().unwrap()]);
            assert_eq!(tx.content(*rid).unwrap(), theirs, "{name}");
            let row = tx.blob_named(name).unwrap().unwrap();
            assert_eq!(tx.blob(*rid).unwrap(), Some(row));
            assert_eq!(tx.rid_of(name).unwrap(), Some(*rid));
            assert_eq!(row.size, Some(theirs.len() as u64));
            assert_eq!(
                tx.names_with_prefix(&name.to_hex()[..12]).unwrap(),
                PrefixMatch::One(*rid, *name)
            );
            deltas += usize::from(row.source.is_some());
        }
        assert!(deltas > 10, "{deltas} deltas of {}", artifacts.len());

        let report = tx.verify_artifacts(Subset::ALL, |_| {}).unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.checked, artifacts.len() as u64);
        let sizes: i64 = rows(&path, "SELECT sum(size) FROM blob", |row| row.get(0).unwrap())[0];
        assert_eq!(report.bytes, sizes.unsigned_abs());
        let parts =
            (1..=5).map(|n| tx.verify_artifacts(Subset::new(n, 5).unwrap(), |_| {}).unwrap());
        let parts: Vec<_> = parts.collect();
        assert_eq!(parts.iter().map(|part| part.checked).sum::<u64>(), report.checked);
        assert!(parts.iter().all(|part| part.is_sound() && part.checked > 0));
    }
}

#[test]
fn rows_tell_what_is_private_and_shunned() {
    let fossil = Fossil::find();
    let path = fossil.project("project", &[], 2);
    let private: Vec<i64> = rows(&path, "SELECT rid FROM private", |row| row.get(0).unwrap());
    assert!(private.len() >= 2);
    let artifacts = artifacts(&path);
    tamper(&path, &format!("INSERT INTO shun VALUES('{}', 0, '')", artifacts[0].1));
    let repo = Repo::open(&path).unwrap();
    let tx = repo.read().unwrap();
    for (number, (rid, name)) in artifacts.iter().enumerate() {
        let row = tx.blob(*rid).unwrap().unwrap();
        assert_eq!(row.private, private.contains(&rid.get()));
        assert_eq!(row.shunned, number == 0);
        assert_eq!(tx.is_shunned(name).unwrap(), number == 0);
    }
}

#[test]
fn a_prefix_finds_none_one_or_many() {
    let fossil = Fossil::find();
    let path = fossil.project("project", &[], 6);
    let repo = Repo::open(&path).unwrap();
    let tx = repo.read().unwrap();
    let PrefixMatch::Ambiguous(names) = tx.names_with_prefix("").unwrap() else {
        panic!("all artifacts have the empty prefix");
    };
    assert_eq!(names.len(), outcrop_repo::limits::AMBIGUOUS_NAMES);
    assert!(names.is_sorted());
    let upper = names[0].to_string().to_uppercase();
    assert!(
        matches!(tx.names_with_prefix(&upper).unwrap(), PrefixMatch::One(_, name) if name == names[0])
    );
    for nothing in ["trunk", "0000000000", "%", "'"] {
        assert_eq!(tx.names_with_prefix(nothing).unwrap(), PrefixMatch::None);
    }
}

#[test]
fn a_transaction_sees_one_state() {
    let fossil = Fossil::find();
    let path = fossil.project("project", &[], 1);
    tamper(&path, "PRAGMA journal_mode = WAL");
    let repo = Repo::open(&path).unwrap();
    let before = repo.read().unwrap();
    let count = before.verify_artifacts(Subset::ALL, |_| {}).unwrap().checked;
    fossil.write("more", "more");
    fossil.run(&["wiki", "create", "More", "more", "-R", "project.fossil"]);
    assert_eq!(before.verify_artifacts(Subset::ALL, |_| {}).unwrap().checked, count);
    let after = repo.read().unwrap();
    assert!(after.verify_artifacts(Subset::ALL, |_| {}).unwrap().checked > count);
}

#[test]
fn what_is_no_repository_is_told() {
    let fossil = Fossil::find();
    fossil.write("empty", "");
    fossil.write("text", "This is not a database, however long it is looked at. ".repeat(90));
    fs::create_dir(fossil.path("folder")).unwrap();
    let open = |name: &str| Repo::open(fossil.path(name)).unwrap_err();
    assert!(matches!(open("nothing"), OpenError::Missing(_)));
    assert!(matches!(open("folder"), OpenError::NotAFile(_)));
    assert!(matches!(open("text"), OpenError::NotADatabase(_)));
    assert!(matches!(open("empty"), OpenError::Blank(_)));
    fossil.project("project", &[], 0);
    fs::create_dir(fossil.path("checkout")).unwrap();
    fossil.run_in("checkout", &["open", "../project.fossil"]);
    let error = open("checkout/.fslckout");
    assert!(error.to_string().contains("it is the database of a Fossil check-out"), "{error}");
}

#[test]
fn schemas_out_of_range_are_told() {
    let fossil = Fossil::find();
    let path = fossil.project("project", &[], 0);
    let with = |sql: &str| {
        let copy = fossil.path("copy.fossil");
        fs::copy(&path, &copy).unwrap();
        tamper(&copy, sql);
        Repo::open(&copy)
    };
    let setting = |name: &str, value: &str| {
        with(&format!("UPDATE config SET value = '{value}' WHERE name = '{name}'"))
    };
    assert!(matches!(setting("content-schema", "1"), Err(OpenError::TooOld { .. })));
    assert!(matches!(setting("content-schema", "3"), Err(OpenError::TooNew { .. })));
    assert!(matches!(setting("aux-schema", "2011-02-25"), Err(OpenError::TooOld { .. })));
    assert!(matches!(setting("aux-schema", "2031-01-01"), Err(OpenError::TooNew { .. })));
    assert!(setting("aux-schema", "2011-04-25 19:50").is_ok());
    assert!(with("PRAGMA application_id = 0").is_ok());
    assert!(matches!(with("PRAGMA application_id = 7"), Err(OpenError::NotARepository { .. })));
    let trap = "CREATE TRIGGER trap AFTER INSERT ON blob BEGIN DELETE FROM user; END";
    assert!(matches!(with(trap), Err(OpenError::Tampered { .. })));
    let view = "DROP TABLE unsent; CREATE VIEW unsent AS SELECT rid FROM private";
    assert!(matches!(with(view), Err(OpenError::Tampered { .. })));
}

#[test]
fn a_dropped_transaction_leaves_no_trace() {
    let fossil = Fossil::find();
    let path = fossil.project("project", &[], 0);
    let before = fs::read(&path).unwrap();
    let repo = Repo::open(&path).unwrap();
    drop(repo.write().unwrap());
    drop(repo.read().unwrap());
    assert_eq!(fs::read(&path).unwrap(), before);
    let read_only = Repo::open_read_only(&path).unwrap();
    assert!(read_only.read().is_ok());
    assert_eq!(read_only.write().unwrap_err().failure(), Failure::ReadOnly);
}
