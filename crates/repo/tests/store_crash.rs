//! What a killed process leaves behind: every write that was acknowledged, and nothing half done.
//!
//! The test runs itself as a child that receives, deltifies, compacts, makes clusters and copies,
//! and tells each commit on its standard output. Sooner or later it is killed. By default that
//! happens some 25 times; `OUTCROP_CRASHES=200` makes it 200.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)] // a test stops at what it does not expect

mod store_support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use outcrop_format::hash::HashName;
use outcrop_repo::backup::BackupOptions;
use outcrop_repo::compact::CompactOptions;
use outcrop_repo::content::Availability;
use outcrop_repo::deltify::Deltified;
use outcrop_repo::receive::Arrival;
use outcrop_repo::verify::Subset;
use outcrop_repo::{OpenOptions, Repo, Rid, delta};
use store_support::{Fossil, Random, based, empty, origin, rows, whole};
use tempfile::TempDir;

const FILE: &str = "OUTCROP_CRASH_FILE";
const SEED: &str = "OUTCROP_CRASH_SEED";
const SERVE: &str = "OUTCROP_CRASH_SERVE";
const CRASHES: &str = "OUTCROP_CRASHES";

/// Crashes that one repository lives through.
const CRASHES_EACH: usize = 10;

/// The longest that a child lives after its first commit.
const LONGEST: u64 = 400;

#[test]
fn what_is_acknowledged_survives_a_kill() {
    let crashes = std::env::var(CRASHES).map_or(25, |number| number.parse().unwrap());
    let fossil = Fossil::find();
    let mut random = Random(0xdead);
    let [mut acknowledged, mut copies] = [0, 0];
    for first in (0..crashes).step_by(CRASHES_EACH) {
        let folder = TempDir::new().unwrap();
        let path = empty(folder.path()).path().to_owned();
        let mut held = BTreeSet::new();
        for crash in first..crashes.min(first + CRASHES_EACH) {
            // Once in log mode the file stays so: the first half keeps its rollback journal.
            let serve = (crash - first) * 2 >= CRASHES_EACH;
            let told =
                run_and_kill(&path, crash, serve, Duration::from_millis(random.next() % LONGEST));
            let case = format!("crash {crash}, serve {serve}");
            for line in &told {
                match line.split_once(' ') {
                    Some(("held", name)) => drop(held.insert(name.parse::<HashName>().unwrap())),
                    Some(("copy", name)) => {
                        copies += 1;
                        check(&fossil, &folder.path().join(name), &BTreeSet::new(), &case);
                    }
                    _ => assert!(!line.contains("panicked"), "{case}: {line}"),
                }
            }
            acknowledged += told.len();
            check(&fossil, &path, &held, &case);
            for entry in fs::read_dir(folder.path()).unwrap() {
                let path = entry.unwrap().path();
                // What a copy left that did not take its place is no harm, but disk.
                if path.extension().is_some_and(|extension| extension != "fossil") {
                    drop(fs::remove_file(path));
                }
            }
        }
        assert!(held.len() > CRASHES_EACH.min(crashes - first), "{} held", held.len());
    }
    assert!(acknowledged > crashes && copies > 0, "{acknowledged} writes, {copies} copies");
    println!("{crashes} crashes, {acknowledged} acknowledged writes, {copies} copies");
}

/// Runs a child for a while, kills it, and gives what it told.
fn run_and_kill(path: &Path, seed: usize, serve: bool, life: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env(FILE, path)
        .env(SEED, seed.to_string())
        .env(SERVE, serve.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    for line in lines.by_ref() {
        told.push(line.unwrap());
        if told.last().is_some_and(|line| line.starts_with("held ")) {
            break;
        }
    }
    assert!(!told.is_empty(), "the child has told nothing");
    let reader = thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
    thread::sleep(life);
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "the child works until it is killed");
    let mut rest = reader.join().unwrap();
    // The last line may have been cut off.
    rest.retain(|line| line.ends_with('.'));
    told.extend(rest);
    told.retain(|line| line.ends_with('.'));
    told.into_iter().map(|line| line.trim_end_matches('.').to_owned()).collect()
}

/// Whether a file is sound for SQLite, for us and for fossil, and holds all of these.
fn check(fossil: &Fossil, path: &Path, held: &BTreeSet<HashName>, case: &str) {
    let repo = Repo::open(path).unwrap();
    let tx = repo.read().unwrap();
    let report = tx.verify_artifacts(Subset::ALL, |_| {}).unwrap();
    assert!(report.is_sound(), "{case}: {report}");
    for name in held {
        let rid = tx.rid_of(name).unwrap().unwrap_or_else(|| panic!("{case}: {name} is lost"));
        assert_eq!(tx.availability(rid).unwrap(), Availability::Held, "{case}: {name}");
    }
    let said = fossil.attempt("", &["test-integrity", "-R", path.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("integrity-check: ok"), "{case}");
    let mut errors = 0;
    for line in said.split(['\r', '\n']).filter(|line| line.contains(" artifact ")) {
        // Fossil takes a delta that waits for its source for content, and complains of it.
        let mut words = line.split([' ', ':']).skip_while(|word| *word != "artifact").skip(1);
        let rid = words.next().and_then(|word| Rid::new(word.parse().ok()?));
        let rid = rid.unwrap_or_else(|| panic!("{case}: {line}"));
        let pending = matches!(tx.availability(rid).unwrap(), Availability::WaitsFor(_));
        assert!(pending, "{case}: {line}");
        errors += 1;
    }
    assert!(said.contains(&format!(" {errors} errors")), "{case}");
    drop(tx);
    let sound: Vec<String> = rows(path, "PRAGMA integrity_check", |row| row.get(0).unwrap());
    assert_eq!(sound, ["ok"], "{case}");
}

/// One text, changed again and again; the same for each seed.
fn family(seed: u64) -> Vec<Vec<u8>> {
    let mut random = Random(seed);
    let mut text = random.text(30);
    let versions = (0..12).map(|_| {
        random.edit(&mut text);
        text.clone().into_bytes()
    });
    versions.collect()
}

/// Tells what is committed.
fn tell(what: &str, name: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{what} {name}.").unwrap();
    out.flush().unwrap();
}

/// The child. It works until it is killed.
#[test]
#[ignore = "the test above runs it, and kills it"]
fn child() {
    let variable = |name| std::env::var(name).expect("run by the test above");
    let path = PathBuf::from(variable(FILE));
    let serve = variable(SERVE) == "true";
    let repo = OpenOptions::new().serve(serve).open(&path).unwrap();
    let seed: u64 = variable(SEED).parse().unwrap();
    let mut random = Random(seed);
    // Harness and test share a line otherwise.
    println!();
    for round in seed.. {
        let family = family(random.next());
        receive(&repo, &family, &mut random);
        match round % 4 {
            0 => deltify(&repo, &family),
            1 => clusters(&repo),
            2 => copy(&repo, random.next()),
            _ => {
                let go_on = |_: &_| ControlFlow::Continue(());
                repo.compact(CompactOptions { vacuum: round % 8 == 7 }, go_on).unwrap();
            }
        }
    }
}

/// Receives a family in any order and in several transactions, half of it as deltas.
fn receive(repo: &Repo, family: &[Vec<u8>], random: &mut Random) {
    let mut order: Vec<usize> = (0..family.len()).collect();
    for at in 0..order.len() {
        order.swap(at, random.below(at + 1));
    }
    for part in order.chunks(4) {
        let tx = repo.write().unwrap();
        let mut receiver = tx.receiver(origin());
        let mut held = Vec::new();
        for number in part {
            let text = &family[*number];
            let receipt = if *number % 2 == 1 {
                let source = &family[number - 1];
                receiver.receive(&based(text, source, &delta::create(source, text)))
            } else {
                receiver.receive(&whole(text))
            };
            let receipt = receipt.unwrap();
            if receipt.arrival != Arrival::Pending {
                held.push(receipt.rid);
            }
            held.extend(receipt.released);
        }
        let names: Vec<_> = held.iter().map(|rid| tx.blob(*rid).unwrap().unwrap().name).collect();
        tx.commit().unwrap();
        for name in names {
            tell("held", &name.to_string());
        }
    }
}

fn deltify(repo: &Repo, family: &[Vec<u8>]) {
    let tx = repo.write().unwrap();
    let rid = |text: &Vec<u8>| tx.rid_of(&HashName::sha3_of(text)).unwrap().unwrap();
    let mut stored = 0;
    for pair in family.windows(2) {
        let done = tx.deltify(rid(&pair[1]), &[rid(&pair[0])]).unwrap();
        stored += usize::from(matches!(done, Deltified::Stored { .. }));
    }
    tx.commit().unwrap();
    assert!(stored > 0);
    tell("deltified", &stored.to_string());
}

fn clusters(repo: &Repo) {
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(origin());
    let made = receiver.make_clusters().unwrap();
    receiver.finish().unwrap();
    let names: Vec<_> = made.iter().map(|rid| tx.blob(*rid).unwrap().unwrap().name).collect();
    tx.commit().unwrap();
    for name in names {
        tell("held", &name.to_string());
    }
}

fn copy(repo: &Repo, number: u64) {
    let name = format!("copy-{number}.fossil");
    let to = repo.path().with_file_name(&name);
    repo.backup(to, BackupOptions::default(), |_| ControlFlow::Continue(())).unwrap();
    tell("copy", &name);
}
