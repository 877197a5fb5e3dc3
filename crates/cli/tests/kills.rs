//! What is left when `outcrop` is killed, at any moment and under load: a sound file, with all that
//! was acknowledged, on which everybody can work on.
//!
//! Every kind of work is killed several times, some 60 times in all; `OUTCROP_KILLS=1000` makes it
//! 1000. Moments are drawn by lot from a seed, which is printed; `OUTCROP_KILL_SEED` sets it. Only a
//! kill that hits a process in its work counts, and too few of those are a failure.
//!
//! After each kill SQLite, `outcrop verify` and stock's `test-integrity` look at the files, in any
//! order, so that each of them is at times the one who finds the journal of the killed process.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests say what they expect by unwrapping"
)]
mod kill_support;
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use std::fs;

use kill_support::{
    Victim, Work,
    campaign::campaign,
    judge::{Held, complaints, held},
};
use outcrop_oracle::{Random, Shape, Stock, rich};
use support::{outcrop, ran};

#[test]
fn commands_on_a_file_may_be_killed() {
    for work in [Work::Commit, Work::UvAdd, Work::Rebuild, Work::Compact] {
        campaign(work, Victim::Client);
    }
}

#[test]
fn clones_may_be_killed_on_both_sides() {
    for victim in [Victim::Client, Victim::Server] {
        campaign(Work::Clone, victim);
    }
}

#[test]
fn pushes_and_syncs_may_be_killed_on_both_sides() {
    for work in [Work::Push, Work::Sync] {
        for victim in [Victim::Client, Victim::Server] {
            campaign(work, victim);
        }
    }
}

#[test]
fn exchanges_of_unversioned_files_may_be_killed_on_both_sides() {
    for victim in [Victim::Client, Victim::Server] {
        campaign(Work::UvSync, victim);
    }
}

/// The judges of the tests above are of use only if they see what is amiss.
#[test]
fn what_is_lost_or_damaged_is_noticed() {
    let stock = Stock::find();
    let sound = rich(&stock, "sound", 3, &Shape::tame()).repository;
    let file = sound.to_str().unwrap();
    let word = stock.path("word");
    fs::write(&word, "unversioned").unwrap();
    let add = ["uv", "add", word.to_str().unwrap(), "--as", "word", "-R", file];
    let added = ran(&outcrop(add).output().unwrap());
    assert_eq!(added.code, 0, "{added:?}");
    let mut random = Random::new(1);
    let acknowledged: Held = held(&stock, &sound);
    let mut told = |name: &str, statements: &str| {
        let copy = stock.copy(&sound, name);
        if !statements.is_empty() {
            stock.sql(&copy, statements);
        }
        complaints(&stock, &copy, &acknowledged, &mut random).join("\n")
    };
    assert_eq!(told("untouched", ""), "");
    let file = "(SELECT min(fid) FROM mlink WHERE fid > 0)";
    let lost = told("lost", &format!("DELETE FROM blob WHERE rid={file};"));
    assert!(lost.contains("is lost"), "{lost}");
    let phantom =
        told("phantom", &format!("UPDATE blob SET size=-1, content=NULL WHERE rid={file};"));
    assert!(phantom.contains("is lost"), "{phantom}");
    let flipped = format!("UPDATE blob SET content=compress('other') WHERE rid={file};");
    let flipped = told("flipped", &flipped);
    assert!(flipped.contains("outcrop verify") && flipped.contains("test-integrity"), "{flipped}");
    let stale = told("stale", "DELETE FROM event WHERE objid=(SELECT min(objid) FROM event);");
    assert!(stale.contains("outcrop verify"), "{stale}");
    let gone = told("gone", "DELETE FROM unversioned;");
    assert!(gone.contains("word is lost"), "{gone}");
    let changed = told("changed", "UPDATE unversioned SET content='x', encoding=0;");
    assert!(changed.contains("uv cat word"), "{changed}");
    // A page of an index that says what its table does not.
    let torn = stock.copy(&sound, "torn");
    let index = "PRAGMA writable_schema=on; DELETE FROM sqlite_schema WHERE name='delta_i1';";
    stock.run(&["sql", "--no-repository", torn.to_str().unwrap(), index]);
    let torn = complaints(&stock, &torn, &acknowledged, &mut random).join("\n");
    assert!(torn.contains("integrity_check"), "{torn}");
}
