//! The comparer sees what was planted, in every table, and nothing else.
// A test says what it expects by unwrapping and panicking.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use outcrop_oracle::{Options, Stock, compare, compare::ConfigRows, whole};
use rusqlite::Connection;

/// Everything that can be compared.
fn everything() -> Options {
    let mut options = Options::default();
    (options.content, options.deltas, options.times) = (true, true, true);
    options.config = ConfigRows::All;
    options
}

/// Changes a repository behind everyone's back.
fn tamper(repository: &Path, sql: &str) {
    let connection = Connection::open(repository).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.pragma_update(None, "ignore_check_constraints", true).unwrap();
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// A small repository with something in most tables, and by hand in the others.
fn planted_in(stock: &Stock) -> PathBuf {
    stock.ok(&["new", "-A", "alice", "a.fossil"]);
    std::fs::create_dir(stock.path("work")).unwrap();
    stock.ok_in("work", &["open", "../a.fossil"]);
    stock.ok_in("work", &["settings", "mtime-changes", "off"]);
    for round in 0..3 {
        stock.write("work/a file", format!("{}{round}\n", "line\n".repeat(99)));
        stock.ok_in("work", &["addremove"]);
        let message = format!("round {round}, see [0123456789]");
        stock.ok_in("work", &["commit", "--no-warnings", "-m", &message]);
    }
    stock.write("page", "A page with a link to [0123456789]\n");
    stock.ok_in("work", &["wiki", "create", "Page", "../page"]);
    stock.ok_in("work", &["attachment", "add", "Page", "../page"]);
    stock.ok_in("work", &["ticket", "add", "title", "broken", "status", "Open"]);
    stock.ok_in("work", &["uv", "add", "../page", "--as", "file.txt"]);
    stock.ok_in("work", &["close", "--force"]);
    let repository = stock.path("a.fossil");
    tamper(
        &repository,
        "CREATE TABLE forumpost(fpid INTEGER PRIMARY KEY, froot INT, fprev INT, firt INT, \
                                fmtime REAL);
         INSERT INTO forumpost VALUES(2, 2, NULL, NULL, 2460000.5);
         INSERT INTO cherrypick VALUES(1, 2, 0);
         INSERT INTO blob(rid, uuid, size) VALUES(900, printf('%040d', 7), -1);
         INSERT INTO phantom VALUES(900);
         INSERT INTO private VALUES(2);
         INSERT INTO orphan VALUES(3, 900);
         INSERT INTO shun VALUES(printf('%040d', 9), 1, 'spam');
         INSERT INTO concealed VALUES(printf('%040d', 8), 1, 'a@example.org');
         INSERT INTO ticketchng(tkt_id, tkt_rid, tkt_mtime) VALUES(1, 4, 2460000.5);
         CREATE TABLE fx_mine(name TEXT, value);
         INSERT INTO fx_mine VALUES('one', 1);",
    );
    repository
}

/// For each table, changes that its comparison must see, and in how many rows.
const CHANGES: &[(&str, &str, usize)] = &[
    ("blob", "UPDATE blob SET size = size + 1 WHERE rid = 1", 1),
    ("delta", "DELETE FROM delta WHERE rid = (SELECT min(rid) FROM delta)", 1),
    ("phantom", "DELETE FROM phantom", 1),
    ("private", "INSERT INTO private VALUES(3)", 1),
    ("shun", "UPDATE shun SET scom = 'ham'", 1),
    ("orphan", "UPDATE orphan SET baseline = 1", 1),
    ("unclustered", "DELETE FROM unclustered WHERE rid = 1", 1),
    ("event", "UPDATE event SET mtime = mtime + 1e-9 WHERE objid = 1", 1),
    ("event", "UPDATE event SET bgcolor = '' WHERE objid = 1", 1),
    ("event", "UPDATE event SET tagid = 9 WHERE objid = 1", 1),
    ("plink", "UPDATE plink SET baseid = 1 WHERE rowid = 1", 1),
    ("leaf", "INSERT INTO leaf VALUES(1)", 1),
    ("mlink", "UPDATE mlink SET pid = -1 WHERE rowid = 1", 1),
    ("mlink", "INSERT INTO mlink SELECT * FROM mlink LIMIT 1", 1),
    ("mlink", "UPDATE mlink SET pfnid = 77 WHERE rowid = 1", 1),
    ("filename", "INSERT INTO filename(name) VALUES('another')", 1),
    ("cherrypick", "UPDATE cherrypick SET isExclude = 1", 1),
    ("tag", "INSERT INTO tag(tagname) VALUES('sym-lonely')", 1),
    ("tagxref", "UPDATE tagxref SET srcid = -1 WHERE rowid = 1", 1),
    ("tagxref", "UPDATE tagxref SET value = '' WHERE rowid = 1", 1),
    ("backlink", "UPDATE backlink SET srctype = 4 WHERE srctype = 2", 2),
    ("attachment", "UPDATE attachment SET isLatest = 0", 1),
    ("ticket", "UPDATE ticket SET title = title || ' '", 1),
    ("ticketchng", "UPDATE ticketchng SET tkt_rid = 1 WHERE tkt_rid = 4", 2),
    ("forumpost", "DROP TABLE forumpost", 1),
    ("unversioned", "UPDATE unversioned SET mtime = mtime + 1", 1),
    ("unversioned", "UPDATE unversioned SET content = x'00', encoding = 0", 1),
    ("config", "UPDATE config SET value = 'x' WHERE name = 'server-code'", 1),
    ("config", "UPDATE config SET mtime = 1 WHERE name = 'server-code'", 1),
    ("user", "UPDATE user SET cap = 'v' WHERE login = 'nobody'", 1),
    ("reportfmt", "UPDATE reportfmt SET sqlcode = 'SELECT 1'", 1),
    ("concealed", "DELETE FROM concealed", 1),
    ("fx_mine", "UPDATE fx_mine SET value = '1'", 2),
    ("fx_other", "CREATE TABLE fx_other(a); INSERT INTO fx_other VALUES(1)", 1),
    ("ticket", "ALTER TABLE ticket ADD COLUMN colour TEXT", 1),
];

#[test]
fn a_planted_difference_is_found_in_every_table() {
    let stock = Stock::find();
    let original = planted_in(&stock);
    let nothing = compare(&original, &stock.copy(&original, "same.fossil"), &everything());
    assert!(nothing.is_empty(), "{nothing}");
    assert_eq!((nothing.count(), nothing.to_string()), (0, String::new()));
    for (at, (table, change, rows)) in CHANGES.iter().enumerate() {
        let copy = stock.copy(&original, &format!("{at}.fossil"));
        tamper(&copy, change);
        for (left, right) in [(&original, &copy), (&copy, &original)] {
            // Expanding takes programs to run; one change below is about that.
            let mut options = everything();
            options.content = *table == "unversioned";
            let found = compare(left, right, &options);
            assert_eq!(found.of(table), *rows, "{table}: {change}:\n{found}");
            assert_eq!(found.count(), *rows, "{table}: {change}:\n{found}");
            let without = compare(left, right, &options.without(table));
            assert!(without.is_empty(), "{without}");
        }
    }
}

#[test]
fn other_ids_for_the_same_are_no_difference() {
    let stock = Stock::find();
    let original = planted_in(&stock);
    // Rebuild once: what `commit` and `wiki` write on the way is not what a rebuild makes.
    tamper(&original, "DELETE FROM private; DELETE FROM shun");
    stock.rebuild(&original);
    let moved = stock.copy(&original, "moved.fossil");
    tamper(
        &moved,
        "UPDATE blob SET rid = 5000 + rid;
         UPDATE delta SET rid = 5000 + rid, srcid = 5000 + srcid;",
    );
    stock.rebuild(&moved);
    let mut options = everything();
    // When it was rebuilt.
    options.times = false;
    let found = compare(&original, &moved, &options);
    assert!(found.is_empty(), "{found}");
}

#[test]
fn content_is_seen_and_whole_is_the_same_content() {
    let stock = Stock::find();
    let original = planted_in(&stock);
    let copy = stock.copy(&original, "whole.fossil");
    whole(&stock, &copy);
    let connection = Connection::open(&copy).unwrap();
    let deltas = |connection: &Connection| -> i64 {
        connection.query_row("SELECT count(*) FROM delta", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(deltas(&connection), 0);
    assert!(deltas(&Connection::open(&original).unwrap()) > 0);
    let mut options = everything();
    options.deltas = false;
    let found = compare(&original, &copy, &options);
    assert!(found.is_empty(), "{found}");
    stock.test_integrity(&copy);

    tamper(&copy, "UPDATE blob SET content = (SELECT content FROM blob WHERE rid = 2) WHERE rid=1");
    let found = compare(&original, &copy, &options);
    assert_eq!((found.of("blob"), found.count()), (1, 1), "{found}");
}
