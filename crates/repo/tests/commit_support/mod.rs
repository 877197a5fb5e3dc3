//! A repository that is written by us alone.
// Each test uses what it needs.
#![allow(dead_code)]

use std::path::PathBuf;

use outcrop_format::hash::HashName;
use outcrop_repo::artifact::FileMode;
use outcrop_repo::commit::{Author, Change, CheckInRequest, ManifestForm, NewBranch};
use outcrop_repo::read::EventKind;
use outcrop_repo::tx::{ReadTx, WriteTx};
use outcrop_repo::{Repo, Rid};

use crate::store_support::{Fossil, empty, moment};

/// A repository that we write to.
pub(crate) struct Ours {
    pub(crate) fossil: Fossil,
    pub(crate) path: PathBuf,
    pub(crate) repo: Repo,
    minute: u32,
}

impl Ours {
    pub(crate) fn new() -> Self {
        let fossil = Fossil::find();
        let repo = empty(&fossil.path(""));
        Self { path: repo.path().to_owned(), repo, fossil, minute: 0 }
    }

    pub(crate) fn file(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// Writes, a minute after the last time.
    pub(crate) fn write<T>(&mut self, write: impl FnOnce(&WriteTx, Author<'_>) -> T) -> T {
        self.minute += 1;
        let at = moment(&format!("2024-02-01T10:{:02}:00.250", self.minute));
        let tx = self.repo.write().unwrap();
        let done = write(&tx, Author { login: "alice", at });
        tx.commit().unwrap();
        done
    }

    pub(crate) fn check_in(&mut self, at: &str, comment: &str, changes: &[Change<'_>]) -> HashName {
        self.write(|tx, author| {
            let parent = Some(tip(tx, at));
            let request =
                CheckInRequest { changes, ..CheckInRequest::new(parent, comment, author) };
            tx.check_in(&request).unwrap().name
        })
    }

    pub(crate) fn say(&self, arguments: &[&str]) -> String {
        self.fossil.say(&[arguments, &["-R", self.file()]].concat())
    }

    /// Fossil finds nothing wrong with any artifact, nor with the file, and tells the same after a
    /// rebuild.
    pub(crate) fn is_sound(&self) {
        let timeline = ["timeline", "-n", "0", "-F", "%H|%d|%a|%b|%c"];
        let before = self.say(&timeline);
        self.fossil.run(&["rebuild", self.file()]);
        assert_eq!(self.say(&timeline), before);
        let said = self.say(&["test-parse-all-blobs"]);
        assert!(said.contains(" 0 errors"), "{said}");
        self.fossil.finds_it_whole(&self.path);
        assert_eq!(self.say(&["test-missing"]).lines().count(), 1);
    }
}

pub(crate) fn tip(tx: &ReadTx, name: &str) -> Rid {
    tx.resolve(name, Some(EventKind::CheckIn)).unwrap().rid
}

pub(crate) fn write_files(ours: &mut Ours) {
    let put = |path, content: &'static [u8], mode| Change::Put { path, content, mode: Some(mode) };
    ours.check_in(
        "trunk",
        "all kinds of files \\ with a\nlong comment, größer",
        &[
            Change::put("README.md", b"# Hello\n"),
            Change::put("dir/größe & more.txt", "ü\n".as_bytes()),
            Change::put("empty", b""),
            put("run.sh", b"#!/bin/sh\nexit 0\n", FileMode::Executable),
            put("link", b"README.md", FileMode::Symlink),
            Change::put("binary", b"\0\x01\xff"),
        ],
    );
    let changes = [
        Change::Rename { from: "run.sh", to: "bin/run" },
        Change::put("bin/run", b"#!/bin/sh\nexit 1\n"),
        Change::Remove { path: "empty" },
    ];
    ours.check_in("trunk", "renamed and changed", &changes);
}

pub(crate) fn write_branches(ours: &mut Ours) {
    ours.write(|tx, author| {
        let branch = Some(NewBranch { name: "a branch", background: Some("#c0ffc0") });
        let changes = [Change::put("README.md", b"# Hello from a branch\n")];
        let request = CheckInRequest::new(Some(tip(tx, "trunk")), "a new branch", author);
        tx.check_in(&CheckInRequest { branch, changes: &changes, ..request }).unwrap()
    });
    ours.write(|tx, author| {
        let form = ManifestForm::Delta;
        let changes = [Change::put("more", b"more\n")];
        let request = CheckInRequest::new(Some(tip(tx, "a branch")), "as a difference", author);
        let done = tx.check_in(&CheckInRequest { form, changes: &changes, ..request }).unwrap();
        assert!(done.is_delta);
    });
    ours.write(|tx, author| {
        let merged = [tip(tx, "a branch")];
        let changes =
            [Change::put("README.md", b"# Hello from a branch\n"), Change::put("more", b"more\n")];
        let request = CheckInRequest::new(Some(tip(tx, "trunk")), "merged", author);
        let tags = &["release"];
        let merge = CheckInRequest { merged: &merged, changes: &changes, tags, ..request };
        tx.check_in(&CheckInRequest { integrates: true, ..merge }).unwrap();
    });
    ours.write(|tx, author| {
        let changes = [Change::put("secret", b"nobody may know\n")];
        let request = CheckInRequest::new(Some(tip(tx, "trunk")), "private", author);
        let branch = Some(NewBranch { name: "private", background: None });
        let request = CheckInRequest { branch, private: true, ..request };
        tx.check_in(&CheckInRequest { changes: &changes, ..request }).unwrap();
    });
}
