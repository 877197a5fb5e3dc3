//! Extension tables beside the real `fossil`, which keeps them without knowing them.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;
mod tables_support;

use std::path::Path;

use outcrop_repo::Repo;
use outcrop_repo::tables::{Author, HeldRow, Table};
use store_support::Fossil;
use tables_support::{all, row, table};

fn contents(repository: &Path) -> Vec<(Table, Vec<HeldRow>, String)> {
    let tx = Repo::open(repository).unwrap().read().unwrap();
    let tables = tx.tables().unwrap().into_iter();
    tables
        .map(|table| {
            let (rows, hash) = (all(&tx, &table), tx.table_hash(&table).unwrap().to_string());
            (table, rows, hash)
        })
        .collect()
}

#[test]
fn the_real_one_keeps_tables() {
    let fossil = Fossil::find();
    let repository = fossil.project("project", &[], 3);
    let tx = Repo::open(&repository).unwrap().write().unwrap();
    for (name, conflict) in [("peers", "self-write"), ("blobs", "mtime-wins")] {
        let table = table(&tx, name, "id:text* n:integer r:real b:blob", conflict);
        for number in 0..20 {
            let json = format!(r#"{{"id":"row {number}","n":{number},"r":0.{number},"b":"AAEC"}}"#);
            let row = row(&table, &json);
            tx.put_row(&table, &row, 100 + number, Author::User("alice")).unwrap();
            if number % 4 == 0 {
                tx.delete_row(&table, &row.key_hash(), 200, Author::User("alice"))
                    .unwrap()
                    .unwrap();
            }
        }
    }
    tx.commit().unwrap();
    let before = contents(&repository);
    assert_eq!(before.len(), 2);
    fossil.finds_it_whole(&repository);
    fossil.run(&["rebuild", "--compress", "--cluster", "project.fossil"]);
    assert_eq!(contents(&repository), before);
    fossil.finds_it_whole(&repository);
    // A clone of a file is a copy of it.
    let from = repository.to_str().unwrap();
    fossil.run(&["clone", from, "clone.fossil"]);
    assert_eq!(contents(&fossil.path("clone.fossil")), before);
    fossil.run(&["rebuild", "clone.fossil"]);
    assert_eq!(contents(&fossil.path("clone.fossil")), before);
    fossil.finds_it_whole(&fossil.path("clone.fossil"));
    // Stock shows them to whoever asks.
    let shown = fossil.say(&[
        "sql",
        "-R",
        "clone.fossil",
        "SELECT count(*) FROM repository.fx_outcrop_x_peers WHERE n IS NOT NULL",
    ]);
    assert_eq!(shown.trim(), "15");
}
