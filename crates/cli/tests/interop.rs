//! Every way to exchange something, by the real `fossil` and by our own program, each as client and
//! as server: the same repositories come out, or the same refusals.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod interop_support;

use std::fs;
use std::path::Path;

use interop_support::{Pair, Side, all, play, work};
use outcrop_oracle::{Options, Stock};
use outcrop_repo::Repo;
use outcrop_sync::{Account, HttpTransport, SyncOptions, WantedLock, sync_blocking};

/// What must be equal when the server's clusters are another's.
fn but_for_clusters() -> Options {
    all().without("unclustered")
}

#[test]
fn clone() {
    play("clone", &all(), |pair| {
        let came = pair.clone("copy", "", &[]);
        (vec![pair.file("copy"), pair.file("server")], vec![came.well])
    });
}

#[test]
fn clone_with_unversioned_files() {
    play("clone-u", &all(), |pair| {
        let came = pair.clone("copy", "", &["-u"]);
        (vec![pair.file("copy"), pair.file("server")], vec![came.well])
    });
}

#[test]
fn clone_with_private_content() {
    play("clone-private", &all(), |pair| {
        let came = pair.clone("copy", "keeper", &["--private"]);
        // Stock's first request is nobody's, and what is private does not come later by itself.
        assert!(
            pair.client == Side::Stock || count(&pair.stock, &pair.file("copy"), "hidden") == 4
        );
        assert!(pair.exchange(&["pull"], "copy", "keeper", &["--private"]).well);
        // Who may not see it is not given it, and told so.
        let other = pair.clone("other", "writer", &["--private"]);
        let refused = other.said.contains("not authorized to sync private content");
        assert!(refused, "{}", other.said);
        (vec![pair.file("copy"), pair.file("server")], vec![came.well, refused])
    });
}

#[test]
fn pull() {
    play("pull", &but_for_clusters(), |pair| {
        pair.cloned("copy", "", &[]);
        work(&pair.stock, &pair.file("server"), "news", &[]);
        let came = pair.exchange(&["pull"], "copy", "", &[]);
        let again = pair.exchange(&["pull"], "copy", "", &[]);
        (vec![pair.file("copy"), pair.file("server")], vec![came.well, again.well])
    });
}

#[test]
fn push() {
    play("push", &but_for_clusters(), |pair| {
        pair.cloned("copy", "", &[]);
        work(&pair.stock, &pair.file("copy"), "mine", &[]);
        let came = pair.exchange(&["push"], "copy", "writer", &[]);
        let again = pair.exchange(&["push"], "copy", "writer", &[]);
        (vec![pair.file("copy"), pair.file("server")], vec![came.well, again.well])
    });
}

#[test]
fn sync() {
    play("sync", &but_for_clusters(), |pair| {
        pair.cloned("copy", "keeper", &["--private"]);
        work(&pair.stock, &pair.file("copy"), "mine", &[]);
        work(&pair.stock, &pair.file("copy"), "secret", &["--private"]);
        work(&pair.stock, &pair.file("server"), "theirs", &[]);
        let public = pair.exchange(&["sync"], "copy", "writer", &[]);
        let private = pair.exchange(&["sync"], "copy", "keeper", &["--private"]);
        (vec![pair.file("copy"), pair.file("server")], vec![public.well, private.well])
    });
}

#[test]
fn verily() {
    play("verily", &but_for_clusters(), |pair| {
        pair.cloned("copy", "", &[]);
        work(&pair.stock, &pair.file("copy"), "lost", &[]);
        work(&pair.stock, &pair.file("server"), "missed", &[]);
        for name in ["copy", "server"] {
            pair.stock.sql(&pair.file(name), "DELETE FROM unclustered; DELETE FROM unsent;");
        }
        let usual = pair.exchange(&["sync"], "copy", "writer", &[]);
        let lost = count(&pair.stock, &pair.file("server"), "lost");
        assert_eq!(lost, 0, "what is announced nowhere is not found");
        let came = pair.exchange(&["sync"], "copy", "writer", &["--verily"]);
        assert_eq!(count(&pair.stock, &pair.file("server"), "lost"), 4);
        assert_eq!(count(&pair.stock, &pair.file("copy"), "missed"), 4);
        (vec![pair.file("copy"), pair.file("server")], vec![usual.well, came.well])
    });
}

/// How many check-ins have a comment that begins so.
fn count(stock: &Stock, repository: &Path, comment: &str) -> usize {
    let sql = format!("SELECT count(*) FROM event WHERE comment LIKE '{comment}%';");
    stock.sql(repository, &sql).trim().parse().unwrap()
}

#[test]
fn unversioned_files() {
    play("uv", &all(), |pair| {
        pair.cloned("copy", "writer", &["-u"]);
        let add = |repository: &str, name: &str, text: &str, at: &str| {
            let (word, file) = (format!("{repository}-{name}"), pair.file(repository));
            let word = word.replace('/', "-");
            pair.stock.write(&word, text);
            let file = file.to_str().unwrap();
            let add = ["uv", "add", &word, "--as", name, "--mtime", at, "-R", file];
            pair.stock.ok(&add);
        };
        add("copy", "mine", &"mine ".repeat(3000), "2021-01-01");
        add("copy", "a.txt", "newer here", "2035-01-01");
        add("server", "theirs", "theirs", "2021-01-01");
        add("server", "dir/b.txt", "newer there", "2035-01-01");
        add("copy", "only-there", "one", "2022-01-01");
        let both = pair.exchange(&["uv", "sync"], "copy", "writer", &[]);
        let file = pair.file("copy");
        pair.stock.ok(&["uv", "rm", "mine", "--mtime", "2036-01-01", "-R", file.to_str().unwrap()]);
        let removed = pair.exchange(&["uv", "sync"], "copy", "writer", &[]);
        add("copy", "only-here", "gone soon", "2021-01-01");
        add("copy", "theirs", "changed here", "2037-01-01");
        let reverted = pair.exchange(&["uv", "revert"], "copy", "writer", &[]);
        let outcomes = vec![both.well, removed.well, reverted.well];
        (vec![pair.file("copy"), pair.file("server")], outcomes)
    });
}

#[test]
fn configuration() {
    play("config", &all(), |pair| {
        pair.cloned("copy", "", &[]);
        let change = "REPLACE INTO config(name, value, mtime) VALUES('project-name', 'Renamed', \
                      2000000000), ('css', 'body {}', 2000000000);";
        pair.stock.sql(&pair.file("server"), change);
        let pulled = pair.exchange(&["config", "pull", "all"], "copy", "", &[]);
        let change = "REPLACE INTO config(name, value, mtime) VALUES('project-description', \
                      'Described', 2000000001);";
        pair.stock.sql(&pair.file("copy"), change);
        let refused = pair.exchange(&["config", "push", "project"], "copy", "writer", &[]);
        assert!(refused.said.contains("not authorized to push configuration"), "{}", refused.said);
        let pushed = pair.exchange(&["config", "push", "project"], "copy", "admin", &[]);
        let outcomes = vec![pulled.well, refused.well, pushed.well];
        (vec![pair.file("copy"), pair.file("server")], outcomes)
    });
}

#[test]
fn a_check_in_that_someone_else_has_locked() {
    play("lock", &but_for_clusters(), |pair| {
        pair.cloned("copy", "writer", &["--save-http-password"]);
        let tip = "SELECT uuid FROM event JOIN blob ON rid=objid WHERE type='ci' \
                   ORDER BY mtime DESC LIMIT 1;";
        let tip = pair.stock.sql(&pair.file("copy"), tip);
        let check_in = tip.trim().trim_matches('\'').to_owned();
        // Someone else is about to commit on top of the same check-in.
        let holder = lock(pair, &pair.file("copy"), &check_in, "keeper", "elsewhere");
        assert_eq!(holder, None);
        match pair.client {
            Side::Stock => {
                let folder = pair.file("copy").with_extension("checkout");
                fs::create_dir_all(&folder).unwrap();
                let file = pair.file("copy");
                let open = ["open", "--force", "--nosync", file.to_str().unwrap(), &check_in];
                pair.stock.ok_in(&folder, &open);
                fs::write(folder.join("a.txt"), "changed\n").unwrap();
                let commit = ["commit", "--no-warnings", "--no-prompt", "-m", "on top"];
                let output = pair.stock.run_in(&folder, &commit);
                let said = String::from_utf8_lossy(&output.stdout).into_owned()
                    + &String::from_utf8_lossy(&output.stderr);
                assert!(said.contains("locked by keeper"), "{said}");
                pair.stock.ok_in(&folder, &["close", "--force"]);
            }
            Side::Ours => {
                let holder = lock(pair, &pair.file("copy"), &check_in, "writer", "here");
                assert_eq!(holder.as_deref(), Some("keeper"));
            }
        }
        // Whoever holds it may go on.
        assert_eq!(lock(pair, &pair.file("copy"), &check_in, "keeper", "elsewhere"), None);
        (vec![pair.file("server")], Vec::new())
    });
}

/// Asks for a lock as a program does that is about to commit; gives who has it already.
fn lock(pair: &Pair, copy: &Path, check_in: &str, user: &str, client: &str) -> Option<String> {
    let repo = Repo::open(copy).unwrap();
    let server = HttpTransport::new(&pair.url("", "")).unwrap();
    let wanted = WantedLock { check_in: check_in.parse().unwrap(), client: client.to_owned() };
    let options = SyncOptions { lock: Some(wanted), ..SyncOptions::pull() };
    let options = options.with_account(Account::new(user, format!("{user}-pw")));
    let done = sync_blocking(&repo, &server, options).unwrap();
    done.lock_holder.map(|holder| holder.user)
}

#[test]
fn refusals() {
    play("refusals", &but_for_clusters(), |pair| {
        pair.cloned("copy", "", &[]);
        work(&pair.stock, &pair.file("copy"), "mine", &[]);
        work(&pair.stock, &pair.file("server"), "theirs", &[]);
        let (url, file) = (pair.url("writer", "guess"), pair.file("copy"));
        let file = file.to_str().unwrap();

        let words = ["pull", &url, "-R", file, "--once"];
        let password = pair.run(&words, &words);
        says(pair, &password.said, "login failed", "does not accept the login of \"writer\"");

        let write = pair.exchange(&["push"], "copy", "looker", &["--once"]);
        says(pair, &write.said, "not authorized to write", "not authorized to write");

        // Beside a pull it is no error.
        let both = pair.exchange(&["sync"], "copy", "looker", &["--once"]);
        let words = "the server takes nothing from this user";
        says(pair, &both.said, "pull only - not authorized to push", words);
        assert_eq!(count(&pair.stock, &pair.file("copy"), "theirs"), 4);

        let read = "UPDATE user SET cap='' WHERE login IN ('nobody', 'anonymous', 'reader');";
        pair.stock.sql(&pair.file("server"), read);
        let read = pair.exchange(&["pull"], "copy", "none", &["--once"]);
        says(pair, &read.said, "not authorized to read", "not authorized to read");

        let clone = pair.clone("other", "none", &[]);
        says(pair, &clone.said, "not authorized to clone", "not authorized to clone");
        assert!(!pair.file("other").exists() || pair.client == Side::Stock);

        let other = pair.file("strange");
        pair.stock.ok(&["init", "-A", "alice", other.to_str().unwrap()]);
        let project = pair.exchange(&["pull"], "strange", "", &["--once"]);
        says(pair, &project.said, "wrong project", "the server has another project");

        let outcomes = [&password, &write, &read, &clone, &project].map(|came| came.well).to_vec();
        assert_eq!(outcomes, [false; 5]);
        (vec![pair.file("copy"), pair.file("server")], outcomes)
    });
}

/// What each client says of the same refusal, whoever refuses.
#[track_caller]
fn says(pair: &Pair, said: &str, stock: &str, ours: &str) {
    let words = if pair.client == Side::Stock { stock } else { ours };
    assert!(said.contains(words), "{:?}: {said}", pair.client);
}
