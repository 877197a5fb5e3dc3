//! Unversioned files exchanged as the real `fossil` exchanges them: the results are the same.
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
use std::path::Path;

use outcrop_repo::Repo;
use outcrop_repo::unversioned::{FileArrival, FileBody, IncomingFile, Rule, standing};
use store_support::{Fossil, Random, origin, tamper};
use unversioned_support::{START, StoredRow, content, date, shared, stored_rows, tombstones};

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
    if seed % 2 == 1 {
        // The same content has two hashes then.
        tamper(&fossil.path("two.fossil"), "REPLACE INTO config VALUES('hash-policy', 0, 0)");
    }
    let mut random = Random(seed);
    for step in 0..36 {
        let repository = ["one.fossil", "two.fossil"][random.below(2)];
        let name = format!("file{}", random.below(14));
        // Few times and few contents, so that every kind of tie comes up.
        let at = date(START + i64::try_from(random.below(3)).unwrap());
        fossil.write("disk", format!("content {}\n", random.below(2)).repeat(20));
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

/// Gives a repository a file in each state for each of `pairs`, whose half `side` tells the state.
fn fill(
    fossil: &Fossil,
    repository: &str,
    pairs: &[(usize, usize)],
    side: fn(&(usize, usize)) -> usize,
) {
    // State 0 is a file that is not there; of the others, the content and the time.
    for (state, (content, time)) in
        [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("-", 0), ("-", 1)].into_iter().enumerate()
    {
        let in_state = pairs.iter().filter(|pair| side(pair) == state + 1);
        let names: Vec<String> = in_state.map(|(one, two)| format!("f{one}{two}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for name in &names {
            fossil.write(name, content);
        }
        let at = date(START + time);
        let change = |verb| {
            fossil.run(&[&["uv", verb], &names[..], &["--mtime", &at, "-R", repository]].concat());
        };
        change("add");
        if content == "-" {
            change("rm");
        }
    }
}

/// What a dry run of the real one says that it would do for each file that the peer has.
#[test]
fn every_standing_is_that_of_stock() {
    let pairs: Vec<_> = (0..7).flat_map(|one| (0..7).map(move |two| (one, two))).collect();
    let mut seen = [0; 6];
    // In the second and third run the same content has two hashes.
    for policies in [[2, 2], [0, 2], [2, 0]] {
        let fossil = Fossil::find();
        fossil.run(&["init", "-A", "alice", "one.fossil"]);
        fossil.run(&["clone", fossil.path("one.fossil").to_str().unwrap(), "two.fossil"]);
        let two = fossil.path("two.fossil");
        for (file, policy) in ["one.fossil", "two.fossil"].into_iter().zip(policies) {
            let set = format!("REPLACE INTO config VALUES('hash-policy', {policy}, 0)");
            tamper(&fossil.path(file), &set);
        }
        fill(&fossil, "one.fossil", &pairs, |pair| pair.0);
        fill(&fossil, "two.fossil", &pairs, |pair| pair.1);
        let said = fossil.say(&["uv", "sync", "-n", two.to_str().unwrap(), "-R", "one.fossil"]);
        let lines = said.split(['\r', '\n']).filter(|line| line.starts_with("UV-PU"));
        let mut said: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
        let ours = Repo::open(fossil.path("one.fossil")).unwrap().read().unwrap();
        let theirs = Repo::open(two).unwrap().read().unwrap();
        let mut expected = Vec::new();
        for file in theirs.unversioned_files().unwrap().map(Result::unwrap) {
            let ours = ours.unversioned_file(&file.name).unwrap().map(|file| file.version());
            let code = standing(ours, file.version()) as usize;
            seen[code] += 1;
            let words =
                ["UV-PULL", "UV-PULL", "UV-PULL-MTIME-ONLY", "", "UV-PUSH-MTIME-ONLY", "UV-PUSH"];
            if !words[code].is_empty() {
                expected.push(format!("{}: {}", words[code], file.name));
            }
        }
        said.sort();
        expected.sort();
        assert_eq!(said, expected);
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn stock_takes_what_we_wrote() {
    let fossil = Fossil::find();
    fossil.run(&["init", "-A", "alice", "ours.fossil"]);
    let ours = fossil.path("ours.fossil");
    fossil.run(&["clone", ours.to_str().unwrap(), "clone.fossil"]);
    let tx = Repo::open(&ours).unwrap().write().unwrap();
    let mut receiver = tx.receiver(origin());
    let mut random = Random(9);
    for number in 0..30 {
        let name = format!("dir{}/file{number}", number % 3);
        receiver.put_unversioned(&name, &content(&mut random), START + number).unwrap();
    }
    // Times past SQLite's calendar count as none.
    for mtime in [0, 253_402_300_799, 253_402_300_800, i64::MAX / 2000, i64::MAX] {
        receiver.put_unversioned(&format!("at{mtime}"), b"x", mtime).unwrap();
    }
    let hash = tx.unversioned_hash().unwrap().to_string();
    tx.commit().unwrap();
    fossil.run(&["uv", "sync", ours.to_str().unwrap(), "-R", "clone.fossil"]);
    let without_storage = |(columns, content): StoredRow| {
        (columns[1..5].to_vec(), content.filter(|content| !content.is_empty()))
    };
    let all =
        |file: &Path| -> Vec<_> { stored_rows(file).into_iter().map(without_storage).collect() };
    assert_eq!(all(&fossil.path("clone.fossil")), all(&ours));
    for file in ["ours.fossil", "clone.fossil"] {
        assert_eq!(fossil.say(&["uv", "hash", "-R", file]).trim(), hash);
    }
    // An empty file that stock received has no content in its row, and is held all the same.
    let tx = Repo::open(fossil.path("clone.fossil")).unwrap().read().unwrap();
    for file in tx.unversioned_files().unwrap().map(Result::unwrap) {
        let content = tx.unversioned_content(&file.name).unwrap().unwrap();
        assert!(file.held && content.len() as u64 == file.size, "{}", file.name);
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
