//! Extension tables on the wire: what both sides write, and how they compare rows.
//!
//! Only peers that know of extension tables may see a card of theirs. They find each other by
//! pragmas, which all others pass over:
//!
//! ```text
//! client                                       server
//! pragma xtables                               pragma xtables
//! pragma xtable-hash TABLE HASH   (each) ───►  pragma xtable-sum TABLE HASH    (each)
//! pragma xtable-sum TABLE HASH                 schema, xigot…   of tables that differ, to who pulls
//!                                        ◄───
//! schema         of what is new there          xgimme, xrow, xdelete
//! xgimme         of what is newer there  ───►
//! xrow, xdelete  of what is newer here   ◄───
//! ```
//!
//! The Go peer sends `xtable-hash` and no more than that; it compares rows by their times alone.
//! `xtable-sum` covers contents and deletions too, so that two rows of the same second meet.

use std::cmp::Ordering;

use outcrop_format::hash::HashName;
use outcrop_repo::tables::{HeldRow, RowVersion, Table, TableName};
use outcrop_xfer::card::pragma::Pragma;
use outcrop_xfer::card::table::{Schema, Xdelete, Xgimme, Xigot, Xrow};
use outcrop_xfer::{Card, Payload, Token, Writer};

/// The only version of definitions that there is.
const VERSION: i64 = 1;

/// The word for the content of a row that is deleted.
const DELETED: &[u8] = b"-";

/// A version of a row as a peer announces it: who compares by times alone tells no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Announced {
    pub(crate) key: HashName,
    said: Said,
}

/// What is said of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Time(i64),
    All(RowVersion),
}

impl Announced {
    /// Reads an announcement. `None` if its key is no hash: then it is of no row.
    pub(crate) fn read(xigot: &Xigot<'_>) -> Option<Self> {
        let mtime = xigot.mtime;
        let said = match xigot.content.map(Token::as_bytes) {
            None => Said::Time(mtime),
            Some(DELETED) => Said::All(RowVersion { mtime, content: None }),
            Some(hash) => {
                Said::All(RowVersion { mtime, content: Some(HashName::parse(hash).ok()?) })
            }
        };
        Some(Self { key: HashName::parse(xigot.key.as_bytes()).ok()?, said })
    }

    /// How it stands to ours: greater if it is newer.
    pub(crate) fn compared_with(&self, ours: &RowVersion) -> Ordering {
        match self.said {
            Said::All(theirs) => theirs.cmp(ours),
            Said::Time(mtime) => mtime.cmp(&ours.mtime),
        }
    }
}

/// The table that a card names, if it can be the name of one.
pub(crate) fn table_name(token: Token<'_>) -> Option<TableName> {
    TableName::new(token.as_str()?).ok()
}

/// Writes cards of one table.
pub(crate) struct TableCards<'o> {
    out: &'o mut Writer,
    table: &'o Table,
}

impl<'o> TableCards<'o> {
    pub(crate) fn new(out: &'o mut Writer, table: &'o Table) -> Self {
        Self { out, table }
    }

    fn name(&self) -> Option<Token<'o>> {
        Token::new(self.table.name.as_str().as_bytes())
    }

    /// The hash by which all peers compare tables.
    pub(crate) fn hash(&mut self, hash: &HashName) {
        let hash = hash.to_hex();
        if let (Some(table), Some(hash)) = (self.name(), Token::new(hash.as_bytes())) {
            self.out.push(&Card::Pragma(Pragma::XtableHash { table, hash }));
        }
    }

    /// The hash by which our own peers do.
    pub(crate) fn sum(&mut self, sum: &HashName) {
        let hash = sum.to_hex();
        if let (Some(table), Some(hash)) = (self.name(), Token::new(hash.as_bytes())) {
            self.out.push(&Card::Pragma(Pragma::XtableSum { table, hash }));
        }
    }

    /// The definition.
    pub(crate) fn schema(&mut self) {
        let (json, hash) = (self.table.definition.to_json(), self.table.definition.hash().to_hex());
        if let (Some(table), Some(hash)) = (self.name(), Token::new(hash.as_bytes())) {
            let definition = json.as_bytes().into();
            let (version, mtime) = (VERSION, self.table.mtime);
            self.out.push(&Card::Schema(Schema { table, version, hash, mtime, definition }));
        }
    }

    /// Announces a row; its content only to our own peers.
    pub(crate) fn announce(&mut self, row: &HeldRow, to_ours: bool) {
        let RowVersion { mtime, content } = row.version();
        let content = content.map(|content| content.to_hex());
        let content = content.as_ref().map_or(DELETED, |content| content.as_bytes());
        let content = Token::new(content).filter(|_| to_ours);
        let key = row.key.to_hex();
        if let (Some(table), Some(key)) = (self.name(), Token::new(key.as_bytes())) {
            self.out.push(&Card::Xigot(Xigot { table, key, mtime, content }));
        }
    }

    /// Asks for a row.
    pub(crate) fn ask(&mut self, key: &HashName) {
        let key = key.to_hex();
        if let (Some(table), Some(key)) = (self.name(), Token::new(key.as_bytes())) {
            self.out.push(&Card::Xgimme(Xgimme { table, key }));
        }
    }

    /// Sends a row, or that it is deleted.
    pub(crate) fn send(&mut self, held: &HeldRow) {
        let (key, mtime) = (held.key.to_hex(), held.mtime);
        let (Some(table), Some(key)) = (self.name(), Token::new(key.as_bytes())) else { return };
        if held.row.is_deleted() {
            let json = held.row.key_to_json();
            let key_values = Payload::from(json.as_bytes());
            self.out.push(&Card::Xdelete(Xdelete { table, key, mtime, key_values }));
        } else {
            let json = held.row.to_json();
            let row = Payload::from(json.as_bytes());
            self.out.push(&Card::Xrow(Xrow { table, key, mtime, row }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(mtime: i64, content: Option<&str>) -> Announced {
        let key = HashName::sha1_of(b"key").to_string();
        let (table, key) = (Token::new(b"t").unwrap(), Token::new(key.as_bytes()).unwrap());
        let content = content.map(|content| Token::new(content.as_bytes()).unwrap());
        Announced::read(&Xigot { table, key, mtime, content }).unwrap()
    }

    #[test]
    fn rows_of_one_second_are_told_apart_by_our_own_peers_only() {
        let [low, high] = ["1", "2"].map(|digit| digit.repeat(40));
        let ours = RowVersion { mtime: 5, content: Some(low.parse().unwrap()) };
        for (mtime, content, expected) in [
            (4, None, Ordering::Less),
            (5, None, Ordering::Equal),
            (6, None, Ordering::Greater),
            (5, Some(&*low), Ordering::Equal),
            (5, Some(&*high), Ordering::Greater),
            (5, Some("-"), Ordering::Less),
            (6, Some("-"), Ordering::Greater),
        ] {
            let found = announced(mtime, content).compared_with(&ours);
            assert_eq!(found, expected, "{mtime} {content:?}");
        }
    }

    #[test]
    fn what_is_no_hash_is_of_no_row() {
        let word = |word: &'static str| Token::new(word.as_bytes()).unwrap();
        let sha1 = "3".repeat(40);
        let good = Token::new(sha1.as_bytes()).unwrap();
        let read = |key, content| {
            let content = Some(content);
            Announced::read(&Xigot { table: word("t"), key, mtime: 0, content }).is_some()
        };
        assert!(read(good, good) && read(good, word("-")));
        assert!(!read(word("no"), good) && !read(good, word("no")));
    }
}
