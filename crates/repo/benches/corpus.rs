//! Rebuilding, verifying and expanding a large repository, beside the real `fossil`.
//!
//! `cargo bench -p outcrop-repo --bench corpus`: 2,000 check-ins and 10,000 artifacts;
//! `OUTCROP_CHECK_INS=20000` for ten times as many. The repository is made once, in
//! `target/corpus`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing
)] // a benchmark stops at what it does not expect, and prints what it measures

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use outcrop_oracle::{Corpus, Stock};
use outcrop_repo::verify::Subset;
use outcrop_repo::{Repo, Rid, delta};

/// How often each of a pair runs. The medians are told.
const RUNS: usize = 5;

/// Check-ins and their primary parents.
const PAIRS: &str = "SELECT pid, cid FROM plink WHERE isprim ORDER BY cid LIMIT 1000";

fn main() {
    let mut corpus = Corpus::quick();
    if let Some(check_ins) = std::env::var("OUTCROP_CHECK_INS").ok().and_then(|n| n.parse().ok()) {
        corpus.check_ins = check_ins;
    }
    let stock = Stock::find().patience(Duration::from_hours(2));
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/corpus"));
    let path = corpus.cached(&stock, &folder);
    let megabytes = std::fs::metadata(&path).unwrap().len() / 1_000_000;
    println!("{} check-ins of {} files, {megabytes} MB", corpus.check_ins, corpus.files);
    println!("| step | here | fossil {} | ratio |", stock.version());
    println!("|---|---|---|---|");
    pair(
        "rebuild",
        || on_copy(&stock, &path, rebuild),
        || on_copy(&stock, &path, |copy| stock.rebuild(copy)),
    );
    pair(
        "verify every artifact",
        || on_copy(&stock, &path, verify),
        || on_copy(&stock, &path, |copy| stock.test_integrity(copy)),
    );
    pair(
        "verify artifacts and derived rows",
        || on_copy(&stock, &path, verify_all),
        || on_copy(&stock, &path, |copy| stock.test_integrity(copy)),
    );
    pair(
        "expand every artifact, one after the other",
        || on_copy(&stock, &path, expand),
        || {
            on_copy(&stock, &path, |copy| {
                stock.sql(copy, "SELECT sum(length(content(uuid))) FROM blob;");
            })
        },
    );
    pair(
        "make deltas between check-ins and their parents",
        || on_copy(&stock, &path, make_deltas),
        || {
            on_copy(&stock, &path, |copy| {
                let sql = format!(
                    "SELECT sum(length(delta_create(content((SELECT uuid FROM blob WHERE rid = pid)), \
                     content((SELECT uuid FROM blob WHERE rid = cid))))) FROM ({PAIRS});"
                );
                stock.sql(copy, &sql);
            })
        },
    );
}

/// Runs two commands by turns, and prints their medians.
fn pair(step: &str, ours: impl Fn() -> Duration, theirs: impl Fn() -> Duration) {
    let times: Vec<_> = (0..RUNS).map(|_| (ours(), theirs())).collect();
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    };
    let here = median(times.iter().map(|(ours, _)| *ours).collect());
    let there = median(times.iter().map(|(_, theirs)| *theirs).collect());
    println!("| {step} | {here:.3} s | {there:.3} s | {:.1} |", there / here);
}

/// How long something takes with a fresh copy of a file.
fn on_copy(stock: &Stock, path: &Path, work: impl FnOnce(&Path)) -> Duration {
    let copy = stock.copy(path, "copy.fossil");
    let start = Instant::now();
    work(&copy);
    start.elapsed()
}

fn rebuild(path: &Path) {
    let repo = Repo::open(path).unwrap();
    let tx = repo.write().unwrap();
    tx.rebuild(|_| {}).unwrap();
    tx.commit().unwrap();
}

fn verify(path: &Path) {
    let repo = Repo::open_read_only(path).unwrap();
    let report = repo.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap();
    assert!(report.is_sound(), "{report}");
}

fn verify_all(path: &Path) {
    let repo = Repo::open_read_only(path).unwrap();
    let report = repo.read().unwrap().verify(|_| {}).unwrap();
    assert!(report.artifacts_are_sound(), "{report}");
}

fn make_deltas(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut pairs = connection.prepare(PAIRS).unwrap();
    let pairs = pairs.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let repo = Repo::open_read_only(path).unwrap();
    let tx = repo.read().unwrap();
    let content = |rid| tx.content(Rid::new(rid).unwrap()).unwrap();
    let deltas = pairs.map(|pair| {
        let (parent, child) = pair.unwrap();
        delta::create(&content(parent), &content(child)).len()
    });
    assert!(deltas.sum::<usize>() > 0);
}

fn expand(path: &Path) {
    let repo = Repo::open_read_only(path).unwrap();
    let tx = repo.read().unwrap();
    let rids = (1..).map_while(Rid::new).take_while(|rid| tx.blob(*rid).unwrap().is_some());
    let expanded: usize = rids.map(|rid| tx.content(rid).map_or(0, |content| content.len())).sum();
    assert!(expanded > 0);
}
