//! A large repository for benchmarks, imported by stock.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::{Random, Stock};

/// When the history began, in seconds since 1970.
const BEGINNING: u64 = 1_500_000_000;
/// How long stock may take for the import: some ten milliseconds a check-in.
const PATIENCE: Duration = Duration::from_hours(2);
/// The largest corpus, so that a slip of the finger does not fill the disk.
const MOST_CHECK_INS: usize = 1_000_000;
/// One check-in in so many changes a file that does not compress.
const CHECK_INS_AN_ASSET: usize = 12;
/// Branches that grow at the same time.
const MOST_BRANCHES: usize = 8;

/// A large repository: how much of it, and which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Corpus {
    /// Check-ins; each brings some four new versions of files.
    pub check_ins: usize,
    /// Files in the newest check-in.
    pub files: usize,
    /// Another seed, another history.
    pub seed: u64,
}

impl Default for Corpus {
    /// 20,000 check-ins of 700 files, about 100,000 artifacts.
    fn default() -> Self {
        Self { check_ins: 20_000, files: 700, seed: 1 }
    }
}

/// A branch while the history is written.
#[derive(Clone)]
struct Branch {
    name: String,
    /// The mark of its newest check-in.
    tip: usize,
    /// Its files, by their numbers.
    files: BTreeMap<usize, Vec<String>>,
}

impl Corpus {
    /// A tenth: 2,000 check-ins of 700 files, about 10,000 artifacts.
    #[must_use]
    pub fn quick() -> Self {
        Self { check_ins: 2000, ..Self::default() }
    }

    /// The corpus in a folder, made there if it is not there yet.
    ///
    /// # Panics
    ///
    /// If stock cannot import it, or the folder cannot be written.
    pub fn cached(&self, stock: &Stock, folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let folder = folder.canonicalize().unwrap();
        let name = format!("{}-{}-{}.fossil", self.check_ins, self.files, self.seed);
        let repository = folder.join(&name);
        if repository.exists() {
            return repository;
        }
        // Made under another name: a half of it is never taken for the whole.
        let half = folder.join(format!("{name}.{}.part", std::process::id()));
        let import = ["import", "--git", "--force", "--rename-master", "trunk", "-A", "alice"];
        let mut arguments: Vec<_> = import.iter().map(AsRef::as_ref).collect();
        arguments.push(half.as_os_str());
        // Some hundred megabytes, which need not lie on a disk.
        let (reader, writer) = io::pipe().unwrap();
        let corpus = *self;
        let writing = thread::spawn(move || corpus.write(writer));
        let output = stock.run_with("", &arguments, reader);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        writing.join().unwrap().unwrap();
        fs::rename(half, &repository).unwrap();
        repository
    }

    /// Stock, as patient as an import needs.
    #[must_use]
    pub fn stock() -> Stock {
        Stock::find().patience(PATIENCE)
    }

    /// Writes the history as a stream for `fossil import --git` or `git fast-import`.
    pub fn write(&self, out: impl Write) -> io::Result<()> {
        assert!(self.check_ins <= MOST_CHECK_INS, "more than {MOST_CHECK_INS} check-ins");
        let mut out = BufWriter::with_capacity(1 << 20, out);
        let mut random = Random::new(self.seed);
        let first = (0..self.files).map(|number| (number, new_file(&mut random))).collect();
        let trunk = Branch { name: "master".to_owned(), tip: 1, files: first };
        let all: Vec<usize> = trunk.files.keys().copied().collect();
        commit(&mut out, 1, &trunk, None, None, &all)?;
        let mut branches = vec![trunk];
        for mark in 2..=self.check_ins {
            let at = choose(&mut random, &mut branches, mark);
            let merged = merge(&mut random, &mut branches, at);
            let branch = &mut branches[at];
            let from = std::mem::replace(&mut branch.tip, mark);
            let mut changed = edit(&mut random, branch);
            changed.extend(merged.iter().flat_map(|(_, files)| files));
            changed.sort_unstable();
            changed.dedup();
            commit(&mut out, mark, branch, Some(from), merged.map(|(tip, _)| tip), &changed)?;
            if random.one_in(CHECK_INS_AN_ASSET) {
                asset(&mut out, &mut random)?;
            }
        }
        out.flush()
    }
}

/// The branch that goes on: mostly the trunk, now and then a new one.
fn choose(random: &mut Random, branches: &mut Vec<Branch>, mark: usize) -> usize {
    if random.one_in(150) && branches.len() < MOST_BRANCHES {
        let name = format!("branch-{mark}");
        branches.push(Branch { name, ..branches[0].clone() });
        return branches.len() - 1;
    }
    if random.one_in(3) { random.below(branches.len()) } else { 0 }
}

/// Merges a branch into the trunk, which ends the branch: its tip, and the files it brings.
fn merge(
    random: &mut Random,
    branches: &mut Vec<Branch>,
    into: usize,
) -> Option<(usize, Vec<usize>)> {
    if into != 0 || branches.len() < 2 || !random.one_in(100) {
        return None;
    }
    let other = branches.swap_remove(1 + random.below(branches.len() - 1));
    let trunk = &mut branches[0].files;
    let brought: Vec<usize> = other
        .files
        .iter()
        .filter(|(number, lines)| trunk.get(number) != Some(lines))
        .map(|(&number, _)| number)
        .take(5)
        .collect();
    for number in &brought {
        trunk.insert(*number, other.files[number].clone());
    }
    Some((other.tip, brought))
}

fn new_file(random: &mut Random) -> Vec<String> {
    let lines = 60 + random.below(240);
    (0..lines).map(|_| line(random)).collect()
}

fn line(random: &mut Random) -> String {
    const WORDS: &[&str] =
        &["let", "return", "value", "index", "self", "match", "buffer", "offset", "if", "while"];
    let words = 2 + random.below(7);
    let mut line: String = (0..words).map(|_| random.pick(WORDS).to_string() + " ").collect();
    line.push_str(&random.below(100_000).to_string());
    line
}

/// Changes some lines in four files; answers which.
fn edit(random: &mut Random, branch: &mut Branch) -> Vec<usize> {
    let numbers: Vec<usize> = branch.files.keys().copied().collect();
    let mut changed = Vec::new();
    for _ in 0..4 {
        // Some files change more often than others.
        let at = random.below(numbers.len()).min(random.below(numbers.len()));
        let number = numbers[at];
        if let Some(lines) = branch.files.get_mut(&number) {
            for _ in 0..=random.below(9) {
                let place = random.below(lines.len());
                let new = line(random);
                match random.below(5) {
                    0 => lines.insert(place, new),
                    1 if lines.len() > 40 => drop(lines.remove(place)),
                    _ => lines[place] = new,
                }
            }
            changed.push(number);
        }
    }
    changed
}

fn commit(
    out: &mut impl Write,
    mark: usize,
    branch: &Branch,
    from: Option<usize>,
    merged: Option<usize>,
    changed: &[usize],
) -> io::Result<()> {
    let time = BEGINNING + 600 * u64::try_from(mark).unwrap();
    let message = format!("check-in {mark} on {}", branch.name);
    writeln!(out, "commit refs/heads/{}\nmark :{mark}", branch.name)?;
    writeln!(out, "committer alice <alice@example.org> {time} +0000")?;
    writeln!(out, "data {}\n{message}", message.len())?;
    if let Some(from) = from {
        writeln!(out, "from :{from}")?;
    }
    if let Some(merged) = merged {
        writeln!(out, "merge :{merged}")?;
    }
    for number in changed {
        let text = branch.files[number].join("\n") + "\n";
        writeln!(out, "M 100644 inline src/part{}/file{number}.c", number % 20)?;
        writeln!(out, "data {}\n{text}", text.len())?;
    }
    Ok(())
}

/// A new version of a picture or the like, which no delta makes small.
fn asset(out: &mut impl Write, random: &mut Random) -> io::Result<()> {
    let len = 16_384 + random.below(65_536);
    let bytes: Vec<u8> =
        std::iter::repeat_with(|| random.any().to_le_bytes()).flatten().take(len).collect();
    writeln!(out, "M 100644 inline assets/picture{}.bin\ndata {len}", random.below(40))?;
    out.write_all(&bytes)?;
    writeln!(out)
}
