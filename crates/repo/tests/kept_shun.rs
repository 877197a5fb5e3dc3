//! Shunning, beside `fossil rebuild`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::fs;
use std::path::Path;

use outcrop_format::hash::HashName;
use outcrop_repo::content::Availability;
use outcrop_repo::delta;
use outcrop_repo::receive::{Arrival, ReceiveError};
use outcrop_repo::shun::Purged;
use outcrop_repo::verify::Subset;
use outcrop_repo::{Repo, Rid};
use store_support::{Fossil, Random, artifacts, based, empty, moment, origin, rows, tamper, whole};

fn texts(path: &Path, sql: &str) -> Vec<String> {
    rows(path, sql, |row| row.get(0).unwrap())
}

/// How artifacts are stored, and who is to get them, by name.
fn storage(path: &Path) -> Vec<Vec<String>> {
    [
        "SELECT uuid || ' ' || size || ' ' || coalesce(content IS NULL, 0) FROM blob ORDER BY uuid",
        "SELECT b.uuid || ' ' || s.uuid FROM delta JOIN blob b USING(rid) \
         JOIN blob s ON s.rid = srcid ORDER BY 1",
        "SELECT uuid FROM phantom JOIN blob USING(rid) ORDER BY uuid",
        "SELECT uuid FROM private JOIN blob USING(rid) ORDER BY uuid",
        "SELECT uuid FROM unclustered JOIN blob USING(rid) ORDER BY uuid",
        "SELECT printf('%d %d %d %d %d', (SELECT count(*) FROM delta), \
         (SELECT count(*) FROM phantom), (SELECT count(*) FROM private), \
         (SELECT count(*) FROM unclustered), (SELECT count(*) FROM unsent))",
    ]
    .map(|sql| texts(path, sql))
    .to_vec()
}

/// What `fossil rebuild` derives.
fn derived(path: &Path) -> Vec<Vec<String>> {
    [
        "SELECT type || uuid || comment FROM event JOIN blob ON objid = rid ORDER BY 1",
        "SELECT p.uuid || c.uuid FROM plink JOIN blob p ON p.rid = pid \
         JOIN blob c ON c.rid = cid ORDER BY 1",
        "SELECT m.uuid || f.uuid || name FROM mlink JOIN blob m ON m.rid = mid \
         JOIN blob f ON f.rid = fid JOIN filename USING(fnid) ORDER BY 1",
        "SELECT uuid FROM leaf JOIN blob USING(rid) ORDER BY 1",
    ]
    .map(|sql| texts(path, sql))
    .to_vec()
}

fn purge(repo: &Repo, names: &[HashName]) -> Purged {
    let tx = repo.write().unwrap();
    for name in names {
        assert!(tx.shun(name, Some("why not"), moment("2024-05-06T07:08:09")).unwrap());
    }
    let purged = tx.purge_shunned().unwrap();
    tx.commit().unwrap();
    purged
}

#[test]
fn what_a_rebuild_removes_leaves() {
    let fossil = Fossil::find();
    let project = fossil.project("project", &[], 12);
    let all = artifacts(&project);
    let sources: Vec<HashName> = texts(
        &project,
        "SELECT DISTINCT s.uuid FROM delta JOIN blob s ON s.rid = srcid ORDER BY 1",
    )
    .iter()
    .map(|name| name.parse().unwrap())
    .collect();
    assert!(sources.len() > 10, "deltas of {} artifacts", sources.len());
    let private: Vec<HashName> =
        texts(&project, "SELECT uuid FROM private JOIN blob USING(rid) ORDER BY uuid")
            .iter()
            .map(|name| name.parse().unwrap())
            .collect();
    let nowhere = HashName::sha3_of(b"nowhere");
    let mut random = Random(11);
    let mut picks = vec![
        sources.clone(),
        sources.iter().copied().step_by(2).chain([nowhere]).collect(),
        private,
        all.iter().map(|(_, name)| *name).collect(),
    ];
    picks.extend(
        (0..4)
            .map(|_| all.iter().map(|(_, name)| *name).filter(|_| random.below(4) == 0).collect()),
    );
    for (round, names) in picks.iter().enumerate() {
        let [ours, theirs] = ["ours.fossil", "theirs.fossil"].map(|name| fossil.path(name));
        fs::copy(&project, &ours).unwrap();
        fs::copy(&project, &theirs).unwrap();
        for name in names {
            tamper(&theirs, &format!("INSERT INTO shun(uuid, mtime) VALUES('{name}', 5)"));
        }
        fossil.run(&["rebuild", "theirs.fossil"]);
        let repo = Repo::open(&ours).unwrap();
        let before: Vec<_> = {
            let tx = repo.read().unwrap();
            all.iter().map(|(rid, _)| tx.content(*rid).unwrap()).collect()
        };
        let purged = purge(&repo, names);
        assert_eq!(storage(&ours), storage(&theirs), "round {round}");
        let here = names.iter().filter(|name| **name != nowhere).count();
        assert_eq!(purged.removed.len(), here);
        assert!(purged.forgotten.is_empty() && purged.kept.is_empty());
        let tx = repo.read().unwrap();
        assert_eq!(tx.shunned().unwrap().len(), names.len());
        assert!(tx.verify_artifacts(Subset::ALL, |_| {}).unwrap().is_sound());
        for ((rid, name), content) in all.iter().zip(&before) {
            if !names.contains(name) {
                assert_eq!(&tx.content(*rid).unwrap(), content);
            }
        }
        drop(tx);
        let tx = repo.write().unwrap();
        tx.rebuild(|_| {}).unwrap();
        tx.commit().unwrap();
        assert_eq!(derived(&ours), derived(&theirs), "round {round}");
        assert_eq!(storage(&ours), storage(&theirs), "round {round}");
        if names.len() < all.len() {
            fossil.finds_it_whole(&ours);
        }
    }
}

#[test]
fn what_is_shunned_is_hidden_at_once_and_can_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let repo = empty(folder.path());
    let count = |sql: &str| rows(repo.path(), sql, |row| row.get::<_, i64>(0).unwrap())[0];
    let (rid, first) = artifacts(repo.path())[0];
    let now = moment("2024-05-06T07:08:09");
    let tx = repo.write().unwrap();
    let content = tx.content(rid).unwrap();
    assert!(tx.shun(&first, None, now).unwrap());
    assert!(!tx.shun(&first, Some("again"), now).unwrap());
    tx.commit().unwrap();
    assert_eq!((count("SELECT count(*) FROM event"), count("SELECT count(*) FROM blob")), (0, 1));
    let tx = repo.write().unwrap();
    let shunned = tx.shunned().unwrap();
    assert_eq!((shunned[0].name, shunned[0].mtime), (first, Some(1_714_979_289)));
    assert_eq!(shunned[0].comment, None);
    assert_eq!(tx.purge_shunned().unwrap().removed, [first]);
    let refused = tx.receiver(origin()).receive(&whole(&content)).unwrap_err();
    assert!(matches!(refused, ReceiveError::Shunned(name) if name == first));
    assert!(tx.unshun(&first).unwrap() && !tx.unshun(&first).unwrap());
    let receipt = tx.receiver(origin()).receive(&whole(&content)).unwrap();
    assert_eq!(receipt.arrival, Arrival::Stored);
    assert_eq!(tx.purge_shunned().unwrap(), Purged::default());
}

#[test]
fn what_waits_for_a_shunned_artifact_becomes_a_phantom() {
    let folder = tempfile::tempdir().unwrap();
    let repo = empty(folder.path());
    let [a, b, c] = ["a", "b", "c"].map(|tail| format!("{}{tail}\n", "the same line\n".repeat(20)));
    let [b_of_a, c_of_b] = [(&a, &b), (&b, &c)]
        .map(|(source, target)| delta::create(source.as_bytes(), target.as_bytes()));
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    for incoming in
        [based(b.as_bytes(), a.as_bytes(), &b_of_a), based(c.as_bytes(), b.as_bytes(), &c_of_b)]
    {
        assert_eq!(receiver.receive(&incoming).unwrap().arrival, Arrival::Pending);
    }
    tx.commit().unwrap();
    let [a_name, b_name, c_name] = [&a, &b, &c].map(|text| HashName::sha3_of(text.as_bytes()));
    let purged = purge(&repo, &[a_name]);
    assert_eq!((purged.removed, purged.forgotten), (vec![a_name], vec![b_name]));
    let tx = repo.write().unwrap();
    let [b_rid, c_rid] = [b_name, c_name].map(|name| tx.rid_of(&name).unwrap().unwrap());
    assert!(tx.blob(b_rid).unwrap().unwrap().is_phantom());
    assert_eq!(tx.availability(c_rid).unwrap(), Availability::WaitsFor(b_rid));
    assert_eq!(tx.rid_of(&a_name).unwrap(), None);
    let receipt = tx.receiver(origin()).receive(&whole(b.as_bytes())).unwrap();
    assert_eq!(receipt.released, [c_rid], "nothing that waited for something else was lost");
}

#[test]
fn nothing_leaves_that_a_damaged_artifact_builds_upon() {
    let folder = tempfile::tempdir().unwrap();
    let repo = empty(folder.path());
    let texts: Vec<String> =
        (0..4).map(|tail| format!("{}{tail}\n", "the same line\n".repeat(20))).collect();
    let names: Vec<HashName> =
        texts.iter().map(|text| HashName::sha3_of(text.as_bytes())).collect();
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    receiver.receive(&whole(texts[0].as_bytes())).unwrap();
    for pair in texts.windows(2) {
        let [source, target] = [&pair[0], &pair[1]].map(String::as_bytes);
        let script = delta::create(source, target);
        receiver.receive(&based(target, source, &script)).unwrap();
    }
    let damaged: Rid = tx.rid_of(&names[3]).unwrap().unwrap();
    tx.commit().unwrap();
    tamper(repo.path(), &format!("UPDATE blob SET content = X'00' WHERE rid = {damaged}"));
    let before = storage(repo.path());
    // 3 cannot be read, is a delta of 2, and so are 1 and 0 still needed.
    let purged = purge(&repo, &names[..3]);
    assert_eq!((&purged.removed, purged.stored_whole), (&vec![], 0));
    assert_eq!((purged.kept[0].shunned, purged.kept[0].dependant), (names[2], names[3]));
    assert_eq!(storage(repo.path()), before);
    // If it is to leave too, nothing is in the way.
    assert_eq!(purge(&repo, &names[3..]).removed, names);
}
