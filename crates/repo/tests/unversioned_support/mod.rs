//! What is compared of unversioned files.
// Each test uses what it needs.
#![allow(dead_code)]

use std::path::Path;

use outcrop_format::envelope;
use outcrop_repo::artifact::Moment;
use rusqlite::types::Value;

use crate::store_support::{Random, moment, rows};

/// Seconds at 2024-01-02 03:04:05.
pub(crate) const START: i64 = 1_704_164_645;

/// A row as it is stored, the content without its envelope.
pub(crate) type StoredRow = (Vec<Value>, Option<Vec<u8>>);

pub(crate) fn stored_rows(repository: &Path) -> Vec<StoredRow> {
    let sql = "SELECT uvid, name, mtime, hash, sz, encoding, rcvid, typeof(content), content \
               FROM unversioned ORDER BY name";
    rows(repository, sql, |row| {
        let columns: Vec<Value> = (0..8).map(|column| row.get(column).unwrap()).collect();
        let content: Option<Vec<u8>> = row.get(8).unwrap();
        let content = match columns[5] {
            Value::Integer(1) => content.map(|content| envelope::open(&content, 1 << 20).unwrap()),
            _ => content,
        };
        (columns, content)
    })
}

/// What peers agree upon: name, time, hash, size and content of each file that is not deleted.
pub(crate) fn shared(repository: &Path) -> Vec<(Vec<Value>, Option<Vec<u8>>)> {
    let live = |(columns, _): &StoredRow| columns[3] != Value::Null;
    let shared = |(columns, content): StoredRow| (columns[1..5].to_vec(), content);
    stored_rows(repository).into_iter().filter(live).map(shared).collect()
}

pub(crate) fn tombstones(repository: &Path) -> Vec<(String, i64)> {
    let sql = "SELECT name, mtime FROM unversioned WHERE hash IS NULL ORDER BY name";
    rows(repository, sql, |row| (row.get(0).unwrap(), row.get(1).unwrap()))
}

pub(crate) fn date(mtime: i64) -> String {
    let at = moment("1970-01-01T00:00:00").julian_millis() + mtime * 1000;
    Moment::from_julian_millis(at).unwrap().to_string()[..19].to_owned()
}

/// Content of every kind: empty, short, long, of random bytes, and about as compressible as decides
/// whether it is stored in an envelope.
pub(crate) fn content(random: &mut Random) -> Vec<u8> {
    let mut bytes = vec![0; random.below(400)];
    random.fill(&mut bytes);
    match random.below(4) {
        0 => bytes.truncate(random.below(12)),
        1 => bytes = random.text(100).into_bytes(),
        2 => bytes.extend(vec![b' '; 30 + bytes.len() / 4]),
        _ => {}
    }
    bytes
}
