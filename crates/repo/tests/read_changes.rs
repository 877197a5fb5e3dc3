//! What check-ins change, and which artifacts have a tag, is told as the real `fossil` tells it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod history_support;
mod store_support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use history_support::History;
use outcrop_repo::Repo;
use outcrop_repo::artifact::FileMode;
use outcrop_repo::read::{EventKind, FileChange, FileChangeKind, TimelineFilter};
use outcrop_repo::tx::ReadTx;
use store_support::Fossil;

fn text(name: &[u8]) -> String {
    String::from_utf8(name.to_vec()).unwrap()
}

/// A file gets another name and nothing else, and one becomes a program.
fn rename_and_change_modes(fossil: &Fossil, history: &History<'_>) {
    history.work(&["mv", "--hard", "c.txt", "gamma.txt"]);
    let program = fossil.path("work/dir/b file.txt");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    history.work(&["commit", "--baseline", "--no-warnings", "-m", "names and modes"]);
}

#[test]
fn changed_files_are_those_of_fossil() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    rename_and_change_modes(&fossil, &history);
    let repo = Repo::open(&history.repository).unwrap();
    let tx = repo.read().unwrap();
    let kind = Some(EventKind::CheckIn);
    let all = tx.timeline(&TimelineFilter { kind, ..TimelineFilter::default() }, None, 100);
    let mut seen = BTreeSet::new();
    for check_in in all.unwrap() {
        let name = check_in.name.to_string();
        let arguments = ["timeline", "parents", &name, "-t", "ci", "-v", "-n", "1"];
        let said = fossil.say(&[&arguments[..], &["-R", "h.fossil", "-F", "%H"]].concat());
        let mut theirs: Vec<_> = said
            .lines()
            .filter_map(|line| line.strip_prefix("   "))
            .map(|line| line.split_once(' ').unwrap())
            .map(|(word, name)| format!("{word} {name}"))
            .collect();
        theirs.sort();
        let changes = tx.file_changes(check_in.rid).unwrap();
        let word = |change: &FileChange| match change.kind {
            FileChangeKind::Added => Some("ADDED"),
            FileChangeKind::Removed => Some("DELETED"),
            FileChangeKind::Edited => Some("EDITED"),
            // Stock does not tell of these.
            FileChangeKind::Renamed | FileChangeKind::ModeChanged => None,
        };
        let ours = changes
            .iter()
            .filter_map(|change| Some(format!("{} {}", word(change)?, text(&change.name))));
        let mut ours: Vec<_> = ours.collect();
        ours.sort();
        assert_eq!(ours, theirs, "{}", check_in.comment);
        let files = tx.files_at(check_in.rid).unwrap();
        for change in changes {
            seen.insert(format!("{:?}", change.kind));
            let file = files.iter().find(|file| file.name == change.name);
            assert_eq!(change.content, file.map(|file| file.content), "{change:?}");
            let mode = file.map_or(FileMode::Regular, |file| file.mode);
            assert_eq!(change.mode, mode, "{change:?}");
            if change.kind == FileChangeKind::Renamed {
                assert_eq!(change.old_name, file.unwrap().old_name, "{change:?}");
            }
        }
    }
    let kinds: Vec<_> = seen.iter().map(String::as_str).collect();
    assert_eq!(kinds, ["Added", "Edited", "ModeChanged", "Removed", "Renamed"]);
}

/// Names of check-ins, the newest first.
fn touching(tx: &ReadTx, path: &str) -> Vec<String> {
    let filter = TimelineFilter { path: Some(path), ..TimelineFilter::default() };
    let mut names = Vec::new();
    let mut from = None;
    loop {
        let page = tx.timeline(&filter, from, 2).unwrap();
        let Some(last) = page.last() else { return names };
        from = Some(last.position);
        names.extend(page.iter().map(|entry| entry.name.to_string()));
    }
}

#[test]
fn the_timeline_of_a_path_is_that_of_fossil() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let repo = Repo::open(&history.repository).unwrap();
    let tx = repo.read().unwrap();
    for path in ["a.txt", "alpha.txt", "many", "many/7.txt", "dir", "d.txt", "mane", "man"] {
        let arguments = ["timeline", "-n", "0", "-R", "h.fossil", "-F", "%H", "-p", path];
        let said = fossil.say(&arguments);
        let theirs: Vec<_> = said.lines().filter(|line| line.len() == 64).collect();
        assert_eq!(touching(&tx, path), theirs, "{path}");
        let is_there = !path.starts_with("man") || path.starts_with("many");
        assert_eq!(!theirs.is_empty(), is_there, "{path}");
    }
}

#[test]
fn what_has_a_tag_is_found_by_fossil_too() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let repo = Repo::open(&history.repository).unwrap();
    let tx = repo.read().unwrap();
    for tag in ["sym-trunk", "sym-v1.0", "sym-spread", "sym-facade", "wiki-Some Page", "bgcolor"] {
        let said = fossil.say(&["tag", "find", "--raw", tag, "-R", "h.fossil"]);
        let theirs: BTreeSet<_> = said.lines().map(str::to_owned).collect();
        let ours = tx.having_tag(tag, 0, 100).unwrap();
        assert_eq!(ours.iter().map(|one| one.name.to_string()).collect::<BTreeSet<_>>(), theirs);
        assert_eq!(ours.is_empty(), tag == "sym-facade", "{tag}");
        let times: Vec<_> =
            ours.iter().map(|one| tx.event(one.rid).unwrap().unwrap().time).collect();
        assert!(times.is_sorted_by(|one, next| one >= next), "{tag}");
        let second: Vec<_> = ours.iter().skip(1).take(1).cloned().collect();
        assert_eq!(tx.having_tag(tag, 1, 1).unwrap(), second);
    }
    let valued = tx.having_tag("sym-valued", 0, 9).unwrap();
    assert_eq!(valued.len(), 1);
    assert_eq!((valued[0].value.as_deref(), valued[0].is_inherited), (Some("a value"), false));
    let trunk = tx.having_tag("sym-trunk", 0, 100).unwrap();
    // All but the first, which has the tag itself.
    assert_eq!(trunk.iter().filter(|one| !one.is_inherited).count(), 1, "{trunk:?}");
    assert!(!trunk.last().unwrap().is_inherited && trunk.len() > 3, "{trunk:?}");
    let first = tx.event(valued[0].rid).unwrap().unwrap();
    assert_eq!(first.name, valued[0].name);
    let plain = tx.rid_of(&tx.files_at(first.rid).unwrap()[0].content).unwrap().unwrap();
    assert_eq!(tx.event(plain).unwrap(), None);
}
