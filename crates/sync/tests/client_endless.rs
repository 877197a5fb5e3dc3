//! Servers that never come to an end: every session with one ends all the same.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::sync::Mutex;

use bytes::Bytes;
use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::receive::{Incoming, Origin, Payload};
use outcrop_sync::{
    BoxFuture, CloneError, CloneOptions, Reply, Request, SyncError, SyncOptions, SyncOutcome,
    Transport, TransportError, Unversioned, clone_blocking, sync_blocking,
};
use outcrop_xfer::MediaType;
use tempfile::TempDir;

/// More rounds than any of these sessions may take.
const TOO_MANY: usize = 60;

/// Rounds after which a session is ended by its own limit.
const MAX_ROUNDS: u32 = 40;

/// Answers every request with what a test makes of its number, from 1.
struct Endless<F> {
    answer: F,
    requests: Mutex<Vec<String>>,
}

impl<F: Fn(usize) -> String + Send + Sync> Endless<F> {
    fn new(answer: F) -> Self {
        Self { answer, requests: Mutex::default() }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl<F: Fn(usize) -> String + Send + Sync> Transport for Endless<F> {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        let mut requests = self.requests.lock().unwrap();
        requests.push(String::from_utf8_lossy(&request.cards.to_vec()).into_owned());
        assert!(requests.len() <= TOO_MANY, "the session does not end");
        let cards = Bytes::from((self.answer)(requests.len())).into();
        Box::pin(async { Ok(Reply { cards, media: MediaType::Compressed }) })
    }
}

struct Client {
    folder: TempDir,
    repo: Repo,
}

fn moment() -> Moment {
    Moment::parse(b"2024-01-02T03:04:05").unwrap()
}

impl Client {
    /// A repository with an unversioned file.
    fn new() -> Self {
        // In memory where that can be had: nothing here is about the disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let path = folder.path().join("client.fossil");
        let options = CreateOptions::new("alice", moment());
        let repo = Repo::create(path, &options, &mut |bytes| bytes.fill(5)).unwrap().repo;
        let tx = repo.write().unwrap();
        let origin = Origin { user: None, at: moment(), nonce: None, address: None };
        tx.receiver(origin).put_unversioned("file", b"text\n", 1_000).unwrap();
        tx.commit().unwrap();
        Self { folder, repo }
    }

    /// The initial check-in, which no server has heard of.
    fn artifact(&self) -> HashName {
        self.repo.read().unwrap().unclustered(None, 1).unwrap()[0].name
    }

    fn sync(&self, server: &dyn Transport, options: SyncOptions) -> Result<SyncOutcome, SyncError> {
        let options = SyncOptions { max_rounds: MAX_ROUNDS, ..options };
        sync_blocking(&self.repo, server, options)
    }

    fn clone(&self, server: &dyn Transport, max_bytes: Option<u64>) -> CloneError {
        let mut options = CloneOptions::new();
        options.sync.max_rounds = MAX_ROUNDS;
        options.max_bytes = max_bytes.unwrap_or(options.max_bytes);
        let path = self.folder.path().join("clone.fossil");
        let error = clone_blocking(&path, server, options).unwrap_err();
        drop(fs::remove_file(path));
        error
    }
}

/// What an artifact of a number is, and its name.
fn content(number: usize) -> (HashName, String) {
    let text = format!("content {number}\n");
    (HashName::sha3_of(text.as_bytes()), text)
}

fn igot(number: usize) -> String {
    format!("igot {}\n", content(number).0)
}

fn file(number: usize) -> String {
    let (name, text) = content(number);
    format!("file {name} {}\n{text}", text.len())
}

fn all_ways() -> [SyncOptions; 3] {
    [SyncOptions::pull(), SyncOptions::push(), SyncOptions::push_pull()]
}

#[test]
fn promises_without_end_are_believed_for_a_while() {
    for (options, rounds) in all_ways().into_iter().zip([10, 1, 10]) {
        let client = Client::new();
        let server = Endless::new(igot);
        let done = client.sync(&server, options).unwrap();
        assert!(server.requests().len().abs_diff(rounds) <= 1, "{done:?}");
        // Who only pushes wants none of it.
        assert_eq!(done.missing, if rounds == 1 { 0 } else { u64::from(done.rounds) });
    }
}

/// What Fossil sends of an artifact that waits for another one at the server too.
fn nothing_in_place_of(number: usize) -> String {
    format!("file {} 0\n\n", content(number).0)
}

#[test]
fn what_a_server_cannot_give_is_missing_and_all_else_is_taken() {
    let client = Client::new();
    let server = Endless::new(|round| match round {
        1 => igot(1) + &igot(2),
        2 => nothing_in_place_of(1) + &file(2) + &nothing_in_place_of(3),
        _ => String::new(),
    });
    let done = client.sync(&server, SyncOptions::pull()).unwrap();
    assert_eq!((done.total.received, done.missing), (1, 2), "{done:?}");

    let server = Endless::new(|round| if round == 1 { igot(1) } else { file(1) + &file(3) });
    let done = client.sync(&server, SyncOptions::pull()).unwrap();
    assert_eq!((done.total.received, done.missing), (2, 0), "it is asked for again");
}

#[test]
fn nothing_without_end_is_not_asked_for_again_and_again() {
    for (options, rounds) in all_ways().into_iter().zip([2, 1, 2]) {
        let client = Client::new();
        let server = Endless::new(|_| igot(1) + &nothing_in_place_of(1));
        let done = client.sync(&server, options).unwrap();
        assert!(server.requests().len().abs_diff(rounds) <= 1, "{done:?}");
        assert_eq!(done.total.received, 0);
    }
}

#[test]
fn new_artifacts_without_end_are_taken_in_up_to_the_limit() {
    for (options, takes) in all_ways().into_iter().zip([true, false, true]) {
        let client = Client::new();
        let server = Endless::new(|number| format!("{}{}", file(number), igot(number + 1)));
        let done = client.sync(&server, options.clone());
        if !takes {
            assert_eq!(done.unwrap().total.received, 0);
            continue;
        }
        let error = done.unwrap_err();
        assert!(matches!(error, SyncError::TooManyRounds { limit: MAX_ROUNDS }), "{error}");
        assert!(error.to_string().contains("40 rounds"), "{error}");
        assert_eq!(server.requests().len(), MAX_ROUNDS as usize);
        // What has come is kept, and the next session goes on from there.
        let tx = client.repo.read().unwrap();
        let held = |number| tx.blob_named(&content(number).0).unwrap().unwrap().size.is_some();
        assert!((1..=40).all(held) && !held(41));
        drop(tx);
        let server = Endless::new(|number| file(40 + number));
        let done = client.sync(&server, options).unwrap();
        assert_eq!((done.total.received, done.missing), (1, 0), "{done:?}");
    }
}

#[test]
fn the_same_answer_again_and_again_is_none() {
    let client = Client::new();
    let unknown = content(0).0;
    let answers = [
        (String::new(), None),
        ("message over\\sand\\sover\n".to_owned(), None),
        (igot(1), None),
        (file(1), None),
        (format!("{}{}", file(1), igot(2)), None),
        (format!("gimme {unknown}\n"), None),
        (format!("igot {} 1\n", client.artifact()), None),
        ("pragma req-clusters\ncookie x\n".to_owned(), None),
        (format!("pragma uv-push-ok\nuvigot other 5 {unknown} 9\n"), None),
        ("uvigot gone 2000 - 0\n".to_owned(), None),
        ("error not\\sauthorized\\sto\\swrite\n".to_owned(), Some("not authorized to write")),
        ("error try\\sagain\n".to_owned(), Some("try again")),
        ("pragma ci-lock-fail bob 5\npragma avoid-delta-manifests\n".to_owned(), None),
        ("message pull\\sonly\\s-\\snot\\sauthorized\\sto\\spush\n".to_owned(), None),
    ];
    for (answer, refusal) in answers {
        for options in all_ways() {
            let client = Client::new();
            let server = Endless::new(|_| answer.clone());
            let options = SyncOptions { unversioned: Unversioned::Sync, private: true, ..options };
            let done = client.sync(&server, options.clone());
            let rounds = server.requests().len();
            assert!(rounds <= 12, "{answer}: {rounds} rounds");
            match refusal {
                None => assert!(done.unwrap().rounds as usize == rounds, "{answer}"),
                Some(words) => {
                    assert!(done.unwrap_err().to_string().contains(words), "{answer}");
                    assert!(rounds <= 2, "{answer}: {rounds} rounds");
                }
            }
        }
    }
}

#[test]
fn who_asks_for_ever_is_sent_everything_twice_at_most() {
    for options in [SyncOptions::push(), SyncOptions::push_pull()] {
        let client = Client::new();
        let name = client.artifact();
        // The one that is here, and each time one that is not.
        let asks = |number| format!("gimme {name}\ngimme {}\n", content(number).0);
        let server = Endless::new(asks);
        let done = client.sync(&server, options.clone()).unwrap();
        assert_eq!(done.total.sent, 2, "{done:?}");
        assert!(server.requests().len() <= 4, "{done:?}");
        // One who asks for something that may not be sent is told so, and not for ever either.
        let tx = client.repo.write().unwrap();
        let origin = Origin { user: None, at: moment(), nonce: None, address: None };
        let payload = Payload::Plain(b"secret\n");
        let name = HashName::sha3_of(b"secret\n");
        let incoming = Incoming { name, source: None, payload, private: true };
        tx.receiver(origin).receive(&incoming).unwrap();
        tx.commit().unwrap();
        let server = Endless::new(move |_| format!("gimme {name}\n"));
        let done = client.sync(&server, options).unwrap();
        assert_eq!(done.total.sent, 0, "{done:?}");
        let requests = server.requests();
        assert!(requests.len() <= 4 && !requests.concat().contains("secret"), "{requests:?}");
    }
}

#[test]
fn a_server_that_never_has_the_file_is_sent_it_twice_at_most() {
    let old = HashName::sha3_of(b"old\n");
    for listed in [
        // An older version, the same one with an older time, and none at all.
        format!("uvigot file 5 {old} 4\n"),
        format!("uvigot file 5 {} 5\n", HashName::sha3_of(b"text\n")),
        "uvigot file 5 - 0\n".to_owned(),
    ] {
        let client = Client::new();
        let server = Endless::new(move |_| format!("pragma uv-push-ok\n{listed}"));
        let options = SyncOptions { unversioned: Unversioned::Sync, ..SyncOptions::nothing() };
        let done = client.sync(&server, options).unwrap();
        assert_eq!(done.total.unversioned_sent, 2, "{done:?}");
        assert!(server.requests().len() <= 4, "{done:?}");
    }
}

#[test]
fn files_that_are_always_newer_end_with_the_promises() {
    for unversioned in [Unversioned::Sync, Unversioned::Revert] {
        let client = Client::new();
        let options = SyncOptions { unversioned, ..SyncOptions::nothing() };
        // Announced, and never sent.
        let server = Endless::new(|number| {
            let (name, _) = content(number);
            format!("pragma uv-pull-only\nuvigot new 20{number:02} {name} 9\n")
        });
        let done = client.sync(&server, options.clone()).unwrap();
        assert!(server.requests().len() <= 12, "{done:?}");
        assert_eq!(done.total.unversioned_received, 0, "{done:?}");
        // Sent, and announced anew at once.
        let server = Endless::new(|number| {
            let ((name, text), (next, _)) = (content(number), content(number + 1));
            let (at, len) = (3000 + number, text.len());
            format!("uvfile new {at} {name} {len} 0\n{text}uvigot new {} {next} 9\n", at + 1)
        });
        let error = client.sync(&server, options).unwrap_err();
        assert!(matches!(error, SyncError::TooManyRounds { .. }), "{error}");
    }
}

/// What a server says to a clone at first.
fn codes() -> String {
    format!("push {0} {0}\n", "ab".repeat(20))
}

#[test]
fn a_clone_that_always_has_a_next_batch_ends() {
    let client = Client::new();
    // Nothing but numbers.
    let server = Endless::new(|number| format!("clone_seqno {}\n{}", 10 * number, codes()));
    let error = client.clone(&server, None);
    assert!(matches!(error.cause(), Some(SyncError::CloneStuck)), "{error}");
    assert!(server.requests().len() <= 12, "{}", server.requests().len());
    // The same artifact, and never an end.
    let same = |number| format!("{}clone_seqno {}\n{}", file(1), 10 * number, codes());
    let server = Endless::new(same);
    let error = client.clone(&server, None);
    assert!(matches!(error.cause(), Some(SyncError::CloneStuck)), "{error}");
    assert!(server.requests().len() <= 13, "{}", server.requests().len());
    // Always another artifact.
    let new = |number| format!("{}clone_seqno {}\n{}", file(number), 10 * number, codes());
    let server = Endless::new(new);
    let error = client.clone(&server, None);
    let limit = matches!(error.cause(), Some(SyncError::TooManyRounds { limit: MAX_ROUNDS }));
    assert!(limit && matches!(error, CloneError::Interrupted { .. }), "{error}");
    assert_eq!(server.requests().len(), MAX_ROUNDS as usize);
    let error = client.clone(&Endless::new(new), Some(2_000));
    let limit = matches!(error.cause(), Some(SyncError::CloneTooLarge { limit: 2_000 }));
    assert!(limit && matches!(error, CloneError::Interrupted { .. }), "{error}");
}

#[test]
fn a_clone_that_begins_anew_again_and_again_ends() {
    let client = Client::new();
    // Each time another copy of the project, whose numbers are others.
    let server = Endless::new(|number| {
        let codes = format!("push {number:040} {}\n", "ab".repeat(20));
        format!("{}clone_seqno 10\n{codes}", file(1))
    });
    let error = client.clone(&server, None);
    assert!(matches!(error.cause(), Some(SyncError::CloneStuck)), "{error}");
    // One that answers with nothing, or with the number that was asked for.
    for (rest, first) in [(String::new(), 1), ("clone_seqno 10\n".to_owned(), 2)] {
        let server = Endless::new(|number| match number {
            1 => format!("{}clone_seqno 10\n{}", file(1), codes()),
            _ => rest.clone(),
        });
        let error = client.clone(&server, None);
        assert!(matches!(error.cause(), Some(SyncError::CloneStuck)), "{error}");
        assert!(server.requests().len() <= 13 / first, "{}", server.requests().len());
    }
}

#[test]
fn a_clone_by_announcements_ends_too() {
    let client = Client::new();
    for (moves, limit) in [(false, 13), (true, MAX_ROUNDS as usize)] {
        let server = Endless::new(move |number| {
            let content = if moves { file(number) } else { String::new() };
            format!("{}{content}{}", codes(), igot(number + 1))
        });
        let mut options = CloneOptions { protocol: 1, ..CloneOptions::new() };
        options.sync.max_rounds = MAX_ROUNDS;
        let path = client.folder.path().join(format!("clone{moves}.fossil"));
        let cloned = clone_blocking(path, &server, options);
        assert!(server.requests().len() <= limit, "{}", server.requests().len());
        match cloned {
            Ok((_, done)) => assert!(!moves && done.sync.missing >= 10, "{done:?}"),
            Err(error) => {
                let cause = error.cause();
                assert!(moves && matches!(cause, Some(SyncError::TooManyRounds { .. })), "{error}");
            }
        }
    }
}
