//! What a sync asks for, announces and sends; and clusters, beside those of the real `fossil`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use outcrop_format::hash::HashName;
use outcrop_repo::artifact::Artifact;
use outcrop_repo::receive::{Incoming, Payload};
use outcrop_repo::sets::Member;
use outcrop_repo::tx::{DatabaseError, WriteTx};
use outcrop_repo::{Repo, Rid, delta};
use store_support::{Fossil, based, empty, origin, rows, tamper, whole};
use tempfile::TempDir;

/// All members of a set, in pages of three.
fn all(page: impl Fn(Option<Rid>, usize) -> Result<Vec<Member>, DatabaseError>) -> Vec<HashName> {
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = page(after, 3).unwrap();
        assert!(page.len() <= 3);
        let Some(last) = page.last() else { return names };
        after = Some(last.rid);
        names.extend(page.iter().map(|member| member.name));
    }
}

/// The names that a query gives.
fn names(path: &Path, sql: &str) -> Vec<HashName> {
    rows(path, sql, |row| row.get::<_, String>(0).unwrap().parse().unwrap())
}

fn sha3(number: u32) -> (Vec<u8>, HashName) {
    let text = format!("number {number}").into_bytes();
    let name = HashName::sha3_of(&text);
    (text, name)
}

#[test]
fn what_has_no_content_is_asked_for_and_not_announced() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let initial = names(repo.path(), "SELECT uuid FROM blob");
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    let texts: Vec<_> = (0..8).map(sha3).collect();
    for (text, _) in &texts[..4] {
        receiver.receive(&whole(text)).unwrap();
    }
    // One waits for a phantom, and another for that one.
    let (first, second) = (&texts[4].0, &texts[5].0);
    let change = delta::create(&texts[6].0, first);
    receiver.receive(&based(first, &texts[6].0, &change)).unwrap();
    let change = delta::create(first, second);
    receiver.receive(&based(second, first, &change)).unwrap();
    let hidden = whole(b"hidden");
    receiver.receive(&Incoming { private: true, ..hidden }).unwrap();
    let awaited = HashName::sha3_of(b"awaited and private");
    let shunned = HashName::sha3_of(b"shunned");
    let row = tx.expect(&awaited, true).unwrap().unwrap();
    assert_eq!(tx.expect(&awaited, true).unwrap(), Some(row));
    assert_eq!(tx.expect(&texts[7].1, false).unwrap(), tx.rid_of(&texts[7].1).unwrap());
    tx.expect(&shunned, false).unwrap();
    tx.commit().unwrap();
    tamper(repo.path(), &format!("INSERT INTO shun VALUES('{shunned}', 0, '')"));

    let tx = repo.write().unwrap();
    assert_eq!(tx.expect(&shunned, false).unwrap(), None);
    let asked = [texts[6].1, texts[7].1];
    assert_eq!(all(|after, limit| tx.phantoms(after, limit, false)), asked);
    let asked = [texts[6].1, awaited, texts[7].1];
    assert_eq!(all(|after, limit| tx.phantoms(after, limit, true)), asked);
    let mut announced = initial;
    announced.extend(texts[..4].iter().map(|(_, name)| *name));
    assert_eq!(all(|after, limit| tx.unclustered(after, limit)), announced);
    assert_eq!(all(|after, limit| tx.private(after, limit)), [hidden.name]);

    // What is published is announced.
    tx.publish(tx.rid_of(&hidden.name).unwrap().unwrap()).unwrap();
    tx.publish(row).unwrap();
    announced.push(hidden.name);
    assert_eq!(all(|after, limit| tx.unclustered(after, limit)), announced);
    assert_eq!(all(|after, limit| tx.private(after, limit)), []);
    assert_eq!(all(|after, limit| tx.phantoms(after, limit, false)).len(), 3);
    // So is what waited, once it has come.
    tx.receiver(origin()).receive(&whole(&texts[6].0)).unwrap();
    assert_eq!(all(|after, limit| tx.unclustered(after, limit)).len(), announced.len() + 3);
}

#[test]
fn what_is_published_does_not_build_upon_what_is_private() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let (old, new) = (b"a line\n".repeat(40), b"a line\n".repeat(41));
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    receiver.receive(&Incoming { private: true, ..whole(&old) }).unwrap();
    let change = delta::create(&old, &new);
    let incoming = Incoming { private: true, ..based(&new, &old, &change) };
    let rid = receiver.receive(&incoming).unwrap().rid;
    assert!(tx.blob(rid).unwrap().unwrap().source.is_some());
    tx.publish(rid).unwrap();
    let row = tx.blob(rid).unwrap().unwrap();
    assert!(row.source.is_none() && !row.private);
    assert_eq!(tx.content(rid).unwrap(), new);
}

#[test]
fn what_fossil_commits_is_to_be_sent() {
    let fossil = Fossil::find();
    let path = fossil.project("unsent", &[], 3);
    // A rebuild forgets what is unsent.
    fs::create_dir(fossil.path("work")).unwrap();
    fossil.run_in("work", &["open", "../unsent.fossil"]);
    for (name, options) in [("public", &[][..]), ("secret", &["--private", "--branch", "hidden 2"])]
    {
        fossil.write(&format!("work/{name} new"), name);
        fossil.run_in("work", &["add", &format!("{name} new")]);
        let commit = ["commit", "--no-warnings", "-m", "new"];
        fossil.run_in("work", &[&commit, options].concat());
    }
    let repo = Repo::open(&path).unwrap();
    let sql = "SELECT uuid FROM unsent JOIN blob USING(rid) \
               WHERE rid NOT IN private ORDER BY rid";
    let theirs = names(&path, sql);
    assert_eq!(theirs.len(), 2, "a file and a check-in");
    let tx = repo.write().unwrap();
    assert_eq!(all(|after, limit| tx.unsent(after, limit)), theirs);
    let sql = "SELECT uuid FROM private JOIN blob USING(rid) ORDER BY rid";
    assert_eq!(all(|after, limit| tx.private(after, limit)), names(&path, sql));
    assert!(tx.clear_unsent().unwrap() >= theirs.len());
    assert_eq!(all(|after, limit| tx.unsent(after, limit)), []);
}

/// A repository with `count` unclustered artifacts, the initial check-in among them, and with one
/// of each kind that clusters leave out.
fn unclustered(folder: &Path, count: u32, shunned: u32) -> Repo {
    let repo = empty(folder);
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    let mut sql = String::new();
    for number in 0..count - 1 {
        let (text, name) = sha3(number);
        let sha1 = HashName::sha1_of(&text);
        let name = if number % 3 == 1 { sha1 } else { name };
        receiver.receive(&Incoming { name, ..whole(&text) }).unwrap();
        if number < shunned {
            writeln!(sql, "INSERT INTO shun VALUES('{name}', 0, '');").unwrap();
        }
    }
    receiver.receive(&Incoming { private: true, ..whole(b"hidden") }).unwrap();
    tx.expect(&HashName::sha3_of(b"awaited"), false).unwrap();
    tx.commit().unwrap();
    tamper(repo.path(), &sql);
    repo
}

fn make_clusters(tx: &WriteTx) -> Vec<Rid> {
    let mut receiver = tx.receiver(origin());
    let made = receiver.make_clusters().unwrap();
    receiver.finish().unwrap();
    made
}

const CLUSTERS: &str = "SELECT uuid FROM blob JOIN tagxref USING(rid) \
    WHERE tagid = 7 AND tagtype = 1 AND srcid = rid AND origid = rid ORDER BY rid";

#[test]
fn clusters_are_those_of_fossil() {
    let fossil = Fossil::find();
    let policies = [("2", 0, 100), ("2", 0, 900), ("2", 0, 901), ("0", 5, 1000), ("1", 0, 99)];
    let more = [("1", 120, 905), ("2", 0, 1701), ("3", 0, 100), ("4", 3, 102), ("1", 0, 130)];
    // About every fourth of these has a cluster that names the one before.
    let several = (0..12).map(|number| ("2", 0, 901 + 100 * number));
    for (policy, shunned, count) in policies.into_iter().chain(more).chain(several) {
        let folder = TempDir::new().unwrap();
        let repo = unclustered(folder.path(), count, shunned);
        let set = format!("UPDATE config SET value = {policy} WHERE name = 'hash-policy'");
        tamper(repo.path(), &set);
        let theirs = folder.path().join("theirs.fossil");
        fs::copy(repo.path(), &theirs).unwrap();
        fossil.run(&["test-create-clusters", theirs.to_str().unwrap()]);

        let tx = repo.write().unwrap();
        assert_eq!(tx.clusters_are_due().unwrap(), count >= 100);
        let made = make_clusters(&tx);
        assert!(!tx.clusters_are_due().unwrap());
        tx.commit().unwrap();
        let case = format!("policy {policy}, {shunned} of {count} shunned");
        let ours = names(repo.path(), CLUSTERS);
        assert_eq!(ours, names(&theirs, CLUSTERS), "{case}");
        assert_eq!(ours.len(), made.len(), "{case}");
        assert_eq!(ours.is_empty(), count < 100, "{case}");
        let waiting = "SELECT uuid FROM unclustered JOIN blob USING(rid) ORDER BY uuid";
        assert_eq!(names(repo.path(), waiting), names(&theirs, waiting), "{case}");
        for rid in made {
            let tx = repo.read().unwrap();
            let content = tx.content(rid).unwrap();
            assert!(matches!(Artifact::parse(&content), Ok(Artifact::Cluster(_))), "{case}");
        }
        // What is clustered needs no other cluster.
        let tx = repo.write().unwrap();
        assert_eq!(tx.receiver(origin()).make_clusters().unwrap(), []);
    }
}

#[test]
fn a_repository_of_fossil_gets_the_clusters_that_a_pull_would_make() {
    let fossil = Fossil::find();
    let theirs = fossil.project("pulled", &[], 40);
    let ours = fossil.path("ours.fossil");
    fs::copy(&theirs, &ours).unwrap();
    // Stock's server makes clusters when someone pulls.
    fossil.run(&["clone", theirs.to_str().unwrap(), "clone.fossil"]);
    fossil.run(&["pull", theirs.to_str().unwrap(), "-R", "clone.fossil"]);
    let repo = Repo::open(&ours).unwrap();
    let tx = repo.write().unwrap();
    let made = make_clusters(&tx);
    tx.commit().unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(names(&ours, CLUSTERS), names(&theirs, CLUSTERS));
    fossil.finds_it_whole(&ours);
    let said = fossil.say(&["test-clusters", ours.to_str().unwrap()]);
    assert!(said.contains("all artifacts reachable through clusters"), "{said}");
}

#[test]
fn private_and_pending_artifacts_are_in_no_cluster() {
    let folder = TempDir::new().unwrap();
    let repo = unclustered(folder.path(), 100, 0);
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    let change = delta::create(b"never to come", b"pending");
    let pending = based(b"pending", b"never to come", &change);
    let pending = Incoming { payload: Payload::Plain(&change), ..pending };
    receiver.receive(&pending).unwrap();
    let hidden = receiver.receive(&Incoming { private: true, ..whole(b"tagged private") }).unwrap();
    tx.commit().unwrap();
    // A tag that makes something private leaves it among the unclustered.
    tamper(repo.path(), &format!("INSERT INTO unclustered VALUES({})", hidden.rid));
    let tx = repo.write().unwrap();
    let made = make_clusters(&tx);
    let content = tx.content(made[0]).unwrap();
    let Ok(Artifact::Cluster(cluster)) = Artifact::parse(&content) else { panic!("{content:?}") };
    assert_eq!(cluster.members.len(), 100);
    assert!(!cluster.members.contains(&pending.name));
    assert!(!cluster.members.contains(&HashName::sha3_of(b"tagged private")));
}
