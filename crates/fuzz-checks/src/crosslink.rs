//! Artifacts that arrive in any order mean what they mean in a rebuild.

mod story;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use outcrop_format::hash::HashName;
use outcrop_oracle::{Options, compare};
use outcrop_repo::artifact::{Artifact, Moment};
use outcrop_repo::backup::BackupOptions;
use outcrop_repo::content::Availability;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::receive::{Incoming, Origin, Payload, ReceiveError, Receiver};
use outcrop_repo::tx::{ReadTx, WriteTx};
use outcrop_repo::{Repo, delta};
use tempfile::TempDir;

use story::Part;

thread_local! {
    static SCRATCH: Scratch = Scratch::new();
}

/// A folder that goes with the thread, and a new repository in it that stays as it is.
struct Scratch {
    folder: TempDir,
    blank: Repo,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blank.fossil");
        let options = CreateOptions::new("alice", now());
        let made = Repo::create(&path, &options, &mut |bytes| bytes.fill(7)).unwrap();
        Self { folder, blank: made.repo }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Checks that artifacts of strangers are linked as a rebuild links them.
///
/// `story.rs` tells how the bytes are read: as artifacts, each with its right checksum and name, that
/// name each other and arrive in some order.
pub fn crosslink(input: &[u8]) {
    let parts = story::read(input);
    if !parts.iter().any(|part| Artifact::parse(&part.bytes).is_ok()) {
        // Files mean nothing by themselves.
        return;
    }
    SCRATCH.with(|scratch| {
        let (arrived, rebuilt) = (scratch.path("arrived.fossil"), scratch.path("rebuilt.fossil"));
        let repo = copy(&scratch.blank, &arrived);
        let tx = repo.write().unwrap();
        deliver(&tx, &parts);
        tx.commit().unwrap();

        let repo = copy(&repo, &rebuilt);
        let tx = repo.write().unwrap();
        let before = held(&tx, &parts);
        tx.rebuild(|_| {}).unwrap();
        assert_eq!(before, held(&tx, &parts), "a rebuild changed what is held");
        tx.commit().unwrap();
        drop(repo);

        let options = Options::derived().without("fx_outcrop_awaited_pick");
        let differences = compare(&arrived, &rebuilt, &options);
        assert!(differences.is_empty(), "arrival left, rebuild right:\n{differences}");
    });
}

fn copy(from: &Repo, to: &Path) -> Repo {
    let options = BackupOptions { overwrite: true };
    from.backup(to, options, |_| ControlFlow::Continue(())).unwrap();
    Repo::open(to).unwrap()
}

/// Receives the parts of a story in their order.
fn deliver(tx: &WriteTx, parts: &[Part]) {
    for part in parts.iter().filter(|part| part.shunned) {
        tx.shun(&part.name, None, now()).unwrap();
    }
    let origin = Origin { user: Some(1), at: now(), nonce: None, address: None };
    let mut receiver = tx.receiver(origin.clone());
    for place in story::order(parts) {
        let Some(part) = parts.get(place) else { continue };
        if part.linked_before {
            receiver.finish().unwrap();
            receiver = tx.receiver(origin.clone());
        }
        let source = place.checked_sub(1).and_then(|before| parts.get(before));
        receive(&mut receiver, part, source.filter(|_| part.as_delta));
    }
    receiver.finish().unwrap();
}

fn receive(receiver: &mut Receiver<'_>, part: &Part, source: Option<&Part>) {
    let delta = source.map(|source| delta::create(&source.bytes, &part.bytes));
    let payload = Payload::Plain(delta.as_deref().unwrap_or(&part.bytes));
    let source = source.map(|source| source.name);
    let incoming = Incoming { name: part.name, source, payload, private: part.private };
    match receiver.receive(&incoming) {
        // A loop takes two parts with the same content.
        Ok(_) | Err(ReceiveError::Shunned(_) | ReceiveError::Loop(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

fn held(tx: &ReadTx, parts: &[Part]) -> Vec<(HashName, Option<Availability>)> {
    let availability = |name| {
        let rid = tx.rid_of(name).unwrap();
        rid.map(|rid| tx.availability(rid).unwrap())
    };
    parts.iter().map(|part| (part.name, availability(&part.name))).collect()
}

fn now() -> Moment {
    Moment::parse(b"2024-05-06T07:08:09").unwrap()
}
