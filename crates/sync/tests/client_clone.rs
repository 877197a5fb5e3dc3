//! Clones from stock servers, compared with the clones that stock makes itself.
// A test says what it expects by unwrapping and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client_support;

use std::sync::Arc;

use client_support::{Server, account, project, same, sound};
use outcrop_oracle::{Options, Stock};
use outcrop_repo::{OpenError, Repo};
use outcrop_sync::{CloneError, CloneOptions, SyncError, SyncOptions, Unversioned};

fn server(name: &str) -> Server {
    let stock = Arc::new(Stock::find());
    let repository = project(&stock, name);
    Server::start(&stock, &repository)
}

/// All that a clone shares with another.
fn all() -> Options {
    // The first user of a clone has a password of its own, and stock writes down who a clone is for.
    let mut options = Options::default().without("user");
    options.content = true;
    options
}

#[test]
fn a_clone_is_what_stock_clones() {
    let server = server("plain");
    let theirs = server.clone_by_stock("theirs.fossil", None, &[]);
    for protocol in [3, 2, 1] {
        let name = format!("ours{protocol}.fossil");
        let options = CloneOptions { protocol, ..CloneOptions::new() };
        let (repo, outcome) = server.clone(&name, options).unwrap();
        same(repo.path(), &theirs, &all());
        sound(&server.stock, repo.path());
        assert!(
            outcome.sync.total.received > 20 && outcome.sync.total.check_ins == 9,
            "{outcome:?}"
        );
        assert_eq!((outcome.sync.missing, &*outcome.admin), (0, "root"));
        assert_eq!(outcome.admin_password.len(), 16);
        assert!(outcome.sync.skew.unwrap().abs() <= 2, "both have the same clock");
    }
}

#[test]
fn a_clone_may_have_all_that_its_user_may_see() {
    let server = server("rights");
    let file = server.repository.to_str().unwrap();
    let nobody_may = |rights| {
        server.stock.ok(&["user", "capabilities", "nobody", rights, "-R", file]);
    };
    // If nobody may clone, stock sends nothing private before its clients have logged in.
    nobody_may("jorz");
    let theirs = server.clone_by_stock(
        "theirs.fossil",
        Some("keeper"),
        &["--private", "--unversioned", "-A", "someone"],
    );
    nobody_may("gjorz");
    let mut options = CloneOptions::new().with_account(account("keeper"));
    options.sync.private = true;
    options.sync.unversioned = Unversioned::Sync;
    options.admin = Some("someone".to_owned());
    let (repo, outcome) = server.clone("ours.fossil", options).unwrap();
    same(repo.path(), &theirs, &all());
    sound(&server.stock, repo.path());
    assert_eq!((outcome.sync.total.unversioned_received, &*outcome.admin), (2, "someone"));
    let private = server.stock.sql(repo.path(), "SELECT count(*) FROM private;");
    assert!(private.trim().parse::<u32>().unwrap() > 1, "{private}");
}

#[test]
fn an_administrator_clones_the_users_too() {
    let server = server("users");
    let theirs = server.clone_by_stock("theirs.fossil", Some("admin"), &[]);
    let options = CloneOptions::new().with_account(account("admin"));
    let (repo, _) = server.clone("ours.fossil", options).unwrap();
    // Releases differ in what anonymous may do at first.
    let users = "SELECT login, cap FROM user WHERE login <> 'anonymous' ORDER BY login;";
    let of = |path| server.stock.sql(path, users);
    assert!(of(repo.path()).contains("keeper"));
    assert_eq!(of(repo.path()), of(&theirs));
}

#[test]
fn refusals_leave_no_file() {
    let server = server("refused");
    server.stock.ok(&[
        "user",
        "capabilities",
        "nobody",
        "jorz",
        "-R",
        server.repository.to_str().unwrap(),
    ]);
    let path = server.stock.path("ours.fossil");
    let error = server.clone("ours.fossil", CloneOptions::new()).unwrap_err();
    let words = error.to_string();
    assert!(matches!(error, CloneError::Refused(_)), "{words}");
    assert!(words.contains("not authorized to clone"), "{words}");
    assert!(!path.exists());
    let mut wrong = account("writer");
    wrong.password = outcrop_repo::secret::Secret::new("guess");
    let options = CloneOptions::new().with_account(wrong);
    let error = server.clone("ours.fossil", options).unwrap_err();
    assert!(error.to_string().contains("does not accept the login of \"writer\""), "{error}");
    assert!(!path.exists());
}

#[test]
fn an_interrupted_clone_is_resumed() {
    let server = server("broken");
    server.stock.sql(
        &server.repository,
        "INSERT INTO config(name, value, mtime) VALUES('max-download', 700, 0);",
    );
    server.http.cut_after(4);
    let path = server.stock.path("ours.fossil");
    let error = server.clone("ours.fossil", CloneOptions::new()).unwrap_err();
    assert!(matches!(error, CloneError::Interrupted { .. }), "{error}");
    assert!(matches!(Repo::open(&path), Err(OpenError::PartialClone(_))));
    let had = server.stock.sql(&path, "SELECT count(*) FROM blob WHERE size >= 0;");
    let had: u64 = had.trim().parse().unwrap();
    assert!(had > 2);
    server.http.cut_after(usize::MAX);
    let (repo, outcome) = server.clone("ours.fossil", CloneOptions::new()).unwrap();
    let theirs = server.clone_by_stock("theirs.fossil", None, &[]);
    same(repo.path(), &theirs, &all());
    sound(&server.stock, repo.path());
    let all = server.stock.sql(&path, "SELECT count(*) FROM blob WHERE size >= 0;");
    assert_eq!(outcome.sync.total.received + had, all.trim().parse::<u64>().unwrap());
    let again = server.clone("ours.fossil", CloneOptions::new());
    assert!(matches!(again, Err(CloneError::Exists(_))));
}

#[test]
fn a_policy_that_arrives_on_the_way_loses_nothing() {
    let server = server("policy");
    let change = "INSERT INTO config(name, value, mtime) VALUES('max-download', 700, 0); \
                  REPLACE INTO config(name, value, mtime) VALUES('hash-policy', 1, 0);";
    server.stock.sql(&server.repository, change);
    let checkout = client_support::open(&server.stock, &server.repository, "old");
    for number in 0..4 {
        server.stock.write("old/old", "named by SHA1\n".repeat(number + 1));
        server.stock.sql(&server.repository, "UPDATE config SET value=0 WHERE name='hash-policy';");
        client_support::commit(&server.stock, &checkout, "old names", &["--allow-older"]);
    }
    server.stock.sql(&server.repository, "UPDATE config SET value=4 WHERE name='hash-policy';");
    let (repo, outcome) = server.clone("ours.fossil", CloneOptions::new()).unwrap();
    assert!(outcome.sync.rounds > 3, "{outcome:?}");
    let names = "SELECT uuid FROM blob WHERE length(uuid) = 40 ORDER BY uuid;";
    let of = |path| server.stock.sql(path, names);
    let public = of(repo.path());
    assert!(public.lines().count() >= 8, "{public}");
    assert_eq!(public, of(&server.repository));
    let policy = repo.read().unwrap().hash_policy().unwrap();
    assert_eq!(policy, outcrop_repo::hash_policy::HashPolicy::ShunSha1);
}

#[test]
fn limits_and_places_without_fossil_are_told() {
    let server = server("limits");
    let small = CloneOptions { max_bytes: 1_000, ..CloneOptions::new() };
    let error = server.clone("ours.fossil", small).unwrap_err();
    assert!(error.to_string().contains("limit of 1000 bytes"), "{error}");
    assert!(matches!(
        server.clone("x", CloneOptions { protocol: 4, ..CloneOptions::new() }),
        Err(CloneError::Protocol(4))
    ));
    let control = outcrop_sync::Control::new();
    control.cancel();
    let sync = SyncOptions { control, ..SyncOptions::nothing() };
    let error = server.clone("y", CloneOptions { sync, ..CloneOptions::new() }).unwrap_err();
    let CloneError::Refused(error) = error else { panic!("{error}") };
    assert!(matches!(*error, SyncError::Cancelled), "{error}");
}
