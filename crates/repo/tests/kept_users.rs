//! Users, settings, reports and links, beside those of the real `fossil`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::fs;
use std::path::{Path, PathBuf};

use outcrop_format::hash::{Algorithm, HashName};
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::capability::{Capabilities, SharedRights};
use outcrop_repo::hash_policy::HashPolicy;
use outcrop_repo::link::{Alias, Interwiki};
use outcrop_repo::report::{NewReport, ReportError};
use outcrop_repo::secret::Secret;
use outcrop_repo::setting::{Remote, SettingError};
use outcrop_repo::user::{NewUser, SPECIAL, UserError};
use store_support::{Fossil, empty, moment, rows, tamper};

fn now() -> Moment {
    moment("2024-05-06T07:08:09")
}

/// A new repository of ours among the files of the real `fossil`.
fn repository(fossil: &Fossil, name: &str) -> (Repo, PathBuf) {
    let path = fossil.path(name);
    fs::copy(empty(tempfile::tempdir().unwrap().path()).path(), &path).unwrap();
    (Repo::open(&path).unwrap(), path)
}

fn texts(path: &Path, sql: &str) -> Vec<String> {
    rows(path, sql, |row| {
        let values = 0..row.as_ref().column_count();
        let values = values.map(|at| format!("{:?}", row.get_ref(at).unwrap()));
        values.collect::<Vec<_>>().join("|")
    })
}

const USERS: &str = "SELECT uid, login, pw, cap, info, cookie, ipaddr, cexpire, mtime IS NULL, \
                     photo, jx FROM user ORDER BY uid";

#[test]
fn users_are_changed_as_fossil_changes_them() {
    let fossil = Fossil::find();
    let (repo, ours) = repository(&fossil, "ours.fossil");
    tamper(&ours, "UPDATE user SET cookie = 'c', ipaddr = 'i', cexpire = 5 WHERE uid = 1");
    let theirs = fossil.path("theirs.fossil");
    fs::copy(&ours, &theirs).unwrap();
    let on = |arguments: &[&str]| {
        fossil.say(&[&["user"], arguments, &["-R", "theirs.fossil"]].concat());
    };
    on(&["new", "bob o\\hara", "Bob <bob@example.org>", "bob's pw"]);
    on(&["capabilities", "bob o\\hara", "eiv"]);
    on(&["password", "alice", "alice-pw"]);
    on(&["contact", "alice", "alice@example.org"]);
    on(&["capabilities", "anonymous", "h"]);

    let tx = repo.write().unwrap();
    let bob = NewUser {
        login: "bob o\\hara",
        password: Some("bob's pw"),
        capabilities: Capabilities::NONE,
        contact: "Bob <bob@example.org>",
    };
    let uid = tx.add_user(&bob, now()).unwrap();
    assert_eq!(tx.user("bob o\\hara").unwrap().unwrap().uid, uid);
    tx.set_capabilities("bob o\\hara", Capabilities::parse("vie"), now()).unwrap();
    tx.set_password("alice", "alice-pw", now()).unwrap();
    tx.set_contact("alice", "alice@example.org", now()).unwrap();
    tx.set_capabilities("anonymous", Capabilities::HYPERLINKS, now()).unwrap();
    tx.commit().unwrap();
    // What a new user may do is decided by the setting `default-perms` there, and by the caller here.
    assert_eq!(texts(&ours, USERS), texts(&theirs, USERS));

    let listed = fossil.say(&["user", "list", "-R", "ours.fossil"]);
    let users = repo.read().unwrap().users().unwrap();
    let expected: Vec<_> =
        users.iter().map(|user| format!("{:<12} {}", user.login, user.contact)).collect();
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected);
    for user in &users {
        let said = fossil.say(&["user", "capabilities", &user.login, "-R", "ours.fossil"]);
        assert_eq!(Capabilities::parse(said.trim()), user.capabilities, "{}", user.login);
    }
    assert!(!format!("{users:?}{bob:?}").contains("pw\""), "passwords are not shown");
}

#[test]
fn users_are_renamed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let user = |login| NewUser {
        login,
        password: None,
        capabilities: Capabilities::CHECK_IN,
        contact: "",
    };
    tx.add_user(&user("bob"), now()).unwrap();
    assert!(!tx.user("bob").unwrap().unwrap().has_password);
    assert_eq!(tx.password_of("bob").unwrap(), None);
    tx.rename_user("bob", "carol", now()).unwrap();
    assert!(tx.user("bob").unwrap().is_none());
    assert_eq!(tx.user("carol").unwrap().unwrap().mtime, Some(1_714_979_289));
    tx.set_password("carol", "pw", now()).unwrap();
    assert!(tx.password_of("carol").unwrap().unwrap().is_hashed());

    assert!(matches!(tx.add_user(&user("carol"), now()), Err(UserError::Exists(_))));
    assert!(matches!(tx.rename_user("alice", "carol", now()), Err(UserError::Exists(_))));
    for login in ["", "a\nb", "\0"] {
        assert!(matches!(tx.add_user(&user(login), now()), Err(UserError::BadLogin(_))));
    }
    assert!(matches!(tx.set_password("carol", "", now()), Err(UserError::EmptyPassword)));
    assert!(matches!(tx.set_password("bob", "pw", now()), Err(UserError::Unknown(_))));
    for login in SPECIAL {
        assert!(matches!(tx.delete_user(login), Err(UserError::Special(_))));
        assert!(matches!(tx.rename_user(login, "x", now()), Err(UserError::Special(_))));
    }
    tx.delete_user("carol").unwrap();
    assert!(matches!(tx.delete_user("carol"), Err(UserError::Unknown(_))));
    tx.unset_setting("project-code").unwrap();
    assert!(matches!(tx.set_password("alice", "pw", now()), Err(UserError::NoProjectCode)));
}

/// Every letter that Fossil 2.21 gives a meaning, and one of 2.29.
const LETTERS: &str = "abcefghijklmnopqrstwxyz234567ACD";

#[test]
fn rights_bring_along_what_fossil_says() {
    let fossil = Fossil::find();
    let (repo, _) = repository(&fossil, "ours.fossil");
    let shared = repo.read().unwrap().shared_rights().unwrap();
    let alone =
        SharedRights { nobody: Capabilities::NONE, anonymous: Capabilities::NONE, ..shared };
    let mut cases: Vec<String> = LETTERS.chars().map(String::from).collect();
    cases.extend(["u", "v", "uv", "d", "Q", "", "axy", "kw6", "gio"].map(str::to_owned));
    for own in cases {
        let tests =
            LETTERS.chars().map(|letter| format!("if {{[hascap {letter}]}} {{puts {letter}}}"));
        let script = tests.collect::<Vec<_>>().join("\n");
        fossil.write("script", format!("<th1>{script}</th1>"));
        let said = fossil.say_as(
            ("TH1_TEST_USER_CAPS", &own),
            &["test-th-render", "--open-config", "--set-user-caps", "script", "-R", "ours.fossil"],
        );
        let theirs = Capabilities::parse(&said);
        let ours = alone.on_web(Some(Capabilities::parse(&own)));
        let visible = |held: Capabilities| -> String {
            held.to_string().chars().filter(|letter| LETTERS.contains(*letter)).collect()
        };
        assert_eq!(visible(ours), visible(theirs), "{own:?}: {said:?}");
    }
}

#[test]
fn settings_are_those_of_fossil() {
    let fossil = Fossil::find();
    let (repo, path) = repository(&fossil, "ours.fossil");
    fossil.run(&["settings", "ignore-glob", "*.o", "-R", "ours.fossil"]);
    let tx = repo.write().unwrap();
    assert_eq!(tx.setting("ignore-glob").unwrap().as_deref(), Some("*.o"));
    tx.set_setting("clean-glob", "*.tmp", now()).unwrap();
    assert!(matches!(tx.set_setting("", "x", now()), Err(SettingError::NoName)));
    assert!(tx.unset_setting("ignore-glob").unwrap());
    assert!(!tx.unset_setting("ignore-glob").unwrap());
    let setting = tx.setting_with_time("clean-glob").unwrap().unwrap();
    assert_eq!((setting.value.as_deref(), setting.mtime), (Some("*.tmp"), Some(1_714_979_289)));
    tx.commit().unwrap();
    assert!(fossil.say(&["settings", "clean-glob", "-R", "ours.fossil"]).contains("*.tmp"));
    assert!(!fossil.say(&["settings", "ignore-glob", "-R", "ours.fossil"]).contains("*.o"));
    tamper(&path, "INSERT INTO config(name, value) VALUES('odd', X'ff00'), ('none', NULL)");
    let settings = repo.read().unwrap().settings().unwrap();
    assert!(settings.iter().any(|setting| setting.name == "odd"));
    assert!(!format!("{settings:?}").contains("*.tmp"), "a value may be a password");
}

#[test]
fn the_other_side_is_remembered_as_fossil_does() {
    let fossil = Fossil::find();
    let (repo, path) = repository(&fossil, "ours.fossil");
    let password = "s\u{fc}cret longer than sixteen bytes";
    let remote = Remote {
        url: "http://alice@localhost:1/x".to_owned(),
        password: Some(Secret::new(password)),
    };
    let tx = repo.write().unwrap();
    assert_eq!(tx.last_sync().unwrap(), None);
    tx.remember_sync(&remote, 0x5a, now()).unwrap();
    tx.remember_place(&remote, now()).unwrap();
    assert_eq!(tx.last_sync().unwrap(), Some(remote.clone()));
    let stored = tx.setting("last-sync-pw").unwrap().unwrap();
    assert!(!stored.contains(password) && !format!("{remote:?}").contains("cret longer"));
    tx.commit().unwrap();
    let said = fossil.say(&["remote", "config-data", "--show-passwords", "-R", "ours.fossil"]);
    assert!(said.contains(password) && said.contains(&remote.url), "{said}");

    let before = fs::read(&path).unwrap();
    let tx = repo.write().unwrap();
    tx.remember_sync(&remote, 0xa5, moment("2024-05-06T19:08:09")).unwrap();
    tx.remember_place(&remote, moment("2024-05-06T19:08:09")).unwrap();
    tx.commit().unwrap();
    assert!(fs::read(&path).unwrap() == before, "nothing new, so nothing is written");

    let theirs = fossil.say(&["test-obscure", password]);
    let obscured = theirs.split("-> ").nth(1).unwrap().split(' ').next().unwrap();
    assert_eq!(Secret::from_obscured(obscured).expose(), password);

    let tx = repo.write().unwrap();
    tx.remember_sync(&Remote { password: None, ..remote }, 0, now()).unwrap();
    assert_eq!(tx.last_sync().unwrap().unwrap().password, None);
    tx.forget_sync().unwrap();
    assert_eq!(tx.last_sync().unwrap(), None);
}

#[test]
fn hash_policies_are_those_of_fossil() {
    let fossil = Fossil::find();
    let (repo, path) = repository(&fossil, "ours.fossil");
    let said = || fossil.say(&["hash-policy", "-R", "ours.fossil"]).trim().to_owned();
    for policy in ["sha1", "auto", "sha3", "sha3-only", "shun-sha1"] {
        let tx = repo.write().unwrap();
        let held = tx.set_hash_policy(policy.parse().unwrap(), now()).unwrap();
        tx.commit().unwrap();
        assert_eq!(said(), held.to_string(), "there is a SHA3 name, so auto is sha3");
        assert_eq!(repo.read().unwrap().stored_hash_policy().unwrap(), Some(held));
    }
    for (change, expected) in [
        ("", HashPolicy::Sha3),
        ("DELETE FROM blob WHERE length(uuid) > 40", HashPolicy::Sha3),
        (
            "INSERT INTO blob(rid, rcvid, size, uuid) \
             VALUES(9, 0, -1, '0123456789012345678901234567890123456789')",
            HashPolicy::Auto,
        ),
    ] {
        tamper(&path, &format!("DELETE FROM config WHERE name = 'hash-policy'; {change}"));
        let held = repo.read().unwrap().hash_policy().unwrap();
        assert_eq!(held, expected);
        assert_eq!(said(), held.to_string());
    }
    assert_eq!(HashPolicy::Auto.naming(), Algorithm::Sha1);
}

#[test]
fn reports_and_links_are_those_of_fossil() {
    let fossil = Fossil::find();
    let (repo, path) = repository(&fossil, "ours.fossil");
    let report = NewReport { title: "Mine", owner: "alice", colours: "#fff x", query: "SELECT 1" };
    let stone = Interwiki {
        code: "Stone".to_owned(),
        base: "http://stone.example.org/".to_owned(),
        hash: Some("info/".to_owned()),
        wiki: None,
    };
    let old = Alias { path: "/old".to_owned(), target: "/wiki?name=New".to_owned() };
    let tx = repo.write().unwrap();
    tx.put_report(&report, now()).unwrap();
    tx.put_report(&NewReport { query: "SELECT 2", ..report }, now()).unwrap();
    let untitled = NewReport { title: "", ..report };
    assert!(matches!(tx.put_report(&untitled, now()), Err(ReportError::NoTitle)));
    tx.set_interwiki(&stone, now()).unwrap();
    for code in ["", "a:b", "a b", "\u{e9}"] {
        let link = Interwiki { code: code.to_owned(), ..stone.clone() };
        assert!(tx.set_interwiki(&link, now()).is_err(), "{code}");
    }
    tx.set_alias(&old, now()).unwrap();
    for path in ["", "old", "/"] {
        assert!(tx.set_alias(&Alias { path: path.to_owned(), ..old.clone() }, now()).is_err());
    }
    tx.commit().unwrap();

    let listed = fossil.say(&["ticket", "list", "reports", "-R", "ours.fossil"]);
    assert!(listed.contains("Mine"), "{listed}");
    let stored = texts(&path, "SELECT value FROM config WHERE name LIKE 'interwiki:%'");
    let edit = ["interwiki", "edit", "stone", "--base", &stone.base, "--hash", "info/"];
    fossil.run(&[&edit[..], &["-R", "ours.fossil"]].concat());
    let theirs = texts(&path, "SELECT value FROM config WHERE name LIKE 'interwiki:%'");
    assert_eq!(stored, theirs);

    let tx = repo.write().unwrap();
    let titles: Vec<_> = tx.reports().unwrap().into_iter().map(|report| report.title).collect();
    assert_eq!(titles, ["All Tickets", "Mine"]);
    assert_eq!(tx.report("Mine").unwrap().unwrap().query, "SELECT 2");
    assert_eq!(tx.interwikis().unwrap(), [Interwiki { code: "stone".to_owned(), ..stone }]);
    assert_eq!(tx.aliases().unwrap(), [old]);
    assert!(tx.unset_interwiki("STONE").unwrap() && tx.unset_alias("/old").unwrap());
    assert!(tx.delete_report("Mine").unwrap() && !tx.delete_report("Mine").unwrap());
}

#[test]
fn addresses_are_concealed_as_fossil_conceals_them() {
    let fossil = Fossil::find();
    let (repo, ours) = repository(&fossil, "ours.fossil");
    fs::copy(&ours, fossil.path("theirs.fossil")).unwrap();
    let address = "eve@example.org";
    let field = ["title", "t", "private_contact", address];
    fossil.run(&[&["ticket", "add"], &field[..], &["-R", "theirs.fossil"]].concat());
    let tx = repo.write().unwrap();
    let hash = tx.conceal(address, now()).unwrap();
    assert_eq!(tx.conceal(&hash, now()).unwrap(), hash, "what is a hash stays one");
    assert_eq!(tx.revealed(&hash).unwrap().as_deref(), Some(address));
    assert_eq!(tx.revealed(address).unwrap(), None);
    assert_eq!(hash, HashName::sha1_of(address.as_bytes()).to_string());
    tx.commit().unwrap();
    let concealed = |name: &str| texts(&fossil.path(name), "SELECT hash, content FROM concealed");
    assert_eq!(concealed("ours.fossil"), concealed("theirs.fossil"));
}

#[test]
fn deliveries_are_listed_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let repo = empty(folder.path());
    tamper(
        repo.path(),
        "WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)
         INSERT INTO rcvfrom(rcvid, uid, mtime, nonce, ipaddr)
           SELECT n, n % 3, julianday('2024-05-06 07:08:09') + n, 'nonce' || n, '127.0.0.1' FROM n;
         INSERT INTO rcvfrom(rcvid, uid, mtime, ipaddr) VALUES(1201, 77, 'never', NULL)",
    );
    let tx = repo.read().unwrap();
    let mut numbers = Vec::new();
    let mut before = None;
    loop {
        let page = tx.deliveries(before).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.number);
        numbers.extend(page.iter().map(|delivery| delivery.number));
    }
    assert_eq!(numbers, (1..=1201).rev().collect::<Vec<_>>());
    let page = tx.deliveries(Some(5)).unwrap();
    assert_eq!((page[0].number, page[0].uid, page[0].user.as_deref()), (4, Some(1), Some("alice")));
    assert_eq!(page[0].at, Some(moment("2024-05-10T07:08:09")));
    assert_eq!(page[0].address.as_deref(), Some("127.0.0.1"));
    let odd = &tx.deliveries(None).unwrap()[0];
    assert_eq!((odd.uid, &odd.user, &odd.address), (Some(77), &None, &None));
}
