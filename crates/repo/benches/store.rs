//! How fast a repository of thousands of check-ins is verified, beside `fossil test-integrity`; how
//! fast its artifacts are received; and how fast and how far it is compacted, beside
//! `fossil rebuild --compress-only`.
//!
//! `cargo bench -p outcrop-repo --bench store`
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)] // a benchmark stops at what it does not expect, and prints what it measures

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use outcrop_format::envelope;
use outcrop_repo::artifact::Moment;
use outcrop_repo::compact::{CompactOptions, CompactReport};
use outcrop_repo::create::CreateOptions;
use outcrop_repo::receive::{Incoming, Origin, Payload};
use outcrop_repo::verify::Subset;
use outcrop_repo::{Repo, Rid};

const CHECK_INS: usize = 4_000;
const FILES: usize = 300;
const LINES: usize = 150;
const RUNS: usize = 3;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let stream = folder.path().join("stream");
    std::fs::write(&stream, history()).unwrap();
    for naming in ["--sha3", "--sha1"] {
        let path = folder.path().join(format!("bench{naming}.fossil"));
        let path = path.to_str().unwrap();
        match naming {
            "--sha1" => fossil(&["init", "--sha1", path], None),
            _ => fossil(&["init", path], None),
        }
        fossil(&["import", "--incremental", "--git", path], Some(&stream));
        fossil(&["rebuild", "--compress", path], None);
        compare(naming, path);
        compact(naming, path, &receive(naming, path, folder.path()), folder.path());
    }
}

/// Receives all artifacts into an empty repository, as deltas and then whole; gives the latter.
fn receive(naming: &str, path: &str, folder: &Path) -> PathBuf {
    let source = Repo::open_read_only(path).unwrap();
    let source = source.read().unwrap();
    let rids = (1..).map_while(Rid::new).map_while(|rid| source.blob(rid).unwrap());
    let rows: Vec<_> = rids.collect();
    let now = Moment::parse(b"2024-01-02T03:04:05").unwrap();
    let mut made = PathBuf::new();
    for form in ["deltas", "whole"] {
        let all: Vec<_> = rows
            .iter()
            .map(|row| match (form, row.source) {
                ("deltas", Some(rid)) => {
                    (source.stored(row.rid).unwrap().unwrap(), source.blob(rid).unwrap())
                }
                _ => (envelope::seal(&source.content(row.rid).unwrap()).unwrap().into(), None),
            })
            .collect();
        let times = (0..RUNS).map(|run| {
            made = folder.join(format!("{form}{naming}{run}.fossil"));
            let options = CreateOptions::new("alice", now);
            let repo = Repo::create(&made, &options, &mut |bytes| bytes.fill(1)).unwrap().repo;
            let start = Instant::now();
            let tx = repo.write().unwrap();
            let origin = Origin { user: None, at: now, nonce: None, address: None };
            let mut receiver = tx.receiver(origin);
            for (row, (stored, source)) in rows.iter().zip(&all) {
                let source = source.map(|source| source.name);
                let payload = Payload::Sealed(stored);
                let incoming = Incoming { name: row.name, source, payload, private: false };
                receiver.receive(&incoming).unwrap();
            }
            tx.commit().unwrap();
            start.elapsed()
        });
        let time = times.min().unwrap();
        let count = rows.len();
        println!("{naming}: {count} artifacts received as {form} in {:.3} s", time.as_secs_f64());
    }
    made
}

/// Stores all artifacts of a repository whole.
fn expand(path: &Path) {
    let repo = Repo::open(path).unwrap();
    let tx = repo.read().unwrap();
    let rids: Vec<_> =
        (1..).map_while(Rid::new).take_while(|rid| tx.blob(*rid).unwrap().is_some()).collect();
    let whole: Vec<_> =
        rids.iter().map(|rid| envelope::seal(&tx.content(*rid).unwrap()).unwrap()).collect();
    drop(tx);
    let mut connection = rusqlite::Connection::open(path).unwrap();
    let writing = connection.transaction().unwrap();
    for (rid, stored) in rids.iter().zip(&whole) {
        let sql = "UPDATE blob SET content = ?2 WHERE rid = ?1";
        writing.execute(sql, (rid.get(), stored)).unwrap();
    }
    writing.execute("DELETE FROM delta", []).unwrap();
    writing.commit().unwrap();
    connection.execute_batch("VACUUM").unwrap();
}

/// Compacts a repository in which everything stands whole.
fn compact(naming: &str, compressed: &str, path: &Path, folder: &Path) {
    // Compaction asks what belongs to what. A rebuild finds that out, and makes deltas by the way.
    fossil(&["rebuild", path.to_str().unwrap()], None);
    expand(path);
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    let copy = |name: &str| {
        let copy = folder.join(format!("{name}{naming}.fossil"));
        std::fs::copy(path, &copy).unwrap();
        copy
    };
    let [ours, theirs] = ["ours", "theirs"].map(copy);
    let start = Instant::now();
    let repo = Repo::open(&ours).unwrap();
    let go_on = |_: &CompactReport| ControlFlow::Continue(());
    let report = repo.compact(CompactOptions { vacuum: true }, go_on).unwrap();
    let our_time = start.elapsed();
    assert!(repo.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap().is_sound());
    let start = Instant::now();
    fossil(&["rebuild", "--compress-only", theirs.to_str().unwrap()], None);
    let their_time = start.elapsed();
    println!("{naming}: {report:?}");
    println!(
        "{naming}: {} bytes, compacted here to {} in {:.3} s, by fossil to {} in {:.3} s; {} as it \
         was imported",
        size(path),
        size(&ours),
        our_time.as_secs_f64(),
        size(&theirs),
        their_time.as_secs_f64(),
        size(Path::new(compressed)),
    );
}

/// Takes the best of some runs of both.
fn compare(naming: &str, path: &str) {
    let repo = Repo::open_read_only(path).unwrap();
    let mut report = None;
    let ours = best(|| {
        report = Some(repo.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap());
    });
    let theirs = best(|| fossil(&["test-integrity", "-R", path], None));
    let report = report.unwrap();
    assert!(report.is_sound() && report.checked > 3 * CHECK_INS as u64, "{report}");
    println!("{naming}: {report}");
    println!(
        "{naming}: {:.3} s here, {:.3} s with fossil: {:.1} times as fast, {:.0} MB/s",
        ours.as_secs_f64(),
        theirs.as_secs_f64(),
        theirs.as_secs_f64() / ours.as_secs_f64(),
        bytes_per_microsecond(report.bytes, ours),
    );
}

#[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
fn bytes_per_microsecond(bytes: u64, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64() / 1e6
}

fn best(mut run: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..RUNS).map(time).min().unwrap()
}

fn fossil(arguments: &[&str], stdin: Option<&Path>) {
    let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
    let stdin = stdin.map_or_else(Stdio::null, |file| std::fs::File::open(file).unwrap().into());
    let output = Command::new(&program)
        .args(arguments)
        .env("HOME", std::env::temp_dir())
        .env("USER", "alice")
        .stdin(stdin)
        .output();
    let output = output.unwrap_or_else(|error| {
        panic!(
            "cannot run `{program}` ({error}): fossil is missing: apt-get install fossil, or set \
             OUTCROP_FOSSIL to its path"
        )
    });
    assert!(output.status.success(), "fossil {arguments:?}: {output:?}");
}

/// A history in the format of `git fast-export`.
fn history() -> String {
    let mut random = Random(0x5eed);
    let mut files: Vec<Vec<String>> =
        (0..FILES).map(|_| (0..LINES).map(|_| random.line()).collect()).collect();
    let mut stream = String::new();
    // Marks of contents count from 1 and those of check-ins from a million.
    let mut mark = 0;
    for check_in in 0..CHECK_INS {
        let time = 1_500_000_000 + 60 * check_in;
        let changed: Vec<usize> = match check_in {
            0 => (0..FILES).collect(),
            _ => (0..3).map(|_| random.below(FILES)).collect(),
        };
        let mut cards = String::new();
        for number in changed {
            mark += 1;
            let file = &mut files[number];
            let at = random.below(file.len());
            file[at] = random.line();
            file.insert(at, random.line());
            let text = file.concat();
            writeln!(stream, "blob\nmark :{mark}\ndata {}\n{text}", text.len()).unwrap();
            let folder = number % 11;
            writeln!(cards, "M 100644 :{mark} src/part{folder}/file{number}.c").unwrap();
        }
        let this = 1_000_000 + check_in;
        writeln!(stream, "commit refs/heads/master\nmark :{this}").unwrap();
        writeln!(stream, "committer alice <alice> {time} +0000\ndata 4\nedit").unwrap();
        if check_in > 0 {
            writeln!(stream, "from :{}", this - 1).unwrap();
        }
        writeln!(stream, "{cards}").unwrap();
    }
    stream
}

/// The same numbers in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn line(&mut self) -> String {
        let [name, value, number] = [2000, 2000, 100].map(|bound| self.below(bound));
        format!("    let name_{name} = other_{value}({number});\n")
    }
}
