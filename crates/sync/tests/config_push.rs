//! Configuration that is pushed to a server, or pulled from one: what it has consequences for is
//! there afterwards as it is with stock, tickets first of all.
// A test says what it expects by unwrapping and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client_support;
mod handler_support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use client_support::{Server, account, same, sound};
use handler_support::listener;
use outcrop_oracle::{Options, Shape, Stock, rich};
use outcrop_repo::Repo;
use outcrop_repo::config::Areas;
use outcrop_sync::{
    HandleOptions, HttpTransport, MemoryTransport, SyncError, SyncOptions, Trust, sync_blocking,
};

/// Fewer columns than before, one that is new, and some that only one of the tables has.
const TICKET_TABLE: &str = "\
CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE, \
  tkt_ctime DATE, type TEXT, status TEXT, title TEXT, comment TEXT, foundin TEXT, priority);
CREATE TABLE ticketchng(tkt_id INTEGER REFERENCES ticket, tkt_rid INTEGER REFERENCES blob, \
  tkt_mtime DATE, tkt_user TEXT, login TEXT, mimetype TEXT, icomment TEXT, effort TEXT, \
  status TEXT);
CREATE INDEX ticketchng_idx1 ON ticketchng(tkt_id, tkt_mtime);";

/// A repository of tickets. All passwords are the name of the user and `-pw`.
fn tickets(stock: &Stock) -> PathBuf {
    let mut shape = Shape::tame();
    (shape.check_ins, shape.controls, shape.tickets) = (12, 6, 30);
    let repository = rich(stock, "tickets", 5, &shape).repository;
    let file = repository.to_str().unwrap();
    for (user, rights) in [("admin", "s"), ("writer", "v"), ("keeper", "o")] {
        stock.ok(&["user", "new", user, "", &format!("{user}-pw"), "-R", file]);
        stock.ok(&["user", "capabilities", user, rights, "-R", file]);
    }
    repository
}

/// Changes something of every area, later than what is there.
fn change(stock: &Stock, repository: &Path) {
    let table = TICKET_TABLE.replace('\'', "''");
    let sql = format!(
        "REPLACE INTO config(name, value, mtime) VALUES \
           ('ticket-table', '{table}', 2000000000), \
           ('ticket-title-expr', 'type', 2000000000), \
           ('ticket-closed-expr', 'status=''Closed'' OR status=''Fixed''', 2000000000), \
           ('css', 'body {{}}', 2000000000), ('project-name', 'Renamed', 2000000000), \
           ('walias:/old', '/new', 2000000000), ('xfer-push-script', '', 2000000000), \
           ('interwiki:st', '{{\"base\":\"https://example.org/\"}}', 2000000000); \
         UPDATE reportfmt SET sqlcode='SELECT 1', mtime=2000000000 WHERE rn=1; \
         INSERT INTO reportfmt(owner, title, mtime, cols, sqlcode) \
           VALUES('alice', 'New', 2000000000, '', 'SELECT foundin FROM ticket'); \
         UPDATE user SET cap='o', info='less', mtime=2000000000 WHERE login='writer'; \
         INSERT INTO user(login, pw, cap, info, mtime) \
           VALUES('eve', '{}', 'kz', 'new', 2000000000); \
         INSERT INTO concealed(hash, content, mtime) \
           VALUES('{}', 'who@example.org', 2000000000); \
         INSERT INTO shun(uuid, mtime, scom) \
           SELECT max(uuid), 2000000000, 'why' FROM blob WHERE rid NOT IN \
             (SELECT rid FROM private) AND size > 0;",
        "5e".repeat(20),
        "ab".repeat(20),
    );
    stock.sql(repository, &sql);
}

/// Everything that a push of the configuration may touch, when it was changed too.
fn everything() -> Options {
    let mut options = Options::default();
    (options.content, options.times) = (true, true);
    options
}

/// A changed client, and two copies of the server that it was before: stock's and ours.
struct Stage {
    stock: Arc<Stock>,
    client: PathBuf,
    stocks: Server,
    ours: PathBuf,
    our_address: String,
}

impl Stage {
    fn new() -> Self {
        let stock = Arc::new(Stock::find());
        let before = tickets(&stock);
        let [client, stocks, ours] =
            ["client.fossil", "stocks.fossil", "ours.fossil"].map(|name| stock.copy(&before, name));
        change(&stock, &client);
        let our_address = listener::serve(Repo::open(&ours).unwrap());
        let stocks = Server::start(&stock, &stocks);
        Self { stock, client, stocks, ours, our_address }
    }

    /// The addresses of both servers, for an administrator.
    fn urls(&self) -> [String; 2] {
        let ours = format!("http://admin:admin-pw@{}/", self.our_address);
        [self.stocks.url(Some("admin")), ours]
    }

    /// Lets stock's client push an area to both servers.
    fn push(&self, area: &str) {
        for url in self.urls() {
            let file = self.client.to_str().unwrap();
            self.stock.ok(&["config", "push", area, &url, "-R", file]);
        }
    }

    /// One number out of our server's file.
    fn count(&self, sql: &str) -> u32 {
        self.stock.sql(&self.ours, sql).trim().parse().unwrap()
    }
}

#[test]
fn a_push_leaves_our_server_as_it_leaves_stocks() {
    let stage = Stage::new();
    let (stock, stocks) = (&stage.stock, &stage.stocks.repository);
    stage.push("ticket");
    same(&stage.ours, stocks, &everything());
    assert!(stage.count("SELECT count(*) FROM ticket WHERE foundin IS NOT NULL;") > 0);
    sound(stock, &stage.ours);
    stage.push("all");
    same(&stage.ours, stocks, &everything());
    assert_eq!(stage.count("SELECT count(*) FROM user WHERE login='eve' AND cap='kz';"), 1);
    // As in stock, what is shunned now stays until someone purges it, and nobody is sent it.
    let is_held = "SELECT count(*) FROM blob NATURAL JOIN shun WHERE content IS NOT NULL;";
    assert_eq!(stage.count(is_held), 1);
    let [one, two] = stage.urls();
    let clones = [(one, "of-stocks"), (two, "of-ours")].map(|(url, name)| {
        let clone = stock.path(name);
        stock.ok(&["clone", "--no-open", "--once", "-A", "alice", &url, clone.to_str().unwrap()]);
        clone
    });
    let [one, two] = &clones;
    // Each clone has a first user with a password of its own.
    same(one, two, &Options::default().without("user"));
    let is_known = "SELECT count(*) FROM blob NATURAL JOIN shun;";
    assert_eq!(stock.sql(two, is_known).trim(), "0");
    // Rights count from the next request on.
    let repo = Repo::open(&stage.client).unwrap();
    let transport = HttpTransport::new(&format!("http://{}/", stage.our_address)).unwrap();
    let push = SyncOptions::push().with_account(account("writer"));
    let refused = sync_blocking(&repo, &transport, push);
    let Err(SyncError::Refused { words }) = refused else { panic!("{refused:?}") };
    assert_eq!(words, "not authorized to write");
}

#[test]
fn a_pull_leaves_our_file_as_it_leaves_stocks() {
    let stage = Stage::new();
    let server = Server::start(&stage.stock, &stage.client);
    let (ours, theirs) = (&stage.ours, stage.stock.copy(&stage.ours, "theirs.fossil"));
    let url = server.url(Some("admin"));
    let file = theirs.to_str().unwrap();
    for (area, areas) in [("ticket", Areas::TICKET), ("all", Areas::ALL)] {
        stage.stock.ok(&["config", "pull", area, &url, "-R", file]);
        let options = SyncOptions { config_pull: areas, ..SyncOptions::nothing() };
        let repo = Repo::open(ours).unwrap();
        let done = server.sync(&repo, options.with_account(account("admin"))).unwrap();
        assert!(done.total.config_received >= 5, "{done:?}");
        same(ours, &theirs, &everything());
    }
}

#[test]
fn a_change_of_a_ticket_may_come_with_its_tables() {
    let stage = Stage::new();
    let file = stage.client.to_str().unwrap();
    stage.stock.rebuild(&stage.client);
    stage.stock.ok(&["ticket", "add", "title", "late", "priority", "high", "-R", file]);
    let handling = HandleOptions { trust: Trust::Owner, ..HandleOptions::default() };
    let server = MemoryTransport::new(Repo::open(&stage.ours).unwrap(), handling);
    let options = SyncOptions { config_push: Areas::TICKET, ..SyncOptions::push() };
    let done = sync_blocking(&Repo::open(&stage.client).unwrap(), &server, options).unwrap();
    assert_eq!(done.total.sent, 1, "{done:?}");
    assert_eq!(stage.count("SELECT count(*) FROM ticket WHERE priority='high';"), 1);
    sound(&stage.stock, &stage.ours);
}

#[test]
fn tables_that_cannot_be_made_are_refused_with_all_that_came_with_them() {
    let stage = Stage::new();
    let before = stage.stock.copy(&stage.ours, "before.fossil");
    let broken = "UPDATE config SET value='CREATE TABLE user(login)' WHERE name='ticket-table';";
    stage.stock.sql(&stage.client, broken);
    let transport = HttpTransport::new(&format!("http://{}/", stage.our_address)).unwrap();
    let options = SyncOptions { config_push: Areas::ALL, ..SyncOptions::nothing() };
    let options = options.with_account(account("admin"));
    let refused = sync_blocking(&Repo::open(&stage.client).unwrap(), &transport, options);
    let Err(SyncError::Refused { words }) = refused else { panic!("{refused:?}") };
    assert!(words.contains("`ticket-table`") && words.contains("the table `user`"), "{words}");
    same(&stage.ours, &before, &everything());
    // Who pulls such a setting is told the same, and keeps what is here.
    let server = Server::start(&stage.stock, &stage.client);
    let options = SyncOptions { config_pull: Areas::TICKET, ..SyncOptions::nothing() };
    let refused = server.sync(&Repo::open(&stage.ours).unwrap(), options);
    assert!(refused.unwrap_err().to_string().contains("`ticket-table`"));
    same(&stage.ours, &before, &everything());
}
