//! The derived tables beside those of the real fossil's rebuild: after our rebuild, and after
//! artifacts have arrived in any order.
//!
//! `OUTCROP_SEEDS=100` tries as many seeds; usually a few are tried.
// A test says what it expects by unwrapping.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::Path;

use outcrop_format::hash::HashName;
use outcrop_oracle::rich::{Artifact, Fate, Quick};
use outcrop_oracle::{Options, Random, Rich, Shape, Stock, compare, rich, whole};
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::delta;
use outcrop_repo::receive::{Incoming, Origin, Payload};
use rusqlite::Connection;

fn seeds() -> impl Iterator<Item = u64> {
    let count = std::env::var("OUTCROP_SEEDS").ok().and_then(|count| count.parse().ok());
    let first = std::env::var("OUTCROP_FIRST_SEED").ok().and_then(|first| first.parse().ok());
    let first = first.unwrap_or(1);
    first..first + count.unwrap_or(3)
}

/// All that is odd, numbered in the order of creation. In another order Fossil's rebuild would not
/// go by the numbers: it makes deltas while it goes, and comes to them later.
fn wild() -> Shape {
    let mut shape = Shape::wild();
    shape.shuffled = false;
    // Fossil goes on to move a check-in before one that is no more its child.
    shape.reparents = false;
    shape
}

/// Check-ins that are given other parents.
fn reparented() -> Shape {
    let mut shape = Shape::tame();
    shape.reparents = true;
    shape.quick = Quick::Never;
    shape
}

fn same(ours: &Path, stocks: &Path, what: &str) {
    let differences = compare(ours, stocks, &Options::derived().without("fx_outcrop_awaited_pick"));
    assert!(differences.is_empty(), "{what}, ours left, stock's right:\n{differences}");
}

fn rebuild(path: &Path) {
    let repo = Repo::open(path).unwrap();
    let tx = repo.write().unwrap();
    tx.rebuild(|_| {}).unwrap();
    tx.commit().unwrap();
}

/// Our rebuild of a file makes the rows of stock's rebuild of the same file.
#[test]
fn a_rebuild_is_that_of_fossil() {
    let stock = Stock::find();
    for seed in seeds() {
        let made = rich(&stock, &format!("tame{seed}"), seed, &Shape::tame());
        // Stock's second rebuild: the first one settles what is private.
        stock.rebuild(&made.repository);
        let ours = stock.copy(&made.repository, &format!("ours{seed}.fossil"));
        rebuild(&ours);
        same(&ours, &made.repository, &format!("tame, seed {seed}"));
        stock.test_integrity(&ours);
    }
}

/// Where stock goes by the order of the artifacts, so do we, whatever is stored as a delta.
#[test]
fn the_order_of_artifacts_decides_as_in_fossil() {
    let stock = Stock::find();
    for (shape_name, shape) in [("wild", wild()), ("reparented", reparented())] {
        // The last one gives a check-in another parent, whose tags it inherits when a sibling comes.
        let seeds: BTreeSet<_> = seeds().chain([7]).collect();
        for seed in seeds {
            let made = rich(&stock, &format!("{shape_name}{seed}"), seed, &shape);
            stock.rebuild(&made.repository);
            let ours = stock.copy(&made.repository, &format!("ours{seed}.fossil"));
            rebuild(&ours);
            let judged = stock.copy(&made.repository, &format!("judged{seed}.fossil"));
            whole(&stock, &judged);
            stock.rebuild(&judged);
            same(&ours, &judged, &format!("{shape_name}, seed {seed}"));
        }
    }
}

/// Artifacts that arrive in any order, a few at a time, mean what they mean in a rebuild.
#[test]
fn arrival_in_any_order_is_a_rebuild() {
    arrival_is_a_rebuild(seeds(), 1, 12);
}

/// So do many that arrive at once, each a change of another: they are expanded by a walk over them.
#[test]
fn arrival_of_many_at_once_is_a_rebuild() {
    arrival_is_a_rebuild(seeds().take(2), 4, 1000);
}

/// Delivers repositories `size` times as large as usual, up to so many artifacts at a time.
fn arrival_is_a_rebuild(seeds: impl Iterator<Item = u64>, size: usize, at_once: usize) {
    let stock = Stock::find();
    for seed in seeds {
        for (shape_name, shape) in [("tame", Shape::tame()), ("wild", wild())] {
            let shape = shape.times(size);
            let made = rich(&stock, &format!("{shape_name}{seed}"), seed, &shape);
            let mut order: Vec<usize> = (0..made.artifacts.len()).collect();
            let mut random = Random::new(seed);
            random.shuffle(&mut order);
            let ours = stock.path(format!("arrived-{shape_name}{seed}.fossil"));
            let numbered = shape_name == "wild";
            deliver(&made, &order, numbered, at_once, &mut random, &ours);
            let judged = stock.copy(&ours, &format!("judged-{shape_name}{seed}.fossil"));
            whole(&stock, &judged);
            stock.rebuild(&judged);
            same(&ours, &judged, &format!("{shape_name}, seed {seed}"));
        }
    }
}

/// Delivers artifacts in the order given, up to so many in each transaction. If they are `numbered`,
/// they have had their numbers before, in the order of creation.
fn deliver(
    made: &Rich,
    order: &[usize],
    numbered: bool,
    at_once: usize,
    random: &mut Random,
    path: &Path,
) {
    let at = Moment::parse(b"2024-06-01T00:00:00").unwrap();
    let repo = Repo::create(path, &CreateOptions::new("alice", at), &mut |bytes| bytes.fill(9));
    let repo = repo.unwrap().repo;
    copy_settings(&made.repository, path);
    if numbered {
        let tx = repo.write().unwrap();
        for artifact in made.artifacts.iter().filter(|artifact| is_delivered(artifact)) {
            tx.expect(&artifact.name.parse().unwrap(), artifact.fate == Fate::Private).unwrap();
        }
        tx.commit().unwrap();
    }
    let mut rest = order;
    while !rest.is_empty() {
        let (batch, later) = rest.split_at((1 + random.below(at_once)).min(rest.len()));
        rest = later;
        let tx = repo.write().unwrap();
        let mut receiver = tx.receiver(Origin { user: Some(1), at, nonce: None, address: None });
        for &place in batch {
            let artifact = &made.artifacts[place];
            if !is_delivered(artifact) {
                continue;
            }
            let name: HashName = artifact.name.parse().unwrap();
            let private = artifact.fate == Fate::Private;
            // Now and then it comes as a change of what was made after it.
            let source = made.artifacts.get(place + 1).filter(|source| {
                is_delivered(source) && source.fate == artifact.fate && random.one_in(2)
            });
            let delta = source.map(|source| delta::create(&source.bytes, &artifact.bytes));
            let payload = Payload::Plain(delta.as_deref().unwrap_or(&artifact.bytes));
            let source = source.map(|source| source.name.parse().unwrap());
            receiver.receive(&Incoming { name, source, payload, private }).unwrap();
        }
        receiver.finish().unwrap();
        tx.commit().unwrap();
    }
}

fn is_delivered(artifact: &Artifact) -> bool {
    matches!(artifact.fate, Fate::Kept | Fate::Private)
}

/// What the tables depend on beside the artifacts: how tickets are kept, and what is shunned.
fn copy_settings(from: &Path, to: &Path) {
    let connection = Connection::open(to).unwrap();
    connection.execute("ATTACH ?1 AS made", [from.to_str().unwrap()]).unwrap();
    connection
        .execute_batch(
            "REPLACE INTO main.config SELECT * FROM made.config WHERE name GLOB 'ticket-*';
             INSERT INTO main.shun SELECT * FROM made.shun;",
        )
        .unwrap();
    drop(connection);
    rebuild(to);
}

/// When a setting of tickets has changed, their rows alone become those of a rebuild.
#[test]
fn tickets_alone_are_derived_as_in_a_rebuild() {
    const TICKET: &str = "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid, tkt_mtime";
    let stock = Stock::find();
    let mut shape = Shape::tame();
    (shape.check_ins, shape.tickets) = (12, 40);
    let made = rich(&stock, "tickets", 3, &shape);
    let shown = |path: &Path| {
        let sql = "SELECT count(*) FROM event NATURAL JOIN tag WHERE tagname GLOB 'tkt-*';";
        stock.sql(path, sql).trim().parse::<u32>().unwrap()
    };
    let changes = shown(&made.repository);
    for (setting, expected) in [
        (format!("{TICKET}, title, priority TEXT);"), changes..=changes),
        // Some tickets do not fit, and are not shown.
        (format!("{TICKET}, title CHECK(title IS NULL OR length(title) < 40));"), 1..=changes - 1),
        // None is shown.
        (String::new(), 0..=0),
    ] {
        let [ours, all] = ["ours.fossil", "all.fossil"].map(|to| stock.copy(&made.repository, to));
        for (path, only_tickets) in [(&ours, true), (&all, false)] {
            let repo = Repo::open(path).unwrap();
            let tx = repo.write().unwrap();
            let now = Moment::parse(b"2030-01-01T00:00:00").unwrap();
            tx.set_setting("ticket-table", &setting, now).unwrap();
            if only_tickets {
                tx.rebuild_tickets().unwrap();
            } else {
                tx.rebuild(|_| {}).unwrap();
            }
            tx.commit().unwrap();
        }
        same(&ours, &all, &setting);
        assert!(expected.contains(&shown(&ours)), "{setting}: {}", shown(&ours));
    }
}
