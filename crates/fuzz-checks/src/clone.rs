//! Whatever a server answers, a clone is whole, or a part that nobody takes for a whole, or not
//! there.

use std::cell::RefCell;
use std::fs;

use outcrop_repo::Repo;
use outcrop_repo::verify::Subset;
use outcrop_sync::{Account, CloneError, CloneOptions, Retry, Unversioned, clone_blocking};
use tempfile::TempDir;

use crate::replies::{self, FROZEN, Server};
use crate::scene::{PASSWORD, holds};

thread_local! {
    /// A folder that goes with the thread.
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir().unwrap());
}

/// Clones from a server that gives the replies in the bytes; `replies.rs` tells how they are read.
pub fn clone(bytes: &[u8]) {
    let (mode, replies) = replies::read(bytes);
    let server = Server::new(replies);
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join("clone.fossil");
        let cloned = clone_blocking(&path, &server, options(mode));
        match &cloned {
            Ok((repo, _)) => {
                let report = repo.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap();
                assert!(report.artifacts_are_sound(), "{report:?}");
            }
            Err(CloneError::Interrupted { .. } | CloneError::Complete(_)) => {
                assert!(Repo::open(&path).is_err(), "a part of a clone was opened as a whole");
            }
            Err(CloneError::Behind { .. }) => drop(Repo::open(&path).unwrap()),
            Err(error) => assert!(!path.exists(), "{error}, and a file is left"),
        }
        drop(cloned);
        for file in fs::read_dir(folder.path()).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
    });
    for request in server.requests() {
        assert!(!holds(&request, PASSWORD.as_bytes()), "a password has left");
    }
}

/// What a clone asks for, by the bits of a byte.
fn options(mode: u8) -> CloneOptions {
    let has = |bit: u8| mode >> bit & 1 == 1;
    let protocol = match mode & 3 {
        2 => 2,
        3 => 1,
        _ => 3,
    };
    let mut options = CloneOptions { protocol, ..CloneOptions::new() };
    options.sync.private = has(2);
    options.sync.unversioned = if has(3) { Unversioned::Leave } else { Unversioned::Sync };
    options.sync.account = (!has(4)).then(|| Account::new("alice", PASSWORD));
    options.sync.retry = Retry::NEVER;
    options.sync.env = FROZEN;
    options
}
