//! A stock server for each test, and projects for it to serve.
// Each test uses what it needs.
#![allow(dead_code, clippy::panic)]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use outcrop_oracle::{Differences, Options, Stock, compare};
use outcrop_repo::Repo;
use outcrop_sync::{
    Account, CloneError, CloneOptions, CloneOutcome, HttpTransport, SyncError, SyncOptions,
    SyncOutcome, clone_blocking, sync_blocking,
};

/// A stock server of one repository, for as long as the process lasts.
pub(crate) struct Server {
    pub(crate) stock: Arc<Stock>,
    pub(crate) repository: PathBuf,
    pub(crate) address: String,
    /// The text of the requests, if they were not compressed, and how many there were.
    pub(crate) requests: Arc<Mutex<usize>>,
    /// Answers after so many requests are cut off.
    pub(crate) cut_after: Arc<Mutex<usize>>,
}

impl Server {
    /// Serves a repository: each request is answered by `fossil http`.
    pub(crate) fn start(stock: &Arc<Stock>, repository: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = Self {
            stock: Arc::clone(stock),
            repository: repository.to_owned(),
            address,
            requests: Arc::default(),
            cut_after: Arc::new(Mutex::new(usize::MAX)),
        };
        let (stock, repository) = (Arc::clone(stock), repository.to_owned());
        let (requests, cut_after) = (Arc::clone(&server.requests), Arc::clone(&server.cut_after));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&stream);
                let number = {
                    let mut requests = requests.lock().unwrap();
                    *requests += 1;
                    *requests
                };
                if number > *cut_after.lock().unwrap() {
                    continue;
                }
                let mut input = tempfile();
                input.1.write_all(&request).unwrap();
                let arguments = ["http", "--nossl", "--ipaddr", "10.1.2.3"].map(str::as_ref);
                let arguments = [&arguments[..], &[repository.as_os_str()]].concat();
                let answer = stock.run_with("", &arguments, File::open(input.0.path()).unwrap());
                // A client that is gone does not matter.
                drop(stream.write_all(&answer.stdout));
            }
        });
        server
    }

    /// The address, with a user if one is named.
    pub(crate) fn url(&self, user: Option<&str>) -> String {
        match user {
            Some(user) => format!("http://{user}:{user}-pw@{}/", self.address),
            None => format!("http://{}/", self.address),
        }
    }

    pub(crate) fn sync(&self, repo: &Repo, options: SyncOptions) -> Result<SyncOutcome, SyncError> {
        let transport = HttpTransport::new(&self.url(None)).unwrap();
        sync_blocking(repo, &transport, options)
    }

    pub(crate) fn clone(
        &self,
        name: &str,
        options: CloneOptions,
    ) -> Result<(Repo, CloneOutcome), CloneError> {
        let transport = HttpTransport::new(&self.url(None)).unwrap();
        clone_blocking(self.stock.path(name), &transport, options)
    }

    /// A clone made by stock.
    pub(crate) fn clone_by_stock(&self, name: &str, user: Option<&str>, more: &[&str]) -> PathBuf {
        let path = self.stock.path(name);
        let url = self.url(user);
        let arguments =
            [&["clone", "--no-open", "--once"], more, &[&url, path.to_str().unwrap()]].concat();
        self.stock.ok(&arguments);
        path
    }

    pub(crate) fn request_count(&self) -> usize {
        *self.requests.lock().unwrap()
    }
}

fn tempfile() -> (tempfile::NamedTempFile, File) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let handle = file.reopen().unwrap();
    (file, handle)
}

/// Reads one request, as many bytes as it says that it has.
fn read(stream: &TcpStream) -> Vec<u8> {
    let mut stream = BufReader::new(stream);
    let (mut message, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        message.extend_from_slice(line.as_bytes());
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    message.extend(body);
    message
}

/// Someone with the password that all of them have.
pub(crate) fn account(user: &str) -> Account {
    Account::new(user, format!("{user}-pw"))
}

/// A repository with a history, users, a private branch, a wiki page and unversioned files. All
/// passwords are the name of the user and `-pw`.
pub(crate) fn project(stock: &Stock, name: &str) -> PathBuf {
    let repository = stock.path(format!("{name}.fossil"));
    let file = repository.to_str().unwrap();
    stock.ok(&["init", "-A", "alice", "--project-name", "Test", file]);
    for (user, rights) in
        [("admin", "s"), ("writer", "vy"), ("looker", "u"), ("keeper", "gvxy"), ("none", "")]
    {
        stock.ok(&["user", "new", user, "", &format!("{user}-pw"), "-R", file]);
        stock.ok(&["user", "capabilities", user, rights, "-R", file]);
    }
    let checkout = open(stock, &repository, name);
    let mut text: Vec<String> = (0..60).map(|line| format!("line {line} of a file")).collect();
    for number in 0..8 {
        text[number * 7 % 60].push_str(" changed");
        stock.write(format!("{name}/a.txt"), text.join("\n"));
        stock.write(format!("{name}/new{number}"), format!("{number} is new\n"));
        commit(stock, &checkout, &format!("check-in {number}"), &[]);
    }
    stock.write(format!("{name}/secret"), "nobody may know\n");
    commit(stock, &checkout, "a secret", &["--private", "--branch", "hidden"]);
    stock.ok_in(&checkout, &["close", "--force"]);
    stock.write("page", "A *page*\n");
    stock.ok(&["wiki", "create", "A page", "page", "-R", file]);
    stock.ok(&["uv", "add", "page", "--as", "a.txt", "-R", file]);
    stock.ok(&["uv", "add", "page", "--as", "dir/a.txt", "-R", file]);
    repository
}

/// Opens a check-out.
pub(crate) fn open(stock: &Stock, repository: &Path, name: &str) -> PathBuf {
    let checkout = stock.path(name);
    fs::create_dir_all(&checkout).unwrap();
    stock.ok_in(&checkout, &["open", "--force", repository.to_str().unwrap()]);
    stock.ok_in(&checkout, &["settings", "autosync", "off"]);
    checkout
}

/// Commits all that stands in a check-out.
pub(crate) fn commit(stock: &Stock, checkout: &Path, comment: &str, more: &[&str]) {
    stock.ok_in(checkout, &["addremove"]);
    let arguments = ["commit", "--no-warnings", "--allow-fork", "-m", comment];
    stock.ok_in(checkout, &[&arguments[..], more].concat());
}

/// Asserts that two repositories have the same artifacts, and the same derived from them.
#[track_caller]
pub(crate) fn same(left: &Path, right: &Path, options: &Options) {
    let differences: Differences = compare(left, right, options);
    assert!(differences.is_empty(), "{differences}");
}

/// Asserts that stock finds nothing wrong with a repository, nor anything to rebuild.
#[track_caller]
pub(crate) fn sound(stock: &Stock, repository: &Path) {
    stock.test_integrity(repository);
    let rebuilt = stock.copy(repository, "rebuilt.fossil");
    stock.rebuild(&rebuilt);
    same(repository, &rebuilt, &Options::default());
}
