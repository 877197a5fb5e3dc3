//! Both programs, corpora, and a folder for what is made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use outcrop_oracle::{Corpus, Stock};

use crate::args::{Args, FULL};
use crate::history;

/// The user that everything is done by, and the password.
pub(crate) const USER: &str = "alice";
pub(crate) const PASSWORD: &str = "sesame";

/// Where corpora are kept.
const CORPORA: &str = "target/corpus";
/// Files that SQLite puts beside a repository.
const BESIDE: [&str; 4] = ["", "-journal", "-wal", "-shm"];

/// Both programs, and where they work.
pub(crate) struct Stage {
    pub(crate) stock: Stock,
    outcrop: PathBuf,
    /// How often each command of a contest runs.
    pub(crate) rounds: usize,
    /// Whether shapes are as large as can be.
    pub(crate) is_full: bool,
    /// Check-ins of the corpus.
    pub(crate) check_ins: usize,
    /// Check-ins of the corpora that growth is measured with, smallest first.
    pub(crate) sizes: Vec<usize>,
    /// How long a crowd works with each server.
    pub(crate) crowd_time: Duration,
    /// Corpora that have the password already.
    ready: Mutex<Vec<usize>>,
}

impl Stage {
    pub(crate) fn new(args: &Args) -> Self {
        let outcrop = args.program.canonicalize().unwrap_or_else(|error| {
            panic!("{}: {error}: `cargo build --release -p outcrop-cli`", args.program.display())
        });
        let stock = Corpus::stock();
        Self {
            stock,
            outcrop,
            rounds: args.rounds(),
            is_full: args.full,
            check_ins: args.corpus(),
            sizes: args.sizes(),
            crowd_time: args.crowd_time(),
            ready: Mutex::default(),
        }
    }

    /// What was measured, in words.
    pub(crate) fn described(&self, args: &Args) -> String {
        let (stock, rounds) = (self.stock.version(), self.rounds);
        let often = if rounds == 1 { "once".to_owned() } else { format!("medians of {rounds}") };
        let sizes = if args.growth { &self.sizes } else { &vec![self.check_ins] };
        let sizes: Vec<_> = sizes.iter().map(ToString::to_string).collect();
        format!("beside fossil {stock}: {} check-ins of 700 files, {often}", sizes.join(", "))
    }

    /// A run of `outcrop`.
    pub(crate) fn outcrop(&self, arguments: &[&str]) -> Command {
        let mut command = self.stock.command_of(&self.outcrop);
        command.args(arguments);
        command
    }

    /// A run of `fossil`.
    pub(crate) fn fossil(&self, arguments: &[&str]) -> Command {
        let mut command = self.stock.command();
        command.args(arguments);
        command
    }

    /// The corpus that was asked for.
    pub(crate) fn corpus(&self) -> PathBuf {
        self.corpus_of(self.check_ins)
    }

    /// A corpus of so many check-ins, in which [`USER`] may do everything by [`PASSWORD`].
    pub(crate) fn corpus_of(&self, check_ins: usize) -> PathBuf {
        let name = format!("corpus{check_ins}.fossil");
        let path = self.path(&name);
        if !self.ready.lock().unwrap().contains(&check_ins) {
            eprintln!("corpus of {check_ins} check-ins");
            fs::copy(self.made(check_ins), &path).unwrap();
            self.give_password(&path);
            self.ready.lock().unwrap().push(check_ins);
        }
        path
    }

    /// Where a corpus is kept, made if it is not there yet. Stock imports up to [`FULL`] check-ins; more
    /// would take hours, and are added here.
    fn made(&self, check_ins: usize) -> PathBuf {
        // Stock runs in a folder of its own.
        let folder = std::path::absolute(CORPORA).unwrap();
        let imported = check_ins.min(FULL);
        let mut corpus = Corpus::default();
        corpus.check_ins = imported;
        let made = corpus.cached(&self.stock, &folder);
        if imported == check_ins {
            return made;
        }
        let extended = folder.join(format!("{check_ins}-extended.fossil"));
        if !extended.exists() {
            let half = folder.join(format!("{check_ins}-extended.{}.part", std::process::id()));
            fs::copy(made, &half).unwrap();
            history::extend(&half, check_ins - imported);
            // As an import ends.
            self.stock.sql(&half, "VACUUM;");
            fs::rename(half, &extended).unwrap();
        }
        extended
    }

    pub(crate) fn give_password(&self, repository: &Path) {
        self.stock.ok(&["user", "password", USER, PASSWORD, "-R", text(repository)]);
    }

    /// A path in the scratch folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.stock.path(name)
    }

    /// A path in the scratch folder where nothing is.
    pub(crate) fn vacant(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        discard(&path);
        path
    }

    /// A fresh copy of a repository.
    pub(crate) fn copy(&self, repository: &Path, name: &str) -> PathBuf {
        let copy = self.vacant(name);
        lay(repository, &copy);
        copy
    }

    /// The code of the project that a repository is of.
    pub(crate) fn project_code(&self, repository: &Path) -> String {
        let sql = "SELECT value FROM config WHERE name = 'project-code';";
        self.stock.sql(repository, sql).trim().trim_matches('\'').to_owned()
    }

    /// How many artifacts a repository has.
    pub(crate) fn artifacts(&self, repository: &Path) -> u64 {
        let said = self.stock.sql(repository, "SELECT count(*) FROM blob WHERE size >= 0;");
        said.trim().parse().unwrap()
    }
}

/// Takes a repository away, and what is beside it.
pub(crate) fn discard(repository: &Path) {
    for end in BESIDE {
        let file = beside(repository, end);
        if file.exists() {
            fs::remove_file(file).unwrap();
        }
    }
}

/// A file that SQLite puts beside a repository.
pub(crate) fn beside(repository: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", repository.display()))
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Copies a repository, and waits until the copy is on the disk: otherwise whoever is measured with it would
/// wait for that, at the first flush of its own.
pub(crate) fn lay(repository: &Path, copy: &Path) {
    fs::copy(repository, copy).unwrap();
    fs::File::open(copy).unwrap().sync_all().unwrap();
}
