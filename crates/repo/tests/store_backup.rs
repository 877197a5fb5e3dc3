//! Copies of files in use.
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
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use outcrop_format::hash::HashName;
use outcrop_repo::backup::{BackupError, BackupOptions};
use outcrop_repo::verify::Subset;
use outcrop_repo::{OpenOptions, Repo};
use store_support::{AtEnd, Fossil, empty, origin, rows, tamper, whole};
use tempfile::TempDir;

const ONCE: BackupOptions = BackupOptions { overwrite: false };
const AGAIN: BackupOptions = BackupOptions { overwrite: true };

fn check(path: &Path) -> String {
    rows(path, "PRAGMA integrity_check", |row| row.get::<_, String>(0).unwrap()).join(", ")
}

fn mode(path: &Path) -> String {
    rows(path, "PRAGMA journal_mode", |row| row.get::<_, String>(0).unwrap()).concat()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Receives one artifact in a transaction of its own, and gives its name.
fn store(repo: &Repo, text: &[u8]) -> HashName {
    let tx = repo.write().unwrap();
    tx.receiver(origin()).receive(&whole(text)).unwrap();
    tx.commit().unwrap();
    HashName::sha3_of(text)
}

/// Makes the file larger, with something that Fossil keeps and ignores.
fn fill(repo: &Repo, bytes: usize) {
    let table = "CREATE TABLE fx_filler(bytes)";
    tamper(repo.path(), &format!("{table}; INSERT INTO fx_filler VALUES(zeroblob({bytes}))"));
}

#[test]
fn a_copy_holds_what_stands_in_the_log_only() {
    let fossil = Fossil::find();
    let folder = TempDir::new().unwrap();
    let path = empty(folder.path()).path().to_owned();
    let repo = OpenOptions::new().serve(true).open(&path).unwrap();
    let name = store(&repo, b"committed a moment ago");
    assert!(fs::metadata(folder.path().join("new.fossil-wal")).unwrap().len() > 0);
    // A plain copy of the file lacks it.
    let plain = folder.path().join("plain.fossil");
    fs::copy(&path, &plain).unwrap();
    assert_eq!(Repo::open(&plain).unwrap().read().unwrap().rid_of(&name).unwrap(), None);

    let to = folder.path().join("copy.fossil");
    let mut told = Vec::new();
    let size = repo
        .backup(&to, ONCE, |progress| {
            told.push((progress.done, progress.total));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(size, fs::metadata(&to).unwrap().len());
    assert!(told.last().is_some_and(|(done, total)| done == total && *done > 0), "{told:?}");
    // It stands in one file.
    assert_eq!(mode(&to), "delete");
    assert!(files(folder.path()).iter().all(|name| !name.starts_with("copy.fossil-")));
    let copy = Repo::open(&to).unwrap();
    let rid = copy.read().unwrap().rid_of(&name).unwrap().unwrap();
    assert_eq!(copy.read().unwrap().content(rid).unwrap(), b"committed a moment ago".as_slice());
    fossil.finds_it_whole(&to);
    // The original goes on as it was.
    store(&repo, b"later");
    assert_eq!(mode(&path), "wal");
}

#[test]
fn nothing_is_replaced_unless_asked_for() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let to = folder.path().join("copy");
    let copy = |options| repo.backup(&to, options, |_| ControlFlow::Continue(()));
    fs::write(&to, "mine").unwrap();
    assert!(matches!(copy(ONCE), Err(BackupError::Exists(_))));
    assert_eq!(fs::read(&to).unwrap(), b"mine");
    copy(AGAIN).unwrap();
    assert_eq!(check(&to), "ok");

    // A log left by another database would be played into the copy.
    for journal in ["copy-wal", "copy-journal"] {
        let journal = folder.path().join(journal);
        fs::write(&journal, "of another").unwrap();
        let error = copy(AGAIN).unwrap_err();
        assert!(matches!(&error, BackupError::Journal(path) if *path == journal), "{error}");
        fs::remove_file(journal).unwrap();
    }
    let itself = repo.backup(repo.path(), AGAIN, |_| ControlFlow::Continue(()));
    assert!(matches!(itself, Err(BackupError::Itself(_))));
    let nowhere = folder.path().join("no folder/copy");
    let nowhere = repo.backup(nowhere, ONCE, |_| ControlFlow::Continue(()));
    assert!(matches!(nowhere, Err(BackupError::Io { .. })));
    assert_eq!(files(folder.path()), ["copy", "new.fossil"]);
}

#[test]
fn a_copy_that_is_stopped_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    fill(&repo, 20_000_000);
    let to = folder.path().join("copy");
    let mut steps = 0;
    let stopped = repo.backup(&to, ONCE, |_| {
        steps += 1;
        if steps == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(BackupError::Stopped)));
    assert_eq!(files(folder.path()), ["new.fossil"]);
}

#[cfg(unix)]
#[test]
fn a_copy_is_as_secret_as_the_original() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    fs::set_permissions(repo.path(), fs::Permissions::from_mode(0o640)).unwrap();
    let to = folder.path().join("copy");
    let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    repo.backup(&to, ONCE, |_| {
        let unfinished = files(folder.path()).into_iter().find(|name| name.contains(".part"));
        assert_eq!(rights(&folder.path().join(unfinished.unwrap())), 0o600);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(rights(&to), 0o640);
}

#[test]
fn copies_are_whole_while_someone_writes() {
    for serve in [false, true] {
        let folder = TempDir::new().unwrap();
        let path = empty(folder.path()).path().to_owned();
        let repo = OpenOptions::new().serve(serve).open(&path).unwrap();
        fill(&repo, 10_000_000);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let end = AtEnd(&done);
            let writer = scope.spawn(|| {
                let mut written = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    written.push(store(&repo, format!("number {}", written.len()).as_bytes()));
                }
                written
            });
            let mut held_before = 0;
            for number in 0..8 {
                let to = folder.path().join(format!("copy {number}"));
                repo.backup(&to, ONCE, |_| ControlFlow::Continue(())).unwrap();
                assert_eq!(check(&to), "ok");
                let copy = Repo::open(&to).unwrap();
                let report = copy.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap();
                assert!(report.is_sound(), "{report}");
                assert!(report.checked >= held_before, "a later copy lacks what an earlier had");
                held_before = report.checked;
            }
            drop(end);
            let written = writer.join().unwrap();
            assert!(written.len() > 8, "{} commits, serve {serve}", written.len());
            let tx = repo.read().unwrap();
            assert!(written.iter().all(|name| tx.rid_of(name).unwrap().is_some()));
        });
    }
}
