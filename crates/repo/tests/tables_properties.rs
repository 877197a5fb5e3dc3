//! Rows in any order, and rows of anything at all.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;
mod tables_support;

use std::collections::BTreeMap;

use outcrop_repo::tables::{Author, IncomingRow, Row, Value, Verdict};
use proptest::prelude::*;
use store_support::{Random, empty};
use tables_support::{all, definition, receive, receive_deletion, row, table};
use tempfile::TempDir;

/// A change: of which row, when, and to which value; none deletes it.
type Change = (u8, i64, Option<u8>);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (0..5_u8, 0..4_i64, prop::option::of(0..3_u8));
    prop::collection::vec(change, 1..40)
}

/// The order of a deck that was shuffled.
fn shuffled(len: usize, seed: u64) -> Vec<usize> {
    let mut random = Random(seed);
    let mut order: Vec<usize> = (0..len).collect();
    for at in 0..len {
        order.swap(at, random.below(at + 1));
    }
    order
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Where a row has an owner, the owner alone changes it here: who comes first is another matter.
    #[test]
    fn any_order_ends_in_the_same_rows(changes in changes(), seed: u64, mode in 0..3_usize) {
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        let mut found = Vec::new();
        for order in [(0..changes.len()).collect(), shuffled(changes.len(), seed)] {
            let tx = repo.write().unwrap();
            let conflict = ["mtime-wins", "self-write", "owner-write"][mode];
            let table = table(&tx, "data", "id:integer* v:integer", conflict);
            for at in order {
                let (id, mtime, value) = changes[at];
                let user = format!("user{id}");
                let author = Author::User(&user);
                let verdict = match value {
                    Some(value) => {
                        receive(&tx, &table, &format!(r#"{{"id":{id},"v":{value}}}"#), mtime, author)
                    }
                    None => receive_deletion(&tx, &table, &format!(r#"{{"id":{id}}}"#), mtime, author),
                };
                prop_assert!(!matches!(verdict.unwrap(), Verdict::Refuse(_)));
            }
            found.push((all(&tx, &table), tx.table_hash(&table).unwrap()));
        }
        prop_assert_eq!(&found[0], &found[1]);
        // And it is what came last.
        let mut latest: BTreeMap<u8, i64> = BTreeMap::new();
        for (id, mtime, _) in &changes {
            let time = latest.entry(*id).or_default();
            *time = (*mtime).max(*time);
        }
        for held in &found[0].0 {
            let Some(Value::Integer(id)) = held.row.get("id") else { panic!() };
            let id = u8::try_from(*id).unwrap();
            prop_assert_eq!(held.mtime, latest[&id]);
            let value = held.row.get("v").map(|value| match value {
                Value::Integer(value) => u8::try_from(*value).unwrap(),
                _ => panic!(),
            });
            prop_assert!(changes.contains(&(id, held.mtime, value)));
            prop_assert_eq!(&held.owner, &if mode == 0 { String::new() } else { format!("user{id}") });
        }
        prop_assert_eq!(found[0].0.len(), latest.len());
    }

    /// Nobody who is not its owner ever changes a row, whatever comes.
    #[test]
    fn owners_stay(changes in prop::collection::vec((0..4_usize, 0..2_u8, 0..6_i64, 0..3_u8), 1..40), mode in 0..2_usize) {
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        let tx = repo.write().unwrap();
        let table = table(&tx, "data", "id:integer* v:integer", ["self-write", "owner-write"][mode]);
        for (user, id, mtime, value) in changes {
            let user = ["", "alice", "bob", "carol"][user];
            let json = format!(r#"{{"id":{id},"v":{value}}}"#);
            let key = row(&table, &json).key_hash();
            let before = tx.row(&table, &key).unwrap();
            let verdict = receive(&tx, &table, &json, mtime, Author::User(user)).unwrap();
            let after = tx.row(&table, &key).unwrap().unwrap();
            let Some(before) = before else {
                prop_assert_eq!((verdict, after.owner.as_str()), (Verdict::Take, user));
                continue;
            };
            if before.owner != user && !(mode == 0 && before.owner.is_empty()) {
                prop_assert!(matches!(verdict, Verdict::Refuse(_)));
            }
            if verdict != Verdict::Take {
                prop_assert_eq!(&after, &before);
            }
            prop_assert!(before.owner.is_empty() || after.owner == before.owner);
        }
    }

    #[test]
    fn what_is_stored_is_loaded(
        text in any::<String>(),
        integer: i64,
        real in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        blob: Vec<u8>,
        nulls in 0..16_u8,
    ) {
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        let tx = repo.write().unwrap();
        let columns = "kt:text* ki:integer* kr:real* kb:blob* t:text i:integer r:real b:blob";
        let table = table(&tx, "data", columns, "mtime-wins");
        let values = [Value::Text(text), Value::Integer(integer), Value::Real(real), Value::Blob(blob)];
        let key = ["kt", "ki", "kr", "kb"].into_iter().zip(&values);
        let rest = ["t", "i", "r", "b"].into_iter().zip(&values).enumerate();
        let rest = rest.filter(|(bit, _)| nulls & (1 << bit) == 0).map(|(_, member)| member);
        let members = key.chain(rest).map(|(name, value)| (name.to_owned(), value.clone()));
        let made = Row::new(&table.definition, members).unwrap();
        let json = made.to_json();
        prop_assert_eq!(&Row::parse(&table.definition, json.as_bytes()).unwrap(), &made);
        let incoming = IncomingRow { key: made.key_hash(), mtime: -5, json: json.as_bytes() };
        tx.receive_row(&table, &incoming, Author::Authority).unwrap();
        tx.commit().unwrap();
        let tx = repo.read().unwrap();
        let table = tx.table(&table.name).unwrap().unwrap();
        let held = tx.row(&table, &made.key_hash()).unwrap().unwrap();
        prop_assert_eq!(held.row.is_deleted(), nulls == 15);
        prop_assert_eq!((&held.row, held.mtime, held.key), (&made, -5, held.row.key_hash()));
    }

    #[test]
    fn garbage_is_refused(garbage in prop::collection::vec(any::<u8>(), 0..60), text in "[\\[{}\\]\":,a-c0-9nul \\\\-]{0,40}") {
        let definition = definition("a:text* b:integer c:real", "mtime-wins");
        for json in [&garbage[..], text.as_bytes()] {
            if let Ok(row) = Row::parse(&definition, json) {
                prop_assert_eq!(Row::parse(&definition, row.to_json().as_bytes()).unwrap(), row);
            }
        }
    }
}
