//! The real `fossil`, and repositories made with it.
// Each test uses what it needs.
#![allow(dead_code)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};

use outcrop_format::hash::HashName;
use outcrop_repo::artifact::Moment;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::receive::{Incoming, Origin, Payload};
use outcrop_repo::{Repo, Rid};
use rusqlite::Connection;
use tempfile::TempDir;

/// The real `fossil`, with a folder for its files.
pub(crate) struct Fossil {
    program: String,
    folder: TempDir,
}

impl Fossil {
    pub(crate) fn find() -> Self {
        let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
        let fossil = Self { program, folder: tempfile::tempdir().unwrap() };
        fossil.run(&["version"]);
        fossil
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs it in a folder below its own; whatever comes of it.
    pub(crate) fn attempt(&self, folder: &str, arguments: &[&str]) -> Output {
        self.command(folder, arguments).output().unwrap_or_else(|error| {
            panic!(
                "cannot run `{}` ({error}): fossil is missing: apt-get install fossil, or set \
                 OUTCROP_FOSSIL to its path",
                self.program
            )
        })
    }

    fn command(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.path(folder))
            .env("HOME", self.folder.path())
            .env("USER", "alice")
            .env_remove("FOSSIL_USER");
        command
    }

    /// Runs it, successfully, and gives what it prints.
    pub(crate) fn run_in(&self, folder: &str, arguments: &[&str]) -> Vec<u8> {
        let output = self.attempt(folder, arguments);
        assert!(output.status.success(), "fossil {arguments:?}: {output:?}");
        output.stdout
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Vec<u8> {
        self.run_in("", arguments)
    }

    /// What it prints, as text.
    pub(crate) fn say(&self, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&self.run(arguments)).into_owned()
    }

    /// What it prints with a variable in its environment.
    pub(crate) fn say_as(&self, (name, value): (&str, &str), arguments: &[&str]) -> String {
        let output = self.command("", arguments).env(name, value).output().unwrap();
        assert!(output.status.success(), "fossil {arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A repository with a history: `check_ins` check-ins of text files that are edited, a wiki
    /// page, a private branch, and all of it stored as deltas.
    pub(crate) fn project(&self, name: &str, init: &[&str], check_ins: usize) -> PathBuf {
        let file = format!("{name}.fossil");
        let repository = self.path(&file);
        self.run(&[&["init", "-A", "alice"], init, &[&file]].concat());
        fs::create_dir(self.path(name)).unwrap();
        self.run_in(name, &["open", &format!("../{file}")]);
        // Several check-ins a second: times of change do not tell them apart.
        self.run_in(name, &["settings", "mtime-changes", "off"]);
        let mut random = Random(7);
        let mut texts: Vec<String> = (0..5).map(|_| random.text(120)).collect();
        for check_in in 0..check_ins {
            for (number, text) in texts.iter_mut().enumerate() {
                if check_in == 0 || random.below(2) == 0 {
                    random.edit(text);
                    self.write(&format!("{name}/file {number}.txt"), &*text);
                }
            }
            self.write(&format!("{name}/counter"), check_in.to_string());
            self.run_in(name, &["addremove"]);
            let message = format!("check-in {check_in}");
            self.run_in(name, &["commit", "--no-warnings", "-m", &message]);
        }
        self.write("page", "A *page*\n");
        self.run_in(name, &["wiki", "create", "A page", "../page"]);
        self.write(&format!("{name}/secret"), "nobody may know\n");
        self.run_in(name, &["add", "secret"]);
        let secret = ["commit", "--private", "--branch", "hidden", "--no-warnings", "-m", "secret"];
        self.run_in(name, &secret);
        self.run_in(name, &["close", "--force"]);
        self.run(&["rebuild", "--compress", &file]);
        repository
    }

    /// Whether `test-integrity` finds nothing wrong.
    pub(crate) fn finds_it_whole(&self, repository: &Path) {
        let said = self.say(&["test-integrity", "-R", repository.to_str().unwrap()]);
        assert!(said.contains(" 0 errors"), "{said}");
        assert!(said.contains("integrity-check: ok"), "{said}");
    }
}

/// All artifacts of a repository, as SQLite sees them.
pub(crate) fn artifacts(repository: &Path) -> Vec<(Rid, HashName)> {
    rows(repository, "SELECT rid, uuid FROM blob WHERE size >= 0 ORDER BY rid", |row| {
        let name: String = row.get(1).unwrap();
        (Rid::new(row.get(0).unwrap()).unwrap(), name.parse().unwrap())
    })
}

/// Rows of a query.
pub(crate) fn rows<T>(
    repository: &Path,
    sql: &str,
    mut read: impl FnMut(&rusqlite::Row<'_>) -> T,
) -> Vec<T> {
    let connection = Connection::open(repository).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| Ok(read(row))).unwrap().map(Result::unwrap).collect()
}

/// Changes a repository behind everyone's back.
pub(crate) fn tamper(repository: &Path, sql: &str) {
    let connection = Connection::open(repository).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.execute_batch(sql).unwrap();
}

pub(crate) fn moment(text: &str) -> Moment {
    Moment::parse(text.as_bytes()).unwrap()
}

/// An empty repository.
pub(crate) fn empty(folder: &Path) -> Repo {
    let options = CreateOptions::new("alice", moment("2024-01-02T03:04:05"));
    Repo::create(folder.join("new.fossil"), &options, &mut |bytes| bytes.fill(1)).unwrap().repo
}

/// Where it comes from.
pub(crate) fn origin() -> Origin {
    Origin { user: Some(1), at: moment("2024-01-02T03:04:06"), nonce: None, address: None }
}

/// An artifact that comes whole.
pub(crate) fn whole(content: &[u8]) -> Incoming<'_> {
    let name = HashName::sha3_of(content);
    Incoming { name, source: None, payload: Payload::Plain(content), private: false }
}

/// An artifact that comes as a delta.
pub(crate) fn based<'a>(content: &[u8], source: &[u8], delta: &'a [u8]) -> Incoming<'a> {
    let (name, source) = (HashName::sha3_of(content), Some(HashName::sha3_of(source)));
    Incoming { name, source, payload: Payload::Plain(delta), private: false }
}

/// Sets a flag when it goes, also because a test fails: so that threads which wait for the flag end.
pub(crate) struct AtEnd<'a>(pub(crate) &'a AtomicBool);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Numbers that look random and are the same on every run (`SplitMix64`).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound.max(1)
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.next().to_le_bytes()[0]);
    }

    pub(crate) fn text(&mut self, lines: usize) -> String {
        let mut text = String::new();
        for _ in 0..lines {
            writeln!(text, "let name{} = {};", self.below(900), self.below(900)).unwrap();
        }
        text
    }

    /// Replaces one line, and adds one.
    pub(crate) fn edit(&mut self, text: &mut String) {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let at = self.below(lines.len());
        lines[at] = format!("edited {}", self.below(9000));
        lines.insert(self.below(lines.len()), format!("added {}", self.below(9000)));
        *text = lines.join("\n") + "\n";
    }
}
