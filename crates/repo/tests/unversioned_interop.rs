//! Unversioned files beside the real `fossil`: the same changes leave the same rows.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;
mod unversioned_support;

use std::fs;
use std::path::{Path, PathBuf};

use outcrop_repo::Repo;
use store_support::{Fossil, Random, moment, origin, rows, tamper};
use unversioned_support::{START, content, date, stored_rows};

/// Changes a repository through the real one and a copy of it through ours, and compares.
struct Twins {
    fossil: Fossil,
    theirs: PathBuf,
    ours: PathBuf,
}

impl Twins {
    fn new(init: &[&str]) -> Self {
        let fossil = Fossil::find();
        fossil.run(&[&["init", "-A", "alice"], init, &["theirs.fossil"]].concat());
        let (theirs, ours) = (fossil.path("theirs.fossil"), fossil.path("ours.fossil"));
        fs::copy(&theirs, &ours).unwrap();
        Self { fossil, theirs, ours }
    }

    fn add(&self, name: &str, content: &[u8], mtime: i64) {
        self.fossil.write("disk", content);
        let at = date(mtime);
        self.fossil.run(&[
            "uv",
            "add",
            "disk",
            "--as",
            name,
            "--mtime",
            &at,
            "-R",
            "theirs.fossil",
        ]);
        let tx = Repo::open(&self.ours).unwrap().write().unwrap();
        tx.receiver(origin()).put_unversioned(name, content, mtime).unwrap();
        tx.commit().unwrap();
    }

    fn change(&self, verb: &str, name: &str, mtime: i64) {
        self.fossil.run(&["uv", verb, name, "--mtime", &date(mtime), "-R", "theirs.fossil"]);
        let tx = Repo::open(&self.ours).unwrap().write().unwrap();
        let known = tx.unversioned_file(name).unwrap().is_some();
        let changed = match verb {
            "rm" => tx.delete_unversioned(name, mtime).unwrap(),
            _ => tx.touch_unversioned(name, mtime).unwrap(),
        };
        assert_eq!(changed, known);
        tx.commit().unwrap();
    }

    fn compare(&self) {
        let hash = self.fossil.say(&["uv", "hash", "-R", "theirs.fossil"]);
        // What is kept from an earlier state must not be found again.
        let tx = Repo::open(&self.ours).unwrap().write().unwrap();
        assert_eq!(tx.unversioned_hash().unwrap().to_string(), hash.trim());
        assert_eq!(
            tx.settle_unversioned_hash(moment("2024-02-02")).unwrap().to_string(),
            hash.trim()
        );
        tx.commit().unwrap();
        let kept: Vec<String> =
            rows(&self.ours, "SELECT value FROM config WHERE name = 'uv-hash'", |row| {
                row.get(0).unwrap()
            });
        assert_eq!(kept, [hash.trim()]);
        assert_eq!(stored_rows(&self.ours), stored_rows(&self.theirs));
    }
}

fn same_rows(init: &[&str], seed: u64) {
    let twins = Twins::new(init);
    let mut random = Random(seed);
    let names = ["a", "b/c.txt", "größe", "b/d", "Z"];
    twins.add("a", b"", START);
    for _ in 0..30 {
        let name = names[random.below(names.len())];
        // Earlier times too: who changes a file here is always right.
        let mtime = START + i64::try_from(random.below(50)).unwrap();
        match random.below(5) {
            0 => twins.change("rm", name, mtime),
            1 => twins.change("touch", name, mtime),
            _ => twins.add(name, &content(&mut random), mtime),
        }
        twins.compare();
    }
    // What the real one shows of both.
    for say in [&["uv", "ls", "-l", "-R"][..], &["uv", "ls", "-a", "-R"], &["uv", "ls", "-R"]] {
        let shown = |file| twins.fossil.say(&[say, &[file]].concat());
        // Envelopes of ours may be of another length.
        let words = |text: String| -> Vec<String> {
            let without = |line: &str| {
                let words: Vec<_> = line.split_whitespace().collect();
                if words.len() < 6 {
                    words.join(" ")
                } else {
                    format!("{:?}{}", &words[..4], words[5])
                }
            };
            text.lines().map(without).collect()
        };
        assert_eq!(words(shown("ours.fossil")), words(shown("theirs.fossil")));
    }
    let tx = Repo::open(&twins.ours).unwrap().read().unwrap();
    for file in tx.unversioned_files().unwrap().map(Result::unwrap) {
        let content = tx.unversioned_content(&file.name).unwrap();
        let shown = twins.fossil.run(&["uv", "cat", &file.name, "-R", "ours.fossil"]);
        assert_eq!(content.as_deref().unwrap_or_default(), shown, "{}", file.name);
        assert_eq!(content.is_some(), file.hash.is_some() && file.held);
        assert_eq!(content.map_or(0, |content| content.len()) as u64, file.size);
    }
    drop(tx);
    twins.fossil.finds_it_whole(&twins.ours);
    // A rebuild keeps the table as it is.
    let before = stored_rows(&twins.ours);
    twins.fossil.run(&["rebuild", "ours.fossil"]);
    assert_eq!(stored_rows(&twins.ours), before);
}

#[test]
fn the_same_changes_leave_the_same_rows() {
    same_rows(&[], 1);
}

#[test]
fn a_repository_of_sha1_names_hashes_by_sha1() {
    same_rows(&["--sha1"], 2);
}

#[test]
fn every_hash_policy_chooses_the_same_hash() {
    for policy in ["0", "1", "2", "3", "4", "gone"] {
        let twins = Twins::new(&[]);
        for repository in [&twins.theirs, &twins.ours] {
            let set = match policy {
                "gone" => "DELETE FROM config WHERE name = 'hash-policy'".to_owned(),
                _ => format!("REPLACE INTO config VALUES('hash-policy', {policy}, 0)"),
            };
            tamper(repository, &set);
        }
        twins.add("file", b"content", START);
        twins.compare();
    }
}

#[test]
fn the_table_is_made_with_the_first_file() {
    let twins = Twins::new(&[]);
    let table = |repository: &Path| {
        let sql = "SELECT sql FROM sqlite_schema WHERE name = 'unversioned'";
        rows(repository, sql, |row| row.get::<_, String>(0).unwrap())
    };
    let repo = Repo::open(&twins.ours).unwrap();
    let tx = repo.write().unwrap();
    assert_eq!(tx.unversioned_files().unwrap().count(), 0);
    assert!(tx.unversioned_content("a").unwrap().is_none());
    assert!(!tx.delete_unversioned("a", 1).unwrap());
    assert!(!tx.touch_unversioned("a", 1).unwrap());
    assert!(!tx.forget_unversioned("a").unwrap());
    let none = tx.unversioned_hash().unwrap().to_string();
    tx.commit().unwrap();
    assert_eq!(none, twins.fossil.say(&["uv", "hash", "-R", "theirs.fossil"]).trim());
    assert!(table(&twins.ours).is_empty());
    twins.add("a", b"a", START);
    assert_eq!(table(&twins.ours), table(&twins.theirs));
}
