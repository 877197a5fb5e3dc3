//! Tickets that the real `fossil` has made, read.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use outcrop_repo::Repo;
use outcrop_repo::limits::AMBIGUOUS_TICKETS;
use outcrop_repo::ticket::TicketMatch;
use store_support::{Fossil, rows, tamper};

#[test]
fn tickets_are_found_by_what_their_identifiers_begin_with() {
    let fossil = Fossil::find();
    let path = fossil.path("it.fossil");
    fossil.run(&["init", "-A", "alice", "it.fossil"]);
    let add = ["ticket", "add", "title", "It's <odd>", "comment", "a\nb", "-R", "it.fossil"];
    fossil.run(&add);
    let id = rows(&path, "SELECT tkt_uuid FROM ticket", |row| row.get::<_, String>(0).unwrap());
    fossil.run(&["ticket", "set", &id[0], "+comment", "c", "status", "Open", "-R", "it.fossil"]);

    let repo = Repo::open_read_only(&path).unwrap();
    let tx = repo.read().unwrap();
    let fields = tx.ticket_fields().unwrap();
    assert_eq!(fields[..5], ["tkt_id", "tkt_uuid", "tkt_mtime", "tkt_ctime", "type"]);
    for prefix in [&id[0], &id[0][..10], &id[0][..1]] {
        let TicketMatch::One(ticket) = tx.ticket(prefix).unwrap() else { panic!("{prefix}") };
        assert_eq!(ticket.id, id[0]);
        let columns: Vec<_> = ticket.values.iter().map(|value| &value.column).collect();
        assert_eq!(columns, fields.iter().collect::<Vec<_>>());
        assert_eq!(ticket.text("title").as_deref(), Some("It's <odd>"));
        assert_eq!(ticket.text("comment").as_deref(), Some("a\nbc"));
        assert_eq!(ticket.text("status").as_deref(), Some("Open"));
        assert_eq!(ticket.text("severity"), None);
        assert_eq!(ticket.text("no such column"), None);
        assert!(ticket.text("tkt_mtime").unwrap().starts_with("24"));
    }
    let other = if id[0].starts_with('0') { "1" } else { "0" };
    for prefix in [other, "x", "%", &format!("{}0", id[0])] {
        assert_eq!(tx.ticket(prefix).unwrap(), TicketMatch::None, "{prefix}");
    }
}

#[test]
fn ambiguous_prefixes_are_answered_with_some_tickets() {
    let fossil = Fossil::find();
    let path = fossil.path("it.fossil");
    fossil.run(&["init", "it.fossil"]);
    for number in 0..AMBIGUOUS_TICKETS + 5 {
        let sql = format!("INSERT INTO ticket(tkt_uuid) VALUES('abc{number:037}')");
        tamper(&path, &sql);
    }
    let tx = Repo::open_read_only(&path).unwrap().read().unwrap();
    let TicketMatch::Ambiguous(some) = tx.ticket("abc").unwrap() else { panic!("not ambiguous") };
    assert_eq!(some.len(), AMBIGUOUS_TICKETS);
    assert!(some.is_sorted());
}

#[test]
fn a_repository_without_tickets_has_none() {
    let fossil = Fossil::find();
    let path = fossil.path("it.fossil");
    fossil.run(&["init", "it.fossil"]);
    tamper(&path, "DROP TABLE ticket");
    let tx = Repo::open_read_only(&path).unwrap().read().unwrap();
    assert!(tx.ticket_fields().unwrap().is_empty());
    assert_eq!(tx.ticket("abc").unwrap(), TicketMatch::None);
}
