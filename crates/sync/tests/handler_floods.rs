//! Small requests that ask for much, again and again; and what those are told who may not read.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod handler_support;

use handler_support::server::{Server, VERSION, moment, pull};
use outcrop_format::hash::HashName;
use outcrop_repo::capability::Capabilities;
use outcrop_sync::HandleOptions;

/// How often everything is asked for.
const OFTEN: usize = 1_000;

#[test]
fn what_is_asked_for_again_and_again_comes_once() {
    let server = Server::new(&[]);
    server.holds(&vec![b'x'; 100_000], false);
    server.set("css", &"body { color: red }".repeat(1_000));
    server.set("max-download", "1000");
    for cards in ["clone 3 1\n", "clone 2 2\n", "reqconfig /skin\n", "reqconfig /all\n"] {
        let once = server.ask(None, &format!("{VERSION}{cards}")).len();
        let often = server.ask(None, &format!("{VERSION}{}", cards.repeat(OFTEN))).len();
        assert!(often <= once, "{cards}: {once}, {often}");
    }
    for cards in ["pragma send-private\n", "private\n", "pragma req-clusters\n"] {
        let cards = format!("{}{}", pull(), cards.repeat(OFTEN));
        assert!(server.ask(None, &cards).len() < 1_000, "{cards}");
    }
}

/// A repository that nobody may read, with a lock on its newest check-in.
fn locked() -> (Server, HashName) {
    let server = Server::new(&[("dev", "i"), ("outsider", "")]);
    let tx = server.repo.write().unwrap();
    tx.set_capabilities("nobody", Capabilities::NONE, moment()).unwrap();
    tx.commit().unwrap();
    // One that has not come yet is the newest there is.
    let check_in = HashName::sha3_of(b"check-in");
    (server, check_in)
}

#[test]
fn who_may_not_read_is_told_nothing_and_unlocks_nothing() {
    let (server, check_in) = locked();
    let client = "c0de".repeat(10);
    let lock = |client: &str| format!("{VERSION}pragma ci-lock {check_in} {client}\n");
    server.ask(Some("dev"), &lock(&client));
    for user in [None, Some("outsider")] {
        let unlock = format!("pragma ci-unlock {client}\n");
        let other = "beef".repeat(10);
        let links = "pragma req-links\npragma req-clusters\n";
        let options =
            HandleOptions { base_url: Some("http://h/".to_owned()), ..HandleOptions::default() };
        let reply = server.ask_with(user, &format!("{}{links}{unlock}", lock(&other)), &options);
        assert_eq!(reply.lines().count(), 2, "{reply}");
        let reply = server.ask(Some("dev"), &lock(&other));
        assert!(reply.contains("ci-lock-fail dev"), "{reply}");
    }
}
