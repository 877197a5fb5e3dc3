//! Rich repositories: taken by stock whole, as rich as they promise, the same for the same seed.
// A test says what it expects by unwrapping and panicking.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::BTreeMap, path::Path};

use outcrop_oracle::{
    Differences, Options, Rich, Shape, Stock, compare, rich,
    rich::{Fate, Kind, natural},
    whole,
};
use rusqlite::Connection;

/// What a query counts.
fn count(repository: &Path, sql: &str) -> i64 {
    let connection = Connection::open(repository).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Asserts that stock understood every artifact as what it was meant to be.
fn all_taken(made: &Rich) {
    let connection = Connection::open(&made.repository).unwrap();
    let mut seen = BTreeMap::new();
    for artifact in &made.artifacts {
        // Where else it may be found.
        let (present, told) = match artifact.kind {
            Kind::File | Kind::Natural => ("blob WHERE size >= 0 AND rid", "blob WHERE rid"),
            // Stock makes no event of a check-in that was given other parents before it came.
            Kind::CheckIn => (
                "event WHERE type='ci' AND objid",
                "(SELECT rid FROM orphan UNION SELECT rid FROM tagxref WHERE tagid=10) WHERE rid",
            ),
            Kind::Control => ("event WHERE type='g' AND objid", ""),
            Kind::Wiki => ("event WHERE type='w' AND objid", ""),
            Kind::Ticket => ("event WHERE type='t' AND objid", ""),
            Kind::Post => ("event WHERE type='f' AND objid", ""),
            Kind::Attachment => ("attachment WHERE attachid", ""),
            Kind::Technote => {
                ("tagxref JOIN tag USING(tagid) WHERE tagname GLOB 'event-*' AND rid", "")
            }
            Kind::Cluster => ("tagxref WHERE tagid=7 AND rid", ""),
            kind => panic!("{kind:?} is not counted"),
        };
        let is_in = |rows: &str| {
            let sql = format!(
                "SELECT EXISTS(SELECT 1 FROM {rows} = (SELECT rid FROM blob WHERE uuid = ?1))"
            );
            !rows.is_empty()
                && connection.query_row(&sql, [&artifact.name], |row| row.get(0)).unwrap()
        };
        let here = matches!(artifact.fate, Fate::Kept | Fate::Private);
        if here {
            let text = || String::from_utf8_lossy(&artifact.bytes).into_owned();
            assert!(is_in(present) || is_in(told), "{}:\n{}", artifact.name, text());
            *seen.entry(artifact.kind).or_insert(0) += 1;
        } else if artifact.kind == Kind::CheckIn {
            assert!(!is_in(present), "{} is not here", artifact.name);
        }
    }
    assert!(seen.len() >= 9, "{seen:?}");
    let phantoms = "SELECT count(*) FROM blob WHERE size < 0 AND rid NOT IN phantom";
    assert_eq!(count(&made.repository, phantoms), 0);
}

/// The rows that a rich repository must have, each at least once.
const RICHES: &[&str] = &[
    "mlink WHERE pid = -1",
    "mlink WHERE pid = 0",
    "mlink WHERE fid = 0",
    "mlink WHERE pmid = 0",
    "mlink WHERE pfnid > 0",
    "mlink WHERE mperm = 1",
    "mlink WHERE mperm = 2",
    "mlink WHERE isaux",
    "plink WHERE NOT isprim",
    "plink WHERE baseid > 0",
    "plink JOIN phantom ON pid = rid",
    "leaf",
    "orphan",
    "cherrypick WHERE isExclude",
    "cherrypick WHERE NOT isExclude",
    "event WHERE bgcolor IS NOT NULL",
    "event WHERE ecomment IS NOT NULL",
    "event WHERE euser IS NOT NULL",
    "event WHERE user IS NULL",
    "event WHERE type = 'ci' AND mtime <> omtime",
    "event WHERE type = 'e' AND tagid > 0",
    "tagxref WHERE tagtype = 0",
    "tagxref WHERE tagtype = 1",
    "tagxref WHERE tagtype = 2 AND srcid = 0",
    "tagxref WHERE rid IN (SELECT fid FROM mlink)",
    "tagxref WHERE rid IN phantom",
    "backlink WHERE srctype = 0",
    "backlink WHERE srctype = 1",
    "backlink WHERE srctype = 2",
    "backlink WHERE srctype = 4",
    "attachment WHERE src IS NULL",
    "attachment WHERE NOT isLatest",
    "ticket WHERE colour <> 'none'",
    "ticketchng WHERE effort > 0",
    "forumpost WHERE fprev > 0",
    "forumpost WHERE firt > 0",
    "private",
    "shun",
    "unversioned WHERE hash IS NULL",
    "unversioned WHERE encoding = 1",
    "filename WHERE name LIKE '% %'",
    "blob WHERE length(uuid) = 40",
    "blob WHERE length(uuid) = 64",
    "blob WHERE size = 0",
    "delta JOIN delta AS next ON delta.srcid = next.rid",
    "phantom",
    "unclustered",
];

#[test]
fn a_rich_repository_is_rich_and_stock_takes_all_of_it() {
    let stock = Stock::find();
    let made = rich(&stock, "made", 7, &Shape::tame().times(3));
    all_taken(&made);
    stock.test_integrity(&made.repository);
    for riches in RICHES {
        let found = count(&made.repository, &format!("SELECT count(*) FROM {riches}"));
        assert!(found > 0, "no row in {riches}");
    }
    let signed = made.artifacts.iter().filter(|artifact| artifact.bytes.starts_with(b"-----BEGIN"));
    assert!(signed.count() > 0);
}

/// Compares, but for what releases after 2.21 make of an attachment that comes before its page.
fn differences(stock: &Stock, left: &Path, right: &Path, options: &Options) -> Differences {
    let mut found = compare(left, right, options);
    if stock.version() != "2.21" {
        found.retain(|table, row| table != "event" || !row.contains(" attachment "));
    }
    found
}

#[test]
fn what_is_tame_is_the_same_in_any_order() {
    let stock = Stock::find();
    let mut order_of_rids = Shape::tame();
    order_of_rids.shuffled = true;
    for seed in 0..4 {
        let made = rich(&stock, &format!("made-{seed}"), seed, &Shape::tame());
        let copy = stock.copy(&made.repository, "copy.fossil");
        stock.rebuild(&copy);
        let again = differences(&stock, &made.repository, &copy, &Options::default());
        assert!(again.is_empty(), "seed {seed}, a second rebuild:\n{again}");

        whole(&stock, &copy);
        stock.rebuild(&copy);
        let without_deltas = differences(&stock, &made.repository, &copy, &Options::default());
        assert!(without_deltas.is_empty(), "seed {seed}, whole:\n{without_deltas}");

        let shuffled = rich(&stock, &format!("shuffled-{seed}"), seed, &order_of_rids);
        let mut options = Options::derived();
        options.content = seed == 0;
        let found = differences(&stock, &made.repository, &shuffled.repository, &options);
        assert!(found.is_empty(), "seed {seed}, shuffled:\n{found}");
    }
}

#[test]
fn what_is_wild_is_taken_too_and_depends_on_the_order() {
    let stock = Stock::find();
    let mut depends = false;
    for seed in 1..4 {
        let made = rich(&stock, &format!("made-{seed}"), seed, &Shape::wild());
        all_taken(&made);
        stock.test_integrity(&made.repository);
        let copy = stock.copy(&made.repository, "copy.fossil");
        whole(&stock, &copy);
        stock.rebuild(&copy);
        depends |= !compare(&made.repository, &copy, &Options::derived()).is_empty();
    }
    assert!(depends, "these shapes are tame");
}

#[test]
fn a_seed_tells_all() {
    let stock = Stock::find();
    let shape = Shape::wild();
    let [one, same] = ["one", "same"].map(|name| rich(&stock, name, 11, &shape));
    assert_eq!(one.artifacts, same.artifacts);
    let found = compare(&one.repository, &same.repository, &Options::derived());
    assert!(found.is_empty(), "{found}");
    let other = rich(&stock, "other", 12, &shape);
    assert_ne!(one.artifacts, other.artifacts);
}

#[test]
fn the_real_program_makes_its_part() {
    let stock = Stock::find();
    let made = rich(&stock, "made", 3, &Shape::tame().with_natural());
    all_taken(&made);
    stock.test_integrity(&made.repository);
    let natural: Vec<_> =
        made.artifacts.iter().filter(|artifact| artifact.kind == Kind::Natural).collect();
    assert!(natural.len() > 25, "{}", natural.len());
    assert!(natural.iter().any(|artifact| artifact.fate == Fate::Private));
    for riches in [
        "event WHERE user = 'alice' AND comment = 'merged'",
        "tag WHERE tagname = 'sym-release-1'",
        "unversioned WHERE name = 'natural.txt'",
        "ticket WHERE title = 'broken' AND status = 'Closed'",
        "plink WHERE baseid > 0",
    ] {
        let found = count(&made.repository, &format!("SELECT count(*) FROM {riches}"));
        assert!(found > 0, "no row in {riches}");
    }
}

#[test]
fn a_rebuild_of_what_the_commands_wrote() {
    let stock = Stock::find();
    let made = natural(&stock, "made", 5);
    let copy = stock.copy(&made.repository, "copy.fossil");
    stock.rebuild(&copy);
    let found = compare(&made.repository, &copy, &Options::default());
    assert!(found.is_empty(), "{found}");
}
