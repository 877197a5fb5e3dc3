//! Repositories made here, beside those of `fossil init`, and used by the real `fossil`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::fs;
use std::path::Path;

use outcrop_format::hash::{Algorithm, sha1_of_parts};
use outcrop_repo::Repo;
use outcrop_repo::create::{CreateOptions, Created};
use outcrop_repo::verify::Subset;
use store_support::{Fossil, Random, moment, rows, tamper};

const DATE: &str = "2024-01-02T03:04:05";

fn create(path: &Path, naming: Algorithm) -> Created {
    let mut random = Random(3);
    let options = CreateOptions { naming, ..CreateOptions::new("alice", moment(DATE)) };
    Repo::create(path, &options, &mut |bytes| random.fill(bytes)).unwrap()
}

/// The statements of a schema, with single spaces only.
fn schema(path: &Path) -> Vec<String> {
    let sql = "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY rowid";
    let normal = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    rows(path, sql, |row| normal(row.get(0).unwrap()))
}

/// What Fossil 2.26 and later write where earlier releases write something else.
fn renewed(statement: &str) -> String {
    let without_rowid = ["CREATE TABLE config(", "CREATE TABLE shun(", "CREATE TABLE concealed("];
    let renewed = statement.replace("shun( uuid UNIQUE,", "shun( uuid TEXT PRIMARY KEY,");
    if without_rowid.iter().any(|start| statement.starts_with(start))
        && !statement.ends_with("WITHOUT ROWID")
    {
        return renewed + " WITHOUT ROWID";
    }
    renewed
}

#[test]
fn the_schema_is_that_of_fossil() {
    let fossil = Fossil::find();
    let ours = fossil.path("ours.fossil");
    create(&ours, Algorithm::Sha3);
    fossil.run(&["init", "theirs.fossil"]);
    let theirs: Vec<_> =
        schema(&fossil.path("theirs.fossil")).iter().map(|text| renewed(text)).collect();
    assert_eq!(schema(&ours), theirs);
}

/// Tables whose rows must be those of `fossil init`, and what of them is compared. Times are of
/// the same millisecond: Fossil's own releases differ in the last bit.
const COMPARED: &[(&str, &str)] = &[
    ("blob", "rid, rcvid, size, uuid"),
    ("delta", "*"),
    ("rcvfrom", "rcvid, uid, nonce, ipaddr"),
    ("user", "uid, login, replace(cap, 'hmnc', 'hz'), cookie, ipaddr, cexpire, info, photo, jx"),
    ("private", "*"),
    ("reportfmt", "rn, owner, title, round(mtime, 6), cols, sqlcode, jx"),
    ("filename", "*"),
    ("mlink", "*"),
    ("plink", "*"),
    ("leaf", "*"),
    (
        "event",
        "type, round(mtime, 8), objid, tagid, uid, bgcolor, euser, user, ecomment, \
               comment, brief, round(omtime, 8)",
    ),
    ("phantom", "*"),
    ("orphan", "*"),
    ("unclustered", "*"),
    ("unsent", "*"),
    ("tag", "*"),
    ("tagxref", "tagid, tagtype, srcid, origid, value, round(mtime, 8), rid"),
    ("backlink", "*"),
    ("attachment", "*"),
    ("ticket", "*"),
    ("ticketchng", "*"),
    ("cherrypick", "*"),
    ("shun", "*"),
    ("concealed", "*"),
];

/// The rows of a table, in the order of their text.
fn dump(path: &Path, table: &str, columns: &str) -> Vec<String> {
    let mut dump = rows(path, &format!("SELECT {columns} FROM {table}"), |row| {
        let count = row.as_ref().column_count();
        let values = (0..count).map(|column| format!("{:?}", row.get_ref(column).unwrap()));
        values.collect::<Vec<_>>().join("|")
    });
    dump.sort();
    dump
}

#[test]
fn the_rows_are_those_of_fossil() {
    let fossil = Fossil::find();
    for (naming, option) in [(Algorithm::Sha3, None), (Algorithm::Sha1, Some("--sha1"))] {
        let (ours, theirs) = (fossil.path("ours.fossil"), fossil.path("theirs.fossil"));
        let _ = (fs::remove_file(&ours), fs::remove_file(&theirs));
        create(&ours, naming);
        let mut init = vec!["init", "-A", "alice", "--date-override", "2024-01-02 03:04:05"];
        init.extend(option);
        init.push("theirs.fossil");
        fossil.run(&init);
        for (table, columns) in COMPARED {
            assert_eq!(dump(&ours, table, columns), dump(&theirs, table, columns), "{table}");
        }
        let settings = "SELECT name || '=' || value FROM config WHERE name IN \
            ('hash-policy', 'content-schema', 'aux-schema') ORDER BY name";
        let read = |path| rows(path, settings, |row| row.get::<_, String>(0).unwrap());
        assert_eq!(read(&ours), read(&theirs));
        let ids = rows(&ours, "PRAGMA application_id", |row| row.get::<_, i64>(0).unwrap());
        assert_eq!(ids, [252_006_673]);
    }
}

#[test]
fn fossil_works_with_it() {
    let fossil = Fossil::find();
    for (name, naming) in [("sha3", Algorithm::Sha3), ("sha1", Algorithm::Sha1)] {
        let file = format!("{name}.fossil");
        let path = fossil.path(&file);
        let created = create(&path, naming);
        let info = fossil.say(&["info", "-R", &file]);
        assert!(info.contains(&created.project_code), "{info}");
        let timeline = fossil.say(&["timeline", "-R", &file]);
        assert!(
            timeline.contains("initial empty check-in (user: alice tags: trunk)"),
            "{timeline}"
        );
        fossil.finds_it_whole(&path);
        let derived = || {
            let tables = ["event", "leaf", "tag", "tagxref", "plink", "unclustered"];
            tables.map(|table| dump(&path, table, "*").len())
        };
        let before = derived();
        fossil.run(&["rebuild", &file]);
        assert_eq!(before, derived());

        fs::create_dir(fossil.path(name)).unwrap();
        fossil.run_in(name, &["open", &format!("../{file}")]);
        fossil.write(&format!("{name}/file"), "content\n");
        fossil.run_in(name, &["add", "file"]);
        fossil.run_in(name, &["commit", "-m", "a file"]);
        fossil.finds_it_whole(&path);
        let timeline = fossil.say(&["timeline", "-R", &file]);
        assert!(timeline.contains("a file (user: alice tags: trunk)"), "{timeline}");
        let tx = created.repo.read().unwrap();
        let report = tx.verify_artifacts(Subset::ALL, |_| {}).unwrap();
        assert!(report.is_sound() && report.checked == 3, "{report}");
        let names: Vec<usize> =
            rows(&path, "SELECT uuid FROM blob", |row| row.get::<_, String>(0).unwrap().len());
        let expected = if naming == Algorithm::Sha1 { 40 } else { 64 };
        assert!(names.iter().all(|len| *len == expected), "{names:?}");
    }
}

#[test]
fn the_password_is_kept_as_a_hash_of_it() {
    let fossil = Fossil::find();
    let path = fossil.path("ours.fossil");
    let created = create(&path, Algorithm::Sha3);
    assert!(!format!("{created:?}").contains(&created.admin_password));
    let stored: Vec<String> =
        rows(&path, "SELECT pw FROM user WHERE uid = 1", |row| row.get(0).unwrap());
    let secret = [&*created.project_code, "/alice/", &created.admin_password];
    assert_eq!(stored, [sha1_of_parts(secret.map(str::as_bytes)).to_string()]);
    // Fossil computes the same for the same password.
    fossil.run(&["user", "password", "alice", &created.admin_password, "-R", "ours.fossil"]);
    let theirs: Vec<String> =
        rows(&path, "SELECT pw FROM user WHERE uid = 1", |row| row.get(0).unwrap());
    assert_eq!(stored, theirs);
}

#[test]
fn names_and_codes_are_taken_as_given() {
    let fossil = Fossil::find();
    let path = fossil.path("ours.fossil");
    let options = CreateOptions {
        project_name: Some("A project".to_owned()),
        project_code: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        ..CreateOptions::new("Bob B\\obson", moment(DATE))
    };
    let created = Repo::create(&path, &options, &mut |bytes| bytes.fill(1)).unwrap();
    let info = fossil.say(&["info", "-R", "ours.fossil"]);
    assert!(
        info.contains("A project") && info.contains("0123456789abcdef0123456789abcdef01234567")
    );
    let timeline = fossil.say(&["timeline", "-R", "ours.fossil"]);
    assert!(timeline.contains("(user: Bob B\\obson"), "{timeline}");
    let before: Vec<String> = rows(&path, "SELECT user FROM event", |row| row.get(0).unwrap());
    tamper(&path, "DELETE FROM event");
    fossil.run(&["rebuild", "ours.fossil"]);
    let after: Vec<String> = rows(&path, "SELECT user FROM event", |row| row.get(0).unwrap());
    assert_eq!(before, after);
    assert_eq!(created.initial_check_in.algorithm(), Algorithm::Sha3);
}
