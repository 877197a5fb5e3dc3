//! The configuration, exchanged with the real `fossil`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod kept_support;
mod store_support;

use std::fs;
use std::path::{Path, PathBuf};

use kept_support::{captured, cards_of, file_of, fill, kept, receive};
use outcrop_repo::Repo;
use outcrop_repo::config::{Areas, ConfigOutcome, ConfigRefusal, GROUPS, PayloadError};
use store_support::{Fossil, empty, rows, tamper};

/// Two copies of one repository: for us and for them.
fn twins(fossil: &Fossil, name: &str, of: &Path) -> (PathBuf, PathBuf) {
    let [ours, theirs] =
        ["ours", "theirs"].map(|side| fossil.path(&format!("{name}-{side}.fossil")));
    fs::copy(of, &ours).unwrap();
    fs::copy(of, &theirs).unwrap();
    (ours, theirs)
}

/// Without the three lines that say where it comes from.
fn exported(file: &[u8]) -> Vec<u8> {
    let lines = file.split_inclusive(|byte| *byte == b'\n');
    lines.skip_while(|line| line.starts_with(b"# ")).collect::<Vec<_>>().concat()
}

/// `fossil configuration import` fails where there is no table of subscribers yet.
fn let_have_subscribers(fossil: &Fossil, needed: bool, path: &Path) {
    if needed {
        fossil.run(&["alerts", "subscribers", "-R", path.to_str().unwrap()]);
    }
}

#[test]
fn the_tables_of_subscribers_are_those_of_fossil() {
    let fossil = Fossil::find();
    let folder = tempfile::tempdir().unwrap();
    let repo = empty(folder.path());
    let theirs = fossil.path("theirs.fossil");
    fs::copy(repo.path(), &theirs).unwrap();
    let_have_subscribers(&fossil, true, &theirs);
    let card = (b"/subscriber".to_vec(), b"5 'eve@example.org' ssub 'a'".to_vec());
    receive(&repo, &[card], Areas::SUBSCRIBER, false);
    let schema = |path: &Path| {
        let sql = "SELECT sql FROM sqlite_schema WHERE tbl_name IN ('subscriber', 'pending_alert') \
                   AND sql IS NOT NULL ORDER BY name";
        // Without comments, which say something else in each release.
        let line = |line: &str| line.split("--").next().unwrap().trim().to_owned();
        let whole = |sql: String| sql.lines().map(line).collect::<Vec<_>>().join(" ");
        rows(path, sql, |row| whole(row.get(0).unwrap()))
    };
    assert_eq!(schema(repo.path()), schema(&theirs));
    assert_eq!(schema(&theirs).len(), 3);
}

#[test]
fn every_area_is_exported_as_fossil_exports_it() {
    let fossil = Fossil::find();
    for made_by_fossil in [true, false] {
        let path = fossil.path("project.fossil");
        let _ = fs::remove_file(&path);
        if made_by_fossil {
            fossil.run(&["init", "-A", "alice", "project.fossil"]);
        } else {
            fs::copy(empty(tempfile::tempdir().unwrap().path()).path(), &path).unwrap();
        }
        fill(&path);
        let repo = Repo::open(&path).unwrap();
        for group in GROUPS {
            fossil.run(&["config", "export", group.name, "theirs", "-R", "project.fossil"]);
            let theirs = exported(&fs::read(fossil.path("theirs")).unwrap());
            // Asked for by name, as on the wire.
            let areas = Areas::named(group.name).unwrap();
            let ours = file_of(&repo.read().unwrap().export_config(areas, 0).unwrap());
            let [ours, theirs] =
                [ours, theirs].map(|file| String::from_utf8_lossy(&file).into_owned());
            assert_eq!(ours, theirs, "{}", group.name);
            assert!(!ours.is_empty(), "{} has something to send", group.name);
        }
    }
}

#[test]
fn a_repository_takes_in_its_own_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let repo = empty(folder.path());
    fill(repo.path());
    let before = kept(repo.path());
    let items = repo.read().unwrap().export_config(Areas::ALL, 0).unwrap();
    assert!(!format!("{items:?}").contains("cleartext"), "passwords are not shown");
    let cards: Vec<_> =
        items.into_iter().map(|item| (item.name.as_bytes().to_vec(), item.payload)).collect();
    receive(&repo, &cards, Areas::ALL, false);
    assert_eq!(kept(repo.path()), before);
    assert!(before.iter().all(|(table, rows)| !rows.is_empty() && !table.is_empty()));
}

#[test]
fn only_what_is_new_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    let repo = empty(folder.path());
    fill(repo.path());
    let tx = repo.read().unwrap();
    let names = |since| {
        let items = tx.export_config(Areas::ALIAS, since).unwrap();
        items.iter().map(|item| String::from_utf8_lossy(&item.payload).into_owned()).collect()
    };
    let all: Vec<String> = names(0);
    assert_eq!(all.len(), 2);
    assert_eq!(names(1_700_000_014), all[1..]);
    assert_eq!(names(1_700_000_015), Vec::<String>::new());
}

#[test]
fn what_fossil_merges_and_imports_we_receive() {
    let fossil = Fossil::find();
    fossil.run(&["init", "-A", "alice", "source.fossil"]);
    fill(&fossil.path("source.fossil"));
    fossil.run(&["config", "export", "all", "file", "-R", "source.fossil"]);
    let cards = cards_of(&fs::read(fossil.path("file")).unwrap());
    assert!(cards.len() > 20, "{}", cards.len());

    // Older and newer rows, rows of the same time, and rows that only one side has.
    let start = fossil.path("start.fossil");
    fs::copy(empty(tempfile::tempdir().unwrap().path()).path(), &start).unwrap();
    tamper(
        &start,
        "INSERT INTO config(name, value, mtime) VALUES
           ('css', 'newer', 1800000000), ('header', 'older', 5), ('footer', 'same', 1700000004),
           ('index-page', 'only here', 5), ('walias:/old', 'older', 5), ('details', 'x', NULL);
         INSERT INTO user(login, pw, cap, mtime, cookie) VALUES
           ('o''hara', 'older', 'o', 7, 'kept'), ('carol', 'newer', 's', 1800000000, 'kept'),
           ('zoe', 'only here', 's', 5, NULL);
         INSERT INTO reportfmt(title, mtime, sqlcode) VALUES('Mine', 5, 'older');
         INSERT INTO shun(uuid, mtime, scom) VALUES
           ('deadbeefdeadbeefdeadbeefdeadbeefdeadbeef', 1800000000, 'newer');",
    );
    for (command, overwrite) in [("merge", false), ("import", true)] {
        let (ours, theirs) = twins(&fossil, command, &start);
        let_have_subscribers(&fossil, overwrite, &theirs);
        fossil.run(&["config", command, "file", "-R", theirs.to_str().unwrap()]);
        let repo = Repo::open(&ours).unwrap();
        let (outcomes, consequences) = receive(&repo, &cards, Areas::ALL, overwrite);
        assert_eq!(kept(&ours), kept(&theirs), "{command}");
        assert!(consequences.rebuild_tickets() && consequences.purge_shunned());
        let known = outcomes.iter().filter(|outcome| **outcome == ConfigOutcome::Known).count();
        assert_eq!(known > 0, !overwrite, "{outcomes:?}");
    }
}

#[test]
fn fossil_merges_and_imports_what_we_export() {
    let fossil = Fossil::find();
    let folder = tempfile::tempdir().unwrap();
    let source = empty(folder.path());
    fill(source.path());
    let items = source.read().unwrap().export_config(Areas::ALL, 0).unwrap();
    fossil.write("file", file_of(&items));
    let cards: Vec<_> =
        items.into_iter().map(|item| (item.name.as_bytes().to_vec(), item.payload)).collect();
    fossil.run(&["init", "-A", "alice", "start.fossil"]);
    for (command, overwrite) in [("merge", false), ("import", true)] {
        let (ours, theirs) = twins(&fossil, command, &fossil.path("start.fossil"));
        let_have_subscribers(&fossil, overwrite, &theirs);
        fossil.run(&["config", command, "file", "-R", theirs.to_str().unwrap()]);
        receive(&Repo::open(&ours).unwrap(), &cards, Areas::ALL, overwrite);
        assert_eq!(kept(&ours), kept(&theirs), "{command}");
        fossil.run(&["rebuild", ours.to_str().unwrap()]);
        fossil.finds_it_whole(&ours);
    }
}

#[test]
fn captured_cards_leave_the_rows_that_fossil_leaves() {
    let fossil = Fossil::find();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/wire");
    let mut messages = 0;
    for scenario in ["config-pull", "config-push", "config-sync", "clone-v3", "ssh"] {
        for release in ["2.21", "2.29"] {
            let folder = root.join(release).join(scenario);
            let mut files: Vec<_> =
                fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
            files.sort();
            for file in files {
                let cards = cards_of(&text_with_lines(&fs::read(&file).unwrap()));
                if cards.is_empty() {
                    continue;
                }
                messages += 1;
                let start = fossil.path("start.fossil");
                fs::copy(empty(tempfile::tempdir().unwrap().path()).path(), &start).unwrap();
                let (ours, theirs) = twins(&fossil, "captured", &start);
                let written = cards.iter().flat_map(|(name, payload)| {
                    let name = String::from_utf8_lossy(name).into_owned();
                    let head = format!("config {name} {}\n", payload.len());
                    [head.as_bytes(), payload, b"\n"].concat()
                });
                fossil.write("file", written.collect::<Vec<_>>());
                fossil.run(&["config", "merge", "file", "-R", theirs.to_str().unwrap()]);
                let (outcomes, _) = receive(&Repo::open(&ours).unwrap(), &cards, Areas::ALL, false);
                assert_eq!(kept(&ours), kept(&theirs), "{}", file.display());
                let refused =
                    |outcome: &&ConfigOutcome| matches!(outcome, ConfigOutcome::Refused(_));
                let refused: Vec<_> = outcomes.iter().filter(refused).collect();
                // The report of each new repository, whose time is no whole number.
                let time = ConfigOutcome::Refused(ConfigRefusal::Payload(PayloadError::Time));
                assert!(refused.iter().all(|outcome| **outcome == time), "{refused:?}");
            }
        }
    }
    assert!(messages > 30, "{messages}");
}

/// The text of a captured message whose other cards are single lines.
fn text_with_lines(message: &[u8]) -> Vec<u8> {
    let text = captured(message);
    let file_cards = [&b"\nfile "[..], b"\ncfile ", b"\nuvfile "];
    let has = |card: &&&[u8]| text.windows(card.len()).any(|bytes| bytes == **card);
    if file_cards.iter().any(|card| has(&card)) { Vec::new() } else { text }
}

#[test]
fn hostile_payloads_change_nothing() {
    let fossil = Fossil::find();
    let folder = tempfile::tempdir().unwrap();
    let repo = empty(folder.path());
    let before = kept(repo.path());
    let schema = || {
        rows(repo.path(), "SELECT sql FROM sqlite_schema", |row| {
            row.get::<_, Option<String>>(0).unwrap()
        })
    };
    let tables = schema();
    let deep = format!("5 'css' value {}'x'{}", "(".repeat(100_000), ")".repeat(100_000));
    for (name, payload) in [
        ("/config", "5 'css' value 'x'); DROP TABLE config; --"),
        ("/config", "5 'css' value 'x');DROP/**/TABLE/**/config;--'"),
        ("/config", "5 'css' value (SELECT pw FROM user)"),
        ("/config", "5 'css' value load_extension('x')"),
        ("/config", "5 'css' value randomblob(1000000000)"),
        ("/config", "5 'css' value zeroblob(1000000000)"),
        ("/config", "1e9 'css' value 'x'"),
        ("/config", "5 'project-code' value 'x'"),
        ("/config", "5 'CSS' value 'x'"),
        ("/config", "5 'css'' OR 1' value 'x'"),
        ("/config", "5 'th1-setup' value 'exec'"),
        ("/config\"; DROP TABLE user; --", "5 'css' value 'x'"),
        ("/blob", "5 'x' content 'x'"),
        ("/sqlite_schema", "5 'x' sql 'x'"),
        ("/user", "5 'eve' \"cap\"='s',pw 'x' cap"),
        ("/user", "5 'eve' cap 's' cap 'a'"),
        ("/user", "5 NULL cap 's'"),
        ("/shun", "5 '*' scom 'x'"),
        ("/shun", "5 X'6465616462656566' scom 'x'"),
        ("@user", "5 'eve' cap 's'"),
        ("/config", &deep),
    ] {
        let card = (name.as_bytes().to_vec(), payload.as_bytes().to_vec());
        let (outcomes, consequences) = receive(&repo, &[card], Areas::ALL, false);
        assert!(matches!(outcomes[0], ConfigOutcome::Refused(_)), "{name} {payload}");
        assert_eq!(consequences.changed, Areas::NONE);
    }
    assert_eq!(kept(repo.path()), before);
    assert_eq!(schema(), tables);

    // What looks like a program and is a text stays a text; unknown columns are passed over.
    let cards = [
        ("/config", "5 'css' value '''); DROP TABLE config; --'"),
        ("/user", "5 'eve\");--' uid 1 cookie 'x' cap 's' later (SELECT(1))"),
    ]
    .map(|(name, payload)| (name.as_bytes().to_vec(), payload.as_bytes().to_vec()));
    let theirs = fossil.path("theirs.fossil");
    fs::copy(repo.path(), &theirs).unwrap();
    let items = cards.each_ref().map(|(name, payload)| {
        let head = format!("config {} {}\n", String::from_utf8_lossy(name), payload.len());
        [head.as_bytes(), payload, b"\n"].concat()
    });
    fossil.write("file", items.concat());
    fossil.run(&["config", "merge", "file", "-R", "theirs.fossil"]);
    let (outcomes, _) = receive(&repo, &cards, Areas::ALL, false);
    assert_eq!(outcomes, [ConfigOutcome::Stored; 2]);
    assert_eq!(schema(), tables);
    assert_eq!(kept(repo.path()), kept(&theirs));
    let css = repo.read().unwrap().setting("css").unwrap();
    assert_eq!(css.as_deref(), Some("'); DROP TABLE config; --"));
}

#[test]
fn a_client_takes_only_what_it_has_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let repo = empty(folder.path());
    let cards: Vec<_> = [
        ("/config", "5 'css' value 'x'"),
        ("/config", "5 'header' value 'x'"),
        ("/user", "5 'eve' cap 's'"),
    ]
    .iter()
    .map(|(name, payload)| (name.as_bytes().to_vec(), payload.as_bytes().to_vec()))
    .collect();
    let (outcomes, consequences) = receive(&repo, &cards, Areas::CSS, false);
    let refused = |areas| ConfigOutcome::Refused(ConfigRefusal::NotAccepted(areas));
    let expected = [ConfigOutcome::Stored, refused(Areas::SKIN), refused(Areas::USER)];
    assert_eq!(outcomes, expected);
    assert_eq!(consequences.changed, Areas::CSS);
    assert!(!consequences.rebuild_tickets() && !consequences.purge_shunned());
}

#[test]
fn tables_that_act_on_their_own_are_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = empty(folder.path()).path().to_owned();
    tamper(&path, "CREATE TRIGGER trap AFTER INSERT ON concealed BEGIN DELETE FROM blob; END;");
    let error = Repo::open(&path).unwrap_err();
    assert!(error.to_string().contains("trigger trap"), "{error}");
}
