//! Check-ins of a repository written by us alone: the real `fossil` reads all of them, finds nothing
//! wrong, and goes on from there.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod commit_support;
mod store_support;

use std::fs;

use commit_support::{Ours, tip, write_branches, write_files};
use outcrop_repo::Rid;
use outcrop_repo::artifact::FileMode;
use outcrop_repo::commit::{Author, Change, CheckInRequest, ManifestForm};
use store_support::{artifacts, moment, rows};

#[test]
fn check_ins_are_read_checked_out_and_followed_upon() {
    let mut ours = Ours::new();
    write_files(&mut ours);
    write_branches(&mut ours);
    ours.is_sound();
    let fossil = &ours.fossil;
    let listed = ours.say(&["ls", "-r", "trunk"]);
    let expected = "bin/run\nbinary\ndir/größe & more.txt\nlink\nmore\nREADME.md\n";
    assert_eq!(listed, expected);
    // Later releases mark what is private.
    let branches = ours.say(&["branch", "list"]).replace('#', " ");
    assert_eq!(branches, "   private\n   trunk\n");
    assert_eq!(ours.say(&["branch", "list", "-c"]), "   a branch\n");
    let told = ours.say(&["timeline", "-n", "0", "-t", "ci", "-F", "%c|%a|%b"]);
    assert!(told.starts_with("private|alice|private\nmerged|alice|trunk\n"), "{told}");
    assert!(told.contains("all kinds of files \\ with a long comment, größer|alice|trunk\n"));
    fs::create_dir(fossil.path("work")).unwrap();
    let work = |arguments: &[&str]| String::from_utf8(fossil.run_in("work", arguments)).unwrap();
    fossil.run(&["settings", "allow-symlinks", "on", "-R", ours.file()]);
    work(&["open", ours.file()]);
    let sums = work(&["test-agg-cksum"]);
    let sums: Vec<_> = sums.lines().map(|line| line.split_whitespace().nth(1).unwrap()).collect();
    assert!(sums.len() == 4 && sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
    assert_eq!(work(&["changes"]), "");
    let renamed: Vec<String> = rows(
        &ours.path,
        "SELECT o.name || ' ' || n.name FROM mlink m, filename n, filename o \
         WHERE n.fnid = m.fnid AND o.fnid = m.pfnid",
        |row| row.get(0).unwrap(),
    );
    assert_eq!(renamed, ["run.sh bin/run"]);
    assert_eq!(fs::read(fossil.path("work/bin/run")).unwrap(), b"#!/bin/sh\nexit 1\n");
    for check_in in ["a branch", "root:a branch", "private", "start:a branch"] {
        work(&["update", check_in]);
        assert_eq!(work(&["changes"]), "");
    }
    work(&["update", "trunk"]);
    fossil.write("work/theirs", "theirs\n");
    work(&["add", "theirs"]);
    work(&["commit", "--no-warnings", "-m", "by the real one"]);

    // And we go on from theirs.
    let tx = ours.repo.read().unwrap();
    assert!(tx.file_at(tip(&tx, "trunk"), b"theirs").unwrap().is_some());
    drop(tx);
    let repo = ours.repo.clone();
    let tx = repo.write().unwrap();
    let author = Author { login: "alice", at: moment("2099-01-01T00:00:00") };
    let changes = [Change::put("theirs", b"ours\n")];
    let request = CheckInRequest::new(Some(tip(&tx, "trunk")), "ours on theirs", author);
    tx.check_in(&CheckInRequest { changes: &changes, ..request }).unwrap();
    tx.commit().unwrap();
    ours.is_sound();
    ours.fossil.run_in("work", &["update", "trunk"]);
    assert_eq!(fs::read(ours.fossil.path("work/theirs")).unwrap(), b"ours\n");
}

#[test]
fn what_is_private_stays_so_and_what_is_new_is_to_be_sent() {
    let mut ours = Ours::new();
    write_files(&mut ours);
    write_branches(&mut ours);
    let tx = ours.repo.read().unwrap();
    let private: Vec<_> = artifacts(&ours.path)
        .into_iter()
        .filter(|(rid, _)| tx.blob(*rid).unwrap().unwrap().private)
        .map(|(rid, _)| tx.content(rid).unwrap())
        .collect();
    assert_eq!(private.len(), 2);
    assert!(private.contains(&b"nobody may know\n".as_slice().into()));
    let waiting =
        rows(&ours.path, "SELECT rid FROM unsent", |row| Rid::new(row.get(0).unwrap()).unwrap());
    let kept = |rid: &Rid| tx.blob(*rid).unwrap().unwrap().private;
    assert!(!waiting.is_empty() && !waiting.iter().any(kept));
}

#[test]
fn a_changed_mode_is_told_in_a_difference() {
    let mut ours = Ours::new();
    write_files(&mut ours);
    for mode in [FileMode::Executable, FileMode::Symlink, FileMode::Regular] {
        ours.write(|tx, author| {
            let parent = Some(tip(tx, "trunk"));
            let content = b"# Hello\n".as_slice();
            let changes = [Change::Put { path: "README.md", content, mode: Some(mode) }];
            let request = CheckInRequest::new(parent, "another mode", author);
            let form = ManifestForm::Delta;
            tx.check_in(&CheckInRequest { changes: &changes, form, ..request }).unwrap();
            let file = tx.file_at(tip(tx, "trunk"), b"README.md").unwrap().unwrap();
            assert_eq!(file.mode, mode);
        });
    }
    ours.is_sound();
}
