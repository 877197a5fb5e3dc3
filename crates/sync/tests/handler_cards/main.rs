//! Every card that takes a right, sent by a user of each letter: what it does, or the words of the
//! refusal. What stock knows too is asked of a real server, which must do and say the same; where it
//! does otherwise the table says why.
//!
//! | file | holds |
//! |---|---|
//! | `main.rs` | the users, and the questions |
//! | `cells.rs` | the cards: what each takes, and how it is seen that it was taken |
//! | `kept.rs` | those of the configuration, and of extension tables |
//! | `place.rs` | the repository |
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod cells;
#[path = "../handler_support/mod.rs"]
mod handler_support;
mod kept;
mod place;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::SystemTime;

use cells::{Cell, Deed, InStock, SILENT, Seen, cells, client};
use handler_support::{Fossil, essence, http, opened, ours, signed, told};
use outcrop_oracle::{Options, compare};
use outcrop_repo::Repo;
use outcrop_repo::tx::CheckInLock;
use place::Place;

/// Letters of users, and what they may do in the end: read, write, clone, sync what is private, write
/// unversioned files, administer, and read addresses.
const USERS: [(&str, &str); 17] = [
    ("", ""),
    ("g", "g"),
    ("o", "o"),
    ("i", "oi"),
    ("x", "x"),
    ("y", "y"),
    ("e", "e"),
    ("a", "oigae"),
    ("s", "oigae"),
    ("u", "oe"),
    ("v", "oiye"),
    ("gx", "gx"),
    ("ox", "ox"),
    ("ix", "oix"),
    ("oy", "oy"),
    ("oe", "oe"),
    ("hjkmnrtwz", ""),
];

fn message(cell: &Cell, deed: &Deed<'_>) -> Vec<u8> {
    let cards = format!("pragma client-version 22100 20230226 192424\n{}", (cell.cards)(deed));
    let cards: Vec<u8> = cards.chars().map(|letter| u8::try_from(letter).unwrap()).collect();
    http(&signed(Some(deed.who), cards), None)
}

/// Puts a lock of the user's check-out in its place, as if it had been got before.
fn lock(repo: &Repo, deed: &Deed<'_>) {
    let (login, client) = (deed.who.to_owned(), client(deed).into_bytes());
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let since = i64::try_from(since).unwrap();
    let tx = repo.write().unwrap();
    tx.lock_check_in(&CheckInLock { check_in: deed.place.tip, login, client, since }).unwrap();
    tx.commit().unwrap();
}

/// Takes all locks off.
fn unlock(repo: &Repo) {
    let tx = repo.write().unwrap();
    for lock in tx.check_in_locks().unwrap() {
        tx.forget_lock(&lock.check_in).unwrap();
    }
    tx.commit().unwrap();
}

/// Whatever the table says is so.
fn each_cell_is_as_told(repo: &Repo, place: &Place) {
    let mut wrong = Vec::new();
    for cell in &cells() {
        for (letters, abilities) in USERS {
            let who = format!("u-{letters}");
            let deed = Deed { who: &who, place };
            if cell.what == "ci-unlock" {
                lock(repo, &deed);
            }
            let (_, reply) = ours(repo, &message(cell, &deed));
            let reply = String::from_utf8_lossy(&reply).into_owned();
            let missing = cell.needs.iter().find(|(ability, _)| !abilities.contains(*ability));
            let seen = match cell.seen {
                Seen::Told(words) => reply.contains(&words(&deed)),
                Seen::Done(done) => done(repo, &deed),
            };
            let words = missing.map_or(SILENT, |(_, words)| words).replace(' ', "\\s");
            let is_told = match words.as_str() {
                SILENT => !reply.contains("error "),
                words => reply.contains(&format!("error {words}\n")),
            };
            if seen != missing.is_none() || !is_told {
                let cell = cell.what;
                wrong.push(format!("{cell} with {letters:?}: {missing:?}, seen {seen}: {reply}"));
            }
            if cell.what == "ci-lock" {
                unlock(repo);
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong: {}", wrong.len(), wrong.join("\n"));
}

/// One request over the wire.
fn exchange(address: &str, message: &[u8]) -> Vec<String> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(message).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let (_, _, text) = opened(&answer);
    told(&text)
}

/// A real server says and does the same, but for what the table tells.
fn stock_does_and_says_the_same(repo: &Repo, fossil: &Fossil, place: &Place) {
    fossil.copy("base.fossil", "stocks.fossil");
    let address = fossil.serve_by_stock("stocks.fossil");
    let mut wrong = Vec::new();
    let mut otherwise = BTreeSet::new();
    for cell in cells().into_iter().filter(|cell| !matches!(cell.stock, InStock::Spared(_))) {
        for letters in ["", "g", "o", "i", "x", "y", "e", "a"] {
            let who = format!("u-{letters}");
            let message = message(&cell, &Deed { who: &who, place });
            let (_, ours) = ours(repo, &message);
            let said = [exchange(&address, &message), told(&ours)].map(essence);
            if said[0] != said[1] {
                match cell.stock {
                    InStock::Otherwise(_) => drop(otherwise.insert(cell.what)),
                    _ => wrong.push(format!("{} with {letters:?}: {said:#?}", cell.what)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ: {}", wrong.len(), wrong.join("\n"));
    // What is done otherwise on purpose is so still.
    for cell in cells() {
        if let InStock::Otherwise(why) = cell.stock {
            assert!(otherwise.contains(cell.what), "{}: no longer is it so that {why}", cell.what);
        }
    }
    same(repo.path(), &fossil.path("stocks.fossil"));
}

#[track_caller]
fn same(ours: &Path, theirs: &Path) {
    let mut options = Options::default();
    (options.content, options.times) = (true, true);
    let differences = compare(ours, theirs, &options);
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn each_card_does_what_the_letters_allow_or_says_why_not() {
    let fossil = Fossil::find();
    let place = Place::new(&fossil);
    // In memory where that can be had: nothing here is about the disk.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let copy = |name: &str| {
        let path = folder.path().join(name);
        std::fs::copy(fossil.path("base.fossil"), &path).unwrap();
        path
    };
    each_cell_is_as_told(&Repo::open(copy("alone.fossil")).unwrap(), &place);
    let ours = Repo::open(copy("ours.fossil")).unwrap();
    stock_does_and_says_the_same(&ours, &fossil, &place);
}
