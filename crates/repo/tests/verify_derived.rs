//! Derived rows verified: those of the real fossil's rebuild are sound, and what is planted in them
//! is found, by table and by kind. The file is the same afterwards, to the byte.
//!
//! `OUTCROP_SEEDS=100` tries as many seeds; usually a few are tried.
// A test says what it expects by unwrapping and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use outcrop_oracle::rich::{Quick, natural};
use outcrop_oracle::{Options, Shape, Stock, compare, rich, whole};
use outcrop_repo::Repo;
use outcrop_repo::verify::{DerivedRows, FindingKind, TableFindings, VerifyReport};
use rusqlite::Connection;

fn seeds() -> impl Iterator<Item = u64> {
    let count = std::env::var("OUTCROP_SEEDS").ok().and_then(|count| count.parse().ok());
    let first = std::env::var("OUTCROP_FIRST_SEED").ok().and_then(|first| first.parse().ok());
    let first = first.unwrap_or(1);
    first..first + count.unwrap_or(3)
}

/// Verifies with the right to write and without: the file must not change.
fn verify(path: &Path) -> VerifyReport {
    let before = fs::read(path).unwrap();
    let [report, same] = [Repo::open_read_only(path), Repo::open(path)]
        .map(|repo| repo.unwrap().read().unwrap().verify(|_| {}).unwrap());
    assert_eq!(report, same);
    assert!(before == fs::read(path).unwrap(), "the file has changed");
    for beside in ["-journal", "-wal", "-shm"] {
        let name = format!("{}{beside}", path.display());
        assert!(!Path::new(&name).exists(), "{name}");
    }
    report
}

/// A connection that lets anything be planted.
fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection
}

fn tables(report: &VerifyReport) -> &[TableFindings] {
    match &report.derived {
        DerivedRows::Compared { tables, .. } => tables,
        other => panic!("{other:?}"),
    }
}

/// The findings of a table: how many rows are missing, how many stale, and all in words.
fn found(report: &VerifyReport, table: &str) -> (u64, u64, String) {
    let of = tables(report).iter().find(|of| of.table == table);
    of.map_or((0, 0, String::new()), |of| (of.missing, of.stale, of.to_string()))
}

#[test]
fn what_fossil_has_rebuilt_is_sound() {
    let stock = Stock::find();
    for seed in seeds() {
        let made = rich(&stock, &format!("tame{seed}"), seed, &Shape::tame());
        // A second rebuild: the first one settles what is private.
        stock.rebuild(&made.repository);
        let report = verify(&made.repository);
        assert!(report.is_sound(), "tame, seed {seed}: {report}");
        let DerivedRows::Compared { rows, .. } = report.derived else { panic!("{report}") };
        assert!(rows > 500, "{rows}");
    }
}

/// Where the order of artifacts matters, it is that of their numbers. Fossil's rebuild goes by these
/// as long as nothing is a delta, and nothing becomes one while it goes.
#[test]
fn what_depends_on_the_order_is_sound_in_the_order_of_numbers() {
    let stock = Stock::find();
    let mut wild = Shape::wild();
    (wild.shuffled, wild.reparents) = (false, false);
    let mut reparented = Shape::tame();
    (reparented.reparents, reparented.quick) = (true, Quick::Never);
    for (shape_name, shape) in [("wild", wild), ("reparented", reparented)] {
        for seed in seeds() {
            let made = rich(&stock, &format!("{shape_name}{seed}"), seed, &shape);
            stock.rebuild(&made.repository);
            whole(&stock, &made.repository);
            stock.rebuild(&made.repository);
            let report = verify(&made.repository);
            assert!(report.is_sound(), "{shape_name}, seed {seed}: {report}");
        }
    }
}

/// Commits at the same time, one after the other, and amends them: a rebuild shows each before its
/// child, the commands do not.
fn close_in_time(stock: &Stock, repository: &Path) {
    let work = format!("{}.close", repository.file_stem().unwrap().to_string_lossy());
    fs::create_dir(stock.path(&work)).unwrap();
    stock.ok_in(&work, &["open".as_ref(), "--nosync".as_ref(), repository.as_os_str()]);
    for message in ["first", "second", "third"] {
        stock.write(format!("{work}/close.txt"), message);
        stock.ok_in(&work, &["addremove"]);
        let date = ["--date-override", "2035-01-02T03:04:05", "--allow-older"];
        let commit = ["commit", "--no-warnings", "--allow-fork", "-m", message];
        stock.ok_in(&work, &[&commit[..], &date].concat());
    }
    stock.ok_in(&work, &["amend", "tip", "--bgcolor", "#abcdef", "-m", "amended"]);
    stock.ok_in(&work, &["close"]);
}

/// What Fossil's own commands leave behind is stale where its rebuild changes it, and only there.
#[test]
fn what_a_rebuild_of_fossil_changes_is_what_is_found() {
    let stock = Stock::find();
    for seed in seeds() {
        let made = natural(&stock, &format!("natural{seed}"), seed);
        close_in_time(&stock, &made.repository);
        let report = verify(&made.repository);
        assert!(report.artifacts_are_sound(), "seed {seed}: {report}");
        let rebuilt = stock.copy(&made.repository, "rebuilt.fossil");
        stock.rebuild(&rebuilt);
        stock.rebuild(&rebuilt);
        let changed = compare(&made.repository, &rebuilt, &Options::derived());
        assert!(!changed.is_empty(), "seed {seed}: nothing is to be found");
        for table in changed.tables().iter().map(|of| of.table.as_str()) {
            let (missing, stale, _) = found(&report, table);
            assert_eq!(missing + stale, changed.of(table) as u64, "{table}:\n{changed}\n{report}");
        }
        for of in tables(&report) {
            assert!(changed.of(of.table) > 0, "{}:\n{changed}\n{report}", of.table);
        }
        let report = verify(&rebuilt);
        assert!(report.is_sound(), "seed {seed}, rebuilt: {report}");
    }
}

/// Statements, the table in which something is found, and how many rows are missing and stale.
const PLANTED: &[(&str, &str, u64, u64)] = &[
    ("DELETE FROM event WHERE objid = (SELECT min(objid) FROM event)", "event", 1, 0),
    ("DELETE FROM event", "event", u64::MAX, 0),
    (
        "INSERT INTO event(type, objid, comment) SELECT 'ci', min(fid), 'x' FROM mlink WHERE fid > 0",
        "event",
        0,
        1,
    ),
    (
        "UPDATE event SET comment = 'other' WHERE objid = (SELECT min(objid) FROM event WHERE type = 'ci')",
        "event",
        0,
        1,
    ),
    (
        "UPDATE event SET mtime = mtime + 1 WHERE objid = (SELECT max(objid) FROM event)",
        "event",
        0,
        1,
    ),
    ("DELETE FROM mlink WHERE rowid = (SELECT max(rowid) FROM mlink)", "mlink", 1, 0),
    ("INSERT INTO mlink SELECT * FROM mlink WHERE rowid = 3", "mlink", 0, 1),
    ("UPDATE mlink SET fid = mid WHERE rowid = 3", "mlink", 0, 1),
    (
        "UPDATE mlink SET mperm = 2 - mperm WHERE rowid = (SELECT max(rowid) FROM mlink WHERE mperm <> 1)",
        "mlink",
        0,
        1,
    ),
    ("DELETE FROM plink WHERE rowid = (SELECT min(rowid) FROM plink)", "plink", 1, 0),
    (
        "INSERT INTO plink(pid, cid, isprim) SELECT max(fid), min(fid), 1 FROM mlink WHERE fid > 0",
        "plink",
        0,
        1,
    ),
    ("UPDATE plink SET isprim = NOT isprim WHERE rowid = 1", "plink", 0, 1),
    ("DELETE FROM leaf WHERE rid = (SELECT min(rid) FROM leaf)", "leaf", 1, 0),
    ("INSERT INTO leaf SELECT min(fid) FROM mlink WHERE fid > 0", "leaf", 0, 1),
    ("INSERT INTO leaf VALUES(987654)", "leaf", 0, 1),
    ("DELETE FROM phantom WHERE rid = (SELECT min(rid) FROM phantom)", "phantom", 1, 0),
    ("INSERT INTO phantom SELECT min(rid) FROM blob", "phantom", 0, 1),
    ("DELETE FROM orphan", "orphan", u64::MAX, 0),
    ("INSERT INTO orphan VALUES(987654, 1)", "orphan", 0, 1),
    ("UPDATE orphan SET baseline = 1 WHERE rid = (SELECT min(rid) FROM orphan)", "orphan", 0, 1),
    ("DELETE FROM unclustered WHERE rid = (SELECT min(rid) FROM unclustered)", "unclustered", 1, 0),
    ("INSERT INTO unclustered SELECT min(rid) FROM private", "unclustered", 0, 1),
    (
        "DELETE FROM private WHERE rid IN (SELECT rid FROM tagxref WHERE tagid = 6)",
        "private",
        u64::MAX,
        0,
    ),
    (
        "INSERT INTO private SELECT fid FROM mlink WHERE fid > 0 \
         AND fid NOT IN private AND mid NOT IN private LIMIT 1",
        "private",
        0,
        1,
    ),
    ("INSERT INTO private VALUES(987654)", "private", 0, 1),
    ("INSERT INTO unsent VALUES(987654)", "unsent", 0, 1),
    ("INSERT INTO shun(uuid) VALUES('none')", "shun", 0, 1),
    ("DELETE FROM filename WHERE fnid = (SELECT min(fnid) FROM filename)", "filename", 1, 0),
    ("INSERT INTO filename(name) VALUES('no such file')", "filename", 0, 1),
    ("DELETE FROM tag WHERE tagname = 'sym-trunk'", "tag", 1, 0),
    ("INSERT INTO tag(tagname) VALUES('sym-none')", "tag", 0, 1),
    ("UPDATE tag SET tagid = 987654 WHERE tagname = 'note'", "tag", 0, 1),
    ("DELETE FROM tagxref WHERE rowid = (SELECT max(rowid) FROM tagxref)", "tagxref", 1, 0),
    (
        "INSERT INTO tagxref(tagid, rid, tagtype, mtime) SELECT 9, min(fid), 1, 2459000.5 FROM mlink WHERE fid > 0",
        "tagxref",
        0,
        1,
    ),
    (
        "UPDATE tagxref SET value = 'other' WHERE rowid = (SELECT max(rowid) FROM tagxref)",
        "tagxref",
        0,
        1,
    ),
    ("DELETE FROM backlink WHERE rowid = (SELECT min(rowid) FROM backlink)", "backlink", 1, 0),
    ("INSERT INTO backlink VALUES('0123', 0, 1, 2459000.5)", "backlink", 0, 1),
    (
        "UPDATE backlink SET mtime = mtime + 1 WHERE rowid = (SELECT min(rowid) FROM backlink)",
        "backlink",
        0,
        1,
    ),
    (
        "DELETE FROM attachment WHERE attachid = (SELECT min(attachid) FROM attachment)",
        "attachment",
        1,
        0,
    ),
    ("INSERT INTO attachment(attachid, target) VALUES(1, 'x')", "attachment", 0, 1),
    (
        "UPDATE attachment SET isLatest = NOT isLatest WHERE attachid = (SELECT min(attachid) FROM attachment)",
        "attachment",
        0,
        1,
    ),
    ("DELETE FROM cherrypick", "cherrypick", u64::MAX, 0),
    ("INSERT INTO cherrypick VALUES(987654, 1, 0)", "cherrypick", 0, 1),
    (
        "UPDATE cherrypick SET isExclude = NOT isExclude WHERE childid = (SELECT min(childid) FROM cherrypick) AND parentid = (SELECT min(parentid) FROM cherrypick c WHERE c.childid = (SELECT min(childid) FROM cherrypick))",
        "cherrypick",
        0,
        1,
    ),
    ("DELETE FROM forumpost WHERE fpid = (SELECT min(fpid) FROM forumpost)", "forumpost", 1, 0),
    ("DROP TABLE forumpost", "forumpost", 1, 0),
    ("INSERT INTO forumpost(fpid) VALUES(987654)", "forumpost", 0, 1),
    (
        "UPDATE forumpost SET froot = 987654 WHERE fpid = (SELECT min(fpid) FROM forumpost)",
        "forumpost",
        0,
        1,
    ),
    ("DELETE FROM ticket WHERE tkt_id = (SELECT min(tkt_id) FROM ticket)", "ticket", 1, 0),
    ("INSERT INTO ticket(tkt_uuid, tkt_mtime) VALUES('x', 0)", "ticket", 0, 1),
    (
        "UPDATE ticket SET title = 'other' WHERE tkt_id = (SELECT min(tkt_id) FROM ticket)",
        "ticket",
        0,
        1,
    ),
    ("ALTER TABLE ticket ADD COLUMN more TEXT", "ticket", 0, 1),
    (
        "DELETE FROM ticketchng WHERE rowid = (SELECT min(rowid) FROM ticketchng)",
        "ticketchng",
        1,
        0,
    ),
    ("INSERT INTO ticketchng(tkt_id, tkt_rid) VALUES(987654, 1)", "ticketchng", 0, 1),
    (
        "UPDATE ticketchng SET tkt_user = 'nobody at all' WHERE rowid = (SELECT min(rowid) FROM ticketchng)",
        "ticketchng",
        0,
        1,
    ),
    ("DELETE FROM config WHERE name = 'seen-delta-manifest'", "config", 1, 0),
    ("UPDATE config SET value = 0 WHERE name = 'seen-delta-manifest'", "config", 0, 0),
];

#[test]
fn what_is_planted_in_any_table_is_found() {
    let stock = Stock::find();
    let mut shape = Shape::tame();
    shape.private_tags = true;
    let made = rich(&stock, "made", 7, &shape);
    stock.rebuild(&made.repository);
    let sound = verify(&made.repository);
    assert!(sound.is_sound(), "{sound}");
    for (statement, table, missing, stale) in PLANTED {
        let copy = stock.copy(&made.repository, "planted.fossil");
        let connection = open(&copy);
        connection.execute_batch(statement).unwrap();
        let changed = connection.changes();
        drop(connection);
        let missing = if *missing == u64::MAX { changed } else { *missing };
        assert!(missing != 0 || *stale != 0 || *table == "config", "{statement}: nothing to find");
        let report = Repo::open_read_only(&copy).unwrap().read().unwrap().verify(|_| {}).unwrap();
        assert!(report.artifacts_are_sound(), "{statement}: {report}");
        let (have_missing, have_stale, _) = found(&report, table);
        assert_eq!((have_missing, have_stale), (missing, *stale), "{statement}: {report}");
        assert_eq!(report.is_sound(), missing + stale == 0);
        // What rows in other tables say about it is told there. But these touch nothing else.
        let others = tables(&report).iter().filter(|of| of.table != *table);
        let others: Vec<_> = others.map(|of| of.table).collect();
        let expected: &[&str] = match (*table, statement.split(' ').next().unwrap()) {
            ("private", _) if !statement.contains("987654") => &["unclustered"],
            ("filename" | "tag", "DELETE" | "UPDATE") => continue,
            ("ticket", "DELETE") => &["ticketchng"],
            _ => &[],
        };
        assert!(others.iter().all(|other| expected.contains(other)), "{statement}: {report}");
    }
}

/// An artifact that is named has a row: a phantom, if it is not here.
#[test]
fn names_without_a_record_are_found() {
    let stock = Stock::find();
    let made = rich(&stock, "made", 7, &Shape::tame());
    stock.rebuild(&made.repository);
    let connection = open(&made.repository);
    let sql = "SELECT rid, uuid FROM phantom JOIN blob USING(rid) JOIN plink ON pid = rid LIMIT 1";
    let (rid, name): (i64, String) =
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    connection.execute("DELETE FROM blob WHERE rid = ?1", [rid]).unwrap();
    connection.execute("DELETE FROM phantom WHERE rid = ?1", [rid]).unwrap();
    drop(connection);
    let report = verify(&made.repository);
    let (missing, stale, words) = found(&report, "phantom");
    assert_eq!((missing, stale), (1, 0), "{report}");
    assert!(words.contains(&format!("{name} (which has no record)")), "{words}");
    let (missing, stale, words) = found(&report, "plink");
    assert!(missing > 0 && missing == stale, "{report}");
    assert!(words.contains(&format!("record {rid} (which does not exist)")), "{words}");
}

/// A file with a log of writes ahead is verified as its readers see it, while it is written.
#[test]
fn a_file_in_use_is_verified() {
    let stock = Stock::find();
    let made = rich(&stock, "made", 7, &Shape::tame());
    stock.rebuild(&made.repository);
    let writer = open(&made.repository);
    writer.pragma_update(None, "journal_mode", "WAL").unwrap();
    let sql = "UPDATE leaf SET rid = 987654 WHERE rid = (SELECT max(rid) FROM leaf)";
    writer.execute(sql, []).unwrap();
    let log = made.repository.with_extension("fossil-wal");
    let before = [&made.repository, &log].map(|path| fs::read(path).unwrap());
    writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM event").unwrap();
    let report = Repo::open(&made.repository).unwrap().read().unwrap().verify(|_| {}).unwrap();
    assert_eq!(tables(&report).len(), 1, "{report}");
    assert_eq!(found(&report, "leaf").0, 1, "{report}");
    assert!(before == [&made.repository, &log].map(|path| fs::read(path).unwrap()));
    writer.execute_batch("ROLLBACK").unwrap();
}

/// Of many findings some are told, and all are counted.
#[test]
fn findings_are_told_up_to_a_limit() {
    let stock = Stock::find();
    let made = rich(&stock, "made", 7, &Shape::tame());
    stock.rebuild(&made.repository);
    let connection = open(&made.repository);
    let count = connection.execute("DELETE FROM tagxref", []).unwrap() as u64;
    drop(connection);
    let report = verify(&made.repository);
    let of = tables(&report).iter().find(|of| of.table == "tagxref").unwrap();
    assert_eq!((of.missing, of.stale, of.shown.len()), (count, 0, 20), "{report}");
    assert!(of.shown.iter().all(|finding| finding.kind == FindingKind::Missing));
    assert!(report.to_string().contains(&format!("and {} more", count - 20)), "{report}");
}

/// A setting that is not followed is told, and artifacts are verified all the same.
#[test]
fn a_refused_setting_is_told() {
    let stock = Stock::find();
    let made = rich(&stock, "made", 7, &Shape::tame());
    let connection = open(&made.repository);
    let sql = "REPLACE INTO config(name, value) VALUES('ticket-table', 'CREATE TABLE user(x)')";
    connection.execute(sql, []).unwrap();
    drop(connection);
    let report = verify(&made.repository);
    let DerivedRows::Refused { reason } = &report.derived else { panic!("{report}") };
    assert!(reason.contains("ticket-table") && reason.contains("`user`"), "{reason}");
    assert!(!report.is_sound() && report.artifacts_are_sound() && report.checked > 100);
}
