//! The two programs under test, and scratch repositories of the real one.

pub(crate) mod schema;
#[cfg(unix)]
pub(crate) mod serving;

use std::{
    env,
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Our own program, run by alice, without anything else from the environment that changes what it
/// does or prints.
pub(crate) fn outcrop<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outcrop"));
    for name in ["OUTCROP_PASSWORD", "COLUMNS", "FOSSIL_USER", "LOGNAME", "USERNAME"] {
        command.env_remove(name);
    }
    command.args(args).env("USER", "alice").stdin(Stdio::null());
    command
}

/// What a run of a program came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn ran(output: &Output) -> Ran {
    Ran {
        // -1 for one that a signal has ended, as stock is by a connection that breaks.
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs our own program to its end.
pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Ran {
    ran(&outcrop(args).output().expect("outcrop runs"))
}

/// Every command, and every command below it, by its words; the program itself has none.
pub(crate) fn commands() -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut at = 0;
    while let Some(command) = all.get(at).cloned() {
        let help = run(command.iter().map(String::as_str).chain(["--help"])).stdout;
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        for line in listed.take_while(|line| !line.is_empty()) {
            // A line that goes on has no name.
            if let Some(name) = line.strip_prefix("  ").filter(|line| !line.starts_with(' ')) {
                let name = name.split(' ').next().expect("a first word").to_owned();
                all.push([&command[..], &[name]].concat());
            }
        }
        at += 1;
    }
    assert!(all.len() > 40, "only {} commands were found", all.len());
    all
}

/// A process that ends with the test.
pub(crate) struct Background(pub(crate) Child);

impl Background {
    /// Asks it to end, as Ctrl-C does, and gives its exit code.
    pub(crate) fn interrupt(mut self) -> i32 {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.expect("kill runs").success());
        self.0.wait().expect("it ends").code().expect("an exit code")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The real Fossil, in a folder of its own, with a repository of two check-ins.
pub(crate) struct Fossil {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Fossil {
    /// The repository served in tests. Its user `alice` has all rights and the password `sesame`.
    pub(crate) const REPOSITORY: &str = "server.fossil";

    pub(crate) fn new() -> Self {
        let program = env::var_os("OUTCROP_FOSSIL").map_or_else(|| "fossil".into(), PathBuf::from);
        let works = Command::new(&program).arg("version").output();
        assert!(
            works.is_ok_and(|output| output.status.success()),
            "fossil is missing: apt-get install fossil, or set OUTCROP_FOSSIL to its path"
        );
        let fossil = Self { program, folder: tempfile::tempdir().expect("a scratch folder") };
        let repository = Self::REPOSITORY;
        fossil.run(["init", "--admin-user", "alice", repository]);
        fossil.run(["user", "password", "alice", "sesame", "-R", repository]);
        let checkout = fossil.checkout(repository, "work");
        fossil.commit(&checkout, "one.txt", "one\n");
        fossil.commit(&checkout, "two.txt", &"two\n".repeat(5000));
        fossil
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(folder)
            .env("HOME", self.path())
            .env("FOSSIL_HOME", self.path())
            .env("USER", "alice")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command that must succeed; gives what it prints.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> String {
        self.run_in(self.path(), args)
    }

    pub(crate) fn run_in<A: AsRef<OsStr>>(
        &self,
        folder: &Path,
        args: impl IntoIterator<Item = A>,
    ) -> String {
        let args: Vec<_> = args.into_iter().collect();
        let ran = self.attempt_in(folder, &args);
        let args: Vec<_> = args.iter().map(AsRef::as_ref).collect();
        assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Runs a command, whatever comes of it.
    pub(crate) fn attempt<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        ran(&self.command(self.path()).args(args).output().expect("fossil runs"))
    }

    /// Runs a command whose client trusts an authority that the system does not know.
    pub(crate) fn run_trusting<A: AsRef<OsStr>>(
        &self,
        authority: &Path,
        folder: &Path,
        args: impl IntoIterator<Item = A>,
    ) -> Ran {
        let mut command = self.command(folder);
        ran(&command.args(args).env("SSL_CERT_FILE", authority).output().expect("fossil runs"))
    }

    /// The same in a folder.
    pub(crate) fn attempt_in<A: AsRef<OsStr>>(
        &self,
        folder: &Path,
        args: impl IntoIterator<Item = A>,
    ) -> Ran {
        ran(&self.command(folder).args(args).output().expect("fossil runs"))
    }

    /// Pushes from a check-out; gives whether all went well. The exit code does not tell: it is 0
    /// also when there is no server.
    pub(crate) fn push_in(&self, folder: &Path) -> bool {
        let output = self.command(folder).arg("push").output().expect("fossil runs");
        let ran = ran(&output);
        ran.code == 0 && ran.stderr.is_empty() && !ran.stdout.contains("Error")
    }

    /// Opens a repository in a new folder.
    pub(crate) fn checkout(&self, repository: &str, name: &str) -> PathBuf {
        let folder = self.path().join(name);
        std::fs::create_dir(&folder).expect("a new folder");
        let repository = self.path().join(repository);
        self.run_in(&folder, [OsStr::new("open"), OsStr::new("--nosync"), repository.as_os_str()]);
        folder
    }

    pub(crate) fn commit(&self, checkout: &Path, file: &str, content: &str) {
        std::fs::write(checkout.join(file), content).expect("a new file");
        self.run_in(checkout, ["add", file]);
        self.run_in(checkout, ["commit", "--no-warnings", "-m", file]);
    }

    /// The code of the repository's project.
    pub(crate) fn project_code(&self) -> String {
        let sql = "SELECT value FROM config WHERE name='project-code'";
        let code = self.run(["sql", "-R", Self::REPOSITORY, sql]);
        code.trim().trim_matches('\'').to_owned()
    }

    /// Serves the repository; gives the address too.
    pub(crate) fn serve(&self) -> (Background, String) {
        for _ in 0..10 {
            // Free now. Somebody else may take it in the meantime: then the next one is tried.
            let free = TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr());
            let address = free.expect("a free port");
            let port = address.port().to_string();
            let child = self
                .command(self.path())
                .args(["server", "--localhost", "--port", &port, Self::REPOSITORY])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let mut server = Background(child.expect("fossil runs"));
            let start = Instant::now();
            while start.elapsed() < PATIENCE {
                if server.0.try_wait().expect("a child").is_some() {
                    break;
                }
                if TcpStream::connect(address).is_ok() {
                    return (server, format!("127.0.0.1:{port}"));
                }
                sleep(Duration::from_millis(20));
            }
        }
        panic!("fossil server found no port");
    }
}

/// `outcrop record`, started.
pub(crate) struct Recording {
    pub(crate) process: Background,
    pub(crate) lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Recording {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut command = outcrop(["record"]);
        command.args(args).stdout(Stdio::piped());
        let mut child = command.spawn().expect("outcrop runs");
        let stdout = child.stdout.take().expect("its output");
        Self { process: Background(child), lines: BufReader::new(stdout).lines() }
    }

    /// The next line it prints.
    pub(crate) fn line(&mut self) -> String {
        self.lines.next().expect("a line").expect("text")
    }
}
