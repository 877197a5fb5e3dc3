//! Rounds against a repository of ours: what is written and what is not, budgets, and what peers of
//! different rights are told.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod handler_support;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use handler_support::PROJECT;
use handler_support::server::{Server, VERSION, file, moment, pull, push, request};
use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::deltify::Deltified;
use outcrop_repo::receive::{Incoming, Origin, Payload};
use outcrop_sync::{
    BatchRoom, Batches, Clock, Env, HandleError, HandleOptions, MemoryTransport, Request,
    SystemRng, Transport, Trust, Writing, handle_sync,
};
use outcrop_xfer::login::{Login, Secret};
use outcrop_xfer::{Card, MediaType, Reader};

#[test]
fn a_round_that_reads_waits_for_nobody() {
    let server = Server::new(&[("dev", "i")]);
    let name = server.holds(b"held\n", false);
    let writer = server.repo.write().unwrap();
    let started = Instant::now();
    let reply = server.ask(Some("dev"), &format!("{}gimme {name}\n", pull()));
    assert!(reply.contains("held\n"), "{reply}");
    // Also a push that brings nothing new.
    let reply = server.ask(Some("dev"), &format!("{}igot {name}\n", push()));
    assert!(reply.contains("errors 0"), "{reply}");
    assert!(started.elapsed() < Duration::from_secs(5));
    drop(writer);
}

#[test]
fn what_is_asked_for_comes_in_the_order_of_its_numbers() {
    let server = Server::new(&[]);
    let contents: Vec<String> = (0..4).map(|number| format!("version {number}\n")).collect();
    let names: Vec<_> =
        contents.iter().map(|content| server.holds(content.as_bytes(), false)).collect();
    let asked: String =
        [2, 0, 3, 1].map(|place: usize| format!("gimme {}\n", names[place])).concat();
    let reply = server.ask(None, &format!("{}{asked}", pull()));
    let places: Vec<_> = contents.iter().map(|content| reply.find(content.as_str())).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{reply}");
}

/// As many artifacts as make a cluster due.
fn with_a_cluster_due() -> Server {
    let server = Server::new(&[("dev", "i")]);
    let tx = server.repo.write().unwrap();
    let origin = Origin { user: None, at: moment(), nonce: None, address: None };
    let mut receiver = tx.receiver(origin);
    for number in 0..150_u32 {
        let content = number.to_le_bytes();
        let name = HashName::sha3_of(&content);
        let payload = Payload::Plain(&content);
        let incoming = Incoming { name, source: None, payload, private: false };
        receiver.receive(&incoming).unwrap();
    }
    drop(receiver);
    tx.commit().unwrap();
    server
}

#[test]
fn clusters_wait_for_a_round_that_may_write() {
    let server = with_a_cluster_due();
    let announced = |repo: &Repo| {
        let reply = handle_sync(repo, request(None, &pull()), &HandleOptions::default()).unwrap();
        String::from_utf8_lossy(&reply.text()).matches("igot ").count()
    };
    let path = server.repo.path();
    let writer = server.repo.write().unwrap();
    let started = Instant::now();
    assert_eq!(announced(&server.repo), 151, "someone else writes");
    assert!(started.elapsed() < Duration::from_secs(5), "nobody is waited for");
    drop(writer);
    assert_eq!(announced(&Repo::open_read_only(path).unwrap()), 151, "nobody may write");
    assert_eq!(announced(&server.repo), 1, "the cluster");
    assert_eq!(announced(&server.repo), 1);
}

#[test]
fn a_round_that_must_write_can_be_put_off() {
    let server = with_a_cluster_due();
    // Nobody is waited for while it is found out.
    let writer = server.repo.write().unwrap();
    let with = |writing| HandleOptions { writing, ..HandleOptions::default() };
    let ask = |writing, cards: &str| {
        handle_sync(&server.repo, request(Some("dev"), cards), &with(writing))
    };
    let reply = ask(Writing::Deferred, &pull()).unwrap().text();
    assert_eq!(String::from_utf8_lossy(&reply).matches("igot ").count(), 151);
    let cards = format!("{}{}", push(), file("new\n"));
    assert!(matches!(ask(Writing::Deferred, &cards), Err(HandleError::MustWrite)));
    drop(writer);
    assert!(ask(Writing::AtOnce, &cards).unwrap().text().ends_with(b"errors 0\n"));
    assert!(server.has(&HashName::sha3_of(b"new\n")));
}

#[test]
fn a_refused_round_leaves_no_trace() {
    let server = Server::new(&[("dev", "i")]);
    let good = HashName::sha3_of(b"good\n");
    let wrong = format!("file {} 4\nbad\n", HashName::sha3_of(b"other\n"));
    let cards = format!("{}{}{wrong}", push(), file("good\n"));
    let reply = server.ask(Some("dev"), &cards);
    assert!(reply.starts_with("error wrong\\shash\\son\\sreceived\\sartifact:\\s"), "{reply}");
    assert!(reply.ends_with("errors 1\n") && reply.lines().count() == 2, "{reply}");
    assert!(!server.has(&good));
    // The login was not used up by that.
    let reply = server.ask(Some("dev"), &format!("{}{}", push(), file("good\n")));
    assert!(reply.contains("errors 0") && server.has(&good), "{reply}");
}

#[test]
fn a_login_brings_artifacts_once() {
    let server = Server::new(&[("dev", "i")]);
    let cards = format!("{}{}", push(), file("once\n"));
    assert!(server.ask(Some("dev"), &cards).contains("errors 0"));
    assert!(server.ask(Some("dev"), &cards).contains("errors 1"));
}

#[test]
fn one_login_a_message_and_it_covers_the_rest() {
    let server = Server::new(&[("dev", "i")]);
    let cards = push();
    let mut changed = request(Some("dev"), &cards);
    changed.cards = Bytes::from(format!("{cards}{}", file("slipped in\n"))).into();
    let reply = handle_sync(&server.repo, changed, &HandleOptions::default()).unwrap();
    assert!(reply.text().starts_with(b"error login\\sfailed\n"));
    let card = request(Some("dev"), &cards).into_body().unwrap().to_vec();
    let card = MediaType::Compressed.open(card.into(), &outcrop_xfer::Limits::DEFAULT).unwrap();
    let mut twice = request(Some("dev"), str::from_utf8(&card).unwrap());
    let reply = handle_sync(&server.repo, twice.clone(), &HandleOptions::default()).unwrap();
    assert!(reply.text().starts_with(b"error multiple\\slogin\\scards\n"));
    twice.login = None;
    let reply = handle_sync(&server.repo, twice, &HandleOptions::default()).unwrap();
    assert!(reply.text().ends_with(b"errors 0\n"));
}

#[test]
fn a_clone_comes_in_batches_whatever_the_budget() {
    let server = Server::new(&[]);
    let names: Vec<_> = (0..5).map(|n| server.holds(&[n; 1000], false)).collect();
    let secret = server.holds(b"secret\n", true);
    server.set("max-download", "0");
    let (mut seqno, mut came, mut rounds) = (1, Vec::new(), 0);
    while seqno != 0 {
        let cards = format!("{VERSION}clone 3 {seqno}\n");
        let request = request(None, &cards);
        let reply = handle_sync(&server.repo, request, &HandleOptions::default()).unwrap();
        assert_eq!(reply.media, MediaType::Uncompressed);
        for card in Reader::new(&reply.text()) {
            match card.unwrap() {
                Card::Cfile(file) => came.push(file.name),
                Card::CloneSeqno(card) => seqno = card.next,
                _ => {}
            }
        }
        rounds += 1;
    }
    assert_eq!((rounds, came.len()), (6, 6), "the initial check-in too, one a round");
    assert!(names.iter().all(|name| came.contains(name)) && !came.contains(&secret));
}

/// What cannot be compressed, and ends in a number.
fn noise(number: u8) -> Vec<u8> {
    let mut state = 1_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..1000).map(next).chain([number]).collect()
}

#[test]
fn batches_that_are_kept_make_no_difference() {
    let server = Server::new(&[]);
    let kept = Arc::new(Batches::new(server.repo.clone(), Arc::new(BatchRoom::new(1 << 20))));
    let with = HandleOptions { batches: Some(kept), ..HandleOptions::default() };
    let without = HandleOptions::default();
    // The last card tells the time.
    let untimed = |text: &[u8]| {
        let end = text.windows(11).rposition(|words| words == b"# timestamp").unwrap();
        text[..end].to_vec()
    };
    let compare = |what: &str| {
        for (cards, media) in [
            (format!("{VERSION}clone 3 1\n"), MediaType::Uncompressed),
            (format!("{VERSION}clone 3 3\n"), MediaType::Uncompressed),
            (format!("{VERSION}clone 3 5\n"), MediaType::Uncompressed),
            ("pragma client-version 10000\nclone 3 1\n".to_owned(), MediaType::Uncompressed),
            (format!("{VERSION}clone 2 1\n"), MediaType::Compressed),
        ] {
            let replies = [&without, &with, &with].map(|options| {
                let reply = handle_sync(&server.repo, request(None, &cards), options).unwrap();
                assert_eq!(reply.media, media, "{what}: {cards}");
                untimed(&reply.text())
            });
            let [plain, first, again] =
                replies.map(|text| String::from_utf8_lossy(&text).into_owned());
            assert_eq!((&plain, &plain), (&first, &again), "{what}: {cards}");
        }
    };
    let hold = |content: &[u8], private| server.holds(content, private);
    compare("a new repository");
    let names = [1, 2, 3].map(|n| hold(&[n; 1000], false));
    compare("more has come");
    let alike = [1, 2, 3].map(|n| hold(&noise(n), false));
    let tx = server.repo.write().unwrap();
    let rids = alike.map(|name| tx.rid_of(&name).unwrap().unwrap());
    // Upon one that comes later, and upon one that came before.
    for (delta, source) in [(0, 2), (1, 0)] {
        let deltified = tx.deltify(rids[delta], &[rids[source]]).unwrap();
        assert!(matches!(deltified, Deltified::Stored { .. }), "{deltified:?}");
    }
    tx.commit().unwrap();
    compare("some are deltas");
    hold(&noise(0).repeat(50), false);
    compare("a large one");
    server.set("max-download", "300");
    compare("smaller batches");
    let secret = hold(b"secret\n", true);
    compare("something is private");
    let tx = server.repo.write().unwrap();
    tx.publish(tx.rid_of(&secret).unwrap().unwrap()).unwrap();
    tx.commit().unwrap();
    compare("nothing is private any more");
    let tx = server.repo.write().unwrap();
    tx.shun(&names[1], None, moment()).unwrap();
    tx.commit().unwrap();
    compare("something is shunned");
}

/// A clock that passes a minute at each look.
struct Hasty(std::sync::atomic::AtomicU64);

impl Clock for Hasty {
    fn now(&self) -> SystemTime {
        let noon = 1_769_860_800;
        SystemTime::UNIX_EPOCH + Duration::from_secs(noon)
    }

    fn elapsed(&self) -> Duration {
        let looks = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Duration::from_secs(60 * looks)
    }
}

#[test]
fn what_takes_too_long_is_announced() {
    let server = Server::new(&[]);
    let name = server.holds(b"held\n", false);
    let clock = Hasty(0.into());
    let env = Env { clock: &clock, rng: &SystemRng };
    let options = HandleOptions { env, ..HandleOptions::default() };
    let reply = server.ask_with(None, &format!("{}gimme {name}\n", pull()), &options);
    assert!(reply.contains(&format!("igot {name}\n")) && !reply.contains("file "), "{reply}");
    assert!(reply.ends_with("# timestamp 2026-01-31T12:00:00 errors 0\n"), "{reply}");
}

#[test]
fn to_know_a_private_name_is_not_to_have_the_content() {
    let server = Server::new(&[("dev", "i"), ("trusted", "ix")]);
    let name = server.holds(b"secret\n", true);
    let cards = format!("{}igot {name}\n", push());
    let is_private = || server.repo.read().unwrap().blob_named(&name).unwrap().unwrap().private;
    let reply = server.ask(Some("dev"), &cards);
    assert!(reply.contains(&format!("gimme {name}\n")) && is_private(), "{reply}");
    let reply = server.ask(Some("dev"), &format!("{}gimme {name}\n", pull()));
    assert!(reply.contains(&format!("igot {name} 1\n")) && !reply.contains("file "), "{reply}");
    server.ask(Some("dev"), &format!("{}{}", push(), file("secret\n")));
    assert!(!is_private(), "who sends the content publishes it");

    let name = server.holds(b"another secret\n", true);
    server.ask(Some("trusted"), &format!("{}igot {name}\n", push()));
    assert!(!server.repo.read().unwrap().blob_named(&name).unwrap().unwrap().private);
}

#[test]
fn what_is_public_is_not_hidden_by_a_claim() {
    let server = Server::new(&[("trusted", "ix")]);
    let name = server.holds(b"public\n", false);
    server.ask(Some("trusted"), &format!("{}igot {name} 1\n", push()));
    assert!(!server.repo.read().unwrap().blob_named(&name).unwrap().unwrap().private);
}

#[test]
fn a_private_artifact_from_one_who_may_not_is_dropped() {
    let server = Server::new(&[("dev", "i")]);
    let cards = format!("{}private\n{}", push(), file("mine\n"));
    let reply = server.ask(Some("dev"), &cards);
    assert!(reply.contains("error not\\sauthorized\\sto\\ssync\\sprivate\\scontent\n"), "{reply}");
    assert!(!server.has(&HashName::sha3_of(b"mine\n")));
}

#[test]
fn a_delta_before_its_source_is_asked_for_and_not_announced() {
    let server = Server::new(&[("dev", "i")]);
    let (old, new) = ("a line of text\n".repeat(20), "a line of text\n".repeat(21));
    let delta = outcrop_repo::delta::create(old.as_bytes(), new.as_bytes());
    let (source, name) = (HashName::sha3_of(old.as_bytes()), HashName::sha3_of(new.as_bytes()));
    let head = format!("{}pull 0 {PROJECT}\nfile {name} {source} {}\n", push(), delta.len());
    let cards = format!("{head}{}", String::from_utf8(delta).unwrap());
    let reply = server.ask(Some("dev"), &cards);
    assert!(reply.contains(&format!("gimme {source}\n")), "{reply}");
    assert!(!server.ask(None, &pull()).contains(&format!("igot {name}")), "it waits");
    server.ask(Some("dev"), &format!("{}{}", push(), file(&old)));
    assert!(server.ask(None, &pull()).contains(&format!("igot {name}\n")), "it is held");
}

#[test]
fn the_owner_of_the_file_needs_no_login() {
    let server = Server::new(&[]);
    let secret = server.holds(b"secret\n", true);
    let options = HandleOptions { trust: Trust::Owner, ..HandleOptions::default() };
    let cards = format!("{}pragma send-private\ngimme {secret}\n{}", pull(), file("x\n"));
    let cards = cards.replace("gimme", &format!("push 0 {PROJECT}\ngimme"));
    let reply = server.ask_with(None, &cards, &options);
    assert!(reply.contains(&format!("private\nfile {secret} 7\nsecret\n")), "{reply}");
    assert!(server.has(&HashName::sha3_of(b"x\n")));
}

#[test]
fn who_is_trusted_already_may_sign_with_another_password() {
    let server = Server::new(&[("dev", "i"), ("other", "i")]);
    let secret = Secret::new(PROJECT, "dev", "the web server's own");
    let cards = format!("{}{}", push(), file("by dev\n"));
    let login = Login::sign("dev", &secret, [cards.as_bytes()]).unwrap();
    let login = Some(Login { user: login.user.into_owned(), ..login });
    for user in ["other", "dev"] {
        let trust = Trust::User(user.to_owned());
        let options = HandleOptions { trust, ..HandleOptions::default() };
        let request = Request { login: login.clone(), ..request(None, &cards) };
        let reply = handle_sync(&server.repo, request, &options).unwrap().text();
        let reply = String::from_utf8_lossy(&reply).into_owned();
        assert_eq!(reply.starts_with("error"), user == "other", "{user}: {reply}");
    }
    assert!(server.has(&HashName::sha3_of(b"by dev\n")));
}

#[tokio::test]
async fn a_repository_in_memory_is_a_server() {
    let server = Server::new(&[("dev", "i")]);
    let transport = MemoryTransport::new(server.repo.clone(), HandleOptions::default());
    let cards = format!("{}{}", push(), file("by memory\n"));
    let reply = transport.exchange(request(Some("dev"), &cards)).await.unwrap();
    assert!(reply.text().ends_with(b"errors 0\n"));
    assert!(server.has(&HashName::sha3_of(b"by memory\n")));
}
