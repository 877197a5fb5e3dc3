//! From addresses to repositories, in every form that stock takes; files above all.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod client_support;

use std::{fs, path::Path, sync::Arc};

use client_support::{Server, account, commit, open, project, same, sound};
use outcrop_oracle::{Options, Stock};
use outcrop_repo::Repo;
use outcrop_sync::{
    Account, Address, CloneOptions, NoTransport, SyncError, SyncOptions, Transport,
    TransportOptions, Unversioned, clone_blocking, sync_blocking,
};

fn transport(text: &str) -> Box<dyn Transport> {
    let address: Address = text.parse().unwrap();
    address.open(&TransportOptions::default()).unwrap()
}

/// A repository and a copy of it, each with something that the other does not have.
fn apart(stock: &Stock, origin: &Path, name: &str) -> [std::path::PathBuf; 2] {
    ["server", "client"].map(|on| {
        let path = stock.copy(origin, &format!("{name}-{on}.fossil"));
        let checkout = open(stock, &path, &format!("{name}-{on}"));
        for (file, more, hour) in [("public", vec![], "03"), ("hidden", vec!["--private"], "04")] {
            let date = format!("2030-01-02T{hour}:04:05");
            let date = ["--date-override", &date, "--user-override", "alice"];
            stock.write(format!("{name}-{on}/{file}"), format!("{on} {file}"));
            let branch = format!("{on}-{file}");
            commit(stock, &checkout, on, &[&["--branch", &branch], &more[..], &date].concat());
        }
        stock.ok_in(&checkout, &["close", "--force"]);
        stock.write("word", on);
        stock.ok(&["uv", "add", "word", "--as", on, "-R", path.to_str().unwrap()]);
        path
    })
}

#[test]
fn files_are_cloned_pulled_from_and_pushed_to_as_stock_does() {
    let stock = Stock::find();
    let origin = project(&stock, "origin");
    let [their_server, their_client] = apart(&stock, &origin, "theirs");
    let [our_server, our_client] = apart(&stock, &origin, "ours");

    let url = format!("file://{}", their_server.display());
    let file = their_client.to_str().unwrap();
    stock.ok(&["sync", &url, "-R", file, "--once", "--private", "--unversioned"]);

    let server = transport(&format!("file://{}", our_server.display()));
    let client = Repo::open(&our_client).unwrap();
    let options = SyncOptions { private: true, ..SyncOptions::push_pull() };
    let options = SyncOptions { unversioned: Unversioned::Sync, ..options };
    // A login means nothing here, so that a wrong one does no harm.
    let options = options.with_account(Account::new("eve", "x"));
    let done = sync_blocking(&client, &*server, options).unwrap();
    assert!(done.total.sent > 0 && done.total.received > 0, "{done:?}");

    let mut options = Options::default().without("unclustered").without("unversioned");
    options.content = true;
    for (ours, theirs) in [(&our_server, &their_server), (&our_client, &their_client)] {
        sound(&stock, ours);
        // What stock writes on arrival differs from what it makes of the same later.
        stock.rebuild(theirs);
        same(ours, theirs, &options);
        let said = stock.ok(&["uv", "ls", "-R", ours.to_str().unwrap()]);
        assert!(said.contains("server") && said.contains("client"), "{said}");
    }
    // Both note where it came from, and as whose it counts.
    let whence =
        "SELECT login, r.ipaddr FROM rcvfrom r JOIN user USING(uid) ORDER BY rcvid DESC LIMIT 1;";
    let of_theirs = stock.sql(&their_server, whence);
    assert_eq!(stock.sql(&our_server, whence), of_theirs);
    assert!(of_theirs.contains("127.0.0.1"), "{of_theirs}");

    let copy = stock.path("their-copy.fossil");
    stock.ok(&["clone", "--no-open", "--once", &url, copy.to_str().unwrap()]);
    let our_copy = stock.path("our-copy.fossil");
    clone_blocking(&our_copy, &*server, CloneOptions::new()).unwrap();
    same(&our_copy, &copy, &Options::derived().without("unclustered"));
}

#[test]
fn owners_can_be_made_to_log_in() {
    let stock = Stock::find();
    let origin = project(&stock, "origin");
    let [server, client] = apart(&stock, &origin, "some");
    let file = server.to_str().unwrap();
    // 2.21 takes no other value for on.
    stock.ok(&["settings", "localauth", "1", "-R", file]);
    let client_file = client.to_str().unwrap();
    let said = stock.run(&["push", file, "-R", client_file, "--once"]);
    let said = String::from_utf8_lossy(&said.stdout) + String::from_utf8_lossy(&said.stderr);
    assert!(said.contains("not authorized to write"), "{said}");

    let repo = Repo::open(&client).unwrap();
    let refused = sync_blocking(&repo, &*transport(file), SyncOptions::push());
    match refused {
        Err(SyncError::Refused { words }) => assert!(words.contains("not authorized to write")),
        other => panic!("{other:?}"),
    }
    let options = SyncOptions::push().with_account(account("writer"));
    assert!(sync_blocking(&repo, &*transport(file), options).unwrap().total.sent > 0);
}

#[test]
fn every_form_leads_to_the_repository() {
    let stock = Arc::new(Stock::find());
    let origin = project(&stock, "origin");
    let odd = stock.copy(&origin, "odd name+%41.fossil");
    fs::create_dir(stock.path("folder")).unwrap();
    fs::copy(&origin, stock.path("folder/FOSSIL")).unwrap();
    let server = Server::start(&stock, &origin);
    let path = odd.to_str().unwrap();
    let written: Address = path.parse().unwrap();
    let folder = stock.path("folder");
    for (number, text) in [
        path,
        &written.to_string(),
        &format!("file:{}", written.to_string().trim_start_matches("file://")),
        folder.to_str().unwrap(),
        &server.url(Some("writer")),
    ]
    .into_iter()
    .enumerate()
    {
        let copy = stock.path(format!("copy{number}"));
        let (_, done) = clone_blocking(copy, &*transport(text), CloneOptions::new()).unwrap();
        assert!(done.sync.total.received > 10, "{text}: {done:?}");
    }
}

#[test]
fn a_command_comes_before_the_address() {
    let mut options = TransportOptions::default();
    options.command = Some("echo from a command >&2; false".to_owned());
    for text in ["http://h/p", "ssh://h/p", "no/such/file"] {
        let address: Address = text.parse().unwrap();
        let transport = address.open(&options).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        let error = clone_blocking(copy, &*transport, CloneOptions::new()).unwrap_err();
        assert!(error.to_string().contains("from a command"), "{error}");
    }
}

#[test]
fn what_is_no_repository_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    fs::write(&text, "hello").unwrap();
    for (path, words) in [
        (folder.path().join("none"), "begins with http://"),
        (folder.path().to_owned(), "FOSSIL"),
        (text, "not a SQLite database"),
    ] {
        let address = Address::from(path.as_path());
        let error = address.open(&TransportOptions::default()).err().unwrap();
        assert!(matches!(error, NoTransport::File(_)), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}
