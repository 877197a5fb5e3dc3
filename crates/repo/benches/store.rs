//! How fast a repository of thousands of check-ins is verified, beside `fossil test-integrity`.
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
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use outcrop_repo::Repo;
use outcrop_repo::verify::Subset;

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
    }
}

/// Takes the best of some runs of both.
fn compare(naming: &str, path: &str) {
    let repo = Repo::open_read_only(path).unwrap();
    let mut report = None;
    let ours = best(|| {
        report = Some(repo.read().unwrap().verify(Subset::ALL, |_| {}).unwrap());
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
