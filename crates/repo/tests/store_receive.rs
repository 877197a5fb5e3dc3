//! Receiving artifacts from repositories of the real `fossil`, and from whoever means ill.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::path::Path;

use outcrop_format::envelope;
use outcrop_format::hash::HashName;
use outcrop_repo::content::ContentError;
use outcrop_repo::delta;
use outcrop_repo::receive::{Arrival, Incoming, Origin, Payload, ReceiveError};
use outcrop_repo::tx::ReadTx;
use outcrop_repo::verify::Subset;
use outcrop_repo::{Repo, Rid};
use store_support::{Fossil, Random, artifacts, based, empty, origin, rows, tamper, whole};
use tempfile::TempDir;

fn number(path: &Path, sql: &str) -> i64 {
    rows(path, sql, |row| row.get(0).unwrap())[0]
}

/// All rows that an artifact may leave behind.
fn trace(path: &Path) -> Vec<i64> {
    ["blob", "delta", "phantom", "private", "unclustered", "unsent", "rcvfrom"]
        .map(|table| number(path, &format!("SELECT count(*) FROM {table}")))
        .to_vec()
}

/// The stored form of every artifact, deltas as deltas.
fn stored_form(tx: &ReadTx, rid: Rid) -> (Vec<u8>, Option<HashName>) {
    let row = tx.blob(rid).unwrap().unwrap();
    let source = row.source.map(|source| tx.blob(source).unwrap().unwrap().name);
    (tx.stored(rid).unwrap().unwrap().to_vec(), source)
}

#[test]
fn a_repository_of_fossil_arrives_in_any_order() {
    let fossil = Fossil::find();
    for (name, init) in [("sha3", &[][..]), ("sha1", &["--sha1"][..])] {
        let theirs = fossil.project(name, init, 8);
        let source = Repo::open(&theirs).unwrap();
        let source = source.read().unwrap();
        let mut order = artifacts(&theirs);
        let mut random = Random(5);
        for at in 0..order.len() {
            order.swap(at, random.below(at + 1));
        }
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        let tx = repo.write().unwrap();
        let mut receiver = tx.receiver(origin());
        for (rid, name) in &order {
            let (stored, source_name) = stored_form(&source, *rid);
            let private = source.blob(*rid).unwrap().unwrap().private;
            let payload = Payload::Sealed(&stored);
            let incoming = Incoming { name: *name, source: source_name, payload, private };
            let receipt = receiver.receive(&incoming).unwrap();
            assert!(receipt.refuted.is_empty());
        }
        tx.commit().unwrap();
        let tx = repo.read().unwrap();
        for (rid, name) in &order {
            let ours = tx.blob_named(name).unwrap().unwrap();
            assert_eq!(tx.content(ours.rid).unwrap(), source.content(*rid).unwrap());
            assert_eq!(ours.private, source.blob(*rid).unwrap().unwrap().private);
        }
        let report = tx.verify_artifacts(Subset::ALL, |_| {}).unwrap();
        assert!(report.is_sound() && report.phantoms + report.pending == 0, "{report}");
        drop(tx);
        assert_eq!(number(repo.path(), "SELECT count(*) FROM rcvfrom"), 2);
        let unlisted = "SELECT count(*) FROM (SELECT rid FROM blob EXCEPT SELECT rid FROM private \
            EXCEPT SELECT rid FROM unclustered)";
        assert_eq!(number(repo.path(), unlisted), 0);
        fossil.finds_it_whole(repo.path());
        fossil.run(&["rebuild", repo.path().to_str().unwrap()]);
        fossil.finds_it_whole(repo.path());
    }
}

#[test]
fn what_is_wrong_is_refused_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let content = b"some content that is not there yet".repeat(9);
    let other = b"some other content that is not there".repeat(9);
    let source = repo.read().unwrap().content(Rid::new(1).unwrap()).unwrap();
    let shunned = HashName::sha3_of(b"shunned");
    tamper(repo.path(), &format!("INSERT INTO shun VALUES('{shunned}', 0, '')"));
    let before = trace(repo.path());
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin()).with_max_content(1000);
    let name = HashName::sha3_of(&content);
    let mut refused = |incoming: Incoming<'_>| receiver.receive(&incoming).unwrap_err();

    let wrong = Incoming { payload: Payload::Plain(&other), ..whole(&content) };
    assert!(matches!(refused(wrong), ReceiveError::WrongHash(of) if of == name));
    let wrong = delta::create(&source, &other);
    let wrong = based(&content, &source, &wrong);
    assert!(matches!(refused(wrong), ReceiveError::WrongHash(_)));
    let misfit = delta::create(&other, &content);
    assert!(matches!(refused(based(&content, &source, &misfit)), ReceiveError::Delta { .. }));
    assert!(matches!(refused(based(&content, &source, b"junk")), ReceiveError::Delta { .. }));
    // Without the source too, a delta must be one.
    assert!(matches!(refused(based(&content, &other, b"junk")), ReceiveError::Delta { .. }));
    let broken = Incoming { payload: Payload::Sealed(b"junk"), ..whole(&content) };
    assert!(matches!(refused(broken), ReceiveError::Envelope { .. }));

    let large = vec![0; 1001];
    assert!(matches!(refused(whole(&large)), ReceiveError::TooLarge { size: 1001, .. }));
    let bomb = envelope::seal(&vec![0; 10_000_000]).unwrap();
    let bomb = Incoming { payload: Payload::Sealed(&bomb), ..whole(&large) };
    assert!(matches!(refused(bomb), ReceiveError::TooLarge { size: 10_000_000, .. }));
    let bomb = delta::create(&[0; 500], &vec![0; 10_000_000]);
    for known in [&source[..], b"unknown"] {
        let bomb = based(&large, known, &bomb[..bomb.len().min(900)]);
        assert!(matches!(refused(bomb), ReceiveError::TooLarge { size: 10_000_000, .. }));
    }

    assert!(matches!(refused(whole(b"shunned")), ReceiveError::Shunned(_)));
    let from_shunned = delta::create(b"shunned", &content);
    let from_shunned = based(&content, b"shunned", &from_shunned);
    assert!(matches!(refused(from_shunned), ReceiveError::Shunned(_)));
    let itself = delta::create(&content, &content);
    assert!(matches!(refused(based(&content, &content, &itself)), ReceiveError::Loop(_)));

    tx.commit().unwrap();
    assert_eq!(trace(repo.path()), before);
}

#[test]
fn only_what_is_committed_is_there() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let before = trace(repo.path());
    let tx = repo.write().unwrap();
    let rid = tx.receiver(origin()).receive(&whole(b"dropped")).unwrap().rid;
    assert_eq!(tx.content(rid).unwrap(), b"dropped".as_slice());
    assert_eq!(repo.read().unwrap().blob(rid).unwrap(), None);
    drop(tx);
    assert_eq!(trace(repo.path()), before);
    let tx = repo.write().unwrap();
    assert_eq!(tx.receiver(origin()).receive(&whole(b"kept")).unwrap().rid, rid);
    tx.commit().unwrap();
    assert_eq!(repo.read().unwrap().content(rid).unwrap(), b"kept".as_slice());
}

#[test]
fn a_nonce_is_taken_once() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let origin = || Origin { nonce: Some("0123".to_owned()), ..origin() };
    let mut receiver = tx.receiver(origin());
    receiver.receive(&whole(b"one")).unwrap();
    receiver.receive(&whole(b"two")).unwrap();
    let error = tx.receiver(origin()).receive(&whole(b"three")).unwrap_err();
    assert!(matches!(error, ReceiveError::Database(_)));
    assert_eq!(tx.rid_of(&HashName::sha3_of(b"three")).unwrap(), None);
}

/// Changes the constraints of the table of artifacts, so that the database refuses some.
fn reshape_blob(path: &Path, from: &str, to: &str) -> Repo {
    let change = format!(
        "PRAGMA writable_schema = ON; \
         UPDATE sqlite_schema SET sql = replace(sql, '{from}', '{to}') WHERE name = 'blob'; \
         PRAGMA writable_schema = RESET"
    );
    tamper(path, &change);
    // Connections that are open know nothing of it.
    Repo::open(path).unwrap()
}

#[test]
fn a_failure_in_the_middle_leaves_nothing_of_that_artifact() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let before = trace(repo.path());
    // Refused when its source, which has no row yet, has been written.
    let name = HashName::sha3_of(b"target");
    let repo = reshape_blob(repo.path(), "AND rid>0", &format!("AND rid>0 AND uuid<>''{name}''"));
    let change = delta::create(b"source", b"target");
    let fatal = based(b"target", b"source", &change);

    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    let error = receiver.receive(&fatal).unwrap_err();
    assert!(error.to_string().contains("CHECK constraint failed"), "{error}");
    for known in [b"source".as_slice(), b"target"] {
        assert_eq!(tx.rid_of(&HashName::sha3_of(known)).unwrap(), None);
    }
    receiver.receive(&whole(b"another")).unwrap();
    assert!(matches!(receiver.receive(&fatal), Err(ReceiveError::Database(_))));
    receiver.receive(&whole(b"one more")).unwrap();
    tx.commit().unwrap();
    let mut after = before;
    // Two artifacts, both unclustered, and one row that tells where they came from.
    for (table, more) in [(0, 2), (4, 2), (6, 1)] {
        after[table] += more;
    }
    assert_eq!(trace(repo.path()), after);
    assert_eq!(
        number(
            repo.path(),
            "SELECT count(*) FROM blob WHERE rcvid NOT IN (SELECT rcvid FROM rcvfrom)"
        ),
        0
    );
}

#[test]
fn what_the_database_has_ended_takes_no_more() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let before = trace(repo.path());
    let trouble = "content BLOB, trouble NOT NULL ON CONFLICT ROLLBACK";
    let repo = reshape_blob(repo.path(), "content BLOB", trouble);
    let tx = repo.write().unwrap();
    let now = origin().at;
    tx.set_setting("first", "lost", now).unwrap();
    tx.receiver(origin()).receive(&whole(b"second")).unwrap_err();
    // By itself, this would be written at once.
    let error = tx.set_setting("third", "lost", now).unwrap_err();
    assert!(error.to_string().contains("rolled back"), "{error}");
    assert!(tx.commit().is_err());
    assert_eq!(trace(repo.path()), before);
}

#[test]
fn a_pending_delta_is_given_up_for_the_source_of_what_it_waits_for() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let texts: Vec<Vec<u8>> = (1..=3).map(|n| vec![n; 100 * usize::from(n)]).collect();
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    // As a server stores them: the older ones as deltas of the newest.
    let deltas = [1, 2].map(|newer| delta::create(&texts[newer], &texts[newer - 1]));
    for older in [0, 1] {
        let incoming = based(&texts[older], &texts[older + 1], &deltas[older]);
        assert_eq!(receiver.receive(&incoming).unwrap().arrival, Arrival::Pending);
    }
    // As it sends the newest, when asked for it: as a change of one before.
    let change = delta::create(&texts[0], &texts[2]);
    let receipt = receiver.receive(&based(&texts[2], &texts[0], &change)).unwrap();
    assert_eq!(receipt.arrival, Arrival::Turned);
    let oldest = tx.blob_named(&HashName::sha3_of(&texts[0])).unwrap().unwrap();
    assert!(oldest.is_phantom(), "so it is asked for");
    let receipt = receiver.receive(&whole(&texts[0])).unwrap();
    assert_eq!((receipt.arrival, receipt.released.len()), (Arrival::Stored, 2));
    for text in &texts {
        let row = tx.blob_named(&HashName::sha3_of(text)).unwrap().unwrap();
        assert_eq!(tx.content(row.rid).unwrap(), text);
    }
    tx.commit().unwrap();
    assert_eq!(number(repo.path(), "SELECT count(*) FROM phantom"), 0);
    assert!(repo.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap().is_sound());
}

#[test]
fn a_pending_delta_waits_and_is_judged() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let texts: Vec<Vec<u8>> = (1..=4).map(|n| vec![n; 100 * usize::from(n)]).collect();
    let deltas: Vec<_> = texts.windows(2).map(|pair| delta::create(&pair[0], &pair[1])).collect();
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    let receipt = receiver.receive(&based(&texts[1], &texts[0], &deltas[0])).unwrap();
    assert_eq!(receipt.arrival, Arrival::Pending);
    let first = receipt.rid;
    assert!(matches!(tx.content(first), Err(ContentError::NotHeld { .. })));
    let receipt = receiver.receive(&based(&texts[2], &texts[1], &deltas[1])).unwrap();
    assert_eq!(receipt.arrival, Arrival::Pending);
    // A delta that leads elsewhere cannot be told from a right one yet.
    let wrong =
        Incoming { payload: Payload::Plain(&deltas[0]), ..based(&texts[3], &texts[0], &[]) };
    let wrong = receiver.receive(&wrong).unwrap();
    assert_eq!(wrong.arrival, Arrival::Pending);
    let receipt = receiver.receive(&whole(&texts[0])).unwrap();
    assert_eq!(receipt.arrival, Arrival::Stored);
    assert_eq!(receipt.released.len(), 2);
    assert_eq!(receipt.refuted.len(), 1);
    assert!(tx.blob(wrong.rid).unwrap().unwrap().is_phantom());
    assert_eq!(receiver.receive(&whole(&texts[3])).unwrap().rid, wrong.rid);
    for text in &texts {
        let row = tx.blob_named(&HashName::sha3_of(text)).unwrap().unwrap();
        assert_eq!(tx.content(row.rid).unwrap(), text);
        assert_eq!(receiver.receive(&whole(text)).unwrap().arrival, Arrival::Known);
    }
    tx.commit().unwrap();
    assert_eq!(number(repo.path(), "SELECT count(*) FROM phantom"), 0);
    assert!(repo.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap().is_sound());
}

#[test]
fn content_takes_the_place_of_a_pending_delta() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let delta = delta::create(b"never to come", b"content");
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    let rid = receiver.receive(&based(b"content", b"never to come", &delta)).unwrap().rid;
    let receipt = receiver.receive(&whole(b"content")).unwrap();
    assert_eq!((receipt.rid, receipt.arrival), (rid, Arrival::Stored));
    assert_eq!(tx.content(rid).unwrap(), b"content".as_slice());
    assert_eq!(tx.blob(rid).unwrap().unwrap().source, None);
}

#[test]
fn nothing_public_is_stored_as_a_delta_against_what_is_private() {
    let fossil = Fossil::find();
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let texts: Vec<Vec<u8>> = (1..=4).map(|n| vec![n; 300]).collect();
    let deltas: Vec<_> = texts.iter().map(|text| delta::create(&texts[0], text)).collect();
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    // One public delta before its private source, one after it, and one that becomes public.
    receiver.receive(&based(&texts[1], &texts[0], &deltas[1])).unwrap();
    receiver.receive(&Incoming { private: true, ..whole(&texts[0]) }).unwrap();
    receiver.receive(&based(&texts[2], &texts[0], &deltas[2])).unwrap();
    let hidden = Incoming { private: true, ..based(&texts[3], &texts[0], &deltas[3]) };
    let hidden = receiver.receive(&hidden).unwrap().rid;
    let row = tx.blob(hidden).unwrap().unwrap();
    assert!(row.private && row.source.is_some());
    receiver.receive(&based(&texts[3], &texts[0], &deltas[3])).unwrap();
    let row = tx.blob(hidden).unwrap().unwrap();
    assert!(!row.private && row.source.is_none());
    tx.commit().unwrap();
    let crossing = "SELECT count(*) FROM delta WHERE srcid IN private AND rid NOT IN private";
    assert_eq!(number(repo.path(), crossing), 0);
    fossil.finds_it_whole(repo.path());
}

#[test]
fn a_name_alone_makes_nothing_public() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    let secret = whole(b"secret");
    let rid = receiver.receive(&Incoming { private: true, ..secret }).unwrap().rid;
    let is_private = || tx.blob(rid).unwrap().unwrap().private;

    // Someone knows the name, but not the content: not whole, not as a delta, not as a promise.
    let guess = Incoming { payload: Payload::Plain(b"a guess"), ..secret };
    assert!(matches!(receiver.receive(&guess), Err(ReceiveError::WrongHash(_))));
    let change = delta::create(b"", b"a guess");
    let promise = Incoming { payload: Payload::Plain(&change), ..based(b"secret", b"none", b"") };
    assert_eq!(receiver.receive(&promise).unwrap().arrival, Arrival::Known);
    assert!(is_private());

    receiver.receive(&secret).unwrap();
    assert!(!is_private());
}

#[test]
fn a_hash_policy_follows_what_arrives() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let policy =
        || number(repo.path(), "SELECT CAST(value AS INT) FROM config WHERE name = 'hash-policy'");
    let receive = |content: &[u8], name| {
        let tx = repo.write().unwrap();
        let incoming = Incoming { name, ..whole(content) };
        let receipt = tx.receiver(origin()).receive(&incoming);
        tx.commit().unwrap();
        receipt
    };
    tamper(repo.path(), "UPDATE config SET value = 1 WHERE name = 'hash-policy'");
    receive(b"one", HashName::sha1_of(b"one")).unwrap();
    assert_eq!(policy(), 1);
    receive(b"two", HashName::sha3_of(b"two")).unwrap();
    assert_eq!(policy(), 2);
    tamper(repo.path(), "UPDATE config SET value = 4 WHERE name = 'hash-policy'");
    let error = receive(b"three", HashName::sha1_of(b"three")).unwrap_err();
    assert!(matches!(error, ReceiveError::Shunned(_)));
}
