//! The artifacts in a repository file.

use std::path::Path;

use outcrop_format::envelope;
use rusqlite::{Connection, Transaction};

use super::{Artifact, Fate, tickets, world::World};
use crate::{delta::delta, digest};

/// Puts the artifacts of the world into a repository, with nothing derived from them.
pub(super) fn store(world: &mut World, repository: &Path) {
    let mut connection = Connection::open(repository).unwrap();
    // As stock has it; tables that are derived still speak of the first check-in.
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    let transaction = connection.transaction().unwrap();
    if !world.shape.natural {
        // The first check-in of a new repository is dated by the clock.
        transaction.execute_batch("DELETE FROM blob").unwrap();
    }
    let mut order: Vec<usize> = (0..world.artifacts.len())
        .filter(|&at| world.artifacts[at].fate != Fate::Withheld)
        .collect();
    if world.shape.shuffled {
        world.random.shuffle(&mut order);
    }
    let sources = sources(world);
    let mut rids = vec![0; world.artifacts.len()];
    for &at in &order {
        rids[at] = put(&transaction, &world.artifacts[at], sources[at], &world.artifacts);
    }
    for at in order {
        if let Some(source) = sources[at] {
            let pair = [rids[at], rids[source]];
            transaction.execute("INSERT INTO delta(rid, srcid) VALUES(?1, ?2)", pair).unwrap();
        }
    }
    if world.shape.custom_tickets {
        transaction
            .execute(
                "REPLACE INTO config(name, value, mtime) VALUES('ticket-table', ?1, 1600000000)",
                [tickets::TABLE],
            )
            .unwrap();
    }
    if world.shape.unversioned {
        unversioned(&transaction);
    }
    transaction.commit().unwrap();
}

/// What each artifact is stored as a delta of: an earlier version or a later one, without circles.
fn sources(world: &mut World) -> Vec<Option<usize>> {
    let mut sources: Vec<Option<usize>> = vec![None; world.artifacts.len()];
    if !world.shape.deltas {
        return sources;
    }
    for at in 0..world.artifacts.len() {
        let Some(kin) = world.artifacts[at].kin else { continue };
        let (from, to) = match world.random.below(4) {
            0 => continue,
            1 => (kin, at),
            _ => (at, kin),
        };
        let mut up = Some(from);
        while let Some(above) = up.filter(|&above| above != to) {
            up = sources[above];
        }
        // What is shunned or private is no source of what is neither.
        let may = world.artifacts[from].fate == world.artifacts[to].fate;
        if may && up.is_none() && sources[to].is_none() {
            sources[to] = Some(from);
        }
    }
    sources
}

fn put(
    transaction: &Transaction<'_>,
    artifact: &Artifact,
    source: Option<usize>,
    all: &[Artifact],
) -> i64 {
    let sealed = match source {
        Some(source) => envelope::seal(&delta(&all[source].bytes, &artifact.bytes)),
        None => envelope::seal(&artifact.bytes),
    };
    let mut insert = transaction
        .prepare_cached("INSERT INTO blob(rcvid, size, uuid, content) VALUES(1, ?1, ?2, ?3)")
        .unwrap();
    let size = i64::try_from(artifact.bytes.len()).unwrap();
    let rid = insert.insert((size, &artifact.name, sealed.unwrap())).unwrap();
    match artifact.fate {
        Fate::Private => {
            transaction.execute("INSERT INTO private VALUES(?1)", [rid]).unwrap();
        }
        Fate::Shunned => {
            let sql = "INSERT INTO shun(uuid, mtime, scom) VALUES(?1, 1600000000, 'spam')";
            transaction.execute(sql, [&artifact.name]).unwrap();
        }
        Fate::Kept | Fate::Withheld => {}
    }
    rid
}

/// Three files and the trace of one that was deleted.
fn unversioned(transaction: &Transaction<'_>) {
    let create = "CREATE TABLE IF NOT EXISTS unversioned(
        uvid INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, rcvid INTEGER, mtime DATETIME,
        hash TEXT, sz INTEGER, encoding INT, content BLOB)";
    transaction.execute_batch(create).unwrap();
    let insert = "REPLACE INTO unversioned(name, rcvid, mtime, hash, sz, encoding, content)
                  VALUES(?1, 1, ?2, ?3, ?4, ?5, ?6)";
    let long = "a line of text\n".repeat(90);
    for (at, (name, text)) in
        [("a.txt", "short"), ("b dir/ü.txt", long.as_str()), ("empty", "")].iter().enumerate()
    {
        let sealed = text.len() > 100;
        let content = if sealed {
            envelope::seal(text.as_bytes()).unwrap()
        } else {
            text.as_bytes().to_vec()
        };
        let (hash, size) = (digest::sha3(text.as_bytes()), i64::try_from(text.len()).unwrap());
        let at = i64::try_from(at).unwrap();
        let values = (name, 1_600_000_000 + at, hash, size, i64::from(sealed), content);
        transaction.execute(insert, values).unwrap();
    }
    let gone = ("gone.txt", 1_600_000_009, None::<String>, 0, 0, None::<Vec<u8>>);
    transaction.execute(insert, gone).unwrap();
}
