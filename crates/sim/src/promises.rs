//! What must be so at every moment.
//!
//! | promise | looked at |
//! |---|---|
//! | the file is sound to SQLite, and so are the rows of the sets | after every step, where something has happened |
//! | what a node has had, it has | the same |
//! | what is shunned is not there, what is private is marked so | the same |
//! | what was forged is nowhere | the same |
//! | each artifact is what its name says; derived rows are as derived anew | every few steps, after each crash, and at the end |
//! | a copy is sound, and holds what had been committed when it was begun | the same |
//! | replies show nothing private or shunned; who may not write has not | at every reply: see `server.rs` |
//! | unversioned files have the content that their hash says | every few steps |

use std::fmt::Write as _;
use std::sync::Arc;

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;

use crate::copies;
use crate::raw::Facts;
use crate::sessions::complain;
use crate::stage::{Stage, short};

/// Looks at the bare facts of a node.
pub(crate) fn look(stage: &Arc<Stage>, node: usize) -> Option<Facts> {
    let repo = stage.repo(node)?;
    let facts = match Facts::of(repo.path()) {
        Ok(facts) => facts,
        Err(error) => {
            complain(stage, node, &format!("the file cannot be read: {error}"));
            return None;
        }
    };
    if let Some(broken) = objection(stage, node, &facts) {
        stage.fail(format!("node {node}: {broken}"));
    }
    stage.ledger().held[node].extend(&facts.held);
    Some(facts)
}

fn objection(stage: &Arc<Stage>, node: usize, facts: &Facts) -> Option<String> {
    let ledger = stage.ledger();
    if let Some(damage) = facts.damage.first() {
        return Some(format!("the file is damaged: {damage}"));
    }
    if facts.strays > 0 {
        return Some(format!("{} rows of the sets are astray", facts.strays));
    }
    if let Some(lost) = ledger.held[node].difference(&facts.held).next() {
        return Some(format!("{} was there and is lost", short(lost)));
    }
    let hidden = &ledger.shunned[node];
    if let Some(unwanted) = hidden.intersection(&facts.held).next() {
        return Some(format!("{} is shunned and there", short(unwanted)));
    }
    if let Some(name) = hidden.difference(&facts.shunned).next() {
        return Some(format!("that {} is shunned is forgotten", short(name)));
    }
    let known = |name: &&HashName| facts.held.contains(*name) && !facts.private.contains(*name);
    if let Some(shown) = ledger.private.iter().find(known) {
        return Some(format!("{} is private and not marked so", short(shown)));
    }
    let forged = ledger.forged.intersection(&facts.held).next();
    forged.map(|forged| format!("{} is forged, and was stored", short(forged)))
}

/// Hashes everything, and derives everything anew; the same for its copy.
pub(crate) fn verify(stage: &Arc<Stage>, node: usize) {
    copies::look(stage, node);
    let Some(repo) = stage.repo(node) else { return };
    let verified = repo.read().and_then(|tx| tx.verify(|_| {}));
    match verified {
        Ok(report) if report.is_sound() => {}
        Ok(report) => stage.fail(format!("node {node} is not sound: {report}")),
        Err(error) => complain(stage, node, &format!("it cannot be verified: {error}")),
    }
    if let Err(error) = files(stage, node, &repo) {
        complain(stage, node, &format!("its files cannot be read: {error}"));
    }
}

/// Reads every unversioned file, which hashes it, and compares the hash of all with what is kept.
fn files(stage: &Arc<Stage>, node: usize, repo: &Repo) -> Result<(), Box<dyn std::error::Error>> {
    let tx = repo.read()?;
    let mut catalogue = String::new();
    for file in tx.unversioned_files()? {
        let file = file?;
        let Some(hash) = file.hash else { continue };
        let date = outcrop_repo::artifact::Moment::since_1970(u64::try_from(file.mtime)? * 1000);
        let date = date.to_string().replace('T', " ");
        let date = date.split('.').next().unwrap_or_default();
        writeln!(catalogue, "{} {date} {hash}", file.name)?;
        match tx.unversioned_content(&file.name)? {
            Some(content) if !hash.verify(&content) => {
                stage.fail(format!("node {node}: {} is not what its hash says", file.name));
            }
            _ => {}
        }
    }
    let told = tx.unversioned_hash()?;
    let computed = HashName::sha1_of(catalogue.as_bytes());
    if told != computed && !catalogue.is_empty() {
        stage.fail(format!("node {node}: the hash of its files is stale"));
    }
    Ok(())
}
