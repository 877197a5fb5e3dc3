//! Extension tables between our peers, with a peer that speaks as the Go peer does, and beside
//! stock, which must never see a card of theirs.
// A test says what it expects by unwrapping and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client_support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use client_support::Server;
use outcrop_oracle::Stock;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::capability::Capabilities;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::tables::{Author, Column, ColumnType, Conflict, Definition, Row, Table};
use outcrop_repo::user::NewUser;
use outcrop_sync::{
    Account, CloneOptions, HandleOptions, MemoryTransport, Observer, ReplayTransport, Request,
    SyncOptions, SyncOutcome, TableCounts, Trust, clone_blocking, handle_sync, sync_blocking,
};
use tempfile::TempDir;

/// Two repositories of one project.
struct Pair {
    folder: TempDir,
    one: Repo,
    other: Repo,
}

fn now() -> Moment {
    Moment::parse(b"2026-01-02T03:04:05").unwrap()
}

impl Pair {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        let options = CreateOptions::new("alice", now());
        Repo::create(&one, &options, &mut |bytes| bytes.fill(7)).unwrap();
        std::fs::copy(&one, &other).unwrap();
        let [one, other] = [one, other].map(|path| Repo::open(path).unwrap());
        Self { folder, one, other }
    }

    /// A server that lets its client do anything, as user alice.
    fn server(&self) -> MemoryTransport {
        let options = HandleOptions { trust: Trust::Owner, ..HandleOptions::default() };
        MemoryTransport::new(self.other.clone(), options)
    }

    fn sync(&self, options: SyncOptions) -> SyncOutcome {
        sync_blocking(&self.one, &self.server(), options).unwrap()
    }
}

fn devices(conflict: Conflict, more: &[&str]) -> Definition {
    let column = |name: &str, kind, key| Column { name: name.to_owned(), kind, key };
    let mut columns = vec![column("id", ColumnType::Text, true)];
    columns.push(column("address", ColumnType::Text, false));
    columns.extend(more.iter().map(|name| column(name, ColumnType::Integer, false)));
    Definition::new(columns, conflict).unwrap()
}

fn define(repo: &Repo, name: &str, definition: &Definition) {
    let tx = repo.write().unwrap();
    tx.define_table(&name.parse().unwrap(), definition, 1).unwrap();
    tx.commit().unwrap();
}

fn table(repo: &Repo, name: &str) -> Option<Table> {
    repo.read().unwrap().table(&name.parse().unwrap()).unwrap()
}

fn put(repo: &Repo, id: &str, address: &str, mtime: i64) {
    let table = table(repo, "devices").unwrap();
    let json = format!(r#"{{"id":"{id}","address":"{address}"}}"#);
    let row = Row::parse(&table.definition, json.as_bytes()).unwrap();
    let tx = repo.write().unwrap();
    tx.put_row(&table, &row, mtime, Author::User("alice")).unwrap();
    tx.commit().unwrap();
}

fn delete(repo: &Repo, id: &str, mtime: i64) {
    let table = table(repo, "devices").unwrap();
    let row = Row::parse(&table.definition, format!(r#"{{"id":"{id}"}}"#).as_bytes()).unwrap();
    let tx = repo.write().unwrap();
    tx.delete_row(&table, &row.key_hash(), mtime, Author::User("alice")).unwrap();
    tx.commit().unwrap();
}

/// All rows, deleted ones too, of all tables.
fn rows(repo: &Repo) -> BTreeMap<String, Vec<String>> {
    let tx = repo.read().unwrap();
    let tables = tx.tables().unwrap().into_iter().map(|table| {
        let mut rows = Vec::new();
        tx.each_row(&table, |row| {
            rows.push(format!("{} {} {}", row.row.to_json(), row.mtime, row.row.is_deleted()));
        })
        .unwrap();
        let mut columns: Vec<_> = table.definition.columns().iter().map(|one| &one.name).collect();
        columns.sort();
        rows.push(format!("{columns:?} {}", table.definition.conflict()));
        (table.name.to_string(), rows)
    });
    tables.collect()
}

#[test]
fn both_sides_end_up_with_the_same_rows() {
    let pair = Pair::new();
    define(&pair.one, "devices", &devices(Conflict::MtimeWins, &["port"]));
    define(&pair.other, "devices", &devices(Conflict::MtimeWins, &["age"]));
    define(&pair.one, "ours", &devices(Conflict::MtimeWins, &[]));
    define(&pair.other, "theirs", &devices(Conflict::MtimeWins, &[]));
    for (repo, other, mtime) in [(&pair.one, "one", 10), (&pair.other, "other", 20)] {
        put(repo, "both", other, mtime);
        put(repo, other, "alone", 15);
        // Of two in the same second one counts, whichever comes first.
        put(repo, "same second", other, 30);
    }
    put(&pair.one, "gone there", "x", 10);
    put(&pair.other, "gone there", "x", 10);
    delete(&pair.other, "gone there", 40);
    put(&pair.other, "gone here", "x", 10);
    put(&pair.one, "gone here", "x", 10);
    delete(&pair.one, "gone here", 40);
    put(&pair.one, "never known there", "x", 10);
    delete(&pair.one, "never known there", 40);

    let watched = Arc::new(Watch::default());
    let done = pair.sync(SyncOptions { observer: watched.clone(), ..SyncOptions::push_pull() });
    assert_eq!(rows(&pair.one), rows(&pair.other));
    let devices = &rows(&pair.one)["devices"];
    assert_eq!(devices.len(), 8, "{devices:#?}");
    assert!(devices.iter().any(|row| row.contains(r#""address":"other","id":"both"} 20"#)));
    assert_eq!(devices.iter().filter(|row| row.ends_with("40 true")).count(), 3, "{devices:#?}");
    assert_eq!(rows(&pair.one).len(), 3);
    let moved = (done.total.rows_received, done.total.rows_sent);
    assert!(moved.0 >= 3 && moved.1 >= 3 && moved.0 + moved.1 == 7, "{done:?}");
    let seen = watched.0.lock().unwrap().clone();
    assert_eq!(seen.first().map(String::as_str), Some("started devices"), "{seen:?}");
    let told = format!("completed devices {} {}", moved.0, moved.1);
    assert!(seen.contains(&told), "{seen:?}");

    let again = pair.sync(SyncOptions::push_pull());
    let moved = (again.rounds, again.total.rows_received, again.total.rows_sent);
    assert_eq!(moved, (1, 0, 0), "{again:?}");
}

#[derive(Default)]
struct Watch(Mutex<Vec<String>>);

impl Observer for Watch {
    fn table_sync_started(&self, table: &str) {
        self.0.lock().unwrap().push(format!("started {table}"));
    }

    fn table_sync_completed(&self, table: &str, counts: &TableCounts) {
        let told = format!("completed {table} {} {}", counts.received, counts.sent);
        self.0.lock().unwrap().push(told);
    }
}

#[test]
fn who_only_pulls_or_only_pushes_changes_one_side() {
    for pushes in [false, true] {
        let pair = Pair::new();
        for (repo, name) in [(&pair.one, "one"), (&pair.other, "other")] {
            define(repo, "devices", &devices(Conflict::MtimeWins, &[]));
            define(repo, name, &devices(Conflict::MtimeWins, &[]));
            put(repo, name, "x", 10);
            put(repo, "both", name, if name == "one" { 1 } else { 2 });
            put(repo, "both 2", name, if name == "one" { 2 } else { 1 });
        }
        let before = [rows(&pair.one), rows(&pair.other)];
        let done = pair.sync(if pushes { SyncOptions::push() } else { SyncOptions::pull() });
        let after = [rows(&pair.one), rows(&pair.other)];
        let (kept, changed) = if pushes { (0, 1) } else { (1, 0) };
        assert_eq!(before[kept], after[kept]);
        assert_eq!(after[changed].len(), 3);
        assert_eq!(after[changed]["devices"].len(), 5, "{:#?}", after[changed]);
        let newer = after[changed]["devices"].iter().filter(|row| row.contains("2 false")).count();
        assert_eq!(newer, 2, "{:#?}", after[changed]);
        let moved = [done.total.rows_received, done.total.rows_sent];
        assert_eq!(moved, if pushes { [0, 2] } else { [2, 0] });
        // Nothing is left to do in this direction.
        let again = pair.sync(if pushes { SyncOptions::push() } else { SyncOptions::pull() });
        assert_eq!((again.total.rows_received, again.total.rows_sent), (0, 0), "{again:?}");
    }
}

#[test]
fn thousands_of_rows_take_many_rounds_and_a_clone_brings_them() {
    let pair = Pair::new();
    define(&pair.other, "devices", &devices(Conflict::MtimeWins, &[]));
    let table = table(&pair.other, "devices").unwrap();
    let tx = pair.other.write().unwrap();
    for number in 0..1_500 {
        let json = format!(r#"{{"id":"{number}","address":"{}"}}"#, "long ".repeat(20));
        let row = Row::parse(&table.definition, json.as_bytes()).unwrap();
        tx.put_row(&table, &row, number, Author::User("alice")).unwrap();
    }
    tx.set_setting("max-download", "100000", now()).unwrap();
    tx.commit().unwrap();
    let done = pair.sync(SyncOptions::pull());
    assert!(done.rounds > 3 && done.total.rows_received == 1_500, "{done:?}");
    assert_eq!(rows(&pair.one), rows(&pair.other));

    let path = pair.folder.path().join("clone.fossil");
    let (clone, done) = clone_blocking(path, &pair.server(), CloneOptions::new()).unwrap();
    assert_eq!(done.sync.total.rows_received, 1_500);
    assert_eq!(rows(&clone), rows(&pair.other));

    let options = SyncOptions { max_send: 50_000, ..SyncOptions::push_pull() };
    let fresh = Pair::new();
    let server = MemoryTransport::new(
        fresh.one.clone(),
        HandleOptions { trust: Trust::Owner, ..HandleOptions::default() },
    );
    let done = sync_blocking(&pair.one, &server, options).unwrap();
    assert!(done.rounds > 5 && done.total.rows_sent == 1_500, "{done:?}");
    assert_eq!(rows(&fresh.one), rows(&pair.one));
}

#[test]
fn rows_of_others_and_rows_without_the_right_stay_as_they_are() {
    let pair = Pair::new();
    for (login, rights) in [("viewer", "o"), ("writer", "i")] {
        let tx = pair.other.write().unwrap();
        let capabilities = Capabilities::parse(rights);
        let user = NewUser { login, password: Some("pw"), capabilities, contact: "" };
        tx.add_user(&user, now()).unwrap();
        tx.commit().unwrap();
    }
    let as_user = |user: &str| SyncOptions::push_pull().with_account(Account::new(user, "pw"));
    let server = MemoryTransport::new(pair.other.clone(), HandleOptions::default());
    define(&pair.other, "devices", &devices(Conflict::SelfWrite, &[]));
    put(&pair.other, "alice's", "there", 10);
    let before = rows(&pair.other);
    define(&pair.one, "devices", &devices(Conflict::SelfWrite, &[]));
    put(&pair.one, "alice's", "here", 20);
    // Who may not push sends nothing, and keeps its own.
    let done = sync_blocking(&pair.one, &server, as_user("viewer")).unwrap();
    assert!(done.push_refused && done.total.rows_sent == 0, "{done:?}");
    assert_eq!(rows(&pair.other), before);
    // Who may push may not change what belongs to someone else, and does not try for ever.
    let done = sync_blocking(&pair.one, &server, as_user("writer")).unwrap();
    assert_eq!((done.total.rows_sent, done.total.rows_received), (1, 0), "{done:?}");
    assert_eq!(rows(&pair.other), before);
    put(&pair.one, "writer's", "here", 20);
    sync_blocking(&pair.one, &server, as_user("writer")).unwrap();
    assert_eq!(rows(&pair.other)["devices"].len(), 3);
    // A card without the right refuses the round.
    let project = pair.other.read().unwrap().setting("project-code").unwrap().unwrap();
    let reply =
        ask(&pair.other, &format!("pull 0 {project}\nxrow devices {} 1 2\n{{}}\n", key("x")));
    assert!(reply.starts_with("error not\\sauthorized\\sto\\swrite\n"), "{reply}");
}

fn key(id: &str) -> String {
    let definition = devices(Conflict::MtimeWins, &[]);
    let row = Row::parse(&definition, format!(r#"{{"id":"{id}"}}"#).as_bytes()).unwrap();
    row.key_hash().to_string()
}

/// What a server answers to nobody, who may push here.
fn ask(repo: &Repo, cards: &str) -> String {
    let tx = repo.write().unwrap();
    tx.commit().unwrap();
    let request = Request::new(Bytes::from(cards.to_owned()).into());
    let reply = handle_sync(repo, request, &HandleOptions::default()).unwrap();
    String::from_utf8(reply.text().to_vec()).unwrap()
}

#[test]
fn a_client_that_speaks_as_the_go_peer_is_understood() {
    let pair = Pair::new();
    define(&pair.other, "devices", &devices(Conflict::MtimeWins, &[]));
    put(&pair.other, "newer here", "x", 50);
    put(&pair.other, "unknown there", "x", 50);
    let project = pair.other.read().unwrap().setting("project-code").unwrap().unwrap();
    let json = devices(Conflict::MtimeWins, &[]).to_json();
    let hash = devices(Conflict::MtimeWins, &[]).hash();
    let schema = format!("schema devices 1 {hash} 1 {}\n{json}\n", json.len());
    let cards = format!(
        "pull 0 {project}\n{schema}pragma xtable-hash devices {}\nxigot devices {} 5\n\
         xigot devices {} 7\n",
        key("nothing"),
        key("newer here"),
        key("unknown here"),
    );
    let reply = ask(&pair.other, &cards);
    let row = format!("xrow devices {} 50 ", key("newer here"));
    assert!(reply.contains(&row), "{reply}");
    let announced = format!("xigot devices {} 50\n", key("unknown there"));
    assert!(reply.contains(&announced) && reply.contains("schema devices 1 "), "{reply}");
    // It may not push, so it is asked for nothing; and it knows no words of ours.
    assert!(!reply.contains("xgimme") && !reply.contains("xtable"), "{reply}");

    let options = HandleOptions { trust: Trust::Owner, ..HandleOptions::default() };
    let (unknown, row) = (key("unknown here"), r#"{"address":"y","id":"unknown here"}"#);
    let cards = format!(
        "push 0 {project}\n{schema}xigot devices {unknown} 7\nxrow devices {unknown} 7 {}\n{row}\n",
        row.len()
    );
    let request = Request::new(Bytes::from(cards).into());
    let reply = handle_sync(&pair.other, request, &options).unwrap().text();
    let reply = String::from_utf8(reply.to_vec()).unwrap();
    assert!(reply.contains(&format!("xgimme devices {unknown}\n")), "{reply}");
    assert!(rows(&pair.other)["devices"].iter().any(|held| held.contains("unknown here")));
}

#[test]
fn a_server_that_speaks_as_the_go_peer_is_understood() {
    let pair = Pair::new();
    define(&pair.one, "devices", &devices(Conflict::MtimeWins, &[]));
    define(&pair.one, "ours", &devices(Conflict::MtimeWins, &[]));
    put(&pair.one, "newer here", "x", 50);
    put(&pair.one, "only here", "x", 50);
    let json = devices(Conflict::MtimeWins, &[]).to_json();
    let (there, row) = (key("only there"), r#"{"address":"y","id":"only there"}"#);
    let replies = [
        format!(
            "schema devices 1 {} 1 {}\n{json}\nxigot devices {} 5\nxigot devices {there} 7\n",
            devices(Conflict::MtimeWins, &[]).hash(),
            json.len(),
            key("newer here"),
        ),
        format!("xrow devices {there} 7 {}\n{row}\n", row.len()),
        String::new(),
    ];
    let server = ReplayTransport::new(replies);
    let done = sync_blocking(&pair.one, &server, SyncOptions::push_pull()).unwrap();
    assert_eq!((done.total.rows_received, done.total.rows_sent), (1, 2), "{done:?}");
    assert_eq!(rows(&pair.one)["devices"].len(), 4);
    let requests = server.requests().into_iter().map(|request| request.cards.to_vec());
    let requests: Vec<_> = requests.map(|cards| String::from_utf8(cards).unwrap()).collect();
    assert!(!requests[0].contains("\nschema") && !requests[0].contains("\nx"), "{}", requests[0]);
    for card in ["schema ours 1 ", &format!("xgimme devices {there}"), "xrow devices "] {
        assert!(requests[1].contains(card), "{card}: {}", requests[1]);
    }
}

#[test]
fn stock_sees_no_card_of_tables() {
    let stock = Arc::new(Stock::find());
    let repository = stock.path("stock.fossil");
    stock.ok(&["init", "-A", "alice", repository.to_str().unwrap()]);
    let file = repository.to_str().unwrap();
    stock.ok(&["user", "capabilities", "nobody", "gio", "-R", file]);
    let server = Server::start(&stock, &repository);
    let clone: PathBuf = stock.path("clone.fossil");
    let (repo, _) = server.clone(clone.to_str().unwrap(), CloneOptions::new()).unwrap();
    define(&repo, "devices", &devices(Conflict::MtimeWins, &[]));
    put(&repo, "a", "x", 50);
    // A card that stock does not know would be an error.
    let done = server.sync(&repo, SyncOptions::push_pull()).unwrap();
    assert_eq!((done.rounds, done.total.rows_sent), (1, 0), "{done:?}");
}
