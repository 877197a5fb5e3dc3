//! Whatever a server answers, a session ends; what it stores is what it is called, and nothing
//! leaves that is not for the server.

use std::cell::RefCell;

use outcrop_repo::config::Areas;
use outcrop_repo::content::Availability;
use outcrop_repo::tx::ReadTx;
use outcrop_sync::{Account, Retry, Session, SyncOptions, Unversioned};
use outcrop_xfer::{Card, Reader};

use crate::replies::{self, FROZEN, Server};
use crate::scene::{PASSWORD, PRIVATE, Stage, holds};

thread_local! {
    static STAGE: RefCell<Stage> = RefCell::new(Stage::new("client", &[("bob", "o")]));
}

/// Runs a session against the replies in the bytes; `replies.rs` tells how they are read.
pub fn client(bytes: &[u8]) {
    let (mode, replies) = replies::read(bytes);
    let options = options(mode);
    let private = options.private;
    STAGE.with_borrow_mut(|stage| {
        let server = Server::new(replies.clone());
        let repo = stage.repo.clone();
        let mut session = Session::new(repo, options).unwrap();
        // An error is an end too.
        while let Ok(Some(request)) = session.next_request() {
            let reply = server.answer(&request);
            if session.receive(&reply).is_err() {
                break;
            }
        }
        drop(session);
        for request in server.requests() {
            assert!(private || !holds(&request, PRIVATE), "what is private has left");
            assert!(!holds(&request, PASSWORD.as_bytes()), "a password has left");
        }
        let tx = stage.repo.read().unwrap();
        for reply in &replies {
            check_stored(&tx, reply);
        }
        drop(tx);
        stage.reset();
    });
}

/// What a session does, by the bits of a byte.
fn options(mode: u8) -> SyncOptions {
    let has = |bit: u8| mode >> bit & 1 == 1;
    let areas = |wanted: bool| if wanted { Areas::ALL } else { Areas::NONE };
    SyncOptions {
        // Most replies mean something to who wants everything.
        pull: !has(0),
        push: !has(1),
        unversioned: match (has(2), has(3)) {
            (false, _) => Unversioned::Sync,
            (true, false) => Unversioned::Leave,
            (true, true) => Unversioned::Revert,
        },
        private: has(4),
        verily: has(5),
        config_pull: areas(!has(6)),
        config_push: areas(has(7)),
        account: Some(Account::new("alice", PASSWORD)),
        retry: Retry::NEVER,
        env: FROZEN,
        ..SyncOptions::nothing()
    }
}

/// What a reply has sent is not held under another's name.
fn check_stored(tx: &ReadTx, reply: &[u8]) {
    for card in Reader::new(reply).map_while(Result::ok) {
        let name = match card {
            Card::File(file) => file.name,
            Card::Cfile(file) => file.name,
            _ => continue,
        };
        let Some(rid) = tx.rid_of(&name).unwrap() else { continue };
        if tx.availability(rid).unwrap() == Availability::Held {
            assert!(name.verify(&tx.content(rid).unwrap()), "stored under a wrong name");
        }
    }
}
