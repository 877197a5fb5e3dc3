//! Names stand for what the real `fossil` takes them for.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod history_support;
mod store_support;

use history_support::History;
use outcrop_repo::Repo;
use outcrop_repo::read::{EventKind, ResolveError};
use outcrop_repo::tx::ReadTx;
use store_support::{Fossil, rows, tamper};

const NAMES: &[&str] = &[
    "tip",
    "trunk",
    "feature",
    "old",
    "v1.0",
    "facade",
    "decade",
    "valued",
    "spread",
    "news",
    "tag:trunk",
    "tag:decade",
    "tag:v1.0",
    "tag:",
    "root:feature",
    "start:feature",
    "merge-in:feature",
    "root:trunk",
    "start:trunk",
    "merge-in:trunk",
    "root:root:feature",
    "start:tip",
    "root:nothing",
    "2024-01-04",
    "2024-01-04 09:59",
    "2024-01-04 10:00",
    "2024-01-04 10:00:00",
    "2024-01-04T10:00:00",
    "2024-01-04 09:59:59.999",
    "2024-01-05 12:00:00",
    "2024-02-30",
    "2023-12-31",
    "1999-01-01",
    "2024-01-01",
    "9999-01-01",
    "date:2024-01-03",
    "date:20240103",
    "date:trunk",
    "date:2024-01-03 12:00",
    "20240104",
    "202401041000",
    "20240104100000",
    "20241304",
    "local:2024-01-04",
    "local:2024-01-04 10:00:00",
    "utc:2024-01-04",
    "utc:2024-01-04 10:00:00",
    "trunk:2024-01-06",
    "feature:2024-01-04 11:00",
    "feature:20240104",
    "feature:2024-01-04 10:00utc",
    "feature:2024-01-04 12:00+03:00",
    "feature:2023-01-01",
    "nothing:2024-01-06",
    "Some Page",
    "zero",
    "nothing",
    "",
    "abc",
    "zzzz",
    "trunk.",
    "trunk.)",
    "trunk...",
    "v1.0,",
    "tag:trunk.",
    "tip!",
    "root:feature?",
    "2024-01-04.",
    "[trunk]",
    "Trunk",
    "sym-trunk",
    "trunk ",
    "é",
    "rot:",
    "1234",
];

/// The answer of the real one to each name: the hash, or what is wrong.
fn theirs(history: &History<'_>, names: &[String], kind: Option<EventKind>) -> Vec<String> {
    let mut arguments = vec!["test-name-to-id"];
    if let Some(kind) = kind {
        arguments.extend(["--type", kind.letters()]);
    }
    arguments.extend(names.iter().map(String::as_str));
    let said = history.work(&arguments);
    let answers: Vec<_> = said
        .lines()
        .zip(names)
        .map(|(line, name)| line.strip_prefix(&format!("{name} -> ")).unwrap().to_owned())
        .collect();
    assert_eq!(answers.len(), names.len());
    answers
}

fn ours(tx: &ReadTx, name: &str, kind: Option<EventKind>) -> String {
    match tx.resolve(name, kind) {
        Ok(resolved) => {
            assert_eq!(tx.blob_named(&resolved.name).unwrap().unwrap().rid, resolved.rid);
            resolved.name.to_string()
        }
        Err(ResolveError::Ambiguous { candidates, .. }) => {
            assert!(candidates.len() > 1);
            format!("ERROR: ambiguous name: {name}")
        }
        Err(ResolveError::Unknown(of)) if of == name => {
            format!("ERROR: cannot resolve name: {name}")
        }
        Err(other) => panic!("{name}: {other}"),
    }
}

/// Every hash in several forms.
fn hashes(history: &History<'_>) -> Vec<String> {
    let hashes: Vec<String> =
        rows(&history.repository, "SELECT uuid FROM blob", |row| row.get(0).unwrap());
    assert!(hashes.len() > 50);
    let forms = |hash: &String| {
        [
            hash.clone(),
            hash.to_uppercase(),
            hash[..4].to_owned(),
            hash[..7].to_owned(),
            format!("[{}]", &hash[..10]),
            format!("{}.", &hash[..12]),
            format!("{}0", &hash[..40]),
            format!("{hash}0"),
            hash[..3].to_owned(),
        ]
    };
    hashes.iter().flat_map(forms).collect()
}

#[test]
fn names_stand_for_what_fossil_takes_them_for() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    // Some hashes that begin alike, of files, check-ins and phantoms.
    tamper(
        &history.repository,
        "INSERT INTO blob(rcvid, size, uuid) SELECT 0, -1, substr(uuid, 1, 6) || \
         substr('0123456789012345678901234567890123456789', 1, 34) FROM blob WHERE rid IN (3, 5, 40)",
    );
    let repo = Repo::open(&history.repository).unwrap();
    let mut names: Vec<String> = NAMES.iter().map(|&name| name.to_owned()).collect();
    names.extend(hashes(&history));
    let mut kinds = vec![None];
    kinds.extend(EventKind::ALL.map(Some));
    for zone in ["1", "0"] {
        let set = format!("REPLACE INTO config(name, value) VALUES('timeline-utc', {zone})");
        tamper(&history.repository, &set);
        let tx = repo.read().unwrap();
        for &kind in &kinds {
            let theirs = theirs(&history, &names, kind);
            for (name, theirs) in names.iter().zip(&theirs) {
                assert_eq!(&ours(&tx, name, kind), theirs, "{name:?} among {kind:?}");
            }
            let known = theirs.iter().filter(|answer| !answer.starts_with("ERROR")).count();
            // There are no forum posts.
            assert!(known > 10 || kind == Some(EventKind::Forum), "{kind:?}: {known}");
        }
    }
}

#[test]
fn an_ambiguous_name_is_answered_with_those_it_may_stand_for() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let tamper_with = "INSERT INTO blob(rcvid, size, uuid) SELECT 0, -1, substr(uuid, 1, 30) || \
        substr('0123456789', 1, 10) FROM blob WHERE rid = 3";
    tamper(&history.repository, tamper_with);
    let alike: Vec<String> = rows(
        &history.repository,
        "SELECT a.uuid FROM blob a, blob b WHERE b.rid = 3 \
         AND substr(a.uuid, 1, 8) = substr(b.uuid, 1, 8) ORDER BY 1",
        |row| row.get(0).unwrap(),
    );
    let repo = Repo::open(&history.repository).unwrap();
    let error = repo.read().unwrap().resolve(&alike[0][..8], None).unwrap_err();
    assert!(error.to_string().contains("ambiguous"), "{error}");
    let ResolveError::Ambiguous { candidates, .. } = error else { panic!("{error}") };
    let candidates: Vec<_> = candidates.iter().map(ToString::to_string).collect();
    assert_eq!(candidates, alike);
}

#[test]
fn names_of_a_check_out_are_told_apart_from_unknown_ones() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let repo = Repo::open(&history.repository).unwrap();
    for name in ["current", "prev", "previous", "next", "ckout", "root:prev"] {
        let error = repo.read().unwrap().resolve(name, None).unwrap_err();
        assert!(matches!(error, ResolveError::NeedsCheckOut(of) if of == name));
    }
    // Unless somebody has given a check-in that name.
    history.work(&["tag", "add", "next", "v1.0"]);
    let tx = repo.read().unwrap();
    let next = tx.resolve("next", None).unwrap();
    assert_eq!(next, tx.resolve("v1.0", None).unwrap());
    let deep = "root:".repeat(10_000) + "trunk";
    assert!(matches!(tx.resolve(&deep, None), Err(ResolveError::Unknown(_))));
}
