//! Rows of the configuration from a stranger, taken into a repository.

use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::config::{Acceptance, Areas, ConfigOutcome};
use outcrop_repo::create::CreateOptions;
use outcrop_repo::tx::WriteTx;
use tempfile::TempDir;

thread_local! {
    /// A repository that is never changed for good. Its folder goes with the thread.
    static SCRATCH: (TempDir, Repo) = {
        let folder = tempfile::tempdir().unwrap();
        let now = Moment::parse(b"2024-05-06T07:08:09").unwrap();
        let options = CreateOptions::new("alice", now);
        let path = folder.path().join("scratch.fossil");
        let made = Repo::create(path, &options, &mut |bytes| bytes.fill(7)).unwrap();
        (folder, made.repo)
    };
}

/// Checks that a strange row is refused, or leaves a repository that can be read and that has
/// nothing new to tell itself.
///
/// The first line is the name of a card, the rest its payload. A first line that begins with `!`
/// lets the row replace what is there.
pub fn config(input: &[u8]) {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (line, payload) = input.split_at(end);
    let (name, overwrite) = line.strip_prefix(b"!").map_or((line, false), |name| (name, true));
    SCRATCH.with(|(_, repo)| {
        let tx = repo.write().unwrap();
        let mut receiver = tx.config_receiver(Acceptance { areas: Areas::ALL, overwrite });
        let outcome = receiver.receive(name, payload).unwrap();
        let changed = receiver.consequences().changed;
        assert_eq!(outcome == ConfigOutcome::Stored, changed != Areas::NONE);
        if outcome == ConfigOutcome::Stored {
            read_all(&tx);
            tell_itself(&tx);
        }
    });
}

/// What a stranger sent can be listed.
fn read_all(tx: &WriteTx) {
    tx.settings().unwrap();
    tx.users().unwrap();
    tx.shunned().unwrap();
    tx.reports().unwrap();
    tx.aliases().unwrap();
    tx.interwikis().unwrap();
    tx.hash_policy().unwrap();
    tx.purge_shunned().unwrap();
}

fn tell_itself(tx: &WriteTx) {
    let acceptance = Acceptance { areas: Areas::ALL, overwrite: false };
    let mut receiver = tx.config_receiver(acceptance);
    for item in tx.export_config(Areas::ALL, 0).unwrap() {
        let outcome = receiver.receive(item.name.as_bytes(), &item.payload).unwrap();
        assert_ne!(outcome, ConfigOutcome::Stored);
    }
}
