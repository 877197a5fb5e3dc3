//! What is exported arrives as it was.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod kept_support;
mod store_support;

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use kept_support::{kept, receive};
use outcrop_repo::Repo;
use outcrop_repo::config::{Acceptance, Areas, ConfigOutcome, GROUPS};
use proptest::prelude::*;
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use store_support::{empty, tamper};

/// Any text that SQLite keeps whole, with a liking for what has a meaning in SQL.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[' \n;()x0-9,-]{0,12}", "[^\0]{0,20}", Just("NULL".to_owned())]
}

/// A value that Fossil can write out and read again.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::Text),
        1 => Just(Value::Null),
        1 => (0..i64::MAX).prop_map(Value::Integer),
        1 => any::<Vec<u8>>().prop_map(Value::Blob),
    ]
}

/// A table, its key and its fields, and settings of every area.
const SHAPES: &[(&str, &str, &[&str])] = &[
    ("config", "name", &["value"]),
    ("shun", "uuid", &["scom"]),
    ("user", "login", &["pw", "cap", "info", "photo", "jx"]),
    ("reportfmt", "title", &["owner", "cols", "sqlcode", "jx"]),
    ("concealed", "hash", &["content"]),
    ("subscriber", "semail", &["suname", "sdigest", "sdonotcall", "ssub", "sctime", "smip"]),
];

const SETTINGS: &[&str] = &[
    "css",
    "header",
    "ticket-common",
    "mimetypes",
    "user-color-map",
    "xfer-push-script",
    "walias:/x",
    "interwiki:x",
    "path-to-tag",
    "th1-hooks",
];

fn row() -> impl Strategy<Value = (usize, String, Vec<Value>, i64)> {
    (0..SHAPES.len(), "[^\0]{1,12}", prop::collection::vec(value(), 6), 0..2_000_000_000_i64)
}

fn put(connection: &Connection, (shape, key, values, mtime): &(usize, String, Vec<Value>, i64)) {
    let (table, column, fields) = SHAPES[*shape];
    let key = match table {
        "config" => SETTINGS[key.len() % SETTINGS.len()].to_owned(),
        "shun" => outcrop_format::hash::HashName::sha3_of(key.as_bytes()).to_string(),
        _ => key.clone(),
    };
    let sql = format!("REPLACE INTO {table}({column}, mtime) VALUES(?1, ?2)");
    connection.execute(&sql, params![key, mtime]).unwrap();
    for (field, value) in fields.iter().zip(values) {
        let value = match *field {
            // SQLite makes fractions of texts that look so, and Fossil cannot read fractions.
            "sdigest" | "sdonotcall" | "sctime" => &Value::Integer(*mtime),
            _ => value,
        };
        let sql = format!("UPDATE {table} SET {field} = ?2 WHERE {column} = ?1");
        connection.execute(&sql, params![key, value]).unwrap();
    }
}

/// The rows of the exchanged columns, without the numbers that each repository gives for itself.
fn exchanged(path: &Path) -> Vec<Vec<String>> {
    let dump = |(table, key, fields): &(&str, &str, &[&str])| {
        let columns = [&[*key, "mtime"], *fields].concat().join("), quote(");
        // Nothing travels as nothing, and then the column has its default.
        let columns = columns.replace("quote(jx", "quote(coalesce(jx, '{}')");
        let sql = format!("SELECT quote({columns}) FROM {table} ORDER BY {key}");
        store_support::rows(path, &sql, |row| {
            let values = 0..row.as_ref().column_count();
            values.map(|at| row.get::<_, String>(at).unwrap() + "|").collect()
        })
    };
    SHAPES.iter().map(dump).collect()
}

/// A repository with nothing to exchange, copied from one that was made once.
fn blank(folder: &Path) -> Repo {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let repo = empty(folder.path());
        let card = (b"/subscriber".to_vec(), b"5 'x' ssub 'a'".to_vec());
        receive(&repo, &[card], Areas::ALL, false);
        tamper(
            repo.path(),
            "DELETE FROM user; DELETE FROM reportfmt; DELETE FROM subscriber;
             DELETE FROM config WHERE name IN ('hash-policy', 'project-name')",
        );
        fs::read(repo.path()).unwrap()
    });
    let path = folder.join("blank.fossil");
    fs::write(&path, template).unwrap();
    Repo::open(path).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_exported_arrives(rows in prop::collection::vec(row(), 1..12), overwrite: bool) {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [from, to] = folders.each_ref().map(|folder| blank(folder.path()));
        let connection = Connection::open(from.path()).unwrap();
        connection.execute_batch("BEGIN").unwrap();
        for row in &rows {
            put(&connection, row);
        }
        connection.execute_batch("COMMIT").unwrap();
        drop(connection);
        let tx = to.write().unwrap();
        for group in GROUPS {
            let areas = group.areas;
            let mut receiver = tx.config_receiver(Acceptance { areas, overwrite });
            for item in from.read().unwrap().export_config(areas, 0).unwrap() {
                let outcome = receiver.receive(item.name.as_bytes(), &item.payload).unwrap();
                prop_assert!(!matches!(outcome, ConfigOutcome::Refused(_)), "{outcome:?}");
            }
        }
        tx.commit().unwrap();
        let (there, here) = (exchanged(from.path()), exchanged(to.path()));
        prop_assert_eq!(there, here);
        // Once more, and nothing is new.
        let before = kept(to.path());
        let items = from.read().unwrap().export_config(Areas::ALL, 0).unwrap();
        let cards: Vec<_> =
            items.into_iter().map(|item| (item.name.as_bytes().to_vec(), item.payload)).collect();
        let (outcomes, consequences) = receive(&to, &cards, Areas::ALL, false);
        prop_assert!(outcomes.iter().all(|outcome| *outcome == ConfigOutcome::Known));
        prop_assert_eq!(consequences.changed, Areas::NONE);
        prop_assert_eq!(kept(to.path()), before);
    }
}
