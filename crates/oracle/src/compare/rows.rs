//! Rows in words.

use std::collections::{BTreeMap, HashMap};

use outcrop_format::envelope;
use rusqlite::{Connection, types::ValueRef};

use super::{
    Options, Side,
    columns::{self, Column, Meaning},
};
use crate::{Stock, digest, whole};

/// What a blob or an unversioned file may expand to.
const CONTENT_LIMIT: usize = 1 << 30;

/// A row: what it says in each column, in words.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Row {
    /// The columns that tell which row it is.
    pub(super) key: Vec<(String, String)>,
    /// The others.
    pub(super) rest: Vec<(String, String)>,
}

/// All rows of a table, and how often each is there.
pub(super) fn read(
    side: &Side,
    table: &str,
    columns: &[Column],
    options: &Options,
) -> BTreeMap<Row, usize> {
    let mut rows = BTreeMap::new();
    if columns.is_empty() || columns::columns(&side.connection, table).is_empty() {
        return rows;
    }
    let expanded = if table == "blob" && options.content { expand(side) } else { HashMap::new() };
    let list: Vec<_> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let hidden = match table {
        "blob" => "rid",
        "unversioned" => "encoding",
        "backlink" => "srctype",
        _ => "NULL",
    };
    let sql = format!("SELECT {hidden}, {} FROM \"{table}\"", list.join(", "));
    let mut statement = side.connection.prepare(&sql).unwrap();
    let mut found = statement.query([]).unwrap();
    while let Some(found) = found.next().unwrap() {
        let hidden: Option<i64> = found.get(0).unwrap();
        let mut row = Row { key: Vec::new(), rest: Vec::new() };
        let mut wanted = true;
        for (at, column) in columns.iter().enumerate() {
            let value = found.get_ref(at + 1).unwrap();
            if table == "config" && column.name == "name" {
                wanted = options.config.include(value.as_str().unwrap_or_default());
            }
            let words = match (column.meaning, value) {
                (Meaning::Local, _) => continue,
                (Meaning::Time, _) if !options.times => continue,
                (Meaning::Content, value) => {
                    let known = hidden.and_then(|rid| expanded.get(&rid).cloned());
                    content(table, value, hidden, known, options)
                }
                (Meaning::Plain | Meaning::Time, value) => plain(value),
                (meaning, ValueRef::Integer(id)) => side.names.of(meaning, id, hidden),
                (_, value) => plain(value),
            };
            let part = if column.key { &mut row.key } else { &mut row.rest };
            part.push((column.name.clone(), words));
        }
        if table == "tagxref" && !options.times {
            forget_time_of_cluster(&mut row);
        }
        if wanted {
            *rows.entry(row).or_insert(0) += 1;
        }
    }
    rows
}

/// A cluster has no date: its tag is dated by the clock of the rebuild.
fn forget_time_of_cluster(row: &mut Row) {
    if row.key.iter().any(|(column, tag)| column == "tagid" && tag == "cluster") {
        row.rest.retain(|(column, _)| column != "mtime");
    }
}

/// A value with its type: two that print the same are the same to the last bit.
fn plain(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        // The shortest text that reads back as the same bits, with a point or an exponent.
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text).escape_debug()),
        ValueRef::Blob(bytes) => format!("x'{}'", digest::hex(bytes)),
    }
}

/// A blob or an unversioned file: whether it is here, and what it holds if that is asked for.
fn content(
    table: &str,
    value: ValueRef<'_>,
    encoding: Option<i64>,
    expanded: Option<String>,
    options: &Options,
) -> String {
    match value {
        ValueRef::Null => "absent".to_owned(),
        _ if !options.content => "present".to_owned(),
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) if table == "unversioned" => {
            let plain = match encoding {
                Some(1) => envelope::open(bytes, CONTENT_LIMIT).unwrap_or_default(),
                _ => bytes.to_vec(),
            };
            digest::sha1(&plain)
        }
        _ => expanded.unwrap_or_else(|| "source missing".to_owned()),
    }
}

/// The digest of every artifact that stock can expand.
fn expand(side: &Side) -> HashMap<i64, String> {
    let stock = Stock::find();
    let copy = stock.path("copy.fossil");
    // What a write-ahead log holds is part of the file.
    side.connection.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    whole(&stock, &copy);
    let copy = Connection::open(copy).unwrap();
    let sql = "SELECT rid, content FROM blob \
                WHERE size >= 0 AND rid NOT IN (SELECT rid FROM delta)";
    let mut statement = copy.prepare(sql).unwrap();
    let found = statement.query_map([], |row| {
        let sealed: Vec<u8> = row.get(1)?;
        let said = match envelope::open(&sealed, CONTENT_LIMIT) {
            Ok(plain) => digest::sha1(&plain),
            Err(error) => error.to_string(),
        };
        Ok((row.get(0)?, said))
    });
    found.unwrap().map(Result::unwrap).collect()
}
