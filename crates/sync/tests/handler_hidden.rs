//! Deltas that build upon what their sender may not see: nothing of that is told, and nothing of it
//! becomes public.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod handler_support;

use handler_support::server::{Server, file, moment, push};
use outcrop_format::hash::HashName;
use outcrop_repo::delta;
use outcrop_sync::{ReplayTransport, SyncOptions, sync_blocking};

const SECRET: &str = "a secret that some would like to read\n";

/// A file that is made of the secret.
fn built(name: HashName, source: HashName, delta: &[u8]) -> String {
    let delta = str::from_utf8(delta).unwrap();
    format!("{}file {name} {source} {}\n{delta}", push(), delta.len())
}

fn is_private(server: &Server, name: &HashName) -> bool {
    server.repo.read().unwrap().blob_named(name).unwrap().unwrap().private
}

fn holds(server: &Server, name: &HashName) -> bool {
    let row = server.repo.read().unwrap().blob_named(name).unwrap();
    row.is_some_and(|row| !row.is_phantom())
}

#[test]
fn a_delta_that_does_not_fit_tells_nothing_of_its_source() {
    let server = Server::new(&[("dev", "i")]);
    let (one, other) = (server.holds(b"abcd", true), server.holds(b"a much longer secret", true));
    let name = HashName::sha3_of(b"new");
    for delta in [&b"4\n4@0,0;"[..], b"8\n8@0,0;", b"3\n3@9,0;"] {
        let said = |source: HashName| {
            let reply = server.ask(Some("dev"), &built(name, source, delta));
            reply.replace(&source.to_string(), "SOURCE")
        };
        let timeless = |reply: String| reply.rsplit_once("# timestamp").unwrap().0.to_owned();
        assert_eq!(timeless(said(one)), timeless(said(other)));
        assert!(!holds(&server, &name));
    }
}

#[test]
fn what_is_private_does_not_prove_itself() {
    let server = Server::new(&[("dev", "i"), ("trusted", "ix")]);
    let secret = server.holds(SECRET.as_bytes(), true);
    // All of it, unseen.
    let copy = delta::create(SECRET.as_bytes(), SECRET.as_bytes());
    let reply = server.ask(Some("dev"), &built(secret, secret, &copy));
    assert!(is_private(&server, &secret), "{reply}");
    assert!(reply.contains(&format!("gimme {secret}\n")), "{reply}");
    server.ask(Some("dev"), &format!("{}{}", push(), file(SECRET)));
    assert!(!is_private(&server, &secret));
}

#[test]
fn who_has_the_source_as_public_sends_it_and_then_what_builds_upon_it() {
    let (old, new) = (SECRET.repeat(5), SECRET.repeat(6));
    let change = delta::create(old.as_bytes(), new.as_bytes());
    for (user, needs_source) in [("dev", true), ("trusted", false)] {
        let server = Server::new(&[("dev", "i"), ("trusted", "ix")]);
        let source = server.holds(old.as_bytes(), true);
        let name = HashName::sha3_of(new.as_bytes());
        let cards = built(name, source, &change);
        let reply = server.ask(Some(user), &cards);
        assert_eq!(holds(&server, &name), !needs_source, "{reply}");
        for wanted in [source, name] {
            let asked = reply.contains(&format!("gimme {wanted}\n"));
            assert_eq!(asked, needs_source, "{user}: {reply}");
        }
        if needs_source {
            let (_, again) = cards.split_at(push().len());
            let reply = server.ask(Some(user), &format!("{}{}{again}", push(), file(&old)));
            assert!(holds(&server, &name) && !is_private(&server, &source), "{reply}");
        }
        assert!(!is_private(&server, &name));
    }
}

#[test]
fn a_server_makes_nothing_of_a_client_public_that_it_has_not_seen() {
    let client = Server::new(&[]);
    let secret = client.holds(SECRET.as_bytes(), true);
    let copy = delta::create(SECRET.as_bytes(), SECRET.as_bytes());
    let claim = built(secret, secret, &copy).split_at(push().len()).1.to_owned();
    let pull = |replies: &[&str]| {
        let replies = replies.iter().copied().map(str::to_owned);
        let server = ReplayTransport::new(replies.chain(std::iter::repeat_n(String::new(), 20)));
        sync_blocking(&client.repo, &server, SyncOptions::pull()).unwrap();
    };
    pull(&[&claim, &claim]);
    assert!(is_private(&client, &secret));
    pull(&[&claim, &file(SECRET)]);
    assert!(!is_private(&client, &secret));
}

#[test]
fn what_is_shunned_meanwhile_is_asked_for_no_more() {
    let server = Server::new(&[("dev", "i")]);
    let name = HashName::sha3_of(SECRET.as_bytes());
    let announced = format!("{}igot {name}\n", push());
    let asks = || server.ask(Some("dev"), &announced).contains(&format!("gimme {name}\n"));
    assert!(asks() && asks());
    let tx = server.repo.write().unwrap();
    tx.shun(&name, None, moment()).unwrap();
    tx.commit().unwrap();
    assert!(!asks());
}
