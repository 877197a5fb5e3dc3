//! Repositories damaged on purpose: what is wrong is found and told.
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

use outcrop_format::envelope;
use outcrop_repo::content::{Availability, ContentError};
use outcrop_repo::damage::Damage;
use outcrop_repo::verify::{Subset, VerifyReport};
use outcrop_repo::{Repo, Rid};
use rusqlite::Connection;
use store_support::{Fossil, Random, rows, tamper};

/// A sound repository, its artifacts stored as deltas, and damaged copies of it.
struct Sample {
    fossil: Fossil,
    path: PathBuf,
}

impl Sample {
    fn new() -> Self {
        let fossil = Fossil::find();
        let path = fossil.project("sound", &[], 8);
        Self { fossil, path }
    }

    fn number(&self, sql: &str) -> i64 {
        rows(&self.path, sql, |row| row.get(0).unwrap())[0]
    }

    fn damaged(&self, sql: &str) -> (PathBuf, VerifyReport) {
        let copy = self.fossil.path("damaged.fossil");
        fs::copy(&self.path, &copy).unwrap();
        tamper(&copy, sql);
        let report = verify(&copy);
        (copy, report)
    }
}

fn verify(path: &Path) -> VerifyReport {
    Repo::open_read_only(path)
        .unwrap()
        .read()
        .unwrap()
        .verify_artifacts(Subset::ALL, |_| {})
        .unwrap()
}

fn rid(number: i64) -> Rid {
    Rid::new(number).unwrap()
}

/// A source that is itself a delta, and one of the deltas against it.
const MIDDLE: &str = "SELECT srcid FROM delta WHERE srcid IN (SELECT rid FROM delta) LIMIT 1";

/// An artifact with content of its own that others build upon.
const ROOT: &str = "SELECT srcid FROM delta WHERE srcid NOT IN (SELECT rid FROM delta) LIMIT 1";

const ABOVE: &str = "WITH RECURSIVE above(rid) AS (VALUES(?1) UNION \
    SELECT delta.rid FROM delta JOIN above ON srcid = above.rid) SELECT count(*) - 1 FROM above";

fn above(path: &Path, rid: i64) -> usize {
    let connection = Connection::open(path).unwrap();
    let count: i64 = connection.query_row(ABOVE, [rid], |row| row.get(0)).unwrap();
    usize::try_from(count).unwrap()
}

fn damage_of(report: &VerifyReport, number: i64) -> &Damage {
    let found = report.damaged.iter().find(|damaged| damaged.rid == rid(number));
    &found.unwrap_or_else(|| panic!("record {number} is not reported: {report}")).damage
}

#[test]
fn a_flipped_byte_is_found() {
    let sample = Sample::new();
    let middle = sample.number(MIDDLE);
    let flip = format!(
        "UPDATE blob SET content = CAST(substr(content, 1, length(content) - 3) || \
         x'00' || substr(content, -2) AS BLOB) WHERE rid = {middle}"
    );
    let (path, report) = sample.damaged(&flip);
    assert!(matches!(damage_of(&report, middle), Damage::Envelope(_)), "{report}");
    assert_eq!(report.damaged.len(), 1 + above(&path, middle));
    let repo = Repo::open(&path).unwrap();
    let tx = repo.read().unwrap();
    for damaged in &report.damaged {
        let error = tx.content(damaged.rid).unwrap_err();
        assert!(error.to_string().contains("its stored bytes cannot be opened"), "{error}");
        assert!(matches!(error, ContentError::Damaged { rid: at, .. } if at == rid(middle)));
    }
}

#[test]
fn another_content_is_found() {
    let sample = Sample::new();
    let alone = sample.number(
        "SELECT rid FROM blob WHERE rid NOT IN (SELECT rid FROM delta) \
        AND rid NOT IN (SELECT srcid FROM delta) AND size > 3 LIMIT 1",
    );
    let size = sample.number(&format!("SELECT size FROM blob WHERE rid = {alone}"));
    let other = envelope::seal(&vec![b'x'; usize::try_from(size).unwrap()]).unwrap();
    let hex = other.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let (_, report) =
        sample.damaged(&format!("UPDATE blob SET content = x'{hex}' WHERE rid = {alone}"));
    assert_eq!(*damage_of(&report, alone), Damage::WrongHash);
    assert_eq!(report.damaged.len(), 1);
}

#[test]
fn a_delta_taken_for_content_is_found() {
    let sample = Sample::new();
    let middle = sample.number(MIDDLE);
    let (path, report) = sample.damaged(&format!("DELETE FROM delta WHERE rid = {middle}"));
    // The delta's text hashes to another name, and deltas against it do not fit.
    assert!(matches!(damage_of(&report, middle), Damage::WrongHash | Damage::WrongSize { .. }));
    assert_eq!(report.damaged.len(), 1 + above(&path, middle));
    assert!(Repo::open(&path).unwrap().read().unwrap().content(rid(middle)).is_err());
}

#[test]
fn a_missing_source_is_found() {
    let sample = Sample::new();
    let root = sample.number(ROOT);
    let first = sample.number(&format!("SELECT rid FROM delta WHERE srcid = {root} LIMIT 1"));
    let (path, report) = sample.damaged(&format!("DELETE FROM blob WHERE rid = {root}"));
    assert_eq!(*damage_of(&report, first), Damage::NoSource { source_rid: root });
    assert!(report.to_string().contains(&format!("source, record {root}, does not exist")));
    assert_eq!(report.damaged.len(), above(&path, root));
    let repo = Repo::open(&path).unwrap();
    let tx = repo.read().unwrap();
    assert!(matches!(tx.availability(rid(first)).unwrap(), Availability::Broken(..)));
    assert!(matches!(tx.content(rid(root)), Err(ContentError::Unknown(_))));
}

#[test]
fn a_loop_is_found() {
    let sample = Sample::new();
    let root = sample.number(ROOT);
    let first = sample.number(&format!("SELECT rid FROM delta WHERE srcid = {root} LIMIT 1"));
    let (path, report) = sample.damaged(&format!("INSERT INTO delta VALUES({root}, {first})"));
    assert_eq!(*damage_of(&report, root), Damage::Loop);
    assert_eq!(*damage_of(&report, first), Damage::Loop);
    assert_eq!(report.damaged.len(), 1 + above(&sample.path, root));
    let error = Repo::open(&path).unwrap().read().unwrap().content(rid(first)).unwrap_err();
    assert!(error.to_string().contains("its delta needs itself as source"), "{error}");
}

#[test]
fn a_wrong_size_is_found() {
    let sample = Sample::new();
    let leaf = sample.number("SELECT rid FROM delta WHERE rid NOT IN (SELECT srcid FROM delta)");
    let size = sample.number(&format!("SELECT size FROM blob WHERE rid = {leaf}"));
    for wrong in [size - 1, size + 1, 0, 1 << 40] {
        let sql = format!("UPDATE blob SET size = {wrong} WHERE rid = {leaf}");
        let (path, report) = sample.damaged(&sql);
        let expected = Damage::WrongSize { recorded: wrong, real: usize::try_from(size).unwrap() };
        assert_eq!(*damage_of(&report, leaf), expected);
        assert_eq!(report.damaged.len(), 1);
        let repo = Repo::open(&path).unwrap();
        let tx = repo.read().unwrap();
        // Asked twice: the first answer must not put the content where the second finds it.
        for _ in 0..2 {
            assert!(matches!(tx.content(rid(leaf)), Err(ContentError::Damaged { .. })));
        }
    }
}

#[test]
fn what_is_gone_or_stray_or_misnamed_is_found() {
    let sample = Sample::new();
    let root = sample.number(ROOT);
    let (_, report) = sample.damaged(&format!("UPDATE blob SET content = NULL WHERE rid = {root}"));
    assert_eq!(*damage_of(&report, root), Damage::NoContent);
    let (_, report) =
        sample.damaged(&format!("UPDATE blob SET uuid = upper(uuid) WHERE rid = {root}"));
    assert_eq!(*damage_of(&report, root), Damage::BadName);
    let (_, report) = sample.damaged("INSERT INTO delta VALUES(999999, 1)");
    assert_eq!(report.stray_deltas, [999_999]);
    assert!(!report.is_sound());
}

#[test]
fn phantoms_and_what_waits_for_them_are_no_damage() {
    let sample = Sample::new();
    let root = sample.number(ROOT);
    let (path, report) = sample.damaged(&format!(
        "UPDATE blob SET size = -1, content = NULL WHERE rid = {root}; \
         INSERT INTO phantom VALUES({root})"
    ));
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.phantoms, 1);
    assert_eq!(report.pending, above(&path, root) as u64);
    let first = sample.number(&format!("SELECT rid FROM delta WHERE srcid = {root} LIMIT 1"));
    let repo = Repo::open(&path).unwrap();
    let tx = repo.read().unwrap();
    assert_eq!(tx.availability(rid(first)).unwrap(), Availability::WaitsFor(rid(root)));
    assert!(matches!(tx.content(rid(first)), Err(ContentError::NotHeld { .. })));
}

/// Whatever is in the tables: no panic, no endless loop, and the parts find what the whole finds.
#[test]
fn any_change_of_the_tables_is_survived() {
    let sample = Sample::new();
    let last = sample.number("SELECT max(rid) FROM blob");
    let mut random = Random(11);
    for round in 0..60 {
        let copy = sample.fossil.path("random.fossil");
        fs::copy(&sample.path, &copy).unwrap();
        for _ in 0..=random.below(4) {
            let mut any = || random.below(usize::try_from(last).unwrap() + 2);
            let (one, other) = (any(), any());
            let sql = match random.below(6) {
                0 => format!("REPLACE INTO delta VALUES({one}, {other})"),
                1 => format!("DELETE FROM blob WHERE rid = {one}"),
                2 => format!("UPDATE blob SET size = {other} WHERE rid = {one}"),
                3 => format!("UPDATE blob SET content = randomblob({other}) WHERE rid = {one}"),
                4 => format!("UPDATE blob SET content = 17, size = 'x' WHERE rid = {one}"),
                _ => format!("UPDATE blob SET size = -1 WHERE rid = {one}"),
            };
            tamper(&copy, &sql);
        }
        let repo = Repo::open(&copy).unwrap();
        let tx = repo.read().unwrap();
        let whole = tx.verify_artifacts(Subset::ALL, |_| {}).unwrap();
        let mut parts = Vec::new();
        for n in 1..=3 {
            parts.extend(tx.verify_artifacts(Subset::new(n, 3).unwrap(), |_| {}).unwrap().damaged);
        }
        parts.sort_by_key(|damaged| damaged.rid);
        assert_eq!(parts, whole.damaged, "round {round}");
        for number in 1..=last {
            let damaged = whole.damaged.iter().any(|damaged| damaged.rid == rid(number));
            let content = tx.content(rid(number));
            assert!(!matches!(content, Err(ContentError::Database(_))), "round {round}");
            assert!(damaged || !matches!(content, Err(ContentError::Damaged { .. })), "{round}");
        }
    }
}
