//! How SQLite goes about the queries of the tables that grow: never through all artifacts.

use outcrop_format::hash::HashName;

use super::{ReadTx, blobs, changes, lineage, names, pages, tags, ticket_list, timeline};
use crate::Repo;
use crate::artifact::Moment;
use crate::blob::Standing;
use crate::create::CreateOptions;
use crate::read::EventKind;

const QUERIES: [&str; 21] = [
    names::NEWEST_CHECK_IN,
    names::NEWEST_EVENT,
    names::NEWEST_AMONG_LAST,
    names::NEWEST_WITH_TAG,
    names::NEWEST_WITH_TAG_UNTIL,
    names::EVENTS_WITH_PREFIX,
    lineage::PARENTS,
    lineage::CHILDREN,
    lineage::BRANCH_START,
    lineage::YOUNGEST_ANCESTOR,
    timeline::TIMELINE,
    timeline::EVENT,
    changes::CHANGES,
    timeline::TAGS_OF_ENTRY,
    tags::BRANCHES,
    tags::OPEN_BRANCHES,
    tags::TAG_NAMES,
    tags::TAGS_ON,
    tags::TAGGED,
    pages::WIKI_PAGES,
    pages::ATTACHMENTS,
];

/// Those that go through a table in its order, and stop when the page is full.
const IN_ORDER: [&str; 1] = [names::NEWEST_CHECK_IN];

fn plan(tx: &ReadTx, sql: &str) -> Vec<String> {
    let parameters = (1..10).filter(|number| sql.contains(&format!("?{number}"))).count();
    let values = rusqlite::params_from_iter(std::iter::repeat_n("1", parameters));
    tx.all("explain", &format!("EXPLAIN QUERY PLAN {sql}"), values, |row| row.get(3)).unwrap()
}

#[test]
fn no_query_goes_through_all_artifacts() {
    let folder = tempfile::tempdir().unwrap();
    let options = CreateOptions::new("alice", Moment::parse(b"2024-01-02").unwrap());
    let made = Repo::create(folder.path().join("file"), &options, &mut |bytes| bytes.fill(1));
    let tx = made.unwrap().repo.read().unwrap();
    let others =
        [pages::NEWEST_VERSION, pages::TECHNOTES, ticket_list::TICKETS, ticket_list::CHANGES];
    for sql in QUERIES.into_iter().chain(others) {
        let plan = plan(&tx, sql);
        let scanned = |table: &str| {
            plan.iter().any(|step| {
                *step == format!("SCAN {table}") || step.starts_with(&format!("SCAN {table} "))
            })
        };
        assert!(!scanned("b") && !scanned("blob"), "{sql}: {plan:?}");
        assert!(!scanned("x") && !scanned("p") && !scanned("t"), "{sql}: {plan:?}");
        assert!(!scanned("m") && !scanned("f"), "{sql}: {plan:?}");
        let is_search = plan.iter().any(|step| step.starts_with("SEARCH"));
        assert!(is_search || IN_ORDER.contains(&sql), "{sql}: {plan:?}");
    }
    // What this test looks for is how SQLite says it.
    let whole = plan_of_all(&tx);
    assert_eq!(whole, ["SCAN b"]);
}

#[test]
fn what_others_announce_is_looked_up_without_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let options = CreateOptions::new("alice", Moment::parse(b"2024-01-02").unwrap());
    let made = Repo::create(folder.path().join("file"), &options, &mut |bytes| bytes.fill(1));
    let repo = made.unwrap().repo;
    let tx = repo.write().unwrap();
    let plan = plan(&tx, blobs::STANDING);
    let looks_up = plan.iter().find(|step| step.starts_with("SEARCH b "));
    assert!(looks_up.is_some_and(|step| step.contains("COVERING INDEX")), "{plan:?}");

    for (text, private) in [(b"hidden", true), (b"public", false)] {
        let name = HashName::sha3_of(text);
        assert_eq!(tx.standing_of(&name).unwrap(), None);
        let rid = tx.add_phantom(&name, private).unwrap();
        let expected = Standing { rid, phantom: true, private };
        assert_eq!(tx.standing_of(&name).unwrap(), Some(expected));
    }
    let held = tx.resolve("trunk", Some(EventKind::CheckIn)).unwrap();
    let expected = Standing { rid: held.rid, phantom: false, private: false };
    assert_eq!(tx.standing_of(&held.name).unwrap(), Some(expected));
}

fn plan_of_all(tx: &ReadTx) -> Vec<String> {
    plan(tx, "SELECT b.size FROM blob b")
}
