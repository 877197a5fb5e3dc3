//! `outcrop serve`, started, and talking to it.

use std::{
    io::{BufRead as _, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{Background, Fossil, outcrop};

/// How long a test waits for an answer before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// `outcrop serve`, started.
pub(crate) struct Serving {
    pub(crate) process: Background,
    /// What it printed when it was ready.
    pub(crate) lines: Vec<String>,
}

impl Serving {
    /// Starts it on a free port; it has printed `lines` lines.
    pub(crate) fn start(args: &[&str], lines: usize) -> Self {
        let mut command = outcrop(["serve", "--listen", "127.0.0.1:0"]);
        Self::spawn(command.args(args), lines)
    }

    pub(crate) fn spawn(command: &mut Command, lines: usize) -> Self {
        let command = command.env("USER", "alice").env_remove("FOSSIL_USER");
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child: Child = spawned.expect("outcrop runs");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let lines = stdout.lines().take(lines).map(Result::unwrap).collect();
        Self { process: Background(child), lines }
    }

    pub(crate) fn address(&self) -> String {
        let line = self.lines.iter().find_map(|line| line.split_once("http://127.0.0.1:"));
        let port = line.expect("an address").1.split(|c: char| !c.is_ascii_digit()).next().unwrap();
        format!("127.0.0.1:{port}")
    }

    /// Starts it with `--json` at any places; gives what it prints.
    pub(crate) fn at(args: &[&str]) -> (Self, serde_json::Value) {
        let mut command = outcrop(["serve", "--json"]);
        let serving = Self::spawn(command.args(args), 1);
        let line = serving.lines.first().expect("a line: see its stderr");
        let line = serde_json::from_str(line).unwrap();
        (serving, line)
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.process.0.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    pub(crate) fn ask_to_end(&self) {
        self.signal("-TERM");
    }

    /// Ends it as a system does; gives its exit code and what stood on stderr.
    pub(crate) fn terminate(self) -> (i32, String) {
        self.ask_to_end();
        self.ended()
    }

    /// Waits for the end of one that was asked for it: asked twice it would end at once, with an
    /// error. Gives the same.
    pub(crate) fn ended(mut self) -> (i32, String) {
        let mut stderr = String::new();
        self.process.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.process.0.wait().unwrap().code().expect("an exit code"), stderr)
    }
}

/// The address in a URL.
pub(crate) fn address_of(url: &serde_json::Value) -> String {
    let url = url.as_str().expect("a URL");
    url.split('/').nth(2).expect("an address").to_owned()
}

pub(crate) fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends bytes, and reads until the end.
pub(crate) fn ask(mut stream: impl Read + Write, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// What a server answers, head and body.
pub(crate) fn get(address: &str, path: &str) -> String {
    ask(connect(address), &format!("GET {path} HTTP/1.0\r\n\r\n"))
}

/// A message of card text, as stock's releases send it: by HTTP/1.0. Headers end with a new line.
pub(crate) fn post(path: &str, headers: &str, cards: &str) -> String {
    format!(
        "POST {path} HTTP/1.0\r\nContent-Type: application/x-fossil-debug\r\n{headers}\
         Content-Length: {}\r\n\r\n{cards}",
        cards.len()
    )
}

/// The names of all artifacts whose content is there.
pub(crate) fn artifacts(fossil: &Fossil, file: &Path) -> String {
    let sql = "SELECT uuid FROM blob WHERE size>=0 ORDER BY uuid";
    fossil.run(["sql", "--no-repository", file.to_str().unwrap(), sql])
}

/// Stock finds nothing wrong with a repository.
pub(crate) fn is_whole(fossil: &Fossil, file: &Path) {
    let said = fossil.run(["test-integrity", "-R", file.to_str().unwrap()]);
    assert!(said.contains(" 0 errors"), "{}", said.lines().last().unwrap_or_default());
}
