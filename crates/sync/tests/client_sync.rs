//! Pulls, pushes and syncs with stock servers, compared with what stock's own client does.
// A test says what it expects by unwrapping and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client_support;

use std::path::Path;
use std::sync::Arc;

use client_support::{Server, account, commit, open, project, same, sound};
use outcrop_oracle::{Options, Stock};
use outcrop_repo::Repo;
use outcrop_repo::config::Areas;
use outcrop_repo::setting::Remote;
use outcrop_sync::{CloneOptions, SyncError, SyncOptions, Unversioned, WantedLock};

/// A server, and two clones of it: for our client, and for stock's.
struct Place {
    stock: Arc<Stock>,
    server: Server,
    ours: Repo,
}

impl Place {
    fn new(name: &str) -> Self {
        let stock = Arc::new(Stock::find());
        let repository = project(&stock, name);
        let server = Server::start(&stock, &repository);
        let options = CloneOptions { admin: Some("alice".to_owned()), ..CloneOptions::new() };
        let (ours, _) = server.clone("ours.fossil", options).unwrap();
        Self { stock, server, ours }
    }

    /// Some check-ins in a repository, made by stock.
    fn work(&self, repository: &Path, name: &str) {
        let checkout = open(&self.stock, repository, name);
        for number in 0..3 {
            self.stock.write(format!("{name}/{name}{number}.txt"), "some words\n".repeat(40));
            self.stock
                .write(format!("{name}/a.txt"), format!("{name} {number}\n").repeat(50 + number));
            let branch = ["--branch", name];
            let branch = if number == 0 { &branch[..] } else { &[] };
            commit(&self.stock, &checkout, &format!("{name} {number}"), branch);
        }
        self.stock.ok_in(&checkout, &["tag", "add", "--raw", "mark", name, "yes"]);
        self.stock.ok_in(&checkout, &["close", "--force"]);
    }

    fn by_stock(&self, command: &str, repository: &Path, user: Option<&str>, more: &[&str]) {
        let url = self.server.url(user);
        let path = repository.to_str().unwrap();
        let arguments = [&[command, &url, "-R", path, "--once"], more].concat();
        self.stock.ok(&arguments);
    }
}

#[test]
fn a_pull_brings_what_it_brings_to_stock() {
    let place = Place::new("pull");
    let theirs = place.stock.copy(place.ours.path(), "theirs.fossil");
    place.work(&place.server.repository, "news");
    place.by_stock("pull", &theirs, None, &[]);
    let done = place.server.sync(&place.ours, SyncOptions::pull()).unwrap();
    same(place.ours.path(), &theirs, &Options::default());
    sound(&place.stock, place.ours.path());
    assert!(done.total.received >= 7 && done.total.check_ins == 3 && done.missing == 0, "{done:?}");
    let traffic = done.total.traffic.unwrap();
    assert!(traffic.sent > 0 && traffic.sent < done.total.bytes_sent + 100, "{done:?}");
    assert!(traffic.received > 0 && traffic.received < done.total.bytes_received, "{done:?}");
    let again = place.server.sync(&place.ours, SyncOptions::pull()).unwrap();
    assert_eq!((again.rounds, again.total.received, again.total.sent), (1, 0, 0), "{again:?}");
}

#[test]
fn many_artifacts_come_by_clusters_and_in_batches() {
    let place = Place::new("many");
    let repository = &place.server.repository;
    let checkout = open(&place.stock, repository, "heap");
    for number in 0..900 {
        place.stock.write(format!("heap/{number}"), format!("{number} of many\n"));
    }
    commit(&place.stock, &checkout, "many", &[]);
    let limit = "INSERT INTO config(name, value, mtime) VALUES('max-download', 20000, 0);";
    place.stock.sql(repository, limit);
    let done = place.server.sync(&place.ours, SyncOptions::pull()).unwrap();
    assert!(done.total.received > 901 && done.rounds > 3 && done.missing == 0, "{done:?}");
    let fresh = place.server.clone_by_stock("fresh.fossil", None, &[]);
    same(place.ours.path(), &fresh, &Options::derived());
    sound(&place.stock, place.ours.path());
}

#[test]
fn a_push_ends_up_in_stocks_repository() {
    let place = Place::new("push");
    place.work(place.ours.path(), "news");
    let options = SyncOptions::push().with_account(account("writer"));
    let done = place.server.sync(&place.ours, options.clone()).unwrap();
    assert!(
        done.total.sent >= 7 && done.total.sent_deltas > 0 && done.total.received == 0,
        "{done:?}"
    );
    let derived = Options::derived().without("private");
    // The server has a private branch besides.
    let names = "SELECT uuid FROM blob WHERE rid NOT IN (SELECT rid FROM private) ORDER BY uuid;";
    let of = |path| place.stock.sql(path, names);
    assert_eq!(of(&place.server.repository), of(place.ours.path()));
    sound(&place.stock, &place.server.repository);
    let fresh = place.server.clone_by_stock("fresh.fossil", None, &[]);
    same(&fresh, place.ours.path(), &derived);
    let again = place.server.sync(&place.ours, options).unwrap();
    assert_eq!((again.rounds, again.total.sent), (1, 0), "{again:?}");
}

#[test]
fn a_sync_goes_both_ways_and_within_the_budget() {
    let place = Place::new("both");
    place.work(place.ours.path(), "here");
    place.work(&place.server.repository, "there");
    let mut options = SyncOptions::push_pull().with_account(account("writer"));
    options.max_send = 2_000;
    let remote = Remote { url: place.server.url(Some("writer")), password: None };
    options.remember = Some(remote.clone());
    let done = place.server.sync(&place.ours, options).unwrap();
    assert!(done.total.sent >= 7 && done.total.received >= 7 && done.rounds > 2, "{done:?}");
    sound(&place.stock, &place.server.repository);
    sound(&place.stock, place.ours.path());
    let fresh = place.server.clone_by_stock("fresh.fossil", None, &[]);
    same(&fresh, place.ours.path(), &Options::derived());
    assert_eq!(place.ours.read().unwrap().last_sync().unwrap(), Some(remote));
}

#[test]
fn private_branches_go_to_those_who_may_see_them() {
    let place = Place::new("private");
    let checkout = open(&place.stock, place.ours.path(), "hiding");
    place.stock.write("hiding/more", "more that is secret\n");
    commit(&place.stock, &checkout, "hidden too", &["--private", "--branch", "cellar"]);
    let mut options = SyncOptions::push_pull().with_account(account("writer"));
    let done = place.server.sync(&place.ours, options.clone()).unwrap();
    assert_eq!((done.total.sent, done.total.received), (0, 0), "{done:?}");
    options.account = Some(account("keeper"));
    options.private = true;
    let done = place.server.sync(&place.ours, options).unwrap();
    assert!(done.total.sent >= 2 && done.total.received >= 2, "{done:?}");
    same(place.ours.path(), &place.server.repository, &Options::derived());
    sound(&place.stock, &place.server.repository);
}

#[test]
fn a_verily_sync_finds_what_others_miss() {
    let place = Place::new("verily");
    place.work(place.ours.path(), "lost");
    for path in [place.ours.path(), &place.server.repository] {
        place.stock.sql(path, "DELETE FROM unclustered; DELETE FROM unsent;");
    }
    let mut options = SyncOptions::push_pull().with_account(account("writer"));
    let done = place.server.sync(&place.ours, options.clone()).unwrap();
    assert_eq!(done.total.sent, 0, "{done:?}");
    options.verily = true;
    let done = place.server.sync(&place.ours, options).unwrap();
    assert!(done.total.sent >= 7, "{done:?}");
    sound_blobs(&place);
}

/// What is unclustered was tampered with, so a rebuild would find something to do there.
fn sound_blobs(place: &Place) {
    place.stock.test_integrity(&place.server.repository);
    let derived = Options::derived().without("unclustered").without("private").without("blob");
    let rebuilt = place.stock.copy(&place.server.repository, "again.fossil");
    place.stock.rebuild(&rebuilt);
    same(&place.server.repository, &rebuilt, &derived);
}

#[test]
fn unversioned_files_become_the_newest_of_both() {
    let place = Place::new("uv");
    let ours = place.ours.path().to_str().unwrap();
    let theirs = place.server.repository.to_str().unwrap();
    let add = |repository, name: &str, words: &str, more: &[&str]| {
        place.stock.write("word", words);
        place.stock.ok(&[&["uv", "add", "word", "--as", name, "-R", repository], more].concat());
    };
    add(ours, "mine", &"mine ".repeat(300), &["--mtime", "2021-01-01"]);
    add(ours, "a.txt", "newer", &["--mtime", "2035-01-01"]);
    add(theirs, "yours", "yours", &[]);
    add(ours, "both", "older", &["--mtime", "2020-01-01"]);
    add(theirs, "both", "newer", &["--mtime", "2021-01-01"]);
    add(ours, "touched", "the same", &["--mtime", "2022-01-01"]);
    add(theirs, "touched", "the same", &["--mtime", "2021-01-01"]);
    let read_only = SyncOptions {
        unversioned: Unversioned::Sync,
        ..SyncOptions::nothing().with_account(account("looker"))
    };
    let done = place.server.sync(&place.ours, read_only).unwrap();
    assert!(done.unversioned_refused && done.total.unversioned_sent == 0, "{done:?}");
    assert_eq!(done.total.unversioned_received, 3, "{done:?}");
    let options = SyncOptions {
        unversioned: Unversioned::Sync,
        ..SyncOptions::push_pull().with_account(account("writer"))
    };
    let done = place.server.sync(&place.ours, options.clone()).unwrap();
    assert_eq!(done.total.unversioned_sent, 3, "{done:?}");
    let list = |repository| place.stock.ok(&["uv", "list", "-l", "-R", repository]);
    assert_eq!(list(ours), list(theirs));
    place.stock.ok(&["uv", "rm", "mine", "-R", ours]);
    place.server.sync(&place.ours, options).unwrap();
    assert!(!list(theirs).contains("mine") || list(theirs).contains("(deleted)"));
    add(ours, "only-here", "gone soon", &[]);
    add(ours, "yours", "changed", &["--mtime", "2035-01-01"]);
    let revert = SyncOptions { unversioned: Unversioned::Revert, ..SyncOptions::nothing() };
    place.server.sync(&place.ours, revert).unwrap();
    assert_eq!(list(ours), list(theirs));
}

#[test]
fn configuration_goes_both_ways() {
    let place = Place::new("config");
    let ours = place.ours.path();
    let theirs = place.stock.copy(ours, "theirs.fossil");
    let change = "REPLACE INTO config(name, value, mtime) \
                  VALUES('project-name', 'Renamed', 2000000000), ('css', 'body {}', 2000000000);";
    place.stock.sql(&place.server.repository, change);
    let url = place.server.url(None);
    let path = theirs.to_str().unwrap();
    place.stock.ok(&["config", "pull", "all", &url, "-R", path]);
    let options = SyncOptions { config_pull: Areas::ALL, ..SyncOptions::nothing() };
    let done = place.server.sync(&place.ours, options).unwrap();
    assert_eq!(done.total.config_received, 2, "{done:?}");
    same(ours, &theirs, &Options::default());
    let change = "REPLACE INTO config(name, value, mtime) \
                  VALUES('project-description', 'Described', 2000000001);";
    place.stock.sql(ours, change);
    let options = SyncOptions { config_push: Areas::PROJECT, ..SyncOptions::nothing() };
    let refused = place.server.sync(&place.ours, options.clone().with_account(account("writer")));
    assert!(matches!(refused, Err(SyncError::Refused { .. })), "{refused:?}");
    place.server.sync(&place.ours, options.with_account(account("admin"))).unwrap();
    let read = "SELECT value FROM config WHERE name='project-description';";
    assert!(place.stock.sql(&place.server.repository, read).contains("Described"));
}

#[test]
fn refusals_say_what_is_wrong() {
    let place = Place::new("refusals");
    place.work(place.ours.path(), "news");
    let mut wrong = account("writer");
    wrong.password = outcrop_repo::secret::Secret::new("guess");
    let refused = place.server.sync(&place.ours, SyncOptions::pull().with_account(wrong));
    assert!(
        matches!(&refused, Err(SyncError::LoginFailed { user: Some(user) }) if user == "writer")
    );
    let refused = place.server.sync(&place.ours, SyncOptions::push());
    let Err(SyncError::Refused { words }) = refused else { panic!("{refused:?}") };
    assert!(words.contains("not authorized to write"), "{words}");
    place.work(&place.server.repository, "theirs");
    let done = place.server.sync(&place.ours, SyncOptions::push_pull()).unwrap();
    assert!(done.push_refused && done.total.received >= 7, "{done:?}");
    place.stock.ok(&["new", "other.fossil"]);
    let other = Repo::open(place.stock.path("other.fossil")).unwrap();
    let refused = place.server.sync(&other, SyncOptions::pull());
    assert!(matches!(refused, Err(SyncError::WrongProject)), "{refused:?}");
    // What was refused is still there to be sent.
    let options = SyncOptions::push().with_account(account("writer"));
    assert!(place.server.sync(&place.ours, options).unwrap().total.sent >= 7);
}

#[test]
fn a_check_in_is_locked_once() {
    let place = Place::new("lock");
    let tip = place.stock.sql(
        place.ours.path(),
        "SELECT uuid FROM event JOIN blob ON rid=objid WHERE type='ci' ORDER BY mtime DESC LIMIT 1;",
    );
    let check_in = tip.trim().trim_matches('\'').parse().unwrap();
    let lock = |client: &str| {
        let lock = Some(WantedLock { check_in, client: client.to_owned() });
        let options = SyncOptions { lock, ..SyncOptions::push_pull() };
        let options = options.with_account(account("writer"));
        place.server.sync(&place.ours, options).unwrap().lock_holder
    };
    assert_eq!(lock("one"), None);
    assert_eq!(lock("two").unwrap().user, "writer");
    assert_eq!(lock("one"), None);
}
