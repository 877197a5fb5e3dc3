//! The rows of tickets beside those that the real `fossil rebuild` makes.

use std::fs;

use super::testing::{Fossil, Random, compose, rebuild, store};
use crate::Repo;

/// A project's decision on its tickets.
struct Project {
    name: &'static str,
    /// The tables; the usual ones if `None`.
    tables: Option<&'static str>,
    settings: &'static [(&'static str, &'static str)],
    /// Fields that changes set, those that the tables lack among them.
    fields: &'static [&'static str],
}

const PROJECTS: &[Project] = &[
    Project {
        name: "usual",
        tables: None,
        settings: &[],
        fields: &[
            "title",
            "status",
            "comment",
            "+comment",
            "icomment",
            "mimetype",
            "login",
            "username",
            "private_contact",
            "unknown",
            "+unknown",
            "+title",
            "+icomment",
            "tkt_id",
            "Title",
        ],
    },
    Project {
        name: "numbers",
        tables: Some(
            "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE,
               title, status TEXT, n INTEGER, r REAL, m NUMERIC, b BLOB, dflt TEXT DEFAULT 'd',
               \"baseline for n\" INTEGER, \"baseline for title\" integer,
               \"baseline for r\" INT, \"two words\" TEXT, \"odd'\"\"name\");
             CREATE TABLE ticketchng(tkt_id INTEGER, tkt_mtime REAL, n TEXT, title, note, b REAL);",
        ),
        settings: &[("ticket-status-column", "n"), ("hash-digits", "8")],
        fields: &[
            "title",
            "status",
            "n",
            "+n",
            "r",
            "+r",
            "m",
            "+m",
            "b",
            "+b",
            "note",
            "+note",
            "dflt",
            "+dflt",
            "two",
            "odd'\"name",
            "nothing",
        ],
    },
    Project {
        name: "one table",
        tables: Some(
            "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE,
               tkt_ctime, title TEXT, status TEXT, mimetype TEXT, text TEXT);",
        ),
        settings: &[("ticket-title-expr", "TITLE"), ("hash-digits", "70")],
        fields: &["title", "status", "+status", "mimetype", "+mimetype", "text", "+text", "x"],
    },
    Project {
        name: "computed mimetypes",
        tables: Some(
            "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE,
               tkt_ctime DATE, title TEXT, status TEXT, text TEXT, fmt TEXT, mimetype TEXT AS
               (CASE WHEN fmt LIKE '%1' THEN 'text/x-markdown'
                     WHEN fmt = 'plain' THEN 'text/plain' END) STORED);
             CREATE TABLE ticketchng(tkt_id INTEGER REFERENCES ticket, tkt_rid INTEGER,
               tkt_mtime DATE, tkt_user TEXT, icomment TEXT, kind TEXT, mimetype TEXT AS
               (CASE WHEN kind LIKE '%1' THEN 'text/x-fossil-wiki'
                     WHEN kind = 'plain' THEN 'text/plain' END) VIRTUAL);",
        ),
        settings: &[("ticket-title-expr", "tkt_id")],
        fields: &[
            "title",
            "status",
            "text",
            "+text",
            "fmt",
            "kind",
            "icomment",
            "+icomment",
            "mimetype",
        ],
    },
    Project {
        name: "mimetype computed for changes",
        tables: Some(
            "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE,
               title TEXT, status TEXT, text TEXT, kind TEXT);
             CREATE TABLE ticketchng(tkt_id, tkt_mtime, tkt_rid, icomment, kind TEXT, mimetype AS
               (iif(kind = 'plain', 'text/plain', NULL)));",
        ),
        settings: &[("hash-digits", "")],
        fields: &["title", "status", "text", "+text", "kind", "+kind", "icomment"],
    },
    Project {
        name: "mimetype computed for tickets",
        tables: Some(
            "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE,
               title TEXT, status TEXT, text TEXT, kind TEXT, mimetype TEXT AS
               (iif(kind = 'plain', 'text/plain', NULL)));
             CREATE TABLE ticketchng(tkt_id, tkt_mtime, tkt_user, icomment);
             CREATE INDEX ticketchng_idx1 ON ticketchng(tkt_id, tkt_mtime);",
        ),
        settings: &[],
        fields: &["title", "status", "text", "+text", "kind", "+kind", "icomment"],
    },
    Project {
        name: "copies",
        tables: Some(
            "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE,
               tkt_ctime DATE, title TEXT, status VARCHAR(9), prio INTEGER DEFAULT 3,
               mimetype TEXT, icomment);
             CREATE TABLE ticketchng(tkt_id INTEGER, tkt_rid INTEGER, tkt_mtime DATE, login TEXT,
               status TEXT, prio TEXT, mimetype TEXT, icomment TEXT);",
        ),
        settings: &[("ticket-status-column", "prio")],
        fields: &["title", "status", "prio", "+prio", "mimetype", "icomment", "+icomment", "login"],
    },
    Project {
        name: "unique codes",
        tables: Some(
            "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE,
               title TEXT UNIQUE, status TEXT);
             CREATE TABLE ticketchng(tkt_id INTEGER, tkt_mtime DATE, status TEXT);",
        ),
        settings: &[],
        fields: &["title", "status", "+title"],
    },
    Project {
        name: "no tables",
        tables: Some("-- none"),
        settings: &[],
        fields: &["title", "status", "comment"],
    },
];

/// Numbers have no more than 15 digits: where one becomes text again, Fossil 2.21 has 15 digits of
/// it, and 2.29 has 17, as here.
const TEXTS: &[&[u8]] = &[
    b"",
    b"Open",
    b"Closed",
    b"a <b>bold</b> & \"quoted\" 'title'",
    b"007",
    b"12",
    b"1e3",
    b"1.0",
    b" 5 ",
    b"-3.25",
    b"98765",
    b"0x10",
    b"line\r\nnext\ttab\x0b\x0c",
    b"caf\xc3\xa9",
    b"bad \xff\xfe bytes",
    b"nul \0 and more",
    b"back\\slash",
    b"plain",
    b"text/plain",
    b"text/x-markdown",
    b"text/x-fossil-wiki",
    b"markdown",
    b"wiki1",
    b"%w %s ?1 :mtime",
    b"');DROP TABLE ticket;--",
    b"|pipe",
    b"0.1",
    b".",
    b"e5",
];

fn value(random: &mut Random) -> Vec<u8> {
    if random.below(3) > 0 {
        return random.of(TEXTS).to_vec();
    }
    // One for readers of wiki text and one for those of Markdown, who pass over the other.
    let hash = |random: &mut Random| format!("{:040x}", random.below(50) + 0xabc_def0);
    format!("see [{}] and\n\n[this]({}) or [abc123|x]", hash(random), hash(random)).into_bytes()
}

fn changes(project: &Project, random: &mut Random, count: usize) -> Vec<Vec<u8>> {
    let tickets = [
        "0123456789012345678901234567890123456789",
        "abcdef0123abcdef0123abcdef0123abcdef0123",
        "ABCDEF0123ABCDEF0123ABCDEF0123ABCDEF0123",
        "ffffffffffffffffffffffffffffffffffffffff",
    ];
    let users = ["alice", "bob <b@x>", "anonymous", "\u{e9}mile o'x"];
    (0..count)
        .map(|_| {
            let count = 1 + random.below(4);
            let fields: Vec<_> =
                (0..count).map(|_| (random.of(project.fields), value(random))).collect();
            // Many at the same moment.
            let date = format!("2024-03-0{}T05:06:0{}", 1 + random.below(3), random.below(5));
            compose(&date, &fields, random.of(&tickets), random.of(&users))
        })
        .collect()
}

/// Compares, and gives how many links there were.
fn compare(fossil: &Fossil, project: &Project, seed: u64, count: usize) -> usize {
    let Project { name, tables, settings, fields: _ } = project;
    let (theirs, ours) = (format!("{name} {seed} theirs"), format!("{name} {seed} ours"));
    fossil.run(&["init", "-A", "alice", &theirs]);
    for change in [
        &["add", "title", "An <odd> title", "status", "Open", "comment", "[0123456789]"][..],
        &["add", "title", "Another", "status", "Review", "icomment", "by hand"],
    ] {
        fossil.run(&[&["ticket", "-R", &theirs], change].concat());
    }
    let first = fossil.sql(&theirs, "SELECT tkt_uuid FROM ticket LIMIT 1");
    let first = first.trim().trim_matches('\'');
    fossil.run(&["ticket", "set", first, "status", "Fixed", "+icomment", "more", "-R", &theirs]);
    if let Some(tables) = tables {
        fossil.configure(&theirs, "ticket-table", tables);
    }
    for (name, value) in *settings {
        fossil.configure(&theirs, name, value);
    }
    let repo = Repo::open(fossil.path(&theirs)).unwrap();
    let tx = repo.write().unwrap();
    store(&tx, &changes(project, &mut Random(seed), count));
    tx.commit().unwrap();
    drop(repo);
    fs::copy(fossil.path(&theirs), fossil.path(&ours)).unwrap();

    fossil.run(&["rebuild", &theirs]);
    let (events, links) = rebuild(&fossil.path(&ours));
    let (their_rows, our_rows) = (fossil.ticket_rows(&theirs), fossil.ticket_rows(&ours));
    assert_eq!(our_rows.keys().collect::<Vec<_>>(), their_rows.keys().collect::<Vec<_>>());
    for (table, rows) in &their_rows {
        assert_eq!(rows.len(), our_rows[table].len(), "{name} {seed}: rows of {table}");
        for (ours, theirs) in our_rows[table].iter().zip(rows) {
            assert_eq!(ours, theirs, "{name} {seed}: {table}");
        }
    }
    let their_events = fossil.events(&theirs);
    for (ours, theirs) in events.iter().zip(&their_events) {
        assert_eq!(ours, theirs, "{name} {seed}");
    }
    assert_eq!(events.len(), their_events.len(), "{name} {seed}");
    assert_eq!(links, fossil.backlinks(&theirs), "{name} {seed}");
    let is_empty = *name == "no tables";
    assert_eq!(events.is_empty(), is_empty, "{name} {seed}");
    assert_eq!(our_rows.is_empty(), is_empty, "{name} {seed}");
    links.len()
}

#[test]
fn every_row_is_that_of_a_rebuild() {
    let fossil = Fossil::find();
    for project in PROJECTS {
        let links: usize = (1..=2).map(|seed| compare(&fossil, project, seed, 60)).sum();
        assert_eq!(links == 0, project.name == "no tables", "{}: {links} links", project.name);
    }
}
