//! A stock server for each test, and projects for it to serve.
// Each test uses what it needs.
#![allow(dead_code, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outcrop_oracle::{Differences, Options, Stock, StockServer, compare};
use outcrop_repo::Repo;
use outcrop_sync::{
    Account, CloneError, CloneOptions, CloneOutcome, HttpTransport, SyncError, SyncOptions,
    SyncOutcome, clone_blocking, sync_blocking,
};

/// A stock server of one repository, for as long as the process lasts.
pub(crate) struct Server {
    pub(crate) stock: Arc<Stock>,
    pub(crate) repository: PathBuf,
    pub(crate) http: StockServer,
}

impl Server {
    /// Serves a repository: each request is answered by `fossil http`.
    pub(crate) fn start(stock: &Arc<Stock>, repository: &Path) -> Self {
        let http = StockServer::start(stock, repository);
        Self { stock: Arc::clone(stock), repository: repository.to_owned(), http }
    }

    /// The address, with a user if one is named.
    pub(crate) fn url(&self, user: Option<&str>) -> String {
        self.http.url(user)
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
