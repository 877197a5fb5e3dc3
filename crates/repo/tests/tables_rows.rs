//! Extension tables: defined, written, and taken from peers.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;
mod tables_support;

use outcrop_format::hash::HashName;
use outcrop_repo::tables::{
    Author, DefineError, Defined, EvolutionError, IncomingRow, ListTablesError, ReceiveRowError,
    Refusal, Row, RowError, Value, Verdict, WriteRowError,
};
use outcrop_repo::tx::Failure;
use outcrop_repo::{Repo, limits};
use store_support::{empty, rows, tamper};
use tables_support::{all, definition, receive, receive_deletion, row, table};
use tempfile::TempDir;

const ANYONE: Author<'static> = Author::User("alice");

#[test]
fn a_repository_without_tables_has_none() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.read().unwrap();
    assert!(tx.tables().unwrap().is_empty());
    assert_eq!(tx.table(&"a".parse().unwrap()).unwrap(), None);
    let left = rows(repo.path(), "SELECT name FROM sqlite_schema WHERE name LIKE 'fx%'", |_| ());
    assert!(left.is_empty());
}

#[test]
fn definitions_grow_and_do_nothing_else() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let old = table(&tx, "peers", "id:text* addr:text", "mtime-wins");
    tx.put_row(&old, &row(&old, r#"{"id":"x","addr":"a"}"#), 5, ANYONE).unwrap();
    let hash = tx.table_hash(&old).unwrap();
    let define =
        |columns: &str, now| tx.define_table(&old.name, &definition(columns, "mtime-wins"), now);
    assert_eq!(define("id:text* addr:text", 90).unwrap(), Defined::Known);
    assert_eq!(tx.table(&old.name).unwrap().unwrap().mtime, 100);
    assert_eq!(define("id:text* addr:text port:integer", 200).unwrap(), Defined::Grown);
    let new = tx.table(&old.name).unwrap().unwrap();
    assert_eq!(new.mtime, 200);
    assert_eq!(new.definition, definition("id:text* addr:text port:integer", "mtime-wins"));
    // The rows are what they were, also to a peer that knows the old definition.
    assert_eq!(tx.table_hash(&new).unwrap(), hash);
    assert_eq!(all(&tx, &new), all(&tx, &old));
    let json = r#"{"id":"y","port":80}"#;
    tx.put_row(&new, &row(&new, json), 6, ANYONE).unwrap();
    assert_eq!(
        tx.row(&new, &row(&new, json).key_hash()).unwrap().unwrap().row.to_json(),
        r#"{"id":"y","port":80}"#
    );
    // What is refused changes nothing.
    for (columns, conflict) in [
        ("id:text* addr:text", "mtime-wins"),
        ("id:text* addr:text port:text", "mtime-wins"),
        ("id:text* addr:text* port:integer", "mtime-wins"),
        ("id:text* addr:text port:integer n:text*", "mtime-wins"),
        ("id:text* addr:text port:integer", "self-write"),
    ] {
        let error = tx.define_table(&old.name, &definition(columns, conflict), 300).unwrap_err();
        assert!(matches!(error, DefineError::Evolution { .. }), "{error}");
    }
    assert_eq!(tx.table(&old.name).unwrap().unwrap(), new);
    // A peer may know fewer columns, and others.
    let learn = |columns| tx.learn_table(&old.name, &definition(columns, "mtime-wins"), 150);
    assert_eq!(learn("id:text* addr:text").unwrap(), Defined::Known);
    assert_eq!(learn("other:blob id:text* addr:text").unwrap(), Defined::Grown);
    let merged = tx.table(&old.name).unwrap().unwrap();
    assert_eq!(merged.mtime, 200);
    let columns = "id:text* addr:text port:integer other:blob";
    assert_eq!(merged.definition, definition(columns, "mtime-wins"));
    assert!(learn("addr:text*").is_err());
}

#[test]
fn a_table_of_keys_gets_no_values() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let table = table(&tx, "set", "id:text*", "mtime-wins");
    let member = row(&table, r#"{"id":"x"}"#);
    tx.put_row(&table, &member, 5, ANYONE).unwrap();
    assert!(!tx.row(&table, &member.key_hash()).unwrap().unwrap().row.is_deleted());
    let error = tx.delete_row(&table, &member.key_hash(), 6, ANYONE).unwrap_err();
    assert!(matches!(error, WriteRowError::CannotDelete(_)), "{error}");
    let error = receive_deletion(&tx, &table, r#"{"id":"x"}"#, 6, ANYONE).unwrap_err();
    assert!(matches!(error, ReceiveRowError::CannotDelete(_)), "{error}");
    let grown = definition("id:text* v:text", "mtime-wins");
    let error = tx.learn_table(&table.name, &grown, 7).unwrap_err();
    let first = |cause: &EvolutionError| matches!(cause, EvolutionError::FirstValue(_));
    assert!(matches!(&error, DefineError::Evolution { cause, .. } if first(cause)), "{error}");
}

#[test]
fn words_of_sql_are_names_too() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let table = table(&tx, "select", "where:text* order:integer rowid:text oid:real", "mtime-wins");
    let full = row(&table, r#"{"oid":1.5,"order":3,"rowid":"r","where":"x\" OR 1 --"}"#);
    tx.put_row(&table, &full, 5, ANYONE).unwrap();
    let grown = "where:text* order:integer rowid:text oid:real group:text";
    tx.define_table(&table.name, &definition(grown, "mtime-wins"), 6).unwrap();
    let table = tx.table(&table.name).unwrap().unwrap();
    assert_eq!(tx.row(&table, &full.key_hash()).unwrap().unwrap().row, full);
}

#[test]
fn every_change_here_is_newer_than_the_last() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let table = table(&tx, "data", "id:text* v:text", "mtime-wins");
    let full = row(&table, r#"{"id":"x","v":"1"}"#);
    let key = full.key_hash();
    assert_eq!(tx.delete_row(&table, &key, 9, ANYONE).unwrap(), None);
    assert_eq!(tx.put_row(&table, &full, 10, ANYONE).unwrap(), 10);
    assert_eq!(tx.put_row(&table, &full, 10, ANYONE).unwrap(), 11);
    assert_eq!(tx.delete_row(&table, &key, 3, ANYONE).unwrap(), Some(12));
    assert_eq!(tx.delete_row(&table, &key, 30, ANYONE).unwrap(), None);
    let held = tx.row(&table, &key).unwrap().unwrap();
    assert!(held.row.is_deleted() && held.mtime == 12);
    assert_eq!(tx.put_row(&table, &full, 50, ANYONE).unwrap(), 50);
    receive(&tx, &table, r#"{"id":"x","v":"2"}"#, i64::MAX, ANYONE).unwrap();
    let error = tx.put_row(&table, &full, 60, ANYONE).unwrap_err();
    assert!(matches!(error, WriteRowError::EndOfTime(_)), "{error}");
    let error = tx.put_row(&table, &row(&table, r#"{"id":"y"}"#), 60, ANYONE).unwrap_err();
    assert!(matches!(error, WriteRowError::Empty), "{error}");
}

#[test]
fn only_rows_of_the_table_are_read() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let table = table(&tx, "data", "id:text* v:text n:integer", "mtime-wins");
    let refused = |json: &[u8]| Row::parse(&table.definition, json).unwrap_err();
    for json in ["", "null", "[]", "{", r#"{"id":"x"} x"#, r#"{"id":"\ud800"}"#, "\u{feff}{}"] {
        assert!(matches!(refused(json.as_bytes()), RowError::Json(_)), "{json}");
    }
    assert!(matches!(refused(b"{\"id\":\"\xff\"}"), RowError::Json(_)));
    assert!(matches!(refused("[".repeat(100_000).as_bytes()), RowError::Json(_)));
    let nested = format!(r#"{{"id":{}"#, "[".repeat(100_000));
    assert!(matches!(refused(nested.as_bytes()), RowError::Json(_)));
    assert!(matches!(refused(br#"{"id":"x","v":"1","v":"2"}"#), RowError::Twice(_)));
    assert!(matches!(refused(br#"{"id":"x","w":"1"}"#), RowError::NoColumn(_)));
    assert!(matches!(refused(br#"{"id":"x","w":null}"#), RowError::NoColumn(_)));
    assert!(matches!(refused(br#"{"id":"x","_owner":"bob"}"#), RowError::NoColumn(_)));
    assert!(matches!(refused(br#"{"id":"x","mtime":1}"#), RowError::NoColumn(_)));
    let injection = br#"{"id":"x","v) SELECT pw FROM user --":"1"}"#;
    assert!(matches!(refused(injection), RowError::NoColumn(_)));
    assert!(matches!(refused(br#"{"v":"1"}"#), RowError::NoKey(_)));
    assert!(matches!(refused(br#"{"id":null}"#), RowError::NoKey(_)));
    assert!(matches!(refused(br#"{"id":1}"#), RowError::Type { .. }));
    let long = format!(r#"{{"id":"x","v":"{}"}}"#, "v".repeat(limits::MAX_ROW));
    assert!(matches!(refused(long.as_bytes()), RowError::TooLong { .. }));
    // Short as text, long as JSON.
    let members = [("id", "x".to_owned()), ("v", "\u{1}".repeat(limits::MAX_ROW / 2))];
    let members = members.map(|(name, text)| (name.to_owned(), Value::Text(text)));
    let long = Row::new(&table.definition, members).unwrap();
    let error = tx.put_row(&table, &long, 5, ANYONE).unwrap_err();
    assert!(matches!(error, WriteRowError::Row(RowError::TooLong { .. })), "{error}");
    let members =
        [("id".to_owned(), Value::Text("x".to_owned())), ("n".to_owned(), Value::Real(1.0))];
    let error = Row::new(&table.definition, members).unwrap_err();
    assert!(matches!(error, RowError::Type { .. }), "{error}");
    let real = definition("r:real*", "mtime-wins");
    for number in [f64::NAN, f64::INFINITY] {
        let error = Row::new(&real, [("r".to_owned(), Value::Real(number))]).unwrap_err();
        assert!(matches!(error, RowError::NotFinite(_)), "{error}");
    }
}

#[test]
fn a_peer_is_not_believed() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let table = table(&tx, "data", "id:text* v:text", "mtime-wins");
    let (x, y) = (row(&table, r#"{"id":"x"}"#).key_hash(), row(&table, r#"{"id":"y"}"#).key_hash());
    let incoming = |key, json: &'static str| IncomingRow { key, mtime: 5, json: json.as_bytes() };
    let error = tx.receive_row(&table, &incoming(y, r#"{"id":"x","v":"1"}"#), ANYONE).unwrap_err();
    assert!(matches!(error, ReceiveRowError::WrongKey { said, real } if (said, real) == (y, x)));
    let error = tx.receive_row(&table, &incoming(x, "{}"), ANYONE).unwrap_err();
    assert!(matches!(error, ReceiveRowError::Row { .. }), "{error}");
    let deleted = incoming(x, r#"{"id":"x","v":"1"}"#);
    let error = tx.receive_deletion(&table, &deleted, ANYONE).unwrap_err();
    assert!(matches!(error, ReceiveRowError::Values(_)), "{error}");
    let error = tx.receive_deletion(&table, &incoming(y, r#"{"id":"x"}"#), ANYONE).unwrap_err();
    assert!(matches!(error, ReceiveRowError::WrongKey { .. }), "{error}");
    let error = tx.receive_deletion(&table, &incoming(x, ""), ANYONE).unwrap_err();
    assert!(matches!(error, ReceiveRowError::NoKey(_)), "{error}");
    assert!(all(&tx, &table).is_empty());
    // Of a row that is known, the key can be left out.
    assert_eq!(receive(&tx, &table, r#"{"id":"x","v":"1"}"#, 4, ANYONE).unwrap(), Verdict::Take);
    assert_eq!(tx.receive_deletion(&table, &incoming(x, ""), ANYONE).unwrap(), Verdict::Take);
    assert!(tx.row(&table, &x).unwrap().unwrap().row.is_deleted());
    // All nulls are a deletion as well, as the Go peer sends it when it is asked for the row.
    assert_eq!(receive(&tx, &table, r#"{"id":"y","v":null}"#, 4, ANYONE).unwrap(), Verdict::Take);
    assert!(tx.row(&table, &y).unwrap().unwrap().row.is_deleted());
    assert_eq!(tx.table_hash(&table).unwrap(), HashName::sha1_of(b""));
}

#[test]
fn owners_keep_their_rows() {
    let (alice, bob, nobody) = (Author::User("alice"), Author::User("bob"), Author::User(""));
    let refused = Verdict::Refuse(Refusal::NotOwner);
    for conflict in ["self-write", "owner-write"] {
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        let tx = repo.write().unwrap();
        let table = table(&tx, "data", "id:text* v:text", conflict);
        let full = |v| format!(r#"{{"id":"x","v":"{v}"}}"#);
        let key = row(&table, &full(1)).key_hash();
        assert_eq!(receive(&tx, &table, &full(1), 5, alice).unwrap(), Verdict::Take);
        assert_eq!(receive(&tx, &table, &full(2), 9, bob).unwrap(), refused);
        assert_eq!(receive(&tx, &table, &full(2), 9, nobody).unwrap(), refused);
        assert_eq!(receive_deletion(&tx, &table, r#"{"id":"x"}"#, 9, bob).unwrap(), refused);
        let error = tx.put_row(&table, &row(&table, &full(2)), 9, bob).unwrap_err();
        assert!(matches!(error, WriteRowError::Refused(Refusal::NotOwner)), "{error}");
        let error = tx.delete_row(&table, &key, 9, bob).unwrap_err();
        assert!(matches!(error, WriteRowError::Refused(Refusal::NotOwner)), "{error}");
        assert_eq!(receive(&tx, &table, &full(3), 6, alice).unwrap(), Verdict::Take);
        assert_eq!(receive(&tx, &table, &full(4), 7, Author::Authority).unwrap(), Verdict::Take);
        assert_eq!(
            receive_deletion(&tx, &table, r#"{"id":"x"}"#, 8, alice).unwrap(),
            Verdict::Take
        );
        // What is deleted is still hers.
        assert_eq!(receive(&tx, &table, &full(5), 9, bob).unwrap(), refused);
        assert_eq!(tx.row(&table, &key).unwrap().unwrap().owner, "alice");
    }
}

#[test]
fn all_pages_are_listed() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let table = table(&tx, "data", "id:integer* v:text", "mtime-wins");
    let count = 2 * limits::CATALOGUE_PAGE + 1;
    let mut expected = Vec::new();
    for number in 0..count {
        let full = row(&table, &format!(r#"{{"id":{number},"v":"x"}}"#));
        let key = full.key_hash();
        tx.put_row(&table, &full, 5, ANYONE).unwrap();
        let deleted = number % 3 == 0;
        if deleted {
            tx.delete_row(&table, &key, 5, ANYONE).unwrap().unwrap();
        }
        expected.push((key, if deleted { 6 } else { 5 }, deleted));
    }
    expected.sort();
    let entries = tx.row_catalogue(&table).map(Result::unwrap);
    let found: Vec<_> = entries.map(|entry| (entry.key, entry.mtime, entry.deleted)).collect();
    assert_eq!(found, expected);
    let held = all(&tx, &table);
    let found: Vec<_> = held.iter().map(|row| (row.key, row.mtime, row.row.is_deleted())).collect();
    assert_eq!(found, expected);
    assert_eq!(tx.rows_after(&table, None).unwrap().len(), limits::ROWS_PAGE);
}

#[test]
fn the_widest_table_works() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let values: Vec<_> = (1..limits::MAX_COLUMNS).map(|number| format!("c{number}:text")).collect();
    let table = table(&tx, "wide", &format!("id:text* {}", values.join(" ")), "mtime-wins");
    let values: Vec<_> =
        (1..limits::MAX_COLUMNS).map(|number| format!(r#""c{number}":"x""#)).collect();
    let full = row(&table, &format!(r#"{{"id":"x",{}}}"#, values.join(",")));
    tx.put_row(&table, &full, 5, ANYONE).unwrap();
    assert_eq!(all(&tx, &table)[0].row, full);
    assert_eq!(
        tx.row_catalogue(&table).filter(|entry| !entry.as_ref().unwrap().deleted).count(),
        1
    );
    // And there can be no more tables than are listed.
    for number in 1..limits::MAX_TABLES {
        let name = format!("t{number}").parse().unwrap();
        tx.define_table(&name, &definition("id:text*", "mtime-wins"), 5).unwrap();
    }
    assert_eq!(tx.tables().unwrap().len(), limits::MAX_TABLES);
    let name = "last".parse().unwrap();
    let error = tx.define_table(&name, &definition("id:text*", "mtime-wins"), 5).unwrap_err();
    assert!(matches!(error, DefineError::TooMany { .. }), "{error}");
}

#[test]
fn a_damaged_file_is_told_from_an_empty_one() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let data = table(&tx, "data", "id:text* v:text", "mtime-wins");
    tx.put_row(&data, &row(&data, r#"{"id":"x","v":"1"}"#), 5, ANYONE).unwrap();
    tx.commit().unwrap();
    let mut count = 0;
    let mut tamper_with = |sql: &str| {
        count += 1;
        let tampered = folder.path().join(format!("tampered{count}.fossil"));
        std::fs::copy(repo.path(), &tampered).unwrap();
        tamper(&tampered, sql);
        Repo::open(&tampered)
    };
    let tx = tamper_with("UPDATE fx_outcrop_tables SET definition = '{}'").unwrap().read().unwrap();
    assert!(matches!(tx.tables(), Err(ListTablesError::Definition { .. })));
    let tx = tamper_with("UPDATE fx_outcrop_tables SET name = 'a\"'").unwrap().read().unwrap();
    assert!(matches!(tx.tables(), Err(ListTablesError::Name(_))));
    for sql in [
        "UPDATE fx_outcrop_x_data SET v = x'ff'",
        "UPDATE fx_outcrop_x_data SET mtime = 'x'",
        "UPDATE fx_outcrop_x_data SET \"pk-hash\" = 'x'",
    ] {
        let tx = tamper_with(sql).unwrap().read().unwrap();
        let error = tx.rows_after(&data, None).unwrap_err();
        assert_eq!(error.failure(), Failure::Corrupt, "{sql}: {error}");
    }
    let tx = tamper_with("DROP TABLE fx_outcrop_x_data").unwrap().read().unwrap();
    assert!(tx.rows_after(&data, None).is_err());
    let trap = "CREATE TRIGGER t AFTER INSERT ON fx_outcrop_x_data BEGIN DELETE FROM blob; END";
    assert!(tamper_with(trap).unwrap_err().to_string().contains("tampered"));
}
