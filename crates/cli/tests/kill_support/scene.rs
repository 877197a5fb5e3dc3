//! A repository, who serves it, and the commands that are killed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use outcrop_oracle::{Random, Shape, Stock, rich};

use super::{
    Work,
    judge::{Held, complaints, held, sqlite},
    load::Load,
};
use crate::support::{Ran, outcrop, ran, serving::Serving};

/// Files of a commit, or unversioned ones that are added at once.
const FILES: usize = 6;

/// Bytes of each.
const SIZE: usize = 20_000;

/// A repository that lives through some kills, and all that was acknowledged of it.
pub(crate) struct Scene<'a> {
    stock: &'a Stock,
    folder: PathBuf,
    pub(crate) file: PathBuf,
    /// A clone as it was in the beginning; each client begins with a copy.
    clone: PathBuf,
    server: Option<Serving>,
    pub(crate) acknowledged: Held,
}

/// One time that the work is done.
pub(crate) struct Job {
    work: Work,
    /// The repository that the command works on.
    pub(crate) file: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    /// The files that it is about.
    names: Vec<String>,
}

impl Job {
    /// The command; what it prints is kept.
    pub(crate) fn command(&self) -> Command {
        let mut command = outcrop(&self.arguments);
        command.current_dir(&self.folder).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Whether a journal stands beside the file: that of someone who was not done.
    pub(crate) fn left_a_journal(&self) -> bool {
        let journal = self.file.with_extension("fossil-journal");
        journal.metadata().is_ok_and(|journal| journal.len() > 0)
    }
}

impl<'a> Scene<'a> {
    /// The repository that every scene begins with.
    pub(crate) fn origin(stock: &Stock) -> PathBuf {
        let origin = rich(stock, "origin", 5, &Shape::tame().with_natural()).repository;
        let file = origin.to_str().unwrap();
        stock.ok(&["user", "capabilities", "nobody", "cghijoyz", "-R", file]);
        // So that an exchange takes several rounds.
        let small = "REPLACE INTO config(name,value,mtime) VALUES('max-download','60000',0),\
                     ('max-upload','60000',0);";
        stock.sql(&origin, small);
        // A name with a blank does not travel.
        let files = "DELETE FROM unversioned WHERE name LIKE '% %';\
                     DELETE FROM config WHERE name='uv-hash';";
        stock.sql(&origin, files);
        origin
    }

    pub(crate) fn new(stock: &'a Stock, origin: &Path, name: &str, work: Work) -> Self {
        let folder = stock.path(name);
        fs::create_dir(&folder).unwrap();
        let [file, clone] = ["it.fossil", "clone.fossil"].map(|name| folder.join(name));
        fs::copy(origin, &file).unwrap();
        let acknowledged = held(stock, &file);
        let mut scene = Self { stock, folder, file, clone, server: None, acknowledged };
        if work.is_exchange() {
            let from = scene.file.to_str().unwrap();
            let clone = run(&["clone", from, scene.clone.to_str().unwrap()]);
            assert_eq!(clone.code, 0, "{clone:?}");
            let small = "REPLACE INTO config(name,value,mtime) VALUES('max-upload','60000',0);";
            stock.sql(&scene.clone, small);
            scene.serve();
        }
        scene
    }

    /// Serves the repository, if nobody does.
    pub(crate) fn serve(&mut self) {
        let serving = || Serving::start(&[self.file.to_str().unwrap()], 1);
        self.server.get_or_insert_with(serving);
    }

    /// Kills the server.
    pub(crate) fn kill_server(&mut self) {
        let mut server = self.server.take().unwrap();
        server.process.0.kill().unwrap();
        server.process.0.wait().unwrap();
    }

    /// Somebody who works beside it.
    pub(crate) fn load(&self, label: &str) -> Load {
        match &self.server {
            Some(server) => {
                let codes = "SELECT (SELECT value FROM config WHERE name='server-code') || ' ' || \
                             (SELECT value FROM config WHERE name='project-code')";
                let codes = sqlite(self.stock, &self.file, codes);
                let push = format!("push {}\n", codes.trim().trim_matches('\''));
                Load::of_rounds(server.address(), push, label.to_owned())
            }
            None => Load::of_commits(&self.file, self.folder.clone(), label.to_owned()),
        }
    }

    /// What is to be done next.
    pub(crate) fn job(&self, work: Work, number: usize, random: &mut Random) -> Job {
        let folder = self.folder.join(format!("{number}"));
        fs::create_dir(&folder).unwrap();
        let names: Vec<_> = (0..FILES).map(|file| format!("{number}-{file}")).collect();
        for name in &names {
            let bytes: Vec<u8> = (0..SIZE / 8).flat_map(|_| random.any().to_le_bytes()).collect();
            fs::write(folder.join(name), bytes).unwrap();
        }
        let own = folder.join("own.fossil");
        let file = if work.is_exchange() { own } else { self.file.clone() };
        let [commit, add] = [["commit", "-m", "work", "-R"].as_slice(), &["uv", "add", "-R"]]
            .map(|words| with(words, &file, &names));
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let job = |arguments| {
            let (file, folder, names) = (file.clone(), folder.clone(), names.clone());
            Job { work, file, arguments, folder, names }
        };
        let path = file.to_str().unwrap();
        let Some(server) = &self.server else {
            return job(match work {
                Work::Commit => commit,
                Work::UvAdd => add,
                Work::Rebuild => words(&["rebuild", path]),
                _ => words(&["compact", path]),
            });
        };
        let url = format!("http://{}/", server.address());
        if work == Work::Clone {
            return job(words(&["clone", "--attempts", "1", "-u", &url, path]));
        }
        // What is to be sent is made here.
        fs::copy(&self.clone, &file).unwrap();
        let made = job(if work == Work::UvSync { add } else { commit });
        let made = ran(&made.command().output().unwrap());
        assert_eq!(made.code, 0, "{made:?}");
        let verb: &[&str] = match work {
            Work::Push => &["push"],
            Work::Sync => &["sync"],
            _ => &["uv", "sync"],
        };
        job(words(&[verb, &["--attempts", "1", "-R", path, &url]].concat()))
    }

    /// Does the work again, where it may have been interrupted: this time to its end.
    pub(crate) fn do_again(&mut self, job: &mut Job) {
        if let Some(server) = &self.server {
            // It may have come back at another place.
            let url = format!("http://{}/", server.address());
            for argument in &mut job.arguments {
                if argument.starts_with("http://") {
                    argument.clone_from(&url);
                }
            }
        }
        let done = ran(&job.command().output().unwrap());
        // The kill may have come after the last byte was stored.
        let was_done = ["nothing has changed", "is a repository already"];
        let was_done = done.code == 1 && was_done.iter().any(|words| done.stderr.contains(words));
        assert!(done.code == 0 || was_done, "{:?}: {done:?}", job.arguments);
        if done.code == 0 {
            self.acknowledge(job, &done);
        }
    }

    /// Notes what a command has acknowledged by ending well.
    pub(crate) fn acknowledge(&mut self, job: &Job, done: &Ran) {
        match job.work {
            // What the command itself says, not what can be found.
            Work::Commit => {
                let name = done.stdout.split(' ').next().unwrap().to_owned();
                self.acknowledged.artifacts.insert(name);
            }
            Work::UvAdd => self.acknowledged.files.extend(job.names.iter().cloned()),
            // All that the client has is promised to be at the server's now.
            Work::Push | Work::Sync | Work::UvSync => {
                self.acknowledged.extend(held(self.stock, &job.file));
            }
            Work::Rebuild | Work::Compact | Work::Clone => {}
        }
    }

    /// What is amiss with the repositories after a kill.
    pub(crate) fn complaints(&self, job: &Job, random: &mut Random) -> Vec<String> {
        let mut all = complaints(self.stock, &self.file, &self.acknowledged, random);
        if job.file != self.file && job.work != Work::Clone {
            all.extend(complaints(self.stock, &job.file, &Held::default(), random));
        }
        all
    }
}

/// A command with its repository, and files.
fn with(words: &[&str], file: &Path, names: &[String]) -> Vec<String> {
    let words = words.iter().map(|word| (*word).to_owned());
    words.chain([file.to_str().unwrap().to_owned()]).chain(names.iter().cloned()).collect()
}

fn run(arguments: &[&str]) -> Ran {
    ran(&outcrop(arguments).output().unwrap())
}
