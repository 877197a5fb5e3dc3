//! Sessions between nodes: clones and syncs, as a user would begin them.

use std::collections::BTreeSet;
use std::sync::Arc;

use outcrop_format::hash::HashName;
use outcrop_oracle::Random;
use outcrop_repo::{OpenError, OpenOptions};
use outcrop_sync::{
    BatchRoom, Batches, CloneError, CloneOptions, SyncError, SyncOptions, SyncOutcome, Unversioned,
    WantedLock, clone, sync,
};

use crate::disk;
use crate::network::Line;
use crate::raw::Facts;
use crate::stage::{Stage, short};
use crate::tasks::OneThread;
use crate::time;
use crate::users::{self, DEVELOPER, PLAIN, READER};

/// Bytes of a request, if it is to be small, so that a session needs many.
const LITTLE: usize = 600;

/// Rounds that no session may need.
const ROUNDS: u32 = 2_000;

/// What a node's sessions have in common.
fn options(node: usize, options: SyncOptions) -> SyncOptions {
    SyncOptions { env: time::env(node), workers: &OneThread, max_rounds: ROUNDS, ..options }
}

/// Everything there is to sync, by one who may.
pub(crate) fn everything(stage: &Arc<Stage>, from: usize, to: usize) -> SyncOptions {
    let all =
        SyncOptions { private: true, unversioned: Unversioned::Sync, ..SyncOptions::push_pull() };
    options(from, all).with_account(users::account(stage, to, DEVELOPER))
}

/// Bytes of batches of clones that a node keeps: too few for all.
const KEPT_BATCHES: usize = 20_000;

/// Opens the repository of a node whose machine is on, if it has one that is whole. What an
/// interrupted clone has left is no repository yet.
pub(crate) fn open(stage: &Arc<Stage>, node: usize) {
    let serves = stage.with(node, |node| node.serves);
    let path = stage.path(node);
    match OpenOptions::new().serve(serves).open(&path) {
        Ok(repo) => match users::make(stage, node, &repo) {
            Ok(()) => stage.with(node, |node| {
                let room = Arc::new(BatchRoom::new(KEPT_BATCHES));
                node.batches = Some(Arc::new(Batches::new(repo.clone(), room)));
                node.repo = Some(repo);
            }),
            Err(error) => complain(stage, node, &format!("users cannot be made: {error}")),
        },
        Err(OpenError::Missing(_) | OpenError::Blank(_) | OpenError::PartialClone(_)) => {
            if !stage.ledger().held[node].is_empty() {
                stage.fail(format!("the repository of node {node} is gone"));
            }
        }
        Err(error) => complain(stage, node, &format!("it cannot be opened: {error}")),
    }
    stage.touch(node);
}

/// Something has failed in a node. Without a fault of its disk there is no reason for that.
pub(crate) fn complain(stage: &Arc<Stage>, node: usize, words: &str) {
    stage.tell(format!("node {node}: {words}"));
    if disk::troubles(node) == 0 && !disk::is_off(node) {
        stage.fail(format!("node {node} fails without a reason: {words}"));
    }
}

/// Clones, or goes on with a clone that was interrupted.
pub(crate) async fn begin_clone(stage: Arc<Stage>, node: usize, from: usize, protocol: u32) {
    stage.with(node, |node| node.cloning = true);
    let line = Line { stage: stage.clone(), from: node, to: from, plain: false };
    let cloning = CloneOptions { protocol, ..CloneOptions::new() };
    let sync = SyncOptions { unversioned: Unversioned::Sync, ..cloning.sync };
    let cloning = CloneOptions { sync: options(node, sync), ..cloning };
    let wanted = there_for_all(&stage, from);
    let cloned = clone(stage.path(node), &line, cloning).await;
    stage.with(node, |node| node.cloning = false);
    if disk::is_off(node) {
        return;
    }
    match cloned {
        Ok((repo, outcome)) => {
            drop(repo);
            let brought = outcome.sync.total.received;
            stage.tell(format!("node {node} has cloned node {from}: {brought} artifacts"));
            open(&stage, node);
            check_clone(&stage, node, from, &wanted);
        }
        Err(CloneError::Exists(_) | CloneError::Behind { .. }) => open(&stage, node),
        Err(error) => stage.tell(format!("node {node} cannot clone node {from}: {error}")),
    }
}

/// What anyone may clone from a node at this moment.
fn there_for_all(stage: &Arc<Stage>, node: usize) -> BTreeSet<HashName> {
    let facts = stage.repo(node).and_then(|repo| Facts::of(repo.path()).ok()).unwrap_or_default();
    let hidden = |name: &HashName| facts.private.contains(name) || facts.shunned.contains(name);
    facts.held.iter().filter(|name| !hidden(name)).copied().collect()
}

/// A clone has all that was there when it began, but what is not wanted any more.
fn check_clone(stage: &Arc<Stage>, node: usize, from: usize, wanted: &BTreeSet<HashName>) {
    let Some(repo) = stage.repo(node) else { return };
    let Ok(facts) = Facts::of(repo.path()) else { return };
    let ledger = stage.ledger();
    let unwanted =
        |name: &&HashName| [node, from].iter().any(|node| ledger.shunned[*node].contains(*name));
    let missing = wanted.difference(&facts.held).find(|name| !unwanted(name)).copied();
    drop(ledger);
    if let Some(missing) = missing {
        stage.fail(format!("node {node} has cloned node {from}, and lacks {}", short(&missing)));
    }
}

/// A sync as anyone may begin it.
pub(crate) fn any_sync(
    stage: &Arc<Stage>,
    from: usize,
    to: usize,
    random: &mut Random,
) -> SyncOptions {
    let direction = match random.below(4) {
        0 => SyncOptions::pull(),
        1 => SyncOptions::push(),
        _ => SyncOptions::push_pull(),
    };
    let user = *random.pick(&[
        Some(DEVELOPER),
        Some(DEVELOPER),
        Some(DEVELOPER),
        Some(PLAIN),
        Some(PLAIN),
        Some(READER),
        None,
    ]);
    let lock = if random.one_in(6) { leaf(stage, from) } else { None };
    let all = SyncOptions {
        private: !random.one_in(3),
        verily: random.one_in(8),
        unversioned: if random.one_in(4) { Unversioned::Leave } else { Unversioned::Sync },
        max_send: if random.one_in(3) { LITTLE } else { direction.max_send },
        lock,
        ..direction
    };
    match user {
        Some(user) => options(from, all).with_account(users::account(stage, to, user)),
        None => options(from, all),
    }
}

/// The newest check-in of a node, on top of which someone is about to commit.
fn leaf(stage: &Arc<Stage>, node: usize) -> Option<WantedLock> {
    let tx = stage.repo(node)?.read().ok()?;
    let rid = tx.resolve("trunk", None).ok()?.rid;
    let check_in = tx.blob(rid).ok()??.name;
    Some(WantedLock { check_in, client: format!("check-out-{node}") })
}

/// Syncs.
pub(crate) async fn begin_sync(
    stage: Arc<Stage>,
    from: usize,
    to: usize,
    plain: bool,
    options: SyncOptions,
) -> Option<Result<SyncOutcome, SyncError>> {
    let repo = stage.repo(from)?;
    let line = Line { stage: stage.clone(), from, to, plain };
    let synced = sync(&repo, &line, options).await;
    stage.touch(from);
    match &synced {
        Ok(outcome) => {
            let total = &outcome.total;
            stage.tell(format!(
                "node {from} has synced with node {to}: {} in, {} out, {} rounds",
                total.received, total.sent, outcome.rounds
            ));
        }
        Err(error) => {
            stage.tell(format!("node {from} cannot sync with node {to}: {error}"));
            if matches!(error, SyncError::TooManyRounds { .. }) {
                stage.fail(format!("a sync of node {from} with node {to} does not end"));
            }
        }
    }
    Some(synced)
}
