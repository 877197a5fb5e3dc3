//! Unversioned files beside the real `fossil`: the same changes leave the same rows.
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
use outcrop_repo::Repo;
use outcrop_repo::unversioned::{FileArrival, FileBody, IncomingFile, Rule};
use rusqlite::types::Value;
use store_support::{Fossil, Random, moment, origin, rows, tamper};

/// Seconds at 2024-01-02 03:04:05.
const START: i64 = 1_704_164_645;

/// A row as it is stored, the content without its envelope.
type StoredRow = (Vec<Value>, Option<Vec<u8>>);

fn stored_rows(repository: &Path) -> Vec<StoredRow> {
    let sql = "SELECT uvid, name, mtime, hash, sz, encoding, rcvid, typeof(content), content \
               FROM unversioned ORDER BY name";
    rows(repository, sql, |row| {
        let columns: Vec<Value> = (0..8).map(|column| row.get(column).unwrap()).collect();
        let content: Option<Vec<u8>> = row.get(8).unwrap();
        let content = match columns[5] {
            Value::Integer(1) => content.map(|content| envelope::open(&content, 1 << 20).unwrap()),
            _ => content,
        };
        (columns, content)
    })
}

/// What peers agree upon: name, time, hash, size and content of each file that is not deleted.
fn shared(repository: &Path) -> Vec<(Vec<Value>, Option<Vec<u8>>)> {
    let live = |(columns, _): &StoredRow| columns[3] != Value::Null;
    let shared = |(columns, content): StoredRow| (columns[1..5].to_vec(), content);
    stored_rows(repository).into_iter().filter(live).map(shared).collect()
}

fn tombstones(repository: &Path) -> Vec<(String, i64)> {
    let sql = "SELECT name, mtime FROM unversioned WHERE hash IS NULL ORDER BY name";
    rows(repository, sql, |row| (row.get(0).unwrap(), row.get(1).unwrap()))
}

fn date(mtime: i64) -> String {
    let at = moment("1970-01-01T00:00:00").julian_millis() + mtime * 1000;
    outcrop_repo::artifact::Moment::from_julian_millis(at).unwrap().to_string()[..19].to_owned()
}

/// Content of every kind: empty, short, long, of random bytes, and about as compressible as decides
/// whether it is stored in an envelope.
fn content(random: &mut Random) -> Vec<u8> {
    let mut bytes = vec![0; random.below(400)];
    random.fill(&mut bytes);
    match random.below(4) {
        0 => bytes.truncate(random.below(12)),
        1 => bytes = random.text(100).into_bytes(),
        2 => bytes.extend(vec![b' '; 30 + bytes.len() / 4]),
        _ => {}
    }
    bytes
}

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
    for step in 0..40 {
        let name = names[random.below(names.len())];
        // Earlier times too: who changes a file here is always right.
        let mtime = START + i64::try_from(random.below(50)).unwrap();
        match random.below(5) {
            0 => twins.change("rm", name, mtime),
            1 => twins.change("touch", name, mtime),
            _ => twins.add(name, &content(&mut random), mtime),
        }
        if step % 4 == 0 {
            twins.compare();
        }
    }
    twins.compare();
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

/// Takes all that one repository has into another, as a sync does.
fn send(from: &Path, to: &Path, rule: Rule) {
    let (from, to) = (Repo::open(from).unwrap(), Repo::open(to).unwrap());
    let (from, to) = (from.read().unwrap(), to.write().unwrap());
    let mut receiver = to.receiver(origin());
    for file in from.unversioned_files().unwrap().map(Result::unwrap) {
        let (name, mtime) = (file.name.as_str(), file.mtime);
        let body = file.hash.map_or(FileBody::Deleted, FileBody::Omitted);
        let announced = IncomingFile { name, mtime, body };
        if receiver.receive_unversioned(&announced, rule).unwrap() == FileArrival::ContentWanted {
            let content = from.unversioned_content(name).unwrap().unwrap();
            let body = FileBody::Content { hash: file.hash.unwrap(), content: &content };
            let arrival = receiver.receive_unversioned(&IncomingFile { body, ..announced }, rule);
            assert_eq!(arrival.unwrap(), FileArrival::Stored);
        }
    }
    if rule == Rule::Theirs {
        let names = to.unversioned_files().unwrap().map(|file| file.unwrap().name);
        for name in names.collect::<Vec<_>>() {
            if from.unversioned_file(&name).unwrap().is_none() {
                assert!(to.forget_unversioned(&name).unwrap());
            }
        }
    }
    drop(from);
    to.commit().unwrap();
}

/// Two repositories of one project that have changed apart, and copies of both.
fn grown_apart(fossil: &Fossil, seed: u64) {
    fossil.run(&["init", "-A", "alice", "one.fossil"]);
    fossil.run(&["clone", fossil.path("one.fossil").to_str().unwrap(), "two.fossil"]);
    let mut random = Random(seed);
    for step in 0..36 {
        let repository = ["one.fossil", "two.fossil"][random.below(2)];
        let name = format!("file{}", random.below(14));
        // Few times and few contents, so that every kind of tie comes up.
        let at = date(START + i64::try_from(random.below(3)).unwrap());
        fossil.write("disk", format!("content {}\n", random.below(3)).repeat(1 + random.below(9)));
        match step % 3 {
            0 => drop(fossil.run(&["uv", "rm", &name, "--mtime", &at, "-R", repository])),
            _ => drop(
                fossil.run(&["uv", "add", "disk", "--as", &name, "--mtime", &at, "-R", repository]),
            ),
        }
    }
    for name in ["one", "two"] {
        fossil.run(&["uv", "hash", "-R", &format!("{name}.fossil")]);
        let (from, to) = (format!("{name}.fossil"), format!("our-{name}.fossil"));
        fs::copy(fossil.path(&from), fossil.path(&to)).unwrap();
    }
}

#[test]
fn a_sync_has_the_same_result() {
    for seed in 0..4 {
        let fossil = Fossil::find();
        grown_apart(&fossil, seed);
        let [one, two, our_one, our_two] =
            ["one", "two", "our-one", "our-two"].map(|name| fossil.path(&format!("{name}.fossil")));
        assert_ne!(shared(&one), shared(&two));
        fossil.run(&["uv", "sync", two.to_str().unwrap(), "-R", "one.fossil"]);
        send(&our_two, &our_one, Rule::Newest);
        send(&our_one, &our_two, Rule::Newest);
        for (theirs, ours) in [(&one, &our_one), (&two, &our_two)] {
            assert_eq!(shared(ours), shared(theirs));
            // Stock forgets the deletion of a file that it never had.
            let (theirs, ours) = (tombstones(theirs), tombstones(ours));
            assert!(theirs.iter().all(|tombstone| ours.contains(tombstone)), "{theirs:?} {ours:?}");
        }
        assert_eq!(shared(&our_one), shared(&our_two));
        assert_eq!(tombstones(&our_one), tombstones(&our_two));
        let hash = fossil.say(&["uv", "hash", "-R", "one.fossil"]);
        let ours = Repo::open(&our_two).unwrap().read().unwrap().unversioned_hash().unwrap();
        assert_eq!(ours.to_string(), hash.trim());
        // And stock sees nothing to do between ours and its own.
        let output =
            fossil.say(&["uv", "sync", "-v", one.to_str().unwrap(), "-R", "our-two.fossil"]);
        assert!(!output.contains("UV-PULL") && !output.contains("UV-PUSH"), "{output}");
    }
}

#[test]
fn a_revert_has_the_same_result() {
    for seed in 10..13 {
        let fossil = Fossil::find();
        grown_apart(&fossil, seed);
        let [one, two, our_one, our_two] =
            ["one", "two", "our-one", "our-two"].map(|name| fossil.path(&format!("{name}.fossil")));
        fossil.run(&["uv", "revert", two.to_str().unwrap(), "-R", "one.fossil"]);
        send(&our_two, &our_one, Rule::Theirs);
        assert_eq!(shared(&our_one), shared(&one));
        assert_eq!(shared(&our_one), shared(&our_two));
        assert_eq!(shared(&our_two), shared(&two));
        // Stock keeps the hash of files that it has dropped, so it is told to compute it.
        let shown = fossil.say(&["uv", "hash", "--debug", "-R", "one.fossil"]);
        let ours = Repo::open(&our_one).unwrap().read().unwrap().unversioned_hash().unwrap();
        assert_eq!(ours.to_string(), shown.lines().last().unwrap());
    }
}
