//! Our client with our server: whatever is lost on the way, both sides end up with the same.
// A test says what it expects by unwrapping and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client_support;

use std::path::Path;
use std::sync::Arc;

use client_support::{Server, account, commit, open, project, same, sound};
use outcrop_oracle::{Options, Random, Shape, Stock, rich};
use outcrop_repo::Repo;
use outcrop_sync::{
    CloneOptions, HandleOptions, MemoryTransport, ReplayTransport, Session, SyncError, SyncOptions,
    Trust, Unversioned, clone_blocking, handle_sync, sync_blocking,
};

fn transport(path: &Path) -> MemoryTransport {
    MemoryTransport::new(Repo::open(path).unwrap(), HandleOptions::default())
}

#[test]
fn our_clone_of_our_server_is_stocks_clone_of_stocks() {
    let stock = Arc::new(Stock::find());
    let repository = rich(&stock, "rich", 7, &Shape::tame()).repository;
    let theirs = Server::start(&stock, &repository).clone_by_stock("theirs.fossil", None, &[]);
    for protocol in [3, 2, 1] {
        let path = stock.path(format!("ours{protocol}.fossil"));
        let options = CloneOptions { protocol, ..CloneOptions::new() };
        let (repo, done) = clone_blocking(&path, &transport(&repository), options).unwrap();
        assert!(done.sync.total.received > 200, "{done:?}");
        // A table of our own, which stock knows nothing of.
        let mut options = Options::derived().without("fx_outcrop_awaited_pick");
        if protocol == 1 {
            // Who announces makes clusters first, and announces those.
            options = options.without("blob").without("unclustered").without("tagxref");
        }
        // Other releases word the timeline in other ways.
        if stock.version() == "2.21" {
            sound(&stock, repo.path());
        } else {
            options = options.without("event");
            stock.test_integrity(repo.path());
        }
        same(repo.path(), &theirs, &options);
    }
}

/// Copies of a project in which different people work.
fn copies(stock: &Arc<Stock>, count: usize) -> Vec<Repo> {
    let repository = project(stock, "origin");
    let names = (0..count).map(|number| format!("copy{number}"));
    let copies = names.map(|name| {
        let path = stock.copy(&repository, &format!("{name}.fossil"));
        let checkout = open(stock, &path, &name);
        for number in 0..4 {
            stock.write(format!("{name}/{name}"), "line\n".repeat(40 + number));
            let branch = ["--branch", &name];
            let branch = if number == 0 { &branch[..] } else { &[] };
            commit(stock, &checkout, &format!("{name} {number}"), branch);
        }
        stock.write("word", &name);
        let file = path.to_str().unwrap();
        stock.ok(&["uv", "add", "word", "--as", &name, "-R", file]);
        Repo::open(&path).unwrap()
    });
    copies.collect()
}

fn everything() -> SyncOptions {
    let options = SyncOptions { private: true, max_send: 1_500, ..SyncOptions::push_pull() };
    SyncOptions { unversioned: Unversioned::Sync, ..options }
}

/// One session in which some replies are lost; each ends the session.
fn session_with_losses(client: &Repo, server: &Repo, random: &mut Random, lose: bool) -> bool {
    let mut session = Session::new(client.clone(), everything()).unwrap();
    let options = HandleOptions { trust: Trust::Owner, ..HandleOptions::default() };
    let mut rounds = 0;
    while let Some(request) = session.next_request().unwrap() {
        rounds += 1;
        assert!(rounds < 100, "the session does not end");
        let reply = handle_sync(server, request, &options).unwrap();
        if lose && random.one_in(3) {
            return false;
        }
        session.receive(&reply).unwrap();
    }
    true
}

#[test]
fn copies_converge_though_replies_are_lost() {
    for seed in [1, 2] {
        let stock = Arc::new(Stock::find());
        let copies = copies(&stock, 3);
        let mut random = Random::new(seed);
        for _ in 0..30 {
            let (client, server) = (random.below(3), random.below(3));
            if client != server {
                session_with_losses(&copies[client], &copies[server], &mut random, true);
            }
        }
        // One way round and back without losses is enough, whatever was before.
        for (client, server) in [(1, 0), (2, 0), (1, 0)] {
            assert!(session_with_losses(&copies[client], &copies[server], &mut random, false));
        }
        let mut options = Options::default().without("unclustered");
        options.content = true;
        for copy in &copies[1..] {
            same(copies[0].path(), copy.path(), &options);
        }
        for copy in &copies {
            sound(&stock, copy.path());
        }
    }
}

#[test]
fn a_second_sync_has_nothing_to_do() {
    let stock = Arc::new(Stock::find());
    let copies = copies(&stock, 2);
    let server = transport(copies[1].path());
    let options = SyncOptions::push_pull().with_account(account("writer"));
    let first = sync_blocking(&copies[0], &server, options.clone()).unwrap();
    assert!(first.total.sent >= 4 && first.total.received >= 4, "{first:?}");
    let second = sync_blocking(&copies[0], &server, options).unwrap();
    assert_eq!((second.rounds, second.total.sent, second.total.received), (1, 0, 0), "{second:?}");
}

#[test]
fn what_nobody_has_is_reported_and_endless_promises_end() {
    let stock = Arc::new(Stock::find());
    let copies = copies(&stock, 1);
    let name = "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a";
    let promise = format!("igot {name}\n");
    let tell = |text: &str, times| {
        let server = ReplayTransport::new(std::iter::repeat_n(text.to_owned(), times));
        let done = sync_blocking(&copies[0], &server, SyncOptions::pull());
        (done, server.requests().len())
    };
    // Promised again and again, and never sent.
    let (done, rounds) = tell(&promise, 100);
    assert_eq!((done.unwrap().missing, rounds), (1, 10));
    // Known to be missing: asked for once.
    let (done, rounds) = tell("", 100);
    let done = done.unwrap();
    assert_eq!((done.missing_names, rounds), (vec![name.parse().unwrap()], 1));
    // Asked for over and over.
    let tip = copies[0].read().unwrap().unclustered(None, 1).unwrap()[0].name;
    let server = ReplayTransport::new(std::iter::repeat_n(format!("gimme {tip}\n"), 100));
    let done = sync_blocking(&copies[0], &server, SyncOptions::push()).unwrap();
    assert_eq!(server.requests().len(), 3, "unasked, once more, and no more: {done:?}");
    // A bad artifact, a page, a card of a client's.
    let (bad, _) = tell(&format!("file {name} 3\nbad"), 1);
    assert!(matches!(bad, Err(SyncError::Artifact(_))), "{bad:?}");
    let (bad, _) = tell("<html><title>Hello there</title></html>\n", 1);
    assert!(matches!(&bad, Err(SyncError::WebPage { words }) if words.contains("Hello there")));
    let (bad, _) = tell("reqconfig /user\n", 1);
    assert!(matches!(bad, Err(SyncError::Unexpected { card: "reqconfig" })), "{bad:?}");
    // Configuration that nobody has asked for stays outside.
    let (done, _) = tell("config /config 35\n2000000000 'project-name' value 'X'\n", 1);
    assert!(
        matches!(&done, Ok(done) if done.total.config_received == 0) || done.is_err(),
        "{done:?}"
    );
}

#[test]
fn a_clone_that_does_not_get_on_ends() {
    let folder = tempfile::tempdir().unwrap();
    let codes = format!("push {0} {0}\n", "ab".repeat(20));
    for (reply, words) in [
        (format!("clone_seqno 1\n{codes}"), "does not get on"),
        (format!("clone_seqno 0\n{}", codes.replace("ab", "zz")), "does not tell which project"),
        ("error not\\sthis\\sone\n".to_owned(), "not this one"),
    ] {
        let server = ReplayTransport::new([reply]);
        let path = folder.path().join("clone");
        let error = clone_blocking(&path, &server, CloneOptions::new()).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(!path.exists());
    }
}
