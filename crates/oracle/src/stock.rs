//! The real program, in a scratch folder of its own.

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long a run may take unless [`Stock::patience`] says otherwise.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often a running program is looked at.
const GLANCE: Duration = Duration::from_millis(2);

/// The real `fossil`, with a scratch folder that is also its `HOME`.
///
/// It is the program that `OUTCROP_FOSSIL` names, else `fossil` on the `PATH`; a test that needs it
/// fails where there is none. What it does is done by the user `alice`.
#[derive(Debug)]
pub struct Stock {
    program: String,
    version: String,
    patience: Duration,
    folder: TempDir,
}

impl Stock {
    /// Finds the program.
    ///
    /// # Panics
    ///
    /// Where it is missing, or is no fossil.
    #[must_use]
    pub fn find() -> Self {
        let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
        let folder = tempfile::tempdir().unwrap();
        let mut stock = Self { program, version: String::new(), patience: PATIENCE, folder };
        let said = stock.ok(&["version"]);
        let (_, version) = said
            .split_once("fossil version ")
            .unwrap_or_else(|| panic!("`{}` is no fossil: it says {said:?}", stock.program));
        version.split(' ').next().unwrap_or(version).clone_into(&mut stock.version);
        stock
    }

    /// Its release, `2.21` for one.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Allows every run this long.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// A path in the scratch folder.
    #[must_use]
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file in the scratch folder, and the folders above it.
    pub fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Itself as a command, for whoever measures it: in the scratch folder, with nothing of the
    /// user's own around it.
    #[must_use]
    pub fn command(&self) -> Command {
        self.command_of(&self.program)
    }

    /// Another program as a command, in the same surroundings.
    #[must_use]
    pub fn command_of(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("FOSSIL_HOME", self.folder.path())
            .env("USER", "alice")
            .env_remove("FOSSIL_USER");
        command
    }

    /// Runs it in a folder below the scratch folder, with nothing to read, whatever comes of it.
    ///
    /// # Panics
    ///
    /// If it cannot run or runs out of time.
    #[track_caller]
    pub fn run_in<A: AsRef<OsStr>>(&self, folder: impl AsRef<Path>, arguments: &[A]) -> Output {
        self.run_with(folder, arguments, Stdio::null())
    }

    /// Like [`Stock::run_in`], reading what is given.
    #[track_caller]
    pub fn run_with<A: AsRef<OsStr>>(
        &self,
        folder: impl AsRef<Path>,
        arguments: &[A],
        input: impl Into<Stdio>,
    ) -> Output {
        // What it prints goes to files: a pipe that nobody reads would stop it.
        let printed = tempfile::tempdir_in(self.folder.path()).unwrap();
        let (out, err) = (printed.path().join("out"), printed.path().join("err"));
        let mut child = self
            .command()
            .args(arguments)
            .current_dir(self.path(folder))
            .stdin(input)
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "cannot run `{}` ({error}): fossil is missing: apt-get install fossil, or \
                     set OUTCROP_FOSSIL to its path",
                    self.program
                )
            });
        let words = || arguments.iter().map(AsRef::as_ref).collect::<Vec<_>>();
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if started.elapsed() > self.patience {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("fossil {:?} ran longer than {:?}", words(), self.patience);
            }
            thread::sleep(GLANCE);
        };
        Output { status, stdout: fs::read(out).unwrap(), stderr: fs::read(err).unwrap() }
    }

    /// Runs it in the scratch folder, whatever comes of it.
    #[track_caller]
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        self.run_in("", arguments)
    }

    /// Runs it in a folder below the scratch folder; it must succeed. Gives what it prints.
    #[track_caller]
    pub fn ok_in<A: AsRef<OsStr>>(&self, folder: impl AsRef<Path>, arguments: &[A]) -> String {
        let words: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
        succeeded(&words, &self.run_in(folder, arguments))
    }

    /// Runs it in the scratch folder; it must succeed. Gives what it prints.
    #[track_caller]
    pub fn ok<A: AsRef<OsStr>>(&self, arguments: &[A]) -> String {
        self.ok_in("", arguments)
    }

    /// Runs it in the scratch folder; it must fail. Gives what it prints, errors last.
    #[track_caller]
    pub fn fails<A: AsRef<OsStr>>(&self, arguments: &[A]) -> String {
        let output = self.run(arguments);
        let words: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
        assert!(!output.status.success(), "fossil {words:?} succeeded: {output:?}");
        text(&output.stdout) + &text(&output.stderr)
    }

    /// Runs statements in its own SQL shell, which knows `content(HASH)` and `compress(X)`. Gives
    /// what it prints.
    #[allow(clippy::must_use_candidate)] // statements may print nothing
    #[track_caller]
    pub fn sql(&self, repository: &Path, statements: &str) -> String {
        let script = tempfile::NamedTempFile::new_in(self.folder.path()).unwrap();
        fs::write(script.path(), statements).unwrap();
        let arguments = ["sql".as_ref(), "-R".as_ref(), repository.as_os_str()];
        let output = self.run_with("", &arguments, File::open(script.path()).unwrap());
        assert!(output.stderr.is_empty(), "fossil sql: {}", text(&output.stderr));
        succeeded(&arguments, &output)
    }

    /// A copy of a repository in the scratch folder.
    #[must_use]
    #[track_caller]
    pub fn copy(&self, repository: &Path, name: &str) -> PathBuf {
        let copy = self.path(name);
        fs::copy(repository, &copy).unwrap();
        copy
    }

    /// Makes all derived tables of a repository anew.
    #[track_caller]
    pub fn rebuild(&self, repository: &Path) {
        self.ok(&["rebuild".as_ref(), repository.as_os_str()]);
    }

    /// Asserts that `test-integrity` finds nothing wrong.
    #[track_caller]
    pub fn test_integrity(&self, repository: &Path) {
        if let Err(found) = self.integrity(repository) {
            panic!("{}: {found:?}", repository.display());
        }
    }

    /// What `test-integrity` finds wrong.
    #[track_caller]
    pub fn integrity(&self, repository: &Path) -> Result<(), Vec<String>> {
        let arguments = ["test-integrity".as_ref(), "-R".as_ref(), repository.as_os_str()];
        let said = self.ok(&arguments);
        // It prints a line for every blob; the verdict is at the end.
        let verdict: Vec<_> = said
            .split(['\r', '\n'])
            .filter(|line| !line.trim_start().starts_with(|first: char| first.is_ascii_digit()))
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect();
        let sound = said.contains(" 0 errors") && said.contains("integrity-check: ok");
        if sound { Ok(()) } else { Err(verdict) }
    }
}

/// What a successful run prints.
#[track_caller]
fn succeeded(arguments: &[&OsStr], output: &Output) -> String {
    assert!(output.status.success(), "fossil {arguments:?}: {output:?}");
    text(&output.stdout)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
