//! Artifacts that become deltas: one by one, and a whole repository beside the real `fossil`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use outcrop_format::envelope;
use outcrop_format::hash::HashName;
use outcrop_repo::compact::CompactOptions;
use outcrop_repo::deltify::{Deltified, DeltifyError, Kept};
use outcrop_repo::receive::Incoming;
use outcrop_repo::tx::WriteTx;
use outcrop_repo::verify::Subset;
use outcrop_repo::{Repo, Rid, delta};
use store_support::{Fossil, Random, artifacts, based, empty, origin, rows, tamper, whole};
use tempfile::TempDir;

/// Versions of one text, the oldest first.
fn versions(count: usize) -> Vec<Vec<u8>> {
    let mut random = Random(11);
    let mut text = random.text(40);
    let mut versions = Vec::new();
    for _ in 0..count {
        random.edit(&mut text);
        versions.push(text.clone().into_bytes());
    }
    versions
}

fn receive(tx: &WriteTx, incoming: &Incoming<'_>) -> Rid {
    tx.receiver(origin()).receive(incoming).unwrap().rid
}

/// Changes what is stored of some artifacts, behind everyone's back.
fn put(path: &Path, which: &str, stored: &[u8]) {
    let sql = format!("UPDATE blob SET content = ?1 WHERE {which}");
    rusqlite::Connection::open(path).unwrap().execute(&sql, [stored]).unwrap();
}

fn number(path: &Path, sql: &str) -> i64 {
    rows(path, sql, |row| row.get(0).unwrap())[0]
}

#[test]
fn an_older_version_becomes_a_delta_of_a_newer_one() {
    let fossil = Fossil::find();
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let texts = versions(4);
    let tx = repo.write().unwrap();
    let rids: Vec<_> = texts.iter().map(|text| receive(&tx, &whole(text))).collect();
    let unlike = receive(&tx, &whole(&Random(1).text(40).into_bytes()));
    let before = tx.stored(rids[0]).unwrap().unwrap().len();
    // The nearest version gives the shortest delta, in whatever place it is named.
    let done = tx.deltify(rids[0], &[unlike, rids[3], rids[1], rids[2]]).unwrap();
    let Deltified::Stored { source, saved } = done else { panic!("{done:?}") };
    let after = tx.stored(rids[0]).unwrap().unwrap().len();
    assert_eq!((source, saved), (rids[1], (before - after) as u64));
    assert_eq!(tx.blob(rids[0]).unwrap().unwrap().source, Some(rids[1]));
    assert!(matches!(tx.deltify(rids[1], &[rids[2]]), Ok(Deltified::Stored { .. })));
    tx.commit().unwrap();
    let tx = repo.read().unwrap();
    for (rid, text) in rids.iter().zip(&texts) {
        assert_eq!(tx.content(*rid).unwrap(), text);
    }
    fossil.finds_it_whole(repo.path());
}

#[test]
fn what_does_not_pay_or_may_not_be_stays_as_it_is() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let texts = versions(4);
    let tx = repo.write().unwrap();
    let old = receive(&tx, &whole(&texts[0]));
    let kept = |rid, against: &[Rid]| match tx.deltify(rid, against).unwrap() {
        Deltified::Kept(why) => why,
        done @ Deltified::Stored { .. } => panic!("{done:?}"),
    };
    let hidden = receive(&tx, &Incoming { private: true, ..whole(&texts[1]) });
    let small = receive(&tx, &whole(b"a short text of forty-nine bytes, which is little"));
    let unlike = receive(&tx, &whole(&Random(1).text(40).into_bytes()));
    let awaited = tx.expect(&HashName::sha3_of(b"awaited"), false).unwrap().unwrap();
    let change = delta::create(b"never to come", &texts[2]);
    let pending = receive(&tx, &based(&texts[2], b"never to come", &change));
    let nobody = Rid::new(9999).unwrap();
    assert_eq!(kept(old, &[]), Kept::NoSource);
    assert_eq!(kept(old, &[old, hidden, small, awaited, pending, nobody]), Kept::NoSource);
    assert_eq!(kept(old, &[unlike]), Kept::NoGain);
    assert_eq!(kept(small, &[old]), Kept::TooSmall);
    assert_eq!(kept(awaited, &[old]), Kept::NotHeld);
    assert_eq!(kept(pending, &[old]), Kept::IsDelta);
    assert!(matches!(tx.deltify(nobody, &[old]), Err(DeltifyError::Unreadable(_))));

    // What is private may build upon what is public, and what builds upon it may not be its source.
    assert!(matches!(tx.deltify(hidden, &[old]), Ok(Deltified::Stored { .. })));
    let change = delta::create(&texts[1], &texts[3]);
    let above = Incoming { private: true, ..based(&texts[3], &texts[1], &change) };
    let above = receive(&tx, &above);
    assert!(tx.blob(above).unwrap().unwrap().source.is_some());
    tx.publish(hidden).unwrap();
    tx.publish(above).unwrap();
    assert_eq!(kept(old, &[hidden, above]), Kept::NoSource);
    tx.commit().unwrap();
}

#[test]
fn nothing_is_written_anew_that_is_damaged() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let texts = versions(3);
    let tx = repo.write().unwrap();
    let rids: Vec<_> = texts.iter().map(|text| receive(&tx, &whole(text))).collect();
    tx.commit().unwrap();
    // Another content in its place, of the same size.
    let damaged = envelope::seal(&vec![b'x'; texts[0].len()]).unwrap();
    put(repo.path(), &format!("rid = {}", rids[0]), &damaged);
    let tx = repo.write().unwrap();
    let error = tx.deltify(rids[0], &[rids[1]]).unwrap_err();
    assert!(matches!(error, DeltifyError::WrongHash(_)), "{error}");
    let done = tx.deltify(rids[1], &[rids[0]]).unwrap();
    assert_eq!(done, Deltified::Kept(Kept::NoSource));
}

/// All contents by name.
fn contents(repo: &Repo) -> Vec<(HashName, Vec<u8>)> {
    let tx = repo.read().unwrap();
    let all = artifacts(repo.path()).into_iter();
    let mut all: Vec<_> =
        all.map(|(rid, name)| (name, tx.content(rid).unwrap().to_vec())).collect();
    all.sort();
    all
}

/// A repository in which everything stands whole, and some files had several names.
fn uncompressed(fossil: &Fossil, name: &str) -> Repo {
    let path = fossil.project(name, &[], 30);
    let repo = Repo::open(&path).unwrap();
    for (name, content) in contents(&repo) {
        let sealed = envelope::seal(&content).unwrap();
        put(&path, &format!("uuid = '{name}'"), &sealed);
    }
    tamper(&path, "DELETE FROM delta; VACUUM");
    repo
}

const STORED: &str = "SELECT sum(length(content)) FROM blob";
const CROSSING: &str = "SELECT count(*) FROM delta WHERE srcid IN private AND rid NOT IN private";

#[test]
fn a_repository_needs_no_more_than_fossil_makes_of_it() {
    let fossil = Fossil::find();
    let ours = uncompressed(&fossil, "ours");
    let path = ours.path().to_owned();
    let theirs = fossil.path("theirs.fossil");
    fs::copy(&path, &theirs).unwrap();
    let before = contents(&ours);
    let [stored, size] = [number(&path, STORED), fs::metadata(&path).unwrap().len().cast_signed()];
    fossil.run(&["rebuild", "--compress-only", theirs.to_str().unwrap()]);

    let mut steps = Vec::new();
    let report = ours
        .compact(CompactOptions { vacuum: true }, |so_far| {
            steps.push(*so_far);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(report.finished && report.examined == report.total && !steps.is_empty());
    assert_eq!(i64::try_from(report.deltas).unwrap(), number(&path, "SELECT count(*) FROM delta"));
    assert_eq!(i64::try_from(report.saved).unwrap(), stored - number(&path, STORED));
    assert!((fs::metadata(&path).unwrap().len().cast_signed()) < size);
    assert_eq!(contents(&ours), before);
    assert!(ours.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap().is_sound());
    assert_eq!(number(&path, CROSSING), 0);
    fossil.finds_it_whole(&path);
    let theirs = number(&theirs, STORED);
    assert!(number(&path, STORED) <= theirs, "{} here, {theirs}", number(&path, STORED));
    // The latest of each family stays whole.
    let latest = "SELECT count(*) FROM delta WHERE rid = (SELECT objid FROM event \
        WHERE type = 'ci' ORDER BY mtime DESC LIMIT 1)";
    assert_eq!(number(&path, latest), 0);
    // There is nothing left to do, for fossil either.
    let again = ours.compact(CompactOptions::default(), |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((again.deltas, again.saved), (0, 0));
}

#[test]
fn a_compaction_that_is_stopped_is_gone_on_with() {
    let fossil = Fossil::find();
    let repo = uncompressed(&fossil, "stopped");
    let before = contents(&repo);
    let stopped =
        repo.compact(CompactOptions { vacuum: true }, |_| ControlFlow::Break(())).unwrap();
    assert!(!stopped.finished && stopped.deltas > 0, "{stopped:?}");
    assert_eq!(
        i64::try_from(stopped.deltas).unwrap(),
        number(repo.path(), "SELECT count(*) FROM delta")
    );
    let rest = repo.compact(CompactOptions::default(), |_| ControlFlow::Continue(())).unwrap();
    assert!(rest.finished && rest.deltas > 0, "{rest:?}");
    assert_eq!(contents(&repo), before);
}

#[test]
fn damaged_artifacts_are_left_alone() {
    let fossil = Fossil::find();
    let repo = uncompressed(&fossil, "damaged");
    let other = envelope::seal(&[b'x'; 3000]).unwrap();
    put(repo.path(), "rid % 7 = 0", &other);
    let damaged = |repo: &Repo| {
        let report = repo.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap();
        report.damaged.iter().map(|damaged| damaged.rid).collect::<Vec<_>>()
    };
    let before = damaged(&repo);
    assert!(before.len() > 5);
    let report = repo.compact(CompactOptions::default(), |_| ControlFlow::Continue(())).unwrap();
    assert!(report.deltas > 5, "{report:?}");
    assert_eq!(damaged(&repo), before, "damage must not spread");
}
