//! The real `fossil`, repositories made with it, and two servers for the same file: stock's and ours.
// Each test uses what it needs.
#![allow(dead_code, clippy::panic)]

pub(crate) mod listener;
pub(crate) mod server;

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use bytes::Bytes;
use outcrop_repo::Repo;
use outcrop_sync::{HandleOptions, Request, handle_sync};
use outcrop_xfer::card::pragma::Pragma;
use outcrop_xfer::login::{Login, Secret};
use outcrop_xfer::{Card, Limits, MediaType, Reader, Writer};
use tempfile::TempDir;

/// What tells the project of all tests from others: that of the captures in `testdata/wire`.
pub(crate) const PROJECT: &str = "5eed0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a";

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

    fn command(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.path(folder));
        command.env("HOME", self.folder.path()).env("FOSSIL_HOME", self.folder.path());
        command.env("USER", "alice").env_remove("FOSSIL_USER");
        command
    }

    /// Runs it in a folder below its own; whatever comes of it.
    pub(crate) fn attempt(&self, folder: &str, arguments: &[&str]) -> Output {
        self.command(folder, arguments).stdin(Stdio::null()).output().unwrap_or_else(|error| {
            panic!(
                "cannot run `{}` ({error}): fossil is missing: apt-get install fossil, or set \
                 OUTCROP_FOSSIL to its path",
                self.program
            )
        })
    }

    /// Runs it, successfully, and gives what it prints.
    pub(crate) fn run_in(&self, folder: &str, arguments: &[&str]) -> String {
        let output = self.attempt(folder, arguments);
        assert!(output.status.success(), "fossil {arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.run_in("", arguments)
    }

    /// Runs SQL on a repository.
    pub(crate) fn sql(&self, repository: &str, sql: &str) -> String {
        let path = self.path(repository);
        self.run(&["sql", "--no-repository", path.to_str().unwrap(), sql])
    }

    /// What `fossil http` answers to a request.
    pub(crate) fn answer(&self, repository: &str, message: &[u8]) -> Vec<u8> {
        let path = self.path(repository);
        let arguments = ["http", "--nossl", "--ipaddr", "10.1.2.3", path.to_str().unwrap()];
        pipe(self.command("", &arguments), message)
    }

    /// The address of a stock server of a repository.
    pub(crate) fn serve_by_stock(&self, repository: &str) -> String {
        let path = self.path(repository).to_str().unwrap().to_owned();
        let (program, home) = (self.program.clone(), self.folder.path().to_owned());
        listener::listen(move |message| {
            let mut command = Command::new(&program);
            command.args(["http", "--nossl", "--ipaddr", "10.1.2.3", &path]);
            command.env("HOME", &home).env("FOSSIL_HOME", &home).env("USER", "alice");
            pipe(command, message)
        })
    }

    /// A repository with a history, users and a private branch. All passwords are the name of the
    /// user and `-pw`.
    pub(crate) fn project(&self, name: &str) {
        let file = format!("{name}.fossil");
        self.run(&["init", "-A", "admin", "--date-override", "2024-01-02T03:04:05", &file]);
        self.run(&["user", "password", "admin", "admin-pw", "-R", &file]);
        self.sql(&file, &format!("UPDATE config SET value='{PROJECT}' WHERE name='project-code'"));
        // A password is kept as a hash that holds the project code.
        self.sql(&file, "UPDATE user SET pw='admin-pw' WHERE login='admin'");
        for (user, rights) in
            [("alice", "vy"), ("bob", "u"), ("carol", "gjorz"), ("xenia", "vx"), ("dan", "v")]
        {
            let password = format!("{user}-pw");
            self.run(&["user", "new", user, "", &password, "-R", &file]);
            self.run(&["user", "capabilities", user, rights, "-R", &file]);
        }
        self.sql(&file, "UPDATE user SET login='dan o\\hara', pw='dan-pw' WHERE login='dan'");
        fs::create_dir_all(self.path(name)).unwrap();
        self.run_in(name, &["open", &format!("../{file}")]);
        self.run_in(name, &["settings", "autosync", "off"]);
        let mut text: Vec<String> = (0..60).map(|line| format!("line {line} of a file")).collect();
        for number in 0..8 {
            text[number * 7 % 60].push_str(" changed");
            self.write(&format!("{name}/a.txt"), text.join("\n"));
            self.write(&format!("{name}/new{number}"), format!("{number} is new\n"));
            self.run_in(name, &["addremove"]);
            self.commit(name, &format!("check-in {number}"), &[]);
        }
        self.write(&format!("{name}/secret"), "nobody may know\n");
        self.run_in(name, &["add", "secret"]);
        self.commit(name, "a secret", &["--private", "--branch", "hidden"]);
        self.run_in(name, &["close", "--force"]);
        self.write("page", "A *page*\n");
        self.run(&["wiki", "create", "A page", "page", "-R", &file]);
        self.run(&["uv", "add", "page", "--as", "a.txt", "-R", &file]);
        self.run(&["uv", "add", "page", "--as", "dir/a.txt", "-R", &file]);
    }

    /// A copy of a project with enough new files for a cluster. Not for two: names follow the clock,
    /// and with some of them the rounds of the two servers were not the same.
    pub(crate) fn project_of_many(&self, from: &str, name: &str) {
        let file = format!("{name}.fossil");
        self.copy(&format!("{from}.fossil"), &file);
        fs::create_dir_all(self.path(name)).unwrap();
        self.run_in(name, &["open", &format!("../{file}")]);
        self.run_in(name, &["settings", "autosync", "off"]);
        for number in 0..950 {
            self.write(&format!("{name}/many/{number}"), format!("{number} of many\n"));
        }
        self.run_in(name, &["addremove"]);
        self.commit(name, "many", &["--date-override", "2039-01-01"]);
        self.run_in(name, &["close", "--force"]);
    }

    /// Commits what is changed in a check-out.
    pub(crate) fn commit(&self, checkout: &str, comment: &str, more: &[&str]) {
        let arguments = ["commit", "--no-warnings", "--allow-fork", "-m", comment];
        self.run_in(checkout, &[&arguments[..], more].concat());
    }

    /// A copy of a repository.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        fs::copy(self.path(from), self.path(to)).unwrap();
    }

    /// Names of all artifacts whose content is here, each with a mark if it is private.
    pub(crate) fn artifacts(&self, repository: &str) -> String {
        self.sql(
            repository,
            "SELECT uuid, rid IN (SELECT rid FROM private) FROM blob WHERE size>=0 ORDER BY uuid",
        )
    }

    /// Checks a repository as stock does, without a word about each artifact.
    pub(crate) fn finds_it_whole(&self, repository: &str) {
        let path = self.path(repository);
        let said = self.run(&["test-integrity", "-R", path.to_str().unwrap()]);
        assert!(said.contains(" 0 errors"), "{}", said.lines().last().unwrap_or_default());
    }
}

/// What a command prints when it is given `input`.
fn pipe(mut command: Command, input: &[u8]) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().stdout
}

/// A request with these cards, signed by a user if one is named.
pub(crate) fn signed(user: Option<&str>, cards: impl AsRef<[u8]>) -> Vec<u8> {
    let cards = cards.as_ref();
    let Some(user) = user else { return cards.to_vec() };
    let secret = Secret::new(PROJECT, user, &format!("{user}-pw"));
    let login = Login::sign(user, &secret, [cards]).unwrap();
    let mut writer = Writer::new();
    writer.push(&Card::Login(login));
    [writer.finish().to_vec(), cards.to_vec()].concat()
}

/// An HTTP request with this text.
pub(crate) fn http(text: &[u8], cookie: Option<&str>) -> Vec<u8> {
    let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
    let head = format!(
        "POST /xfer HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/x-fossil-debug\r\n\
         {cookie}Content-Length: {}\r\n\r\n",
        text.len()
    );
    [head.as_bytes(), text].concat()
}

/// Head, media type and card text of an HTTP message.
pub(crate) fn opened(message: &[u8]) -> (String, Option<MediaType>, Bytes) {
    let split = message.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(0, |at| at + 4);
    let head = String::from_utf8_lossy(&message[..split]).into_owned();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let media: Option<MediaType> = header("Content-Type").and_then(|name| name.parse().ok());
    let body = Bytes::copy_from_slice(&message[split..]);
    let text = match media {
        Some(media) => media.open(body, &Limits::default()).unwrap_or_default(),
        None => body,
    };
    (head, media, text)
}

/// What our handler answers to an HTTP request.
pub(crate) fn ours(repo: &Repo, message: &[u8]) -> (MediaType, Bytes) {
    let (head, media, _) = opened(message);
    let cookie = head.lines().find_map(|line| line.strip_prefix("Cookie: "));
    let split = message.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let body = Bytes::copy_from_slice(&message[split..]);
    let limits = Limits::default();
    let request = Request::from_body(media.unwrap(), body, cookie, &limits).unwrap();
    let host = head.lines().find_map(|line| line.strip_prefix("Host: ")).unwrap_or_default();
    let options = HandleOptions {
        address: Some("10.1.2.3".to_owned()),
        base_url: Some(format!("http://{host}")),
        ..HandleOptions::default()
    };
    let reply = handle_sync(repo, request, &options).unwrap();
    (reply.media, reply.text())
}

/// The cards of a message in words that can be compared: without the version of the server and its
/// clock, payloads replaced by what they make or by their length.
pub(crate) fn told(text: &[u8]) -> Vec<String> {
    let mut told = Vec::new();
    let mut reader = Reader::new(text);
    while let Some(card) = reader.next() {
        let Ok(card) = card else {
            told.push(format!("unreadable: {}", String::from_utf8_lossy(reader.line())));
            break;
        };
        let line = String::from_utf8_lossy(reader.line()).into_owned();
        match &card {
            Card::Comment(_) if line.starts_with("# timestamp ") => {
                told.push(format!("# timestamp {}", line.rsplit(' ').next().unwrap()));
            }
            Card::Pragma(_) if line.starts_with("pragma server-version ") => {
                told.push("pragma server-version".to_owned());
            }
            // The second in which it was noted may have passed.
            Card::Pragma(Pragma::Link { .. } | Pragma::CiLockFail { .. }) => {
                told.push(line.rsplit_once(' ').unwrap().0.to_owned());
            }
            // Encoders differ, and so does the length of a delta.
            Card::File(file) if file.source.is_some() => {
                told.push(line.rsplit_once(' ').unwrap().0.to_owned());
            }
            Card::Push(codes) => told.push(format!("push CODE {}", codes.project)),
            _ => told.push(line),
        }
    }
    told
}

/// What of an answer has to be the same.
pub(crate) fn essence(told: Vec<String>) -> Vec<String> {
    // A refusal is one error, and the codes of the project before it if there are any. Stock counts
    // some of its errors and not others, and sends announcements after them that nobody reads.
    let is_refusal = |line: &&String| {
        line.starts_with("error ") && !line.contains("private") && !line.contains("Fossil")
    };
    if let Some(error) = told.iter().rfind(is_refusal) {
        let codes = told.first().filter(|first| first.starts_with("push ")).cloned();
        let error = error.replace('+', "\\s").replace("login\\cards", "login\\scards");
        return codes.into_iter().chain([error]).collect();
    }
    let mut told: Vec<String> = told
        .into_iter()
        // 2.29 sends it unless it is told not to, 2.21 only if it is told to.
        .filter(|line| line != "pragma avoid-delta-manifests")
        .collect();
    // Stock repeats these for each artifact.
    told.dedup_by(|one, other| {
        one == other && ["Fossil", "private"].iter().any(|word| one.contains(word))
    });
    // Runs of announcements and requests have no order.
    for kind in ["igot ", "gimme "] {
        for run in told.chunk_by_mut(|one, other| one.starts_with(kind) && other.starts_with(kind))
        {
            run.sort();
        }
    }
    told
}
