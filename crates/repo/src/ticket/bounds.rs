//! What many changes and long texts of a ticket cost, and what a broken setting destroys: nothing.

use std::fmt::Write as _;

use super::event::{Appearance, Timeline};
use super::replay::{Card, Replay};
use super::testing::{Fossil, compose, each_ticket, store};
use super::{Change, Column, Layout, LinkTicketError, TicketMatch, TicketSettings};
use super::{TicketRow, TicketTablesError};
use crate::artifact::Artifact;
use crate::limits;
use crate::tx::WriteTx;
use crate::{Repo, Rid};

const UUID: &str = "0123456789012345678901234567890123456789";

fn layout(ticket: &[(&str, &str)], changes: &[&str]) -> Layout {
    let column = |name: &str, declared: &str| Column {
        name: name.to_owned(),
        declared: declared.to_owned(),
        is_generated: false,
    };
    let ticket: Vec<_> = ticket.iter().map(|(name, declared)| column(name, declared)).collect();
    let changes: Vec<_> = changes.iter().map(|name| column(name, "TEXT")).collect();
    let (title, status) = (b"title".to_vec(), b"status".to_vec());
    Layout::new(&ticket, &changes, false, TicketSettings { title, status, hash_digits: None })
}

fn card(layout: &Layout, name: &str, value: Vec<u8>) -> Card<'static> {
    let (name, is_appended) = name.strip_prefix('+').map_or((name, false), |name| (name, true));
    Card { field: layout.find(name.as_bytes()).unwrap(), is_appended, value: value.into() }
}

/// Applies one change, and tells whether the row must be written for it.
fn applied(replay: &mut Replay<'_>, shown: &mut Appearance, mut cards: Vec<Card<'_>>) -> bool {
    replay.apply(Rid::new(1).unwrap(), &mut cards, shown);
    replay.must_be_written()
}

#[test]
fn rows_are_written_only_when_someone_reads_them() {
    let layout = layout(
        &[("title", "TEXT"), ("comment", "TEXT"), ("n", "INT"), ("both", "TEXT")],
        &["both", "note"],
    );
    for (name, is_written) in
        [("title", false), ("+comment", false), ("note", false), ("n", true), ("both", true)]
    {
        let (mut replay, mut shown) = (Replay::new(&layout), Appearance::default());
        let cards = vec![card(&layout, name, b"text".to_vec())];
        assert_eq!(applied(&mut replay, &mut shown, cards), is_written, "{name}");
        if name == "title" {
            let more = vec![card(&layout, "+title", b" more".to_vec())];
            applied(&mut replay, &mut shown, more);
            assert_eq!(shown.title.as_deref(), Some(b"text more".as_slice()));
            assert_eq!(replay.take().len(), 1);
        }
    }
}

#[test]
fn a_ticket_does_not_outgrow_its_row() {
    let layout = layout(&[("a", "TEXT"), ("b", "TEXT")], &["a"]);
    let (mut replay, mut shown) = (Replay::new(&layout), Appearance::default());
    let half = vec![b'x'; limits::TICKET_ROW / 2];
    let accepted = |replay: &mut Replay<'_>, shown: &mut Appearance, name, value: &[u8]| {
        let mut cards = vec![card(&layout, name, value.to_vec())];
        replay.apply(Rid::new(1).unwrap(), &mut cards, shown);
        !cards.is_empty()
    };
    assert!(accepted(&mut replay, &mut shown, "a", &half));
    assert!(accepted(&mut replay, &mut shown, "+b", &half));
    assert!(!accepted(&mut replay, &mut shown, "+a", b"x"));
    assert!(accepted(&mut replay, &mut shown, "a", b"x"));
    assert!(accepted(&mut replay, &mut shown, "+a", b"x"));

    // The long text is written and copied often, but not for ever.
    assert_eq!(replay.copied(&[]), ["a"]);
    for _ in 0..2 * limits::TICKET_REWRITES / limits::TICKET_ROW {
        assert!(!replay.is_exhausted());
        drop(replay.take());
    }
    assert!(replay.is_exhausted());
    assert!(replay.copied(&[]).is_empty());
    assert!(!applied(&mut replay, &mut shown, vec![card(&layout, "a", b"y".to_vec())]));
    assert_eq!(replay.take().len(), 1, "the last value is written all the same");
}

#[test]
fn long_titles_do_not_multiply() {
    let layout = layout(&[("title", "TEXT"), ("status", "TEXT")], &[]);
    let mut timeline = Timeline::new(&layout, UUID.as_bytes());
    let bytes = compose("2024-01-02", &[("x", Vec::new())], UUID, "me");
    let Ok(Artifact::Ticket(ticket)) = Artifact::parse(&bytes) else { panic!("no ticket") };
    let title = vec![b'x'; 1_000_000];
    let fitting = limits::TICKET_EVENT_TEXTS / title.len() - 1;
    let now = Appearance { title: Some(title), status: None };
    for _ in 0..fitting + 10 {
        timeline.push(Rid::new(1).unwrap(), &ticket, &now);
    }
    assert!(timeline.events[fitting - 1].comment.len() > 1_000_000);
    let last = &timeline.events.last().unwrap().comment;
    assert!(last.len() < limits::TICKET_SHORT_TITLE + 100, "{} bytes", last.len());
}

/// A repository with two tickets, linked.
fn linked(fossil: &Fossil) -> Repo {
    fossil.run(&["init", "-A", "alice", "it"]);
    let repo = Repo::open(fossil.path("it")).unwrap();
    let tx = repo.write().unwrap();
    let fields = |text: &str| vec![("title", text.into()), ("icomment", b"hello".to_vec())];
    let other = "f".repeat(40);
    store(
        &tx,
        &[
            compose("2024-01-02", &fields("first"), UUID, "alice"),
            compose("2024-01-03", &fields("second"), UUID, "bob"),
            compose("2024-01-03", &fields("other"), &other, "bob"),
        ],
    );
    link_all(&tx).unwrap();
    tx.commit().unwrap();
    repo
}

fn link_all(tx: &WriteTx) -> Result<(), LinkTicketError> {
    let mut linked = Ok(());
    each_ticket(tx, |uuid, changes| {
        if linked.is_ok() {
            linked = tx.link_ticket(uuid, changes).map(drop);
        }
    });
    linked
}

fn ticket(repo: &Repo) -> TicketRow {
    match repo.read().unwrap().ticket(&UUID[..9]).unwrap() {
        TicketMatch::One(row) => row,
        other => panic!("{other:?}"),
    }
}

#[test]
fn linking_again_replaces_rows() {
    let fossil = Fossil::find();
    let repo = linked(&fossil);
    let before = ticket(&repo);
    assert_eq!(before.text("title").as_deref(), Some("second"));
    let tx = repo.write().unwrap();
    link_all(&tx).unwrap();
    tx.commit().unwrap();
    let without_number = |row: TicketRow| {
        row.values.into_iter().filter(|v| v.column != "tkt_id").collect::<Vec<_>>()
    };
    assert_eq!(without_number(ticket(&repo)), without_number(before));
    assert_eq!(fossil.ticket_rows("it")["ticketchng"].len(), 3);

    let tx = repo.write().unwrap();
    let meaning = tx.link_ticket(UUID.as_bytes(), &[]).unwrap();
    assert!(meaning.events.is_empty() && meaning.texts.is_empty());
    tx.commit().unwrap();
    assert_eq!(repo.read().unwrap().ticket(UUID).unwrap(), TicketMatch::None);
    assert_eq!(fossil.ticket_rows("it")["ticketchng"].len(), 1);
}

#[test]
fn a_setting_that_cannot_be_followed_destroys_nothing() {
    let fossil = Fossil::find();
    let repo = linked(&fossil);
    let before = (ticket(&repo), fossil.ticket_rows("it"));
    let mut long = String::from("-- ");
    while long.len() <= limits::TICKET_SCHEMA {
        write!(long, "long ").unwrap();
    }
    for (setting, why) in [
        ("CREATE TABLE ticket(", "incomplete"),
        ("CREATE TABLE ticket(tkt_id, tkt_uuid, tkt_mtime); DROP TABLE blob;", "no such table"),
        ("CREATE TABLE user(login)", "the table `user`"),
        (
            "CREATE TABLE ticket(tkt_id, tkt_uuid, tkt_mtime); \
             CREATE INDEX event_i1 ON ticket(tkt_id);",
            "already exists",
        ),
        (&long, "more than the"),
    ] {
        fossil.configure("it", "ticket-table", setting);
        let tx = repo.write().unwrap();
        let error = tx.make_ticket_tables().unwrap_err();
        assert!(matches!(error, TicketTablesError::Setting { .. }), "{error:?}");
        let error = error.to_string();
        assert!(error.contains(why) && error.contains("`ticket-table`"), "{setting}: {error}");
        tx.commit().unwrap();
        assert_eq!((ticket(&repo), fossil.ticket_rows("it")), before, "{setting}");
    }
}

#[test]
fn a_ticket_that_the_tables_do_not_take_leaves_them_as_they_are() {
    let fossil = Fossil::find();
    let repo = linked(&fossil);
    let tables = "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT, tkt_mtime,
                    title TEXT CHECK(title <> 'second'));
                  CREATE TABLE ticketchng(tkt_id, tkt_mtime, title);";
    fossil.configure("it", "ticket-table", tables);
    let tx = repo.write().unwrap();
    tx.make_ticket_tables().unwrap();
    let mut linked = Vec::new();
    each_ticket(&tx, |uuid, changes: &[Change<'_>]| {
        let firsts = changes.get(..1).unwrap();
        tx.link_ticket(uuid, firsts).unwrap();
        linked.push(tx.link_ticket(uuid, changes).map(|_| ()));
    });
    let [Err(error), Ok(())] = linked.as_slice() else { panic!("{linked:?}") };
    assert!(matches!(error, LinkTicketError::Misfit { .. }), "{error:?}");
    assert!(error.to_string().contains("CHECK constraint failed"), "{error}");
    tx.commit().unwrap();
    assert_eq!(ticket(&repo).text("title").as_deref(), Some("first"));
    assert_eq!(fossil.ticket_rows("it")["ticketchng"].len(), 2);
}

#[test]
fn a_table_that_ends_the_transaction_is_no_misfit() {
    let fossil = Fossil::find();
    let repo = linked(&fossil);
    // Of old; the setting could not make it.
    let sql = "DROP TABLE ticketchng; CREATE TABLE ticketchng(tkt_id, tkt_mtime, \
               icomment UNIQUE ON CONFLICT ROLLBACK)";
    fossil.sql("it", sql);
    let before = fossil.ticket_rows("it");
    let tx = repo.write().unwrap();
    let error = link_all(&tx).unwrap_err();
    assert!(matches!(error, LinkTicketError::Database(_)), "{error:?}");
    assert!(error.to_string().contains("UNIQUE constraint failed"), "{error}");
    assert!(tx.commit().is_err());
    assert_eq!(fossil.ticket_rows("it"), before);
}
