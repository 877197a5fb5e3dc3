//! The end of every world: nothing fails any more, and all nodes come to have the same.

use std::collections::{BTreeMap, BTreeSet};

use outcrop_format::hash::HashName;
use outcrop_oracle::Random;
use outcrop_sync::SyncOutcome;

use crate::disk;
use crate::ledger::{Ledger, Version};
use crate::promises;
use crate::sessions;
use crate::time;
use crate::world::World;

/// Milliseconds in which what is under way must come to its end.
const PATIENCE: u64 = 3_600_000;

/// Times that each node meets the first one before all have the same: once to give what it has,
/// once to get what the others gave; and once more because a deletion does not count in the hash by
/// which two sides see that their unversioned files differ, so it comes out only when the file has.
const MEETINGS: usize = 3;

/// Attempts of a clone on a network without faults.
const CLONES: usize = 3;

/// What is compared of a node.
#[derive(Debug, PartialEq, Eq)]
struct Belongings {
    artifacts: BTreeSet<HashName>,
    files: BTreeMap<String, Version>,
    rows: BTreeMap<String, Version>,
}

/// Ends all faults, and sees whether all converge.
pub(crate) fn converge(world: &mut World) {
    world.stage.tell("quiet");
    world.stage.network().heal();
    let count = world.stage.count();
    for node in 0..count {
        disk::calm(node);
        if disk::is_off(node) {
            world.tasks.end(node);
            world.stage.with(node, |node| (node.repo, node.cloning) = (None, false));
            world.start(node);
        }
        time::set_wrong(node, 0);
    }
    world.run(time::now() + PATIENCE);
    if !world.tasks.is_empty() {
        return world.stage.fail("a session does not end though nothing fails");
    }
    for node in 0..count {
        settle(world, node);
        if world.stage.broken().is_some() {
            return;
        }
    }
    for _ in 0..MEETINGS {
        for node in 1..count {
            if meet(world, node).is_none() {
                return;
            }
        }
    }
    compare(world);
}

/// A node has a repository now, whose users may do what they should.
fn settle(world: &mut World, node: usize) {
    for attempt in 0..CLONES {
        sessions::open(&world.stage, node);
        if world.stage.repo(node).is_some() || world.stage.broken().is_some() {
            break;
        }
        world.clone_to(attempt, node, &mut Random::new(attempt as u64));
        world.run(time::now() + PATIENCE);
    }
    if world.stage.repo(node).is_none() {
        return world.stage.fail(format!("node {node} does not come to a repository"));
    }
    world.look(true);
}

/// A node gives the first one everything, and takes everything.
fn meet(world: &mut World, node: usize) -> Option<SyncOutcome> {
    let stage = world.stage.clone();
    let options = sessions::everything(&stage, node, 0);
    let (sender, receiver) = std::sync::mpsc::channel();
    let syncing = sessions::begin_sync(stage.clone(), node, 0, false, options);
    world.tasks.begin(node, Box::pin(async move { drop(sender.send(syncing.await)) }));
    world.run(time::now() + PATIENCE);
    world.look(false);
    let wrong = match receiver.try_recv() {
        Ok(Some(Ok(outcome))) => return stage.broken().is_none().then_some(outcome),
        Ok(Some(Err(error))) => error.to_string(),
        Ok(None) | Err(_) => "it does not end".to_owned(),
    };
    stage.fail(format!("node {node} cannot sync though nothing fails: {wrong}"));
    None
}

fn belongings(world: &World, node: usize) -> Result<Belongings, Box<dyn std::error::Error>> {
    let facts = promises::look(&world.stage, node).ok_or("it cannot be looked at")?;
    let repo = world.stage.repo(node).ok_or("it has no repository")?;
    let tx = repo.read()?;
    let mut rows = BTreeMap::new();
    if let Some(table) = tx.table(&"notes".parse()?)? {
        tx.each_row(&table, |row| {
            let version = row.version();
            let version = (version.mtime, version.content.map(|content| content.to_string()));
            rows.insert(row.row.key_hash().to_string(), version);
        })?;
    }
    Ok(Belongings { artifacts: facts.held, files: facts.files, rows })
}

/// What is there, without what was deleted: who never had it need not know of that.
fn live(all: &BTreeMap<String, Version>) -> BTreeMap<&String, &Version> {
    all.iter().filter(|(_, (_, content))| content.is_some()).collect()
}

/// The greatest version of each that any node has, deleted or not.
fn last_words<'a>(
    nodes: impl Iterator<Item = &'a BTreeMap<String, Version>>,
) -> BTreeMap<&'a String, &'a Version> {
    let mut last = BTreeMap::new();
    for (name, version) in nodes.flatten() {
        let greatest = last.entry(name).or_insert(version);
        *greatest = (*greatest).max(version);
    }
    last
}

/// All have the same, and the last word is the right one.
fn compare(world: &mut World) {
    let stage = world.stage.clone();
    let shunned: BTreeSet<HashName> = stage.ledger().shunned.iter().flatten().copied().collect();
    let mut all: Vec<Belongings> = Vec::new();
    for node in 0..stage.count() {
        let mut own = match belongings(world, node) {
            Ok(own) => own,
            Err(error) => return stage.fail(format!("node {node}: {error}")),
        };
        own.artifacts.retain(|name| !shunned.contains(name));
        stage.tell(format!("node {node} has {} artifacts", own.artifacts.len()));
        let first = all.first().unwrap_or(&own);
        let artifacts = first.artifacts.symmetric_difference(&own.artifacts).count();
        let files = live(&first.files) != live(&own.files);
        let rows = live(&first.rows) != live(&own.rows);
        if artifacts > 0 || files || rows {
            return stage.fail(format!(
                "node {node} does not converge with node 0: {artifacts} artifacts differ, \
                 files {files}, rows {rows}"
            ));
        }
        promises::verify(&stage, node);
        all.push(own);
    }
    // The ledger is not held on to while more happens.
    let wrong = objection(&stage.ledger(), &all, &shunned);
    match wrong {
        Some(wrong) => stage.fail(wrong),
        None => end(world),
    }
}

/// What was acknowledged and is missing in the end, or is there and was never written.
fn objection(ledger: &Ledger, all: &[Belongings], shunned: &BTreeSet<HashName>) -> Option<String> {
    let files = last_words(all.iter().map(|own| &own.files));
    let rows = last_words(all.iter().map(|own| &own.rows));
    for (written, last) in [(&ledger.files, &files), (&ledger.rows, &rows)] {
        for (name, written) in written {
            if let Some(objection) = written.objection(last.get(name).copied()) {
                return Some(format!("{name}: {objection}"));
            }
        }
    }
    let there = |name: &HashName| all.iter().all(|own| own.artifacts.contains(name));
    let held = ledger.held.iter().flatten();
    let lost = held.filter(|name| !shunned.contains(name)).find(|name| !there(name));
    lost.map(|lost| format!("{lost} was acknowledged somewhere, and is lost"))
}

/// Now there is nothing left to say.
fn end(world: &mut World) {
    for node in 1..world.stage.count() {
        let Some(outcome) = meet(world, node) else { return };
        let total = &outcome.total;
        let moved = total.received
            + total.sent
            + total.unversioned_received
            + total.unversioned_sent
            + total.rows_received
            + total.rows_sent;
        let shuns = world.stage.ledger().shunned.iter().any(|names| !names.is_empty());
        if moved > 0 && !shuns {
            let words = format!("node {node} still moves {moved} things");
            return world.stage.fail(words);
        }
    }
}
