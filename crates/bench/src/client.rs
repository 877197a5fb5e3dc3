//! A client that clones, pulls, makes check-ins and pushes them, by processes of either program.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;

use crate::stage::{Stage, USER, discard, text};

/// What is done with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Clone,
    Pull,
    Push,
}

/// What a client does, over and over. Each push has a check-in made before it.
const STEPS: [Step; 8] = [
    Step::Push,
    Step::Pull,
    Step::Push,
    Step::Pull,
    Step::Push,
    Step::Pull,
    Step::Push,
    Step::Clone,
];
/// How long a client waits that could not even clone.
const WAIT: Duration = Duration::from_millis(500);

/// The program that a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Ours,
    Stock,
}

/// A client with a folder and a branch of its own.
pub(crate) struct Client<'a> {
    stage: &'a Stage,
    program: Program,
    url: &'a str,
    /// Its name, and that of its branch.
    name: String,
    folder: PathBuf,
    clone: PathBuf,
    number: usize,
    /// Its check-ins, oldest first.
    check_ins: Vec<HashName>,
    done: Done,
}

/// What a client has done.
pub(crate) struct Done {
    pub(crate) program: Program,
    /// What the server has answered well, and how long that took.
    pub(crate) steps: Vec<(Step, Duration)>,
    /// What it has not, in the words of the client.
    pub(crate) failures: Vec<String>,
    /// Check-ins that the server has acknowledged.
    pub(crate) acknowledged: Vec<HashName>,
    /// Check-ins that were acknowledged before a clone began, and were not in it.
    pub(crate) missing: usize,
}

impl<'a> Client<'a> {
    pub(crate) fn new(stage: &'a Stage, program: Program, url: &'a str, number: usize) -> Self {
        let name = format!("client{number}");
        let folder = stage.path(&name);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir(&folder).unwrap();
        let clone = folder.join("clone.fossil");
        let (steps, failures, acknowledged) = Default::default();
        let done = Done { program, steps, failures, acknowledged, missing: 0 };
        Self { stage, program, url, name, folder, clone, number, check_ins: Vec::new(), done }
    }

    /// Clones, and goes on until the time is over.
    pub(crate) fn run(mut self, until: Instant) -> Done {
        let clone = self.clone.clone();
        while !self.measured(Step::Clone, &clone) {
            if Instant::now() >= until {
                return self.done;
            }
            thread::sleep(WAIT);
        }
        if self.program == Program::Stock {
            self.local(&["open", text(&clone), "--nosync"]);
            self.local(&["settings", "autosync", "0"]);
        }
        // Not all of them do the same at the same time.
        for step in STEPS.iter().cycle().skip(self.number) {
            if Instant::now() >= until {
                break;
            }
            match step {
                Step::Clone => self.clone_again(),
                Step::Pull => drop(self.measured(Step::Pull, &clone)),
                Step::Push => {
                    self.commit();
                    if self.measured(Step::Push, &clone) {
                        self.done.acknowledged.clone_from(&self.check_ins);
                    }
                }
            }
        }
        self.done
    }

    /// Clones into another file, which has to hold what the server has acknowledged.
    fn clone_again(&mut self) {
        let file = self.folder.join("again.fossil");
        discard(&file);
        if self.measured(Step::Clone, &file)
            && let Some(newest) = self.done.acknowledged.last()
        {
            self.done.missing += missing(&file, std::slice::from_ref(newest));
        }
    }

    /// Does something with the server, and keeps how long it took. Says whether it went well.
    fn measured(&mut self, step: Step, file: &Path) -> bool {
        let (url, file) = (self.url, text(file));
        let mut command = match (self.program, step) {
            (Program::Ours, Step::Clone) => self.command(&["clone", "-q", url, file]),
            (Program::Ours, Step::Pull) => self.command(&["pull", "-q", "--once", url, "-R", file]),
            (Program::Ours, Step::Push) => self.command(&["push", "-q", "--once", url, "-R", file]),
            (Program::Stock, Step::Clone) => self.command(&["clone", "--nocompress", url, file]),
            (Program::Stock, Step::Pull) => self.command(&["pull", url, "--once", "-R", file]),
            (Program::Stock, Step::Push) => self.command(&["push", url, "--once", "-R", file]),
        };
        let began = Instant::now();
        let output = command.output().unwrap();
        let took = began.elapsed();
        let [said, error] = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
        // Stock tells of most failures, and succeeds all the same.
        let is_told = !error.is_empty() || said.contains("Error:");
        let is_well = output.status.success() && (self.program == Program::Ours || !is_told);
        if is_well {
            self.done.steps.push((step, took));
        } else {
            let (program, status) = (self.program, output.status);
            let words = [last_words(&said), last_words(&error)].join(" ");
            let failure = format!("{step:?} by {program:?}: {status}: {words}");
            self.done.failures.push(failure);
        }
        is_well
    }

    /// Makes a check-in on the branch of this client.
    fn commit(&mut self) {
        let (name, number) = (&self.name, self.check_ins.len());
        let message = format!("Note {number} of {name}");
        let note = format!("{name}.txt");
        // Longer each time: stock does not see a change of the same second that keeps the size.
        fs::write(self.folder.join(&note), format!("{message}\n").repeat(number + 1)).unwrap();
        let said = if self.program == Program::Ours {
            let flags = ["--json", "--allow-older", "--user", USER, "--branch", name];
            let arguments = ["commit", "-R", text(&self.clone), "-m", &message, &note];
            self.local(&[&arguments[..], &flags].concat())
        } else {
            let flags = ["--allow-older", "--no-warnings", "--user-override", USER];
            let mut arguments = [&["commit", "-m", &message][..], &flags].concat();
            if self.check_ins.is_empty() {
                self.local(&["add", &note]);
                arguments.extend(["--branch", name]);
            }
            self.local(&arguments)
        };
        self.check_ins.push(check_in(self.program, &said));
    }

    /// Does something without the server, which must succeed. Gives what it prints.
    fn local(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self.program {
            Program::Ours => self.stage.outcrop(arguments),
            Program::Stock => self.stage.fossil(arguments),
        };
        // Stock keeps a database of what its user does.
        command.env("HOME", &self.folder).env("FOSSIL_HOME", &self.folder);
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }
}

/// What is left on the screen of what a program says: stock writes its progress over and over.
fn last_words(said: &str) -> String {
    let lines = said.lines().filter_map(|line| line.rsplit('\r').next());
    lines.collect::<Vec<_>>().join("\n")
}

/// The check-in that was made, as the program tells.
fn check_in(program: Program, said: &str) -> HashName {
    let hash = match program {
        Program::Ours => {
            let said: serde_json::Value = serde_json::from_str(said).unwrap();
            said["check_in"].as_str().unwrap().to_owned()
        }
        Program::Stock => {
            let line = said.lines().find_map(|line| line.strip_prefix("New_Version: "));
            line.unwrap_or_else(|| panic!("{said}")).trim().to_owned()
        }
    };
    hash.parse().unwrap()
}

/// How many artifacts a repository does not hold with content that is what they are called.
pub(crate) fn missing(repository: &Path, names: &[HashName]) -> usize {
    let repo = Repo::open_read_only(repository).unwrap();
    let tx = repo.read().unwrap();
    let is_there = |name: &&HashName| {
        let rid = tx.rid_of(name).unwrap();
        rid.and_then(|rid| tx.content(rid).ok()).is_some_and(|content| name.verify(&content))
    };
    names.len() - names.iter().filter(is_there).count()
}
