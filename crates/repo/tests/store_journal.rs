//! Who waits for whom: readers, writers, and the real `fossil` at work on the same file.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use outcrop_format::hash::HashName;
use outcrop_repo::receive::ReceiveError;
use outcrop_repo::tx::{DatabaseError, Failure};
use outcrop_repo::verify::Subset;
use outcrop_repo::{OpenError, OpenOptions, Repo};
use store_support::{AtEnd, Fossil, empty, origin, rows, whole};
use tempfile::TempDir;

const SHORT: Duration = Duration::from_millis(300);

fn mode(path: &Path) -> String {
    rows(path, "PRAGMA journal_mode", |row| row.get::<_, String>(0).unwrap()).concat()
}

fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    path.with_file_name(format!("{}{suffix}", path.file_name().unwrap().to_str().unwrap()))
}

fn store(repo: &Repo, text: &[u8]) -> Result<HashName, DatabaseError> {
    let tx = repo.write()?;
    match tx.receiver(origin()).receive(&whole(text)) {
        Ok(_) => tx.commit()?,
        Err(ReceiveError::Database(error)) => return Err(error),
        Err(error) => panic!("{error}"),
    }
    Ok(HashName::sha3_of(text))
}

#[test]
fn a_client_keeps_the_mode_and_a_server_sets_it() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let path = repo.path().to_owned();
    store(&repo, b"as a client").unwrap();
    assert_eq!(mode(&path), "delete");
    let server = OpenOptions::new().serve(true).open(&path).unwrap();
    // Who only reads changes nothing.
    let bytes = fs::read(&path).unwrap();
    drop(server.read().unwrap());
    assert_eq!(fs::read(&path).unwrap(), bytes);
    store(&server, b"as a server").unwrap();
    assert_eq!(mode(&path), "wal");
    drop((server, repo));
    let client = Repo::open(&path).unwrap();
    store(&client, b"as a client again").unwrap();
    drop(client);
    assert_eq!(mode(&path), "wal");
    assert!(!beside(&path, "-wal").exists(), "the last to leave takes the log away");
}

#[test]
fn a_server_writes_on_when_a_reader_keeps_it_from_the_log() {
    let folder = TempDir::new().unwrap();
    let path = empty(folder.path()).path().to_owned();
    let server = OpenOptions::new().serve(true).patience(SHORT).open(&path).unwrap();
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM blob").unwrap();
    // The commit itself waits for that reader too, and says so.
    let error = store(&server, b"one").unwrap_err();
    assert_eq!(error.failure(), Failure::Busy, "{error}");
    drop(reader);
    store(&server, b"two").unwrap();
    assert_eq!(mode(&path), "wal");
}

#[test]
fn a_long_read_and_a_commit() {
    for serve in [false, true] {
        let folder = TempDir::new().unwrap();
        let path = empty(folder.path()).path().to_owned();
        let repo = OpenOptions::new().serve(serve).patience(SHORT).open(&path).unwrap();
        store(&repo, b"before").unwrap();
        let old = repo.read().unwrap();
        let name = HashName::sha3_of(b"meanwhile");
        let started = Instant::now();
        let stored = store(&repo, b"meanwhile");
        if serve {
            // With a log neither waits, and the reader sees what it saw.
            stored.unwrap();
            assert_eq!(old.rid_of(&name).unwrap(), None);
            assert!(repo.read().unwrap().rid_of(&name).unwrap().is_some());
        } else {
            // With a rollback journal the commit waits for so long, and no longer.
            assert_eq!(stored.unwrap_err().failure(), Failure::Busy);
            assert!(started.elapsed() >= SHORT && started.elapsed() < SHORT * 10);
            drop(old);
            store(&repo, b"meanwhile").unwrap();
        }
    }
}

#[test]
fn readers_go_on_while_someone_writes() {
    for serve in [false, true] {
        let folder = TempDir::new().unwrap();
        let path = empty(folder.path()).path().to_owned();
        let repo = OpenOptions::new().serve(serve).patience(SHORT).open(&path).unwrap();
        let tx = repo.write().unwrap();
        let rid = tx.receiver(origin()).receive(&whole(b"not yet")).unwrap().rid;
        let started = Instant::now();
        for _ in 0..20 {
            assert_eq!(repo.read().unwrap().blob(rid).unwrap(), None);
        }
        assert!(started.elapsed() < SHORT, "serve {serve}: {:?}", started.elapsed());
        // A second writer waits, and no longer than it was told.
        assert_eq!(repo.write().unwrap_err().failure(), Failure::Busy);
        tx.commit().unwrap();
        assert!(repo.read().unwrap().blob(rid).unwrap().is_some());
    }
}

#[test]
fn a_settled_file_has_all_in_itself() {
    let folder = TempDir::new().unwrap();
    let path = empty(folder.path()).path().to_owned();
    let repo = OpenOptions::new().serve(true).patience(SHORT).open(&path).unwrap();
    store(&repo, b"one").unwrap();
    let reader = repo.read().unwrap();
    let name = store(&repo, b"two").unwrap();
    assert!(!repo.settle().unwrap(), "someone reads an older state");
    drop(reader);
    assert!(repo.settle().unwrap());
    assert!(!beside(&path, "-wal").exists());
    let plain = folder.path().join("plain.fossil");
    fs::copy(&path, &plain).unwrap();
    assert!(Repo::open(plain).unwrap().read().unwrap().rid_of(&name).unwrap().is_some());
    assert_eq!(mode(&path), "wal");
    // The handle is as good as before, and another mode needs no settling.
    store(&repo, b"three").unwrap();
    assert!(empty(TempDir::new().unwrap().path()).settle().is_ok());
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_without_its_log_is_told() {
    let folder = TempDir::new().unwrap();
    let path = empty(folder.path()).path().to_owned();
    let server = OpenOptions::new().serve(true).open(&path).unwrap();
    store(&server, b"one").unwrap();
    drop(server);
    let reader = Repo::open_read_only(&path).unwrap();
    assert_eq!(reader.write().unwrap_err().failure(), Failure::ReadOnly);
    drop(reader);
    for left in ["-shm", "-wal"] {
        // A reader that may not write has left them.
        drop(fs::remove_file(beside(&path, left)));
    }
    // As on a read-only medium: the files beside it cannot be made.
    std::os::unix::fs::symlink("/no such folder/file", beside(&path, "-shm")).unwrap();
    for opened in [Repo::open_read_only(&path), Repo::open(&path)] {
        let error = opened.unwrap_err();
        assert!(matches!(error, OpenError::NeedsLog { .. }), "{error}");
        assert!(error.to_string().contains("new.fossil-shm"), "{error}");
    }
    fs::remove_file(beside(&path, "-shm")).unwrap();
    Repo::open_read_only(&path).unwrap();
}

/// How long our writer rests between two commits, and at most, in milliseconds.
const REST: u64 = 40;
const LONGEST_REST: u64 = 10_000;

/// Lets fossil commit. It begins to read and goes on to write, which SQLite refuses at once when
/// someone else has written meanwhile: also among several fossils, one that meets with that has to
/// be run again. Each time our writer rests for twice as long: on a busy machine fossil may need
/// longer for its way than any fixed rest.
fn commit(fossil: &Fossil, work: &str, message: &str, rest: &AtomicU64) {
    for _ in 0..50 {
        let output = fossil.attempt(work, &["commit", "--no-warnings", "-m", message]);
        if output.status.success() {
            rest.store(REST, Ordering::Relaxed);
            return;
        }
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("database is locked"), "{output:?}");
        let longer = rest.load(Ordering::Relaxed) * 2;
        rest.store(longer.min(LONGEST_REST), Ordering::Relaxed);
    }
    panic!("fossil could not commit in fifty attempts");
}

/// Rests, as long as is wanted now.
fn rest_for(rest: &AtomicU64, done: &AtomicBool) {
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(rest.load(Ordering::Relaxed))
        && !done.load(Ordering::Relaxed)
    {
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn fossil_reads_and_writes_while_we_do() {
    let fossil = Fossil::find();
    for serve in [false, true] {
        let name = format!("shared-{serve}");
        let path = fossil.project(&name, &[], 2);
        let work = format!("work-{serve}");
        fs::create_dir(fossil.path(&work)).unwrap();
        fossil.run_in(&work, &["open", &format!("../{name}.fossil")]);
        fossil.run_in(&work, &["settings", "mtime-changes", "off"]);
        let repo = OpenOptions::new().serve(serve).open(&path).unwrap();
        let done = AtomicBool::new(false);
        let (count, reads) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let rest = AtomicU64::new(REST);
        let stored = thread::scope(|scope| {
            let end = AtEnd(&done);
            let writer = scope.spawn(|| {
                let mut stored = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    stored.push(
                        store(&repo, format!("{serve} {}", stored.len()).as_bytes()).unwrap(),
                    );
                    count.store(stored.len(), Ordering::Relaxed);
                    rest_for(&rest, &done);
                }
                stored
            });
            let reader = scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let report =
                        repo.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap();
                    assert!(report.is_sound(), "{report}");
                    reads.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(40));
                }
            });
            for number in 0..12 {
                fossil.write(&format!("{work}/counter"), format!("changed {number}"));
                let message = format!("beside {number}");
                commit(&fossil, &work, &message, &rest);
                let line =
                    fossil.say(&["timeline", "-n", "1", "-t", "ci", "-R", path.to_str().unwrap()]);
                assert!(line.contains(&message), "{line}");
                // However fast fossil is, all three work by turns.
                let so_far = || (count.load(Ordering::Relaxed), reads.load(Ordering::Relaxed));
                let start = Instant::now();
                while so_far().0 <= number || so_far().1 <= number {
                    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", so_far());
                    thread::sleep(Duration::from_millis(5));
                }
            }
            drop(end);
            reader.join().unwrap();
            writer.join().unwrap()
        });
        let tx = repo.read().unwrap();
        assert!(stored.iter().all(|name| tx.rid_of(name).unwrap().is_some()));
        drop(tx);
        assert_eq!(mode(&path), if serve { "wal" } else { "delete" });
        // While it is open here, and after.
        fossil.finds_it_whole(&path);
        drop(repo);
        fossil.finds_it_whole(&path);
    }
}
