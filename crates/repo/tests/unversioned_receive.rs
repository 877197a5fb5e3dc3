//! Taking unversioned files from a peer: what is refused, what is kept, and that the order in which
//! things come does not matter.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::collections::BTreeMap;

use outcrop_format::hash::HashName;
use outcrop_repo::tx::WriteTx;
use outcrop_repo::unversioned::{FileArrival, FileBody, IncomingFile, Rule, WriteFileError};
use outcrop_repo::{Repo, limits};
use proptest::prelude::*;
use store_support::{Fossil, Random, empty, moment, origin, tamper};
use tempfile::TempDir;

fn file<'a>(name: &'a str, mtime: i64, content: &'a [u8]) -> IncomingFile<'a> {
    let hash = HashName::sha3_of(content);
    IncomingFile { name, mtime, body: FileBody::Content { hash, content } }
}

fn omitted<'a>(name: &'a str, mtime: i64, content: &[u8]) -> IncomingFile<'a> {
    IncomingFile { name, mtime, body: FileBody::Omitted(HashName::sha3_of(content)) }
}

fn deleted(name: &str, mtime: i64) -> IncomingFile<'_> {
    IncomingFile { name, mtime, body: FileBody::Deleted }
}

#[test]
fn content_counts_only_with_its_hash() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin()).with_max_content(10);
    for hash in [HashName::sha3_of(b"other"), HashName::sha1_of(b"other")] {
        for content in [&b"bytes"[..], b""] {
            let body = FileBody::Content { hash, content };
            let incoming = IncomingFile { name: "f", mtime: 5, body };
            let error = receiver.receive_unversioned(&incoming, Rule::Newest).unwrap_err();
            assert!(matches!(error, WriteFileError::WrongHash { .. }), "{error}");
        }
    }
    let large = file("f", 5, b"eleven bytes");
    let error = receiver.receive_unversioned(&large, Rule::Newest).unwrap_err();
    assert!(matches!(error, WriteFileError::TooLarge { size: 12, limit: 10, .. }), "{error}");
    let error = receiver.put_unversioned("f", b"eleven bytes", 5).unwrap_err();
    assert!(matches!(error, WriteFileError::TooLarge { .. }), "{error}");
    let error = receiver.receive_unversioned(&file("f", -1, b"x"), Rule::Newest).unwrap_err();
    assert!(matches!(error, WriteFileError::Time { mtime: -1, .. }), "{error}");
    let error = tx.touch_unversioned("f", -1).unwrap_err();
    assert!(matches!(error, WriteFileError::Time { mtime: -1, .. }), "{error}");
    assert_eq!(tx.unversioned_files().unwrap().count(), 0);
}

/// What `fossil uv add` refuses, and nothing else of what it accepts.
#[test]
fn names_are_those_of_stock() {
    let fossil = Fossil::find();
    fossil.run(&["init", "-A", "alice", "r.fossil"]);
    fossil.write("disk", "content");
    let repo = Repo::open(fossil.path("r.fossil")).unwrap();
    let long = "n".repeat(limits::MAX_NEW_UNVERSIONED_NAME);
    for name in [
        "a", "a/b", "a.b", ".a", "...", "größe", "a%b", "a'b\"c", &long, "", "/a", "a/", "a//b",
        ".", "..", "a/../b", "./a", "a b", "a\tb", "a\nb", "a\\b", "\u{e000}",
    ] {
        let arguments = ["uv", "add", "disk", "--as", name, "-R", "r.fossil"];
        let accepted = fossil.attempt("", &arguments).status.success();
        let tx = repo.write().unwrap();
        let mut receiver = tx.receiver(origin());
        let put = receiver.put_unversioned(name, b"other", 5);
        assert_eq!(put.is_ok(), accepted, "{name:?}: {put:?}");
        let taken = receiver.receive_unversioned(&file(name, 6, b"third"), Rule::Newest);
        assert_eq!(taken.is_ok(), accepted, "{name:?}: {taken:?}");
    }
    // 2.29 adds no longer names; what has come into being earlier is still taken from peers.
    let long = "n".repeat(limits::MAX_NEW_UNVERSIONED_NAME + 1);
    let too_long = "n".repeat(limits::MAX_UNVERSIONED_NAME + 1);
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    assert!(matches!(receiver.put_unversioned(&long, b"", 5), Err(WriteFileError::Name { .. })));
    receiver.receive_unversioned(&file(&long, 6, b""), Rule::Newest).unwrap();
    let error = receiver.receive_unversioned(&file(&too_long, 6, b""), Rule::Newest).unwrap_err();
    assert!(matches!(error, WriteFileError::Name { .. }));
}

#[test]
fn what_is_left_out_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    let mut receive = |incoming| receiver.receive_unversioned(&incoming, Rule::Newest).unwrap();
    assert_eq!(receive(omitted("f", 5, b"one")), FileArrival::ContentWanted);
    assert!(tx.unversioned_file("f").unwrap().is_none());
    assert_eq!(receive(file("f", 5, b"one")), FileArrival::Stored);
    assert_eq!(receive(omitted("f", 5, b"one")), FileArrival::Kept);
    assert_eq!(receive(omitted("f", 7, b"one")), FileArrival::Dated);
    assert_eq!(receive(file("f", 9, b"one")), FileArrival::Dated);
    assert_eq!(receive(omitted("f", 8, b"two")), FileArrival::Kept);
    assert_eq!(receive(omitted("f", 10, b"two")), FileArrival::ContentWanted);
    assert_eq!(tx.unversioned_file("f").unwrap().unwrap().mtime, 9);
    assert_eq!(tx.unversioned_content("f").unwrap().unwrap(), &b"one"[..]);
    assert_eq!(receive(deleted("f", 9)), FileArrival::Kept);
    assert_eq!(receive(deleted("f", 10)), FileArrival::Deleted);
    assert_eq!(receive(deleted("f", 11)), FileArrival::Dated);
    assert_eq!(tx.unversioned_content("f").unwrap(), None);
}

/// Stock records a file whose content was left out; here it is not held until the content comes.
#[test]
fn content_that_stock_left_out_is_taken() {
    for (mtime, kept) in [(4, 5), (5, 5), (6, 6)] {
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        let tx = repo.write().unwrap();
        tx.receiver(origin()).put_unversioned("f", b"one", 5).unwrap();
        tx.commit().unwrap();
        tamper(repo.path(), "UPDATE unversioned SET content = NULL, sz = 0");
        let tx = repo.write().unwrap();
        assert!(!tx.unversioned_file("f").unwrap().unwrap().held);
        assert_eq!(tx.unversioned_content("f").unwrap(), None);
        let mut receiver = tx.receiver(origin());
        let mut receive = |incoming| receiver.receive_unversioned(&incoming, Rule::Newest).unwrap();
        assert_eq!(receive(omitted("f", mtime, b"one")), FileArrival::ContentWanted);
        assert_eq!(receive(file("f", mtime, b"one")), FileArrival::Stored);
        let row = tx.unversioned_file("f").unwrap().unwrap();
        assert_eq!((row.mtime, row.held, row.size), (kept, true, 3));
    }
}

fn receive(tx: &WriteTx, incoming: IncomingFile<'_>) -> FileArrival {
    tx.receiver(origin()).receive_unversioned(&incoming, Rule::Newest).unwrap()
}

fn put(tx: &WriteTx, name: &str) {
    tx.receiver(origin()).put_unversioned(name, b"two", 5).unwrap();
}

/// A hash that is kept and wrong would make two peers believe that they have the same.
#[test]
fn every_change_forgets_the_hash() {
    type Change = fn(&WriteTx);
    let changes: [Change; 8] = [
        |tx| put(tx, "f"),
        |tx| put(tx, "g"),
        |tx| assert!(tx.delete_unversioned("f", 6).unwrap()),
        |tx| assert!(tx.touch_unversioned("f", 6).unwrap()),
        |tx| assert!(tx.forget_unversioned("f").unwrap()),
        |tx| assert_eq!(receive(tx, file("f", 6, b"two")), FileArrival::Stored),
        |tx| assert_eq!(receive(tx, omitted("f", 6, b"one")), FileArrival::Dated),
        |tx| assert_eq!(receive(tx, deleted("f", 6)), FileArrival::Deleted),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let folder = TempDir::new().unwrap();
        let tx = empty(folder.path()).write().unwrap();
        tx.receiver(origin()).put_unversioned("f", b"one", 5).unwrap();
        let before = tx.settle_unversioned_hash(moment("2024-01-02")).unwrap();
        change(&tx);
        assert_ne!(tx.unversioned_hash().unwrap(), before, "{number}");
    }
}

#[test]
fn damage_is_told() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    tx.receiver(origin()).put_unversioned("f", &[b'x'; 500], 5).unwrap();
    tx.commit().unwrap();
    for change in ["sz = 499", "content = x'000001f4789c00'", "encoding = 0"] {
        let tampered = folder.path().join("tampered.fossil");
        std::fs::copy(repo.path(), &tampered).unwrap();
        tamper(&tampered, &format!("UPDATE unversioned SET {change}"));
        let tx = Repo::open(&tampered).unwrap().read().unwrap();
        let error = tx.unversioned_content("f").unwrap_err();
        assert!(error.to_string().contains("the unversioned file f is damaged"), "{error}");
    }
}

#[test]
fn traps_are_not_stepped_into() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    tx.receiver(origin()).put_unversioned("f", b"one", 5).unwrap();
    tx.commit().unwrap();
    for trap in [
        "CREATE TRIGGER t AFTER INSERT ON unversioned BEGIN DELETE FROM blob; END",
        "DROP TABLE unversioned; CREATE VIEW unversioned AS SELECT * FROM user",
    ] {
        let tampered = folder.path().join("tampered.fossil");
        std::fs::copy(repo.path(), &tampered).unwrap();
        tamper(&tampered, trap);
        let error = Repo::open(&tampered).unwrap_err();
        assert!(error.to_string().contains("tampered"), "{error}");
    }
}

#[test]
fn all_pages_are_listed() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    let count = 2 * limits::UNVERSIONED_PAGE + 1;
    let names: Vec<String> = (0..count).map(|number| format!("f{number:05}")).collect();
    for name in names.iter().rev() {
        receiver.put_unversioned(name, b"x", 5).unwrap();
    }
    let listed = tx.unversioned_files().unwrap().map(|file| file.unwrap().name);
    assert_eq!(listed.collect::<Vec<_>>(), names);
    let hash = HashName::sha3_of(b"x");
    let line = |name: &String| format!("{name} 1970-01-01 00:00:05 {hash}\n");
    let text: String = names.iter().map(line).collect();
    assert_eq!(tx.unversioned_hash().unwrap(), HashName::sha1_of(text.as_bytes()));
}

/// A change: of which file, when, and to which content.
fn changes() -> impl Strategy<Value = Vec<(u8, i64, Option<Vec<u8>>)>> {
    let content = prop::option::of(prop::collection::vec(0..3_u8, 0..3));
    prop::collection::vec((0..4_u8, 0..4_i64, content), 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_order_ends_in_the_same_files(changes in changes(), seed: u64) {
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        let mut random = Random(seed);
        let mut found = Vec::new();
        let mut order: Vec<usize> = (0..changes.len()).collect();
        for _ in 0..2 {
            let tx = repo.write().unwrap();
            let mut receiver = tx.receiver(origin());
            for at in &order {
                let (name, mtime, content) = &changes[*at];
                let name = name.to_string();
                let incoming = match content {
                    Some(content) => file(&name, *mtime, content),
                    None => deleted(&name, *mtime),
                };
                receiver.receive_unversioned(&incoming, Rule::Newest).unwrap();
            }
            let files: Vec<_> = tx.unversioned_files().unwrap().map(Result::unwrap).collect();
            found.push((files, tx.unversioned_hash().unwrap()));
            for at in 0..order.len() {
                order.swap(at, random.below(at + 1));
            }
        }
        prop_assert_eq!(&found[0], &found[1]);
        // And it is what has the latest time, and of those the greatest hash.
        let mut newest = BTreeMap::new();
        for (name, mtime, content) in &changes {
            let version = (*mtime, content.as_deref().map(HashName::sha3_of));
            let best = newest.entry(name.to_string()).or_insert(version);
            *best = version.max(*best);
        }
        let files = found[0].0.iter().map(|file| (file.name.clone(), (file.mtime, file.hash)));
        prop_assert_eq!(files.collect::<BTreeMap<_, _>>(), newest);
    }

    #[test]
    fn what_is_stored_is_loaded(content in prop::collection::vec(any::<u8>(), 0..2000), zeros in 0..500_usize) {
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        let tx = repo.write().unwrap();
        let content = [content, vec![0; zeros]].concat();
        let hash = tx.receiver(origin()).put_unversioned("f", &content, 5).unwrap();
        prop_assert_eq!(hash, HashName::sha3_of(&content));
        tx.commit().unwrap();
        let tx = repo.read().unwrap();
        prop_assert_eq!(tx.unversioned_content("f").unwrap().unwrap(), &content[..]);
        let file = tx.unversioned_file("f").unwrap().unwrap();
        prop_assert_eq!((file.mtime, file.hash, file.size), (5, Some(hash), content.len() as u64));
    }
}
