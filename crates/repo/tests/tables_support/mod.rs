//! Tables for tests.
// Each test uses what it needs.
#![allow(dead_code)]

use outcrop_format::hash::HashName;
use outcrop_repo::tables::{
    Author, Defined, Definition, HeldRow, IncomingRow, ReceiveRowError, Row, Table, Verdict,
};
use outcrop_repo::tx::{ReadTx, WriteTx};

/// Columns are words `name:type`, those of the key with a `*` behind.
pub(crate) fn definition(columns: &str, conflict: &str) -> Definition {
    let column = |word: &str| {
        let (name, kind) = word.split_once(':').unwrap();
        let (kind, key) = (kind.trim_end_matches('*'), kind.ends_with('*'));
        format!(r#"{{"name":"{name}","type":"{kind}","pk":{key}}}"#)
    };
    let columns: Vec<_> = columns.split_whitespace().map(column).collect();
    let json = format!(r#"{{"columns":[{}],"conflict":"{conflict}"}}"#, columns.join(","));
    Definition::parse(json.as_bytes()).unwrap()
}

/// A new table.
pub(crate) fn table(tx: &WriteTx, name: &str, columns: &str, conflict: &str) -> Table {
    let name = name.parse().unwrap();
    let defined = tx.define_table(&name, &definition(columns, conflict), 100).unwrap();
    assert_eq!(defined, Defined::New);
    tx.table(&name).unwrap().unwrap()
}

pub(crate) fn row(table: &Table, json: &str) -> Row {
    Row::parse(&table.definition, json.as_bytes()).unwrap()
}

/// A row that comes from a peer.
pub(crate) fn receive(
    tx: &WriteTx,
    table: &Table,
    json: &str,
    mtime: i64,
    author: Author<'_>,
) -> Result<Verdict, ReceiveRowError> {
    let key = row(table, json).key_hash();
    tx.receive_row(table, &IncomingRow { key, mtime, json: json.as_bytes() }, author)
}

/// A deletion that comes from a peer.
pub(crate) fn receive_deletion(
    tx: &WriteTx,
    table: &Table,
    key: &str,
    mtime: i64,
    author: Author<'_>,
) -> Result<Verdict, ReceiveRowError> {
    let hash = row(table, key).key_hash();
    tx.receive_deletion(table, &IncomingRow { key: hash, mtime, json: key.as_bytes() }, author)
}

/// All rows, page after page.
pub(crate) fn all(tx: &ReadTx, table: &Table) -> Vec<HeldRow> {
    let mut rows: Vec<HeldRow> = Vec::new();
    loop {
        let last: Option<HashName> = rows.last().map(|row| row.key);
        let page = tx.rows_after(table, last.as_ref()).unwrap();
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}
