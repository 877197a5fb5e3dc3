//! Pulling from the project that this one was made from, as stock does.
// A test says what it expects by unwrapping and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client_support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use client_support::{Server, account, commit, open, project, same, sound};
use outcrop_oracle::{Options, Stock};
use outcrop_repo::Repo;
use outcrop_repo::config::Areas;
use outcrop_repo::setting::Remote;
use outcrop_sync::{
    HandleOptions, MemoryTransport, SyncError, SyncOptions, SyncOutcome, Trust, Unversioned,
    sync_blocking,
};

/// A parent project that is served by stock, and two copies of its child: for our client, and for
/// stock's.
struct Family {
    stock: Arc<Stock>,
    parent: Server,
    ours: Repo,
    theirs: PathBuf,
}

impl Family {
    /// Nobody may read the parent but its users.
    fn new() -> Self {
        let stock = Arc::new(Stock::find());
        let parent = project(&stock, "parent");
        stock.sql(&parent, "UPDATE user SET cap='' WHERE login IN ('nobody', 'anonymous');");
        let child = stock.path("child.fossil");
        stock.ok(&["init", "-A", "alice", child.to_str().unwrap()]);
        let checkout = open(&stock, &child, "child");
        stock.write("child/own", "the child's own\n");
        commit(&stock, &checkout, "own", &[]);
        stock.ok_in(&checkout, &["close", "--force"]);
        // It has been synced with another server of its own.
        stock.sql(&child, "REPLACE INTO config VALUES('last-sync-url', 'http://example.org/', 0);");
        let ours = Repo::open(stock.copy(&child, "ours.fossil")).unwrap();
        let theirs = stock.copy(&child, "theirs.fossil");
        let parent = Server::start(&stock, &parent);
        Self { stock, parent, ours, theirs }
    }

    /// Tells both which project they were made from.
    fn introduce(&self) {
        let code = self
            .stock
            .sql(&self.parent.repository, "SELECT value FROM config WHERE name='project-code';");
        for path in [self.ours.path(), &self.theirs] {
            for (name, value) in [("code", code.trim().trim_matches('\'')), ("name", "Test")] {
                let sql = format!(
                    "REPLACE INTO config(name, value, mtime) VALUES('parent-project-{name}', \
                     '{value}', 0);"
                );
                self.stock.sql(path, &sql);
            }
        }
    }

    fn pull_by_stock(&self) {
        let url = self.parent.url(Some("writer"));
        let path = self.theirs.to_str().unwrap();
        self.stock.ok(&["pull", "--from-parent-project", &url, "-R", path]);
    }

    /// What our client does in the place of that.
    fn pull(&self, options: SyncOptions) -> Result<SyncOutcome, SyncError> {
        let url = self.parent.url(None).replace("//", "//writer@");
        // Stock does not remember a password that nobody has typed.
        let remember = Some(Remote { url, password: None });
        let options = SyncOptions { from_parent: true, remember, ..options };
        self.parent.sync(&self.ours, options.with_account(account("writer")))
    }

    /// What is remembered of other repositories.
    fn remembered(&self, path: &Path) -> String {
        let sql = "SELECT name, value FROM config \
                   WHERE name GLOB 'last-sync-*' OR name GLOB 'parent-project-*' ORDER BY name;";
        self.stock.sql(path, sql)
    }
}

fn everything() -> Options {
    let mut options = Options::default();
    options.content = true;
    options
}

#[test]
fn both_clients_bring_the_same_from_the_parent() {
    let family = Family::new();
    let refused = family.pull(SyncOptions::pull());
    assert!(matches!(refused, Err(SyncError::NoParent)), "{refused:?}");
    family.introduce();
    let parent = family.stock.copy(&family.parent.repository, "parent-before.fossil");
    for round in 0..2 {
        family.pull_by_stock();
        let done = family.pull(SyncOptions::pull()).unwrap();
        assert!(done.total.received > 5 && done.missing == 0, "{done:?}");
        same(family.ours.path(), &family.theirs, &everything());
        sound(&family.stock, family.ours.path());
        assert_eq!(family.remembered(family.ours.path()), family.remembered(&family.theirs));
        if round == 0 {
            same(&family.parent.repository, &parent, &everything());
            let checkout = open(&family.stock, &family.parent.repository, "more");
            for number in 0..3 {
                family.stock.write("more/a.txt", format!("{number}\n").repeat(60 + number));
                commit(&family.stock, &checkout, "more", &[]);
            }
        }
    }
    let remembered = family.remembered(family.ours.path());
    assert!(remembered.contains("parent-project-url"), "{remembered}");
    assert!(remembered.contains("http://example.org/"), "its own server: {remembered}");
    // Without saying so it is another project, for which nobody can log in there.
    let options = SyncOptions::pull();
    let refused = family.parent.sync(&family.ours, options.clone());
    assert!(matches!(refused, Err(SyncError::WrongProject)), "{refused:?}");
    let refused = family.parent.sync(&family.ours, options.with_account(account("writer")));
    assert!(matches!(refused, Err(SyncError::LoginFailed { .. })), "{refused:?}");
}

#[test]
fn a_parent_is_given_nothing_and_gives_nothing_but_content() {
    let family = Family::new();
    family.introduce();
    let file = family.ours.path().to_str().unwrap();
    family.stock.write("mine", "only mine\n");
    family.stock.ok(&["uv", "add", "mine", "-R", file]);
    let change = "REPLACE INTO config(name, value, mtime) VALUES('css', 'body {}', 2000000000);";
    family.stock.sql(&family.parent.repository, change);
    let before = family.stock.copy(&family.parent.repository, "parent-before.fossil");
    // The parent would take all of it.
    let handling = HandleOptions { trust: Trust::Owner, ..HandleOptions::default() };
    let parent = Repo::open(&family.parent.repository).unwrap();
    let server = MemoryTransport::new(parent, handling);
    let options = SyncOptions {
        from_parent: true,
        unversioned: Unversioned::Sync,
        config_pull: Areas::ALL,
        config_push: Areas::ALL,
        ..SyncOptions::push_pull()
    };
    let done = sync_blocking(&family.ours, &server, options).unwrap();
    let total = done.total;
    assert!(total.received > 5 && total.unversioned_received == 2, "{done:?}");
    let given = [total.sent, total.unversioned_sent, total.config_sent, total.rows_sent];
    assert_eq!((given, total.config_received), ([0; 4], 0), "{done:?}");
    assert!(!done.push_refused && !done.unversioned_refused, "{done:?}");
    same(&family.parent.repository, &before, &everything());
}
